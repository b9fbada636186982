package document

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"rehome/internal/diag"
)

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
