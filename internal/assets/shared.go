package assets

import (
	"strings"

	"rehome/internal/estate"
)

// shared keeps each text once that many assets have in common: what they use, whom they are shared with, what those may do. From the wire
// they come as copies, and in a large estate some of them come ten thousand times.
type shared struct {
	texts   map[string]string
	actions map[string][]string // by the actions themselves
}

func newShared() shared { return shared{texts: map[string]string{}, actions: map[string][]string{}} }

func (s shared) text(t string) string {
	if kept, ok := s.texts[t]; ok {
		return kept
	}
	s.texts[t] = t
	return t
}

// in replaces the copies in an item. Nobody may change the lists of actions in place from then on.
func (s shared) in(i *Item) {
	i.Kind = s.text(i.Kind)
	for n, arn := range i.Uses {
		i.Uses[n] = estate.ARN(s.text(string(arn)))
	}
	for n := range i.Permissions {
		g := &i.Permissions[n]
		g.Principal = estate.ARN(s.text(string(g.Principal)))
		key := strings.Join(g.Actions, " ")
		if s.actions[key] == nil {
			s.actions[key] = g.Actions
		}
		g.Actions = s.actions[key]
	}
}
