package identity

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// oktaHosts are the endings of hosts that Okta gives out; a customer can have a domain of its own besides (oidc 1.1).
var oktaHosts = []string{".okta.com", ".oktapreview.com", ".okta-emea.com"}

// orgServer names Okta's own authorization server, whose addresses hold no name of a server.
const orgServer = "org"

var oktaPath = regexp.MustCompile(`^/oauth2/(?:([^/]+)/)?v1/(authorize|token|keys)$`)

// vendorOf is the vendor that was said, or else the one whose shape the values have.
func vendorOf(t Target) estate.Vendor {
	if t.Vendor != "" {
		return t.Vendor
	}
	for _, f := range fields(t.Values) {
		if f.url != nil && (ofOkta(f.url.Hostname()) || oktaPath.MatchString(f.url.Path)) {
			return estate.VendorOkta
		}
	}
	return estate.VendorOther
}

func ofOkta(host string) bool {
	return slices.ContainsFunc(oktaHosts, func(end string) bool { return strings.HasSuffix(host, end) })
}

// completed gives the full host that an incomplete one of Okta was probably meant to be; empty when it looks complete, or not like Okta.
func completed(host, path string) string {
	switch {
	case strings.HasSuffix(host, ".okta"):
		return host + ".com"
	case !strings.Contains(host, ".") && !onThisComputer(host) && strings.HasPrefix(path, "/oauth2/"):
		return host + ".okta.com"
	}
	return ""
}

// withoutAdmin gives the organization's host for that of its administration console; empty when it is not one.
func withoutAdmin(host string) string {
	for _, end := range oktaHosts {
		if org, ok := strings.CutSuffix(host, "-admin"+end); ok {
			return org + end
		}
	}
	return ""
}

// okta finds what people get wrong with Okta's values, before anything is asked.
func (r *report) okta(v estate.SignInValues) {
	r.oktaHosts(v)
	r.oktaServer(v)
	issuer := fields(v)[0]
	if better := strings.TrimRight(issuer.value, "/"); issuer.url != nil && better != issuer.value {
		r.add(diag.Finding{Code: "TTI-05", Subject: "idp/issuer/slash", Status: diag.Fail, Title: "the Issuer URL ends with a slash, and Okta's does not",
			Cause: "an issuer is compared byte for byte", Fix: "write " + better,
			Evidence: []diag.Evidence{{Path: "typed", Seen: issuer.value}, {Path: "Okta's form", Seen: better}}}, "issuer")
	}
	if len(v.ClientID) > 1 && strings.ContainsRune("Oo", rune(v.ClientID[0])) && v.ClientID[1] == 'o' {
		r.add(diag.Finding{Code: "OKT-10", Subject: "idp/client_id/letter", Status: diag.Fail, Severity: diag.Warn,
			Title: "the Client ID begins with the letter O; those that Okta makes begin with the digit zero", Cause: "the two look alike when an identifier is typed off a screen",
			Fix: "write 0" + v.ClientID[1:] + ", if it was not chosen by hand (an administrator may choose any identifier)", Evidence: []diag.Evidence{{Path: "client_id", Seen: v.ClientID}}})
	} else if v.ClientID != "" {
		r.pass("OKT-10", "idp/client_id/letter", "the Client ID does not begin with a letter O")
	}
}

func (r *report) oktaHosts(v estate.SignInValues) {
	byHost := map[string][]string{} // host -> names of the values that have it
	var hosts []string
	for _, f := range fields(v) {
		if f.url == nil {
			continue
		}
		h := strings.ToLower(f.url.Hostname())
		if byHost[h] == nil {
			hosts = append(hosts, h)
		}
		byHost[h] = append(byHost[h], f.Name)
	}
	for _, h := range hosts {
		subject, in := "idp/host/"+h, strings.Join(byHost[h], ", ")
		full := completed(h, "/oauth2/")
		switch admin := withoutAdmin(h); {
		case admin != "":
			r.add(diag.Finding{Code: "OKT-08", Subject: subject, Status: diag.Fail, Title: h + " is the host of Okta's administration console, which serves no sign-in",
				Cause: "the address was copied from the browser while the console was open; a browser shows Okta's 404 Page Not Found (TRB-07)", Fix: "write " + admin + " in " + in}, byHost[h]...)
		case full != "":
			r.add(diag.Finding{Code: "OKT-08", Subject: subject, Status: diag.Fail, Title: "the host " + h + " is incomplete",
				Cause: "the name of the organization alone is no host; a browser shows DNS_PROBE_FINISHED_NXDOMAIN (TRB-06)", Fix: "write " + full + " in " + in}, byHost[h]...)
		default:
			r.pass("OKT-08", subject, h+" is a complete host and not that of the administration console")
		}
	}
}

// oktaServerOf says to which authorization server of Okta an address belongs; ok is false when it does not look like Okta's.
func oktaServerOf(name string, u *url.URL) (server string, ok bool) {
	p := strings.TrimRight(u.Path, "/")
	if name != "issuer" {
		m := oktaPath.FindStringSubmatch(p)
		if m == nil {
			return "", false
		}
		return cmp.Or(m[1], orgServer), true
	}
	if p == "" {
		return orgServer, true
	}
	rest, ok := strings.CutPrefix(p, "/oauth2/")
	return rest, ok && rest != "" && !strings.Contains(rest, "/")
}

// serverOf is the name of the issuer's server in Okta's console; empty when it cannot be told.
func serverOf(v estate.SignInValues) string {
	if issuer := fields(v)[0]; issuer.url != nil {
		server, _ := oktaServerOf("issuer", issuer.url)
		return server
	}
	return ""
}

// oktaServer: all four addresses belong to the authorization server of the issuer.
func (r *report) oktaServer(v estate.SignInValues) {
	all := fields(v)
	if all[0].url == nil {
		return
	}
	server, ok := oktaServerOf("issuer", all[0].url)
	if !ok {
		return
	}
	right, _ := estate.VendorOkta.Derive(all[0].url.Host, server, v.ClientID)
	mixed := false
	for _, f := range all[1:4] {
		if f.url == nil {
			continue
		}
		other, ok := oktaServerOf(f.Name, f.url)
		if !ok || other == server {
			continue
		}
		mixed = true
		r.add(diag.Finding{Code: "OKT-09", Subject: "idp/" + f.Name + "/server", Status: diag.Fail,
			Title: "the " + f.Label + " belongs to Okta's server " + other + ", the issuer to " + server,
			Cause: "each server signs with keys of its own and takes its own codes only" + consequences[f.Name], Fix: "write " + *f.Of(&right),
			Evidence: []diag.Evidence{{Path: "issuer", Seen: v.Issuer}, {Path: f.Name, Seen: f.value}}}, f.Name)
	}
	if !mixed {
		r.pass("OKT-09", "idp/server", "all four addresses belong to Okta's server "+server)
	}
}

// consequences is what people see later when one address belongs to another server (runbook 7).
var consequences = map[string]string{
	"authorization_endpoint": "; the code would be refused, and userinfo with HTTP 401 (TRB-10)",
	"token_endpoint":         "; the code would be refused, and userinfo with HTTP 401 (TRB-10)",
	"jwks_uri":               "; tokens would fail their validation (TRB-11)",
}
