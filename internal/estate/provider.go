package estate

// IdentityProvider is a customer's identity provider as a world needs it, settings that no survey can read included. The zero value of
// each setting is what works.
type IdentityProvider struct {
	Vendor Vendor `json:"vendor"`
	Domain string `json:"domain"`                 // host of the organization, such as example.okta.com
	Custom string `json:"custom_domain,omitzero"` // a second host that answers too
	// Servers are the authorization servers by id; Okta's org server, with id "org", is always there.
	Servers map[string]AuthorizationServer `json:"servers"`
	Apps    map[string]IdentityApp         `json:"apps"`   // by client id
	People  map[string]IdentityPerson      `json:"people"` // by login
	// Values are the addresses of a provider of no vendor that the twin knows; it then serves its one server, "default", exactly there.
	Values *SignInValues `json:"values,omitzero"`
	// Unlicensed: the organization may not use custom authorization servers (Okta's API Access Management, oidc 0.2).
	Unlicensed bool `json:"unlicensed,omitzero"`
	// Broken names deliberate faults of the provider; which there are is the twin's business, an unknown one is refused.
	Broken []string `json:"broken,omitzero"`
}

// AuthorizationServer mints tokens of one issuer.
type AuthorizationServer struct {
	Audience   string         `json:"audience,omitzero"`    // of access tokens, such as api://default
	IssuerMode string         `json:"issuer_mode,omitzero"` // ORG_URL (default), CUSTOM_URL or DYNAMIC: the host of the request
	Scopes     []string       `json:"scopes,omitzero"`      // that are enabled; empty: the standard ones
	Policies   []AccessPolicy `json:"policies,omitzero"`
	OmitClaims []string       `json:"omit_claims,omitzero"` // left out of ID tokens
}

// AccessPolicy says which applications a server serves, and how. An Okta custom server without one refuses everybody (oidc 0.2).
type AccessPolicy struct {
	Clients []string     `json:"clients"` // client ids, or ALL_CLIENTS
	Rules   []AccessRule `json:"rules"`
}

// AccessRule admits a request when it covers the grant, every scope and the person.
type AccessRule struct {
	Grants []string `json:"grants"` // authorization_code, …
	Scopes []string `json:"scopes"` // or *
	Groups []string `json:"groups"` // or EVERYONE
}

// IdentityApp is an application registered at the provider.
type IdentityApp struct {
	Label      string   `json:"label"`
	Type       string   `json:"type,omitzero"`        // native (default), web, browser or service
	AuthMethod string   `json:"auth_method,omitzero"` // none (default), client_secret_basic, …
	Redirects  []string `json:"redirect_uris"`
	Grants     []string `json:"grant_types"`
	Inactive   bool     `json:"inactive,omitzero"`
	Assigned   []string `json:"assigned"`           // logins and groups, or EVERYONE
	Rotation   string   `json:"rotation,omitzero"`  // of refresh tokens: STATIC (default) or ROTATE
	Consent    bool     `json:"consent,omitzero"`   // people are asked to consent
	DPoP       bool     `json:"dpop,omitzero"`      // tokens have to be bound to a key
	Encrypted  bool     `json:"encrypted,omitzero"` // ID tokens are encrypted for the application
	NoPKCE     bool     `json:"no_pkce,omitzero"`   // no proof key is required
}

// IdentityPerson is somebody who can sign in at the provider. No password is checked: whoever gives the login is the person.
type IdentityPerson struct {
	Email    string   `json:"email,omitzero"` // empty: the directory has none
	Name     string   `json:"name,omitzero"`
	Groups   []string `json:"groups,omitzero"`
	Inactive bool     `json:"inactive,omitzero"`
}
