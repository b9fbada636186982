package app

import (
	"strings"

	"rehome/internal/assets"
	"rehome/internal/estate"
)

// principalsOf are the people, groups and namespaces that the assets of an inventory name, as far as a name goes: a vault holds no addresses.
func principalsOf(inv *assets.Inventory) assets.People {
	p := assets.People{Account: inv.Account, Region: inv.IdentityRegion, Namespaces: map[string]estate.Namespace{}}
	users, groups := map[string]map[string]estate.QuickUser{}, map[string]map[string][]string{}
	inv.All(func(_ estate.AssetRef, item *assets.Item) bool {
		for _, g := range item.Permissions {
			_, resource, _ := strings.Cut(string(g.Principal), ":"+string(inv.Account)+":")
			kind, rest, _ := strings.Cut(resource, "/")
			ns, name, _ := strings.Cut(rest, "/")
			if users[ns] == nil {
				users[ns], groups[ns] = map[string]estate.QuickUser{}, map[string][]string{}
			}
			switch kind {
			case "user":
				users[ns][name] = estate.QuickUser{}
			case "group":
				groups[ns][name] = nil
			}
		}
		return true
	})
	for ns := range users {
		p.Namespaces[ns] = estate.Namespace{Users: estate.Of(users[ns]), Groups: estate.Of(groups[ns])}
	}
	return p
}
