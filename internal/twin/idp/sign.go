package idp

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// signer is a pair of keys with the name that tokens call it by.
type signer struct {
	key *rsa.PrivateKey
	id  string
}

// signers are the keys by what they are for. Making one takes as long as a hundred sign-ins, so a process makes each once, when it first
// needs it; whose provider it is makes no difference to anybody who checks a token.
var signers = map[string]func() signer{
	"org": sync.OnceValue(newSigner), "org, rotated": sync.OnceValue(newSigner),
	"custom": sync.OnceValue(newSigner), "custom, rotated": sync.OnceValue(newSigner),
	"stranger": sync.OnceValue(newSigner), // in no key set
	"client":   sync.OnceValue(newSigner), // of an application that has its ID tokens encrypted
}

func newSigner() signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("idp: no key pair can be made: " + err.Error()) // the machine has no randomness
	}
	public, _ := json.Marshal(map[string]string{"e": exponent(key), "kty": "RSA", "n": modulus(key)})
	sum := sha256.Sum256(public) // a key is called by its thumbprint (RFC 7638), as long as Okta's ids are
	return signer{key, base64.RawURLEncoding.EncodeToString(sum[:])}
}

// signer is the server's own at the moment.
func (v *visit) signer() signer {
	name := "custom"
	if v.server.id == orgServer {
		name = "org"
	}
	if v.rotated[v.name] {
		name += ", rotated"
	}
	return signers[name]()
}

func modulus(key *rsa.PrivateKey) string {
	return base64.RawURLEncoding.EncodeToString(key.N.Bytes())
}

func exponent(key *rsa.PrivateKey) string {
	return base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
}

// jwk is a public key as Okta writes it.
type jwk struct {
	Type      string `json:"kty"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	Use       string `json:"use"`
	Exponent  string `json:"e"`
	Modulus   string `json:"n"`
}

func keySetOf(all ...signer) map[string][]jwk {
	keys := []jwk{}
	for _, s := range all {
		keys = append(keys, jwk{"RSA", "RS256", s.id, "sig", exponent(s.key), modulus(s.key)})
	}
	return map[string][]jwk{"keys": keys}
}

// sign makes a compact JWS with RS256.
func sign(with signer, claims map[string]any) string {
	return compact(jose.RS256, with.key, with.id, claims)
}

// signShared makes one with HS256 and the public key as if it were a secret: the confusion of RFC 8725, 2.1.
func signShared(with signer, claims map[string]any) string {
	der, err := x509.MarshalPKIXPublicKey(&with.key.PublicKey)
	if err != nil {
		panic("idp: a public key of our own has no DER form: " + err.Error())
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return compact(jose.HS256, secret, with.id, claims)
}

func compact(alg jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	text, err := json.Marshal(claims)
	var s jose.Signer
	if err == nil {
		s, err = jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", id))
	}
	var signed *jose.JSONWebSignature
	if err == nil {
		signed, err = s.Sign(text)
	}
	if err == nil {
		var out string
		if out, err = signed.CompactSerialize(); err == nil {
			return out
		}
	}
	panic("idp: a token cannot be signed: " + err.Error()) // claims and keys are our own
}

// unsigned makes a token that claims to need no signature.
func unsigned(claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic("idp: claims have no JSON form: " + err.Error()) // they are our own
	}
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(text) + "."
}

// encrypt makes a JWE of a token; nobody here has the key to open it.
func encrypt(text string) string {
	to := signers["client"]()
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: &to.key.PublicKey, KeyID: to.id}, (&jose.EncrypterOptions{}).WithContentType("JWT"))
	var sealed *jose.JSONWebEncryption
	if err == nil {
		sealed, err = e.Encrypt([]byte(text))
	}
	if err == nil {
		var out string
		if out, err = sealed.CompactSerialize(); err == nil {
			return out
		}
	}
	panic("idp: a token cannot be encrypted: " + err.Error()) // the key is our own
}
