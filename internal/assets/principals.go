package assets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Principals finds for each principal of the old account the one of the new account, for Mapping.Principals: users by name, else by e-mail
// address, so that those of one identity method (Role/ana@example.com) become those of another; groups and namespaces by name. Nobody is mapped
// by a guess: what differs in case, is missing, or is claimed twice is a finding. It blocks when assets name the principal, of which used has
// the number; else it is a note, for nobody loses anything.
func Principals(old, fresh People, used map[estate.ARN]int) (map[estate.ARN]estate.ARN, []diag.Finding) {
	m := &matching{old: old, fresh: fresh, used: used, to: map[estate.ARN]estate.ARN{}, of: map[estate.ARN]bool{}}
	for _, name := range slices.Sorted(maps.Keys(old.Namespaces)) {
		from, arn := old.Namespaces[name], old.arn("namespace", name)
		m.of[arn] = true
		to, ok := fresh.Namespaces[name]
		if !ok {
			m.whole(name, from, "missing at the target", "no namespace has its name, and none of its users and groups is mapped", "make the namespace "+name)
			continue
		}
		m.to[arn] = fresh.arn("namespace", name)
		if why, ok := looked(from, to); !ok {
			m.whole(name, from, "not known whole: its users or groups were not read", why, "let the caller read them in both accounts").Status = diag.Unknown
			if !from.Users.Looked() || !from.Groups.Looked() {
				m.unread = append(m.unread, name)
			}
		}
		if from.Users.Looked() && to.Users.Looked() {
			m.users(name, from.Users.Or(nil), to.Users.Or(nil))
		}
		if from.Groups.Looked() && to.Groups.Looked() {
			m.groups(name, from.Groups.Or(nil), to.Groups.Or(nil))
		}
	}
	m.strangers()
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
	used       map[estate.ARN]int // how many assets name a principal of the old account
	to         map[estate.ARN]estate.ARN
	of         map[estate.ARN]bool // principals that the old account has
	unread     []string            // its namespaces that were not read whole
	found      []diag.Finding
}

// blame reports a principal. What no asset names needs nobody in its place.
func (m *matching) blame(arn estate.ARN, what, cause, fix string) *diag.Finding {
	f := diag.Finding{Code: "MIG-05", Status: diag.Fail, Subject: "principal/" + string(arn), Owner: diag.QuickAdmin,
		Title: "1 principal is " + what + ": " + string(arn), Cause: cause, Fix: fix, Source: []diag.Source{sheet("0, line 3")}}
	if n := m.used[arn]; n > 0 {
		f.Evidence = []diag.Evidence{{Path: f.Subject, Seen: fmt.Sprintf("named by %d assets", n)}}
	} else {
		f.Severity = diag.Note
	}
	m.found = append(m.found, f)
	return &m.found[len(m.found)-1]
}

// whole reports a namespace of which nobody can be mapped. It counts for all who are in it.
func (m *matching) whole(name string, n estate.Namespace, what, cause, fix string) *diag.Finding {
	for user := range n.Users.Or(nil) {
		m.of[m.old.arn("user", name, user)] = true
	}
	for group := range n.Groups.Or(nil) {
		m.of[m.old.arn("group", name, group)] = true
	}
	named := m.used[m.old.arn("namespace", name)]
	for _, kind := range []string{"user", "group"} {
		for arn, count := range m.used {
			if strings.HasPrefix(string(arn), string(m.old.arn(kind, name))+"/") {
				named += count
			}
		}
	}
	f := m.blame(m.old.arn("namespace", name), what, cause, fix)
	if named > 0 {
		f.Severity, f.Evidence = diag.Block, []diag.Evidence{{Path: f.Subject, Seen: fmt.Sprintf("it or somebody in it is named %d times", named)}}
	}
	return f
}

// strangers are principals that assets name and the old account does not have: it forgot them, or never showed them.
func (m *matching) strangers() {
	for _, arn := range slices.Sorted(maps.Keys(m.used)) {
		p, _ := arn.Split()
		parts := strings.SplitN(p[5], "/", 3)
		if !m.of[arn] && !(len(parts) == 3 && slices.Contains(m.unread, parts[1])) {
			m.blame(arn, "named by assets and not in its account", "it was deleted there, or the account did not show it", "take its permissions away, or say in the mapping who takes its place")
		}
	}
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
		m.of[arn] = true
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
		m.of[arn] = true
		if _, there := fresh[name]; there {
			m.to[arn] = m.fresh.arn("group", ns, name)
			continue
		}
		m.missing(arn, folded, name)
	}
}
