package identity

import (
	"context"
	"strings"

	"rehome/internal/diag"
)

// symptom is what a browser shows when nothing comes back, and what it means.
type symptom struct {
	shows string // as people read it
	parts string // of the text in lower case, with | between
	code  string
	means string
	fix   string
	owner diag.Owner
}

// symptoms in the order in which they are tried (runbook 7, oidc 1.1, 1.2 and 7).
var symptoms = []symptom{
	{"DNS_PROBE_FINISHED_NXDOMAIN", "dns_probe|nxdomain|server not found|server ip address could not be found", "TRB-06", "the host in the addresses is incomplete or misspelled; mostly .okta.com is missing", "write the whole host in all four addresses", diag.Operator},
	{"Okta: 404, Page Not Found", "http 404|page not found", "TRB-07", "the host is that of the administration console (-admin), or the authorization server does not exist", "write the organization's host without -admin; compare with the discovery document", diag.Operator},
	{"an error that names the redirect address: redirect_mismatch, 'redirect_uri' parameter must be a Login redirect URI, AADSTS50011", "redirect_uri|redirect uri|redirect_mismatch|redirect address|aadsts50011", "TRB-14", "the redirect address is not registered exactly, or not on a native (public) application", "register exactly http://localhost:18080", diag.IdPAdmin},
	{"Okta: Policy evaluation failed, access_denied", "policy evaluation failed", "TRB-09", "no access policy admits the application, the person and all four scopes", oktaPolicies + ": a rule that covers them", diag.IdPAdmin},
	{"User is not assigned to the client application, AADSTS50105", "not assigned|aadsts50105", "OKT-04", "the person is not assigned to the application", "assign the person or their group to the application at the provider", diag.IdPAdmin},
	{"400 Bad Request at once", "http 400|bad request|invalid value for 'client_id'|invalid client|aadsts700016", "TRB-08", "the provider knows no application with this Client ID: a slip in it, such as a letter O for a zero, or an application that is not active", "copy the Client ID from the application's page", diag.Operator},
	{"ERR_CONNECTION_REFUSED or 'refused to connect' at localhost:18080", "connection_refused|connection refused|refused to connect|unable to connect", "TRB-12", "the browser runs on another computer than rehome (SSH, WSL, a container), or a proxy or an endpoint protection takes localhost", "sign in with --paste and paste the address that the browser ends at", diag.Operator},
	{"a page that asks for consent or an administrator's approval, AADSTS65001, AADSTS90094", "aadsts65001|aadsts90094|consent", "TRB-21", "nobody has consented to the application", "consent for the whole organization at the provider", diag.IdPAdmin},
	{"nothing at all: no page opened", "", "DSK-20", "the browser could not be opened, or the sign-in page was closed", "sign in again with --browser print and open the address by hand", diag.Operator},
}

// late records that nobody came back. Mistakes in client or redirect are shown by the provider itself and never reach this computer, so
// what the browser shows is asked for; a listener that knows it says so in its error.
func (s *session) late(err error) {
	f := diag.Finding{Code: "DSK-20", Subject: "sign-in/timeout", Status: diag.Fail, Title: "nobody came back from the sign-in within " + s.timeout().String(),
		Cause: "the provider shows some mistakes on its own page and sends nobody back: what the browser shows tells which", Fix: "find what the browser shows among what is listed here; then sign in again"}
	for _, shown := range []string{"state", "empty"} { // an answer that came and could not be used; other requests are anybody's
		s.raise("DSK-20 sign-in/stranger/"+shown, "callback")
	}
	said := strings.ToLower(err.Error())
	for _, m := range symptoms {
		if m.parts != "" && contains(said, m.parts) {
			f.Code, f.Cause, f.Fix, f.Owner = m.code, m.means, m.fix, m.owner
			f.Evidence = append(f.Evidence, diag.Evidence{Path: "the browser", Seen: quoted(err.Error())})
			break
		}
	}
	if f.Evidence == nil {
		if err.Error() != context.DeadlineExceeded.Error() { // the listener knows more
			f.Evidence = append(f.Evidence, diag.Evidence{Path: "the browser", Seen: quoted(err.Error())})
		}
		for _, m := range symptoms {
			f.Evidence = append(f.Evidence, diag.Evidence{Path: "if the browser shows: " + m.shows, Seen: m.code + ": " + m.means + "; " + s.placed(m.fix)})
		}
	}
	s.add(f, "callback", "client_id", "redirect")
}
