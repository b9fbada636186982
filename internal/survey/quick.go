package survey

import (
	"context"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// quickRegion is where the account is asked about Quick first: the target, or another Region of Quick that the account may use.
func (c *collector) quickRegion(id estate.AccountID) estate.Region {
	for _, r := range append([]estate.Region{c.Spec.TargetRegion}, c.Spec.Table().Desktop...) {
		if c.usable(id, r) {
			return r
		}
	}
	return c.Spec.TargetRegion
}

// otherQuicks reads whether further accounts of the spec have Quick too, and who is in it: people in two accounts are paid twice.
func (c *collector) otherQuicks(ctx context.Context) error {
	for _, id := range c.ids() {
		if id == c.Spec.Quick.Account {
			continue
		}
		known, err := c.Cloud.Quick(id, c.quickRegion(id)).DescribeAccountSubscription(ctx)
		if err != nil {
			if known, err = unseen[estate.Quick](err); err != nil {
				return err
			}
		}
		if q, ok := known.Get(); ok {
			if q.IdentityRegion, q.Namespaces, err = c.identityRegion(ctx, id); err != nil {
				return err
			}
			if r, ok := q.IdentityRegion.Get(); ok {
				if err := c.people(ctx, id, r, &q); err != nil {
					return err
				}
			}
			known = estate.Of(q)
		}
		c.mu.Lock()
		c.accounts[id].Quick = known
		c.mu.Unlock()
	}
	return nil
}

// quick reads the Quick account: subscription, identity Region, settings, namespaces with their people, roles, assets.
func (c *collector) quick(ctx context.Context) error {
	c.saying("Amazon Quick")
	id := c.Spec.Quick.Account
	known, err := c.Cloud.Quick(id, c.quickRegion(id)).DescribeAccountSubscription(ctx)
	if err != nil {
		if known, err = unseen[estate.Quick](err); err != nil {
			return err
		}
	}
	if q, ok := known.Get(); ok {
		if err := c.describeQuick(ctx, id, &q); err != nil {
			return err
		}
		known = estate.Of(q)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accounts[id].Quick = known
	return nil
}

func (c *collector) describeQuick(ctx context.Context, id estate.AccountID, q *estate.Quick) error {
	home, namespaces, err := c.identityRegion(ctx, id)
	if err != nil {
		return err
	}
	q.IdentityRegion, q.Namespaces = home, namespaces
	if r, ok := home.Get(); ok {
		settings, err := c.Cloud.Quick(id, r).DescribeAccountSettings(ctx)
		if q.TerminationProtection, err = seen(settings.TerminationProtection, err); err != nil {
			return err
		}
		if err := c.people(ctx, id, r, q); err != nil {
			return err
		}
	}
	if c.People {
		return nil
	}
	return c.assets(ctx, id, q)
}

// identityRegion finds where users and namespaces live, by API: the default namespace's CapacityRegion. A refusal that names
// another Region is a hint only; it counts when that Region confirms it.
func (c *collector) identityRegion(ctx context.Context, id estate.AccountID) (estate.Known[estate.Region], estate.Known[map[string]estate.Namespace], error) {
	at := c.quickRegion(id)
	list, err := c.Cloud.Quick(id, at).ListNamespaces(ctx)
	if hint, ok := cloud.IdentityRegionHint(err); ok {
		at = hint
		list, err = c.Cloud.Quick(id, at).ListNamespaces(ctx)
	}
	namespaces, err := seen(list, err)
	if err != nil {
		return estate.Known[estate.Region]{}, namespaces, err
	}
	if !namespaces.IsKnown() {
		return estate.NotLooked[estate.Region](namespaces.Why()), namespaces, nil
	}
	def, ok := list[estate.DefaultNamespace]
	if !ok || def.CapacityRegion == "" {
		return estate.NotLooked[estate.Region]("ListNamespaces shows no default namespace"), namespaces, nil
	}
	return estate.Of(def.CapacityRegion), namespaces, nil
}

func (c *collector) people(ctx context.Context, id estate.AccountID, home estate.Region, q *estate.Quick) error {
	at, spaces := c.Cloud.Quick(id, home), q.Namespaces.Or(nil)
	for name, ns := range spaces {
		users, err := at.ListUsers(ctx, name)
		if ns.Users, err = seen(users, err); err != nil {
			return err
		}
		if ns.Groups, err = c.quickGroups(ctx, at, name); err != nil {
			return err
		}
		spaces[name] = ns
	}
	if q.Authentication != estate.AuthIdentityCenter {
		q.Roles = estate.Absent[map[estate.QuickRole][]string]()
		return nil
	}
	roles := map[estate.QuickRole][]string{}
	for _, role := range estate.QuickRoles {
		groups, err := at.ListRoleMemberships(ctx, estate.DefaultNamespace, role)
		if err != nil {
			var uerr error
			q.Roles, uerr = unseen[map[estate.QuickRole][]string](err)
			return uerr
		}
		roles[role] = groups
	}
	q.Roles = estate.Of(roles)
	return nil
}

func (c *collector) quickGroups(ctx context.Context, at cloud.Quick, namespace string) (estate.Known[map[string][]string], error) {
	names, err := at.ListGroups(ctx, namespace)
	if err != nil {
		return unseen[map[string][]string](err)
	}
	out := map[string][]string{}
	for _, name := range names {
		if out[name], err = at.ListGroupMemberships(ctx, namespace, name); err != nil {
			return unseen[map[string][]string](err)
		}
	}
	return estate.Of(out), nil
}
