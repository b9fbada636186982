package app

import (
	"context"
	"fmt"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

// sound is the findings gate: right before what destroys, everything is looked at and judged once more. What blocks now must be what a
// step that is still to come repairs; anything else means that the new account would not come to be, or not work.
func (m *move) sound(ctx context.Context, r plan.Run, st plan.Step) (engine.Evidence, error) {
	s, err := m.fresh(ctx)
	if err != nil {
		return engine.Evidence{}, err
	}
	findings := check.Run(check.Input{Spec: m.spec, Survey: s})
	repaired := m.repairs(r)
	judged := 0
	for _, f := range findings {
		judged++
		if f.Blocks() && !repaired[f.Key()] && !repaired[f.CausedBy] {
			return engine.Evidence{}, &diag.Error{Code: "gate/findings", What: f.Title, Where: f.Subject, Why: "this was found right before " + st.ID + ", and no step that is still to come mends it: " + f.Cause,
				Owner: f.Owner, Exit: diag.ExitBlocked, Fix: []string{f.Fix, "then look again: rehome resume; or make a new plan: rehome survey && rehome plan"}}
		}
	}
	if judged == 0 {
		return engine.Evidence{}, &diag.Error{Code: "gate/findings", What: "nothing could be judged", Where: st.ID, Exit: diag.ExitBlocked}
	}
	return evidence(fmt.Sprintf("%d findings, none blocks", judged), fmt.Sprint(judged, s.Taken)), nil
}

// repairs are the findings that steps which are not done yet mend. What is in the vault would still be destroyed: the vault gate looks whether
// it is saved.
func (m *move) repairs(r plan.Run) map[string]bool {
	out := map[string]bool{}
	for _, s := range m.plan.Steps {
		if r != nil && r.Output(s.ID) != nil && s.Kind != "export-assets" {
			continue
		}
		for _, key := range s.Repairs {
			out[key] = true
		}
	}
	return out
}
