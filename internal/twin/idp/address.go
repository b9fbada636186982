package idp

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// listPath is where the twin shows its identity providers; below it each has an address of its own.
const listPath = "/idp/"

// place is what a request's address says: whose it is and where there.
type place struct {
	name     string // of the provider in the world
	provider estate.IdentityProvider
	base     string // https://HOST, or http://HOST/idp/NAME on the twin's own address
	prefix   string // of every path there: empty or /idp/NAME
	path     string // below base
	admin    bool   // the administrators' host, where nobody signs in to an application
}

// find tells which provider a request is for: by its host, else by the beginning of its path.
func find(providers map[string]estate.IdentityProvider, req *http.Request) (place, bool) {
	host := strings.ToLower(req.Host)
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		p := providers[name]
		at := place{name: name, provider: p, base: "https://" + host, path: req.URL.Path, admin: host == adminHost(p.Domain)}
		if host != "" && (at.admin || host == p.Domain || host == p.Custom) {
			return at, true
		}
	}
	rest, own := strings.CutPrefix(req.URL.Path, listPath)
	name, path, below := strings.Cut(rest, "/")
	p, known := providers[name]
	return place{name: name, provider: p, base: "http://" + host + listPath + name, prefix: listPath + name, path: "/" + path}, own && below && known
}

// adminHost is the host of an organization's administrators: example-admin.okta.com (oidc 1.1).
func adminHost(domain string) string {
	name, rest, _ := strings.Cut(domain, ".")
	return name + "-admin." + rest
}

// server is an authorization server as a request sees it.
type server struct {
	estate.AuthorizationServer
	id     string
	base   string // of the provider, as the issuer has it
	issuer string
}

// root is what all endpoints but discovery begin with.
func (s server) root() string {
	if s.id == orgServer {
		return s.base + "/oauth2/v1"
	}
	return s.issuer + "/v1"
}

// serverOf finds an authorization server. Custom ones need a licence (oidc 0.2). The endpoints have the issuer's host; that they follow
// it is INFERRED.
func (v *visit) serverOf(id string) (server, bool) {
	s, ok := v.provider.Servers[id]
	out := server{AuthorizationServer: s, id: id, base: v.base}
	switch {
	case s.IssuerMode == "CUSTOM_URL" && v.provider.Custom != "":
		out.base = "https://" + v.provider.Custom
	case s.IssuerMode != "DYNAMIC" && v.prefix == "":
		out.base = "https://" + v.provider.Domain
	}
	if out.issuer = out.base; id != orgServer {
		out.issuer += "/oauth2/" + id
	}
	return out, id == orgServer || ok && !v.provider.Unlicensed
}

// list shows the providers and where they are on this address.
func list(providers map[string]estate.IdentityProvider) kernel.Reply {
	type row struct{ Name, Domain, Path string }
	var rows []row
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		rows = append(rows, row{name, providers[name].Domain, listPath + name + "/"})
	}
	return render(http.StatusOK, "list", "Identity providers of this twin", nil, rows)
}
