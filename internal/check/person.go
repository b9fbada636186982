package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Person judges whether the value of a token's mapped claim finds exactly one person, and the same one in the Identity Store and in Quick.
// The comparison is to the letter: that is how AWS describes its own (DSK-13, DSK-14).
func (in Input) Person(value string) []diag.Finding {
	if !in.NeedsTokenIssuer() {
		return in.quickPerson(value)
	}
	inst, ok := in.Survey.Estate.IdentityCenter.Get()
	users, known := inst.Users.Get()
	f := diag.Finding{Code: "TTI-08", Subject: "person/identity-center", Owner: diag.IdPAdmin, Source: []diag.Source{issuerDoc, enterpriseDoc}}
	if !ok || !known {
		f.Title = "whether the token finds a person of Identity Center cannot be said"
		return unknown(f, "/identity_center/users", in.Survey.Estate.IdentityCenter.Why()+inst.Users.Why())
	}
	if s := in.Spec.SignIn; s != nil && !slices.Contains([]string{"", estate.EmailAttribute, "userName"}, s.Attribute) {
		f.Severity, f.Title = diag.Warn, "whether the token finds exactly one person by "+s.Attribute+" cannot be said"
		return unknown(f, "/identity_center/users", "a survey holds no "+s.Attribute)
	}
	found, near := matching(users, value, func(id estate.UserID) (have, name string) { return in.attribute(users[id]), users[id].UserName })
	out := in.oneOf(f, value, found, near, "Identity Center")
	if len(found) == 1 {
		out = append(out, in.sameInQuick(users[estate.UserID(found[0])])...)
	}
	return out
}

// matching are the keys of whoever has exactly the value, and those who have nearly that, for people to read.
func matching[K ~string, V any](users map[K]V, value string, of func(K) (have, name string)) (found, near []string) {
	for _, key := range slices.Sorted(maps.Keys(users)) {
		switch have, name := of(key); {
		case have == value:
			found = append(found, string(key))
		case strings.EqualFold(strings.TrimSpace(have), strings.TrimSpace(value)), local(have) == local(value) && local(value) != "":
			near = append(near, fmt.Sprintf("%q of %s", have, name))
		}
	}
	return found, near
}

// attribute is the value that the trusted token issuer compares with.
func (in Input) attribute(u estate.User) string {
	if in.Spec.SignIn != nil && in.Spec.SignIn.Attribute == "userName" {
		return u.UserName
	}
	return u.Email
}

// local is the part of an address before the at sign, in small letters.
func local(email string) string {
	name, _, ok := strings.Cut(strings.ToLower(email), "@")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "+")
	return name
}

func (in Input) oneOf(f diag.Finding, value string, found, near []string, where string) []diag.Finding {
	path := "/identity_center/users"
	if !in.NeedsTokenIssuer() {
		path = in.quickPath("/namespaces/default/users")
	}
	switch len(found) {
	case 1:
		f.Title = "the token finds exactly one person in " + where
		return passed(f)
	case 0:
		f.Code, f.Title = "DSK-13", fmt.Sprintf("the token says %q, and nobody in %s has exactly that", value, where)
		f.Cause = "the comparison is to the letter: an alias, another case, an address that was never provisioned"
		f.Fix = "make the two equal where the person is provisioned from, or provision the person; then sign in again"
		if len(near) > 0 {
			f.Cause = "nearly the same is there: " + strings.Join(near, ", ") + "; the comparison is to the letter"
		}
		return failed(f, diag.Evidence{Path: path, Seen: orElse(strings.Join(near, ", "), "nothing like it")})
	}
	f.Title = fmt.Sprintf("the token says %q, and %d people in %s have that", value, len(found), where)
	f.Cause, f.Fix = "an address has to be one person's alone", "give each of them an address of their own where they are provisioned from"
	return failed(f, diag.Evidence{Path: path, Seen: strings.Join(found, ", ")})
}

// sameInQuick: Quick has to know the same person, by the user name that Identity Center gave it.
func (in Input) sameInQuick(u estate.User) []diag.Finding {
	f := diag.Finding{Code: "DSK-14", Severity: diag.Warn, Subject: "person/quick", Owner: diag.QuickAdmin, Source: []diag.Source{enterpriseDoc},
		Title: u.UserName + " is known to Quick too"}
	q, exists := in.quick().Get()
	users, known := q.Namespaces.Or(nil)[estate.DefaultNamespace].Users.Get()
	if in.creates() || !exists {
		return nil // the account that will be asked is not there yet; the roles' groups are checked for themselves
	}
	if !known {
		f.Title = "whether Quick knows " + u.UserName + " cannot be said"
		return unknown(f, in.quickPath("/namespaces/default/users"), q.Namespaces.Why())
	}
	if known, ok := users[u.UserName]; ok && (known.Email == "" || known.Email == u.Email) {
		return passed(f)
	}
	f.Title = "Quick does not know " + u.UserName + " as the person with this address"
	f.Cause, f.Fix = "the person is in no group with a role, or has never been shown to Quick", "put the person into a group that has a role in Quick"
	return failed(f, diag.Evidence{Path: in.quickPath("/namespaces/default/users"), Seen: fmt.Sprintf("%d people", len(users))})
}

// quickPerson is Person for accounts that Quick itself maps, by e-mail address.
func (in Input) quickPerson(value string) []diag.Finding {
	q, _ := in.quick().Get()
	users, known := q.Namespaces.Or(nil)[estate.DefaultNamespace].Users.Get()
	f := diag.Finding{Code: "DSK-14", Subject: "person/quick", Owner: diag.QuickAdmin, Source: []diag.Source{enterpriseDoc}}
	if in.creates() {
		return nil // the account that will be asked is not there yet
	}
	if !known {
		f.Title = "whether the token finds a person of Quick cannot be said"
		return unknown(f, in.quickPath("/namespaces/default/users"), q.Namespaces.Why())
	}
	found, near := matching(users, value, func(name string) (have, called string) { return users[name].Email, name })
	return in.oneOf(f, value, found, near, "Quick")
}
