package cloud_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/cloud"
)

const stackID = "arn:aws:cloudformation:us-east-2:111122223333:stack/quick/00000000-0000-4000-a000-000000000000"

func inXML(operation, result string) string {
	return `<` + operation + `Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">` + result + `<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></` + operation + `Response>`
}

func refused(code, message string) answer {
	return fail(400, `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>`+code+`</Code><Message>`+message+`</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`)
}

// TestStackCalls is what each call sends and reads (CloudFormation API reference, 2010-05-15).
func TestStackCalls(t *testing.T) {
	s := newServer(t, map[string][]answer{
		"CreateStack": {ok(inXML("CreateStack", `<CreateStackResult><StackId>`+stackID+`</StackId></CreateStackResult>`))},
		"DescribeStacks": {ok(inXML("DescribeStacks", `<DescribeStacksResult><Stacks><member><StackId>`+stackID+`</StackId><StackName>quick</StackName><StackStatus>ROLLBACK_COMPLETE</StackStatus>`+
			`<StackStatusReason>why</StackStatusReason><CreationTime>2026-02-02T02:40:00Z</CreationTime></member></Stacks></DescribeStacksResult>`))},
		"DescribeStackEvents": {ok(inXML("DescribeStackEvents", `<DescribeStackEventsResult><StackEvents>`+
			`<member><StackId>`+stackID+`</StackId><LogicalResourceId>quick</LogicalResourceId><PhysicalResourceId>`+stackID+`</PhysicalResourceId><ResourceStatus>ROLLBACK_FAILED</ResourceStatus></member>`+
			`<member><StackId>`+stackID+`</StackId><LogicalResourceId>B</LogicalResourceId><ResourceType>AWS::QuickSight::Theme</ResourceType><ResourceStatus>DELETE_FAILED</ResourceStatus><ResourceStatusReason>b</ResourceStatusReason><Timestamp>2026-02-02T02:40:00Z</Timestamp></member>`+
			`</StackEvents><NextToken>page-2</NextToken></DescribeStackEventsResult>`)),
			ok(inXML("DescribeStackEvents", `<DescribeStackEventsResult><StackEvents>`+
				`<member><StackId>`+stackID+`</StackId><LogicalResourceId>A</LogicalResourceId><ResourceType>AWS::QuickSight::DataSet</ResourceType><ResourceStatus>CREATE_FAILED</ResourceStatus><ResourceStatusReason>a</ResourceStatusReason><Timestamp>2026-02-02T02:40:00Z</Timestamp></member>`+
				`<member><StackId>`+stackID+`</StackId><LogicalResourceId>B</LogicalResourceId><ResourceType>AWS::QuickSight::Theme</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`+
				`</StackEvents></DescribeStackEventsResult>`))},
		"DeleteStack": {ok(inXML("DeleteStack", ""))},
	})
	stacks := open(t, s, nil).Stacks(account, ohio)
	id, err := stacks.CreateStack(t.Context(), cloud.NewStack{Name: "quick", Template: `{"Resources":{}}`, Parameters: map[string]string{"B": "2", "A": "1"}, Token: "token"})
	if err != nil || id != stackID {
		t.Fatal(id, err)
	}
	form, err := url.ParseQuery(s.seen("CreateStack")[0].body)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"Action": {"CreateStack"}, "Version": {"2010-05-15"}, "StackName": {"quick"}, "TemplateBody": {`{"Resources":{}}`}, "ClientRequestToken": {"token"},
		"Parameters.member.1.ParameterKey": {"A"}, "Parameters.member.1.ParameterValue": {"1"}, "Parameters.member.2.ParameterKey": {"B"}, "Parameters.member.2.ParameterValue": {"2"}}
	if diff := cmp.Diff(want, form); diff != "" {
		t.Error(diff)
	}
	seen, err := stacks.DescribeStack(t.Context(), "quick")
	if diff := cmp.Diff(cloud.Stack{ID: stackID, Name: "quick", Status: cloud.StackRolledBack, Reason: "why", Created: updated}, seen); diff != "" || err != nil || !seen.Status.Done() || cloud.StackDeleting.Done() {
		t.Error(diff, err)
	}
	failures, err := stacks.StackFailures(t.Context(), "quick")
	if diff := cmp.Diff([]cloud.StackFailure{{Resource: "A", Type: "AWS::QuickSight::DataSet", Status: "CREATE_FAILED", Reason: "a", At: updated}, {Resource: "B", Type: "AWS::QuickSight::Theme", Status: "DELETE_FAILED", Reason: "b", At: updated}}, failures); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := stacks.DeleteStack(t.Context(), stackID); err != nil || !strings.Contains(s.seen("DeleteStack")[0].body, url.QueryEscape(stackID)) || s.seen("DeleteStack")[0].region != "us-east-2" {
		t.Error(err)
	}
}

// TestStackErrors: what is missing and what is there already are told apart from everything else that is refused.
func TestStackErrors(t *testing.T) {
	s := newServer(t, map[string][]answer{
		"CreateStack":         {refused("AlreadyExistsException", "Stack [quick] already exists"), refused("ValidationError", "Template format error: At least one Resources member must be defined."), refused("AccessDenied", "no")},
		"DescribeStacks":      {refused("ValidationError", "Stack with id quick does not exist")},
		"DescribeStackEvents": {refused("ValidationError", "Stack [quick] does not exist")},
	})
	stacks := open(t, s, nil).Stacks(account, ohio)
	for _, want := range []cloud.Kind{cloud.Exists, cloud.Invalid, cloud.AccessDenied} {
		if _, err := stacks.CreateStack(t.Context(), cloud.NewStack{Name: "quick", Template: "{}"}); cloud.KindOf(err) != want {
			t.Errorf("%s, want %s: %v", cloud.KindOf(err), want, err)
		}
	}
	if _, err := stacks.DescribeStack(t.Context(), "quick"); cloud.KindOf(err) != cloud.NotFound {
		t.Error(err)
	}
	if _, err := stacks.StackFailures(t.Context(), "quick"); cloud.KindOf(err) != cloud.NotFound {
		t.Error(err)
	}
}
