package app

import (
	"context"
	"fmt"
	"slices"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
)

// OperatorFormat is the version of the operator policies' JSON.
const OperatorFormat = "rehome.operator-policies/v1"

// OperatorPolicies are the IAM policies that whoever runs rehome needs, one for each account.
type OperatorPolicies struct {
	Format   string           `json:"format"`
	For      string           `json:"for"` // survey or plan
	Policies []OperatorPolicy `json:"policies"`
}

// OperatorPolicy is one account's.
type OperatorPolicy struct {
	Account  estate.AccountID `json:"account"`
	Document string           `json:"document"` // IAM policy, JSON text
}

// OperatorPolicies renders what rehome has to be allowed: to look only, or to do exactly what the plan for this spec does, looking and
// taking back included. The plan is made from the kept survey or a new look, or from a world.
func (a *App) OperatorPolicies(ctx context.Context, what, world string) (*OperatorPolicies, error) {
	kinds := []string{needs.KindSurvey}
	s, seen, err := a.rendered(ctx, what, world)
	if err != nil {
		return nil, err
	}
	switch what {
	case "survey":
	case "plan":
		p, err := a.build(s.Spec, seen, estate.DefaultTimes())
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, needs.KindUndo)
		for _, st := range p.Steps {
			if !slices.Contains(kinds, st.Kind) {
				kinds = append(kinds, st.Kind)
			}
		}
	default:
		return nil, &diag.Error{Code: "policy/operator", What: fmt.Sprintf("there is no operator policy for %q", what), Exit: diag.ExitUsage, Fix: []string{"--operator survey gives read-only policies", "--operator plan gives those that carry the plan out"}}
	}
	out := &OperatorPolicies{Format: OperatorFormat, For: what, Policies: []OperatorPolicy{}}
	for _, p := range needs.OperatorPolicies(s.Hands(), kinds...) {
		out.Policies = append(out.Policies, OperatorPolicy{Account: p.Account, Document: p.Document})
	}
	return out, nil
}

// rendered gives what the policies depend on. Read-only ones need nothing but the spec: whoever asks for them may not look yet.
func (a *App) rendered(ctx context.Context, what, world string) (check.Input, *estate.Survey, error) {
	if what == "survey" && world == "" {
		s, err := a.spec()
		return check.Input{Spec: s, Survey: &estate.Survey{}}, nil, err
	}
	s, seen, err := a.facts(ctx, world)
	return check.Input{Spec: s, Survey: seen}, seen, err
}
