package app

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/knowledge"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/step"
)

// ExplainFormat is the version of an explanation.
const ExplainFormat = "rehome.explain/v1"

// MaxText bounds how much of a pasted error is looked at, in bytes.
const MaxText = knowledge.MaxText

// Explanation is what the catalogue says of a text, and what the surveyed estate says of that.
type Explanation struct {
	Format  string      `json:"format"`
	Matches []Explained `json:"matches"`
}

// Explained is one entry that fits.
type Explained struct {
	ID     string        `json:"id"`
	Title  string        `json:"title"`
	Cause  string        `json:"cause"`
	Fix    string        `json:"fix"`
	Owner  diag.Owner    `json:"owner"`
	Source []diag.Source `json:"source"`
	// Confidence is possible when there is no survey, confirmed when a finding fails for this cause, excluded now when all pass.
	Confidence string            `json:"confidence"`
	Evidence   []diag.Finding    `json:"evidence,omitzero"` // the findings that decide
	Step       string            `json:"step,omitzero"`     // of the plan, that mends it
	Values     map[string]string `json:"values,omitzero"`   // what the text itself says
}

// Explain explains an error text. A world or survey, or else the kept survey when there is one, ties the answer to what is there.
func (a *App) Explain(ctx context.Context, text, world string) (*Explanation, error) {
	out := &Explanation{Format: ExplainFormat, Matches: []Explained{}}
	matches := knowledge.Explain(text)
	if len(matches) == 0 {
		return out, nil
	}
	findings, err := a.findings(ctx, world)
	if err != nil {
		return nil, err
	}
	for _, m := range matches {
		e := Explained{ID: m.ID, Title: m.Title, Cause: m.Cause, Fix: m.Fix, Owner: m.Owner, Source: m.Source, Confidence: "possible", Values: m.Values}
		e.weigh(m.Entry, findings)
		out.Matches = append(out.Matches, e)
	}
	slices.SortStableFunc(out.Matches, func(a, b Explained) int { return cmp.Compare(certainty[a.Confidence], certainty[b.Confidence]) })
	return out, nil
}

// certainty ranks answers: what the estate confirms comes first, what it excludes last.
var certainty = map[string]int{"confirmed": 0, "possible": 1, "excluded now": 2}

// weigh holds the entry's cause against the findings.
func (e *Explained) weigh(entry knowledge.Entry, findings []diag.Finding) {
	seen, unknown := false, false
	for _, f := range findings {
		for _, c := range entry.Findings {
			if f.Code != c.Code || !strings.Contains(f.Subject, c.Subject) {
				continue
			}
			if !c.Part { // what passes of a part of the cause excludes nothing
				seen = true
				unknown = unknown || f.Status == diag.Unknown
			}
			if f.Status == diag.Fail {
				e.Evidence = append(e.Evidence, f)
				if e.Step == "" {
					e.Step = f.RepairedBy
				}
			}
		}
	}
	switch {
	case len(e.Evidence) > 0:
		e.Confidence = "confirmed"
		e.Cause = e.Evidence[0].Title + ": " + e.Evidence[0].Cause
	case seen && !unknown:
		e.Confidence = "excluded now"
	}
}

// findings are those of a world, or of the kept survey; none when there is neither.
func (a *App) findings(ctx context.Context, world string) ([]diag.Finding, error) {
	if world != "" {
		d, err := a.Doctor(ctx, world)
		if err != nil {
			return nil, err
		}
		return d.Findings, nil
	}
	if _, err := os.Stat(a.surveyPath()); err != nil {
		return nil, nil
	}
	if _, err := os.Stat(a.SpecPath); err != nil {
		return nil, nil // the text alone is explained
	}
	s, err := a.spec()
	if err != nil {
		return nil, err
	}
	return kept(a.surveyPath(), s)
}

func kept(path string, s *spec.Spec) ([]diag.Finding, error) {
	var seen estate.Survey
	if err := document.Read(path, &seen); err != nil {
		return nil, err
	}
	in := check.Input{Spec: s, Survey: &seen}
	p, err := plan.Build(plan.Input{Spec: s, Survey: &seen, Findings: check.Run(in), Times: estate.DefaultTimes()}, step.Kinds(step.Env{}))
	if err != nil {
		return nil, err
	}
	return p.Findings, nil
}
