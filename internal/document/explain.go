package document

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

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
	var when *time.ParseError
	switch {
	case errors.As(sem.Err, &when):
		return at, fmt.Sprintf("%s: %s is no time such as 2026-12-01T20:00:00Z", named(sem.JSONPointer), strconv.Quote(when.Value))
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
