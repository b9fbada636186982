package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// Undo takes a run back, last step first: what rehome can take back it does, and waits until it is seen; what only a person may, it
// says how, stops, and verifies when it is run again. A run that has done something final is not taken back at all.
func Undo(ctx context.Context, c Config) (Result, error) {
	if err := c.check(); err != nil {
		return Result{}, err
	}
	w := newWalk(c)
	if err := w.final(); err != nil {
		return w.past.Result(c.Plan), err
	}
	if err := w.lasting(); err != nil {
		return w.past.Result(c.Plan), err
	}
	err := c.Journal.reopen()
	if err == nil {
		err = w.backwards(ctx)
	}
	if err != nil && ctx.Err() != nil {
		err = interrupted(err)
	}
	stop := Record{Type: TypeStop, Detail: "taken back"}
	if err != nil {
		e := diag.From("taking the run back", err)
		stop = Record{Type: TypeStop, Code: e.Code, Detail: e.What}
	}
	if jerr := w.Journal.note(stop); err == nil {
		err = jerr
	}
	w.tell(Event{Kind: EventFinished, Err: err})
	return w.past.Result(c.Plan), err
}

// Undoable are the steps that Undo would take back, in its order.
func Undoable(p *plan.Plan, h *History, kinds map[string]plan.Kind) []plan.Step {
	var out []plan.Step
	for _, s := range slices.Backward(p.Steps) {
		_, rehome := kinds[s.Kind].(plan.Undoer)
		_, person := kinds[s.Kind].(plan.HandUndoer)
		if h.of(s.ID).acted && (rehome || person) {
			out = append(out, s)
		}
	}
	return out
}

// final refuses what cannot be had back.
func (w *walk) final() error {
	for _, s := range w.Plan.Steps {
		if s.Risk.Final() && (w.past.of(s.ID).done || w.past.of(s.ID).acted && w.reached(context.Background(), s.ID)) {
			return &diag.Error{Code: "engine/beyond-return", What: "this run cannot be taken back", Where: where(s), Why: "it has done what cannot be undone: " + s.Title,
				Exit: diag.ExitBlocked, Fix: []string{"go on instead: rehome resume", "a way back to one Region begins with a plan of its own: goal: single-region in the spec, then rehome plan"}}
		}
	}
	return nil
}

// lasting refuses a run that did what neither rehome nor a by-hand step of its can take back, before anything of it is touched.
func (w *walk) lasting() error {
	e := &diag.Error{Code: "engine/not-undoable", What: "rehome cannot take this run back", Exit: diag.ExitWaiting}
	for _, s := range slices.Backward(w.Plan.Steps) {
		_, rehome := w.Kinds[s.Kind].(plan.Undoer)
		_, person := w.Kinds[s.Kind].(plan.HandUndoer)
		untold := s.ByHand != nil && s.ByHand.Word && w.past.of(s.ID).hand == "" // the steps were told to a person, and nobody says that they were taken
		if !w.past.of(s.ID).acted || untold || rehome || person || s.Risk == plan.Reads || strings.HasPrefix(s.Undo, nothingToUndo) {
			continue
		}
		if e.Where == "" {
			e.Where, e.Why, e.Owner = where(s), "it did this: "+s.Title, s.Actor
		}
		e.Fix = append(e.Fix, s.ID+": "+s.Undo)
	}
	if e.Fix == nil {
		return nil
	}
	return e
}

// nothingToUndo begins what a step says of its undo when it left nothing behind.
const nothingToUndo = "nothing to undo"

func (w *walk) backwards(ctx context.Context) error {
	for _, s := range Undoable(w.Plan, w.past, w.Kinds) {
		if err := ctx.Err(); err != nil {
			return err
		}
		w.Journal.at(s.ID)
		w.tell(Event{Kind: EventStarted, Step: s})
		if err := w.BeforeStep(ctx, s); err != nil {
			return w.failed(ctx, s, diag.From("checking the caller's identity", err))
		}
		if err := w.back(ctx, s); err != nil {
			return err
		}
		delete(w.passed, s.ID)
		w.tell(Event{Kind: EventUndone, Step: s})
		if err := w.Journal.note(Record{Type: TypeUndone, Step: s.ID}); err != nil {
			return err
		}
	}
	return nil
}

// back takes one step back and sees it taken back.
func (w *walk) back(ctx context.Context, s plan.Step) error {
	if k, ok := w.Kinds[s.Kind].(plan.HandUndoer); ok {
		return w.backByHand(ctx, s, k)
	}
	if slices.Contains(s.Gates, plan.GateUndo) {
		if err := w.pass(ctx, s, plan.GateUndo); err != nil {
			return err
		}
	}
	if UndoNeedsConsent(s) {
		asked := s
		asked.RiskName = UndoRisk(s)
		if err := w.pass(ctx, asked, plan.GateConsent); err != nil {
			return err
		}
	}
	k := w.Kinds[s.Kind].(plan.Undoer)
	if err := k.Undo(ctx, view{w.past}, s); err != nil {
		return w.failed(ctx, s, diag.From("taking "+s.ID+" back", err))
	}
	return w.until(ctx, s, plan.Done, func() (plan.Observation, error) { return k.TakenBack(ctx, view{w.past}, s) })
}

// UndoNeedsConsent reports whether a person has to name the risk before the step is taken back.
func UndoNeedsConsent(s plan.Step) bool { return s.Risk.NeedsConsent() || s.UndoRisk.NeedsConsent() }

// UndoRisk is the name under which a person consents to take a step back.
func UndoRisk(s plan.Step) string { return undoPrefix + s.RiskName }

const undoPrefix = "undo/"

func (w *walk) backByHand(ctx context.Context, s plan.Step, k plan.HandUndoer) error {
	look := func() (plan.Observation, error) { return k.TakenBack(ctx, view{w.past}, s) }
	o, err := look()
	if err != nil {
		return w.failed(ctx, s, diag.From("observing "+s.ID, err))
	}
	if o.State == plan.Done {
		return nil
	}
	h, err := k.UndoByHand(ctx, view{w.past}, s)
	if err != nil {
		return w.failed(ctx, s, diag.From("describing how "+s.ID+" is taken back", err))
	}
	if err := w.byHandBack(ctx, s, h); err != nil {
		return err
	}
	return w.until(ctx, s, plan.Done, look)
}

func (w *walk) byHandBack(ctx context.Context, s plan.Step, h plan.Hand) error {
	if w.Person == nil {
		e := diag.From("taking back", awaited(s, h, ""))
		e.What = "this step is taken back by hand: " + s.Title
		e.Fix = append(slices.Clone(h.Do), "then: rehome undo; it looks itself whether "+h.Verified)
		return w.failed(ctx, s, e)
	}
	return w.byHand(ctx, s, h)
}

// until looks until the step is in the wanted state, as long as the kind has patience.
func (w *walk) until(ctx context.Context, s plan.Step, want plan.State, look func() (plan.Observation, error)) error {
	every, deadline := w.Kinds[s.Kind].Patience()
	for began := w.Clock.Now(); ; {
		o, err := look()
		if err != nil {
			return w.failed(ctx, s, diag.From("observing "+s.ID, err))
		}
		if o.State == want {
			return nil
		}
		elapsed := w.Clock.Now().Sub(began)
		if elapsed >= deadline {
			return w.failed(ctx, s, overdue(s, o, deadline))
		}
		w.tell(Event{Kind: EventWaiting, Step: s, State: o.State, Detail: o.Detail, Elapsed: elapsed})
		if err := w.Clock.Sleep(ctx, max(every, time.Second)); err != nil {
			return w.failed(ctx, s, err)
		}
	}
}
