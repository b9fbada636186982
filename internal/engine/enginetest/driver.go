package enginetest

import (
	"context"
	"testing"

	"rehome/internal/engine"
	"rehome/internal/plan"
)

// Driver is a way to walk plans durably.
type Driver interface {
	// Begin makes a run of which nothing is recorded yet.
	Begin(testing.TB, *plan.Plan) Run
}

// Run is one durable run.
type Run interface {
	// Process starts a process that walks the run as far as it comes. The driver supplies what the config lacks to be durable. The process
	// dies right after its die-th durable record (0: never), or where something panics with Killed.
	Process(ctx context.Context, c engine.Config, die int) Exit
}

// Exit is how a process ended.
type Exit struct {
	Result  engine.Result
	Err     error
	Died    bool // then there is neither result nor error
	Records int  // durable records that it made
}

// bench is one case's world and run.
type bench struct {
	*World
	t       *testing.T
	plan    *plan.Plan
	run     Run
	locked  map[plan.Gate]error // gates that are shut, and with which error
	unwired map[plan.Gate]bool
	changed func(written []string) []string
	caller  error // what the identity check says
	events  []engine.Event
}

func newBench(t *testing.T, d Driver, steps ...plan.Step) *bench {
	p := &plan.Plan{Format: plan.Format, Fingerprint: "f00d", Target: "twin", Steps: steps}
	for i := range steps {
		s := &steps[i]
		s.Kind, s.Account, s.Region = "fake", "123456789012", "us-east-1"
		if s.Phase == "" {
			s.Phase = plan.Cutover
		}
		if s.Risk == "" {
			s.Risk = plan.Creates
		}
	}
	return &bench{World: NewWorld(), t: t, plan: p, run: d.Begin(t, p), locked: map[plan.Gate]error{}, unwired: map[plan.Gate]bool{},
		changed: func([]string) []string { return nil }}
}

// config wires a process to the bench; every gate is open.
func (b *bench) config() engine.Config {
	c := engine.Config{Plan: b.plan, Kinds: map[string]plan.Kind{"fake": b.World}, Clock: b.Clock, Gates: map[plan.Gate]engine.GateFunc{},
		Events: func(e engine.Event) { b.events = append(b.events, e) },
		BeforeStep: func(_ context.Context, s plan.Step) error {
			b.log("before %s", s.ID)
			return b.caller
		},
		Facts: func(_ context.Context, written []string) ([]string, error) {
			b.log("facts %v", written)
			return b.changed(written), nil
		},
	}
	for _, g := range []plan.Gate{plan.GateVault, plan.GateRehearsal, plan.GateConsent, plan.GateWindow, plan.GatePolicies, plan.GateUndo} {
		if b.unwired[g] {
			continue
		}
		c.Gates[g] = func(_ context.Context, _ plan.Run, s plan.Step) (engine.Evidence, error) {
			b.log("gate %s %s", g, s.ID)
			return engine.Evidence{Digest: "d1", Detail: "open"}, b.locked[g]
		}
	}
	return c
}

// process starts one process that is not to die.
func (b *bench) process(ctx context.Context, phase plan.Phase) Exit {
	b.t.Helper()
	c := b.config()
	c.Phase = phase
	x := b.run.Process(ctx, c, 0)
	if x.Died {
		b.t.Fatal("the process died")
	}
	return x
}

// ends starts one process for all phases and demands that it comes to the end.
func (b *bench) ends() Exit {
	b.t.Helper()
	x := b.process(b.t.Context(), "")
	if x.Err != nil {
		b.t.Fatalf("the run stopped: %v", x.Err)
	}
	if !x.Result.Ended {
		b.t.Fatal("the run has not ended")
	}
	return x
}
