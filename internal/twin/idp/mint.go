package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"rehome/internal/twin/kernel"
)

// minting is one answer of the token endpoint in the making.
type minting struct {
	v       *visit
	grant   *authorization
	family  string
	scopes  []string
	at      time.Time
	refresh bool   // by a refresh token, not by a code
	old     string // refresh token that stays in use; empty: a new one is made
}

// response is the whole answer. The ID token comes with every refresh too, and where refresh tokens do not rotate the answer repeats the
// one in use (INFERRED, oidc 1.1).
func (m *minting) response() map[string]any {
	if m.refresh && isBroken(m.v.provider, keysRotated) {
		m.v.rotated[m.v.name] = true
	}
	access := m.accessToken()
	out := map[string]any{"token_type": "Bearer", "expires_in": int(tokenLife / time.Second), "access_token": access, "scope": strings.Join(m.scopes, " ")}
	if slices.Contains(m.scopes, "openid") {
		out["id_token"] = m.idToken(access)
	}
	if slices.Contains(m.grant.scopes, "offline_access") {
		out["refresh_token"] = m.refreshToken()
	}
	for _, f := range broken[spoilTokens](m.v.provider) {
		f(m, out)
	}
	return out
}

// accessToken is for the server's audience, and a token that only Okta reads where the org server gives it out (oidc 1.1).
func (m *minting) accessToken() string {
	text := rand.Text() + rand.Text()
	if m.v.server.id != orgServer {
		claims := m.claims("AT." + rand.Text())
		claims["aud"], claims["cid"], claims["uid"], claims["scp"], claims["sub"] = m.v.server.Audience, m.grant.client, m.v.user(m.grant.login), m.scopes, m.grant.login
		text = sign(m.v.signer(), claims)
	}
	m.v.tokens[text] = &token{authorization: m.grant, family: m.family, scopes: m.scopes, expires: m.at.Add(tokenLife)}
	return text
}

func (m *minting) refreshToken() string {
	if m.old != "" {
		return m.old
	}
	text := rand.Text() + rand.Text()
	m.v.tokens[text] = &token{authorization: m.grant, refresh: true, family: m.family, scopes: m.grant.scopes, expires: m.at.Add(refreshIdle)}
	return text
}

// claims are those of every token.
func (m *minting) claims(id string) map[string]any {
	return map[string]any{"ver": 1, "jti": id, "iss": m.v.server.issuer, "iat": m.at.Unix(), "exp": m.at.Add(tokenLife).Unix(), "auth_time": m.grant.signedIn.Unix()}
}

// idToken is the thin one of the code flow (oidc 1.1); one that a refresh gives has no nonce.
func (m *minting) idToken(access string) string {
	app, _ := m.v.app(m.grant.client)
	claims := m.claims("ID." + rand.Text())
	claims["sub"], claims["aud"], claims["amr"], claims["idp"] = m.v.user(m.grant.login), m.grant.client, []string{"pwd"}, m.v.organizationID()
	claims["at_hash"] = halfHash(access)
	if m.grant.nonce != "" && !m.refresh {
		claims["nonce"] = m.grant.nonce
	}
	m.v.describe(claims, m.grant.login, m.scopes)
	for _, name := range m.v.server.OmitClaims {
		delete(claims, name)
	}
	for _, f := range broken[spoilClaims](m.v.provider) {
		f(m, claims)
	}
	text := sign(m.v.signer(), claims)
	for _, f := range broken[spoilSignature](m.v.provider) {
		text = f(m.v.signer(), claims)
	}
	if app.Encrypted {
		text = encrypt(text)
	}
	return text
}

// halfHash binds a token to another one (OpenID Connect Core, 3.1.3.6).
func halfHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// keySet is the JWKS of a server; those of the org server and of custom servers differ.
func (v *visit) keySet() kernel.Reply {
	reply := jsonReply(http.StatusOK, keySetOf(v.signer()))
	reply.Header = http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"max-age=3600, must-revalidate"}}
	return reply
}
