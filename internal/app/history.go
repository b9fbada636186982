package app

import (
	"context"
	"os"
	"time"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// StatusFormat is the version of a run's state.
const StatusFormat = "rehome.status/v1"

// Status is how far the run of the kept plan came, by its journal.
type Status struct {
	Format   string           `json:"format"`
	Plan     string           `json:"plan"`
	Run      string           `json:"run,omitzero"` // empty: not begun
	Target   estate.Target    `json:"target"`
	Callers  []string         `json:"callers,omitzero"`
	Finished bool             `json:"finished"`
	Torn     int              `json:"torn_bytes,omitzero"` // of a last record that a crash cut short
	Steps    []StepResult     `json:"steps"`
	Outage   int              `json:"outage_seconds"`
	Records  []engine.Record  `json:"records,omitzero"`
	Consents []engine.Consent `json:"consents,omitzero"`
	Findings []diag.Finding   `json:"findings,omitzero"` // that the plan was made from
	Attested []string         `json:"attested,omitzero"`
	Begun    time.Time        `json:"begun,omitzero"`
	plan     *plan.Plan
}

// Status reads plan and journal; it calls nobody.
func (a *App) Status() (*Status, error) {
	if _, err := os.Stat(a.PlanPath()); err != nil {
		return nil, &diag.Error{Code: "status/no-plan", What: "there is no plan and so no run", Where: a.PlanPath(), Exit: diag.ExitUsage, Fix: []string{"rehome plan"}, Err: err}
	}
	p, err := plan.Read(a.PlanPath())
	if err != nil {
		return nil, err
	}
	h, err := engine.ReadJournal(a.runDir(p.Fingerprint))
	if err != nil {
		return nil, err
	}
	if h.Binding.Plan != "" && h.Binding.Plan != p.Fingerprint {
		return nil, &diag.Error{Code: "status/other-plan", What: "the journal belongs to another plan", Where: a.runDir(p.Fingerprint), Exit: diag.ExitUsage}
	}
	given, err := engine.ReadConsents(a.runDir(p.Fingerprint))
	if err != nil {
		return nil, err
	}
	result := h.Result(p)
	s := &Status{Format: StatusFormat, Plan: p.Fingerprint, Run: h.Binding.Run, Target: p.Target, Callers: h.Binding.Callers, Finished: h.Ended, Torn: h.Torn,
		Steps: results(p, result), Records: h.Records, Consents: given, Findings: p.Findings, Attested: p.Attested, plan: p}
	if outage, ok := result.Between("delete-quick", "verify-quick"); ok {
		s.Outage = int(outage.Seconds())
	}
	if len(h.Records) > 0 {
		s.Begun = h.Records[0].Time
	}
	return s, nil
}

// Done records a person's word that a by-hand step is done. Steps that rehome can see for itself take nobody's word.
func (a *App) Done(_ context.Context, id, by string) error {
	s, err := a.Status()
	if err != nil {
		return err
	}
	st, ok := s.plan.Step(id)
	switch {
	case !ok:
		e := &diag.Error{Code: "done/unknown-step", What: "the plan has no step " + id, Exit: diag.ExitUsage}
		for _, st := range s.plan.Steps {
			if st.ByHand != nil {
				e.Fix = append(e.Fix, "by hand is: "+st.ID)
			}
		}
		if e.Fix == nil {
			e.Fix = []string{"this plan has no step that is done by hand"}
		}
		return e
	case st.ByHand == nil:
		return &diag.Error{Code: "done/not-by-hand", What: "the step " + id + " is not done by hand", Why: "rehome does it and looks itself whether it is done", Exit: diag.ExitUsage, Fix: []string{"rehome status", "rehome resume"}}
	}
	if s.Run == "" {
		return &diag.Error{Code: "done/no-run", What: "the run has not begun", Exit: diag.ExitUsage, Fix: []string{"rehome apply begins it"}}
	}
	release, err := a.lock()
	if err != nil {
		return err
	}
	defer release()
	dir := a.runDir(s.Plan)
	past, err := engine.ReadJournal(dir)
	if err != nil {
		return err
	}
	if !past.Reached(id) {
		return &diag.Error{Code: "done/not-yet", What: "the run has not come to the step " + id + " yet, so nothing can be said of it", Exit: diag.ExitUsage,
			Fix: []string{"rehome resume goes on, and says which step is a person's next", "rehome status"}}
	}
	j, err := engine.OpenJournal(engine.JournalConfig{Dir: dir, Binding: past.Binding, Now: a.Now})
	if err != nil {
		return err
	}
	defer j.Close()
	return engine.Hand(j, id, by)
}
