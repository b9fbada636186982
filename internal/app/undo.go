package app

import (
	"context"

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
	m, err := a.prepare(ctx, req)
	if err != nil {
		return nil, err
	}
	past, err := engine.ReadJournal(m.dir)
	if err != nil {
		return nil, err
	}
	if past.Binding.Run == "" {
		return nil, &diag.Error{Code: "undo/no-run", What: "there is no run to take back", Where: m.dir, Exit: diag.ExitUsage, Fix: []string{"rehome status"}}
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
	return &Applied{Format: UndoFormat, Plan: m.plan.Fingerprint, Run: journal.ID(), Facing: facing, Finished: err == nil, Steps: results(m.plan, result), Mutating: m.mutated}, err
}

// undoConsents collects what a person has to say before an organization-wide step is taken back.
func (m *move) undoConsents(ctx context.Context, req ApplyRequest, past *engine.History) error {
	var risks []plan.Step
	for _, s := range engine.Undoable(m.plan, past, kindsByName(step.Env{Cloud: m.cloud})) {
		if s.Risk.NeedsConsent() {
			s.RiskName = engine.UndoRisk(s)
			risks = append(risks, s)
		}
	}
	return m.consentsTo(ctx, risks, req.Accept)
}
