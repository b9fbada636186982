package house

import (
	"bytes"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// remark is a sentence of a comment that marks something as inferred.
type remark struct{ where, text string }

// remarks are those of the twin and of the rooms that it is built on, in the order of the files.
func remarks(tr tree) []remark {
	var out []remark
	for _, f := range tr.production() {
		if !within([]string{"internal/twin", "internal/policy", "internal/estate"}, f.dir()) {
			continue
		}
		for _, group := range f.ast.Comments {
			all := sentences(group.Text())
			for i, s := range all {
				if strings.Contains(s, "INFERRED") {
					if i > 0 && strings.HasPrefix(s, "INFERRED") {
						s = all[i-1] + " " + s // a remark alone says nothing
					}
					out = append(out, remark{strings.TrimPrefix(f.dir(), "internal/") + "/" + path.Base(f.path), about(tr, f, group, s)})
				}
			}
		}
	}
	return out
}

// about says what the sentence is about: the code on its line, else the declaration around it.
func about(tr tree, f source, group *ast.CommentGroup, sentence string) string {
	at := tr.fset.Position(group.Pos())
	line := bytes.Split(f.text, []byte("\n"))[at.Line-1]
	if before := strings.TrimSpace(string(line[:at.Column-1])); before != "" {
		return "`" + before + "`: " + sentence
	}
	if name := declared(f.ast, group); name != "" && !strings.Contains(sentence, name) {
		return name + ": " + sentence
	}
	return sentence
}

// declared is the name of the function or type that the comment belongs to.
func declared(f *ast.File, group *ast.CommentGroup) string {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == group || holds(d, group) {
				return d.Name.Name
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if ts, ok := s.(*ast.TypeSpec); ok && (d.Doc == group || holds(d, group)) {
					return ts.Name.Name
				}
			}
		}
	}
	return ""
}

func holds(n ast.Node, group *ast.CommentGroup) bool {
	return n.Pos() <= group.Pos() && group.End() <= n.End()
}

// sentences splits a comment at full stops that end a sentence, and at blank lines.
func sentences(text string) []string {
	var out []string
	for _, paragraph := range strings.Split(text, "\n\n") {
		words := strings.Fields(paragraph)
		start := 0
		for i, w := range words {
			next := i+1 < len(words) && strings.ToLower(words[i+1][:1]) == words[i+1][:1] && words[i+1] != "—"
			if i+1 == len(words) || (strings.HasSuffix(w, ".") || strings.HasSuffix(w, ".)")) && !next {
				out = append(out, strings.Join(words[start:i+1], " "))
				start = i + 1
			}
		}
	}
	return out
}

func packageComment(tr tree, dir string) string {
	for _, f := range tr.production() {
		if f.dir() == dir && f.ast.Doc != nil {
			return strings.TrimSpace(f.ast.Doc.Text())
		}
	}
	return ""
}

// handlerOf finds, by the maps of handlers in a package, the function that handles an operation, and its comment.
func handlerOf(tr tree, dir, operation string) (name, comment string) {
	files := slices.DeleteFunc(tr.production(), func(f source) bool { return f.dir() != dir })
	for _, f := range files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok && name == "" && literal(kv.Key) == operation {
				name = function(kv.Value)
			}
			return name == ""
		})
	}
	for _, f := range files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
				return name, fn.Doc.Text()
			}
		}
	}
	return name, ""
}

// function is the name of the function that an expression is, or calls to get one.
func function(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.CallExpr:
		return function(e.Fun)
	}
	return ""
}
