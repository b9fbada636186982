package app

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/spec"
	"rehome/worlds"
)

// DefaultWorld is the world of a rehearsal that names none.
const DefaultWorld = worlds.Default

// World is a starting state, and the spec that goes with it.
type World struct {
	Name string
	estate.World
	Wants  *spec.Spec     // nil: the world brings none
	Survey *estate.Survey // what it was made from; nil: a world of its own
	// Assumed is what its twin takes for granted beyond the world, one line each.
	Assumed []string
	Vault   string // digest of the vault that its assets are from; empty: none
}

// LoadWorld reads a built-in world by name, or a world or survey file by path. A world that names a base is laid over it.
func LoadWorld(nameOrFile string) (*World, error) {
	if s, err := surveyFile(nameOrFile); s != nil || err != nil {
		return ofSurvey(nameOrFile, s), err
	}
	tree, err := worldTree(nameOrFile, nil)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	w := &World{Name: strings.TrimSuffix(filepath.Base(nameOrFile), filepath.Ext(nameOrFile))}
	if err := document.Decode(nameOrFile+".json", text, &w.World); err != nil {
		return nil, err
	}
	if len(w.Spec) > 0 {
		if w.Wants, err = spec.Decode(nameOrFile+" (its spec).json", w.Spec); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// worldTree reads one world as plain values, base first. Each file is decoded strictly on its own before it is merged, so that a
// mistake is reported where it stands.
func worldTree(nameOrFile string, seen []string) (map[string]any, error) {
	if slices.Contains(seen, nameOrFile) {
		return nil, &diag.Error{Code: "world/circle", What: "worlds name each other as base: " + strings.Join(append(seen, nameOrFile), " -> "), Exit: diag.ExitUsage}
	}
	name, text, err := worldText(nameOrFile)
	if err != nil {
		return nil, err
	}
	tree, base, err := decodeWorld(name, text)
	if err != nil || base == "" {
		return tree, err
	}
	below, err := worldTree(base, append(seen, nameOrFile))
	if err != nil {
		return nil, err
	}
	return overlay(below, tree), nil
}

func worldText(nameOrFile string) (name string, text []byte, err error) {
	if text, ok := worlds.Text(nameOrFile); ok {
		return nameOrFile + ".yaml", text, nil
	}
	text, err = os.ReadFile(nameOrFile)
	if err != nil {
		return "", nil, &diag.Error{Code: "world/unknown", What: "there is no built-in world and no file " + nameOrFile, Exit: diag.ExitUsage, Err: err,
			Fix: []string{"built-in worlds: " + strings.Join(worlds.Names(), ", ")}}
	}
	return nameOrFile, text, nil
}

// decodeWorld gives a file's plain values and the base it names.
func decodeWorld(name string, text []byte) (tree map[string]any, base string, err error) {
	var w estate.World
	if err := document.Decode(name, text, &w); err != nil {
		return nil, "", err
	}
	if w.Format != estate.WorldFormat {
		return nil, "", &diag.Error{Code: "world/format", What: "this is neither a world nor a survey that this rehome reads: format is " + w.Format,
			At: diag.Position{File: name, Line: 1, Column: 1}, Exit: diag.ExitUsage}
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err == nil {
		err = json.Unmarshal(asJSON, &tree)
	}
	return tree, w.Base, err
}

// surveyFile reads a file that says it is a survey; nil when the name is no such file.
func surveyFile(path string) (*estate.Survey, error) {
	var head struct {
		Format string `json:"format"`
	}
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &head) != nil || head.Format != estate.SurveyFormat {
		return nil, nil // a world, or an error that reading a world reports
	}
	var s estate.Survey
	return &s, document.Decode(path, text, &s)
}

// ofSurvey is the world that a survey saw; nil for none.
func ofSurvey(name string, s *estate.Survey) *World {
	if s == nil {
		return nil
	}
	return &World{Name: name, Survey: s, World: estate.World{Format: estate.WorldFormat, Title: "the survey of " + s.Taken.UTC().Format("2006-01-02 15:04 MST"), Estate: s.Estate}}
}

// assume notes something that its twin takes for granted.
func (w *World) assume(what string) { w.Assumed = append(w.Assumed, what) }

// overlay lays one tree over another: maps are merged, everything else replaces: null, an empty map and {not_looked: …} included.
func overlay(below, above map[string]any) map[string]any {
	out := maps.Clone(below)
	for k, v := range above {
		a, isMap := v.(map[string]any)
		b, wasMap := out[k].(map[string]any)
		if _, unseen := a["not_looked"]; isMap && wasMap && len(a) > 0 && !unseen {
			v = overlay(b, a)
		}
		out[k] = v
	}
	return out
}
