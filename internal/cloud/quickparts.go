package cloud

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// DataSourceAccess is how a data source reaches its data (quick-api 4.6a).
type DataSourceAccess struct {
	SecretARN     estate.ARN // of Secrets Manager; empty: it has none
	VPCConnection estate.ARN
	RoleARN       estate.ARN // an IAM role of its own; empty: the account's service role, or none
	// NeedsCredentials says that it signs in with something that Quick stores and never gives back, so that a person has to bring it. Quick
	// does not tell this: it goes by the type and by the lack of a secret, and an unknown type needs some.
	NeedsCredentials bool
}

// roleOnly are the types that AWS lets in by a role or by nothing at all (quick-api 4.6a). Never changed.
var roleOnly = map[types.DataSourceType]bool{
	types.DataSourceTypeAmazonElasticsearch: true, types.DataSourceTypeAmazonOpensearch: true, types.DataSourceTypeAthena: true,
	types.DataSourceTypeAwsIotAnalytics: true, types.DataSourceTypeQbusiness: true, types.DataSourceTypeS3: true,
	types.DataSourceTypeS3KnowledgeBase: true, types.DataSourceTypeS3Tables: true, types.DataSourceTypeTimestream: true,
}

func dataSourceDetail(s *types.DataSource) AssetDetail {
	d := AssetDetail{Name: aws.ToString(s.Name), Kind: string(s.Type), Status: string(s.Status), Updated: moment(s.LastUpdatedTime)}
	if e := s.ErrorInfo; e != nil {
		d.Errors = []string{fault(e.Type, e.Message)}
	}
	d.Access.SecretARN = text[estate.ARN](s.SecretArn)
	if v := s.VpcConnectionProperties; v != nil {
		d.Access.VPCConnection = text[estate.ARN](v.VpcConnectionArn)
	}
	byRole := roleOnly[s.Type]
	switch p := s.DataSourceParameters.(type) {
	case *types.DataSourceParametersMemberAthenaParameters:
		d.Access.RoleARN = text[estate.ARN](p.Value.RoleArn)
	case *types.DataSourceParametersMemberRedshiftParameters:
		if p.Value.IAMParameters != nil {
			d.Access.RoleARN = text[estate.ARN](p.Value.IAMParameters.RoleArn)
		}
		byRole = p.Value.IAMParameters != nil || p.Value.IdentityCenterConfiguration != nil
	case *types.DataSourceParametersMemberS3Parameters:
		d.Access.RoleARN = text[estate.ARN](p.Value.RoleArn)
	case *types.DataSourceParametersMemberS3KnowledgeBaseParameters:
		d.Access.RoleARN = text[estate.ARN](p.Value.RoleArn)
	}
	d.Access.NeedsCredentials = !byRole && d.Access.SecretARN == ""
	return d
}

// DataSetData is what a dataset holds and who is kept from it (quick-api 5).
type DataSetData struct {
	Bytes   int64      // in SPICE
	Rules   []RowRules // datasets that say who sees which rows, sorted by ARN
	RowTags bool       // rows are chosen by the tags of an embedding session
	Columns bool       // some columns are for some people only
	People  []estate.ARN
	Names   []string // of its columns, sorted: those that it gives out, or if Quick does not say, those that its tables take in
}

// RowRules is a dataset with rules for rows.
type RowRules struct {
	DataSet estate.ARN
	Format  string // VERSION_2 rules hold the ARNs of users and groups, with the identity Region in them (quick-api 5)
	Enabled bool
}

func dataSetDetail(s *types.DataSet) AssetDetail {
	d := AssetDetail{Name: aws.ToString(s.Name), Kind: string(s.ImportMode), Updated: moment(s.LastUpdatedTime)}
	d.Data.Bytes = s.ConsumedSpiceCapacityInBytes
	rows := func(rules *types.RowLevelPermissionDataSet, tags *types.RowLevelPermissionTagConfiguration) {
		if rules != nil {
			d.Data.Rules = append(d.Data.Rules, RowRules{text[estate.ARN](rules.Arn), string(rules.FormatVersion), rules.Status != types.StatusDisabled})
		}
		d.Data.RowTags = d.Data.RowTags || tags != nil && tags.Status != types.StatusDisabled
	}
	rows(s.RowLevelPermissionDataSet, s.RowLevelPermissionTagConfiguration)
	if m := s.SemanticModelConfiguration; m != nil {
		for _, table := range m.TableMap {
			if c := table.RowLevelPermissionConfiguration; c != nil {
				rows(c.RowLevelPermissionDataSet, c.TagConfiguration)
			}
		}
	}
	slices.SortFunc(d.Data.Rules, func(a, b RowRules) int {
		return cmp.Or(cmp.Compare(a.DataSet, b.DataSet), cmp.Compare(a.Format, b.Format))
	})
	d.Data.Columns = len(s.ColumnLevelPermissionRules) > 0
	for _, rule := range s.ColumnLevelPermissionRules {
		for _, p := range rule.Principals {
			d.Data.People = append(d.Data.People, estate.ARN(p))
		}
	}
	d.Data.Names = columnNames(s)
	slices.Sort(d.Data.People)
	d.Data.People = slices.Compact(d.Data.People)
	return d
}

func columnNames(s *types.DataSet) (names []string) {
	for _, c := range s.OutputColumns {
		names = append(names, aws.ToString(c.Name))
	}
	taken := func(list []types.InputColumn) {
		for _, c := range list {
			names = append(names, aws.ToString(c.Name))
		}
	}
	for _, t := range s.PhysicalTableMap {
		if len(s.OutputColumns) > 0 {
			break
		}
		switch t := t.(type) {
		case *types.PhysicalTableMemberRelationalTable:
			taken(t.Value.InputColumns)
		case *types.PhysicalTableMemberCustomSql:
			taken(t.Value.Columns)
		case *types.PhysicalTableMemberS3Source:
			taken(t.Value.InputColumns)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func dashboardDetail(b *types.Dashboard) AssetDetail {
	d := AssetDetail{Name: aws.ToString(b.Name), Updated: moment(b.LastUpdatedTime)}
	if v := b.Version; v != nil {
		d.Status, d.Errors = string(v.Status), dashboardFaults(v.Errors)
	}
	return d
}

func themeDetail(t *types.Theme) AssetDetail {
	d := AssetDetail{Name: aws.ToString(t.Name), Kind: string(t.Type), Updated: moment(t.LastUpdatedTime)}
	if v := t.Version; v != nil {
		d.Status = string(v.Status)
		for _, e := range v.Errors {
			d.Errors = append(d.Errors, fault(e.Type, e.Message))
		}
	}
	return d
}

func vpcConnectionDetail(v *types.VPCConnection) AssetDetail {
	d := AssetDetail{Name: aws.ToString(v.Name), Status: string(v.Status), Updated: moment(v.LastUpdatedTime)}
	d.Access.RoleARN = text[estate.ARN](v.RoleArn)
	for _, n := range v.NetworkInterfaces {
		if n.ErrorMessage != nil {
			d.Errors = append(d.Errors, fault(n.Status, n.ErrorMessage))
		}
	}
	return d
}

// scheduleDetail has no name to give but the id, and the dataset is in the question, not in the answer.
func scheduleDetail(ctx context.Context, q Quick, id string) (AssetDetail, error) {
	d, err := describer(estate.AssetRefreshSchedule, (*quicksight.Client).DescribeRefreshSchedule, func(o *quicksight.DescribeRefreshScheduleOutput) *types.RefreshSchedule { return o.RefreshSchedule },
		func(s *types.RefreshSchedule) AssetDetail { return AssetDetail{Kind: string(s.RefreshType)} })(ctx, q, id)
	if err != nil {
		return AssetDetail{}, err
	}
	dataset, name, _ := strings.Cut(id, "/")
	d.Name = name
	d.Uses = []estate.ARN{estate.AssetRef{Region: q.region, Type: estate.AssetDataSet, ID: dataset}.ARN(q.account)}
	return d, nil
}

func analysisFaults(errors []types.AnalysisError) (faults []string) {
	for _, e := range errors {
		faults = append(faults, fault(e.Type, e.Message))
	}
	return faults
}

func dashboardFaults(errors []types.DashboardError) (faults []string) {
	for _, e := range errors {
		faults = append(faults, fault(e.Type, e.Message))
	}
	return faults
}

// fault is one thing that Quick finds wrong with an asset.
func fault[T ~string](kind T, message *string) string {
	return strings.Trim(string(kind)+": "+aws.ToString(message), ": ")
}
