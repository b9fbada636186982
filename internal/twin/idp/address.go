package idp

import (
	"maps"
	"net/http"
	"net/url"
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
		if host != "" && (at.admin || host == p.Domain || host == p.Custom || addresses(p.Values)[host]) {
			at.path = canonical(p.Values, host, at.path)
			return at, true
		}
	}
	rest, own := strings.CutPrefix(req.URL.Path, listPath)
	name, path, below := strings.Cut(rest, "/")
	p, known := providers[name]
	return place{name: name, provider: p, base: "http://" + host + listPath + name, prefix: listPath + name, path: "/" + path}, own && below && known
}

// ownServer is the id of the one server of a provider that is described by its addresses.
const ownServer = "default"

// addresses are the hosts of a provider that is described by its addresses.
func addresses(v *estate.SignInValues) map[string]bool {
	out := map[string]bool{}
	if v != nil {
		for _, address := range []string{v.Issuer, v.AuthorizationEndpoint, v.TokenEndpoint, v.JWKSURI} {
			if u, err := url.Parse(address); err == nil {
				out[strings.ToLower(u.Host)] = true
			}
		}
	}
	return out
}

// canonical is the path that the engine serves for an address that was given; any other path is its own.
func canonical(v *estate.SignInValues, host, path string) string {
	if v == nil {
		return path
	}
	for address, own := range map[string]string{strings.TrimSuffix(v.Issuer, "/") + "/.well-known/openid-configuration": ".well-known/openid-configuration",
		v.AuthorizationEndpoint: "v1/authorize", v.TokenEndpoint: "v1/token", v.JWKSURI: "v1/keys"} {
		if u, err := url.Parse(address); err == nil && strings.ToLower(u.Host) == host && u.Path == path {
			return "/oauth2/" + ownServer + "/" + own
		}
	}
	return path
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
	values *estate.SignInValues // nil: the vendor's addresses
	base   string               // of the provider, as the issuer has it
	issuer string
}

// root is what all endpoints but discovery begin with.
func (s server) root() string {
	switch {
	case s.values != nil:
		return s.base + "/oauth2/" + ownServer + "/v1"
	case s.id == orgServer:
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
	if own := v.provider.Values; own != nil && id == ownServer {
		out.values, out.base, out.issuer = own, "https://"+v.provider.Domain, own.Issuer
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
