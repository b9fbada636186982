package idp

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// authorization is what an application has asked for and, once somebody has signed in, for whom.
type authorization struct {
	provider, server, client, redirect, mode, state, nonce, challenge, hint string
	scopes, prompt                                                          []string
	maxAge                                                                  time.Duration // since the sign-in; negative: any
	issuer                                                                  string        // for the callback
	login                                                                   string
	signedIn                                                                time.Time
	expires                                                                 time.Time // of the code
	family                                                                  string    // of the tokens that the code gave; empty: not used yet
}

// authorize is where a browser begins. What cannot be trusted with an answer is told to the person; everything else to the application.
func (v *visit) authorize() kernel.Reply {
	a, refused := v.requested()
	if refused != nil {
		return refusedPage(*refused)
	}
	if refused := v.admits(a); refused != nil {
		return v.callback(a, refused.values())
	}
	s, ok := v.session()
	switch {
	case ok && !slices.Contains(a.prompt, "login") && (a.maxAge < 0 || v.now().Sub(s.at) <= a.maxAge):
		a.login, a.signedIn = s.login, s.at
		return v.proceed(a)
	case slices.Contains(a.prompt, "none"):
		return v.callback(a, errNoSession.values())
	}
	return v.loginPage(http.StatusOK, v.hold(a), a, "")
}

// requested reads the request as far as it says where an answer may go.
func (v *visit) requested() (*authorization, *refusal) {
	form := v.req.Form
	a := &authorization{provider: v.name, server: v.server.id, client: form.Get("client_id"), redirect: form.Get("redirect_uri"), mode: form.Get("response_mode"),
		state: form.Get("state"), nonce: form.Get("nonce"), challenge: form.Get("code_challenge"), hint: form.Get("login_hint"), issuer: v.server.issuer,
		scopes: strings.Fields(form.Get("scope")), prompt: strings.Fields(form.Get("prompt")), maxAge: -1}
	if seconds, err := strconv.Atoi(form.Get("max_age")); err == nil {
		a.maxAge = time.Duration(seconds) * time.Second
	}
	app, ok := v.app(a.client)
	switch {
	case !ok:
		return nil, &errClientID // an application that is switched off looks like none: INFERRED
	case !slices.Contains(app.Redirects, a.redirect):
		return nil, &errRedirect
	case a.state == "":
		return nil, &errState
	}
	for _, name := range sortedKeys(form) {
		if len(form[name]) > 1 {
			return nil, errRepeated.with(name)
		}
	}
	return a, nil
}

// admits checks what the application is told about and what does not depend on who signs in.
func (v *visit) admits(a *authorization) *refusal {
	app, _ := v.app(a.client)
	challenge := v.req.Form.Get("code_challenge_method")
	switch {
	case v.req.Form.Get("response_type") != "code":
		return &errResponseType
	case !slices.Contains([]string{"", "query", "fragment", "form_post"}, a.mode): // okta_post_message is not modelled
		a.mode = ""
		return &errResponseMode
	case app.Type == "service" || !slices.Contains(app.Grants, "authorization_code"):
		return errGrant.with(app.Grants...)
	case len(a.scopes) == 0:
		return &errNoScope
	case a.challenge == "" && !app.NoPKCE:
		return &errNoChallenge
	case a.challenge != "" && challenge != "S256":
		return &errChallengeMethod
	}
	return v.admitsScopes(a, app)
}

func (v *visit) admitsScopes(a *authorization, app estate.IdentityApp) *refusal {
	unknown := slices.DeleteFunc(slices.Clone(a.scopes), func(s string) bool { return slices.Contains(v.server.enabled(), s) })
	offline := slices.Contains(a.scopes, "offline_access")
	switch {
	case offline && isBroken(v.provider, offlineRefused):
		return &errScope
	case len(unknown) > 0 && v.server.id == orgServer:
		return &errCustomScope
	case len(unknown) > 0:
		return &errScope
	case offline && !slices.Contains(app.Grants, "refresh_token"):
		return errIllegalScope.with("offline_access") // INFERRED (oidc 1.1)
	}
	return nil
}

// proceed goes on with somebody who is signed in: may they use the application with these scopes, and do they want to?
func (v *visit) proceed(a *authorization) kernel.Reply {
	app, _ := v.app(a.client)
	if refused := v.permits(a.server, a.client, a.login, a.scopes); refused != nil {
		return v.callback(a, refused.values())
	}
	if app.Consent && (!v.consented[a.consentKey()] || slices.Contains(a.prompt, "consent")) {
		if slices.Contains(a.prompt, "none") {
			return v.callback(a, errConsentRequired.values())
		}
		return v.consentPage(v.hold(a), a, app)
	}
	return v.grant(a)
}

func (a *authorization) consentKey() string {
	return strings.Join([]string{a.provider, a.login, a.client}, "\x00")
}

// codeLife is how long a code can be redeemed (Okta's developer documents, Authorization Code flow).
const codeLife = 60 * time.Second

func (v *visit) grant(a *authorization) kernel.Reply {
	for _, f := range broken[spoilGrant](v.provider) {
		f(a)
	}
	code := rand.Text()
	a.expires = v.now().Add(codeLife)
	v.codes[code] = a
	return v.callback(a, url.Values{"code": {code}})
}

// callback sends the browser back to the application.
func (v *visit) callback(a *authorization, values url.Values) kernel.Reply {
	values.Set("state", a.state)
	for _, f := range broken[spoilCallback](v.provider) {
		f(a, values)
	}
	status := http.StatusFound
	if v.req.Method == http.MethodPost {
		status = http.StatusSeeOther // a 307 or 302 could carry the form's fields on (RFC 9700, 4.12)
	}
	separator := "?"
	switch {
	case a.mode == "form_post":
		return postPage(a, values)
	case a.mode == "fragment":
		separator = "#"
	case strings.Contains(a.redirect, "?"):
		separator = "&"
	}
	return kernel.Reply{Status: status, Header: http.Header{"Location": {a.redirect + separator + values.Encode()}, "Cache-Control": {"no-store"}, "Referrer-Policy": {"no-referrer"}}}
}

func postPage(a *authorization, values url.Values) kernel.Reply {
	type field struct{ Name, Value string }
	var fields []field
	for _, name := range sortedKeys(values) {
		for _, value := range values[name] {
			fields = append(fields, field{name, value})
		}
	}
	return render(http.StatusOK, "post", "Back to the application", []string{origin(a.redirect)}, map[string]any{"Action": a.redirect, "Fields": fields})
}
