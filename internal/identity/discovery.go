package identity

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// document is a provider's metadata, as far as a sign-in has use for it. Members that are absent say nothing (oidc 1.2: good providers
// leave some out).
type document struct {
	Issuer      string   `json:"issuer"`
	Authorize   string   `json:"authorization_endpoint"`
	Token       string   `json:"token_endpoint"`
	JWKS        string   `json:"jwks_uri"`
	UserInfo    string   `json:"userinfo_endpoint"`
	Scopes      []string `json:"scopes_supported"`
	Grants      []string `json:"grant_types_supported"`
	Methods     []string `json:"code_challenge_methods_supported"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`
	IssSent     bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

func (d *document) values() estate.SignInValues {
	return estate.SignInValues{Issuer: d.Issuer, AuthorizationEndpoint: d.Authorize, TokenEndpoint: d.Token, JWKSURI: d.JWKS}
}

// places are where an issuer's metadata can be: OpenID Connect Discovery 1.0 section 4, and RFC 8414 section 3. One slash at the end of
// the issuer is taken off first, as both want it.
func places(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	base := strings.TrimSuffix(issuer, "/")
	return []string{base + wellKnown, u.Scheme + "://" + u.Host + "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.EscapedPath(), "/")}
}

// found is what looking for the metadata gave.
type found struct {
	doc   *document // nil: none that can be used
	from  string
	first *answer // of the first place; nil: it could not be asked
	why   string  // there is none
	fault *fault  // the host could not be asked
}

// discover looks at both places. The only error is that of ctx.
func (c *Client) discover(ctx context.Context, issuer string) (found, error) {
	var out found
	for i, place := range places(issuer) {
		a, f, err := c.send(ctx, "GET", place, nil, nil)
		if err != nil {
			return out, err
		}
		if i == 0 {
			out.first, out.fault, out.from = a, f, place
		}
		if f != nil && f.kind != ofAnswer {
			return out, nil
		}
		if f == nil {
			doc, why := readDocument(a)
			if doc != nil {
				return found{doc: doc, from: place, first: out.first}, nil
			}
			if i == 0 {
				out.why = why
			}
		}
	}
	return out, nil
}

func readDocument(a *answer) (*document, string) {
	switch {
	case a.redirects():
		return nil, "a redirect was answered instead of the document; none is followed, since whoever it leads to could answer for the issuer"
	case a.status != 200:
		return nil, fmt.Sprintf("HTTP %d was answered instead of the document", a.status)
	case a.page():
		return nil, "a web page was answered instead of the document, often that of a sign-in or of a proxy"
	}
	var d document
	if err := decode(a.body, &d); err != nil {
		return nil, "the document cannot be read: " + err.Error()
	}
	var without []string
	v := d.values()
	for _, f := range estate.SignInFields[:4] {
		if *f.Of(&v) == "" {
			without = append(without, f.Name)
		}
	}
	if len(without) > 0 {
		return nil, "the document does not say " + strings.Join(without, ", ")
	}
	return &d, ""
}

// discovery compares the provider's metadata with what was typed.
func (r *report) discovery(t Target, in found) {
	if in.doc == nil {
		r.noDiscovery(t, in)
		return
	}
	r.pass("TTI-06", "idp/discovery", "the provider publishes its discovery document", diag.Evidence{Path: in.from, Seen: in.first.seen()})
	if media := in.first.media(); media != "application/json" && in.from == places(t.Values.Issuer)[0] {
		r.add(diag.Finding{Code: "TTI-06", Subject: "idp/discovery/type", Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin,
			Title: "the discovery document does not say that it is JSON", Cause: "its content type is " + orNone(media) + "; strict readers refuse it", Fix: "the server has to send Content-Type: application/json"}, "issuer")
	}
	same := r.sameIssuer(t.Values.Issuer, in)
	typed, published := t.Values, in.doc.values()
	for _, f := range estate.SignInFields[1:4] {
		same = r.sameEndpoint(f, *f.Of(&typed), *f.Of(&published), in.from) && same
	}
	if vendorOf(t) == estate.VendorOkta {
		r.verbatim(same, in.from)
	}
	r.hints(in)
}

func (r *report) sameIssuer(typed string, in found) bool {
	seen := []diag.Evidence{{Path: "typed", Seen: shown(typed)}, {Path: in.from, Seen: shown(in.doc.Issuer)}}
	if typed == in.doc.Issuer {
		r.pass("DSK-09", "idp/issuer/discovery", "the Issuer URL is byte for byte that of the discovery document", seen...)
		r.pass("TTI-05", "idp/issuer/exact", "the Issuer URL is the provider's own", seen...)
		return true
	}
	slash := strings.TrimRight(typed, "/") == strings.TrimRight(in.doc.Issuer, "/")
	if slash {
		r.add(diag.Finding{Code: "TTI-05", Subject: "idp/issuer/exact", Status: diag.Fail, Title: "the Issuer URL differs from the provider's in a slash at the end",
			Cause: "Identity Center and Quick compare issuers byte for byte", Fix: "write " + in.doc.Issuer, Evidence: seen}, "issuer")
	}
	fix := "write " + in.doc.Issuer + ", if it is the provider meant"
	cause := "the tokens will name the issuer of the document: a custom domain beside the provider's own, an alias of the tenant, or another server"
	if strings.Contains(in.doc.Issuer, "{") {
		cause = "the document is a template for every tenant; its issuer can never equal that of a token"
		fix = "write the issuer with the tenant's own id, as tokens name it"
	}
	r.add(diag.Finding{Code: "DSK-09", Subject: "idp/issuer/discovery", Status: diag.Fail, Title: "the Issuer URL is not that of the discovery document: " + difference(typed, in.doc.Issuer),
		Cause: cause, Fix: fix, Evidence: seen}, "issuer")
	return false
}

// sameEndpoint: a difference on the same host is a mistake; another host may be a proxy, as in a sample of AWS's own (oidc 0.1).
func (r *report) sameEndpoint(f estate.SignInField, typed, published, from string) bool {
	subject := "idp/" + f.Name + "/discovery"
	seen := []diag.Evidence{{Path: "typed", Seen: shown(typed)}, {Path: from, Seen: shown(published)}}
	if typed == published {
		r.pass("DSK-09", subject, "the "+f.Label+" is byte for byte that of the discovery document", seen...)
		return true
	}
	out := diag.Finding{Code: "DSK-09", Subject: subject, Status: diag.Fail, Title: "the " + f.Label + " is not that of the discovery document: " + difference(typed, published),
		Cause: "it belongs to another authorization server, or was copied wrongly", Fix: "write " + published, Evidence: seen}
	if t, err := url.Parse(typed); err == nil {
		if p, err := url.Parse(published); err == nil && !strings.EqualFold(t.Hostname(), p.Hostname()) {
			out.Severity = diag.Warn
			out.Cause = "another host serves it: a proxy in front of the provider, which is allowed, or another provider"
			out.Fix = "keep it if the proxy is yours; else write " + published
		}
	}
	r.add(out, f.Name)
	return false
}

// difference names the first part in which two addresses differ.
func difference(a, b string) string {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	switch {
	case errX != nil || errY != nil:
		return "one of them is no address"
	case strings.TrimRight(a, "/") == strings.TrimRight(b, "/"):
		return "a slash at the end"
	case strings.EqualFold(a, b):
		return "upper and lower case"
	case x.Scheme != y.Scheme:
		return "the scheme, " + x.Scheme + " and " + y.Scheme
	case !strings.EqualFold(x.Hostname(), y.Hostname()):
		return "the host, " + x.Hostname() + " and " + y.Hostname()
	case x.Port() != y.Port():
		return "the port, " + orNone(x.Port()) + " and " + orNone(y.Port())
	case x.Path != y.Path:
		return "the path, " + orNone(x.Path) + " and " + orNone(y.Path)
	}
	return "the query"
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// verbatim sums up for Okta, whose values are to be copied from the document (OKT-11).
func (r *report) verbatim(same bool, from string) {
	if same {
		r.pass("OKT-11", "idp/values", "the four addresses are those of the discovery document", diag.Evidence{Path: "document", Seen: from})
		return
	}
	f := diag.Finding{Code: "OKT-11", Subject: "idp/values", Status: diag.Fail, Severity: diag.Warn, Title: "the four addresses are not those of the discovery document",
		Cause: "they were typed by hand, or copied from elsewhere", Fix: "copy them from " + from}
	for _, o := range r.findings {
		if o.Code == "DSK-09" && o.Status == diag.Fail && strings.HasSuffix(o.Subject, "/discovery") {
			f.CausedBy = rootKey(o)
			break
		}
	}
	r.add(f)
}

// hints: what a document says about its provider is a hint only, and what it leaves out says nothing.
func (r *report) hints(in found) {
	for _, h := range []struct {
		code, subject, member, want string
		list                        []string
		severity                    diag.Severity
		cause                       string
	}{
		{"DSK-03", "idp/hint/pkce", "code_challenge_methods_supported", "S256", in.doc.Methods, diag.Warn, "the Desktop proves itself with S256"},
		{"DSK-02", "idp/hint/public", "token_endpoint_auth_methods_supported", "none", in.doc.AuthMethods, diag.Note, "the Desktop has no secret; some providers serve such clients without saying so"},
		{"DSK-11", "idp/hint/refresh", "grant_types_supported", "refresh_token", in.doc.Grants, diag.Warn, "without it everybody signs in again when the first token ends"},
		{"DSK-15", "idp/hint/algorithm", "id_token_signing_alg_values_supported", "RS256", in.doc.Algorithms, diag.Warn, "Quick and Identity Center take RS256 only"},
	} {
		r.hint(h.code, h.subject, h.member, h.want, h.list, h.severity, h.cause, in.from)
	}
	for _, scope := range estate.DesktopScopes {
		r.hint("DSK-10", "idp/hint/scope/"+scope, "scopes_supported", scope, in.doc.Scopes, diag.Warn, "the Desktop asks for it in every sign-in", in.from)
	}
}

func (r *report) hint(code, subject, member, want string, list []string, severity diag.Severity, cause, from string) {
	switch {
	case list == nil:
		r.add(diag.Finding{Code: code, Subject: subject, Severity: diag.Note, Title: "the provider does not say whether it knows " + want,
			Cause: "the discovery document has no " + member + ", which is allowed; a sign-in will show it"})
	case slices.Contains(list, want):
		r.pass(code, subject, "the provider says that it knows "+want, diag.Evidence{Path: member, Seen: quoted(strings.Join(list, " "))})
	default:
		r.add(diag.Finding{Code: code, Subject: subject, Status: diag.Fail, Severity: severity, Owner: diag.IdPAdmin, Title: "the provider does not say that it knows " + want,
			Cause: cause, Fix: "a sign-in will show it; if it fails, switch " + want + " on at the provider", Evidence: []diag.Evidence{{Path: from + " " + member, Seen: quoted(strings.Join(list, " "))}}})
	}
}
