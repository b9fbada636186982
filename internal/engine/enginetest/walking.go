package enginetest

import (
	"errors"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

// walking: what a run does when nobody disturbs it.
var walking = []contractCase{
	{"each step is looked at, done and looked at again, in the order of needs", []plan.Step{{ID: "b", Needs: []string{"a"}}, {ID: "a"}, {ID: "c"}}, func(b *bench) {
		x := b.ends()
		b.called("before a", "observe a", "facts []", "act a", "observe a", "before b", "observe b", "act b", "observe b", "before c", "observe c", "act c", "observe c")
		b.statuses(x, engine.StatusDone, engine.StatusDone, engine.StatusDone)
	}},
	{"what is done already is skipped", chainOf("a", "b"), func(b *bench) {
		b.Apply("a", "a()")
		x := b.ends()
		b.called("before a", "observe a", "before b", "observe b", "facts []", "act b", "observe b")
		b.statuses(x, engine.StatusSkipped, engine.StatusDone)
		if got := b.told("a"); !slices.Equal(got, []engine.EventKind{engine.EventStarted, engine.EventObserved, engine.EventSkipped}) {
			b.t.Errorf("events %v", got)
		}
	}},
	{"what is under way is waited for and not begun again", chainOf("a"), func(b *bench) {
		b.Apply("a", "a()")
		b.Trait("a").Takes = 25 * time.Second
		b.ends()
		if b.Count("act") != 0 || b.Count("observe") != 4 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"a kind without an interval is not looked at without end", chainOf("a"), func(b *bench) {
		b.Every, b.Trait("a").Takes = 0, 3*time.Second
		b.ends()
		if b.Count("observe") != 5 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"times are taken on the clock, from intent to seen done", with(chainOf("a", "b"), "b", func(s *plan.Step) { s.Seconds = 40 }), func(b *bench) {
		b.Trait("a").Takes, b.Trait("b").Takes = 20*time.Second, 30*time.Second
		x := b.ends()
		if x.Result.Steps[0].Seconds != 20 || x.Result.Steps[1].Seconds != 30 {
			b.t.Errorf("steps took %+v", x.Result.Steps)
		}
		if d, ok := x.Result.Between("a", "b"); d != 50*time.Second || !ok {
			b.t.Errorf("from a to b: %v, %v", d, ok)
		}
		if _, ok := x.Result.Between("a", "z"); ok {
			b.t.Error("a time to a step that is not there")
		}
		var waited []time.Duration
		for _, e := range b.events {
			if e.Kind == engine.EventWaiting && e.Step.ID == "b" {
				if e.Expected != 40*time.Second || e.State != plan.Pending {
					b.t.Errorf("event %+v", e)
				}
				waited = append(waited, e.Elapsed)
			}
		}
		if !slices.Equal(waited, []time.Duration{0, 10 * time.Second, 20 * time.Second}) {
			b.t.Errorf("waited %v", waited)
		}
	}},
	{"a second run looks and makes no change", chainOf("a", "b", "c"), func(b *bench) {
		b.Apply("a", "a()")
		b.ends()
		b.Log = nil
		x := b.ends()
		b.called("before a", "observe a", "before b", "observe b", "before c", "observe c")
		b.statuses(x, engine.StatusSkipped, engine.StatusDone, engine.StatusDone)
		if x.Records != 0 {
			b.t.Errorf("a finished run got %d more records", x.Records)
		}
	}},
	{"a finished run that does not hold any more is told, not mended", chainOf("a", "b"), func(b *bench) {
		b.ends()
		b.Remove("b")
		b.Log = nil
		x := b.process(b.t.Context(), "")
		b.stopped(x, "engine/drifted", diag.ExitBlocked)
		b.statuses(x, engine.StatusDone, engine.StatusPending)
		if b.Count("act")+b.Count("undo") != 0 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"prepare does its own steps only, cutover the rest", phased(), func(b *bench) {
		x := b.process(b.t.Context(), plan.Prepare)
		if x.Err != nil || x.Result.Ended {
			b.t.Fatalf("error %v, ended %v", x.Err, x.Result.Ended)
		}
		b.statuses(x, engine.StatusDone, engine.StatusPending, engine.StatusDone)
		b.Log = nil
		x = b.process(b.t.Context(), plan.Cutover)
		if x.Err != nil || !x.Result.Ended {
			b.t.Fatalf("error %v, ended %v", x.Err, x.Result.Ended)
		}
		b.called("before p", "observe p", "before q", "observe q", "before c", "observe c", "facts []", "act c", "observe c")
	}},
	{"cutover refuses when a step of prepare is seen not done", phased(), func(b *bench) {
		if x := b.process(b.t.Context(), plan.Prepare); x.Err != nil {
			b.t.Fatal(x.Err)
		}
		b.Remove("q") // the journal says done, the world does not
		b.Log = nil
		b.stopped(b.process(b.t.Context(), plan.Cutover), "engine/prepare-first", diag.ExitBlocked)
		if b.Count("act") != 0 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"a phase that does not exist is refused", chainOf("a"), func(b *bench) {
		b.stopped(b.process(b.t.Context(), "later"), "engine/phase", diag.ExitUsage)
		b.called()
	}},
	{"a step of a kind that nobody knows stops the run before it begins", chainOf("a", "b"), func(b *bench) {
		b.plan.Steps[1].Kind = "novel"
		b.stopped(b.process(b.t.Context(), ""), "engine/unknown-kind", diag.ExitUsage)
		b.called()
	}},
	{"an output is what was seen last, the time when it was seen first", chainOf("a", "b"), func(b *bench) {
		b.Trait("a").Takes, b.Trait("b").Fault = 20*time.Second, CutBefore
		b.process(b.t.Context(), "")
		b.Change("a", "a'")
		b.Clock.Advance(time.Hour)
		x := b.ends()
		if b.String() != "a'\nb(a')" || x.Result.Steps[0].Seconds != 20 || x.Result.Steps[0].Output["value"] != "a'" {
			b.t.Errorf("world %s, steps %+v", b, x.Result.Steps)
		}
	}},
	{"an effect that a later look does not show is done again", chainOf("a", "b"), func(b *bench) {
		b.Trait("b").Broken = errors.New("throttled")
		b.process(b.t.Context(), "")
		b.Trait("b").Broken = nil
		b.Remove("a")
		b.ends()
		if b.Count("act a") != 2 || b.String() != "a()\nb(a())" {
			b.t.Errorf("calls %v, world %s", b.Log, b)
		}
	}},
}

func phased() []plan.Step {
	return []plan.Step{{ID: "p", Phase: plan.Prepare}, {ID: "c", Needs: []string{"p"}}, {ID: "q", Phase: plan.Prepare}}
}
