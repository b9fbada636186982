package house

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the documents that are made from the tree")

const (
	root   = "../.."
	module = "rehome"
)

// source is one Go file.
type source struct {
	path string // from the root, with slashes
	ast  *ast.File
	text []byte
}

func (s source) dir() string     { return path.Dir(s.path) }
func (s source) test() bool      { return strings.HasSuffix(s.path, "_test.go") }
func (s source) generated() bool { return ast.IsGenerated(s.ast) }
func (s source) lines() int      { return bytes.Count(s.text, []byte("\n")) }

// code counts the lines that hold anything but comments.
func (s source) code() int {
	var sc scanner.Scanner
	file := token.NewFileSet().AddFile(s.path, -1, len(s.text))
	sc.Init(file, s.text, nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, lit := sc.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue
		}
		for i := range strings.Count(lit, "\n") + 1 { // a raw string spans several lines
			lines[file.Line(pos)+i] = true
		}
	}
}

// imports are the paths that the file imports, as written.
func (s source) imports() []string {
	var out []string
	for _, i := range s.ast.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// tree is every Go file, sorted by path.
type tree struct {
	fset  *token.FileSet
	files []source
}

func loadTree(t *testing.T) tree {
	t.Helper()
	out := tree{fset: token.NewFileSet()}
	for _, p := range paths(t) {
		if path.Ext(p) != ".go" {
			continue
		}
		text := read(t, p)
		parsed, err := parser.ParseFile(out.fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		out.files = append(out.files, source{path: p, ast: parsed, text: text})
	}
	if len(out.files) < 100 {
		t.Fatalf("only %d Go files found; this test looks in the wrong place", len(out.files))
	}
	return out
}

// production are the files that are built into programs.
func (tr tree) production() []source {
	return slices.DeleteFunc(slices.Clone(tr.files), source.test)
}

// packages gives the production files by directory.
func (tr tree) packages() map[string][]source {
	out := map[string][]source{}
	for _, f := range tr.production() {
		out[f.dir()] = append(out[f.dir()], f)
	}
	return out
}

// paths are all files of the project, sorted. What git does not keep (.git, state directories) is left out.
func paths(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == ".git" || name == ".rehome" || name == "node_modules") {
			return fs.SkipDir
		}
		if d.Type().IsRegular() && !strings.HasSuffix(name, ".test") && !strings.HasSuffix(name, ".out") && p != filepath.Join(root, "rehome") {
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			out = append(out, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func read(t *testing.T, p string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// current compares a document that is made here with what is on the disk, or writes it.
func current(t *testing.T, p, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(p)), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got := strings.Split(string(read(t, p)), "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(got) || got[i] != line {
			have := "the end of the file"
			if i < len(got) {
				have = got[i]
			}
			t.Fatalf("%s is out of date at line %d\n has: %s\nwant: %s\nwrite it anew with: go test ./internal/house -update", p, i+1, have, line)
		}
	}
	if len(got) > strings.Count(want, "\n")+1 {
		t.Fatalf("%s has more lines than it should; write it anew with: go test ./internal/house -update", p)
	}
}
