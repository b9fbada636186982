package engine

import (
	"context"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// act makes a step's change, once everything that has to hold was looked at in this order: facts, which take longest, then gates, then intent.
func (w *walk) act(ctx context.Context, s plan.Step) error {
	if !w.compared || s.Risk.Final() {
		facts, err := w.Facts(ctx, w.past.written(w.Plan))
		if err != nil {
			return diag.From("comparing the facts of the plan", err)
		}
		if w.beyondReturn() { // what the step does not rest on must not hold up the way back
			facts = slices.DeleteFunc(facts, func(f string) bool { return !slices.Contains(s.Reads, f) })
		}
		if len(facts) > 0 {
			return changed(s, facts)
		}
		w.compared = true
	}
	for _, g := range gates(s) {
		if err := w.pass(ctx, s, g); err != nil {
			return err
		}
	}
	if err := w.Journal.note(Record{Type: TypeIntent, Step: s.ID}); err != nil {
		return err
	}
	if s.ByHand != nil {
		h, err := w.hand(ctx, s)
		if err != nil {
			return err
		}
		return w.byHand(ctx, s, h)
	}
	delete(w.unmoved, s.ID)
	w.acted[s.ID] = true
	if err := w.Kinds[s.Kind].Act(ctx, view{w.past}, s); err != nil && !w.landed(ctx, s) {
		w.unsure[s.ID] = true
		return w.failed(ctx, s, diag.From("step "+s.ID, err))
	}
	w.tell(Event{Kind: EventActed, Step: s})
	return nil
}

// beyondReturn reports whether the run has destroyed something.
func (w *walk) beyondReturn() bool {
	return slices.ContainsFunc(w.Plan.Steps, func(s plan.Step) bool { return s.Risk == plan.Destroys && w.past.of(s.ID).done })
}

// TakeBack does what a stop does, for a run that is refused before it is walked: what an earlier process left half-way is taken back.
// It gives err back, with what could not be taken back added.
func TakeBack(ctx context.Context, c Config, err error) error {
	if cerr := c.check(); cerr != nil || c.Journal.history.Ended {
		return err
	}
	return newWalk(c).takeBack(context.WithoutCancel(ctx), err)
}

// landed looks whether an Act that ended with an error had its effect all the same: a connection can break after AWS has acted.
func (w *walk) landed(ctx context.Context, s plan.Step) bool {
	if ctx.Err() != nil {
		return false
	}
	o, err := w.Kinds[s.Kind].Observe(ctx, view{w.past}, s)
	if err == nil && o.State == plan.Todo { // what changes from now on is somebody else's doing
		err = w.Journal.note(Record{Type: TypeObserved, Step: s.ID, State: stateNames[o.State], Detail: o.Detail})
	}
	return err == nil && (o.State == plan.Done || o.State == plan.Pending)
}

// pass goes through one gate and records the evidence.
func (w *walk) pass(ctx context.Context, s plan.Step, g plan.Gate) error {
	check, ok := w.Gates[g]
	if !ok || check == nil {
		return w.shut(ctx, s, locked(s, g, "nothing here can open it"))
	}
	saw, err := check(ctx, view{w.past}, s)
	if err == nil && saw.Digest == "" {
		err = locked(s, g, "it gave no evidence")
	}
	if err != nil {
		return w.shut(ctx, s, diag.From("looking at the gate "+string(g), err))
	}
	kind := TypeGate
	if g == plan.GateConsent {
		kind = TypeConsent
	}
	if err := w.Journal.note(Record{Type: kind, Step: s.ID, Gate: g, Evidence: saw.Digest, Detail: saw.Detail}); err != nil {
		return err
	}
	w.tell(Event{Kind: EventGate, Step: s, Gate: g, Detail: saw.Detail})
	return nil
}

// shut marks a step that waits for a person at its gate; one whose gate is locked otherwise is simply not begun.
func (w *walk) shut(ctx context.Context, s plan.Step, err error) error {
	if diag.ExitCode(err) == diag.ExitWaiting {
		return w.failed(ctx, s, err)
	}
	return err
}

// finish ends this process's part: what must not stay half-way is taken back, and the journal learns how it ended.
func (w *walk) finish(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		err = interrupted(err)
	}
	if !w.past.Ended {
		err = w.takeBack(context.WithoutCancel(ctx), err)
	}
	last := Record{Type: TypeEnd}
	if err != nil {
		e := diag.From("the run", err)
		last = Record{Type: TypeStop, Code: e.Code, Detail: e.What}
	} else if len(w.passed) < len(w.Plan.Steps) {
		last = Record{Type: TypeStop, Detail: "the phase " + string(w.Phase) + " is finished"}
	}
	if jerr := w.Journal.note(last); err == nil {
		err = jerr
	}
	w.tell(Event{Kind: EventFinished, Err: err})
	return err
}

// takeBack undoes, last first, what this run did and what must not stay unless a later step was reached.
func (w *walk) takeBack(ctx context.Context, err error) error {
	for i := len(w.Plan.Steps) - 1; i >= 0; i-- {
		s := w.Plan.Steps[i]
		if s.UndoUnless == "" || !w.past.of(s.ID).acted || w.reached(ctx, s.UndoUnless) {
			continue
		}
		if undo := w.undo(ctx, s); undo != nil {
			err = notTakenBack(err, s, undo)
		}
	}
	return err
}

func (w *walk) undo(ctx context.Context, s plan.Step) error {
	w.Journal.at(s.ID)
	if err := w.BeforeStep(ctx, s); err != nil {
		return err
	}
	if err := w.Kinds[s.Kind].(plan.Undoer).Undo(ctx, view{w.past}, s); err != nil {
		return err
	}
	delete(w.passed, s.ID)
	w.tell(Event{Kind: EventUndone, Step: s})
	return w.Journal.note(Record{Type: TypeUndone, Step: s.ID})
}

// reached reports whether a step may have had its effect. Its intent is enough, unless it was seen since that nothing was begun.
func (w *walk) reached(ctx context.Context, id string) bool {
	s, ok := w.Plan.Step(id)
	switch p := w.past.of(id); {
	case p.done:
		return true
	case !ok || !p.acted || w.unmoved[id]:
		return false
	case w.acted[id] && !w.unsure[id]:
		return true // this process saw the call through; an earlier one may have died before it
	}
	if w.BeforeStep(ctx, s) != nil {
		return true
	}
	o, err := w.Kinds[s.Kind].Observe(ctx, view{w.past}, s)
	return err != nil || o.State != plan.Todo
}
