package assets

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/document"
	"rehome/internal/estate"
)

// TestPeopleLieBesideTheBundles: they come back as they were, an edit is found, and so is that nobody looked.
func TestPeopleLieBesideTheBundles(t *testing.T) {
	w := tiny()
	w.who = estate.Of(crew(account, home))
	dir := exported(t, w)
	r := verified(t, dir)
	if got := open(r.Findings); got != "" {
		t.Fatal(got)
	}
	want, _ := document.Encode(crew(account, home))
	back, _ := document.Encode(r.Inventory.People.Or(People{}))
	if d := cmp.Diff(string(want), string(back)); d != "" {
		t.Error(d)
	}
	path := filepath.Join(dir, peopleFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"an address is another": {strings.Replace(string(text), "ann@", "amy@", 1), "MIG-14 fail block vault/people.json"},
		"it is of another kind": {strings.Replace(string(text), peopleFormat, "rehome.people/v9", 1), "MIG-14 fail block vault/inventory\nMIG-14 fail block vault/people.json"},
		"it is empty":           {"", "MIG-14 fail block vault/inventory\nMIG-14 fail block vault/people.json"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := open(verified(t, dir).Findings); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, c := range map[string]struct {
		who  estate.Known[People]
		want string
	}{
		"nobody looked": {estate.NotLooked[People]("denied"), "MIG-04 unknown block people"},
		"none are seen": {estate.Absent[People](), "MIG-04 unknown block people"},
		"parts are not known": {estate.Of(People{Account: account, Namespaces: map[string]estate.Namespace{"default": {Users: estate.NotLooked[map[string]estate.QuickUser]("denied")}}}),
			"MIG-04 unknown block people/default/groups\nMIG-04 unknown block people/default/users\nMIG-04 unknown block people/roles"},
	} {
		w.who = c.who
		if r := verified(t, exported(t, w)); open(r.Findings) != c.want {
			t.Errorf("%s: %+v", name, r.Findings)
		}
	}
}

// TestPrincipalsAreThoseThatAssetsName, in permissions and in what they hold.
func TestPrincipalsAreThoseThatAssetsName(t *testing.T) {
	w := tiny()
	secured := estate.QuickARN(home, account, "group/default/sales") // as column-level security names it
	w.things[ref("ap-south-1 dataset d")].uses = append(w.things[ref("ap-south-1 dataset d")].uses, secured, "arn:aws:quicksight:ap-south-1:999999999999:user/default/ann")
	got := verified(t, exported(t, w)).Principals
	want := map[estate.ARN]int{secured: 1, estate.QuickARN(home, account, "user/default/ann"): 6}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestComparePeople(t *testing.T) {
	change := func(do func(p *People, n *estate.Namespace)) estate.Known[People] {
		p := crew(account, home)
		n := p.Namespaces["default"]
		do(&p, &n)
		if _, there := p.Namespaces["default"]; there {
			p.Namespaces["default"] = n
		}
		return estate.Of(p)
	}
	roles := map[estate.QuickRole][]string{"ADMIN": {"sales"}}
	for name, c := range map[string]struct {
		now  estate.Known[People]
		want string
	}{
		"nothing": {estate.Of(crew(account, home)), ""},
		"one signed in for the first time": {change(func(_ *People, n *estate.Namespace) {
			n.Users.Or(nil)["ann"] = estate.QuickUser{Email: "ann@example.com", Role: "ADMIN", Active: true}
		}), ""},
		"one joined": {change(func(_ *People, n *estate.Namespace) { n.Users.Or(nil)["cyd"] = estate.QuickUser{} }), "MIG-04 fail warn people/default/users/joined"},
		"one left":   {change(func(_ *People, n *estate.Namespace) { delete(n.Users.Or(nil), "ann") }), "MIG-04 fail warn people/default/users/left"},
		"another role": {change(func(_ *People, n *estate.Namespace) {
			n.Users.Or(nil)["ann"] = estate.QuickUser{Email: "ann@example.com", Role: "READER"}
		}), "MIG-04 fail warn people/default/users/changed"},
		"a group is new":      {change(func(_ *People, n *estate.Namespace) { n.Groups.Or(nil)["ops"] = nil }), "MIG-04 fail warn people/default/groups/joined"},
		"other members":       {change(func(_ *People, n *estate.Namespace) { n.Groups.Or(nil)["sales"] = nil }), "MIG-04 fail warn people/default/groups/changed"},
		"a namespace is gone": {change(func(p *People, _ *estate.Namespace) { delete(p.Namespaces, "default") }), "MIG-04 fail warn people/namespaces/left"},
		"a role is new":       {change(func(p *People, _ *estate.Namespace) { p.Roles = estate.Of(roles) }), "MIG-04 fail warn people/roles/joined"},
		"nobody looked":       {estate.NotLooked[People]("denied"), "MIG-04 unknown block people"},
	} {
		t.Run(name, func(t *testing.T) {
			w := tiny()
			delete(w.things, ref("us-east-1 topic q"))
			contents := storedAt(t, exported(t, w))
			planned, err := contents.Inventory()
			if err != nil {
				t.Fatal(err)
			}
			w.who = c.now
			if got := open(Compare(contents, planned, w.take(t))); got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
