package knowledge

import (
	"regexp"

	"rehome/internal/diag"
)

var (
	desktopField = diag.Source{Doc: "runbook, section 7 and 4.1, 4.5 (errors seen in the field)", Date: "2026-06-06"}
	desktopPage  = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, Okta and Troubleshooting", Date: "2026-06-06"}
	oktaErrors   = diag.Source{Doc: "Okta developer documentation, OAuth 2.0 error codes, release 2026.08.1 (oidc 1.1)", Date: "2026-11-22"}
	oktaGuess    = diag.Source{Doc: "which of Okta's settings illegal_scope means (oidc 1.1)", Date: "2026-11-22", Inferred: true}
	oktaLicence  = diag.Source{Doc: "Okta developer documentation, API Access Management (oidc 0.2)", Date: "2026-11-22"}
)

// What Okta says when nobody is assigned and when no policy admits the request was seen to be the same in the field; Okta's own table has
// a text for each.
const (
	noPolicy       = `policy evaluation failed for this request|\bno_matching_policy\b|` + `(?:okta|access_denied|oauth|\b400\b).{0,160}?policy evaluation failed|policy evaluation failed.{0,160}?(?:okta|access_denied|oauth|\b400\b)`
	somebodyElse   = `network[_ ]zone|cancel|declin|consent|\bkms\b|\bs3\b|(?:azure|opa|iam|sentinel|terraform|kyverno) policy|accounts\.google`
	customScope    = `illegal_custom_scope|custom scopes are not allowed`
	scopeUnknown   = `no_matching_scope|scopes are not configured for the authorization server`
	scopeForbidden = `illegal_scope|scopes are not allowed for this request`
	atSignIn       = `(?:authorize\b|authorization (?:endpoint|url|page)|sign-?in|signing in|log ?in|desktop)`
	refused        = `err_connection_refused|connection (?:was )?refused|refused to connect|econnrefused|unable to connect|can(?:'t|not| not) (?:connect|establish a connection|reach)`
)

var unclearDenial = vague{regexp.MustCompile(`\baccess_denied\b|policy evaluation failed`), regexp.MustCompile(somebodyElse)}

// signIn are errors between the browser's way to the identity provider and its way back.
var signIn = []Entry{
	{ID: "TRB-06", Title: "there is no host with the name in the authorization endpoint",
		Cause: "the Okta domain is incomplete, most often without .okta.com, or misspelled: the browser looks for a host that does not exist and never reaches the identity provider",
		Fix:   "take the whole host from the organization's address, such as example.okta.com (also oktapreview.com, okta-emea.com or a domain of your own), and compare with the discovery document: rehome idp show --vendor okta --domain HOST. An extension access with the short name has to be deleted and created anew",
		Owner: diag.QuickAdmin, Source: []diag.Source{desktopField},
		Findings: []Confirms{{Code: "TRB-06"}, {Code: "OKT-08", Part: true, Says: regexp.MustCompile(`is incomplete`)}, {Code: "DSK-23", Subject: "idp/reach/", Part: true, Says: regexp.MustCompile(`NXDOMAIN`)}},
		pattern: either(`dns_probe_finished_nxdomain`, near(`err_name_not_resolved|nxdomain|no such host|could(?:n't| not) resolve host|server not found|name or service not known|can't find that site|server ip address could not be found`,
			`/oauth2/|\bokta\b|\.okta|/v1/authorize|authorization endpoint|openid-configuration`)),
		unless: regexp.MustCompile(`amazonaws\.com|\.api\.aws`),
		tells:  &tells{reads: readHost, derive: wholeHost, say: "write ${full} in place of ${host}"}},
	{ID: "TRB-07", Title: "Okta has no sign-in page at this address",
		Cause: "the host with -admin in its name is the administrators' console and serves no /oauth2/ at all; or the host is right and the authorization server that the path names does not exist: /oauth2/default needs the API Access Management licence",
		Fix:   "use the organization's own host, without -admin, in all of the values; if it has no -admin, look under Security, API, Authorization Servers for the server that the path names: rehome signin compares each value with what Okta publishes",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopField, oktaLicence},
		Findings: []Confirms{{Code: "TRB-07"}, {Code: "OKT-08", Part: true, Says: regexp.MustCompile(`administration console`)}},
		pattern: either(near(`\b404\b|page not found`, `/oauth2/|-admin\.okta[a-z-]*\.com/\.well-known|\bokta\b.{0,60}?`+atSignIn+`|`+atSignIn+`.{0,60}?\bokta\b`), `\bokta\b.{0,60}?(?:\b404\b|page not found).{0,60}?`+atSignIn,
			`/oauth2/\S*authorize\?.{0,1000}?(?:\b404\b|page not found)`), // a whole address is long
		unless: regexp.MustCompile(`microsoftonline|amazoncognito|googleapis|/api/v1/|e0000\d`),
		tells:  &tells{reads: readHost, derive: wholeHost, say: "write ${full} in place of ${host}"}},
	{ID: "TRB-08", Title: "the identity provider does not know the client ID",
		Cause: "the client ID is mistyped, or the application is inactive or of another organization; Okta's own IDs begin with the digit zero (0oa), and a capital letter O in its place looks alike",
		Fix:   "copy the client ID from the application's General tab in Okta, do not type it; then delete the extension access and create it anew, since its client ID cannot be changed",
		Owner: diag.QuickAdmin, Source: []diag.Source{desktopField, oktaErrors},
		Findings: []Confirms{{Code: "TRB-08"}, {Code: "OKT-10", Part: true}},
		pattern:  either(`\binvalid_client_id\b`, `invalid value for ['"]?client_id`, `\binvalid client_id\b`, `unable to retrieve client by id`),
		vague:    vague{either(near(`\bokta\b|\.okta[a-z-]*\.com`, `\b400\b.{0,20}?bad request|bad request.{0,20}?\b400\b`)), regexp.MustCompile(`e0000\d|/api/v1/|errorcode|scim|saml|_uri\b|\bstate\b`)},
		tells:    &tells{reads: readClient, derive: zeroForO, say: "the client ID in the text, ${client}, begins with a letter; with the digit zero it is ${meant}"}},
	{ID: "TRB-09", Title: "no access policy of Okta's authorization server admits the sign-in",
		Cause: "no policy with a rule covers this application, this person, the grant and each of the four scopes that Desktop asks for; one scope that the rule leaves out is enough. New Okta Integrator organizations come with no policy at all on the default server",
		Fix:   "Okta, Security, API, Authorization Servers, default, Access Policies: a policy for this application (or all clients), with a rule for the people's groups, the grant Authorization Code (and Refresh Token where it is offered), and the scopes openid, email, profile and offline_access (or any)",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopField, oktaErrors},
		Findings: []Confirms{{Code: "OKT-06"}},
		pattern:  either(noPolicy, `\bno_scope_allowed\b|\bscope_denied\b|requested scopes (?:were|was) (?:rejected|denied)|scopes were denied by the policy`), vague: unclearDenial},
	{ID: "TRB-09", Title: "the person is not assigned to the application in Okta",
		Cause: "Okta lets only those people in to whom the application was assigned, by themselves or by a group",
		Fix:   "Okta, Applications, the application for Quick on Desktop, Assignments: assign the person, or a group with everybody who shall use Desktop",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopField, oktaErrors},
		Findings: []Confirms{{Code: "OKT-04"}},
		pattern:  either(noPolicy, `\buser_not_assigned\b|not assigned to (?:the|this) (?:client )?application`), vague: unclearDenial},
	{ID: "TRB-12", Title: "nobody listens on port 18080 of this computer",
		Cause: "the address to which the browser comes back is served by the application itself, and only while it waits for a sign-in (DSK-07): a sign-in address that is pasted by hand, opened again or finished too late finds nobody; so does a browser on another computer than the application, as with SSH, WSL or a container",
		Fix:   "start the sign-in from Quick on Desktop, or from rehome signin, and finish it at once; do not paste its address. If it stays: see whether something else holds the port, with lsof -nP -iTCP:18080 -sTCP:LISTEN; on a remote machine use rehome signin --paste",
		Owner: diag.Operator, Source: []diag.Source{desktopField},
		Findings: []Confirms{{Code: "TRB-12"}, {Code: "DSK-06"}},
		pattern:  either(near(refused, `(?:localhost|127\.0\.0\.1|\[?::1\]?):18080|\bport 18080\b`), near(`(?:localhost|127\.0\.0\.1) refused to connect`, `/oauth2/|\bokta\b|desktop|sign-?in`)),
		// without a port or another host in the text
		vague: vague{regexp.MustCompile(`^(?:[^:/]|:[^\d/])*(?:err_connection_refused|(?:localhost|127\.0\.0\.1) refused to connect)(?:[^:/]|:[^\d/])*$`), regexp.MustCompile(`\b[a-z0-9-]+\.(?:com|net|org|io|dev|internal|local|aws|cloud)\b`)}},
	{ID: "TRB-13", Title: "the authorization server has no scope offline_access",
		Cause: "Desktop always asks for offline_access, and it is not among the scopes of the authorization server; a scope that is not there fails the whole sign-in",
		Fix:   "enable offline_access, and openid, email and profile if one is missing, on the authorization server whose issuer is used",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopField, oktaErrors, desktopPage},
		Findings: []Confirms{{Code: "OKT-05"}, {Code: "DSK-10"}},
		pattern:  either(`\binvalid_scope\b`, scopeUnknown), unless: either(customScope, scopeForbidden)},
	{ID: "TRB-13", Title: "the application may not have offline_access: the grant Refresh Token is off",
		Cause: "the scope exists, but the application, or the access policy that applies to it, does not allow the grant Refresh Token that goes with it",
		Fix:   "switch on Refresh Token beside Authorization Code in the application's grant types, and see that the access policy's rule admits the application and the scope",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopField, oktaErrors, oktaGuess},
		Findings: []Confirms{{Code: "OKT-02", Part: true}, {Code: "OKT-06", Part: true}},
		pattern:  either(`\binvalid_scope\b`, scopeForbidden), unless: either(customScope, scopeUnknown)},
	{ID: "TRB-23", Title: "invalid_scope: where Okta shows the scope and the grant",
		Cause: "AWS's page names the same two causes as the field: the scope offline_access is missing on the authorization server, or the application's access policy does not allow Refresh Token",
		Fix:   "Okta: Security, API, Authorization Servers, default, Scopes: offline_access has to be in the list; then Access Policies of the same server: the policy for this application has to allow Refresh Token. Okta shows Refresh Token among the application's grant types, under Applications, General",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopPage, desktopField},
		Findings: []Confirms{{Code: "OKT-05", Part: true}, {Code: "OKT-02", Part: true}, {Code: "OKT-06", Part: true}},
		pattern:  either(`\binvalid_scope\b`, scopeUnknown, scopeForbidden), unless: regexp.MustCompile(customScope)},
	{ID: "TRB-14", Title: "the address that the sign-in comes back to is not registered",
		Cause: "the identity provider compares the redirect address character by character: https, 127.0.0.1 for localhost, a path or a slash at the end makes it another one",
		Fix:   "register exactly http://localhost:18080 at the application, with no path and no slash",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopField, desktopPage, oktaErrors},
		Findings: []Confirms{{Code: "DSK-04"}},
		pattern:  redirectMismatch, tells: &tells{reads: readRedirect, derive: otherRedirect, say: "the text has ${redirect}, and http://localhost:18080 is required"}},
	{ID: "TRB-18", Title: "redirect address: the application's kind counts too",
		Cause: "AWS's page asks for two things: the address exactly as it stands, and that it is registered for a public client; an application of the kind Web or single-page does not do, even with the right address",
		Fix:   "the application has to be native: in Okta of type Native with client authentication None, in Entra ID under Mobile and desktop applications, in PingOne of type Native, in PingFederate with client authentication None",
		Owner: diag.IdPAdmin, Source: []diag.Source{desktopPage, desktopField},
		Findings: []Confirms{{Code: "OKT-01", Part: true}, {Code: "DSK-04"}},
		pattern:  redirectMismatch},
}

var redirectMismatch = either(`\bredirect(?:_uri)?[_ -]mismatch\b`, `redirect ?uri mismatch`, `\billegal_redirect_uri\b`, `must be a login redirect uri`, `unregistered redirect[_ ]uri`,
	`\binvalid[_ ]redirect[_ ]uri\b`, `redirect_uri did not match any`, `redirect uri .{0,200}?does not match the redirect uris? configured`, `requested redirect_uri is missing`)
