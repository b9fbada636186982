package check

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// smallCase is one small change to a world and all that is wrong then.
type smallCase struct {
	About    string              `yaml:"about"`    // a sentence of intent
	Base     string              `yaml:"base"`     // iad when empty
	Spec     object              `yaml:"spec"`     // laid over the world's
	Estate   object              `yaml:"estate"`   // laid over the world's
	Callers  object              `yaml:"callers"`  // account -> ARN; an IAM user when left out
	Desktop  bool                `yaml:"desktop"`  // Quick on Desktop is wanted, and its provider was seen
	Policies map[string]string   `yaml:"policies"` // Region -> name of a published policy
	Want     []string            `yaml:"want"`     // every open finding: status severity code subject [<- root]; KEY is the key's id
	Says     map[string][]string `yaml:"says"`     // "code subject" -> parts of its title, cause, fix, owner or evidence
}

func (c smallCase) input(t *testing.T) Input {
	t.Helper()
	base := c.Base
	if base == "" {
		base = "iad"
	}
	tree := world(t, base)
	for part, change := range map[string]object{"spec": c.Spec, "estate": c.Estate} {
		if len(change) > 0 {
			tree = over(tree, object{part: change})
		}
	}
	if c.Desktop {
		tree["desktop"] = true
	}
	if c.Callers != nil {
		tree["callers"] = c.Callers
	}
	return input(t, withPolicies(t, tree, c.Policies))
}

// TestCases: the files of testdata, one per theme.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var cases []smallCase
		if err := yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, c := range cases {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml")+"/"+c.About, func(t *testing.T) { c.hold(t) })
		}
	}
}

func (c smallCase) hold(t *testing.T) {
	t.Helper()
	fs := Run(c.input(t))
	if diff := cmp.Diff(append([]string{}, c.Want...), lines(fs)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	said := map[string]string{}
	for _, f := range fs {
		said[strings.ReplaceAll(f.Key(), key, "KEY")] = strings.Join([]string{f.Title, f.Cause, f.Fix, f.Owner.String(), fmt.Sprint(f.Evidence)}, "\n")
	}
	for which, parts := range c.Says {
		for _, part := range parts {
			if !strings.Contains(said[which], part) {
				t.Errorf("%s does not say %q:\n%s", which, part, said[which])
			}
		}
	}
}
