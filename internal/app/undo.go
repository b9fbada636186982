package app

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
	"rehome/internal/step"
)

// UndoFormat is the version of an undo's result.
const UndoFormat = "rehome.undo/v1"

// Undo takes the run of a plan back, as far as that can be. Run again, it goes on.
func (a *App) Undo(ctx context.Context, req ApplyRequest) (*Applied, error) {
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	m, err := a.prepareFrom(ctx, req, ownSpec)
	if err != nil {
		return nil, err
	}
	past, err := engine.ReadJournal(m.dir)
	if err != nil {
		return nil, err
	}
	if past.Binding.Run == "" {
		return nil, &diag.Error{Code: "undo/no-run", What: "this plan has no run to take back", Where: m.dir, Exit: diag.ExitUsage, Fix: a.otherRuns()}
	}
	facing, err := m.facing(ctx)
	if err != nil {
		return nil, err
	}
	m.consent = engine.ConsentGate{Dir: m.dir, Plan: m.plan, Approvals: m.spec.Approvals, Now: a.Now, Caller: m.caller}.Check
	if err := m.undoConsents(ctx, req, past); err != nil {
		return nil, err
	}
	journal, err := m.journal(ctx)
	if err != nil {
		return nil, err
	}
	defer journal.Close()
	m.listen(journal)
	defer m.listen(nil)
	result, err := engine.Undo(ctx, m.config(journal, ""))
	err = sayPlan(err, req.PlanPath)
	return &Applied{Format: UndoFormat, Plan: m.plan.Fingerprint, Run: journal.ID(), Facing: facing, Finished: err == nil, Steps: results(m.plan, result), Mutating: m.mutated}, err
}

// otherRuns names the plans of runs in the state directory, so that one can be taken back that is not the kept plan's.
func (a *App) otherRuns() []string {
	out := []string{"rehome status tells how far the kept plan's run came"}
	for path, h := range a.runs() {
		out = append(out, "run "+h.Binding.Run+": rehome undo "+path)
	}
	slices.Sort(out[1:])
	return out
}

// runs are the begun runs of the state directory, by the path of their plan.
func (a *App) runs() map[string]*engine.History {
	found, _ := filepath.Glob(filepath.Join(a.StateDir, "runs", "*", "plan.json")) // the pattern is well formed
	out := map[string]*engine.History{}
	for _, path := range found {
		if h, err := engine.ReadJournal(filepath.Dir(path)); err == nil && h.Binding.Run != "" {
			out[path] = h
		}
	}
	return out
}

// remind tells of runs that were left unfinished, but for the one of a fingerprint: what they did is still there.
func (a *App) remind(fingerprint string) {
	runs := a.runs()
	for _, path := range slices.Sorted(maps.Keys(runs)) {
		if h := runs[path]; !h.Ended && h.Binding.Plan != fingerprint && h.Acted() {
			a.saying("run " + h.Binding.Run + " of another plan is unfinished; go on with it: rehome apply " + path + "; or take it back: rehome undo " + path)
		}
	}
}

// sayPlan puts the plan's path into the commands of an error, where one was given.
func sayPlan(err error, path string) error {
	var e *diag.Error
	if path == "" || !errors.As(err, &e) {
		return err
	}
	said := *e
	said.Fix = nil
	for _, f := range e.Fix {
		said.Fix = append(said.Fix, strings.Replace(f, "rehome undo", "rehome undo "+path, 1))
	}
	return &said
}

// undoConsents collects what a person has to say before an organization-wide step is taken back.
func (m *move) undoConsents(ctx context.Context, req ApplyRequest, past *engine.History) error {
	var risks []plan.Step
	for _, s := range engine.Undoable(m.plan, past, kindsByName(step.Env{Cloud: m.cloud, SignIn: m.desk})) {
		if engine.UndoNeedsConsent(s) {
			s.RiskName = engine.UndoRisk(s)
			risks = append(risks, s)
		}
	}
	return m.consentsTo(ctx, risks, req.Accept)
}
