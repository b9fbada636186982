package token

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// exponentOne forges a signature without any private key: the power of one leaves what is signed as it is.
func exponentOne(input string) []byte {
	sum := sha256.Sum256([]byte(input))
	prefix := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	end := append(append([]byte{0}, prefix...), sum[:]...)
	return append(append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, ours().Size()-2-len(end))...), end...)
}

// promoted makes the payload that of somebody else.
func promoted(part string) string {
	payload, _ := canonical(part)
	return text64(strings.Replace(string(payload), "ana.", "boss.", 1))
}

func keyAttacks() []attack {
	good, other := jwk(ours(), "k1", nil), jwk(stranger(), "k2", nil)
	nameless, strangers := jwk(ours(), "", members{"kid": gone{}}), jwk(stranger(), "", members{"kid": gone{}})
	d := base64.RawURLEncoding.EncodeToString(ours().D.Bytes())
	broken := func(name, keys string, want ...string) attack {
		return attack{name: name, keys: keys, want: want, ours: refuse, goOIDC: refuse, zitadel: refuse}
	}
	unusable := func(name string, changes members, flaw string, goOIDC, zitadel opinion) attack {
		return attack{name: name, keys: jwks(jwk(ours(), "k1", changes)), want: []string{flaw, "set/unusable", "signature/key-refused"}, ours: refuse, goOIDC: goOIDC, zitadel: zitadel}
	}
	because := func(a attack, why string) attack { a.why = why; return a }
	return []attack{
		{name: "signed by somebody else under our kid", sign: rs256(stranger()), want: []string{"signature/wrong"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "claims changed after signing", edit: splice(1, promoted), want: []string{"signature/wrong"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "signature of another token's size", sign: func(string) []byte { return []byte("short") }, want: []string{"signature/wrong"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "signature taken off", sign: empty, want: []string{"signature/wrong"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "unknown kid", header: members{"kid": "k9"}, sign: rs256(stranger()), want: []string{"signature/unknown-key"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "unknown kid over the right key", header: members{"kid": "k9"}, want: []string{"signature/unknown-key"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "keys rotated since the first look", header: members{"kid": "k2"}, sign: rs256(stranger()), rotated: jwks(good, other), ours: accept, goOIDC: accept, zitadel: accept},
		{name: "keys rotated, none with a name", header: members{"kid": gone{}}, sign: rs256(stranger()), keys: jwks(nameless), rotated: jwks(strangers), ours: accept, goOIDC: accept, zitadel: accept},
		{name: "keys rotated away from the token's", keys: jwks(other), rotated: jwks(other), want: []string{"signature/unknown-key"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "two keys, each with its name", keys: jwks(other, good), ours: accept, goOIDC: accept, zitadel: accept},
		{name: "no kid and one key", header: members{"kid": gone{}}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "no kid and several keys", header: members{"kid": gone{}}, keys: jwks(other, good), want: []string{"key/unnamed"}, ours: accept, goOIDC: accept, zitadel: refuse},
		{name: "kid over a single key without one", keys: jwks(nameless), want: []string{"key/nameless"}, ours: accept, goOIDC: refuse, zitadel: accept},
		{name: "kid over several keys without one", keys: jwks(strangers, nameless), want: []string{"key/nameless"}, ours: accept, goOIDC: refuse, zitadel: refuse,
			why: "the key is the provider's whatever it is called; that strict readers fail is told"},
		{name: "two keys with the same kid, the second is right", keys: jwks(jwk(stranger(), "k1", nil), good), want: []string{"jwk/shared", "key/shared"}, ours: accept, goOIDC: accept, zitadel: refuse},
		{name: "two keys with the same kid, the first is right", keys: jwks(good, jwk(stranger(), "k1", nil)), want: []string{"jwk/shared", "key/shared"}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "malformed key beside the good one", keys: jwks(`{"kty":"RSA","kid":"k0","n":"!!","e":"AQAB"}`, good), want: []string{"jwk/malformed"}, ours: accept, goOIDC: refuse, zitadel: refuse,
			why: "RFC 7517 section 5: what cannot be read is left aside; the provider's other key is still its key"},
		{name: "something that is no key beside the good one", keys: jwks(`"key"`, good), want: []string{"jwk/malformed"}, ours: accept, goOIDC: refuse, zitadel: refuse, why: "as above"},
		{name: "key with a member twice beside the good one", keys: strings.Replace(jwks(other, good), `"kid":"k2"`, `"kid":"k2","kid":"k3"`, 1), want: []string{"jwk/malformed"}, ours: accept, goOIDC: refuse, zitadel: refuse, why: "as above"},
		{name: "post-quantum key beside the good one", keys: jwks(`{"kty":"AKP","alg":"ML-DSA-65","kid":"pq","pub":"AAAA"}`, good), want: []string{"jwk/kind"}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "key of an unknown kind beside the good one", keys: jwks(`{"kty":"XYZ","kid":"new"}`, good), want: []string{"jwk/kind"}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "encryption key beside the good one", keys: jwks(jwk(stranger(), "enc", members{"use": "enc", "alg": "RSA-OAEP"}), good), want: []string{"jwk/use"}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "certificate that cannot be read in the good key", keys: jwks(jwk(ours(), "k1", members{"x5c": []string{"MIIC"}})), ours: accept, goOIDC: refuse, zitadel: refuse,
			why: "nothing depends on the certificate"},
		{name: "good key without use and alg", keys: jwks(jwk(ours(), "k1", members{"use": gone{}, "alg": gone{}})), ours: accept, goOIDC: accept, zitadel: accept},
		{name: "good key with key_ops verify", keys: jwks(jwk(ours(), "k1", members{"key_ops": []string{"verify"}})), ours: accept, goOIDC: accept, zitadel: accept},
		unusable("key for encryption", members{"use": "enc"}, "jwk/use", accept, refuse),
		because(unusable("key that may only sign", members{"key_ops": []string{"sign"}}, "jwk/operations", accept, accept), "the provider says that the key must not verify"),
		because(unusable("key for RS512", members{"alg": "RS512"}, "jwk/algorithm", accept, accept), "the provider says that the key is for another algorithm"),
		unusable("private key in the set", members{"d": d}, "jwk/private", refuse, refuse),
		unusable("padded modulus", members{"n": base64.URLEncoding.EncodeToString(ours().N.Bytes())}, "jwk/malformed", refuse, refuse),
		unusable("even exponent", members{"e": "Ag"}, "jwk/exponent", refuse, refuse),
		unusable("exponent beyond 31 bits", members{"e": "AQAAAAE"}, "jwk/exponent", refuse, refuse),
		unusable("modulus of 8200 bits", members{"n": base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 1025))}, "jwk/large", refuse, refuse),
		{name: "exponent one, forged without a key", sign: exponentOne, keys: jwks(jwk(ours(), "k1", members{"e": "AQ"})), want: []string{"jwk/exponent", "set/unusable", "signature/key-refused"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "RSA of 1024 bits", sign: rs256(small()), keys: jwks(jwk(small(), "k1", nil)), want: []string{"jwk/small", "set/unusable", "signature/key-refused"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "RFC 7518 section 3.3: 2048 bits or more"},
		{name: "no kid, and the key that signed is refused", header: members{"kid": gone{}}, keys: jwks(jwk(ours(), "k1", members{"use": "enc"}), other), want: []string{"jwk/use", "signature/none-fits"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		broken("empty key set", jwks(), "set/empty", "signature/no-keys"),
		broken("key set is a page", "<!doctype html><title>Sign in</title>", "set/json", "signature/no-keys"),
		broken("key set is cut off", good[:len(good)-9], "set/json", "signature/no-keys"),
		broken("key set is a discovery document", `{"issuer":"https://acme.okta.com"}`, "set/keys", "signature/no-keys"),
		{name: "two lists of keys", keys: `{"keys":[],` + jwks(good)[1:], want: []string{"set/duplicate", "signature/no-keys"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "readers disagree on which list counts"},
		{name: "key set of 300 KB", keys: `{"x":"` + strings.Repeat("x", 300<<10) + `",` + jwks(good)[1:], want: []string{"set/size", "signature/no-keys"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "ten times the largest that a vendor publishes"},
		{name: "unknown members of the set", keys: `{"x":{},` + jwks(good)[1:], ours: accept, goOIDC: accept, zitadel: accept},
	}
}
