package identity

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// What a provider has to refuse is tried only for whoever asks for it: each try stands in the provider's log as somebody's failed attack.

var proofKeyDoc = diag.Source{Doc: "RFC 7636 sections 4.4.1 and 4.6; RFC 9700 section 2.1.1: public clients have to use a proof key, and servers have to check it", Date: "2025-01-31"}

const oktaProofKey = oktaApp + ", Client Credentials: Require PKCE as additional verification"

// WithoutProofKey asks for a sign-in without a proof key and without a page, which a provider that demands one refuses (RFC 7636 section
// 4.4.1). Entra ID is known not to. The only error is that of ctx.
func (c *Client) WithoutProofKey(ctx context.Context, t Target) ([]diag.Finding, error) {
	p := &preflight{client: c, target: t, vendor: vendorOf(t), report: report{stage: "idp", server: serverOf(t.Values)}}
	s, err := c.start(t.Values, "none", "")
	if err != nil || s.address == "" {
		return nil, err // said by Preflight
	}
	p.hide(s.state, s.nonce, s.verifier)
	address, err := url.Parse(s.address)
	if err != nil {
		return nil, nil // it was put together from one that could be read
	}
	q := address.Query()
	q.Del("code_challenge")
	q.Del("code_challenge_method")
	address.RawQuery = q.Encode()
	a, f, err := c.send(ctx, "GET", address.String(), nil, map[string][]string{"Accept": {"text/html,application/json"}})
	if err != nil || f != nil {
		return nil, err // said by Preflight
	}
	p.judgeWithoutProofKey(a)
	return p.findings, nil
}

func (p *preflight) judgeWithoutProofKey(a *answer) {
	said, _ := a.returned()
	f := diag.Finding{Code: "DSK-03", Subject: "idp/proof-key", Owner: diag.IdPAdmin, Source: []diag.Source{proofKeyDoc}, Evidence: []diag.Evidence{{Path: "authorization_endpoint", Seen: a.seen()}, {Path: "note", Seen: inTheLog}}}
	switch {
	case said.Get("error") == "invalid_request":
		p.pass(f.Code, f.Subject, "the provider refuses a request without a proof key", append(f.Evidence, diag.Evidence{Path: "error", Seen: quoted(said.Get("error_description"))})...)
	case slices.Contains(withoutSession, said.Get("error")) || said.Has("code"):
		f.Status, f.Severity, f.Title = diag.Fail, diag.Warn, "the provider takes a request without a proof key: it does not demand PKCE of this application"
		f.Cause = "whoever catches a code on this computer could use it in a sign-in that was begun without a key; Quick on Desktop itself always sends one"
		if f.Fix = "have the provider require PKCE with S256 for the application; Entra ID has no such setting for native applications"; p.vendor == estate.VendorOkta {
			f.Code, f.Fix = "OKT-03", oktaProofKey
		}
		p.add(f)
	default:
		f.Status, f.Severity, f.Title = diag.Unknown, diag.Note, "whether the provider demands a proof key cannot be told: it answers neither yes nor no to the application"
		p.add(f)
	}
}

// returned are the values with which an answer sends the browser back to the Desktop; home is false when it does not.
func (a *answer) returned() (said url.Values, home bool) {
	back, err := url.Parse(a.header.Get("Location"))
	if err != nil || !a.redirects() || back.Scheme+"://"+back.Host != estate.DesktopRedirect || strings.Trim(back.Path, "/") != "" {
		return url.Values{}, false
	}
	return back.Query(), true
}

// stolen redeems the code with another proof key than the one it was asked for with, as a thief would. It is the end of a sign-in that was
// made for this alone; nothing else is judged.
func (s *session) stolen(ctx context.Context, given string) error {
	verifier, err := s.client.secret()
	if err != nil {
		return err
	}
	a, f, err := s.client.send(ctx, "POST", s.Values.TokenEndpoint, s.redeeming(given, verifier), nil)
	if err != nil {
		return err
	}
	if f != nil {
		s.unreachable("token_endpoint", s.Values.TokenEndpoint, f)
		return nil
	}
	said, refused := a.oauth()
	out := diag.Finding{Code: "DSK-03", Subject: "sign-in/stolen-code", Owner: diag.IdPAdmin, Source: []diag.Source{proofKeyDoc}, Evidence: []diag.Evidence{{Path: "token_endpoint", Seen: a.seen()}}}
	var got tokens
	switch _ = decode(a.body, &got); { // what cannot be read holds no token
	case refused && said.Error == "invalid_grant":
		s.pass(out.Code, out.Subject, "the provider refuses a code with another sign-in's proof key", append(out.Evidence, diag.Evidence{Path: "error", Seen: quoted(said.Description)})...)
	case got.IDToken != "" || got.Access != "":
		s.hide(got.IDToken, got.Access, got.Refresh)
		out.Status, out.Title = diag.Fail, "the provider gives tokens for a code with the wrong proof key"
		out.Cause, out.Fix = "it does not check the key, so whoever catches a code is signed in as that person", "have the provider check PKCE with S256 for the application"
		if s.vendor == estate.VendorOkta {
			out.Code, out.Fix = "OKT-03", oktaProofKey
		}
		s.add(out)
	default:
		out.Status, out.Severity, out.Title = diag.Unknown, diag.Warn, "whether the provider checks the proof key cannot be told: "+quoted(orNone(said.Error))
		s.add(out)
	}
	return nil
}
