package idp

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rehome/internal/estate"
)

func plain(*estate.IdentityProvider) {}

// rules gives the default server one policy for the application with one rule.
func rules(grants, scopes, groups []string) func(*estate.IdentityProvider) {
	return serving(func(s *estate.AuthorizationServer) {
		s.Policies = []estate.AccessPolicy{{Clients: []string{quickApp}, Rules: []estate.AccessRule{{Grants: grants, Scopes: scopes, Groups: groups}}}}
	})
}

// TestRefusalsThatAPersonSees: nothing of them reaches the application, which can only run out of time.
func TestRefusalsThatAPersonSees(t *testing.T) {
	registered := func(uri string) func(*estate.IdentityProvider) {
		return changed(func(a *estate.IdentityApp) { a.Redirects = []string{uri} })
	}
	for _, tc := range []struct {
		name     string
		provider func(*estate.IdentityProvider)
		asked    []string
		want     string
	}{
		{"client id with the letter O", plain, []string{"client_id", "O" + quickApp[1:]}, "Invalid value for 'client_id' parameter."},
		{"no client id", plain, []string{"client_id", ""}, "Invalid value for 'client_id' parameter."},
		{"application switched off", changed(func(a *estate.IdentityApp) { a.Inactive = true }), nil, "Invalid value for 'client_id' parameter."},
		{"redirect registered with a slash", registered("http://localhost:18080/"), nil, "must be a Login redirect URI"},
		{"redirect registered as an address", registered("http://127.0.0.1:18080"), nil, "must be a Login redirect URI"},
		{"redirect registered with another port", registered("http://localhost:8080"), nil, "must be a Login redirect URI"},
		{"redirect asked for with a slash", plain, []string{"redirect_uri", redirect + "/"}, "must be a Login redirect URI"},
		{"no redirect", plain, []string{"redirect_uri", ""}, "must be a Login redirect URI"},
		{"no state", plain, []string{"state", ""}, "invalid &#39;state&#39; parameter"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.provider)
			got := r.get(r.base + "/oauth2/default/v1/authorize?" + asked(tc.asked...).Encode())
			want := strings.ReplaceAll(tc.want, "'", "&#39;")
			if got.StatusCode != http.StatusBadRequest || !strings.Contains(got.text, "<title>400 Bad Request</title>") || !strings.Contains(got.text, want) {
				t.Errorf("HTTP %d %s\nwant %s", got.StatusCode, got.text, want)
			}
		})
	}
}

func TestRefusalsThatReachTheApplication(t *testing.T) {
	app := changed
	const policyFailed = "access_denied: Policy evaluation failed for this request, please check the policy configurations."
	any, grants := []string{anyScope}, []string{"authorization_code"}
	for _, tc := range []struct {
		name     string
		provider func(*estate.IdentityProvider)
		login    string // empty: refused before anybody signs in
		asked    []string
		want     string
	}{
		{"response type", plain, "", []string{"response_type", "token"}, "unsupported_response_type: The response type is not supported by the authorization server."},
		{"response mode", plain, "", []string{"response_mode", "pigeon"}, "invalid_request: The 'response_mode' parameter is invalid."},
		{"no code grant", app(func(a *estate.IdentityApp) { a.Grants = []string{"implicit"} }), "", nil,
			"unauthorized_client: The client is not authorized to use the provided grant type. Configured grant types: [implicit]."},
		{"a service", app(func(a *estate.IdentityApp) { a.Type = "service" }), "", nil,
			"unauthorized_client: The client is not authorized to use the provided grant type. Configured grant types: [authorization_code, refresh_token]."},
		{"no scope", plain, "", []string{"scope", ""}, "invalid_scope: The authentication request has an invalid 'scope' parameter."},
		{"no challenge", plain, "", []string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request: PKCE code challenge is required by the application."},
		{"plain challenge", plain, "", []string{"code_challenge_method", "plain"}, "invalid_request: PKCE code challenge method is not supported."},
		{"challenge without its method", plain, "", []string{"code_challenge_method", ""}, "invalid_request: PKCE code challenge method is not supported."},
		{"offline_access switched off", serving(func(s *estate.AuthorizationServer) { s.Scopes = []string{"openid", "email", "profile"} }), "", nil,
			"invalid_scope: One or more scopes are not configured for the authorization server resource."},
		{"offline_access refused", with(offlineRefused), "", nil, "invalid_scope: One or more scopes are not configured for the authorization server resource."},
		{"no refresh grant", app(func(a *estate.IdentityApp) { a.Grants = grants }), "", nil, "invalid_scope: The following scopes are not allowed for this request: [offline_access]."},
		{"nobody there", plain, "", []string{"prompt", "none"}, "login_required: A 'prompt' value of 'none' requires an existing session."},
		{"not assigned", plain, "berta", nil, "access_denied: User is not assigned to the client application."},
		{"no policy at all", serving(func(s *estate.AuthorizationServer) { s.Policies = nil }), "anna", nil, policyFailed},
		{"policy for others", serving(func(s *estate.AuthorizationServer) { s.Policies[0].Clients = []string{"0oaother"} }), "anna", nil, policyFailed},
		{"rule without the grant", rules([]string{"client_credentials"}, any, []string{everyone}), "anna", nil, policyFailed},
		{"rule without one of the scopes", rules(grants, []string{"openid", "profile", "offline_access"}, []string{everyone}), "anna", nil, policyFailed},
		{"rule for another group", rules(grants, any, []string{"sales"}), "anna", nil, policyFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.provider)
			var got url.Values
			if tc.login == "" {
				got = r.back(r.get(r.base + "/oauth2/default/v1/authorize?" + asked(tc.asked...).Encode()))
			} else {
				got = r.back(r.signIn(tc.login, tc.asked...))
			}
			if text := got.Get("error") + ": " + got.Get("error_description"); text != tc.want || got.Get("state") != "st4te" || got.Has("code") {
				t.Errorf("got  %v\nwant %s", got, tc.want)
			}
		})
	}
}

func TestPoliciesAdmit(t *testing.T) {
	grants := []string{"authorization_code"}
	for name, provider := range map[string]func(*estate.IdentityProvider){
		"all four scopes":    rules(grants, estate.DesktopScopes, []string{everyone}),
		"the person's group": rules(grants, []string{anyScope}, []string{"sales", "quick"}),
		"the second rule": serving(func(s *estate.AuthorizationServer) {
			s.Policies = append([]estate.AccessPolicy{{Clients: []string{allClients}}}, s.Policies...)
		}),
		"more scopes than are asked":    rules(grants, append(slices.Clone(estate.DesktopScopes), "phone"), []string{everyone}),
		"no refresh grant in the rules": rules(grants, []string{anyScope}, []string{everyone}),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, provider)
			got := r.tokens()
			if again := r.token(refreshing(got["refresh_token"].(string))); again.StatusCode != http.StatusOK {
				t.Errorf("refresh: HTTP %d %s", again.StatusCode, again.text)
			}
		})
	}
	t.Run("somebody by name", func(t *testing.T) {
		r := newRig(t)
		if got := r.back(r.signIn("carl")); got.Get("code") == "" {
			t.Errorf("%v", got)
		}
	})
}

// TestOrgServerHasNoPolicies: who is assigned may use it, with the standard scopes.
func TestOrgServerHasNoPolicies(t *testing.T) {
	r := newRig(t, serving(func(s *estate.AuthorizationServer) { s.Policies = nil }))
	c := client(t)
	authorize := func(pairs ...string) answer {
		return r.do(c, http.MethodGet, r.base+"/oauth2/v1/authorize?"+asked(pairs...).Encode(), "", nil)
	}
	if got := r.back(authorize("scope", "openid orders")); got.Get("error_description") != "Custom scopes are not allowed for this request." {
		t.Errorf("a scope of somebody's own: %v", got)
	}
	back := r.back(r.submit(c, authorize(), url.Values{"username": {"anna"}}))
	got := r.do(c, http.MethodPost, r.base+"/oauth2/v1/token", "", redemption(back.Get("code"))).json(t)
	if id := r.claims(got["id_token"]); id["iss"] != r.base || id["aud"] != quickApp || id["email"] != "anna@acme.example" {
		t.Errorf("ID token: %v", id)
	}
	if access, _ := got["access_token"].(string); strings.Contains(access, ".") {
		t.Errorf("the org server's access token is for Okta alone: %s", access)
	}
	userinfo := func(path string) answer {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+got["access_token"].(string))
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return answer{Response: resp}
	}
	if own := userinfo("/oauth2/v1/userinfo"); own.StatusCode != http.StatusOK {
		t.Errorf("userinfo of the same server: HTTP %d", own.StatusCode)
	}
	other := userinfo("/oauth2/default/v1/userinfo")
	if says := other.Header.Get("WWW-Authenticate"); other.StatusCode != http.StatusUnauthorized || !strings.Contains(says, `error_description="The access token provided has an invalid issuer."`) {
		t.Errorf("userinfo of another server: HTTP %d %s", other.StatusCode, says)
	}
}

func TestRefusalsOfTheTokenEndpoint(t *testing.T) {
	const badCode = "invalid_grant: The authorization code is invalid or has expired."
	app := changed
	for _, tc := range []struct {
		name     string
		provider func(*estate.IdentityProvider)
		form     url.Values // its code, if CODE, is a good one
		status   int
		want     string
	}{
		{"bogus code", plain, redemption("bogus"), 400, badCode},
		{"no code", plain, redemption(""), 400, "invalid_request: The token request must specify a 'code'."},
		{"unknown client", plain, redemption("bogus", "client_id", "0oaother"), 401, "invalid_client: Invalid value for 'client_id' parameter."},
		{"no client", plain, redemption("bogus", "client_id", ""), 401, "invalid_client: No client credentials found."},
		{"secret of a public client", plain, redemption("CODE", "client_secret", "x"), 401, "invalid_client: Client authentication failed. Either the client or the client credentials are invalid."},
		{"confidential client", app(func(a *estate.IdentityApp) { a.AuthMethod = "client_secret_basic" }), redemption("CODE"), 401,
			"invalid_client: Client authentication failed. Either the client or the client credentials are invalid."},
		{"web application", app(func(a *estate.IdentityApp) { a.Type = "web" }), redemption("CODE"), 401,
			"invalid_client: Client authentication failed. Either the client or the client credentials are invalid."},
		{"proof of possession", app(func(a *estate.IdentityApp) { a.DPoP = true }), redemption("CODE"), 400, "invalid_dpop_proof: The DPoP proof JWT header is missing."},
		{"no grant type", plain, redemption("CODE", "grant_type", ""), 400, "invalid_request: The token request must specify a 'grant_type'."},
		{"another grant type", plain, redemption("CODE", "grant_type", "password"), 400, "unsupported_grant_type: The authorization grant type is not supported by the authorization server."},
		{"another verifier", plain, redemption("CODE", "code_verifier", strings.Repeat("x", 43)), 400, "invalid_grant: PKCE verification failed."},
		{"no verifier", plain, redemption("CODE", "code_verifier", ""), 400, "invalid_grant: PKCE verification failed."},
		{"redirect with a slash", plain, redemption("CODE", "redirect_uri", redirect+"/"), 400,
			"invalid_grant: The 'redirect_uri' does not match the redirection URI used in the authorization request."},
		{"refresh grant off", app(func(a *estate.IdentityApp) { a.Grants = []string{"authorization_code"} }), refreshing("bogus"), 400,
			"unauthorized_client: The client is not authorized to use the provided grant type. Configured grant types: [authorization_code]."},
		{"bogus refresh token", plain, refreshing("bogus"), 400, "invalid_grant: The refresh token is invalid or expired."},
		{"a parameter twice", plain, url.Values{"client_id": {quickApp, quickApp}}, 400, "invalid_request: The parameter 'client_id' must not be given more than once."},
		{"code of another client", func(p *estate.IdentityProvider) { p.Apps["0oa2"] = p.Apps[quickApp] }, redemption("CODE", "client_id", "0oa2"), 400, "invalid_grant: The grant was issued to another client."},
		{"too many", with("rate-limited"), redemption("CODE"), 429, "invalid_grant: API call exceeded rate limit due to too many requests."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.provider)
			if tc.form.Get("code") == "CODE" {
				tc.form.Set("code", r.back(r.signIn("anna")).Get("code"))
			}
			got := r.token(tc.form)
			body := got.json(t)
			if text := body["error"].(string) + ": " + body["error_description"].(string); got.StatusCode != tc.status || text != tc.want || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("HTTP %d %s\nwant %d %s", got.StatusCode, text, tc.status, tc.want)
			}
		})
	}
}
