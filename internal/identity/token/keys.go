package token

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"rehome/internal/diag"
)

// MaxKeySet is the most that a key set may be, in bytes. Those of the vendors are below 30 KB, certificates included (INFERRED).
const MaxKeySet = 256 << 10

// KeySet is a provider's key set, as far as its keys can verify an RS256 signature. The zero value holds none.
type KeySet struct {
	keys    []key
	refused []refused
}

type key struct {
	kid    string // empty: the set names none
	public *rsa.PublicKey
}

// refused is a key that is not used, and the flaw for which it is not.
type refused struct{ kid, flaw string }

var setCheck = check{slug: "keys", code: "DSK-15", holds: "the key set has keys for RS256", source: "RFC 7517 section 5"}

// ParseKeys reads a key set (RFC 7517 section 5). Each key is judged by itself, so that one that cannot be read spoils no other. There is a
// finding for each key that is not used or is odd; the last one is on the set.
func ParseKeys(jwks []byte) (KeySet, []diag.Finding) {
	raw, name := split(jwks)
	if name != "" {
		return KeySet{}, []diag.Finding{setCheck.finding("jwks", name, nil)}
	}
	var set KeySet
	var out []diag.Finding
	labels := map[string]bool{}
	for i, one := range raw {
		k, name := readKey(one)
		switch {
		case name != "":
			set.refused = append(set.refused, refused{k.kid, name})
		case k.kid != "" && len(set.named(k.kid)) > 0:
			name = "jwk/shared"
			fallthrough
		default:
			set.keys = append(set.keys, k)
		}
		label := seen("kid", k.kid)[0].Seen
		if k.kid == "" || labels[label] {
			label = fmt.Sprintf("#%d", i+1)
		}
		labels[label] = true
		if name != "" {
			c := check{slug: "key/" + label, code: "DSK-15", source: "RFC 7517 sections 4 and 5; RFC 7518 section 3.3"}
			out = append(out, c.finding("jwks", name, seen("kid", k.kid)))
		}
	}
	if len(set.keys) == 0 {
		name = "set/unusable"
	}
	return set, append(out, setCheck.finding("jwks", name, seen("keys", fmt.Sprintf("%d of %d", len(set.keys), len(raw)))))
}

// split gives the keys of a set as they were written, or the flaw for which there are none.
func split(jwks []byte) ([]json.RawMessage, string) {
	if len(jwks) > MaxKeySet {
		return nil, "set/size"
	}
	set, err := readMembers(jwks)
	switch {
	case errors.Is(err, errDuplicate):
		return nil, "set/duplicate"
	case err != nil:
		return nil, "set/json"
	case set.kind("keys") != list:
		return nil, "set/keys"
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(set["keys"], &raw); err != nil {
		return nil, "set/json"
	}
	if len(raw) == 0 {
		return nil, "set/empty"
	}
	return raw, ""
}

// named are the keys with a kid, or those without one.
func (s KeySet) named(kid string) []key {
	var out []key
	for _, k := range s.keys {
		if k.kid == kid {
			out = append(out, k)
		}
	}
	return out
}

// Thumbprints gives the kid, which can be empty, of each key that can be used, by the key's RFC 7638 thumbprint: two sets with the same
// thumbprints hold the same keys, whatever they are called.
func (s KeySet) Thumbprints() map[string]string {
	out := map[string]string{}
	for _, k := range s.keys {
		out[k.thumbprint()] = k.kid
	}
	return out
}

// thumbprint is that of RFC 7638 section 3, with SHA-256.
func (k key) thumbprint() string {
	encode := base64.RawURLEncoding.EncodeToString
	sum := sha256.Sum256(fmt.Appendf(nil, `{"e":"%s","kty":"RSA","n":"%s"}`, encode(big.NewInt(int64(k.public.E)).Bytes()), encode(k.public.N.Bytes())))
	return encode(sum[:])
}
