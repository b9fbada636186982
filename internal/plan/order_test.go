package plan

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
)

// steps reads "a b<a c<a,b": a step, and what it needs.
func steps(text string) []Step {
	var out []Step
	for word := range strings.FieldsSeq(text) {
		id, needs, _ := strings.Cut(word, "<")
		s := Step{ID: id}
		if needs != "" {
			s.Needs = strings.Split(needs, ",")
		}
		out = append(out, s)
	}
	return out
}

func ids(steps []Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, s.ID)
	}
	return strings.Join(out, " ")
}

func TestOrder(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                     {"", ""},
		"one":                         {"a", "a"},
		"independent steps stay":      {"c a b", "c a b"},
		"a need comes first":          {"b<a a", "a b"},
		"a chain, backwards":          {"d<c c<b b<a a", "a b c d"},
		"a diamond":                   {"d<b,c c<a b<a a", "a c b d"},
		"late needs move only theirs": {"x b<a y a z", "x y a b z"},
		"a need named twice":          {"b<a,a a", "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			in := steps(c.in)
			got, err := Order(in)
			if err != nil {
				t.Fatal(err)
			}
			if ids(got) != c.want {
				t.Errorf("got %s, want %s", ids(got), c.want)
			}
			if ids(in) != ids(steps(c.in)) {
				t.Error("the input was reordered")
			}
		})
	}
}

func TestOrderRefusesFaultsOfKinds(t *testing.T) {
	for in, want := range map[string]struct{ code, what string }{
		"a a":             {"plan/duplicate-step", "two steps have the id a"},
		"a b<z":           {"plan/unknown-need", "step b needs z, which is not in the plan"},
		"a<a":             {"plan/cycle", "steps need each other in a circle: a"},
		"x a<c b<a c<b":   {"plan/cycle", "steps need each other in a circle: a, b, c"},
		"x a<b b<a y<a z": {"plan/cycle", "steps need each other in a circle: a, b, y"},
	} {
		got, err := Order(steps(in))
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != want.code || e.What != want.what || got != nil {
			t.Errorf("%s: got %v, %v; want %s", in, ids(got), err, want.what)
		}
	}
}

// TestOrderOfRandomGraphs: every step stands after all its needs, and ordering what is ordered changes nothing.
func TestOrderOfRandomGraphs(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var in []Step
		for i := range 12 {
			s := Step{ID: string(rune('a' + i))}
			for j := range i {
				if random.IntN(4) == 0 {
					s.Needs = append(s.Needs, string(rune('a'+j)))
				}
			}
			in = append(in, s)
		}
		random.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		got, err := Order(in)
		if err != nil || len(got) != len(in) {
			t.Fatalf("%v: %v", got, err)
		}
		done := map[string]bool{}
		for _, s := range got {
			for _, n := range s.Needs {
				if !done[n] {
					t.Fatalf("%s stands before %s, which it needs: %s", s.ID, n, ids(got))
				}
			}
			done[s.ID] = true
		}
		if again, _ := Order(got); ids(again) != ids(got) {
			t.Fatalf("not stable: %s, then %s", ids(got), ids(again))
		}
	}
}

func TestNext(t *testing.T) {
	all := steps("a b<a c d<b,c")
	for name, c := range map[string]struct {
		done string
		want string
	}{
		"nothing done":       {"", "a"},
		"one done":           {"a", "b"},
		"out of order":       {"a c", "b"},
		"one need of two":    {"a b", "c"},
		"both needs":         {"a b c", "d"},
		"all":                {"a b c d", ""},
		"a stranger is done": {"z", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			done := map[string]bool{}
			for id := range strings.FieldsSeq(c.done) {
				done[id] = true
			}
			got, ok := Next(all, done)
			if got.ID != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %t", got.ID, ok)
			}
		})
	}
	if _, ok := Next(steps("a<z"), nil); ok {
		t.Error("a step whose need is nowhere must wait for ever")
	}
}

func TestRisks(t *testing.T) {
	consent, final := []Risk{OrganizationWide, Irreversible, Destroys}, []Risk{Irreversible, Destroys}
	for _, r := range []Risk{Reads, Creates, Changes, ByHand, OrganizationWide, Irreversible, Destroys} {
		if r.NeedsConsent() != slices.Contains(consent, r) || r.Final() != slices.Contains(final, r) {
			t.Errorf("%s: consent %t, final %t", r, r.NeedsConsent(), r.Final())
		}
	}
}
