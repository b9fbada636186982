package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity/token"
)

// Masked is the person's value with its middle left out.
func (p Person) Masked() string {
	if p.Value == "" {
		return ""
	}
	return token.Mask(p.Value)
}

// judged is an ID token as it was judged.
type judged struct {
	findings []diag.Finding
	claims   *token.Claims // nil: it is not to be believed
	person   string        // value of the claim that finds the person; empty: there is none that can
}

// judge verifies an ID token with the keys at the typed address, which are fetched once more when none of them fits. A token that only
// lacks the claim that finds the person is believed in everything else.
func (s *session) judge(ctx context.Context, t tokens, earlier *token.Claims) (judged, error) {
	set, ok, err := s.client.keySet(ctx, &s.report, "jwks_uri", s.Values.JWKSURI)
	if err != nil {
		return judged{}, err
	}
	if !ok {
		return judged{findings: []diag.Finding{{Code: "DSK-15", Subject: "id-token", Title: "the ID token could not be verified", Cause: "there is no key to verify it with", CausedBy: s.rootOf([]string{"jwks_uri"})}}}, nil
	}
	e := token.Expect{Issuer: s.Values.Issuer, ClientID: s.Values.ClientID, Nonce: s.start.nonce, Claim: s.Claim, Now: s.client.now(), AccessToken: t.Access, Earlier: earlier}
	v := token.Verify(t.IDToken, set, e)
	if v.Refetch {
		if set, ok, err = s.client.keySet(ctx, &s.report, "jwks_uri", s.Values.JWKSURI); err != nil {
			return judged{}, err
		}
		if ok {
			v = token.Verify(t.IDToken, set, e)
		}
	}
	out := judged{findings: v.Findings, claims: &v.Claims, person: v.Claims.Mapped}
	if !v.Passed() {
		e.Claim = ""
		without := token.Verify(t.IDToken, set, e)
		if out.claims = &without.Claims; !without.Passed() {
			out.claims = nil
		}
	}
	return out, nil
}

// first judges the ID token of the sign-in.
func (s *session) first(ctx context.Context, t tokens) (judged, error) {
	if t.IDToken == "" {
		return judged{findings: []diag.Finding{{Code: "DSK-24", Subject: "id-token", Status: diag.Fail, Owner: diag.IdPAdmin, Title: "the provider gives no ID token",
			Cause: "the scope openid was not granted, or the endpoint is one of plain OAuth; Quick's Aud claim, the client ID, is in ID tokens only",
			Fix:   "allow the scope openid for the application, and use the provider's OpenID Connect endpoints"}}}, nil
	}
	return s.judge(ctx, t, nil)
}

// tell records what was judged, and keeps the person and the token if they are to be believed.
func (s *session) tell(j judged, t tokens) {
	late := false
	var rest []diag.Finding
	for _, f := range j.findings {
		if f.Code == "DSK-12" && strings.HasSuffix(f.Subject, "/claim") {
			s.addAll([]diag.Finding{s.claimCause(f)}, "claim")
			continue
		}
		late = late || f.Open() && slices.ContainsFunc([]string{"/expiry", "/issued", "/not-before"}, func(end string) bool { return strings.HasSuffix(f.Subject, end) })
		rest = append(rest, f)
	}
	s.addAll(rest, "id_token")
	if late {
		s.clocks()
	}
	if j.claims != nil && s.result.Person.Subject == "" {
		s.result.Person = Person{Subject: j.claims.Subject, Claim: s.Claim, Value: j.person}
	}
	s.result.idToken = ""
	if j.person != "" {
		s.result.idToken = t.IDToken
	}
}

// missingClaim is why a claim is not in the ID token, by vendor (oidc 1.1 and 0.2).
var missingClaim = map[estate.Vendor][2]string{
	estate.VendorOkta: {"the person's profile in Okta has no primary e-mail address, or the authorization server does not put the claim into ID tokens",
		"Okta: Directory, People, the person, Profile: fill in the primary e-mail; then " + oktaClaims[len("Okta: "):] + ": claim email, ID Token, Always, value user.email"},
	estate.VendorOther: {"the person has no e-mail address in the directory, or the provider puts e-mail into userinfo only and not into ID tokens, as certified ones do by default",
		"fill in the person's address; then switch on that claims of the scope email are put into the ID token (PingFederate: Include User Info in ID Token; Entra: optional claim email; oidc-provider: conformIdTokenClaims false; zitadel: user info inside the ID token)"},
}

// claimCause names the claim, and what each vendor's administrator has to look at when it is not there.
func (s *session) claimCause(f diag.Finding) diag.Finding {
	f.Title = strings.Replace(f.Title, "the claim that finds the person", "the claim "+s.Claim+", which finds the person,", 1)
	why, ok := missingClaim[s.vendor]
	if !ok {
		why = missingClaim[estate.VendorOther]
	}
	if f.Status == diag.Fail && s.result.Person.Value == "" && s.Claim == estate.EmailClaim && strings.Contains(f.Title, "lacks") {
		f.Cause, f.Fix = why[0], why[1]
	}
	return f
}

// clocks compares this computer's clock with the provider's when a time in a token seems wrong.
func (s *session) clocks() {
	off := s.skew.Round(time.Second)
	if off.Abs() <= token.Skew {
		return
	}
	side := "ahead of"
	if off < 0 {
		side = "behind"
	}
	s.add(diag.Finding{Code: "DSK-15", Subject: "sign-in/clock", Status: diag.Fail, Severity: diag.Warn, Title: "this computer's clock is " + off.Abs().String() + " " + side + " the provider's",
		Cause: "times in the token seem wrong for this reason alone", Fix: "set this computer's clock by the network's time, then sign in again"})
}

// accessToken says what the other token is. Nothing is judged by it.
func (s *session) accessToken(t tokens) {
	s.pass("DSK-24", "sign-in/access-token", "the ID token is what is judged; the access token is described only",
		diag.Evidence{Path: "access token", Seen: token.Describe(t.Access)},
		diag.Evidence{Path: "note", Seen: "which of the two Quick validates is not established; the Aud claim of its form is the client ID, which is the ID token's audience (INFERRED)"})
}
