package organizations_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsorg "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/organizations"
)

const management, delegate, member = "111122223333", "222233334444", "333344445555"

func start(t *testing.T, org estate.Known[estate.Organization]) func(account string) *awsorg.Client {
	t.Helper()
	w := estate.World{Estate: estate.Estate{Organization: org, Accounts: map[estate.AccountID]estate.Account{management: {Name: "m"}, delegate: {Name: "d"}, member: {}}}}
	k, err := kernel.New(kernel.Config{World: w, Services: []kernel.Service{organizations.Service()}, PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return func(account string) *awsorg.Client {
		return awsorg.New(awsorg.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.URL), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider("TWIN"+account, "secret", "")})
	}
}

func known() estate.Known[estate.Organization] {
	return estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: management, DelegatedAdministrators: estate.Of([]estate.AccountID{delegate})})
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return ""
}

func TestEveryMemberMayDescribeTheOrganization(t *testing.T) {
	client := start(t, known())
	out, err := client(member).DescribeOrganization(t.Context(), nil)
	if err != nil || *out.Organization.Id != "o-exampleorg1" || *out.Organization.MasterAccountId != management {
		t.Errorf("%v %+v", err, out)
	}
}

func TestAccountsArePagedForTheManagementAccount(t *testing.T) {
	client := start(t, known())
	var ids []string
	p := awsorg.NewListAccountsPaginator(client(management), &awsorg.ListAccountsInput{})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Accounts {
			ids = append(ids, *a.Id)
		}
	}
	if got := strings.Join(ids, " "); got != management+" "+delegate+" "+member {
		t.Errorf("accounts %s", got)
	}
	one, err := client(delegate).DescribeAccount(t.Context(), &awsorg.DescribeAccountInput{AccountId: aws.String(delegate)})
	if err != nil || *one.Account.Name != "d" || *one.Account.Arn != "arn:aws:organizations::111122223333:account/o-exampleorg1/222233334444" {
		t.Errorf("%v %+v", err, one)
	}
}

func TestDelegatedAdministratorsOfIdentityCenter(t *testing.T) {
	client := start(t, known())
	out, err := client(management).ListDelegatedAdministrators(t.Context(), &awsorg.ListDelegatedAdministratorsInput{ServicePrincipal: aws.String("sso.amazonaws.com")})
	if err != nil || len(out.DelegatedAdministrators) != 1 || *out.DelegatedAdministrators[0].Id != delegate {
		t.Errorf("%v %+v", err, out)
	}
	_, err = client(management).ListDelegatedAdministrators(t.Context(), &awsorg.ListDelegatedAdministratorsInput{ServicePrincipal: aws.String("ram.amazonaws.com")})
	if want := "TwinDoesNotKnow: twin does not know /organization/delegated_administrators/ram.amazonaws.com"; code(err) != want {
		t.Errorf("another service: %v", err)
	}
}

func TestWhatOrganizationsRefuses(t *testing.T) {
	list := func(c *awsorg.Client) error { _, err := c.ListAccounts(t.Context(), nil); return err }
	if got := code(list(start(t, known())(member))); got != "AccessDeniedException: You don't have permissions to access this resource." {
		t.Errorf("a member: %s", got)
	}
	if got := code(list(start(t, estate.Absent[estate.Organization]())(member))); got != "AWSOrganizationsNotInUseException: Your account is not a member of an organization." {
		t.Errorf("no organization: %s", got)
	}
	if got := code(list(start(t, estate.NotLooked[estate.Organization]("denied"))(member))); got != "TwinDoesNotKnow: twin does not know /organization" {
		t.Errorf("nobody looked: %s", got)
	}
	_, err := start(t, known())(management).DescribeAccount(t.Context(), &awsorg.DescribeAccountInput{AccountId: aws.String("999999999999")})
	if !strings.HasPrefix(code(err), "AccountNotFoundException") {
		t.Errorf("a stranger: %v", err)
	}
}
