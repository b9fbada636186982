package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/engine/enginetest"
	"rehome/internal/plan"
)

// manual is a kind whose steps only a person takes back.
type manual struct {
	*enginetest.World
	back map[string]bool
}

func (manual) Name() string { return "manual" }

func (m manual) UndoByHand(_ context.Context, _ plan.Run, s plan.Step) (plan.Hand, error) {
	return plan.Hand{Account: "111122223333", Region: "us-east-1", Why: "rehome does not delete", Do: []string{"delete " + s.ID}, Verified: s.ID + " is gone"}, nil
}

func (m manual) TakenBack(_ context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	if m.back[s.ID] {
		return plan.Observation{State: plan.Done, Detail: "gone"}, nil
	}
	return plan.Observation{State: plan.Todo, Detail: "there"}, nil
}

// hidden has the world's hands but for Undo, so that manual is no Undoer.
type hidden struct{ manual }

func (hidden) Undo() {}

type undoBench struct {
	t     *testing.T
	world *enginetest.World
	kinds map[string]plan.Kind
	back  map[string]bool
	plan  *plan.Plan
	dir   string
	asked []string // risks that consent was asked for
	yes   bool
	play  bool
}

func newUndoBench(t *testing.T, steps ...plan.Step) *undoBench {
	w := enginetest.NewWorld()
	b := &undoBench{t: t, world: w, back: map[string]bool{}, dir: t.TempDir(), yes: true, plan: &plan.Plan{Fingerprint: "f00d", Target: "twin", Steps: steps}}
	b.kinds = map[string]plan.Kind{"fake": w, "manual": hidden{manual{w, b.back}}}
	return b
}

func (b *undoBench) process(f func(context.Context, engine.Config) (engine.Result, error)) (engine.Result, error) {
	b.t.Helper()
	j, err := engine.OpenJournal(engine.JournalConfig{Dir: b.dir, Now: b.world.Clock.Now, Binding: engine.Binding{Run: "r1", Plan: "f00d", Target: "twin"}})
	if err != nil {
		b.t.Fatal(err)
	}
	defer j.Close()
	c := engine.Config{Plan: b.plan, Kinds: b.kinds, Journal: j, Clock: b.world.Clock,
		Gates: map[plan.Gate]engine.GateFunc{plan.GateConsent: func(_ context.Context, _ plan.Run, s plan.Step) (engine.Evidence, error) {
			b.asked = append(b.asked, s.RiskName)
			if !b.yes {
				return engine.Evidence{}, &diag.Error{Code: "fake/no", What: "nobody consented", Exit: diag.ExitWaiting}
			}
			return engine.Evidence{Digest: "yes", Detail: "yes"}, nil
		}},
		BeforeStep: func(context.Context, plan.Step) error { return nil },
		Facts:      func(context.Context, []string) ([]string, error) { return nil, nil }}
	if b.play {
		c.Person = func(_ context.Context, h plan.Hand) error {
			b.back[strings.TrimPrefix(h.Do[0], "delete ")] = true
			return nil
		}
	}
	return f(b.t.Context(), c)
}

func statusesOf(r engine.Result) (out []engine.Status) {
	for _, s := range r.Steps {
		out = append(out, s.Status)
	}
	return out
}

func codeOf(err error) string {
	var e *diag.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// way is what a run from one Region does: makes a key, takes it into use, copies it, adds a Region, looks.
func way() []plan.Step {
	return []plan.Step{{ID: "key", Kind: "manual"}, {ID: "encrypt", Kind: "fake", Risk: plan.OrganizationWide, RiskName: "encrypt/5", Needs: []string{"key"}},
		{ID: "replica", Kind: "manual", Needs: []string{"encrypt"}}, {ID: "region", Kind: "fake", Needs: []string{"replica"}}, {ID: "look", Kind: "fake", Risk: plan.Reads, Needs: []string{"region"}}}
}

// TestUndoGoesBackwardsAndWaitsForPeople: what rehome may take back it does, what only a person may it waits for, and a finished run is
// no exception.
func TestUndoGoesBackwardsAndWaitsForPeople(t *testing.T) {
	b := newUndoBench(t, way()...)
	if r, err := b.process(engine.Run); err != nil || !r.Ended {
		t.Fatal(r, err)
	}
	b.world.Log, b.asked = nil, nil
	r, err := b.process(engine.Undo)
	if codeOf(err) != "engine/by-hand" || diag.ExitCode(err) != diag.ExitWaiting || r.Ended {
		t.Fatalf("%v, ended %t", err, r.Ended)
	}
	var e *diag.Error
	errors.As(err, &e)
	if !slices.Contains(e.Fix, "delete replica") || !strings.Contains(e.Where, "us-east-1") {
		t.Errorf("the person is not told what to do: %+v", e)
	}
	if got := statusesOf(r); !slices.Equal(got, []engine.Status{engine.StatusDone, engine.StatusDone, engine.StatusWaiting, engine.StatusUndone, engine.StatusUndone}) {
		t.Errorf("statuses %v", got)
	}
	b.back["replica"] = true
	b.yes = false
	if _, err = b.process(engine.Undo); codeOf(err) != "fake/no" || !slices.Equal(b.asked, []string{"undo/encrypt/5"}) {
		t.Fatalf("without consent: %v, asked %v", err, b.asked)
	}
	b.yes, b.play = true, true
	r, err = b.process(engine.Undo)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range statusesOf(r) {
		if s != engine.StatusUndone {
			t.Errorf("step %s is %s", b.plan.Steps[i].ID, s)
		}
	}
	if b.world.Count("undo encrypt") != 1 || b.world.Count("undo region") != 1 || b.world.Count("act") != 0 {
		t.Errorf("calls: %v", b.world.Log)
	}
	h, err := engine.ReadJournal(b.dir)
	if err != nil || h.Ended {
		t.Errorf("the journal still says that the run is finished (%v)", err)
	}
}

// TestUndoStopsBeforeWhatIsFinal: a run that destroyed something, or may have, is not taken back, not even in part.
func TestUndoStopsBeforeWhatIsFinal(t *testing.T) {
	steps := append(way(), plan.Step{ID: "kill", Kind: "fake", Risk: plan.Irreversible, RiskName: "kill/1", Needs: []string{"look"}})
	open := func(f func(context.Context, engine.Config) (engine.Result, error)) func(context.Context, engine.Config) (engine.Result, error) {
		return func(ctx context.Context, c engine.Config) (engine.Result, error) {
			c.Gates[plan.GateRehearsal] = c.Gates[plan.GateConsent]
			return f(ctx, c)
		}
	}
	b := newUndoBench(t, steps...)
	if _, err := b.process(open(engine.Run)); err != nil {
		t.Fatal(err)
	}
	b.world.Log = nil
	if _, err := b.process(open(engine.Undo)); codeOf(err) != "engine/beyond-return" || diag.ExitCode(err) != diag.ExitBlocked || b.world.Count("undo") != 0 {
		t.Errorf("%v, calls %v", err, b.world.Log)
	}
}

// TestUndoGivesUpInTime: what is not seen taken back within the kind's patience stops the undo, and can be gone on with.
func TestUndoGivesUpInTime(t *testing.T) {
	b := newUndoBench(t, plan.Step{ID: "a", Kind: "sticky"})
	b.kinds["sticky"] = sticky{b.world}
	if _, err := b.process(engine.Run); err != nil {
		t.Fatal(err)
	}
	began := b.world.Clock.Now()
	_, err := b.process(engine.Undo)
	if err == nil || b.world.Clock.Now().Sub(began) < time.Hour {
		t.Errorf("%v after %s", err, b.world.Clock.Now().Sub(began))
	}
}

// sticky says that it takes back, and does not.
type sticky struct{ *enginetest.World }

func (sticky) Undo(context.Context, plan.Run, plan.Step) error { return nil }

// TestByHandStepsWaitForAPerson, who can say that it is done, but is believed only when it is seen.
func TestByHandStepsWaitForAPerson(t *testing.T) {
	hand := &plan.Hand{Account: "111122223333", Region: "us-east-1", Why: "the console only", Do: []string{"press Unsubscribe"}, Verified: "it is gone"}
	b := newUndoBench(t, plan.Step{ID: "press", Kind: "fake", Risk: plan.ByHand, ByHand: hand}, plan.Step{ID: "after", Kind: "fake", Needs: []string{"press"}})
	r, err := b.process(engine.Run)
	if codeOf(err) != "engine/by-hand" || diag.ExitCode(err) != diag.ExitWaiting || statusesOf(r)[0] != engine.StatusWaiting || b.world.Count("act") != 0 {
		t.Fatalf("%v, %v, calls %v", err, statusesOf(r), b.world.Log)
	}
	_, err = b.process(func(_ context.Context, c engine.Config) (engine.Result, error) {
		return engine.Result{}, engine.Hand(c.Journal, "press", "Ana")
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = b.process(engine.Run); codeOf(err) != "engine/by-hand-unseen" || !strings.Contains(err.Error(), "Ana says") {
		t.Fatalf("a word was taken for the deed: %v", err)
	}
	b.world.Apply("press", "pressed")
	if r, err = b.process(engine.Run); err != nil || !r.Ended || statusesOf(r)[0] != engine.StatusDone {
		t.Errorf("%v, %v", err, statusesOf(r))
	}
}
