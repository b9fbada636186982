package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/diag"
	"rehome/internal/document"
)

// Build asks every kind for its steps, orders them, records the facts that they rest on and says which finding each repairs.
// The creation time is left to the caller.
func Build(in Input, kinds []Kind) (*Plan, error) {
	p := &Plan{Format: Format, Target: in.Survey.Target, Facts: map[string]string{}, Findings: slices.Clone(in.Findings), Steps: []Step{}}
	for _, k := range kinds {
		steps, err := k.Plan(in)
		if err != nil {
			return nil, err
		}
		p.Steps = append(p.Steps, steps...)
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		s.Seconds, s.Low, s.High = s.Predicted.Typical, s.Predicted.Low, s.Predicted.High
		if s.Predicted.Source.Doc != "" {
			s.TimeFrom = []diag.Source{s.Predicted.Source}
		}
	}
	var err error
	if p.Steps, err = Order(p.Steps); err != nil {
		return nil, err
	}
	if err := p.places(in); err != nil {
		return nil, err
	}
	p.repair()
	for _, a := range in.Spec.Attest {
		p.Attested = append(p.Attested, a.By+" on "+a.Date+" for "+string(a.Region)+": "+a.Statement+" ("+a.Reason+")")
	}
	if p.Spec, err = json.Marshal(in.Spec, json.Deterministic(true)); err != nil {
		return nil, err
	}
	if err := p.readFacts(&in.Survey.Estate); err != nil {
		return nil, err
	}
	p.Applyable = len(p.Blockers()) == 0
	p.Fingerprint, err = p.digest()
	return p, err
}

// repair writes each finding's repairing step into it. A step that repairs a root also repairs what the root causes.
func (p *Plan) repair() {
	by, roots := map[string]string{}, map[string]string{}
	for _, s := range p.Steps {
		for _, key := range s.Repairs {
			by[key] = s.ID
		}
	}
	for _, f := range p.Findings {
		roots[f.Key()] = f.CausedBy
	}
	for i := range p.Findings {
		f := &p.Findings[i]
		if !f.Open() {
			continue
		}
		key := f.Key()
		for range len(p.Findings) + 1 { // no chain of roots is longer
			if f.RepairedBy = by[key]; f.RepairedBy != "" || roots[key] == "" {
				break
			}
			key = roots[key]
		}
	}
}

// digest is the plan's identity: every field but the digest itself and when the plan was made.
func (p *Plan) digest() (string, error) {
	whole := *p
	whole.Fingerprint, whole.Created = "", time.Time{}
	b, err := document.Encode(&whole)
	if err != nil {
		return "", err
	}
	return hash(b), nil
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
