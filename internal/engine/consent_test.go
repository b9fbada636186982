package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

const (
	risk  = "delete-quick/111122223333/acme/417-assets"
	alice = "arn:aws:sts::111122223333:assumed-role/Admin/alice"
	bob   = "arn:aws:sts::111122223333:assumed-role/Admin/bob"
)

func given(change ...func(*Consent)) Consent {
	c := Consent{RiskName: risk, PlanFingerprint: "f00d", Target: "aws", CallerARN: alice, OSUser: "alice", Time: noon, Expires: noon.Add(8 * time.Hour)}
	for _, f := range change {
		f(&c)
	}
	return c
}

func by(arn string) func(*Consent)           { return func(c *Consent) { c.CallerARN = arn } }
func named(risk string) func(*Consent)       { return func(c *Consent) { c.RiskName = risk } }
func forPlan(p string) func(*Consent)        { return func(c *Consent) { c.PlanFingerprint = p } }
func forTarget(target string) func(*Consent) { return func(c *Consent) { c.Target = target } }
func until(at time.Time) func(*Consent)      { return func(c *Consent) { c.Expires = at } }

func TestValid(t *testing.T) {
	for name, c := range map[string]struct {
		given     []Consent
		approvals int
		at        time.Time // zero: an hour after the consent
		caller    string    // empty: alice
		missing   int
		why       string // what the reason must say; empty: valid
	}{
		"the same caller, in time":            {given: []Consent{given()}},
		"nobody":                              {missing: 1, why: "nobody has accepted it"},
		"a risk of another kind":              {given: []Consent{given(named("kms-policy/1"))}, missing: 1, why: "nobody has accepted it"},
		"at the very instant of expiry":       {given: []Consent{given()}, at: noon.Add(8 * time.Hour), missing: 1, why: "expired at 2026-03-01T20:00:00Z"},
		"no expiry at all":                    {given: []Consent{given(until(time.Time{}))}, missing: 1, why: "expired"},
		"renewed after it expired":            {given: []Consent{given(), given(until(noon.Add(24 * time.Hour)))}, at: noon.Add(9 * time.Hour)},
		"another caller":                      {given: []Consent{given()}, caller: bob, missing: 1, why: "accepted by " + alice + ", not by " + bob},
		"another plan":                        {given: []Consent{given(forPlan("beef"))}, missing: 1, why: "another plan (beef)"},
		"another target":                      {given: []Consent{given(forTarget("twin"))}, missing: 1, why: "another target (twin)"},
		"another count":                       {given: []Consent{given(named("delete-quick/111122223333/acme/416-assets"))}, missing: 1, why: "subject or count changed: what was accepted is delete-quick/111122223333/acme/416-assets"},
		"the nearest miss is told":            {given: []Consent{given(until(noon)), given(forPlan("beef"))}, missing: 1, why: "expired"},
		"two of two":                          {given: []Consent{given(by(bob)), given()}, approvals: 2},
		"one of two":                          {given: []Consent{given()}, approvals: 2, missing: 1, why: "1 of 2 approvals, by " + alice},
		"the same caller twice is one":        {given: []Consent{given(), given()}, approvals: 2, missing: 1, why: "1 of 2 approvals"},
		"two of two, one expired":             {given: []Consent{given(), given(by(bob), until(noon))}, approvals: 2, missing: 1, why: "1 of 2 approvals"},
		"two of two, neither is about to act": {given: []Consent{given(), given(by(bob))}, approvals: 2, caller: "arn:carol", missing: 1, why: "not by arn:carol"},
		"more than enough":                    {given: []Consent{given(), given(by(bob))}},
	} {
		t.Run(name, func(t *testing.T) {
			ask := Ask{RiskName: risk, PlanFingerprint: "f00d", Target: "aws", CallerARN: alice, Now: noon.Add(time.Hour), Approvals: c.approvals}
			if c.caller != "" {
				ask.CallerARN = c.caller
			}
			if !c.at.IsZero() {
				ask.Now = c.at
			}
			a := Valid(c.given, ask)
			if (a.Digest != "") != (c.why == "") || a.Missing != c.missing || !strings.Contains(a.Why, c.why) || (c.why == "") != (a.Why == "") {
				t.Errorf("answer %+v, want %d missing because %q", a, c.missing, c.why)
			}
		})
	}
	if a := Valid([]Consent{given(by("")), given(named(""))}, Ask{PlanFingerprint: "f00d", Target: "aws", Now: noon}); a.Digest != "" {
		t.Error("a nameless risk was accepted by a nameless caller")
	}
}

func TestConsentGate(t *testing.T) {
	dir, now := t.TempDir(), noon
	g := ConsentGate{Dir: dir, Plan: &plan.Plan{Fingerprint: "f00d", Target: "aws"}, Now: func() time.Time { return now },
		Caller: func(context.Context, plan.Step) (string, error) { return alice, nil }}
	step := plan.Step{ID: "delete", RiskName: risk, Risk: plan.Destroys}
	locked := func(t *testing.T, why string) {
		t.Helper()
		_, err := g.Check(t.Context(), nil, step)
		if diag.ExitCode(err) != diag.ExitWaiting || !strings.Contains(err.Error(), why) {
			t.Fatalf("error is %v, want exit 4 and %q", err, why)
		}
		if fix := diag.From("", err).Fix; len(fix) != 1 || !strings.Contains(fix[0], "--accept-risk "+risk) {
			t.Errorf("hints: %q", fix)
		}
	}
	locked(t, "nobody has accepted it")
	t.Run("consent to another plan is rejected", func(t *testing.T) {
		t.Attr("requirement", "RUN-09")
		if err := AddConsent(dir, atNoon, given(forPlan("beef"))); err != nil {
			t.Fatal(err)
		}
		locked(t, "another plan (beef)")
	})
	if err := AddConsent(dir, atNoon, given()); err != nil {
		t.Fatal(err)
	}
	saw, err := g.Check(t.Context(), nil, step)
	if err != nil || saw.Digest == "" || !strings.Contains(saw.Detail, alice) {
		t.Fatalf("evidence %+v, error %v", saw, err)
	}
	again, err := g.Check(t.Context(), nil, step)
	if err != nil || again != saw {
		t.Errorf("the same consents give other evidence: %+v, %v", again, err)
	}
	now = noon.Add(9 * time.Hour)
	locked(t, "expired")
}

func TestConsentsFileIsGuardedLikeAJournal(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, consentFile)
	for _, c := range []Consent{given(), given(by(bob))} {
		if err := AddConsent(dir, atNoon, c); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, edited := range map[string]string{"caller": strings.Replace(string(b), "/bob", "/eve", 1), "expiry": strings.Replace(string(b), "20:00", "23:00", 2)} {
		if edited == string(b) {
			t.Fatal("nothing was edited")
		}
		if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadConsents(dir)
		refused(t, err, "journal/damaged", path, map[string]int{"caller": 2, "expiry": 1}[name])
	}
	_, journal := sample(t)
	if err := os.WriteFile(path, journal, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = ReadConsents(dir)
	refused(t, err, "journal/damaged", path, 1)
}
