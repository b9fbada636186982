package plan

import (
	"context"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// Input is what kinds plan from. It is read only.
type Input struct {
	Spec     *spec.Spec
	Survey   *estate.Survey
	Findings []diag.Finding
	Times    estate.Times
}

// State is how far a step is in the world, whatever the journal says.
type State int

// The states. Unseen is the zero value: nobody looked.
const (
	Unseen  State = iota
	Todo          // not done, and nothing is under way
	Pending       // under way: do not act again, wait
	Done
)

// Observation is what was seen of a step.
type Observation struct {
	State  State
	Detail string // one line for people: what was seen
	Output Output // what later steps need; only with Done
}

// Output is what a step found out for later steps and for the report: names, ARNs. No secrets.
type Output map[string]string

// Run is what a step may know of the run that it is part of.
type Run interface {
	ID() string
	Output(stepID string) Output // nil when that step is not done
	// Acted reports whether this run has begun the step's act, and not taken it back. It says nothing about the world.
	Acted(stepID string) bool
	// Said is who says that a by-hand step is done; empty: nobody. It is a word, and proves nothing.
	Said(stepID string) string
}

// Kind is one kind of step: it plans its steps and it is their hands. Every method can be killed at any point and called again.
type Kind interface {
	Name() string
	// Plan gives the steps of this kind that the input asks for; none when there is nothing to do.
	Plan(Input) ([]Step, error)
	// Observe looks at the world; it changes nothing.
	Observe(context.Context, Run, Step) (Observation, error)
	// Act makes the change. It is called only after Observe said Todo.
	Act(context.Context, Run, Step) error
	// Patience is how often to observe until the step is done, and for how long, before the run stops resumably.
	Patience() (every, deadline time.Duration)
}

// Undoer is a kind whose steps can be taken back by rehome.
type Undoer interface {
	Undo(context.Context, Run, Step) error
	// TakenBack looks whether the step is back: Done when so. It is not the opposite of Observe: an undo can fail half-way too.
	TakenBack(context.Context, Run, Step) (Observation, error)
}

// Hander is a kind whose by-hand steps need something that only the run knows, such as an ARN that it made. What Step.ByHand holds is what
// could be said beforehand.
type Hander interface {
	Hand(context.Context, Run, Step) (Hand, error)
}

// HandUndoer is a kind whose steps only a person may take back, such as one that made a key. rehome says how, waits, and verifies.
type HandUndoer interface {
	UndoByHand(context.Context, Run, Step) (Hand, error)
	// TakenBack looks whether the person did it: Done when so.
	TakenBack(context.Context, Run, Step) (Observation, error)
}
