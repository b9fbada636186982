package identity_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

// shown checks that a finding is there, with a status, and with a text in its title, cause, fix or evidence.
func (s *scene) shown(findings []diag.Finding, key string, status diag.Status, parts ...string) {
	s.t.Helper()
	f, ok := find(findings, key)
	all := f.Title + "\n" + f.Cause + "\n" + f.Fix
	for _, e := range f.Evidence {
		all += "\n" + e.Path + ": " + e.Seen
	}
	if !ok || f.Status != status {
		s.t.Errorf("%s: there %t, %s; all open: %q", key, ok, f.Status, roots(findings))
	}
	for _, part := range parts {
		if !strings.Contains(all, part) {
			s.t.Errorf("%s does not say %q:\n%s", key, part, all)
		}
	}
}

// run signs in after a change.
func run(t *testing.T, change func(*scene)) (*scene, *identity.Result) {
	t.Helper()
	s := newScene(t)
	if change != nil {
		change(s)
	}
	r, err := s.signIn()
	if err != nil {
		t.Fatal(err)
	}
	s.sound(r.Findings)
	return s, r
}

func TestProofKey(t *testing.T) {
	t.Attr("requirement", "DSK-03")
	s, r := run(t, nil)
	s.shown(r.Findings, "DSK-03 sign-in/request", diag.Pass, "code_challenge_method S256")
	verifier := s.forms[0].Get("code_verifier")
	if s.asked.Get("code_challenge_method") != "S256" || s.asked.Get("response_type") != "code" || len(verifier) < 43 || len(verifier) > 128 {
		t.Errorf("%v, verifier of %d characters", s.asked, len(verifier))
	}
	again, _ := run(t, nil)
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if v := s.asked.Get(name); v == again.asked.Get(name) || strings.ContainsAny(v, "=+/") {
			t.Errorf("%s is not fresh, or needs escaping: %s", name, v)
		}
	}
	// Somebody who stole the code cannot use it: the provider asks for the verifier, which is not the one it was given.
	s, r = run(t, func(s *scene) {
		s.browser = func(c identity.Callback) []identity.Callback {
			s.challenge[c.Values.Get("code")] = "the-challenge-of-somebody-else"
			return []identity.Callback{c}
		}
	})
	s.shown(r.Findings, "DSK-03 sign-in/token", diag.Fail, "PKCE verification failed")
}

func TestScopesByName(t *testing.T) {
	t.Attr("requirement", "DSK-10")
	for _, scope := range estate.DesktopScopes {
		t.Run(scope, func(t *testing.T) {
			s, r := run(t, tokens(func(o object) { o["scope"] = strings.Replace(o["scope"].(string), scope, "", 1) }))
			if s.asked.Get("scope") != "openid email profile offline_access" {
				t.Errorf("asked for %q", s.asked.Get("scope"))
			}
			s.shown(r.Findings, "DSK-10 sign-in/scopes", diag.Fail, "left out: "+scope)
		})
	}
}

func TestRefreshToken(t *testing.T) {
	t.Attr("requirement", "DSK-11")
	s, r := run(t, nil)
	s.shown(r.Findings, "DSK-11 sign-in/refresh", diag.Pass)
	if !r.Refresh || len(s.forms) != 2 || s.forms[1].Get("grant_type") != "refresh_token" {
		t.Errorf("refresh %t, %d forms", r.Refresh, len(s.forms))
	}
	s, r = run(t, tokens(func(o object) { delete(o, "refresh_token") }))
	s.shown(r.Findings, "DSK-11 sign-in/refresh", diag.Fail, "TRB-22", "Refresh Token")
	if r.Refresh || r.Passed() {
		t.Error("passed without a refresh token")
	}
	other := run2(t, estate.VendorOther, tokens(func(o object) { delete(o, "refresh_token") }))
	if f, _ := find(other, "DSK-11 sign-in/refresh"); strings.Contains(f.Fix, "Okta") || !strings.Contains(f.Fix, "--prompt consent") {
		t.Errorf("%s", f.Fix)
	}
}

func run2(t *testing.T, v estate.Vendor, change func(*scene)) []diag.Finding {
	t.Helper()
	_, r := run(t, func(s *scene) { s.target.Vendor = v; change(s) })
	return r.Findings
}

// TestClaimAtBothMoments: only the second half fails when a refresh loses the claim.
func TestClaimAtBothMoments(t *testing.T) {
	t.Attr("requirement", "DSK-12")
	s, r := run(t, again(func(c object) { delete(c, "email") }))
	s.shown(r.Findings, "DSK-12 sign-in/id-token/claim", diag.Pass)
	s.shown(r.Findings, "DSK-12 sign-in/id-token-refreshed/claim", diag.Fail, "email", "TRB-25")
	if r.Passed() || r.IDToken() != "" || r.Person.Value != "ana@example.com" {
		t.Errorf("passed %t, %+v", r.Passed(), r.Person)
	}
	s, r = run(t, claims(func(c object) { delete(c, "email") }))
	s.shown(r.Findings, "DSK-12 sign-in/id-token/claim", diag.Fail, "email", "profile in Okta")
	if r.Person != (identity.Person{Subject: "00u-ana", Claim: "email"}) {
		t.Errorf("%+v", r.Person)
	}
}

// TestMappedClaimOfAnotherName: any claim can find the person.
func TestMappedClaimOfAnotherName(t *testing.T) {
	s, r := run(t, func(s *scene) {
		s.target.Claim = "employee"
		s.provider.claims = func(c object) { c["employee"] = "E-17"; delete(c, "email") }
		s.provider.again = s.provider.claims
	})
	if !r.Passed() || r.Person != (identity.Person{Subject: "00u-ana", Claim: "employee", Value: "E-17"}) {
		t.Errorf("%+v, %q", r.Person, roots(r.Findings))
	}
	s.shown(r.Findings, "DSK-12 sign-in/id-token/claim", diag.Pass)
}

func TestTokenIsValidated(t *testing.T) {
	t.Attr("requirement", "DSK-15")
	s, r := run(t, nil)
	for _, what := range []string{"signature", "issuer", "audience", "expiry"} {
		s.shown(r.Findings, "DSK-15 sign-in/id-token/"+what, diag.Pass)
	}
	for name, c := range map[string]struct {
		key    string
		change func(*scene)
	}{
		"rotated, and the typed address lags behind": {"DSK-15 sign-in/id-token/signature", func(s *scene) {
			s.jwks = func(o object) { o["keys"] = []any{s.jwk("key-0")} }
			s.sign = func(h, _ object) { h["kid"] = "key-2" }
		}},
		"another issuer":   {"DSK-15 sign-in/id-token/issuer", claims(func(c object) { c["iss"] = issuer + "/" })},
		"another audience": {"DSK-15 sign-in/id-token/audience", claims(func(c object) { c["aud"] = "api://default" })},
		"expired":          {"DSK-15 sign-in/id-token/expiry", claims(func(c object) { c["exp"] = noon.Add(-time.Hour).Unix() })},
		"another nonce":    {"DSK-20 sign-in/id-token/nonce", claims(func(c object) { c["nonce"] = "n" })},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := run(t, c.change)
			s.shown(r.Findings, c.key, diag.Fail)
			if r.Passed() || r.IDToken() != "" || r.Person.Value != "" {
				t.Errorf("passed %t, %+v", r.Passed(), r.Person)
			}
		})
	}
}

// TestClockIsWrong: what the provider's Date says explains a time that seems wrong.
func TestClockIsWrong(t *testing.T) {
	s, r := run(t, func(s *scene) {
		s.provider.claims = func(c object) {
			c["iat"], c["exp"] = noon.Add(-24*time.Hour).Unix(), noon.Add(-23*time.Hour).Unix()
		}
		s.date = noon.Add(-24 * time.Hour)
	})
	s.shown(r.Findings, "DSK-15 sign-in/clock", diag.Fail, "24h0m0s ahead")
}

func TestUserInfo(t *testing.T) {
	t.Attr("requirement", "DSK-16")
	s, r := run(t, nil)
	s.shown(r.Findings, "DSK-16 sign-in/userinfo", diag.Pass, "HTTP 200")
	s, r = run(t, at(infoPath, oauth(401, "invalid_token", "The access token provided has an invalid issuer.")))
	s.shown(r.Findings, "DSK-16 sign-in/userinfo", diag.Fail, "User info request failed (HTTP 401)", "TRB-10")
}

// TestAccessTokenIsNotJudged: an access token for another audience changes nothing, and the report says which token counts.
func TestAccessTokenIsNotJudged(t *testing.T) {
	t.Attr("requirement", "DSK-24")
	var access string
	s, r := run(t, func(s *scene) {
		s.provider.tokens = func(o object) {
			access = s.signed(object{"alg": "RS256"}, object{"iss": issuer, "aud": "api://default"})
			o["access_token"] = access
		}
		s.paths[infoPath] = serve(200, "application/json", `{"sub":"00u-ana"}`)
	})
	s.shown(r.Findings, "DSK-24 sign-in/access-token", diag.Pass, "api://default", "not established")
	if !r.Passed() {
		t.Errorf("%q", roots(r.Findings))
	}
}

// TestNoSecretIsTold: what was issued and sent appears in no finding and on no page, whether the sign-in passes or not.
func TestNoSecretIsTold(t *testing.T) {
	t.Attr("requirement", "DSK-19")
	for name, change := range map[string]func(*scene){
		"passes":  nil,
		"refused": errorBack("access_denied", "no"),
		"repeats": back(func(v url.Values) {
			v.Set("error", "x"+v.Get("state"))
			v.Set("error_description", "no "+v.Get("state"))
			v.Del("code")
		}),
		"not verified": claims(func(c object) { c["iss"] = "https://evil.example" }),
	} {
		t.Run(name, func(t *testing.T) {
			s, r := run(t, change)
			if len(s.secrets) < 3 {
				t.Errorf("only %d secrets were planted", len(s.secrets))
			}
			s.sound(r.Findings)
			if strings.Contains(string(mustJSON(r.Findings)), "ana@example.com") {
				t.Error("a person's address is told in full")
			}
		})
	}
}

// TestStrangersDocumentGetsNoToken: userinfo is asked only where the issuer's own document says.
func TestStrangersDocumentGetsNoToken(t *testing.T) {
	s, r := run(t, func(s *scene) { s.discovery = func(d object) { d["issuer"] = "https://evil.example" } })
	s.shown(r.Findings, "DSK-16 sign-in/userinfo", diag.Unknown)
	if slices.Contains(s.requests, "GET "+infoPath) {
		t.Error("it was asked")
	}
}
