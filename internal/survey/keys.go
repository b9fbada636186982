package survey

import (
	"cmp"
	"context"
	"slices"

	"rehome/internal/estate"
)

// key reads the instance's key and each copy's own policy.
func (c *collector) key(ctx context.Context, i *estate.Instance) error {
	enc, ok := i.Encryption.Get()
	if !ok {
		return nil
	}
	if enc.KeyType != estate.CustomerManagedKey {
		return c.ownKeys(ctx, i.PrimaryRegion)
	}
	owner, id := enc.KeyARN.Account(), enc.KeyARN.KeyID()
	if c.accounts[owner] == nil {
		return nil // not in the spec: the key is not looked at
	}
	if err := c.keyCopies(ctx, i, owner, enc.KeyARN.Region(), id); err != nil {
		return err
	}
	if c.accounts[owner].Keys[id].MultiRegion {
		return nil
	}
	return c.ownKeys(ctx, i.PrimaryRegion) // this one will have to be replaced
}

// ownKeys looks for keys that an earlier run made and nothing uses yet: CreateKey has no client token, so the tag is the only trace.
func (c *collector) ownKeys(ctx context.Context, home estate.Region) error {
	id := c.Spec.Management.Account
	kms := c.Cloud.KMS(id, home)
	ids, err := kms.ListKeys(ctx)
	if err != nil {
		_, err := unseen[estate.KeyID](err)
		return err
	}
	inst := &estate.Instance{PrimaryRegion: home}
	for _, key := range ids {
		tags, err := kms.ListResourceTags(ctx, key)
		if _, err := seen(tags, err); err != nil {
			return err
		}
		if tags[estate.TagCreatedBy] != estate.CreatedByUs {
			continue
		}
		if err := c.keyCopies(ctx, inst, id, home, key); err != nil {
			return err
		}
	}
	return nil
}

// keyCopies reads one key with every copy of it.
func (c *collector) keyCopies(ctx context.Context, i *estate.Instance, owner estate.AccountID, at estate.Region, id estate.KeyID) error {
	key, err := c.Cloud.KMS(owner, at).DescribeKey(ctx, id)
	if err != nil {
		_, err := unseen[estate.Key](err)
		return err
	}
	out := estate.Key{MultiRegion: key.MultiRegion, Primary: cmp.Or(key.Primary, at), Spec: key.Spec, Usage: key.Usage, Manager: key.Manager,
		Copies: map[estate.Region]estate.Known[estate.KeyCopy]{}}
	have := append([]estate.Region{out.Primary}, key.Replicas...)
	for _, r := range c.keyRegions(i, have) {
		if !slices.Contains(have, r) {
			out.Copies[r] = estate.Absent[estate.KeyCopy]()
			continue
		}
		if out.Copies[r], err = c.keyCopy(ctx, owner, r, id); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accounts[owner].Keys == nil {
		c.accounts[owner].Keys = map[estate.KeyID]estate.Key{}
	}
	c.accounts[owner].Keys[id] = out
	return nil
}

// keyRegions are the Regions in which a copy exists or is needed.
func (c *collector) keyRegions(i *estate.Instance, have []estate.Region) []estate.Region {
	out := append([]estate.Region{c.Spec.TargetRegion}, have...)
	for r := range i.Regions.Or(nil) {
		out = append(out, r)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *collector) keyCopy(ctx context.Context, owner estate.AccountID, r estate.Region, id estate.KeyID) (estate.Known[estate.KeyCopy], error) {
	kms := c.Cloud.KMS(owner, r)
	meta, err := kms.DescribeKey(ctx, id)
	if err != nil {
		return unseen[estate.KeyCopy](err)
	}
	out := estate.KeyCopy{State: meta.State, Description: meta.Description, Deletion: meta.Deletion}
	tags, err := kms.ListResourceTags(ctx, id)
	if out.Tags, err = seen(tags, err); err != nil {
		return estate.Known[estate.KeyCopy]{}, err
	}
	text, err := kms.GetKeyPolicy(ctx, id)
	if out.Policy, err = seen(text, err); err != nil {
		return estate.Known[estate.KeyCopy]{}, err
	}
	return estate.Of(out), nil
}
