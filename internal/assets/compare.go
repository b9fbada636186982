package assets

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Compare says how a vault, whose own inventory is planned, differs from what is there now: assets that are not in it (MIG-15), and what
// changed after it was exported (MIG-14); people who came, went or changed are warnings (MIG-04). What could not be read now is unknown, and blocks like a difference.
func Compare(c *Contents, planned, fresh *Inventory) []diag.Finding {
	d := &difference{held: c.held(), failed: map[estate.AssetRef][]Problem{}, planned: map[estate.AssetRef]*Item{}, graph: NewGraph(fresh)}
	for _, f := range c.Failed {
		d.failed[f.Asset] = f.Problems
	}
	planned.All(func(ref estate.AssetRef, item *Item) bool {
		d.planned[ref] = item
		return true
	})
	if c.Header.Account != fresh.Account {
		return []diag.Finding{{Code: "MIG-15", Status: diag.Fail, Subject: "vault", Title: "the vault is of account " + string(c.Header.Account) + ", not of " + string(fresh.Account)}}
	}
	d.found = append(fresh.Gaps("MIG-15"), fresh.Leavings()...)
	for _, r := range slices.Sorted(maps.Keys(planned.Regions)) {
		if _, there := fresh.Regions[r]; !there {
			d.found = append(d.found, unread("MIG-15", r, "the inventory did not look at it"))
		}
	}
	now := map[estate.AssetRef]bool{}
	fresh.All(func(ref estate.AssetRef, item *Item) bool {
		now[ref] = true
		d.asset(ref, item)
		return true
	})
	for _, ref := range slices.SortedFunc(maps.Keys(d.held), compareRefs) {
		if fresh.Regions[ref.Region].Looked() && !now[ref] {
			name := ""
			if item := d.planned[ref]; item != nil {
				name = item.Name
			}
			d.add("MIG-14", ref, name, "was deleted after its export", "the vault holds it, and Quick does not", "an import would bring it back: leave it out, or export into a new directory").Severity = diag.Warn
		}
	}
	d.found = append(d.found, comparePeople(planned, fresh)...)
	diag.Sort(d.found)
	return d.found
}

// difference is a comparison under way.
type difference struct {
	held    map[estate.AssetRef]*Bundle
	failed  map[estate.AssetRef][]Problem
	planned map[estate.AssetRef]*Item
	graph   *Graph // of what is there now
	found   []diag.Finding
}

func (d *difference) add(code string, ref estate.AssetRef, name, what, cause, fix string) *diag.Finding {
	d.found = append(d.found, diag.Finding{Code: code, Status: diag.Fail, Subject: subject(ref), Owner: diag.QuickAdmin,
		Title: "1 " + string(ref.Type) + " " + what + ": " + Label(ref, name), Cause: cause, Fix: fix})
	return &d.found[len(d.found)-1]
}

const exportAnew = "take the inventory again and export into a new directory"

// asset compares one asset that is there now.
func (d *difference) asset(ref estate.AssetRef, item *Item) {
	b := d.held[ref]
	if b == nil {
		d.missing(ref, item)
		return
	}
	old := d.planned[ref]
	if old == nil { // it came along in a bundle; what lies beside is not in the vault
		d.add("MIG-14", ref, item.Name, "is in the vault without its permissions", "the inventory of the vault does not know it", exportAnew)
		return
	}
	d.freshness(ref, item, old, b)
	var parts []string
	for _, p := range []struct {
		what  string
		equal bool
	}{
		{"permissions", slices.EqualFunc(old.Permissions, item.Permissions, func(a, b estate.AssetGrant) bool {
			return a.Principal == b.Principal && slices.Equal(a.Actions, b.Actions)
		})},
		{"tags", maps.Equal(old.Tags, item.Tags)},
		{"folders", slices.Equal(old.Folders, item.Folders)},
		{"members", slices.Equal(old.Members, item.Members)},
		{"refresh properties", sameJSON(old.Refresh, item.Refresh)},
	} {
		if !p.equal {
			parts = append(parts, p.what)
		}
	}
	if len(parts) > 0 && item.Unread == "" && old.Unread == "" {
		d.add("MIG-14", ref, item.Name, "has other "+strings.Join(parts, ", ")+" than in the vault", "they were changed after the export", exportAnew)
	}
}

// missing says why an asset is not in the vault, as far as that is known.
func (d *difference) missing(ref estate.AssetRef, item *Item) {
	cause, fix := "it was made after the export was planned", exportAnew
	var source []diag.Source
	switch problems, failed := d.failed[ref]; {
	case failed:
		cause, fix = "AWS would not export it: "+texts(problems), "mend it in Quick and "+exportAgain+", or make it again by hand and sign it off"
	case item.Travel.How == ByAPI:
		cause, fix = item.Travel.Reason, "make it again by its own calls after the move, and sign it off"
	case item.Travel.How == ByHand || item.Travel.How == Cannot:
		cause, fix = item.Travel.Reason, "make it again by hand after the move, and sign it off"
	case item.Travel.How != ByBundle:
		cause, fix = item.Travel.Reason, "find out whether it can be exported, and sign it off"
	case d.planned[ref] != nil:
		cause, fix = "its export is not finished", exportAgain
	}
	if item.Travel.Source.Doc != "" && item.Travel.How != ByBundle {
		source = []diag.Source{item.Travel.Source}
	}
	f := d.add("MIG-15", ref, item.Name, "is not in the vault", cause, fix)
	f.Source = source
	if users, more := d.graph.users(ref); len(users) > 0 {
		count := fmt.Sprint(len(users))
		if more {
			count = "more than " + count
		}
		f.Evidence = []diag.Evidence{{Path: f.Subject, Seen: "used, directly or not, by " + count + " assets: " + d.graph.some(users)}}
	}
}

// freshness compares the last change with the creation of the export job. Quick writes whole seconds, so a change in the second of the
// creation counts as one after it. What carries no date must be the same in content as when the vault was planned.
func (d *difference) freshness(ref estate.AssetRef, item, old *Item, b *Bundle) {
	switch {
	case !item.Updated.IsZero():
		if !item.Updated.Before(b.Created) {
			d.add("MIG-14", ref, item.Name, "was changed after its export", fmt.Sprintf("changed %s, exported %s", when(item.Updated), when(b.Created)), exportAnew)
		}
	case len(item.Content) > 0 && len(old.Content) > 0:
		if !sameJSON(item.Content, old.Content) {
			d.add("MIG-14", ref, item.Name, "was changed after its export", "its content differs from that in the vault's inventory", exportAnew)
		}
	case item.Unread == "":
		d.add("MIG-14", ref, item.Name, "may have changed after its export", "Quick does not say when it was last changed", "look at it, and sign it off").Status = diag.Unknown
	}
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// sameJSON compares two JSON texts by meaning; what is no JSON equals only itself.
func sameJSON(a, b jsontext.Value) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, y := a.Clone(), b.Clone()
	if x.Canonicalize() != nil || y.Canonicalize() != nil {
		return false
	}
	return bytes.Equal(x, y)
}

// Stale reports whether a vault cannot become what is there now by exporting into it again: something is new, or changed since.
func Stale(c *Contents, planned, fresh *Inventory) bool {
	tried := map[estate.AssetRef]bool{}
	for _, f := range c.Failed {
		tried[f.Asset] = true
	}
	d := map[string]bool{}
	planned.All(func(ref estate.AssetRef, item *Item) bool {
		if tried[ref] || item.Travel.How != ByBundle {
			d[subject(ref)] = true
		}
		return true
	})
	return slices.ContainsFunc(Compare(c, planned, fresh), func(f diag.Finding) bool {
		return f.Blocks() && (f.Code == "MIG-14" || !d[f.Subject])
	})
}
