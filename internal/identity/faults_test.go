package identity_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
	"rehome/internal/identity"
)

const (
	tokenPath = "/oauth2/default/v1/token"
	keysPath  = "/oauth2/default/v1/keys"
	infoPath  = "/oauth2/default/v1/userinfo"
	docPath   = "/oauth2/default/.well-known/openid-configuration"
)

// fault is one way in which a sign-in goes wrong: what is changed, and the open findings that have no other root, as roots writes them.
type fault struct {
	name   string
	change func(*scene)
	want   []string
}

// back gives a change of what the browser is sent back with, by the provider.
func back(f func(url.Values)) func(*scene) { return func(s *scene) { s.provider.back = f } }

// comes gives a change of what the browser comes back with, after the provider.
func comes(f func(identity.Callback) []identity.Callback) func(*scene) {
	return func(s *scene) { s.browser = f }
}

func errorBack(code, description string) func(*scene) {
	return back(func(v url.Values) { v.Del("code"); v.Set("error", code); v.Set("error_description", description) })
}

func at(path string, h http.HandlerFunc) func(*scene) {
	return func(s *scene) { s.paths[path] = h }
}

func oauth(status int, code, description string) http.HandlerFunc {
	return serve(status, "application/json", string(mustJSON(object{"error": code, "error_description": description})))
}

func tokens(f func(object)) func(*scene)    { return func(s *scene) { s.provider.tokens = f } }
func claims(f func(object)) func(*scene)    { return func(s *scene) { s.provider.claims = f } }
func refreshed(f func(object)) func(*scene) { return func(s *scene) { s.provider.refreshed = f } }
func again(f func(object)) func(*scene)     { return func(s *scene) { s.provider.again = f } }

func other(change func(*scene)) func(*scene) {
	return func(s *scene) { s.target.Vendor = estate.VendorOther; change(s) }
}

func query(c identity.Callback, f func(url.Values)) identity.Callback {
	v := url.Values{}
	for name, values := range c.Values {
		v[name] = slices.Clone(values)
	}
	f(v)
	c.Values, c.Query = v, v
	return c
}

// callbackFaults are those of the way back (oidc 3.2, F).
var callbackFaults = []fault{
	{"F01 state missing", back(func(v url.Values) { v.Del("state") }), []string{"! DSK-20 sign-in/stranger/state"}},
	{"F01 state wrong", back(func(v url.Values) { v.Set("state", "x") }), []string{"! DSK-20 sign-in/stranger/state"}},
	{"F01 state twice", back(func(v url.Values) { v.Add("state", v.Get("state")) }), []string{"! DSK-20 sign-in/stranger/state"}},
	{"F01 state escaped twice", back(func(v url.Values) { v.Set("state", url.QueryEscape(v.Get("state")+"=")) }), []string{"! DSK-20 sign-in/stranger/state"}},
	{"F02 code twice", back(func(v url.Values) { v.Add("code", "code-another") }), []string{"! DSK-20 sign-in/callback"}},
	{"F02 code and error", back(func(v url.Values) { v.Set("error", "access_denied") }), []string{"! DSK-20 sign-in/callback"}},
	{"F02 error twice", back(func(v url.Values) { v.Del("code"); v["error"] = []string{"a", "b"} }), []string{"! DSK-20 sign-in/callback"}},
	{"F02 neither code nor error", back(func(v url.Values) { v.Del("code") }), []string{"! DSK-20 sign-in/callback"}},
	{"F02 code empty", back(func(v url.Values) { v.Set("code", "") }), []string{"! DSK-20 sign-in/callback"}},
	{"F02 code in query and form", comes(func(c identity.Callback) []identity.Callback { c.Method = "POST"; return []identity.Callback{c} }), []string{"! DSK-20 sign-in/callback"}},
	{"F03 another path", comes(func(c identity.Callback) []identity.Callback {
		icon, deep := c, c
		icon.Path, deep.Path = "/favicon.ico", "/callback"
		return []identity.Callback{icon, deep}
	}), []string{"! DSK-20 sign-in/timeout"}},
	{"F03 HEAD", comes(func(c identity.Callback) []identity.Callback { c.Method = "HEAD"; return []identity.Callback{c} }), []string{"DSK-20 sign-in/stranger/method", "! DSK-20 sign-in/timeout"}},
	{"F03 fragment", comes(func(c identity.Callback) []identity.Callback {
		c.Values, c.Query = nil, nil
		return []identity.Callback{c}
	}), []string{"! DSK-20 sign-in/stranger/empty"}},
	{"F05 another host", comes(func(c identity.Callback) []identity.Callback {
		c.Host = "evil.example:18080"
		return []identity.Callback{c}
	}), []string{"DSK-20 sign-in/stranger/host", "! DSK-20 sign-in/timeout"}},
	{"F05 another port", comes(func(c identity.Callback) []identity.Callback {
		c.Host = "localhost:18081"
		return []identity.Callback{c}
	}), []string{"DSK-20 sign-in/stranger/host", "! DSK-20 sign-in/timeout"}},
	{"F05 a script", comes(func(c identity.Callback) []identity.Callback {
		c.Origin = "https://evil.example"
		return []identity.Callback{c}
	}), []string{"DSK-20 sign-in/stranger/origin", "! DSK-20 sign-in/timeout"}},
	{"F06 iss wrong", back(func(v url.Values) { v.Set("iss", "https://evil.example") }), []string{"! DSK-09 sign-in/callback"}},
	{"F06 iss with a slash", back(func(v url.Values) { v.Set("iss", issuer+"/") }), []string{"! DSK-09 sign-in/callback"}},
	{"F06 iss wrong on an error", back(func(v url.Values) {
		v.Del("code")
		v.Set("error", "access_denied")
		v.Set("iss", "https://evil.example")
	}), []string{"! DSK-09 sign-in/callback"}},
	{"F06 iss twice", back(func(v url.Values) { v["iss"] = []string{issuer, issuer} }), []string{"! DSK-20 sign-in/callback"}},
	{"F06 iss missing though promised", func(s *scene) {
		s.discovery = func(d object) { d["authorization_response_iss_parameter_supported"] = true }
	}, []string{"! DSK-20 sign-in/callback"}},
	{"F10 the person cancels", errorBack("access_denied", "The resource owner denied the request."), []string{"! TRB-09 sign-in/callback"}},
	{"F10 the person cancels, elsewhere", other(errorBack("access_denied", "")), []string{"! DSK-20 sign-in/callback"}},
	{"F11 nobody comes back", comes(func(identity.Callback) []identity.Callback { return nil }), []string{"! DSK-20 sign-in/timeout"}},
	{"F11 the browser stays at an unknown host", func(s *scene) {
		s.browser = func(identity.Callback) []identity.Callback { return nil }
		s.late = wrapped{"the browser gets no further: DNS_PROBE_FINISHED_NXDOMAIN"}
	}, []string{"! TRB-06 sign-in/timeout"}},
	{"F11 the browser stays at a page of not assigned", func(s *scene) {
		s.browser = func(identity.Callback) []identity.Callback { return nil }
		s.late = wrapped{"the browser stays at a page of acme.okta.com (HTTP 403): User is not assigned to the client application."}
	}, []string{"! OKT-04 sign-in/timeout"}},
	{"Okta: policy", errorBack("access_denied", "Policy evaluation failed for this request, please check the policy configurations."), []string{"! OKT-06 sign-in/callback"}},
	{"Okta: not assigned", errorBack("access_denied", "User is not assigned to the client application."), []string{"! OKT-04 sign-in/callback"}},
	{"Okta: scopes denied", errorBack("access_denied", "Some of the requested scopes were denied by the policy. Denied scopes: [email]."), []string{"! OKT-06 sign-in/callback"}},
	{"Okta: scopes rejected", errorBack("access_denied", "Policy evaluation succeeded, but all the requested scopes were rejected."), []string{"! OKT-06 sign-in/callback"}},
	{"Okta: network zone", errorBack("access_denied", "The request is made from outside the client's permitted network zones."), []string{"! DSK-23 sign-in/callback"}},
	{"Okta: scope not on the server", errorBack("invalid_scope", "One or more scopes are not configured for the authorization server resource."), []string{"! OKT-05 sign-in/callback"}},
	{"Okta: scope not for the application", errorBack("invalid_scope", "The following scopes are not allowed for this request: [offline_access]."), []string{"! OKT-02 sign-in/callback"}},
	{"invalid_scope elsewhere", other(errorBack("invalid_scope", "Unrecognized scope(s)")), []string{"! DSK-10 sign-in/callback"}},
	{"Okta: org server only", errorBack("unauthorized_client", "This client cannot use a custom authorization server."), []string{"! OKT-09 sign-in/callback"}},
	{"Okta: proof key", errorBack("invalid_request", "PKCE code challenge is required by the application."), []string{"! DSK-03 sign-in/callback"}},
	{"response type", errorBack("unsupported_response_type", ""), []string{"! DSK-03 sign-in/callback"}},
	{"prompt none", errorBack("login_required", "The client specified not to prompt, but the user is not logged in."), []string{"! DSK-20 sign-in/callback"}},
	{"consent", errorBack("consent_required", ""), []string{"! DSK-20 sign-in/callback"}},
	{"maintenance", errorBack("temporarily_unavailable", ""), []string{"! DSK-23 sign-in/callback"}},
	{"server_error", errorBack("server_error", ""), []string{"! DSK-23 sign-in/callback"}},
	{"an error that nobody knows", errorBack("brewing_coffee", "short and stout"), []string{"! DSK-20 sign-in/callback"}},
}

// wrapped is an error of a listener that knows what the browser shows.
type wrapped struct{ text string }

func (w wrapped) Error() string { return w.text }
func (w wrapped) Is(target error) bool {
	return target.Error() == "context deadline exceeded"
}

func redirecting(status int, to string) http.HandlerFunc {
	return serve(status, "text/html", "", "Location", to)
}

// tokenFaults are those of the token endpoint's answers (oidc 3.2, E and F).
var tokenFaults = []fault{
	{"E01 token 301", at(tokenPath, redirecting(301, issuer+"/v1/token2")), []string{"! DSK-09 sign-in/token"}},
	{"E01 token 302 to another host", at(tokenPath, redirecting(302, "https://evil.example/token")), []string{"! DSK-09 sign-in/token"}},
	{"E01 token 303", at(tokenPath, redirecting(303, issuer+"/v1/token2")), []string{"! DSK-09 sign-in/token"}},
	{"E01 token 307", at(tokenPath, redirecting(307, issuer+"/v1/token2")), []string{"! DSK-09 sign-in/token"}},
	{"E01 token 308 to http", at(tokenPath, redirecting(308, "http://acme.okta.com/token")), []string{"! DSK-09 sign-in/token"}},
	{"E05 token_type mac", tokens(func(o object) { o["token_type"] = "mac" }), []string{"! DSK-03 sign-in/token"}},
	{"E05 token_type missing", tokens(func(o object) { delete(o, "token_type") }), []string{"! DSK-03 sign-in/token"}},
	{"E05 access token missing", tokens(func(o object) { delete(o, "access_token") }), []string{"! DSK-03 sign-in/token"}},
	{"E05 expires_in is a text", tokens(func(o object) { o["expires_in"] = "3600" }), []string{"DSK-11 sign-in/token/lifetime"}},
	{"E05 expires_in negative", tokens(func(o object) { o["expires_in"] = -1 }), []string{"DSK-11 sign-in/token/lifetime"}},
	{"E05 expires_in zero", tokens(func(o object) { o["expires_in"] = 0 }), []string{"DSK-11 sign-in/token/lifetime"}},
	{"E05 expires_in missing", tokens(func(o object) { delete(o, "expires_in") }), []string{"DSK-11 sign-in/token/lifetime"}},
	{"E05 no id_token", tokens(func(o object) { delete(o, "id_token") }), []string{"! DSK-24 sign-in/id-token"}},
	{"E05 no refresh_token", tokens(func(o object) { delete(o, "refresh_token") }), []string{"! DSK-11 sign-in/refresh"}},
	{"E05 offline_access dropped", tokens(func(o object) { delete(o, "refresh_token"); o["scope"] = "openid email profile" }), []string{"! DSK-10 sign-in/scopes"}},
	{"E05 scope narrowed, its effect is there", tokens(func(o object) { o["scope"] = "openid email offline_access" }), []string{"DSK-10 sign-in/scopes"}},
	{"E05 email dropped", func(s *scene) {
		s.provider.tokens = func(o object) { o["scope"] = "openid profile offline_access" }
		s.provider.claims = func(c object) { delete(c, "email") }
	}, []string{"! DSK-10 sign-in/scopes"}},
	{"E05 content type of a form", at(tokenPath, serve(200, "application/x-www-form-urlencoded", "access_token=a&token_type=Bearer")), []string{"! DSK-03 sign-in/token"}},
	{"E05 a page", at(tokenPath, serve(200, "text/html", "<html>portal</html>")), []string{"! DSK-09 sign-in/token"}},
	{"E05 200 with an error", at(tokenPath, oauth(200, "invalid_grant", "")), []string{"! DSK-09 sign-in/token"}},
	{"E05 401 without a word", at(tokenPath, serve(401, "text/plain", "", "WWW-Authenticate", "Basic")), []string{"! DSK-09 sign-in/token"}},
	{"E05 429", at(tokenPath, serve(429, "text/plain", "slow down", "Retry-After", "30")), []string{"! DSK-23 sign-in/token"}},
	{"E05 503", at(tokenPath, serve(503, "text/html", "<html>down</html>")), []string{"! DSK-23 sign-in/token"}},
	{"E05 404", at(tokenPath, serve(404, "text/plain", "no")), []string{"! DSK-09 sign-in/token"}},
	{"E05 a member twice", at(tokenPath, serve(200, "application/json", `{"token_type":"Bearer","token_type":"mac","access_token":"a"}`)), []string{"! DSK-03 sign-in/token"}},
	{"E05 cut off", at(tokenPath, serve(200, "application/json", `{"token_type":"Bearer",`)), []string{"! DSK-03 sign-in/token"}},
	{"E05 stored on the way", func(s *scene) {
		s.sign = nil
		s.paths[tokenPath] = func(w http.ResponseWriter, r *http.Request) { s.serveToken(forgetful{w}, r) }
	}, []string{"DSK-19 sign-in/token/cache", "DSK-19 sign-in/refresh/cache"}},
	{"F07 the code is not known", at(tokenPath, oauth(400, "invalid_grant", "The authorization code is invalid or has expired.")), []string{"! DSK-09 sign-in/token"}},
	{"F08 the verifier is refused", at(tokenPath, oauth(400, "invalid_grant", "PKCE verification failed.")), []string{"! DSK-03 sign-in/token"}},
	{"F09 the redirect is refused", at(tokenPath, oauth(400, "invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request.")), []string{"! DSK-04 sign-in/token"}},
	{"Okta: confidential", at(tokenPath, oauth(401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid.")), []string{"! OKT-03 sign-in/token"}},
	{"confidential elsewhere", other(at(tokenPath, oauth(401, "invalid_client", "No client credentials found."))), []string{"! DSK-02 sign-in/token"}},
	{"Okta: unknown client", at(tokenPath, oauth(401, "invalid_client", "Invalid value for 'client_id' parameter.")), []string{"! TRB-08 sign-in/token"}},
	{"Okta: grant type", at(tokenPath, oauth(400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [implicit].")), []string{"! OKT-02 sign-in/token"}},
	{"Okta: DPoP", at(tokenPath, oauth(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")), []string{"! OKT-03 sign-in/token"}},
	{"issued to another client", at(tokenPath, oauth(400, "invalid_grant", "The grant was issued to another client.")), []string{"! DSK-09 sign-in/token"}},
	{"larger than 1 MB", at(tokenPath, serve(200, "application/json", strings.Repeat(" ", 1<<20)+"{}")), []string{"! DSK-23 sign-in/token_endpoint/answer"}},
}

// forgetful drops the header that keeps an answer from being stored.
type forgetful struct{ http.ResponseWriter }

func (f forgetful) WriteHeader(status int) {
	f.Header().Del("Cache-Control")
	f.ResponseWriter.WriteHeader(status)
}

// laterFaults are those of keys, claims, userinfo and the refresh (oidc 3.2, E04, C12 and R).
var laterFaults = []fault{
	{"E04 no keys", func(s *scene) { s.provider.jwks = func(o object) { o["keys"] = []any{} } }, []string{"! DSK-15 sign-in/jwks/keys"}},
	{"E04 keys are a page", at(keysPath, serve(200, "text/html", "<html>")), []string{"! DSK-15 sign-in/jwks_uri/answer"}},
	{"E04 keys are elsewhere", at(keysPath, redirecting(302, "http://acme.okta.com/keys")), []string{"! DSK-15 sign-in/jwks_uri/answer"}},
	{"E04 keys are gone", at(keysPath, serve(404, "text/plain", "no")), []string{"! DSK-15 sign-in/jwks_uri/answer"}},
	{"C12 no email", claims(func(c object) { delete(c, "email") }), []string{"! DSK-12 sign-in/id-token/claim"}},
	{"C12 no email, elsewhere", other(claims(func(c object) { delete(c, "email") })), []string{"! DSK-12 sign-in/id-token/claim"}},
	{"C12 email empty", claims(func(c object) { c["email"] = "" }), []string{"! DSK-12 sign-in/id-token/claim"}},
	{"C12 email null", claims(func(c object) { c["email"] = nil }), []string{"! DSK-12 sign-in/id-token/claim"}},
	{"C12 email a list", claims(func(c object) { c["email"] = []string{"ana@example.com"} }), []string{"! DSK-12 sign-in/id-token/claim"}},
	{"C12 email an object", claims(func(c object) { c["email"] = object{"value": "ana@example.com"} }), []string{"! DSK-12 sign-in/id-token/claim"}},
	{"C12 email with a space", both("ana@example.com "), []string{"! DSK-13 sign-in/id-token/claim-spelling"}},
	{"C12 email of a guest", both("ana_ex.com#EXT#@t.example.com"), []string{"DSK-13 sign-in/id-token/claim-spelling", "DSK-13 sign-in/id-token-refreshed/claim-spelling"}},
	{"C12 email that only looks right", both("аna@example.com"), []string{"DSK-13 sign-in/id-token/claim-spelling", "DSK-13 sign-in/id-token-refreshed/claim-spelling"}},
	{"C12 email is a login", both("ana"), []string{"DSK-13 sign-in/id-token/claim-spelling", "DSK-13 sign-in/id-token-refreshed/claim-spelling"}},
	{"C12 email not verified", claims(func(c object) { c["email_verified"] = false }), []string{"DSK-12 sign-in/id-token/claim-verified"}},
	{"userinfo refuses the token", at(infoPath, oauth(401, "invalid_token", "The access token provided has an invalid issuer.")), []string{"! DSK-16 sign-in/userinfo"}},
	{"userinfo speaks of somebody else", func(s *scene) { s.userInfo = func(o object) { o["sub"] = "00u-bob" } }, []string{"! DSK-16 sign-in/userinfo"}},
	{"userinfo is a page", at(infoPath, serve(200, "text/html", "<html>")), []string{"DSK-16 sign-in/userinfo"}},
	{"userinfo is gone", at(infoPath, serve(404, "text/plain", "")), []string{"DSK-16 sign-in/userinfo"}},
	{"no discovery", at(docPath, serve(404, "text/plain", "")), []string{"? DSK-16 sign-in/userinfo"}},
	{"R01 no id_token at a refresh", refreshed(func(o object) { delete(o, "id_token") }), []string{"! DSK-12 sign-in/refresh/id-token"}},
	{"R02 email gone after a refresh", again(func(c object) { delete(c, "email") }), []string{"! DSK-12 sign-in/id-token-refreshed/claim"}},
	{"R02 another email after a refresh", again(func(c object) { c["email"] = "bob@example.com" }), []string{"! DSK-12 sign-in/id-token-refreshed/claim"}},
	{"R03 another person after a refresh", again(func(c object) { c["sub"] = "00u-bob" }), []string{"! DSK-11 sign-in/id-token-refreshed/same-subject"}},
	{"refresh refused", refusing(400, "invalid_grant", "The refresh token is invalid or expired."), []string{"! DSK-11 sign-in/refresh"}},
	{"Okta: refresh not allowed", refusing(400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [authorization_code]."), []string{"! OKT-02 sign-in/refresh"}},
	{"refresh not known", other(refusing(400, "unsupported_grant_type", "")), []string{"! DSK-11 sign-in/refresh"}},
}

// both puts an address into both ID tokens.
func both(email string) func(*scene) {
	return func(s *scene) {
		s.provider.claims = func(c object) { c["email"] = email }
		s.provider.again = s.provider.claims
	}
}

// refusing refuses the refresh alone.
func refusing(status int, code, description string) func(*scene) {
	return func(s *scene) {
		s.paths[tokenPath] = func(w http.ResponseWriter, r *http.Request) {
			if r.PostForm.Get("grant_type") == "refresh_token" {
				oauth(status, code, description)(w, r)
				return
			}
			s.serveToken(w, r)
		}
	}
}

// TestFaults: each fault ends with its named finding, the page says so, no secret is told, and what the golden file says is what a person
// reads.
func TestFaults(t *testing.T) {
	var told strings.Builder
	for _, f := range slices.Concat(callbackFaults, tokenFaults, laterFaults) {
		t.Run(f.name, func(t *testing.T) {
			s := newScene(t)
			f.change(s)
			r, err := s.signIn()
			if err != nil {
				t.Fatal(err)
			}
			got := roots(r.Findings)
			if !slices.Equal(got, f.want) {
				t.Errorf("open: %q\nwant: %q", got, f.want)
			}
			if r.Passed() == blocks(r.Findings) {
				t.Errorf("passed %t, although %q", r.Passed(), got)
			}
			s.sound(r.Findings)
			s.pagesFit(r)
			told.WriteString("# " + f.name + "\n")
			for _, x := range r.Findings {
				if x.Open() && x.CausedBy == "" {
					told.WriteString(text1(x))
				}
			}
		})
	}
	goldentest.Compare(t, "faults", told.String())
}

func blocks(findings []diag.Finding) bool { return slices.ContainsFunc(findings, diag.Finding.Blocks) }

// pagesFit: the last page is final unless nobody came, and says what stands in the way.
func (s *scene) pagesFit(r *identity.Result) {
	s.t.Helper()
	if s.pending || s.closed != 1 {
		s.t.Errorf("unanswered %t, closed %d times", s.pending, s.closed)
	}
	for i, p := range s.pages {
		_, late := find(r.Findings, "DSK-20 sign-in/timeout")
		if final := i == len(s.pages)-1 && !late; p.Final != final {
			s.t.Errorf("page %d: %+v", i, p)
		}
		if p.Final && blocks(r.Findings) == strings.HasPrefix(p.Title, "The sign-in worked") || p.Title == "" || p.Status == 0 {
			s.t.Errorf("page %d: %+v", i, p)
		}
	}
}

// TestNothingIsSentAgain: a redirect of the token endpoint gets neither code nor verifier (E01).
func TestNothingIsSentAgain(t *testing.T) {
	s := newScene(t)
	at(tokenPath, redirecting(307, issuer+"/v1/elsewhere"))(s)
	if _, err := s.signIn(); err != nil {
		t.Fatal(err)
	}
	if len(s.forms) != 1 || slices.Contains(s.requests, "POST /oauth2/default/v1/elsewhere") {
		t.Errorf("%v", s.requests)
	}
}

// TestStrangersDoNotEndTheSignIn: the provider's answer is still taken after any number of others (F03, F05).
func TestStrangersDoNotEndTheSignIn(t *testing.T) {
	t.Attr("requirement", "DSK-20")
	s := newScene(t)
	s.browser = func(c identity.Callback) []identity.Callback {
		icon, forged, script := c, query(c, func(v url.Values) { v.Set("state", "forged") }), c
		icon.Path, script.Origin = "/favicon.ico", "https://evil.example"
		return []identity.Callback{icon, forged, script, c}
	}
	r, err := s.signIn()
	if err != nil || !r.Passed() {
		t.Errorf("%v, %q", err, roots(r.Findings))
	}
	var statuses []int
	for _, p := range s.pages {
		statuses = append(statuses, p.Status)
	}
	if !slices.Equal(statuses, []int{404, 400, 400, 200}) {
		t.Errorf("pages: %v", statuses)
	}
}

// TestFormPostWithIssuer: the answer may come as a form, and its iss is compared (RFC 9207).
func TestFormPostWithIssuer(t *testing.T) {
	s := newScene(t)
	s.discovery = func(d object) { d["authorization_response_iss_parameter_supported"] = true }
	s.provider.back = func(v url.Values) { v.Set("iss", issuer) }
	s.browser = func(c identity.Callback) []identity.Callback {
		c.Method, c.Query, c.Origin, c.Host = "POST", url.Values{}, "https://"+host, "127.0.0.1:18080"
		return []identity.Callback{c}
	}
	r, err := s.signIn()
	if err != nil || !r.Passed() {
		t.Errorf("%v, %q", err, roots(r.Findings))
	}
}

// TestRotationOfKeys: a key that came after the set was fetched is found by fetching once more.
func TestRotationOfKeys(t *testing.T) {
	s := newScene(t)
	n := 0
	s.jwks = func(o object) {
		if n++; n == 1 {
			o["keys"] = []any{s.jwk("key-0")}
		}
	}
	r, err := s.signIn()
	if err != nil || !r.Passed() {
		t.Errorf("%v, %q", err, roots(r.Findings))
	}
}

// TestRotationOfRefreshTokens is reported, and judged neither way (R05).
func TestRotationOfRefreshTokens(t *testing.T) {
	for name, want := range map[string]string{"rotated": "rotation", "static": "static"} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			if name == "static" {
				s.provider.refreshed = func(o object) { delete(o, "refresh_token") }
			}
			r, err := s.signIn()
			if err != nil || !r.Passed() {
				t.Fatal(err)
			}
			f, _ := find(r.Findings, "DSK-11 sign-in/refresh")
			if len(f.Evidence) != 1 || !strings.Contains(f.Evidence[0].Seen, want) {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestSecretsInAnErrorAreHidden: a provider that repeats what it was sent does not bring it into a report.
func TestSecretsInAnErrorAreHidden(t *testing.T) {
	t.Attr("requirement", "DSK-19")
	s := newScene(t)
	s.paths[tokenPath] = func(w http.ResponseWriter, r *http.Request) {
		oauth(400, "invalid_grant", "the code "+r.PostForm.Get("code")+" with "+r.PostForm.Get("code_verifier")+" for "+s.state+" is bad")(w, r)
	}
	r, err := s.signIn()
	if err != nil {
		t.Fatal(err)
	}
	s.sound(r.Findings)
	if f, _ := find(r.Findings, "DSK-09 sign-in/token"); !strings.Contains(f.Title, "the code [hidden] with [hidden] for [hidden] is bad") {
		t.Errorf("%s", f.Title)
	}
}
