package cloudformation_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	quicktypes "github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// A source and a dataset on it; what the dataset loses when it goes is up to the two holes.
const twoAssets = `{"AWSTemplateFormatVersion":"2010-09-09","Description":"two","Parameters":{"Group":{"Type":"String","Default":"primary"},"Secret":{"Type":"String","NoEcho":true,"Default":"s"}},
"Resources":{
"Data":{"Type":"AWS::QuickSight::DataSet","Properties":{"AwsAccountId":{"Ref":"AWS::AccountId"},"DataSetId":"data","Name":{"Fn::Join":["-",["a",{"Ref":"Group"}]]},"ImportMode":"DIRECT_QUERY",
 "DataSetRefreshProperties":{"FailureConfiguration":{"EmailAlert":{"AlertStatus":"DISABLED"}}},
 "PhysicalTableMap":{"t":{"RelationalTable":{"DataSourceArn":{"Fn::GetAtt":["Source","Arn"]},"Name":"${AWS::Region}","InputColumns":[{"Name":"c","Type":"STRING"}]}}}}},
"Source":{"Type":"AWS::QuickSight::DataSource","Properties":{"AwsAccountId":{"Fn::Sub":"${AWS::AccountId}"},"DataSourceId":{"Fn::Sub":"source-${AWS::Region}-${!x}"},"Name":"Source","Type":"ATHENA",
 "DataSourceParameters":{"AthenaParameters":{"WorkGroup":{"Fn::Sub":"${Group}"}}}}}}}`

// TestAStackMakesAndDeletesItsAssets, in the order of what they use, as the caller, each call recorded.
func TestAStackMakesAndDeletesItsAssets(t *testing.T) {
	w := start(t, nil)
	c := w.stacks(ohio, "TWIN"+account)
	out, err := c.CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("mine"), TemplateBody: aws.String(twoAssets), ClientRequestToken: aws.String("token"),
		Parameters: []types.Parameter{{ParameterKey: aws.String("Group"), ParameterValue: aws.String("other")}}})
	if err != nil || !regexp.MustCompile(`^arn:aws:cloudformation:us-east-2:111122223333:stack/mine/[0-9a-f-]{36}$`).MatchString(*out.StackId) {
		t.Fatal(err, out)
	}
	if status, _ := w.state("mine"); status != "CREATE_IN_PROGRESS" || w.assets(ohio) != "" {
		t.Errorf("at once: %s, %s", status, w.assets(ohio))
	}
	if _, err := c.CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("mine"), TemplateBody: aws.String(twoAssets)}); said(err) != "AlreadyExistsException: Stack [mine] already exists" {
		t.Error(said(err))
	}
	w.wait()
	if got, want := w.story("mine"), `mine CREATE_IN_PROGRESS [User Initiated]
Source CREATE_IN_PROGRESS
Source CREATE_COMPLETE
Data CREATE_IN_PROGRESS
Data CREATE_COMPLETE
mine CREATE_COMPLETE`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	described, err := c.DescribeStacks(t.Context(), &cfn.DescribeStacksInput{})
	if err != nil || len(described.Stacks) != 1 || *described.Stacks[0].Description != "two" {
		t.Fatal(err, described)
	}
	for _, p := range described.Stacks[0].Parameters {
		if want := map[string]string{"Group": "other", "Secret": "****"}[*p.ParameterKey]; *p.ParameterValue != want {
			t.Errorf("parameter %s is %s, want %s", *p.ParameterKey, *p.ParameterValue, want)
		}
	}
	owned, err := c.DescribeStackResources(t.Context(), &cfn.DescribeStackResourcesInput{StackName: aws.String("mine"), LogicalResourceId: aws.String("Source")})
	if err != nil || len(owned.StackResources) != 1 || *owned.StackResources[0].PhysicalResourceId != "111122223333|source-us-east-2-${x}" {
		t.Error(err, owned)
	}
	source, err := w.quick(ohio).DescribeDataSource(t.Context(), &quick.DescribeDataSourceInput{AwsAccountId: aws.String(account), DataSourceId: aws.String("source-us-east-2-${x}")})
	if err != nil || *source.DataSource.DataSourceParameters.(*quicktypes.DataSourceParametersMemberAthenaParameters).Value.WorkGroup != "other" {
		t.Error(err, source)
	}
	data, err := w.quick(ohio).DescribeDataSet(t.Context(), &quick.DescribeDataSetInput{AwsAccountId: aws.String(account), DataSetId: aws.String("data")})
	if err != nil || *data.DataSet.Name != "a-other" || *data.DataSet.PhysicalTableMap["t"].(*quicktypes.PhysicalTableMemberRelationalTable).Value.Name != "${AWS::Region}" {
		t.Error(err, data)
	}
	if _, err := w.quick(ohio).DescribeDataSetRefreshProperties(t.Context(), &quick.DescribeDataSetRefreshPropertiesInput{AwsAccountId: aws.String(account), DataSetId: aws.String("data")}); err != nil {
		t.Error(err)
	}
	if got, want := w.calls(), "quicksight CreateDataSource applied, quicksight CreateDataSet applied, quicksight PutDataSetRefreshProperties applied"; got != want {
		t.Errorf("called by CloudFormation: %s\nwant %s", got, want)
	}

	if _, err := c.DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: out.StackId}); err != nil {
		t.Fatal(err)
	}
	if status, _ := w.state("mine"); status != "DELETE_IN_PROGRESS" || w.assets(ohio) == "" {
		t.Errorf("at once: %s, %s", status, w.assets(ohio))
	}
	w.wait()
	if got := w.assets(ohio); got != "" {
		t.Errorf("left: %s", got)
	}
	if status, _ := w.state("mine"); status != "ValidationError: Stack with id mine does not exist" {
		t.Error(status)
	}
	if status, _ := w.state(*out.StackId); status != "DELETE_COMPLETE" {
		t.Error(status)
	}
	if again, err := c.CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("mine"), TemplateBody: aws.String(twoAssets)}); err != nil || *again.StackId == *out.StackId {
		t.Error(err, again)
	}
	if _, err := c.DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("nobody")}); err != nil {
		t.Error("a stack that is not there:", err)
	}
	if _, err := c.DescribeStackEvents(t.Context(), &cfn.DescribeStackEventsInput{StackName: aws.String("nobody")}); said(err) != "ValidationError: Stack [nobody] does not exist" {
		t.Error(said(err))
	}
}

// TestFailuresRollBack: what was made before is deleted, and the events say what failed in the words of CloudFormation.
func TestFailuresRollBack(t *testing.T) {
	bad := strings.Replace(twoAssets, `"ImportMode":"DIRECT_QUERY",`, "", 1)
	w := start(t, nil)
	status, _ := w.make("bad", bad, nil)
	if status != "ROLLBACK_COMPLETE" || w.assets(ohio) != "" {
		t.Errorf("%s %s", status, w.assets(ohio))
	}
	story := w.story("bad")
	for _, want := range []string{
		`Data CREATE_FAILED [Resource handler returned message: "ImportMode is required. (Service: QuickSight, Status Code: 400, Request ID: `, "HandlerErrorCode: InvalidRequest)]",
		"bad ROLLBACK_IN_PROGRESS [The following resource(s) failed to create: [Data]. Rollback requested by user.]", "Source DELETE_COMPLETE",
	} {
		if !strings.Contains(story, want) {
			t.Errorf("no %q in\n%s", want, story)
		}
	}
	if status, reason := w.make("kept", bad, func(in *cfn.CreateStackInput) { in.OnFailure = types.OnFailureDoNothing }); status != "CREATE_FAILED" ||
		reason != "The following resource(s) failed to create: [Data]. " || w.assets(ohio) != "datasource source-us-east-2-${x}" {
		t.Errorf("%s %s %s", status, reason, w.assets(ohio))
	}
	if _, reason := w.make("taken", twoAssets, nil); reason != "" {
		t.Error(reason)
	}
	if story := w.story("taken"); !strings.Contains(story, `Source CREATE_FAILED [Resource handler returned message: "Resource of type 'AWS::QuickSight::DataSource' with identifier '111122223333|source-us-east-2-${x}' already exists."`) {
		t.Error(story)
	}
	if status, _ := w.make("gone", bad, func(in *cfn.CreateStackInput) { in.OnFailure = types.OnFailureDelete }); status != "ValidationError: Stack with id gone does not exist" {
		t.Error(status)
	}
}

// TestTheStackDoesWhatItsCallerMay and no more, long after the call and across a reload of the state.
func TestTheStackDoesWhatItsCallerMay(t *testing.T) {
	w := start(t, nil)
	if _, err := w.stacks(ohio, "NARROW").CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("narrow"), TemplateBody: aws.String(twoAssets)}); err != nil {
		t.Fatal(err)
	}
	w.put(w.get("/_twin/world"))
	w.wait()
	story := w.story("narrow")
	for _, want := range []string{`Data CREATE_FAILED [Resource handler returned message: "Access denied for operation 'AWS::QuickSight::DataSet'." (RequestToken: `, "HandlerErrorCode: AccessDenied)",
		"Source DELETE_FAILED", "narrow ROLLBACK_FAILED [The following resource(s) failed to delete: [Source]. ]"} {
		if !strings.Contains(story, want) {
			t.Errorf("no %q in\n%s", want, story)
		}
	}
	if _, err := w.stacks(ohio, "TWIN"+account).DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("narrow")}); err != nil {
		t.Fatal(err)
	}
	w.wait()
	if got := w.assets(ohio); got != "" {
		t.Errorf("the administrator's deletion left %s", got)
	}
}

// TestWhatIsRetainedAndProtectedStays when its stack is deleted, or is not deleted at all.
func TestWhatIsRetainedAndProtectedStays(t *testing.T) {
	w := start(t, nil)
	c := w.stacks(ohio, "TWIN"+account)
	retained := strings.Replace(twoAssets, `"Source":{`, `"Source":{"DeletionPolicy":"Retain",`, 1)
	w.make("keeps", retained, func(in *cfn.CreateStackInput) { in.EnableTerminationProtection = aws.Bool(true) })
	if _, err := c.DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("keeps")}); said(err) != "ValidationError: Stack [keeps] cannot be deleted while TerminationProtection is enabled" {
		t.Error(said(err))
	}
	w = start(t, nil)
	w.make("keeps", retained, nil)
	if _, err := w.stacks(ohio, "TWIN"+account).DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("keeps")}); err != nil {
		t.Fatal(err)
	}
	w.wait()
	if got := w.assets(ohio); got != "datasource source-us-east-2-${x}" {
		t.Errorf("left: %s", got)
	}
	// A deletion takes the place of a creation that has not happened yet, and what is gone already is no failure.
	w.make("other", strings.Replace(twoAssets, "source-", "second-", 1), nil)
	if _, err := w.quick(ohio).DeleteDataSet(t.Context(), &quick.DeleteDataSetInput{AwsAccountId: aws.String(account), DataSetId: aws.String("data")}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"early", "other"} {
		if name == "early" {
			if _, err := w.stacks(ohio, "TWIN"+account).CreateStack(t.Context(), &cfn.CreateStackInput{StackName: &name, TemplateBody: aws.String(twoAssets)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.stacks(ohio, "TWIN"+account).DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	w.wait()
	if got := w.assets(ohio); got != "datasource source-us-east-2-${x}" {
		t.Errorf("left: %s", got)
	}
}

// TestTemplatesAreRefused in AWS's words, or in the twin's own where it does not do what AWS does.
func TestTemplatesAreRefused(t *testing.T) {
	w := start(t, nil)
	one := func(properties string) string {
		return `{"Resources":{"A":{"Type":"AWS::QuickSight::Theme","Properties":{` + properties + `}}}}`
	}
	const unmodelled = "NotModelledByTwin: rehome's twin does not model "
	for _, tt := range []struct{ name, body, want string }{
		{"s", "", "ValidationError: Either Template URL or Template Body must be specified."},
		{"1s", "{}", "ValidationError: 1 validation error detected: Value '1s' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"},
		{"s", "{}" + strings.Repeat(" ", 51199), "ValidationError: 1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200"},
		{"s", "{\n  \"Resources\": }", "ValidationError: Template format error: JSON not well-formed. (line 2, column 17)"},
		{"s", "{}", "ValidationError: Template format error: At least one Resources member must be defined."},
		{"s", `{"Resource":{}}`, "ValidationError: Invalid template property or properties [Resource]"},
		{"s", `{"Resources":{"A":{"Type":"AWS::QuickSight::Theme","Property":{}}}}`, "ValidationError: Invalid template resource property 'Property'"},
		{"s", one(`"Name":{"Ref":"B"}`), "ValidationError: Template format error: Unresolved resource dependencies [B] in the Resources block of the template"},
		{"s", one(`"Name":{"Fn::Sub":"x${B}"}`), "ValidationError: Template format error: Unresolved resource dependencies [B] in the Resources block of the template"},
		{"s", one(`"Name":{"Fn::GetAtt":["B","Arn"]}`), "ValidationError: Template error: instance of Fn::GetAtt references undefined resource B"},
		{"s", `{"Resources":{"A":{"Type":"AWS::QuickSight::Theme","DependsOn":"B"},"B":{"Type":"AWS::QuickSight::Theme","DependsOn":["A"]}}}`, "ValidationError: Circular dependency between resources: [A, B]"},
		{"s", `{"Parameters":{"P":{"Type":"String"}},"Resources":{"A":{"Type":"AWS::QuickSight::Theme"}}}`, "ValidationError: Parameters: [P] must have values"},
		{"s", "Resources: {}", unmodelled + "a template in YAML"},
		{"s", `{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}`, unmodelled + "a resource of the type AWS::S3::Bucket in a stack"},
		{"s", `{"Resources":{"A":{"Type":"AWS::QuickSight::Topic"}}}`, unmodelled + "a resource of the type AWS::QuickSight::Topic in a stack"},
		{"s", `{"Outputs":{},"Resources":{"A":{"Type":"AWS::QuickSight::Theme"}}}`, unmodelled + "Outputs in a template"},
		{"s", one(`"Name":{"Fn::ImportValue":"B"}`), unmodelled + "the function Fn::ImportValue in a template"},
	} {
		_, err := w.stacks(ohio, "TWIN"+account).CreateStack(t.Context(), &cfn.CreateStackInput{StackName: &tt.name, TemplateBody: &tt.body})
		if said(err) != tt.want {
			t.Errorf("%s\nwant %s", said(err), tt.want)
		}
	}
	_, err := w.stacks(ohio, "TWIN"+account).CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(twoAssets),
		Parameters: []types.Parameter{{ParameterKey: aws.String("No"), ParameterValue: aws.String("")}}})
	if want := "ValidationError: Parameters: [No] do not exist in the template"; said(err) != want {
		t.Error(said(err))
	}
	_, err = w.stacks(ohio, "TWIN"+account).CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(twoAssets), RoleARN: aws.String("arn:aws:iam::111122223333:role/stack-role")})
	if want := unmodelled + "a stack's service role"; said(err) != want {
		t.Error(said(err))
	}
	// What the schema of a resource refuses fails the resource.
	w.make("odd", one(`"AwsAccountId":{"Ref":"AWS::AccountId"},"ThemeId":"a","Name":"A","BaseThemeId":"CLASSIC","Colour":"red","X":{"Ref":"AWS::NoValue"}`), nil)
	if story := w.story("odd"); !strings.Contains(story, "A CREATE_FAILED [Properties validation failed for resource A with message:\n#: extraneous key [Colour] is not permitted\n#: required key [Configuration] not found]") {
		t.Error(story)
	}
}

// TestAChangeSetMakesANewStack, and nothing else.
func TestAChangeSetMakesANewStack(t *testing.T) {
	w := start(t, nil)
	c := w.stacks(ohio, "TWIN"+account)
	set := func(stack, name string, kind types.ChangeSetType) error {
		_, err := c.CreateChangeSet(t.Context(), &cfn.CreateChangeSetInput{StackName: &stack, ChangeSetName: &name, ChangeSetType: kind, TemplateBody: aws.String(twoAssets), Parameters: []types.Parameter{}, Tags: []types.Tag{}})
		return err
	}
	if err := set("new", "first", types.ChangeSetTypeUpdate); said(err) != "ValidationError: Stack [new] does not exist" {
		t.Error(said(err))
	}
	for _, name := range []string{"first", "second"} {
		if err := set("new", name, types.ChangeSetTypeCreate); err != nil {
			t.Fatal(err)
		}
	}
	if status, _ := w.state("new"); status != "REVIEW_IN_PROGRESS" || w.assets(ohio) != "" {
		t.Error(status)
	}
	if _, err := c.CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("new"), TemplateBody: aws.String(twoAssets)}); said(err) != "AlreadyExistsException: Stack [new] already exists" {
		t.Error(said(err))
	}
	seen, err := c.DescribeChangeSet(t.Context(), &cfn.DescribeChangeSetInput{StackName: aws.String("new"), ChangeSetName: aws.String("first")})
	if err != nil || seen.Status != types.ChangeSetStatusCreateComplete || seen.ExecutionStatus != types.ExecutionStatusAvailable || len(seen.Changes) != 2 ||
		*seen.Changes[1].ResourceChange.LogicalResourceId != "Source" || seen.Changes[1].ResourceChange.Action != types.ChangeActionAdd || len(seen.Parameters) != 2 {
		t.Fatalf("%v %+v", err, seen)
	}
	if _, err := c.DeleteChangeSet(t.Context(), &cfn.DeleteChangeSetInput{StackName: aws.String("new"), ChangeSetName: aws.String("second")}); err != nil {
		t.Error(err)
	}
	if _, err := c.ExecuteChangeSet(t.Context(), &cfn.ExecuteChangeSetInput{StackName: aws.String("new"), ChangeSetName: aws.String("second")}); said(err) != "ChangeSetNotFound: ChangeSet [second] does not exist" {
		t.Error(said(err))
	}
	if _, err := c.ExecuteChangeSet(t.Context(), &cfn.ExecuteChangeSetInput{ChangeSetName: seen.ChangeSetId}); err != nil {
		t.Fatal(err)
	}
	w.wait()
	if status, reason := w.state("new"); status != "CREATE_COMPLETE" || w.assets(ohio) != "dataset data, datasource source-us-east-2-${x}" {
		t.Error(status, reason, w.assets(ohio))
	}
	if err := set("new", "third", types.ChangeSetTypeCreate); said(err) != "ValidationError: Stack [new] already exists and cannot be created again with the changeSet [third]." {
		t.Error(said(err))
	}
	if err := set("new", "third", types.ChangeSetTypeUpdate); said(err) != "NotModelledByTwin: rehome's twin does not model change sets of stacks that are there" {
		t.Error(said(err))
	}
}

// TestASessionPolicyBindsTheStack: what the session may not do, its stack may not either.
func TestASessionPolicyBindsTheStack(t *testing.T) {
	w := start(t, nil)
	session := kernel.NewSession(account, kernel.AdministratorRole, "s", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudformation:*","Resource":"arn:aws:cloudformation:us-east-2:111122223333:stack/bound/*"}]}`)
	c := cfn.New(cfn.Options{Region: ohio, BaseEndpoint: &w.url, HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(session.AccessKeyID, session.SecretAccessKey, session.SessionToken)})
	if _, err := c.CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("free"), TemplateBody: aws.String(twoAssets)}); !strings.Contains(said(err), "is not authorized to perform: cloudformation:CreateStack on resource: arn:aws:cloudformation:us-east-2:111122223333:stack/free/*") {
		t.Error(said(err))
	}
	if _, err := c.CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("bound"), TemplateBody: aws.String(twoAssets)}); err != nil {
		t.Fatal(err)
	}
	w.put(w.get("/_twin/world"))
	w.wait()
	if story := w.story("bound"); !strings.Contains(story, "Access denied for operation 'AWS::QuickSight::DataSource'.") || w.assets(ohio) != "" {
		t.Error(story)
	}
}

// TestAnExportedTemplateMakesWhatWasExported: every kind that exports carry, from one Region to another, with people and folders.
func TestAnExportedTemplateMakesWhatWasExported(t *testing.T) {
	named := func(rest string) string { return "arn:aws:quicksight:" + ireland + ":" + account + ":" + rest }
	asset := func(kind estate.AssetType, id, content string) estate.Asset {
		return estate.Asset{Type: kind, ID: id, Name: id, Content: []byte(strings.ReplaceAll(content, "ARN:", named("")))}
	}
	w := start(t, func(w *estate.World) {
		board := asset(estate.AssetDashboard, "board", `{"dashboardId":"board","name":"board","themeArn":"ARN:theme/theme","linkEntities":["ARN:analysis/work"],"definition":{"dataSetIdentifierDeclarations":[{"identifier":"d","dataSetArn":"ARN:dataset/data"}]}}`)
		board.Folders, board.Tags = []string{"sub"}, map[string]string{"team": "sales"}
		board.Permissions = []estate.AssetGrant{{Principal: "arn:aws:quicksight:us-east-1:111122223333:user/default/author", Actions: []string{"quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"}}}
		a := w.Estate.Accounts[account]
		q, _ := a.Quick.Get()
		q.Assets[ireland] = estate.Of([]estate.Asset{
			asset(estate.AssetVPCConnection, "vpc", `{"vpcConnectionId":"vpc","name":"vpc","subnetIds":["subnet-1","subnet-2"],"securityGroupIds":["sg-1"],"roleArn":"arn:aws:iam::111122223333:role/q"}`),
			asset(estate.AssetDataSource, "source", `{"dataSourceId":"source","name":"source","type":"POSTGRESQL","dataSourceParameters":{"postgreSqlParameters":{"host":"h","port":5432,"database":"d"}},"vpcConnectionProperties":{"vpcConnectionArn":"ARN:vpcConnection/vpc"},"secretArn":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:s"}`),
			asset(estate.AssetTheme, "theme", `{"themeId":"theme","name":"theme","baseThemeId":"CLASSIC","configuration":{"uiColorPalette":{"accent":"#000000"}}}`),
			asset(estate.AssetFolder, "top", `{"folderId":"top","name":"top","folderType":"SHARED"}`),
			asset(estate.AssetFolder, "sub", `{"folderId":"sub","name":"sub","folderType":"SHARED","parentFolderArn":"ARN:folder/top"}`),
			asset(estate.AssetDataSet, "data", `{"dataSetId":"data","name":"data","importMode":"SPICE","physicalTableMap":{"Orders":{"relationalTable":{"dataSourceArn":"ARN:datasource/source","name":"t","inputColumns":[{"name":"c","type":"STRING"}]}}},"dataSetRefreshProperties":{"refreshConfiguration":{"incrementalRefresh":{"lookbackWindow":{"columnName":"c","size":1,"sizeUnit":"DAY"}}}}}`),
			asset(estate.AssetRefreshSchedule, "data/daily", `{"dataSetId":"data","schedule":{"scheduleId":"daily","scheduleFrequency":{"interval":"DAILY","timezone":"Europe/Dublin","timeOfTheDay":"02:00"},"refreshType":"FULL_REFRESH","startAfterDateTime":4102444800}}`),
			asset(estate.AssetAnalysis, "work", `{"analysisId":"work","name":"work","definition":{"dataSetIdentifierDeclarations":[{"identifier":"d","dataSetArn":"ARN:dataset/data"}]}}`), board})
		a.Quick = estate.Of(q)
		w.Estate.Accounts[account] = a
	})
	c, id := w.quick(ireland), aws.String(account)
	_, err := c.StartAssetBundleExportJob(t.Context(), &quick.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: aws.String("j"), ResourceArns: []string{named("dashboard/board"), named("folder/top"), named("folder/sub")}, IncludeAllDependencies: true,
		IncludePermissions: true, IncludeTags: true, IncludeFolderMemberships: true, ExportFormat: quicktypes.AssetBundleExportFormatCloudformationJson,
		CloudFormationOverridePropertyConfiguration: &quicktypes.AssetBundleCloudFormationOverridePropertyConfiguration{
			ResourceIdOverrideConfiguration: &quicktypes.AssetBundleExportJobResourceIdOverrideConfiguration{PrefixForAllResources: true},
			DataSources: []quicktypes.AssetBundleExportJobDataSourceOverrideProperties{{Arn: aws.String(named("datasource/source")),
				Properties: []quicktypes.AssetBundleExportJobDataSourcePropertyToOverride{"Port", "SecretArn", "Name"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	w.wait()
	job, err := c.DescribeAssetBundleExportJob(t.Context(), &quick.DescribeAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: aws.String("j")})
	if err != nil || len(job.Errors) > 0 {
		t.Fatal(err, job)
	}
	template := string(w.get(strings.TrimPrefix(*job.DownloadUrl, w.url)))
	key := regexp.MustCompile(`source[0-9A-F]{6}`).FindString(template)
	if status, reason := w.make("moved", template, func(in *cfn.CreateStackInput) {
		in.Parameters = []types.Parameter{{ParameterKey: aws.String("ResourceIdPrefixForAllResources"), ParameterValue: aws.String("x-")}, {ParameterKey: aws.String(key + "SecretArn"), ParameterValue: aws.String("arn:aws:secretsmanager:us-east-2:111122223333:secret:t")}}
	}); status != "CREATE_COMPLETE" {
		t.Fatalf("%s %s\n%s\n%s", status, reason, w.story("moved"), template)
	}
	const all = "analysis x-work, dashboard x-board, dataset x-data, datasource x-source, folder x-sub, folder x-top, refresh-schedule x-data/daily, theme x-theme, vpcConnection x-vpc"
	if got := w.assets(ohio); got != all {
		t.Errorf("%s\nwant %s", got, all)
	}
	schedule, err := w.quick(ohio).DescribeRefreshSchedule(t.Context(), &quick.DescribeRefreshScheduleInput{AwsAccountId: id, DataSetId: aws.String("x-data"), ScheduleId: aws.String("daily")})
	if err != nil || *schedule.RefreshSchedule.ScheduleFrequency.Timezone != "Europe/Dublin" || schedule.RefreshSchedule.StartAfterDateTime.Year() != 2100 {
		t.Error(err, schedule)
	}
	board, err := w.quick(ohio).DescribeDashboardPermissions(t.Context(), &quick.DescribeDashboardPermissionsInput{AwsAccountId: id, DashboardId: aws.String("x-board")})
	if err != nil || len(board.Permissions) != 1 || *board.Permissions[0].Principal != "arn:aws:quicksight:us-east-1:111122223333:user/default/author" {
		t.Error(err, board)
	}
}
