package engine

import (
	"context"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// byHand lets the person of a twin do it, or stops the run until a person has.
func (w *walk) byHand(ctx context.Context, s plan.Step, h plan.Hand) error {
	if w.Person == nil {
		return w.failed(ctx, s, awaited(s, h, w.past.of(s.ID).hand))
	}
	if err := w.Person(ctx, h); err != nil {
		return w.failed(ctx, s, diag.From("playing the person of "+s.ID, err))
	}
	w.tell(Event{Kind: EventActed, Step: s})
	return nil
}

// awaited says what a person has to do. When somebody says that it is done, it tells that this cannot be seen.
func awaited(s plan.Step, h plan.Hand, by string) error {
	e := &diag.Error{Code: "engine/by-hand", What: "this step is done by hand: " + s.Title, Where: "account " + string(h.Account) + ", " + string(h.Region), Why: h.Why,
		Exit: diag.ExitWaiting, Owner: s.Actor, Fix: append(append([]string{}, h.Do...), "then: rehome resume; it looks itself whether "+h.Verified)}
	if by != "" {
		e.Code, e.What = "engine/by-hand-unseen", strings.TrimSpace(by)+" says that this step is done, and it cannot be seen: "+s.Title
	}
	return e
}

// Hand records a person's word that a by-hand step is done. It proves nothing: the next look at the step does.
func Hand(j *Journal, step, by string) error {
	return j.note(Record{Type: TypeHand, Step: step, Detail: by})
}
