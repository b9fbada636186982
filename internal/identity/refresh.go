package identity

import (
	"context"
	"net/http"
	"net/url"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity/token"
)

// noRefresh is why no refresh token came, by vendor (TRB-22, oidc 1.1 and 5).
var noRefresh = map[estate.Vendor][2]string{
	estate.VendorOkta: {"the application lacks the grant type Refresh Token, or the scope offline_access is not enabled on the authorization server (TRB-22)",
		oktaApp + ": grant type Refresh Token; " + oktaScopes + ": offline_access"},
	estate.VendorOther: {"the application lacks the grant type refresh_token, or the provider dropped offline_access without a word, or wants the person's consent for it (prompt=consent)",
		"allow the grant type refresh_token and the scope offline_access for the application; to see whether consent is all that is missing: sign in with --prompt consent"},
}

// refresh uses the refresh token once: the Desktop does so whenever the first tokens end.
func (s *session) refresh(ctx context.Context, t tokens, first *token.Claims) error {
	if t.Refresh == "" {
		why, ok := noRefresh[s.vendor]
		if !ok {
			why = noRefresh[estate.VendorOther]
		}
		s.add(diag.Finding{Code: "DSK-11", Subject: "sign-in/refresh", Status: diag.Fail, Owner: diag.IdPAdmin, Title: "the provider gives no refresh token: everybody signs in again when the first token ends",
			Cause: why[0], Fix: why[1]}, "refresh")
		return nil
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.Refresh}, "client_id": {s.Values.ClientID}}
	next, err := s.ask(ctx, atRefresh, "sign-in/refresh", form)
	if err != nil || next == nil {
		return err
	}
	rotation := "the same refresh token stays valid (static)"
	if next.Refresh != "" && next.Refresh != t.Refresh {
		rotation = "a new refresh token takes the place of the old one (rotation)"
	}
	s.pass("DSK-11", "sign-in/refresh", "a refresh token is given and works", diag.Evidence{Path: "rotation", Seen: rotation})
	s.result.Refresh = true
	if next.IDToken == "" {
		s.result.idToken = ""
		s.add(diag.Finding{Code: "DSK-12", Subject: "sign-in/refresh/id-token", Status: diag.Fail, Owner: diag.IdPAdmin, Title: "a refresh gives no ID token",
			Cause: "the provider leaves it out of refreshes; PingFederate does so by default (TRB-25)", Fix: "let the provider return an ID token on refresh (PingFederate: the OpenID Connect policy's Return ID Token On Refresh Grant)"})
		return nil
	}
	if first == nil {
		return nil // there is nothing to compare with, and that has been said
	}
	second, err := s.judge(ctx, *next, first)
	if err != nil {
		return err
	}
	s.tell(second, *next)
	return nil
}

// userInfo asks the provider that published the address who the access token is for (DSK-16). The Desktop may do so too.
func (s *session) userInfo(ctx context.Context, t tokens, first *token.Claims) error {
	const subject = "sign-in/userinfo"
	if d := s.found.doc; d == nil || d.UserInfo == "" || d.Issuer != s.Values.Issuer { // a stranger's document must not get the token
		s.add(diag.Finding{Code: "DSK-16", Subject: subject, Severity: diag.Note, Title: "userinfo was not asked: the issuer publishes no address for it", Cause: "it is not one of the five values"})
		return nil
	}
	address := s.found.doc.UserInfo
	a, f, err := s.client.send(ctx, "GET", address, nil, http.Header{"Authorization": {"Bearer " + t.Access}})
	if err != nil {
		return err
	}
	out := diag.Finding{Code: "DSK-16", Subject: subject, Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin, Fix: "take all addresses from one discovery document"}
	if f != nil {
		out.Title, out.Cause = "userinfo could not be asked: "+f.title, f.cause
		s.add(out)
		return nil
	}
	out.Evidence = []diag.Evidence{{Path: "userinfo_endpoint", Seen: a.seen()}}
	var who struct {
		Subject string `json:"sub"`
	}
	switch readable := decode(a.body, &who); {
	case a.status == 401 || a.status == 403:
		out.Severity = diag.Block
		out.Title = "userinfo refuses the access token: User info request failed (HTTP " + a.statusText() + ")"
		out.Cause = "the token comes from another authorization server than the one whose userinfo was asked (TRB-10)"
	case a.status != 200:
		out.Title, out.Cause = "userinfo gives no answer: "+a.seen(), "the address in the discovery document is not served"
	case a.media() == "application/jwt":
		s.pass("DSK-16", subject, "userinfo takes the access token; its answer is signed and was not read", out.Evidence...)
		return nil
	case readable != nil:
		out.Title, out.Cause = "userinfo's answer cannot be read: "+readable.Error(), "it is no JSON object"
	case first != nil && who.Subject != first.Subject:
		out.Severity, out.Title = diag.Block, "userinfo speaks of another person than the ID token"
		out.Cause = "the sub of the two differs (OpenID Connect Core 5.3.2): tokens of two servers are mixed, or answers of two people"
	default:
		s.pass("DSK-16", subject, "userinfo takes the access token and speaks of the same person", out.Evidence...)
		return nil
	}
	s.add(out, "userinfo")
	return nil
}
