package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// walk is one process's part of a run.
type walk struct {
	Config
	past     *History
	compared bool            // facts were compared in this process
	passed   map[string]bool // seen done by this process
	unmoved  map[string]bool // seen not begun by this process, and no intent since
	unsure   map[string]bool // its Act ended with an error in this process
	acted    map[string]bool // its Act was called in this process
}

// phase walks the steps that the phase asks for. A finished run is only looked at.
func (w *walk) phase(ctx context.Context) error {
	first := slices.DeleteFunc(slices.Clone(w.Plan.Steps), func(s plan.Step) bool { return s.Phase != plan.Prepare })
	switch {
	case w.past.Ended:
		return w.each(ctx, w.Plan.Steps, w.mustBeDone(drifted))
	case w.Phase == plan.Prepare:
		return w.each(ctx, first, w.carryOut)
	case w.Phase == plan.Cutover:
		if err := w.each(ctx, first, w.mustBeDone(unprepared)); err != nil {
			return err
		}
	}
	return w.each(ctx, w.Plan.Steps, w.carryOut)
}

// each visits steps in the scheduler's order, one at a time.
func (w *walk) each(ctx context.Context, steps []plan.Step, visit func(context.Context, plan.Step) error) error {
	for {
		s, ok := plan.Next(steps, w.passed)
		if !ok {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(ctx, s); err != nil {
			return err
		}
		w.passed[s.ID] = true
	}
	for _, s := range steps {
		if !w.passed[s.ID] {
			return &diag.Error{Code: "engine/stuck", What: "this step needs one that is not part of the phase", Where: where(s)}
		}
	}
	return nil
}

func (w *walk) mustBeDone(otherwise func(plan.Step, plan.Observation) error) func(context.Context, plan.Step) error {
	return func(ctx context.Context, s plan.Step) error {
		o, err := w.arrive(ctx, s)
		switch {
		case err != nil:
			return err
		case o.State != plan.Done:
			return otherwise(s, o)
		}
		return w.done(s, o)
	}
}

// carryOut takes one step to its end: look, act if nothing was begun, look until it is done.
func (w *walk) carryOut(ctx context.Context, s plan.Step) error {
	again := w.destroyed(s)
	o, err := w.arrive(ctx, s)
	if err != nil {
		return err
	}
	if o.State == plan.Todo && again {
		return w.failed(ctx, s, reappeared(s, o))
	}
	if o.State == plan.Todo {
		w.unmoved[s.ID] = true
		if err := w.act(ctx, s); err != nil {
			return err
		}
		if o, err = w.look(ctx, s); err != nil {
			return err
		}
	}
	return w.await(ctx, s, o)
}

// destroyed reports whether this run has already seen done what the step destroys, or what it prepares the destruction of. What is
// there again then was made by somebody else, and no consent is about it.
func (w *walk) destroyed(s plan.Step) bool {
	target, ok := w.Plan.Step(cmp.Or(s.UndoUnless, s.ID))
	return ok && target.Risk == plan.Destroys && w.past.of(target.ID).done
}

// arrive comes to a step: who calls, and a first look. Nothing is concluded from not having seen.
func (w *walk) arrive(ctx context.Context, s plan.Step) (plan.Observation, error) {
	w.Journal.at(s.ID)
	w.tell(Event{Kind: EventStarted, Step: s})
	if err := w.BeforeStep(ctx, s); err != nil {
		return plan.Observation{}, w.failed(ctx, s, diag.From("checking the caller's identity", err))
	}
	o, err := w.look(ctx, s)
	if err == nil && o.State == plan.Unseen {
		err = w.failed(ctx, s, unseen(s, o))
	}
	return o, err
}

// look observes a step and records what is new.
func (w *walk) look(ctx context.Context, s plan.Step) (plan.Observation, error) {
	o, err := w.Kinds[s.Kind].Observe(ctx, view{w.past}, s)
	if err != nil {
		return plan.Observation{}, w.failed(ctx, s, diag.From("observing "+s.ID, err))
	}
	if state := stateNames[o.State]; w.past.of(s.ID).seen != state+" "+o.Detail {
		if err := w.Journal.note(Record{Type: TypeObserved, Step: s.ID, State: state, Detail: o.Detail}); err != nil {
			return o, err
		}
	}
	w.tell(Event{Kind: EventObserved, Step: s, State: o.State, Detail: o.Detail})
	return o, nil
}

// await looks until the step is done or the kind's patience is at its end. It never acts again, whatever it sees.
func (w *walk) await(ctx context.Context, s plan.Step, o plan.Observation) (err error) {
	every, deadline := w.Kinds[s.Kind].Patience()
	for began := w.Clock.Now(); o.State != plan.Done; {
		now := w.Clock.Now()
		if now.Sub(began) >= deadline {
			return w.failed(ctx, s, overdue(s, o, deadline))
		}
		since := began
		if p := w.past.of(s.ID); p.acted {
			since = p.started
		}
		w.tell(Event{Kind: EventWaiting, Step: s, State: o.State, Detail: o.Detail, Elapsed: now.Sub(since), Expected: time.Duration(s.Seconds) * time.Second})
		if err := w.Clock.Sleep(ctx, max(every, time.Second)); err != nil {
			return w.failed(ctx, s, err)
		}
		if o, err = w.look(ctx, s); err != nil {
			return err
		}
	}
	return w.done(s, o)
}

func (w *walk) done(s plan.Step, o plan.Observation) error {
	if p := w.past.of(s.ID); !p.done || !maps.Equal(p.output, o.Output) {
		if err := w.Journal.note(Record{Type: TypeDone, Step: s.ID, Detail: o.Detail, Output: o.Output}); err != nil {
			return err
		}
	}
	kind := EventDone
	if !w.past.of(s.ID).counts(s) {
		kind = EventSkipped
	}
	w.tell(Event{Kind: kind, Step: s, State: plan.Done, Detail: o.Detail})
	return nil
}

// failed records that the run cannot go on because of this step, and gives the error back. An interruption is not the step's fault.
func (w *walk) failed(ctx context.Context, s plan.Step, err error) error {
	if ctx.Err() != nil {
		return err
	}
	e, kind := diag.From("step "+s.ID, err), TypeFailed
	if e.Exit == diag.ExitWaiting {
		kind = TypeWaiting
	}
	w.tell(Event{Kind: EventFailed, Step: s, Err: e})
	// What is not a diag.Error may quote anything; only its class is recorded.
	if jerr := w.Journal.note(Record{Type: kind, Step: s.ID, Code: e.Code, Detail: e.What}); jerr != nil {
		return jerr
	}
	return err
}

func (w *walk) tell(e Event) {
	e.Time = w.Clock.Now()
	w.Events(e)
}
