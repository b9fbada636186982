package house

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	requirementsFile = "docs/requirements.tsv"
	coverageFile     = "docs/coverage.md"
)

// row is one requirement.
type row struct {
	id, group, title, kind string
	waitsFor               string // what later work brings it; "later" when none is planned yet
	place                  string // where its code is; empty: nowhere yet
}

func rows(t *testing.T) []row {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(read(t, requirementsFile))), "\n")
	var out []row
	for i, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			t.Fatalf("%s:%d: %d fields, want 6", requirementsFile, i+2, len(f))
		}
		out = append(out, row{f[0], f[1], f[2], f[3], f[4], f[5]})
	}
	return out
}

func TestRequirementsAreWellFormed(t *testing.T) {
	all := paths(t)
	seen := map[string]bool{}
	for _, r := range rows(t) {
		switch {
		case !rowID.MatchString(r.id) || !strings.HasPrefix(r.id, r.group+"-"):
			t.Errorf("%s: no id of group %s", r.id, r.group)
		case seen[r.id]:
			t.Errorf("%s is there twice", r.id)
		case r.title == "" || len(strings.Fields(r.title)) > 12:
			t.Errorf("%s: a title has 1 to 12 words", r.id)
		case r.kind == "" || r.waitsFor == "":
			t.Errorf("%s lacks its kind or what it waits for", r.id)
		case r.place != "" && !slices.ContainsFunc(all, func(p string) bool { return p == r.place || strings.HasPrefix(p, r.place+"/") }):
			t.Errorf("%s: there is no %s", r.id, r.place)
		}
		seen[r.id] = true
	}
	if len(seen) != 403 {
		t.Errorf("%d rows, the catalogue has 403", len(seen))
	}
}

// TestCoverageIsCurrent: docs/coverage.md says green for exactly the rows that a test claims.
func TestCoverageIsCurrent(t *testing.T) {
	all := rows(t)
	by := map[string][]claim{}
	for _, c := range claims(t, loadTree(t)) {
		if !slices.ContainsFunc(all, func(r row) bool { return r.id == c.id }) {
			t.Errorf("%s in %s claims %s, which %s does not have", c.test, c.dir, c.id, requirementsFile)
		}
		by[c.id] = append(by[c.id], c)
	}
	current(t, coverageFile, coverage(all, by))
}

func coverage(all []row, by map[string][]claim) string {
	var b strings.Builder
	b.WriteString(coverageHead)
	b.WriteString("| group | rows | green | waiting | later |\n|---|---:|---:|---:|---:|\n")
	var sum [4]int
	for _, group := range slices.Compact(column(all, func(r row) string { return r.group })) {
		var n [4]int
		for _, r := range all {
			if r.group == group {
				n[0]++
				n[state(r, by)]++
			}
		}
		for i := range n {
			sum[i] += n[i]
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", group, n[0], n[green], n[waiting], n[later])
	}
	fmt.Fprintf(&b, "| **all** | **%d** | **%d** | **%d** | **%d** |\n", sum[0], sum[green], sum[waiting], sum[later])
	b.WriteString("\n| id | what | kind | state | code | shown by |\n|---|---|---|---|---|---|\n")
	for _, r := range all {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.id, r.title, r.kind, stateText(r, by), code(r.place), shownBy(by[r.id]))
	}
	return b.String()
}

// The states of a row, as places in a count.
const (
	green = iota + 1
	waiting
	later
)

func state(r row, by map[string][]claim) int {
	switch {
	case len(by[r.id]) > 0:
		return green
	case strings.HasPrefix(r.waitsFor, "later"):
		return later
	}
	return waiting
}

func stateText(r row, by map[string][]claim) string {
	switch state(r, by) {
	case green:
		return "green"
	case waiting:
		return "waiting (" + r.waitsFor + ")"
	}
	if _, topic, ok := strings.Cut(r.waitsFor, ": "); ok {
		return "later (" + topic + ")"
	}
	return "later"
}

func shownBy(cs []claim) string {
	var out []string
	for _, c := range cs {
		out = append(out, code(path.Base(c.dir)+"."+c.test))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func column[T cmp.Ordered](all []row, of func(row) T) []T {
	var out []T
	for _, r := range all {
		out = append(out, of(r))
	}
	return out
}

const coverageHead = `# Coverage of the requirements

Made from ` + "`docs/requirements.tsv`" + ` and from what the tests claim, by ` + "`go test ./internal/house -update`" + `; a test fails when it is out of date.

A row is **green** when a test claims it, on the very thing that the row asks to be seen, and that test passes: the claim is a test
attribute, and ` + "`.ci/run`" + ` fails when a claiming test was skipped or did not pass. A row is **waiting** when its proof belongs
to work that is planned, which the state names; some of its code may be here already. **Later** is everything else.

`
