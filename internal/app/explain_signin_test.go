package app

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

const (
	oktaOrg     = "https://example.okta.com/oauth2/v1"
	oktaDefault = "https://example.okta.com/oauth2/default"
	capitalAna  = "identity_providers: {okta: {people: {ana@example.com: {email: Ana@example.com}}}}\n"
)

// laidOver is a world of its own over a built-in one.
func laidOver(t *testing.T, base, more string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), base+"-and-more.yaml")
	if err := os.WriteFile(path, []byte("format: rehome.world/v1\nbase: "+base+"\ntitle: a world of a test\n"+more), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// entered is the estate of a world in whose Quick console one value is another than the provider's, and the record of it.
func entered(field, value string) string {
	return fmt.Sprintf("spec: {sign_in: {registered: {%[1]s: %[2]q}}}\nestate: {accounts: {\"111122223333\": {quick: {extension_access: {Amazon Quick Desktop: {values: {%[1]s: %[2]q}}}}}}}\n", field, value)
}

// fedWithDesktop is fed with an extension access, in which the issuer is the one given.
func fedWithDesktop(issuer string) string {
	values := fmt.Sprintf("issuer: %q, authorization_endpoint: %[2]s/v1/authorize, token_endpoint: %[2]s/v1/token, jwks_uri: %[2]s/v1/keys, client_id: 0oa1b2c3d4e5f6a7b8c9", issuer, oktaDefault)
	return "spec: {sign_in: {registered: {name: Amazon Quick Desktop, extension: true, by: Ana Admin, date: \"2026-11-20\", " + values + "}}}\n" +
		"estate: {accounts: {\"111122223333\": {quick: {extension_access: {Amazon Quick Desktop: {name: Amazon Quick Desktop, extension: true, values: {" + values + "}}}}}}}\n"
}

// seen is where a browser ended, and what it showed there.
type seen struct{ address, page string }

func (s seen) text() string { return s.address + "\n" + s.page }

// key is the error that the browser took back to the application, without what the provider says beside it.
func (s seen) key(t *testing.T) string {
	t.Helper()
	at, err := url.Parse(s.address)
	if err != nil || !strings.HasPrefix(s.address, estate.DesktopRedirect) || at.Query().Get("error") == "" {
		t.Fatalf("no error came back: %+v, %v", s, err)
	}
	return at.Query().Get("error")
}

// browse begins Desktop's sign-in at the provider of a twin and goes on as ana until the browser comes back or stays.
func browse(t *testing.T, ses *session, redirect string) (seen, error) {
	t.Helper()
	v := ses.spec.SignIn.Values()
	ask := url.Values{"response_type": {"code"}, "client_id": {v.ClientID}, "redirect_uri": {redirect}, "scope": {strings.Join(estate.DesktopScopes, " ")}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {"nobody-exchanges-the-code-of-this-challenge"}, "code_challenge_method": {"S256"}}
	jar, _ := cookiejar.New(nil) // it fails never
	browser := &http.Client{Transport: ses.desk.road, Jar: jar, CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), estate.DesktopRedirect) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := browser.Get(v.AuthorizationEndpoint + "?" + ask.Encode())
	for err == nil {
		page, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if to := resp.Header.Get("Location"); to != "" {
			return seen{to, ""}, nil
		}
		form, action, found := filled(page, "ana@example.com")
		if !found || resp.StatusCode >= http.StatusBadRequest {
			return seen{resp.Request.URL.String(), string(page)}, nil
		}
		at := resp.Request.URL.ResolveReference(&url.URL{Path: action})
		resp, err = browser.PostForm(at.String(), form)
	}
	return seen{}, err
}

func mustBrowse(t *testing.T, world, redirect string) seen {
	t.Helper()
	s, err := browse(t, onTwinOf(t, world), redirect)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refusedInDesktop brings ana's token before the twin's Quick and gives what that says.
func refusedInDesktop(t *testing.T, world string) string {
	t.Helper()
	ses := onTwinOf(t, world)
	r, err := ses.desk.signIn(t.Context(), identity.Request{Target: ses.desk.signInTarget()}, "ana@example.com")
	if err != nil {
		t.Fatal(err)
	}
	why, err := ses.openDesktop(t.Context(), r.IDToken())
	if err != nil || why == "" || r.IDToken() == "" {
		t.Fatalf("Quick says %q, %v; the sign-in %v", why, err, refusal(r.Findings))
	}
	return why
}

// explained gives the entries of a row for a text in a world, in the answer's order.
func explained(t *testing.T, id, text, world string) (of []Explained) {
	t.Helper()
	e, err := testApp(t).Explain(t.Context(), text, world)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range e.Matches {
		if m.ID == id {
			of = append(of, m)
		}
	}
	if len(of) == 0 {
		t.Fatalf("%s is not among the answers to %q: %+v", id, text, e.Matches)
	}
	return of
}

// isConfirmed wants the row's first entry confirmed, with these words in cause and fix, and no entry of it confirmed in a sound world.
func isConfirmed(t *testing.T, id, text, world, sound string, words ...string) Explained {
	t.Helper()
	m := explained(t, id, text, world)[0]
	if m.Confidence != confirmed || len(m.Evidence) == 0 {
		t.Errorf("%s in %s: %s, %+v", id, world, m.Confidence, m.Evidence)
	}
	for _, w := range words {
		if !strings.Contains(m.Cause+" "+m.Fix, w) {
			t.Errorf("%s does not say %q\ncause: %s\nfix: %s", id, w, m.Cause, m.Fix)
		}
	}
	notConfirmed(t, id, text, sound)
	return m
}

func notConfirmed(t *testing.T, id, text, world string) {
	t.Helper()
	for _, m := range explained(t, id, text, world) {
		if m.Confidence == confirmed {
			t.Errorf("%s is confirmed in %s too: %+v", id, world, m)
		}
	}
}

// TestErrorsOnTheWayToTheProvider: the host, and what its pages say.
func TestErrorsOnTheWayToTheProvider(t *testing.T) {
	beyondShort(t)
	t.Run("a host without its ending", func(t *testing.T) {
		t.Attr("requirement", "TRB-06")
		for world, host := range map[string]string{"okta-domain-incomplete": "example", laidOver(t, "bom", "spec: {sign_in: {domain: acme}}\n"): "acme"} {
			_, err := browse(t, onTwinOf(t, world), estate.DesktopRedirect)
			var dns *net.DNSError
			if !errors.As(err, &dns) || !dns.IsNotFound {
				t.Errorf("the browser of %s: %v", world, err)
			}
			isConfirmed(t, "TRB-06", "DNS_PROBE_FINISHED_NXDOMAIN", world, "bom", "write "+host+".okta.com in ", "authorization_endpoint")
			isConfirmed(t, "TRB-06", "https://"+host+"/oauth2/default/v1/authorize DNS_PROBE_FINISHED_NXDOMAIN", world, "iad", "write "+host+".okta.com in place of "+host)
		}
		notConfirmed(t, "TRB-06", "DNS_PROBE_FINISHED_NXDOMAIN", "okta-admin-host")
	})
	t.Run("the administrators' host", func(t *testing.T) {
		t.Attr("requirement", "TRB-07")
		at := mustBrowse(t, "okta-admin-host", estate.DesktopRedirect)
		isConfirmed(t, "TRB-07", at.text(), "okta-admin-host", "bom", "the Authorization Endpoint has to be "+oktaDefault+"/v1/authorize;", "write example.okta.com in place of example-admin.okta.com")
		isConfirmed(t, "TRB-07", "Okta sign-in: "+title([]byte(at.page)), "okta-admin-host", "iad", "the Authorization Endpoint has to be "+oktaDefault+"/v1/authorize;", "write example.okta.com in ")
	})
	t.Run("a letter for a digit", func(t *testing.T) {
		t.Attr("requirement", "TRB-08")
		at := mustBrowse(t, "okta-client-id", estate.DesktopRedirect)
		for _, text := range []string{at.page, at.text(), "Okta: " + title([]byte(at.page))} {
			isConfirmed(t, "TRB-08", text, "okta-client-id", "bom", "begins with the letter O", "write 0oa1b2c3d4e5f6a7b8c9")
		}
		isConfirmed(t, "TRB-08", mustBrowse(t, "okta-inactive", estate.DesktopRedirect).page, "okta-inactive", "iad", "not active")
	})
}

// TestRefusalsWithTwoCauses: the same key, and what is known of the world ranks the causes.
func TestRefusalsWithTwoCauses(t *testing.T) {
	beyondShort(t)
	const policy, person = "no access policy of Okta's authorization server admits the sign-in", "the person is not assigned to the application in Okta"
	const scope, grant = "the authorization server has no scope offline_access", "the application may not have offline_access: the grant Refresh Token is off"
	for _, c := range []struct{ row, key, world, first, second string }{
		{"TRB-09", "access_denied", "okta-no-policy", policy, person},
		{"TRB-09", "access_denied", "okta-policy-scopes", policy, person},
		{"TRB-09", "access_denied", "okta-not-assigned", person, policy},
		{"TRB-13", "invalid_scope", "okta-no-offline-access", scope, grant},
		{"TRB-13", "invalid_scope", "okta-no-refresh-grant", grant, scope},
	} {
		t.Run(c.world, func(t *testing.T) {
			t.Attr("requirement", c.row)
			at := mustBrowse(t, c.world, estate.DesktopRedirect)
			if at.key(t) != c.key {
				t.Fatalf("the provider says %s", at.key(t))
			}
			both := explained(t, c.row, at.key(t), c.world)
			if len(both) != 2 || both[0].Title != c.first || both[1].Title != c.second || both[0].Confidence != confirmed || both[1].Confidence == confirmed {
				t.Errorf("ranked %+v", both)
			}
			isConfirmed(t, c.row, at.address, c.world, "bom")
			notConfirmed(t, c.row, at.key(t), "iad")
		})
	}
}

// TestMixedServers: a token of one authorization server, and userinfo or keys of another.
func TestMixedServers(t *testing.T) {
	beyondShort(t)
	t.Run("userinfo", func(t *testing.T) {
		t.Attr("requirement", "TRB-10")
		world := laidOver(t, "bom", "spec: {sign_in: {authorization_endpoint: \""+oktaOrg+"/authorize\", token_endpoint: \""+oktaOrg+"/token\"}}\n")
		ses := onTwinOf(t, world)
		r, err := ses.desk.signIn(t.Context(), identity.Request{Target: ses.desk.signInTarget()}, "ana@example.com")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimPrefix(finding(t, r.Findings, "DSK-16", "sign-in/userinfo").Title, "userinfo refuses the access token: ")
		if text != "User info request failed (HTTP 401)" {
			t.Fatalf("userinfo: %s", text)
		}
		isConfirmed(t, "TRB-10", text, world, "bom", "the Authorization Endpoint belongs to Okta's server org, the issuer to default")
		isConfirmed(t, "TRB-10", text, "okta-token-of-org", "iad", "the Token Endpoint belongs to Okta's server org, the issuer to default")
	})
	t.Run("keys", func(t *testing.T) {
		t.Attr("requirement", "TRB-11")
		world := laidOver(t, "iad", entered("jwks_uri", oktaOrg+"/keys"))
		text := refusedInDesktop(t, world)
		for _, text := range []string{text, shown(text)} {
			isConfirmed(t, "TRB-11", text, world, "iad", "JWKS URI", oktaOrg+"/keys", oktaDefault+"/v1/keys")
			isConfirmed(t, "TRB-11", text, "okta-keys-of-org", "bom", "the JWKS URI belongs to Okta's server org, the issuer to default")
		}
	})
}

// shown is what the application shows of a refusal; the rest is the twin's own.
func shown(refusal string) string {
	words, _, _ := strings.Cut(refusal, " (twin: ")
	return words
}

// TestNobodyListens: what to do next depends on whether the port is free by now or somebody else has it.
func TestNobodyListens(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TRB-12")
	somebody := httptest.NewServer(nil)
	port := somebody.Listener.Addr().(*net.TCPAddr).Port
	at := func(world string) Explained {
		t.Helper()
		e, err := testApp(t).explain(t.Context(), "127.0.0.1 refused to connect. http://127.0.0.1:18080 ERR_CONNECTION_REFUSED", world, port)
		if err != nil || len(e.Matches) != 1 || e.Matches[0].ID != "TRB-12" || e.Matches[0].Confidence != possible || len(e.Matches[0].Evidence) != 1 {
			t.Fatalf("%+v, %v", e, err)
		}
		return e.Matches[0]
	}
	held := at("")
	somebody.Close()
	free := at("iad")
	const taken, begin = "another program has the port now: ", "nobody listens on this computer now, so begin anew: start the sign-in from Quick on Desktop"
	if !strings.HasPrefix(held.Fix, taken) || strings.Contains(held.Fix, begin) || !strings.Contains(held.Fix, "end it") || !strings.Contains(held.Fix, "--paste") {
		t.Errorf("held: %s", held.Fix)
	}
	if !strings.HasPrefix(free.Fix, begin) || strings.Contains(free.Fix, taken) || !strings.Contains(free.Fix, "lsof -nP -iTCP:18080") {
		t.Errorf("free: %s", free.Fix)
	}
}

// TestRedirectMismatch: each variant that is registered, and each that is asked for, beside the one that is required.
func TestRedirectMismatch(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TRB-14")
	for _, world := range []string{"okta-redirect-slash", "okta-redirect-number"} {
		at := mustBrowse(t, world, estate.DesktopRedirect)
		w, err := LoadWorld(world)
		if err != nil {
			t.Fatal(err)
		}
		registered := w.IdentityProviders["okta"].Apps["0oa1b2c3d4e5f6a7b8c9"].Redirects[0]
		isConfirmed(t, "TRB-14", at.page, world, "bom", "register exactly http://localhost:18080", "native")
		isConfirmed(t, "TRB-14", at.text()+"\nGeneral Settings, Sign-in redirect URIs: "+registered, world, "iad", "the text has "+registered+", and http://localhost:18080 is required")
	}
	for _, asked := range []string{"http://localhost:18080/", "http://127.0.0.1:18080", "https://localhost:18080"} {
		m := explained(t, "TRB-14", mustBrowse(t, "iad", asked).text(), "iad")[0]
		if m.Confidence == confirmed || !strings.Contains(m.Fix, "the text has "+asked+", and http://localhost:18080 is required") {
			t.Errorf("%s: %+v", asked, m)
		}
	}
}

func isExcluded(t *testing.T, id, text, world string) Explained {
	t.Helper()
	m := explained(t, id, text, world)[0]
	if m.Confidence != excluded {
		t.Errorf("%s is %s in %s", id, m.Confidence, world)
	}
	return m
}

// TestUserNotFound: who is found by the address in the token, and who nearly.
func TestUserNotFound(t *testing.T) {
	beyondShort(t)
	t.Run("in Quick", func(t *testing.T) {
		t.Attr("requirement", "TRB-15")
		world := laidOver(t, "fed", fedWithDesktop(oktaDefault)+capitalAna)
		text := shown(refusedInDesktop(t, world))
		nearest := `nearly the same is there: "ana@example.com" of federated/ana@example.com`
		for _, world := range []string{world, "fed-email-case"} {
			isConfirmed(t, "TRB-15", text, world, "fed", `the token says "Ana@example.com"`, nearest)
			isExcluded(t, "TRB-19", text, world)
		}
		isConfirmed(t, "TRB-15", text+": ANA@example.com", "fed", "iad", `the token says "ANA@example.com"`, nearest)
	})
	t.Run("in the Identity Store", func(t *testing.T) {
		t.Attr("requirement", "TRB-19")
		world := laidOver(t, "iad", capitalAna)
		text := shown(refusedInDesktop(t, world))
		nearest := `nearly the same is there: "ana@example.com" of ana`
		for _, world := range []string{world, "okta-email-case"} {
			isConfirmed(t, "TRB-19", text, world, "iad", `the token says "Ana@example.com"`, nearest)
			isExcluded(t, "TRB-15", text, world)
		}
		isConfirmed(t, "TRB-19", text+", Ana@example.com", "iad", "fed", "nobody in Identity Center has exactly that", nearest)
		one := isExcluded(t, "TRB-19", text+", ana@example.com", "iad")
		if len(one.Evidence) != 1 || one.Evidence[0].Title != "the token finds exactly one person in Identity Center" {
			t.Errorf("of one: %+v", one)
		}
		two := laidOver(t, "iad", "estate: {identity_center: {users: {11111111-1111-4111-8111-111111111111: {user_name: ana, display_name: Ana, email: ben@example.com}}}}\n")
		isConfirmed(t, "TRB-19", text+", ben@example.com", two, "iad", "2 people in Identity Center have the e-mail address ben@example.com", "an address of their own")
	})
}

// TestAnAddressIsLookedUpInTheKeptSurvey: without a world the survey says who has the address that the text holds.
func TestAnAddressIsLookedUpInTheKeptSurvey(t *testing.T) {
	beyondShort(t)
	kept, _ := surveyOf(t, "iad")
	a := testApp(t)
	if err := a.Init(InitRequest{World: "iad"}); err != nil {
		t.Fatal(err)
	}
	if err := document.Write(a.surveyPath(), kept); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"User not found": possible, "User not found (Ana@example.com)": confirmed, "User not found (ana@example.com)": excluded} {
		e, err := a.Explain(t.Context(), text, "")
		if err != nil || !slices.ContainsFunc(e.Matches, func(m Explained) bool { return m.ID == "TRB-19" && m.Confidence == want }) {
			t.Errorf("%s, want %s: %+v, %v", text, want, e, err)
		}
	}
}

// TestTokenValidationFailure: which of the three issuers is another one.
func TestTokenValidationFailure(t *testing.T) {
	beyondShort(t)
	const slash = oktaDefault + "/"
	t.Run("in the extension access", func(t *testing.T) {
		t.Attr("requirement", "TRB-16")
		for world, sound := range map[string]string{laidOver(t, "iad", entered("issuer", slash)): "iad", laidOver(t, "fed", fedWithDesktop(slash)): "fed"} {
			text := refusedInDesktop(t, world)
			for _, text := range []string{text, shown(text)} {
				m := isConfirmed(t, "TRB-16", text, world, sound, fmt.Sprintf("identity provider %q, extension access %q", oktaDefault, slash), "delete the extension access and create it anew")
				if m.Step != "extension-access" {
					t.Errorf("mended by %q", m.Step)
				}
				notConfirmed(t, "TRB-20", text, world)
			}
		}
		isConfirmed(t, "TRB-16", "Token validation failure", "okta-issuer-slash", "bom", "the Issuer URL ends with a slash, and Okta's does not", "write "+oktaDefault+";")
	})
	t.Run("in the trusted token issuer", func(t *testing.T) {
		t.Attr("requirement", "TRB-20")
		text := refusedInDesktop(t, "iad-issuer-slash")
		for _, text := range []string{text, shown(text)} {
			isConfirmed(t, "TRB-20", text, "iad-issuer-slash", "iad",
				fmt.Sprintf("identity provider %q, extension access %q, trusted token issuer %q; the trusted token issuer is the odd one out", oktaDefault, oktaDefault, slash))
			notConfirmed(t, "TRB-16", text, "iad-issuer-slash")
		}
	})
}

// TestTheConsolesEntryIsFinal: both steps, and all values to enter.
func TestTheConsolesEntryIsFinal(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TRB-17")
	const text = "the extension access holds a wrong value and does not save changes"
	m := isConfirmed(t, "TRB-17", text, "iad-other-client", "iad", "holds other values than the identity provider has: Client ID, Aud claim",
		"Steps: delete-extension-access, then extension-access. Worksheet: Trusted Token Issuer ARN: arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-12345678-1234-4234-8234-123456789012; Aud claim: 0oa1b2c3d4e5f6a7b8c9; Name: Amazon Quick Desktop;",
		"Issuer URL: "+oktaDefault+";", "Authorization Endpoint: "+oktaDefault+"/v1/authorize;", "Token Endpoint: "+oktaDefault+"/v1/token;", "JWKS URI: "+oktaDefault+"/v1/keys;", "Client ID: 0oa1b2c3d4e5f6a7b8c9")
	p := planOf(t, "iad-other-client")
	stepOf(t, p, "delete-extension-access")
	if stepOf(t, p, "extension-access").ID != m.Step {
		t.Errorf("mended by %q", m.Step)
	}
}
