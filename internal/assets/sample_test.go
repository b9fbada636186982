package assets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rehome/internal/estate"
	"rehome/internal/sample"
)

// sampled is the Quick account of a sample estate. Whatever it is asked it answers with fresh copies, as the wire does: an inventory has to
// pay for all that it keeps.
type sampled struct {
	lists     map[estate.Region]map[estate.AssetType][]estate.Asset
	assets    map[estate.AssetRef]*estate.Asset // without content, but for schedules
	details   map[estate.AssetRef]Detail
	schedules map[estate.AssetRef][]estate.Asset // by dataset
	members   map[estate.AssetRef][]estate.ARN   // by folder
}

var sampleRegions = []estate.Region{home, "eu-west-1", "us-west-2"}

// sampleOf is the account of n assets.
func sampleOf(n int) *sampled {
	s := &sampled{lists: map[estate.Region]map[estate.AssetType][]estate.Asset{}, assets: make(map[estate.AssetRef]*estate.Asset, n), details: make(map[estate.AssetRef]Detail, n),
		schedules: map[estate.AssetRef][]estate.Asset{}, members: map[estate.AssetRef][]estate.ARN{}}
	people := make([]string, max(10, n/50))
	for i := range people {
		people[i] = fmt.Sprintf("person-%05d@example.com", i)
	}
	for r, list := range sample.Assets(sample.Config{Seed: uint64(n), N: n, Account: account, IdentityRegion: home, Regions: sampleRegions, Users: people,
		Groups: []string{"analysts", "board", "everybody"}}) {
		s.lists[r] = map[estate.AssetType][]estate.Asset{}
		for i := range list {
			a := &list[i]
			ref := estate.AssetRef{Region: r, Type: a.Type, ID: a.ID}
			if s.details[ref] = detailed(*a); a.Type != estate.AssetRefreshSchedule {
				a.Content = nil
			}
			s.lists[r][a.Type], s.assets[ref] = append(s.lists[r][a.Type], *a), a
			if dataset, _, ok := strings.Cut(a.ID, "/"); ok {
				of := estate.AssetRef{Region: r, Type: estate.AssetDataSet, ID: dataset}
				s.schedules[of] = append(s.schedules[of], *a)
			}
			for _, f := range a.Folders {
				folder := estate.AssetRef{Region: r, Type: estate.AssetFolder, ID: f}
				s.members[folder] = append(s.members[folder], ref.ARN(account))
			}
		}
	}
	return s
}

// detailed is what Quick's descriptions of an asset tell.
func detailed(a estate.Asset) Detail {
	s, err := scan(a.Content)
	var c struct{ Type, ImportMode, FolderType string }
	if err == nil {
		err = json.Unmarshal(a.Content, &c, json.MatchCaseInsensitiveNames(true))
	}
	if err != nil {
		panic(err)
	}
	return Detail{Kind: c.Type + c.ImportMode + c.FolderType, Updated: a.Updated, Uses: s.refs}
}

func (s *sampled) take(t testing.TB) *Inventory {
	t.Helper()
	doors := map[estate.Region]estate.Known[Door]{}
	for r := range s.lists {
		doors[r] = estate.Of[Door](sampledIn{s, r})
	}
	inv, err := Take(t.Context(), TakeConfig{Account: account, IdentityRegion: home, People: estate.Of(crew(account, home)), Regions: doors})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// sampledIn is the account, looked at in one Region.
type sampledIn struct {
	*sampled
	region estate.Region
}

func (d sampledIn) List(_ context.Context, t estate.AssetType) (out []estate.Asset, _ error) {
	return listed(d.lists[d.region][t]), nil
}

func (d sampledIn) RefreshSchedules(_ context.Context, dataset string) ([]estate.Asset, error) {
	out := listed(d.schedules[estate.AssetRef{Region: d.region, Type: estate.AssetDataSet, ID: dataset}])
	for i := range out {
		out[i].Content = slices.Clone(d.assets[estate.AssetRef{Region: d.region, Type: estate.AssetRefreshSchedule, ID: out[i].ID}].Content)
	}
	return out, nil
}

// listed is what a list tells of assets.
func listed(list []estate.Asset) []estate.Asset {
	out := make([]estate.Asset, len(list))
	for i, a := range list {
		out[i] = estate.Asset{Type: a.Type, ID: strings.Clone(a.ID), Name: strings.Clone(a.Name), Updated: a.Updated}
	}
	return out
}

func (d sampledIn) find(t estate.AssetType, id string) *estate.Asset {
	return d.assets[estate.AssetRef{Region: d.region, Type: t, ID: id}]
}

func (d sampledIn) Detail(_ context.Context, t estate.AssetType, id string) (Detail, error) {
	out := d.details[estate.AssetRef{Region: d.region, Type: t, ID: id}]
	out.Uses = slices.Clone(out.Uses)
	for i, arn := range out.Uses {
		out.Uses[i] = estate.ARN(strings.Clone(string(arn)))
	}
	return out, nil
}

func (d sampledIn) Permissions(_ context.Context, t estate.AssetType, id string) (out []estate.AssetGrant, _ error) {
	for _, g := range d.find(t, id).Permissions {
		fresh := estate.AssetGrant{Principal: estate.ARN(strings.Clone(string(g.Principal)))}
		for _, a := range g.Actions {
			fresh.Actions = append(fresh.Actions, strings.Clone(a))
		}
		out = append(out, fresh)
	}
	return out, nil
}

func (d sampledIn) Tags(_ context.Context, t estate.AssetType, id string) (map[string]string, error) {
	return maps.Clone(d.find(t, id).Tags), nil
}

func (d sampledIn) FolderMembers(_ context.Context, folder string) ([]estate.ARN, error) {
	return slices.Clone(d.members[estate.AssetRef{Region: d.region, Type: estate.AssetFolder, ID: folder}]), nil
}
