package cloud_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// TestAssetCalls is what each call about assets sends and reads: method, path, query, body (quick-api 3, 4.6, 9).
func TestAssetCalls(t *testing.T) {
	d1 := asset("dataset/d1")
	const escaped = "arn%3Aaws%3Aquicksight%3Aus-east-2%3A111122223333%3Adataset%2Fd1"
	secretARN := estate.ARN("arn:aws:secretsmanager:us-east-2:111122223333:secret:x")
	type quickCall struct {
		name, operation, query, path, sent, body string // path: as escaped, when that matters
		call                                     func(context.Context, cloud.Quick) (any, error)
		want                                     any
	}
	for _, tt := range []quickCall{
		{name: "export", operation: "POST " + base + "/asset-bundle-export-jobs/export",
			sent: `{"AssetBundleExportJobId":"e1","ExportFormat":"QUICKSIGHT_JSON","IncludeAllDependencies":true,"IncludeFolderMemberships":true,"IncludePermissions":true,"IncludeTags":true,` +
				`"ResourceArns":["arn:aws:quicksight:us-east-2:111122223333:dataset/d1"]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.StartExport(ctx, cloud.ExportJob{ID: "e1", ARNs: []estate.ARN{d1}, AllDependencies: true, Permissions: true, Tags: true, FolderMemberships: true})
			}},
		{name: "export, plain", operation: "POST " + base + "/asset-bundle-export-jobs/export", sent: `{"AssetBundleExportJobId":"e1","ExportFormat":"QUICKSIGHT_JSON","ResourceArns":["arn:aws:quicksight:us-east-2:111122223333:dataset/d1"]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.StartExport(ctx, cloud.ExportJob{ID: "e1", ARNs: []estate.ARN{d1}})
			}},
		{name: "export as a template", operation: "POST " + base + "/asset-bundle-export-jobs/export",
			sent: `{"AssetBundleExportJobId":"e1","CloudFormationOverridePropertyConfiguration":{"DataSources":[{"Arn":"arn:aws:quicksight:us-east-2:111122223333:datasource/s1","Properties":["SecretArn"]}]},` +
				`"ExportFormat":"CLOUDFORMATION_JSON","ResourceArns":["arn:aws:quicksight:us-east-2:111122223333:datasource/s1"]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				source := asset("datasource/s1")
				return nil, q.StartExport(ctx, cloud.ExportJob{ID: "e1", ARNs: []estate.ARN{source}, CloudFormation: true, Secrets: []estate.ARN{source}})
			}},
		{name: "export's state", operation: "GET " + base + "/asset-bundle-export-jobs/e1",
			body: `{"JobStatus":"SUCCESSFUL","DownloadUrl":"https://bucket/assetbundle-e1.qs?X-Amz-Signature=s","CreatedTime":1770000000,"ResourceArns":["b","a"],
				"Errors":[{"Arn":"b","Type":"T","Message":"m"},{"Arn":"a","Type":"T","Message":"n"}],"Warnings":[{"Arn":"a","Message":"w"}],"IncludeAllDependencies":true}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.DescribeExport(ctx, "e1") },
			want: cloud.ExportState{Status: cloud.JobSuccessful, URL: "https://bucket/assetbundle-e1.qs?X-Amz-Signature=s", Created: updated, ARNs: []estate.ARN{"a", "b"},
				Errors: []cloud.JobError{{ARN: "a", Type: "T", Message: "n"}, {ARN: "b", Type: "T", Message: "m"}}, Warnings: []cloud.JobError{{ARN: "a", Message: "w"}}}},
		{name: "import", operation: "POST " + base + "/asset-bundle-import-jobs/import",
			sent: `{"AssetBundleImportJobId":"i1","AssetBundleImportSource":{"Body":"UEsDBA=="},"FailureAction":"ROLLBACK"}`, // base64 once
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.StartImport(ctx, cloud.ImportJob{ID: "i1", Body: []byte("PK\x03\x04"), OnFail: cloud.FailureRollsBack})
			}},
		{name: "import with changes", operation: "POST " + base + "/asset-bundle-import-jobs/import",
			sent: `{"AssetBundleImportJobId":"i1","AssetBundleImportSource":{"S3Uri":"s3://b/k"},"FailureAction":"DO_NOTHING","OverrideParameters":{"DataSources":[` +
				`{"Credentials":{"SecretArn":"arn:aws:secretsmanager:us-east-2:111122223333:secret:x"},"DataSourceId":"s1","VpcConnectionProperties":{"VpcConnectionArn":"arn:aws:quicksight:us-east-2:111122223333:vpcConnection/v1"}},` +
				`{"Credentials":{"CredentialPair":{"Password":"p","Username":"u"}},"DataSourceId":"s2"}],` +
				`"RefreshSchedules":[{"DataSetId":"d1","ScheduleId":"r1","StartAfterDateTime":1770000000}],"ResourceIdOverrideConfiguration":{"PrefixForAllResources":"trial-"},` +
				`"VPCConnections":[{"DnsResolvers":["10.0.0.2"],"Name":"n","RoleArn":"arn:aws:iam::111122223333:role/v","SecurityGroupIds":["sg-1"],"SubnetIds":["subnet-1","subnet-2"],"VPCConnectionId":"v1"}]}}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.StartImport(ctx, cloud.ImportJob{ID: "i1", S3URI: "s3://b/k", OnFail: cloud.FailureKeeps, Prefix: "trial-",
					VPCConnections:   []cloud.VPCConnectionChange{{ID: "v1", Name: "n", Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroups: []string{"sg-1"}, DNSResolvers: []string{"10.0.0.2"}, RoleARN: "arn:aws:iam::111122223333:role/v"}},
					DataSources:      []cloud.DataSourceChange{{ID: "s1", SecretARN: secretARN, VPC: asset("vpcConnection/v1")}, {ID: "s2", User: "u", Password: "p"}},
					RefreshSchedules: []cloud.RefreshScheduleChange{{DataSet: "d1", ID: "r1", StartAfter: updated}}})
			}},
		{name: "import's state", operation: "GET " + base + "/asset-bundle-import-jobs/i1",
			body: `{"JobStatus":"FAILED_ROLLBACK_ERROR","CreatedTime":1770000000,"Errors":[{"Arn":"a","Type":"T","Message":"m"}],"RollbackErrors":[{"Arn":"a","Type":"R","Message":"m"}],"Warnings":[{"Arn":"a","Message":"w"}],
				"AssetBundleImportSource":{"Body":"https://bucket/x?secret"}}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.DescribeImport(ctx, "i1") },
			want: cloud.ImportState{Status: cloud.JobRollbackFailed, Created: updated, Errors: []cloud.JobError{{ARN: "a", Type: "T", Message: "m"}},
				RollbackErrors: []cloud.JobError{{ARN: "a", Type: "R", Message: "m"}}, Warnings: []cloud.JobError{{ARN: "a", Message: "w"}}}},
		{name: "refresh schedules", operation: "GET " + base + "/data-sets/d1/refresh-schedules",
			body: `{"RefreshSchedules":[{"ScheduleId":"r2","Arn":"x","RefreshType":"FULL_REFRESH","StartAfterDateTime":1770000000,"ScheduleFrequency":{"Interval":"WEEKLY","Timezone":"Asia/Kolkata","TimeOfTheDay":"07:00","RefreshOnDay":{"DayOfWeek":"MONDAY"}}},
				{"ScheduleId":"r1","RefreshType":"INCREMENTAL_REFRESH"}]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.ListRefreshSchedules(ctx, "d1") },
			want: []estate.Asset{{Type: "refresh-schedule", ID: "d1/r1", Name: "r1", Content: []byte(`{"scheduleId":"r1","scheduleFrequency":{},"refreshType":"INCREMENTAL_REFRESH"}`)},
				{Type: "refresh-schedule", ID: "d1/r2", Name: "r2", Content: []byte(`{"scheduleId":"r2","scheduleFrequency":{"interval":"WEEKLY","refreshOnDay":{"dayOfWeek":"MONDAY"},"timezone":"Asia/Kolkata","timeOfTheDay":"07:00"},` +
					`"startAfterDateTime":"2026-02-02T02:40:00Z","refreshType":"FULL_REFRESH"}`)}}},
		{name: "refresh properties", operation: "GET " + base + "/data-sets/d1/refresh-properties",
			body: `{"DataSetRefreshProperties":{"RefreshConfiguration":{"IncrementalRefresh":{"LookbackWindow":{"ColumnName":"at","Size":3,"SizeUnit":"DAY"}}},"FailureConfiguration":{"EmailAlert":{"AlertStatus":"ENABLED"}}}}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.RefreshProperties(ctx, "d1") },
			want: estate.Of(cloud.RefreshProperties{Column: "at", Size: 3, Unit: "DAY", EmailAlert: "ENABLED"})},
		{name: "ingestion", operation: "GET " + base + "/data-sets/d1/ingestions/i1",
			body: `{"Ingestion":{"IngestionId":"i1","IngestionStatus":"FAILED","CreatedTime":1770000000,"ErrorInfo":{"Type":"ACCOUNT_CAPACITY_LIMIT_EXCEEDED","Message":"full"},"RowInfo":{"RowsIngested":7,"RowsDropped":2}}}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.DescribeIngestion(ctx, "d1", "i1") },
			want: cloud.Ingestion{ID: "i1", Status: "FAILED", Created: updated, Error: "ACCOUNT_CAPACITY_LIMIT_EXCEEDED: full", Rows: 7, Dropped: 2}},
		{name: "start an ingestion", operation: "PUT " + base + "/data-sets/d1/ingestions/i1", sent: `{"IngestionType":"FULL_REFRESH"}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return nil, q.StartIngestion(ctx, "d1", "i1") }},
		{name: "tags", operation: "GET /resources/" + string(d1) + "/tags", path: "/resources/" + escaped + "/tags", body: `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.AssetTags(ctx, d1) }, want: map[string]string{"a": "1", "b": "2"}},
		{name: "no tags", operation: "GET /resources/" + string(d1) + "/tags", body: `{"Tags":[]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.AssetTags(ctx, d1) }, want: map[string]string(nil)},
		{name: "tag", operation: "POST /resources/" + string(d1) + "/tags", path: "/resources/" + escaped + "/tags", sent: `{"Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.TagAsset(ctx, d1, map[string]string{"b": "2", "a": "1"})
			}},
		{name: "untag", operation: "DELETE /resources/" + string(d1) + "/tags", query: "keys=a&keys=b",
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.UntagAsset(ctx, d1, []string{"a", "b"})
			}},
		{name: "into a folder", operation: "PUT " + base + "/folders/f1/members/DATASOURCE/s1",
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.AddFolderMember(ctx, "f1", "datasource", "s1")
			}},
		{name: "link permissions", operation: "GET " + base + "/dashboards/b1/permissions",
			body: `{"Permissions":[{"Principal":"p","Actions":["quicksight:DescribeDashboard"]}],"LinkSharingConfiguration":{"Permissions":[{"Principal":"n","Actions":["b","a"]}]}}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) { return q.LinkPermissions(ctx, "b1") }, want: []estate.AssetGrant{{Principal: "n", Actions: []string{"a", "b"}}}},
		{name: "grant by link", operation: "PUT " + base + "/dashboards/b1/permissions", sent: `{"GrantLinkPermissions":[{"Actions":["a"],"Principal":"n"}]}`,
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.UpdateLinkPermissions(ctx, "b1", []estate.AssetGrant{{Principal: "n", Actions: []string{"a"}}}, nil)
			}},
		{name: "delete an analysis", operation: "DELETE " + base + "/analyses/a1", query: "force-delete-without-recovery=true",
			call: func(ctx context.Context, q cloud.Quick) (any, error) {
				return nil, q.DeleteAsset(ctx, "analysis", "a1")
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, map[string][]answer{tt.operation: {ok(tt.body)}})
			got, err := tt.call(t.Context(), open(t, s, nil).Quick(account, ohio))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, compareKnown); diff != "" {
				t.Error(diff)
			}
			sent := s.seen(tt.operation)
			if len(sent) != 1 || sent[0].region != "us-east-2" || sent[0].service != "quicksight" || sent[0].query != tt.query || tt.path != "" && sent[0].path != tt.path {
				t.Fatalf("requests: %+v", sent)
			}
			if tt.sent != "" && sent[0].body != tt.sent {
				t.Errorf("sent %s\nwant %s", sent[0].body, tt.sent)
			}
		})
	}
}

// TestDeletions deletes one asset of each bundle type; TestAssetCalls has the analysis.
func TestDeletions(t *testing.T) {
	paths := map[estate.AssetType]string{"analysis": "/analyses/x", "dashboard": "/dashboards/x", "dataset": "/data-sets/x", "datasource": "/data-sources/x", "folder": "/folders/x",
		"refresh-schedule": "/data-sets/d1/refresh-schedules/x", "theme": "/themes/x", "vpcConnection": "/vpc-connections/x"}
	for _, kind := range estate.BundleTypes {
		id := "x"
		if kind == estate.AssetRefreshSchedule {
			id = "d1/x"
		}
		operation := "DELETE " + base + paths[kind]
		s := newServer(t, map[string][]answer{operation: {ok("")}})
		log := &recorder{}
		if err := open(t, s, func(c *cloud.Config) { c.OnCall = log.add }).Quick(account, ohio).DeleteAsset(t.Context(), kind, id); err != nil || len(s.seen(operation)) != 1 {
			t.Errorf("%s: %d requests, %v", kind, len(s.seen(operation)), err)
		}
		if last := log.calls[len(log.calls)-1]; !last.Mutating {
			t.Errorf("%s: %+v is said to change nothing", kind, last)
		}
	}
	if err := open(t, newServer(t, nil), nil).Quick(account, ohio).DeleteAsset(t.Context(), "topic", "x"); cloud.KindOf(err) != cloud.Unsupported {
		t.Errorf("topic: %v", err)
	}
}

// TestAssetPages reads the paged lists about assets.
func TestAssetPages(t *testing.T) {
	for name, tt := range map[string]struct {
		path, key, first, second string
		read                     func(context.Context, cloud.Quick) (any, error)
		want                     any
	}{
		"exports": {"/asset-bundle-export-jobs", "AssetBundleExportJobSummaryList", `{"AssetBundleExportJobId":"late","JobStatus":"IN_PROGRESS","CreatedTime":1770000009}`, `{"AssetBundleExportJobId":"early","JobStatus":"FAILED","CreatedTime":1770000000}`,
			func(ctx context.Context, q cloud.Quick) (any, error) { return q.ListExports(ctx) },
			[]cloud.JobSummary{{ID: "early", Status: cloud.JobFailed, Created: updated}, {ID: "late", Status: cloud.JobRunning, Created: updated.Add(9 * time.Second)}}},
		"imports": {"/asset-bundle-import-jobs", "AssetBundleImportJobSummaryList", `{"AssetBundleImportJobId":"b","JobStatus":"FAILED_ROLLBACK_COMPLETED","CreatedTime":1770000000}`, `{"AssetBundleImportJobId":"a","JobStatus":"SUCCESSFUL","CreatedTime":1770000000}`,
			func(ctx context.Context, q cloud.Quick) (any, error) { return q.ListImports(ctx) },
			[]cloud.JobSummary{{ID: "a", Status: cloud.JobSuccessful, Created: updated}, {ID: "b", Status: cloud.JobRolledBack, Created: updated}}},
		"folder members": {"/folders/f1/members", "FolderMemberList", `{"MemberId":"b","MemberArn":"arn:b"}`, `{"MemberId":"a","MemberArn":"arn:a"}`,
			func(ctx context.Context, q cloud.Quick) (any, error) { return q.FolderMembers(ctx, "f1") }, []estate.ARN{"arn:a", "arn:b"}},
		"folders of": {"/resource/" + string(asset("dataset/d1")) + "/folders", "Folders", `"arn:aws:quicksight:us-east-2:111122223333:folder/f2"`, `"arn:aws:quicksight:us-east-2:111122223333:folder/f1"`,
			func(ctx context.Context, q cloud.Quick) (any, error) { return q.FoldersOf(ctx, asset("dataset/d1")) }, []string{"f1", "f2"}},
		"latest ingestion": {"/data-sets/d1/ingestions", "Ingestions", `{"IngestionId":"old","IngestionStatus":"COMPLETED","CreatedTime":1769000000}`, `{"IngestionId":"new","IngestionStatus":"RUNNING","CreatedTime":1770000000}`,
			func(ctx context.Context, q cloud.Quick) (any, error) {
				i, known, err := q.LatestIngestion(ctx, "d1")
				return []any{i, known}, err
			}, []any{cloud.Ingestion{ID: "new", Status: "RUNNING", Created: updated}, true}},
		"folder permissions": {"/folders/f1/permissions", "Permissions", `{"Principal":"q","Actions":["b","a"]}`, `{"Principal":"p","Actions":["a"]}`,
			func(ctx context.Context, q cloud.Quick) (any, error) { return q.AssetPermissions(ctx, "folder", "f1") },
			[]estate.AssetGrant{{Principal: "p", Actions: []string{"a"}}, {Principal: "q", Actions: []string{"a", "b"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			operation := "GET " + base + tt.path
			s := newServer(t, map[string][]answer{operation: {
				ok(fmt.Sprintf(`{%q:[%s],"NextToken":"page-2"}`, tt.key, tt.first)), ok(fmt.Sprintf(`{%q:[],"NextToken":"page-3"}`, tt.key)), ok(fmt.Sprintf(`{%q:[%s],"NextToken":null}`, tt.key, tt.second))}})
			got, err := tt.read(t.Context(), open(t, s, nil).Quick(account, ohio))
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if sent := s.seen(operation); len(sent) != 3 || !strings.Contains(sent[2].query, "next-token=page-3") {
				t.Errorf("requests: %+v", sent)
			}
		})
	}
}

func TestWhatADataSetHasNot(t *testing.T) {
	s := newServer(t, map[string][]answer{
		"GET " + base + "/data-sets/none/refresh-properties":   {{status: 404, kind: "ResourceNotFoundException", body: `{"Message":"none"}`}},
		"GET " + base + "/data-sets/direct/refresh-properties": {{status: 400, kind: "InvalidParameterValueException", body: `{"Message":"direct is not a SPICE dataset"}`}},
		"GET " + base + "/data-sets/odd/refresh-properties":    {{status: 400, kind: "InvalidParameterValueException", body: `{"Message":"odd"}`}},
		"GET " + base + "/data-sets/none/ingestions":           {ok(`{"Ingestions":[]}`)}})
	q := open(t, s, nil).Quick(account, ohio)
	for id, absent := range map[string]bool{"none": true, "direct": true, "odd": false} {
		if got, err := q.RefreshProperties(t.Context(), id); got.IsAbsent() != absent || got.Looked() != absent || (err == nil) != absent {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	if i, known, err := q.LatestIngestion(t.Context(), "none"); known || err != nil || i != (cloud.Ingestion{}) {
		t.Errorf("%+v, %v, %v", i, known, err)
	}
}

func TestJobStatus(t *testing.T) {
	for status, done := range map[cloud.JobStatus]bool{"": false, "NEW_WORD": false, cloud.JobQueued: false, cloud.JobRunning: false, cloud.JobRollingBack: false,
		cloud.JobSuccessful: true, cloud.JobFailed: true, cloud.JobRolledBack: true, cloud.JobRollbackFailed: true} {
		if status.Done() != done {
			t.Errorf("%q: %v", status, !done)
		}
	}
}

// TestPermissions splits by AWS's limits of the lists (quick-api 4.1), grants before it revokes, and never sends an empty list.
func TestPermissions(t *testing.T) {
	grants := func(prefix string, n int) (list []estate.AssetGrant) {
		for i := range n {
			list = append(list, estate.AssetGrant{Principal: estate.ARN(fmt.Sprintf("%s%03d", prefix, i)), Actions: []string{"quicksight:A"}})
		}
		return list
	}
	for kind, tt := range map[estate.AssetType]struct {
		operation string
		grant     []int // how many are granted per call, for 130 in all
		revoke    []int
	}{
		"analysis":   {"PUT " + base + "/analyses/x/permissions", []int{100, 30, 0}, []int{0, 100, 30}},
		"dashboard":  {"PUT " + base + "/dashboards/x/permissions", []int{100, 30, 0}, []int{0, 100, 30}},
		"theme":      {"PUT " + base + "/themes/x/permissions", []int{100, 30, 0}, []int{0, 100, 30}},
		"dataset":    {"POST " + base + "/data-sets/x/permissions", []int{64, 64, 2, 0, 0}, []int{0, 0, 64, 64, 2}},
		"datasource": {"POST " + base + "/data-sources/x/permissions", []int{64, 64, 2, 0, 0}, []int{0, 0, 64, 64, 2}},
		"folder":     {"PUT " + base + "/folders/x/permissions", []int{64, 64, 2, 0, 0}, []int{0, 0, 64, 64, 2}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			_, path, _ := strings.Cut(tt.operation, " ")
			s := newServer(t, map[string][]answer{tt.operation: {ok("")}, "GET " + path: {ok(`{"Permissions":[{"Principal":"b","Actions":["z","y"]},{"Principal":"a","Actions":["x"]}]}`)}})
			q := open(t, s, nil).Quick(account, ohio)
			got, err := q.AssetPermissions(t.Context(), kind, "x")
			if diff := cmp.Diff([]estate.AssetGrant{{Principal: "a", Actions: []string{"x"}}, {Principal: "b", Actions: []string{"y", "z"}}}, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if err := q.UpdateAssetPermissions(t.Context(), kind, "x", nil, nil); err != nil || len(s.seen(tt.operation)) != 0 {
				t.Errorf("nothing to do: %v", err)
			}
			if err := q.UpdateAssetPermissions(t.Context(), kind, "x", grants("g", 130), grants("r", 130)); err != nil {
				t.Fatal(err)
			}
			var granted, revoked []int
			var order []string
			for _, r := range s.seen(tt.operation) {
				var body struct{ GrantPermissions, RevokePermissions []struct{ Principal string } }
				if err := json.Unmarshal([]byte(r.body), &body); err != nil || strings.Contains(r.body, "[]") {
					t.Fatal(err, r.body)
				}
				granted, revoked = append(granted, len(body.GrantPermissions)), append(revoked, len(body.RevokePermissions))
				for _, p := range append(body.GrantPermissions, body.RevokePermissions...) {
					order = append(order, p.Principal)
				}
			}
			if diff := cmp.Diff([][]int{tt.grant, tt.revoke}, [][]int{granted, revoked}); diff != "" {
				t.Error(diff)
			}
			if len(order) != 260 || order[0] != "g000" || order[259] != "r129" {
				t.Errorf("%d principals: %v", len(order), order)
			}
		})
	}
	q := open(t, newServer(t, nil), nil).Quick(account, ohio)
	for _, kind := range []estate.AssetType{"vpcConnection", "refresh-schedule"} {
		if got, err := q.AssetPermissions(t.Context(), kind, "x"); got != nil || err != nil {
			t.Errorf("%s: %v, %v", kind, got, err)
		}
		if err := q.UpdateAssetPermissions(t.Context(), kind, "x", grants("g", 1), nil); cloud.KindOf(err) != cloud.Unsupported {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := q.AssetPermissions(t.Context(), "alert", "x"); cloud.KindOf(err) != cloud.Unsupported {
		t.Error(err)
	}
	if err := q.AddFolderMember(t.Context(), "f", "theme", "x"); cloud.KindOf(err) != cloud.Unsupported {
		t.Error(err)
	}
}
