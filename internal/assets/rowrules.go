package assets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// ruleColumns are the columns by which rules for rows name people (quick-api 5).
var ruleColumns = []string{"UserName", "GroupName", "UserARN", "GroupARN"}

// RuleColumns reports whether a dataset with these columns may hold rules for rows. Quick takes the names in any case (INFERRED).
func RuleColumns(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return slices.ContainsFunc(ruleColumns, func(c string) bool { return strings.EqualFold(c, name) })
	})
}

// rulesByARN is the format of rules whose rows name people by ARN, with the identity Region in it (quick-api 5).
const rulesByARN = "VERSION_2"

// ruled is a dataset with rules for rows, and what it rules.
type ruled struct {
	by      []estate.AssetRef // sorted
	formats map[string]bool
}

// RowRules names the datasets by whose rows it is decided who sees which rows of others (MIG-31). Those rows are in the customer's own
// database or file, where no call shows them: a person has to look, and to change those that name people by ARN.
func RowRules(inv *Inventory, m Mapping) (found []diag.Finding) {
	rules, items := map[estate.AssetRef]*ruled{}, map[estate.AssetRef]*Item{}
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		items[ref] = item
		for _, r := range item.Rules {
			at, account, ok := estate.ParseAssetARN(r.DataSet)
			if !ok || account != inv.Account || !r.Enabled {
				continue
			}
			if rules[at] == nil {
				rules[at] = &ruled{formats: map[string]bool{}}
			}
			rules[at].by, rules[at].formats[r.Format] = append(rules[at].by, ref), true
		}
		return true
	})
	renamed := m.renamed()
	for _, ref := range slices.SortedFunc(maps.Keys(rules), compareRefs) {
		r := rules[ref]
		item := items[ref]
		if item == nil {
			item = &Item{}
		}
		f := diag.Finding{Code: "MIG-31", Status: diag.Fail, Severity: diag.Warn, Subject: subject(ref), Owner: diag.QuickAdmin, Source: []diag.Source{sheet("5")}}
		shape := "its columns are not known"
		if len(item.Columns) > 0 {
			shape = "its columns are " + strings.Join(item.Columns, ", ")
		}
		f.Cause = fmt.Sprintf("it says who sees which rows of %d datasets; its rows are where no call shows them; %s", len(r.by), shape)
		if r.formats[rulesByARN] {
			f.Title = "1 dataset of row rules names people by ARN, and their ARNs change: " + Label(ref, item.Name)
			f.Fix = "at its source, give each UserARN and GroupARN the new identity Region and account; until then its people see no rows"
		} else {
			f.Title = "1 dataset of row rules names people, and nobody here can see whom: " + Label(ref, item.Name)
			f.Fix = "look whether each UserName and GroupName in its source is one at the target"
			if len(renamed) > 0 {
				f.Fix += "; renamed are " + strings.Join(renamed, ", ")
			}
		}
		for _, by := range r.by {
			f.Evidence = append(f.Evidence, diag.Evidence{Path: subject(by), Seen: Label(by, items[by].Name)})
		}
		found = append(found, f)
	}
	return found
}

// renamed are the principals that have another name at the target, sorted.
func (m Mapping) renamed() (out []string) {
	for _, from := range slices.Sorted(maps.Keys(m.Principals)) {
		a, okA := from.Split()
		b, okB := m.Principals[from].Split()
		if okA && okB && a[5] != b[5] {
			out = append(out, a[5]+" to "+b[5])
		}
	}
	return out
}
