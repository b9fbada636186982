package assets

import (
	"slices"

	"rehome/internal/estate"
)

// Leftover is an asset that no bundle carries: what it is, who owns it, who needs it, and how it can be taken along (MIG-03, MIG-06, MIG-35).
type Leftover struct {
	Asset  estate.AssetRef `json:"asset"`
	Name   string          `json:"name"`
	Kind   string          `json:"kind,omitzero"`
	Travel Travel          `json:"travel"`
	Owners []estate.ARN    `json:"owners,omitzero"` // who may change its permissions, sorted
	// UsedBy is what uses it, directly or not, sorted; a hundred of them at most, and More says that there are others.
	UsedBy []estate.AssetRef `json:"used_by,omitzero"`
	More   bool              `json:"more,omitzero"`
}

// Leftovers are the assets that no bundle carries, by Region, type and id.
func (i *Inventory) Leftovers() []Leftover {
	g := NewGraph(i)
	var out []Leftover
	i.All(func(ref estate.AssetRef, item *Item) bool {
		if item.Travel.How == ByBundle {
			return true
		}
		l := Leftover{Asset: ref, Name: item.Name, Kind: item.Kind, Travel: item.Travel}
		for _, grant := range item.Permissions {
			if slices.Contains(grant.Actions, questions[item.Type].owner) {
				l.Owners = append(l.Owners, grant.Principal)
			}
		}
		l.UsedBy, l.More = g.users(ref)
		out = append(out, l)
		return true
	})
	return out
}
