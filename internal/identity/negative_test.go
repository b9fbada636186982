package identity_test

import (
	"net/url"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// TestWhatAProviderHasToRefuse: a request without a proof key, and a code with somebody else's.
func TestWhatAProviderHasToRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		vendor  estate.Vendor
		change  func(*scene)
		before  string // the finding about a request without a key
		without diag.Status
		stolen  string
		wrong   diag.Status
	}{
		"it does":       {estate.VendorOkta, func(*scene) {}, "DSK-03 idp/proof-key", diag.Pass, "DSK-03 sign-in/stolen-code", diag.Pass},
		"it does not":   {estate.VendorOther, func(s *scene) { s.keyless = true }, "DSK-03 idp/proof-key", diag.Fail, "DSK-03 sign-in/stolen-code", diag.Fail},
		"Okta does not": {estate.VendorOkta, func(s *scene) { s.keyless = true }, "OKT-03 idp/proof-key", diag.Fail, "OKT-03 sign-in/stolen-code", diag.Fail},
		"it stands still": {estate.VendorOther, func(s *scene) {
			s.back = func(v url.Values) { v.Set("error", "temporarily_unavailable"); v.Del("code") }
		}, "DSK-03 idp/proof-key", diag.Unknown, "DSK-23 sign-in/callback", diag.Fail},
		"the token endpoint fails": {estate.VendorOther, func(s *scene) { s.paths[tokenPath] = serve(500, "text/plain", "oops") }, "DSK-03 idp/proof-key", diag.Pass, "DSK-03 sign-in/stolen-code", diag.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			c.change(s)
			s.target.Vendor = c.vendor
			before, err := s.client().WithoutProofKey(t.Context(), s.target)
			if err != nil || len(before) != 1 {
				t.Fatalf("%v: %+v", err, before)
			}
			s.shown(before, c.before, c.without)
			if before[0].Blocks() {
				t.Error("Quick on Desktop sends a key, whatever the provider demands of others")
			}
			s.request.Stolen = true
			r, err := s.signIn()
			if err != nil {
				t.Fatal(err)
			}
			s.sound(append(before, r.Findings...))
			s.shown(r.Findings, c.stolen, c.wrong)
			if r.Passed() || r.IDToken() != "" || r.Person.Value != "" {
				t.Error("a thief's sign-in proved something")
			}
			if forms := len(s.forms); forms > 1 {
				t.Errorf("%d requests for tokens", forms)
			}
		})
	}
}
