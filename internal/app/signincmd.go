package app

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/spec"
)

// SignInFormat is the version of a sign-in's result.
const SignInFormat = "rehome.signin/v1"

// Provider says at whom to sign in; its members are those of sign_in in the spec.
type Provider = spec.SignIn

// SignInRequest says at whom to sign in. What is left out comes from the spec, where there is one.
type SignInRequest struct {
	SignIn  Provider
	Email   string // the claim's value that is expected; empty: any
	Prompt  string // such as consent
	Timeout time.Duration
	Reveal  bool // show personal data
	Dry     bool // only what can be told without anybody signing in
	Attack  bool // also what the provider has to refuse: no proof key, and in a second sign-in a wrong one
}

// SignInCheck is one thing that was looked at. The names of the first three are a contract.
type SignInCheck struct {
	Code   string `json:"code"`
	Status string `json:"status"`
	Detail string `json:"detail"`
	diag.Finding
}

// SignedIn is what a sign-in showed. No token is in it.
type SignedIn struct {
	Format  string              `json:"format"`
	Outcome string              `json:"outcome"` // pass or fail; of a look without a sign-in, which proves nothing: looked or fail
	Checks  []SignInCheck       `json:"checks"`
	Values  estate.SignInValues `json:"values"`
	Person  string              `json:"person,omitzero"` // who signed in; masked unless asked
	Level   string              `json:"level"`           // how far this proof reaches
}

// How far a proof reaches (DSK-25).
const (
	levelNone     = "nothing is proven yet"
	levelProvider = "proven on the identity provider's side; that Quick accepts the token is seen only when somebody signs in with Quick on Desktop"
)

// SignIn signs in at an identity provider as Quick on Desktop does and says what it saw. It needs no AWS.
func (a *App) SignIn(ctx context.Context, req SignInRequest) (*SignedIn, error) {
	s, err := a.signInSpec(req.SignIn)
	if err != nil {
		return nil, err
	}
	target := identity.Target{Vendor: s.SignIn.Vendor, Values: s.SignIn.Values(), Claim: s.SignIn.Claim}
	client := identity.New(identity.Config{Now: a.Now, Transport: a.Hooks.Identity})
	a.saying("what can be told without signing in")
	seen, err := client.Preflight(ctx, target)
	if err != nil {
		return nil, err
	}
	kept, err := readSurvey(a.surveyPath())
	if err != nil {
		return nil, err
	}
	in := check.Input{Spec: s, Survey: cmp.Or(kept, &estate.Survey{})}
	findings := check.Lowered(seen.Findings, in.NeedsTokenIssuer())
	if req.Attack {
		refused, err := client.WithoutProofKey(ctx, target)
		if err != nil {
			return nil, err
		}
		findings = append(findings, refused...)
	}
	out := &SignedIn{Format: SignInFormat, Outcome: "fail", Values: target.Values, Level: levelNone}
	if req.Dry || refusal(findings) != nil && !onlyDiscovery(findings) {
		out.add(findings)
		if req.Dry && refusal(findings) == nil {
			out.Outcome = "looked"
		}
		return out, nil
	}
	r, err := a.signIn(ctx, client, identity.Request{Target: target, LoginHint: req.Email, Prompt: req.Prompt, Timeout: req.Timeout})
	if err != nil {
		return nil, err
	}
	findings = append(findings, r.Findings...)
	findings = append(findings, personExpected(r.Person, req.Email)...)
	if kept != nil && s.Quick.Account != "" && r.Person.Value != "" { // else nobody has looked; apply does
		findings = append(findings, in.Person(r.Person.Value)...)
	}
	if req.Attack && r.Passed() {
		a.saying("a second sign-in, whose code is redeemed with a wrong proof key")
		thief, err := a.signIn(ctx, client, identity.Request{Target: target, LoginHint: req.Email, Timeout: req.Timeout, Stolen: true})
		if err != nil {
			return nil, err
		}
		findings = append(findings, thief.Findings...)
	}
	if !req.Reveal {
		findings = masked(findings)
	}
	out.add(findings)
	if out.Person = r.Person.Masked(); req.Reveal {
		out.Person = r.Person.Value
	}
	if r.IDToken() != "" && refusal(findings) == nil {
		out.Outcome, out.Level = "pass", levelProvider
		return out, a.keepCard(s, target, r.Person, findings)
	}
	return out, nil
}

// onlyDiscovery reports whether all that blocks is what the provider publishes about itself: a sign-in does not need it, and shows more.
func onlyDiscovery(findings []diag.Finding) bool {
	for _, f := range findings {
		if f.Blocks() && f.Code != "DSK-09" && f.Code != "OKT-11" && f.Code != "TTI-06" {
			return false
		}
	}
	return true
}

// signInSpec is the spec with what the command line says laid over it; a spec file is not needed.
func (a *App) signInSpec(flags spec.SignIn) (*spec.Spec, error) {
	s, err := a.spec()
	switch {
	case err == nil && s.SignIn != nil && flags == (spec.SignIn{}):
		return s, nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, err
	case err != nil:
		s = nil
	}
	if flags == (spec.SignIn{}) {
		return nil, &diag.Error{Code: "signin/nobody", What: "at whom? there is no spec with sign_in, and no flag says", Exit: diag.ExitUsage,
			Fix: []string{"rehome signin --vendor okta --domain example.okta.com --client-id 0oa…", "rehome signin --issuer URL --authorization-endpoint URL --token-endpoint URL --jwks-uri URL --client-id ID"}}
	}
	return spec.WithSignIn(s, flags)
}

// personExpected compares the token's person with who was expected.
func personExpected(who identity.Person, expected string) []diag.Finding {
	if who.Value == "" || expected == "" || who.Value == expected {
		return nil
	}
	return []diag.Finding{{Code: "DSK-13", Status: diag.Fail, Subject: "person/expected", Owner: diag.IdPAdmin, Title: "the token's " + who.Claim + " is not exactly the one that was expected",
		Cause: "somebody else signed in, or the directory spells the address in another way; the comparison is to the letter", Fix: "sign in as that person in a private window, or make the two equal"}}
}

// keepCard keeps the values of a sign-in that passed where a spec wants exactly these, found by the same claim, and a survey knows the
// person. Otherwise apply has somebody sign in.
func (a *App) keepCard(s *spec.Spec, t identity.Target, who identity.Person, findings []diag.Finding) error {
	own, err := a.spec()
	known := slices.ContainsFunc(findings, func(f diag.Finding) bool { return strings.HasPrefix(f.Subject, "person/") && f.Status == diag.Pass })
	if err != nil || !known || own.SignIn == nil || own.SignIn.Values() != t.Values || own.SignIn.Claim != t.Claim {
		return nil
	}
	release, err := a.lock()
	if err != nil {
		return err
	}
	defer release()
	d := &desk{session: &session{app: a, spec: own, target: estate.TargetAWS}, records: &records{dir: a.StateDir, now: a.Now}}
	return d.keep(t, who)
}

func (s *SignedIn) add(findings []diag.Finding) {
	for _, f := range findings {
		detail := f.Title
		if f.Open() && f.Cause != "" {
			detail += ": " + f.Cause
		}
		s.Checks = append(s.Checks, SignInCheck{Code: f.Code, Status: f.Status.String(), Detail: detail, Finding: f})
	}
}

// Findings are those behind the checks, the open ones first.
func (s *SignedIn) Findings() []diag.Finding {
	var out []diag.Finding
	for _, c := range s.Checks {
		out = append(out, c.Finding)
	}
	slices.SortStableFunc(out, func(x, y diag.Finding) int { return cmp.Compare(order(x), order(y)) })
	return out
}

func order(f diag.Finding) int {
	switch {
	case f.Blocks():
		return 0
	case f.Open():
		return 1
	}
	return 2
}
