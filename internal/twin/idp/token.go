package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// token is an access or a refresh token that was given out.
type token struct {
	*authorization
	refresh  bool
	family   string // of the sign-in; all of a family end together
	scopes   []string
	expires  time.Time
	replaced time.Time // a refresh token that rotated: when; zero: it has not
}

// How long tokens live: access and ID tokens an hour, a refresh token seven days without use; of one that rotated the old is good for
// thirty seconds more (oidc 1.1).
const (
	tokenLife   = time.Hour
	refreshIdle = 7 * 24 * time.Hour
	leeway      = 30 * time.Second
)

// exchange is the token endpoint.
func (v *visit) exchange() kernel.Reply {
	m, refused := v.redeem()
	if refused != nil {
		return refused.json()
	}
	return jsonReply(http.StatusOK, m.response())
}

func (v *visit) redeem() (*minting, *refusal) {
	form := v.req.PostForm
	for _, name := range sortedKeys(form) {
		if len(form[name]) > 1 {
			return nil, errRepeated.with(name)
		}
	}
	client, app, refused := v.client()
	if refused != nil {
		return nil, refused
	}
	if app.DPoP {
		return nil, &errDPoP // no proof is verified here
	}
	grant := form.Get("grant_type")
	switch {
	case grant == "":
		return nil, errMissingParameter.with("grant_type")
	case grant != "authorization_code" && grant != "refresh_token":
		return nil, &errGrantType
	case !slices.Contains(app.Grants, grant):
		return nil, errGrant.with(app.Grants...)
	case grant == "refresh_token":
		return v.redeemRefresh(client, app)
	}
	return v.redeemCode(client)
}

// client tells which application asks. A public one sends its id only; a confidential one has to bring a secret, and any will do.
func (v *visit) client() (id string, app estate.IdentityApp, refused *refusal) {
	id, secret := v.req.PostForm.Get("client_id"), v.req.PostForm.Get("client_secret")
	if user, password, ok := v.req.BasicAuth(); ok {
		id, _ = url.QueryUnescape(user)
		secret = password
	}
	app, ok := v.app(id)
	confidential := !slices.Contains([]string{"", "none"}, app.AuthMethod) || app.AuthMethod == "" && (app.Type == "web" || app.Type == "service")
	_, basic := v.req.Header["Authorization"]
	switch {
	case id == "":
		return "", app, &errNoCredentials
	case !ok:
		return "", app, &errClientID
	case confidential && secret == "", !confidential && (secret != "" || basic): // the second is INFERRED
		return "", app, &errAuthMethod
	}
	return id, app, nil
}

var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`) // RFC 7636, 4.1

// redeemCode checks a code. That a wrong verifier leaves the code good, and that a second use ends what the first gave, is INFERRED.
func (v *visit) redeemCode(client string) (*minting, *refusal) {
	form := v.req.PostForm
	if form.Get("code") == "" {
		return nil, errMissingParameter.with("code")
	}
	a := v.codes[form.Get("code")]
	verifier := form.Get("code_verifier")
	switch {
	case a == nil || a.provider != v.name || a.server != v.server.id:
		return nil, &errCode
	case a.client != client:
		return nil, &errOtherClient
	case a.family != "": // somebody has used it before: neither of the two is trusted any more (RFC 6749, 4.1.2)
		v.revoke(a.family)
		return nil, &errCode
	case v.now().After(a.expires):
		return nil, &errCode
	case a.redirect != form.Get("redirect_uri"):
		return nil, &errOtherRedirect
	case a.challenge == "" && verifier != "", a.challenge != "" && (!verifierForm.MatchString(verifier) || challengeOf(verifier) != a.challenge):
		return nil, &errVerifier
	}
	a.family = rand.Text()
	return &minting{v: v, grant: a, family: a.family, scopes: a.scopes, at: v.now()}, nil
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (v *visit) redeemRefresh(client string, app estate.IdentityApp) (*minting, *refusal) {
	form := v.req.PostForm
	if form.Get("refresh_token") == "" {
		return nil, errMissingParameter.with("refresh_token")
	}
	old := v.tokens[form.Get("refresh_token")]
	switch {
	case old == nil || !old.refresh || old.provider != v.name || old.server != v.server.id || v.now().After(old.expires):
		return nil, &errRefreshToken
	case old.client != client:
		return nil, &errOtherClient
	case !old.replaced.IsZero() && v.now().After(old.replaced.Add(leeway)): // reuse is detected: the whole family ends
		v.revoke(old.family)
		return nil, &errRefreshToken
	}
	if login, _, ok := v.person(old.login); !ok || login != old.login {
		return nil, &errRefreshToken
	}
	scopes := old.scopes
	if asked := strings.Fields(form.Get("scope")); len(asked) > 0 {
		if slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(old.scopes, s) }) {
			return nil, errIllegalScope.with(asked...)
		}
		scopes = asked
	}
	if refused := v.permits(old.server, client, old.login, scopes); refused != nil {
		return nil, refused
	}
	old.expires = v.now().Add(refreshIdle)
	m := &minting{v: v, grant: old.authorization, family: old.family, scopes: scopes, at: v.now(), old: form.Get("refresh_token")}
	if app.Rotation == "ROTATE" {
		m.old = ""
		if old.replaced.IsZero() {
			old.replaced = v.now()
		}
	}
	m.refresh = true
	return m, nil
}

// revoke ends all tokens of a sign-in.
func (v *visit) revoke(family string) {
	for text, t := range v.tokens {
		if t.family == family {
			delete(v.tokens, text)
		}
	}
}

// userinfo tells about the person of an access token, on the server that gave it out and nowhere else. Refusals have no body (INFERRED).
func (v *visit) userinfo() kernel.Reply {
	scheme, text, _ := strings.Cut(v.req.Header.Get("Authorization"), " ")
	t := v.tokens[text]
	refused := errAccessToken
	switch {
	case t != nil && t.provider == v.name && t.server != v.server.id:
		refused = errAccessIssuer
	case t != nil && t.provider == v.name && !t.refresh && !v.now().After(t.expires) && strings.EqualFold(scheme, "Bearer"):
		body := map[string]any{"sub": v.user(t.login)}
		v.describe(body, t.login, t.scopes)
		if body["email"] != nil {
			body["email_verified"] = true
		}
		return jsonReply(http.StatusOK, body)
	}
	challenge := `Bearer authorization_uri="` + v.server.root() + `/authorize", realm="` + v.server.issuer + `", scope="openid", error="` + refused.code + `", error_description="` + refused.description + `"`
	return kernel.Reply{Status: refused.status, Header: http.Header{"Www-Authenticate": {challenge}, "Cache-Control": {"no-store"}}}
}

// describe adds what the scopes tell about a person: in Okta's thin ID token of the code flow no more than this (oidc 1.1). That the
// e-mail address is among it is INFERRED.
func (v *visit) describe(claims map[string]any, login string, scopes []string) {
	p := v.provider.People[login]
	if slices.Contains(scopes, "email") && p.Email != "" {
		claims["email"] = p.Email
	}
	if slices.Contains(scopes, "profile") {
		claims["preferred_username"] = login
		if p.Name != "" {
			claims["name"] = p.Name
		}
	}
}
