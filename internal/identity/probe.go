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

// inTheLog is what the provider's administrator will find.
const inTheLog = "one failed request in the provider's log comes from this check"

// oauthError is how an OAuth endpoint says no (RFC 6749 section 5.2).
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// oauth reads an answer as an OAuth refusal; ok is false when it is none.
func (a *answer) oauth() (oauthError, bool) {
	var e oauthError
	if a.page() || decode(a.body, &e) != nil {
		return oauthError{}, false
	}
	return e, e.Error != ""
}

// bogusCode asks the token endpoint to exchange a code that does not exist. What is told is told from the stage that the request got to,
// not from the code of the error alone: providers differ there (oidc 5).
func (p *preflight) bogusCode(ctx context.Context) error {
	v := p.target.Values
	verifier, err := p.client.secret()
	if err != nil {
		return err
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"no-such-code-" + verifier}, "redirect_uri": {estate.DesktopRedirect}, "client_id": {v.ClientID}, "code_verifier": {verifier}}
	a, f, err := p.client.send(ctx, "POST", v.TokenEndpoint, form, nil)
	if err != nil {
		return err
	}
	if f != nil {
		p.unreachable("token_endpoint", v.TokenEndpoint, f)
		return nil
	}
	p.judgeBogusCode(a)
	return nil
}

func (p *preflight) judgeBogusCode(a *answer) {
	const subject = "idp/client_id/token"
	seen := []diag.Evidence{{Path: "token_endpoint", Seen: a.seen()}, {Path: "note", Seen: inTheLog}}
	said, ok := a.oauth()
	switch {
	case p.wrongPlace("token_endpoint", "Token Endpoint", a, ok):
	case !ok:
		p.add(diag.Finding{Code: "DSK-09", Subject: "idp/token_endpoint/answer", Status: diag.Fail, Title: "the Token Endpoint does not answer as one: " + a.seen(),
			Cause: "a code that does not exist was to be refused with an OAuth error in JSON", Fix: "copy token_endpoint from the discovery document", Evidence: seen}, "token_endpoint")
	case said.Error == "invalid_grant":
		p.known = clientTaken
		p.pass("DSK-02", subject, "the token endpoint takes the Client ID without a secret: it refuses the code that does not exist, and nothing else", append(seen, diag.Evidence{Path: "error", Seen: said.Error})...)
	case said.Error == "invalid_client" || said.Error == "unauthorized_client":
		p.clientRefused(said)
	default:
		row := explainRefusal(atToken, said.Error, said.Description)
		p.add(diag.Finding{Code: "DSK-02", Subject: subject, Severity: diag.Note, Title: "the token endpoint refuses a code that does not exist, in a way that says nothing about the Client ID: " + said.Error,
			Cause: row.cause + ", or this provider refuses so; a sign-in will show it", Evidence: append(seen, diag.Evidence{Path: "error", Seen: quoted(said.Error + " " + said.Description)})})
	}
}

// clientRefused: when Okta's identifier begins with a letter O, that is the cause, and no longer a hint.
func (p *preflight) clientRefused(said oauthError) {
	p.known = clientRefused
	const subject = "idp/client_id/token"
	if explainRefusal(atToken, said.Error, said.Description).code == "DSK-08" {
		p.raise("OKT-10 idp/client_id/letter", "client_id")
	}
	p.refused(p.vendor, atToken, subject, said.Error, said.Description)
}

// wrongPlace records answers that say that the address itself is wrong; it reports whether it did.
func (p *preflight) wrongPlace(name, label string, a *answer, oauth bool) bool {
	f := diag.Finding{Code: "DSK-09", Subject: "idp/" + name + "/answer", Status: diag.Fail, Evidence: []diag.Evidence{{Path: name, Seen: a.seen()}},
		Fix: "copy " + name + " from the discovery document"}
	switch {
	case a.status == 429 || a.status >= 500:
		f.Code, f.Status, f.Severity, f.Owner = "DSK-23", diag.Unknown, diag.Warn, diag.IdPAdmin
		f.Title, f.Fix = fmt.Sprintf("the %s could not be tried: HTTP %d", label, a.status), "try again later"
		f.Cause = "the provider is overloaded, limits requests, or met a fault"
		if after := a.header.Get("Retry-After"); after != "" {
			f.Fix = "try again after " + quoted(after) + " (Retry-After)"
		}
	case a.redirects():
		f.Title = "the " + label + " sends requests on to another address; none is followed"
		f.Cause = "a code, or a token, would be handed to whoever the redirect names (RFC 9700 4.12): a wrong address, or a proxy that asks for a sign-in"
	case a.status == 404 || a.status == 405 || a.status == 410:
		f.Title = fmt.Sprintf("nothing serves this kind of request at the %s: HTTP %d", label, a.status)
		f.Cause = "a path that the provider does not have, the other endpoint's address, or another authorization server"
	case a.page() && !oauth:
		f.Title = "a web page answers at the " + label
		f.Cause = "authorization and token endpoint are exchanged, or the address leads to a portal"
	default:
		return false
	}
	p.add(f, name)
	return true
}

// noPrompt asks for a sign-in that may not show a page. A provider that knows client and redirect sends the browser back to say so.
func (p *preflight) noPrompt(ctx context.Context) error {
	v := p.target.Values
	s, err := p.client.start(v, "none", "")
	if err != nil {
		return err
	}
	p.hide(s.state, s.nonce, s.verifier)
	if s.address == "" {
		p.unreachable("authorization_endpoint", v.AuthorizationEndpoint, &fault{kind: notAnAddress, title: "the Authorization Endpoint is no address that can be opened"})
		return nil
	}
	a, f, err := p.client.send(ctx, "GET", s.address, nil, map[string][]string{"Accept": {"text/html,application/json"}})
	if err != nil {
		return err
	}
	if f != nil {
		p.unreachable("authorization_endpoint", v.AuthorizationEndpoint, f)
		return nil
	}
	p.judgeNoPrompt(a, s)
	return nil
}

// withoutSession are the refusals that only a provider that took client and redirect sends (OpenID Connect Core 3.1.2.6).
var withoutSession = []string{"login_required", "interaction_required", "consent_required", "account_selection_required"}

func (p *preflight) judgeNoPrompt(a *answer, s start) {
	const subject = "idp/redirect"
	seen := []diag.Evidence{{Path: "authorization_endpoint", Seen: a.seen()}, {Path: "note", Seen: inTheLog}}
	said, home := a.returned()
	code := said.Get("error")
	switch {
	case a.status == 307 && home:
		p.add(diag.Finding{Code: "DSK-20", Subject: "idp/redirect/307", Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin, Title: "the provider sends the browser back with HTTP 307",
			Cause: "with 307 a browser sends the sign-in form again, password included, to the address it is sent to (RFC 9700 4.12)", Fix: "the provider has to answer with 302 or 303"})
	case home && code != "" && said.Get("state") != s.state:
		p.add(diag.Finding{Code: "DSK-20", Subject: subject, Status: diag.Fail, Owner: diag.IdPAdmin, Title: "the provider does not send the state back as it got it",
			Cause: "without it nobody can tell an answer from a forged one", Fix: "the provider has to return the parameter state unchanged", Evidence: seen}, "redirect")
	case home && code == "" && !said.Has("code"):
		p.add(diag.Finding{Code: "DSK-20", Subject: subject, Status: diag.Fail, Owner: diag.IdPAdmin, Title: "the provider sends the browser back without an answer in the query",
			Cause: "an answer in the fragment of the address never reaches the application", Fix: "have the provider answer the code flow in the query (response mode query, which is its default)", Evidence: seen}, "redirect")
	case home && (slices.Contains(withoutSession, code) || said.Has("code")):
		p.pass("DSK-04", subject, "the provider takes the Client ID together with "+estate.DesktopRedirect+", and sends the browser back there", append(seen, diag.Evidence{Path: "error", Seen: orNone(code)})...)
	case home:
		p.refused(p.vendor, atAuthorize, subject, code, said.Get("error_description"))
	case a.redirects():
		p.add(diag.Finding{Code: "DSK-04", Subject: subject, Severity: diag.Note, Title: "whether the redirect address is registered cannot be told without a sign-in",
			Cause: "asked to show no page, the provider sends the browser to one of its own pages", Evidence: seen})
	default:
		p.pageInstead(a, seen)
	}
}

// pageInstead explains a page where a redirect was expected: mistakes that the provider will not send to an address it does not trust.
func (p *preflight) pageInstead(a *answer, seen []diag.Evidence) {
	const subject = "idp/redirect"
	said, ok := a.oauth()
	text := strings.ToLower(said.Error + " " + said.Description)
	if !ok {
		text = strings.ToLower(string(a.body))
	}
	row := explainRefusal(atAuthorize, "", text)
	switch {
	case a.status < 300:
		p.add(diag.Finding{Code: "DSK-04", Subject: subject, Severity: diag.Note, Title: "whether the redirect address is registered cannot be told without a sign-in",
			Cause: "asked to show no page, the provider shows one all the same", Evidence: seen})
	case p.known == clientRefused:
		p.add(diag.Finding{Code: "DSK-04", Subject: subject, Severity: diag.Warn, Title: "whether the redirect address is registered cannot be told before the Client ID is right", Evidence: seen}, "client_id")
	case a.status != 404 && row.code == "DSK-04", a.status == 400 && p.known == clientTaken && !clientNamed(text):
		row = explainRefusal(atAuthorize, "", "redirect_uri")
		p.add(diag.Finding{Code: "DSK-04", Subject: subject, Status: diag.Fail, Owner: diag.IdPAdmin, Title: "the provider does not send the browser back to " + estate.DesktopRedirect, Cause: row.cause, Fix: row.fix, Evidence: seen}, "redirect")
	case clientNamed(text) && a.status < 500:
		if p.vendor == estate.VendorOkta {
			p.raise("OKT-10 idp/client_id/letter", "client_id")
		}
		p.refused(p.vendor, atAuthorize, subject, "invalid_client", "invalid client_id")
	case slices.Contains([]int{404, 405, 410, 429}, a.status) || a.status >= 500:
		p.wrongPlace("authorization_endpoint", "Authorization Endpoint", a, ok)
	default:
		p.add(diag.Finding{Code: "DSK-04", Subject: subject, Status: diag.Fail, Owner: diag.IdPAdmin, Title: fmt.Sprintf("the provider answers the sign-in with HTTP %d and sends nobody back", a.status),
			Cause: "it knows no application with this Client ID, or " + estate.DesktopRedirect + " is not registered for it exactly so", Fix: "compare the Client ID first; then register exactly " + estate.DesktopRedirect + " on a native (public) application", Evidence: seen}, "redirect", "client_id")
	}
}

// clientNamed reports whether a provider's page speaks of the client rather than of the redirect.
func clientNamed(text string) bool {
	return contains(text, "client_id|invalid_client|invalid client|client id|unknown client|client by id|no application|application with identifier") && !contains(text, "redirect")
}
