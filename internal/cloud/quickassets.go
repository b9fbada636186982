package cloud

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"

	"rehome/internal/estate"
)

// quickCall is an operation of the SDK's client with its input and its output.
type quickCall[I, O any] = func(*quicksight.Client, context.Context, *I, ...func(*quicksight.Options)) (*O, error)

// ListAssets gives the assets of one type in this Region, sorted by id. What is deleted but can still be restored is left out, as
// are AWS's own themes. Refresh schedules have a list for each dataset: ListRefreshSchedules.
func (q Quick) ListAssets(ctx context.Context, kind estate.AssetType) ([]estate.Asset, error) {
	read, ok := assetLists[kind]
	if !ok {
		return nil, q.noCall("List", kind)
	}
	var assets []estate.Asset
	err := read(ctx, q, func(id, name *string, updated *time.Time) {
		assets = append(assets, estate.Asset{Type: kind, ID: aws.ToString(id), Name: aws.ToString(name), Updated: moment(updated)})
	})
	slices.SortFunc(assets, func(a, b estate.Asset) int { return cmp.Compare(a.ID, b.ID) })
	return assets, err
}

// AssetARN is the name of an asset in this Region of this account.
func (q Quick) AssetARN(kind estate.AssetType, id string) estate.ARN {
	return estate.AssetRef{Region: q.region, Type: kind, ID: id}.ARN(q.account)
}

// DeleteAsset deletes an asset of one of the bundle types, all versions of it. An analysis goes at once, without the 30 days in which
// it could be restored (quick-api 5); a VPC connection goes over time.
func (q Quick) DeleteAsset(ctx context.Context, kind estate.AssetType, id string) error {
	remove, ok := deletions[kind]
	if !ok {
		return q.noCall("Delete", kind)
	}
	return remove(ctx, q, id)
}

// deletions has a row for every bundle type (quick-api 9).
var deletions = map[estate.AssetType]func(context.Context, Quick, string) error{
	estate.AssetAnalysis:        deletion(estate.AssetAnalysis, (*quicksight.Client).DeleteAnalysis, func(in *quicksight.DeleteAnalysisInput) { in.ForceDeleteWithoutRecovery = true }),
	estate.AssetDashboard:       deletion(estate.AssetDashboard, (*quicksight.Client).DeleteDashboard, nil),
	estate.AssetDataSet:         deletion(estate.AssetDataSet, (*quicksight.Client).DeleteDataSet, nil),
	estate.AssetDataSource:      deletion(estate.AssetDataSource, (*quicksight.Client).DeleteDataSource, nil),
	estate.AssetFolder:          deletion(estate.AssetFolder, (*quicksight.Client).DeleteFolder, nil),
	estate.AssetRefreshSchedule: deletion(estate.AssetRefreshSchedule, (*quicksight.Client).DeleteRefreshSchedule, nil),
	estate.AssetTheme:           deletion(estate.AssetTheme, (*quicksight.Client).DeleteTheme, nil),
	estate.AssetVPCConnection:   deletion(estate.AssetVPCConnection, (*quicksight.Client).DeleteVPCConnection, nil),
}

// deletion makes one row; with, when there is one, fills in what a plain deletion lacks.
func deletion[I, O any](kind estate.AssetType, f quickCall[I, O], with func(*I)) func(context.Context, Quick, string) error {
	return func(ctx context.Context, q Quick, id string) error {
		in := about[I](q, kind, id)
		if with != nil {
			with(in)
		}
		_, err := call(ctx, q.site, quickService, f, in)
		return err
	}
}

// idMembers is how the inputs of calls about one asset name its id. A refresh schedule has two ids, and its dataset's goes first.
var idMembers = map[estate.AssetType][]string{
	estate.AssetAnalysis:        {"AnalysisId"},
	estate.AssetDashboard:       {"DashboardId"},
	estate.AssetDataSet:         {"DataSetId"},
	estate.AssetDataSource:      {"DataSourceId"},
	estate.AssetFolder:          {"FolderId"},
	estate.AssetRefreshSchedule: {"DataSetId", "ScheduleId"},
	estate.AssetTheme:           {"ThemeId"},
	estate.AssetVPCConnection:   {"VPCConnectionId"},
}

// about makes the input of a call about one asset of a bundle type.
func about[I any](q Quick, kind estate.AssetType, id string) *I {
	in := new(I)
	v := reflect.ValueOf(in).Elem()
	v.FieldByName("AwsAccountId").Set(reflect.ValueOf(q.id))
	members := idMembers[kind]
	for i, part := range strings.SplitN(id, "/", len(members)) {
		v.FieldByName(members[i]).Set(reflect.ValueOf(&part))
	}
	return in
}

// noCall is the refusal to do to a type of asset what Quick has no call for.
func (q Quick) noCall(operation string, kind estate.AssetType) *Error {
	e := newError(op{q.site, quickService.id, operation, false})
	e.Kind, e.Message = Unsupported, "there is no such call for assets of type "+string(kind)
	return e
}

// moment is the SDK's optional time in UTC; what AWS left out is the zero time.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
