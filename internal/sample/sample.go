// Package sample makes realistic estates of Quick assets of any size from a seed, for rehearsals and measurements. It must not know what
// is done with them: no twin, no inventory, no clock.
package sample

import (
	"fmt"
	"math/rand/v2"
	"time"

	"rehome/internal/estate"
)

// Config says what to make. Equal configs give equal estates.
type Config struct {
	Seed    uint64
	N       int // assets in all Regions together, refresh schedules among them
	Account estate.AccountID
	Home    estate.Region   // the identity Region, which every principal's ARN names
	Regions []estate.Region // where assets are; the first holds most of them. None: Home
	Users   []string        // who has rights, by their names in namespace default; nobody: assets without owner
	Groups  []string
	// VPC says that the first Region has VPC connections too. An import into another Region has to be told each one's new subnets.
	VPC bool
}

// mix is how many of a hundred assets are of each type; dashboards are the rest. INFERRED from nothing but plausibility: a dataset feeds
// several dashboards, and analyses outlive the dashboards made from them.
var mix = []struct {
	kind  estate.AssetType
	share int
}{
	{estate.AssetTheme, 2}, {estate.AssetFolder, 5}, {estate.AssetDataSource, 6}, {estate.AssetDataSet, 26}, {estate.AssetRefreshSchedule, 6}, {estate.AssetAnalysis, 20},
}

// changed is the latest change of any asset: long before whatever is done with them.
var changed = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// Assets makes the assets of each Region, each after those that it uses.
func Assets(c Config) map[estate.Region][]estate.Asset {
	if len(c.Regions) == 0 {
		c.Regions = []estate.Region{c.Home}
	}
	out := map[estate.Region][]estate.Asset{}
	left := c.N
	for n, r := range c.Regions {
		count := left
		if last := n == len(c.Regions)-1; !last {
			count = left * 3 / 5
		}
		left -= count
		m := &maker{Config: c, region: r, number: n, rand: rand.New(rand.NewPCG(c.Seed, uint64(n))), byType: map[estate.AssetType][]string{}, deep: map[string]int{}}
		m.make(count)
		if len(m.made) > 0 {
			out[r] = m.made
		}
	}
	return out
}

// maker makes the assets of one Region.
type maker struct {
	Config
	region estate.Region
	number int // of the Region, so that ids of two Regions never meet
	rand   *rand.Rand
	made   []estate.Asset
	byType map[estate.AssetType][]string // ids
	deep   map[string]int                // how deep a folder lies, from 1
	rules  []string                      // datasets that hold row rules
	loaded []string                      // datasets in SPICE that have no schedule yet
}

func (m *maker) make(n int) {
	if (m.VPC || m.number > 0) && n >= 10 {
		m.vpcConnection()
	}
	counts := map[estate.AssetType]int{}
	for _, t := range mix {
		counts[t.kind] = n * t.share / 100
		if counts[t.kind] == 0 && n >= 2*len(mix) {
			counts[t.kind] = 1
		}
		if t.kind == estate.AssetDataSource || t.kind == estate.AssetDataSet {
			counts[t.kind] = max(counts[t.kind], min(1, n-len(m.made)))
		}
	}
	for _, t := range mix {
		for range counts[t.kind] {
			if len(m.made) < n {
				makers[t.kind](m)
			}
		}
	}
	for len(m.made) < n {
		m.dashboard()
	}
}

var makers = map[estate.AssetType]func(*maker){
	estate.AssetTheme: (*maker).theme, estate.AssetFolder: (*maker).folder, estate.AssetDataSource: (*maker).dataSource, estate.AssetDataSet: (*maker).dataSet,
	estate.AssetRefreshSchedule: (*maker).schedule, estate.AssetAnalysis: (*maker).analysis,
}

// chance is true in so many of a hundred cases.
func (m *maker) chance(percent int) bool { return m.rand.IntN(100) < percent }

// one picks one of a type, the early ones far more often, as in life; empty when there is none.
func (m *maker) one(t estate.AssetType) string {
	all := m.byType[t]
	if len(all) == 0 {
		return ""
	}
	f := m.rand.Float64()
	return all[int(f*f*float64(len(all)))]
}

func (m *maker) arn(t estate.AssetType, id string) string {
	return string(estate.AssetRef{Region: m.region, Type: t, ID: id}.ARN(m.Account))
}

// id is a UUID or a word of somebody's, never one of another Region's.
func (m *maker) id(t estate.AssetType) string {
	n := len(m.made)
	if m.chance(70) {
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%04x%08x", m.rand.Uint32(), m.number, m.rand.IntN(1<<12), m.rand.IntN(1<<12), m.rand.IntN(1<<16), n)
	}
	return fmt.Sprintf("%s_%d-%d", t, m.number, n)
}
