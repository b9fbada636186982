package spec

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"rehome/internal/estate"
	"rehome/worlds"
)

var update = flag.Bool("update", false, "write the JSON Schema anew")

const schemaFile = "rehome.schema.json"

// patterns are how typed ids look in the schema; TestSchemaAgreesAboutIDs holds them against the types.
var patterns = map[reflect.Type]string{
	reflect.TypeFor[estate.AccountID](): `^[0-9]{12}$`,
	reflect.TypeFor[estate.Region]():    `^([a-z]+-){2,3}[0-9]$`,
}

// closed are the types of which only some words are allowed.
var closed = map[reflect.Type][]any{
	reflect.TypeFor[Goal]():                  {GoalDesktop, GoalWebOnly, GoalSingleRegion},
	reflect.TypeFor[Path]():                  {PathIdentityCenter, PathFederation},
	reflect.TypeFor[Want]():                  {WantWeb, WantDesktop, WantSamePeople, WantGroups, WantPropagation, WantIsolation, WantLeastChange},
	reflect.TypeFor[estate.Vendor]():         {estate.VendorOkta, estate.VendorEntra, estate.VendorPingFederate, estate.VendorPingOne, estate.VendorOther},
	reflect.TypeFor[estate.IdentitySource](): {estate.SourceExternal, estate.SourceDirectory, estate.SourceActiveDirectory},
	reflect.TypeFor[estate.Support]():        {estate.Supported, estate.Unsupported},
}

// generate makes the JSON Schema from the Go types; the fields' comments become descriptions.
func generate(t *testing.T) []byte {
	t.Helper()
	r := &jsonschema.Reflector{Anonymous: true, Mapper: func(typ reflect.Type) *jsonschema.Schema {
		if p, ok := patterns[typ]; ok {
			return &jsonschema.Schema{Type: "string", Pattern: p}
		}
		if words := closed[typ]; words != nil {
			return &jsonschema.Schema{Type: "string", Enum: words}
		}
		return nil
	}}
	for path, dir := range map[string]string{"rehome/internal/spec": ".", "rehome/internal/estate": "../estate", "rehome/internal/diag": "../diag"} {
		if err := r.AddGoComments(path, dir); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&Spec{})
	s.Title = Format
	quick := s.Definitions["Quick"]
	groups, _ := quick.Properties.Get("groups")
	roles := make([]any, len(estate.QuickRoles))
	for i, role := range estate.QuickRoles {
		roles[i] = role
	}
	groups.PropertyNames = &jsonschema.Schema{Enum: roles}
	format, _ := s.Definitions["Spec"].Properties.Get("format")
	format.Const = Format
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func TestSchemaIsOfTheseTypes(t *testing.T) {
	got := generate(t)
	if *update {
		if err := os.WriteFile(schemaFile, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not of the types any more; run the test with -update (-want +got):\n%s", schemaFile, diff)
	}
}

func schema(t *testing.T) *validator.Schema {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(schemaFile, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, s *validator.Schema, yamlText []byte) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(yamlText)
	if err != nil {
		return err
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestEveryWorldsSpecFitsTheSchema(t *testing.T) {
	s := schema(t)
	whole := 0
	for _, name := range worlds.Names() {
		text, _ := worlds.Text(name)
		var w struct {
			Base string         `yaml:"base"`
			Spec map[string]any `yaml:"spec"`
		}
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatal(err)
		}
		if w.Base != "" || w.Spec == nil {
			continue // only a part of a spec; app decodes the whole
		}
		whole++
		asYAML, err := yaml.Marshal(w.Spec)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, s, asYAML); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Decode(name+".yaml", asYAML); err != nil {
			t.Errorf("%s: the decoder disagrees: %v", name, err)
		}
	}
	if whole == 0 {
		t.Error("no world has a spec of its own")
	}
}

// beyond are bad specs, by the beginning of their names, that a schema of types cannot see: rules between members.
var beyond = []string{"attest-statement", "attest-date", "contact-", "edition-", "name-", "names-empty", "approvals-", "region-without-quick", "application-without", "window-reversed", "sign-in-half", "assets-", "sign-in-registered", "sign-in-without"}

// TestBadSpecsDoNotFitTheSchema: an editor that knows the schema shows what the decoder would refuse.
func TestBadSpecsDoNotFitTheSchema(t *testing.T) {
	s := schema(t)
	eachBad(t, func(t *testing.T, text []byte, _ string) {
		_, name, _ := strings.Cut(t.Name(), "/")
		hidden := slices.ContainsFunc(beyond, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		if err := valid(t, s, text); (err == nil) != hidden {
			t.Errorf("hidden from the schema: %t; the schema says: %v", hidden, err)
		}
	})
	if err := valid(t, s, []byte(least)); err != nil {
		t.Errorf("the least spec: %v", err)
	}
	if err := valid(t, s, []byte(least+"regions: {desktop: [ap-south-1]}\nwindow: {from: 2026-12-01T20:00:00Z, to: 2026-12-02T00:00:00Z}\n")); err != nil {
		t.Errorf("a spec with a table of Regions: %v", err)
	}
}

// TestSchemaAgreesAboutIDs: what the schema says of ids is what the types say.
func TestSchemaAgreesAboutIDs(t *testing.T) {
	s := schema(t)
	for text, fits := range map[string]bool{"us-east-1": true, "us-gov-west-1": true, "us-east1": false, "US-EAST-1": false, "us-east-1a": false} {
		var r estate.Region
		if decoded := r.UnmarshalText([]byte(text)) == nil; decoded != fits {
			t.Errorf("%s: the type says %t", text, decoded)
		}
		if got := valid(t, s, []byte(least+"target_region: "+text+"\n")) == nil; got != fits {
			t.Errorf("%s: the schema says %t", text, got)
		}
	}
}
