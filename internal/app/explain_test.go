package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	"rehome/internal/cloud"
	"rehome/internal/estate"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// signUp makes the runbook's sign-up on a twin of the world and gives the error that a person would see.
func signUp(t *testing.T, name string) string {
	t.Helper()
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	k, err := twin.New(w.World, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	ses, err := testApp(t).open(t.Context(), w.Wants, endpoint{url: server.URL, keys: w.keys}, "test")
	if err != nil {
		t.Fatal(err)
	}
	err = ses.cloud.Quick(w.Wants.Quick.Account, "us-east-1").CreateAccountSubscription(t.Context(), cloud.Subscription{Name: "example-quick-iad", Edition: "ENTERPRISE",
		Authentication: estate.AuthIdentityCenter, Email: "quick-admins@example.com", InstanceARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef",
		Groups: map[estate.QuickRole][]string{"ADMIN": {"quick-admins"}}})
	if err == nil {
		t.Fatal("the sign-up worked")
	}
	return err.Error()
}

// TestErrorsOfTheTwinAreExplained: the twin makes the error, and explain ties it to the world: Region, cause, step.
func TestErrorsOfTheTwinAreExplained(t *testing.T) {
	for _, c := range []struct{ id, world, text, evidence, step string }{
		{"TRB-01", "trb-01", signUp(t, "trb-01"), "us-east-1 has the default key policy", "key-policy/us-east-1"},
		{"TRB-02", "trb-02", signUp(t, "trb-02"), "quicksight.amazonaws.com through identitystore may not use the key in us-east-1", "key-policy/us-east-1"},
		{"TRB-04", "bom", signUp(t, "bom"), "Quick's identity Region is ap-south-1", "create-quick"},
		{"TRB-05", "bom", "Failed to create space: Unable to initialize Quick index in this region. Please request IAM admin to set up Quick index", "Quick's identity Region is ap-south-1", "create-quick"},
	} {
		t.Run(c.id, func(t *testing.T) {
			t.Attr("requirement", c.id)
			a := testApp(t)
			e, err := a.Explain(t.Context(), c.text, c.world)
			if err != nil || len(e.Matches) != 1 || e.Matches[0].ID != c.id {
				t.Fatalf("%q: %+v %v", c.text, e, err)
			}
			m := e.Matches[0]
			found := false
			for _, f := range m.Evidence {
				found = found || strings.Contains(f.Title, c.evidence)
			}
			if m.Confidence != "confirmed" || m.Step != c.step || !found {
				t.Errorf("%s, step %s, evidence %+v", m.Confidence, m.Step, m.Evidence)
			}
			if e, err = a.Explain(t.Context(), c.text, "iad"); err != nil || e.Matches[0].Confidence != "excluded now" {
				t.Errorf("in iad: %+v %v", e, err)
			}
		})
	}
}
