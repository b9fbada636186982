package knowledge

import (
	"regexp"

	"rehome/internal/diag"
)

var (
	consoleField = diag.Source{Doc: "runbook, section 7 and 4.4: the console's entry cannot be edited", Date: "2026-06-06"}
	consolePage  = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, steps 3 and 4", Date: "2026-06-06"}
	tokenRules   = diag.Source{Doc: "IAM Identity Center user guide, trusted token issuers (idc-kms 5.2)", Date: "2026-11-22"}
	refreshFacts = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, step 1 and Troubleshooting: refresh tokens", Date: "2026-06-06"}
)

const (
	otherTokens = `csrf|xsrf|captcha|antiforgery`
	shortLived  = `session (?:expires?|ends|times out|timed out).{0,20}?(?:frequent|often|quick|after|every)|(?:sign(?:ed)?|log(?:ged)?)[ -]?(?:in|out).{0,20}?(?:again and again|too often|so often|very often|frequently|every (?:hour|day|few))|re-?authenticate.{0,20}?(?:often|frequently)`
	elsewhere   = `aws console|management console|\bssh\b|role session|sso session|aws cli|credentials`
)

// shortSession is about one vendor, whose name the text has to hold.
func shortSession(vendor string) *regexp.Regexp { return either(near(shortLived, vendor)) }

// session are errors after the identity provider has let the person in.
var session = []Entry{
	{ID: "TRB-10", Title: "the userinfo endpoint belongs to another authorization server than the token",
		Cause: "each of Okta's authorization servers knows its own tokens only; one of the default server is a stranger at the organization's own server (/oauth2/v1/userinfo), and the other way round",
		Fix:   "all addresses have to be of one server: /oauth2/default/ in issuer, authorization endpoint, token endpoint, JWKS URI and userinfo; copy them from the issuer's discovery document. rehome signin names the value that is not of it",
		Owner: diag.QuickAdmin, Source: []diag.Source{desktopField, oktaErrors},
		Findings: []Confirms{{Code: "DSK-16"}, {Code: "OKT-09", Part: true}, {Code: "DSK-09", Subject: "endpoint", Part: true}},
		pattern:  either(`\baccess_token_invalid_issuer\b`, `access token provided has an invalid issuer`, near(`\buser[ _-]?info\b`, `\b401\b|unauthorized`)), unless: regexp.MustCompile(`/api/`),
		tells: &tells{reads: readUserinfo, derive: orgUserinfo, say: "the text has ${asked}; for tokens of the default server it is ${right}"}},
	{ID: "TRB-11", Title: "the JWKS URI belongs to another authorization server than the token",
		Cause: "the keys at the JWKS URI are not those that the token was signed with: the address of Okta's org server (/oauth2/v1/keys) beside a token of the default server, or an address that is no longer right",
		Fix:   "the JWKS URI has to be the one in the issuer's discovery document, with issuer /oauth2/default that is /oauth2/default/v1/keys; delete the extension access and create it anew with it",
		Owner: diag.QuickAdmin, Source: []diag.Source{desktopField},
		Findings: []Confirms{{Code: "TRB-11"}, {Code: "EXT-09", Part: true, Says: entered("jwks_uri")}, {Code: "OKT-09", Subject: "jwks", Part: true}, {Code: "DSK-09", Subject: "jwks"}, {Code: "DSK-15", Subject: "jwks"}},
		pattern: either(`jwks.{0,100}?\b(?:fail(?:s|ed|ure)?|mismatch|not match|no matching|not found|invalid|wrong)\b`, `\b(?:fail(?:s|ed|ure)?|mismatch|no matching|unable|invalid|wrong)\b.{0,100}?jwks`,
			`no (?:applicable|matching|suitable) key.{0,80}?(?:key set|\bkid\b|\bjwk|json web)`, `failed to verify (?:id token )?signature`, `(?:\bjwt|\bid[_ ]token) signature.{0,60}?(?:invalid|fail|not valid)`,
			near(`/oauth2/v1/keys`, `/oauth2/default`), tokenRefused),
		unless: either(otherTokens, `issuer (?:mismatch|is not|does not|did not|differs)|(?:wrong|invalid) issuer`)},
	{ID: "TRB-15", Title: "Quick has no user with the e-mail address in the token",
		Cause: "in an account with IAM federation Quick finds the person by e-mail address alone, and the address in the token is not exactly that of a Quick user: another spelling or case, an alias, or nobody was registered",
		Fix:   "make the two addresses equal, or register the person in Quick with the address that the identity provider sends: aws quicksight list-users --region us-east-1 shows Quick's, rehome signin shows the token's",
		Owner: diag.QuickAdmin, Source: []diag.Source{desktopField},
		Findings: []Confirms{{Code: "TRB-15"}, {Code: "DSK-13", Subject: "person/quick"}, {Code: "DSK-14", Subject: "person/quick"}}, Finder: FinderQuick,
		pattern: userNotFound, unless: otherUsers, tells: &tells{reads: readAddress}},
	{ID: "TRB-19", Title: "Identity Center has no single user with the e-mail address in the token",
		Cause: "in an account on Identity Center the trusted token issuer looks the token's e-mail address up in the Identity Store, and it has to be exactly one user's: nobody was provisioned with it, it is spelled differently, or two share it",
		Fix:   "provision the person with exactly the address that the identity provider sends, and with one of their own; rehome signin shows the token's, aws identitystore list-users the store's",
		Owner: diag.ManagementAdmin, Source: []diag.Source{desktopPage, tokenRules},
		Findings: []Confirms{{Code: "TRB-19"}, {Code: "TTI-08", Subject: "person/identity-center"}, {Code: "TTI-08", Part: true}, {Code: "DSK-13", Subject: "person/identity-center"}}, Finder: FinderIdentityCenter,
		pattern: userNotFound, unless: otherUsers, tells: &tells{reads: readAddress}},
	{ID: "TRB-16", Title: "the issuer in the extension access is not the identity provider's",
		Cause: "the issuer that was entered in the Quick console differs from the one in the token, if only by a slash at the end, the discovery suffix or a letter's case",
		Fix:   "copy the issuer from the discovery document as it stands; delete the extension access and create it anew with it. If the issuer agrees, look at the keys (TRB-11) and at the audience, which is the client ID",
		Owner: diag.QuickAdmin, Source: []diag.Source{consoleField},
		Findings: []Confirms{{Code: "TRB-16"}, {Code: "EXT-09", Part: true, Says: entryDiffers}, {Code: "DSK-09", Subject: "issuer"}, {Code: "TTI-05", Subject: "idp/issuer"}, {Code: "DSK-22", Subject: "extension"}},
		pattern:  issuerRefused, unless: otherIssuers, tells: &tells{reads: readIssuers, derive: difference, say: "${one} and ${other} differ: ${difference}"}},
	{ID: "TRB-20", Title: "the issuer of the trusted token issuer is not the identity provider's",
		Cause: "Identity Center compares the token's issuer with the URL of the trusted token issuer character by character; nobody tried that URL when it was created",
		Fix:   "compare the three: discovery document, trusted token issuer, extension access; rehome doctor shows them beside each other. A trusted token issuer's URL cannot be changed: delete and create it, and the extension access that names it (TTI-10)",
		Owner: diag.ManagementAdmin, Source: []diag.Source{desktopPage, tokenRules},
		Findings: []Confirms{{Code: "TRB-20"}, {Code: "EXT-09", Part: true, Says: trustDiffers}, {Code: "TTI-05", Subject: "trusted-token-issuer"}, {Code: "TTI-01"}, {Code: "DSK-22", Subject: "trusted"}}, Finder: FinderIdentityCenter,
		pattern: issuerRefused, unless: otherIssuers, tells: &tells{reads: readIssuers, derive: difference, say: "${one} and ${other} differ: ${difference}"}},
	{ID: "TRB-17", Title: "the extension access holds a wrong value and does not take another",
		Cause: "what stands in an extension access is final: the console shows the values and never stores a change",
		Fix:   "first prove the right values (rehome signin), then in the Quick console: Permissions, Extension access: delete the entry, add it anew with all of the values, and create the extension from it again; rehome plan has both steps with the values filled in",
		Owner: diag.QuickAdmin, Source: []diag.Source{consoleField, consolePage},
		Findings: []Confirms{{Code: "TRB-17"}, {Code: "EXT-09", Part: true}},
		pattern:  either(near(`extension access`, `(?:won'?t|doesn'?t|does not|will not|cannot|can'?t|could not|not|unable to) (?:be )?(?:sav|stor|keep|edit|chang|updat|modif|correct)[a-z]*|wrong (?:value|issuer|client|url|endpoint|jwks)|read-?only|gr[ae]yed out`))},
	{ID: "TRB-22", Title: "people have to sign in often: Okta hands out no refresh token",
		Cause: "without a refresh token Desktop's session ends with its first token",
		Fix:   "Okta: the application's grant types need Refresh Token, and offline_access has to be granted: among the scopes of the authorization server and in the rule of its access policy",
		Owner: diag.IdPAdmin, Source: []diag.Source{refreshFacts}, Findings: []Confirms{{Code: "DSK-11"}, {Code: "OKT-02", Part: true}, {Code: "OKT-05", Part: true}},
		pattern: shortSession(`\bokta\b`), unless: regexp.MustCompile(elsewhere)},
	{ID: "TRB-22", Title: "people have to sign in often: Entra ID hands out no refresh token",
		Cause: "without a refresh token Desktop's session ends with its first token",
		Fix:   "Entra ID: the application needs the delegated permission offline_access, with the administrator's consent where the tenant wants it",
		Owner: diag.IdPAdmin, Source: []diag.Source{refreshFacts}, Findings: []Confirms{{Code: "DSK-11"}},
		pattern: shortSession(`\bentra\b|\bazure ad\b`), unless: regexp.MustCompile(elsewhere)},
	{ID: "TRB-22", Title: "people have to sign in often: PingFederate hands out no refresh token, or no ID token with it",
		Cause: "Desktop needs a refresh token, and from PingFederate a new ID token with each refresh",
		Fix:   "PingFederate: the client needs the grant Refresh Token and the scope offline_access; its OpenID Connect policy needs Return ID Token On Refresh Grant",
		Owner: diag.IdPAdmin, Source: []diag.Source{refreshFacts}, Findings: []Confirms{{Code: "DSK-11"}},
		pattern: shortSession(`\bping ?federate\b`), unless: regexp.MustCompile(elsewhere)},
	{ID: "TRB-22", Title: "people have to sign in often: PingOne hands out no refresh token",
		Cause: "without a refresh token Desktop's session ends with its first token",
		Fix:   "PingOne: the application needs the grant Refresh Token and the scope offline_access",
		Owner: diag.IdPAdmin, Source: []diag.Source{refreshFacts}, Findings: []Confirms{{Code: "DSK-11"}},
		pattern: shortSession(`\bping ?one\b`), unless: regexp.MustCompile(elsewhere)},
	{ID: "TRB-22", Title: "people have to sign in often: the identity provider hands out no refresh token",
		Cause: "without a refresh token Desktop's session ends with its first token; what has to be switched on depends on the identity provider",
		Fix:   "which provider is it? Ask again with its name, such as: rehome explain 'session expires frequently, Okta'; it can be Okta, Entra, PingFederate or PingOne. rehome signin shows whether a refresh token comes",
		Owner: diag.IdPAdmin, Source: []diag.Source{refreshFacts}, Findings: []Confirms{{Code: "DSK-11"}},
		vague: vague{regexp.MustCompile(shortLived), regexp.MustCompile(elsewhere)}},
}

// entered is an observation of a value that was entered in the Quick console and is another than the provider's (EXT-09).
func entered(value string) *regexp.Regexp { return regexp.MustCompile(`/values/` + value + ` `) }

// Of three issuers, an observation names the one that the two others disagree with; without a trusted token issuer there are two.
var (
	entryDiffers = regexp.MustCompile(`/values/issuer .*(?:"|(?:identity provider|extension access) is the odd one out|all three differ)$`)
	trustDiffers = regexp.MustCompile(`/values/issuer .*(?:(?:identity provider|trusted token issuer) is the odd one out|all three differ)$`)
)

// What Quick says tells neither which comparison failed nor whose user is missing, so that several entries share a pattern.
const tokenRefused = `token validation (?:failure|failed|error)`

var (
	issuerRefused = either(tokenRefused, `issuer did not match`, `(?:\bissuer\b|\biss\b)[^.]{0,80}?(?:mismatch|does not match|differs)`, `(?:wrong|invalid|unexpected) (?:token )?issuer\b`)
	otherIssuers  = either(otherTokens, `jwks|/keys\b|signature|saml|assertion|x509|certificate|access token provided|access_token_invalid`)
	userNotFound  = either(`\buser (?:was |is |could )?not (?:be )?found\b`)
	otherUsers    = either(`resourcenotfound|nosuchentity|usernotfoundexception|when calling the|operation error|e0000\d|scim|/api/`)
)
