package iam_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/iam"
	"rehome/internal/twin/kernel"
)

const (
	management = "111122223333"
	member     = "444455556666"
	mover      = "arn:aws:iam::" + member + ":role/team/Mover"
)

func text(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

const (
	everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	noDelete   = `{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}`
	atHome     = `{"Effect":"Deny","Action":"quicksight:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"ap-south-1"}}}`
)

// world has one role in a member account under an organization's policies, with a boundary.
func world() estate.World {
	levels := []estate.ControlLevel{{Target: "r-1", Policies: map[string]string{"FullAWSAccess": text(everything)}},
		{Target: member, Policies: map[string]string{"FullAWSAccess": text(everything), "guard": text(noDelete, atHome)}}}
	role := estate.Role{Path: "/team/", AccessKey: "TESTMOVER",
		Policies: []string{text(`{"Effect":"Allow","Action":["kms:*","quicksight:*","iam:*","sso:DescribeInstance"],"Resource":"*"}`)},
		Boundary: text(`{"Effect":"Allow","Action":["kms:*","quicksight:*","iam:*"],"Resource":"*"}`)}
	return estate.World{Title: "rights", Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: management}),
		Accounts: map[estate.AccountID]estate.Account{
			management: {Controls: estate.Of(estate.Controls{Service: levels}), Roles: map[string]estate.Role{"Blind": {AccessKey: "TESTBLIND", Policies: []string{text()}}}},
			member:     {Controls: estate.Of(estate.Controls{Service: levels}), Roles: map[string]estate.Role{"Mover": role}},
		},
	}}
}

func client(t *testing.T, w estate.World, key string, page int) *awsiam.Client {
	t.Helper()
	k, err := kernel.New(kernel.Config{World: w, Services: []kernel.Service{iam.Service()}, Clock: kernel.ClockManual, PageSize: page})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.URL), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")})
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return fmt.Sprint(err)
}

func show(r types.EvaluationResult) string {
	out := *r.EvalActionName + " " + *r.EvalResourceName + " " + string(r.EvalDecision)
	if d := r.OrganizationsDecisionDetail; d != nil {
		out += fmt.Sprint(" org ", d.AllowedByOrganizations)
	}
	if d := r.PermissionsBoundaryDecisionDetail; d != nil {
		out += fmt.Sprint(" boundary ", d.AllowedByPermissionsBoundary)
	}
	if len(r.MissingContextValues) > 0 {
		out += " missing " + strings.Join(r.MissingContextValues, ",")
	}
	return out
}

func TestTheSimulatorJudgesARole(t *testing.T) {
	c := client(t, world(), "TWIN"+member, 0)
	for _, tc := range []struct {
		action string
		given  []types.ContextEntry
		want   string
	}{
		{"kms:Decrypt", nil, "kms:Decrypt * allowed org true boundary true"},
		{"kms:ScheduleKeyDeletion", nil, "kms:ScheduleKeyDeletion * explicitDeny org false boundary true"},
		{"sso:DescribeInstance", nil, "sso:DescribeInstance * implicitDeny org true boundary false"},
		{"sts:AssumeRole", nil, "sts:AssumeRole * implicitDeny org true boundary false"},
		{"quicksight:CreateAccountSubscription", nil, "quicksight:CreateAccountSubscription * explicitDeny org false boundary true missing aws:RequestedRegion"},
		{"quicksight:CreateAccountSubscription", []types.ContextEntry{{ContextKeyName: aws.String("aws:RequestedRegion"), ContextKeyType: types.ContextKeyTypeEnumString,
			ContextKeyValues: []string{"ap-south-1"}}}, "quicksight:CreateAccountSubscription * allowed org true boundary true"},
	} {
		out, err := c.SimulatePrincipalPolicy(t.Context(), &awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(mover),
			ActionNames: []string{tc.action}, ContextEntries: tc.given})
		if err != nil {
			t.Fatal(err)
		}
		if got := show(out.EvaluationResults[0]); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

func TestTheSimulatorPagesOverActionsAndResources(t *testing.T) {
	c := client(t, world(), "TWIN"+member, 3)
	var got []string
	pages := awsiam.NewSimulatePrincipalPolicyPaginator(c, &awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(mover),
		ActionNames: []string{"kms:Encrypt", "kms:Decrypt"}, ResourceArns: []string{"arn:aws:kms:us-east-1:111122223333:key/a", "*"}})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.EvaluationResults {
			got = append(got, *r.EvalActionName+" "+*r.EvalResourceName)
		}
	}
	want := []string{"kms:Encrypt arn:aws:kms:us-east-1:111122223333:key/a", "kms:Encrypt *", "kms:Decrypt arn:aws:kms:us-east-1:111122223333:key/a", "kms:Decrypt *"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// The management account is not bound by the organization's policies.
func TestTheManagementAccountIsNotBound(t *testing.T) {
	out, err := client(t, world(), "TWIN"+management, 0).SimulatePrincipalPolicy(t.Context(), &awsiam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:iam::" + management + ":role/" + kernel.AdministratorRole), ActionNames: []string{"kms:ScheduleKeyDeletion"}})
	if err != nil || show(out.EvaluationResults[0]) != "kms:ScheduleKeyDeletion * allowed org true" {
		t.Errorf("%v %v", err, out)
	}
}

func TestWhatTheSimulatorRefuses(t *testing.T) {
	action := []string{"kms:Decrypt"}
	unread := world()
	a := unread.Estate.Accounts[member]
	a.Controls = estate.NotLooked[estate.Controls]("denied")
	unread.Estate.Accounts[member] = a
	for name, tc := range map[string]struct {
		world estate.World
		key   string
		in    awsiam.SimulatePrincipalPolicyInput
		want  string
	}{
		"a role that is not there": {world(), "TWIN" + member, awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::" + member + ":role/Mover"), ActionNames: action},
			"NoSuchEntity: The user or role with name Mover cannot be found."},
		"another account's role": {world(), "TWIN" + management, awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(mover), ActionNames: action}, "NoSuchEntity: "},
		"no action at all":       {world(), "TWIN" + member, awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(mover), ActionNames: []string{"Decrypt"}}, "InvalidInput: Invalid action name: Decrypt"},
		"a caller without the right": {world(), "TESTBLIND", awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::" + management + ":role/Blind"), ActionNames: action},
			"AccessDenied: User: arn:aws:sts::111122223333:assumed-role/Blind/twin is not authorized to perform: iam:SimulatePrincipalPolicy on resource: arn:aws:iam::111122223333:role/Blind because no identity-based policy allows the iam:SimulatePrincipalPolicy action"},
		"policies of the request": {world(), "TWIN" + member, awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(mover), ActionNames: action, PolicyInputList: []string{text(everything)}}, "NotModelledByTwin: "},
		"control policies that nobody read": {unread, "TWIN" + member, awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(mover), ActionNames: action},
			"TwinDoesNotKnow: twin does not know /accounts/444455556666/controls"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, tc.world, tc.key, 0).SimulatePrincipalPolicy(t.Context(), &tc.in)
			if err == nil || !strings.HasPrefix(code(err), tc.want) {
				t.Errorf("got %s", code(err))
			}
		})
	}
}

func TestGetRoleTellsThePath(t *testing.T) {
	c := client(t, world(), "TWIN"+member, 0)
	out, err := c.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: aws.String("Mover")})
	if err != nil || *out.Role.Arn != mover || *out.Role.Path != "/team/" || *out.Role.RoleName != "Mover" || !strings.HasPrefix(*out.Role.RoleId, "AROA") || out.Role.CreateDate.IsZero() {
		t.Errorf("%v %+v", err, out)
	}
	out, err = c.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: aws.String(kernel.AdministratorRole)})
	if err != nil || *out.Role.Path != "/" {
		t.Errorf("the administrator: %v %+v", err, out)
	}
	if _, err = c.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: aws.String("Ghost")}); code(err) != "NoSuchEntity: The role with name Ghost cannot be found." {
		t.Errorf("nobody: %s", code(err))
	}
}
