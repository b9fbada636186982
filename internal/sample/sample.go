// Package sample makes estates of Quick assets of any size: for tests, for benchmarks, and to try a move on something large. Equal
// configurations give equal estates, to the byte.
//
// It must not hold anything of a real customer, ask a clock or an unseeded source, or know who reads what it makes.
package sample

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
)

// Config says what estate to make.
type Config struct {
	Seed           uint64
	N              int // assets of all Regions together; refresh schedules count
	Account        estate.AccountID
	IdentityRegion estate.Region   // which the ARNs of users, groups and namespaces carry
	Regions        []estate.Region // none twice; the first is the identity Region and gets the most; none: the identity Region alone
	// Users and Groups are names in the namespace default, the most eager first. With neither, the namespace itself owns everything.
	Users, Groups []string
	// VPC admits VPC connections in the first Region. An import needs to be told the subnets and security groups of each that leaves its
	// Region (quick-api 3.4), so by default only the other Regions have some.
	VPC bool
}

// Now is the moment at which every sample estate is looked at: nothing in it was changed later.
var Now = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// Assets makes the estate: exactly N assets, of every type that bundles carry when N is 20 or more (of VPC connections only where Config
// admits any), each with its content, rights, tags and folders. Nothing refers to another Region, to itself in a circle, or to what is not
// there, and no two assets of one type share an id even across Regions. Each Region's assets are sorted by type and id; every Region of
// Config has a list.
func Assets(c Config) map[estate.Region][]estate.Asset {
	if len(c.Regions) == 0 {
		c.Regions = []estate.Region{c.IdentityRegion}
	}
	m := &making{Config: c, Rand: rand.New(rand.NewPCG(c.Seed, 0x5eed)), rights: actionSets()}
	out := make(map[estate.Region][]estate.Asset, len(c.Regions))
	for i, n := range perRegion(c.N, len(c.Regions)) {
		p := &place{making: m, region: c.Regions[i], assets: make([]estate.Asset, 0, n)}
		p.fill(perType(n, i == 0, c.VPC))
		slices.SortFunc(p.assets, func(a, b estate.Asset) int { return cmp.Or(cmp.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID)) })
		out[p.region] = p.assets
	}
	return out
}

// making is an estate under way.
type making struct {
	Config
	*rand.Rand
	rights map[estate.AssetType]rights
	serial int // of ids that people gave
}

// chance is true so many times in a hundred.
func (m *making) chance(percent int) bool { return m.IntN(100) < percent }

// popular is an index below n: the first third of them take more than two thirds of the picks, and the first one by far the most. So it
// is with datasets in real estates, and it is what makes one large knot of nearly everything.
func (m *making) popular(n int) int {
	f := m.Float64()
	return int(f * f * f * float64(n))
}

func pick[T any](m *making, list []T) T { return list[m.IntN(len(list))] }
