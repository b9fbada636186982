package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, theme := range corpus(f) {
		for _, c := range theme {
			f.Add(c.key)
		}
	}
	for _, text := range []string{"", "{", `{"Statement":[{}]}`, `{"Statement":{"Effect":"Deny","Principal":{"AWS":[""]},"Action":""}}`, "\xff", `{"a":{"a":[[[1,null`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := Parse(text)
		var e *ParseError
		switch {
		case err == nil && doc == nil:
			t.Error("neither document nor error")
		case err == nil:
			AuthorizeKey(Layers{Resource: doc}, owned(sso, "kms:Decrypt", mumbai, instanceContext))
		case !errors.As(err, &e):
			t.Errorf("error of type %T", err)
		case e.Offset < 0 || e.Offset > len(text) || e.Line < 1 || e.Column < 1 || e.Msg == "":
			t.Errorf("impossible place %+v", *e)
		}
	})
}

// FuzzAuthorize holds the laws of unknown over policies, actions and one more
// context key. The seeds are every policy of the corpus with its own request.
func FuzzAuthorize(f *testing.F) {
	cases := allCases(f)
	for i, c := range cases {
		f.Add(c.key, i, "kms:ViaService", "sso.us-east-1.amazonaws.com")
		f.Add(c.key, i, "aws:SourceOrgID", "${*}")
	}
	f.Fuzz(func(t *testing.T, text string, index int, key, value string) {
		doc, err := Parse(text)
		if err != nil || index < 0 {
			return
		}
		c := cases[index%len(cases)]
		l := c.layers(t)
		l.Resource = doc
		for _, r := range []Request{c.req, c.req.with(key, value), c.req.with(key, value, value)} {
			checkLaws(t, c, l, r)
		}
	})
}

// allCases flattens the corpus in a stable order.
func allCases(tb testing.TB) []verdictCase {
	themes := corpus(tb)
	var cases []verdictCase
	for _, theme := range slices.Sorted(maps.Keys(themes)) {
		cases = append(cases, themes[theme]...)
	}
	return cases
}

// The corpus meets the premises of the laws often enough for them to mean something.
func TestLawsOfUnknownOverTheCorpus(t *testing.T) {
	var work lawWork
	for _, c := range allCases(t) {
		work.add(checkLaws(t, c, c.layers(t), c.req))
	}
	t.Logf("%+v", work)
	if work.solitary < 100 || work.spoiled < 200 || work.forgotten < 500 || work.settled < 20 {
		t.Errorf("too few chances to fail: %+v", work)
	}
}

// lawWork counts how often each law had its premise fulfilled.
type lawWork struct {
	solitary  int // statements that alone allow a request
	spoiled   int // mutations of such statements
	forgotten int // keys marked as not looked at
	settled   int // of those, verdicts that became Unknown
}

func (w *lawWork) add(o lawWork) {
	w.solitary += o.solitary
	w.spoiled += o.spoiled
	w.forgotten += o.forgotten
	w.settled += o.settled
}

// checkLaws: (1) what only one statement allows is not allowed once that
// statement holds something unknown; (2) not looking at a key, or at a policy,
// changes a decision to Unknown or not at all.
func checkLaws(t *testing.T, c verdictCase, l Layers, r Request) (work lawWork) {
	t.Helper()
	c.req = r
	base := c.decide(l)
	if base.Decision == Allow {
		for i, doc := range documents(l) {
			for j := range doc.statements {
				work.add(spoil(t, c, l, i, j))
			}
		}
	}
	for _, key := range keysOf(l, r) {
		c.req = r.unknown(key)
		got := c.decide(l)
		work.forgotten++
		if got.Decision != base.Decision {
			work.settled++
			if got.Decision != Unknown {
				t.Fatalf("%s when nobody looked at %s, %s before\n%s", got.Decision, key, base.Decision, showTrace(t, got.Trace))
			}
		}
	}
	c.req = r
	for _, blind := range blinded(l) {
		if got := c.decide(blind); got.Decision != base.Decision && got.Decision != Unknown {
			t.Fatalf("%s when policies were not read, %s before", got.Decision, base.Decision)
		}
	}
	return work
}

// blinded are the layers when nobody has read some or all of them.
func blinded(l Layers) (all []Layers) {
	hide := []func(*Layers){
		func(b *Layers) { b.Resource = nil },
		func(b *Layers) { b.IdentityKnown = false },
		func(b *Layers) { b.Identity, b.IdentityKnown = nil, false },
		func(b *Layers) { b.Grants = Grants{Unread: true} },
		func(b *Layers) { b.Boundary = Limit{Unread: true} },
		func(b *Layers) { b.Session.Unread = true },
		func(b *Layers) { b.SCPs = []Limit{{Unread: true}} },
		func(b *Layers) { b.RCPs = []Limit{{Unread: true}} },
		func(b *Layers) { b.Management = "" },
	}
	nothing := l
	for _, f := range hide {
		one := l
		f(&one)
		f(&nothing)
		all = append(all, one)
	}
	return append(all, nothing)
}

// spoil puts something unknown into statement j of document i if the request
// is allowed only by it.
func spoil(t *testing.T, c verdictCase, l Layers, i, j int) (work lawWork) {
	t.Helper()
	s := documents(l)[i].statements[j]
	if s.effect != Allow || c.decide(replaced(l, i, j, statement{label: s.label, effect: Allow})).Decision == Allow {
		return work
	}
	work.solitary++
	for name, mutant := range mutants(s) {
		work.spoiled++
		if v := c.decide(replaced(l, i, j, mutant)); v.Decision == Allow {
			t.Fatalf("statement %q with %s still allows\n%s", s.label, name, showTrace(t, v.Trace))
		}
	}
	return work
}

// mutants are copies of a statement with one operator or key that is not
// modelled, in place of a known one or in addition.
func mutants(s statement) map[string]statement {
	strange := newCondition("NumberEquals", "aws:SourceAccount")
	foreign := newCondition("StringNotEqualsIfExists", "aws:NobodyKnows")
	list := map[string]statement{
		"one more operator": withConditions(s, append(slices.Clone(s.conditions), strange)),
		"one more key":      withConditions(s, append([]condition{foreign}, s.conditions...)),
	}
	for i, c := range s.conditions {
		operator, key := newCondition("Time"+c.written, c.key), newCondition(c.written, "x"+c.key)
		operator.read(c.texts, true)
		key.read(c.texts, true)
		for name, mutant := range map[string]condition{"operator": operator, "key": key} {
			conditions := slices.Clone(s.conditions)
			conditions[i] = mutant
			list[fmt.Sprintf("another %s in condition %d", name, i)] = withConditions(s, conditions)
		}
	}
	return list
}

func withConditions(s statement, conditions []condition) statement {
	s.conditions = conditions
	return s
}

// documents are the layers' documents, the key policy first (an empty one if nobody read it).
func documents(l Layers) []*Document {
	key := l.Resource
	if key == nil {
		key = &Document{}
	}
	return append([]*Document{key}, l.Identity...)
}

func replaced(l Layers, i, j int, s statement) Layers {
	docs := documents(l)
	statements := slices.Clone(docs[i].statements)
	statements[j] = s
	docs[i] = &Document{statements: statements}
	l.Identity = docs[1:]
	if l.Resource != nil {
		l.Resource = docs[0]
	}
	return l
}

// keysOf are the condition keys and variables that a decision could turn on.
func keysOf(l Layers, r Request) []string {
	keys := slices.Collect(maps.Keys(r.Context.data))
	for _, doc := range documents(l) {
		for _, s := range doc.statements {
			for _, c := range s.conditions {
				keys = append(keys, strings.ToLower(c.key))
				keys = append(keys, variablesOf(c.values)...)
			}
			if s.resources != nil {
				keys = append(keys, variablesOf(s.resources.patterns)...)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func variablesOf(patterns []pattern) (keys []string) {
	for _, p := range patterns {
		for _, part := range p.parts {
			if part.key != "" {
				keys = append(keys, part.key)
			}
		}
	}
	return keys
}
