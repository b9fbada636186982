// Package enginetest is the contract that every driver of plans must pass, and the little fake world in which it is tried. It must not
// know how a driver keeps its records, and it uses no AWS, no twin and no real time.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// Killed is what panics where a process dies.
type Killed struct{}

// Fault is what goes wrong in a step's next Act, once.
type Fault int

// The faults.
const (
	None Fault = iota
	CutBefore
	CutAfter
	DieBefore
	DieAfter
)

// Trait is how a step behaves. The zero value is done at once.
type Trait struct {
	Takes   time.Duration // from its effect until it is seen done
	Fault   Fault
	Blind   bool  // Observe sees nothing
	Broken  error // Observe fails
	ByHand  bool  // Act only asks a person
	OnAct   func()
	UndoErr error
}

// World is where fake steps have their effects. It is its own plan.Kind, named fake.
type World struct {
	Clock   *Clock
	Traits  map[string]*Trait
	Log     []string          // what was called, in order: "observe a", "act a", "undo a", "before a", "gate consent a", "facts"
	Wrong   []string          // what must never happen: an effect applied twice, an output of what is not done
	Every   time.Duration     // between two looks
	effects map[string]effect // step id -> its effect
}

type effect struct {
	value string
	at    time.Time
}

// NewWorld is an empty world.
func NewWorld() *World {
	return &World{Every: 10 * time.Second, Clock: &Clock{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}, Traits: map[string]*Trait{}, effects: map[string]effect{}}
}

// Trait is the step's, to be changed.
func (w *World) Trait(step string) *Trait {
	if w.Traits[step] == nil {
		w.Traits[step] = &Trait{}
	}
	return w.Traits[step]
}

// Apply gives a step its effect, as its Act or a person does.
func (w *World) Apply(step, value string) {
	if _, ok := w.effects[step]; ok {
		w.Wrong = append(w.Wrong, "effect applied twice: "+step)
	}
	w.effects[step] = effect{value, w.Clock.Now()}
}

// Change gives an effect another value behind the run's back.
func (w *World) Change(step, value string) { w.effects[step] = effect{value, w.effects[step].at} }

// Remove takes an effect away behind the run's back.
func (w *World) Remove(step string) { delete(w.effects, step) }

// String is the whole state, sorted.
func (w *World) String() string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(w.effects)) {
		out = append(out, w.effects[id].value)
	}
	return strings.Join(out, "\n")
}

// Count counts the log's lines that begin with what was called, and for which steps.
func (w *World) Count(call string) (n int) {
	for _, l := range w.Log {
		if strings.HasPrefix(l, call) {
			n++
		}
	}
	return n
}

func (w *World) log(format string, args ...any) { w.Log = append(w.Log, fmt.Sprintf(format, args...)) }

// Name is fake.
func (w *World) Name() string { return "fake" }

// Plan plans nothing; the contract makes its own plans.
func (w *World) Plan(plan.Input) ([]plan.Step, error) { return nil, nil }

// Observe sees an effect as pending until its time has passed.
func (w *World) Observe(_ context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	w.log("observe %s", s.ID)
	t := w.Trait(s.ID)
	e, ok := w.effects[s.ID]
	switch {
	case t.Broken != nil:
		return plan.Observation{}, t.Broken
	case t.Blind:
		return plan.Observation{Detail: "no right to look"}, nil
	case !ok:
		return plan.Observation{State: plan.Todo, Detail: "not there"}, nil
	case w.Clock.Now().Before(e.at.Add(t.Takes)):
		return plan.Observation{State: plan.Pending, Detail: "under way"}, nil
	}
	return plan.Observation{State: plan.Done, Detail: "there", Output: plan.Output{"value": e.value}}, nil
}

// Act applies the step's effect, whose value rests on the outputs of the steps that it needs.
func (w *World) Act(_ context.Context, r plan.Run, s plan.Step) error {
	w.log("act %s", s.ID)
	t := w.Trait(s.ID)
	if r.Output(s.ID) != nil {
		w.Wrong = append(w.Wrong, "output before it is done: "+s.ID)
	}
	if t.OnAct != nil {
		t.OnAct()
	}
	fault := t.Fault
	t.Fault = None
	switch {
	case t.ByHand:
		return &diag.Error{Code: "fake/by-hand", What: "a person has to do " + s.ID, Owner: diag.QuickAdmin, Exit: diag.ExitWaiting}
	case fault == CutBefore:
		return errors.New("connection reset")
	case fault == DieBefore:
		panic(Killed{})
	}
	var from []string
	for _, n := range s.Needs {
		from = append(from, r.Output(n)["value"])
	}
	w.Apply(s.ID, s.ID+"("+strings.Join(from, ",")+")")
	switch fault {
	case CutAfter:
		return errors.New("connection reset")
	case DieAfter:
		panic(Killed{})
	}
	return nil
}

// Undo takes the step's effect back; it can be called when there is none.
func (w *World) Undo(ctx context.Context, _ plan.Run, s plan.Step) error {
	w.log("undo %s", s.ID)
	if err := errors.Join(ctx.Err(), w.Trait(s.ID).UndoErr); err != nil {
		return err
	}
	delete(w.effects, s.ID)
	return nil
}

// TakenBack sees whether the effect is gone.
func (w *World) TakenBack(_ context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	if _, there := w.effects[s.ID]; there {
		return plan.Observation{State: plan.Todo, Detail: "there"}, nil
	}
	return plan.Observation{State: plan.Done, Detail: "gone"}, nil
}

// Patience is a look every so often, for an hour.
func (w *World) Patience() (every, deadline time.Duration) { return w.Every, time.Hour }

// Clock is moved by those who sleep on it.
type Clock struct {
	now     time.Time
	OnSleep func() // called before each sleep
}

// Now is the simulated time.
func (c *Clock) Now() time.Time { return c.now }

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.now = c.now.Add(d) }

// Sleep moves the clock, at once.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if c.OnSleep != nil {
		c.OnSleep()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Advance(d)
	return nil
}
