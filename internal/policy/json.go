package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseError is a policy text that cannot be read, and where.
type ParseError struct {
	Offset int // bytes from the start of the text
	Line   int // from 1
	Column int // from 1, in characters
	Msg    string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// errorAt makes a ParseError for a byte offset in the text.
func errorAt(text string, offset int, format string, args ...any) *ParseError {
	offset = min(max(offset, 0), len(text))
	before := text[:offset]
	line := strings.LastIndexByte(before, '\n') + 1
	return &ParseError{
		Offset: offset,
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[line:]) + 1,
		Msg:    fmt.Sprintf(format, args...),
	}
}

// node is one JSON value with its place. encoding/json drops both duplicate
// keys and places, hence a tree of our own over its tokens.
type node struct {
	offset  int
	token   json.Token // json.Delim '{' or '[', string, json.Number, bool or nil
	members []member   // of an object
	items   []node     // of an array
}

type member struct {
	name   string
	offset int
	value  node
}

// kind names the node's type for messages.
func (n node) kind() string {
	switch t := n.token.(type) {
	case json.Delim:
		if t == '{' {
			return "an object"
		}
		return "an array"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	}
	return "null"
}

func (n node) isObject() bool { return n.token == json.Delim('{') }

// list is an array's items, or the node itself: most elements may be either.
func (n node) list() []node {
	if n.token == json.Delim('[') {
		return n.items
	}
	return []node{n}
}

// readJSON reads one JSON value and nothing after it.
func readJSON(text string) (node, error) {
	var whole json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		var syntax *json.SyntaxError
		if !errors.As(err, &syntax) {
			return node{}, errorAt(text, 0, "not JSON: %v", err)
		}
		offset := int(syntax.Offset) - 1 // Offset counts the offending byte
		if strings.HasPrefix(syntax.Error(), "unexpected end") {
			offset = len(text)
		}
		return node{}, errorAt(text, offset, "not JSON: %v", syntax)
	}
	r := reader{text: text, dec: json.NewDecoder(strings.NewReader(text))}
	r.dec.UseNumber()
	return r.value()
}

type reader struct {
	text string
	dec  *json.Decoder
}

// next is where the next token begins.
func (r *reader) next() int {
	at := int(r.dec.InputOffset())
	return at + len(r.text[at:]) - len(strings.TrimLeft(r.text[at:], " \t\r\n,:"))
}

func (r *reader) value() (node, error) {
	n := node{offset: r.next()}
	var err error
	if n.token, err = r.dec.Token(); err != nil {
		return n, errorAt(r.text, n.offset, "not JSON: %v", err)
	}
	switch n.token {
	case json.Delim('{'):
		return r.object(n)
	case json.Delim('['):
		for r.dec.More() {
			item, err := r.value()
			if err != nil {
				return n, err
			}
			n.items = append(n.items, item)
		}
		_, err = r.dec.Token()
	}
	return n, err
}

func (r *reader) object(n node) (node, error) {
	seen := map[string]bool{}
	for r.dec.More() {
		m := member{offset: r.next()}
		token, err := r.dec.Token()
		if err != nil {
			return n, errorAt(r.text, m.offset, "not JSON: %v", err)
		}
		m.name, _ = token.(string)
		if seen[m.name] {
			return n, errorAt(r.text, m.offset, "duplicate key %q", m.name)
		}
		seen[m.name] = true
		if m.value, err = r.value(); err != nil {
			return n, err
		}
		n.members = append(n.members, m)
	}
	_, err := r.dec.Token()
	return n, err
}
