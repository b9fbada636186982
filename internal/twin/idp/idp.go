// Package idp is the twin's identity provider, with the profile of Okta: discovery, sign-in and consent pages, tokens, key sets, and the
// refusals in Okta's own words (oidc 1.1). Who may do what there is the world's (estate.IdentityProvider), deliberate faults included. It
// must not know the relying party that rehome brings, and must not check passwords: whoever gives a login is the person.
//
// Sessions, codes, tokens and keys live in memory only. They are no part of the twin's state, so none of them is in an answer of
// GET /_twin/world, and they carry the time of day, since verifiers compare them with it; the twin's clock does not move them.
package idp

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// Service is all identity providers of a world for a kernel. now is the time of day; what is minted carries it.
func Service(now func() time.Time) kernel.Service {
	e := &engine{now: now}
	e.forget()
	return kernel.Service{ID: "idp",
		Handlers: map[string]kernel.Handler{"Fetch": e.fetch},
		Actions:  map[string][]string{"Fetch": nil}, // anybody may read what is public
		Console:  map[string]bool{"Fetch": false},
		Load:     e.start,
		Site:     &kernel.Site{Match: e.match, Serve: e.serve},
	}
}

// engine is what the providers remember. The kernel's lock protects it.
type engine struct {
	now       func() time.Time
	sessions  map[string]session
	pending   map[string]*authorization // between the pages of a sign-in
	codes     map[string]*authorization
	tokens    map[string]*token // access and refresh tokens
	consented map[string]bool   // provider, login and client
	rotated   map[string]bool   // providers that have changed their keys
}

// forget ends every session and makes every code and token unknown.
func (e *engine) forget() {
	e.sessions, e.pending, e.codes = map[string]session{}, map[string]*authorization{}, map[string]*authorization{}
	e.tokens, e.consented, e.rotated = map[string]*token{}, map[string]bool{}, map[string]bool{}
}

// start begins a world: nobody is signed in, and every deliberate fault has to be one that there is.
func (e *engine) start(r *kernel.Request) error {
	e.forget()
	providers := r.IdentityProviders()
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		for _, f := range providers[name].Broken {
			if _, ok := faults[f]; !ok {
				return &diag.Error{Code: "twin/provider-fault", What: "no such fault of an identity provider: " + f, Where: "identity_providers." + name + ".broken",
					Exit: diag.ExitUsage, Fix: []string{"use some of " + strings.Join(slices.Sorted(maps.Keys(faults)), ", ")}}
			}
		}
	}
	return nil
}

func (e *engine) match(r *kernel.Request, req *http.Request) bool {
	_, ok := find(r.IdentityProviders(), req)
	return ok || req.URL.Path == listPath
}

func (e *engine) serve(r *kernel.Request, req *http.Request) kernel.Reply {
	at, ok := find(r.IdentityProviders(), req)
	if !ok {
		return list(r.IdentityProviders())
	}
	return (&visit{engine: e, place: at, r: r, req: req}).answer()
}

// visit is one request to one provider.
type visit struct {
	*engine
	place
	r      *kernel.Request
	req    *http.Request
	server server // where the path leads to
}

// endpoint is one address of an authorization server.
type endpoint struct {
	name    string // as the last part of its path
	methods string
	serve   func(*visit) kernel.Reply
}

// endpoints are those of every authorization server, by the part of the path behind /v1/ or /.well-known/.
func endpoints() map[string]endpoint {
	discovery := endpoint{"discovery", "GET", (*visit).discovery}
	return map[string]endpoint{
		"openid-configuration": discovery, "oauth-authorization-server": discovery,
		"authorize": {"authorize", "GET POST", (*visit).authorize},
		"token":     {"token", "POST", (*visit).exchange},
		"keys":      {"keys", "GET", (*visit).keySet},
		"userinfo":  {"userinfo", "GET POST", (*visit).userinfo},
	}
}

// pages are the provider's own, whatever the authorization server.
func pages() map[string]endpoint {
	return map[string]endpoint{
		"/login": {"login", "POST", (*visit).login}, "/consent": {"consent", "POST", (*visit).consent},
		"/.well-known/okta-organization": {"organization", "GET", (*visit).organization},
	}
}

// route finds what the path leads to. A server that is not there is a resource not found for programs, and a page for people.
func (v *visit) route() (to endpoint, missing kernel.Reply) {
	to, ok := pages()[v.path]
	if !ok {
		id, what := target(v.path)
		if to, ok = endpoints()[what]; ok && !v.admin {
			if v.server, ok = v.serverOf(id); !ok && to.name != "authorize" {
				return to, resourceNotFound(v.r, id)
			}
		}
	}
	if !ok || v.admin && to.name != "organization" {
		return to, page(http.StatusNotFound, pageNotFound, "")
	}
	return to, missing
}

func (v *visit) answer() kernel.Reply {
	to, missing := v.route()
	if missing.Status != 0 {
		return missing
	}
	method := v.req.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if !slices.Contains(strings.Fields(to.methods), method) {
		return methodNotAllowed(v.r, to.methods)
	}
	if err := v.req.ParseForm(); err != nil {
		return page(http.StatusBadRequest, badRequest, err.Error())
	}
	for _, f := range broken[instead](v.provider) {
		if f.of != to.name {
			continue
		}
		if reply, done := f.do(v); done {
			return reply
		}
	}
	return to.serve(v)
}

// target splits a path into the authorization server that it leads to and the endpoint there; no endpoint: nothing of the kind.
func target(path string) (server, what string) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case len(parts) == 2 && parts[0] == ".well-known":
		return orgServer, parts[1]
	case len(parts) == 4 && parts[0] == ".well-known" && parts[1] == "oauth-authorization-server" && parts[2] == "oauth2" && parts[3] != orgServer:
		return parts[3], parts[1]
	case len(parts) == 3 && parts[0] == "oauth2" && parts[1] == "v1":
		return orgServer, parts[2]
	case len(parts) == 4 && parts[0] == "oauth2" && (parts[2] == "v1" || parts[2] == ".well-known") && parts[1] != orgServer:
		return parts[1], parts[3]
	}
	return "", ""
}

// orgServer is the id of Okta's org authorization server, which no path holds.
const orgServer = "org"

// app gives a registered application that is in use.
func (v *visit) app(clientID string) (estate.IdentityApp, bool) {
	app, ok := v.provider.Apps[clientID]
	return app, ok && !app.Inactive
}
