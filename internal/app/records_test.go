package app

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"rehome/internal/estate"
)

// TestRecordsAreWhole: an edit opens no gate.
func TestRecordsAreWhole(t *testing.T) {
	r := &records{dir: t.TempDir(), now: time.Now}
	card := estate.ExtensionAccess{Name: "one", Date: time.Now().Format(time.DateOnly)}
	if err := r.change(estate.TargetAWS, func(f *recordsFile) { f.Proven = append(f.Proven, card) }); err != nil {
		t.Fatal(err)
	}
	held, err := r.read(estate.TargetAWS)
	if err != nil || !r.proven(held, card.Values, "").IsKnown() {
		t.Fatalf("%v: %+v", err, held)
	}
	name := r.path(estate.TargetAWS)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for edit, to := range map[string]string{`"one"`: `"two"`, held.Sum: "", `"format":`: `"quick":"acme","format":`, recordsFormat: ""} {
		if !bytes.Contains(text, []byte(edit)) {
			edit = strings.Replace(edit, `:`, `: `, 1)
		}
		changed := bytes.Replace(text, []byte(edit), []byte(to), 1)
		if bytes.Equal(changed, text) {
			t.Fatalf("no %s in %s", edit, text)
		}
		if err := os.WriteFile(name, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.read(estate.TargetAWS); !codeIs(err, "records/damaged") {
			t.Errorf("%s: %v", edit, err)
		}
		if err := r.change(estate.TargetAWS, func(*recordsFile) {}); !codeIs(err, "records/damaged") {
			t.Errorf("%s is written over: %v", edit, err)
		}
	}
}
