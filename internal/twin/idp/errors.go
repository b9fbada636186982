package idp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"rehome/internal/twin/kernel"
)

// refusal is an OAuth error of Okta. Statuses and texts are those of its table of error codes, release 2026.08.1 (oidc 1.1), unless
// marked.
type refusal struct {
	status      int
	code        string // member "error"
	description string
}

// The refusals; the comment is Okta's internal code.
var (
	errClientID         = refusal{401, "invalid_client", "Invalid value for 'client_id' parameter."}                                                        // invalid_client_id
	errRedirect         = refusal{400, "invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings."}          // illegal_redirect_uri
	errState            = refusal{400, "invalid_request", "The authentication request has an invalid 'state' parameter."}                                   // text INFERRED
	errRepeated         = refusal{400, "invalid_request", "The parameter '%s' must not be given more than once."}                                           // RFC 6749, 3.1; text INFERRED
	errResponseType     = refusal{400, "unsupported_response_type", "The response type is not supported by the authorization server."}                      // text INFERRED
	errResponseMode     = refusal{400, "invalid_request", "The 'response_mode' parameter is invalid."}                                                      // text INFERRED
	errNoScope          = refusal{400, "invalid_scope", "The authentication request has an invalid 'scope' parameter."}                                     // text INFERRED
	errNoPolicy         = refusal{401, "access_denied", "Policy evaluation failed for this request, please check the policy configurations."}               // no_matching_policy
	errNotAssigned      = refusal{400, "access_denied", "User is not assigned to the client application."}                                                  // user_not_assigned
	errScope            = refusal{400, "invalid_scope", "One or more scopes are not configured for the authorization server resource."}                     // no_matching_scope
	errIllegalScope     = refusal{400, "invalid_scope", "The following scopes are not allowed for this request: [%s]."}                                     // illegal_scope
	errCustomScope      = refusal{400, "invalid_scope", "Custom scopes are not allowed for this request."}                                                  // illegal_custom_scope
	errGrant            = refusal{400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [%s]."} // unauthorized_client
	errGrantType        = refusal{400, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."}              // text INFERRED
	errAuthMethod       = refusal{401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid."}          // invalid_token_endpoint_auth_method
	errNoCredentials    = refusal{401, "invalid_client", "No client credentials found."}                                                                    // missing_client_credentials
	errNoChallenge      = refusal{400, "invalid_request", "PKCE code challenge is required by the application."}                                            // pkce_missing_challenge
	errChallengeMethod  = refusal{400, "invalid_request", "PKCE code challenge method is not supported."}                                                   // text INFERRED
	errVerifier         = refusal{400, "invalid_grant", "PKCE verification failed."}                                                                        // pkce_verification_failed
	errCode             = refusal{400, "invalid_grant", "The authorization code is invalid or has expired."}                                                // invalid_authorization_code
	errOtherRedirect    = refusal{400, "invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request."}         // mismatched_redirect_uri
	errOtherClient      = refusal{400, "invalid_grant", "The grant was issued to another client."}                                                          // mismatched_client; the text goes on
	errRefreshToken     = refusal{400, "invalid_grant", "The refresh token is invalid or expired."}                                                         // invalid_refresh_token
	errDPoP             = refusal{400, "invalid_dpop_proof", "The DPoP proof JWT header is missing."}                                                       // text INFERRED
	errAccessIssuer     = refusal{401, "invalid_token", "The access token provided has an invalid issuer."}                                                 // access_token_invalid_issuer
	errAccessToken      = refusal{401, "invalid_token", "The access token is invalid."}                                                                     // access_token_invalid
	errNoSession        = refusal{400, "login_required", "A 'prompt' value of 'none' requires an existing session."}                                        // no_existing_session; the text goes on
	errConsentRequired  = refusal{400, "consent_required", "The client requires the consent of the user for one or more scopes."}                           // text INFERRED
	errConsentDenied    = refusal{400, "access_denied", "The resource owner denied the request."}                                                           // text INFERRED
	errRateLimit        = refusal{429, "invalid_grant", "API call exceeded rate limit due to too many requests."}                                           // user_rate_limited
	errMissingParameter = refusal{400, "invalid_request", "The token request must specify a '%s'."}                                                         // text INFERRED
)

// with fills in what the text leaves open.
func (e refusal) with(values ...string) *refusal {
	e.description = fmt.Sprintf(e.description, strings.Join(values, ", "))
	return &e
}

func (e refusal) values() url.Values {
	return url.Values{"error": {e.code}, "error_description": {e.description}}
}

// json is the answer of an endpoint that no browser sees.
func (e refusal) json() kernel.Reply {
	return jsonReply(e.status, map[string]any{"error": e.code, "error_description": e.description})
}

func jsonReply(status int, body any) kernel.Reply {
	text, err := json.Marshal(body)
	if err != nil {
		return kernel.Reply{Status: http.StatusInternalServerError}
	}
	return kernel.Reply{Status: status, Body: text, Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "Pragma": {"no-cache"}}}
}

// apiError is a refusal outside of OAuth, in the form of Okta's APIs (oidc 1.1, 2.1).
func apiError(r *kernel.Request, status int, code, summary string) kernel.Reply {
	return jsonReply(status, map[string]any{"errorCode": code, "errorSummary": summary, "errorLink": code, "errorCauses": []any{},
		"errorId": "oae" + kernel.ID("idp-error", r.Title(), r.RequestID)[:22]})
}

func resourceNotFound(r *kernel.Request, server string) kernel.Reply {
	return apiError(r, http.StatusNotFound, "E0000007", "Not found: Resource not found: "+server+" (AuthorizationServer)")
}

func methodNotAllowed(r *kernel.Request, allowed string) kernel.Reply {
	reply := apiError(r, http.StatusMethodNotAllowed, "E0000022", "The endpoint does not support the provided HTTP method")
	reply.Header.Set("Allow", strings.ReplaceAll(allowed, " ", ", "))
	return reply
}
