package token

import (
	"crypto/rsa"
	"encoding/json"
	"math/big"
	"slices"

	"rehome/internal/diag"
)

// The sizes of an RSA key that are used, in bits: RFC 7518 section 3.3 demands the smallest; the largest only bounds the work (INFERRED).
const (
	minRSA = 2048
	maxRSA = 8192
)

// candidate is a key that is being judged.
type candidate struct {
	members         object
	modulus, public *big.Int // nil: not there, or not as RFC 7518 section 6.3.1 writes it
}

// keyRules are tried in this order: first what must alarm, then what makes a key one of another purpose, then what is wrong with it.
var keyRules = []struct {
	flaw string
	bad  func(candidate) bool
}{
	{"jwk/symmetric", func(c candidate) bool { return c.members.text("kty") == "oct" }},
	{"jwk/private", func(c candidate) bool { return slices.ContainsFunc(privateMembers, c.has) }},
	{"jwk/malformed", func(c candidate) bool { return c.members.text("kty") == "" || !c.absentOr(text, "kid", "use", "alg") }},
	{"jwk/kind", func(c candidate) bool { return c.members.text("kty") != "RSA" }},
	{"jwk/use", func(c candidate) bool { return c.has("use") && c.members.text("use") != "sig" }},
	{"jwk/operations", func(c candidate) bool {
		ops, _ := c.members.texts("key_ops")
		return c.has("key_ops") && !slices.Contains(ops, "verify")
	}},
	{"jwk/algorithm", func(c candidate) bool { return c.has("alg") && c.members.text("alg") != algorithm }},
	{"jwk/malformed", func(c candidate) bool { return c.modulus == nil || c.public == nil }},
	{"jwk/small", func(c candidate) bool { return c.modulus.BitLen() < minRSA }},
	{"jwk/large", func(c candidate) bool { return c.modulus.BitLen() > maxRSA }},
	{"jwk/exponent", func(c candidate) bool { return c.public.Bit(0) == 0 || c.public.BitLen() < 2 || c.public.BitLen() > 31 }},
}

// privateMembers are those of RFC 7518 sections 6.2.2, 6.3.2 and 6.4, and of RFC 9964.
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

func (c candidate) has(name string) bool { return c.members.kind(name) != absent }

func (c candidate) absentOr(want kind, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return c.has(name) && c.members.kind(name) != want })
}

// readKey judges one key of a set. A key that is refused has its kid, as far as it can be read, and no more. Certificates in it are not
// looked at: nothing depends on them.
func readKey(raw json.RawMessage) (key, string) {
	members, err := readObject(raw)
	if err != nil {
		return key{}, "jwk/malformed"
	}
	c := candidate{members, positive(members.text("n")), positive(members.text("e"))}
	out := key{kid: members.text("kid")}
	for _, r := range keyRules {
		if r.bad(c) {
			return out, r.flaw
		}
	}
	out.public = &rsa.PublicKey{N: c.modulus, E: int(c.public.Int64())}
	return out, ""
}

func positive(part string) *big.Int {
	b, ok := canonical(part)
	if !ok || len(b) == 0 {
		return nil
	}
	return new(big.Int).SetBytes(b)
}

const (
	aside   = "nothing to do"
	renewed = "let the provider make a new signing key and take this one out of its key set"
)

var setFlaws = map[string]flaw{
	"set/size": {title: "the key set is larger than 256 KB", cause: "the JWKS URI leads to something else", fix: "copy the JWKS URI from the provider's discovery document"},
	"set/json": {title: "the key set is no JSON object", cause: "the JWKS URI leads to a web page, such as that of a sign-in or of a proxy, or to a certificate",
		fix: "copy the JWKS URI from the provider's discovery document"},
	"set/duplicate": {title: "the key set has a member twice", cause: "readers disagree on which of them counts", fix: "let the provider write each member once", owner: diag.IdPAdmin},
	"set/keys": {title: "the answer is JSON but no key set: it has no list of keys", cause: "the JWKS URI is another address of the provider, such as that of its discovery document",
		fix: "copy the JWKS URI from the provider's discovery document"},
	"set/empty": {title: "the key set is empty", cause: "the provider has no signing key yet, or publishes those of this application elsewhere",
		fix: "let the provider make a signing key, or type the address at which it publishes it", owner: diag.IdPAdmin},
	"set/unusable": {title: "no key of the set can verify RS256", cause: "the provider signs with another algorithm, or each of its keys is refused for what is told of it",
		fix: "give the provider an RSA signing key of 2048 bits or more", owner: diag.IdPAdmin},

	"jwk/private": {title: "the key set publishes a private key", cause: "the provider was given the wrong half of a key pair; whoever reads the key set can sign in as anybody",
		fix: renewed + " at once; every sign-in since it was published is in doubt", owner: diag.IdPAdmin},
	"jwk/symmetric": {title: "the key set publishes a shared secret", cause: "a secret was put among public keys; whoever reads the key set can sign with it",
		fix: renewed + " at once", owner: diag.IdPAdmin},
	"jwk/malformed": {title: "a key of the set cannot be read", cause: "a member is missing, written twice or wrongly; some readers refuse the whole set for it",
		fix: "let the provider mend the key or take it out", severity: diag.Warn, owner: diag.IdPAdmin},
	"jwk/kind":       {title: "a key of another kind than RSA is left aside", fix: aside, severity: diag.Note},
	"jwk/use":        {title: "a key that is not for signatures is left aside", fix: aside, severity: diag.Note},
	"jwk/operations": {title: "a key that may not verify signatures is left aside", fix: aside, severity: diag.Note},
	"jwk/algorithm":  {title: "a key for another algorithm than RS256 is left aside", fix: aside, severity: diag.Note},
	"jwk/small": {title: "an RSA key of the set has fewer than 2048 bits", cause: "it is old; RS256 demands 2048 or more", fix: renewed, severity: diag.Warn,
		owner: diag.IdPAdmin},
	"jwk/large":    {title: "an RSA key of the set has more than 8192 bits", cause: "hardly any reader takes one", fix: renewed, severity: diag.Warn, owner: diag.IdPAdmin},
	"jwk/exponent": {title: "the exponent of an RSA key of the set is none that signs safely", cause: "it is even, one or larger than readers take", fix: renewed, severity: diag.Warn, owner: diag.IdPAdmin},
	"jwk/shared": {title: "two keys of the set have the same kid", cause: "a key was replaced without a new name; some readers take the first and fail",
		fix: "let the provider name each key differently", severity: diag.Warn, owner: diag.IdPAdmin},
}
