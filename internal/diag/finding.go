package diag

import (
	"cmp"
	"slices"
)

// Source is where a fact or rule comes from. Inferred marks engineering judgement that no document states.
type Source struct {
	Doc      string `json:"doc"`               // page, model or fact sheet section
	Date     string `json:"date,omitzero"`     // when it was last checked, YYYY-MM-DD
	Inferred bool   `json:"inferred,omitzero"` // not stated by any source
	// Generation tells which of AWS's texts is meant where AWS has changed its text, such as "October 2025"; empty: there is one.
	Generation string `json:"generation,omitzero"`
}

// String renders the source as one line for people.
func (s Source) String() string {
	out := s.Doc
	if s.Generation != "" {
		out += " [AWS's text of " + s.Generation + "]"
	}
	if s.Inferred {
		out += " (INFERRED)"
	}
	if s.Date != "" {
		out += ", checked " + s.Date
	}
	return out
}

// Evidence is one observed fact that a finding rests on: a path in the survey and what was seen there.
type Evidence struct {
	Path string `json:"path"`
	Seen string `json:"seen"`
}

// Finding is what one check found about one subject.
type Finding struct {
	Code     string     `json:"code"`   // the catalogue's row id, such as KMS-05
	Status   Status     `json:"status"` // zero: unknown
	Severity Severity   `json:"severity"`
	Subject  string     `json:"subject"` // the resource, such as key/us-east-1/mrk-…
	Title    string     `json:"title"`   // what is, in one line
	Cause    string     `json:"cause,omitzero"`
	Fix      string     `json:"fix,omitzero"` // the exact command, statement or click path
	Owner    Owner      `json:"owner"`
	Evidence []Evidence `json:"evidence,omitzero"`
	Source   []Source   `json:"source,omitzero"`
	// RepairedBy is the id of the plan step that mends it; empty when no step does.
	RepairedBy string `json:"repaired_by,omitzero"`
	// CausedBy is the code/subject of the root finding; a finding with a root is silenced in human reports.
	CausedBy string `json:"caused_by,omitzero"`
}

// Key identifies a finding across runs: code and subject.
func (f Finding) Key() string { return f.Code + " " + f.Subject }

// Open reports whether the finding still asks for something: it failed or could not be judged.
func (f Finding) Open() bool { return f.Status != Pass }

// Blocks reports whether the finding must stop a run unless a step repairs it.
func (f Finding) Blocks() bool { return f.Open() && f.Severity == Block }

// Sort orders findings for people: open before passed, severity, code, subject.
func Sort(fs []Finding) {
	slices.SortFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Subject, b.Subject),
		)
	})
}

func rank(f Finding) int {
	return [...]int{Unknown: 1, Pass: 2, Fail: 0}[f.Status]
}
