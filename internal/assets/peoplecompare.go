package assets

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// comparePeople says who joined, left or changed since the vault was planned, and which groups and roles have others in them. Bundles hold
// none of that and an identity provider changes it daily, so it warns; what one side does not know is a gap of that side.
func comparePeople(planned, fresh *Inventory) []diag.Finding {
	old, known := planned.People.Get()
	now, there := fresh.People.Get()
	if !known || !there {
		return nil
	}
	c := &crowd{}
	changes(c, "people/namespaces", "namespace", "", old.Namespaces, now.Namespaces, func(estate.Namespace, estate.Namespace) bool { return true })
	for _, name := range slices.Sorted(maps.Keys(now.Namespaces)) {
		a, b := old.Namespaces[name], now.Namespaces[name]
		if _, both := old.Namespaces[name]; !both {
			continue
		}
		if a.Users.Looked() && b.Users.Looked() {
			changes(c, "people/"+name+"/users", "user", " of namespace "+name, a.Users.Or(nil), b.Users.Or(nil), sameUser)
		}
		if a.Groups.Looked() && b.Groups.Looked() {
			changes(c, "people/"+name+"/groups", "group", " of namespace "+name, a.Groups.Or(nil), b.Groups.Or(nil), sameMembers)
		}
	}
	if old.Roles.Looked() && now.Roles.Looked() {
		changes(c, "people/roles", "role", "", old.Roles.Or(nil), now.Roles.Or(nil), sameMembers)
	}
	return c.found
}

// sameUser leaves out whether the user is active: a first sign-in changes that.
func sameUser(a, b estate.QuickUser) bool {
	return a.Email == b.Email && a.Role == b.Role && a.IdentityType == b.IdentityType
}

func sameMembers(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// crowd is a comparison of people under way.
type crowd struct{ found []diag.Finding }

// changes compares two tables by name, and reports each way in which they differ once.
func changes[K cmp.Ordered, V any](c *crowd, subject, what, of string, old, now map[K]V, same func(a, b V) bool) {
	var joined, left, changed []string
	for _, name := range slices.Sorted(maps.Keys(now)) {
		was, there := old[name]
		switch {
		case !there:
			joined = append(joined, fmt.Sprint(name))
		case !same(was, now[name]):
			changed = append(changed, fmt.Sprint(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, there := now[name]; !there {
			left = append(left, fmt.Sprint(name))
		}
	}
	c.add(subject+"/joined", what, of, "joined", joined)
	c.add(subject+"/left", what, of, "left", left)
	c.add(subject+"/changed", what, of, "changed", changed)
}

func (c *crowd) add(subject, what, of, did string, names []string) {
	if len(names) == 0 {
		return
	}
	const most = 10
	cause := strings.Join(names[:min(most, len(names))], ", ")
	if more := len(names) - most; more > 0 {
		cause += fmt.Sprintf(" and %d more", more)
	}
	if len(names) > 1 {
		what += "s"
	}
	c.found = append(c.found, diag.Finding{Code: "MIG-04", Status: diag.Fail, Severity: diag.Warn, Subject: subject, Owner: diag.QuickAdmin,
		Title: fmt.Sprintf("%d %s%s %s since the vault was made", len(names), what, of, did), Cause: cause,
		Fix: "if the vault is to know them, " + exportAnew, Source: []diag.Source{sheet("3.7")}})
}
