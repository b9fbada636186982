package engine

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// History is what a journal tells so far. It is a memory, not the truth: that is in the world and is observed.
type History struct {
	Binding Binding
	Records []Record // only from ReadJournal
	Torn    int      // bytes of a last record that a crash cut short
	Ended   bool     // every step of the plan was done
	steps   map[string]*past
}

// past is what the journal tells about one step.
type past struct {
	unmoved  bool // after its last intent it was seen not begun
	tried    bool // an intent was ever recorded; what the step writes may have changed
	acted    bool // an intent was recorded and not taken back
	waited   bool // it was seen under way
	done     bool
	status   Status // failed, waiting or undone, as long as nothing came after it
	seen     string // the last look
	detail   string // the last thing that was told of the step
	output   plan.Output
	hand     string // who says since its last intent that it was done by hand; empty: nobody
	claimed  string // who said so before
	started  time.Time
	finished time.Time
}

// ReadJournal reads the journal in dir without touching it. A directory without a journal gives an empty history.
func ReadJournal(dir string) (*History, error) {
	path := filepath.Join(dir, journalFile)
	read, err := readChain(path)
	if err != nil {
		return nil, err
	}
	return newHistory(path, read)
}

func newHistory(path string, read lines) (*History, error) {
	h := &History{Records: read.records, Torn: read.torn, steps: map[string]*past{}}
	for i, r := range read.records {
		if (i == 0) != (r.Type == TypeBegin) || (r.Type == TypeBegin || r.Type == TypeResume) && r.Binding == nil {
			return nil, damaged(path, i+1, "a journal begins once, with what it belongs to")
		}
		h.add(r)
	}
	return h, nil
}

// add takes one record in. A call tells nothing about a step, so that adding one from another goroutine touches no step.
func (h *History) add(r Record) {
	switch r.Type {
	case TypeBegin:
		h.Binding = *r.Binding
	case TypeResume:
		h.Ended = false
		for _, s := range h.steps {
			if s.done { // what kept it from being taken back is tried anew
				s.status = ""
			}
		}
	case TypeEnd:
		h.Ended = true
	case TypeIntent:
		s := h.of(r.Step)
		if s.started.IsZero() || !s.finished.IsZero() {
			s.started, s.finished = r.Time, time.Time{}
		}
		s.tried, s.acted, s.done, s.status, s.unmoved = true, true, false, "", false
		s.hand, s.claimed = "", s.hand // a word from before the gates were passed is about nothing
	case TypeObserved:
		s := h.of(r.Step)
		s.detail, s.unmoved = r.Detail, r.State == stateNames[plan.Todo]
		s.done, s.seen = s.done && r.State == stateNames[plan.Done], r.State+" "+r.Detail
		if r.State == stateNames[plan.Pending] && !s.waited {
			s.waited = true
			if s.started.IsZero() {
				s.started = r.Time
			}
		}
	case TypeDone:
		s := h.of(r.Step)
		if s.finished.IsZero() {
			s.finished = r.Time
		}
		s.done, s.status, s.output, s.detail = true, "", r.Output, r.Detail
	case TypeFailed:
		h.of(r.Step).status, h.of(r.Step).detail = StatusFailed, r.Detail
	case TypeWaiting:
		h.of(r.Step).status, h.of(r.Step).detail = StatusWaiting, r.Detail
	case TypeHand:
		h.of(r.Step).hand = r.Detail
	case TypeUndone:
		h.Ended = false
		h.steps[r.Step] = &past{tried: true, status: StatusUndone}
	}
}

func (h *History) of(step string) *past {
	if h.steps[step] == nil {
		h.steps[step] = &past{}
	}
	return h.steps[step]
}

// Acted reports whether the run did anything that was not taken back.
func (h *History) Acted() bool {
	for _, s := range h.steps {
		if s.acted {
			return true
		}
	}
	return false
}

// Reached reports whether the run has come to a step and told a person to do it.
func (h *History) Reached(step string) bool {
	s, ok := h.steps[step]
	return ok && s.acted
}

// written lists the facts that the run may have changed itself. A destruction that was seen not begun has changed nothing: what is
// different there was somebody else's doing, and would be lost with the rest.
func (h *History) written(p *plan.Plan) []string {
	facts := map[string]bool{}
	for _, s := range p.Steps {
		past := h.of(s.ID)
		if past.unmoved && s.Risk == plan.Destroys {
			continue
		}
		if past.tried || past.done { // done by an earlier run, perhaps
			for _, w := range s.Writes {
				facts[w] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(facts))
}

// fits refuses the journal of another plan or target.
func (h *History) fits(path string, b Binding) error {
	e := &diag.Error{Code: "journal/other-plan", At: diag.Position{File: path, Line: 1, Column: 1}, Exit: diag.ExitUsage,
		Fix: []string{"nothing was changed; give the plan that this run began with, or another --state directory"}}
	switch have := h.Binding; {
	case have.Plan != b.Plan:
		e.What, e.Why = "this journal belongs to another plan", "it was begun with plan "+have.Plan+", not with "+b.Plan
	case have.Target != b.Target:
		e.What, e.Why = "this journal belongs to another target", "it was begun on "+have.Target+", not on "+b.Target
	default:
		return nil
	}
	return e
}
