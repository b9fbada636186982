package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// tokens is a token endpoint's answer (RFC 6749 section 5.1). It is never kept or shown.
type tokens struct {
	IDToken string          `json:"id_token"`
	Access  string          `json:"access_token"`
	Refresh string          `json:"refresh_token"`
	Type    string          `json:"token_type"`
	Scope   *string         `json:"scope"` // nil: as asked for
	Expires json.RawMessage `json:"expires_in"`
}

// lifetime is how long the access token lives; ok is false when the answer does not say it in seconds as a number.
func (t tokens) lifetime() (time.Duration, bool) {
	n, err := strconv.ParseInt(string(t.Expires), 10, 32)
	return time.Duration(n) * time.Second, err == nil && n > 0
}

// redeeming is the request for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
func (s *session) redeeming(given, verifier string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {given}, "redirect_uri": {estate.DesktopRedirect}, "client_id": {s.Values.ClientID}, "code_verifier": {verifier}}
}

// exchange turns the code into tokens and judges them.
func (s *session) exchange(ctx context.Context, given string) error {
	if s.Stolen {
		return s.stolen(ctx, given)
	}
	t, err := s.ask(ctx, atToken, "sign-in/token", s.redeeming(given, s.start.verifier))
	if err != nil || t == nil {
		return err
	}
	s.pass("DSK-02", "sign-in/client", "the code was exchanged without a secret", diag.Evidence{Path: "sent", Seen: "client_id and code_verifier, no secret"})
	s.answerOf("sign-in/token", *t)
	first, err := s.first(ctx, *t)
	if err != nil {
		return err
	}
	s.scopes(*t, first)
	s.tell(first, *t)
	s.lasts(first)
	s.accessToken(*t)
	if err := s.userInfo(ctx, *t, first.claims); err != nil {
		return err
	}
	return s.refresh(ctx, *t, first.claims)
}

// lasts says how long a sign-in lasts by itself.
func (s *session) lasts(first judged) {
	if first.claims == nil {
		return
	}
	life := first.claims.Expires.Sub(first.claims.Issued).Round(time.Second)
	s.pass("DSK-11", "sign-in/session", "the ID token lives for "+life.String()+"; then the session rests on the refresh token", diag.Evidence{Path: "exp - iat", Seen: life.String()})
}

// ask posts to the token endpoint and gives the tokens; nil when there are none, and then a finding says why.
func (s *session) ask(ctx context.Context, at stage, subject string, form url.Values) (*tokens, error) {
	a, f, err := s.client.send(ctx, "POST", s.Values.TokenEndpoint, form, nil)
	if err != nil {
		return nil, err
	}
	if f != nil {
		s.unreachable("token_endpoint", s.Values.TokenEndpoint, f)
		return nil, nil
	}
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		s.skew = s.client.now().Sub(date)
	}
	seen := []diag.Evidence{{Path: "token_endpoint", Seen: a.seen()}}
	bad := func(code, title, cause, fix string) (*tokens, error) {
		s.add(diag.Finding{Code: code, Subject: subject, Status: diag.Fail, Owner: diag.IdPAdmin, Title: title, Cause: cause, Fix: fix, Evidence: seen}, "token_endpoint")
		return nil, nil
	}
	said, refused := a.oauth()
	switch {
	case a.redirects():
		return bad("DSK-09", fmt.Sprintf("the Token Endpoint answers with a redirect (HTTP %d), which is not followed", a.status),
			"the code and the proof key would be handed to whoever the redirect names; nothing was sent a second time (RFC 9700 4.12)", "copy token_endpoint from the discovery document; a proxy before it must not ask for a sign-in")
	case refused:
		s.refused(s.vendor, at, subject, said.Error, said.Description)
		return nil, nil
	case a.status == 429 || a.status >= 500:
		fix := "try again later"
		if after := a.header.Get("Retry-After"); after != "" {
			fix = "try again after " + quoted(after) + " (Retry-After)"
		}
		return bad("DSK-23", fmt.Sprintf("the Token Endpoint gave no tokens: HTTP %d", a.status), "the provider is overloaded, limits requests, or met a fault", fix)
	case a.status == 404 || a.status == 405 || a.page():
		return bad("DSK-09", "the Token Endpoint does not answer as one: "+a.seen(), "authorization and token endpoint are exchanged, or belong to another server", "copy token_endpoint from the discovery document")
	case a.status != 200:
		return bad("DSK-09", "the Token Endpoint refuses without saying why: "+a.seen(), "it is not an OAuth endpoint, or a proxy answers for it", "copy token_endpoint from the discovery document, and look into the provider's log")
	}
	return s.readTokens(a, subject, bad)
}

func (s *session) readTokens(a *answer, subject string, bad func(code, title, cause, fix string) (*tokens, error)) (*tokens, error) {
	const repair = "the provider has to answer as RFC 6749 section 5.1 says; look whether a proxy changes its answers"
	var t tokens
	if err := decode(a.body, &t); err != nil {
		return bad("DSK-03", "the Token Endpoint's answer cannot be read: "+err.Error(), "its content type is "+orNone(a.media()), repair)
	}
	s.hide(t.IDToken, t.Access, t.Refresh)
	if !strings.EqualFold(t.Type, "Bearer") {
		return bad("DSK-03", "the token's type is "+quoted(orNone(t.Type))+", not Bearer", "the Desktop can present plain bearer tokens only", "switch off sender-constrained tokens (mac, DPoP) for the application")
	}
	if t.Access == "" {
		return bad("DSK-03", "the Token Endpoint's answer holds no access token", "the provider does not answer as RFC 6749 section 5.1 says", repair)
	}
	if media := a.media(); media != "application/json" {
		s.add(diag.Finding{Code: "DSK-03", Subject: subject + "/type", Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin, Title: "the Token Endpoint does not say that its answer is JSON",
			Cause: "its content type is " + orNone(media) + "; strict readers refuse it", Fix: repair})
	}
	if !strings.Contains(strings.ToLower(a.header.Get("Cache-Control")), "no-store") {
		s.add(diag.Finding{Code: "DSK-19", Subject: subject + "/cache", Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin, Title: "the Token Endpoint lets its answer be stored on the way",
			Cause: "the answer holds tokens and says no Cache-Control: no-store", Fix: repair})
	}
	return &t, nil
}

// answerOf judges what the answer says besides the tokens.
func (s *session) answerOf(subject string, t tokens) {
	if life, ok := t.lifetime(); ok {
		s.pass("DSK-11", subject+"/lifetime", "the access token lives for "+life.String(), diag.Evidence{Path: "expires_in", Seen: string(t.Expires)})
		return
	}
	cause := "expires_in is missing"
	if t.Expires != nil {
		cause = "expires_in is " + quoted(string(t.Expires)) + ", not a positive number of seconds"
	}
	s.add(diag.Finding{Code: "DSK-11", Subject: subject + "/lifetime", Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin, Title: "the provider does not say how long the access token lives",
		Cause: cause + "; the Desktop cannot tell when to ask for a new one", Fix: "the provider has to send expires_in as a number of seconds"})
}

// scopes compares what was granted with what was asked for. What counts in the end are the tokens: a scope that is missing from the list
// while its effect is there is worth a warning only.
func (s *session) scopes(t tokens, first judged) {
	if t.Scope == nil {
		s.pass("DSK-10", "sign-in/scopes", "the four scopes were granted: the answer names no others", diag.Evidence{Path: "scope", Seen: "not in the answer, so as asked for"})
		return
	}
	granted := strings.Fields(*t.Scope)
	var without []string
	for _, scope := range estate.DesktopScopes {
		if !slices.Contains(granted, scope) {
			without = append(without, scope)
		}
	}
	seen := diag.Evidence{Path: "scope", Seen: quoted(*t.Scope)}
	if len(without) == 0 {
		s.pass("DSK-10", "sign-in/scopes", "the four scopes were granted", seen)
		return
	}
	f := diag.Finding{Code: "DSK-10", Subject: "sign-in/scopes", Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin, Title: "not granted, and silently left out: " + strings.Join(without, ", "),
		Cause: "the provider grants fewer scopes than the Desktop asks for, and says so only in a list", Evidence: []diag.Evidence{seen},
		Fix: "allow openid email profile offline_access for the application, its authorization server, and the person's consent"}
	var things []string
	if slices.Contains(without, "offline_access") && t.Refresh == "" {
		things = append(things, "refresh")
		f.Cause += "; some grant offline_access only when the person is asked for consent (OpenID Connect Core 11)"
		f.Fix += "; to see whether consent is all that is missing: sign in with --prompt consent"
	}
	if slices.Contains(without, "email") && first.claims != nil && first.person == "" {
		things = append(things, "claim")
	}
	if slices.Contains(without, "openid") && t.IDToken == "" {
		things = append(things, "id_token")
	}
	if len(things) > 0 {
		f.Severity = diag.Block
	}
	s.add(f, things...)
}
