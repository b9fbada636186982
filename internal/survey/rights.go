package survey

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// sample is how many people are looked up one by one in every Region: enough to see that ids are the same, few enough for 20 calls
// a second (idc-kms 1.8).
const sample = 20

// replicas looks a sample of people up by id in every Region of the instance: that the ids are equal there is what replication means.
func (c *collector) replicas(ctx context.Context, i *estate.Instance) error {
	ids := slices.Sorted(maps.Keys(i.Users.Or(nil)))
	ids = ids[:min(sample, len(ids))]
	i.UsersAt = map[estate.Region]estate.Known[map[estate.UserID]string]{}
	for r, state := range i.Regions.Or(nil) {
		if state != estate.RegionActive || r == i.PrimaryRegion || len(ids) == 0 {
			continue
		}
		there, err := c.namesAt(ctx, i, r, ids)
		if i.UsersAt[r], err = seen(there, err); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) namesAt(ctx context.Context, i *estate.Instance, r estate.Region, ids []estate.UserID) (map[estate.UserID]string, error) {
	store, names := c.Cloud.IdentityStore(c.Spec.Administrator().Account, r, i.IdentityStoreID), map[estate.UserID]string{}
	for _, id := range ids {
		u, err := store.DescribeUser(ctx, id)
		switch {
		case cloud.KindOf(err) == cloud.NotFound:
			continue
		case err != nil:
			return nil, err
		}
		names[id] = u.UserName
	}
	return names, nil
}

// accountInstances looks in each member account for an instance of its own, which serves that account's applications only.
func (c *collector) accountInstances(ctx context.Context) error {
	for _, id := range c.ids() {
		if id == c.Spec.Management.Account {
			continue // no account instance can be made there (idc-kms 1.2)
		}
		found, err := c.accountInstance(ctx, id)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.accounts[id].AccountInstance = found
		c.mu.Unlock()
	}
	return nil
}

func (c *collector) accountInstance(ctx context.Context, id estate.AccountID) (estate.Known[estate.Instance], error) {
	known, at, err := c.instanceOf(ctx, id, id)
	if i, ok := known.Get(); ok {
		i.PrimaryRegion = cmp.Or(i.PrimaryRegion, at)
		known = estate.Of(i)
	}
	return known, err
}

// controls reads the organization's policies on each account. They do not bind the management account (idc-kms 4.1), so its are not
// read.
func (c *collector) controls(ctx context.Context) error {
	if !c.organization.IsKnown() {
		return nil
	}
	c.saying("service control policies")
	for _, id := range c.ids() {
		if id == c.Spec.Management.Account {
			continue
		}
		list, err := c.Cloud.Controls(ctx, c.Spec.Management.Account, id)
		if c.accounts[id].Controls, err = seen(list, err); err != nil {
			return err
		}
	}
	return nil
}

// rights asks AWS's simulator what each account's caller may do; one call for each resource and Region.
func (c *collector) rights(ctx context.Context, s *estate.Survey) error {
	if c.Ask == nil || c.People {
		return nil
	}
	questions := c.Ask(s)
	for _, id := range c.ids() {
		known, err := c.rightsIn(ctx, id, questions[id])
		if err != nil {
			return err
		}
		a := s.Estate.Accounts[id]
		a.Rights = known
		s.Estate.Accounts[id] = a
	}
	return nil
}

func (c *collector) rightsIn(ctx context.Context, id estate.AccountID, questions []Question) (estate.Known[map[string]estate.Right], error) {
	c.saying("what the caller in " + string(id) + " may do")
	type place struct {
		resource string
		region   estate.Region
	}
	byPlace := map[place][]string{}
	for _, q := range questions {
		at := place{q.Resource, q.Region}
		byPlace[at] = append(byPlace[at], q.Action)
	}
	all := map[string]estate.Right{}
	for _, at := range slices.SortedFunc(maps.Keys(byPlace), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.resource, b.resource), cmp.Compare(a.region, b.region))
	}) {
		rights, err := c.Cloud.SimulatePrincipalPolicy(ctx, id, byPlace[at], at.resource, at.region)
		if err != nil {
			return unseen[map[string]estate.Right](err)
		}
		for action, right := range rights {
			if was, asked := all[action]; !asked || was == estate.RightAllowed { // an action on two things needs both
				all[action] = right
			}
		}
	}
	return estate.Of(all), nil
}
