package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/document"
)

// VerifiedFormat is the version of the result of a verification.
const VerifiedFormat = "rehome.verified/v1"

// Verified says whether a set of evidence is what it was when it was made.
type Verified struct {
	Format      string       `json:"format"`
	Dir         string       `json:"dir"`
	Intact      bool         `json:"intact"`
	Seal        string       `json:"seal,omitzero"` // to be compared with the one that was written down
	Plan        string       `json:"plan,omitzero"`
	Files       []Inspected  `json:"files"`
	CrossChecks []CrossCheck `json:"proofs,omitzero"` // what the contents say of each other
}

// Inspected is one file of the set.
type Inspected struct {
	Name  string `json:"name"`
	State string `json:"state"` // intact, changed, missing, added
	Why   string `json:"why,omitzero"`
}

// CrossCheck is one thing that the contents prove, or do not.
type CrossCheck struct {
	What   string      `json:"what"`
	Status diag.Status `json:"status"`
	Why    string      `json:"why,omitzero"`
}

// VerifyEvidence checks a set offline. What changed is in the result; an error says that there is no set.
func (a *App) VerifyEvidence(dir string) (*Verified, error) {
	v := &Verified{Format: VerifiedFormat, Dir: dir, Files: []Inspected{}}
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, &diag.Error{Code: "evidence/no-manifest", What: "there is no evidence: manifest.json cannot be read", Where: dir, Err: err, Exit: diag.ExitUsage, Fix: []string{"name the directory that rehome report --evidence has made"}}
	}
	m, why := readManifest(text)
	if why != "" {
		v.Files = append(v.Files, Inspected{manifestName, "changed", why + "; so nothing can be said of the other files"})
		return v, nil
	}
	v.Seal, v.Plan = m.Seal, m.Plan
	if err := v.inspect(m); err != nil {
		return nil, err
	}
	v.Intact = !slices.ContainsFunc(v.Files, func(f Inspected) bool { return f.State != "intact" })
	if v.Intact {
		a.prove(v, m)
		v.Intact = !slices.ContainsFunc(v.CrossChecks, func(p CrossCheck) bool { return p.Status == diag.Fail })
	}
	return v, nil
}

// readManifest reads a manifest that is as it was written, to the byte.
func readManifest(text []byte) (m Manifest, why string) {
	if err := document.Decode(manifestName, text, &m); err != nil {
		return m, "it cannot be read"
	}
	seal, err := m.sealed()
	again, err2 := document.Encode(&m)
	switch {
	case err != nil || err2 != nil || m.Format != EvidenceFormat:
		return m, "it is no manifest that this rehome reads"
	case seal != m.Seal || !bytes.Equal(again, text):
		return m, "it does not fit its seal"
	case m.unchained() != "":
		return m, "its entry " + m.unchained() + " does not follow the one before it"
	}
	return m, ""
}

// inspect compares every file with its entry, and names those that have none.
func (v *Verified) inspect(m Manifest) error {
	listed := map[string]bool{manifestName: true}
	v.Files = append(v.Files, Inspected{Name: manifestName, State: "intact"})
	for _, e := range m.Files {
		listed[e.Name] = true
		f := Inspected{Name: e.Name, State: "intact"}
		text, err := os.ReadFile(filepath.Join(v.Dir, filepath.Base(e.Name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.State, f.Why = "missing", "the manifest lists it"
		case err != nil:
			return diag.From("reading "+e.Name, err)
		case hexSum(text) != e.SHA256:
			f.State, f.Why = "changed", fmt.Sprintf("its SHA-256 is %s, the manifest says %s", hexSum(text), e.SHA256)
		}
		v.Files = append(v.Files, f)
	}
	there, err := os.ReadDir(v.Dir)
	if err != nil {
		return diag.From("reading "+v.Dir, err)
	}
	for _, f := range there {
		if !listed[f.Name()] {
			v.Files = append(v.Files, Inspected{f.Name(), "added", "the manifest does not list it"})
		}
	}
	return nil
}
