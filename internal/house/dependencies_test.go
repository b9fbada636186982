package house

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dependency is a module of somebody else, with the rooms whose production files may import it. No room: tests only.
type dependency struct {
	module string
	rooms  []string
	why    string
}

var dependencies = []dependency{
	{"github.com/aws/aws-sdk-go-v2", []string{"cloud"}, "one door to AWS: quotas, retries, redaction and identity checks hold only if nobody goes round it"},
	{"github.com/aws/smithy-go", []string{"cloud"}, "it is the AWS SDK's floor"},
	{"github.com/charmbracelet/bubbletea", []string{"view"}, "only a view draws on a terminal"},
	{"github.com/chromedp/chromedp", nil, "a real browser is for tests; a person brings their own"},
	{"github.com/coreos/go-oidc/v3", nil, "the relying party is our own; this one is a second opinion in tests"},
	{"github.com/go-jose/go-jose/v4", []string{"identity/token", "twin/idp", "twin/desktop"}, "signatures are made and checked where tokens are; what may be in a token is decided by our own rules"},
	{"github.com/go-json-experiment/json", []string{"document", "estate", "needs", "plan", "step", "assets", "sample", "app"}, "strict and deterministic JSON for what is kept and compared"},
	{"github.com/goccy/go-yaml", []string{"document", "estate", "app"}, "YAML is a face of our documents; whoever else reads it bypasses their strictness"},
	{"github.com/gofrs/flock", []string{"engine"}, "the state directory has one lock and the engine holds it"},
	{"github.com/google/go-cmp", []string{"goldentest"}, "it is made for tests and may panic"},
	{"github.com/invopop/jsonschema", nil, "the schema is made by a test and checked in"},
	{"github.com/rogpeppe/go-internal", nil, "scripts of command lines are tests"},
	{"github.com/santhosh-tekuri/jsonschema/v6", nil, "what a file may hold is decided by our own decoder; the schema is for editors"},
	{"github.com/spf13/cobra", []string{"cli"}, "only the command line knows arguments"},
	{"github.com/zitadel/oidc/v3", nil, "provider and relying party of somebody else, to be tested against"},
	{"golang.org/x/net", []string{"app"}, "only a rehearsal's person reads pages"},
	{"golang.org/x/sync", []string{"survey"}, "only the survey runs several things side by side and waits for all"},
	{"golang.org/x/term", []string{"cli"}, "only the command line asks whether somebody sits there"},
	{"golang.org/x/tools", nil, "archives of test cases are tests"},
	{"golang.org/x/time", []string{"cloud"}, "quotas are kept where calls are made"},
}

func TestDependenciesStayInTheirRooms(t *testing.T) {
	for _, f := range loadTree(t).files {
		for _, imported := range f.imports() {
			if !strings.Contains(strings.Split(imported, "/")[0], ".") {
				continue // the standard library, or ours
			}
			d, ok := dependencyOf(imported)
			name := strings.TrimPrefix(f.dir(), "internal/")
			switch {
			case !ok:
				t.Errorf("%s imports %s: each dependency needs a row in dependencies and a decision", f.path, imported)
			case !f.test() && !slices.Contains(d.rooms, name):
				t.Errorf("%s: %s must not import %s: %s", f.path, name, imported, d.why)
			}
		}
	}
}

// TestEveryDependencyHasItsDecision: each module that something imports is explained in docs/decisions and required directly.
func TestEveryDependencyHasItsDecision(t *testing.T) {
	var decisions strings.Builder
	for _, p := range paths(t) {
		if ok, _ := path.Match("docs/decisions/*.md", p); ok {
			decisions.Write(read(t, p))
		}
	}
	used := map[string]bool{}
	for _, f := range loadTree(t).files {
		for _, imported := range f.imports() {
			if d, ok := dependencyOf(imported); ok {
				used[d.module] = true
			}
		}
	}
	for _, d := range dependencies {
		if !used[d.module] {
			t.Errorf("nobody imports %s; take its row and its decision away", d.module)
		}
		if !strings.Contains(decisions.String(), "`"+d.module+"`") {
			t.Errorf("no decision in docs/decisions names `%s`", d.module)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(read(t, "go.mod")), -1) {
		if d, ok := dependencyOf(m[1]); !ok || !used[d.module] {
			t.Errorf("go.mod requires %s directly, and nobody imports it", m[1])
		}
	}
}

func dependencyOf(imported string) (dependency, bool) {
	for _, d := range dependencies {
		if imported == d.module || strings.HasPrefix(imported, d.module+"/") {
			return d, true
		}
	}
	return dependency{}, false
}
