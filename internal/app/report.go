package app

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// ReportFormat is the version of a report.
const ReportFormat = "rehome.report/v1"

// Report tells a whole move: what there was, what was found and planned, who consented, what was done, what there is now. It is made
// of what the state directory keeps; nobody is called. The names are a contract.
type Report struct {
	Format    string         `json:"format"`
	Made      time.Time      `json:"made"`
	Version   string         `json:"version"` // of rehome
	Goal      spec.Goal      `json:"goal"`
	Quick     string         `json:"quick,omitzero"` // the Quick account's name at the start; empty: none, or not known
	From      estate.Region  `json:"from,omitzero"`  // its identity Region at the start; empty: not known
	To        estate.Region  `json:"to"`
	Plan      *plan.Plan     `json:"plan"`
	Run       *Status        `json:"run"` // without what the plan says already
	Journal   Journal        `json:"journal"`
	Rehearsal *Rehearsal     `json:"rehearsal,omitzero"` // nil: this plan has none
	Before    Scene          `json:"before"`
	After     Scene          `json:"after"`
	Unseen    []estate.Look  `json:"unseen"`        // calls of the survey that were refused
	Left      []diag.Finding `json:"left,omitzero"` // every finding of the estate after; nil: nobody knows it
}

// Journal sums up what was written down while the run went on.
type Journal struct {
	Records  int     `json:"records"`
	Head     string  `json:"head,omitzero"` // hex SHA-256 of the last line; it stands for all lines before it
	Calls    int     `json:"calls"`
	Changing []Made  `json:"changing"` // calls that can change something, in order
	Refused  []Made  `json:"refused"`  // looks that AWS refused, in order
	Looked   []Tally `json:"looked"`   // looks that were answered, summed up
}

// Made is one call that the run made.
type Made struct {
	N    int       `json:"n"` // of the journal's record
	Time time.Time `json:"time"`
	Step string    `json:"step,omitzero"`
	engine.Call
}

// Tally counts equal looks of one step.
type Tally struct {
	Step      string `json:"step,omitzero"`
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Region    string `json:"region"`
	Count     int    `json:"count"`
}

// Report gathers the report of the kept plan. The estate after the run is a later survey's when there is one, else what a walk of
// the plan on a twin of the survey leads to, and says which.
func (a *App) Report(ctx context.Context) (*Report, error) {
	all, err := a.gather(ctx)
	if err != nil {
		return nil, err
	}
	return all.report, nil
}

// gathered is a report with the surveys that it was made from.
type gathered struct {
	report        *Report
	before, after *estate.Survey // nil: not known
}

func (a *App) gather(ctx context.Context) (*gathered, error) {
	run, err := a.Status()
	if err != nil {
		return nil, err
	}
	p := run.plan
	wants, err := spec.Decode("the plan's spec.json", p.Spec)
	if err != nil {
		return nil, err
	}
	r := &Report{Format: ReportFormat, Made: a.Now().UTC(), Version: a.Version, Goal: wants.Goal, To: wants.TargetRegion, Plan: p, Run: run, Unseen: []estate.Look{}}
	r.Journal = tally(run.Records)
	if r.Journal.Head, err = journalHead(a.runDir(p.Fingerprint), len(run.Records)); err != nil {
		return nil, err
	}
	if r.Rehearsal, err = a.keptRehearsal(p.Fingerprint); err != nil {
		return nil, err
	}
	w, err := a.witnesses(ctx, run, wants)
	if err != nil {
		return nil, err
	}
	w.show(r, wants)
	run.Findings, run.Attested = nil, nil
	return &gathered{report: r, before: w.before, after: w.after}, nil
}

// keptRehearsal reads the rehearsal of a plan; nil when there is none.
func (a *App) keptRehearsal(fingerprint string) (*Rehearsal, error) {
	path := a.rehearsalPath(fingerprint)
	if _, err := os.Stat(path); err != nil {
		return nil, nil
	}
	var r Rehearsal
	if err := document.Read(path, &r); err != nil {
		return nil, err
	}
	if r.Plan != fingerprint {
		return nil, &diag.Error{Code: "report/other-rehearsal", What: "the rehearsal belongs to another plan", Where: path, Exit: diag.ExitUsage, Fix: []string{"rehome rehearse " + a.PlanPath()}}
	}
	return &r, nil
}

// looking are the verbs of operations that only look; whatever is not listed counts as changing. The door to AWS counts the same way.
var looking = []string{"Assume", "Describe", "Get", "List", "Simulate"}

func looks(operation string) bool {
	return slices.ContainsFunc(looking, func(verb string) bool { return strings.HasPrefix(operation, verb) })
}

func tally(records []engine.Record) Journal {
	j := Journal{Records: len(records), Changing: []Made{}, Refused: []Made{}, Looked: []Tally{}}
	counts := map[Tally]int{}
	for _, r := range records {
		if r.Type != engine.TypeCall || r.Call == nil {
			continue
		}
		j.Calls++
		made := Made{N: r.N, Time: r.Time, Step: r.Step, Call: *r.Call}
		switch {
		case !looks(r.Call.Operation):
			j.Changing = append(j.Changing, made)
		case r.Call.Error != "":
			j.Refused = append(j.Refused, made)
		default:
			counts[Tally{Step: r.Step, Service: r.Call.Service, Operation: r.Call.Operation, Region: r.Call.Region}]++
		}
	}
	for t, n := range counts {
		t.Count = n
		j.Looked = append(j.Looked, t)
	}
	slices.SortFunc(j.Looked, func(x, y Tally) int {
		return cmp.Or(cmp.Compare(x.Step, y.Step), cmp.Compare(x.Service, y.Service), cmp.Compare(x.Operation, y.Operation), cmp.Compare(x.Region, y.Region))
	})
	return j
}
