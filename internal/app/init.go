package app

import (
	"errors"
	"os"

	"github.com/goccy/go-yaml"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// InitRequest is what a spec is made from. Empty members keep what a spec that is there says.
type InitRequest struct {
	World      string // that world's own spec; the rest is ignored then
	Management string
	Quick      string
	Names      []string
	Delegated  string // account that administers Identity Center for the management account
	Source     string // of identities
	OktaDomain string // of the organization in which Quick on Desktop is registered
	ClientID   string // of that application
	Force      bool   // replace a spec that is there by a new one
}

// Known is what the spec that is there says already; the zero value when there is none.
func (a *App) Known() (InitRequest, error) {
	s, err := a.spec()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return InitRequest{}, nil
	case err != nil:
		return InitRequest{}, err
	}
	out := InitRequest{Management: string(s.Management.Account), Quick: string(s.Quick.Account), Names: s.Quick.AccountNames, Source: string(s.IdentitySource)}
	if s.DelegatedAdministrator != nil {
		out.Delegated = string(s.DelegatedAdministrator.Account)
	}
	return out, nil
}

// Init writes the spec. One that is there is changed where the request says something else, and keeps its comments and all the rest.
func (a *App) Init(req InitRequest) error {
	old, err := os.ReadFile(a.SpecPath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return &diag.Error{Code: "init/unreadable", What: "cannot read the spec that is there", Where: a.SpecPath, Exit: diag.ExitUsage, Err: err}
	}
	there := err == nil
	if there && req.World != "" && !req.Force {
		return &diag.Error{Code: "init/exists", What: "there is a spec already", Where: a.SpecPath, Exit: diag.ExitUsage, Fix: []string{"edit it, or replace it: rehome init --force"}}
	}
	text, err := specText(req, old, there && !req.Force)
	if err != nil {
		return err
	}
	if _, err := spec.Decode(a.SpecPath, text); err != nil {
		return err
	}
	return document.WriteBytes(a.SpecPath, text)
}

const specHead = "# What rehome is to reach. Every key is described in docs/spec.md.\n"

func specText(req InitRequest, old []byte, keep bool) ([]byte, error) {
	if req.World != "" {
		return worldSpec(req.World)
	}
	text := []byte(specHead + "format: " + spec.Format + "\n")
	if keep {
		text = old
	}
	var tree yaml.MapSlice
	comments := yaml.CommentMap{}
	if err := yaml.UnmarshalWithOptions(text, &tree, yaml.UseOrderedMap(), yaml.CommentToMap(comments)); err != nil {
		_, err := spec.Decode("rehome.yaml", text) // says it with line and column
		return nil, err
	}
	vendor := ""
	if req.OktaDomain != "" {
		vendor = string(estate.VendorOkta)
	}
	for _, v := range []struct {
		path  []string
		value string
	}{{[]string{"management", "account"}, req.Management}, {[]string{"delegated_administrator", "account"}, req.Delegated}, {[]string{"identity_source"}, req.Source},
		{[]string{"quick", "account"}, req.Quick}, {[]string{"sign_in", "vendor"}, vendor}, {[]string{"sign_in", "domain"}, req.OktaDomain},
		{[]string{"sign_in", "client_id"}, req.ClientID}} {
		if v.value != "" {
			tree = set(tree, v.path, v.value)
		}
	}
	if len(req.Names) > 0 {
		tree = set(tree, []string{"quick", "account_names"}, req.Names)
	}
	return yaml.MarshalWithOptions(tree, yaml.WithComment(comments))
}

func worldSpec(name string) ([]byte, error) {
	w, err := LoadWorld(name)
	if err != nil {
		return nil, err
	}
	if w.Wants == nil {
		return nil, &diag.Error{Code: "init/no-spec", What: "the world " + name + " has no spec of its own", Exit: diag.ExitUsage}
	}
	text, err := yaml.JSONToYAML(w.Spec)
	return append([]byte(specHead), text...), err
}

// set changes one value of a tree, and makes the maps on the way there.
func set(tree yaml.MapSlice, path []string, value any) yaml.MapSlice {
	for i := range tree {
		if tree[i].Key == path[0] {
			tree[i].Value = within(tree[i].Value, path[1:], value)
			return tree
		}
	}
	return append(tree, yaml.MapItem{Key: path[0], Value: within(nil, path[1:], value)})
}

func within(there any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	tree, _ := there.(yaml.MapSlice)
	return set(tree, path, value)
}
