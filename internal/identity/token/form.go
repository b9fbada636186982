package token

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode"

	"rehome/internal/diag"
)

// MaxSize is the most that a token may be, in bytes. Those of the vendors are of 1 to 4 KB.
const MaxSize = 64 << 10

// opened is a token in parts that can be judged; nothing of it is proven.
type opened struct {
	raw            string
	header, claims object
}

var formCheck = check{slug: "form", code: "DSK-15", holds: "the ID token is a signed token in compact form", source: "RFC 7515 section 7.1; RFC 8725 sections 2.4 and 3.10"}

// open takes a token apart; the flaw is empty when that is possible.
func open(raw string) (*opened, string, []diag.Evidence) {
	if name, seen := shape(raw); name != "" {
		return nil, name, seen
	}
	parts := strings.Split(raw, ".")
	var decoded [3][]byte
	for i, part := range parts {
		var ok bool
		if decoded[i], ok = canonical(part); !ok {
			return nil, "form/encoding", seen("part", partNames[i])
		}
	}
	t := &opened{raw: raw}
	for i, into := range []*object{&t.header, &t.claims} {
		var err error
		if *into, err = readObject(decoded[i]); err != nil {
			return nil, jsonFlaw(err), seen("part", partNames[i])
		}
	}
	return t, "", nil
}

var partNames = [...]string{"header", "payload", "signature"}

// shape judges what can be seen without decoding anything.
func shape(raw string) (string, []diag.Evidence) {
	switch n := strings.Count(raw, ".") + 1; {
	case raw == "":
		return "form/empty", nil
	case len(raw) > MaxSize:
		return "form/size", nil
	case strings.HasPrefix(strings.TrimSpace(raw), "{"):
		return "form/serialization", nil
	case strings.ContainsFunc(raw, unicode.IsSpace):
		return "form/space", nil
	case n == 5:
		return "form/encrypted", nil
	case n != 3:
		return "form/parts", nil
	case strings.Contains(raw, "="):
		return "form/padding", nil
	}
	return "", nil
}

func jsonFlaw(err error) string {
	switch {
	case errors.Is(err, errDuplicate):
		return "form/duplicate"
	case errors.Is(err, errDepth):
		return "form/depth"
	}
	return "form/json"
}

// canonical decodes base64url without padding of which there is one spelling only. Line breaks are looked for, since the decoder skips them.
func canonical(part string) ([]byte, bool) {
	if strings.ContainsAny(part, "\r\n") {
		return nil, false
	}
	out, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return out, err == nil
}

const damaged = "the token was damaged or changed on its way"

var formFlaws = map[string]flaw{
	"form/empty": {title: "there is no ID token", cause: "the scope openid was not granted, or the authorization server is of a type that issues none",
		fix: "grant the scope openid to the application", owner: diag.IdPAdmin},
	"form/size": {title: "the ID token is larger than 64 KB", cause: "a claim lists every group of the person", fix: "take the claim out of ID tokens, or filter it", owner: diag.IdPAdmin},
	"form/serialization": {title: "the ID token is a JSON object instead of three parts with dots between", cause: "the JSON serialization of a signature, which OpenID Connect does not use",
		fix: "let the provider issue compact tokens", owner: diag.IdPAdmin},
	"form/space": {title: "there is a space or a line break in the ID token", cause: damaged, fix: "sign in again; if it is still there, the provider or a proxy adds it", owner: diag.IdPAdmin},
	"form/encrypted": {title: "the ID token is encrypted", cause: "the application is set to encrypt ID tokens; Quick and Identity Center take signed ones only",
		fix: "switch ID token encryption off (Okta: the application's id_token_encrypted_response_alg)", owner: diag.IdPAdmin},
	"form/parts": {title: "the ID token has not three parts", cause: "it is an opaque token, such as an access token in the wrong place", fix: "let the token endpoint answer with an ID token", owner: diag.IdPAdmin},
	"form/padding": {title: "a part of the ID token is padded with =", cause: "it was encoded with another base64 than tokens have; or " + damaged,
		fix: "let the provider encode as RFC 7515 section 2 says", owner: diag.IdPAdmin},
	"form/encoding": {title: "a part of the ID token is not base64url in its one canonical spelling", cause: damaged, fix: "sign in again; if it stays, the provider encodes tokens wrongly", owner: diag.IdPAdmin},
	"form/json":     {title: "a part of the ID token is no JSON object", cause: damaged, fix: "sign in again; if it stays, the provider writes tokens wrongly", owner: diag.IdPAdmin},
	"form/depth":    {title: "a claim of the ID token is nested too deep", cause: "a claim was mapped to something that is no plain value", fix: "take the claim out of ID tokens", owner: diag.IdPAdmin},
	"form/duplicate": {title: "a member of the ID token is there twice", cause: "a custom claim has the name of another one; readers disagree on which of them counts",
		fix: "rename or take away the custom claim", owner: diag.IdPAdmin},
}
