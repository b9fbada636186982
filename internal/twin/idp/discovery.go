package idp

import (
	"net/http"
	"net/url"

	"rehome/internal/twin/kernel"
)

// standardScopes are those of every server that does not say otherwise, in the order of Okta's discovery document (oidc 1.1).
func standardScopes() []string {
	return []string{"openid", "profile", "email", "address", "phone", "offline_access", "device_sso"}
}

// enabled are the scopes that a server knows.
func (s server) enabled() []string {
	if len(s.Scopes) > 0 && s.id != orgServer {
		return s.Scopes
	}
	return standardScopes()
}

// metadata is the discovery document. Registration is always at the org server's address (oidc 1.1).
func (s server) metadata() map[string]any {
	scopes := standardScopes() // a server's own scopes are not listed
	if s.id == orgServer {
		scopes = append(scopes, "groups")
	}
	out := map[string]any{
		"issuer": s.issuer, "registration_endpoint": s.base + "/oauth2/v1/clients", "scopes_supported": scopes,
		"response_types_supported": []string{"code"},
		"response_modes_supported": []string{"query", "fragment", "form_post", "okta_post_message"},
		"grant_types_supported":    []string{"authorization_code", "implicit", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code"},
		"subject_types_supported":  []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"},
		"claims_supported": []string{"iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "name", "nickname", "preferred_username",
			"given_name", "middle_name", "family_name", "email", "email_verified", "profile", "zoneinfo", "locale", "address", "phone_number", "picture", "website",
			"gender", "birthdate", "updated_at", "at_hash", "c_hash"},
	}
	for member, path := range map[string]string{"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo", "jwks_uri": "keys",
		"end_session_endpoint": "logout", "introspection_endpoint": "introspect", "revocation_endpoint": "revoke", "device_authorization_endpoint": "device/authorize",
		"pushed_authorization_request_endpoint": "par"} {
		out[member] = s.root() + "/" + path
	}
	if s.values != nil {
		out["authorization_endpoint"], out["token_endpoint"], out["jwks_uri"] = s.values.AuthorizationEndpoint, s.values.TokenEndpoint, s.values.JWKSURI
	}
	return out
}

// discovery answers both forms alike. What is only named there, such as logout, is not modelled and not found.
func (v *visit) discovery() kernel.Reply {
	out := v.server.metadata()
	for _, f := range broken[spoilDiscovery](v.provider) {
		f(v, out)
	}
	reply := jsonReply(http.StatusOK, out)
	reply.Header = http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"max-age=86400, must-revalidate"}}
	return reply
}

// organization tells anybody which organization a host belongs to (oidc 1.1). It answers at every host.
func (v *visit) organization() kernel.Reply {
	own := v.base
	if v.prefix == "" {
		own = "https://" + v.provider.Domain
	}
	links := map[string]any{"organization": map[string]string{"href": own}}
	if v.provider.Custom != "" {
		links["alternate"] = map[string]string{"href": "https://" + v.provider.Custom}
	}
	return jsonReply(http.StatusOK, map[string]any{"id": v.organizationID(), "_links": links, "pipeline": "idx"})
}

func (v *visit) organizationID() string { return oktaID("00o", v.r.Title(), v.name) }

// oktaID derives an identifier with Okta's length and prefix.
func oktaID(prefix, parent, name string) string {
	return prefix + kernel.ID("idp/"+prefix, parent, name)[:17]
}

// noSuchHost is why an address outside of the twin's providers gives nothing: nothing of a twin leaves this machine.
const noSuchHost = "no such host"

type fetchInput struct{ URL string }

type fetched struct {
	Status            int // 0: nobody answered
	ContentType, Body string
	Reason            string `json:",omitzero"` // why nobody answered
}

// fetch gets an address of one of the providers on behalf of another service. It follows no redirect.
func (e *engine) fetch(r *kernel.Request) (any, error) {
	var in fetchInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	u, err := url.Parse(in.URL)
	if err != nil || u.Host == "" {
		return fetched{Reason: noSuchHost}, nil
	}
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}, Body: http.NoBody}
	at, ok := find(r.IdentityProviders(), req)
	switch {
	case !ok:
		return fetched{Reason: noSuchHost}, nil
	case at.prefix == "" && u.Scheme != "https":
		return fetched{Reason: "connection refused"}, nil
	}
	reply := (&visit{engine: e, place: at, r: r, req: req}).answer()
	return fetched{Status: reply.Status, ContentType: reply.Header.Get("Content-Type"), Body: string(reply.Body)}, nil
}

// user is the identifier of a person at the provider: the subject of tokens.
func (v *visit) user(login string) string { return oktaID("00u", v.name, login) }
