package policy

import (
	"slices"
	"testing"
)

// places are the layers that a policy can be added to. A limit can only take away.
var places = []struct {
	name  string
	limit bool
	add   func(*Layers, *Document)
}{
	{"key policy", false, func(l *Layers, d *Document) {
		if l.Resource != nil {
			l.Resource = &Document{statements: slices.Concat(l.Resource.statements, d.statements)}
		}
	}},
	{"identity policies", false, func(l *Layers, d *Document) { l.Identity = append(slices.Clone(l.Identity), d) }},
	{"boundary", true, func(l *Layers, d *Document) { l.Boundary = Limit{Policies: []*Document{d}} }},
	{"session policies", true, func(l *Layers, d *Document) { l.Session = Limit{Policies: []*Document{d}} }},
	{"SCPs", true, func(l *Layers, d *Document) { l.SCPs = append(slices.Clone(l.SCPs), Limit{Policies: []*Document{d}}) }},
	{"RCPs", true, func(l *Layers, d *Document) { l.RCPs = append(slices.Clone(l.RCPs), Limit{Policies: []*Document{d}}) }},
}

// FuzzLayers adds any policy to each layer of the corpus's cases.
func FuzzLayers(f *testing.F) {
	cases := allCases(f)
	for i, c := range cases {
		if c.key != "" {
			f.Add(c.key, i*7)
		}
	}
	for i, text := range []string{fullAccess, denyKMS, perhapsKMS, perhapsNot, rcpDeny, rcpMute} {
		f.Add(document(text), i*31)
	}
	f.Fuzz(func(t *testing.T, text string, index int) {
		doc, err := Parse(text)
		if err != nil || index < 0 {
			return
		}
		c := cases[index%len(cases)]
		checkMonotony(t, c, doc)
	})
}

// checkMonotony: a limit, a statement that denies and a statement that nobody
// understands never make an allow of what was none, and never soften a denial.
func checkMonotony(t *testing.T, c verdictCase, doc *Document) (changed int) {
	t.Helper()
	base := c.decide(c.layers(t))
	denials, riddles := &Document{}, &Document{}
	for _, s := range doc.statements {
		s.effect = Deny
		denials.statements = append(denials.statements, s)
		s.effect = Allow
		riddles.statements = append(riddles.statements, withConditions(s, append(slices.Clone(s.conditions), newCondition("NumberEquals", "aws:SourceAccount"))))
	}
	for _, place := range places {
		for name, added := range map[string]*Document{"the policy": doc, "its denials": denials, "its riddles": riddles} {
			if name == "the policy" && !place.limit {
				continue
			}
			l := c.layers(t)
			if place.name == "boundary" && !l.Boundary.none() || place.name == "session policies" && !l.Session.none() {
				continue
			}
			place.add(&l, added)
			got := c.decide(l)
			if got.Decision != base.Decision {
				changed++
			}
			softened := base.Decision == Deny && got.Decision == Unknown && (name != "its riddles" || place.limit)
			if got.Decision == Allow && base.Decision != Allow || softened {
				t.Fatalf("%s, which was %s, with %s in %s:\n%s", got.Decision, base.Decision, name, place.name, showTrace(t, got.Trace))
			}
		}
	}
	return changed
}

// The laws hold over the corpus, and often enough there is something to hold.
func TestMonotonyOverTheCorpus(t *testing.T) {
	added := []*Document{
		mustParse(t, document(fullAccess, perhapsNot)), mustParse(t, document(denyKMS)), mustParse(t, document(everyone, mayDeny)),
		mustParse(t, document(rcpFull, rcpDeny)), mustParse(t, file(t, "okta7.json")), mustParse(t, file(t, "official5.json")),
	}
	changed := 0
	for _, c := range allCases(t) {
		for _, doc := range added {
			changed += checkMonotony(t, c, doc)
		}
	}
	t.Logf("%d verdicts changed", changed)
	if changed < 1000 {
		t.Errorf("only %d verdicts changed", changed)
	}
}
