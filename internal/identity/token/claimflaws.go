package token

import "rehome/internal/diag"

const (
	asIssued  = "type the Issuer URL as the token names it, if it is the provider meant; the console cannot change it once it is entered"
	writeWell = "let the provider write the claim as OpenID Connect does"
)

var claimFlaws = map[string]flaw{
	"issuer/absent":   {title: "the ID token names no issuer", cause: "it is none of an OpenID provider", fix: "let the provider issue ID tokens with iss", owner: diag.IdPAdmin},
	"issuer/kind":     {title: "the issuer in the ID token is no text", cause: "a custom claim has taken its name", fix: writeWell, owner: diag.IdPAdmin},
	"issuer/slash":    {title: "the issuer of the ID token and the typed one differ in a slash at the end", cause: "one was typed or left out; issuers are compared byte for byte", fix: asIssued},
	"issuer/space":    {title: "the issuer of the ID token and the typed one differ in a space at an end", cause: "it was copied along; issuers are compared byte for byte", fix: asIssued},
	"issuer/case":     {title: "the issuer of the ID token and the typed one differ in upper and lower case", cause: "addresses look alike in both; issuers are compared byte for byte", fix: asIssued},
	"issuer/port":     {title: "the issuer of the ID token and the typed one differ in a port that goes without saying", cause: "a browser hides it; issuers are compared byte for byte", fix: asIssued},
	"issuer/scheme":   {title: "the issuer of the ID token and the typed one differ in http and https", cause: "the provider sits behind a proxy and does not know its own address", fix: "set the provider's base URL to the https address, or type the issuer as the token names it", owner: diag.IdPAdmin},
	"issuer/template": {title: "the issuer is a template for every tenant", cause: "it was copied from the document of all tenants, with braces in it", fix: "type the issuer with the tenant's own identifier in it"},
	"issuer/server": {title: "the ID token is of another authorization server of the same host", cause: "the endpoints that were typed are those of another server, such as the organization's own (Okta: with and without /oauth2/default)",
		fix: "type all four addresses of one authorization server"},
	"issuer/other": {title: "the ID token is of another issuer", cause: "the provider has an address of its own beside the typed one (custom domain), or the endpoints are those of another provider; or a token was smuggled in", fix: asIssued},

	"audience/absent": {title: "the ID token names no audience", cause: "it is none of an OpenID provider", fix: "let the provider issue ID tokens with aud", owner: diag.IdPAdmin},
	"audience/kind":   {title: "the audience in the ID token is neither a text nor a list of texts", cause: "a custom claim has taken its name", fix: writeWell, owner: diag.IdPAdmin},
	"audience/empty":  {title: "the audience of the ID token is empty", cause: "a policy of the provider filters it away", fix: "let the provider put the Client ID into aud", owner: diag.IdPAdmin},
	"audience/access": {title: "the audience is not the Client ID, and the token looks like an access token", cause: "access tokens are for an API, such as api://default; what counts here is the ID token, and the Aud claim to type is the Client ID",
		fix: "let the token endpoint answer with an ID token in id_token", owner: diag.IdPAdmin},
	"audience/other": {title: "the ID token is for another application: its audience is not the Client ID", cause: "the Client ID was typed for another application than the one that answered; or a token of somebody else was smuggled in",
		fix: "copy the Client ID from the application at the provider"},

	"party/kind":   {title: "azp in the ID token is no text", cause: "a custom claim has taken its name", fix: writeWell, owner: diag.IdPAdmin},
	"party/other":  {title: "the ID token was issued to another application (azp)", cause: "another application shares its audience; or a token of somebody else was smuggled in", fix: "copy the Client ID from the application at the provider", owner: diag.IdPAdmin},
	"party/absent": {title: "the ID token has several audiences and does not say to whom it was issued (azp)", cause: "an audience was added at the provider", fix: "let the provider put the Client ID alone into aud", owner: diag.IdPAdmin},
	"party/audiences": {title: "the ID token is for others too", cause: "an audience was added at the provider; whoever gets the token can use it there", fix: "let the provider put the Client ID alone into aud",
		severity: diag.Warn, owner: diag.IdPAdmin},

	"nonce/absent": {title: "the ID token does not carry the nonce of this sign-in", cause: "the provider or a proxy in front of it drops the nonce; or a token of another sign-in was smuggled in", fix: "let the provider repeat the nonce", owner: diag.IdPAdmin},
	"nonce/kind":   {title: "the nonce in the ID token is no text", cause: "the provider writes tokens wrongly", fix: writeWell, owner: diag.IdPAdmin},
	"nonce/other":  {title: "the nonce in the ID token is that of another sign-in", cause: "a cached answer, or a token of another sign-in that was smuggled in", fix: "sign in again; if it stays, something between here and the provider answers from a cache"},

	"subject/absent":  {title: "the ID token names no subject", cause: "the provider's policy does not map sub", fix: "map sub to an identifier that never changes", owner: diag.IdPAdmin},
	"subject/kind":    {title: "the subject in the ID token is no text", cause: "a number or list was mapped to sub", fix: "map sub to a text", owner: diag.IdPAdmin},
	"subject/empty":   {title: "the subject in the ID token is empty", cause: "the attribute that is mapped to sub is empty for this person", fix: "map sub to an attribute that everybody has", owner: diag.IdPAdmin},
	"subject/long":    {title: "the subject in the ID token is longer than 255 letters", cause: "a whole directory name is mapped to sub", fix: "map sub to a short identifier", owner: diag.IdPAdmin},
	"subject/letters": {title: "the subject in the ID token holds letters that are not ASCII", cause: "a name is mapped to sub", fix: "map sub to an identifier that never changes", owner: diag.IdPAdmin},

	"access-token/other": {title: "the access token is not the one that the ID token was issued with (at_hash)", cause: "the provider computes at_hash wrongly, or one of the two was exchanged on the way",
		fix: "sign in again; if it stays, let the provider compute at_hash or leave it out", owner: diag.IdPAdmin},
}
