package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
)

// splice edits one part of a token.
func splice(part int, edit func(string) string) func(string) string {
	return func(raw string) string {
		parts := strings.Split(raw, ".")
		parts[part] = edit(parts[part])
		return strings.Join(parts, ".")
	}
}

// bend gives the last letter another one that decodes to the same octets when nobody looks at the bits left over.
func bend(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + alphabet[last^1:last^1+1]
}

// jsonForm writes a token in the JSON serialization (RFC 7515 section 7.2), with one signature or with two.
func jsonForm(signatures int) func(string) string {
	return func(raw string) string {
		p := strings.Split(raw, ".")
		one := members{"protected": p[0], "signature": p[2]}
		if signatures == 1 {
			return asJSON(with(one, members{"payload": p[1]}))
		}
		return asJSON(members{"payload": p[1], "signatures": []members{one, one}})
	}
}

func formAttacks() []attack {
	return []attack{
		{name: "as it should be", ours: accept, goOIDC: accept, zitadel: accept},
		{name: "no token", edit: func(string) string { return "" }, want: []string{"form/empty"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "1 MB", claims: members{"groups": strings.Repeat("g", 1<<20)}, want: []string{"form/size"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "no vendor's token is that large, and a vault or header of the Desktop would not take it"},
		{name: "10000 claims", rawPayload: func(p string) string { return p[:len(p)-1] + strings.Repeat(`,"a":1`, 10000) + "}" }, want: []string{"form/size"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "as above; besides, all of them have one name"},
		{name: "JSON serialization", edit: jsonForm(1), want: []string{"form/serialization"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "JSON serialization with two signatures", edit: jsonForm(2), want: []string{"form/serialization"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "line break at the end", edit: func(s string) string { return s + "\n" }, want: []string{"form/space"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "a token has one spelling; whoever keeps or compares it would meet two"},
		{name: "line break inside", edit: splice(1, func(p string) string { return p[:8] + "\r\n" + p[8:] }), want: []string{"form/space"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "as above"},
		{name: "space in front", edit: func(s string) string { return " " + s }, want: []string{"form/space"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "as above"},
		{name: "no-break space inside", edit: splice(1, func(p string) string { return p[:8] + "\u00a0" + p[8:] }), want: []string{"form/space"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "encrypted", edit: func(string) string { return text64(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a2V5.aXY.dGV4dA.dGFn" }, want: []string{"form/encrypted"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "two parts", edit: func(s string) string { return s[:strings.LastIndex(s, ".")] }, want: []string{"form/parts"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "four parts", edit: func(s string) string { return s + ".e30" }, want: []string{"form/parts"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "padded", edit: func(s string) string { return s + "==" }, want: []string{"form/padding"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "letters of another base64", edit: splice(2, func(p string) string { return "+/" + p[2:] }), want: []string{"form/encoding"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "other bits left over in the signature", edit: splice(2, bend), want: []string{"form/encoding"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "whoever refuses a token that was seen before would take this one for new"},
		{name: "header is no JSON", rawHeader: func(string) string { return "RS256" }, want: []string{"form/json"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "payload is a list", rawPayload: func(p string) string { return "[" + p + "]" }, want: []string{"form/json"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "payload is null", rawPayload: func(string) string { return "null" }, want: []string{"form/json"}, ours: refuse, goOIDC: refuse, zitadel: crash},
		{name: "payload goes on after its end", rawPayload: func(p string) string { return p + "{}" }, want: []string{"form/json"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "payload is not UTF-8", rawPayload: func(p string) string { return p[:len(p)-1] + ",\"x\":\"\xff\"}" }, want: []string{"form/json"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "JSON is UTF-8; readers put different letters in its place"},
		{name: "claim nested 20 deep", rawPayload: func(p string) string {
			return p[:len(p)-1] + `,"x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}"
		}, want: []string{"form/depth"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "no claim of a person is; readers with less room crash"},
		{name: "claim nested 10000 deep", rawPayload: func(p string) string {
			return p[:len(p)-1] + `,"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "}"
		}, want: []string{"form/json"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "alg twice", rawHeader: func(h string) string { return `{"alg":"none",` + h[1:] }, want: []string{"form/duplicate"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "iss twice", rawPayload: func(p string) string { return `{"iss":"https://evil.example",` + p[1:] }, want: []string{"form/duplicate"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "readers disagree on which counts, and Quick's is not known"},
		{name: "email twice, the other way round", rawPayload: func(p string) string { return p[:len(p)-1] + `,"email":"boss@acme.example"}` }, want: []string{"form/duplicate"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "as above"},
		{name: "iss twice, once in other letters", rawPayload: func(p string) string { return `{"\u0069ss":"https://evil.example",` + p[1:] }, want: []string{"form/duplicate"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "as above"},
		{name: "member twice inside a claim", rawPayload: func(p string) string { return p[:len(p)-1] + `,"address":[{"a":1,"a":2}]}` }, want: []string{"form/duplicate"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "ISS beside iss", rawPayload: func(p string) string { return p[:len(p)-1] + `,"ISS":"https://evil.example"}` }, ours: accept, goOIDC: refuse, zitadel: refuse,
			why: "names of claims are told apart by case (RFC 7519 section 4); what they stumble over is a habit of encoding/json"},
	}
}

func hs256(secret []byte) func(string) []byte {
	return func(input string) []byte {
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(input))
		return m.Sum(nil)
	}
}

func empty(string) []byte { return nil }

func publicDER() []byte {
	der, err := x509.MarshalPKIXPublicKey(&ours().PublicKey)
	must(err)
	return der
}

func es256() (sign func(string) []byte, public string) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	point, err := k.PublicKey.Bytes()
	must(err)
	encode := base64.RawURLEncoding.EncodeToString
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		must(err)
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}, asJSON(members{"kty": "EC", "crv": "P-256", "kid": "k1", "use": "sig", "alg": "ES256", "x": encode(point[1:33]), "y": encode(point[33:])})
}

func rs384(input string) []byte {
	sum := sha512.Sum384([]byte(input))
	s, err := rsa.SignPKCS1v15(nil, ours(), crypto.SHA384, sum[:])
	must(err)
	return s
}

func ps256(input string) []byte {
	sum := sha256.Sum256([]byte(input))
	s, err := rsa.SignPSS(rand.Reader, ours(), crypto.SHA256, sum[:], nil)
	must(err)
	return s
}

func headerAttacks() []attack {
	signES, publicES := es256()
	none := func(name, alg string) attack {
		return attack{name: name, header: members{"alg": alg}, sign: empty, want: []string{"algorithm/none"}, ours: refuse, goOIDC: refuse, zitadel: refuse}
	}
	confused := func(name string, secret []byte, keys string, want ...string) attack {
		return attack{name: name, header: members{"alg": "HS256"}, sign: hs256(secret), keys: keys, want: append(want, "algorithm/symmetric"), ours: refuse, goOIDC: refuse, zitadel: refuse}
	}
	forged := jwk(stranger(), "k1", nil)
	return []attack{
		none("alg none", "none"), none("alg None", "None"), none("alg NONE", "NONE"), none("alg nOnE", "nOnE"),
		{name: "alg none over a good signature", header: members{"alg": "none"}, want: []string{"algorithm/none"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "no alg", header: members{"alg": gone{}}, want: []string{"algorithm/absent"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "alg is a number", header: members{"alg": 256}, want: []string{"algorithm/absent"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "alg in lower case", header: members{"alg": "rs256"}, want: []string{"algorithm/unknown"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		confused("HS256 with our public key as PEM", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER()}), ""),
		confused("HS256 with our public key as DER", publicDER(), ""),
		confused("HS256 with our public key as JWK", []byte(jwk(ours(), "k1", nil)), ""),
		confused("HS256 with our modulus", ours().N.Bytes(), ""),
		confused("HS256 with a secret of the key set", []byte("0123456789abcdef0123456789abcdef"),
			jwks(jwk(ours(), "k2", nil), asJSON(members{"kty": "oct", "kid": "k1", "alg": "HS256", "k": text64("0123456789abcdef0123456789abcdef")})), "jwk/symmetric"),
		{name: "RS384 by our key", header: members{"alg": "RS384"}, sign: rs384, want: []string{"algorithm/other"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "PS256 by our key", header: members{"alg": "PS256"}, sign: ps256, want: []string{"algorithm/other"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "ES256 by a key of the set", header: members{"alg": "ES256"}, sign: signES, keys: jwks(publicES), want: []string{"jwk/kind", "set/unusable", "algorithm/other"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "ES256 under the name RS256", sign: signES, keys: jwks(publicES), want: []string{"jwk/kind", "set/unusable", "signature/key-refused"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "EdDSA", header: members{"alg": "EdDSA"}, want: []string{"algorithm/other"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "access token", header: members{"typ": "at+jwt"}, want: []string{"kind/access"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "a token says by typ what it must not be taken for (RFC 8725 section 3.11)"},
		{name: "access token, typ in full", header: members{"typ": "Application/AT+JWT"}, want: []string{"kind/access"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "as above"},
		{name: "logout token", header: members{"typ": "logout+jwt"}, want: []string{"kind/logout"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "as above"},
		{name: "typ is a list", header: members{"typ": []string{"JWT"}}, want: []string{"kind/unreadable"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "what a token is has to be a text"},
		{name: "no typ", header: members{"typ": gone{}}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "unknown crit", header: members{"crit": []string{"x"}, "x": 1}, want: []string{"header/critical"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "empty crit", header: members{"crit": []string{}}, want: []string{"header/critical"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "RFC 7515 section 4.1.11: the list must not be empty"},
		{name: "crit is a text", header: members{"crit": "exp"}, want: []string{"header/critical"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "b64 false with crit", header: members{"crit": []string{"b64"}, "b64": false}, want: []string{"header/critical"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "b64 false without crit", header: members{"b64": false}, want: []string{"header/payload"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "kid is a number", header: members{"kid": 1}, want: []string{"header/kid"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "own key in jwk", header: members{"kid": gone{}, "jwk": rawJSON(forged)}, sign: rs256(stranger()), want: []string{"signature/none-fits"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "own key under our kid", header: members{"jwk": rawJSON(forged)}, sign: rs256(stranger()), want: []string{"signature/wrong"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "own addresses in jku and x5u", header: members{"jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"}, sign: rs256(stranger()), want: []string{"signature/wrong"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "jku and jwk that nobody needs", header: members{"jku": "https://acme.okta.com/keys", "jwk": rawJSON(jwk(ours(), "k1", nil))}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "jwk that cannot be read", header: members{"jwk": members{"kty": "RSA"}}, want: []string{"signature/unreadable"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
	}
}
