package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// facts is an estate as plain JSON values, parsed once for all pointers that are asked of it.
type facts struct{ root any }

func factsOf(e *estate.Estate) (facts, error) {
	text, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return facts{}, err
	}
	return parseFacts(text)
}

func parseFacts(text []byte) (f facts, err error) {
	return f, json.Unmarshal(text, &f.root)
}

// at is what stands at a JSON pointer; unseen tells that nobody looked at something on the way there.
func (f facts) at(pointer string) (v any, found, unseen bool) {
	v = f.root
	for token := range jsontext.Pointer(pointer).Tokens() {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false, unseen
		}
		_, blank := m["not_looked"]
		unseen = unseen || blank
		if v, ok = m[token]; !ok {
			return nil, false, unseen
		}
	}
	return v, true, unseen
}

func (f facts) hash(pointer string) (string, error) {
	v, found, _ := f.at(pointer)
	if !found {
		return "missing", nil
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	return hash(b), nil
}

// FactHash is the hash of what an estate, given as JSON, has at a JSON pointer; "missing" when it has nothing there.
func FactHash(estateJSON []byte, pointer string) (string, error) {
	f, err := parseFacts(estateJSON)
	if err != nil {
		return "", err
	}
	return f.hash(pointer)
}

func (p *Plan) readFacts(e *estate.Estate) error {
	f, err := factsOf(e)
	if err != nil {
		return err
	}
	for _, s := range p.Steps {
		for _, ptr := range s.Reads {
			if p.Facts[ptr], err = f.hash(ptr); err != nil {
				return err
			}
		}
	}
	return nil
}

// NotSeen says why the estate does not know now what is at a JSON pointer, wholly or in part; empty when it knows all of it.
func NotSeen(now *estate.Estate, pointer string) (why string, err error) {
	f, err := factsOf(now)
	if err != nil {
		return "", err
	}
	v, _, unseen := f.at(pointer)
	if why := blank(pointer, v); why != "" {
		return why, nil
	}
	if unseen {
		return pointer + " is in what was not looked at", nil
	}
	return "", nil
}

// blank is the first place in a value that nobody looked at, and why.
func blank(pointer string, v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	if why, ok := m["not_looked"]; ok {
		return fmt.Sprintf("%s: %v", pointer, why)
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if why := blank(pointer+"/"+key, m[key]); why != "" {
			return why
		}
	}
	return ""
}

// Changed names the facts of the plan that differ in the estate now, but for those that the run itself wrote. The list is sorted.
func (p *Plan) Changed(now *estate.Estate, written []string) ([]string, error) {
	f, err := factsOf(now)
	if err != nil {
		return nil, err
	}
	var out []string
	for ptr, want := range p.Facts {
		if slices.ContainsFunc(written, func(w string) bool { return ptr == w || strings.HasPrefix(ptr, w+"/") || strings.HasPrefix(w, ptr+"/") }) {
			continue
		}
		got, err := f.hash(ptr)
		if err != nil {
			return nil, err
		}
		if got != want {
			out = append(out, ptr)
		}
	}
	slices.Sort(out)
	return out, nil
}
