package assets

import (
	"container/heap"
	"slices"

	"rehome/internal/estate"
)

// Order gives every asset after all that it uses; as far as that leaves a choice, in the order in which types can be imported, then by
// Region and id. Assets that use each other in a circle stand together.
func (g *Graph) Order() []estate.AssetRef { return g.refs(g.order) }

// Circles are the groups of assets that use each other.
func (g *Graph) Circles() [][]estate.AssetRef {
	var out [][]estate.AssetRef
	for _, c := range g.circles {
		out = append(out, g.refs(c))
	}
	return out
}

// Closure is what the given assets use, directly or not, and they themselves, in the order of Order.
func (g *Graph) Closure(of ...estate.AssetRef) []estate.AssetRef { return g.reach(g.uses, of) }

// Dependants are what uses the given assets, directly or not, without them, in the order of Order.
func (g *Graph) Dependants(of ...estate.AssetRef) []estate.AssetRef {
	given := map[estate.AssetRef]bool{}
	for _, ref := range of {
		given[ref] = true
	}
	return slices.DeleteFunc(g.reach(g.usedBy, of), func(r estate.AssetRef) bool { return given[r] })
}

func (g *Graph) reach(along edges, of []estate.AssetRef) []estate.AssetRef {
	seen := make([]bool, len(g.nodes))
	var todo []int32
	push := func(n int32) {
		if !seen[n] {
			seen[n], todo = true, append(todo, n)
		}
	}
	for _, ref := range of {
		if n, ok := g.at[ref]; ok {
			push(n)
		}
	}
	for i := 0; i < len(todo); i++ {
		for _, n := range along.of(todo[i]) {
			push(n)
		}
	}
	var out []estate.AssetRef
	for _, n := range g.order {
		if seen[n] {
			out = append(out, g.nodes[n])
		}
	}
	return out
}

// blame gives each dependant of the given assets the first of them that it depends on.
func (g *Graph) blame(of []estate.AssetRef) map[estate.AssetRef]estate.AssetRef {
	out := map[estate.AssetRef]estate.AssetRef{}
	for _, culprit := range of {
		for todo := []int32{g.at[culprit]}; len(todo) > 0; {
			n := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for _, user := range g.usedBy.of(n) {
				if _, known := out[g.nodes[user]]; !known {
					out[g.nodes[user]] = culprit
					todo = append(todo, user)
				}
			}
		}
	}
	return out
}

// ready are nodes that can come next, the first of them on top.
type ready []int32

func (r ready) Len() int           { return len(r) }
func (r ready) Less(a, b int) bool { return r[a] < r[b] }
func (r ready) Swap(a, b int)      { r[a], r[b] = r[b], r[a] }
func (r *ready) Push(n any)        { *r = append(*r, n.(int32)) }
func (r *ready) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

// sort fills in order and circles. A circle counts as one place: that of its first node.
func (g *Graph) sort() {
	of, circles := g.components()
	g.circles = circles
	waits := make([]int32, len(g.nodes))
	next := &ready{}
	members := map[int32][]int32{}
	for _, c := range circles {
		members[c[0]] = c
	}
	for n := range int32(len(g.nodes)) {
		for _, u := range g.uses.of(n) {
			if of[u] != of[n] {
				waits[of[n]]++
			}
		}
	}
	for n := range int32(len(g.nodes)) {
		if of[n] == n && waits[n] == 0 {
			*next = append(*next, n) // ascending, which is a heap already
		}
	}
	g.order = make([]int32, 0, len(g.nodes))
	for next.Len() > 0 {
		n := heap.Pop(next).(int32)
		group := members[n]
		if group == nil {
			group = []int32{n}
		}
		g.order = append(g.order, group...)
		for _, m := range group {
			for _, user := range g.usedBy.of(m) {
				if first := of[user]; first != n {
					if waits[first]--; waits[first] == 0 {
						heap.Push(next, first)
					}
				}
			}
		}
	}
}

// components finds circles (Tarjan's strongly connected components, without recursion: chains can be long). of names for each node the
// first node of its circle, itself when it is in none.
func (g *Graph) components() (of []int32, circles [][]int32) {
	const unseen = -1
	n := len(g.nodes)
	of = make([]int32, n)
	index, low, edge := make([]int32, n), make([]int32, n), make([]int32, n)
	for i := range index {
		index[i], of[i] = unseen, unseen
	}
	var stack, path []int32
	count := int32(0)
	enter := func(v int32) {
		index[v], low[v] = count, count
		count++
		stack, path = append(stack, v), append(path, v)
	}
	leave := func(v int32) {
		path = path[:len(path)-1]
		if len(path) > 0 {
			up := path[len(path)-1]
			low[up] = min(low[up], low[v])
		}
		if low[v] != index[v] {
			return
		}
		from := len(stack) - 1
		for stack[from] != v {
			from--
		}
		group := slices.Clone(stack[from:])
		stack = stack[:from]
		slices.Sort(group)
		for _, m := range group {
			of[m] = group[0]
		}
		if len(group) > 1 {
			circles = append(circles, group)
		}
	}
	for root := range int32(n) {
		if index[root] == unseen {
			enter(root)
		}
		for len(path) > 0 {
			v := path[len(path)-1]
			if to := g.uses.of(v); int(edge[v]) < len(to) {
				u := to[edge[v]]
				edge[v]++
				switch {
				case index[u] == unseen:
					enter(u)
				case of[u] == unseen: // still on the stack
					low[v] = min(low[v], index[u])
				}
				continue
			}
			leave(v)
		}
	}
	slices.SortFunc(circles, func(a, b []int32) int { return int(a[0] - b[0]) })
	return of, circles
}
