package assets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// People are the users, groups and namespaces of one Quick account.
type People struct {
	Account    estate.AccountID
	Region     estate.Region // the identity Region, which is in every principal's ARN
	Namespaces map[string]estate.Namespace
}

func (p People) arn(kind string, names ...string) estate.ARN {
	return estate.QuickARN(p.Region, p.Account, kind+"/"+strings.Join(names, "/"))
}

// Principals finds for each principal of the old account the one of the new account, for Mapping.Principals: users by name, else by e-mail
// address, groups and namespaces by name. Nobody is mapped by a guess: what differs in case, is missing, or is claimed twice is a finding.
func Principals(old, fresh People) (map[estate.ARN]estate.ARN, []diag.Finding) {
	m := &matching{old: old, fresh: fresh, to: map[estate.ARN]estate.ARN{}}
	for _, name := range slices.Sorted(maps.Keys(old.Namespaces)) {
		from := old.Namespaces[name]
		to, ok := fresh.Namespaces[name]
		if !ok {
			m.blame(old.arn("namespace", name), "missing at the target", "no namespace has its name, and none of its users and groups is mapped", "make the namespace "+name)
			continue
		}
		m.to[old.arn("namespace", name)] = fresh.arn("namespace", name)
		if why, ok := looked(from, to); !ok {
			f := m.blame(old.arn("namespace", name), "not known whole: its users or groups were not read", why, "let the caller read them in both accounts")
			f.Status = diag.Unknown
		}
		m.users(name, from.Users.Or(nil), to.Users.Or(nil))
		m.groups(name, from.Groups.Or(nil), to.Groups.Or(nil))
	}
	diag.Sort(m.found)
	return m.to, m.found
}

func looked(list ...estate.Namespace) (why string, ok bool) {
	for _, n := range list {
		if !n.Users.Looked() {
			return n.Users.Why(), false
		}
		if !n.Groups.Looked() {
			return n.Groups.Why(), false
		}
	}
	return "", true
}

// matching is the search under way.
type matching struct {
	old, fresh People
	to         map[estate.ARN]estate.ARN
	found      []diag.Finding
}

func (m *matching) blame(arn estate.ARN, what, cause, fix string) *diag.Finding {
	m.found = append(m.found, diag.Finding{Code: "MIG-05", Status: diag.Fail, Subject: "principal/" + string(arn), Owner: diag.QuickAdmin,
		Title: "1 principal is " + what + ": " + string(arn), Cause: cause, Fix: fix, Source: []diag.Source{sheet("0, line 3")}})
	return &m.found[len(m.found)-1]
}

// users maps those with a name at the target first: an e-mail address gives nobody away who has a namesake.
func (m *matching) users(ns string, old, fresh map[string]estate.QuickUser) {
	mails, folded := map[string][]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(fresh)) {
		u := fresh[name]
		mails[u.Email] = append(mails[u.Email], name)
		folded[strings.ToLower(name)], folded[strings.ToLower(u.Email)] = name, name
	}
	claims := map[string][]string{} // new name: old names that have its address
	for _, name := range slices.Sorted(maps.Keys(old)) {
		arn, mail := m.old.arn("user", ns, name), old[name].Email
		same := mails[mail]
		if mail == "" {
			same = nil
		}
		switch _, there := fresh[name]; {
		case there:
			m.to[arn] = m.fresh.arn("user", ns, name)
		case len(same) == 1:
			claims[same[0]] = append(claims[same[0]], name)
		case len(same) > 1:
			m.blame(arn, "several users at the target", "they share the address "+mail+": "+strings.Join(same, ", "), "say in the mapping which of them it is")
		default:
			m.missing(arn, folded, name, mail)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		m.claimed(ns, name, claims[name], old)
	}
}

// missing says so, and when something is there that differs in case only.
func (m *matching) missing(arn estate.ARN, folded map[string]string, names ...string) {
	for _, n := range names {
		if like := folded[strings.ToLower(n)]; like != "" && n != "" {
			m.blame(arn, "there in another case only", "at the target it is "+like, "if they are one, say so in the mapping")
			return
		}
	}
	m.blame(arn, "missing at the target", "nobody there has its name or address", "make it there, or say in the mapping who takes its place")
}

// claimed maps a user at the target whose address old users have, if that is one, and nobody has the name.
func (m *matching) claimed(ns, name string, by []string, old map[string]estate.QuickUser) {
	_, named := old[name]
	if len(by) == 1 && !named {
		m.to[m.old.arn("user", ns, by[0])] = m.fresh.arn("user", ns, name)
		return
	}
	all := slices.Clone(by)
	if named {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, n := range by {
		m.blame(m.old.arn("user", ns, n), "not alone in becoming "+name, fmt.Sprintf("%d users would become one: %s", len(all), strings.Join(all, ", ")),
			"say in the mapping who takes whose place")
	}
}

func (m *matching) groups(ns string, old, fresh map[string][]string) {
	folded := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(fresh)) {
		folded[strings.ToLower(name)] = name
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		arn := m.old.arn("group", ns, name)
		if _, there := fresh[name]; there {
			m.to[arn] = m.fresh.arn("group", ns, name)
			continue
		}
		m.missing(arn, folded, name)
	}
}
