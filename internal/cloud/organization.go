package cloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	accounts "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"rehome/internal/estate"
)

var (
	organizationService = api[organizations.Client, organizations.Options]{"organizations", organizations.NewFromConfig}
	accountService      = api[accounts.Client, accounts.Options]{"account", accounts.NewFromConfig}
)

// DescribeOrganization gives the organization of the account, without delegated administrators. An account outside of any is
// NotFound.
func (c *Cloud) DescribeOrganization(ctx context.Context, id estate.AccountID) (estate.Organization, error) {
	s := site{c, id, globalRegion}
	out, err := call(ctx, s, organizationService, (*organizations.Client).DescribeOrganization, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return estate.Organization{}, err
	}
	if out.Organization == nil {
		return estate.Organization{}, odd[organizations.DescribeOrganizationInput](s, organizationService.id, "the answer was empty")
	}
	return estate.Organization{ID: aws.ToString(out.Organization.Id), ManagementAccount: text[estate.AccountID](out.Organization.MasterAccountId)}, nil
}

// ListDelegatedAdministrators gives the accounts that administer Identity Center beside the management account, sorted.
func (c *Cloud) ListDelegatedAdministrators(ctx context.Context, id estate.AccountID) ([]estate.AccountID, error) {
	var admins []estate.AccountID
	in := &organizations.ListDelegatedAdministratorsInput{ServicePrincipal: aws.String("sso.amazonaws.com")}
	err := pages(ctx, site{c, id, globalRegion}, organizationService, (*organizations.Client).ListDelegatedAdministrators, in, func(out *organizations.ListDelegatedAdministratorsOutput) {
		for _, a := range out.DelegatedAdministrators {
			admins = append(admins, text[estate.AccountID](a.Id))
		}
	})
	slices.Sort(admins)
	return admins, err
}

// ListRegions gives the opt-in status of every Region for the account.
func (c *Cloud) ListRegions(ctx context.Context, id estate.AccountID) (map[estate.Region]estate.OptStatus, error) {
	regions := map[estate.Region]estate.OptStatus{}
	err := pages(ctx, site{c, id, globalRegion}, accountService, (*accounts.Client).ListRegions, &accounts.ListRegionsInput{}, func(out *accounts.ListRegionsOutput) {
		for _, r := range out.Regions {
			regions[text[estate.Region](r.RegionName)] = estate.OptStatus(r.RegionOptStatus)
		}
	})
	return regions, err
}
