package step

import (
	"context"
	"strings"
	"time"

	"rehome/internal/plan"
)

// accountNames holds the names that may be tried, in order. It asks AWS nothing: no call tells whether a name is free.
type accountNames struct{ env Env }

type namesParams struct {
	Names []string `json:"names"`
	Old   string   `json:"old,omitzero"`
}

func (accountNames) Name() string { return idNames }

func (k accountNames) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.creates {
		return nil, nil
	}
	p, err := params(namesParams{Names: in.Spec.Quick.AccountNames, Old: s.quick.Name})
	names := strings.Join(in.Spec.Quick.AccountNames, ", ")
	return []plan.Step{{ID: idNames, Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Prepare, Params: p,
		Title:  "names for the new Quick account, in this order: " + names,
		Reason: "an account name is unique in all of AWS and can never be changed; whether a deleted account's name can be used again is not documented",
		Calls:  []string{}, Effect: "none", Done: "the list is part of the plan that people consent to", Undo: "nothing to undo",
		Risk: plan.Reads, Sources: quickSources()}}, err
}

func (accountNames) Observe(_ context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[namesParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	return plan.Observation{State: plan.Done, Detail: "names: " + strings.Join(p.Names, ", "), Output: plan.Output{"names": strings.Join(p.Names, ",")}}, nil
}

func (accountNames) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (accountNames) Patience() (time.Duration, time.Duration) { return shortly() }
