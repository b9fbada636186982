package idp

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/estate"
)

func TestSignInGivesThinIDTokenAndAccessToken(t *testing.T) {
	r := newRig(t)
	got := r.tokens()
	if got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 || got["scope"] != "openid email profile offline_access" || got["refresh_token"] == nil {
		t.Errorf("answer of the token endpoint: %v", got)
	}
	id, access := r.claims(got["id_token"]), r.claims(got["access_token"])
	wantNames := []string{"amr", "at_hash", "aud", "auth_time", "email", "exp", "iat", "idp", "iss", "jti", "name", "nonce", "preferred_username", "sub", "ver"}
	if names := slices.Sorted(maps.Keys(id)); !slices.Equal(names, wantNames) {
		t.Errorf("ID token has %v, want %v", names, wantNames)
	}
	issuer := r.base + "/oauth2/default"
	for name, want := range map[string]any{"iss": issuer, "aud": quickApp, "nonce": "n0nce", "email": "anna@acme.example", "name": "Anna Ade", "preferred_username": "anna"} {
		if id[name] != want {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], want)
		}
	}
	for name, want := range map[string]any{"iss": issuer, "aud": "api://default", "cid": quickApp, "uid": id["sub"], "sub": "anna"} {
		if access[name] != want {
			t.Errorf("access token: %s is %v, want %v", name, access[name], want)
		}
	}
	if at := float64(r.clock.at.Unix()); id["iat"] != at || id["exp"] != at+3600 {
		t.Errorf("the token lives from %v to %v; it is %v", id["iat"], id["exp"], at)
	}
}

func TestSecondSignInHasNoPage(t *testing.T) {
	r := newRig(t)
	c := client(t)
	authorize := func(pairs ...string) answer {
		return r.do(c, http.MethodGet, r.base+"/oauth2/default/v1/authorize?"+asked(pairs...).Encode(), "", nil)
	}
	if got := r.back(authorize("prompt", "none")); got.Get("error") != "login_required" {
		t.Errorf("prompt=none before: %v", got)
	}
	r.back(r.submit(c, authorize(), url.Values{"username": {"ANNA"}})) // logins do not distinguish case
	for _, prompt := range []string{"", "none"} {
		if got := r.back(authorize("prompt", prompt)); got.Get("code") == "" || got.Get("state") != "st4te" {
			t.Errorf("prompt=%q after: %v", prompt, got)
		}
	}
	r.clock.at = r.clock.at.Add(time.Minute)
	for name, pairs := range map[string][]string{"prompt=login": {"prompt", "login"}, "too long ago": {"max_age", "59"}} {
		if got := authorize(pairs...); got.StatusCode != http.StatusOK || !strings.Contains(got.text, "<h1>Sign In</h1>") {
			t.Errorf("%s: HTTP %d %s", name, got.StatusCode, got.text)
		}
	}
	if got := r.back(authorize("max_age", "60")); got.Get("code") == "" {
		t.Errorf("a sign-in that is recent enough: %v", got)
	}
}

func TestWrongUsernameSeesThePageAgain(t *testing.T) {
	r := newRig(t)
	c := client(t)
	shown := r.do(c, http.MethodGet, r.base+"/oauth2/default/v1/authorize?"+asked("login_hint", "annna").Encode(), "", nil)
	if !strings.Contains(shown.text, `value="annna"`) {
		t.Errorf("the hint is not filled in: %s", shown.text)
	}
	for _, login := range []string{"annna", "gone", ""} {
		shown = r.submit(c, shown, url.Values{"username": {login}})
		if shown.StatusCode != http.StatusForbidden || !strings.Contains(shown.text, "<h1>Unable to sign in</h1>") || len(shown.Cookies()) > 0 {
			t.Errorf("%q: HTTP %d %s", login, shown.StatusCode, shown.text)
		}
	}
	if got := r.back(r.submit(c, shown, url.Values{"username": {"anna"}})); got.Get("code") == "" {
		t.Errorf("the right one at last: %v", got)
	}
	if again := r.submit(c, shown, url.Values{"username": {"anna"}}); again.StatusCode != http.StatusBadRequest {
		t.Errorf("a form that was used: HTTP %d", again.StatusCode)
	}
}

// TestPagesAllowTheWayBack: a browser holds the redirect that answers a form to the page's policy.
func TestPagesAllowTheWayBack(t *testing.T) {
	r := newRig(t)
	got := r.get(r.base + "/oauth2/default/v1/authorize?" + asked().Encode())
	if policy := got.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "form-action 'self' "+redirect) || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy: %s", policy)
	}
}

func TestConsentIsAskedOnceAndKept(t *testing.T) {
	r := newRig(t, changed(func(a *estate.IdentityApp) { a.Consent = true }))
	c := client(t)
	authorize := func(pairs ...string) answer {
		return r.do(c, http.MethodGet, r.base+"/oauth2/default/v1/authorize?"+asked(pairs...).Encode(), "", nil)
	}
	shown := r.submit(c, authorize(), url.Values{"username": {"anna"}})
	if !strings.Contains(shown.text, "openid, email, profile, offline_access") {
		t.Fatalf("no consent page: %s", shown.text)
	}
	if got := r.back(r.submit(c, shown, url.Values{"answer": {"deny"}})); got.Get("error") != "access_denied" {
		t.Errorf("declined: %v", got)
	}
	if got := r.back(authorize("prompt", "none")); got.Get("error") != "consent_required" {
		t.Errorf("prompt=none: %v", got)
	}
	if got := r.back(r.submit(c, authorize(), url.Values{"answer": {"allow"}})); got.Get("code") == "" {
		t.Errorf("accepted: %v", got)
	}
	if got := r.back(authorize()); got.Get("code") == "" {
		t.Errorf("asked again: %v", got)
	}
	if got := authorize("prompt", "consent"); !strings.Contains(got.text, "Allow Access") {
		t.Errorf("prompt=consent: HTTP %d %s", got.StatusCode, got.text)
	}
}

func TestResponseModes(t *testing.T) {
	r := newRig(t)
	if got := r.signIn("anna", "response_mode", "fragment").Header.Get("Location"); !strings.HasPrefix(got, redirect+"#code=") {
		t.Errorf("fragment: %s", got)
	}
	got := r.signIn("anna", "response_mode", "form_post")
	if !strings.Contains(got.text, `action="`+redirect+`"`) || !strings.Contains(got.text, `name="code"`) || !strings.Contains(got.text, `name="state" value="st4te"`) {
		t.Errorf("form_post: HTTP %d %s", got.StatusCode, got.text)
	}
}
