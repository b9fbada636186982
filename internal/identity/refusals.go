package identity

import (
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// refusal is one way in which a provider says no, and what it means here.
type refusal struct {
	error string // of RFC 6749 and OpenID Connect; empty: any
	text  string // part of the description in lower case; several with | between; empty: any
	stage stage  // where it is said; zero: anywhere
	code  string // catalogue row
	okta  string // the row when the provider is Okta; empty: the same
	cause string
	where string // Okta's click path to where it is set, if there is one
	fix   string
	owner diag.Owner
	// things are what it stands in the way of, for findings that follow from it.
	things []string
}

// stage is where in a sign-in something was said.
type stage string

const (
	atAuthorize stage = "authorize" // in the browser: the callback or the probe of it
	atToken     stage = "token"
	atRefresh   stage = "refresh"
)

// Where things are set at Okta (AWS, Setting up Amazon Quick on desktop for enterprise deployments; Okta's console).
const (
	oktaApp      = "Okta: Applications, Applications, Amazon Quick Desktop, General"
	oktaAssigned = "Okta: Applications, Applications, Amazon Quick Desktop, Assignments"
	oktaScopes   = "Okta: Security, API, Authorization Servers, {server}, Scopes"
	oktaPolicies = "Okta: Security, API, Authorization Servers, {server}, Access Policies"
	oktaClaims   = "Okta: Security, API, Authorization Servers, {server}, Claims"
)

// refusals in the order in which they are tried; the first that fits explains. Texts are Okta's (oidc 1.1, data file of release 2026.08.1),
// and those that other providers were seen to send (oidc 5).
var refusals = []refusal{
	{error: "invalid_client", text: "'client_id' parameter|no client with|client not found|unknown client|invalid client_id|unable to retrieve client", code: "DSK-08", okta: "TRB-08", owner: diag.Operator,
		cause: "the provider knows no application with this Client ID, or the application is not active; a browser shows 400 Bad Request at once", where: oktaApp, fix: "copy the Client ID from the application's page", things: []string{"client_id"}},
	{error: "invalid_client", text: "client authentication failed|client credentials|client_secret|client_assertion|client authentication", code: "DSK-02", okta: "OKT-03", owner: diag.IdPAdmin,
		cause: "the application is not native (OKT-01), or is one with a secret: it has to prove itself, and the Desktop has no secret; the client must be public", where: oktaApp, fix: "an application of the type native (public), client authentication None, proof key (PKCE) required", things: []string{"client_id"}},
	{error: "invalid_client", code: "DSK-02", okta: "OKT-03", owner: diag.IdPAdmin,
		cause: "the provider does not know this Client ID, or the application is confidential and wants a secret: the client must be public", fix: "compare the Client ID with the application's page; then set its client authentication to none (native, public client)", things: []string{"client_id"}},
	{text: "dpop", code: "DSK-02", okta: "OKT-03", owner: diag.IdPAdmin,
		cause: "the application demands tokens that are bound to a key (DPoP), which the Desktop does not know", where: oktaApp, fix: "switch off the demand for a proof of possession (DPoP)", things: []string{"client_id"}},
	{text: "redirect_uri' parameter must|redirect uri|redirect_uri|redirection uri|callback url", code: "DSK-04", owner: diag.IdPAdmin,
		cause: "the address to which the browser is sent back is not registered, or is registered with a slash, a path, https, another port or 127.0.0.1 (TRB-14)", fix: "register exactly " + estate.DesktopRedirect + " as redirect address of a native (public) application", things: []string{"redirect"}},
	{text: "code challenge|code_challenge|pkce|code_verifier|code verifier|proof key", code: "DSK-03", owner: diag.IdPAdmin,
		cause: "the provider does not take the proof key with S256 as the Desktop sends it", fix: "allow or require PKCE with S256 for the application"},

	{error: "access_denied", text: "not assigned", code: "DSK-20", okta: "OKT-04", owner: diag.IdPAdmin,
		cause: "this person may not use the application (TRB-09)", where: oktaAssigned, fix: "assign the person, or a group that holds everybody who shall use the Desktop"},
	{error: "access_denied", text: "policy evaluation failed", code: "DSK-20", okta: "OKT-06", owner: diag.IdPAdmin,
		cause: "no rule of an access policy admits this application, this person, this grant and all four scopes together; a new Okta organization has no policy at all, and a rule that lists three of the scopes is passed over (TRB-09)",
		where: oktaPolicies, fix: "a policy assigned to the application, with a rule for Authorization Code, for the people, and for the scopes openid email profile offline_access (or any scope)"},
	{error: "access_denied", text: "requested scopes were rejected|denied by the policy", code: "DSK-10", okta: "OKT-06", owner: diag.IdPAdmin,
		cause: "a rule of the access policy denies scopes that the Desktop always asks for", where: oktaPolicies, fix: "let the rule allow openid email profile offline_access"},
	{error: "access_denied", text: "network zone", code: "DSK-23", owner: diag.IdPAdmin,
		cause: "the application may be used from certain networks only, and this computer is in none of them", fix: "sign in from an allowed network, or widen the application's network zone at the provider"},
	{error: "access_denied", code: "DSK-20", okta: "TRB-09", owner: diag.IdPAdmin,
		cause: "the person declined or cancelled, is not assigned to the application, or a policy of the provider refuses them", fix: "sign in again and agree; then look at the application's assignments and policies at the provider"},

	{error: "invalid_scope", text: "not configured for the authorization server", code: "DSK-10", okta: "OKT-05", owner: diag.IdPAdmin,
		cause: "the authorization server lacks one of the scopes openid email profile offline_access; mostly offline_access (TRB-13)", where: oktaScopes, fix: "enable all four"},
	{error: "invalid_scope", text: "not allowed for this request", code: "DSK-10", okta: "OKT-02", owner: diag.IdPAdmin,
		cause: "a scope is not allowed for this application: offline_access needs the grant type Refresh Token (INFERRED; TRB-13, TRB-22)", where: oktaApp, fix: "grant types Authorization Code and Refresh Token"},
	{error: "invalid_scope", code: "DSK-10", okta: "OKT-05", owner: diag.IdPAdmin,
		cause: "the provider refuses one of the scopes openid email profile offline_access, which the Desktop always sends; mostly offline_access (TRB-13)", where: oktaScopes, fix: "allow all four scopes"},

	{error: "unauthorized_client", text: "grant type", code: "DSK-11", okta: "OKT-02", owner: diag.IdPAdmin,
		cause: "the application lacks a grant type: the Desktop needs Authorization Code and Refresh Token", where: oktaApp, fix: "grant types Authorization Code and Refresh Token"},
	{error: "unauthorized_client", text: "custom authorization server", code: "OKT-09", owner: diag.IdPAdmin,
		cause: "the application works with Okta's own server only", fix: "use the org server's four addresses, or register a native application that may use the server of the issuer", things: valueNames},
	{error: "unauthorized_client", code: "DSK-02", okta: "OKT-01", owner: diag.IdPAdmin,
		cause: "the application may not do what the Desktop does: it is unknown, not active, or of another type than native", fix: "register a native (public) application with Authorization Code and Refresh Token", things: []string{"client_id"}},

	{error: "invalid_grant", text: "issued to another client", code: "DSK-09", owner: diag.IdPAdmin, cause: "the code was made for another application: authorization and token endpoint do not belong together", fix: "copy both from one discovery document"},
	{error: "invalid_grant", stage: atRefresh, code: "DSK-11", owner: diag.IdPAdmin,
		cause: "the refresh token is not taken although it is new: revoked at once by a rotation rule, bound to a session that has ended, or of a lifetime of nothing", fix: "look at the lifetime and rotation of refresh tokens in the application and in the access policy"},
	{error: "invalid_grant", stage: atToken, code: "DSK-09", owner: diag.IdPAdmin,
		cause: "the token endpoint does not know the code that the authorization endpoint gave a moment ago: the two belong to different servers, or the code ended too soon", fix: "copy both from one discovery document"},
	{error: "invalid_token", code: "DSK-16", owner: diag.IdPAdmin, cause: "the token comes from another authorization server than the one that was asked (TRB-10)", fix: "take all addresses from one discovery document"},

	{error: "login_required", code: "DSK-20", owner: diag.Operator, cause: "the provider was not allowed to show its sign-in page", fix: "sign in without --prompt none"},
	{error: "consent_required", code: "DSK-20", owner: diag.IdPAdmin, cause: "nobody has consented to the application yet, and the provider may not ask", fix: "consent for the whole organization at the provider, or sign in with --prompt consent once"},
	{error: "interaction_required", code: "DSK-20", owner: diag.IdPAdmin, cause: "the provider has to ask the person something and was not allowed to", fix: "sign in without --prompt none"},
	{error: "unsupported_response_type", code: "DSK-03", owner: diag.IdPAdmin, cause: "the application does not allow the authorization code flow", fix: "allow response type code for the application"},
	{error: "unsupported_grant_type", stage: atRefresh, code: "DSK-11", okta: "OKT-02", owner: diag.IdPAdmin, cause: "the provider or the application has no refresh tokens", fix: "allow the grant type Refresh Token for the application"},
	{error: "unsupported_grant_type", code: "DSK-03", owner: diag.IdPAdmin, cause: "the provider does not take authorization codes here", fix: "allow the grant type Authorization Code, and compare the token endpoint with the discovery document"},
	{error: "temporarily_unavailable", code: "DSK-23", owner: diag.IdPAdmin, cause: "the provider is overloaded or being maintained", fix: "try again later"},
	{error: "server_error", code: "DSK-23", owner: diag.IdPAdmin, cause: "the provider met a fault of its own", fix: "try again; then look at the provider's log"},
	{code: "DSK-20", owner: diag.IdPAdmin, cause: "the provider refuses for a reason of its own", fix: "look for this moment in the provider's log"},
}

// explainRefusal finds the row for what a provider said.
func explainRefusal(at stage, code, description string) refusal {
	text := strings.ToLower(description)
	for _, r := range refusals {
		if (r.error == "" || r.error == code) && (r.stage == "" || r.stage == at) && contains(text, r.text) {
			return r
		}
	}
	return refusals[len(refusals)-1]
}

func contains(text, any string) bool {
	for part := range strings.SplitSeq(any, "|") {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// rowFor is the catalogue row of a refusal at a vendor.
func (r refusal) rowFor(v estate.Vendor) string {
	if v == estate.VendorOkta && r.okta != "" {
		return r.okta
	}
	return r.code
}

// refused records what a provider said no to.
func (r *report) refused(v estate.Vendor, at stage, subject, code, description string) {
	row := explainRefusal(at, code, description)
	if v == estate.VendorOkta && row.where != "" {
		row.fix = row.where + ": " + row.fix
	}
	said := code
	if description != "" {
		said += " (" + quoted(description) + ")"
	}
	r.add(diag.Finding{Code: row.rowFor(v), Subject: subject, Status: diag.Fail, Title: "the provider refuses: " + said, Cause: row.cause, Fix: row.fix, Owner: row.owner,
		Evidence: []diag.Evidence{{Path: string(at), Seen: said}}}, row.things...)
}
