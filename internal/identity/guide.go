package identity

import (
	"cmp"
	"fmt"
	"strings"

	"rehome/internal/estate"
)

// Guide says how the application for Quick on Desktop is registered at an identity provider, by hand.
type Guide struct {
	Steps    []string            `json:"steps"`    // click path, in order
	Settings [][2]string         `json:"settings"` // name and value, in the order of the provider's pages
	Values   estate.SignInValues `json:"values"`   // that result
	Notes    []string            `json:"notes,omitzero"`
}

// afterwards is where the values go in AWS (EXT-02, EXT-04, EXT-08, TTI-13).
var afterwards = []string{
	"In AWS, with people from Identity Center only: IAM Identity Center (primary Region), Settings, tab Authentication, Trusted token issuers, Create trusted token issuer: name " + estate.DesktopIssuerName + ", the Issuer URL, token attribute %s, Identity Center attribute %s. rehome apply does this",
	"In AWS, last of all and only after rehome signin has passed: Amazon Quick in its identity Region, Manage Quick, Permissions, Extension access, Add extension access, type Desktop application for Quick: the five values, none of which can be edited afterwards; then Connect apps and data, Extensions, Add extension",
}

// GuideFor gives the steps for a vendor. Domain and server are Okta's: the organization's host, and default, org or the id of a custom
// server.
func GuideFor(t Target, domain, server string) Guide {
	server = cmp.Or(server, estate.DefaultServer)
	g := Guide{Values: t.Values}
	if better := cmp.Or(withoutAdmin(domain), completed(domain, "/oauth2/")); t.Vendor == estate.VendorOkta && domain != "" && better != "" {
		g.Notes = append(g.Notes, domain+" serves no sign-in; "+better+" was taken for it (OKT-08)")
		for _, f := range estate.SignInFields {
			*f.Of(&g.Values) = strings.TrimSuffix(strings.Replace(*f.Of(&g.Values)+"/", "//"+domain+"/", "//"+better+"/", 1), "/")
		}
		domain = better
	}
	derived, ok := t.Vendor.Derive(domain, server, t.Values.ClientID)
	for _, f := range estate.SignInFields {
		if ok && domain != "" {
			*f.Of(&g.Values) = cmp.Or(*f.Of(&g.Values), *f.Of(&derived))
		}
	}
	claim := cmp.Or(t.Claim, estate.EmailClaim)
	if t.Vendor == estate.VendorOkta {
		g.okta(cmp.Or(domain, hostOf(t.Values.Issuer)), server, claim)
	} else {
		g.other(claim)
	}
	attribute := estate.EmailAttribute
	if claim != estate.EmailClaim {
		attribute = "that holds the same value"
	}
	g.Steps = append(g.Steps, "rehome signin: sign in with the values before they are entered anywhere", fmt.Sprintf(afterwards[0], claim, attribute), afterwards[1])
	return g
}

func (g *Guide) okta(domain, server, claim string) {
	org := server == orgServer
	console := "https://" + domain
	if name, rest, ok := strings.Cut(domain, "."); ok && ofOkta(domain) {
		console = "https://" + name + "-admin." + rest
	}
	g.Steps = []string{
		"Open Okta's administration console, " + console + " (the values themselves never hold -admin)",
		"Applications, Applications, Create App Integration: OIDC - OpenID Connect, then Native Application (OKT-01)",
		"Name it Amazon Quick Desktop; grant types Authorization Code and Refresh Token (OKT-02); sign-in redirect URI exactly " + estate.DesktopRedirect + ", without a slash at the end (DSK-04)",
		"Controlled access: the groups of everybody who shall use the Desktop, or Assignments afterwards (OKT-04); Save",
		"General, Client Credentials: client authentication None, Proof Key for Code Exchange required; copy the Client ID, which begins with the digit zero (OKT-03, OKT-10)",
	}
	if !org {
		g.Steps = append(g.Steps,
			"Security, API, Authorization Servers, "+server+", Scopes: openid, email, profile and offline_access are all there (OKT-05)",
			"the same server, Access Policies: a policy assigned to Amazon Quick Desktop (or all clients), with a rule for the grant Authorization Code, for the people, and for all four scopes; a rule that lists only some of them is passed over, and a new organization has no policy at all (OKT-06)",
		)
		if claim != estate.EmailClaim {
			g.Steps = append(g.Steps, "the same server, Claims, Add Claim: "+claim+", in ID Token, Always, with the value that finds the person")
		}
		g.Notes = append(g.Notes, "Okta has authorization servers such as default only with the licence API Access Management, or in a free Integrator organization. Without it: rehome idp show --vendor okta --domain "+domain+" --authorization-server org")
	} else {
		g.Notes = append(g.Notes, "Okta's own server (org) needs no licence and has no access policies. AWS documents the server default only; that Quick takes the org server's issuer is not established (oidc 8)")
	}
	g.Steps = append(g.Steps, "Compare with "+g.Values.Issuer+wellKnown+", opened in a browser: issuer and the three addresses are to be copied from there as they stand (OKT-11)")
	g.Settings = registered([2]string{"Application type", "Native Application (OIDC - OpenID Connect)"}, [2]string{"Grant types", "Authorization Code, Refresh Token"})
	g.Settings = append(g.Settings, [2]string{"DPoP, ID token encryption", "off"}, [2]string{"User consent", "not required"}, [2]string{"Authorization server", server})
}

func (g *Guide) other(claim string) {
	g.Steps = []string{
		"At the provider, register an application of the type native (public): OpenID Connect, authorization code with proof key S256, no secret",
		"Register exactly " + estate.DesktopRedirect + " as its redirect address: no slash, no path, no https, not 127.0.0.1 (DSK-04)",
		"Allow the grants authorization_code and refresh_token, and the scopes openid, email, profile and offline_access (DSK-10, DSK-11)",
		"Put the claim " + claim + " into ID tokens, at sign-in and at refresh (DSK-12)",
		"Assign everybody who shall use the Desktop",
	}
	g.Settings = registered([2]string{"Application type", "native (public)"}, [2]string{"Grant types", "authorization_code, refresh_token"})
}

func registered(kind, grants [2]string) [][2]string {
	return [][2]string{
		{"Name", "Amazon Quick Desktop"}, kind, {"Redirect URI", estate.DesktopRedirect}, grants,
		{"Client authentication", "None (no secret)"}, {"Proof key (PKCE)", "required, S256"}, {"Scopes", strings.Join(estate.DesktopScopes, " ")}, {"ID token signature", "RS256"},
	}
}
