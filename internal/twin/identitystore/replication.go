package identitystore

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// The state holds the store as the primary Region has it. What the other Regions do not see yet is in the events that will make it
// visible: each holds the values before its change, and a reading elsewhere takes the pending changes back, the last one first.

// past is what a change replaced; nil: there was no such user or group.
type past struct {
	Users  map[estate.UserID]*estate.User `json:"users,omitempty"`
	Groups map[estate.GroupID]*pastGroup  `json:"groups,omitempty"`
}

// pastGroup is a group as plain JSON; no members: nobody looked, and this is why.
type pastGroup struct {
	Name    string           `json:"name"`
	Members *[]estate.UserID `json:"members,omitempty"`
	Why     string           `json:"why,omitempty"`
}

func remember(groups map[estate.GroupID]*estate.Group) map[estate.GroupID]*pastGroup {
	out := map[estate.GroupID]*pastGroup{}
	for id, g := range groups {
		if out[id] = nil; g == nil {
			continue
		}
		out[id] = &pastGroup{Name: g.DisplayName, Why: g.Members.Why()}
		if members, ok := g.Members.Get(); ok {
			out[id].Members = &members
		}
	}
	return out
}

func recall(groups map[estate.GroupID]*pastGroup) map[estate.GroupID]*estate.Group {
	out := map[estate.GroupID]*estate.Group{}
	for id, p := range groups {
		if out[id] = nil; p == nil {
			continue
		}
		out[id] = &estate.Group{DisplayName: p.Name, Members: estate.NotLooked[[]estate.UserID](p.Why)}
		if p.Members != nil {
			out[id].Members = estate.Of(*p.Members)
		}
	}
	return out
}

// before gives what another map had where it differs from this one.
func before[K comparable, V any](old, now map[K]V) map[K]*V {
	out := map[K]*V{}
	for k, v := range old {
		if n, ok := now[k]; !ok || !reflect.DeepEqual(n, v) {
			out[k] = &v
		}
	}
	for k := range now {
		if _, ok := old[k]; !ok {
			out[k] = nil
		}
	}
	return out
}

func takeBack[K comparable, V any](m map[K]V, was map[K]*V) {
	for k, v := range was {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = *v
		}
	}
}

// commit makes users and groups the store's, at once here and later elsewhere.
func (s store) commit(r *kernel.Request, users map[estate.UserID]estate.User, groups map[estate.GroupID]estate.Group) error {
	was := past{before(s.users, users), remember(before(s.groups, groups))}
	if len(was.Users)+len(was.Groups) == 0 {
		return nil
	}
	text, err := json.Marshal(was)
	if err != nil {
		return err
	}
	change := func(i *estate.Instance) {
		i.Users, i.Groups = estate.Of(users), estate.Of(groups)
		s.admit(i, was)
	}
	if s.own {
		kernel.EditAt(r.Estate().Accounts, s.Owner, func(a *estate.Account) { kernel.Edit(&a.AccountInstance, change) })
	} else {
		kernel.Edit(&r.Estate().IdentityCenter, change)
	}
	if len(s.Regions.Or(nil)) > 1 {
		r.After(r.Takes(estate.TimeIdentityVisible), kernel.Event{Kind: eventVisible, Account: s.Owner, Subject: string(s.ARN), Data: numbered(r, s, text)})
	}
	return nil
}

// numbered puts the change's number before its text, because events of one instant are sorted by their text.
func numbered(r *kernel.Request, s store, text []byte) string {
	number := 0
	for _, e := range r.Pending(eventVisible, string(s.ARN)) {
		fmt.Sscanf(e.Data, "%d", &number) //nolint:errcheck // we have written it
	}
	return fmt.Sprintf("%06d %s", number+1, text)
}

// asSeen turns the primary Region's view into that of the Region of the call.
func (s *store) asSeen(r *kernel.Request) error {
	s.users, s.groups = maps.Clone(s.users), maps.Clone(s.groups)
	for _, e := range slices.Backward(r.Pending(eventVisible, string(s.ARN))) {
		_, text, _ := strings.Cut(e.Data, " ")
		var was past
		if err := json.Unmarshal([]byte(text), &was); err != nil {
			return err
		}
		takeBack(s.users, was.Users)
		takeBack(s.groups, recall(was.Groups))
	}
	maps.DeleteFunc(s.users, func(id estate.UserID, _ estate.User) bool { return lacksUser(s.UsersAt[r.Region], id) })
	maps.DeleteFunc(s.groups, func(_ estate.GroupID, g estate.Group) bool { return lacksGroup(s.GroupsAt[r.Region], g.DisplayName) })
	return nil
}

// sampled is how many people a survey looks up in each Region, by the order of their ids: a longer list is not to be had.
const sampled = 20

// lacksUser reports whether a Region does not show a user whom the primary has, because the world says whom it shows. A list of full
// length says nothing of ids behind its last one.
func lacksUser(shown estate.Known[map[estate.UserID]string], id estate.UserID) bool {
	ids, ok := shown.Get()
	if _, there := ids[id]; !ok || there {
		return false
	}
	return len(ids) < sampled || id < slices.Max(slices.Collect(maps.Keys(ids)))
}

func lacksGroup(shown estate.Known[[]string], name string) bool {
	names, ok := shown.Get()
	return ok && !slices.Contains(names, name)
}

// admit lets the other Regions show what is new here, once they are to see it at all.
func (s store) admit(i *estate.Instance, was past) {
	for region, shown := range i.UsersAt {
		for id := range was.Users {
			if u, ok := i.Users.Or(nil)[id]; ok && was.Users[id] == nil && lacksUser(shown, id) {
				names := maps.Clone(shown.Or(nil))
				names[id] = u.UserName
				shown = estate.Of(names)
			}
		}
		i.UsersAt[region] = shown
	}
	for region, shown := range i.GroupsAt {
		for id, old := range was.Groups {
			g, ok := i.Groups.Or(nil)[id]
			if ok && (old == nil || old.Name != g.DisplayName) && lacksGroup(shown, g.DisplayName) {
				shown = estate.Of(slices.Sorted(slices.Values(append(slices.Clone(shown.Or(nil)), g.DisplayName))))
			}
		}
		i.GroupsAt[region] = shown
	}
}
