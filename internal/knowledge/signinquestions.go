package knowledge

import (
	"regexp"

	"rehome/internal/diag"
)

var (
	listenerTip  = diag.Source{Doc: "runbook, section 4.5", Date: "2026-06-06"}
	howItWorks   = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, How enterprise sign-in works and steps 1 to 4", Date: "2026-06-06"}
	webUnchanged = diag.Source{Doc: "runbook, section 4 (scope) and 6", Date: "2026-06-06"}
	hybridClaims = diag.Source{Doc: "runbook, section 6.1", Date: "2026-06-06"}
)

const (
	identityCenter = `(?:identity center|\bidc\b|\bpath a\b)`
	needsOwn       = `(?:\bneeds?\b|requir|set-?up|set up|configur|\bextra\b|\bown\b|separate|\brides?\b)`
	wayIn          = `(?:sign(?:ing|s)?[ -]?in|log(?:ging|s)?[ -]?in|authenticat[a-z]*)`
	otherDesktops  = `(?:remote|docker|github|virtual) desktop|workspaces`
)

// signInQuestions are plain questions about signing in with Quick on Desktop.
var signInQuestions = []Entry{
	{ID: "DSK-07", Title: "the address of a sign-in cannot be pasted into a browser by hand",
		Cause: "the listener on http://localhost:18080 exists only while the application waits for this very sign-in, and the address belongs to that one attempt; opened by hand, earlier or later, it ends in a refused connection",
		Fix:   "start from Quick on Desktop, or from rehome signin, which waits in the same way; on a machine without a browser: rehome signin --paste",
		Owner: diag.Operator, Source: []diag.Source{listenerTip},
		pattern: either(near(`\b(?:paste|pasting|pasted|by hand|copy|copied|copying|manually|bookmark(?:ed)?)\b`, `authoriz(?:e|ation) (?:url|link|address|endpoint)|localhost:18080|127\.0\.0\.1:18080|desktop(?:'s)? (?:app(?:lication)?'?s? )?(?:sign-?in|log-?in) (?:url|link|address|page)`)),
		unless:  regexp.MustCompile(refused)},
	{ID: "DSK-14", Title: "how a Desktop sign-in finds its person",
		Cause: "it depends on the account's method: on Identity Center the trusted token issuer maps a claim of the token (normally email) to an attribute of the Identity Store (emails.value); with IAM federation Quick itself compares the token's e-mail address with its users'. Either way the two have to be equal, character by character, and one person's alone",
		Fix:   "rehome signin shows the claim and how many people it finds on either side",
		Owner: diag.Operator, Source: []diag.Source{howItWorks, tokenRules},
		Findings: []Confirms{{Code: "DSK-13"}, {Code: "TTI-08", Part: true}},
		pattern:  either(`\bemails\.value\b`, `(?:desktop|\bid token|e-?mail claim).{0,160}?\b(?:maps?|mapped|mapping|match(?:es|ed)?)\b.{0,100}?\b(?:users?|person|people|identity|accounts?)\b`, `\b(?:users?|person|people)\b.{0,60}?\bmapped\b.{0,80}?desktop`),
		unless:   either(`trusted[ -]?token[ -]?issuer`, otherDesktops)},
	{ID: "DSK-18", Title: "Desktop sign-in fails: compare the console's values with the identity provider's",
		Cause: "the likeliest reason, when there is no text to go by, is one of the values in the extension access: nobody tried them when they were entered",
		Fix:   "rehome signin signs in with the same values and names the one that is wrong; then delete the extension access, create it anew with the right values, and the extension from it: rehome plan has the steps. An error's own text, given to rehome explain, says more",
		Owner: diag.QuickAdmin, Source: []diag.Source{consolePage},
		Findings: []Confirms{{Code: "EXT-09", Part: true}, {Code: "DSK-09", Part: true}},
		vague: vague{either(near(`quick.{0,40}?desktop|desktop.{0,40}?quick|enterprise (?:log|sign)[ -]?in`, wayIn+`.{0,60}?(?:fail|do(?:es)? ?n[o']t work|broken|error|impossible)|(?:fail|cannot|can't|unable)[a-z]*.{0,30}?`+wayIn), wayIn+`.{0,60}?quick.{0,20}?desktop.{0,60}?(?:fail|do(?:es)? ?n[o']t work|broken)`),
			regexp.MustCompile(otherDesktops)}},
	{ID: "DSK-25", Title: "a sign-in at the identity provider does not prove that Quick accepts it",
		Cause: "there are two levels: rehome signin proves the identity provider's side (values, tokens, refresh, the person); that Quick itself takes the token is seen only when somebody signs in with the real Desktop application, since no API of AWS tries it",
		Fix:   "after the entry is in the console: install Desktop, choose the enterprise sign-in, sign in, and record it with rehome done; send the other people only then",
		Owner: diag.QuickAdmin, Source: []diag.Source{consolePage},
		Findings: []Confirms{{Code: "DSK-25"}},
		pattern:  regexp.MustCompile(`(?:\brehome (?:signin|prove)\b|\bproofs?\b|\bproven?\b|\bproves\b|sign-?in (?:passed|worked)).{0,160}?(?:desktop|amazon quick|quick (?:itself )?(?:accept|take|work))`)},
	{ID: "EXT-07", Title: "an extension access is corrected only by deleting it and creating it anew",
		Cause: "the console has no way to edit an entry, and there is no API for it either",
		Fix:   "Quick console, Permissions, Extension access: delete, then add with the right values; then Connect apps and data, Extensions: create the extension from the new entry. People cannot sign in with Desktop in between",
		Owner: diag.QuickAdmin, Source: []diag.Source{consolePage, consoleField},
		Findings: []Confirms{{Code: "EXT-09"}},
		pattern:  either(near(`extension access`, `\b(?:chang|edit|updat|correct|modif|fix|sav|wrong|read-?only|gr[ae]yed out)[a-z]*`)), unless: regexp.MustCompile(`\bweb\b`)},
	{ID: "PATH-05", Title: "Desktop needs its own set-up on Identity Center too",
		Cause: "on both paths Quick on Desktop signs in at the company's identity provider by OpenID Connect with a proof key, and needs an application there and an extension access in Quick; an account on Identity Center needs a trusted token issuer besides. The runbook says that on path A nothing has to be set up because Desktop signs in at Identity Center itself: AWS's page says otherwise, and the runbook is wrong there",
		Fix:   "rehome doctor shows which of the parts are missing, rehome plan makes them in order: application, sign-in proven, trusted token issuer (Identity Center only), extension access, extension",
		Owner: diag.Operator, Source: []diag.Source{howItWorks, tokenRules},
		Findings: []Confirms{{Code: "DSK-08"}, {Code: "TTI-01"}, {Code: "EXT-01"}},
		pattern: either(`no separate desktop auth`, `desktop.{0,160}?`+identityCenter+`.{0,160}?`+needsOwn, identityCenter+`.{0,160}?desktop.{0,120}?`+needsOwn,
			needsOwn+`.{0,120}?desktop.{0,160}?`+identityCenter, needsOwn+`.{0,120}?`+identityCenter+`.{0,120}?desktop`, `\bdesktop\b.{0,120}?`+needsOwn+`.{0,120}?`+identityCenter),
		unless: either(`trusted[ -]?token[ -]?issuer`, `\bhybrid\b`, `\bweb\b`, otherDesktops)},
	{ID: "PATH-06", Title: "setting up Desktop does not change how people sign in on the web",
		Cause: "an extension access concerns the Desktop application alone; the web page stays with the method that the account was created with, which cannot be changed at all",
		Fix:   "nothing has to be done for the web page; another method there means another account: rehome plan shows the candidates",
		Owner: diag.QuickAdmin, Source: []diag.Source{webUnchanged, howItWorks},
		Findings: []Confirms{{Code: "PATH-06"}},
		pattern:  either(near(`(?:extension access|desktop|\boidc\b).{0,120}?(?:chang|affect|alter|replac|switch|break|influenc|touch)|(?:chang|affect|alter|replac|switch|stay|still|keep)[a-z]*.{0,120}?(?:extension access|desktop|\boidc\b)`, `\bweb\b`)),
		unless:   either(`\bhybrid\b`, otherDesktops, `web (?:server|hook|site)`)},
	{ID: "PATH-12", Title: "hybrid: the web page through Identity Center, Desktop by OpenID Connect",
		Cause: "it is allowed, and by AWS's page it is what every account on Identity Center has, with a trusted token issuer in between. The runbook counts five costs: " +
			"(1) two ways to sign in, to document and to debug; (2) an exact match of e-mail addresses decides whether Desktop works, even while the web does; " +
			"(3) membership in Identity Center's groups does not gate Desktop [not confirmed by AWS's page]; " +
			"(4) the person's identity is not propagated to data sources in a Desktop session [not confirmed by AWS's page]; " +
			"(5) the key policies in both Regions have to be kept up for the web all the same",
		Fix:   "count with (1), (2) and (5); try (3) and (4) with people of your own before you rely on either answer",
		Owner: diag.Operator, Source: []diag.Source{hybridClaims, howItWorks},
		vague: vague{regexp.MustCompile(`\bhybrid\b`), regexp.MustCompile(`hybrid (?:cloud|azure|join|work|car|network|dns|search|benefit|connect|infrastructure|architecture|encryption|key|app)|azure|direct connect|\bflow\b|response_type`)}},
	{ID: "TTI-10", Title: "the issuer URL of a trusted token issuer cannot be changed",
		Cause: "UpdateTrustedTokenIssuer takes name and mapping, never the URL; and whatever names the ARN of a deleted one stops working, the extension access among it",
		Fix:   "delete the trusted token issuer and create it with the right URL, in Identity Center's primary Region; then delete the extension access that names the old ARN and create it with the new one; look for other applications that name it first: rehome plan has the steps",
		Owner: diag.ManagementAdmin, Source: []diag.Source{tokenRules},
		Findings: []Confirms{{Code: "TTI-05", Subject: "trusted-token-issuer"}},
		pattern:  either(near(`\btrusted token issuer|\btti\b`, `\b(?:chang|updat|edit|correct|modif|fix|wrong)[a-z]*`), `update-?trusted-?token-?issuer.{0,200}?issuer ?url`)},
	{ID: "TTI-13", Title: "where Identity Center's console has trusted token issuers",
		Cause: "the console and the API make the same thing, out of the same four values: issuer URL, name, the token's claim, the Identity Store's attribute",
		Fix:   "IAM Identity Center in its primary Region: Settings, Authentication, Trusted token issuers, Create trusted token issuer: the issuer URL as the discovery document has it, name AmazonQuickDesktop, identity provider attribute email, Identity Center attribute emails.value; note the ARN. See it with aws sso-admin describe-trusted-token-issuer; rehome apply makes it by API",
		Owner: diag.ManagementAdmin, Source: []diag.Source{{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, step 2", Date: "2026-06-06"}, tokenRules},
		Findings: []Confirms{{Code: "TTI-01"}},
		pattern:  either(near(`\btrusted token issuers?\b`, `\b(?:create|creating|add|adding|set up|where|find|console|click)\b`)), unless: regexp.MustCompile(`\b(?:chang|updat|edit|correct|modif|fix|wrong|delet)`)},
}
