package idp

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rehome/internal/estate"
)

func TestCodeIsGoodOnceAndForAMinute(t *testing.T) {
	r := newRig(t)
	first, second := r.back(r.signIn("anna")).Get("code"), r.back(r.signIn("anna")).Get("code")
	r.clock.at = r.clock.at.Add(codeLife)
	got := r.token(redemption(first)).json(t)
	if again := r.token(redemption(first)); again.StatusCode != http.StatusBadRequest {
		t.Errorf("the same code again: HTTP %d %s", again.StatusCode, again.text)
	}
	if after := r.token(refreshing(got["refresh_token"].(string))); after.StatusCode != http.StatusBadRequest {
		t.Errorf("tokens of a code that was used twice: HTTP %d %s", after.StatusCode, after.text)
	}
	r.clock.at = r.clock.at.Add(time.Second)
	if late := r.token(redemption(second)); late.StatusCode != http.StatusBadRequest {
		t.Errorf("a late code: HTTP %d %s", late.StatusCode, late.text)
	}
}

func TestAVerifierThatIsWrongLeavesTheCode(t *testing.T) {
	r := newRig(t)
	code := r.back(r.signIn("anna")).Get("code")
	r.token(redemption(code, "code_verifier", strings.Repeat("x", 43)))
	if got := r.token(redemption(code)); got.StatusCode != http.StatusOK {
		t.Errorf("HTTP %d %s", got.StatusCode, got.text)
	}
}

func TestRefresh(t *testing.T) {
	r := newRig(t)
	first := r.tokens()
	r.clock.at = r.clock.at.Add(time.Hour)
	second := r.token(refreshing(first["refresh_token"].(string))).json(t)
	if second["refresh_token"] != first["refresh_token"] || second["access_token"] == first["access_token"] {
		t.Errorf("after the refresh: %v", second)
	}
	before, after := r.claims(first["id_token"]), r.claims(second["id_token"])
	for _, same := range []string{"iss", "sub", "aud", "auth_time", "email"} {
		if before[same] != after[same] || after[same] == nil {
			t.Errorf("%s was %v and is %v", same, before[same], after[same])
		}
	}
	if after["nonce"] != nil || after["iat"].(float64) != before["iat"].(float64)+3600 {
		t.Errorf("after the refresh: %v", after)
	}
	if got := r.token(refreshing(first["refresh_token"].(string), "scope", "openid")).json(t); r.claims(got["id_token"])["email"] != nil || got["scope"] != "openid" {
		t.Errorf("fewer scopes: %v", got)
	}
	if got := r.token(refreshing(first["refresh_token"].(string), "scope", "openid phone")); got.json(t)["error"] != "invalid_scope" {
		t.Errorf("more scopes: %s", got.text)
	}
	r.clock.at = r.clock.at.Add(refreshIdle + time.Second)
	if got := r.token(refreshing(first["refresh_token"].(string))); got.StatusCode != http.StatusBadRequest {
		t.Errorf("a week later: HTTP %d %s", got.StatusCode, got.text)
	}
}

func TestRotationDetectsReuse(t *testing.T) {
	r := newRig(t, changed(func(a *estate.IdentityApp) { a.Rotation = "ROTATE" }))
	old := r.tokens()["refresh_token"].(string)
	fresh := r.token(refreshing(old)).json(t)["refresh_token"].(string)
	r.clock.at = r.clock.at.Add(leeway)
	if got := r.token(refreshing(old)); fresh == old || got.StatusCode != http.StatusOK {
		t.Errorf("within the leeway: HTTP %d %s", got.StatusCode, got.text)
	}
	r.clock.at = r.clock.at.Add(time.Second)
	for _, token := range []string{old, fresh} {
		if got := r.token(refreshing(token)); got.StatusCode != http.StatusBadRequest {
			t.Errorf("after reuse: HTTP %d %s", got.StatusCode, got.text)
		}
	}
}

func TestClaimsThatAreLeftOut(t *testing.T) {
	t.Run("by the server", func(t *testing.T) {
		r := newRig(t, serving(func(s *estate.AuthorizationServer) { s.OmitClaims = []string{"email", "at_hash"} }))
		if id := r.claims(r.tokens()["id_token"]); id["email"] != nil || id["at_hash"] != nil || id["name"] != "Anna Ade" {
			t.Errorf("%v", id)
		}
	})
	t.Run("by the directory", func(t *testing.T) {
		r := newRig(t)
		got := r.token(redemption(r.back(r.signIn("carl")).Get("code"))).json(t)
		if id := r.claims(got["id_token"]); id["email"] != nil || id["name"] != "Carl" {
			t.Errorf("%v", id)
		}
	})
}

func TestEncryptedIDTokenHasFiveParts(t *testing.T) {
	r := newRig(t, changed(func(a *estate.IdentityApp) { a.Encrypted = true }))
	token := r.tokens()["id_token"]
	if header := r.part(token, 0); strings.Count(token.(string), ".") != 4 || header["cty"] != "JWT" || header["enc"] == nil {
		t.Errorf("%v", header)
	}
}
