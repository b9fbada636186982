package organizations_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsorg "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/organizations"
)

const (
	full    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	noQuick = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"quicksight:Subscribe","Resource":"*"}]}`
	scp     = types.PolicyTypeServiceControlPolicy
	rcp     = types.PolicyTypeResourceControlPolicy
)

// controlled is an organization whose accounts are bound so.
func controlled(t *testing.T, controls map[estate.AccountID]estate.Known[estate.Controls]) *awsorg.Client {
	t.Helper()
	w := estate.World{Estate: estate.Estate{Organization: known(), Accounts: map[estate.AccountID]estate.Account{}}}
	for _, id := range []estate.AccountID{management, delegate, member} {
		w.Estate.Accounts[id] = estate.Account{Controls: controls[id]}
	}
	k, err := kernel.New(kernel.Config{World: w, Services: []kernel.Service{organizations.Service()}, PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return awsorg.New(awsorg.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.URL), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("TWIN"+management, "secret", "")})
}

// way walks from an account up to the root, as "id(Type)" of each step.
func way(t *testing.T, c *awsorg.Client, id string) (steps []string) {
	t.Helper()
	for {
		out, err := c.ListParents(t.Context(), &awsorg.ListParentsInput{ChildId: &id})
		if err != nil || len(out.Parents) != 1 {
			t.Fatalf("%s: %v %+v", id, err, out)
		}
		id = *out.Parents[0].Id
		steps = append(steps, id+"("+string(out.Parents[0].Type)+")")
		if out.Parents[0].Type == types.ParentTypeRoot {
			return steps
		}
	}
}

// policies are those of a target, as "name text".
func policies(t *testing.T, c *awsorg.Client, target string, kind types.PolicyType) (found []string) {
	t.Helper()
	p := awsorg.NewListPoliciesForTargetPaginator(c, &awsorg.ListPoliciesForTargetInput{TargetId: &target, Filter: kind})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Policies {
			one, err := c.DescribePolicy(t.Context(), &awsorg.DescribePolicyInput{PolicyId: s.Id})
			if err != nil || *one.Policy.PolicySummary.Name != *s.Name || one.Policy.PolicySummary.Type != kind {
				t.Fatalf("%v %+v", err, one)
			}
			found = append(found, *s.Name+" "+*one.Policy.Content)
		}
	}
	return found
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

// TestControlPoliciesByLevel: two accounts below one unit and one below the root, each level with its own policies.
func TestControlPoliciesByLevel(t *testing.T) {
	root := estate.ControlLevel{Target: "r-ex01", Policies: map[string]string{"FullAWSAccess": full}}
	unit := estate.ControlLevel{Target: "ou-ex01-quick000", Policies: map[string]string{"FullAWSAccess": full, "NoQuick": noQuick}}
	own := func(id string) estate.ControlLevel {
		return estate.ControlLevel{Target: id, Policies: map[string]string{"FullAWSAccess": full}}
	}
	c := controlled(t, map[estate.AccountID]estate.Known[estate.Controls]{
		management: estate.Of(estate.Controls{Service: []estate.ControlLevel{root, own(management)}}),
		delegate:   estate.Of(estate.Controls{Service: []estate.ControlLevel{root, unit, own(delegate)}}),
		member:     estate.Of(estate.Controls{Service: []estate.ControlLevel{root, unit, own(member)}}),
	})
	same(t, "way of the management account", way(t, c, management), "r-ex01(ROOT)")
	same(t, "way of a member", way(t, c, member), "ou-ex01-quick000(ORGANIZATIONAL_UNIT)", "r-ex01(ROOT)")
	same(t, "at the root", policies(t, c, "r-ex01", scp), "FullAWSAccess "+full)
	same(t, "at the unit", policies(t, c, "ou-ex01-quick000", scp), "FullAWSAccess "+full, "NoQuick "+noQuick)
	same(t, "at the account", policies(t, c, member, scp), "FullAWSAccess "+full)
	same(t, "of the other type", policies(t, c, member, rcp))
	roots, err := c.ListRoots(t.Context(), nil)
	if err != nil || len(roots.Roots) != 1 || *roots.Roots[0].Id != "r-ex01" || len(roots.Roots[0].PolicyTypes) != 1 || roots.Roots[0].PolicyTypes[0].Type != scp {
		t.Errorf("%v %+v", err, roots)
	}
	var all []string
	p := awsorg.NewListPoliciesPaginator(c, &awsorg.ListPoliciesInput{Filter: scp})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Policies {
			if len(*s.Id) < 10 || !strings.HasSuffix(*s.Arn, *s.Id) || s.AwsManaged != (*s.Name == "FullAWSAccess") {
				t.Errorf("%+v", s)
			}
			all = append(all, *s.Name)
		}
	}
	same(t, "all", all, "FullAWSAccess", "NoQuick")
}

// TestAWorldThatSaysNothingOfPolicies has what AWS starts with; so has one whose controls are switched off, less the policy.
func TestAWorldThatSaysNothingOfPolicies(t *testing.T) {
	c := controlled(t, nil)
	up := way(t, c, member)
	root, _, _ := strings.Cut(up[0], "(")
	same(t, "at the root", policies(t, c, root, scp), "FullAWSAccess "+full)
	same(t, "at the account", policies(t, c, member, scp), "FullAWSAccess "+full)
	same(t, "of the other type", policies(t, c, root, rcp))

	off := estate.Of(estate.Controls{})
	c = controlled(t, map[estate.AccountID]estate.Known[estate.Controls]{management: off, delegate: off, member: off})
	root, _, _ = strings.Cut(way(t, c, member)[0], "(")
	same(t, "types switched off", policies(t, c, root, scp))
	roots, err := c.ListRoots(t.Context(), nil)
	if err != nil || len(roots.Roots[0].PolicyTypes) != 0 {
		t.Errorf("%v %+v", err, roots)
	}
}

// TestPoliciesThatNobodyCouldRead are not taken for none.
func TestPoliciesThatNobodyCouldRead(t *testing.T) {
	root := estate.ControlLevel{Target: "r-ex01", Policies: map[string]string{"FullAWSAccess": full}}
	c := controlled(t, map[estate.AccountID]estate.Known[estate.Controls]{
		management: estate.Of(estate.Controls{Service: []estate.ControlLevel{root}}),
		member:     estate.NotLooked[estate.Controls]("denied"),
	})
	const want = "TwinDoesNotKnow: twin does not know /accounts/" + member + "/controls"
	for name, call := range map[string]func() error{
		"the account's parent": func() error {
			_, err := c.ListParents(t.Context(), &awsorg.ListParentsInput{ChildId: aws.String(member)})
			return err
		},
		"the account's policies": func() error {
			_, err := c.ListPoliciesForTarget(t.Context(), &awsorg.ListPoliciesForTargetInput{TargetId: aws.String(member), Filter: scp})
			return err
		},
		"a unit that may be above it": func() error {
			_, err := c.ListPoliciesForTarget(t.Context(), &awsorg.ListPoliciesForTargetInput{TargetId: aws.String("ou-ex01-elsewhere"), Filter: scp})
			return err
		},
		"all policies": func() error {
			_, err := c.ListPolicies(t.Context(), &awsorg.ListPoliciesInput{Filter: scp})
			return err
		},
		"a policy that may be its own": func() error {
			_, err := c.DescribePolicy(t.Context(), &awsorg.DescribePolicyInput{PolicyId: aws.String("p-0000000000")})
			return err
		},
	} {
		if got := code(call()); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	same(t, "what was read", policies(t, c, "r-ex01", scp), "FullAWSAccess "+full)
	same(t, "who is silent", way(t, c, delegate), "r-ex01(ROOT)")

	nobody := estate.NotLooked[estate.Controls]("denied")
	c = controlled(t, map[estate.AccountID]estate.Known[estate.Controls]{management: nobody, delegate: nobody, member: nobody})
	if _, err := c.ListRoots(t.Context(), nil); code(err) != "TwinDoesNotKnow: twin does not know /accounts/"+management+"/controls" {
		t.Errorf("roots: %v", err)
	}
}

func TestWhatIsNotInTheOrganization(t *testing.T) {
	c := controlled(t, nil)
	_, err := c.ListParents(t.Context(), &awsorg.ListParentsInput{ChildId: aws.String("999999999999")})
	if got := code(err); !strings.HasPrefix(got, "ChildNotFoundException: ") {
		t.Error(got)
	}
	_, err = c.ListPoliciesForTarget(t.Context(), &awsorg.ListPoliciesForTargetInput{TargetId: aws.String("ou-ex01-none0000"), Filter: scp})
	if got := code(err); !strings.HasPrefix(got, "TargetNotFoundException: ") {
		t.Error(got)
	}
	_, err = c.DescribePolicy(t.Context(), &awsorg.DescribePolicyInput{PolicyId: aws.String("p-0000000000")})
	if got := code(err); !strings.HasPrefix(got, "PolicyNotFoundException: ") {
		t.Error(got)
	}
	_, err = c.ListPolicies(t.Context(), &awsorg.ListPoliciesInput{Filter: types.PolicyTypeTagPolicy})
	if got := code(err); !strings.HasPrefix(got, "NotModelledByTwin: ") {
		t.Error(got)
	}
}

// TestMembersMayNotReadPolicies: the management account and delegated administrators may.
func TestMembersMayNotReadPolicies(t *testing.T) {
	client := start(t, known())
	for account, want := range map[string]string{management: "", delegate: "", member: "AccessDeniedException: You don't have permissions to access this resource."} {
		_, err := client(account).ListRoots(t.Context(), nil)
		if got := code(err); got != want {
			t.Errorf("%s: %s", account, got)
		}
		_, err = client(account).ListPoliciesForTarget(t.Context(), &awsorg.ListPoliciesForTargetInput{TargetId: aws.String(member), Filter: scp})
		if got := code(err); got != want {
			t.Errorf("%s: %s", account, got)
		}
	}
}

func TestDelegatedServicesOfAnAccount(t *testing.T) {
	client := start(t, known())
	for account, want := range map[string]int{delegate: 1, member: 0} {
		out, err := client(management).ListDelegatedServicesForAccount(t.Context(), &awsorg.ListDelegatedServicesForAccountInput{AccountId: &account})
		if err != nil || len(out.DelegatedServices) != want {
			t.Errorf("%s: %v %+v", account, err, out)
		}
	}
}
