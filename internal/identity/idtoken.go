package identity

import (
	"context"
	"time"

	"rehome/internal/diag"
	"rehome/internal/identity/token"
)

// Masked is the person's value with its middle left out.
func (p Person) Masked() string {
	if p.Value == "" {
		return ""
	}
	return token.Mask(p.Value)
}

// identify judges the first ID token; nil when there is none that passed.
func (s *session) identify(ctx context.Context, t tokens) (*token.Claims, error) {
	if t.IDToken == "" {
		s.add(diag.Finding{Code: "DSK-24", Subject: "sign-in/id-token", Status: diag.Fail, Owner: diag.IdPAdmin, Title: "the provider gives no ID token",
			Cause: "the scope openid was not granted, or the endpoint is one of plain OAuth; Quick's Aud claim, the client ID, is in ID tokens only",
			Fix:   "allow the scope openid for the application, and use the provider's OpenID Connect endpoints"}, "id_token", "claim")
		return nil, nil
	}
	first, err := s.verify(ctx, t, token.Expect{Issuer: s.Values.Issuer, ClientID: s.Values.ClientID, Nonce: s.start.nonce, AccessToken: t.Access})
	if first == nil {
		return nil, err
	}
	s.result.Person = Person{Subject: first.Subject, Claim: s.Claim, Value: textOf(first, s.Claim)}
	if s.result.Person.Value != "" {
		s.result.idToken = t.IDToken
	}
	if life := first.Expires.Sub(first.Issued); life > 0 {
		s.pass("DSK-11", "sign-in/session", "the ID token lives for "+life.Round(time.Second).String()+"; then the session rests on the refresh token",
			diag.Evidence{Path: "exp - iat", Seen: life.Round(time.Second).String()})
	}
	return first, nil
}

// identifyAgain judges the ID token of a refresh against the first one.
func (s *session) identifyAgain(ctx context.Context, t tokens, first *token.Claims) (*token.Claims, error) {
	second, err := s.verify(ctx, t, token.Expect{Issuer: s.Values.Issuer, ClientID: s.Values.ClientID, Nonce: s.start.nonce, AccessToken: t.Access, Earlier: first})
	if second != nil && textOf(second, s.Claim) != "" && s.result.idToken != "" {
		s.result.idToken = t.IDToken
	}
	return second, err
}

// verify judges an ID token with the keys at the typed address, which are fetched once more when none of them fits.
func (s *session) verify(ctx context.Context, t tokens, e token.Expect) (*token.Claims, error) {
	set, ok, err := s.client.keySet(ctx, &s.report, "jwks_uri", s.Values.JWKSURI)
	if err != nil {
		return nil, err
	}
	if !ok {
		s.add(diag.Finding{Code: "DSK-15", Subject: "sign-in/id-token", Title: "the ID token could not be verified", Cause: "there is no key to verify it with"}, "jwks_uri")
		s.blame("id_token", s.rootOf([]string{"jwks_uri"}))
		return nil, nil
	}
	e.Now = s.client.now()
	v := token.Verify(t.IDToken, set, e)
	if v.Refetch {
		if set, ok, err = s.client.keySet(ctx, &s.report, "jwks_uri", s.Values.JWKSURI); err != nil {
			return nil, err
		}
		if ok {
			v = token.Verify(t.IDToken, set, e)
		}
	}
	s.addAll(v.Findings, "id_token")
	if !v.Passed() {
		s.clocks()
		return nil, nil
	}
	return &v.Claims, nil
}

// clocks compares this computer's clock with the provider's when a token did not pass: times in it may seem wrong for that reason alone.
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
		Cause: "tokens may seem to be expired, or of the future, for this reason alone", Fix: "set this computer's clock by the network's time, then sign in again"})
}

// accessToken says what the other token is. Nothing is judged by it.
func (s *session) accessToken(t tokens) {
	s.pass("DSK-24", "sign-in/access-token", "the ID token is what was judged; the access token is described only",
		diag.Evidence{Path: "access token", Seen: token.Describe(t.Access)},
		diag.Evidence{Path: "note", Seen: "which of the two Quick validates is not established; the Aud claim of its form is the client ID, which is the ID token's audience (INFERRED)"})
}

// textOf is a claim that is a text; empty when it is missing or is none.
func textOf(c *token.Claims, name string) string {
	if c == nil {
		return ""
	}
	raw, _ := c.Value(name)
	text, _ := raw.(string)
	return text
}
