package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// journalName is the engine's file in a run's directory.
const journalName = "journal.jsonl"

// Basis says where the knowledge of a scene comes from.
type Basis string

// The bases.
const (
	Surveyed Basis = "survey"  // somebody looked
	Planned  Basis = "planned" // the plan was walked on a twin of the survey
	Unknown  Basis = "unknown"
)

// witnesses are the surveys that a report rests on.
type witnesses struct {
	run           *Status
	before, after *estate.Survey
	basis         Basis  // of after
	noBefore      string // why there is no before
	noAfter       string // why there is no after
}

// keptSurvey is where the survey that a plan was made from stays with its run, as the kept one is replaced by each new look.
func (a *App) keptSurvey(fingerprint string) string {
	return filepath.Join(a.runDir(fingerprint), "survey.json")
}

// keepSurvey keeps the survey that the plan was made from with the plan's run, once.
func (a *App) keepSurvey(p *plan.Plan) error {
	if _, err := os.Stat(a.keptSurvey(p.Fingerprint)); err == nil {
		return nil
	}
	s, err := readSurvey(a.surveyPath())
	if s == nil || err != nil {
		return err
	}
	if changed, err := p.Changed(&s.Estate, nil); err != nil || len(changed) > 0 {
		return err
	}
	return document.Write(a.keptSurvey(p.Fingerprint), s)
}

// readSurvey reads a survey; nil when the file is not there.
func readSurvey(path string) (*estate.Survey, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var s estate.Survey
	return &s, document.Read(path, &s)
}

// witnesses finds the estate before the run and after it. What is neither kept nor can be told from what is kept stays unknown.
func (a *App) witnesses(ctx context.Context, run *Status, wants *spec.Spec) (*witnesses, error) {
	w := &witnesses{run: run, basis: Unknown}
	latest, err := readSurvey(a.surveyPath())
	if err != nil {
		return nil, err
	}
	if w.before, err = readSurvey(a.keptSurvey(run.Plan)); err != nil {
		return nil, err
	}
	if latest != nil {
		changed, err := run.plan.Changed(&latest.Estate, nil)
		if err != nil {
			return nil, err
		}
		switch {
		case run.Finished && w.follows(latest, len(changed) == 0):
			w.after, w.basis = latest, Surveyed
		case w.before == nil && len(changed) == 0:
			w.before = latest
		}
	}
	if w.before == nil {
		w.noBefore = "the survey that the plan was made from is not kept any more"
	}
	if w.after == nil {
		return w, a.foresee(ctx, w, wants)
	}
	return w, nil
}

// follows reports whether a survey was taken after the run. On a twin's clock both may bear the same time.
func (w *witnesses) follows(s *estate.Survey, fits bool) bool {
	end := w.run.Records[len(w.run.Records)-1].Time
	return !s.Taken.Before(end) && (!fits || s.Taken.After(w.run.Begun))
}

// foresee walks the plan on a twin of the survey before and looks at what that leads to.
func (a *App) foresee(ctx context.Context, w *witnesses, wants *spec.Spec) error {
	switch {
	case w.before == nil:
		w.noAfter = "nobody has looked since, and without the survey before nothing can be foreseen"
		return nil
	case !w.run.plan.Applyable:
		w.noAfter = "the plan cannot be carried out as it is"
		return nil
	}
	quiet := *a
	quiet.Observer = nil
	world := ofSurvey("survey", w.before)
	world.Wants = wants
	if err := quiet.furnish(ctx, world); err != nil {
		return err
	}
	ses, stop, err := quiet.onTwin(ctx, world)
	if err != nil {
		return err
	}
	defer stop()
	m := &move{session: ses, plan: w.run.plan}
	r := &Rehearsal{Format: RehearsalFormat, World: world.Name, Outcome: Blocked}
	if err := m.rehearse(ctx, r); err != nil {
		return err
	}
	if r.Outcome != Ready {
		w.noAfter = "a walk of the plan on a twin ended " + string(r.Outcome) + ": " + r.Why
		return nil
	}
	if w.after, err = ses.surveyQuietly(ctx); err == nil {
		w.basis = Planned
	}
	return err
}

// show draws both scenes over the same Regions, and says what is open afterwards.
func (w *witnesses) show(r *Report, wants *spec.Spec) {
	r.Before, r.After = Scene{Basis: Unknown, Why: w.noBefore}, Scene{Basis: Unknown, Why: w.noAfter}
	places := regionsOf(wants, w.before, w.after)
	if w.before != nil {
		r.Before = artist{wants: wants, estate: w.before.Estate, findings: r.Plan.Findings}.draw(Surveyed, w.before.Taken, places)
		r.Unseen = refused(w.before.Looks)
		if q, ok := w.before.Estate.Accounts[wants.Quick.Account].Quick.Get(); ok {
			r.Quick, r.From = q.Name, q.IdentityRegion.Or("")
		}
	}
	if w.after != nil {
		r.Left = check.Run(check.Input{Spec: wants, Survey: w.after})
		a, taken := artist{wants: wants, estate: w.after.Estate, findings: r.Left}, w.after.Taken
		if w.basis == Planned { // the twin's names and time mean nothing
			a.invented, taken = invented(w.before.Estate, w.after.Estate), time.Time{}
		}
		r.After = a.draw(w.basis, taken, places)
	}
}

// invented is the key that is in use afterwards and was not there before; empty: it was.
func invented(before, after estate.Estate) estate.KeyID {
	id, _ := encryptedWith(after)
	for _, account := range before.Accounts {
		if _, ok := account.Keys[id]; ok {
			return ""
		}
	}
	return id
}

func refused(all []estate.Look) []estate.Look {
	out := []estate.Look{}
	for _, l := range all {
		if l.Error != "" {
			out = append(out, l)
		}
	}
	return out
}

// journalHead is the hash of the last of the journal's whole lines, which are as many as there are records.
func journalHead(dir string, records int) (string, error) {
	if records == 0 {
		return "", nil
	}
	text, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		return "", diag.From("reading the journal", err)
	}
	return hexSum(bytes.Split(text, []byte("\n"))[records-1]), nil
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
