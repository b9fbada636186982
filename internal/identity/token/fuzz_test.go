package token

import (
	"maps"
	"slices"
	"testing"

	"rehome/internal/diag"
)

// FuzzVerify: no text makes Verify fall over, and none passes but those that our key has signed, byte for byte.
func FuzzVerify(f *testing.F) {
	var issued []string
	for _, a := range slices.Concat(formAttacks(), headerAttacks(), keyAttacks(), claimAttacks(), personAttacks()) { // without those whose times move
		raw := a.token(at)
		if len(raw) > 4096 {
			continue
		}
		f.Add(raw)
		if a.sign == nil && a.edit == nil {
			issued = append(issued, raw)
		}
	}
	keys, e := ourKeys(), expect(at)
	f.Fuzz(func(t *testing.T, raw string) {
		v := Verify(raw, keys, e)
		if v.Passed() && !slices.Contains(issued, raw) {
			t.Errorf("passes: %q", raw)
		}
		if v.Passed() == slices.ContainsFunc(v.Findings, diag.Finding.Blocks) {
			t.Errorf("passed %t, and the findings say otherwise: %+v", v.Passed(), v.Findings)
		}
		wellFormed(t, v.Findings)
		if Describe(raw) == "" || Mask(raw) == "" {
			t.Error("nothing is said")
		}
	})
}

// FuzzParseKeys: no text makes ParseKeys fall over; a key that is kept can be used, and a set without one blocks.
func FuzzParseKeys(f *testing.F) {
	for _, a := range attacks() {
		if len(a.keys) < 4096 {
			f.Add([]byte(a.looks()[0]))
		}
	}
	token := signed(header(nil), claims(at, nil), rs256(ours()))
	ourPrint := slices.Collect(maps.Keys(ourKeys().Thumbprints()))[0]
	f.Fuzz(func(t *testing.T, text []byte) {
		set, findings := ParseKeys(text)
		wellFormed(t, findings)
		last := findings[len(findings)-1]
		if (len(set.Thumbprints()) == 0) != last.Blocks() {
			t.Errorf("%d keys, and %+v", len(set.keys), last)
		}
		v := Verify(token, set, expect(at))
		if _, there := set.Thumbprints()[ourPrint]; v.Passed() && !there {
			t.Errorf("our token passes without our key: %q", text)
		}
		wellFormed(t, v.Findings)
	})
}
