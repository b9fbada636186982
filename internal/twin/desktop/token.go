package desktop

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// clockSkew is how far ahead of our own a provider's clock may be (INFERRED).
const clockSkew = 5 * time.Minute

// claims are a token's members. What is missing is the zero value.
type claims struct {
	Issuer    string       `json:"iss"`
	Subject   string       `json:"sub"`
	Audience  audience     `json:"aud"`
	Expires   *json.Number `json:"exp"`
	Issued    *json.Number `json:"iat"`
	NotBefore *json.Number `json:"nbf"`
	ID        string       `json:"jti"`

	all map[string]any
}

// audience is one text or a list of them.
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// judge is the token's own trial, by the values that were typed: signature by a key of the JWKS, issuer, audience, time (DSK-15).
func (d door) judge(token string, now time.Time) (claims, error) {
	v := d.access.Values
	keys, err := d.keys("the typed JWKS URI", v.JWKSURI)
	if err != nil {
		return claims{}, err
	}
	payload, err := verify(token, keys, "the typed JWKS")
	if err != nil {
		return claims{}, err
	}
	c, err := read(payload)
	if err != nil {
		return c, err
	}
	switch {
	case c.Issuer != v.Issuer:
		return c, badToken("the token's issuer %q is not the typed %q", c.Issuer, v.Issuer)
	case !slices.Contains(c.Audience, v.ClientID):
		return c, badToken("the token is for %q, not for the typed client ID %q", strings.Join(c.Audience, " "), v.ClientID)
	case c.Subject == "":
		return c, badToken("the token has no sub")
	}
	return c, c.inTime(now)
}

func (c claims) inTime(now time.Time) error {
	expires, ok := instant(c.Expires)
	if !ok {
		return badToken("the token has no exp")
	}
	if !now.Before(expires) {
		return badToken("the token has expired")
	}
	for _, n := range []*json.Number{c.Issued, c.NotBefore} {
		if from, ok := instant(n); ok && from.After(now.Add(clockSkew)) || n != nil && !ok {
			return badToken("the token is not valid yet")
		}
	}
	return nil
}

// instant reads seconds since 1970; false when there are none.
func instant(n *json.Number) (time.Time, bool) {
	if n == nil {
		return time.Time{}, false
	}
	seconds, err := n.Float64()
	return time.Unix(int64(seconds), 0), err == nil
}

// read takes the members out of a payload whose signature was verified.
func read(payload []byte) (c claims, err error) {
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	if json.Unmarshal(payload, &c) != nil || decoder.Decode(&c.all) != nil {
		return c, badToken("the token's content is not a set of claims")
	}
	return c, nil
}

// verify gives the payload of a token that one of the keys has signed with RS256, the only algorithm that Identity Center takes
// (idc-kms 5.2).
func verify(token string, keys []jose.JSONWebKey, whose string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, badToken("it is no token signed with RS256")
	}
	kid := signed.Signatures[0].Header.KeyID
	for _, k := range keys {
		if kid != "" && k.KeyID != "" && kid != k.KeyID {
			continue
		}
		if payload, err := signed.Verify(k); err == nil {
			return payload, nil
		}
	}
	return nil, badToken("no key of %s has signed the token", whose)
}

// keys fetches a key set. A key that cannot be read, or is for something else, leaves the others as they are.
func (d door) keys(whose, url string) ([]jose.JSONWebKey, error) {
	var set struct{ Keys []json.RawMessage }
	if err := d.fetch(whose, url, &set); err != nil {
		return nil, err
	}
	var out []jose.JSONWebKey
	for _, text := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(text) == nil && k.IsPublic() && k.Use != "enc" && (k.Algorithm == "" || k.Algorithm == string(jose.RS256)) {
			out = append(out, k)
		}
	}
	return out, nil
}

// fetch reads a JSON document of the identity provider.
func (d door) fetch(whose, url string, into any) error {
	var answer struct {
		Status       int
		Body, Reason string
	}
	if err := d.call("idp", "Fetch", map[string]string{"URL": url}, &answer); err != nil {
		return err
	}
	switch {
	case answer.Reason != "":
		return badToken("%s %q cannot be reached: %s", whose, url, answer.Reason)
	case cmp.Or(answer.Status, http.StatusOK) != http.StatusOK:
		return badToken("%s %q answers with HTTP %d", whose, url, answer.Status)
	case json.Unmarshal([]byte(answer.Body), into) != nil:
		return badToken("%s %q does not hold what it should", whose, url)
	}
	return nil
}
