package step

import (
	"context"
	"fmt"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// residency is the agreement that data about people may leave a Region (PATH-19). It calls nobody: the consent is the step.
type residency struct{ env Env }

func (residency) Name() string { return idResidency }

func (k residency) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	from, what := s.leaves()
	if from == "" {
		return nil, nil
	}
	target := in.Spec.TargetRegion
	return []plan.Step{{ID: idResidency, Kind: k.Name(), Account: s.account, Region: target, Phase: plan.Prepare, Actor: diag.ManagementAdmin,
		Title:  fmt.Sprintf("agree that %s may be kept in %s beside or instead of %s", what, target, from),
		Reason: "data about people crosses Regions; whether it may is decided by law and contracts, not by AWS",
		Calls:  []string{}, Effect: "none", Done: "the consent is in the journal", Undo: "nothing to undo; what was copied is deleted with what holds it",
		Risk: plan.OrganizationWide, RiskName: fmt.Sprintf("residency/%s/%s/%s", s.account, from, target), Gates: []plan.Gate{plan.GateConsent},
		Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{{Doc: "runbook, section 6.2: confirm data-residency rules before anything moves", Date: "2026-06-06"}}}}, nil
}

// leaves says from which Region data goes to the target, and which; empty when none does.
func (s situation) leaves() (from estate.Region, what string) {
	target, home := s.Spec.TargetRegion, s.home()
	switch moves := s.deletes && home != target; {
	case s.replicates && moves:
		return s.inst.PrimaryRegion, "users and groups, and all that Quick holds,"
	case s.replicates:
		return s.inst.PrimaryRegion, "users and groups"
	case moves:
		return home, "what Quick holds"
	}
	return "", ""
}

// Observe believes the journal: nothing in AWS shows what people have agreed on.
func (residency) Observe(_ context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	if r.Acted(s.ID) {
		return plan.Observation{State: plan.Done, Detail: "agreed: " + s.RiskName}, nil
	}
	return plan.Observation{State: plan.Todo, Detail: "nobody has agreed yet"}, nil
}

func (residency) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (residency) Patience() (time.Duration, time.Duration) { return shortly() }
