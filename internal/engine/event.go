package engine

import (
	"time"

	"rehome/internal/plan"
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventStarted  EventKind = "started"  // a step's turn has come
	EventObserved EventKind = "observed" // State, Detail
	EventWaiting  EventKind = "waiting"  // one more look will follow; State, Detail, Elapsed, Expected
	EventGate     EventKind = "gate"     // Gate was found open; Detail
	EventActed    EventKind = "acted"    // the step's Act returned without error
	EventDone     EventKind = "done"     // seen done, by this run's doing
	EventSkipped  EventKind = "skipped"  // seen done, and this run had nothing to do
	EventFailed   EventKind = "failed"   // Err; the run stops here
	EventUndone   EventKind = "undone"   // taken back, for the run stopped too early
	EventFinished EventKind = "finished" // the last one; Err when the run stopped
)

// Event is one turn of the run for those who watch. It leaves all wording to them.
type Event struct {
	Kind     EventKind
	Time     time.Time
	Step     plan.Step // empty for finished
	State    plan.State
	Detail   string
	Gate     plan.Gate
	Elapsed  time.Duration // since the step was started
	Expected time.Duration // what the plan predicts for the whole step
	Err      error
}
