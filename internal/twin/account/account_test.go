package account_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsaccount "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/account"
	"rehome/internal/twin/kernel"
)

const management, member = "111122223333", "444455556666"

func start(t *testing.T) func(account string) *awsaccount.Client {
	t.Helper()
	w := estate.World{Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: management}),
		Accounts: map[estate.AccountID]estate.Account{management: {}, member: {Regions: estate.Of(map[estate.Region]estate.OptStatus{
			"us-east-1": estate.OptEnabledByDefault, "ap-south-1": estate.OptEnabledByDefault, "af-south-1": estate.OptDisabled})}}}}
	k, err := kernel.New(kernel.Config{World: w, Services: []kernel.Service{account.Service()}, PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return func(id string) *awsaccount.Client {
		return awsaccount.New(awsaccount.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.URL), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider("TWIN"+id, "secret", "")})
	}
}

func list(t *testing.T, c *awsaccount.Client, in *awsaccount.ListRegionsInput) (string, error) {
	t.Helper()
	var out []string
	p := awsaccount.NewListRegionsPaginator(c, in)
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			return "", err
		}
		for _, r := range page.Regions {
			out = append(out, *r.RegionName+"="+string(r.RegionOptStatus))
		}
	}
	return strings.Join(out, " "), nil
}

func TestRegionsOfAnAccount(t *testing.T) {
	client := start(t)
	for name, tc := range map[string]struct {
		caller string
		in     awsaccount.ListRegionsInput
		want   string
	}{
		"its own":               {member, awsaccount.ListRegionsInput{}, "af-south-1=DISABLED ap-south-1=ENABLED_BY_DEFAULT us-east-1=ENABLED_BY_DEFAULT"},
		"those without opt-in":  {member, awsaccount.ListRegionsInput{RegionOptStatusContains: []types.RegionOptStatus{"DISABLED"}}, "af-south-1=DISABLED"},
		"asked from management": {management, awsaccount.ListRegionsInput{AccountId: aws.String(member), RegionOptStatusContains: []types.RegionOptStatus{"DISABLED"}}, "af-south-1=DISABLED"},
	} {
		if got, err := list(t, client(tc.caller), &tc.in); err != nil || got != tc.want {
			t.Errorf("%s: %v %s", name, err, got)
		}
	}
	out, err := client(member).GetRegionOptStatus(t.Context(), &awsaccount.GetRegionOptStatusInput{RegionName: aws.String("af-south-1")})
	if err != nil || out.RegionOptStatus != types.RegionOptStatusDisabled {
		t.Errorf("%v %+v", err, out)
	}
}

func TestRegionsThatAreNotShown(t *testing.T) {
	client := start(t)
	code := func(err error) string {
		var api smithy.APIError
		if errors.As(err, &api) {
			return api.ErrorCode() + ": " + api.ErrorMessage()
		}
		return ""
	}
	if _, err := list(t, client(member), &awsaccount.ListRegionsInput{AccountId: aws.String(management)}); !strings.HasPrefix(code(err), "AccessDeniedException") {
		t.Errorf("another account's: %v", err)
	}
	if _, err := list(t, client(management), &awsaccount.ListRegionsInput{}); code(err) != "TwinDoesNotKnow: twin does not know /accounts/111122223333/regions" {
		t.Errorf("nobody looked: %v", err)
	}
	_, err := client(member).GetRegionOptStatus(t.Context(), &awsaccount.GetRegionOptStatusInput{RegionName: aws.String("eu-south-1")})
	if code(err) != "TwinDoesNotKnow: twin does not know /accounts/444455556666/regions/eu-south-1" {
		t.Errorf("nobody looked at one: %v", err)
	}
}
