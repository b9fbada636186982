package token

import (
	"github.com/go-jose/go-jose/v4"

	"rehome/internal/diag"
)

var (
	signatureCheck = check{slug: "signature", code: "DSK-15", holds: "the signature is that of a key of the typed key set", source: "OpenID Connect Core 1.0 section 3.1.3.7; RFC 7515 section 5.2"}
	keyCheck       = check{slug: "key", code: "DSK-15", holds: "the token names the key that signed it, and one key only has that name", source: "OpenID Connect Core 1.0 section 10.1; RFC 7515 section 4.1.4"}
)

// proof is which key signed a token.
type proof struct {
	key  key
	odd  string // flaw of how the key was found
	none string // flaw: no key did
	seen []diag.Evidence
}

// prove looks for the key that signed. A kid that several keys have, or none of them, does not refuse: all of them were fetched from the
// typed address, so whichever verifies is the provider's. It is warned of, since readers that take the first key fail.
func (s KeySet) prove(t *opened) proof {
	kid := t.header.text("kid")
	out := proof{seen: seen("kid", kid)}
	jws, err := jose.ParseSignedCompact(t.raw, []jose.SignatureAlgorithm{algorithm})
	if err != nil { // an embedded key or certificate that cannot be read; the rest has been looked at
		out.none = "signature/unreadable"
		return out
	}
	try := s.keys
	if kid != "" {
		try = s.named(kid)
	}
	switch {
	case kid == "" && len(try) > 1:
		out.odd = "key/unnamed"
	case len(try) > 1:
		out.odd = "key/shared"
	case kid != "" && len(try) == 0:
		if flaw, there := s.refusal(kid); there {
			out.none, out.seen = "signature/key-refused", both(out.seen, seen("key", flaws[flaw].title))
			return out
		}
		try, out.odd = s.named(""), "key/nameless"
	}
	for _, k := range try {
		if _, err := jws.Verify(k.public); err == nil {
			out.key = k
			return out
		}
	}
	out.none = s.unproven(kid)
	return out
}

func (s KeySet) refusal(kid string) (flaw string, there bool) {
	for _, r := range s.refused {
		if r.kid == kid {
			return r.flaw, true
		}
	}
	return "", false
}

// unproven names why no key verified.
func (s KeySet) unproven(kid string) string {
	switch {
	case len(s.keys) == 0:
		return "signature/no-keys"
	case kid == "":
		return "signature/none-fits"
	case len(s.named(kid)) > 0:
		return "signature/wrong"
	}
	return "signature/unknown-key"
}

// rotates tells which flaws another look at the key set can mend.
func rotates(flaw string) bool {
	return flaw == "signature/unknown-key" || flaw == "signature/none-fits"
}

const otherServer = "the JWKS URI is that of another authorization server of the provider, or the application has keys of its own"

var signatureFlaws = map[string]flaw{
	"signature/unreadable": {title: "the header of the ID token carries a key or certificate that cannot be read", cause: "the provider writes it wrongly; nobody needs it",
		fix: "let the provider leave jwk, x5c and x5u out of the header", owner: diag.IdPAdmin},
	"signature/key-refused": {title: "the ID token is signed with a key of the set that cannot be used", cause: "what is wrong with the key, or what else it is for, is told with the key set",
		fix: "let the provider sign with an RSA key for RS256 of 2048 bits or more", owner: diag.IdPAdmin},
	"signature/no-keys":     {title: "there is no key to verify the signature with", cause: "the key set has none", fix: "see what is told of the key set"},
	"signature/none-fits":   {title: "no key of the set has signed the ID token", cause: otherServer + "; or the keys were just rotated", fix: "copy the JWKS URI from the discovery document of the typed issuer"},
	"signature/unknown-key": {title: "the ID token is signed with a key that is not in the key set", cause: otherServer + "; or the keys were just rotated", fix: "copy the JWKS URI from the discovery document of the typed issuer"},
	"signature/wrong": {title: "the signature is not that of the key which the ID token names", cause: damaged + "; or somebody else signed it; or two servers of the provider give the same name to different keys",
		fix: "copy the JWKS URI from the discovery document of the typed issuer, and sign in again"},

	"key/unnamed": {title: "the ID token does not say which of several keys signed it", cause: "the provider writes no kid; strict readers refuse such tokens", fix: "let the provider write kid into tokens", severity: diag.Warn, owner: diag.IdPAdmin},
	"key/shared": {title: "two keys of the set have the name of the key that signed the ID token", cause: "a key was replaced without a new name; some readers take the first and fail",
		fix: "let the provider name each key differently", severity: diag.Warn, owner: diag.IdPAdmin},
	"key/nameless": {title: "the ID token names its key, and the key that fits has no name in the key set", cause: "the provider leaves kid out of its key set; some readers refuse then",
		fix: "let the provider write kid into its key set", severity: diag.Warn, owner: diag.IdPAdmin},
}
