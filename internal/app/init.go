package app

import (
	"os"

	"github.com/goccy/go-yaml"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/spec"
)

// InitRequest is what a new spec is made from.
type InitRequest struct {
	World      string // that world's own spec; the rest is ignored then
	Management string
	Quick      string
	Names      []string
	Force      bool // replace a spec that is there
}

// Init writes the spec.
func (a *App) Init(req InitRequest) error {
	if _, err := os.Stat(a.SpecPath); err == nil && !req.Force {
		return &diag.Error{Code: "init/exists", What: "there is a spec already", Where: a.SpecPath, Exit: diag.ExitUsage, Fix: []string{"edit it, or replace it: rehome init --force"}}
	}
	text, err := specText(req)
	if err != nil {
		return err
	}
	if _, err := spec.Decode(a.SpecPath, text); err != nil {
		return err
	}
	return document.WriteBytes(a.SpecPath, text)
}

func specText(req InitRequest) ([]byte, error) {
	head := []byte("# What rehome is to reach. Every key is described in docs/spec.md.\n")
	if req.World != "" {
		w, err := LoadWorld(req.World)
		if err != nil {
			return nil, err
		}
		if w.Wants == nil {
			return nil, &diag.Error{Code: "init/no-spec", What: "the world " + req.World + " has no spec of its own", Exit: diag.ExitUsage}
		}
		text, err := yaml.JSONToYAML(w.Spec)
		return append(head, text...), err
	}
	type access struct {
		Account string `yaml:"account"`
	}
	text, err := yaml.Marshal(struct {
		Format     string `yaml:"format"`
		Management access `yaml:"management"`
		Quick      struct {
			Account string   `yaml:"account"`
			Names   []string `yaml:"account_names"`
		} `yaml:"quick"`
	}{Format: spec.Format, Management: access{req.Management}, Quick: struct {
		Account string   `yaml:"account"`
		Names   []string `yaml:"account_names"`
	}{req.Quick, req.Names}})
	return append(head, text...), err
}
