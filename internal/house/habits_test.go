package house

import (
	"bytes"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageSaysOnceWhatItIsFor(t *testing.T) {
	for dir, files := range loadTree(t).packages() {
		var docs []string
		for _, f := range files {
			if f.ast.Doc != nil {
				docs = append(docs, f.path)
			}
		}
		if len(docs) != 1 {
			t.Errorf("%s has %d package comments, want one: %v", dir, len(docs), docs)
		}
	}
}

func TestPackagesHaveNouns(t *testing.T) {
	for dir := range loadTree(t).packages() {
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "misc", "shared", "base"}, path.Base(dir)) {
			t.Errorf("%s: a package named so says nothing about what belongs there", dir)
		}
	}
}

// maxLines is where a file stops fitting in a head.
const maxLines = 400

func TestFilesStaySmall(t *testing.T) {
	all, code := 0, 0
	for _, f := range loadTree(t).production() {
		if f.generated() {
			continue
		}
		if f.lines() > maxLines {
			t.Errorf("%s has %d lines, the limit is %d: split it by what a reader looks for", f.path, f.lines(), maxLines)
		}
		if !strings.HasSuffix(f.dir(), "test") { // enginetest, like httptest, is there for tests
			all, code = all+f.lines(), code+f.code()
		}
	}
	t.Logf("without tests and generated tables: %d lines of Go, %d without comments and blank lines", all, code)
}

// TestNobodySleeps: waiting goes through a clock that is passed in, else tests become slow and a rehearsal cannot skip time.
func TestNobodySleeps(t *testing.T) {
	tr := loadTree(t)
	for _, f := range tr.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Sleep" {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				t.Errorf("%s: time.Sleep; take a clock instead", tr.fset.Position(s.Pos()))
			}
			return true
		})
	}
}

func TestGoModReplacesNothing(t *testing.T) {
	if regexp.MustCompile(`(?m)^\s*replace\b`).Match(read(t, "go.mod")) {
		t.Error("go.mod has a replace directive: what builds here would not build for somebody else")
	}
}

// strangers are words that have no business in the project: names of package mirrors, of one machine's places, of whoever wrote it.
// They are put together here so that this file does not hold them.
var strangers = []string{
	"/wor" + "k/", "/tmp/" + "bash", "GOPR" + "OXY=http", "proxy.go" + "lang", "registry.np" + "mjs", "py" + "pi.org", "arti" + "factory",
	"far" + "m-", "sub" + "agent", "sub-" + "agent", "cla" + "ude", "anthro" + "pic", "chat" + "gpt", "open" + "ai", "copi" + "lot", "language " + "model",
}

func TestTheProjectSpeaksOfItselfAlone(t *testing.T) {
	for _, p := range paths(t) {
		if p == "go.sum" {
			continue
		}
		for i, line := range bytes.Split(bytes.ToLower(read(t, p)), []byte("\n")) {
			line = bytes.ReplaceAll(line, []byte("@cloud-copi"+"lot/iam-"), nil) // the independent evaluator's name on npm
			for _, s := range strangers {
				if bytes.Contains(line, []byte(strings.ToLower(s))) {
					t.Errorf("%s:%d: names %q", p, i+1, s)
				}
			}
		}
	}
}

// TestReferencesInDocumentsExist: what a document names in backquotes as a place of this tree is there.
func TestReferencesInDocumentsExist(t *testing.T) {
	all := paths(t)
	place := regexp.MustCompile("`((?:internal|cmd|docs|worlds|\\.ci)/[A-Za-z0-9_./-]+)`")
	for _, p := range all {
		if path.Ext(p) != ".md" {
			continue
		}
		for _, m := range place.FindAllStringSubmatch(string(read(t, p)), -1) {
			want := strings.TrimSuffix(m[1], "/")
			if !slices.ContainsFunc(all, func(have string) bool { return have == want || strings.HasPrefix(have, want+"/") }) {
				t.Errorf("%s names %s, which is not there", p, m[1])
			}
		}
	}
}

// TestReadmeHasTwoSetUpCommands: the first block of commands is what a newcomer types, and it stays that short.
func TestReadmeHasTwoSetUpCommands(t *testing.T) {
	text := string(read(t, "README.md"))
	block := regexp.MustCompile("(?s)```sh\n(.*?)```").FindStringSubmatch(text)
	want := "go run ./cmd/rehome rehearse\ngo test ./...\n"
	if block == nil || block[1] != want {
		t.Errorf("the first block of commands in README.md must be exactly:\n%s", want)
	}
	if !bytes.Contains(read(t, ".ci/run"), []byte("README.md")) {
		t.Error(".ci/run must take its test command from README.md")
	}
}
