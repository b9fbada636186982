package quicksight_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
)

// resource is one of a template, and where it stands.
type resource struct {
	Type       string
	DependsOn  []string
	Properties map[string]json.RawMessage
}

type cfnTemplate struct {
	AWSTemplateFormatVersion string
	Parameters               map[string]map[string]any
	Resources                map[string]resource
}

// cloudFormation exports as a template.
func (w twin) cloudFormation(job string, vary *types.AssetBundleCloudFormationOverridePropertyConfiguration, arns ...string) (t cfnTemplate, text string) {
	w.Helper()
	out, bundle := w.export(ireland, job, func(in *quick.StartAssetBundleExportJobInput) {
		in.ExportFormat, in.CloudFormationOverridePropertyConfiguration = types.AssetBundleExportFormatCloudformationJson, vary
		everything(in)
	}, arns...)
	if out.JobStatus != types.AssetBundleExportJobStatusSuccessful || out.ExportFormat != types.AssetBundleExportFormatCloudformationJson ||
		(out.CloudFormationOverridePropertyConfiguration == nil) != (vary == nil) || !strings.HasSuffix(*out.DownloadUrl, "/assetbundle-"+job+".json") {
		w.Fatalf("%+v", out)
	}
	if err := json.Unmarshal(bundle, &t); err != nil {
		w.Fatal(err)
	}
	return t, string(bundle)
}

// of finds the one resource of a type whose name begins so.
func (t cfnTemplate) of(kind, begins string) (name string, r resource) {
	for n, one := range t.Resources {
		if one.Type == "AWS::QuickSight::"+kind && strings.HasPrefix(n, begins) {
			name, r = n, one
		}
	}
	return name, r
}

// TestATemplateHoldsEveryType in CloudFormation's words: references by Fn::GetAtt, people by the identity Region, no secret.
func TestATemplateHoldsEveryType(t *testing.T) {
	w := furnish(t)
	c, text := w.cloudFormation("all", nil, named(ireland, "dashboard/dashboard"), named(ireland, "folder/sub"))
	if len(c.Resources) != 10 || c.AWSTemplateFormatVersion != "2010-09-09" || strings.Contains(text, "secret") || strings.Contains(text, ireland) {
		t.Fatalf("%d resources\n%s", len(c.Resources), text)
	}
	data, _ := c.of("DataSet", "data")
	_, board := c.of("Dashboard", "dashboard")
	_, schedule := c.of("RefreshSchedule", "data")
	_, folder := c.of("Folder", "sub")
	top, _ := c.of("Folder", "top")
	sub, _ := c.of("Folder", "sub")
	for _, tt := range []struct {
		name, got, want string
	}{
		{"account", string(board.Properties["AwsAccountId"]), `{"Fn::Sub":"${AWS::AccountId}"}`},
		{"id", string(board.Properties["DashboardId"]), `"dashboard"`},
		{"reference", string(board.Properties["Definition"]), `{"DataSetIdentifierDeclarations":[{"DataSetArn":{"Fn::GetAtt":["` + data + `","Arn"]},"Identifier":"d"}]}`},
		{"folders", string(board.Properties["FolderArns"]), `[{"Fn::GetAtt":["` + sub + `","Arn"]}]`},
		{"parent", string(folder.Properties["ParentFolderArn"]), `{"Fn::GetAtt":["` + top + `","Arn"]}`},
		{"tags", string(board.Properties["Tags"]), `[{"Key":"team","Value":"sales"}]`},
		{"schedule", string(schedule.Properties["Schedule"]), `{"RefreshType":"FULL_REFRESH","ScheduleFrequency":{"Interval":"DAILY"},"ScheduleId":"daily"}`},
		{"the schedule's dataset", strings.Join(schedule.DependsOn, ","), data},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	if who := string(board.Properties["Permissions"]); !strings.Contains(who, `"Principal":{"Fn::Sub":"arn:${AWS::Partition}:quicksight:${IdentityRegion}:${AWS::AccountId}:user/default/author"}`) {
		t.Error(who)
	}
	if p := c.Parameters["IdentityRegion"]; len(c.Parameters) != 1 || p["Default"] != virginia || p["Type"] != "String" {
		t.Errorf("%v", c.Parameters)
	}
	// What is not exported stays named as it is.
	_, alone := w.cloudFormation("alone", nil, named(ireland, "theme/theme"))
	if !strings.Contains(alone, `"ThemeId":"theme"`) || strings.Contains(alone, "Parameters") {
		t.Error(alone)
	}
	again, err := w.in(account, ireland).StartAssetBundleImportJob(t.Context(), &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: aws.String("i"),
		AssetBundleImportSource: &types.AssetBundleImportSource{Body: []byte(text)}})
	if err != nil {
		t.Fatal(err, again)
	}
	w.advance(100)
	if job, err := w.in(account, ireland).DescribeAssetBundleImportJob(t.Context(), &quick.DescribeAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: aws.String("i")}); err != nil || job.JobStatus != types.AssetBundleImportJobStatusFailed {
		t.Error("a template is no bundle to import:", err, job)
	}
}

// TestATemplateHasTheParametersThatWereAskedFor, named after resource and property, with the values as defaults.
func TestATemplateHasTheParametersThatWereAskedFor(t *testing.T) {
	w := furnish(t)
	source := aws.String(named(ireland, "datasource/source"))
	c, text := w.cloudFormation("all", &types.AssetBundleCloudFormationOverridePropertyConfiguration{
		ResourceIdOverrideConfiguration: &types.AssetBundleExportJobResourceIdOverrideConfiguration{PrefixForAllResources: true},
		VPCConnections:                  []types.AssetBundleExportJobVPCConnectionOverrideProperties{{Arn: aws.String(named(ireland, "vpcConnection/vpc")), Properties: []types.AssetBundleExportJobVPCConnectionPropertyToOverride{"RoleArn", "DnsResolvers"}}},
		DataSources:                     []types.AssetBundleExportJobDataSourceOverrideProperties{{Arn: source, Properties: []types.AssetBundleExportJobDataSourcePropertyToOverride{"Host", "WorkGroup", "Password", "SecretArn"}}},
		Dashboards:                      []types.AssetBundleExportJobDashboardOverrideProperties{{Arn: aws.String(named(ireland, "dashboard/dashboard")), Properties: []types.AssetBundleExportJobDashboardPropertyToOverride{"Name"}}},
	}, named(ireland, "dashboard/dashboard"))
	from, s := c.of("DataSource", "source")
	board, b := c.of("Dashboard", "dashboard")
	vpc, _ := c.of("VPCConnection", "vpc")
	for name, want := range map[string]any{"ResourceIdPrefixForAllResources": "", "IdentityRegion": virginia, from + "Host": "h", from + "SecretArn": nil, from + "Password": nil,
		board + "Name": "Dashboard", vpc + "RoleArn": "arn:aws:iam::111122223333:role/q"} {
		if p, ok := c.Parameters[name]; !ok || p["Default"] != want || p["Type"] != "String" || (p["NoEcho"] == true) != strings.HasSuffix(name, "Password") {
			t.Errorf("%s: %v", name, p)
		}
	}
	if len(c.Parameters) != 7 { // no work group, no resolvers: there is nothing to vary
		t.Errorf("%v", c.Parameters)
	}
	if got := string(b.Properties["DashboardId"]) + string(b.Properties["Name"]); got != `{"Fn::Sub":"${ResourceIdPrefixForAllResources}dashboard"}{"Fn::Sub":"${`+board+`Name}"}` {
		t.Error(got)
	}
	if got := string(s.Properties["DataSourceParameters"]); !strings.Contains(got, `"Host":{"Fn::Sub":"${`+from+`Host}"}`) {
		t.Error(got, text)
	}
	for want, change := range map[string]func(*quick.StartAssetBundleExportJobInput){
		`CloudFormationOverridePropertyConfiguration needs the ExportFormat CLOUDFORMATION_JSON.`: func(in *quick.StartAssetBundleExportJobInput) {
			in.ExportFormat = types.AssetBundleExportFormatQuicksightJson
		},
		`CloudFormationOverridePropertyConfiguration.DataSources of ` + *source + `: "Colour" is not valid.`: func(in *quick.StartAssetBundleExportJobInput) {
			in.CloudFormationOverridePropertyConfiguration.DataSources[0].Properties[0] = "Colour"
		},
		`CloudFormationOverridePropertyConfiguration.DataSources.Properties has 11 entries; 1 to 10 are allowed.`: func(in *quick.StartAssetBundleExportJobInput) {
			in.CloudFormationOverridePropertyConfiguration.DataSources[0].Properties = make([]types.AssetBundleExportJobDataSourcePropertyToOverride, 11)
		},
	} {
		in := &quick.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: aws.String("no"), ResourceArns: []string{*source}, ExportFormat: types.AssetBundleExportFormatCloudformationJson,
			CloudFormationOverridePropertyConfiguration: &types.AssetBundleCloudFormationOverridePropertyConfiguration{
				DataSources: []types.AssetBundleExportJobDataSourceOverrideProperties{{Arn: source, Properties: []types.AssetBundleExportJobDataSourcePropertyToOverride{"Name"}}}}}
		change(in)
		_, err := w.in(account, ireland).StartAssetBundleExportJob(t.Context(), in)
		w.mustBe(err, "InvalidParameterValueException: "+want)
	}
}
