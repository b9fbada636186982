package enginetest

import (
	"context"
	"errors"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

// unless is the plan off -> mid -> kill, in which off must not stay when kill is not reached.
func unless() []plan.Step {
	return with(with(chainOf("off", "mid", "kill"), "off", func(s *plan.Step) { s.UndoUnless, s.Undo = "kill", "switch it on" }), "kill", risky)
}

var shut = &diag.Error{Code: "fake/shut", What: "shut", Exit: diag.ExitBlocked}

// undoing: what must not stay half-way does not.
var undoing = []contractCase{
	{"a locked gate takes back what waited for it, and the next process does it again", unless(), func(b *bench) {
		b.locked[plan.GateVault] = shut
		x := b.process(b.t.Context(), "")
		b.stopped(x, "fake/shut", diag.ExitBlocked)
		b.statuses(x, engine.StatusUndone, engine.StatusDone, engine.StatusPending)
		if b.String() != "mid(off())" {
			b.t.Errorf("world is %s", b)
		}
		b.locked[plan.GateVault] = nil
		b.statuses(b.ends(), engine.StatusDone, engine.StatusDone, engine.StatusDone)
		if b.Count("act off") != 2 || b.Count("undo") != 1 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"an error takes it back", unless(), func(b *bench) {
		b.Trait("mid").Fault = CutBefore
		b.statuses(b.process(b.t.Context(), ""), engine.StatusUndone, engine.StatusFailed, engine.StatusPending)
	}},
	{"an interruption takes it back, though the context is dead", unless(), func(b *bench) {
		ctx, cancel := context.WithCancel(b.t.Context())
		b.Trait("mid").OnAct = cancel
		x := b.process(ctx, "")
		b.stopped(x, "engine/interrupted", diag.ExitInterrupted)
		b.statuses(x, engine.StatusUndone, engine.StatusDone, engine.StatusPending)
	}},
	{"a process that died is made good for at the next stop", unless(), func(b *bench) {
		b.Trait("mid").Fault = DieBefore
		if x := b.run.Process(b.t.Context(), b.config(), 0); !x.Died || b.String() != "off()" {
			b.t.Fatalf("died %v, world %s", x.Died, b)
		}
		b.caller = shut
		b.process(b.t.Context(), "")
		if b.String() != "off()" || b.Count("undo") != 0 {
			b.t.Error("undone by a caller whose identity was refused")
		}
		b.caller, b.Trait("off").Broken = nil, errors.New("throttled")
		b.statuses(b.process(b.t.Context(), ""), engine.StatusUndone, engine.StatusPending, engine.StatusPending)
	}},
	{"once the later step may have had its effect it stays", unless(), func(b *bench) {
		b.Trait("kill").Fault = CutAfter
		x := b.ends()
		b.statuses(x, engine.StatusDone, engine.StatusDone, engine.StatusDone)
		if b.Count("undo") != 0 || b.Count("act kill") != 1 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"a process that died before the later step's effect has not reached it", unless(), func(b *bench) {
		b.Trait("kill").Fault = DieBefore
		b.run.Process(b.t.Context(), b.config(), 0)
		b.Trait("off").Broken = errors.New("throttled")
		b.process(b.t.Context(), "") // stops early, sees the later step not begun, and takes back
		if b.Count("undo") != 1 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"a process that died after the later step's effect has reached it", unless(), func(b *bench) {
		b.Trait("kill").Fault = DieAfter
		b.run.Process(b.t.Context(), b.config(), 0)
		b.Trait("off").Broken = errors.New("throttled")
		b.process(b.t.Context(), "")
		if b.Count("undo") != 0 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"a later step that was refused and is seen not begun was not reached", unless(), func(b *bench) {
		b.Trait("kill").Fault = CutBefore
		x := b.process(b.t.Context(), "")
		b.statuses(x, engine.StatusUndone, engine.StatusDone, engine.StatusFailed)
		b.ends()
	}},
	{"a later step whose call was interrupted before its effect was not reached", unless(), func(b *bench) {
		ctx, cancel := context.WithCancel(b.t.Context())
		b.Trait("kill").OnAct, b.Trait("kill").Fault = cancel, CutBefore
		x := b.process(ctx, "")
		b.stopped(x, "engine/interrupted", diag.ExitInterrupted)
		b.statuses(x, engine.StatusUndone, engine.StatusDone, engine.StatusPending)
	}},
	{"nothing is looked at by a caller whose identity is refused", unless(), func(b *bench) {
		b.Trait("kill").Fault, b.Trait("off").UndoErr = CutBefore, errors.New("throttled")
		b.process(b.t.Context(), "")
		b.caller, b.Log = shut, nil
		b.process(b.t.Context(), "")
		b.called("before off", "before kill")
	}},
	{"a later step that others did counts as reached", append(unless(), plan.Step{ID: "end", Needs: []string{"kill"}}), func(b *bench) {
		b.Trait("mid").OnAct = func() { b.Apply("kill", "kill()") }
		b.Trait("end").Fault = CutBefore
		b.statuses(b.process(b.t.Context(), ""), engine.StatusDone, engine.StatusDone, engine.StatusSkipped, engine.StatusFailed)
		b.ends()
		b.Remove("kill")
		b.stopped(b.process(b.t.Context(), ""), "engine/drifted", diag.ExitBlocked)
		if b.Count("undo") != 0 {
			b.t.Error("a finished run was changed")
		}
	}},
	{"what was written and taken back is still the run's own change", with(unless(), "off", func(s *plan.Step) { s.Writes = []string{"/protection"} }), func(b *bench) {
		b.locked[plan.GateVault] = shut
		b.process(b.t.Context(), "")
		b.locked[plan.GateVault], b.Log = nil, nil
		b.ends()
		if b.Count("facts [/protection]") != 2 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"what others did is not taken back", unless(), func(b *bench) {
		b.Apply("off", "off()")
		b.locked[plan.GateVault] = shut
		b.statuses(b.process(b.t.Context(), ""), engine.StatusSkipped, engine.StatusDone, engine.StatusPending)
	}},
	{"when it cannot be taken back the person is told how", unless(), func(b *bench) {
		b.locked[plan.GateVault], b.Trait("off").UndoErr = shut, errors.New("throttled")
		e := b.stopped(b.process(b.t.Context(), ""), "fake/shut", diag.ExitBlocked)
		if len(e.Fix) == 0 || !strings.Contains(e.Fix[0], "switch it on") {
			b.t.Errorf("hints: %q", e.Fix)
		}
		b.Trait("off").UndoErr = nil
		b.statuses(b.process(b.t.Context(), ""), engine.StatusUndone, engine.StatusDone, engine.StatusPending)
	}},
}
