package app

import (
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/spec"
)

// TestTheIssuerOfEachVendor: idp show fills in the issuer that each vendor has, and the trusted token issuer is planned for exactly that.
func TestTheIssuerOfEachVendor(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-04")
	for vendor, c := range map[estate.Vendor]struct{ domain, server, issuer, keys string }{
		estate.VendorOkta:         {"example.okta.com", "", "https://example.okta.com/oauth2/default", "https://example.okta.com/oauth2/default/v1/keys"},
		estate.VendorEntra:        {"11111111-2222-4333-8444-555555555555", "", "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0", "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/discovery/v2.0/keys"},
		estate.VendorPingFederate: {"sso.example.com:9031", "", "https://sso.example.com:9031", "https://sso.example.com:9031/pf/JWKS"},
		estate.VendorPingOne:      {"auth.pingone.eu", "66666666-2222-4333-8444-555555555555", "https://auth.pingone.eu/66666666-2222-4333-8444-555555555555/as", "https://auth.pingone.eu/66666666-2222-4333-8444-555555555555/as/jwks"},
	} {
		t.Run(string(vendor), func(t *testing.T) {
			in := spec.SignIn{Vendor: vendor, Domain: c.domain, Server: c.server, ClientID: "0oa1b2c3d4e5f6a7b8c9"}
			g, err := testApp(t).Guide(in)
			if err != nil || g.Values.Issuer != c.issuer || g.Values.JWKSURI != c.keys || !strings.Contains(g.IssuerCommand, `"IssuerUrl":"`+c.issuer+`"`) {
				t.Fatalf("%v, %+v, %s", err, g.Values, g.IssuerCommand)
			}
			w, err := LoadWorld("bom")
			if err != nil {
				t.Fatal(err)
			}
			if w.Wants, err = spec.WithSignIn(w.Wants, in); err != nil {
				t.Fatal(err)
			}
			w.IdentityProviders = nil // the twin serves what the spec describes
			r, err := testApp(t).rehearse(t.Context(), w, nil)
			if err != nil || r.Outcome != Ready || r.Proof.Desktop != "pass" {
				t.Fatalf("%v, %+v", err, r)
			}
		})
	}
}
