package app

import (
	"errors"
	"maps"
	"os"
	"path/filepath"

	"rehome/internal/document"
	"rehome/internal/estate"
)

// recordsFormat is the version of the file in which what no API shows is kept.
const recordsFormat = "rehome.desktop/v1"

// records are what runs and people have seen of the Desktop sign-in: values that somebody has signed in with, and what was entered in the
// Quick console. No token is among them.
type records struct {
	path string // empty: kept in memory, for a rehearsal
	held recordsFile
}

type recordsFile struct {
	Format     string                            `json:"format"`
	Target     estate.Target                     `json:"target"`
	Proven     []estate.ExtensionAccess          `json:"proven"`         // newest last
	Registered map[string]estate.ExtensionAccess `json:"registered"`     // by name
	Quick      string                            `json:"quick,omitzero"` // name of the account that Registered is about
	Home       estate.Region                     `json:"identity_region,omitzero"`
}

func (a *App) recordsPath() string { return filepath.Join(a.StateDir, "desktop.json") }

// read gives what is kept for a target; what was seen on a twin counts for nothing on AWS, and the reverse.
func (r *records) read(target estate.Target) (recordsFile, error) {
	held := r.held
	if r.path != "" {
		if err := document.Read(r.path, &held); err != nil && !errors.Is(err, os.ErrNotExist) {
			return held, err
		}
	}
	if held.Target != target {
		held = recordsFile{Format: recordsFormat, Target: target}
	}
	held.Registered = maps.Clone(held.Registered)
	if held.Registered == nil {
		held.Registered = map[string]estate.ExtensionAccess{}
	}
	return held, nil
}

// change rewrites what is kept.
func (r *records) change(target estate.Target, edit func(*recordsFile)) error {
	held, err := r.read(target)
	if err != nil {
		return err
	}
	edit(&held)
	if r.path == "" {
		r.held = held
		return nil
	}
	return document.Write(r.path, held)
}

// proven is the newest card of a sign-in with exactly these values.
func (f recordsFile) proven(values estate.SignInValues) estate.Known[estate.ExtensionAccess] {
	for i := len(f.Proven) - 1; i >= 0; i-- {
		if f.Proven[i].Values == values {
			return estate.Of(f.Proven[i])
		}
	}
	return estate.Absent[estate.ExtensionAccess]()
}
