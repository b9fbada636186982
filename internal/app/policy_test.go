package app

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// narrowed is a world in which whoever runs rehome may do what the rendered policies say and nothing else.
func narrowed(t *testing.T, name, what string) (*App, *World) {
	t.Helper()
	a := testApp(t)
	got, err := a.OperatorPolicies(t.Context(), what, name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	w.Twin.Caller = map[estate.AccountID]string{}
	for _, p := range got.Policies {
		acc := w.Estate.Accounts[p.Account]
		acc.Roles = maps.Clone(acc.Roles)
		if acc.Roles == nil {
			acc.Roles = map[string]estate.Role{}
		}
		acc.Roles["Operator"] = estate.Role{AccessKey: "OPERATOR" + string(p.Account), Policies: []string{p.Document}}
		w.Estate.Accounts[p.Account] = acc
		w.Twin.Caller[p.Account] = "Operator"
	}
	return a, w
}

// TestOperatorPoliciesAreEnough: with the policies that rehome renders for a plan, and no other rights, that plan goes through.
func TestOperatorPoliciesAreEnough(t *testing.T) {
	for _, name := range []string{"bom", "bom-single", "delegated", "tyo", "single-region-key", "trb-01"} {
		t.Run(name, func(t *testing.T) {
			a, w := narrowed(t, name, "plan")
			var k *kernel.Kernel
			a.Hooks.Twin = func(made *kernel.Kernel) { k = made }
			r, err := a.rehearse(t.Context(), w, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != Ready {
				t.Errorf("%s: %s", r.Outcome, r.Why)
			}
			for _, c := range callsOf(t, k) {
				if strings.HasPrefix(c.Error, "AccessDenied") && !elsewhere(c) {
					t.Errorf("refused: %s:%s at %s: %s", c.Service, c.Operation, c.Region, c.Message)
				}
			}
		})
	}
}

// elsewhere are refusals that have nothing to do with rights: Quick's identity calls outside its identity Region, and the like.
func elsewhere(c kernel.CallRecord) bool {
	return strings.Contains(c.Message, "identity region") || strings.Contains(c.Message, "endpoint")
}

// TestSurveyPoliciesOnlyRead, and a survey with them sees everything that one with all rights sees.
func TestSurveyPoliciesOnlyRead(t *testing.T) {
	for _, name := range []string{"bom", "bom-single", "delegated", "fra"} {
		t.Run(name, func(t *testing.T) {
			a, w := narrowed(t, name, "survey")
			for id, role := range w.Twin.Caller {
				for _, action := range actionsOf(t, w.Estate.Accounts[id].Roles[role].Policies[0]) {
					verb := action[strings.IndexByte(action, ':')+1:]
					if !slices.ContainsFunc([]string{"Describe", "Get", "List", "Simulate", "Decrypt"}, func(v string) bool { return strings.HasPrefix(verb, v) }) {
						t.Errorf("%s: %s is no reading action", id, action)
					}
				}
			}
			seen, err := a.lookAt(t.Context(), w)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range seen.Looks {
				if strings.HasPrefix(l.Error, "AccessDenied") && l.Operation != "ListNamespaces" {
					t.Errorf("refused: %s:%s at %s in %s", l.Service, l.Operation, l.Region, l.Account)
				}
			}
		})
	}
}

func actionsOf(t *testing.T, document string) (actions []string) {
	t.Helper()
	var doc struct {
		Statement []struct {
			Action []string `json:"Action"`
		} `json:"Statement"`
	}
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	for _, s := range doc.Statement {
		actions = append(actions, s.Action...)
	}
	return actions
}
