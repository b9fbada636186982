package engine

import (
	"cmp"
	"context"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// twinPerson is whose word stands for a step that a twin's person did.
const twinPerson = "the person of the twin"

// byHand lets the person of a twin do it, or stops the run until a person has. Somebody's word may be all that the kind can see.
func (w *walk) byHand(ctx context.Context, s plan.Step, h plan.Hand) error {
	if w.Person == nil {
		past := w.past.of(s.ID)
		return w.failed(ctx, s, awaited(s, h, cmp.Or(past.hand, past.claimed)))
	}
	if err := w.Person(ctx, h); err != nil {
		return w.failed(ctx, s, diag.From("playing the person of "+s.ID, err))
	}
	if err := Hand(w.Journal, s.ID, twinPerson); err != nil {
		return err
	}
	w.tell(Event{Kind: EventActed, Step: s})
	return nil
}

// hand is what a person does in place of the step's act.
func (w *walk) hand(ctx context.Context, s plan.Step) (plan.Hand, error) {
	k, ok := w.Kinds[s.Kind].(plan.Hander)
	if !ok {
		return *s.ByHand, nil
	}
	h, err := k.Hand(ctx, view{w.past}, s)
	if err != nil {
		err = w.failed(ctx, s, diag.From("saying how "+s.ID+" is done", err))
	}
	return h, err
}

// awaited says what a person has to do. When somebody says that it is done, it tells that this cannot be seen.
func awaited(s plan.Step, h plan.Hand, by string) error {
	e := &diag.Error{Code: "engine/by-hand", What: "this step is done by hand: " + s.Title, Where: "account " + string(h.Account) + ", " + string(h.Region), Why: h.Why,
		Exit: diag.ExitWaiting, Owner: s.Actor, Fix: append(append([]string{}, h.Do...), "then: rehome resume; it looks itself whether "+h.Verified)}
	if h.Word {
		e.Fix[len(e.Fix)-1] = "then: rehome done " + s.ID + " --by NAME, and rehome resume; nothing in AWS shows it, so your word is what is kept"
	}
	if by != "" && !h.Word {
		e.Code, e.What = "engine/by-hand-unseen", strings.TrimSpace(by)+" says that this step is done, and it cannot be seen: "+s.Title
	}
	return e
}

// Hand records a person's word that a by-hand step is done. It proves nothing: the next look at the step does.
func Hand(j *Journal, step, by string) error {
	return j.note(Record{Type: TypeHand, Step: step, Detail: by})
}
