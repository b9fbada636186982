package identity

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// start is the beginning of one sign-in: what is sent with it, and what is kept to recognize its end.
type start struct {
	address                string // that a browser opens; empty: the authorization endpoint is no address
	state, nonce, verifier string
}

// secret is 32 random bytes as 43 characters that need no escaping, which RFC 7636 section 4.1 asks of a verifier and Okta of a state.
func (c *Client) secret() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(c.rand, b); err != nil {
		return "", &diag.Error{Code: "identity/random", What: "this computer gives no random numbers", Why: err.Error(), Err: err}
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// start makes the request that the Desktop makes (oidc 0.1). What the authorization endpoint has as its own query stays.
func (c *Client) start(v estate.SignInValues, prompt, hint string) (start, error) {
	var s start
	var err error
	for _, into := range []*string{&s.state, &s.nonce, &s.verifier} {
		if *into, err = c.secret(); err != nil {
			return start{}, err
		}
	}
	u, err := url.Parse(v.AuthorizationEndpoint)
	if err != nil || u.Host == "" || u.User != nil || insecure(u) != nil {
		return s, nil
	}
	challenge := sha256.Sum256([]byte(s.verifier))
	q := u.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": v.ClientID, "redirect_uri": estate.DesktopRedirect, "scope": strings.Join(estate.DesktopScopes, " "),
		"state": s.state, "nonce": s.nonce, "code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]), "code_challenge_method": "S256",
		"prompt": prompt, "login_hint": hint,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	u.RawQuery, u.Fragment = q.Encode(), ""
	s.address = u.String()
	return s, nil
}

// sent describes the request without what is secret in it.
func (s start) sent() string {
	return fmt.Sprintf("response_type code, code_challenge_method S256, scope %s, redirect_uri %s", strings.Join(estate.DesktopScopes, " "), estate.DesktopRedirect)
}
