package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// AssetDetail is what an inventory needs of an asset beyond its list. What a type does not have stays zero.
type AssetDetail struct {
	Name string
	// Kind is a data source's type, a dataset's import mode, a folder's type and sharing model, a theme's type, a schedule's type of refresh.
	Kind    string
	Status  string // as Quick says it, such as CREATION_SUCCESSFUL; datasets, folders and schedules have none
	Updated time.Time
	// Uses are the assets that this one refers to, sorted: everything in its definition that is the ARN of an asset, of a folder all its
	// ancestors (the order of FolderPath is documented nowhere), of a schedule its dataset. AWS's own themes are left out.
	Uses   []estate.ARN
	Errors []string         // what Quick itself finds wrong with it, "TYPE: message", sorted
	Access DataSourceAccess // of a data source; its role of a VPC connection as well
	Data   DataSetData      // of a dataset
}

// describe reads one asset of a type.
type describe func(ctx context.Context, q Quick, id string) (AssetDetail, error)

// DescribeAsset reads one asset of a bundle type; of an analysis or a dashboard (its published version) the definition as well. A
// dataset that was made of an uploaded file is Invalid: Quick does not describe it (quick-api 3.6).
func (q Quick) DescribeAsset(ctx context.Context, kind estate.AssetType, id string) (AssetDetail, error) {
	read, ok := details[kind]
	if !ok {
		return AssetDetail{}, q.noCall("Describe", kind)
	}
	answer := &bytes.Buffer{}
	d, err := read(context.WithValue(ctx, answerKey{}, answer), q, id)
	if err != nil {
		return AssetDetail{}, err
	}
	self := estate.AssetRef{Region: q.region, Type: kind, ID: id}
	d.Uses = append(d.Uses, usesIn(answer.Bytes(), self)...)
	if define, ok := definitions[kind]; ok {
		found, err := define(context.WithValue(ctx, answerKey{}, answer), q, id)
		if err != nil {
			return AssetDetail{}, err
		}
		d.Uses = append(d.Uses, usesIn(answer.Bytes(), self)...)
		d.Errors = append(d.Errors, found...)
	}
	slices.Sort(d.Uses)
	d.Uses = slices.Compact(d.Uses)
	slices.Sort(d.Errors)
	d.Errors = slices.Compact(d.Errors)
	return d, nil
}

// details has a row for every bundle type.
var details = map[estate.AssetType]describe{
	estate.AssetAnalysis: describer(estate.AssetAnalysis, (*quicksight.Client).DescribeAnalysis, func(o *quicksight.DescribeAnalysisOutput) *types.Analysis { return o.Analysis },
		func(a *types.Analysis) AssetDetail {
			return AssetDetail{Name: aws.ToString(a.Name), Status: string(a.Status), Updated: moment(a.LastUpdatedTime), Errors: analysisFaults(a.Errors)}
		}),
	estate.AssetDashboard: describer(estate.AssetDashboard, (*quicksight.Client).DescribeDashboard, func(o *quicksight.DescribeDashboardOutput) *types.Dashboard { return o.Dashboard }, dashboardDetail),
	estate.AssetDataSet:   describer(estate.AssetDataSet, (*quicksight.Client).DescribeDataSet, func(o *quicksight.DescribeDataSetOutput) *types.DataSet { return o.DataSet }, dataSetDetail),
	estate.AssetDataSource: describer(estate.AssetDataSource, (*quicksight.Client).DescribeDataSource, func(o *quicksight.DescribeDataSourceOutput) *types.DataSource { return o.DataSource },
		dataSourceDetail),
	estate.AssetFolder: describer(estate.AssetFolder, (*quicksight.Client).DescribeFolder, func(o *quicksight.DescribeFolderOutput) *types.Folder { return o.Folder },
		func(f *types.Folder) AssetDetail {
			return AssetDetail{Name: aws.ToString(f.Name), Kind: strings.TrimSpace(string(f.FolderType) + " " + string(f.SharingModel)), Updated: moment(f.LastUpdatedTime)}
		}),
	estate.AssetRefreshSchedule: scheduleDetail,
	estate.AssetTheme:           describer(estate.AssetTheme, (*quicksight.Client).DescribeTheme, func(o *quicksight.DescribeThemeOutput) *types.Theme { return o.Theme }, themeDetail),
	estate.AssetVPCConnection: describer(estate.AssetVPCConnection, (*quicksight.Client).DescribeVPCConnection,
		func(o *quicksight.DescribeVPCConnectionOutput) *types.VPCConnection { return o.VPCConnection }, vpcConnectionDetail),
}

// describer makes one row: part takes the asset out of the answer, and read tells what it says.
func describer[I, O, T any](kind estate.AssetType, f quickCall[I, O], part func(*O) *T, read func(*T) AssetDetail) describe {
	return func(ctx context.Context, q Quick, id string) (AssetDetail, error) {
		out, err := call(ctx, q.site, quickService, f, about[I](q, kind, id))
		if err != nil {
			return AssetDetail{}, err
		}
		asset := part(out)
		if asset == nil {
			return AssetDetail{}, odd[I](q.site, quickService.id, "the answer was empty")
		}
		return read(asset), nil
	}
}

// definitions are the types whose definition is a call of its own; it gives Quick's faults, and its answer holds the rest.
var definitions = map[estate.AssetType]func(context.Context, Quick, string) ([]string, error){
	estate.AssetAnalysis: func(ctx context.Context, q Quick, id string) ([]string, error) {
		out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeAnalysisDefinition, about[quicksight.DescribeAnalysisDefinitionInput](q, estate.AssetAnalysis, id))
		if err != nil {
			return nil, err
		}
		return analysisFaults(out.Errors), nil
	},
	estate.AssetDashboard: func(ctx context.Context, q Quick, id string) ([]string, error) {
		out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeDashboardDefinition, about[quicksight.DescribeDashboardDefinitionInput](q, estate.AssetDashboard, id))
		if err != nil {
			return nil, err
		}
		return dashboardFaults(out.Errors), nil
	},
}

// usesIn collects the asset ARNs in an answer as AWS sent it, without those of the asset itself. The SDK's types would not do: they
// drop what is younger than they are, such as the tables of uploaded files (quick-api 4.9, 7).
func usesIn(answer []byte, self estate.AssetRef) []estate.ARN {
	var whole any
	if json.NewDecoder(bytes.NewReader(answer)).Decode(&whole) != nil { // as the SDK reads it, without a look at what follows
		return nil // cannot be: the SDK has read it
	}
	var uses []estate.ARN
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				if name != "SourceEntityArn" { // what it was made from once, not what it needs
					walk(member)
				}
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case string:
			ref, account, ok := estate.ParseAssetARN(estate.ARN(v))
			own := ref.Type == self.Type && (ref.ID == self.ID || strings.HasPrefix(ref.ID, self.ID+"/version/"))
			if ok && !own && account != "aws" { // arn:aws:quicksight::aws:theme/MIDNIGHT is everywhere (AccountCustomization, DefaultTheme)
				uses = append(uses, estate.ARN(v))
			}
		}
	}
	walk(whole)
	return uses
}
