package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

var stateNames = [...]string{plan.Unseen: "unseen", plan.Todo: "todo", plan.Pending: "pending", plan.Done: "done"}

func where(s plan.Step) string {
	return fmt.Sprintf("step %s, account %s, Region %s", s.ID, s.Account, s.Region)
}

func unseen(s plan.Step, o plan.Observation) error {
	return &diag.Error{Code: "engine/unseen", What: "cannot tell how far this step is", Where: where(s), Why: o.Detail, Owner: s.Actor, Exit: diag.ExitBlocked,
		Fix: []string{"give the caller the right to look; then: rehome resume"}}
}

func overdue(s plan.Step, o plan.Observation, deadline time.Duration) error {
	return &diag.Error{Code: "engine/deadline", What: "this step is not done after " + deadline.String() + "; the run can be resumed", Where: where(s),
		Why: "last seen: " + o.Detail, Owner: diag.AWS, Exit: diag.ExitFailed, Fix: []string{"it may still be under way; go on waiting with: rehome resume"}}
}

func locked(s plan.Step, g plan.Gate, why string) error {
	return &diag.Error{Code: "engine/gate-locked", What: "the gate " + string(g) + " is locked", Where: where(s), Why: why, Owner: s.Actor, Exit: diag.ExitBlocked,
		Fix: []string{"make the gate's condition true; then: rehome resume"}}
}

func changed(s plan.Step, facts []string) error {
	return &diag.Error{Code: "engine/facts-changed", What: "the estate is not what the plan was made from: " + strings.Join(facts, ", "), Where: "before " + where(s), Exit: diag.ExitBlocked,
		Why: "somebody or something else changed it since", Fix: []string{"this step was not begun; look again and make a new plan: rehome survey && rehome plan"}}
}

func unprepared(s plan.Step, o plan.Observation) error {
	return &diag.Error{Code: "engine/prepare-first", What: "the cutover needs every step of the phase prepare done", Where: where(s), Why: "seen: " + o.Detail, Exit: diag.ExitBlocked,
		Fix: []string{"rehome apply --phase prepare"}}
}

func drifted(s plan.Step, o plan.Observation) error {
	return &diag.Error{Code: "engine/drifted", What: "this run is finished, but the step is not done any more", Where: where(s), Why: "seen: " + o.Detail, Exit: diag.ExitBlocked,
		Fix: []string{"nothing was changed; look again and make a new plan: rehome survey && rehome plan"}}
}

func interrupted(cause error) error {
	return &diag.Error{Code: "engine/interrupted", What: "interrupted; the run can be resumed", Exit: diag.ExitInterrupted, Err: cause, Fix: []string{"rehome resume"}}
}

// notTakenBack adds to a run's error (nil: it had none) that a step could not be taken back.
func notTakenBack(err error, s plan.Step, undo error) error {
	e := *diag.From("taking back "+s.ID, errors.Join(err, undo))
	if err == nil {
		e.Where = where(s)
	}
	e.Fix = append([]string{fmt.Sprintf("step %s was not taken back (%v); do it now: %s", s.ID, undo, s.Undo)}, e.Fix...)
	return &e
}

// reappeared: what this run has destroyed is there again.
func reappeared(s plan.Step, o plan.Observation) error {
	return &diag.Error{Code: "engine/reappeared", What: "this run has destroyed it already, and there is one again: " + o.Detail, Where: where(s), Exit: diag.ExitBlocked, Owner: s.Actor,
		Why: "somebody made it since; nobody has consented to its loss", Fix: []string{"find out who made it, then: rehome survey && rehome plan"}}
}
