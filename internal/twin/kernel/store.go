package kernel

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"rehome/internal/estate"
)

// store holds what there can be very many of, the assets of Quick and the records that a service keeps of its own, beside the rest of
// the state. The rest is written down before and after every mutating call to see what the call changed; a store notes each change
// instead, so one more dashboard costs the same among ten and among ten thousand.
type store struct {
	shelves map[place]*shelf
	records map[string]json.RawMessage
	undo    []func() // how to take back what the call under way has changed, the newest last
}

// place is where assets of one type are.
type place struct {
	account estate.AccountID
	region  estate.Region
	kind    estate.AssetType
}

// shelf holds the assets of one place.
type shelf struct {
	ids  []string // sorted
	byID map[string]estate.Asset
}

// unload takes the assets and records out of a state and gives the store that holds them. A list that somebody looked at stays behind,
// empty: that is how the state goes on knowing that somebody did.
func unload(s *State) *store {
	t := &store{shelves: map[place]*shelf{}, records: s.Records}
	if s.Records = nil; t.records == nil {
		t.records = map[string]json.RawMessage{}
	}
	for account, a := range s.Estate.Accounts {
		q, _ := a.Quick.Get()
		for region, known := range q.Assets {
			list, ok := known.Get()
			for _, asset := range list {
				asset.Content.Compact() //nolint:errcheck // it has been decoded, so it is JSON
				t.put(place{account, region, asset.Type}, asset)
			}
			if ok {
				q.Assets[region] = estate.Of([]estate.Asset{})
			}
		}
	}
	t.undo = nil
	return t
}

// whole is the state with the assets and records back in it, sorted by type and id. It shares what is not changed.
func (t *store) whole(s State) State {
	if s.Records = nil; len(t.records) > 0 {
		s.Records = t.records
	}
	s.Estate.Accounts = maps.Clone(s.Estate.Accounts)
	for account, a := range s.Estate.Accounts {
		q, ok := a.Quick.Get()
		if !ok || len(q.Assets) == 0 {
			continue
		}
		q.Assets = maps.Clone(q.Assets)
		for region, known := range q.Assets {
			if known.IsKnown() {
				q.Assets[region] = estate.Of(t.list(account, region))
			}
		}
		a.Quick = estate.Of(q)
		s.Estate.Accounts[account] = a
	}
	return s
}

func (t *store) list(account estate.AccountID, region estate.Region) []estate.Asset {
	out := []estate.Asset{}
	for _, p := range t.places(account) {
		if p.region == region {
			for _, id := range t.shelves[p].ids {
				out = append(out, t.shelves[p].byID[id])
			}
		}
	}
	return out
}

// places are those of an account that hold anything, by Region and type.
func (t *store) places(account estate.AccountID) []place {
	var out []place
	for p := range t.shelves {
		if p.account == account {
			out = append(out, p)
		}
	}
	return slices.SortedFunc(slices.Values(out), func(a, b place) int {
		return strings.Compare(string(a.region)+"\x00"+string(a.kind), string(b.region)+"\x00"+string(b.kind))
	})
}

// put adds or replaces an asset. An equal one changes nothing.
func (t *store) put(p place, a estate.Asset) {
	s := t.shelves[p]
	if s == nil {
		s = &shelf{byID: map[string]estate.Asset{}}
		t.shelves[p] = s
	}
	before, there := s.byID[a.ID]
	if there && reflect.DeepEqual(before, a) {
		return
	}
	if s.byID[a.ID] = a; there {
		t.undo = append(t.undo, func() { s.byID[a.ID] = before })
		return
	}
	at, _ := slices.BinarySearch(s.ids, a.ID)
	s.ids = slices.Insert(s.ids, at, a.ID)
	t.undo = append(t.undo, func() { s.remove(a.ID) })
}

func (t *store) remove(p place, id string) {
	s := t.shelves[p]
	if s == nil {
		return
	}
	if before, there := s.byID[id]; there {
		s.remove(id)
		t.undo = append(t.undo, func() { t.put(p, before) })
	}
}

func (s *shelf) remove(id string) {
	delete(s.byID, id)
	if at, there := slices.BinarySearch(s.ids, id); there {
		s.ids = slices.Delete(s.ids, at, at+1)
	}
}

// rollBack takes back what has changed since undo was empty.
func (t *store) rollBack() {
	undo := t.undo
	for _, f := range slices.Backward(undo) {
		f()
	}
	t.undo = nil
}

func (t *store) record(key string, text json.RawMessage) {
	before, there := t.records[key]
	if string(before) == string(text) {
		return
	}
	if t.records[key] = text; text == nil {
		delete(t.records, key)
	}
	t.undo = append(t.undo, func() {
		if t.records[key] = before; !there {
			delete(t.records, key)
		}
	})
}
