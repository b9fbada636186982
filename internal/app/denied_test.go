package app

import (
	"slices"
	"strings"
	"testing"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/spec"
)

// without is a world whose caller in the management account, which has Quick as well, may do everything but these actions.
func without(t *testing.T, name string, actions ...string) *World {
	t.Helper()
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	const account = "111122223333"
	a := w.Estate.Accounts[account]
	a.Roles = map[string]estate.Role{"Narrow": {AccessKey: "AKIANARROW",
		Policies: []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["none:None","` + strings.Join(actions, `","`) + `"],"Resource":"*"}]}`}}}
	w.Estate.Accounts[account] = a
	w.Twin.Caller = map[estate.AccountID]string{account: "Narrow"}
	return w
}

// seenBy is the survey of a world through a twin.
func seenBy(t *testing.T, w *World) (*session, *estate.Survey) {
	t.Helper()
	ses, stop, err := testApp(t).onTwin(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s, err := ses.survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ses, s
}

// TestNobodyComparedProvesNoReplication: people or groups that nobody could list are unknown, not the same.
func TestNobodyComparedProvesNoReplication(t *testing.T) {
	for _, operation := range []string{"None", "ListUsers", "ListGroups"} {
		ses, _ := seenBy(t, without(t, "iad", "identitystore:"+operation))
		rows, err := proveReplication(t.Context(), ses)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%s: %+v, %v", operation, rows, err)
		}
		switch r := rows[0]; {
		case operation == "None" && r.Status != diag.Pass:
			t.Errorf("%+v", r)
		case operation != "None" && (r.Status != diag.Unknown || !strings.Contains(r.Seen, "identitystore:"+operation)):
			t.Errorf("%s is refused: %+v", operation, r)
		}
	}
}

// TestASurveyWithoutTheListOfRegions: Regions that were never opted into reject everybody's credentials; that asks nobody to sign in.
func TestASurveyWithoutTheListOfRegions(t *testing.T) {
	_, s := seenBy(t, without(t, "iad", "account:ListRegions"))
	a := s.Estate.Accounts["111122223333"]
	if q, _ := a.Quick.Get(); !strings.Contains(q.Assets["af-south-1"].Why(), "not enabled for the account") || !q.Assets["eu-west-1"].Looked() {
		t.Errorf("assets in af-south-1: %q", q.Assets["af-south-1"].Why())
	}
	if a.Regions.Looked() || !s.Estate.IdentityCenter.IsKnown() {
		t.Errorf("Regions %+v, Identity Center %+v", a.Regions, s.Estate.IdentityCenter)
	}
}

// TestSurveyFindsTheInstanceInAnOptInRegion: Regions that the account has enabled itself are asked as well, and where one cannot be asked
// nobody says that there is no instance.
func TestSurveyFindsTheInstanceInAnOptInRegion(t *testing.T) {
	for status, want := range map[estate.OptStatus]string{estate.OptEnabled: "known", "DISABLING": "eu-south-1 is DISABLING for the account", estate.OptDisabled: "absent"} {
		w := without(t, "bom-single", "none:Other")
		i, _ := w.Estate.IdentityCenter.Get()
		i.PrimaryRegion, i.Regions = "eu-south-1", estate.Of(map[estate.Region]estate.ReplicaState{"eu-south-1": estate.RegionActive})
		w.Estate.IdentityCenter = estate.Of(i)
		regions, _ := w.Estate.Accounts["111122223333"].Regions.Get()
		regions["eu-south-1"] = status
		_, s := seenBy(t, w)
		got := s.Estate.IdentityCenter.Why()
		switch found := s.Estate.IdentityCenter; {
		case found.IsKnown():
			got = "known"
		case found.IsAbsent():
			got = "absent"
		}
		if got != want {
			t.Errorf("eu-south-1 is %s: %s, want %s", status, got, want)
		}
	}
	if _, s := seenBy(t, without(t, "fed", "account:ListRegions")); s.Estate.IdentityCenter.IsAbsent() {
		t.Error("nobody knows all Regions, and yet there is no instance")
	}
}

// TestEveryCallOfAStepIsARightOfItsKind: what a step calls is tried beforehand for that step, a look as well as a change.
func TestEveryCallOfAStepIsARightOfItsKind(t *testing.T) {
	for _, name := range []string{"bom", "bom-single", "delegated", "withdraw", "fed-to-identity-center"} {
		p, seen, s := looked(t, name, spec.Change{})
		hands := check.Input{Spec: s, Survey: seen}.Hands()
		for _, st := range p.Steps {
			for _, call := range st.Calls {
				action := strings.Replace(call, "sso-admin:", "sso:", 1)
				if !slices.ContainsFunc(needs.Rights(hands, st.Kind), func(r needs.Right) bool { return r.Action == action }) {
					t.Errorf("%s: step %s calls %s, and no right of its kind says so", name, st.ID, action)
				}
			}
			if kinds := (check.Input{Spec: s, Survey: seen}).Kinds(); len(st.Calls) > 0 && !slices.Contains(kinds, st.Kind) {
				t.Errorf("%s: the kind of step %s is not among those that are to come: %q", name, st.ID, kinds)
			}
		}
	}
}
