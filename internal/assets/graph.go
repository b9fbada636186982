package assets

import (
	"cmp"
	"fmt"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Graph says what uses what. It holds a few words for each asset and each use, and nothing of the assets themselves.
type Graph struct {
	nodes    []estate.AssetRef // in the order of their places, which is that of before
	at       map[estate.AssetRef]int32
	names    []string
	uses     edges
	usedBy   edges
	order    []int32 // every node after those that it uses, but for circles
	circles  [][]int32
	dangling []Dangling
}

// Dangling is something that is used and not in the inventory.
type Dangling struct {
	Target estate.ARN
	UsedBy []estate.AssetRef // sorted
	// Unread: its Region was not read, so that it may well be there.
	Unread bool
}

// edges are lists of nodes, one after the other; those of node n are to[from[n]:from[n+1]].
type edges struct{ from, to []int32 }

func (e edges) of(n int32) []int32 { return e.to[e.from[n]:e.from[n+1]] }

// rank is the place of a type in the order in which types can be imported; types that bundles do not carry come last.
func rank(t estate.AssetType) int {
	if i := slices.Index(estate.BundleTypes, t); i >= 0 {
		return i
	}
	return len(estate.BundleTypes)
}

// NewGraph reads the uses of an inventory.
func NewGraph(inv *Inventory) *Graph {
	byRank := make([][]*Item, len(estate.BundleTypes)+1)
	regions := make([][]estate.Region, len(byRank))
	count := 0
	inv.All(func(ref estate.AssetRef, item *Item) bool { // in their order already, so that nothing is left to sort
		r := rank(ref.Type)
		byRank[r], regions[r] = append(byRank[r], item), append(regions[r], ref.Region)
		count++
		return true
	})
	g := &Graph{at: make(map[estate.AssetRef]int32, count), nodes: make([]estate.AssetRef, 0, count), names: make([]string, 0, count)}
	items := make([]*Item, 0, count)
	for r, list := range byRank {
		for n, item := range list {
			ref := item.Ref(regions[r][n])
			g.at[ref] = int32(len(items))
			g.nodes, g.names, items = append(g.nodes, ref), append(g.names, item.Name), append(items, item)
		}
	}
	g.connect(inv, items)
	g.sort()
	return g
}

// connect fills in the edges both ways, and what dangles.
func (g *Graph) connect(inv *Inventory, items []*Item) {
	missing := map[estate.ARN][]estate.AssetRef{}
	g.uses.from = make([]int32, 1, len(g.nodes)+1)
	for n := range g.nodes {
		for _, arn := range items[n].Uses {
			ref, account, ok := estate.ParseAssetARN(arn)
			to, there := g.at[ref]
			switch {
			case !ok || builtIn(account) || there && int(to) == n:
			case there && account == inv.Account:
				g.uses.to = append(g.uses.to, to)
			default:
				missing[arn] = append(missing[arn], g.nodes[n])
			}
		}
		list := g.uses.to[g.uses.from[n]:]
		slices.Sort(list)
		g.uses.to = g.uses.to[:int(g.uses.from[n])+len(slices.Compact(list))]
		g.uses.from = append(g.uses.from, int32(len(g.uses.to)))
	}
	g.usedBy = g.uses.reversed(len(g.nodes))
	for arn, by := range missing {
		slices.SortFunc(by, compareRefs)
		region, looked := inv.Regions[arn.Region()]
		g.dangling = append(g.dangling, Dangling{Target: arn, UsedBy: by, Unread: arn.Account() == inv.Account && (!looked || !region.Looked())})
	}
	slices.SortFunc(g.dangling, func(a, b Dangling) int { return cmp.Compare(a.Target, b.Target) })
}

// builtIn tells the themes that Quick brings along, which belong to an account of this name and are in every Region (quick-api 3.7,
// INFERRED from the ids listed there).
func builtIn(account estate.AccountID) bool { return account == "aws" }

func (e edges) reversed(nodes int) edges {
	out := edges{from: make([]int32, nodes+1), to: make([]int32, len(e.to))}
	for _, t := range e.to {
		out.from[t+1]++
	}
	for n := range nodes {
		out.from[n+1] += out.from[n]
	}
	next := slices.Clone(out.from)
	for n := range int32(nodes) {
		for _, t := range e.of(n) {
			out.to[next[t]] = n
			next[t]++
		}
	}
	return out
}

// Dangling is what is used and not in the inventory, sorted.
func (g *Graph) Dangling() []Dangling { return g.dangling }

// Findings are what is wrong with the references: what dangles, and what uses itself in a circle.
func (g *Graph) Findings() []diag.Finding {
	var out []diag.Finding
	for _, d := range g.dangling {
		f := diag.Finding{Code: "MIG-10", Status: diag.Fail, Severity: diag.Warn, Subject: "arn/" + string(d.Target), Owner: diag.QuickAdmin,
			Title: fmt.Sprintf("%d assets use %s, which is not in the inventory: %s", len(d.UsedBy), d.Target, g.some(d.UsedBy)),
			Cause: "it was deleted, or belongs to another account", Fix: "open them in Quick and replace or remove what is gone",
			Source: []diag.Source{sheet("3.3")}}
		if d.Unread {
			f.Status, f.Cause, f.Fix = diag.Unknown, "its Region was not read", "let the caller read "+string(d.Target.Region())+", then take the inventory again"
		}
		out = append(out, f)
	}
	for _, c := range g.circles {
		refs := g.refs(c)
		out = append(out, diag.Finding{Code: "MIG-12", Status: diag.Fail, Severity: diag.Warn, Subject: subject(refs[0]), Owner: diag.QuickAdmin,
			Title: fmt.Sprintf("%d assets use each other in a circle: %s", len(refs), g.some(refs)),
			Cause: "none of them can be imported first", Fix: "let them travel in one bundle, or take one use out"})
	}
	return out
}

// maxUsers bounds how far users are followed: everything in a Region may use one data source.
const maxUsers = 100

// users are what uses an asset, directly or not, sorted; more says that there are others.
func (g *Graph) users(of estate.AssetRef) (users []estate.AssetRef, more bool) {
	n := g.at[of]
	seen, list := map[int32]bool{n: true}, []int32{n}
	for i := 0; i < len(list); i++ {
		for _, user := range g.usedBy.of(list[i]) {
			if len(list) > maxUsers && !seen[user] {
				more = true
			} else if !seen[user] {
				seen[user], list = true, append(list, user)
			}
		}
	}
	users = g.refs(list[1:])
	slices.SortFunc(users, compareRefs)
	return users, more
}

// some names the first three.
func (g *Graph) some(refs []estate.AssetRef) string {
	out := ""
	for i, ref := range refs[:min(3, len(refs))] {
		if i > 0 {
			out += ", "
		}
		out += Label(ref, g.names[g.at[ref]])
	}
	if more := len(refs) - 3; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

func (g *Graph) refs(nodes []int32) []estate.AssetRef {
	out := make([]estate.AssetRef, len(nodes))
	for i, n := range nodes {
		out[i] = g.nodes[n]
	}
	return out
}
