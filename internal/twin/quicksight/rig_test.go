package quicksight_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

const (
	ireland = "eu-west-1"
	ohio    = "us-east-2"
	oregon  = "us-west-2" // nobody looked at its assets
)

var id = aws.String(account)

func named(region, resource string) string {
	return "arn:aws:quicksight:" + region + ":" + account + ":" + resource
}

// somebody is a principal at home in us-east-1.
func somebody(name string) string { return named(virginia, name) }

var (
	viewsDashboard = []string{"quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"}
	ownsDashboard  = append(slices.Clone(viewsDashboard), "quicksight:UpdateDashboard", "quicksight:DeleteDashboard", "quicksight:DescribeDashboardPermissions",
		"quicksight:UpdateDashboardPermissions", "quicksight:UpdateDashboardPublishedVersion")
	viewsSource = []string{"quicksight:DescribeDataSource", "quicksight:DescribeDataSourcePermissions", "quicksight:PassDataSource"}
)

// one of every kind, in Ireland; each needs the ones before it.
func seeds() []estate.Asset {
	asset := func(kind estate.AssetType, id, name, content string) estate.Asset {
		return estate.Asset{Type: kind, ID: id, Name: name, Content: []byte(strings.ReplaceAll(content, "ARN:", named(ireland, "")))}
	}
	all := []estate.Asset{
		asset(estate.AssetVPCConnection, "vpc", "Network", `{"vpcConnectionId":"vpc","name":"Network","subnetIds":["subnet-1","subnet-2"],"securityGroupIds":["sg-1"],"roleArn":"arn:aws:iam::111122223333:role/q"}`),
		asset(estate.AssetDataSource, "source", "Source", `{"dataSourceId":"source","name":"Source","type":"REDSHIFT","dataSourceParameters":{"redshiftParameters":{"host":"h","port":5439,"database":"d","iamParameters":{"roleArn":"arn:aws:iam::111122223333:role/r"}}},"vpcConnectionProperties":{"vpcConnectionArn":"ARN:vpcConnection/vpc"},"secretArn":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:s"}`),
		asset(estate.AssetTheme, "theme", "Theme", `{"themeId":"theme","name":"Theme","baseThemeId":"CLASSIC","configuration":{"uiColorPalette":{"accent":"#000000"}}}`),
		asset(estate.AssetFolder, "top", "Top", `{"folderId":"top","name":"Top","folderType":"SHARED"}`),
		asset(estate.AssetFolder, "sub", "Sub", `{"folderId":"sub","name":"Sub","folderType":"SHARED","parentFolderArn":"ARN:folder/top"}`),
		asset(estate.AssetDataSet, "rules", "Rules", `{"dataSetId":"rules","name":"Rules","importMode":"DIRECT_QUERY","physicalTableMap":{"Orders":{"customSql":{"dataSourceArn":"ARN:datasource/source","name":"q","sqlQuery":"select 1 where 1 < 2"}}}}`),
		asset(estate.AssetDataSet, "data", "Data", `{"dataSetId":"data","name":"Data","importMode":"SPICE","physicalTableMap":{"Orders":{"relationalTable":{"dataSourceArn":"ARN:datasource/source","name":"t","inputColumns":[{"name":"c","type":"STRING"}]}}},"rowLevelPermissionDataSet":{"arn":"ARN:dataset/rules","permissionPolicy":"GRANT_ACCESS"},"dataSetRefreshProperties":{"refreshConfiguration":{"incrementalRefresh":{"lookbackWindow":{"columnName":"c","size":1,"sizeUnit":"DAY"}}}}}`),
		asset(estate.AssetRefreshSchedule, "data/daily", "daily", `{"dataSetId":"data","schedule":{"scheduleId":"daily","scheduleFrequency":{"interval":"DAILY"},"refreshType":"FULL_REFRESH"}}`),
		asset(estate.AssetAnalysis, "analysis", "Analysis", `{"analysisId":"analysis","name":"Analysis","themeArn":"ARN:theme/theme","definition":{"dataSetIdentifierDeclarations":[{"identifier":"d","dataSetArn":"ARN:dataset/data"}],"options":{"qbusinessInsightsStatus":"DISABLED"}}}`),
		asset(estate.AssetDashboard, "dashboard", "Dashboard", `{"dashboardId":"dashboard","name":"Dashboard","themeArn":"ARN:theme/theme","linkEntities":["ARN:analysis/analysis"],"definition":{"dataSetIdentifierDeclarations":[{"identifier":"d","dataSetArn":"ARN:dataset/data"}]}}`),
	}
	board := &all[len(all)-1]
	board.Folders, board.Tags = []string{"sub"}, map[string]string{"team": "sales"}
	board.Permissions = []estate.AssetGrant{{Principal: estate.ARN(somebody("user/default/author")), Actions: slices.Sorted(slices.Values(ownsDashboard))}}
	return all
}

// furnish starts a twin with an account of Quick's own people at home in us-east-1, and assets in Ireland.
func furnish(t *testing.T, more ...estate.Asset) twin {
	t.Helper()
	return start(t, func(w *estate.World) { settle(w, append(seeds(), more...)) })
}

func settle(w *estate.World, assets []estate.Asset) {
	empty := estate.Of([]estate.Asset{})
	w.Estate.Accounts[account] = estate.Account{Regions: estate.Of(map[estate.Region]estate.OptStatus{milan: estate.OptEnabled}), Quick: estate.Of(estate.Quick{
		Name: "acme", Edition: "ENTERPRISE", Authentication: "IAM_AND_QUICKSIGHT", Status: estate.QuickCreated,
		IdentityRegion: estate.Of(estate.Region(virginia)), TerminationProtection: estate.Of(false),
		Namespaces: estate.Of(map[string]estate.Namespace{"default": {CapacityRegion: virginia, Status: "CREATED", IdentityStore: "QUICKSIGHT",
			Users: estate.Of(map[string]estate.QuickUser{"author": {Role: "AUTHOR", Active: true}}), Groups: estate.Of(map[string][]string{"analysts": {"author"}})}}),
		Assets: map[estate.Region]estate.Known[[]estate.Asset]{ireland: estate.Of(assets), ohio: empty, virginia: empty, milan: estate.Absent[[]estate.Asset]()},
	})}
}

func (w twin) advance(seconds int) {
	w.Helper()
	if status, text := w.steer("clock", fmt.Sprintf(`{"advance": %d}`, seconds)); status != http.StatusOK {
		w.Fatal(text)
	}
}

func (w twin) get(url string) (int, []byte) {
	w.Helper()
	answer, err := http.Get(url)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, text
}

// export runs an export job to its end and gives what Describe says, and the bundle if there is one.
func (w twin) export(region, job string, change func(*quick.StartAssetBundleExportJobInput), arns ...string) (*quick.DescribeAssetBundleExportJobOutput, []byte) {
	w.Helper()
	in := &quick.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: &job, ResourceArns: arns, ExportFormat: types.AssetBundleExportFormatQuicksightJson}
	if change != nil {
		change(in)
	}
	c := w.in(account, region)
	if _, err := c.StartAssetBundleExportJob(w.Context(), in); err != nil {
		w.Fatal(err)
	}
	w.advance(60)
	out, err := c.DescribeAssetBundleExportJob(w.Context(), &quick.DescribeAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: &job})
	if err != nil {
		w.Fatal(err)
	}
	if out.DownloadUrl == nil {
		return out, nil
	}
	status, bundle := w.get(*out.DownloadUrl)
	if status != http.StatusOK {
		w.Fatalf("download: %d %s", status, bundle)
	}
	return out, bundle
}

// everything asks for all that an export can hold.
func everything(in *quick.StartAssetBundleExportJobInput) {
	in.IncludeAllDependencies, in.IncludePermissions, in.IncludeTags, in.IncludeFolderMemberships = true, true, true, true
}

// bring runs an import job to its end.
func (w twin) bring(region, job string, bundle []byte, change func(*quick.StartAssetBundleImportJobInput)) *quick.DescribeAssetBundleImportJobOutput {
	w.Helper()
	in := &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: &job, AssetBundleImportSource: &types.AssetBundleImportSource{Body: bundle}}
	if change != nil {
		change(in)
	}
	c := w.in(account, region)
	if _, err := c.StartAssetBundleImportJob(w.Context(), in); err != nil {
		w.Fatal(err)
	}
	w.advance(100)
	out, err := c.DescribeAssetBundleImportJob(w.Context(), &quick.DescribeAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: &job})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// network gives the VPC connection its place in the new Region.
func network(in *quick.StartAssetBundleImportJobInput) {
	in.OverrideParameters = &types.AssetBundleImportJobOverrideParameters{VPCConnections: []types.AssetBundleImportJobVPCConnectionOverrideParameters{
		{VPCConnectionId: aws.String("vpc"), SubnetIds: []string{"subnet-8", "subnet-9"}, SecurityGroupIds: []string{"sg-9"}}}}
}

// files reads a bundle.
func files(t *testing.T, bundle []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(text)
	}
	return out
}

// zipped makes a bundle of texts.
func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// assets are those of a Region in the twin's state.
func (w twin) assets(region string) []estate.Asset {
	w.Helper()
	_, text := w.get(w.url + "/_twin/world")
	var s struct {
		Estate struct {
			Accounts map[string]struct {
				Quick struct{ Assets map[string]json.RawMessage }
			}
		}
	}
	var out []estate.Asset
	if err := json.Unmarshal(text, &s); err != nil {
		w.Fatal(err)
	}
	if err := json.Unmarshal(s.Estate.Accounts[account].Quick.Assets[region], &out); err != nil {
		w.Fatal(err)
	}
	return out
}

func (w twin) asset(region string, kind estate.AssetType, id string) estate.Asset {
	w.Helper()
	for _, a := range w.assets(region) {
		if a.Type == kind && a.ID == id {
			return a
		}
	}
	w.Fatalf("no %s %s in %s", kind, id, region)
	return estate.Asset{}
}

// problems are the errors and warnings of an import, for people.
func problems(j *quick.DescribeAssetBundleImportJobOutput) string {
	var out []string
	for _, e := range j.Errors {
		out = append(out, "error "+aws.ToString(e.Arn)+" "+*e.Type+": "+*e.Message)
	}
	for _, w := range j.Warnings {
		out = append(out, "warning "+aws.ToString(w.Arn)+" "+*w.Message)
	}
	return strings.Join(out, "\n")
}
