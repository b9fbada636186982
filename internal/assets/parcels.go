package assets

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/estate"
)

// maxOverrides is how many assets of one type an import can be told something about (quick-api 3.4).
const maxOverrides = 50

// overridden are the types that an import is told something about.
var overridden = []estate.AssetType{estate.AssetDataSource, estate.AssetRefreshSchedule, estate.AssetVPCConnection}

// parcel is what one import job brings: a bundle of the vault, or a part of one. Bundles are cut where two would have to wait for each
// other, and where an import cannot be told enough.
type parcel struct {
	bundle *Bundle
	part   int               // counts from 1
	assets []estate.AssetRef // each after what it needs
	work   bool              // at work or over
}

// job is the id of an import job: the run, the bundle, the part and the attempt make it (quick-api 3.4: letters, digits, _ and -).
func (p *parcel) job(run string, attempt int) string {
	return fmt.Sprintf("%s-import-%s-%s-%d-%d", notInJob.ReplaceAllString(run, "-"), p.bundle.Region, path.Base(p.bundle.Job), p.part, attempt)
}

var notInJob = regexp.MustCompile(`[^A-Za-z0-9_\-]`)

// cargo is what a vault has to bring and what of it needs what.
type cargo struct {
	items   map[estate.AssetRef]*Item
	held    map[estate.AssetRef]*Bundle
	needs   map[estate.AssetRef][]estate.AssetRef // only what the vault holds, in the Region of the asset
	parcels []*parcel                             // those that the longest chains wait for first, then by Region, bundle and part
	chain   int                                   // the longest of these chains, in parcels
}

// newCargo plans the imports. Equal vaults give equal parcels, so that a second import finds the jobs of the first.
func newCargo(c *Contents, inv *Inventory) *cargo {
	g := &cargo{items: map[estate.AssetRef]*Item{}, held: c.held(), needs: map[estate.AssetRef][]estate.AssetRef{}}
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		if g.held[ref] != nil {
			g.items[ref] = item
		}
		return true
	})
	for ref, item := range g.items {
		g.needs[ref] = g.need(inv.Account, ref, item)
	}
	left := map[estate.Region]map[*Bundle][]estate.AssetRef{}
	for _, ref := range g.order() {
		b := g.held[ref]
		if left[ref.Region] == nil {
			left[ref.Region] = map[*Bundle][]estate.AssetRef{}
		}
		left[ref.Region][b] = append(left[ref.Region][b], ref)
	}
	for _, r := range slices.Sorted(maps.Keys(left)) {
		g.pack(left[r])
	}
	slices.SortFunc(g.parcels, func(a, b *parcel) int {
		return cmp.Or(cmp.Compare(a.bundle.Region, b.bundle.Region), cmp.Compare(len(a.bundle.Job), len(b.bundle.Job)),
			cmp.Compare(a.bundle.Job, b.bundle.Job), cmp.Compare(a.part, b.part))
	})
	waiting := g.waiting()
	slices.SortStableFunc(g.parcels, func(a, b *parcel) int { return waiting[b] - waiting[a] })
	if len(g.parcels) > 0 {
		g.chain = waiting[g.parcels[0]]
	}
	return g
}

// waiting is the length of the longest chain of parcels that wait for each one, itself among them.
func (g *cargo) waiting() map[*parcel]int {
	in, users := map[estate.AssetRef]*parcel{}, map[*parcel]map[*parcel]bool{}
	for _, p := range g.parcels {
		users[p] = map[*parcel]bool{}
		for _, ref := range p.assets {
			in[ref] = p
		}
	}
	for _, p := range g.parcels {
		for _, ref := range p.assets {
			for _, n := range g.needs[ref] {
				if of := in[n]; of != nil && of != p {
					users[of][p] = true
				}
			}
		}
	}
	out := map[*parcel]int{}
	var chain func(p *parcel) int
	chain = func(p *parcel) int {
		if n, ok := out[p]; ok {
			return n
		}
		out[p] = 1 // in a circle nothing is the longest
		most := 0
		for u := range users[p] {
			most = max(most, chain(u))
		}
		out[p] = most + 1
		return out[p]
	}
	for _, p := range g.parcels {
		chain(p)
	}
	return out
}

// need is what has to be there first: what an asset uses, and the folders that hold it (quick-api 3.6).
func (g *cargo) need(account estate.AccountID, ref estate.AssetRef, item *Item) (out []estate.AssetRef) {
	add := func(to estate.AssetRef) {
		if to != ref && to.Region == ref.Region && g.items[to] != nil {
			out = append(out, to)
		}
	}
	for _, arn := range item.Uses {
		if to, of, ok := estate.ParseAssetARN(arn); ok && of == account {
			add(to)
		}
	}
	for _, id := range item.Folders {
		add(estate.AssetRef{Region: ref.Region, Type: estate.AssetFolder, ID: id})
	}
	if dataset, _, ok := strings.Cut(ref.ID, "/"); ok && ref.Type == estate.AssetRefreshSchedule {
		add(estate.AssetRef{Region: ref.Region, Type: estate.AssetDataSet, ID: dataset})
	}
	slices.SortFunc(out, compareRefs)
	return slices.Compact(out)
}

// order gives every asset after what it needs, but for circles.
func (g *cargo) order() []estate.AssetRef {
	out := make([]estate.AssetRef, 0, len(g.items))
	seen := map[estate.AssetRef]bool{}
	var visit func(estate.AssetRef)
	visit = func(ref estate.AssetRef) {
		if seen[ref] {
			return
		}
		seen[ref] = true
		for _, n := range g.needs[ref] {
			visit(n)
		}
		out = append(out, ref)
	}
	for _, ref := range slices.SortedFunc(maps.Keys(g.items), compareRefs) {
		visit(ref)
	}
	return out
}

// pack makes parcels of the bundles of one Region: in each round whole bundles that need nothing but what was packed, and if there is none
// the part of each bundle of which that is so. What needs itself across bundles is packed as it is; nothing can bring it (MIG-12).
func (g *cargo) pack(left map[*Bundle][]estate.AssetRef) {
	packed, parts := map[estate.AssetRef]bool{}, map[*Bundle]int{}
	bundles := slices.SortedFunc(maps.Keys(left), func(a, b *Bundle) int {
		return cmp.Or(cmp.Compare(len(a.Job), len(b.Job)), cmp.Compare(a.Job, b.Job))
	})
	for len(bundles) > 0 {
		ready, whole, some := map[*Bundle][]estate.AssetRef{}, false, false
		for _, b := range bundles {
			ready[b] = g.closed(left[b], packed)
			whole, some = whole || len(ready[b]) == len(left[b]), some || len(ready[b]) > 0
		}
		for _, b := range bundles {
			take := ready[b]
			switch {
			case !some:
				take = left[b]
			case whole && len(take) < len(left[b]):
				continue
			}
			for _, run := range cut(take) {
				parts[b]++
				g.parcels = append(g.parcels, &parcel{bundle: b, part: parts[b], assets: run})
			}
			for _, ref := range take {
				packed[ref] = true
			}
			left[b] = slices.DeleteFunc(left[b], func(ref estate.AssetRef) bool { return packed[ref] })
		}
		bundles = slices.DeleteFunc(bundles, func(b *Bundle) bool { return len(left[b]) == 0 })
	}
}

// closed is the largest part of a list whose needs are in it or packed.
func (g *cargo) closed(list []estate.AssetRef, packed map[estate.AssetRef]bool) []estate.AssetRef {
	in := map[estate.AssetRef]bool{}
	for _, ref := range list {
		in[ref] = true
	}
	for again := true; again; {
		again = false
		for _, ref := range list {
			if in[ref] && slices.ContainsFunc(g.needs[ref], func(n estate.AssetRef) bool { return !in[n] && !packed[n] }) {
				in[ref], again = false, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(ref estate.AssetRef) bool { return !in[ref] })
}

// cut ends a run where an import could not be told about one more asset of a type. A dataset and its schedules stay together, which a trial
// import needs: Quick sets the prefix before the id of a dataset where the bundle brings it.
func cut(list []estate.AssetRef) (runs [][]estate.AssetRef) {
	count := map[estate.AssetType]int{}
	for n, unit := range withSchedules(list) {
		more := map[estate.AssetType]int{}
		full := false
		for _, ref := range unit {
			more[ref.Type]++
			full = full || slices.Contains(overridden, ref.Type) && count[ref.Type]+more[ref.Type] > maxOverrides
		}
		if n == 0 || full {
			runs, count = append(runs, nil), map[estate.AssetType]int{}
		}
		for kind, n := range more {
			count[kind] += n
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], unit...)
	}
	return runs
}

// withSchedules puts each schedule right behind its dataset, if that is in the list; a dataset has five at most (quick-api 4.6).
func withSchedules(list []estate.AssetRef) (units [][]estate.AssetRef) {
	at := map[estate.AssetRef]int{}
	for _, ref := range list {
		dataset, _ := split(ref)
		if n, ok := at[estate.AssetRef{Region: ref.Region, Type: estate.AssetDataSet, ID: dataset}]; ok && ref.Type == estate.AssetRefreshSchedule {
			units[n] = append(units[n], ref)
			continue
		}
		at[ref] = len(units)
		units = append(units, []estate.AssetRef{ref})
	}
	return units
}
