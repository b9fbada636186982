package app

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
)

// stacked makes a stack in us-east-1 and waits until nothing is under way in it.
func stacked(t *testing.T, ses *session, n cloud.NewStack) (cloud.Stack, []cloud.StackFailure) {
	t.Helper()
	stacks := ses.cloud.Stacks("111122223333", "us-east-1")
	id, err := stacks.CreateStack(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return settled(t, ses, id)
}

func settled(t *testing.T, ses *session, id string) (cloud.Stack, []cloud.StackFailure) {
	t.Helper()
	stacks := ses.cloud.Stacks("111122223333", "us-east-1")
	for range 100 {
		s, err := stacks.DescribeStack(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if s.Status.Done() {
			failures, err := stacks.StackFailures(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return s, failures
		}
		if err := ses.clock.Sleep(t.Context(), 30*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the stack does not end")
	return cloud.Stack{}, nil
}

// TestStacksTakeTheTemplates: through the real doors, a template that export wrote makes the assets in another account's Region, the stack
// owns them, and what fails is told with its reason.
func TestStacksTakeTheTemplates(t *testing.T) {
	beyondShort(t)
	a := servedWithDesktop(t, "iad")
	dir := filepath.Join(t.TempDir(), "with a space")
	made, err := a.ExportCloudFormation(t.Context(), ExportCloudFormationRequest{Dir: dir, World: "assets-in-use", Purpose: Governance})
	if err != nil || len(made.Templates) != 1 || made.Templates[0].Assets != 10 || len(made.Findings) != 0 {
		t.Fatalf("%v: %+v", err, made)
	}
	one := made.Templates[0]
	if want := "aws cloudformation create-stack --region us-east-1 --stack-name quick-ap-south-1-001 --template-body 'file://" + dir + "/ap-south-1-001.json' --parameters ParameterKey=IdentityRegion,ParameterValue=us-east-1 "; !strings.HasPrefix(one.Commands[0], want) {
		t.Error(one.Commands[0])
	}
	text, err := os.ReadFile(one.File)
	if err != nil {
		t.Fatal(err)
	}
	ses, stop, err := a.lookingSession(t.Context(), "", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	given := map[string]string{}
	for _, p := range one.Parameters {
		given[p.Name] = p.Value
	}
	n := cloud.NewStack{Name: one.Stack, Template: string(text), Parameters: given, Token: "once"}
	if s, failures := stacked(t, ses, n); s.Status != cloud.StackCreated || len(failures) != 0 {
		t.Fatalf("%+v %+v", s, failures)
	}
	assets, err := a.AssetsInventory(t.Context(), "")
	if err != nil || len(assets.Regions["us-east-1"].Or(nil)) != 10 {
		t.Errorf("%v: %+v", err, assets)
	}
	stacks := ses.cloud.Stacks("111122223333", "us-east-1")
	if _, err := stacks.CreateStack(t.Context(), n); cloud.KindOf(err) != cloud.Exists {
		t.Error(err)
	}
	n.Name = "second"
	s, failures := stacked(t, ses, n)
	if s.Status != cloud.StackRolledBack || len(failures) == 0 || !strings.Contains(failures[0].Reason, "already exists") || failures[0].Status != "CREATE_FAILED" {
		t.Errorf("%+v %+v", s, failures)
	}
	first, err := stacks.DescribeStack(t.Context(), one.Stack)
	if err != nil {
		t.Fatal(err)
	}
	if err := stacks.DeleteStack(t.Context(), one.Stack); err != nil {
		t.Fatal(err)
	}
	if s, _ := settled(t, ses, first.ID); s.Status != cloud.StackDeleted {
		t.Errorf("%+v", s)
	}
	if _, err := stacks.DescribeStack(t.Context(), one.Stack); cloud.KindOf(err) != cloud.NotFound {
		t.Error(err)
	}
	if assets, err = a.AssetsInventory(t.Context(), ""); err != nil || len(assets.Regions["us-east-1"].Or(nil)) != 0 {
		t.Errorf("%v: %+v", err, assets)
	}
}

// refusing lets the first export job fail, on account of one asset.
type refusing struct {
	arn  string
	done bool
}

func (r *refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.done || req.Method != http.MethodGet || !strings.Contains(req.URL.Path, "/asset-bundle-export-jobs/") {
		return http.DefaultTransport.RoundTrip(req)
	}
	r.done = true
	body := fmt.Sprintf(`{"JobStatus":"FAILED","Errors":[{"Arn":%q,"Type":"X","Message":"it is broken"}]}`, r.arn)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// TestManyTemplates: more than a hundred assets are several templates, what AWS refuses is left out and named, and a long template goes by a
// bucket.
func TestManyTemplates(t *testing.T) {
	beyondShort(t)
	a := testApp(t)
	const broken = "arn:aws:quicksight:ap-south-1:111122223333:dashboard/n003"
	a.Hooks.Transport = &refusing{arn: broken}
	made, err := a.ExportCloudFormation(t.Context(), ExportCloudFormationRequest{Dir: t.TempDir(), World: manyAssets(t, 50)})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, one := range made.Templates {
		if one.Assets > 100 || len(one.Commands) == 0 {
			t.Errorf("%+v", one)
		}
		n += one.Assets
	}
	if n != 249 || len(made.Templates) != 3 || made.Risk.Name != "cloudformation-owns/111122223333/us-east-1/249-assets" || len(made.Left) != 4 {
		t.Errorf("%d assets in %d templates, %s, %d left", n, len(made.Templates), made.Risk.Name, len(made.Left))
	}
	if len(made.Findings) != 1 || made.Findings[0].Subject != "asset/ap-south-1/dashboard/n003" || made.Findings[0].Cause != "it is broken" || !made.Findings[0].Blocks() {
		t.Errorf("%+v", made.Findings)
	}
}

// TestCommandsByTheSizeOfTheTemplate (CloudFormation quotas): in the call, by a bucket, not at all.
func TestCommandsByTheSizeOfTheTemplate(t *testing.T) {
	for bytes, want := range map[int]string{
		51200:     "aws cloudformation create-stack --region us-east-1 --stack-name s --template-body file:///t.json --parameters ParameterKey=P,ParameterValue=v",
		51201:     "aws cloudformation deploy --region us-east-1 --stack-name s --template-file /t.json --s3-bucket BUCKET-IN-US-EAST-1 --parameter-overrides P=v",
		1<<20 + 1: "# 1048577 bytes are more than the 1048576 that CloudFormation takes: divide the template",
	} {
		one := TemplateExported{File: "/t.json", Bytes: bytes, Stack: "s", Parameters: []TemplateInput{{Name: "P", Value: "v"}, {Name: "Q", Default: "d"}}}
		if got := one.commands("us-east-1")[0]; got != want {
			t.Errorf("%d: %s\nwant %s", bytes, got, want)
		}
	}
}

// TestWhatBelongsToTheOldRegion is named, each once.
func TestWhatBelongsToTheOldRegion(t *testing.T) {
	x := &templating{out: &TemplatesExported{Region: "ap-south-1", To: "us-east-1"}}
	got, err := x.read([]byte(`{"Parameters":{"IdentityRegion":{"Default":"ap-south-1"},"S":{"Type":"String"},"N":{"Default":"Sales"}},"Resources":{
		"V":{"Type":"AWS::QuickSight::VPCConnection"},"R":{"Type":"AWS::QuickSight::RefreshSchedule","Properties":{"Schedule":{"StartAfterDateTime":"2020-01-01T00:00:00Z"}}},
		"D":{"Type":"AWS::QuickSight::Dashboard","Properties":{"A":"arn:aws:quicksight:ap-south-1:111122223333:theme/x","B":["arn:aws:quicksight:ap-south-1:111122223333:theme/x","arn:aws:quicksight:eu-west-1:111122223333:theme/x"]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"R: StartAfterDateTime must be in the future when the stack is made", "V: SubnetIds and SecurityGroupIds are those of ap-south-1; give it those of us-east-1",
		"arn:aws:quicksight:ap-south-1:111122223333:theme/x: it is of the old Region and no resource of this template; name the new one"}; !slices.Equal(got.Edit, want) {
		t.Errorf("%q", got.Edit)
	}
	if want := []TemplateInput{{Name: "IdentityRegion", Default: "ap-south-1", Value: "us-east-1"}, {Name: "N", Default: "Sales"}, {Name: "S", Required: true, Value: "VALUE-IN-US-EAST-1"}}; !slices.Equal(got.Parameters, want) {
		t.Errorf("%+v", got.Parameters)
	}
	if _, err := x.read([]byte("PK")); err == nil || diag.ExitCode(err) != diag.ExitFailed {
		t.Error(err)
	}
}

// TestWhichFormatForWhat: the answer to what the export is for decides.
func TestWhichFormatForWhat(t *testing.T) {
	t.Attr("requirement", "MIG-29")
	a := testApp(t)
	for purpose, want := range map[Purpose]string{"": "QUICKSIGHT_JSON", OneTime: "QUICKSIGHT_JSON", Governance: "CLOUDFORMATION_JSON"} {
		if got, why := FormatFor(purpose); got != want || why == "" {
			t.Errorf("%s: %s", purpose, got)
		}
	}
	made, err := a.ExportCloudFormation(t.Context(), ExportCloudFormationRequest{Dir: "nowhere", Purpose: OneTime})
	if err != nil || made.Recommended != "QUICKSIGHT_JSON" || made.Dir != "" || len(made.Templates) != 0 {
		t.Errorf("%v: %+v", err, made)
	}
}
