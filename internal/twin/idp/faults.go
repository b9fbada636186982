package idp

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// effect is the one moment in which a deliberate fault acts, with what it does then. ID tokens are spoiled, access tokens are not.
type effect interface{ isEffect() }

type (
	instead struct { // of what an endpoint does; false: it does it after all
		of string
		do func(*visit) (kernel.Reply, bool)
	}
	spoilDiscovery func(*visit, map[string]any)
	spoilGrant     func(*authorization)                // before the code is made
	spoilCallback  func(*authorization, url.Values)    // what the browser takes back
	spoilClaims    func(*minting, map[string]any)      // of an ID token
	spoilSignature func(signer, map[string]any) string // makes the ID token instead
	spoilTokens    func(*minting, map[string]any)      // the token endpoint's answer
	condition      struct{}                            // asked for by name where it matters
)

func (instead) isEffect()        {}
func (spoilDiscovery) isEffect() {}
func (spoilGrant) isEffect()     {}
func (spoilCallback) isEffect()  {}
func (spoilClaims) isEffect()    {}
func (spoilSignature) isEffect() {}
func (spoilTokens) isEffect()    {}
func (condition) isEffect()      {}

// broken are the effects of one kind that a provider suffers from, in its own order.
func broken[E effect](p estate.IdentityProvider) (out []E) {
	for _, name := range p.Broken {
		if e, ok := faults[name].(E); ok {
			out = append(out, e)
		}
	}
	return out
}

func isBroken(p estate.IdentityProvider, name string) bool { return slices.Contains(p.Broken, name) }

// The conditions.
const (
	offlineRefused = "offline-access-refused"
	keysRotated    = "keys-rotated-at-refresh"
)

// elsewhere is an address that is none of the provider's.
const elsewhere = "https://login.example.net"

// faults are the deliberate faults of a provider, by the names that a world uses (IdentityProvider.Broken).
var faults = map[string]effect{
	// The addresses.
	"discovery-missing":      instead{"discovery", func(v *visit) (kernel.Reply, bool) { return resourceNotFound(v.r, v.server.id), true }},
	"discovery-html":         instead{"discovery", htmlInstead},
	"discovery-other-issuer": spoilDiscovery(func(_ *visit, d map[string]any) { d["issuer"] = elsewhere }),
	"discovery-http":         spoilDiscovery(insecure),
	"keys-empty":             instead{"keys", func(*visit) (kernel.Reply, bool) { return jsonReply(http.StatusOK, keySetOf()), true }},
	"keys-html":              instead{"keys", htmlInstead},
	"keys-bad-beside-good":   instead{"keys", badBesideGood},
	keysRotated:              condition{},
	"token-html":             instead{"token", htmlInstead},
	"token-redirect-307":     instead{"token", redirected},
	"rate-limited":           instead{"token", rateLimited},
	"iss-advertised-missing": spoilDiscovery(func(_ *visit, d map[string]any) { d["authorization_response_iss_parameter_supported"] = true }),

	// The way back.
	offlineRefused: condition{},
	"wrong-state":  spoilCallback(func(_ *authorization, q url.Values) { q.Set("state", "somebody-elses") }),
	"no-state":     spoilCallback(func(_ *authorization, q url.Values) { q.Del("state") }),
	"iss-wrong":    spoilCallback(func(_ *authorization, q url.Values) { q.Set("iss", elsewhere) }),
	"code-twice":   spoilCallback(func(_ *authorization, q url.Values) { q["code"] = append(q["code"], q["code"]...) }),

	// What the token endpoint gives.
	"no-refresh-token":       spoilGrant(func(a *authorization) { drop(&a.scopes, "offline_access") }), // the scope goes without a word
	"scope-narrowed":         spoilGrant(func(a *authorization) { drop(&a.scopes, "email", "profile") }),
	"no-id-token":            spoilTokens(func(_ *minting, t map[string]any) { delete(t, "id_token") }),
	"no-id-token-on-refresh": spoilTokens(func(m *minting, t map[string]any) { atRefresh(m, t, "id_token") }),

	// The ID token's claims.
	"no-email":                 spoilClaims(func(_ *minting, c map[string]any) { delete(c, "email") }),
	"no-email-on-refresh":      spoilClaims(func(m *minting, c map[string]any) { atRefresh(m, c, "email") }),
	"email-uppercase":          spoilClaims(func(_ *minting, c map[string]any) { email(c, func(s string) any { return strings.ToUpper(s) }) }),
	"email-array":              spoilClaims(func(_ *minting, c map[string]any) { email(c, func(s string) any { return []string{s} }) }),
	"other-subject-on-refresh": spoilClaims(otherSubject),
	"wrong-audience":           spoilClaims(func(_ *minting, c map[string]any) { c["aud"] = "0oaanotherapp0000000" }),
	"wrong-issuer":             spoilClaims(func(_ *minting, c map[string]any) { c["iss"] = elsewhere }),
	"issuer-slash":             spoilClaims(func(m *minting, c map[string]any) { c["iss"] = m.v.server.issuer + "/" }),
	"wrong-nonce":              spoilClaims(func(_ *minting, c map[string]any) { c["nonce"] = "somebody-elses" }),
	"no-nonce":                 spoilClaims(func(_ *minting, c map[string]any) { delete(c, "nonce") }),
	"expired":                  spoilClaims(func(m *minting, c map[string]any) { shift(m, c, -2*tokenLife) }),
	"future-iat":               spoilClaims(func(m *minting, c map[string]any) { shift(m, c, tokenLife) }),
	"wrong-at-hash":            spoilClaims(func(_ *minting, c map[string]any) { c["at_hash"] = halfHash("another token") }),

	// The ID token's signature.
	"alg-none":    spoilSignature(func(_ signer, c map[string]any) string { return unsigned(c) }),
	"hs256":       spoilSignature(signShared),
	"wrong-key":   spoilSignature(func(s signer, c map[string]any) string { return sign(signer{signers["stranger"]().key, s.id}, c) }),
	"unknown-kid": spoilSignature(func(_ signer, c map[string]any) string { return sign(signers["stranger"](), c) }),
}

func htmlInstead(*visit) (kernel.Reply, bool) {
	return page(http.StatusOK, "Welcome", "This is a page for people."), true
}

// insecure has every endpoint without TLS.
func insecure(v *visit, d map[string]any) {
	for member, value := range d {
		address, ok := value.(string)
		rest, below := strings.CutPrefix(address, v.server.base)
		if ok && below && member != "issuer" {
			d[member] = "http://" + v.provider.Domain + rest
		}
	}
}

// badBesideGood puts a key that is none before the good one. Whoever judges each key by itself is not troubled (RFC 7517, 5).
func badBesideGood(v *visit) (kernel.Reply, bool) {
	bad := jwk{Type: "RSA", Algorithm: "RS256", ID: "malformed", Use: "sig", Exponent: "AQAB", Modulus: "%%%"}
	good := keySetOf(v.signer())["keys"]
	return jsonReply(http.StatusOK, map[string]any{"keys": append([]jwk{bad}, good...)}), true
}

// redirected has the client send code and verifier again, to the same endpoint; whoever follows gets tokens there (RFC 9700, 4.12).
func redirected(v *visit) (kernel.Reply, bool) {
	to := v.server.root() + "/token?again=yes"
	return kernel.Reply{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {to}}}, v.req.URL.Query().Get("again") == ""
}

func rateLimited(v *visit) (kernel.Reply, bool) {
	reply := errRateLimit.json()
	reply.Header["X-Rate-Limit-Limit"], reply.Header["X-Rate-Limit-Remaining"] = []string{"4"}, []string{"0"}
	reply.Header["X-Rate-Limit-Reset"] = []string{strconv.FormatInt(v.now().Add(time.Minute).Unix(), 10)}
	return reply, true
}

func drop(list *[]string, names ...string) {
	*list = slices.DeleteFunc(slices.Clone(*list), func(s string) bool { return slices.Contains(names, s) })
}

func atRefresh(m *minting, members map[string]any, name string) {
	if m.refresh {
		delete(members, name)
	}
}

func email(claims map[string]any, change func(string) any) {
	if address, ok := claims["email"].(string); ok {
		claims["email"] = change(address)
	}
}

func otherSubject(m *minting, claims map[string]any) {
	if m.refresh {
		claims["sub"] = m.v.user("somebody else")
	}
}

// shift moves a token's whole life.
func shift(m *minting, claims map[string]any, by time.Duration) {
	claims["iat"], claims["exp"] = m.at.Add(by).Unix(), m.at.Add(by+tokenLife).Unix()
}
