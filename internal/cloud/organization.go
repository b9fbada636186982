package cloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	accounts "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

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

// Controls gives the service and resource control policies that bind an account, from the root down. It is asked as the management
// account or a delegated administrator.
func (c *Cloud) Controls(ctx context.Context, as, id estate.AccountID) (estate.Controls, error) {
	var out estate.Controls
	targets, err := c.ancestry(ctx, as, id)
	if err != nil {
		return out, err
	}
	for _, kind := range []struct {
		filter types.PolicyType
		levels *[]estate.ControlLevel
	}{{types.PolicyTypeServiceControlPolicy, &out.Service}, {types.PolicyTypeResourceControlPolicy, &out.Resource}} {
		for _, target := range targets {
			level, err := c.controlsAt(ctx, as, target, kind.filter)
			if err != nil {
				return out, err
			}
			if len(level.Policies) > 0 { // a type that is not enabled has no policies anywhere
				*kind.levels = append(*kind.levels, level)
			}
		}
	}
	return out, nil
}

// ancestry is the account with everything above it, the root first.
func (c *Cloud) ancestry(ctx context.Context, as, id estate.AccountID) ([]string, error) {
	out := []string{string(id)}
	for {
		var parent types.Parent
		in := &organizations.ListParentsInput{ChildId: &out[0]}
		err := pages(ctx, site{c, as, globalRegion}, organizationService, (*organizations.Client).ListParents, in, func(o *organizations.ListParentsOutput) {
			for _, p := range o.Parents { // AWS: an account or unit has exactly one
				parent = p
			}
		})
		if err != nil {
			return nil, err
		}
		if parent.Id == nil {
			return out, nil
		}
		out = append([]string{*parent.Id}, out...)
		if parent.Type == types.ParentTypeRoot {
			return out, nil
		}
	}
}

func (c *Cloud) controlsAt(ctx context.Context, as estate.AccountID, target string, filter types.PolicyType) (estate.ControlLevel, error) {
	level, at := estate.ControlLevel{Target: target, Policies: map[string]string{}}, site{c, as, globalRegion}
	var found []types.PolicySummary
	in := &organizations.ListPoliciesForTargetInput{TargetId: &target, Filter: filter}
	err := pages(ctx, at, organizationService, (*organizations.Client).ListPoliciesForTarget, in, func(o *organizations.ListPoliciesForTargetOutput) {
		found = append(found, o.Policies...)
	})
	for _, p := range found {
		out, err := call(ctx, at, organizationService, (*organizations.Client).DescribePolicy, &organizations.DescribePolicyInput{PolicyId: p.Id})
		if err != nil {
			return level, err
		}
		if out.Policy != nil {
			level.Policies[aws.ToString(p.Name)] = aws.ToString(out.Policy.Content)
		}
	}
	return level, err
}
