package quicksight_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

const ( // contents of a bundle, with ARNs of Ireland
	sourceFile = `{"resourceType":"datasource","dataSourceId":"src","name":"Source","type":"MYSQL","dataSourceParameters":{"mySqlParameters":{"host":"old","port":3306,"database":"d"}}}`
	setFile    = `{"resourceType":"dataset","dataSetId":"set","name":"Set","importMode":"SPICE","physicalTableMap":{"Orders":{"customSql":{"name":"q","sqlQuery":"select 1","dataSourceArn":"arn:aws:quicksight:eu-west-1:111122223333:datasource/src"}}}}`
	everyFile  = `{"resourceType":"refreshschedule","dataSetId":"set","schedule":{"scheduleId":"every","refreshType":"FULL_REFRESH","scheduleFrequency":{"interval":"DAILY"},"startAfterDateTime":1}}`
)

func smallBundle(t *testing.T) []byte {
	return zipped(t, map[string]string{"datasource/src.json": sourceFile, "dataset/set.json": setFile, "refreshschedule/set_every.json": everyFile})
}

// TestOverridesOfAnImport: names, parameters, a start, permissions and tags arrive; a password arrives nowhere.
func TestOverridesOfAnImport(t *testing.T) {
	w := furnish(t)
	start := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	secret := "planted-Secret-1"
	done := w.bring(ohio, "job", smallBundle(t), func(in *quick.StartAssetBundleImportJobInput) {
		in.OverrideParameters = &types.AssetBundleImportJobOverrideParameters{
			DataSources: []types.AssetBundleImportJobDataSourceOverrideParameters{{DataSourceId: aws.String("src"), Name: aws.String("Renamed"),
				DataSourceParameters: &types.DataSourceParametersMemberMySqlParameters{Value: types.MySqlParameters{Host: aws.String("new"), Port: aws.Int32(3307), Database: aws.String("d")}},
				Credentials:          &types.AssetBundleImportJobDataSourceCredentials{CredentialPair: &types.AssetBundleImportJobDataSourceCredentialPair{Username: aws.String("u"), Password: &secret}}}},
			RefreshSchedules: []types.AssetBundleImportJobRefreshScheduleOverrideParameters{{DataSetId: aws.String("set"), ScheduleId: aws.String("every"), StartAfterDateTime: &start}},
		}
		in.OverridePermissions = &types.AssetBundleImportJobOverridePermissions{DataSources: []types.AssetBundleImportJobDataSourceOverridePermissions{
			{DataSourceIds: []string{"*"}, Permissions: &types.AssetBundleResourcePermissions{Principals: []string{somebody("group/default/analysts")}, Actions: viewsSource}}}}
		in.OverrideTags = &types.AssetBundleImportJobOverrideTags{DataSets: []types.AssetBundleImportJobDataSetOverrideTags{{DataSetIds: []string{"set"}, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}}}
	})
	if done.JobStatus != types.AssetBundleImportJobStatusSuccessful {
		t.Fatal(problems(done))
	}
	c := w.in(account, ohio)
	src, err := c.DescribeDataSource(t.Context(), &quick.DescribeDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("src")})
	if err != nil {
		t.Fatal(err)
	}
	if p := src.DataSource.DataSourceParameters.(*types.DataSourceParametersMemberMySqlParameters).Value; *src.DataSource.Name != "Renamed" || *p.Host != "new" || *p.Port != 3307 {
		t.Errorf("%+v %+v", src.DataSource, p)
	}
	every, err := c.DescribeRefreshSchedule(t.Context(), &quick.DescribeRefreshScheduleInput{AwsAccountId: id, DataSetId: aws.String("set"), ScheduleId: aws.String("every")})
	if err != nil || !every.RefreshSchedule.StartAfterDateTime.Equal(start) || *every.Arn != named(ohio, "dataset/set/refresh-schedule/every") {
		t.Errorf("%v %+v", err, every)
	}
	if a := w.asset(ohio, estate.AssetDataSource, "src"); len(a.Permissions) != 1 || a.Permissions[0].Principal != estate.ARN(somebody("group/default/analysts")) {
		t.Errorf("%+v", a)
	}
	if a := w.asset(ohio, estate.AssetDataSet, "set"); a.Tags["k"] != "v" {
		t.Errorf("%+v", a)
	}
	loads, err := c.ListIngestions(t.Context(), &quick.ListIngestionsInput{AwsAccountId: id, DataSetId: aws.String("set")})
	if err != nil || len(loads.Ingestions) != 1 || loads.Ingestions[0].RequestType != types.IngestionRequestTypeInitialIngestion || loads.Ingestions[0].IngestionStatus != types.IngestionStatusRunning {
		t.Errorf("%v %+v", err, loads)
	}
	for _, path := range []string{"world", "calls?internal=yes"} {
		if status, text := w.get(w.url + "/_twin/" + path); status != http.StatusOK || strings.Contains(string(text), secret) {
			t.Errorf("%s: %d, or it holds the password", path, status)
		}
	}
}

// TestAPrefixNamesEverythingAnew, references included.
func TestAPrefixNamesEverythingAnew(t *testing.T) {
	w := furnish(t)
	future := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	prefix := func(in *quick.StartAssetBundleImportJobInput) {
		in.OverrideParameters = &types.AssetBundleImportJobOverrideParameters{
			ResourceIdOverrideConfiguration: &types.AssetBundleImportJobResourceIdOverrideConfiguration{PrefixForAllResources: aws.String("p-")},
			RefreshSchedules:                []types.AssetBundleImportJobRefreshScheduleOverrideParameters{{DataSetId: aws.String("set"), ScheduleId: aws.String("every"), StartAfterDateTime: &future}}}
	}
	if done := w.bring(ohio, "job", smallBundle(t), prefix); done.JobStatus != types.AssetBundleImportJobStatusSuccessful {
		t.Fatal(problems(done))
	}
	var got []string
	for _, a := range w.assets(ohio) {
		got = append(got, string(a.Type)+" "+a.ID)
	}
	if want := []string{"dataset p-set", "datasource p-src", "refresh-schedule p-set/p-every"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if text := string(w.asset(ohio, estate.AssetDataSet, "p-set").Content); !strings.Contains(text, named(ohio, "datasource/p-src")) || !strings.Contains(text, `"Orders"`) {
		t.Error(text)
	}
}

// TestAnImportUpdatesWhatIsThere and leaves its permissions when it brings none; a dashboard gets a new version.
func TestAnImportUpdatesWhatIsThere(t *testing.T) {
	w := furnish(t)
	_, bundle := w.export(ireland, "job", nil, named(ireland, "dashboard/dashboard"))
	changed := strings.Replace(files(t, bundle)["dashboard/dashboard.json"], `"name":"Dashboard"`, `"name":"Better"`, 1)
	if done := w.bring(ireland, "job", zipped(t, map[string]string{"dashboard/dashboard.json": changed}), nil); done.JobStatus != types.AssetBundleImportJobStatusSuccessful {
		t.Fatal(problems(done))
	}
	if a := w.asset(ireland, estate.AssetDashboard, "dashboard"); a.Name != "Better" || len(a.Permissions) != 1 || a.Tags["team"] != "sales" || fmt.Sprint(a.Folders) != "[sub]" {
		t.Errorf("%+v", a)
	}
	list, err := w.in(account, ireland).ListDashboards(t.Context(), &quick.ListDashboardsInput{AwsAccountId: id})
	if err != nil || *list.DashboardSummaryList[0].PublishedVersionNumber != 2 || list.DashboardSummaryList[0].LastUpdatedTime == nil {
		t.Errorf("%v %+v", err, list)
	}
}

// TestPermissionsOfABundle: principals that are not there are left out with a warning; an override with one is an error.
func TestPermissionsOfABundle(t *testing.T) {
	w := furnish(t)
	stranger := somebody("user/default/stranger")
	granted := strings.Replace(sourceFile, `"name"`, `"permissions":[{"principal":"`+stranger+`","actions":["`+strings.Join(viewsSource, `","`)+`"]}],"name"`, 1)
	done := w.bring(ohio, "one", zipped(t, map[string]string{"datasource/src.json": granted}), nil)
	if done.JobStatus != types.AssetBundleImportJobStatusSuccessful || problems(done) != "warning "+named(ohio, "datasource/src")+" The principal "+stranger+" does not exist; it was not granted any permissions." {
		t.Error(problems(done))
	}
	if a := w.asset(ohio, estate.AssetDataSource, "src"); a.Permissions != nil {
		t.Errorf("%+v", a)
	}
	linked := `{"resourceType":"dashboard","dashboardId":"l","name":"L","definition":{},"linkSharingConfiguration":{"permissions":[{"principal":"` + stranger + `","actions":["` + strings.Join(viewsDashboard, `","`) + `"]}]}}`
	if done := w.bring(ohio, "link", zipped(t, map[string]string{"dashboard/l.json": linked}), nil); !strings.HasPrefix(problems(done), "warning ") || strings.Contains(string(w.asset(ohio, estate.AssetDashboard, "l").Content), stranger) {
		t.Error(problems(done))
	}
	for name, tc := range map[string]struct {
		principal string
		actions   []string
		want      string
	}{
		"nobody":          {stranger, viewsSource, "InvalidParameterValueException: The principal " + stranger + " does not exist."},
		"half of a set":   {somebody("user/default/author"), viewsSource[:2], "InvalidParameterValueException: The list of actions"},
		"of another home": {named(ohio, "user/default/author"), viewsSource, "InvalidParameterValueException: The principal"},
	} {
		done := w.bring(ohio, strings.ReplaceAll(name, " ", "-"), zipped(t, map[string]string{"datasource/src.json": sourceFile}), func(in *quick.StartAssetBundleImportJobInput) {
			in.OverridePermissions = &types.AssetBundleImportJobOverridePermissions{DataSources: []types.AssetBundleImportJobDataSourceOverridePermissions{
				{DataSourceIds: []string{"src"}, Permissions: &types.AssetBundleResourcePermissions{Principals: []string{tc.principal}, Actions: tc.actions}}}}
		})
		if done.JobStatus != types.AssetBundleImportJobStatusFailed || !strings.Contains(problems(done), tc.want) {
			t.Errorf("%s: %s", name, problems(done))
		}
	}
}

// TestWhoImportsAsAUserOwnsIt; an IAM principal that is no user leaves assets without an owner.
func TestWhoImportsAsAUserOwnsIt(t *testing.T) {
	for _, user := range []bool{false, true} {
		w := start(t, func(w *estate.World) {
			settle(w, nil)
			a := w.Estate.Accounts[account]
			q, _ := a.Quick.Get()
			if user {
				n := q.Namespaces.Or(nil)["default"]
				n.Users.Or(nil)["RehomeTwinAdministrator/twin"] = estate.QuickUser{Role: "ADMIN", Active: true}
			}
		})
		if done := w.bring(ohio, "one", zipped(t, map[string]string{"datasource/src.json": sourceFile}), nil); done.JobStatus != types.AssetBundleImportJobStatusSuccessful {
			t.Fatal(problems(done))
		}
		a := w.asset(ohio, estate.AssetDataSource, "src")
		if user && (len(a.Permissions) != 1 || a.Permissions[0].Principal != estate.ARN(somebody("user/default/RehomeTwinAdministrator/twin")) || len(a.Permissions[0].Actions) != 6) || !user && a.Permissions != nil {
			t.Errorf("user %v: %+v", user, a)
		}
	}
}

// TestAnOverrideOfNothing is an error of the job.
func TestAnOverrideOfNothing(t *testing.T) {
	w := furnish(t)
	done := w.bring(ohio, "one", zipped(t, map[string]string{"theme/new.json": themeFile}), network)
	if done.JobStatus != types.AssetBundleImportJobStatusFailed || !strings.Contains(problems(done), "OverrideParameters.VPCConnections names vpc, which is not in the asset bundle.") {
		t.Error(problems(done))
	}
}
