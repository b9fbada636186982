// Package engine walks a plan: it observes each step, opens its gates, acts, and waits until the step is seen done, and it writes every
// turn into a journal from which another process can go on. It must not know what any step does, nor where: no AWS, no spec, no file of
// anybody else, no text for people but its own errors.
package engine

import (
	"context"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// Clock is the only source of time. On a twin it is simulated.
type Clock interface {
	Now() time.Time
	Sleep(context.Context, time.Duration) error
}

// Evidence is what a gate saw when it found itself open.
type Evidence struct {
	Digest string // of what was seen; empty counts as locked
	Detail string // one line for people
}

// GateFunc looks at one gate of a step right before its call. An error means locked; one with diag.ExitWaiting, that a person can open it.
type GateFunc func(context.Context, plan.Run, plan.Step) (Evidence, error)

// Config is what a run needs. All but Events must be given.
type Config struct {
	Plan    *plan.Plan
	Kinds   map[string]plan.Kind // by name
	Gates   map[plan.Gate]GateFunc
	Journal *Journal
	Clock   Clock
	Phase   plan.Phase // empty: all
	Events  func(Event)
	// Person does a by-hand step's call in place of a person; nil: the run stops and waits for one. Only a twin has it.
	Person func(context.Context, plan.Hand) error
	// BeforeStep proves that the caller is in the step's account; it is asked before the step's first call.
	BeforeStep func(context.Context, plan.Step) error
	// Facts surveys again and names the plan's facts that differ, but for those that the run wrote itself.
	Facts func(ctx context.Context, written []string) (changed []string, err error)
}

// Run carries out the plan's phase as far as it comes. Whatever the error, the result tells how far, and running again with the same journal
// goes on from there. Errors are diag.Errors: ExitBlocked for a locked gate, changed facts or what could not be seen, ExitWaiting when
// a person has to act, ExitInterrupted when ctx was cancelled.
func Run(ctx context.Context, c Config) (Result, error) {
	if err := c.check(); err != nil {
		return Result{}, err
	}
	w := newWalk(c)
	err := w.finish(ctx, w.phase(ctx))
	return w.past.Result(c.Plan), err
}

func newWalk(c Config) *walk {
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	return &walk{Config: c, past: c.Journal.history, passed: map[string]bool{}, unmoved: map[string]bool{}, unsure: map[string]bool{}, acted: map[string]bool{}}
}

// check refuses a wiring that could only fail half-way.
func (c Config) check() error {
	if c.Plan == nil || c.Journal == nil || c.Clock == nil || c.BeforeStep == nil || c.Facts == nil {
		return &diag.Error{Code: "engine/incomplete", What: "the engine needs a plan, a journal, a clock, an identity check and a comparison of facts"}
	}
	if !slices.Contains([]plan.Phase{"", plan.Prepare, plan.Cutover}, c.Phase) {
		return &diag.Error{Code: "engine/phase", What: "there is no phase " + string(c.Phase), Exit: diag.ExitUsage, Fix: []string{"--phase prepare, cutover or all"}}
	}
	for _, s := range c.Plan.Steps {
		k, ok := c.Kinds[s.Kind]
		if !ok {
			return &diag.Error{Code: "engine/unknown-kind", What: "this rehome knows no steps of the kind " + s.Kind, Where: s.ID, Exit: diag.ExitUsage, Fix: []string{"make the plan again with this rehome: rehome plan"}}
		}
		if _, ok := k.(plan.Undoer); s.UndoUnless != "" && !ok {
			return &diag.Error{Code: "engine/no-undo", What: "this step must be taken back when the run stops too early, but its kind cannot", Where: s.ID}
		}
	}
	return c.Journal.history.fits(c.Journal.chain.file.Name(), Binding{Plan: c.Plan.Fingerprint, Target: string(c.Plan.Target)})
}

// gates are those that the step names and those that its risk asks for, whether the step names them or not.
func gates(s plan.Step) []plan.Gate {
	out := slices.Clone(s.Gates)
	demand := func(ask bool, g plan.Gate) {
		if ask && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	demand(s.Risk == plan.Destroys, plan.GateVault)
	demand(s.Risk.Final(), plan.GateRehearsal)
	demand(s.Risk.NeedsConsent(), plan.GateConsent)
	return out
}

// view is what a kind sees of the run.
type view struct{ past *History }

func (v view) ID() string { return v.past.Binding.Run }

func (v view) Acted(step string) bool {
	s, ok := v.past.steps[step]
	return ok && s.acted
}

func (v view) Said(step string) string {
	if s, ok := v.past.steps[step]; ok {
		return s.hand
	}
	return ""
}

func (v view) Output(step string) plan.Output {
	s, ok := v.past.steps[step]
	if !ok || !s.done {
		return nil
	}
	out := plan.Output{}
	for k, val := range s.output {
		out[k] = val
	}
	return out
}
