// Package document reads and writes the files that rehome keeps: strict, versioned JSON or YAML. A mistake in a file is
// reported with file, line and column; a write replaces the whole file or leaves the old one. It must not know any format's meaning.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"rehome/internal/diag"
)

// MaxSize bounds what is read from one file, in bytes.
const MaxSize = 256 << 20

// Read decodes the file at path into v. YAML is told from JSON by the file's ending.
func Read(path string, v any) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() > MaxSize {
		return &diag.Error{Code: "document/too-large", What: "file is larger than rehome reads", At: diag.Position{File: path}}
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
	return decodeYAML(name, data, v)
}

func decodeJSON(name string, data []byte, v any) error {
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
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return malformed(yamlPosition(name, err), yamlReason(err), err)
	}
	asJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		return malformed(yamlPosition(name, err), yamlReason(err), err)
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
	field := sem.JSONPointer.LastToken()
	switch {
	case errors.Is(sem.Err, json.ErrUnknownName):
		return at, fmt.Sprintf("unknown key %q", field)
	case sem.Err != nil:
		return at, fmt.Sprintf("%q: %v", field, sem.Err)
	default:
		return at, fmt.Sprintf("%q has the wrong type: a %s does not fit here", field, sem.JSONKind)
	}
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
	if errors.As(err, &pe) {
		return pe.Err.Error()
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
	return n, err == nil
}
