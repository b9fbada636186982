package estate

import "rehome/internal/diag"

// SignInValues are the five values by which Quick on Desktop knows an identity provider (oidc 0.1). They are used as they were typed; the
// console cannot change one once it is entered.
type SignInValues struct {
	Issuer                string `json:"issuer,omitzero"`
	AuthorizationEndpoint string `json:"authorization_endpoint,omitzero"`
	TokenEndpoint         string `json:"token_endpoint,omitzero"`
	JWKSURI               string `json:"jwks_uri,omitzero"`
	ClientID              string `json:"client_id,omitzero"`
}

// SignInField is one of the five values: its name in JSON and what the Quick console calls it.
type SignInField struct {
	Name, Label string
	Of          func(*SignInValues) *string
}

// SignInFields are the five values in the console's order.
var SignInFields = []SignInField{
	{"issuer", "Issuer URL", func(v *SignInValues) *string { return &v.Issuer }},
	{"authorization_endpoint", "Authorization Endpoint", func(v *SignInValues) *string { return &v.AuthorizationEndpoint }},
	{"token_endpoint", "Token Endpoint", func(v *SignInValues) *string { return &v.TokenEndpoint }},
	{"jwks_uri", "JWKS URI", func(v *SignInValues) *string { return &v.JWKSURI }},
	{"client_id", "Client ID", func(v *SignInValues) *string { return &v.ClientID }},
}

// The Desktop application's own part of the sign-in (oidc 0.1).
const (
	DesktopRedirect = "http://localhost:18080" // registered exactly so: no path, no slash
	DesktopPort     = 18080
)

// DesktopScopes are asked for with every sign-in; offline_access always is (oidc 0.1).
var DesktopScopes = []string{"openid", "email", "profile", "offline_access"}

// SignIn is what could be told of the identity provider without anybody signing in there.
type SignIn struct {
	Values   SignInValues   `json:"values"`
	Findings []diag.Finding `json:"findings"` // every check that was made, passed ones too
	// Proven is the card of a sign-in that passed with exactly these values; absent when there was none.
	Proven Known[ExtensionAccess] `json:"proven,omitzero"`
}

// TrustedTokenIssuer is an identity provider whose tokens Identity Center takes, and how a token's claim finds a person (idc-kms 5.2).
type TrustedTokenIssuer struct {
	Name      string `json:"name"`
	Issuer    string `json:"issuer_url"`
	Claim     string `json:"claim_attribute_path"`          // such as email
	Attribute string `json:"identity_store_attribute_path"` // such as emails.value
}

// What a trusted token issuer for Quick on Desktop is made with (TTI-02).
const (
	DesktopIssuerName = "AmazonQuickDesktop"
	EmailClaim        = "email"
	EmailAttribute    = "emails.value"
	// MaxTokenIssuers is how many an instance can have (idc-kms 1.8).
	MaxTokenIssuers = 10
)

// ExtensionAccess is an entry of the Quick console under Permissions, Extension access: the values card. It can be made and deleted, never
// changed, and no API of AWS shows it; what a survey holds is what a run or a person has recorded.
type ExtensionAccess struct {
	Name               string            `json:"name"`
	Description        string            `json:"description,omitzero"`
	Values             SignInValues      `json:"values"`
	TrustedTokenIssuer ARN               `json:"trusted_token_issuer,omitzero"` // accounts on Identity Center only
	Audience           string            `json:"audience,omitzero"`             // the console's Aud claim: the client ID
	Claim              string            `json:"claim,omitzero"`                // of a card: the claim of the ID token that found the person
	Extension          bool              `json:"extension,omitzero"`            // the extension was made from it, under Connect apps and data
	Proofs             map[string]string `json:"proofs,omitzero"`               // what proves a value, by its name in JSON
	By                 string            `json:"by,omitzero"`                   // who said that it is there; of a card who proved it
	Date               string            `json:"date,omitzero"`                 // YYYY-MM-DD
}
