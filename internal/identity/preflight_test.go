package identity_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
)

// values gives a change of what is typed.
func values(f func(*estate.SignInValues)) func(*scene) {
	return func(s *scene) { f(&s.target.Values) }
}

func replaced(from, to string) func(*scene) {
	return values(func(v *estate.SignInValues) {
		for _, f := range estate.SignInFields {
			*f.Of(v) = strings.ReplaceAll(*f.Of(v), from, to)
		}
	})
}

func document(f func(object)) func(*scene) { return func(s *scene) { s.discovery = f } }

func unreachable(err error) func(*scene) { return func(s *scene) { s.fails[host] = err } }

var nobody = &net.DNSError{Err: "no such host", IsNotFound: true}

// typingFaults are told from the five strings.
var typingFaults = []fault{
	{"no client id", values(func(v *estate.SignInValues) { v.ClientID = "" }), []string{"! DSK-08 idp/client_id/typing"}},
	{"a space", values(func(v *estate.SignInValues) { v.TokenEndpoint += " " }), []string{"! DSK-09 idp/token_endpoint/typing"}},
	{"invisible", values(func(v *estate.SignInValues) { v.JWKSURI = "\u200b" + v.JWKSURI }), []string{"! DSK-09 idp/jwks_uri/typing"}},
	{"a space that does not break", values(func(v *estate.SignInValues) { v.ClientID += "\u00a0" }), []string{"! DSK-09 idp/client_id/typing"}},
	{"smart quotes", values(func(v *estate.SignInValues) { v.Issuer = "“" + v.Issuer + "”" }), []string{"! TTI-05 idp/issuer/typing"}},
	{"a placeholder", replaced(host, "<OKTA_DOMAIN>"), []string{"! TTI-05 idp/issuer/typing", "! DSK-09 idp/authorization_endpoint/typing", "! DSK-09 idp/token_endpoint/typing", "! DSK-09 idp/jwks_uri/typing"}},
	{"a placeholder in braces", values(func(v *estate.SignInValues) { v.ClientID = "{client_id}" }), []string{"! DSK-09 idp/client_id/typing"}},
	{"no scheme", values(func(v *estate.SignInValues) { v.TokenEndpoint = strings.TrimPrefix(v.TokenEndpoint, "https://") }), []string{"! DSK-09 idp/token_endpoint/typing"}},
	{"http", values(func(v *estate.SignInValues) { v.TokenEndpoint = strings.Replace(v.TokenEndpoint, "https", "http", 1) }), []string{"! DSK-09 idp/token_endpoint/typing"}},
	{"a password", values(func(v *estate.SignInValues) {
		v.TokenEndpoint = strings.Replace(v.TokenEndpoint, "https://", "https://ana:secretword@", 1)
	}), []string{"! DSK-09 idp/token_endpoint/typing"}},
	{"a fragment", values(func(v *estate.SignInValues) { v.JWKSURI += "#x" }), []string{"! DSK-09 idp/jwks_uri/typing"}},
	{"a query in the issuer", values(func(v *estate.SignInValues) { v.Issuer += "?x=1" }), []string{"! TTI-05 idp/issuer/typing"}},
	{"upper case in the issuer", values(func(v *estate.SignInValues) { v.Issuer = strings.Replace(v.Issuer, "acme", "Acme", 1) }), []string{"! TTI-05 idp/issuer/typing"}},
	{"the default port in the issuer", values(func(v *estate.SignInValues) { v.Issuer = strings.Replace(v.Issuer, ".com", ".com:443", 1) }), []string{"! TTI-05 idp/issuer/typing"}},
	{"the address of the document", values(func(v *estate.SignInValues) { v.Issuer += "/.well-known/openid-configuration" }), []string{"! TTI-05 idp/issuer/typing"}},
	{"the same endpoint twice", values(func(v *estate.SignInValues) { v.TokenEndpoint = v.AuthorizationEndpoint }), []string{"! DSK-09 idp/token_endpoint/same"}},
	{"an address as client id", values(func(v *estate.SignInValues) { v.ClientID = issuer }), []string{"! DSK-09 idp/client_id/typing"}},

	{"Okta: administration console", replaced(host, "acme-admin.okta.com"), []string{"! OKT-08 idp/host/acme-admin.okta.com"}},
	{"Okta: incomplete host", replaced(host, "acme"), []string{"! OKT-08 idp/host/acme"}},
	{"Okta: host without its end", replaced(host, "acme.okta"), []string{"! OKT-08 idp/host/acme.okta"}},
	{"Okta: slash", values(func(v *estate.SignInValues) { v.Issuer += "/" }), []string{"! TTI-05 idp/issuer/slash"}},
	{"Okta: keys of the org server", values(func(v *estate.SignInValues) { v.JWKSURI = "https://" + host + "/oauth2/v1/keys" }), []string{"! OKT-09 idp/jwks_uri/server"}},
	{"Okta: token endpoint of the org server", values(func(v *estate.SignInValues) { v.TokenEndpoint = "https://" + host + "/oauth2/v1/token" }), []string{"! OKT-09 idp/token_endpoint/server"}},
	{"Okta: letter O, and nobody knows it", values(func(v *estate.SignInValues) { v.ClientID = "O" + client[1:] }), []string{"! OKT-10 idp/client_id/letter"}},
}

// publishedFaults are told from what the provider publishes.
var publishedFaults = []fault{
	{"E03 404", other(at(docPath, serve(404, "text/plain", ""))), []string{"! TTI-06 idp/discovery"}},
	{"E03 500", other(at(docPath, serve(500, "text/plain", ""))), []string{"! TTI-06 idp/discovery"}},
	{"E03 a sign-in page", at(docPath, serve(200, "text/html", "<html>sign in</html>")), []string{"! TTI-06 idp/discovery"}},
	{"E02 a redirect to http", at(docPath, redirecting(302, "http://acme.okta.com/x")), []string{"! TTI-06 idp/discovery"}},
	{"E03 a byte order mark", at(docPath, serve(200, "application/json", "\ufeff{}")), []string{"! TTI-06 idp/discovery"}},
	{"E03 cut off", at(docPath, serve(200, "application/json", `{"issuer":"x`)), []string{"! TTI-06 idp/discovery"}},
	{"E03 a member twice", at(docPath, serve(200, "application/json", `{"issuer":"x","issuer":"y"}`)), []string{"! TTI-06 idp/discovery"}},
	{"E03 of the wrong type", at(docPath, serve(200, "application/json", `{"issuer":1}`)), []string{"! TTI-06 idp/discovery"}},
	{"E03 a list", at(docPath, serve(200, "application/json", `[]`)), []string{"! TTI-06 idp/discovery"}},
	{"E03 empty", at(docPath, serve(200, "application/json", "")), []string{"! TTI-06 idp/discovery"}},
	{"E03 no jwks_uri", document(func(d object) { delete(d, "jwks_uri") }), []string{"! TTI-06 idp/discovery"}},
	{"E03 20 MB", at(docPath, serve(200, "application/json", strings.Repeat(" ", 2<<20))), []string{"! DSK-23 idp/issuer/answer"}},
	{"E03 as text", at(docPath, func(w http.ResponseWriter, _ *http.Request) {
		v := okta()
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(mustJSON(object{"issuer": v.Issuer, "authorization_endpoint": v.AuthorizationEndpoint, "token_endpoint": v.TokenEndpoint, "jwks_uri": v.JWKSURI}))
	}), []string{"TTI-06 idp/discovery/type", "? DSK-03 idp/hint/pkce", "? DSK-02 idp/hint/public", "? DSK-11 idp/hint/refresh", "? DSK-15 idp/hint/algorithm",
		"? DSK-10 idp/hint/scope/openid", "? DSK-10 idp/hint/scope/email", "? DSK-10 idp/hint/scope/profile", "? DSK-10 idp/hint/scope/offline_access"}},
	{"issuer of a custom domain", document(func(d object) { d["issuer"] = "https://login.acme.com/oauth2/default" }), []string{"! DSK-09 idp/issuer/discovery"}},
	{"issuer of every tenant", document(func(d object) { d["issuer"] = "https://" + host + "/{tenantid}/v2.0" }), []string{"! DSK-09 idp/issuer/discovery"}},
	{"issuer with a slash", document(func(d object) { d["issuer"] = issuer + "/" }), []string{"! TTI-05 idp/issuer/exact"}},
	{"endpoint differs in its path", values(func(v *estate.SignInValues) { v.JWKSURI = issuer + "/v2/keys" }), []string{"! DSK-09 idp/jwks_uri/discovery"}},
	{"endpoint differs in case", values(func(v *estate.SignInValues) { v.JWKSURI = issuer + "/v1/Keys" }), []string{"! DSK-09 idp/jwks_uri/discovery"}},
	{"endpoint on another host, the same keys", values(func(v *estate.SignInValues) { v.JWKSURI = "https://proxy.example/oauth2/default/v1/keys" }), []string{"DSK-09 idp/jwks_uri/discovery"}},
	{"no S256 on the list", document(func(d object) { d["code_challenge_methods_supported"] = []string{"plain"} }), []string{"DSK-03 idp/hint/pkce"}},
	{"no offline_access on the list", document(func(d object) { d["scopes_supported"] = []string{"openid", "profile", "email"} }), []string{"DSK-10 idp/hint/scope/offline_access"}},
	{"no refresh on the list", document(func(d object) { d["grant_types_supported"] = []string{"authorization_code"} }), []string{"DSK-11 idp/hint/refresh"}},
	{"other keys at the typed address", func(s *scene) {
		s.target.Values.JWKSURI = "https://proxy.example/keys"
		s.paths["/keys"] = func(w http.ResponseWriter, _ *http.Request) {
			k := s.jwk("key-1")
			n := new(big.Int).Add(s.key.N, big.NewInt(2))
			k["n"] = b64(n.Bytes())
			reply(w, 200, object{"keys": []any{k}})
		}
	}, []string{"DSK-09 idp/jwks_uri/discovery", "! OKT-09 idp/jwks_uri/same"}},
	{"E04 keys are a page", at(keysPath, serve(200, "text/html", "<html>")), []string{"! DSK-15 idp/jwks_uri/answer"}},
	{"E04 no key", func(s *scene) { s.provider.jwks = func(o object) { o["keys"] = []any{} } }, []string{"! DSK-15 idp/jwks/keys"}},
	{"Okta: no such server", func(s *scene) {
		s.paths[docPath] = serve(404, "application/json", `{"errorCode":"E0000007"}`)
		s.paths["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) {
			v, _ := estate.VendorOkta.Derive(host, "org", "")
			reply(w, 200, object{"issuer": v.Issuer, "authorization_endpoint": v.AuthorizationEndpoint, "token_endpoint": v.TokenEndpoint, "jwks_uri": v.JWKSURI})
		}
		for _, p := range []string{keysPath, tokenPath, authorizePath} {
			s.paths[p] = serve(404, "application/json", `{"errorCode":"E0000007"}`)
		}
	}, []string{"! OKT-11 idp/values"}},
}

const authorizePath = "/oauth2/default/v1/authorize"

// probeFaults are told from the two requests that cannot succeed.
var probeFaults = []fault{
	{"token: another path", at(tokenPath, serve(404, "text/plain", "")), []string{"! DSK-09 idp/token_endpoint/answer"}},
	{"token: 405", at(tokenPath, serve(405, "text/html", "")), []string{"! DSK-09 idp/token_endpoint/answer"}},
	{"token: a page", at(tokenPath, serve(200, "text/html", "<html>")), []string{"! DSK-09 idp/token_endpoint/answer"}},
	{"token: 307", at(tokenPath, redirecting(307, "https://evil.example/token")), []string{"! DSK-09 idp/token_endpoint/answer"}},
	{"token: says nothing", at(tokenPath, serve(200, "application/json", "{}")), []string{"! DSK-09 idp/token_endpoint/answer"}},
	{"token: 429", at(tokenPath, serve(429, "text/plain", "", "Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")), []string{"? DSK-23 idp/token_endpoint/answer"}},
	{"token: 503", at(tokenPath, serve(503, "text/plain", "")), []string{"? DSK-23 idp/token_endpoint/answer"}},
	{"token: unknown client", at(tokenPath, oauth(401, "invalid_client", "Invalid value for 'client_id' parameter.")), []string{"! TRB-08 idp/client_id/token"}},
	{"token: unknown client, elsewhere", other(at(tokenPath, oauth(401, "invalid_client", "client not found"))), []string{"! DSK-08 idp/client_id/token"}},
	{"token: confidential", at(tokenPath, oauth(401, "invalid_client", "No client credentials found.")), []string{"! OKT-03 idp/client_id/token"}},
	{"token: confidential, elsewhere", other(at(tokenPath, oauth(401, "invalid_client", ""))), []string{"! DSK-02 idp/client_id/token"}},
	{"token: grant not allowed", at(tokenPath, oauth(400, "unauthorized_client", "The client is not authorized to use the provided grant type.")), []string{"! OKT-02 idp/client_id/token"}},
	{"token: in its own way", at(tokenPath, oauth(400, "invalid_request", "The code is malformed.")), []string{"? DSK-02 idp/client_id/token"}},

	{"authorize: redirect not registered, Okta's page", at(authorizePath, serve(400, "text/html", "<html>The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.</html>")), []string{"! DSK-04 idp/redirect"}},
	{"authorize: a page that says nothing, the client is known", at(authorizePath, serve(400, "text/html", "<html>Bad Request</html>")), []string{"! DSK-04 idp/redirect"}},
	{"authorize: unknown client, as JSON", at(authorizePath, oauth(400, "invalid_client", "no such client")), []string{"! TRB-08 idp/redirect"}},
	{"authorize: unknown client, 404 page", other(at(authorizePath, serve(404, "text/html", "<html>Invalid client_id.</html>"))), []string{"! DSK-08 idp/redirect"}},
	{"authorize: another path", at(authorizePath, serve(404, "text/plain", "")), []string{"! DSK-09 idp/authorization_endpoint/answer"}},
	{"authorize: 403", at(authorizePath, serve(403, "text/html", "<html>")), []string{"! DSK-04 idp/redirect"}},
	{"authorize: 503", at(authorizePath, serve(503, "text/html", "<html>")), []string{"? DSK-23 idp/authorization_endpoint/answer"}},
	{"authorize: its sign-in page", at(authorizePath, serve(200, "text/html", "<html>sign in</html>")), []string{"? DSK-04 idp/redirect"}},
	{"authorize: a page of its own", at(authorizePath, redirecting(302, "https://login.acme.com/?x=1")), []string{"? DSK-04 idp/redirect"}},
	{"authorize: 307", func(s *scene) {
		s.paths[authorizePath] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://localhost:18080?error=login_required&state="+r.URL.Query().Get("state"))
			w.WriteHeader(307)
		}
	}, []string{"DSK-20 idp/redirect/307"}},
	{"authorize: scope", errorBack("invalid_scope", "One or more scopes are not configured for the authorization server resource."), []string{"! OKT-05 idp/redirect"}},
	{"authorize: policy", errorBack("access_denied", "Policy evaluation failed for this request, please check the policy configurations."), []string{"! OKT-06 idp/redirect"}},
	{"authorize: state changed", back(func(v url.Values) { v.Set("state", "x") }), []string{"! DSK-20 idp/redirect"}},
}

// reachFaults are those of the way to the provider.
var reachFaults = []fault{
	{"E07 no such host", unreachable(nobody), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E07 the name server fails", unreachable(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E07 refused", unreachable(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E07 reset", unreachable(&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E07 slow", unreachable(os.ErrDeadlineExceeded), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E07 the proxy wants a password", unreachable(errors.New("Proxy Authentication Required")), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E07 the proxy is gone", unreachable(&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E07 broke off", unreachable(io.ErrUnexpectedEOF), []string{"! DSK-23 idp/issuer/answer", "! DSK-23 idp/jwks_uri/answer", "! DSK-23 idp/token_endpoint/answer", "! DSK-23 idp/authorization_endpoint/answer"}},
	{"E07 something else", unreachable(errors.New("no route to host")), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E06 expired", unreachable(x509.CertificateInvalidError{Cert: certificate(), Reason: x509.Expired}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E06 for nothing", unreachable(x509.CertificateInvalidError{Cert: certificate(), Reason: x509.IncompatibleUsage}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E06 another name", unreachable(x509.HostnameError{Certificate: certificate(), Host: host}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E06 unknown authority", unreachable(&tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{certificate()}, Err: x509.UnknownAuthorityError{Cert: certificate()}}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E06 plain http", unreachable(tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), []string{"! DSK-23 idp/reach/acme.okta.com"}},
	{"E06 old", unreachable(tls.AlertError(70)), []string{"! DSK-23 idp/reach/acme.okta.com"}},
}

func certificate() *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: "portal"}, Issuer: pkix.Name{CommonName: "Acme Proxy CA"}, DNSNames: []string{"portal.acme.com"},
		NotBefore: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// TestPreflightFaults: each fault ends with its named finding, and what the golden file says is what a person reads.
func TestPreflightFaults(t *testing.T) {
	var told strings.Builder
	for _, f := range slices.Concat(typingFaults, publishedFaults, probeFaults, reachFaults) {
		t.Run(f.name, func(t *testing.T) {
			s := newScene(t)
			s.loose = true
			f.change(s)
			out := s.preflight()
			if got := roots(out.Findings); !slices.Equal(got, f.want) {
				t.Errorf("open: %q\nwant: %q", got, f.want)
			}
			s.sound(out.Findings)
			told.WriteString("# " + f.name + "\n")
			for _, x := range out.Findings {
				if x.Open() && x.CausedBy == "" && x.Status != diag.Unknown {
					told.WriteString(text1(x))
				}
			}
		})
	}
	goldentest.Compare(t, "preflight", told.String())
}

// TestPreflight: with a provider that does everything right nothing is open, each check says so, and two requests fail there.
func TestPreflight(t *testing.T) {
	s := newScene(t)
	out := s.preflight()
	if got := roots(out.Findings); len(got) > 0 {
		t.Errorf("open: %q", got)
	}
	for _, key := range []string{"DSK-09 idp/issuer/discovery", "DSK-09 idp/token_endpoint/discovery", "TTI-06 idp/discovery", "TTI-05 idp/issuer/exact", "OKT-08 idp/host/acme.okta.com", "OKT-09 idp/server", "OKT-10 idp/client_id/letter",
		"OKT-11 idp/values", "DSK-15 idp/jwks/keys", "DSK-02 idp/client_id/token", "DSK-04 idp/redirect", "DSK-10 idp/hint/scope/offline_access"} {
		if f, ok := find(out.Findings, key); !ok || f.Status != diag.Pass {
			t.Errorf("%s: %+v", key, f)
		}
	}
	s.sound(out.Findings)
	if want := []string{"GET " + docPath, "GET " + keysPath, "POST " + tokenPath, "GET " + authorizePath}; !slices.Equal(s.requests, want) {
		t.Errorf("%v", s.requests)
	}
	if s.asked.Get("prompt") != "none" || s.asked.Get("code_challenge_method") != "S256" {
		t.Errorf("%v", s.asked)
	}
}

// TestOktaRows shows what each linter says, with the corrected form.
func TestOktaRows(t *testing.T) {
	for _, c := range []struct {
		id, name, key, fix string
		change             func(*scene)
	}{
		{"OKT-08", "console", "OKT-08 idp/host/acme-admin.okta.com", "write acme.okta.com in", replaced(host, "acme-admin.okta.com")},
		{"OKT-08", "incomplete", "OKT-08 idp/host/acme", "write acme.okta.com in", replaced(host, "acme")},
		{"OKT-09", "keys", "OKT-09 idp/jwks_uri/server", "write " + issuer + "/v1/keys", values(func(v *estate.SignInValues) { v.JWKSURI = "https://" + host + "/oauth2/v1/keys" })},
		{"OKT-10", "letter", "OKT-10 idp/client_id/letter", "write 0oa1b2c3d4e5f6g7h8i9", values(func(v *estate.SignInValues) { v.ClientID = "O" + client[1:] })},
		{"OKT-11", "by hand", "OKT-11 idp/values", "copy them from " + issuer + "/.well-known/openid-configuration", values(func(v *estate.SignInValues) { v.JWKSURI = issuer + "/v2/keys" })},
		{"TTI-05", "slash", "TTI-05 idp/issuer/slash", "write " + issuer, values(func(v *estate.SignInValues) { v.Issuer += "/" })},
		{"TTI-05", "suffix", "TTI-05 idp/issuer/typing", "write " + issuer, values(func(v *estate.SignInValues) { v.Issuer += "/.well-known/openid-configuration" })},
		{"DSK-09", "mixed", "DSK-09 idp/jwks_uri/discovery", "write " + issuer + "/v1/keys", values(func(v *estate.SignInValues) { v.JWKSURI = "https://" + host + "/oauth2/v1/keys" })},
		{"DSK-09", "issuer", "DSK-09 idp/issuer/discovery", "write " + issuer + "/", document(func(d object) { d["issuer"] = issuer + "/" })},
	} {
		t.Run(c.id+" "+c.name, func(t *testing.T) {
			t.Attr("requirement", c.id)
			s := newScene(t)
			s.loose = true
			c.change(s)
			f, ok := find(s.preflight().Findings, c.key)
			if !ok || f.Status != diag.Fail || !strings.HasPrefix(f.Fix, c.fix) {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestIncompleteHostOfAnotherVendor: when the shape alone says Okta, the name that does not exist is completed (TRB-06).
func TestIncompleteHostOfAnotherVendor(t *testing.T) {
	s := newScene(t)
	s.target.Vendor = estate.VendorOther
	replaced(host, "acme")(s)
	s.fails["acme"] = nobody
	f, ok := find(s.preflight().Findings, "TRB-06 idp/reach/acme")
	if !ok || f.Fix != "write acme.okta.com instead of acme" {
		t.Errorf("%+v", f)
	}
}

// TestVendorFromShape: values of Okta's shape are judged as Okta's when nobody says whose they are.
func TestVendorFromShape(t *testing.T) {
	s := newScene(t)
	s.target.Vendor = ""
	if _, ok := find(s.preflight().Findings, "OKT-09 idp/server"); !ok {
		t.Error("not told")
	}
	s = newScene(t)
	s.target.Vendor = estate.VendorOther
	if _, ok := find(s.preflight().Findings, "OKT-09 idp/server"); ok {
		t.Error("told although it is another")
	}
}

// TestMetadataOfRFC8414 is taken where the other form is not served.
func TestMetadataOfRFC8414(t *testing.T) {
	s := newScene(t)
	s.paths[docPath] = serve(404, "text/plain", "")
	s.paths["/.well-known/oauth-authorization-server/oauth2/default"] = func(w http.ResponseWriter, r *http.Request) { s.serveDiscovery(w, r) }
	out := s.preflight()
	if f, _ := find(out.Findings, "TTI-06 idp/discovery"); f.Status != diag.Pass || !strings.Contains(f.Evidence[0].Path, "oauth-authorization-server") {
		t.Errorf("%+v", f)
	}
}
