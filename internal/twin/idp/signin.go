package idp

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// session is somebody who has signed in at a provider with a browser.
type session struct {
	provider, login string
	at              time.Time
}

// sessionCookie names the session, as at Okta.
const sessionCookie = "sid"

// session finds the browser's session, unless its person is gone.
func (v *visit) session() (session, bool) {
	c, err := v.req.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	s, ok := v.sessions[c.Value]
	_, _, exists := v.person(s.login)
	return s, ok && exists && s.provider == v.name
}

// person finds somebody by login. Okta's logins do not distinguish case.
func (v *visit) person(login string) (string, estate.IdentityPerson, bool) {
	for _, name := range slices.Sorted(maps.Keys(v.provider.People)) {
		if p := v.provider.People[name]; strings.EqualFold(name, login) && !p.Inactive {
			return name, p, true
		}
	}
	return "", estate.IdentityPerson{}, false
}

// hold keeps a request while its person looks at pages.
func (v *visit) hold(a *authorization) (transaction string) {
	transaction = rand.Text()
	v.pending[transaction] = a
	return transaction
}

// held finds the request that a form belongs to and the server that it is for.
func (v *visit) held() (transaction string, a *authorization, ok bool) {
	transaction = v.req.PostForm.Get("transaction")
	if a = v.pending[transaction]; a != nil && a.provider == v.name {
		v.server, ok = v.serverOf(a.server)
		_, active := v.app(a.client)
		ok = ok && active
	}
	return transaction, a, ok
}

func (v *visit) loginPage(status int, transaction string, a *authorization, message string) kernel.Reply {
	title := signInTitle
	if message != "" {
		title = failedTitle
	}
	return render(status, "login", title, []string{origin(a.redirect)}, map[string]any{"Message": message, "App": v.provider.Apps[a.client].Label,
		"Action": v.prefix + "/login", "Transaction": transaction, "Hint": a.hint})
}

func (v *visit) consentPage(transaction string, a *authorization, app estate.IdentityApp) kernel.Reply {
	return render(http.StatusOK, "consent", consentTitle, []string{origin(a.redirect)}, map[string]any{"App": app.Label, "Scopes": strings.Join(a.scopes, ", "),
		"Action": v.prefix + "/consent", "Transaction": transaction})
}

// login takes the sign-in form. Whoever the provider does not know, or has switched off, sees the page again.
func (v *visit) login() kernel.Reply {
	transaction, a, ok := v.held()
	if !ok {
		return page(http.StatusBadRequest, badRequest, "This sign-in is over. Start again from the application.")
	}
	login, _, ok := v.person(strings.TrimSpace(v.req.PostForm.Get("username")))
	if !ok {
		return v.loginPage(http.StatusForbidden, transaction, a, "Nobody signs in here with that username.")
	}
	delete(v.pending, transaction)
	id := rand.Text()
	a.login, a.signedIn = login, v.now()
	v.sessions[id] = session{v.name, login, a.signedIn}
	reply := v.proceed(a)
	cookie := http.Cookie{Name: sessionCookie, Value: id, Path: v.prefix + "/", HttpOnly: true, Secure: v.prefix == "", SameSite: http.SameSiteLaxMode}
	reply.Header.Add("Set-Cookie", cookie.String())
	return reply
}

// consent takes the answer of the consent page.
func (v *visit) consent() kernel.Reply {
	transaction, a, ok := v.held()
	if !ok || a.login == "" {
		return page(http.StatusBadRequest, badRequest, "This sign-in is over. Start again from the application.")
	}
	delete(v.pending, transaction)
	if v.req.PostForm.Get("answer") != "allow" {
		return v.callback(a, errConsentDenied.values())
	}
	v.consented[a.consentKey()] = true
	return v.grant(a)
}

// origin is scheme, host and port of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func sortedKeys(values url.Values) []string { return slices.Sorted(maps.Keys(values)) }
