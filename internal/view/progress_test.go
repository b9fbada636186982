package view

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rehome/internal/app"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
	"rehome/internal/plan"
)

// someEvents are one turn of every kind, in an order in which a run may have them.
func someEvents() []engine.Event {
	key, del, look := aPlan().Steps[0], aPlan().Steps[1], aPlan().Steps[2]
	minute := time.Minute
	return []engine.Event{
		{Kind: engine.EventStarted, Step: key},
		{Kind: engine.EventObserved, Step: key, State: plan.Todo, Detail: "the policy is as surveyed"},
		{Kind: engine.EventGate, Step: key, Gate: plan.GateConsent, Detail: "accepted by ana"},
		{Kind: engine.EventActed, Step: key},
		{Kind: engine.EventDone, Step: key, Detail: "the policy is as planned", Elapsed: time.Second},
		{Kind: engine.EventStarted, Step: del},
		{Kind: engine.EventActed, Step: del},
		{Kind: engine.EventWaiting, Step: del, State: plan.Pending, Detail: "UNSUBSCRIBE_IN_PROGRESS", Elapsed: minute, Expected: 3 * minute},
		{Kind: engine.EventSkipped, Step: look, Detail: "done before"},
		{Kind: engine.EventUndone, Step: look},
		{Kind: engine.EventFailed, Step: del, Err: errors.New("UNSUBSCRIBE_FAILED")},
		{Kind: engine.EventFinished, Err: errors.New("stopped")},
	}
}

func show(o app.Observer) {
	o.Saying("surveying")
	o.Facing(app.Facing{Target: estate.TargetTwin, World: "bom", Callers: map[estate.AccountID]string{"444455556666": "b", account: "a"}})
	o.Planned(aPlan().Steps)
	for _, e := range someEvents() {
		o.Stepped(e)
	}
}

func TestProgress(t *testing.T) {
	var plain, program strings.Builder
	show(NewProgress(&plain, false, false))
	show(NewProgress(&program, true, false))
	goldentest.Compare(t, "progress.txt", plain.String())
	goldentest.Compare(t, "progress.jsonl", program.String())
	var both strings.Builder
	show(NewProgress(&both, true, true))
	if both.String() != program.String() {
		t.Error("with JSON asked for, a terminal changes nothing")
	}
}

// TestListOnATerminal: the list is drawn while the run goes on and has ended when the run has; afterwards lines can follow, and a
// second list.
func TestListOnATerminal(t *testing.T) {
	var screen strings.Builder
	o := NewProgress(&screen, false, true)
	show(o)
	o.Saying("between")
	show(o)
	got := screen.String()
	for _, want := range []string{"rehome: surveying\n", "target: twin (bom)\n", "FAILED", "delete the account", "1 of 3 steps", "rehome: between\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the terminal does not show %q:\n%q", want, got)
		}
	}
	if strings.Count(got, "rehome: surveying") != 2 {
		t.Error("what is said outside of the list is lost")
	}
}

// TestListShowsWhatIsLeft looks at the list on a terminal after each turn.
func TestListShowsWhatIsLeft(t *testing.T) {
	m := model{rows: []row{{id: "key-policy/us-east-1", title: "add 3 statements"}, {id: "delete-quick", title: "delete the account", expected: 3 * time.Minute}, {id: "look", title: "look", expected: time.Minute}}}
	var screens strings.Builder
	screens.WriteString(m.View())
	for _, e := range someEvents() {
		before := m.View()
		next, cmd := m.Update(e)
		if m.View() != before {
			t.Fatal("an earlier screen changed")
		}
		m, _ = next.(model)
		screens.WriteString("--- " + string(e.Kind) + "\n" + m.View())
		if (cmd != nil) != (e.Kind == engine.EventFinished) {
			t.Errorf("%s: the list ends %t", e.Kind, cmd != nil)
		}
	}
	goldentest.Compare(t, "list.txt", screens.String())
	if next, cmd := m.Update("a key"); cmd != nil || next.View() != m.View() {
		t.Error("what is no event changes nothing")
	}
}
