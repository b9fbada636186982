package document

import (
	"bytes"
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"rehome/internal/diag"
)

// maxNesting bounds how deep YAML may nest: the parser's time and memory grow with the square of it.
const maxNesting = 500

// parseYAML parses one document of YAML. Aliases are refused: a few lines of them can stand for gigabytes.
func parseYAML(name string, data []byte) (*ast.File, error) {
	if len(data) > MaxYAML {
		return nil, tooLarge(name, MaxYAML)
	}
	if line := tooDeep(data); line > 0 {
		return nil, malformed(diag.Position{File: name, Line: line, Column: 1}, "the text nests too deep", nil)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, malformed(yamlPosition(name, err), yamlReason(err), err)
	}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		pos := diag.Position{File: name, Line: doc.Body.GetToken().Position.Line, Column: doc.Body.GetToken().Position.Column}
		if i > 0 {
			return nil, malformed(pos, "a second document begins here; a file holds one", nil)
		}
		if alias := ast.Filter(ast.AliasType, doc.Body); len(alias) > 0 {
			pos.Line, pos.Column = alias[0].GetToken().Position.Line, alias[0].GetToken().Position.Column
			return nil, malformed(pos, "aliases are not read; write the value out", nil)
		}
	}
	return file, nil
}

// tooDeep gives the line on which the text may nest deeper than the parser can bear; 0 when it cannot. It counts brackets and
// leading dashes without parsing, so brackets inside text count too.
func tooDeep(data []byte) int {
	depth, number := 0, 0
	for line := range bytes.Lines(data) {
		number++
		lead := line[:len(line)-len(bytes.TrimLeft(line, "-? \t"))]
		if bytes.Count(lead, []byte("- "))+bytes.Count(lead, []byte("? ")) > maxNesting {
			return number
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(depth-1, 0)
			}
			if depth > maxNesting {
				return number
			}
		}
	}
	return 0
}

// Locate gives line and column of the value at a JSON pointer in YAML or JSON text; zeros when there is none.
func Locate(data []byte, pointer string) (line, column int) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return 0, 0
	}
	return locate(file, pointer)
}

// locate walks the syntax tree along a JSON pointer. A mapping's entry is placed at its key, which is what a person looks for.
func locate(file *ast.File, pointer string) (line, column int) {
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return 1, 1
	}
	node := file.Docs[0].Body
	at := node.GetToken()
	for _, token := range pointerTokens(pointer) {
		switch n := node.(type) {
		case *ast.MappingNode:
			entry := mappingEntry(n.Values, token)
			if entry == nil {
				return 0, 0
			}
			at, node = entry.Key.GetToken(), entry.Value
		case *ast.MappingValueNode:
			entry := mappingEntry([]*ast.MappingValueNode{n}, token)
			if entry == nil {
				return 0, 0
			}
			at, node = entry.Key.GetToken(), entry.Value
		case *ast.SequenceNode:
			i, ok := index(token)
			if !ok || i >= len(n.Values) {
				return 0, 0
			}
			node = n.Values[i]
			at = node.GetToken()
		default:
			return 0, 0
		}
	}
	if at == nil || at.Position == nil {
		return 0, 0
	}
	return at.Position.Line, at.Position.Column
}

func mappingEntry(entries []*ast.MappingValueNode, key string) *ast.MappingValueNode {
	for _, e := range entries {
		if e.Key.GetToken().Value == key {
			return e
		}
	}
	return nil
}

func yamlPosition(name string, err error) diag.Position {
	pos := diag.Position{File: name}
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		pos.Line, pos.Column = ye.GetToken().Position.Line, ye.GetToken().Position.Column
	}
	return pos
}

func yamlReason(err error) string {
	var ye yaml.Error
	if errors.As(err, &ye) {
		return ye.GetMessage()
	}
	return err.Error()
}
