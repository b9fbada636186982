package identity

import (
	"context"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// forTTI is why a provider without a discovery document is of no use to Identity Center, although the Desktop does without.
const forTTI = "the Desktop does without it, but a trusted token issuer does not: Identity Center finds the keys through it, and does not test the address when the issuer is created"

// noDiscovery explains that the issuer has no metadata. It blocks, since nobody here knows whether Identity Center is to use the issuer;
// whoever knows that it is not may go on.
func (r *report) noDiscovery(t Target, in found) {
	f := diag.Finding{Code: "TTI-06", Subject: "idp/discovery", Status: diag.Fail, Title: "there is no discovery document at " + in.from,
		Cause: in.why + "; " + forTTI, Fix: "copy the issuer from the provider; opened in a browser, " + in.from + " has to show a JSON document"}
	if in.first != nil {
		f.Evidence = []diag.Evidence{{Path: in.from, Seen: in.first.seen()}}
	}
	if in.fault != nil {
		r.unreachable("issuer", t.Values.Issuer, in.fault)
		f.Cause = in.fault.title + "; " + forTTI
		if in.fault.kind == notAnAddress {
			f.Cause, f.Fix = "the Issuer URL is no address that can be asked", "correct the Issuer URL"
		}
	}
	r.add(f, "issuer", "host "+hostOf(t.Values.Issuer))
}

// unlicensed explains a custom server of Okta that is not there although the organization answers (oidc 0.2). orgAnswers is whether the
// organization's own server has a discovery document.
func (r *report) unlicensed(t Target, in found, orgAnswers bool) {
	all := fields(t.Values)
	if in.doc != nil || in.first == nil || in.first.status != 404 || all[0].url == nil || vendorOf(t) != estate.VendorOkta {
		return
	}
	server, ok := oktaServerOf("issuer", all[0].url)
	if !ok || server == orgServer || !orgAnswers {
		return
	}
	org, _ := estate.VendorOkta.Derive(all[0].url.Host, orgServer, t.Values.ClientID)
	r.add(diag.Finding{Code: "OKT-11", Subject: "idp/values", Status: diag.Fail, Owner: diag.IdPAdmin,
		Title:    "the Okta organization has no authorization server " + server + ", although the organization itself answers",
		Cause:    "custom authorization servers, default among them, need Okta's API Access Management; without the licence, or with a misspelled name, there is none",
		Fix:      "look under Security, API, Authorization Servers; without the licence use Okta's own server, which AWS does not document: issuer " + org.Issuer + ", " + org.AuthorizationEndpoint + ", " + org.TokenEndpoint + ", " + org.JWKSURI,
		Evidence: []diag.Evidence{{Path: in.from, Seen: in.first.seen()}}}, valueNames...)
}

// valueNames are the four addresses.
var valueNames = []string{"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"}

// orgAnswers asks whether Okta's own server has a discovery document on the issuer's host.
func (c *Client) orgAnswers(ctx context.Context, issuer string) (bool, error) {
	i := strings.Index(issuer, "/oauth2/")
	if i < 0 {
		return false, nil
	}
	in, err := c.discover(ctx, issuer[:i])
	return in.doc != nil, err
}
