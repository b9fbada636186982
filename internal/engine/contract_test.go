package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/engine/enginetest"
	"rehome/internal/plan"
)

// journalDriver is this package's own engine under the contract; a kill is a panic right after a record's fsync.
type journalDriver struct{}

func (journalDriver) Begin(t testing.TB, p *plan.Plan) enginetest.Run {
	return journalRun{dir: t.TempDir(), plan: p}
}

type journalRun struct {
	dir  string
	plan *plan.Plan
}

func (r journalRun) Process(ctx context.Context, c engine.Config, die int) (x enginetest.Exit) {
	defer func() {
		if c.Journal != nil {
			c.Journal.Close()
		}
		if v := recover(); v != nil {
			if _, ok := v.(enginetest.Killed); !ok {
				panic(v)
			}
			x.Died = true
		}
	}()
	c.Journal, x.Err = engine.OpenJournal(engine.JournalConfig{Dir: r.dir, Now: c.Clock.Now,
		Binding: engine.Binding{Run: "r1", Plan: r.plan.Fingerprint, Target: string(r.plan.Target), OSUser: "alice", Version: "test"},
		OnRecord: func(int) {
			if x.Records++; x.Records == die {
				panic(enginetest.Killed{})
			}
		}})
	if x.Err != nil {
		return x
	}
	x.Result, x.Err = engine.Run(ctx, c)
	return x
}

func TestContract(t *testing.T) { enginetest.Contract(t, journalDriver{}) }

// The journal of a run that passes gates and waits tells all of it, in order.
func TestJournalTellsTheRun(t *testing.T) {
	w := enginetest.NewWorld()
	w.Trait("a").Takes = 30 * time.Second
	p := &plan.Plan{Fingerprint: "f00d", Target: "twin", Steps: []plan.Step{{ID: "a", Kind: "fake", Risk: plan.OrganizationWide, Gates: []plan.Gate{plan.GateUndo}}}}
	open := func(digest string) engine.GateFunc {
		return func(context.Context, plan.Run, plan.Step) (engine.Evidence, error) {
			return engine.Evidence{Digest: digest, Detail: "open"}, nil
		}
	}
	run := journalDriver{}.Begin(t, p)
	x := run.Process(t.Context(), engine.Config{Plan: p, Kinds: map[string]plan.Kind{"fake": w}, Clock: w.Clock,
		Gates:      map[plan.Gate]engine.GateFunc{plan.GateUndo: open("d-undo"), plan.GateConsent: open("d-yes")},
		BeforeStep: func(context.Context, plan.Step) error { return nil },
		Facts:      func(context.Context, []string) ([]string, error) { return nil, nil }}, 0)
	if x.Err != nil {
		t.Fatal(x.Err)
	}
	h, err := engine.ReadJournal(run.(journalRun).dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range h.Records {
		got = append(got, strings.Join(strings.Fields(fmt.Sprint(r.Type, " ", r.State, " ", r.Gate, " ", r.Evidence, " ", r.Output["value"])), " "))
	}
	want := []string{"begin", "observed todo", "gate undo d-undo", "consent consent d-yes", "intent", "observed pending", "observed done", "done a()", "end"}
	if !slices.Equal(got, want) {
		t.Errorf("the journal tells\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if at := h.Records[4].Time; !h.Records[7].Time.Equal(at.Add(30 * time.Second)) {
		t.Errorf("intent at %v, done at %v", at, h.Records[7].Time)
	}
}

// A gate that says yes without saying what it saw is locked.
func TestGateWithoutEvidenceIsLocked(t *testing.T) {
	w := enginetest.NewWorld()
	p := &plan.Plan{Fingerprint: "f00d", Target: "twin", Steps: []plan.Step{{ID: "a", Kind: "fake", Gates: []plan.Gate{plan.GateWindow}}}}
	x := journalDriver{}.Begin(t, p).Process(t.Context(), engine.Config{Plan: p, Kinds: map[string]plan.Kind{"fake": w}, Clock: w.Clock,
		Gates: map[plan.Gate]engine.GateFunc{plan.GateWindow: func(context.Context, plan.Run, plan.Step) (engine.Evidence, error) {
			return engine.Evidence{}, nil
		}},
		BeforeStep: func(context.Context, plan.Step) error { return nil },
		Facts:      func(context.Context, []string) ([]string, error) { return nil, nil }}, 0)
	if diag.ExitCode(x.Err) != diag.ExitBlocked || w.Count("act") != 0 {
		t.Errorf("error %v, calls %v", x.Err, w.Log)
	}
}
