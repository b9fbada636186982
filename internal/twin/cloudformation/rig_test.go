package cloudformation_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/cloudformation"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/quicksight"
	"rehome/internal/twin/sts"
)

const (
	account = "111122223333"
	ireland = "eu-west-1"
	ohio    = "us-east-2"
)

type twin struct {
	*testing.T
	url string
}

// start has a Quick account of its own people, at home in us-east-1, with a data source and an analysis in Ireland and nothing in Ohio.
func start(t *testing.T, change func(*estate.World)) twin {
	t.Helper()
	w := estate.World{Title: t.Name(), Estate: estate.Estate{Organization: estate.Absent[estate.Organization](), Accounts: map[estate.AccountID]estate.Account{account: {
		Regions: estate.Of(map[estate.Region]estate.OptStatus{}),
		Roles: map[string]estate.Role{"narrow": {AccessKey: "NARROW", Policies: []string{`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":["cloudformation:*","quicksight:CreateDataSource"],"Resource":"*"}]}`}}},
		Quick: estate.Of(estate.Quick{Name: "acme", Edition: "ENTERPRISE", Authentication: "IAM_AND_QUICKSIGHT", Status: estate.QuickCreated,
			IdentityRegion: estate.Of(estate.Region("us-east-1")), TerminationProtection: estate.Of(false),
			Namespaces: estate.Of(map[string]estate.Namespace{"default": {CapacityRegion: "us-east-1", Status: "CREATED", IdentityStore: "QUICKSIGHT",
				Users: estate.Of(map[string]estate.QuickUser{"author": {Role: "AUTHOR", Active: true}}), Groups: estate.Of(map[string][]string{})}}),
			Assets: map[estate.Region]estate.Known[[]estate.Asset]{ireland: estate.Of([]estate.Asset{}), ohio: estate.Of([]estate.Asset{})}})}}}}
	if change != nil {
		change(&w)
	}
	k, err := kernel.New(kernel.Config{World: w, Clock: kernel.ClockManual, Services: []kernel.Service{cloudformation.Service(), quicksight.Service(), sts.Service()}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return twin{t, s.URL}
}

func (w twin) stacks(region, key string) *cfn.Client {
	return cfn.New(cfn.Options{Region: region, BaseEndpoint: &w.url, HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")})
}

func (w twin) quick(region string) *quick.Client {
	return quick.New(quick.Options{Region: region, BaseEndpoint: &w.url, HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("TWIN"+account, "secret", "")})
}

func (w twin) wait() {
	w.Helper()
	answer, err := http.Post(w.url+"/_twin/clock", "application/json", strings.NewReader(`{"advance": 3600}`))
	if err != nil {
		w.Fatal(err)
	}
	answer.Body.Close()
}

func (w twin) get(path string) []byte {
	w.Helper()
	answer, err := http.Get(w.url + path)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return text
}

// put makes the twin's state of a text.
func (w twin) put(text []byte) {
	w.Helper()
	req, err := http.NewRequest(http.MethodPut, w.url+"/_twin/world", strings.NewReader(string(text)))
	if err != nil {
		w.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		w.Fatal(answer.Status)
	}
}

// assets are the types and ids of those in a Region.
func (w twin) assets(region string) string {
	w.Helper()
	var s struct {
		Estate struct {
			Accounts map[string]struct {
				Quick struct{ Assets map[string][]estate.Asset }
			}
		}
	}
	if err := json.Unmarshal(w.get("/_twin/world"), &s); err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, a := range s.Estate.Accounts[account].Quick.Assets[region] {
		out = append(out, string(a.Type)+" "+a.ID)
	}
	return strings.Join(out, ", ")
}

// calls are those that CloudFormation made for the caller.
func (w twin) calls() string {
	w.Helper()
	var all []kernel.CallRecord
	if err := json.Unmarshal(w.get("/_twin/calls?internal=yes"), &all); err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, c := range all {
		if c.Trigger == "cloudformation/stack" && c.Operation != "cloudformation/stack" {
			out = append(out, c.Service+" "+c.Operation+" "+string(c.Effect))
		}
	}
	return strings.Join(out, ", ")
}

func said(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

// make makes a stack in Ohio and gives what came of it.
func (w twin) make(name, template string, change func(*cfn.CreateStackInput)) (status, reason string) {
	w.Helper()
	c := w.stacks(ohio, "TWIN"+account)
	in := &cfn.CreateStackInput{StackName: &name, TemplateBody: &template}
	if change != nil {
		change(in)
	}
	if _, err := c.CreateStack(w.Context(), in); err != nil {
		w.Fatal(err)
	}
	w.wait()
	return w.state(name)
}

func (w twin) state(nameOrID string) (status, reason string) {
	w.Helper()
	out, err := w.stacks(ohio, "TWIN"+account).DescribeStacks(w.Context(), &cfn.DescribeStacksInput{StackName: &nameOrID})
	if err != nil {
		return said(err), ""
	}
	return string(out.Stacks[0].StackStatus), aws.ToString(out.Stacks[0].StackStatusReason)
}

// story is what happened, oldest first: resource, status and, in brackets, why.
func (w twin) story(nameOrID string) string {
	w.Helper()
	var lines []string
	p := cfn.NewDescribeStackEventsPaginator(w.stacks(ohio, "TWIN"+account), &cfn.DescribeStackEventsInput{StackName: &nameOrID})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, e := range page.StackEvents {
			line := *e.LogicalResourceId + " " + string(e.ResourceStatus)
			if why := aws.ToString(e.ResourceStatusReason); why != "" {
				line += " [" + why + "]"
			}
			lines = append([]string{line}, lines...)
		}
	}
	return strings.Join(lines, "\n")
}
