package plan

import (
	"rehome/internal/diag"
	"rehome/internal/document"
)

// Read reads a plan file and proves that nobody edited it.
func Read(path string) (*Plan, error) {
	var p Plan
	if err := document.Read(path, &p); err != nil {
		return nil, err
	}
	if p.Format != Format {
		return nil, &diag.Error{Code: "plan/format", What: "this is no plan that this rehome reads", Why: "format is " + p.Format + ", not " + Format, At: diag.Position{File: path}, Exit: diag.ExitUsage}
	}
	want, err := p.digest()
	if err != nil {
		return nil, err
	}
	if want != p.Fingerprint {
		return nil, &diag.Error{Code: "plan/edited", What: "the plan's content does not fit its fingerprint; somebody edited it or it is damaged", At: diag.Position{File: path}, Exit: diag.ExitUsage,
			Fix: []string{"make it again: rehome plan -o " + path}}
	}
	return &p, nil
}

// Write writes the plan file, whole or not at all.
func (p *Plan) Write(path string) error { return document.Write(path, p) }
