package enginetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

// Contract tries a driver in every case that a run can come into.
func Contract(t *testing.T, d Driver) {
	for _, group := range [][]contractCase{walking, stopping, guarding, undoing} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				b := newBench(t, d, slices.Clone(c.steps)...)
				c.try(b)
				if len(b.Wrong) > 0 {
					t.Errorf("this must never happen: %v", b.Wrong)
				}
			})
		}
	}
	t.Run("killed at any record of any plan, the end is the same", func(t *testing.T) { killEverywhere(t, d) })
}

type contractCase struct {
	name  string
	steps []plan.Step
	try   func(*bench)
}

// chainOf is a plan of steps that need each other in this order.
func chainOf(ids ...string) []plan.Step {
	var out []plan.Step
	for i, id := range ids {
		s := plan.Step{ID: id, Title: id}
		if i > 0 {
			s.Needs = []string{ids[i-1]}
		}
		out = append(out, s)
	}
	return out
}

// with changes one step of a plan.
func with(steps []plan.Step, id string, change func(*plan.Step)) []plan.Step {
	for i := range steps {
		if steps[i].ID == id {
			change(&steps[i])
		}
	}
	return steps
}

// called demands the world's log since the last call of it.
func (b *bench) called(want ...string) {
	b.t.Helper()
	if !slices.Equal(b.Log, want) {
		b.t.Errorf("called:\n  %s\nwant:\n  %s", strings.Join(b.Log, "\n  "), strings.Join(want, "\n  "))
	}
	b.Log = nil
}

// statuses demands each step's status, in the plan's order.
func (b *bench) statuses(x Exit, want ...engine.Status) {
	b.t.Helper()
	var got []engine.Status
	for _, s := range x.Result.Steps {
		got = append(got, s.Status)
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("statuses %v, want %v", got, want)
	}
}

// stopped demands that a process stopped with this error.
func (b *bench) stopped(x Exit, code string, exit int) *diag.Error {
	b.t.Helper()
	var e *diag.Error
	if !errors.As(x.Err, &e) {
		b.t.Fatalf("error is %v, want %s", x.Err, code)
	}
	if e.Code != code || diag.ExitCode(e) != exit {
		b.t.Fatalf("error is %s with exit %d (%v), want %s with %d", e.Code, diag.ExitCode(e), e, code, exit)
	}
	return e
}

// told lists the kinds of events about a step.
func (b *bench) told(step string) (out []engine.EventKind) {
	for _, e := range b.events {
		if e.Step.ID == step {
			out = append(out, e.Kind)
		}
	}
	return out
}
