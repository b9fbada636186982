package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/engine"
	"rehome/internal/estate"
)

// The versions of files in a set of evidence.
const (
	CallsFormat   = "rehome.calls/v1"
	ResultsFormat = "rehome.results/v1"
)

// EvidenceRequest says where a set of evidence goes. Every field is required.
type EvidenceRequest struct {
	Dir    string                         // empty, or not there yet
	Random io.Reader                      // for the salt of the pseudonyms, which is written nowhere
	Page   func(io.Writer, *Report) error // renders the report
}

// Calls are all calls of a run.
type Calls struct {
	Format string `json:"format"`
	Plan   string `json:"plan"`
	Run    string `json:"run,omitzero"`
	Calls  []Made `json:"calls"`
}

// Results are what came of each step, and what is open afterwards.
type Results struct {
	Format   string       `json:"format"`
	Plan     string       `json:"plan"`
	Run      string       `json:"run,omitzero"`
	Finished bool         `json:"finished"`
	Outage   int          `json:"outage_seconds"`
	Steps    []StepResult `json:"steps"`
	After    Scene        `json:"after"`
	Left     []string     `json:"left,omitzero"` // keys of the findings that are open; none when nobody has looked
}

// saltSize is the size of the pseudonyms' salt, in bytes.
const saltSize = 32

// Evidence writes what the state directory knows of the kept plan and its run as a set of files that can be read and checked without
// rehome's state, and without a network. People who are only in the directory get pseudonyms; whoever acted is named.
func (a *App) Evidence(ctx context.Context, req EvidenceRequest) (*Manifest, error) {
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	if err := vacant(req.Dir); err != nil {
		return nil, err
	}
	all, err := a.gather(ctx)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(req.Random, salt); err != nil {
		return nil, diag.From("drawing the salt of the pseudonyms", err)
	}
	r := all.report
	set := &evidenceSet{dir: req.Dir, redact: newRedactor(salt, acting(all), all.before, all.after),
		manifest: Manifest{Format: EvidenceFormat, Made: r.Made, Version: a.Version, Target: r.Plan.Target, Plan: r.Plan.Fingerprint, Run: r.Run.Run, JournalHead: r.Journal.Head, Records: r.Journal.Records}}
	if err := a.fill(set, all, req); err != nil {
		return nil, err
	}
	return set.seal()
}

// fill writes the files in the order in which they came to be.
func (a *App) fill(set *evidenceSet, all *gathered, req EvidenceRequest) error {
	r := all.report
	set.text("README.txt", "how to read and check this set", []byte(readme))
	if all.before != nil {
		put(set, "survey.json", "the survey that the plan was made from", all.before)
	}
	put(set, "plan.json", "the plan", r.Plan)
	if r.Rehearsal != nil {
		put(set, "rehearsal.json", "the walk of the plan on a twin", r.Rehearsal)
	}
	for _, f := range []struct{ name, what string }{{consentsName, "the consents, as they were given"}, {journalName, "the journal, as it was written"}} {
		text, err := os.ReadFile(filepath.Join(a.runDir(r.Plan.Fingerprint), f.name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return diag.From("reading "+f.name, err)
		}
		set.text(f.name, f.what, text)
	}
	put(set, "calls.json", "every call of the run, out of the journal", &Calls{CallsFormat, r.Plan.Fingerprint, r.Run.Run, made(r.Run.Records)})
	put(set, "results.json", "what came of each step", resultsOf(r))
	if all.after != nil && r.After.Basis == Surveyed {
		put(set, "survey-after.json", "a survey after the run", all.after)
	}
	page, places, err := redacted(set.redact, r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := req.Page(&b, page); err != nil {
		return err
	}
	set.add("report.html", "the report, to read in a browser", b.Bytes(), places)
	return set.err
}

func resultsOf(r *Report) *Results {
	out := &Results{Format: ResultsFormat, Plan: r.Plan.Fingerprint, Run: r.Run.Run, Finished: r.Run.Finished, Outage: r.Run.Outage, Steps: r.Run.Steps, After: r.After}
	for _, f := range r.Left {
		if f.Open() {
			out.Left = append(out.Left, f.Key())
		}
	}
	return out
}

func made(records []engine.Record) []Made {
	out := []Made{}
	for _, r := range records {
		if r.Type == engine.TypeCall && r.Call != nil {
			out = append(out, Made{N: r.N, Time: r.Time, Step: r.Step, Call: *r.Call})
		}
	}
	return out
}

// acting are the ARNs of everybody who surveyed, consented or ran; they stay readable.
func acting(all *gathered) []string {
	var out []string
	for _, s := range []*estate.Survey{all.before, all.after} {
		if s != nil {
			for _, arn := range s.Callers {
				out = append(out, arn)
			}
		}
	}
	for _, c := range all.report.Run.Consents {
		out = append(out, c.CallerARN)
	}
	for _, rec := range all.report.Run.Records {
		if rec.Binding != nil {
			out = append(out, rec.Binding.Callers...)
		}
	}
	return out
}

// vacant refuses a directory that holds anything: evidence is never mixed with what was there.
func vacant(dir string) error {
	there, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &diag.Error{Code: "evidence/unreadable", What: "this is no directory that can be used", Where: dir, Why: err.Error(), Err: err, Exit: diag.ExitUsage}
	}
	if len(there) > 0 {
		return &diag.Error{Code: "evidence/not-empty", What: "the directory is not empty", Where: dir, Why: "evidence is not mixed with what was there", Exit: diag.ExitUsage,
			Fix: []string{"name an empty directory, or one that is not there yet"}}
	}
	return nil
}

// evidenceSet is a set in the making. After its first error it takes nothing more.
type evidenceSet struct {
	dir      string
	redact   *redactor
	manifest Manifest
	err      error
}

// put writes a document without the people in it.
func put[T any](s *evidenceSet, name, what string, v *T) {
	if s.err != nil {
		return
	}
	out, places, err := redacted(s.redact, v)
	if err != nil {
		s.err = err
		return
	}
	text, err := document.Encode(out)
	if err != nil {
		s.err = diag.From("encoding "+name, err)
		return
	}
	s.add(name, what, text, places)
}

func (s *evidenceSet) text(name, what string, text []byte) { s.add(name, what, text, nil) }

func (s *evidenceSet) add(name, what string, text []byte, places []Redaction) {
	if s.err != nil {
		return
	}
	if s.err = document.WriteBytes(filepath.Join(s.dir, name), text); s.err == nil {
		s.manifest.add(ManifestEntry{Name: name, What: what, Size: len(text), SHA256: hexSum(text), Redacted: places})
	}
}

func (s *evidenceSet) seal() (*Manifest, error) {
	text, err := s.manifest.close()
	if err != nil {
		return nil, err
	}
	return &s.manifest, document.WriteBytes(filepath.Join(s.dir, manifestName), text)
}
