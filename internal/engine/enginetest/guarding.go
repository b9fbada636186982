package enginetest

import (
	"slices"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

func risky(s *plan.Step) {
	s.Risk, s.RiskName, s.Gates = plan.Destroys, "fake-delete/b/3-things", []plan.Gate{plan.GatePolicies}
}

// guarding: gates and facts, right before the call that they guard.
var guarding = []contractCase{
	{"gates of the step and of its risk are looked at right before the call", with(chainOf("a", "b"), "b", risky), func(b *bench) {
		b.ends()
		b.called("before a", "observe a", "facts []", "act a", "observe a",
			"before b", "observe b", "facts []", "gate policies b", "gate vault b", "gate rehearsal b", "gate consent b", "act b", "observe b")
	}},
	{"a gate that nobody wired is locked", with(chainOf("a", "b"), "b", risky), func(b *bench) {
		b.unwired[plan.GateVault] = true
		x := b.process(b.t.Context(), "")
		e := b.stopped(x, "engine/gate-locked", diag.ExitBlocked)
		if e.What != "the gate vault is locked" {
			b.t.Errorf("error: %s", e.What)
		}
		b.statuses(x, engine.StatusDone, engine.StatusPending)
		if b.Count("act b") != 0 {
			b.t.Error("acted behind a locked gate")
		}
		b.unwired[plan.GateVault] = false
		b.ends()
	}},
	{"a locked gate gives its own reason, and is looked at again by the next process", with(chainOf("a"), "a", risky), func(b *bench) {
		b.locked[plan.GateConsent] = &diag.Error{Code: "fake/consent", What: "nobody said yes", Exit: diag.ExitWaiting}
		x := b.process(b.t.Context(), "")
		b.stopped(x, "fake/consent", diag.ExitWaiting)
		b.statuses(x, engine.StatusWaiting)
		b.locked[plan.GateConsent] = nil
		b.locked[plan.GatePolicies] = &diag.Error{Code: "fake/policies", What: "somebody damaged a policy", Exit: diag.ExitBlocked}
		b.stopped(b.process(b.t.Context(), ""), "fake/policies", diag.ExitBlocked)
		if b.Count("act") != 0 {
			b.t.Error("acted behind a locked gate")
		}
		b.locked[plan.GatePolicies], b.Log = nil, nil
		b.ends()
		if b.Count("gate") != 4 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"a process that dies after a gate does not carry it over", with(chainOf("a"), "a", risky), func(b *bench) {
		b.Trait("a").Fault = DieBefore
		if x := b.run.Process(b.t.Context(), b.config(), 0); !x.Died {
			b.t.Fatal("the process lives")
		}
		b.locked[plan.GateVault] = &diag.Error{Code: "fake/vault", What: "an asset is missing", Exit: diag.ExitBlocked}
		b.stopped(b.process(b.t.Context(), ""), "fake/vault", diag.ExitBlocked)
		if b.Count("act") != 1 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"what is under way needs no gate", with(chainOf("a"), "a", risky), func(b *bench) {
		b.Trait("a").Fault = DieAfter
		b.run.Process(b.t.Context(), b.config(), 0)
		b.locked[plan.GateConsent] = &diag.Error{Code: "fake/consent", What: "the yes has expired", Exit: diag.ExitWaiting}
		b.ends()
	}},
	{"changed facts stop the run before its first change", chainOf("a", "b"), func(b *bench) {
		b.changed = func([]string) []string { return []string{"/keys/1/policy"} }
		x := b.process(b.t.Context(), "")
		e := b.stopped(x, "engine/facts-changed", diag.ExitBlocked)
		if e.What != "the estate is not what the plan was made from: /keys/1/policy" {
			b.t.Errorf("error: %s", e.What)
		}
		b.called("before a", "observe a", "facts []")
		b.statuses(x, engine.StatusPending, engine.StatusPending)
	}},
	{"facts are compared again before what cannot be taken back, but for what the run wrote", with(with(chainOf("a", "b", "c"), "a", func(s *plan.Step) { s.Writes = []string{"/z", "/a"} }), "c", risky), func(b *bench) {
		b.changed = func(written []string) []string {
			if slices.Equal(written, []string{"/a", "/z"}) {
				return []string{"/users/7"}
			}
			return nil
		}
		x := b.process(b.t.Context(), "")
		b.stopped(x, "engine/facts-changed", diag.ExitBlocked)
		b.statuses(x, engine.StatusDone, engine.StatusDone, engine.StatusPending)
		if b.Count("facts") != 2 || b.Count("act c") != 0 {
			b.t.Errorf("calls: %v", b.Log)
		}
	}},
	{"the next process compares facts anew and remembers what the run wrote", with(chainOf("a", "b"), "a", func(s *plan.Step) { s.Writes = []string{"/a"} }), func(b *bench) {
		b.Trait("a").Fault = DieAfter
		b.run.Process(b.t.Context(), b.config(), 0)
		b.Log = nil
		b.ends()
		b.called("before a", "observe a", "before b", "observe b", "facts [/a]", "act b", "observe b")
	}},
}
