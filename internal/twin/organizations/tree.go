package organizations

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// kind is a type of control policy. Full is the policy that AWS puts at every level when the type is enabled (AWS Organizations user
// guide, SCPs and RCPs).
type kind struct {
	id, full, text string
	levels         func(estate.Controls) []estate.ControlLevel
}

var kinds = []kind{
	{"SERVICE_CONTROL_POLICY", "FullAWSAccess", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		func(c estate.Controls) []estate.ControlLevel { return c.Service }},
	{"RESOURCE_CONTROL_POLICY", "RCPFullAWSAccess", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
		func(c estate.Controls) []estate.ControlLevel { return c.Resource }},
}

func kindOf(filter string) (kind, error) {
	for _, k := range kinds {
		if k.id == filter {
			return k, nil
		}
	}
	return kind{}, kernel.NotModelled("policies of the type " + filter)
}

// tree is the organization as the controls of its accounts tell of it.
type tree struct {
	root     string
	parents  map[string]string                       // of every root, unit and account that is known; the root's is empty
	attached map[string]map[string]map[string]string // texts by kind, target and name
	enabled  map[string]bool                         // by kind
	unseen   error                                   // whose controls nobody could look at
}

// grow reads the accounts' controls. An account of which a world says nothing hangs below the root; when it says nothing of any, there
// are no policies but the one that AWS starts with.
func grow(r *kernel.Request, o estate.Organization) tree {
	t := tree{root: "r-" + kernel.ID("root", o.ID, "")[:4], parents: map[string]string{}, attached: map[string]map[string]map[string]string{}, enabled: map[string]bool{}}
	told := map[string][]string{} // the way from the root to each account that a world speaks of
	var silent []string
	for _, id := range slices.Sorted(maps.Keys(r.Estate().Accounts)) {
		known := r.Estate().Accounts[id].Controls
		switch c, ok := known.Get(); {
		case ok:
			told[string(id)] = t.add(c)
		case known.Looked() || known.IsZero():
			silent = append(silent, string(id))
		case t.unseen == nil:
			t.unseen = unseen(id)
		}
	}
	if len(told) == 0 {
		if t.unseen != nil {
			return t
		}
		t.enabled[kinds[0].id] = true
		t.attach(kinds[0], t.root, map[string]string{kinds[0].full: kinds[0].text})
	}
	t.parents[t.root] = ""
	for _, id := range slices.Sorted(maps.Keys(told)) {
		t.hang(id, told[id])
	}
	for _, id := range silent {
		t.hang(id, nil)
		for _, k := range kinds {
			if t.enabled[k.id] {
				t.attach(k, id, map[string]string{k.full: k.text})
			}
		}
	}
	return t
}

func unseen(id estate.AccountID) error { return kernel.DoesNotKnow("accounts", string(id), "controls") }

// add takes the policies on the way to one account and gives that way.
func (t *tree) add(c estate.Controls) (path []string) {
	for _, k := range kinds {
		for _, level := range k.levels(c) {
			t.enabled[k.id] = true
			t.attach(k, level.Target, level.Policies)
			if !slices.Contains(path, level.Target) {
				path = append(path, level.Target)
			}
		}
	}
	if len(path) > 0 && strings.HasPrefix(path[0], "r-") {
		t.root = path[0]
	}
	return path
}

// hang puts an account, and what its way names above it, below the root.
func (t *tree) hang(account string, path []string) {
	above := t.root
	for _, id := range append(slices.Clone(path), account) {
		if id != above && id != t.root {
			t.parents[id] = above
			above = id
		}
	}
}

func (t *tree) attach(k kind, target string, policies map[string]string) {
	if t.attached[k.id] == nil {
		t.attached[k.id] = map[string]map[string]string{}
	}
	if t.attached[k.id][target] == nil {
		t.attached[k.id][target] = map[string]string{}
	}
	maps.Copy(t.attached[k.id][target], policies)
}

// place makes sure that a root, a unit or an account is known. What is not may be missing, or above an account that nobody could look
// at.
func (t tree) place(r *kernel.Request, id string, missing error) error {
	account, member := r.Estate().Accounts[estate.AccountID(id)]
	switch _, ok := t.parents[id]; {
	case ok:
		return nil
	case member && !account.Controls.Looked():
		return unseen(estate.AccountID(id))
	case t.unseen != nil:
		return t.unseen
	}
	return missing
}
