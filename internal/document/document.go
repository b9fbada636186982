// Package document reads and writes the files that rehome keeps: strict, versioned JSON or YAML. A mistake in a file is
// reported with file, line and column; a write replaces the whole file or leaves the old one. It must not know any format's meaning.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
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
		e := &diag.Error{Code: "document/unreadable", What: "cannot read file", At: diag.Position{File: path}, Why: reason(err), Err: err}
		if errors.Is(err, os.ErrNotExist) {
			e.Exit = diag.ExitUsage
		}
		return e
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
