package identity_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
	"rehome/internal/identity"
)

// TestGuide: the four addresses are made from the domain, and the click path is the golden file.
func TestGuide(t *testing.T) {
	t.Attr("requirement", "OKT-07")
	var all strings.Builder
	for _, c := range []struct {
		name           string
		target         identity.Target
		domain, server string
	}{
		{"Okta, default", identity.Target{Vendor: estate.VendorOkta, Values: estate.SignInValues{ClientID: client}}, host, ""},
		{"Okta, org", identity.Target{Vendor: estate.VendorOkta, Values: estate.SignInValues{ClientID: client}}, host, "org"},
		{"Okta, a claim of its own", identity.Target{Vendor: estate.VendorOkta, Claim: "employee"}, "acme-admin.okta.com", "aus1"},
		{"another", identity.Target{Vendor: estate.VendorOther, Values: okta()}, "", ""},
	} {
		g := identity.GuideFor(c.target, c.domain, c.server)
		fmt.Fprintf(&all, "# %s\n", c.name)
		for i, s := range g.Steps {
			fmt.Fprintf(&all, "%d. %s\n", i+1, s)
		}
		for _, s := range g.Settings {
			fmt.Fprintf(&all, "  %s: %s\n", s[0], s[1])
		}
		for _, f := range estate.SignInFields {
			fmt.Fprintf(&all, "  %s = %s\n", f.Label, *f.Of(&g.Values))
		}
		for _, n := range g.Notes {
			fmt.Fprintf(&all, "note: %s\n", n)
		}
	}
	goldentest.Compare(t, "guide", all.String())
	want := estate.SignInValues{Issuer: "https://acme.okta.com/oauth2/default", AuthorizationEndpoint: "https://acme.okta.com/oauth2/default/v1/authorize",
		TokenEndpoint: "https://acme.okta.com/oauth2/default/v1/token", JWKSURI: "https://acme.okta.com/oauth2/default/v1/keys", ClientID: client}
	if g := identity.GuideFor(identity.Target{Vendor: estate.VendorOkta, Values: estate.SignInValues{ClientID: client}}, host, ""); g.Values != want {
		t.Errorf("%+v", g.Values)
	}
}

// TestPlainHTTPOnThisComputer is for trials: it is warned of, and works.
func TestPlainHTTPOnThisComputer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	v := estate.SignInValues{Issuer: server.URL + "/", AuthorizationEndpoint: server.URL + "/authorize", TokenEndpoint: server.URL + "/token", JWKSURI: server.URL + "/keys", ClientID: "desktop"}
	out, err := identity.New(identity.Config{}).Preflight(t.Context(), identity.Target{Vendor: estate.VendorOther, Values: v})
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := find(out.Findings, "TTI-05 idp/issuer/typing"); f.Severity != diag.Warn || !strings.Contains(f.Title, "plain http") {
		t.Errorf("%+v", f)
	}
	if f, _ := find(out.Findings, "DSK-09 idp/token_endpoint/answer"); f.Status != diag.Fail || !strings.Contains(f.Title, "HTTP 404") {
		t.Errorf("it was not asked: %+v", f)
	}
}

// TestCertificatesAreChecked against a server that really speaks TLS.
func TestCertificatesAreChecked(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	v := estate.SignInValues{Issuer: server.URL, AuthorizationEndpoint: server.URL + "/authorize", TokenEndpoint: server.URL + "/token", JWKSURI: server.URL + "/keys", ClientID: "desktop"}
	name := strings.TrimPrefix(server.URL, "https://")
	bare, _, _ := strings.Cut(name, ":")
	trusting := server.Client().Transport.(*http.Transport).Clone()
	trusting.TLSClientConfig.ServerName = "elsewhere.example.org"
	for _, c := range []struct {
		transport http.RoundTripper
		title     string
	}{
		{nil, "the certificate of " + name + " is signed by nobody whom this computer trusts"},
		{trusting, "the certificate of " + name + " is for another name"},
	} {
		out, err := identity.New(identity.Config{Transport: c.transport}).Preflight(t.Context(), identity.Target{Vendor: estate.VendorOther, Values: v})
		if err != nil {
			t.Fatal(err)
		}
		f, ok := find(out.Findings, "DSK-23 idp/reach/"+bare)
		if !ok || f.Title != c.title || f.Cause == "" || f.Fix == "" {
			t.Errorf("%+v", f)
		}
		if got := roots(out.Findings); len(got) != 1 {
			t.Errorf("more than one root: %q", got)
		}
	}
}

// TestSlowProvider: one request has 20 seconds; the test's transport says so at once.
func TestSlowProvider(t *testing.T) {
	s := newScene(t)
	unreachable(timeout{})(s)
	f, ok := find(s.preflight().Findings, "DSK-23 idp/reach/acme.okta.com")
	if !ok || !strings.Contains(f.Title, (20*time.Second).String()) {
		t.Errorf("%+v", f)
	}
}

type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
