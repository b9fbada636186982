package document

import (
	"bytes"
	"errors"
	"testing"

	"rehome/internal/diag"
)

// FuzzDecode: whatever the text, decoding does not panic, an error points into the text, and what was decoded survives a round trip.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{"", "{}", "format: x\n", `{"format":"x","copies":{"k":{"state":"Enabled","deep":{"not_looked":"denied"}}}}`,
		"copies:\n  k:\n    deep: ~\n", "table: {us-east-1: {a: 1e9}}\n", "a: &a [*a]\n", "names:\n- |\n  x\n- >-\n  y\n", "\"\\u0000\": 1", "? a\n: b\n", "a:\r\n\tb: 1\r\n", "---\n...\n---\n", "\r0"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range []string{"f.json", "f.yaml"} {
			var p paper
			err := Decode(name, text, &p)
			if err != nil {
				pointsInto(t, name, text, err)
				continue
			}
			once, err := Encode(p)
			if err != nil {
				t.Fatalf("%s: decoded %+v cannot be encoded: %v", name, p, err)
			}
			var back paper
			if err := Decode("back.json", once, &back); err != nil {
				t.Fatalf("%s: %s does not decode again: %v", name, once, err)
			}
			twice, err := Encode(back)
			if err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("%s: not stable:\n%s\n%s", name, once, twice)
			}
		}
	})
}

func pointsInto(t *testing.T, name string, text []byte, err error) {
	var e *diag.Error
	if !errors.As(err, &e) || e.At.File != name || e.What == "" {
		t.Fatalf("%s: not an error for people: %#v", name, err)
	}
	lines := bytes.Split(text, []byte("\n"))
	if e.At.Line < 1 || e.At.Line > len(lines) || e.At.Column < 1 || e.At.Column > len(lines[e.At.Line-1])+1 {
		t.Fatalf("%s: %v points outside of %q", name, err, text)
	}
}
