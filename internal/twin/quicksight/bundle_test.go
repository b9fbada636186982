package quicksight_test

import (
	"bytes"
	"fmt"
	"maps"
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

// TestABundleCarriesEveryType from Ireland to Ohio: the files of the bundle, then the assets over there.
func TestABundleCarriesEveryType(t *testing.T) {
	t.Attr("requirement", "MIG-10")
	w := furnish(t)
	out, bundle := w.export(ireland, "all", everything, named(ireland, "dashboard/dashboard"), named(ireland, "folder/sub"))
	if out.JobStatus != types.AssetBundleExportJobStatusSuccessful || len(out.Errors)+len(out.Warnings) != 0 {
		t.Fatalf("%+v", out)
	}
	got := files(t, bundle)
	want := []string{"analysis/analysis.json", "dashboard/dashboard.json", "dataset/data.json", "dataset/rules.json", "datasource/source.json",
		"folder/sub.json", "folder/top.json", "refreshschedule/data_daily.json", "theme/theme.json", "vpcconnection/vpc.json"}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
		t.Fatalf("files %v", names)
	}
	for name, text := range got {
		word, _, _ := strings.Cut(name, "/")
		if !strings.HasPrefix(text, `{"resourceType":"`+word+`",`) || strings.Contains(text, "secret") || strings.Contains(text, ": ") {
			t.Errorf("%s: %s", name, text)
		}
	}
	board := got["dashboard/dashboard.json"]
	for _, part := range []string{`"folderMemberships":["` + named(ireland, "folder/sub") + `"]`, `"tags":[{"key":"team","value":"sales"}]`, `"permissions":[{"actions":[`} {
		if !strings.Contains(board, part) {
			t.Errorf("%s is not in %s", part, board)
		}
	}
	if done := w.bring(ohio, "all", bundle, network); done.JobStatus != types.AssetBundleImportJobStatusSuccessful || len(done.Warnings) != 0 {
		t.Fatal(problems(done))
	}
	before, after := w.assets(ireland), w.assets(ohio)
	if len(before) != len(after) {
		t.Fatalf("%d became %d", len(before), len(after))
	}
	for i, b := range before {
		a := after[i]
		if b.Type == estate.AssetVPCConnection || b.Type == estate.AssetDataSource { // new subnets, no secret
			continue
		}
		b.Content.Canonicalize() //nolint:errcheck
		a.Content.Canonicalize() //nolint:errcheck
		if moved := strings.ReplaceAll(string(b.Content), ireland, ohio); string(a.Content) != moved {
			t.Errorf("%s %s:\n%s\n%s", a.Type, a.ID, a.Content, moved)
		}
		if a.Name != b.Name || fmt.Sprint(a.Permissions, a.Tags, a.Folders) != fmt.Sprint(b.Permissions, b.Tags, b.Folders) || a.Updated.IsZero() {
			t.Errorf("%+v\n%+v", a, b)
		}
	}
	if vpc := string(w.asset(ohio, estate.AssetVPCConnection, "vpc").Content); !strings.Contains(vpc, "subnet-8") || strings.Contains(vpc, "subnet-1") {
		t.Error(vpc)
	}
	again, second := w.export(ohio, "again", everything, named(ohio, "dashboard/dashboard"), named(ohio, "folder/sub"))
	if again.JobStatus != types.AssetBundleExportJobStatusSuccessful || len(files(t, second)) != len(want) {
		t.Errorf("%+v", again)
	}
}

// TestFlagsOfAnExport: nothing is in a bundle that nobody asked for.
func TestFlagsOfAnExport(t *testing.T) {
	w := furnish(t)
	_, bundle := w.export(ireland, "bare", nil, named(ireland, "dashboard/dashboard"))
	got := files(t, bundle)
	if text := got["dashboard/dashboard.json"]; len(got) != 1 || strings.Contains(text, "permissions") || strings.Contains(text, "tags") || strings.Contains(text, "folderMemberships") {
		t.Errorf("%v", got)
	}
	for members, want := range map[types.IncludeFolderMembers]string{types.IncludeFolderMembersNone: "[folder/top.json]", types.IncludeFolderMembersOneLevel: "[folder/top.json]",
		types.IncludeFolderMembersRecurse: "[dashboard/dashboard.json folder/sub.json folder/top.json]"} {
		_, bundle := w.export(ireland, string(members), func(in *quick.StartAssetBundleExportJobInput) { in.IncludeFolderMembers = members }, named(ireland, "folder/top"))
		if got := fmt.Sprint(slices.Sorted(maps.Keys(files(t, bundle)))); got != want {
			t.Errorf("%s: %s", members, got)
		}
	}
}

// TestAJobTakesItsTime on the clock and can be described for 14 days; its address is good for five minutes.
func TestAJobTakesItsTime(t *testing.T) {
	w := furnish(t)
	c, job := w.in(account, ireland), aws.String("job")
	describe := func() *quick.DescribeAssetBundleExportJobOutput {
		out, err := c.DescribeAssetBundleExportJob(t.Context(), &quick.DescribeAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: job})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	_, err := c.StartAssetBundleExportJob(t.Context(), &quick.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: job,
		ResourceArns: []string{named(ireland, "theme/theme")}, ExportFormat: types.AssetBundleExportFormatQuicksightJson, IncludeTags: true})
	w.mustBe(err, "ok")
	if out := describe(); out.JobStatus != types.AssetBundleExportJobStatusQueuedForImmediateExecution || out.DownloadUrl != nil || !out.IncludeTags {
		t.Errorf("%+v", out)
	}
	w.advance(3)
	if out := describe(); out.JobStatus != types.AssetBundleExportJobStatusInProgress {
		t.Errorf("%+v", out)
	}
	w.advance(27)
	first, second := describe(), describe()
	if first.JobStatus != types.AssetBundleExportJobStatusSuccessful || *first.DownloadUrl == *second.DownloadUrl || !strings.HasPrefix(*first.DownloadUrl, w.url+"/quicksight-bundles/") || !strings.HasSuffix(*first.DownloadUrl, "/assetbundle-job.qs") {
		t.Errorf("%+v", first)
	}
	w.advance(300)
	if status, _ := w.get(*first.DownloadUrl); status != http.StatusOK {
		t.Errorf("after five minutes: %d", status)
	}
	w.advance(1)
	for name, url := range map[string]string{"expired": *first.DownloadUrl, "forged": strings.Replace(*first.DownloadUrl, "/quicksight-bundles/", "/quicksight-bundles/A", 1), "nonsense": w.url + "/quicksight-bundles/x"} {
		if status, text := w.get(url); status != http.StatusForbidden || !strings.Contains(string(text), "<Code>AccessDenied</Code>") {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, _ := w.get(*describe().DownloadUrl); status != http.StatusOK {
		t.Errorf("a new address: %d", status)
	}
	list, err := c.ListAssetBundleExportJobs(t.Context(), &quick.ListAssetBundleExportJobsInput{AwsAccountId: id})
	if err != nil || len(list.AssetBundleExportJobSummaryList) != 1 || list.AssetBundleExportJobSummaryList[0].JobStatus != types.AssetBundleExportJobStatusSuccessful {
		t.Errorf("%v %+v", err, list)
	}
	w.advance(14 * 24 * 3600)
	_, err = c.DescribeAssetBundleExportJob(t.Context(), &quick.DescribeAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: job})
	w.mustBe(err, "ResourceNotFoundException: The asset bundle export job job is not found.")
	if list, err = c.ListAssetBundleExportJobs(t.Context(), &quick.ListAssetBundleExportJobsInput{AwsAccountId: id}); err != nil || len(list.AssetBundleExportJobSummaryList) != 0 {
		t.Errorf("%v %+v", err, list)
	}
}

// TestTheWorldKeepsJobs: a bundle that was made, and a job under way, survive the way out and in.
func TestTheWorldKeepsJobs(t *testing.T) {
	w := furnish(t)
	_, bundle := w.export(ireland, "one", nil, named(ireland, "theme/theme"))
	_, err := w.in(account, ohio).StartAssetBundleImportJob(t.Context(), &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: aws.String("two"), AssetBundleImportSource: &types.AssetBundleImportSource{Body: bundle}})
	w.mustBe(err, "ok")
	_, before := w.get(w.url + "/_twin/world")
	req, err := http.NewRequest("PUT", w.url+"/_twin/world", bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.DefaultClient.Do(req); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(err, answer)
	}
	if _, after := w.get(w.url + "/_twin/world"); !bytes.Equal(before, after) {
		t.Error("the world has changed on its way")
	}
	w.advance(100)
	if len(w.assets(ohio)) != 1 {
		t.Errorf("%+v", w.assets(ohio))
	}
	out, err := w.in(account, ireland).DescribeAssetBundleExportJob(t.Context(), &quick.DescribeAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: aws.String("one")})
	if err != nil {
		t.Fatal(err)
	}
	if _, text := w.get(*out.DownloadUrl); !bytes.Equal(text, bundle) {
		t.Error("another bundle")
	}
}

// TestTheEndOfTheAccountTakesAssetsAndJobs in every Region.
func TestTheEndOfTheAccountTakesAssetsAndJobs(t *testing.T) {
	w := furnish(t)
	w.export(ireland, "one", nil, named(ireland, "theme/theme"))
	_, err := w.in(account, virginia).DeleteAccountSubscription(t.Context(), &quick.DeleteAccountSubscriptionInput{AwsAccountId: id})
	w.mustBe(err, "ok")
	w.wait()
	_, text := w.get(w.url + "/_twin/world")
	if strings.Contains(string(text), `"dashboard"`) || strings.Contains(string(text), `"records"`) {
		t.Errorf("%s", text)
	}
}

// TestThousandsOfAssets: fifty imports of a hundred each cost the fiftieth no more than the first.
func TestThousandsOfAssets(t *testing.T) {
	const jobs, each = 50, 100
	w := furnish(t)
	var took [jobs]time.Duration
	for j := range jobs {
		all := map[string]string{}
		for i := range each {
			name := fmt.Sprintf("b-%03d-%03d", j, i)
			all["theme/"+name+".json"] = `{"resourceType":"theme","themeId":"` + name + `","name":"` + name + `","baseThemeId":"CLASSIC","configuration":{}}`
		}
		from := time.Now()
		if done := w.bring(ohio, fmt.Sprintf("job-%d", j), zipped(t, all), nil); done.JobStatus != types.AssetBundleImportJobStatusSuccessful {
			t.Fatal(problems(done))
		}
		took[j] = time.Since(from)
	}
	seen, pages := 0, quick.NewListThemesPaginator(w.in(account, ohio), &quick.ListThemesInput{AwsAccountId: id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen += len(page.ThemeSummaryList)
	}
	if seen != jobs*each {
		t.Errorf("%d themes", seen)
	}
	t.Logf("the first ten jobs took %v, the last ten %v", sum(took[:10]), sum(took[jobs-10:]))
}

func sum(all []time.Duration) (total time.Duration) {
	for _, d := range all {
		total += d
	}
	return total
}
