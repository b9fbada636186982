package idp

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

func TestAddresses(t *testing.T) {
	plain := func(*estate.IdentityProvider) {}
	unlicensed := func(p *estate.IdentityProvider) { p.Unlicensed = true }
	mode := func(m string) func(*estate.IdentityProvider) {
		return serving(func(s *estate.AuthorizationServer) { s.IssuerMode = m })
	}
	const custom, notFound = "login.acme.example", "Resource not found: %s (AuthorizationServer)"
	for _, tc := range []struct {
		name       string
		provider   func(*estate.IdentityProvider)
		host, path string
		status     int
		want       string // in the body
	}{
		{"custom server, OpenID", plain, acmeHost, "/oauth2/default/.well-known/openid-configuration", 200, `"issuer":"https://acme.okta.com/oauth2/default"`},
		{"custom server, OAuth below the issuer", plain, acmeHost, "/oauth2/default/.well-known/oauth-authorization-server", 200, `"issuer":"https://acme.okta.com/oauth2/default"`},
		{"custom server, OAuth between host and path", plain, acmeHost, "/.well-known/oauth-authorization-server/oauth2/default", 200, `"issuer":"https://acme.okta.com/oauth2/default"`},
		{"custom server, endpoints below it", plain, acmeHost, "/oauth2/default/.well-known/openid-configuration", 200, `"jwks_uri":"https://acme.okta.com/oauth2/default/v1/keys"`},
		{"custom server, registration at the org", plain, acmeHost, "/oauth2/default/.well-known/openid-configuration", 200, `"registration_endpoint":"https://acme.okta.com/oauth2/v1/clients"`},
		{"org server", plain, acmeHost, "/.well-known/openid-configuration", 200, `"issuer":"https://acme.okta.com",`},
		{"org server, OAuth", plain, acmeHost, "/.well-known/oauth-authorization-server", 200, `"token_endpoint":"https://acme.okta.com/oauth2/v1/token"`},
		{"org server by its id", plain, acmeHost, "/oauth2/org/v1/keys", 404, "Page Not Found"},
		{"unknown server", plain, acmeHost, "/oauth2/defualt/.well-known/openid-configuration", 404, strings.Replace(notFound, "%s", "defualt", 1)},
		{"unknown server, for a person", plain, acmeHost, "/oauth2/defualt/v1/authorize", 404, "<h1>Page Not Found</h1>"},
		{"no endpoint", plain, acmeHost, "/oauth2/default/v1/nothing", 404, "<h1>Page Not Found</h1>"},
		{"no licence: custom server", unlicensed, acmeHost, "/oauth2/default/v1/keys", 404, strings.Replace(notFound, "%s", "default", 1)},
		{"no licence: org server", unlicensed, acmeHost, "/oauth2/v1/keys", 200, `"kty":"RSA"`},
		{"administrators' host", plain, "acme-admin.okta.com", "/oauth2/default/v1/authorize", 404, "<h1>Page Not Found</h1>"},
		{"administrators' host: discovery", plain, "acme-admin.okta.com", "/oauth2/default/.well-known/openid-configuration", 404, "<h1>Page Not Found</h1>"},
		{"administrators' host: organization", plain, "acme-admin.okta.com", "/.well-known/okta-organization", 200, `"organization":{"href":"https://acme.okta.com"}`},
		{"organization", plain, custom, "/.well-known/okta-organization", 200, `"alternate":{"href":"https://login.acme.example"}`},
		{"custom domain, issuer of the org", plain, custom, "/oauth2/default/.well-known/openid-configuration", 200, `"issuer":"https://acme.okta.com/oauth2/default"`},
		{"custom domain, its own issuer", mode("DYNAMIC"), custom, "/oauth2/default/.well-known/openid-configuration", 200, `"issuer":"https://login.acme.example/oauth2/default"`},
		{"org domain, its own issuer", mode("DYNAMIC"), acmeHost, "/oauth2/default/.well-known/openid-configuration", 200, `"issuer":"https://acme.okta.com/oauth2/default"`},
		{"org domain, custom issuer", mode("CUSTOM_URL"), acmeHost, "/oauth2/default/.well-known/openid-configuration", 200, `"issuer":"https://login.acme.example/oauth2/default"`},
		{"list", plain, "", "/idp/", 200, "acme.okta.com, here at"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := newRig(t, tc.provider).at(tc.host, tc.path); got.StatusCode != tc.status || !strings.Contains(got.text, tc.want) {
				t.Errorf("HTTP %d %s\nwant %d %s", got.StatusCode, got.text, tc.status, tc.want)
			}
		})
	}
}

// TestTheRestOfTheWorldIsNotTheProviders: what is for AWS, or for no provider, goes on.
func TestTheRestOfTheWorldIsNotTheProviders(t *testing.T) {
	r := newRig(t)
	for _, tc := range []struct{ host, path string }{
		{"", "/"}, {"", "/oauth2/default/v1/keys"}, {"", "/idp"}, {"", "/idp/acme"}, {"", "/idp/other/oauth2/v1/keys"}, {"acme.okta.example", "/oauth2/v1/keys"}, {"evil-acme.okta.com", "/oauth2/v1/keys"},
	} {
		if got := r.at(tc.host, tc.path); !strings.Contains(got.text, "Exception") {
			t.Errorf("%s%s: HTTP %d %s", tc.host, tc.path, got.StatusCode, got.text)
		}
	}
}

func TestWrongMethodIsRefused(t *testing.T) {
	r := newRig(t)
	for path, allow := range map[string]string{"/oauth2/default/v1/token": "POST", "/login": "POST"} {
		if got := r.get(r.base + path); got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != allow || got.json(t)["errorCode"] != "E0000022" {
			t.Errorf("GET %s: HTTP %d %v %s", path, got.StatusCode, got.Header, got.text)
		}
	}
}

func TestKeySetsOfTheServersDiffer(t *testing.T) {
	r := newRig(t)
	id := func(path string) string {
		var set struct {
			Keys []struct{ Kid, Kty, Alg, Use, D string }
		}
		if err := json.Unmarshal([]byte(r.get(r.base+path).text), &set); err != nil || len(set.Keys) != 1 {
			t.Fatalf("%s: %v %v", path, err, set)
		}
		k := set.Keys[0]
		if k.Kty != "RSA" || k.Alg != "RS256" || k.Use != "sig" || k.D != "" || len(k.Kid) != 43 {
			t.Errorf("%s: %+v", path, k)
		}
		return k.Kid
	}
	if org, custom := id("/oauth2/v1/keys"), id("/oauth2/default/v1/keys"); org == custom {
		t.Errorf("both have the key %s", org)
	}
}

// TestFetch: another service of the twin reads what is public, without a network.
func TestFetch(t *testing.T) {
	p := acme()
	k, err := kernel.New(kernel.Config{World: world(p), Clock: kernel.ClockManual, Services: []kernel.Service{Service((&wall{}).now), {ID: "reader", Site: &kernel.Site{
		Match: func(_ *kernel.Request, req *http.Request) bool { return req.URL.Path == "/reader" },
		Serve: func(r *kernel.Request, req *http.Request) kernel.Reply {
			var out json.RawMessage
			if err := r.Call(kernel.Caller{}, "idp", "us-east-1", "Fetch", map[string]string{"URL": req.URL.Query().Get("url")}, &out); err != nil {
				return kernel.Reply{Status: 500, Body: []byte(err.Error())}
			}
			return kernel.Reply{Body: out}
		}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ url, want string }{
		{"https://acme.okta.com/oauth2/default/v1/keys", `"Body":"{\"keys\":[{\"kty\":\"RSA\"`},
		{"http://127.0.0.1:8080/idp/acme/oauth2/default/v1/keys", `"Body":"{\"keys\":[{\"kty\":\"RSA\"`},
		{"https://acme.okta.com/oauth2/v2/keys", `"Status":404`},
		{"https://acme.okta.com/oauth2/v2/v1/keys", `"ContentType":"application/json"`},
		{"http://acme.okta.com/oauth2/default/v1/keys", `{"Status":0,"ContentType":"","Body":"","Reason":"connection refused"}`},
		{"https://elsewhere.example/keys", `{"Status":0,"ContentType":"","Body":"","Reason":"no such host"}`},
		{"not an address", `{"Status":0,"ContentType":"","Body":"","Reason":"no such host"}`},
		{"https://acme.okta.com/oauth2/default/v1/token", `"Status":405`},
	} {
		t.Run(tc.url, func(t *testing.T) {
			if got := ask(t, k, "/reader?url="+tc.url); !strings.Contains(got, tc.want) {
				t.Errorf("got %s\nwant %s", got, tc.want)
			}
		})
	}
}
