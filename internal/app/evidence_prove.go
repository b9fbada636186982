package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// prove holds the contents against each other: a set can be intact and still not belong together.
func (a *App) prove(v *Verified, m Manifest) {
	h, err := engine.ReadJournal(v.Dir)
	head := ""
	if err == nil {
		head, err = journalHead(v.Dir, len(h.Records))
	}
	v.proof("every record of the journal follows the one before it, and the last is the manifest's head", err, head == m.JournalHead && (m.Run == "" || h.Binding.Plan == m.Plan && h.Binding.Run == m.Run))
	given, err := engine.ReadConsents(v.Dir)
	v.proof("every consent was given for this plan", err, !slices.ContainsFunc(given, func(c engine.Consent) bool { return c.PlanFingerprint != m.Plan }))
	const what = "the plan has its fingerprint"
	p, places, err := a.evidencedPlan(v.Dir, m)
	switch {
	case err != nil:
		v.proof(what, err, false)
	case p == nil:
		v.CrossChecks = append(v.CrossChecks, CrossCheck{what, diag.Unknown, fmt.Sprintf("something was replaced in it: %s; rehome report --verify can prove it where the plan is kept (--state)", joinPlaces(places))})
	case len(places) > 0:
		v.proof(what+", by the kept plan, which is equal in every place where nothing was replaced", nil, true)
	default:
		v.proof(what, nil, p.Fingerprint == m.Plan)
	}
	if p != nil {
		v.facts(p, m)
	}
}

func (v *Verified) proof(what string, err error, holds bool) {
	out := CrossCheck{What: what, Status: diag.Pass}
	if err != nil {
		out.Status, out.Why = diag.Fail, diag.From("reading", err).Error()
	} else if !holds {
		out.Status, out.Why = diag.Fail, "it is not so"
	}
	v.CrossChecks = append(v.CrossChecks, out)
}

// facts proves that the survey is the one that the plan was made from, in all places where nothing was replaced.
func (v *Verified) facts(p *plan.Plan, m Manifest) {
	const what = "the survey holds the facts that the plan rests on"
	var s estate.Survey
	path := filepath.Join(v.Dir, "survey.json")
	if _, err := os.Stat(path); err != nil {
		v.CrossChecks = append(v.CrossChecks, CrossCheck{what, diag.Unknown, "there is no survey in the set"})
		return
	}
	err := document.Read(path, &s)
	changed := []string{}
	if err == nil {
		changed, err = p.Changed(&s.Estate, nil)
	}
	places := m.redactions("survey.json")
	before := len(changed)
	changed = slices.DeleteFunc(changed, func(pointer string) bool { return covered("/estate"+pointer, places) })
	if err == nil && len(changed) > 0 {
		err = errors.New("they differ in " + strings.Join(changed, ", "))
	}
	v.proof(what, err, true)
	if last := &v.CrossChecks[len(v.CrossChecks)-1]; before > len(changed) && last.Status == diag.Pass {
		last.Why = fmt.Sprintf("%d of %d facts cannot be compared, because people are in them", before-len(changed), len(p.Facts))
	}
}

// covered reports whether something at, above or below a pointer was replaced.
func covered(pointer string, places []Redaction) bool {
	return slices.ContainsFunc(places, func(r Redaction) bool {
		a, b := strings.Split(place(segments(pointer)), "/"), strings.Split(r.Place, "/")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				return false
			}
		}
		return true
	})
}

func segments(pointer string) []string {
	out := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range out {
		out[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(out[i])
	}
	return out
}

func (m *Manifest) redactions(name string) []Redaction {
	for _, e := range m.Files {
		if e.Name == name {
			return e.Redacted
		}
	}
	return nil
}

// evidencedPlan reads the set's plan and proves that nobody edited it. Of one in which something was replaced, the kept original is
// read and compared in every other place; nil: it is not kept here.
func (a *App) evidencedPlan(dir string, m Manifest) (*plan.Plan, []Redaction, error) {
	path, places := filepath.Join(dir, "plan.json"), m.redactions("plan.json")
	if len(places) == 0 {
		p, err := plan.Read(path)
		return p, nil, err
	}
	for _, kept := range []string{filepath.Join(a.runDir(m.Plan), "plan.json"), a.PlanPath()} {
		p, err := plan.Read(kept)
		if err != nil || p.Fingerprint != m.Plan {
			continue
		}
		var mine, theirs any
		for file, into := range map[string]*any{kept: &mine, path: &theirs} {
			text, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(text, into)
			}
			if err != nil {
				return nil, places, err
			}
		}
		if at := differ(mine, theirs, nil, places); at != "" {
			return nil, places, errors.New("it differs from the kept plan at " + at)
		}
		return p, places, nil
	}
	return nil, places, nil
}

// differ is the first place where two trees differ and nothing was replaced; empty: there is none.
func differ(a, b any, path []string, places []Redaction) string {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return place(path)
		}
		for k := range x {
			if _, ok := y[k]; !ok && !covered(place(append(slices.Clone(path), k)), places) {
				return place(append(path, k))
			}
			if at := differ(x[k], y[k], append(slices.Clone(path), k), places); at != "" {
				return at
			}
		}
		return ""
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return place(path)
		}
		for i := range x {
			if at := differ(x[i], y[i], append(slices.Clone(path), "*"), places); at != "" {
				return at
			}
		}
		return ""
	}
	if a != b && !slices.ContainsFunc(places, func(r Redaction) bool { return r.Place == place(path) }) {
		return place(path)
	}
	return ""
}

func joinPlaces(places []Redaction) string {
	out := make([]string, len(places))
	for i, p := range places {
		out[i] = p.Place
	}
	return strings.Join(out, ", ")
}
