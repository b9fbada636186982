package idp

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"rehome/internal/diag"
	"rehome/internal/twin/kernel"
)

// seen is everything that a client gets of a sign-in and a refresh, as far as it comes.
type seen struct {
	discovery, keys, token         answer
	back                           url.Values
	tokens, refreshed              map[string]any
	id, idRefreshed                map[string]any // claims
	verdict, verdictAfter          string         // on the ID tokens' signatures, by the published keys
	header, headerRefreshed        map[string]any // of the ID tokens
	document                       map[string]any // of discovery
	issuer, audience, subject, key string         // what a good ID token would have; key: the id of the good key
}

// whole makes a sign-in at the default server of a provider with faults.
func whole(t *testing.T, faults ...string) seen {
	r := newRig(t, with(faults...))
	good := signers["custom"]()
	s := seen{issuer: r.base + "/oauth2/default", audience: quickApp, key: good.id, subject: oktaID("00u", "acme", "anna")}
	s.discovery = r.get(s.issuer + "/.well-known/openid-configuration")
	if s.discovery.Header.Get("Content-Type") == "application/json" {
		s.document = s.discovery.json(t)
	}
	s.keys = r.get(s.issuer + "/v1/keys")
	if slices.Contains(faults, offlineRefused) {
		s.back = r.back(r.get(s.issuer + "/v1/authorize?" + asked().Encode()))
		return s
	}
	s.back = r.back(r.signIn("anna"))
	s.token = r.token(redemption(s.back.Get("code")))
	if s.token.StatusCode != http.StatusOK || s.token.Header.Get("Content-Type") != "application/json" {
		return s
	}
	s.tokens = s.token.json(t)
	s.id, s.header, s.verdict = r.opened(s.tokens)
	if refresh, ok := s.tokens["refresh_token"].(string); ok {
		s.refreshed = r.token(refreshing(refresh)).json(t)
		s.idRefreshed, s.headerRefreshed, s.verdictAfter = r.opened(s.refreshed)
	}
	return s
}

// opened reads the ID token of an answer and checks its signature by the keys that are published now.
func (r *rig) opened(tokens map[string]any) (claims, header map[string]any, verdict string) {
	text, ok := tokens["id_token"].(string)
	if !ok {
		return nil, nil, "no ID token"
	}
	claims, header = r.claims(text), r.part(text, 0)
	signed, err := jose.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return claims, header, "not RS256"
	}
	for _, name := range []string{"custom", "custom, rotated"} {
		k := signers[name]()
		if strings.Contains(r.get(r.base+"/oauth2/default/v1/keys").text, modulus(k.key)) && k.id == header["kid"] {
			if _, err := signed.Verify(&k.key.PublicKey); err != nil {
				return claims, header, "not by the published key"
			}
			return claims, header, "good"
		}
	}
	return claims, header, "by no published key"
}

// shown says of each fault by what a client can tell; everything else is as it should be (TestNothingElseIsBroken).
var shown = map[string]func(seen) bool{
	"discovery-missing": func(s seen) bool { return s.discovery.StatusCode == 404 },
	"discovery-html": func(s seen) bool {
		return s.discovery.StatusCode == 200 && strings.HasPrefix(s.discovery.Header.Get("Content-Type"), "text/html")
	},
	"discovery-other-issuer": func(s seen) bool { return s.document["issuer"] == elsewhere },
	"discovery-http": func(s seen) bool {
		return s.document["token_endpoint"] == "http://acme.okta.com/oauth2/default/v1/token" && s.document["issuer"] == s.issuer
	},
	"keys-empty":           func(s seen) bool { return s.keys.text == `{"keys":[]}` },
	"keys-html":            func(s seen) bool { return strings.HasPrefix(s.keys.Header.Get("Content-Type"), "text/html") },
	"keys-bad-beside-good": func(s seen) bool { return strings.Contains(s.keys.text, `"n":"%%%"`) && s.verdict == "good" },
	keysRotated: func(s seen) bool {
		return s.verdict == "good" && s.verdictAfter == "good" && s.headerRefreshed["kid"] != s.header["kid"]
	},
	"token-html": func(s seen) bool {
		return s.token.StatusCode == 200 && strings.HasPrefix(s.token.Header.Get("Content-Type"), "text/html")
	},
	"token-redirect-307": func(s seen) bool {
		return s.token.StatusCode == 307 && s.token.Header.Get("Location") == s.issuer+"/v1/token?again=yes"
	},
	"rate-limited": func(s seen) bool {
		return s.token.StatusCode == 429 && s.token.Header.Get("X-Rate-Limit-Remaining") == "0" && s.token.Header.Get("X-Rate-Limit-Reset") != ""
	},
	"iss-advertised-missing": func(s seen) bool {
		return s.document["authorization_response_iss_parameter_supported"] == true && !s.back.Has("iss")
	},
	offlineRefused: func(s seen) bool { return s.back.Get("error") == "invalid_scope" },
	"wrong-state":  func(s seen) bool { return s.back.Get("state") != "st4te" && s.back.Has("state") },
	"no-state":     func(s seen) bool { return !s.back.Has("state") },
	"iss-wrong":    func(s seen) bool { return s.back.Get("iss") == elsewhere },
	"code-twice":   func(s seen) bool { return len(s.back["code"]) == 2 },
	"no-refresh-token": func(s seen) bool {
		return s.tokens["refresh_token"] == nil && s.tokens["scope"] == "openid email profile"
	},
	"scope-narrowed":         func(s seen) bool { return s.tokens["scope"] == "openid offline_access" && s.id["email"] == nil },
	"no-id-token":            func(s seen) bool { return s.tokens["id_token"] == nil && s.refreshed["id_token"] == nil },
	"no-id-token-on-refresh": func(s seen) bool { return s.id != nil && s.refreshed["id_token"] == nil },
	"no-email":               func(s seen) bool { return s.id["email"] == nil && s.idRefreshed["email"] == nil && s.id["name"] != nil },
	"no-email-on-refresh": func(s seen) bool {
		return s.id["email"] != nil && s.idRefreshed != nil && s.idRefreshed["email"] == nil
	},
	"email-uppercase": func(s seen) bool { return s.id["email"] == "ANNA@ACME.EXAMPLE" },
	"email-array": func(s seen) bool {
		list, ok := s.id["email"].([]any)
		return ok && len(list) == 1 && list[0] == "anna@acme.example"
	},
	"other-subject-on-refresh": func(s seen) bool { return s.id["sub"] == s.subject && s.idRefreshed["sub"] != s.subject },
	"wrong-audience":           func(s seen) bool { return s.id["aud"] != s.audience && s.id["aud"] != nil },
	"wrong-issuer":             func(s seen) bool { return s.id["iss"] == elsewhere },
	"issuer-slash":             func(s seen) bool { return s.id["iss"] == s.issuer+"/" },
	"wrong-nonce":              func(s seen) bool { return s.id["nonce"] != "n0nce" && s.id["nonce"] != nil },
	"no-nonce":                 func(s seen) bool { return s.id != nil && s.id["nonce"] == nil },
	"expired": func(s seen) bool {
		return s.id["exp"].(float64) < s.id["auth_time"].(float64) && s.id["iat"].(float64) < s.id["exp"].(float64)
	},
	"future-iat": func(s seen) bool { return s.id["iat"].(float64) == s.id["auth_time"].(float64)+3600 },
	"wrong-at-hash": func(s seen) bool {
		return s.id["at_hash"] != halfHash(s.tokens["access_token"].(string)) && s.id["at_hash"] != nil
	},
	"alg-none": func(s seen) bool {
		return s.header["alg"] == "none" && strings.HasSuffix(s.tokens["id_token"].(string), ".")
	},
	"hs256":       func(s seen) bool { return s.header["alg"] == "HS256" && s.header["kid"] == s.key },
	"wrong-key":   func(s seen) bool { return s.header["kid"] == s.key && s.verdict == "not by the published key" },
	"unknown-kid": func(s seen) bool { return s.header["kid"] != s.key && s.verdict == "by no published key" },
}

func TestEachFaultShows(t *testing.T) {
	if have, want := slices.Sorted(maps.Keys(faults)), slices.Sorted(maps.Keys(shown)); !slices.Equal(have, want) {
		t.Fatalf("there are  %v\nshown are %v", have, want)
	}
	sound := whole(t)
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		t.Run(name, func(t *testing.T) {
			s := whole(t, name)
			if !shown[name](s) {
				t.Errorf("does not show: %+v", s)
			}
		})
		if shown[name](sound) {
			t.Errorf("%s: a sound provider shows it too", name)
		}
	}
}

func TestNothingElseIsBroken(t *testing.T) {
	s := whole(t)
	if s.verdict != "good" || s.verdictAfter != "good" || s.id["at_hash"] != halfHash(s.tokens["access_token"].(string)) {
		t.Errorf("%+v", s)
	}
	s = whole(t, "issuer-slash", "no-email-on-refresh")
	if s.id["iss"] != s.issuer+"/" || s.idRefreshed["iss"] != s.issuer+"/" || s.id["email"] == nil || s.idRefreshed["email"] != nil {
		t.Errorf("two faults at once: %+v", s)
	}
}

// TestWhoeverFollowsTheRedirectGetsTokens: the fault is harmless only for those who refuse it.
func TestWhoeverFollowsTheRedirectGetsTokens(t *testing.T) {
	r := newRig(t, with("token-redirect-307"))
	form := redemption(r.back(r.signIn("anna")).Get("code"))
	first := r.token(form)
	if got := r.do(client(t), http.MethodPost, first.Header.Get("Location"), "", form); got.StatusCode != http.StatusOK || got.json(t)["id_token"] == nil {
		t.Errorf("HTTP %d %s", got.StatusCode, got.text)
	}
}

func TestUnknownFaultIsRefused(t *testing.T) {
	p := acme()
	p.Broken = []string{"no-email", "no-such-thing"}
	_, err := kernel.New(kernel.Config{World: world(p), Services: []kernel.Service{Service((&wall{}).now)}, Clock: kernel.ClockManual})
	var e *diag.Error
	if !errors.As(err, &e) || e.Code != "twin/provider-fault" || e.Where != "identity_providers.acme.broken" || !strings.Contains(e.What, "no-such-thing") || len(e.Fix) != 1 {
		t.Errorf("got %v", err)
	}
}
