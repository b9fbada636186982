package survey

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
// empty and no error (idc-kms 1.2).
func (c *collector) findInstance(ctx context.Context) (estate.Known[estate.Instance], error) {
	known, _, err := c.instanceOf(ctx, c.Spec.Administrator().Account, c.Spec.Management.Account, c.Spec.TargetRegion)
	return known, err
}

// instanceOf asks an account for the instance that owner has, and says where it was listed. Only when every Region could be asked is an
// empty result an absence.
func (c *collector) instanceOf(ctx context.Context, id, owner estate.AccountID, first ...estate.Region) (known estate.Known[estate.Instance], at estate.Region, err error) {
	order, unseen := c.instanceRegions(id, first)
	for _, r := range order {
		list, err := c.Cloud.IdentityCenter(id, r).ListInstances(ctx)
		seenThere, err := seen(list, err)
		if err != nil {
			return known, "", err
		}
		if !seenThere.Looked() {
			unseen = seenThere.Why()
		}
		for _, i := range list {
			if i.Owner == owner {
				return estate.Of(i), r, nil
			}
		}
	}
	if unseen != "" {
		return estate.NotLooked[estate.Instance](unseen), "", nil
	}
	return estate.Absent[estate.Instance](), "", nil
}

// instanceRegions are the Regions in which an account can be asked, each once: the given ones, those that are enabled by default, those
// that the account has enabled. unseen says why there may be one that cannot be asked; empty: there is none.
func (c *collector) instanceRegions(id estate.AccountID, first []estate.Region) (order []estate.Region, unseen string) {
	regions := c.accounts[id].Regions
	if !regions.Looked() {
		unseen = cmp.Or(regions.Why(), "which Regions the account has enabled is not known")
	}
	for _, r := range slices.Concat(first, c.Spec.Table().DefaultEnabled, slices.Sorted(maps.Keys(regions.Or(nil)))) {
		switch {
		case slices.Contains(order, r):
		case c.usable(id, r):
			order = append(order, r)
		case regions.Or(nil)[r] != estate.OptDisabled: // on its way in or out
			unseen = fmt.Sprintf("%s is %s for the account", r, regions.Or(nil)[r])
		}
	}
	return order, unseen
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
	if err := c.tokenIssuers(ctx, idc, i); err != nil {
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
