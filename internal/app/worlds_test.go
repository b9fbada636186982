package app

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
	"rehome/worlds"
)

// expectation is what a world says a rehearsal must find. All of it is compared.
type expectation struct {
	Exit     int      `json:"exit"`
	Outcome  Outcome  `json:"outcome"`
	Findings []string `json:"findings"` // every open one: status severity code subject [-> step] [<- root]
	Steps    []string `json:"steps"`    // every step: id status
	Left     []string `json:"left"`     // every finding that is open afterwards
	Why      string   `json:"why,omitzero"`
}

func testApp(t *testing.T) *App {
	t.Helper()
	dir := t.TempDir()
	return &App{SpecPath: dir + "/rehome.yaml", StateDir: dir + "/.rehome", Version: "test", OSUser: "tester", Command: "test",
		Now: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }}
}

// TestEveryWorldEndsAsItExpects rehearses each world and compares the end with what the world says. On the way it collects what was asked of
// KMS, and holds that against the documented needs. With -short, for the race detector, it takes every third world: they run the same code.
func TestEveryWorldEndsAsItExpects(t *testing.T) {
	tables := &kmsTables{asked: map[string]bool{}, needed: map[string]bool{}}
	t.Run("world", func(t *testing.T) {
		for i, name := range worlds.Names() {
			if testing.Short() && i%3 > 0 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				endsAsItExpects(t, name, tables)
			})
		}
	})
	t.Run("the twin asks KMS for what is needed", func(t *testing.T) {
		if tables.worlds < len(worlds.Names()) {
			t.Skip("only with all worlds")
		}
		tables.compare(t)
	})
}

func endsAsItExpects(t *testing.T, name string, tables *kmsTables) {
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	var want expectation
	if err := json.Unmarshal(w.Expect, &want, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("the world's expect: %v", err)
	}
	var twin *kernel.Kernel
	a := testApp(t)
	a.Hooks.Twin = func(k *kernel.Kernel) { twin = k }
	r, err := a.RehearseWorld(context.Background(), RehearseRequest{World: name})
	if err != nil {
		t.Fatal(err)
	}
	got := expectation{Exit: r.Outcome.ExitCode(), Outcome: r.Outcome, Findings: open(r.Findings), Steps: []string{}, Left: open(r.Left), Why: r.Why}
	for _, s := range r.Steps {
		got.Steps = append(got.Steps, s.ID+" "+s.Status)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-expect +got)\n%s", d)
	}
	tables.add(t, w, twin)
}

func open(fs []diag.Finding) []string {
	out := []string{}
	for _, f := range fs {
		if !f.Open() {
			continue
		}
		text := fmt.Sprintf("%s %s %s %s", f.Status, f.Severity, f.Code, f.Subject)
		if f.RepairedBy != "" {
			text += " -> " + f.RepairedBy
		}
		if f.CausedBy != "" {
			text += " <- " + f.CausedBy
		}
		out = append(out, text)
	}
	return out
}

// TestPlanOfAnotherTargetIsRefused: a plan made on AWS is not carried out on a twin.
func TestPlanOfAnotherTargetIsRefused(t *testing.T) {
	a := testApp(t)
	w, err := LoadWorld("bom")
	if err != nil {
		t.Fatal(err)
	}
	seen, err := a.lookAt(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	seen.Target = estate.TargetAWS
	p, err := a.build(w.Wants, seen, estate.DefaultTimes())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(a.PlanPath()); err != nil {
		t.Fatal(err)
	}
	if err := a.Init(InitRequest{World: "bom"}); err != nil {
		t.Fatal(err)
	}
	k, err := twin.New(w.World, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	defer server.Close()
	a.Endpoint = server.URL
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "TWIN111122223333")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "twin")
	t.Setenv("AWS_CA_BUNDLE", "")
	_, err = a.Apply(t.Context(), ApplyRequest{})
	var e *diag.Error
	if !errors.As(err, &e) || e.Code != "apply/other-target" || e.Exit != diag.ExitUsage {
		t.Fatalf("got %v", err)
	}
}

// TestDeletionTimeIsPredictedExactly: 38 more minutes of deletion are 38 more minutes of machine time and outage, and nothing where
// nothing is deleted.
func TestDeletionTimeIsPredictedExactly(t *testing.T) {
	const more = 38 * 60
	for _, c := range []struct {
		world string
		more  int
	}{{"bom", more}, {"iad", 0}} {
		t.Run(c.world, func(t *testing.T) {
			t.Parallel()
			base := rehearseWith(t, c.world, 0)
			slow := rehearseWith(t, c.world, more)
			if got := slow.Predicted - base.Predicted; got != c.more {
				t.Errorf("machine time rose by %d seconds, want %d", got, c.more)
			}
			if got := slow.Outage - base.Outage; got != c.more {
				t.Errorf("outage rose by %d seconds, want %d", got, c.more)
			}
			if c.more > 0 && base.Outage == 0 {
				t.Error("no outage was counted")
			}
		})
	}
}

// TestRegionTimeIsPredictedExactly: the replication of slow-region takes an hour instead of 22 minutes, and so the whole way takes 38 minutes
// more of machine time: neither of outage, which begins later, nor of anybody's work.
func TestRegionTimeIsPredictedExactly(t *testing.T) {
	base, err := testApp(t).RehearseWorld(t.Context(), RehearseRequest{World: "bom-single"})
	if err != nil {
		t.Fatal(err)
	}
	slow, err := testApp(t).RehearseWorld(t.Context(), RehearseRequest{World: "slow-region"})
	if err != nil {
		t.Fatal(err)
	}
	if got := slow.Predicted - base.Predicted; got != 38*60 || base.Predicted < 22*60 {
		t.Errorf("machine time rose by %d seconds from %d, want %d", got, base.Predicted, 38*60)
	}
	if slow.Outage != base.Outage || base.Outage == 0 || slow.Human != base.Human {
		t.Errorf("outage %d and %d, human time %d and %d", base.Outage, slow.Outage, base.Human, slow.Human)
	}
}

func rehearseWith(t *testing.T, name string, moreSeconds int) *Rehearsal {
	t.Helper()
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	w.Times = map[estate.TimeKey]int{estate.TimeQuickDeleted: estate.DefaultTimes()[estate.TimeQuickDeleted].Typical + moreSeconds}
	r, err := testApp(t).rehearse(context.Background(), w, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != Ready {
		t.Fatalf("%s ended %s: %s", name, r.Outcome, r.Why)
	}
	return r
}
