package assets

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// People are the users, groups, namespaces and role memberships of one Quick account. No bundle holds any of them (quick-api 3.7, MIG-04).
type People struct {
	Account    estate.AccountID                            `json:"account"`
	Region     estate.Region                               `json:"region,omitzero"` // the identity Region, which is in every principal's ARN
	Namespaces map[string]estate.Namespace                 `json:"namespaces"`
	Roles      estate.Known[map[estate.QuickRole][]string] `json:"roles,omitzero"` // groups by role; absent: the account's people come from elsewhere than Identity Center
}

func (p People) arn(kind string, names ...string) estate.ARN {
	return estate.QuickARN(p.Region, p.Account, kind+"/"+strings.Join(names, "/"))
}

// ofPeople reports whether an ARN names a user, a group or a namespace of the account.
func (i *Inventory) ofPeople(arn estate.ARN) bool {
	p, ok := arn.Split()
	return ok && p[2] == "quicksight" && estate.AccountID(p[4]) == i.Account && principalType.MatchString(p[5])
}

// peopleGaps are the people that nobody could look at. Who may see what cannot be said without them, so they block.
func (i *Inventory) peopleGaps() []diag.Finding {
	p, ok := i.People.Get()
	if !ok {
		why := i.People.Why()
		if i.People.IsAbsent() {
			why = "the account shows no namespace, and every account has one"
		}
		return []diag.Finding{unreadPeople("people", "users, groups and namespaces of account "+string(i.Account), why)}
	}
	var out []diag.Finding
	for _, name := range slices.Sorted(maps.Keys(p.Namespaces)) {
		n := p.Namespaces[name]
		if !n.Users.Looked() {
			out = append(out, unreadPeople("people/"+name+"/users", "users of namespace "+name, n.Users.Why()))
		}
		if !n.Groups.Looked() {
			out = append(out, unreadPeople("people/"+name+"/groups", "groups of namespace "+name, n.Groups.Why()))
		}
	}
	if !p.Roles.Looked() {
		out = append(out, unreadPeople("people/roles", "groups that have roles in account "+string(i.Account), p.Roles.Why()))
	}
	return out
}

func unreadPeople(subject, what, why string) diag.Finding {
	return diag.Finding{Code: "MIG-04", Status: diag.Unknown, Subject: subject, Owner: diag.QuickAdmin, Title: "the " + what + " were not read", Cause: why,
		Fix: "let the caller read them, then take the inventory again", Source: []diag.Source{sheet("3.7")}}
}
