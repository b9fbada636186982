package kernel

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// StateFormat is the version of what GET /_twin/world answers.
const StateFormat = "rehome.twin/v1"

// State is all that a twin remembers: a world that goes on living, the clock, and what is still to happen. The members of the world
// stand beside the others; spec and expectations are no state and are dropped.
type State struct {
	estate.World
	Clock  time.Time      `json:"clock,omitzero"`
	Events []Event        `json:"events,omitzero"` // in the order in which they will happen
	Counts map[string]int `json:"counts,omitzero"` // matched calls of each fault, calls of each expiring session, things made
	// Records are what services keep beside the estate, such as the jobs of Quick, by key. While the twin lives they, and the assets of
	// the estate, are in its store.
	Records map[string]json.RawMessage `json:"records,omitzero"`
}

// stateOf is the first state of a world; it shares nothing with it.
func stateOf(w estate.World, start time.Time) (State, error) {
	w.Format, w.Spec, w.Expect = StateFormat, nil, nil
	text, err := encode(State{World: w, Clock: start.UTC()})
	if err != nil {
		return State{}, err
	}
	return decode(text)
}

func encode(s State) ([]byte, error) { return document.Encode(s) }

func decode(text []byte) (s State, err error) {
	return s, document.Decode("world.json", text, &s)
}

// load makes s the state, after checking it; the state of before stays when s cannot be used.
func (k *Kernel) load(s State) error {
	laws, err := readLaws(s)
	if err != nil {
		return err
	}
	keys := map[string]bool{}
	for account, a := range s.Estate.Accounts {
		for name, role := range a.Roles {
			if keys[role.AccessKey] {
				return &diag.Error{Code: "twin/access-key", What: "two roles of the world have the access key " + role.AccessKey,
					Where: string(RoleARN(account, name, role)), Exit: diag.ExitUsage}
			}
			keys[role.AccessKey] = role.AccessKey != ""
		}
	}
	if s.Estate.Accounts == nil {
		s.Estate.Accounts = map[estate.AccountID]estate.Account{}
	}
	if s.Counts == nil {
		s.Counts = map[string]int{}
	}
	if err := checkFaults(s.Faults); err != nil {
		return err
	}
	slices.SortFunc(s.Events, Event.compare)
	before, storeBefore, lawsBefore, timesBefore := k.state, k.store, k.laws, k.times
	store := unload(&s)
	k.state, k.store, k.laws, k.times = s, store, laws, k.config.Times.With(s.Times)
	if err := k.each(func(s Service) func(*Request) error { return s.Load }); err != nil {
		k.state, k.store, k.laws, k.times = before, storeBefore, lawsBefore, timesBefore
		return err
	}
	return nil
}

// each calls one of the hooks of every service, by id.
func (k *Kernel) each(hook func(Service) func(*Request) error) error {
	for _, id := range slices.Sorted(maps.Keys(k.services)) {
		if f := hook(k.services[id]); f != nil {
			if err := f(&Request{Service: id, Operation: id + "/start", Internal: true, Trigger: id + "/start", k: k}); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin makes the state of a world that has not lived yet the state, and lets every service announce what is under way in it.
func (k *Kernel) begin(s State) error {
	if err := k.load(s); err != nil {
		return err
	}
	return k.each(func(s Service) func(*Request) error { return s.Start })
}

// changing reports whether f changed the state; when f fails, the state is as before.
func (k *Kernel) changing(f func() error) bool {
	k.store.undo = nil
	before := k.snapshot()
	err := f()
	rewritten, stored := k.snapshot() != before, len(k.store.undo) > 0
	if err != nil && rewritten {
		k.restore(before)
	}
	if err != nil {
		k.store.rollBack()
	}
	return rewritten || stored
}

// whole is all that there is to know of the twin's state.
func (k *Kernel) whole() State { return k.store.whole(k.state) }

// snapshot is the part of the state that calls change, as text, but for what the store holds.
func (k *Kernel) snapshot() string {
	s := k.state
	s.Clock, s.Counts = time.Time{}, nil
	text, err := encode(s)
	if err != nil {
		panic("twin: state cannot be encoded: " + err.Error()) // it was decoded from text; a service has put in what has no text
	}
	return string(text)
}

// restore brings back a snapshot; clock and counts stay.
func (k *Kernel) restore(snapshot string) {
	s, err := decode([]byte(snapshot))
	if err != nil {
		panic("twin: snapshot cannot be decoded: " + err.Error())
	}
	s.Clock, s.Counts = k.state.Clock, k.state.Counts
	if s.Estate.Accounts == nil {
		s.Estate.Accounts = map[estate.AccountID]estate.Account{}
	}
	k.state = s
}

// timeless is the state without what depends on when and how often somebody called: clock, instants of events and of assets, counts,
// and the records, which are about calls.
func (s State) timeless() State {
	s.Clock, s.Counts, s.Records, s.Events = time.Time{}, nil, nil, slices.Clone(s.Events)
	for _, a := range s.Estate.Accounts {
		q, _ := a.Quick.Get()
		for _, known := range q.Assets {
			list, _ := known.Get()
			for i := range list { // the list is the answer's own, see whole
				list[i].Updated = time.Time{}
			}
		}
	}
	for i := range s.Events {
		s.Events[i].At = time.Time{}
	}
	slices.SortFunc(s.Events, Event.compare)
	return s
}

func (k *Kernel) count(what string) int {
	k.state.Counts[what]++
	return k.state.Counts[what]
}

func itoa(n int) string { return strconv.Itoa(n) }

func trimSuffix(service string) string { return strings.TrimSuffix(service, ".amazonaws.com") }
