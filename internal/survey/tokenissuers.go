package survey

import (
	"context"
	"maps"
	"slices"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// tokenIssuers reads the trusted token issuers at home, and which of them every other Region of the instance shows.
func (c *collector) tokenIssuers(ctx context.Context, idc cloud.IdentityCenter, i *estate.Instance) error {
	if !c.Spec.WantsDesktop() {
		return nil
	}
	all, err := idc.ListTrustedTokenIssuers(ctx, i.ARN)
	for _, arn := range slices.Sorted(maps.Keys(all)) {
		full, derr := idc.DescribeTrustedTokenIssuer(ctx, arn)
		if derr != nil {
			err = derr
			break
		}
		all[arn] = full
	}
	if i.TokenIssuers, err = seen(all, err); err != nil {
		return err
	}
	i.TokenIssuersAt = map[estate.Region]estate.Known[[]estate.ARN]{}
	for r, state := range i.Regions.Or(nil) {
		if state != estate.RegionActive || r == i.PrimaryRegion {
			continue
		}
		there, err := c.Cloud.IdentityCenter(c.Spec.Administrator().Account, r).ListTrustedTokenIssuers(ctx, i.ARN)
		if i.TokenIssuersAt[r], err = seen(slices.Sorted(maps.Keys(there)), err); err != nil {
			return err
		}
	}
	return nil
}

// provider is what the identity provider shows without anybody signing in.
func (c *collector) provider(ctx context.Context) error {
	if c.SignIn == nil || !c.Spec.WantsDesktop() || c.Spec.SignIn == nil {
		return nil
	}
	c.saying("the identity provider")
	known, err := c.SignIn(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.signIn = known
	return nil
}
