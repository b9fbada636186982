package assets

import (
	"cmp"
	"slices"
	"strings"

	"rehome/internal/estate"
)

// MaxPerJob is how many assets one export job can be asked for (quick-api 3.1).
const MaxPerJob = 100

// Job is one export job: assets of one Region, each after what it uses.
type Job struct {
	Region estate.Region     `json:"region"`
	Number int               `json:"number"` // counts from 1 in its Region
	Assets []estate.AssetRef `json:"assets"`
}

// Pack puts every asset that travels by bundle into exactly one job of its Region, at most limit in each. Assets that belong together
// share a job as far as that costs at most 15 % more jobs than there must be; a dataset and its refresh schedules come apart last.
// Equal inventories give equal jobs.
func Pack(inv *Inventory, g *Graph, limit int) []Job {
	byRegion := map[estate.Region][]int32{}
	for r, known := range inv.Regions {
		for _, item := range known.Or(nil) {
			if item.Travel.How == ByBundle {
				byRegion[r] = append(byRegion[r], g.at[item.Ref(r)])
			}
		}
	}
	place := make([]int32, len(g.nodes))
	for i, n := range g.order {
		place[n] = int32(i)
	}
	var out []Job
	for r, nodes := range byRegion {
		slices.SortFunc(nodes, func(a, b int32) int { return int(place[a] - place[b]) })
		bins := newBins(len(nodes), limit)
		for _, c := range newUnits(g, nodes).clusters(limit) {
			bins.put(c)
		}
		out = append(out, bins.jobs(g, r, place)...)
	}
	slices.SortFunc(out, func(a, b Job) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Number, b.Number))
	})
	return out
}

// units are the smallest things that are packed: an asset, or a dataset with its refresh schedules.
type units struct {
	members [][]int32 // nodes, in the order of the graph
	uses    [][]int32 // units of the same Region
}

func newUnits(g *Graph, nodes []int32) units {
	var u units
	of := make(map[int32]int32, len(nodes)) // unit of a node
	for _, n := range nodes {
		ref := g.nodes[n]
		if dataset, _, ok := strings.Cut(ref.ID, "/"); ok && ref.Type == estate.AssetRefreshSchedule {
			if d, there := g.at[estate.AssetRef{Region: ref.Region, Type: estate.AssetDataSet, ID: dataset}]; there {
				if unit, packed := of[d]; packed {
					of[n], u.members[unit] = unit, append(u.members[unit], n)
					continue
				}
			}
		}
		of[n], u.members = int32(len(u.members)), append(u.members, []int32{n})
	}
	u.uses = make([][]int32, len(u.members))
	for _, n := range nodes {
		for _, used := range g.uses.of(n) {
			if to, ok := of[used]; ok && to != of[n] {
				u.uses[of[n]] = append(u.uses[of[n]], to)
			}
		}
	}
	return u
}

// cluster is a run of units that are packed together, and the number of their nodes.
type cluster struct {
	units [][]int32
	size  int
}

func (c *cluster) add(unit []int32) { c.units, c.size = append(c.units, unit), c.size+len(unit) }

// clusters are the units that hang together, largest first. Those with more than limit nodes are cut layer by layer: what others use before
// what nobody uses, and each after all that it can need. So few of the parts wait for each other, and an import can bring many at once.
func (u units) clusters(limit int) []cluster {
	var out []cluster
	current, of := cluster{}, u.components()
	last := int32(-1)
	for _, unit := range u.layered(of, limit) {
		if of[unit] != last || current.size+len(u.members[unit]) > limit {
			out, current, last = append(out, current), cluster{}, of[unit]
		}
		current.add(u.members[unit])
	}
	out = slices.DeleteFunc(append(out, current), func(c cluster) bool { return c.size == 0 })
	slices.SortStableFunc(out, func(a, b cluster) int { return b.size - a.size })
	return out
}

// layered is the walk, with the components that are larger than limit sorted into layers: by what uses them and by how deep they stand.
func (u units) layered(of []int32, limit int) []int32 {
	walk, used := u.walk(of), u.used()
	size, depth := make([]int, len(u.members)), make([]int, len(u.members))
	for _, v := range walk { // a use that closes a circle has no depth yet
		size[of[v]] += len(u.members[v])
		for _, m := range u.uses[v] {
			depth[v] = max(depth[v], depth[m]+1)
		}
	}
	top := func(v int32) int {
		if used[v] {
			return 0
		}
		return 1
	}
	for from := 0; from < len(walk); {
		to := from
		for to < len(walk) && of[walk[to]] == of[walk[from]] {
			to++
		}
		if size[of[walk[from]]] > limit {
			slices.SortStableFunc(walk[from:to], func(a, b int32) int { return cmp.Or(top(a)-top(b), depth[a]-depth[b]) })
		}
		from = to
	}
	return walk
}

// used tells of each unit whether another one uses it.
func (u units) used() []bool {
	out := make([]bool, len(u.members))
	for _, uses := range u.uses {
		for _, m := range uses {
			out[m] = true
		}
	}
	return out
}

// components gives each unit the first unit that it hangs together with.
func (u units) components() []int32 {
	up := make([]int32, len(u.members))
	for i := range up {
		up[i] = int32(i)
	}
	root := func(n int32) int32 {
		for up[n] != n {
			up[n] = up[up[n]]
			n = up[n]
		}
		return n
	}
	for n, uses := range u.uses {
		for _, m := range uses {
			a, b := root(int32(n)), root(m)
			up[max(a, b)] = min(a, b)
		}
	}
	for n := range up {
		up[n] = root(int32(n))
	}
	return up
}

// walk lists every unit once, component by component, what a unit uses right before it.
func (u units) walk(of []int32) []int32 {
	used := u.used()
	starts := make([][]int32, len(u.members)) // by component: what nobody uses, then all others, for a circle has no top
	for _, tops := range []bool{true, false} {
		for n := range int32(len(u.members)) {
			if used[n] != tops {
				starts[of[n]] = append(starts[of[n]], n)
			}
		}
	}
	out, done, next := make([]int32, 0, len(u.members)), make([]bool, len(u.members)), make([]int, len(u.members))
	for _, list := range starts {
		for _, start := range list {
			for path := []int32{start}; len(path) > 0; {
				v := path[len(path)-1]
				switch {
				case done[v]:
					path = path[:len(path)-1]
				case next[v] == len(u.uses[v]):
					done[v], out, path = true, append(out, v), path[:len(path)-1]
				default:
					m := u.uses[v][next[v]]
					next[v]++
					if !done[m] && next[m] == 0 { // one that is under way has a use behind it
						path = append(path, m)
					}
				}
			}
		}
	}
	return out
}
