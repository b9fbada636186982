package app

import (
	"fmt"
	"maps"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/sample"
	"rehome/internal/spec"
)

// mostAssets bounds what a twin is asked to hold: all of it is in memory.
const mostAssets = 200_000

// stock fills a world with made-up assets in place of its own: in the identity Region, in the target Region and in one of neither.
func (w *World) stock(req RehearseRequest) error {
	if req.Assets == 0 {
		return nil
	}
	id := w.Wants.Quick.Account
	account := w.Estate.Accounts[id]
	q, ok := account.Quick.Get()
	home, seen := q.IdentityRegion.Get()
	if !ok || !seen || req.Assets < 0 || req.Assets > mostAssets {
		return &diag.Error{Code: "rehearse/assets", What: fmt.Sprintf("%d assets cannot be made up here", req.Assets), Where: "world " + w.Name, Exit: diag.ExitUsage,
			Fix: []string{fmt.Sprintf("choose 1 to %d, and a world whose Quick account is known", mostAssets)}}
	}
	regions := []estate.Region{home}
	for _, r := range []estate.Region{w.Wants.TargetRegion, "eu-west-1", "eu-central-1"} {
		if !slices.Contains(regions, r) && len(regions) < 3 {
			regions = append(regions, r)
		}
	}
	ns := q.Namespaces.Or(nil)[estate.DefaultNamespace]
	made := sample.Assets(sample.Config{Seed: req.Seed, N: req.Assets, Account: id, IdentityRegion: home, Regions: regions,
		Users: slices.Sorted(maps.Keys(ns.Users.Or(nil))), Groups: slices.Sorted(maps.Keys(ns.Groups.Or(nil)))})
	q.Assets = maps.Clone(q.Assets)
	for r, known := range q.Assets {
		if known.IsKnown() {
			q.Assets[r] = estate.Of([]estate.Asset{})
		}
	}
	wanted := w.Wants.AssetsWanted()
	wanted.Secrets = maps.Clone(wanted.Secrets)
	if wanted.Secrets == nil {
		wanted.Secrets = map[string]string{}
	}
	for r, list := range made {
		q.Assets[r] = estate.Of(list)
		for _, a := range list {
			if a.Type == estate.AssetDataSource {
				wanted.Secrets[spec.AssetKey(estate.AssetRef{Region: r, Type: a.Type, ID: a.ID})] = "later"
			}
		}
	}
	w.Wants.Assets = &wanted
	w.assume("made-up data sources are given what they sign in with after the import")
	account.Quick = estate.Of(q)
	w.Estate.Accounts = maps.Clone(w.Estate.Accounts)
	w.Estate.Accounts[id] = account
	return nil
}
