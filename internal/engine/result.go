package engine

import (
	"time"

	"rehome/internal/plan"
)

// Status is how far a step came in a run.
type Status string

// The statuses, as in the JSON contracts.
const (
	StatusPending Status = "pending"
	StatusDone    Status = "done"
	StatusSkipped Status = "skipped" // it was done before the run came to it
	StatusWaiting Status = "waiting" // for a person
	StatusFailed  Status = "failed"
	StatusUndone  Status = "undone" // taken back, because the run stopped
)

// StepResult is what came of one step. Times are on the run's clock; over resumes, from the first intent to the first look that saw it done.
type StepResult struct {
	ID       string      `json:"id"`
	Status   Status      `json:"status"`
	Seconds  int         `json:"seconds"`
	Started  time.Time   `json:"started,omitzero"`  // zero: not begun, or skipped
	Finished time.Time   `json:"finished,omitzero"` // zero: not done
	Output   plan.Output `json:"output,omitzero"`
	Detail   string      `json:"detail,omitzero"` // one line for people: what was seen last, or why it stopped
}

// Result is what came of a run so far.
type Result struct {
	Run   string       `json:"run"`
	Ended bool         `json:"ended"` // every step of the plan is done
	Steps []StepResult `json:"steps"` // in the plan's order
}

// Between is the time from the start of one step to the end of another; false when one of the two instants is not known.
func (r Result) Between(from, to string) (time.Duration, bool) {
	var start, end time.Time
	for _, s := range r.Steps {
		if s.ID == from {
			start = s.Started
		}
		if s.ID == to {
			end = s.Finished
		}
	}
	return end.Sub(start), !start.IsZero() && !end.IsZero()
}

// Result tells what the journal says of the plan's steps.
func (h *History) Result(p *plan.Plan) Result {
	out := Result{Run: h.Binding.Run, Ended: h.Ended, Steps: make([]StepResult, len(p.Steps))}
	for i, s := range p.Steps {
		out.Steps[i] = h.of(s.ID).result(s)
	}
	return out
}

// counts reports whether the run had a part in the step being done: it acted, it waited, or looking was all there was to do.
func (s *past) counts(st plan.Step) bool { return s.acted || s.waited || st.Risk == plan.Reads }

func (s *past) result(st plan.Step) StepResult {
	r := StepResult{ID: st.ID, Status: StatusPending, Started: s.started, Detail: s.detail}
	switch {
	case s.done && s.status == "":
		r.Status, r.Finished, r.Output = StatusSkipped, s.finished, s.output
		if s.counts(st) {
			r.Status = StatusDone
		}
		if !s.started.IsZero() {
			r.Seconds = int(s.finished.Sub(s.started).Round(time.Second).Seconds())
		}
	case s.status != "":
		r.Status = s.status
	}
	return r
}
