package enginetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/engine"
)

// stopping: how a run stops, and goes on from there.
var stopping = []contractCase{
	{"a call cut before its effect is made again by the next process", chainOf("a", "b"), func(b *bench) {
		b.Trait("a").Fault = CutBefore
		x := b.process(b.t.Context(), "")
		b.stopped(x, "internal", diag.ExitFailed)
		b.statuses(x, engine.StatusFailed, engine.StatusPending)
		b.Clock.Advance(100 * time.Second)
		x = b.ends()
		if b.Count("act a") != 2 || x.Result.Steps[0].Seconds != 100 {
			b.t.Errorf("calls: %v, steps %+v", b.Log, x.Result.Steps)
		}
	}},
	{"a call cut after its effect is seen done, not made again", chainOf("a", "b"), func(b *bench) {
		b.Trait("a").Fault = CutAfter
		x := b.ends()
		b.statuses(x, engine.StatusDone, engine.StatusDone)
		if b.Count("act a") != 1 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"a process that dies before the effect leaves it to the next", chainOf("a", "b"), dies(DieBefore, 2)},
	{"a process that dies after the effect leaves it done", chainOf("a", "b"), dies(DieAfter, 1)},
	{"a deadline that passes stops the run, which can go on", chainOf("a"), func(b *bench) {
		b.Trait("a").Takes = 90 * time.Minute
		x := b.process(b.t.Context(), "")
		e := b.stopped(x, "engine/deadline", diag.ExitFailed)
		if e.Owner != diag.AWS || len(e.Fix) == 0 {
			b.t.Errorf("error %+v", e)
		}
		b.statuses(x, engine.StatusFailed)
		b.events = nil
		x = b.ends()
		if i := slices.IndexFunc(b.events, func(e engine.Event) bool { return e.Kind == engine.EventWaiting }); i < 0 || b.events[i].Elapsed != time.Hour {
			b.t.Error("the next process does not count on from the step's start")
		}
		if b.Count("act") != 1 || x.Result.Steps[0].Seconds != 90*60 {
			b.t.Errorf("acts %d, steps %+v", b.Count("act"), x.Result.Steps)
		}
	}},
	{"a step for a person waits, and is seen done when they did it", chainOf("a", "b"), func(b *bench) {
		b.Trait("a").ByHand = true
		x := b.process(b.t.Context(), "")
		b.stopped(x, "fake/by-hand", diag.ExitWaiting)
		b.statuses(x, engine.StatusWaiting, engine.StatusPending)
		x = b.process(b.t.Context(), "")
		b.stopped(x, "fake/by-hand", diag.ExitWaiting)
		b.Apply("a", "a()")
		b.statuses(b.ends(), engine.StatusDone, engine.StatusDone)
	}},
	{"what cannot be seen is neither done nor to do", chainOf("a"), func(b *bench) {
		b.Trait("a").Blind = true
		b.stopped(b.process(b.t.Context(), ""), "engine/unseen", diag.ExitBlocked)
		b.called("before a", "observe a")
		b.Trait("a").Blind = false
		b.ends()
	}},
	{"a look that fails is neither done nor to do", chainOf("a"), func(b *bench) {
		b.Trait("a").Broken = errors.New("access denied")
		x := b.process(b.t.Context(), "")
		b.stopped(x, "internal", diag.ExitFailed)
		b.statuses(x, engine.StatusFailed)
		b.called("before a", "observe a")
	}},
	{"what cannot be seen while waiting is looked at until the deadline", chainOf("a"), func(b *bench) {
		b.Trait("a").OnAct = func() { b.Trait("a").Blind = true }
		b.stopped(b.process(b.t.Context(), ""), "engine/deadline", diag.ExitFailed)
		b.Trait("a").Blind = false
		b.ends()
	}},
	{"a caller in the wrong account makes no call", chainOf("a"), func(b *bench) {
		b.caller = &diag.Error{Code: "fake/wrong-account", What: "wrong account", Exit: diag.ExitBlocked}
		b.stopped(b.process(b.t.Context(), ""), "fake/wrong-account", diag.ExitBlocked)
		b.called("before a")
	}},
	{"an interruption between steps is resumable", chainOf("a", "b"), func(b *bench) {
		ctx, cancel := context.WithCancel(b.t.Context())
		b.Trait("a").OnAct = cancel
		x := b.process(ctx, "")
		b.stopped(x, "engine/interrupted", diag.ExitInterrupted)
		b.statuses(x, engine.StatusDone, engine.StatusPending)
		b.ends()
	}},
	{"an interruption while waiting is resumable", chainOf("a"), func(b *bench) {
		ctx, cancel := context.WithCancel(b.t.Context())
		b.Trait("a").Takes, b.Clock.OnSleep = time.Minute, cancel
		x := b.process(ctx, "")
		b.stopped(x, "engine/interrupted", diag.ExitInterrupted)
		b.statuses(x, engine.StatusPending)
		b.ends()
		if b.Count("act") != 1 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"what a step needs from others survives the process", chainOf("a", "b", "c"), func(b *bench) {
		b.Trait("c").Fault = DieBefore
		if x := b.run.Process(b.t.Context(), b.config(), 0); !x.Died {
			b.t.Fatal("the process lives")
		}
		b.ends()
		if got := b.String(); got != "a()\nb(a())\nc(b(a()))" {
			b.t.Errorf("world is\n%s", got)
		}
	}},
}

// dies kills a process in the Act of a and counts the calls that were made in the end.
func dies(f Fault, acts int) func(*bench) {
	return func(b *bench) {
		b.Trait("a").Fault = f
		if x := b.run.Process(b.t.Context(), b.config(), 0); !x.Died {
			b.t.Fatal("the process lives")
		}
		b.Log = nil
		x := b.ends()
		if b.Log[1] != "observe a" || b.Count("act a") != acts-1 {
			b.t.Errorf("calls of the second process: %v", b.Log)
		}
		b.statuses(x, engine.StatusDone, engine.StatusDone)
	}
}
