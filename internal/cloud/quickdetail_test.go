package cloud_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

const base = "/accounts/111122223333"

// asset is the ARN of an asset in Ohio.
func asset(resource string) estate.ARN { return estate.QuickARN(ohio, account, resource) }

var updated = time.Unix(1770000000, 0).UTC()

// TestDescribeAsset reads one asset of each bundle type, rich and poor; the answers are what AWS's model says (quick-api 3.7, 4.6, 5, 7).
func TestDescribeAsset(t *testing.T) {
	for name, tt := range map[string]struct {
		kind    estate.AssetType
		id      string
		answers map[string]string // by path under base
		want    cloud.AssetDetail
	}{
		"data source with a password behind a VPC": {kind: "datasource", id: "s1", answers: map[string]string{"/data-sources/s1": `{"DataSource":{"Arn":"arn:aws:quicksight:us-east-2:111122223333:datasource/s1","DataSourceId":"s1",
			"Name":"Sales","Type":"POSTGRESQL","Status":"CREATION_FAILED","LastUpdatedTime":1770000000,"DataSourceParameters":{"PostgreSqlParameters":{"Host":"h","Port":5432,"Database":"d"}},
			"VpcConnectionProperties":{"VpcConnectionArn":"arn:aws:quicksight:us-east-2:111122223333:vpcConnection/v1"},"ErrorInfo":{"Type":"TIMEOUT","Message":"too slow"}}}`},
			want: cloud.AssetDetail{Name: "Sales", Kind: "POSTGRESQL", Status: "CREATION_FAILED", Updated: updated, Uses: []estate.ARN{asset("vpcConnection/v1")}, Errors: []string{"TIMEOUT: too slow"},
				Access: cloud.DataSourceAccess{VPCConnection: asset("vpcConnection/v1"), NeedsCredentials: true}}},
		"data source with a secret": {kind: "datasource", id: "s1", answers: map[string]string{"/data-sources/s1": `{"DataSource":{"Type":"MYSQL","SecretArn":"arn:aws:secretsmanager:us-east-2:111122223333:secret:x"}}`},
			want: cloud.AssetDetail{Kind: "MYSQL", Access: cloud.DataSourceAccess{SecretARN: "arn:aws:secretsmanager:us-east-2:111122223333:secret:x"}}},
		"data source with a role": {kind: "datasource", id: "s1", answers: map[string]string{"/data-sources/s1": `{"DataSource":{"Type":"ATHENA","DataSourceParameters":{"AthenaParameters":{"WorkGroup":"w","RoleArn":"arn:aws:iam::111122223333:role/q"}}}}`},
			want: cloud.AssetDetail{Kind: "ATHENA", Access: cloud.DataSourceAccess{RoleARN: "arn:aws:iam::111122223333:role/q"}}},
		"Redshift with IAM": {kind: "datasource", id: "s1", answers: map[string]string{"/data-sources/s1": `{"DataSource":{"Type":"REDSHIFT","DataSourceParameters":{"RedshiftParameters":{"Database":"d","IAMParameters":{"RoleArn":"arn:aws:iam::111122223333:role/r"}}}}}`},
			want: cloud.AssetDetail{Kind: "REDSHIFT", Access: cloud.DataSourceAccess{RoleARN: "arn:aws:iam::111122223333:role/r"}}},
		"Redshift with a password": {kind: "datasource", id: "s1", answers: map[string]string{"/data-sources/s1": `{"DataSource":{"Type":"REDSHIFT","DataSourceParameters":{"RedshiftParameters":{"Database":"d"}}}}`},
			want: cloud.AssetDetail{Kind: "REDSHIFT", Access: cloud.DataSourceAccess{NeedsCredentials: true}}},
		"data source of a type nobody knows, without parameters": {kind: "datasource", id: "s1", answers: map[string]string{"/data-sources/s1": `{"DataSource":{"Type":"ORACLE_OF_DELPHI","DataSourceParameters":{}}}`},
			want: cloud.AssetDetail{Kind: "ORACLE_OF_DELPHI", Access: cloud.DataSourceAccess{NeedsCredentials: true}}},
		"dataset": {kind: "dataset", id: "d1", answers: map[string]string{"/data-sets/d1": `{"DataSet":{"Arn":"arn:aws:quicksight:us-east-2:111122223333:dataset/d1","DataSetId":"d1","Name":"Orders","ImportMode":"SPICE","LastUpdatedTime":1770000000.5,
			"ConsumedSpiceCapacityInBytes":42,"PhysicalTableMap":{"t":{"RelationalTable":{"DataSourceArn":"arn:aws:quicksight:us-east-2:111122223333:datasource/s2","Name":"n","InputColumns":[{"Name":"pay","Type":"DECIMAL"},{"Name":"age","Type":"INTEGER"}]}},
			"u":{"FileSource":{"DataSourceArn":"arn:aws:quicksight:us-east-2:111122223333:datasource/upload","SheetIndex":0}}},
			"LogicalTableMap":{"l":{"Alias":"a","Source":{"DataSetArn":"arn:aws:quicksight:us-east-2:111122223333:dataset/parent"}}},
			"RowLevelPermissionDataSet":{"Arn":"arn:aws:quicksight:us-east-2:111122223333:dataset/rules","PermissionPolicy":"GRANT_ACCESS","FormatVersion":"VERSION_2","Status":"ENABLED"},
			"ColumnLevelPermissionRules":[{"Principals":["arn:aws:quicksight:ap-south-1:111122223333:user/default/bob","arn:aws:quicksight:ap-south-1:111122223333:group/default/hr"],"ColumnNames":["pay"]},
			{"Principals":["arn:aws:quicksight:ap-south-1:111122223333:user/default/bob"],"ColumnNames":["age"]}]}}`},
			want: cloud.AssetDetail{Name: "Orders", Kind: "SPICE", Updated: updated.Add(time.Second / 2),
				Uses: []estate.ARN{asset("dataset/parent"), asset("dataset/rules"), asset("datasource/s2"), asset("datasource/upload")},
				Data: cloud.DataSetData{Bytes: 42, Rules: []cloud.RowRules{{DataSet: asset("dataset/rules"), Format: "VERSION_2", Enabled: true}}, Columns: true,
					People: []estate.ARN{"arn:aws:quicksight:ap-south-1:111122223333:group/default/hr", "arn:aws:quicksight:ap-south-1:111122223333:user/default/bob"},
					Names:  []string{"age", "pay"}}}},
		"dataset of the new kind": {kind: "dataset", id: "d1", answers: map[string]string{"/data-sets/d1": `{"DataSet":{"Name":"Orders","OutputColumns":[{"Name":"UserARN"}],"PhysicalTableMap":{"t":{"CustomSql":{"Columns":[{"Name":"x","Type":"STRING"}]}}},"ImportMode":"DIRECT_QUERY","SemanticModelConfiguration":{"TableMap":{
			"a":{"Alias":"a","DestinationTableId":"x","RowLevelPermissionConfiguration":{"RowLevelPermissionDataSet":{"Arn":"arn:aws:quicksight:us-east-2:111122223333:dataset/rules","FormatVersion":"VERSION_1","Status":"DISABLED"}}},
			"b":{"Alias":"b","DestinationTableId":"y","RowLevelPermissionConfiguration":{"TagConfiguration":{"TagRules":[{"TagKey":"k","ColumnName":"c"}],"Status":"ENABLED"}}}}}}}`},
			want: cloud.AssetDetail{Name: "Orders", Kind: "DIRECT_QUERY", Uses: []estate.ARN{asset("dataset/rules")},
				Data: cloud.DataSetData{RowTags: true, Rules: []cloud.RowRules{{DataSet: asset("dataset/rules"), Format: "VERSION_1"}}, Names: []string{"UserARN"}}}},
		"analysis": {kind: "analysis", id: "a1", answers: map[string]string{
			"/analyses/a1": `{"Analysis":{"AnalysisId":"a1","Arn":"arn:aws:quicksight:us-east-2:111122223333:analysis/a1","Name":"Look","Status":"UPDATE_SUCCESSFUL","LastUpdatedTime":1770000000,
				"ThemeArn":"arn:aws:quicksight::aws:theme/MIDNIGHT","DataSetArns":["arn:aws:quicksight:us-east-2:111122223333:dataset/d1"],"Errors":[{"Type":"DATA_SET_NOT_FOUND","Message":"gone"}]}}`,
			"/analyses/a1/definition": `{"AnalysisId":"a1","Definition":{"DataSetIdentifierDeclarations":[{"Identifier":"x","DataSetArn":"arn:aws:quicksight:us-east-2:111122223333:dataset/d1"}]},
				"Errors":[{"Type":"DATA_SET_NOT_FOUND","Message":"gone"},{"Type":"COLUMN_TYPE_MISMATCH","Message":"c"}]}`},
			want: cloud.AssetDetail{Name: "Look", Status: "UPDATE_SUCCESSFUL", Updated: updated, Uses: []estate.ARN{asset("dataset/d1")}, Errors: []string{"COLUMN_TYPE_MISMATCH: c", "DATA_SET_NOT_FOUND: gone"}}},
		"dashboard, rich": {kind: "dashboard", id: "b1", answers: map[string]string{
			"/dashboards/b1": `{"Dashboard":{"DashboardId":"b1","Arn":"arn:aws:quicksight:us-east-2:111122223333:dashboard/b1","Name":"Board","LastUpdatedTime":1770000000,
				"LinkEntities":["arn:aws:quicksight:us-east-2:111122223333:analysis/a1"],"Version":{"Arn":"arn:aws:quicksight:us-east-2:111122223333:dashboard/b1/version/3","Status":"CREATION_SUCCESSFUL",
				"SourceEntityArn":"arn:aws:quicksight:us-east-2:111122223333:template/old/version/1","ThemeArn":"arn:aws:quicksight:us-east-2:111122223333:theme/t1"}}}`,
			"/dashboards/b1/definition": `{"DashboardId":"b1","ThemeArn":"arn:aws:quicksight:us-east-2:111122223333:theme/t1","Definition":{"DataSetIdentifierDeclarations":[
				{"Identifier":"x","DataSetArn":"arn:aws:quicksight:us-east-2:111122223333:dataset/d2"},{"Identifier":"y","DataSetArn":"arn:aws:quicksight:us-east-2:111122223333:dataset/d1"}],
				"Sheets":[{"SheetId":"s","Visuals":[{"TableVisual":{"VisualId":"v","Actions":[{"CustomActionId":"c","Name":"n","Trigger":"DATA_POINT_CLICK","ActionOperations":[
				{"URLOperation":{"URLTemplate":"https://x/arn:aws:quicksight:us-east-2:111122223333:dashboard/inATextOnly","URLTarget":"NEW_TAB"}},
				{"NotYetInvented":{"DashboardArn":"arn:aws:quicksight:us-east-2:111122223333:dashboard/b9"}}]}]}}]}],
				"FilterGroups":[{"Filters":[{"NumericRangeFilter":{"RangeMinimum":{"StaticValue":"NaN"}}}]}]}}`},
			want: cloud.AssetDetail{Name: "Board", Status: "CREATION_SUCCESSFUL", Updated: updated,
				Uses: []estate.ARN{asset("analysis/a1"), asset("dashboard/b9"), asset("dataset/d1"), asset("dataset/d2"), asset("theme/t1")}}},
		"refresh schedule": {kind: "refresh-schedule", id: "d1/r1", answers: map[string]string{"/data-sets/d1/refresh-schedules/r1": `{"Arn":"arn:aws:quicksight:us-east-2:111122223333:dataset/d1/refresh-schedule/r1",
			"RefreshSchedule":{"ScheduleId":"r1","RefreshType":"FULL_REFRESH","ScheduleFrequency":{"Interval":"DAILY"}}}`},
			want: cloud.AssetDetail{Name: "r1", Kind: "FULL_REFRESH", Uses: []estate.ARN{asset("dataset/d1")}}},
		"folder": {kind: "folder", id: "f1", answers: map[string]string{"/folders/f1": `{"Folder":{"FolderId":"f1","Arn":"arn:aws:quicksight:us-east-2:111122223333:folder/f1","Name":"Mine","FolderType":"RESTRICTED","SharingModel":"ACCOUNT",
			"FolderPath":["arn:aws:quicksight:us-east-2:111122223333:folder/root","arn:aws:quicksight:us-east-2:111122223333:folder/parent"]}}`},
			want: cloud.AssetDetail{Name: "Mine", Kind: "RESTRICTED ACCOUNT", Uses: []estate.ARN{asset("folder/parent"), asset("folder/root")}}},
		"theme": {kind: "theme", id: "t1", answers: map[string]string{"/themes/t1": `{"Theme":{"ThemeId":"t1","Arn":"arn:aws:quicksight:us-east-2:111122223333:theme/t1","Name":"Ours","Type":"CUSTOM","LastUpdatedTime":1770000000,
			"Version":{"Arn":"arn:aws:quicksight:us-east-2:111122223333:theme/t1/version/1","BaseThemeId":"CLASSIC","Status":"CREATION_SUCCESSFUL","Errors":[{"Type":"INTERNAL_FAILURE","Message":"oops"}]}}}`},
			want: cloud.AssetDetail{Name: "Ours", Kind: "CUSTOM", Status: "CREATION_SUCCESSFUL", Updated: updated, Errors: []string{"INTERNAL_FAILURE: oops"}}},
		"VPC connection": {kind: "vpcConnection", id: "v1", answers: map[string]string{"/vpc-connections/v1": `{"VPCConnection":{"VPCConnectionId":"v1","Arn":"arn:aws:quicksight:us-east-2:111122223333:vpcConnection/v1","Name":"net","Status":"CREATION_SUCCESSFUL",
			"RoleArn":"arn:aws:iam::111122223333:role/v","NetworkInterfaces":[{"Status":"CREATION_FAILED","ErrorMessage":"no address left"},{"Status":"AVAILABLE"}]}}`},
			want: cloud.AssetDetail{Name: "net", Status: "CREATION_SUCCESSFUL", Errors: []string{"CREATION_FAILED: no address left"}, Access: cloud.DataSourceAccess{RoleARN: "arn:aws:iam::111122223333:role/v"}}},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string][]answer{}
			for path, body := range tt.answers {
				answers["GET "+base+path] = []answer{fail(503, ""), ok(body)} // what the first says is not kept
			}
			s := newServer(t, answers)
			got, err := open(t, s, nil).Quick(account, ohio).DescribeAsset(t.Context(), tt.kind, tt.id)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			for path := range tt.answers {
				if sent := s.seen("GET " + base + path); len(sent) != 2 || sent[0].region != "us-east-2" || sent[0].service != "quicksight" {
					t.Errorf("%s: %d requests, %+v", path, len(sent), sent)
				}
			}
		})
	}
}

func TestDescribeAssetFails(t *testing.T) {
	s := newServer(t, map[string][]answer{
		"GET " + base + "/data-sets/upload":       {{status: 400, kind: "InvalidParameterValueException", body: `{"Message":"The data set type is not supported through API yet"}`}},
		"GET " + base + "/data-sets/empty":        {ok(`{}`)},
		"GET " + base + "/analyses/a1":            {ok(`{"Analysis":{"Name":"n"}}`)},
		"GET " + base + "/analyses/a1/definition": {{status: 401, kind: "AccessDeniedException", body: `{"Message":"no"}`}}})
	q := open(t, s, nil).Quick(account, ohio)
	for _, tt := range []struct {
		kind estate.AssetType
		id   string
		want cloud.Kind
	}{{"dataset", "upload", cloud.Invalid}, {"dataset", "empty", cloud.Unknown}, {"analysis", "a1", cloud.AccessDenied}, {"alert", "x", cloud.Unsupported}} {
		if d, err := q.DescribeAsset(t.Context(), tt.kind, tt.id); err == nil || cloud.KindOf(err) != tt.want || !cmp.Equal(d, cloud.AssetDetail{}) {
			t.Errorf("%s %s: %+v, %v", tt.kind, tt.id, d, err)
		}
	}
}
