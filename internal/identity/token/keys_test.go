package token

import (
	"maps"
	"slices"
	"testing"
)

// TestThumbprint: the example of RFC 7638 section 3.1.
func TestThumbprint(t *testing.T) {
	set, _ := ParseKeys(read(t, "testdata/rfc7638.json"))
	if got := set.Thumbprints(); !maps.Equal(got, map[string]string{"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs": "2011-04-29"}) {
		t.Errorf("got %v", got)
	}
}

// TestThumbprintsCompareKeys: the same keys are the same, in another order, under other names, with zeros in front.
func TestThumbprintsCompareKeys(t *testing.T) {
	prints := func(keys ...string) []string {
		set, _ := ParseKeys([]byte(jwks(keys...)))
		return slices.Sorted(maps.Keys(set.Thumbprints()))
	}
	a := prints(jwk(ours(), "a", nil), jwk(stranger(), "b", nil))
	b := prints(jwk(stranger(), "b", nil), jwk(ours(), "x", members{"use": gone{}, "e": "AAEAAQ"}))
	if len(a) != 2 || !slices.Equal(a, b) {
		t.Errorf("%v, %v", a, b)
	}
	if c := prints(jwk(ours(), "a", nil)); slices.Equal(a, c) || len(c) != 1 {
		t.Errorf("%v", c)
	}
}

// TestKeysAreToldApart: each key has its own finding, whatever the names are, and the set has the last one.
func TestKeysAreToldApart(t *testing.T) {
	enc := members{"use": "enc"}
	_, findings := ParseKeys([]byte(jwks(jwk(ours(), "a", nil), jwk(stranger(), "a", nil), jwk(stranger(), "", enc), jwk(stranger(), "", enc), jwk(stranger(), "e\n1", enc), `7`)))
	var got []string
	for _, f := range findings {
		got = append(got, f.Subject)
	}
	if want := []string{"jwks/key/#2", "jwks/key/#3", "jwks/key/#4", "jwks/key/e 1", "jwks/key/#6", "jwks/keys"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	wellFormed(t, findings)
}
