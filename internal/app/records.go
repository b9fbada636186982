package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// recordsFormat is the version of the file in which what no API shows is kept.
const recordsFormat = "rehome.desktop/v1"

// records are what runs and people have seen of the Desktop sign-in: values that somebody has signed in with, and what was entered in the
// Quick console. No token is among them.
type records struct {
	dir  string // empty: kept in memory, for a rehearsal
	held recordsFile
	now  func() time.Time
}

// proofLife is how long a sign-in proves its values: settings at the provider change.
const proofLife = 30 * 24 * time.Hour

type recordsFile struct {
	Format     string                            `json:"format"`
	Target     estate.Target                     `json:"target"`
	Proven     []estate.ExtensionAccess          `json:"proven"`         // newest last
	Registered map[string]estate.ExtensionAccess `json:"registered"`     // by name
	Quick      string                            `json:"quick,omitzero"` // name of the account that Registered is about
	Home       estate.Region                     `json:"identity_region,omitzero"`
	Sum        string                            `json:"sum"` // of everything else: damage and edits show, as in the journal
}

// sum is what Sum has to be.
func (f recordsFile) sum() (string, error) {
	f.Sum = ""
	text, err := json.Marshal(f, json.Deterministic(true))
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// path is the file of one side: what was seen on a twin counts for nothing on AWS, and must not take its place either.
func (r *records) path(target estate.Target) string {
	return filepath.Join(r.dir, "desktop-"+string(target)+".json")
}

// read gives what is kept for a target.
func (r *records) read(target estate.Target) (recordsFile, error) {
	held := r.held
	if r.dir != "" {
		err := document.Read(r.path(target), &held)
		if err == nil {
			err = r.whole(held, target)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
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

// whole refuses a file that somebody has edited: a gate rests on it.
func (r *records) whole(f recordsFile, target estate.Target) error {
	want, err := f.sum()
	if err != nil || f.Sum == want {
		return err
	}
	return &diag.Error{Code: "records/damaged", What: "what was kept of the Desktop sign-in cannot be trusted", At: diag.Position{File: r.path(target)}, Exit: diag.ExitUsage,
		Why: "its content does not fit its sum: it was edited or is damaged", Fix: []string{"move the file elsewhere; rehome signin proves the values again, and an entry that is in the Quick console goes into sign_in.registered of the spec"}}
}

// change rewrites what is kept.
func (r *records) change(target estate.Target, edit func(*recordsFile)) error {
	held, err := r.read(target)
	if err != nil {
		return err
	}
	edit(&held)
	if held.Sum, err = held.sum(); err != nil {
		return err
	}
	if r.dir == "" {
		r.held = held
		return nil
	}
	return document.Write(r.path(target), held)
}

// proven is the newest card of a sign-in with exactly these values, in which exactly this claim found the person, that is not too old.
func (r *records) proven(f recordsFile, values estate.SignInValues, claim string) estate.Known[estate.ExtensionAccess] {
	for i := len(f.Proven) - 1; i >= 0; i-- {
		day, err := time.Parse(time.DateOnly, f.Proven[i].Date)
		if f.Proven[i].Values == values && f.Proven[i].Claim == claim && err == nil && r.now().Sub(day) < proofLife {
			return estate.Of(f.Proven[i])
		}
	}
	return estate.Absent[estate.ExtensionAccess]()
}
