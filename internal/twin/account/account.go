// Package account is the twin's AWS Account Management: which Regions an account has opted into. It must not change them.
package account

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// Service is Account Management for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "account", IAM: "account", Handlers: map[string]kernel.Handler{
		"ListRegions": listRegions, "GetRegionOptStatus": getRegionOptStatus,
	}}
}

type region struct {
	RegionName      estate.Region
	RegionOptStatus estate.OptStatus
}

// subject is the account that the call asks about. Another account's Regions are for the management account (Account Management
// API reference, AccountId); delegated administration of this service is not modelled.
func subject(r *kernel.Request, id estate.AccountID) (estate.AccountID, error) {
	if id == "" || id == r.Account {
		return r.Account, nil
	}
	o, _, err := kernel.Need(r.Estate().Organization, "organization")
	_, member := r.Estate().Accounts[id]
	if err == nil && (o.ManagementAccount != r.Account || !member) {
		err = kernel.Errorf("AccessDeniedException", "%s is not authorized to perform: account:%s on the account %s", r.Caller, r.Operation, id).WithStatus(403)
	}
	return id, err
}

func listRegions(r *kernel.Request) (any, error) {
	var in struct {
		AccountId               estate.AccountID
		MaxResults              int
		NextToken               string
		RegionOptStatusContains []estate.OptStatus
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	id, err := subject(r, in.AccountId)
	if err != nil {
		return nil, err
	}
	statuses, _, err := kernel.Need(r.Estate().Accounts[id].Regions, "accounts", string(id), "regions")
	if err != nil {
		return nil, err
	}
	all := []region{}
	for _, name := range slices.Sorted(maps.Keys(statuses)) {
		if len(in.RegionOptStatusContains) == 0 || slices.Contains(in.RegionOptStatusContains, statuses[name]) {
			all = append(all, region{name, statuses[name]})
		}
	}
	page, next, ok := kernel.Page(r, all, in.NextToken, in.MaxResults, 50)
	if !ok {
		return nil, kernel.Errorf("ValidationException", "The token is not valid.")
	}
	out := map[string]any{"Regions": page}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func getRegionOptStatus(r *kernel.Request) (any, error) {
	var in struct {
		AccountId  estate.AccountID
		RegionName estate.Region
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	id, err := subject(r, in.AccountId)
	if err != nil {
		return nil, err
	}
	statuses, _, err := kernel.Need(r.Estate().Accounts[id].Regions, "accounts", string(id), "regions")
	if err != nil {
		return nil, err
	}
	status, listed := statuses[in.RegionName]
	if !listed {
		return nil, kernel.DoesNotKnow("accounts", string(id), "regions", string(in.RegionName))
	}
	return region{in.RegionName, status}, nil
}
