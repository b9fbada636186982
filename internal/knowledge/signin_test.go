package knowledge

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/goldentest"
)

// TestTextsOfSignIn: what a person reads for each sample about signing in.
func TestTextsOfSignIn(t *testing.T) {
	files, err := filepath.Glob("testdata/*-*-*.txt")
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]bool{}
	for _, e := range slices.Concat(signIn, session, signInQuestions) {
		ours[e.ID] = true
	}
	var b strings.Builder
	told := map[string]bool{}
	for _, file := range files { // Glob sorts
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if parts := strings.SplitN(name, "-", 3); !ours[parts[0]+"-"+parts[1]] {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("== " + name + "\n")
		for _, m := range Explain(string(text)) {
			if told[m.Text()] {
				b.WriteString(m.ID + " as above: " + m.Title + "\n")
				continue
			}
			told[m.Text()] = true
			b.WriteString(m.Text() + "\nwhose move: " + m.Owner.String() + "\n")
			for _, s := range m.Source {
				b.WriteString("source: " + s.String() + "\n")
			}
		}
	}
	goldentest.Compare(t, "signin", b.String())
}

// TestOktasVocabulary: each of Okta's internal names, and the text that goes with it, leads to its row; those that no row is about to none.
func TestOktasVocabulary(t *testing.T) {
	policy, assigned := "no access policy of Okta's authorization server admits the sign-in", "the person is not assigned to the application in Okta"
	noScope, noGrant, where := "the authorization server has no scope offline_access", "the application may not have offline_access: the grant Refresh Token is off", "invalid_scope: where Okta shows the scope and the grant"
	redirect := []string{"the address that the sign-in comes back to is not registered", "redirect address: the application's kind counts too"}
	for _, c := range []struct {
		code, description string
		want              []string // titles
	}{
		{"invalid_client_id", "Invalid value for 'client_id' parameter.", []string{"the identity provider does not know the client ID"}},
		{"illegal_redirect_uri", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.", redirect},
		{"no_matching_policy", "Policy evaluation failed for this request, please check the policy configurations.", []string{policy, assigned}},
		{"user_not_assigned", "User is not assigned to the client application.", []string{assigned}},
		{"no_scope_allowed", "Policy evaluation succeeded, but all the requested scopes were rejected.", []string{policy}},
		{"scope_denied", "Some of the requested scopes were denied by the policy. Denied scopes: [offline_access].", []string{policy}},
		{"no_matching_scope", "One or more scopes are not configured for the authorization server resource.", []string{noScope, where}},
		{"illegal_scope", "The following scopes are not allowed for this request: [offline_access].", []string{noGrant, where}},
		{"access_token_invalid_issuer", "The access token provided has an invalid issuer.", []string{"the userinfo endpoint belongs to another authorization server than the token"}},
		{"illegal_custom_scope", "Custom scopes are not allowed for this request.", nil},
		{"unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [authorization_code].", nil},
		{"org_authorization_server_only_client", "This client cannot use a custom authorization server.", nil},
		{"invalid_token_endpoint_auth_method", "Client authentication failed. Either the client or the client credentials are invalid.", nil},
		{"missing_client_credentials", "No client credentials found.", nil},
		{"pkce_missing_challenge", "PKCE code challenge is required by the application.", nil},
		{"pkce_verification_failed", "PKCE verification failed.", nil},
		{"invalid_authorization_code", "The authorization code is invalid or has expired.", nil},
		{"mismatched_redirect_uri", "The 'redirect_uri' does not match the redirection URI used in the authorization request.", nil},
		{"mismatched_client", "The grant was issued to another client.", nil},
		{"invalid_refresh_token", "The refresh token is invalid or expired.", nil},
		{"access_token_invalid", "The access token is invalid.", nil},
		{"no_existing_session", "A 'prompt' value of 'none' requires an existing session.", nil},
		{"disallowed_network_zone", "The request is made from outside the client's permitted network zones.", nil},
		{"user_rate_limited", "API call exceeded rate limit due to too many requests.", nil},
	} {
		t.Run(c.code, func(t *testing.T) {
			for _, text := range []string{c.code, c.description, `{"error":"` + errorOf[c.code] + `","error_description":"` + c.description + `"}`} {
				for name, variant := range noisy(text) {
					if got := titles(Explain(variant)); !slices.Equal(got, c.want) {
						t.Errorf("%s of %q: got %q, want %q", name, text, got, c.want)
					}
				}
			}
		})
	}
}

// errorOf is the error that an internal name of Okta's is sent with; the others are sent with one that means nothing by itself.
var errorOf = map[string]string{
	"no_matching_policy": "access_denied", "user_not_assigned": "access_denied", "no_scope_allowed": "access_denied", "scope_denied": "access_denied",
	"disallowed_network_zone": "access_denied", "no_matching_scope": "invalid_scope", "illegal_scope": "invalid_scope", "illegal_custom_scope": "invalid_scope",
	"invalid_client_id": "invalid_client", "invalid_token_endpoint_auth_method": "invalid_client", "access_token_invalid_issuer": "invalid_token",
	"illegal_redirect_uri": "invalid_request", "no_existing_session": "login_required", "unauthorized_client": "unauthorized_client",
}

// TestTheTextsOwnValues: a text that says which value is wrong is answered with the right one.
func TestTheTextsOwnValues(t *testing.T) {
	for name, c := range map[string]struct{ text, id, want string }{
		"short host":        {"acme's server IP address could not be found. DNS_PROBE_FINISHED_NXDOMAIN", "TRB-06", "write acme.okta.com in place of acme; "},
		"half a domain":     {"https://acme.okta/oauth2/default/v1/authorize DNS_PROBE_FINISHED_NXDOMAIN", "TRB-06", "write acme.okta.com in place of acme.okta; "},
		"typo line":         {"Check if there is a typo in ACME. DNS_PROBE_FINISHED_NXDOMAIN", "TRB-06", "write acme.okta.com in place of acme; "},
		"another domain":    {"https://login.example.com/oauth2/default/v1/authorize DNS_PROBE_FINISHED_NXDOMAIN", "TRB-06", "take the whole host"},
		"no host":           {"DNS_PROBE_FINISHED_NXDOMAIN", "TRB-06", "take the whole host"},
		"admin host":        {"404 https://acme-admin.okta.com/oauth2/default/v1/authorize", "TRB-07", "write acme.okta.com in place of acme-admin.okta.com; "},
		"admin of preview":  {"404 https://Acme-Admin.oktapreview.com/oauth2/default/v1/authorize", "TRB-07", "write acme.oktapreview.com in place of acme-admin.oktapreview.com; "},
		"right host":        {"404 https://acme.okta.com/oauth2/default/v1/authorize", "TRB-07", "use the organization's own host"},
		"letter O":          {"invalid_client_id client_id=Ooa1AbCdE", "TRB-08", "the client ID in the text, Ooa1AbCdE, begins with a letter; with the digit zero it is 0oa1AbCdE; "},
		"small letter o":    {`invalid_client_id {"client_id":"ooa1AbCdE"}`, "TRB-08", "the client ID in the text, ooa1AbCdE, begins with a letter; with the digit zero it is 0oa1AbCdE; "},
		"digit zero":        {"invalid_client_id client_id=0oa1AbCdE", "TRB-08", "copy the client ID"},
		"another vendor's":  {"invalid_client_id client_id=onedrive", "TRB-08", "copy the client ID"},
		"org userinfo":      {"GET https://acme.okta.com/oauth2/v1/userinfo: 401", "TRB-10", "the text has https://acme.okta.com/oauth2/v1/userinfo; for tokens of the default server it is https://acme.okta.com/oauth2/default/v1/userinfo; "},
		"right userinfo":    {"GET https://acme.okta.com/oauth2/default/v1/userinfo: 401", "TRB-10", "all addresses have to be of one server"},
		"slash":             {"redirect_mismatch redirect_uri=http://localhost:18080/&state=x", "TRB-14", "the text has http://localhost:18080/, and http://localhost:18080 is required; "},
		"escaped loopback":  {"redirect_mismatch ?redirect_uri=http%3A%2F%2F127.0.0.1%3A18080&x=y", "TRB-14", "the text has http://127.0.0.1:18080, and http://localhost:18080 is required; "},
		"as it should be":   {"redirect_mismatch redirect_uri=http://localhost:18080", "TRB-14", "register exactly"},
		"prose, full stop":  {"redirect_mismatch: redirect URI http://localhost:18080.", "TRB-14", "register exactly"},
		"issuer's slash":    {`issuer did not match, expected "https://a.okta.com/x/" got "https://a.okta.com/x"`, "TRB-16", "https://a.okta.com/x/ and https://a.okta.com/x differ: the slash at the end; "},
		"issuer's suffix":   {`issuer did not match, expected https://a.okta.com/x/.well-known/openid-configuration got https://a.okta.com/x`, "TRB-16", "differ: /.well-known/openid-configuration, which is no part of an issuer; "},
		"issuer's case":     {`issuer did not match, expected "https://A.okta.com/x" got "https://a.okta.com/x"`, "TRB-16", "https://A.okta.com/x and https://a.okta.com/x differ: capital letters; "},
		"another issuer":    {`issuer did not match, expected "https://a.okta.com" got "https://a.okta.com/x"`, "TRB-16", "differ: more than a slash or a letter's case; "},
		"issuers the same":  {`issuer did not match, expected "https://a.okta.com" got "https://a.okta.com"`, "TRB-16", "copy the issuer"},
		"Regions in shouts": {"CALLED FROM ENDPOINT US-EAST-1, BUT YOUR IDENTITY REGION IS AP-SOUTH-1", "TRB-26", "call again with --region ap-south-1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Explain(c.text)
			i := slices.IndexFunc(got, func(m Match) bool { return m.ID == c.id })
			if i < 0 || !strings.Contains(got[i].Fix, c.want) || !strings.HasPrefix(c.want, "differ") && !strings.HasPrefix(got[i].Fix, c.want) {
				t.Fatalf("got %v: %+v, want %q", ids(got), got, c.want)
			}
			if strings.Contains(got[i].Fix, "${") {
				t.Errorf("a value is missing: %s", got[i].Fix)
			}
		})
	}
}

// TestNoSecretOfAPasteIsRepeated: a callback holds a code, and often a token is pasted with an error.
func TestNoSecretOfAPasteIsRepeated(t *testing.T) {
	const secret = "s3cr3tCodeOfTheCallback"
	text := "http://localhost:18080/?code=" + secret + "&state=" + secret + "&error=access_denied&client_id=0oa1AbCdE&id_token=" + secret +
		" refresh_token=" + secret + " redirect_mismatch invalid_client_id invalid_scope ERR_CONNECTION_REFUSED token validation failure 404 /oauth2/ userinfo 401"
	got := Explain(text)
	if len(got) < 8 {
		t.Fatalf("only %v", ids(got))
	}
	for _, m := range got {
		said := m.Text()
		for _, v := range m.Values {
			said += v
		}
		if strings.Contains(said, secret) {
			t.Errorf("%s repeats the secret", m.ID)
		}
	}
}

// TestControlsOfSignIn: texts that sound like one of the entries and are about something else.
func TestControlsOfSignIn(t *testing.T) {
	for _, text := range []string{
		"An error occurred (AccessDenied) when calling the AssumeRole operation: denied", "AccessDenied", "<Code>AccessDenied</Code>", "An error occurred (AccessDeniedException) when calling the CreateTrustedTokenIssuer operation: User is not authorized",
		"An error occurred (InvalidScopeException) when calling the CreateToken operation", "An error occurred (ResourceNotFoundException) when calling the DescribeUser operation: User not found",
		"operation error IdentityStore: GetUserId, ResourceNotFoundException: USER not found", "UserNotFoundException: User does not exist.", `{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: ana (User)"}`,
		"Okta API: 400 Bad Request E0000001 Api validation failed: login", "Okta: POST /api/v1/apps 400 Bad Request", "nginx: 400 Bad Request", "SCIM provisioning to Okta failed: 400 Bad Request",
		"Okta admin console: the page /admin/users shows 404 Page Not Found", "https://example-admin.okta.com/admin/dashboard", "Okta admin login is slow", "GET /api/v1/authorizationServers/aus1 on Okta: 404 Not Found E0000007",
		"https://login.microsoftonline.com/common/oauth2/v2.0/authorize 404", "404 page not found", "404 Page Not Found on docs.aws.amazon.com",
		"dial tcp: lookup quicksight.us-east-1.amazonaws.com: no such host", "ping: intranet: Name or service not known", "DNS_PROBE_FINISHED_NXDOMAIN quicksight.us-east-9.amazonaws.com",
		"http://localhost:3000 ERR_CONNECTION_REFUSED", "127.0.0.1:5432: connection refused", "example.com refused to connect. ERR_CONNECTION_REFUSED", "dial tcp 10.0.0.1:443: connect: connection refused", "ECONNREFUSED 127.0.0.1:18081",
		"Azure policy evaluation failed", "IAM policy evaluation failed for the role", "error=access_denied&error_description=The+user+cancelled+the+sign-in", "access_denied: the resource owner declined consent", "KMS_ACCESS_DENIED",
		"GET https://example.okta.com/oauth2/v1/userinfo 500", "401 Unauthorized", "https://example.okta.com/oauth2/default/v1/userinfo",
		"JWKS URI https://example.okta.com/oauth2/v1/keys with issuer https://example.okta.com", "the JWKS is cached for five minutes", "https://example.okta.com/oauth2/default/v1/keys",
		"The request signature we calculated does not match the signature you provided", "The security token included in the request is invalid", "CSRF token validation failed", "captcha token validation error",
		"SAML assertion: issuer mismatch", "x509: certificate issuer does not match", "redirect_uri did not match URI from initial request.", "The page redirects too often", "http://localhost:18080",
		"Extension access", "How do I add an extension access?", "browser extension access to tabs", "my AWS console session expires frequently", "the role session expires every hour", "SSO session expires after every day", "the session of Parliament",
		"hybrid cloud networking", "a hybrid car", "Microsoft Entra hybrid join", "response_type=code id_token is the hybrid flow",
		"Remote Desktop login fails", "Docker Desktop cannot sign in", "GitHub Desktop sign in error", "Amazon WorkSpaces desktop requires IAM Identity Center", "desktop background", "the web is slow", "quick question about the desktop",
		"trusted token issuer", "Okta", "OIDC", "Quick on Desktop", "IAM Identity Center", "offline_access", "refresh token", "the proof of the pudding", "paste the ARN into the form", "copy of the key",
		"https://example.okta.com/oauth2/default/v1/authorize?client_id=0oa1ab2cd3EfGhIjK5d7&redirect_uri=http%3A%2F%2Flocalhost%3A18080&scope=openid+email+profile+offline_access&response_type=code",
		`{"issuer":"https://example.okta.com/oauth2/default","jwks_uri":"https://example.okta.com/oauth2/default/v1/keys","userinfo_endpoint":"https://example.okta.com/oauth2/default/v1/userinfo"}`,
	} {
		for name, variant := range noisy(text) {
			if name == "json" || name == "callback" || name == "nested" { // their dressing is a sign of its own
				continue
			}
			if got := Explain(variant); len(got) != 0 {
				t.Errorf("%s of %q matched %v", name, text, ids(got))
			}
		}
	}
}

// TestRefusedConnectionNamesTheListener: the address is served only while the application waits for its own sign-in.
func TestRefusedConnectionNamesTheListener(t *testing.T) {
	t.Attr("requirement", "DSK-07")
	for text, id := range map[string]string{"ERR_CONNECTION_REFUSED": "TRB-12", "127.0.0.1 refused to connect": "TRB-12", "may I paste the authorize URL by hand?": "DSK-07"} {
		got := Explain(text)
		if len(got) != 1 || got[0].ID != id || !strings.Contains(got[0].Cause, "only while") || !strings.Contains(got[0].Cause, "by hand") || !strings.Contains(got[0].Fix, "start") {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestHybridHasFiveCosts, of which AWS's page does not confirm two.
func TestHybridHasFiveCosts(t *testing.T) {
	t.Attr("requirement", "PATH-12")
	got := Explain("hybrid")
	if len(got) != 1 || got[0].ID != "PATH-12" {
		t.Fatalf("got %v", ids(got))
	}
	costs := strings.Split(got[0].Cause, "(")[1:]
	if len(costs) != 5 {
		t.Fatalf("%d costs: %q", len(costs), costs)
	}
	for i, about := range []string{"two ways to sign in", "exact match of e-mail", "groups does not gate Desktop", "not propagated", "key policies"} {
		if !strings.Contains(costs[i], about) {
			t.Errorf("cost %d is %q, want %q", i+1, costs[i], about)
		}
		if marked := strings.Contains(costs[i], "not confirmed by AWS's page"); marked != (i == 2 || i == 3) {
			t.Errorf("cost %d: marked as not confirmed: %v", i+1, marked)
		}
	}
}

// TestRedirectMismatchHasBothSources: the field's answer and AWS's own stand beside each other, each with both sources.
func TestRedirectMismatchHasBothSources(t *testing.T) {
	t.Attr("requirement", "TRB-18")
	got := agreeing(t, "redirect_mismatch", "TRB-14", "TRB-18")
	if !strings.Contains(got[0].Fix, "exactly http://localhost:18080") || !strings.Contains(got[1].Cause, "public client") || !strings.Contains(got[1].Fix, "native") {
		t.Errorf("got %+v", got)
	}
}

// TestInvalidScopeHasTheConsolesPath beside the two causes.
func TestInvalidScopeHasTheConsolesPath(t *testing.T) {
	t.Attr("requirement", "TRB-23")
	got := agreeing(t, "invalid_scope (Okta)", "TRB-13", "TRB-13", "TRB-23")
	if fix := got[2].Fix; !strings.Contains(fix, "Security, API, Authorization Servers, default, Scopes") || !strings.Contains(fix, "Refresh Token") {
		t.Errorf("got %s", fix)
	}
}

// agreeing explains a text by these rows, of which the first and the last name the runbook and AWS's page.
func agreeing(t *testing.T, text string, rows ...string) []Match {
	t.Helper()
	got := Explain(text)
	if !slices.Equal(ids(got), rows) {
		t.Fatalf("got %v, want %v", ids(got), rows)
	}
	for _, m := range []Match{got[0], got[len(got)-1]} {
		if !slices.Contains(m.Source, desktopField) || !slices.Contains(m.Source, desktopPage) {
			t.Errorf("%s has sources %v", m.ID, m.Source)
		}
	}
	return got
}

// TestShortSessionsAreAnsweredByVendor: only the points of the one that is named; without a name it is asked for.
func TestShortSessionsAreAnsweredByVendor(t *testing.T) {
	t.Attr("requirement", "TRB-22")
	vendors := []string{"Okta:", "Entra ID:", "PingFederate:", "PingOne:"}
	for text, want := range map[string]string{"Session expires frequently, Okta": "Okta:", "Entra: session expires frequently": "Entra ID:", "session expires frequently (Ping Federate)": "PingFederate:",
		"PingOne, session expires frequently": "PingOne:", "Session expires frequently": ""} {
		got := Explain(text)
		if len(got) != 1 || got[0].ID != "TRB-22" {
			t.Errorf("%q: %v", text, ids(got))
			continue
		}
		for _, v := range vendors {
			if strings.HasPrefix(got[0].Fix, v) != (v == want) {
				t.Errorf("%q: %s", text, got[0].Fix)
			}
		}
		if want == "" && !strings.Contains(got[0].Fix, "which provider is it?") {
			t.Errorf("the vendor is not asked for: %s", got[0].Fix)
		}
	}
}

// TestPathANeedsASetUpToo: the runbook's claim is answered, and called wrong.
func TestPathANeedsASetUpToo(t *testing.T) {
	got := Explain("No separate Desktop auth configuration is required for the unified model.")
	if len(got) != 1 || got[0].ID != "PATH-05" || !strings.Contains(got[0].Cause, "the runbook is wrong there") || !strings.Contains(got[0].Cause, "trusted token issuer") {
		t.Errorf("got %+v", got)
	}
}

func titles(ms []Match) (out []string) {
	for _, m := range ms {
		out = append(out, m.Title)
	}
	return out
}
