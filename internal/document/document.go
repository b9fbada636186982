// Package document reads and writes the files that rehome keeps: strict, versioned JSON or YAML. A mistake in a file is
// reported with file, line and column; a write replaces the whole file or leaves the old one. It must not know any format's meaning.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"

	"rehome/internal/diag"
)

// MaxSize bounds what is read from one file, in bytes; MaxYAML holds for YAML, which people write and which is slow to read.
const (
	MaxSize = 256 << 20
	MaxYAML = 1 << 20
)

// Read decodes the file at path into v. YAML is told from JSON by the file's ending.
func Read(path string, v any) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() > MaxSize {
		return tooLarge(path, MaxSize)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return &diag.Error{Code: "document/unreadable", What: "cannot read file", At: diag.Position{File: path}, Why: reason(err), Err: err}
	}
	return Decode(path, data, v)
}

// Decode decodes data, named name in errors, into v. Unknown keys, duplicate keys and wrong types are errors.
func Decode(name string, data []byte, v any) error {
	if strings.HasSuffix(name, ".json") {
		return decodeJSON(name, data, v)
	}
	err := decodeYAML(name, data, v)
	var e *diag.Error
	if errors.As(err, &e) && e.At.Line != 0 {
		e.At = inside(e.At, data)
	}
	return err
}

// inside holds a position of the YAML parser, which has its own idea of lines, inside the text.
func inside(p diag.Position, data []byte) diag.Position {
	lines := bytes.Split(data, []byte("\n"))
	p.Line = min(max(p.Line, 1), len(lines))
	p.Column = min(max(p.Column, 1), len(lines[p.Line-1])+1)
	return p
}

func tooLarge(name string, limit int) error {
	return &diag.Error{Code: "document/too-large", What: fmt.Sprintf("the file is larger than the %d MiB that rehome reads", limit>>20), At: diag.Position{File: name}, Exit: diag.ExitUsage}
}

func decodeJSON(name string, data []byte, v any) error {
	if isNull(data) {
		return empty(name)
	}
	if err := json.Unmarshal(data, v, json.RejectUnknownMembers(true)); err != nil {
		where, why := explain(err)
		pos := diag.Position{File: name}
		if where.offset >= 0 {
			pos.Line, pos.Column = lineColumn(data, where.offset)
		}
		return malformed(pos, why, err)
	}
	return nil
}

func decodeYAML(name string, data []byte, v any) error {
	file, err := parseYAML(name, data)
	if err != nil {
		return err
	}
	asJSON, err := yaml.YAMLToJSON(data)
	switch {
	case err != nil:
		return malformed(yamlPosition(name, err), yamlReason(err), err)
	case isNull(asJSON):
		return empty(name)
	}
	if err := json.Unmarshal(asJSON, v, json.RejectUnknownMembers(true)); err != nil {
		where, why := explain(err)
		pos := diag.Position{File: name}
		for p := where.pointer; pos.Line == 0; p = p[:strings.LastIndexByte(p, '/')] {
			pos.Line, pos.Column = locate(file, p)
			if p == "" {
				break
			}
		}
		return malformed(pos, why, err)
	}
	return nil
}

// isNull finds what would decode into a zero value without a word.
func isNull(text []byte) bool {
	t := bytes.TrimSpace(text)
	return len(t) == 0 || string(t) == "null"
}

func empty(name string) error {
	return malformed(diag.Position{File: name, Line: 1, Column: 1}, "there is nothing in the file", nil)
}

func malformed(pos diag.Position, why string, err error) error {
	return &diag.Error{Code: "document/malformed", What: why, At: pos, Exit: diag.ExitUsage, Err: err}
}

type place struct {
	offset  int64 // in the JSON text; -1 when unknown
	pointer string
}

// explain turns a decoding error into a place and a sentence without Go's type names.
func explain(err error) (place, string) {
	var syn *jsontext.SyntacticError
	if errors.As(err, &syn) {
		return place{syn.ByteOffset, string(syn.JSONPointer)}, strings.TrimPrefix(syn.Err.Error(), "jsontext: ")
	}
	var sem *json.SemanticError
	if !errors.As(err, &sem) {
		return place{-1, ""}, strings.TrimPrefix(err.Error(), "json: ")
	}
	at := place{sem.ByteOffset, string(sem.JSONPointer)}
	switch {
	case errors.Is(sem.Err, json.ErrUnknownName):
		return at, fmt.Sprintf("unknown key %q", sem.JSONPointer.LastToken())
	case sem.JSONKind == '0' && sem.GoType != nil && sem.GoType.Kind() == reflect.String:
		return at, fmt.Sprintf("%s has the wrong type: a number does not fit here; put it in quotes", named(sem.JSONPointer))
	case sem.Err != nil:
		return at, fmt.Sprintf("%s: %v", named(sem.JSONPointer), sem.Err)
	default:
		return at, fmt.Sprintf("%s has the wrong type: %s does not fit here", named(sem.JSONPointer), kindName(sem.JSONKind))
	}
}

// named says what a pointer names: a key, an entry of a list by its number from 1, or the whole file.
func named(p jsontext.Pointer) string {
	last := p.LastToken()
	switch i, ok := index(last); {
	case p == "":
		return "the file"
	case ok:
		return fmt.Sprintf("entry %d of %q", i+1, p.Parent().LastToken())
	}
	return strconv.Quote(last)
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "a mapping"
	case '[':
		return "a list"
	case 't', 'f':
		return "true or false"
	}
	return "a " + k.String()
}

func lineColumn(data []byte, offset int64) (line, column int) {
	before := data[:min(int(offset), len(data))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}

// Encode gives v's canonical JSON: sorted keys, two spaces of indentation, a newline at the end. Equal values give equal bytes.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.WithIndent("  "), json.FormatNilSliceAsNull(false))
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// Write replaces the file at path by v's canonical JSON, whole or not at all, readable by the owner only.
func Write(path string, v any) error {
	b, err := Encode(v)
	if err != nil {
		return diag.From("encoding "+filepath.Base(path), err)
	}
	return WriteBytes(path, b)
}

// WriteBytes replaces the file at path, whole or not at all, readable by the owner only.
func WriteBytes(path string, b []byte) error {
	if err := replace(path, b); err != nil {
		return &diag.Error{Code: "document/unwritable", What: "cannot write file", At: diag.Position{File: path}, Why: reason(err), Err: err,
			Fix: []string{"nothing was changed; free space or choose another place and run again"}}
	}
	return nil
}

func replace(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(b); err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func reason(err error) string {
	var pe *os.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err.Error()
	case errors.As(err, &le):
		return le.Err.Error()
	}
	return err.Error()
}

func pointerTokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, t := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}
	return tokens
}

func index(token string) (int, bool) {
	n, err := strconv.Atoi(token)
	return n, err == nil && n >= 0
}
