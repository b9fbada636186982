package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"rehome/internal/diag"
	"rehome/internal/goldentest"
	"rehome/worlds"
)

// found keeps what everyFinding has found, for the next test.
var found map[string][]diag.Finding

// everyFinding gives what checks find in all small cases and all worlds, by the name of the case.
func everyFinding(t *testing.T) map[string][]diag.Finding {
	t.Helper()
	if found != nil {
		return found
	}
	out := map[string][]diag.Finding{}
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var cases []smallCase
		if err := yaml.Unmarshal(text, &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			out[filepath.Base(path)+": "+c.About] = Run(c.input(t))
		}
	}
	for _, name := range worlds.Names() {
		out[name] = Run(input(t, world(t, name)))
	}
	found = out
	return out
}

// findingSchema is what a program can rely on: an open finding says what was seen where, why, what mends it and where that is known from.
const findingSchema = `{
  "type": "object", "additionalProperties": false,
  "required": ["code", "status", "severity", "subject", "title", "owner", "source"],
  "properties": {
    "code": {"type": "string", "pattern": "^[A-Z0-9]{2,4}-[0-9]{2}$"},
    "status": {"enum": ["pass", "fail", "unknown"]},
    "severity": {"enum": ["block", "warn", "note"]},
    "subject": {"type": "string", "minLength": 1},
    "title": {"type": "string", "minLength": 10, "pattern": "^[^\n]*$"},
    "cause": {"type": "string", "minLength": 4},
    "fix": {"type": "string", "minLength": 10},
    "owner": {"type": "string", "minLength": 1},
    "evidence": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["path", "seen"],
      "properties": {"path": {"type": "string", "pattern": "^/"}, "seen": {"type": "string", "minLength": 1}}}},
    "source": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["doc"], "properties": {"doc": {"type": "string", "minLength": 5}, "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}, "inferred": {"type": "boolean"}}}},
    "repaired_by": {"type": "string"},
    "caused_by": {"type": "string", "pattern": "^[A-Z0-9]{2,4}-[0-9]{2} ."}
  },
  "if": {"properties": {"status": {"enum": ["fail", "unknown"]}}},
  "then": {"required": ["cause", "fix", "evidence"]},
  "else": {"properties": {"cause": false, "fix": false, "caused_by": false}}
}`

func TestFindingsHaveTheirShape(t *testing.T) {
	t.Attr("requirement", "RUN-03")
	doc, err := validator.UnmarshalJSON(strings.NewReader(findingSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("finding.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("finding.json")
	if err != nil {
		t.Fatal(err)
	}
	checked, codes := 0, map[string]bool{}
	for name, fs := range everyFinding(t) {
		for _, f := range fs {
			text, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			v, err := validator.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s: %s\n%v", name, text, err)
			}
			checked++
			if f.Open() {
				codes[f.Code] = true
			}
		}
	}
	for _, code := range []string{"IDC-01", "IDC-06", "IDC-12", "IDC-24", "KMS-05", "KMS-07", "KMS-08", "KMS-09", "KMS-24", "KMS-26", "FLO-10", "PATH-01", "SUB-06", "SUB-12", "SUB-15", "SUB-18", "SUB-19", "MIG-04", "MIG-15"} {
		if !codes[code] {
			t.Errorf("no case opens %s; %d findings were checked", code, checked)
		}
	}
}

// TestRootsAreThere: a finding that is silenced names an open finding that is not silenced for its sake.
func TestRootsAreThere(t *testing.T) {
	for name, fs := range everyFinding(t) {
		byKey := map[string]diag.Finding{}
		for _, f := range fs {
			if _, twice := byKey[f.Key()]; twice {
				t.Errorf("%s: %s is found twice", name, f.Key())
			}
			byKey[f.Key()] = f
		}
		for _, f := range fs {
			at := f
			for i := 0; at.CausedBy != ""; i++ {
				root, ok := byKey[at.CausedBy]
				if !ok || !root.Open() || i > len(fs) {
					t.Errorf("%s: %s is silenced by %s, which is not open", name, f.Key(), at.CausedBy)
					break
				}
				at = root
			}
			if f.Blocks() && !at.Blocks() {
				t.Errorf("%s: %s blocks and is silenced by %s, which does not", name, f.Key(), at.Key())
			}
		}
	}
}

// TestRunIsStable: the same facts give the same findings in the same order.
func TestRunIsStable(t *testing.T) {
	in := input(t, world(t, "bom"))
	first := fmt.Sprint(Run(in))
	for range 20 {
		if again := fmt.Sprint(Run(in)); again != first {
			t.Fatalf("first\n%s\nthen\n%s", first, again)
		}
	}
}

// TestTextOfTheRunbooksWorld shows every word that a person reads about the default world.
func TestTextOfTheRunbooksWorld(t *testing.T) {
	var b strings.Builder
	for _, f := range Run(input(t, world(t, "bom"))) {
		fmt.Fprintf(&b, "%s %s %s %s\n  %s\n", f.Status, f.Severity, f.Code, f.Subject, f.Title)
		for _, l := range []struct{ label, text string }{{"cause", f.Cause}, {"fix", f.Fix}, {"caused by", f.CausedBy}, {"whose move", f.Owner.String()}} {
			if l.text != "" {
				fmt.Fprintf(&b, "  %s: %s\n", l.label, l.text)
			}
		}
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "  seen: %s = %s\n", e.Path, e.Seen)
		}
		for _, s := range f.Source {
			fmt.Fprintf(&b, "  source: %s\n", s)
		}
	}
	goldentest.Compare(t, "bom", b.String())
}
