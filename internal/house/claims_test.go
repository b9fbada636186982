package house

import (
	"go/ast"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// claimKey is the test attribute by which a test says which row of docs/requirements.tsv it proves: t.Attr("requirement", "KMS-05").
const claimKey = "requirement"

var rowID = regexp.MustCompile(`^(PATH|IDC|KMS|SUB|DSK|OKT|ENT|PF|P1|TTI|EXT|MIG|ACC|ISV|SCM|URL|CLI|FLO|TRB|FUT|DOC|RUN)-\d{2}$`)

// claim is one row that one test says it proves.
type claim struct {
	id, dir, test string
}

// claims reads what the test files claim: literal ids in t.Attr, and, where a test passes a variable to t.Attr, every literal id in
// that test and every id at the beginning of a testdata file that a pattern in that test matches. That may be too much; what really
// was claimed at run time, and passed, is compared with it by TestClaimsPassed.
func claims(t *testing.T, tr tree) []claim {
	t.Helper()
	var out []claim
	for _, f := range tr.files {
		if !f.test() || f.dir() == "internal/house" {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				for _, id := range claimedIn(t, fn, f.dir()) {
					out = append(out, claim{id: id, dir: f.dir(), test: fn.Name.Name})
				}
			}
		}
	}
	return out
}

func claimedIn(t *testing.T, fn *ast.FuncDecl, dir string) []string {
	t.Helper()
	var ids []string
	variable := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 || literal(call.Args[0]) != claimKey {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Attr" {
			return true
		}
		if id := literal(call.Args[1]); id != "" {
			ids = append(ids, id)
		} else {
			variable = true
		}
		return true
	})
	if variable {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				ids = append(ids, idsOf(literal(e), dir)...)
			}
			return true
		})
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// idsOf gives the id that a literal is, or those that begin the names of the testdata files that it matches.
func idsOf(text, dir string) []string {
	if rowID.MatchString(text) {
		return []string{text}
	}
	if ok, _ := path.Match("testdata/*", text); !ok {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), filepath.FromSlash(text))) // a bad pattern matches nothing
	var ids []string
	for _, f := range files {
		if name := filepath.Base(f); len(name) > 6 && rowID.MatchString(name[:6]) {
			ids = append(ids, name[:6])
		}
	}
	return ids
}

// literal is the value of a string literal, else empty.
func literal(e ast.Expr) string {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(l.Value)
	if err != nil {
		return ""
	}
	return s
}
