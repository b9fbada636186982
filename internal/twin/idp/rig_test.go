package idp

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// What the world of these tests has: one provider, one application, three people.
const (
	acmeHost = "acme.okta.com"
	quickApp = "0oa1acmequick0000001"
	redirect = estate.DesktopRedirect
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
)

func acme() estate.IdentityProvider {
	return estate.IdentityProvider{Vendor: estate.VendorOkta, Domain: acmeHost, Custom: "login.acme.example",
		Servers: map[string]estate.AuthorizationServer{"default": {Audience: "api://default", Policies: []estate.AccessPolicy{{Clients: []string{allClients},
			Rules: []estate.AccessRule{{Grants: []string{"authorization_code"}, Scopes: []string{anyScope}, Groups: []string{everyone}}}}}}},
		Apps: map[string]estate.IdentityApp{quickApp: {Label: "Amazon Quick Desktop", Redirects: []string{redirect},
			Grants: []string{"authorization_code", "refresh_token"}, Assigned: []string{"quick", "carl"}}},
		People: map[string]estate.IdentityPerson{"anna": {Email: "anna@acme.example", Name: "Anna Ade", Groups: []string{"quick"}},
			"berta": {Email: "berta@acme.example"}, "carl": {Name: "Carl"}, "gone": {Inactive: true, Groups: []string{"quick"}}},
	}
}

// wall is a clock for a test to move.
type wall struct{ at time.Time }

func (w *wall) now() time.Time { return w.at }

// rig is a twin with one provider, on loopback.
type rig struct {
	*testing.T
	clock *wall
	url   string // of the twin
	base  string // of the provider there
}

func newRig(t *testing.T, change ...func(*estate.IdentityProvider)) *rig {
	t.Helper()
	p := acme()
	for _, c := range change {
		c(&p)
	}
	r := &rig{T: t, clock: &wall{time.Now()}}
	k, err := kernel.New(kernel.Config{World: world(p), Services: []kernel.Service{Service(r.clock.now)}, Clock: kernel.ClockManual})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	r.url, r.base = s.URL, s.URL+"/idp/acme"
	return r
}

func world(p estate.IdentityProvider) estate.World {
	return estate.World{Title: "idp", IdentityProviders: map[string]estate.IdentityProvider{"acme": p}}
}

// with breaks the provider.
func with(faults ...string) func(*estate.IdentityProvider) {
	return func(p *estate.IdentityProvider) { p.Broken = faults }
}

func changed(change func(*estate.IdentityApp)) func(*estate.IdentityProvider) {
	return func(p *estate.IdentityProvider) {
		app := p.Apps[quickApp]
		change(&app)
		p.Apps[quickApp] = app
	}
}

func serving(change func(*estate.AuthorizationServer)) func(*estate.IdentityProvider) {
	return func(p *estate.IdentityProvider) {
		s := p.Servers["default"]
		change(&s)
		p.Servers["default"] = s
	}
}

// answer is what came back.
type answer struct {
	*http.Response
	text string
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal([]byte(a.text), &out); err != nil {
		t.Fatalf("HTTP %d is no JSON: %v: %s", a.StatusCode, err, a.text)
	}
	return out
}

// client follows nothing and keeps cookies.
func client(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (r *rig) do(c *http.Client, method, address, host string, form url.Values) answer {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		r.Fatal(err)
	}
	req.Host = cmp.Or(host, req.Host)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	return answer{resp, string(text)}
}

func (r *rig) get(address string) answer {
	r.Helper()
	return r.do(client(r.T), http.MethodGet, address, "", nil)
}

// at asks a host that is not this machine's.
func (r *rig) at(host, path string) answer {
	r.Helper()
	return r.do(client(r.T), http.MethodGet, r.url+path, host, nil)
}

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// asked is the request that Quick on Desktop makes; pairs of name and value change it, an empty value takes a parameter away.
func asked(pairs ...string) url.Values {
	q := url.Values{"client_id": {quickApp}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {strings.Join(estate.DesktopScopes, " ")},
		"state": {"st4te"}, "nonce": {"n0nce"}, "code_challenge": {challenge()}, "code_challenge_method": {"S256"}}
	return altered(q, pairs)
}

func altered(q url.Values, pairs []string) url.Values {
	for pair := range slices.Chunk(pairs, 2) {
		if q.Set(pair[0], pair[1]); pair[1] == "" {
			q.Del(pair[0])
		}
	}
	return q
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	formHidden = regexp.MustCompile(`name="transaction" value="([^"]*)"`)
)

// submit fills in the form of a page.
func (r *rig) submit(c *http.Client, shown answer, fields url.Values) answer {
	r.Helper()
	action, hidden := formAction.FindStringSubmatch(shown.text), formHidden.FindStringSubmatch(shown.text)
	if action == nil || hidden == nil {
		r.Fatalf("HTTP %d has no form: %s %s", shown.StatusCode, shown.Header.Get("Location"), shown.text)
	}
	fields.Set("transaction", hidden[1])
	to, err := shown.Request.URL.Parse(action[1])
	if err != nil {
		r.Fatal(err)
	}
	return r.do(c, http.MethodPost, to.String(), "", fields)
}

// signIn goes to the authorization endpoint of the default server and signs in there.
func (r *rig) signIn(login string, pairs ...string) answer {
	r.Helper()
	c := client(r.T)
	return r.submit(c, r.do(c, http.MethodGet, r.base+"/oauth2/default/v1/authorize?"+asked(pairs...).Encode(), "", nil), url.Values{"username": {login}})
}

// back is what the browser brings to the application.
func (r *rig) back(a answer) url.Values {
	r.Helper()
	to, rest, ok := strings.Cut(a.Header.Get("Location"), "?")
	if !ok || strings.TrimSuffix(to, "/") != redirect {
		r.Fatalf("HTTP %d leads to %q: %s", a.StatusCode, a.Header.Get("Location"), a.text)
	}
	q, err := url.ParseQuery(rest)
	if err != nil {
		r.Fatal(err)
	}
	return q
}

func redemption(code string, pairs ...string) url.Values {
	return altered(url.Values{"grant_type": {"authorization_code"}, "client_id": {quickApp}, "redirect_uri": {redirect}, "code_verifier": {verifier}, "code": {code}}, pairs)
}

func refreshing(token string, pairs ...string) url.Values {
	return altered(url.Values{"grant_type": {"refresh_token"}, "client_id": {quickApp}, "refresh_token": {token}}, pairs)
}

func (r *rig) token(form url.Values) answer {
	r.Helper()
	return r.do(client(r.T), http.MethodPost, r.base+"/oauth2/default/v1/token", "", form)
}

// tokens signs anna in to the end.
func (r *rig) tokens() map[string]any {
	r.Helper()
	a := r.token(redemption(r.back(r.signIn("anna")).Get("code")))
	if a.StatusCode != http.StatusOK {
		r.Fatalf("HTTP %d: %s", a.StatusCode, a.text)
	}
	return a.json(r.T)
}

// part reads a part of a token without checking anything.
func (r *rig) part(token any, i int) map[string]any {
	r.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	out := map[string]any{}
	if len(parts) <= i {
		r.Fatalf("%q is no token", text)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		r.Fatalf("%q: %v", text, err)
	}
	return out
}

func (r *rig) claims(token any) map[string]any { r.Helper(); return r.part(token, 1) }

// ask puts a question to a twin without a network.
func ask(t *testing.T, k *kernel.Kernel, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	k.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, strings.ReplaceAll(path, " ", "%20"), nil))
	return w.Body.String()
}
