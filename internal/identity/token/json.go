package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may stand in one another; tokens and keys need three or four.
const maxDepth = 16

var (
	errNotObject = errors.New("no JSON object")
	errDuplicate = errors.New("a member is there twice")
	errDepth     = errors.New("objects stand too deep in one another")
)

// object is a JSON object whose members have been found to be unique. Names are told apart byte for byte, unlike in structs of encoding/json.
type object map[string]json.RawMessage

// readObject reads an object and looks at everything inside it: readers disagree on which of two equal members counts (RFC 8725 2.4 and 3.10).
func readObject(text []byte) (object, error) {
	o, err := readMembers(text)
	if err != nil {
		return nil, err
	}
	for _, value := range o {
		if err := unique(value, maxDepth-1); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// readMembers reads an object's own members only.
func readMembers(text []byte) (object, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errNotObject
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotObject
	}
	o := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errNotObject
		}
		key := name.(string) // the name of a member in valid JSON
		if _, twice := o[key]; twice {
			return nil, errDuplicate
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errNotObject
		}
		o[key] = value
	}
	return o, nil
}

// unique looks for equal members at any depth of a value.
func unique(value json.RawMessage, depth int) error {
	var inside []json.RawMessage
	switch value[0] {
	case '{':
		o, err := readMembers(value)
		if err != nil {
			return err
		}
		for _, v := range o {
			inside = append(inside, v)
		}
	case '[':
		if err := json.Unmarshal(value, &inside); err != nil {
			return errNotObject
		}
	default:
		return nil
	}
	if depth == 0 {
		return errDepth
	}
	for _, v := range inside {
		if err := unique(v, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// kind is what a member holds.
type kind int

const (
	absent kind = iota
	text
	number
	list
	other // an object, true, false or null
)

func (k kind) String() string {
	return [...]string{"nothing", "a text", "a number", "a list", "neither text nor number"}[k]
}

func (o object) kind(name string) kind {
	value, there := o[name]
	switch {
	case !there:
		return absent
	case value[0] == '"':
		return text
	case value[0] == '[':
		return list
	case value[0] == '-' || value[0] >= '0' && value[0] <= '9':
		return number
	}
	return other
}

// text is a member that holds a text, else empty.
func (o object) text(name string) string {
	var s string
	if o.kind(name) == text {
		_ = json.Unmarshal(o[name], &s) // the value is valid JSON and a text
	}
	return s
}

// texts is a member that holds a text or a list of texts; false: it holds something else. An empty list gives none.
func (o object) texts(name string) ([]string, bool) {
	if o.kind(name) == text {
		return []string{o.text(name)}, true
	}
	var all []json.RawMessage
	if o.kind(name) != list || json.Unmarshal(o[name], &all) != nil {
		return nil, false
	}
	var out []string
	for _, value := range all {
		if value[0] != '"' {
			return nil, false
		}
		var s string
		_ = json.Unmarshal(value, &s) // as above
		out = append(out, s)
	}
	return out, true
}

// media is a media type without its parameters and the "application/" that may be left out (RFC 7515 4.1.9), in lower case.
func (o object) media(name string) string {
	kind, _, _ := strings.Cut(strings.ToLower(o.text(name)), ";")
	return strings.TrimPrefix(strings.TrimSpace(kind), "application/")
}
