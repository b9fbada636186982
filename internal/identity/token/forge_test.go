package token

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"
)

// What all tests sign in with.
const (
	issuer   = "https://acme.okta.com/oauth2/default"
	clientID = "0oa1b2c3d4e5f6g7h8i9"
	nonce    = "n-0S6_WzA2Mj-planted-nonce"
	access   = "planted-access-token-SlAV32hkKG"
	person   = "ana.planted@acme.example"
	subject  = "00u-planted-subject-7h8i9"
)

// at is when the tests happen, but for those that somebody else's clock has a part in.
var at = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

type members = map[string]any

// gone takes a member out.
type gone struct{}

var (
	ours     = sync.OnceValue(func() *rsa.PrivateKey { return published("testdata/rfc7515-a2-key.json") })
	stranger = sync.OnceValue(func() *rsa.PrivateKey { return made(2048) })
	small    = sync.OnceValue(func() *rsa.PrivateKey { return made(1024) })
)

// published is a key that stands in an RFC, so that everybody has it and tokens come out the same each time.
func published(file string) *rsa.PrivateKey {
	text, err := os.ReadFile(file)
	must(err)
	var parts map[string]string
	must(json.Unmarshal(text, &parts))
	number := func(name string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(parts[name])
		must(err)
		return new(big.Int).SetBytes(b)
	}
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}, D: number("d"), Primes: []*big.Int{number("p"), number("q")}}
	must(k.Validate())
	k.Precompute()
	return k
}

func made(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	must(err)
	return k
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func with(base, changes members) members {
	out := maps.Clone(base)
	for name, value := range changes {
		if _, take := value.(gone); take {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	return out
}

func text64(v any) string { return base64.RawURLEncoding.EncodeToString([]byte(v.(string))) }

func asJSON(v any) string {
	b, err := json.Marshal(v)
	must(err)
	return string(b)
}

func header(changes members) string {
	return asJSON(with(members{"alg": "RS256", "kid": "k1", "typ": "JWT"}, changes))
}

func halfHash(of string) string {
	sum := sha256.Sum256([]byte(of))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// claims are those of a token that is as it should be, issued a moment before now, with changes.
func claims(now time.Time, changes members) string {
	return asJSON(with(members{"iss": issuer, "aud": clientID, "sub": subject, "nonce": nonce, "iat": now.Unix() - 5, "exp": now.Unix() + 3600, "at_hash": halfHash(access),
		"email": person, "email_verified": true, "name": "Planted Person Name", "jti": "ID.planted-jti"}, changes))
}

// signed is a token in compact form.
func signed(header, payload string, sign func(input string) []byte) string {
	input := text64(header) + "." + text64(payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}

func rs256(k *rsa.PrivateKey) func(string) []byte {
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		s, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
		must(err)
		return s
	}
}

func jwk(k *rsa.PrivateKey, kid string, changes members) string {
	encode := base64.RawURLEncoding.EncodeToString
	return asJSON(with(members{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": encode(k.N.Bytes()), "e": encode(big.NewInt(int64(k.E)).Bytes())}, changes))
}

func jwks(keys ...string) string {
	raw := make([]json.RawMessage, len(keys))
	for i, k := range keys {
		raw[i] = json.RawMessage(k)
	}
	return asJSON(members{"keys": raw})
}

func expect(now time.Time) Expect {
	return Expect{Issuer: issuer, ClientID: clientID, Nonce: nonce, Claim: "email", Now: now, AccessToken: access}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func rawJSON(text string) json.RawMessage { return json.RawMessage(text) }
