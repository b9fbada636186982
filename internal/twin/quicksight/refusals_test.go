package quicksight_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// source is a data source of a type, with parameters in the bundle's names.
func source(id, kind, parameters string) estate.Asset {
	return estate.Asset{Type: estate.AssetDataSource, ID: id, Name: id, Content: []byte(`{"dataSourceId":"` + id + `","name":"` + id + `","type":"` + kind + `"` + parameters + `}`)}
}

func over(id string) estate.Asset {
	return estate.Asset{Type: estate.AssetDataSet, ID: "over-" + id, Name: id, Content: []byte(`{"dataSetId":"over-` + id + `","name":"` + id + `","importMode":"DIRECT_QUERY","physicalTableMap":{"t":{"customSql":{"dataSourceArn":"` + named(ireland, "datasource/"+id) + `"}}}}`)}
}

// TestAnExportIsRefusedAtOnce for what is wrong with the request.
func TestAnExportIsRefusedAtOnce(t *testing.T) {
	w := furnish(t, source("git", "GITHUB", ""), source("manifest", "S3", ""), source("s3", "S3", `,"dataSourceParameters":{"s3Parameters":{"manifestFileLocation":{"bucket":"b","key":"k"}}}`),
		estate.Asset{Type: estate.AssetTheme, ID: "listed", Name: "Listed"}, estate.Asset{Type: "topic", ID: "topic", Name: "Topic"})
	many := func(n int) (out []string) {
		for range n {
			out = append(out, named(ireland, "theme/theme"))
		}
		return out
	}
	for _, tc := range []struct {
		name, region, job, format string
		arns                      []string
		want                      string
	}{
		{"a bad id", ireland, "a b", "", many(1), `InvalidParameterValueException: The job id "a b" is not valid`},
		{"a long id", ireland, strings.Repeat("a", 513), "", many(1), "InvalidParameterValueException: The job id"},
		{"nothing", ireland, "j", "", []string{}, "InvalidParameterValueException: ResourceArns has 0 entries"},
		{"101 assets", ireland, "j", "", many(101), "InvalidParameterValueException: ResourceArns has 101 entries; 1 to 100 are allowed."},
		{"100 assets", ireland, "run", "", many(100), "ok"},
		{"another format", ireland, "j", "CSV", many(1), `InvalidParameterValueException: ExportFormat "CSV" is not valid.`},
		{"another Region's", ireland, "j", "", []string{named(ohio, "theme/theme")}, "InvalidParameterValueException: "},
		{"a user", ireland, "j", "", []string{somebody("user/default/author")}, "InvalidParameterValueException: "},
		{"no such asset", ireland, "j", "", []string{named(ireland, "theme/none")}, "ResourceNotFoundException: The resource arn:aws:quicksight:eu-west-1:111122223333:theme/none is not found."},
		{"a topic", ireland, "j", "", []string{named(ireland, "topic/topic")}, "InvalidParameterValueException: Assets of the type topic cannot be exported"},
		{"a data source of GitHub", ireland, "j", "", []string{named(ireland, "datasource/git")}, "InvalidParameterValueException: The data source is of a type that asset bundles do not support"},
		{"an uploaded manifest", ireland, "j", "", []string{named(ireland, "datasource/manifest")}, "InvalidParameterValueException: The data source is of a type"},
		{"a manifest in a bucket", ireland, "k", "", []string{named(ireland, "datasource/s3")}, "ok"},
		{"content nobody looked at", ireland, "j2", "", []string{named(ireland, "theme/listed")}, "TwinDoesNotKnow: twin does not know /accounts/111122223333/quick/assets/eu-west-1/theme/listed/content"},
		{"assets nobody looked at", oregon, "j", "", []string{named(oregon, "theme/theme")}, "TwinDoesNotKnow: twin does not know /accounts/111122223333/quick/assets/us-west-2"},
		{"the id of a running job", ireland, "run", "", many(1), "ConflictException: A job with the id run is running."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			format := types.AssetBundleExportFormat(tc.format)
			if format == "" {
				format = types.AssetBundleExportFormatQuicksightJson
			}
			_, err := w.in(account, tc.region).StartAssetBundleExportJob(t.Context(), &quick.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: &tc.job, ResourceArns: tc.arns, ExportFormat: format})
			twin{t, w.url}.mustBe(err, tc.want)
		})
	}
}

// TestFiveJobsAtATime of each kind; whoever waits may start the next, under an old id too.
func TestFiveJobsAtATime(t *testing.T) {
	t.Attr("requirement", "MIG-11")
	w := furnish(t)
	_, bundle := w.export(ireland, "first", nil, named(ireland, "theme/theme"))
	for name, begin := range map[string]func(job string) error{
		"export": func(job string) error {
			_, err := w.in(account, ireland).StartAssetBundleExportJob(t.Context(), &quick.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: &job,
				ResourceArns: []string{named(ireland, "theme/theme")}, ExportFormat: types.AssetBundleExportFormatQuicksightJson})
			return err
		},
		"import": func(job string) error {
			_, err := w.in(account, ohio).StartAssetBundleImportJob(t.Context(), &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: &job, AssetBundleImportSource: &types.AssetBundleImportSource{Body: bundle}})
			return err
		},
	} {
		for i := range 5 {
			w.mustBe(begin(fmt.Sprintf("%s-%d", name, i)), "ok")
		}
		w.mustBe(begin(name+"-5"), "LimitExceededException: The account has 5 jobs running; no more are allowed at a time.")
		w.mustBe(begin(name+"-0"), "ConflictException: ")
		w.advance(100)
		w.mustBe(begin(name+"-0"), "ok")
		w.advance(100)
	}
}

// TestWhatAnExportFindsLater makes the job fail, or warns.
func TestWhatAnExportFindsLater(t *testing.T) {
	bad := estate.Asset{Type: estate.AssetVPCConnection, ID: "a b", Name: "legacy", Content: []byte(`{"vpcConnectionId":"a b"}`)}
	legacy := source("legacy", "MYSQL", `,"vpcConnectionProperties":{"vpcConnectionArn":"`+named(ireland, "vpcConnection/a b")+`"}`)
	broken := estate.Asset{Type: estate.AssetDashboard, ID: "broken", Name: "Broken", Content: []byte(`{"dashboardId":"broken","name":"Broken","definition":{"dataSetIdentifierDeclarations":[{"identifier":"d","dataSetArn":"` + named(ireland, "dataset/gone") + `"}]}}`)}
	w := furnish(t, source("git", "GITHUB", ""), over("git"), over("gone"), bad, legacy, broken)
	strict := func(in *quick.StartAssetBundleExportJobInput) {
		everything(in)
		in.ValidationStrategy = &types.AssetBundleExportJobValidationStrategy{StrictModeForAllResources: true}
	}
	for _, tc := range []struct {
		name, arn string
		change    func(*quick.StartAssetBundleExportJobInput)
		want      string
	}{
		{"depends on what no bundle carries", "dataset/over-git", everything, "FAILED InvalidParameterValueException: The data source is of a type"},
		{"the same without dependencies", "dataset/over-git", nil, "FAILED InvalidParameterValueException: The data source is of a type"},
		{"depends on what is gone", "dataset/over-gone", everything, "SUCCESSFUL warning: The datasource that an exported asset refers to is not found."},
		{"the same in strict mode", "dataset/over-gone", strict, "FAILED ResourceNotFoundException: The resource"},
		{"a broken dashboard", "dashboard/broken", everything, "SUCCESSFUL warning: The dataset that an exported asset refers to is not found."},
		{"a broken dashboard in strict mode", "dashboard/broken", strict, "FAILED InvalidParameterValueException: The dashboard has associated errors and cannot be exported. Call DescribeDashboardDefinition to retrieve the errors."},
		{"an old VPC connection", "datasource/legacy", everything, `FAILED InvalidParameterValueException: The VPC connection's id "a b" cannot be exported.`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, _ := twin{t, w.url}.export(ireland, strings.ReplaceAll(tc.name, " ", "-"), tc.change, named(ireland, tc.arn))
			got := string(out.JobStatus)
			for _, e := range out.Errors {
				got += " " + *e.Type + ": " + *e.Message
			}
			for _, e := range out.Warnings {
				got += " warning: " + *e.Message
			}
			if !strings.HasPrefix(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestAnImportIsRefusedAtOnce for what is wrong with the request.
func TestAnImportIsRefusedAtOnce(t *testing.T) {
	w := furnish(t)
	themes := make([]types.AssetBundleImportJobThemeOverrideParameters, 51)
	for i := range themes {
		themes[i].ThemeId = aws.String("t")
	}
	grant := func(n int) *types.AssetBundleImportJobOverridePermissions {
		one := types.AssetBundleImportJobAnalysisOverridePermissions{AnalysisIds: []string{"*"}, Permissions: &types.AssetBundleResourcePermissions{Principals: []string{"p"}, Actions: []string{"a"}}}
		out := &types.AssetBundleImportJobOverridePermissions{}
		for range n {
			out.Analyses = append(out.Analyses, one)
		}
		return out
	}
	tags := func(n int) *types.AssetBundleImportJobOverrideTags {
		out := &types.AssetBundleImportJobOverrideTags{}
		for range n {
			out.Themes = append(out.Themes, types.AssetBundleImportJobThemeOverrideTags{ThemeIds: []string{"*"}, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}})
		}
		return out
	}
	past := func(d time.Duration) *types.AssetBundleImportJobOverrideParameters {
		return &types.AssetBundleImportJobOverrideParameters{RefreshSchedules: []types.AssetBundleImportJobRefreshScheduleOverrideParameters{
			{DataSetId: aws.String("d"), ScheduleId: aws.String("s"), StartAfterDateTime: aws.Time(time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC).Add(d))}}}
	}
	subnets := func(n int) *types.AssetBundleImportJobOverrideParameters {
		return &types.AssetBundleImportJobOverrideParameters{VPCConnections: []types.AssetBundleImportJobVPCConnectionOverrideParameters{{VPCConnectionId: aws.String("v"), SubnetIds: make([]string, n)}}}
	}
	for _, tc := range []struct {
		name   string
		change func(*quick.StartAssetBundleImportJobInput)
		want   string
	}{
		{"no source", func(in *quick.StartAssetBundleImportJobInput) {
			in.AssetBundleImportSource = &types.AssetBundleImportSource{}
		}, "InvalidParameterValueException: AssetBundleImportSource must have exactly one"},
		{"a bucket", func(in *quick.StartAssetBundleImportJobInput) {
			in.AssetBundleImportSource = &types.AssetBundleImportSource{S3Uri: aws.String("s3://b/k")}
		}, "ResourceNotFoundException: s3://b/k is not found: The specified bucket does not exist"},
		{"too large", func(in *quick.StartAssetBundleImportJobInput) {
			in.AssetBundleImportSource.Body = make([]byte, 20971521)
		}, "InvalidParameterValueException: The asset bundle has 20971521 bytes; 20971520 are allowed in Body."},
		{"no bucket", func(in *quick.StartAssetBundleImportJobInput) {
			in.AssetBundleImportSource = &types.AssetBundleImportSource{S3Uri: aws.String("https://b/k")}
		}, "InvalidParameterValueException: S3Uri \"https://b/k\" is not valid."},
		{"both sources", func(in *quick.StartAssetBundleImportJobInput) {
			in.AssetBundleImportSource.S3Uri = aws.String("s3://b/k")
		}, "InvalidParameterValueException: AssetBundleImportSource must have exactly one"},
		{"a bad id", func(in *quick.StartAssetBundleImportJobInput) { in.AssetBundleImportJobId = aws.String("a/b") }, "InvalidParameterValueException: The job id"},
		{"51 overrides", func(in *quick.StartAssetBundleImportJobInput) {
			in.OverrideParameters = &types.AssetBundleImportJobOverrideParameters{Themes: themes}
		}, "InvalidParameterValueException: OverrideParameters.Themes has 51 entries; 1 to 50 are allowed."},
		{"two grants for analyses", func(in *quick.StartAssetBundleImportJobInput) { in.OverridePermissions = grant(2) }, "InvalidParameterValueException: OverridePermissions.Analyses has 2 entries; 1 to 1 are allowed."},
		{"six lists of tags", func(in *quick.StartAssetBundleImportJobInput) { in.OverrideTags = tags(6) }, "InvalidParameterValueException: OverrideTags.Themes has 6 entries; 1 to 5 are allowed."},
		{"one subnet", func(in *quick.StartAssetBundleImportJobInput) { in.OverrideParameters = subnets(1) }, "InvalidParameterValueException: SubnetIds has 1 entries; 2 to 15 are allowed."},
		{"a start in the past", func(in *quick.StartAssetBundleImportJobInput) { in.OverrideParameters = past(-time.Hour) }, "InvalidParameterValueException: StartAfterDateTime must be in the future."},
		{"a start to come", func(in *quick.StartAssetBundleImportJobInput) { in.OverrideParameters = past(time.Hour) }, "ok"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: aws.String("j"), AssetBundleImportSource: &types.AssetBundleImportSource{Body: []byte("x")}}
			tc.change(in)
			_, err := w.in(account, ohio).StartAssetBundleImportJob(t.Context(), in)
			twin{t, w.url}.mustBe(err, tc.want)
		})
	}
}

const themeFile = `{"resourceType":"theme","themeId":"new","name":"New","baseThemeId":"CLASSIC","configuration":{}}`

// TestWhatAnImportFindsLater: with ROLLBACK nothing is left of it, with DO_NOTHING what has no error is made.
func TestWhatAnImportFindsLater(t *testing.T) {
	analysis := `{"resourceType":"analysis","analysisId":"a","name":"A","definition":{"dataSetIdentifierDeclarations":[{"identifier":"d","dataSetArn":"` + named(ireland, "dataset/d") + `"}]}}`
	dataSet := `{"resourceType":"dataset","dataSetId":"d","name":"D","importMode":"SPICE","physicalTableMap":{"t":{"customSql":{"dataSourceArn":"` + named(ireland, "datasource/none") + `"}}}}`
	schedule := func(n int, more string) string {
		return fmt.Sprintf(`{"resourceType":"refreshschedule","dataSetId":"data","schedule":{"scheduleId":"s%d","refreshType":"FULL_REFRESH","scheduleFrequency":{"interval":"DAILY"}%s}}`, n, more)
	}
	for _, tc := range []struct {
		name, region string
		files        map[string]string
		want         string // first problem
		left         string // what DO_NOTHING leaves
	}{
		{"no zip", ohio, nil, "error  InvalidParameterValueException: The asset bundle is not a valid zip file: ", "[]"},
		{"nothing in it", ohio, map[string]string{}, "error  InvalidParameterValueException: The asset bundle is empty", "[]"},
		{"an unknown type", ohio, map[string]string{"theme/new.json": themeFile, "topic/t.json": `{"resourceType":"topic","topicId":"t"}`}, `error  InvalidParameterValueException: The asset bundle's file topic/t.json cannot be read: unknown resourceType "topic"`, "[]"},
		{"no JSON", ohio, map[string]string{"theme/new.json": "x"}, "error  InvalidParameterValueException: The asset bundle's file theme/new.json cannot be read", "[]"},
		{"a reference outside", ohio, map[string]string{"theme/new.json": themeFile, "dataset/d.json": dataSet, "analysis/a.json": analysis},
			"error arn:aws:quicksight:us-east-2:111122223333:dataset/d ResourceNotFoundException: The resource arn:aws:quicksight:eu-west-1:111122223333:datasource/none is neither in the asset bundle nor in this account and Region.", "[new]"},
		{"a network without its place", ohio, map[string]string{"theme/new.json": themeFile, "vpcconnection/v.json": `{"resourceType":"vpcconnection","vpcConnectionId":"v","name":"V","subnetIds":["a","b"],"securityGroupIds":["s"]}`},
			"error arn:aws:quicksight:us-east-2:111122223333:vpcConnection/v InvalidParameterValueException: SubnetIds and SecurityGroupIds are required", "[new]"},
		{"a schedule that would have begun", ireland, map[string]string{"theme/new.json": themeFile, "refreshschedule/s.json": schedule(1, `,"startAfterDateTime":1`)},
			"error arn:aws:quicksight:eu-west-1:111122223333:dataset/data/refresh-schedule/s1 InvalidParameterValueException: StartAfterDateTime must be in the future.", "[new]"},
		{"too many schedules", ireland, map[string]string{"theme/new.json": themeFile, "r/1": schedule(1, ""), "r/2": schedule(2, ""), "r/3": schedule(3, ""), "r/4": schedule(4, ""), "r/5": schedule(5, "")},
			"error arn:aws:quicksight:eu-west-1:111122223333:dataset/data/refresh-schedule/s1 LimitExceededException: A dataset can have 5 refresh schedules at most.", "[new]"},
		{"a folder that is not there", ohio, map[string]string{"theme/new.json": strings.Replace(themeFile, `"name"`, `"folderMemberships":["`+named(ireland, "folder/f")+`"],"name"`, 1)},
			"error arn:aws:quicksight:us-east-2:111122223333:theme/new ResourceNotFoundException: ", "[]"},
	} {
		for _, action := range []types.AssetBundleImportFailureAction{types.AssetBundleImportFailureActionDoNothing, types.AssetBundleImportFailureActionRollback} {
			t.Run(tc.name+" "+string(action), func(t *testing.T) {
				w := furnish(t)
				before := len(w.assets(tc.region))
				bundle := []byte("no zip")
				if tc.files != nil {
					bundle = zipped(t, tc.files)
				}
				done := w.bring(tc.region, "job", bundle, func(in *quick.StartAssetBundleImportJobInput) { in.FailureAction = action })
				if !strings.HasPrefix(problems(done), tc.want) {
					t.Errorf("got  %s\nwant %s", problems(done), tc.want)
				}
				status, left := types.AssetBundleImportJobStatusFailed, tc.left
				if action == types.AssetBundleImportFailureActionRollback {
					status, left = types.AssetBundleImportJobStatusFailedRollbackCompleted, "[]"
				}
				var got []string
				for _, a := range w.assets(tc.region) {
					if before == 0 || !a.Updated.IsZero() {
						got = append(got, a.ID)
					}
				}
				if done.JobStatus != status || fmt.Sprint(got) != left {
					t.Errorf("%s with %v left, want %s with %s", done.JobStatus, got, status, left)
				}
			})
		}
	}
}

// TestARollbackTakesItsTime and is seen under way.
func TestARollbackTakesItsTime(t *testing.T) {
	w := furnish(t)
	c, job := w.in(account, ohio), aws.String("j")
	_, err := c.StartAssetBundleImportJob(t.Context(), &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: job, FailureAction: types.AssetBundleImportFailureActionRollback, AssetBundleImportSource: &types.AssetBundleImportSource{Body: []byte("x")}})
	w.mustBe(err, "ok")
	for _, step := range []struct {
		seconds int
		want    types.AssetBundleImportJobStatus
	}{{0, types.AssetBundleImportJobStatusQueuedForImmediateExecution}, {6, types.AssetBundleImportJobStatusInProgress}, {54, types.AssetBundleImportJobStatusFailedRollbackInProgress}, {30, types.AssetBundleImportJobStatusFailedRollbackCompleted}} {
		w.advance(step.seconds)
		out, err := c.DescribeAssetBundleImportJob(t.Context(), &quick.DescribeAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: job})
		if err != nil || out.JobStatus != step.want || out.FailureAction != types.AssetBundleImportFailureActionRollback {
			t.Fatalf("%v %+v", err, out)
		}
		if status, text := w.get(*out.AssetBundleImportSource.Body); status != http.StatusOK || string(text) != "x" {
			t.Errorf("%d %s", status, text)
		}
	}
	list, err := c.ListAssetBundleImportJobs(t.Context(), &quick.ListAssetBundleImportJobsInput{AwsAccountId: id})
	if err != nil || len(list.AssetBundleImportJobSummaryList) != 1 || list.AssetBundleImportJobSummaryList[0].FailureAction != types.AssetBundleImportFailureActionRollback {
		t.Errorf("%v %+v", err, list)
	}
}
