package kernel

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
)

// Assets are the assets of the request's account and Region. A list given is the store's own and must not be changed.
type Assets struct {
	r *Request
}

// Assets gives access to the assets where the call is made. Whether anybody looked at them is for the caller to ask of the estate,
// whose own list is empty here.
func (r *Request) Assets() Assets { return Assets{r} }

func (a Assets) at(kind estate.AssetType) place { return place{a.r.Account, a.r.Region, kind} }

// Get finds one asset. What is in it must not be changed in place.
func (a Assets) Get(kind estate.AssetType, id string) (estate.Asset, bool) {
	s := a.r.k.store.shelves[a.at(kind)]
	if s == nil {
		return estate.Asset{}, false
	}
	found, ok := s.byID[id]
	return found, ok
}

// Put adds an asset or replaces the one of its type and id. From then on the Region's assets count as looked at.
func (a Assets) Put(asset estate.Asset) {
	accounts := a.r.k.state.Estate.Accounts
	if q, _ := accounts[a.r.Account].Quick.Get(); !q.Assets[a.r.Region].IsKnown() {
		EditAt(accounts, a.r.Account, func(of *estate.Account) {
			Edit(&of.Quick, func(q *estate.Quick) {
				q.Assets = maps.Clone(q.Assets)
				if q.Assets == nil {
					q.Assets = map[estate.Region]estate.Known[[]estate.Asset]{}
				}
				q.Assets[a.r.Region] = estate.Of([]estate.Asset{})
			})
		})
	}
	a.r.k.store.put(a.at(asset.Type), asset)
}

// Delete removes an asset; one that is not there is no error.
func (a Assets) Delete(kind estate.AssetType, id string) { a.r.k.store.remove(a.at(kind), id) }

// IDs are those of one type, sorted.
func (a Assets) IDs(kind estate.AssetType) []string {
	if s := a.r.k.store.shelves[a.at(kind)]; s != nil {
		return s.ids
	}
	return nil
}

// Below are the ids of one type that begin with a prefix, sorted.
func (a Assets) Below(kind estate.AssetType, prefix string) []string {
	ids := a.IDs(kind)
	from, _ := slices.BinarySearch(ids, prefix)
	to := from
	for to < len(ids) && strings.HasPrefix(ids[to], prefix) {
		to++
	}
	return ids[from:to]
}

// Kinds are the types of which there are assets, sorted.
func (a Assets) Kinds() []estate.AssetType {
	var out []estate.AssetType
	for _, p := range a.r.k.store.places(a.r.Account) {
		if p.region == a.r.Region && len(a.r.k.store.shelves[p].ids) > 0 {
			out = append(out, p.kind)
		}
	}
	return out
}

// DropAssets removes all assets of the request's account, in every Region.
func (r *Request) DropAssets() {
	t := r.k.store
	for _, p := range t.places(r.Account) {
		s := t.shelves[p]
		delete(t.shelves, p)
		t.undo = append(t.undo, func() { t.shelves[p] = s })
	}
}

// Record reads what the service keeps under a key into v, a pointer; false when there is nothing. Keys begin with the service's ID
// and a slash. Like everything in the state, records survive GET and PUT of the world.
func (r *Request) Record(key string, v any) bool {
	text, ok := r.k.store.records[key]
	if ok && json.Unmarshal(text, v) != nil {
		panic("twin: the record " + key + " is not what its service wrote") // only a world that somebody forged can hold that
	}
	return ok
}

// SetRecord keeps v, in JSON, under a key.
func (r *Request) SetRecord(key string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("twin: a record cannot be written: " + err.Error())
	}
	r.k.store.record(key, text)
}

// DropRecord forgets a key; one that is not there is no error.
func (r *Request) DropRecord(key string) { r.k.store.record(key, nil) }

// Records are the keys that begin with a prefix, sorted.
func (r *Request) Records(prefix string) []string {
	var out []string
	for key := range r.k.store.records {
		if strings.HasPrefix(key, prefix) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}
