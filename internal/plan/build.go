package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
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

func (p *Plan) readFacts(e *estate.Estate) error {
	tree, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return err
	}
	for _, s := range p.Steps {
		for _, ptr := range s.Reads {
			if p.Facts[ptr], err = FactHash(tree, ptr); err != nil {
				return err
			}
		}
	}
	return nil
}

// FactHash is the hash of what an estate, given as JSON, has at a JSON pointer; "missing" when it has nothing there.
func FactHash(estateJSON []byte, pointer string) (string, error) {
	var v any
	if err := json.Unmarshal(estateJSON, &v); err != nil {
		return "", err
	}
	for token := range jsontext.Pointer(pointer).Tokens() {
		m, ok := v.(map[string]any)
		if !ok {
			return "missing", nil
		}
		if v, ok = m[token]; !ok {
			return "missing", nil
		}
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	return hash(b), nil
}

// NotSeen reports whether the estate does not know now what is at a JSON pointer, wholly or in part.
func NotSeen(now *estate.Estate, pointer string) (bool, error) {
	tree, err := json.Marshal(now, json.Deterministic(true))
	if err != nil {
		return false, err
	}
	var v any
	if err := json.Unmarshal(tree, &v); err != nil {
		return false, err
	}
	for token := range jsontext.Pointer(pointer).Tokens() {
		m, ok := v.(map[string]any)
		if !ok {
			return false, nil
		}
		if _, unseen := m["not_looked"]; unseen {
			return true, nil
		}
		v = m[token]
	}
	text, err := json.Marshal(v)
	return strings.Contains(string(text), `"not_looked":`), err
}

// Changed names the facts of the plan that differ in the estate now, but for those that the run itself wrote. The list is sorted.
func (p *Plan) Changed(now *estate.Estate, written []string) ([]string, error) {
	tree, err := json.Marshal(now, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	var out []string
	for ptr, want := range p.Facts {
		if slices.ContainsFunc(written, func(w string) bool { return ptr == w || strings.HasPrefix(ptr, w+"/") || strings.HasPrefix(w, ptr+"/") }) {
			continue
		}
		got, err := FactHash(tree, ptr)
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
