// Package organizations is the twin's AWS Organizations, as far as reading goes: accounts, delegated administrators of Identity Center,
// and the control policies on the way from the root to each account. It must not change the organization.
package organizations

import (
	"fmt"
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// identityCenter is the only service whose delegated administrators an estate holds.
const identityCenter = "sso.amazonaws.com"

// Service is Organizations for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "organizations", IAM: "organizations", Handlers: map[string]kernel.Handler{
		"DescribeOrganization":            describeOrganization,
		"DescribeAccount":                 describeAccount,
		"ListAccounts":                    listAccounts,
		"ListDelegatedAdministrators":     listDelegatedAdministrators,
		"ListDelegatedServicesForAccount": listDelegatedServices,
		"ListRoots":                       listRoots,
		"ListParents":                     listParents,
		"ListPolicies":                    listPolicies,
		"ListPoliciesForTarget":           listPoliciesForTarget,
		"DescribePolicy":                  describePolicy,
	}}
}

func organization(r *kernel.Request) (estate.Organization, error) {
	o, ok, err := kernel.Need(r.Estate().Organization, "organization")
	if err == nil && !ok {
		err = kernel.Errorf("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	}
	return o, err
}

// administered is organization for the operations that only the management account and delegated administrators may use.
func administered(r *kernel.Request) (estate.Organization, error) {
	o, err := organization(r)
	if err != nil || r.Account == o.ManagementAccount {
		return o, err
	}
	delegates, _, err := kernel.Need(o.DelegatedAdministrators, "organization", "delegated_administrators")
	if err == nil && !slices.Contains(delegates, r.Account) {
		err = kernel.Errorf("AccessDeniedException", "You don't have permissions to access this resource.")
	}
	return o, err
}

func describeOrganization(r *kernel.Request) (any, error) {
	o, err := organization(r)
	return map[string]any{"Organization": map[string]any{
		"Id": o.ID, "Arn": fmt.Sprintf("arn:aws:organizations::%s:organization/%s", o.ManagementAccount, o.ID), "FeatureSet": "ALL",
		"MasterAccountId": o.ManagementAccount, "MasterAccountArn": accountARN(o, o.ManagementAccount),
	}}, err
}

func accountARN(o estate.Organization, id estate.AccountID) string {
	return fmt.Sprintf("arn:aws:organizations::%s:account/%s/%s", o.ManagementAccount, o.ID, id)
}

// view is an account as Organizations shows it. Every account of a world is a member.
func view(r *kernel.Request, o estate.Organization, id estate.AccountID) map[string]any {
	return map[string]any{"Id": id, "Arn": accountARN(o, id), "Name": r.Estate().Accounts[id].Name, "Status": "ACTIVE", "State": "ACTIVE"}
}

func describeAccount(r *kernel.Request) (any, error) {
	var in struct{ AccountId estate.AccountID }
	o, err := administered(r)
	if err == nil {
		err = r.Decode(&in)
	}
	if err != nil {
		return nil, err
	}
	if _, ok := r.Estate().Accounts[in.AccountId]; !ok {
		return nil, kernel.Errorf("AccountNotFoundException", "You specified an account that doesn't exist.")
	}
	return map[string]any{"Account": view(r, o, in.AccountId)}, nil
}

func listAccounts(r *kernel.Request) (any, error) {
	o, err := administered(r)
	if err != nil {
		return nil, err
	}
	return page(r, "Accounts", accounts(r, o, slices.Sorted(maps.Keys(r.Estate().Accounts))))
}

func listDelegatedAdministrators(r *kernel.Request) (any, error) {
	var in struct{ ServicePrincipal string }
	o, err := administered(r)
	if err == nil {
		err = r.Decode(&in)
	}
	if err != nil {
		return nil, err
	}
	if in.ServicePrincipal != identityCenter {
		return nil, kernel.DoesNotKnow("organization", "delegated_administrators", in.ServicePrincipal)
	}
	delegates, _, err := kernel.Need(o.DelegatedAdministrators, "organization", "delegated_administrators")
	if err != nil {
		return nil, err
	}
	return page(r, "DelegatedAdministrators", accounts(r, o, slices.Sorted(slices.Values(delegates))))
}

// listDelegatedServices names Identity Center or nothing: an estate holds no other service's administrators.
func listDelegatedServices(r *kernel.Request) (any, error) {
	var in struct{ AccountId estate.AccountID }
	o, err := administered(r)
	if err == nil {
		err = r.Decode(&in)
	}
	if err != nil {
		return nil, err
	}
	if _, ok := r.Estate().Accounts[in.AccountId]; !ok {
		return nil, kernel.Errorf("AccountNotFoundException", "You specified an account that doesn't exist.")
	}
	delegates, _, err := kernel.Need(o.DelegatedAdministrators, "organization", "delegated_administrators")
	if err != nil {
		return nil, err
	}
	services := []any{}
	if slices.Contains(delegates, in.AccountId) {
		services = append(services, map[string]any{"ServicePrincipal": identityCenter})
	}
	return page(r, "DelegatedServices", services)
}

func accounts(r *kernel.Request, o estate.Organization, ids []estate.AccountID) []any {
	views := []any{}
	for _, id := range ids {
		views = append(views, view(r, o, id))
	}
	return views
}

// page answers one page, at most 20 (idc-kms 9.4).
func page(r *kernel.Request, member string, all []any) (any, error) {
	var in struct {
		NextToken  string
		MaxResults int
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	items, next, ok := kernel.Page(r, all, in.NextToken, in.MaxResults, 20)
	if !ok {
		return nil, kernel.Errorf("InvalidInputException", "You specified an invalid value for nextToken.")
	}
	out := map[string]any{member: items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
