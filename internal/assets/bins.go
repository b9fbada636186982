package assets

import (
	"cmp"
	"slices"

	"rehome/internal/estate"
)

// bins are the jobs of one Region while they are filled.
type bins struct {
	limit, allowed int
	nodes          [][]int32
	free           [][]int32 // by free places: bins
}

// newBins plans for n assets: as many jobs as there must be, and 15 % more, rounded down, which only clusters open that fit nowhere whole.
func newBins(n, limit int) *bins {
	least := (n + limit - 1) / limit
	return &bins{limit: limit, allowed: least + least*15/100, free: make([][]int32, limit+1)}
}

// put packs a cluster: whole into the bin with the least space that suffices, else into a new bin, else unit by unit where most space is,
// and at last node by node.
func (b *bins) put(c cluster) {
	to, whole := b.tightest(c.size)
	for _, unit := range c.units {
		if !whole && b.space(to) < len(unit) {
			to = b.roomiest()
		}
		if b.space(to) >= len(unit) {
			b.add(to, unit...)
			continue
		}
		for _, n := range unit {
			if b.space(to) == 0 {
				to = b.roomiest()
			}
			b.add(to, n)
		}
	}
}

// space is how many nodes a bin can still take; there is none in no bin.
func (b *bins) space(bin int32) int {
	if bin < 0 {
		return 0
	}
	return b.limit - len(b.nodes[bin])
}

// tightest is the bin with the least space that suffices; a new one when there is none and one may be opened.
func (b *bins) tightest(size int) (int32, bool) {
	for space := size; space <= b.limit; space++ {
		if at := b.free[space]; len(at) > 0 {
			return at[0], true
		}
	}
	if len(b.nodes) < b.allowed && size <= b.limit {
		return b.open(), true
	}
	return -1, false
}

// roomiest is a bin with the most space. All nodes fit in by count, so there is always one.
func (b *bins) roomiest() int32 {
	if len(b.nodes) < b.allowed {
		return b.open()
	}
	for space := b.limit; ; space-- {
		if at := b.free[space]; len(at) > 0 {
			return at[0]
		}
	}
}

func (b *bins) open() int32 {
	b.nodes, b.free[b.limit] = append(b.nodes, nil), append(b.free[b.limit], int32(len(b.nodes)))
	return int32(len(b.nodes) - 1)
}

func (b *bins) add(to int32, nodes ...int32) {
	space := b.space(to)
	at := slices.Index(b.free[space], to)
	b.free[space] = slices.Delete(b.free[space], at, at+1)
	b.nodes[to] = append(b.nodes[to], nodes...)
	space -= len(nodes)
	b.free[space] = append(b.free[space], to)
}

// jobs numbers the bins by the first asset in each.
func (b *bins) jobs(g *Graph, r estate.Region, place []int32) []Job {
	for _, nodes := range b.nodes {
		slices.SortFunc(nodes, func(a, b int32) int { return cmp.Compare(place[a], place[b]) })
	}
	filled := slices.DeleteFunc(b.nodes, func(nodes []int32) bool { return len(nodes) == 0 })
	slices.SortFunc(filled, func(a, b []int32) int { return cmp.Compare(place[a[0]], place[b[0]]) })
	var out []Job
	for i, nodes := range filled {
		out = append(out, Job{Region: r, Number: i + 1, Assets: g.refs(nodes)})
	}
	return out
}
