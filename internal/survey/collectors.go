package survey

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// regions reads which Regions each account may use.
func (c *collector) regions(ctx context.Context) error {
	c.saying("Regions")
	for _, id := range c.ids() {
		list, err := c.Cloud.ListRegions(ctx, id)
		known, err := seen(list, err)
		if err != nil {
			return err
		}
		c.accounts[id].Regions = known
	}
	return nil
}

func (c *collector) organizations(ctx context.Context) error {
	c.saying("the organization")
	id := c.Spec.Management.Account
	org, err := c.Cloud.DescribeOrganization(ctx, id)
	known, err := seen(org, err)
	if err != nil {
		return err
	}
	if o, ok := known.Get(); ok {
		admins, err := c.Cloud.ListDelegatedAdministrators(ctx, id)
		if o.DelegatedAdministrators, err = seen(admins, err); err != nil {
			return err
		}
		known = estate.Of(o)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.organization = known
	return nil
}

// identityCenter finds the organization instance, whatever Region the caller's profile has, and reads all about it.
func (c *collector) identityCenter(ctx context.Context) error {
	c.saying("IAM Identity Center")
	inst, err := c.findInstance(ctx)
	if err != nil {
		return err
	}
	if i, ok := inst.Get(); ok {
		if err := c.describeInstance(ctx, &i); err != nil {
			return err
		}
		inst = estate.Of(i)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.instance = inst
	return nil
}

// findInstance asks Region by Region, target first: an instance answers where it is homed or replicated, elsewhere the list is
// empty and no error (idc-kms 1.2). Only when every Region could be asked is an empty result an absence.
func (c *collector) findInstance(ctx context.Context) (estate.Known[estate.Instance], error) {
	id := c.Spec.Administrator().Account
	order := append([]estate.Region{c.Spec.TargetRegion}, c.Spec.Table().DefaultEnabled...)
	refused := estate.Absent[estate.Instance]()
	for _, r := range slices.Compact(order) {
		if !c.usable(id, r) {
			continue
		}
		list, err := c.Cloud.IdentityCenter(id, r).ListInstances(ctx)
		if err != nil {
			if refused, err = unseen[estate.Instance](err); err != nil {
				return refused, err
			}
			continue
		}
		for _, i := range list {
			if i.Owner == c.Spec.Management.Account {
				return estate.Of(i), nil
			}
		}
	}
	return refused, nil
}

func (c *collector) describeInstance(ctx context.Context, i *estate.Instance) error {
	id, home := c.Spec.Administrator().Account, i.PrimaryRegion
	idc, store := c.Cloud.IdentityCenter(id, home), c.Cloud.IdentityStore(id, home, i.IdentityStoreID)
	full, err := idc.DescribeInstance(ctx, i.ARN)
	if i.Encryption, err = describedEncryption(full, err); err != nil {
		return err
	}
	list, _, err := idc.ListRegions(ctx, i.ARN)
	if i.Regions, err = seen(list, err); err != nil {
		return err
	}
	users, err := store.ListUsers(ctx)
	if i.Users, err = seen(users, err); err != nil {
		return err
	}
	if err := c.groups(ctx, i); err != nil {
		return err
	}
	if err := c.replicas(ctx, i); err != nil {
		return err
	}
	if err := c.applications(ctx, idc, i); err != nil {
		return err
	}
	return c.key(ctx, i)
}

func describedEncryption(full estate.Instance, err error) (estate.Known[estate.Encryption], error) {
	if err != nil {
		return unseen[estate.Encryption](err)
	}
	return full.Encryption, nil
}

// applications reads the instance's applications, with grants and assignments of those that belong to the Quick account.
func (c *collector) applications(ctx context.Context, idc cloud.IdentityCenter, i *estate.Instance) error {
	apps, err := idc.ListApplications(ctx, i.ARN)
	for arn, app := range apps {
		if app.Account != c.Spec.Quick.Account {
			continue
		}
		grants, gerr := idc.ListApplicationGrants(ctx, arn)
		if app.Grants, gerr = seen(grants, gerr); gerr != nil {
			return gerr
		}
		assignments, aerr := idc.ListApplicationAssignments(ctx, arn)
		if app.Assignments, aerr = seen(assignments, aerr); aerr != nil {
			return aerr
		}
		apps[arn] = app
	}
	i.Applications, err = seen(apps, err)
	return err
}

// groups reads groups and their members at the home Region, and the groups' names again at every Region of the instance: that
// they can be read there is a fact of its own.
func (c *collector) groups(ctx context.Context, i *estate.Instance) error {
	id := c.Spec.Administrator().Account
	home := c.Cloud.IdentityStore(id, i.PrimaryRegion, i.IdentityStoreID)
	groups, err := home.ListGroups(ctx)
	for gid, g := range groups {
		members, merr := home.ListGroupMemberships(ctx, gid)
		if g.Members, merr = seen(members, merr); merr != nil {
			return merr
		}
		groups[gid] = g
	}
	if i.Groups, err = seen(groups, err); err != nil {
		return err
	}
	i.GroupsAt = map[estate.Region]estate.Known[[]string]{}
	for r, state := range i.Regions.Or(nil) {
		if state != estate.RegionActive {
			continue
		}
		there, err := c.Cloud.IdentityStore(id, r, i.IdentityStoreID).ListGroups(ctx)
		var names []string
		for _, g := range there {
			names = append(names, g.DisplayName)
		}
		slices.Sort(names)
		if i.GroupsAt[r], err = seen(names, err); err != nil {
			return err
		}
	}
	return nil
}

// assets sweeps every Region that the account may use, whatever the identity Region is: a deletion destroys them all.
func (c *collector) assets(ctx context.Context, id estate.AccountID, q *estate.Quick) error {
	q.Assets = map[estate.Region]estate.Known[[]estate.Asset]{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(concurrency)
	home, _ := q.IdentityRegion.Get()
	for _, r := range c.Spec.AssetRegions(home) {
		if r == "" {
			continue
		}
		if !c.usable(id, r) {
			c.mu.Lock()
			q.Assets[r] = c.unusable(id, r)
			c.mu.Unlock()
			continue
		}
		g.Go(func() error {
			c.saying("Quick assets in " + string(r))
			list, err := c.assetsAt(ctx, id, r)
			known, err := seen(list, err)
			c.mu.Lock()
			defer c.mu.Unlock()
			q.Assets[r] = known
			return err
		})
	}
	return g.Wait()
}

// unusable: a Region without opt-in holds nothing; one on its way in or out may.
func (c *collector) unusable(id estate.AccountID, r estate.Region) estate.Known[[]estate.Asset] {
	if status := c.accounts[id].Regions.Or(nil)[r]; status != estate.OptDisabled {
		return estate.NotLooked[[]estate.Asset]("the Region is " + string(status) + " for the account")
	}
	return estate.Absent[[]estate.Asset]()
}

func (c *collector) assetsAt(ctx context.Context, id estate.AccountID, r estate.Region) ([]estate.Asset, error) {
	out := []estate.Asset{}
	for _, t := range estate.AssetTypes {
		list, err := c.Cloud.Quick(id, r).ListAssets(ctx, t)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}
