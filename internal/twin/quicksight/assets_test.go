package quicksight_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// shown is an answer as JSON, for a look at a few of its members.
func shown(t *testing.T, v any, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (w twin) holds(text string, parts ...string) {
	w.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			w.Errorf("%s\nis not in %s", p, text)
		}
	}
}

// TestDescribingEveryType: the SDK finds the members of the content in their places.
func TestDescribingEveryType(t *testing.T) {
	w := furnish(t)
	c := w.in(account, ireland)
	src, err := c.DescribeDataSource(t.Context(), &quick.DescribeDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("source")})
	w.holds(shown(t, src, err), `"Type":"REDSHIFT"`, `"IAMParameters":{"RoleArn":"arn:aws:iam`, `"Port":5439`, `"VpcConnectionArn":"`+named(ireland, "vpcConnection/vpc"), `"SecretArn":"arn:aws:secretsmanager`, `"Status":"CREATION_SUCCESSFUL"`)
	set, err := c.DescribeDataSet(t.Context(), &quick.DescribeDataSetInput{AwsAccountId: id, DataSetId: aws.String("data")})
	w.holds(shown(t, set, err), `"ImportMode":"SPICE"`, `"Orders":{"Value":{"DataSourceArn":"`, `"RowLevelPermissionDataSet":{"Arn":"`+named(ireland, "dataset/rules"))
	a, err := c.DescribeAnalysis(t.Context(), &quick.DescribeAnalysisInput{AwsAccountId: id, AnalysisId: aws.String("analysis")})
	w.holds(shown(t, a, err), `"DataSetArns":["`+named(ireland, "dataset/data")+`"]`, `"Name":"Analysis"`, `"ThemeArn":"`+named(ireland, "theme/theme"))
	ad, err := c.DescribeAnalysisDefinition(t.Context(), &quick.DescribeAnalysisDefinitionInput{AwsAccountId: id, AnalysisId: aws.String("analysis")})
	w.holds(shown(t, ad, err), `"QBusinessInsightsStatus":"DISABLED"`, `"ResourceStatus":"CREATION_SUCCESSFUL"`, `"Identifier":"d"`)
	d, err := c.DescribeDashboard(t.Context(), &quick.DescribeDashboardInput{AwsAccountId: id, DashboardId: aws.String("dashboard")})
	w.holds(shown(t, d, err), `"VersionNumber":1`, `"LinkEntities":["`+named(ireland, "analysis/analysis"))
	dd, err := c.DescribeDashboardDefinition(t.Context(), &quick.DescribeDashboardDefinitionInput{AwsAccountId: id, DashboardId: aws.String("dashboard")})
	w.holds(shown(t, dd, err), `"DataSetArn":"`+named(ireland, "dataset/data"))
	theme, err := c.DescribeTheme(t.Context(), &quick.DescribeThemeInput{AwsAccountId: id, ThemeId: aws.String("theme")})
	w.holds(shown(t, theme, err), `"Type":"CUSTOM"`, `"BaseThemeId":"CLASSIC"`, `"UIColorPalette":{"Accent":"#000000"`)
	folder, err := c.DescribeFolder(t.Context(), &quick.DescribeFolderInput{AwsAccountId: id, FolderId: aws.String("sub")})
	w.holds(shown(t, folder, err), `"FolderPath":["`+named(ireland, "folder/top")+`"]`, `"FolderType":"SHARED"`)
	vpc, err := c.DescribeVPCConnection(t.Context(), &quick.DescribeVPCConnectionInput{AwsAccountId: id, VPCConnectionId: aws.String("vpc")})
	w.holds(shown(t, vpc, err), `"SubnetId":"subnet-2"`, `"SecurityGroupIds":["sg-1"]`, `"RoleArn":"arn:aws:iam`)
	sources, err := c.ListDataSources(t.Context(), &quick.ListDataSourcesInput{AwsAccountId: id})
	w.holds(shown(t, sources, err), `"Type":"REDSHIFT"`)
	sets, err := c.ListDataSets(t.Context(), &quick.ListDataSetsInput{AwsAccountId: id})
	w.holds(shown(t, sets, err), `"ImportMode":"SPICE"`, `"RowLevelPermissionDataSet":{`)
	folders, err := c.ListFolders(t.Context(), &quick.ListFoldersInput{AwsAccountId: id})
	w.holds(shown(t, folders, err), `"FolderType":"SHARED"`)
	vpcs, err := c.ListVPCConnections(t.Context(), &quick.ListVPCConnectionsInput{AwsAccountId: id})
	w.holds(shown(t, vpcs, err), `"SubnetId":"subnet-1"`)
}

// TestWhatCannotBeDescribed: what is not there, what nobody looked at, what came from a file, what is another account's.
func TestWhatCannotBeDescribed(t *testing.T) {
	w := furnish(t, source("file", "FILE", ""), over("file"), estate.Asset{Type: estate.AssetDataSet, ID: "listed", Name: "Listed"})
	for _, tc := range []struct{ region, account, id, want string }{
		{ireland, account, "none", "ResourceNotFoundException: The dataset none is not found."},
		{ireland, account, "listed", "TwinDoesNotKnow: twin does not know /accounts/111122223333/quick/assets/eu-west-1/dataset/listed/content"},
		{ireland, account, "over-file", "InvalidParameterValueException: The data set type is not supported through API"},
		{ireland, member, "data", "AccessDeniedException: "},
		{oregon, account, "data", "TwinDoesNotKnow: twin does not know /accounts/111122223333/quick/assets/us-west-2"},
		{milan, account, "data", "ResourceNotFoundException: "},
	} {
		_, err := w.in(account, tc.region).DescribeDataSet(t.Context(), &quick.DescribeDataSetInput{AwsAccountId: &tc.account, DataSetId: &tc.id})
		w.mustBe(err, tc.want)
	}
}

// TestAssetsAreMadeChangedAndDeleted one by one, as the SDK asks for it.
func TestAssetsAreMadeChangedAndDeleted(t *testing.T) {
	w := furnish(t)
	c := w.in(account, ireland)
	tables := func(source string) map[string]types.PhysicalTable {
		return map[string]types.PhysicalTable{"my Table": &types.PhysicalTableMemberCustomSql{Value: types.CustomSql{DataSourceArn: aws.String(named(ireland, "datasource/"+source)), Name: aws.String("q"), SqlQuery: aws.String("select 1"), Columns: []types.InputColumn{}}}}
	}
	secret := "planted-Secret-2"
	_, err := c.CreateDataSource(t.Context(), &quick.CreateDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("n"), Name: aws.String("N"), Type: types.DataSourceTypeAthena,
		DataSourceParameters: &types.DataSourceParametersMemberAthenaParameters{Value: types.AthenaParameters{WorkGroup: aws.String("w")}}, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
		Credentials: &types.DataSourceCredentials{CredentialPair: &types.CredentialPair{Username: aws.String("u"), Password: &secret}}})
	w.mustBe(err, "ok")
	_, err = c.CreateDataSource(t.Context(), &quick.CreateDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("n"), Name: aws.String("N"), Type: types.DataSourceTypeAthena})
	w.mustBe(err, "ResourceExistsException: The datasource n exists already.")
	made, err := c.CreateDataSet(t.Context(), &quick.CreateDataSetInput{AwsAccountId: id, DataSetId: aws.String("n"), Name: aws.String("N"), ImportMode: types.DataSetImportModeSpice, PhysicalTableMap: tables("n"), FolderArns: []string{named(ireland, "folder/top")}})
	if err != nil || made.IngestionId == nil {
		t.Fatal(err, made)
	}
	_, err = c.CreateDataSet(t.Context(), &quick.CreateDataSetInput{AwsAccountId: id, DataSetId: aws.String("m"), Name: aws.String("M"), ImportMode: types.DataSetImportModeSpice, PhysicalTableMap: tables("none")})
	w.mustBe(err, "ResourceNotFoundException: The resource arn:aws:quicksight:eu-west-1:111122223333:datasource/none is not found.")
	if a := w.asset(ireland, estate.AssetDataSet, "n"); fmt.Sprint(a.Folders) != "[top]" || !strings.Contains(string(a.Content), `"my Table"`) || !strings.Contains(string(a.Content), `"customSql"`) {
		t.Errorf("%+v %s", a, a.Content)
	}
	set, err := c.DescribeDataSet(t.Context(), &quick.DescribeDataSetInput{AwsAccountId: id, DataSetId: aws.String("n")})
	w.holds(shown(t, set, err), `"my Table":{"Value"`)
	if a := w.asset(ireland, estate.AssetDataSource, "n"); a.Tags["k"] != "v" || strings.Contains(string(a.Content), secret) || !strings.Contains(string(a.Content), `"workGroup"`) {
		t.Errorf("%+v %s", a, a.Content)
	}
	_, err = c.UpdateDataSource(t.Context(), &quick.UpdateDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("n"), Name: aws.String("Better")})
	w.mustBe(err, "ok")
	src, err := c.DescribeDataSource(t.Context(), &quick.DescribeDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("n")})
	if err != nil || *src.DataSource.Name != "Better" || src.DataSource.Type != types.DataSourceTypeAthena || src.DataSource.LastUpdatedTime == nil {
		t.Errorf("%v %+v", err, src)
	}
	definition := &types.AnalysisDefinition{DataSetIdentifierDeclarations: []types.DataSetIdentifierDeclaration{{Identifier: aws.String("d"), DataSetArn: aws.String(named(ireland, "dataset/n"))}}}
	_, err = c.CreateAnalysis(t.Context(), &quick.CreateAnalysisInput{AwsAccountId: id, AnalysisId: aws.String("n"), Name: aws.String("N"), Definition: definition})
	w.mustBe(err, "ok")
	_, err = c.UpdateAnalysis(t.Context(), &quick.UpdateAnalysisInput{AwsAccountId: id, AnalysisId: aws.String("n"), Name: aws.String("N2"), Definition: definition})
	w.mustBe(err, "ok")
	_, err = c.CreateAnalysis(t.Context(), &quick.CreateAnalysisInput{AwsAccountId: id, AnalysisId: aws.String("o"), Name: aws.String("O"), SourceEntity: &types.AnalysisSourceEntity{}})
	w.mustBe(err, "NotModelledByTwin: ")
	_, err = c.CreateTheme(t.Context(), &quick.CreateThemeInput{AwsAccountId: id, ThemeId: aws.String("n"), Name: aws.String("N"), BaseThemeId: aws.String("CLASSIC"), Configuration: &types.ThemeConfiguration{}})
	w.mustBe(err, "ok")
	_, err = c.UpdateTheme(t.Context(), &quick.UpdateThemeInput{AwsAccountId: id, ThemeId: aws.String("n"), BaseThemeId: aws.String("MIDNIGHT")})
	w.mustBe(err, "ok")
	_, err = c.CreateVPCConnection(t.Context(), &quick.CreateVPCConnectionInput{AwsAccountId: id, VPCConnectionId: aws.String("n"), Name: aws.String("N"), SubnetIds: []string{"a", "b"}, SecurityGroupIds: []string{"s"}, RoleArn: aws.String("r-arn-of-a-role-long-enough")})
	w.mustBe(err, "ok")
	_, err = c.UpdateVPCConnection(t.Context(), &quick.UpdateVPCConnectionInput{AwsAccountId: id, VPCConnectionId: aws.String("n"), Name: aws.String("N"), SubnetIds: []string{"c", "d"}, SecurityGroupIds: []string{"s"}, RoleArn: aws.String("r-arn-of-a-role-long-enough")})
	w.mustBe(err, "ok")
	vpc, err := c.DescribeVPCConnection(t.Context(), &quick.DescribeVPCConnectionInput{AwsAccountId: id, VPCConnectionId: aws.String("n")})
	w.holds(shown(t, vpc, err), `"SubnetId":"c"`)
	for _, err := range []error{
		second(c.DeleteVPCConnection(t.Context(), &quick.DeleteVPCConnectionInput{AwsAccountId: id, VPCConnectionId: aws.String("n")})),
		second(c.DeleteTheme(t.Context(), &quick.DeleteThemeInput{AwsAccountId: id, ThemeId: aws.String("n")})),
		second(c.DeleteDashboard(t.Context(), &quick.DeleteDashboardInput{AwsAccountId: id, DashboardId: aws.String("dashboard")})),
		second(c.DeleteDataSet(t.Context(), &quick.DeleteDataSetInput{AwsAccountId: id, DataSetId: aws.String("data")})),
		second(c.DeleteDataSource(t.Context(), &quick.DeleteDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("n")})),
	} {
		w.mustBe(err, "ok")
	}
	broken, err := c.DescribeAnalysisDefinition(t.Context(), &quick.DescribeAnalysisDefinitionInput{AwsAccountId: id, AnalysisId: aws.String("analysis")})
	w.holds(shown(t, broken, err), `"Type":"DATA_SET_NOT_FOUND"`)
	for _, a := range w.assets(ireland) {
		if a.Type == estate.AssetRefreshSchedule {
			t.Errorf("a schedule has outlived its dataset: %+v", a)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestDashboardsHaveVersions: a change waits until it is published.
func TestDashboardsHaveVersions(t *testing.T) {
	w := furnish(t)
	c, board := w.in(account, ireland), aws.String("dashboard")
	definition := &types.DashboardVersionDefinition{DataSetIdentifierDeclarations: []types.DataSetIdentifierDeclaration{{Identifier: aws.String("x"), DataSetArn: aws.String(named(ireland, "dataset/rules"))}}}
	_, err := c.UpdateDashboard(t.Context(), &quick.UpdateDashboardInput{AwsAccountId: id, DashboardId: board, Name: aws.String("New"), Definition: definition})
	w.mustBe(err, "ok")
	name := func(version *int64) string {
		out, err := c.DescribeDashboard(t.Context(), &quick.DescribeDashboardInput{AwsAccountId: id, DashboardId: board, VersionNumber: version})
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(*out.Dashboard.Name, " ", *out.Dashboard.Version.VersionNumber, " ", len(out.Dashboard.LinkEntities))
	}
	if got := []string{name(nil), name(aws.Int64(2))}; !slices.Equal(got, []string{"Dashboard 1 1", "New 2 1"}) {
		t.Errorf("%v", got)
	}
	_, err = c.UpdateDashboardPublishedVersion(t.Context(), &quick.UpdateDashboardPublishedVersionInput{AwsAccountId: id, DashboardId: board, VersionNumber: aws.Int64(2)})
	w.mustBe(err, "ok")
	if got := []string{name(nil), name(aws.Int64(1))}; !slices.Equal(got, []string{"New 2 1", "Dashboard 1 1"}) {
		t.Errorf("%v", got)
	}
	list, err := c.ListDashboardVersions(t.Context(), &quick.ListDashboardVersionsInput{AwsAccountId: id, DashboardId: board})
	if err != nil || len(list.DashboardVersionSummaryList) != 2 || *list.DashboardVersionSummaryList[0].VersionNumber != 2 {
		t.Errorf("%v %+v", err, list)
	}
	_, err = c.UpdateDashboardPublishedVersion(t.Context(), &quick.UpdateDashboardPublishedVersionInput{AwsAccountId: id, DashboardId: board, VersionNumber: aws.Int64(9)})
	w.mustBe(err, "ResourceNotFoundException: The dashboard dashboard has no version 9.")
	_, err = c.UpdateDashboardLinks(t.Context(), &quick.UpdateDashboardLinksInput{AwsAccountId: id, DashboardId: board, LinkEntities: []string{}})
	w.mustBe(err, "ok")
	if got := name(nil); got != "New 2 0" {
		t.Error(got)
	}
}

// TestADeletedAnalysisCanBeRestored until its window ends.
func TestADeletedAnalysisCanBeRestored(t *testing.T) {
	w := furnish(t)
	c, one := w.in(account, ireland), aws.String("analysis")
	status := func() string {
		out, err := c.ListAnalyses(t.Context(), &quick.ListAnalysesInput{AwsAccountId: id})
		if err != nil || len(out.AnalysisSummaryList) > 1 {
			t.Fatal(err, out)
		}
		if len(out.AnalysisSummaryList) == 0 {
			return "gone"
		}
		return string(out.AnalysisSummaryList[0].Status)
	}
	for _, bad := range []int64{6, 31} {
		_, err := c.DeleteAnalysis(t.Context(), &quick.DeleteAnalysisInput{AwsAccountId: id, AnalysisId: one, RecoveryWindowInDays: &bad})
		w.mustBe(err, "InvalidParameterValueException: The recovery window must be between 7 and 30 days.")
	}
	_, err := c.DeleteAnalysis(t.Context(), &quick.DeleteAnalysisInput{AwsAccountId: id, AnalysisId: one, RecoveryWindowInDays: aws.Int64(7), ForceDeleteWithoutRecovery: true})
	w.mustBe(err, "InvalidParameterValueException: ")
	out, err := c.DeleteAnalysis(t.Context(), &quick.DeleteAnalysisInput{AwsAccountId: id, AnalysisId: one})
	if err != nil || out.DeletionTime.Sub(time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)) != 30*24*time.Hour || status() != "DELETED" {
		t.Errorf("%v %+v %s", err, out, status())
	}
	described, err := c.DescribeAnalysis(t.Context(), &quick.DescribeAnalysisInput{AwsAccountId: id, AnalysisId: one})
	if err != nil || described.Analysis.Status != types.ResourceStatusDeleted {
		t.Errorf("%v %+v", err, described)
	}
	_, err = c.StartAssetBundleExportJob(t.Context(), &quick.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: aws.String("j"), ResourceArns: []string{named(ireland, "analysis/analysis")}, ExportFormat: types.AssetBundleExportFormatQuicksightJson})
	w.mustBe(err, "ResourceNotFoundException: ")
	_, err = c.RestoreAnalysis(t.Context(), &quick.RestoreAnalysisInput{AwsAccountId: id, AnalysisId: one})
	w.mustBe(err, "ok")
	_, err = c.RestoreAnalysis(t.Context(), &quick.RestoreAnalysisInput{AwsAccountId: id, AnalysisId: one})
	w.mustBe(err, "ConflictException: ")
	if status() != "CREATION_SUCCESSFUL" {
		t.Error(status())
	}
	_, err = c.DeleteAnalysis(t.Context(), &quick.DeleteAnalysisInput{AwsAccountId: id, AnalysisId: one, RecoveryWindowInDays: aws.Int64(7)})
	w.mustBe(err, "ok")
	w.advance(7 * 24 * 3600)
	if status() != "gone" {
		t.Error(status())
	}
	_, err = c.RestoreAnalysis(t.Context(), &quick.RestoreAnalysisInput{AwsAccountId: id, AnalysisId: one})
	w.mustBe(err, "ResourceNotFoundException: ")
}
