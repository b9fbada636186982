package step

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// roleMemberships gives each role its groups. The sign-up takes them too; what it did not take is added here, one by one.
type roleMemberships struct{ env Env }

type rolesParams struct {
	Groups map[estate.QuickRole][]string `json:"groups"`
}

func (roleMemberships) Name() string { return idRoles }

func (k roleMemberships) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.creates || s.federated() { // people of another method come with their own sign-in
		return nil, nil
	}
	groups := s.input().WantedGroups().Or(nil)
	p, err := params(rolesParams{Groups: groups})
	count := 0
	for _, g := range groups {
		count += len(g)
	}
	return []plan.Step{{ID: idRoles, Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Cutover, Actor: diag.QuickAdmin, Params: p,
		Title:  fmt.Sprintf("give Quick's roles their %d groups", count),
		Reason: "in an Identity Center account people get in by the groups of a role, and by nothing else",
		Calls:  []string{"quicksight:ListRoleMemberships", "quicksight:CreateRoleMembership"}, Effect: "the members of these groups are users of Quick",
		Done: "ListRoleMemberships shows every wanted group under its role", Undo: "take the group out of the role in Quick",
		Risk: plan.Creates, Needs: []string{idCreated}, Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{{Doc: "quick-api fact sheet 4.2", Date: "2026-11-22"}}}}, err
}

func (k roleMemberships) missing(ctx context.Context, s plan.Step) (map[estate.QuickRole][]string, int, error) {
	p, err := decode[rolesParams](s)
	if err != nil {
		return nil, 0, err
	}
	out, count := map[estate.QuickRole][]string{}, 0
	for _, role := range estate.QuickRoles {
		if len(p.Groups[role]) == 0 {
			continue
		}
		have, err := k.env.Cloud.Quick(s.Account, s.Region).ListRoleMemberships(ctx, estate.DefaultNamespace, role)
		if err != nil {
			return nil, 0, err
		}
		for _, g := range p.Groups[role] {
			if !slices.Contains(have, g) {
				out[role] = append(out[role], g)
				count++
			}
		}
	}
	return out, count, nil
}

func (k roleMemberships) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	_, count, err := k.missing(ctx, s)
	if err != nil {
		return plan.Observation{}, err
	}
	if count > 0 {
		return plan.Observation{State: plan.Todo, Detail: fmt.Sprintf("%d groups are missing", count)}, nil
	}
	return plan.Observation{State: plan.Done, Detail: "every role has its groups"}, nil
}

func (k roleMemberships) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	missing, _, err := k.missing(ctx, s)
	if err != nil {
		return err
	}
	for _, role := range estate.QuickRoles {
		for _, g := range missing[role] {
			if err := k.env.Cloud.Quick(s.Account, s.Region).CreateRoleMembership(ctx, estate.DefaultNamespace, role, g); err != nil {
				return err
			}
		}
	}
	return nil
}

func (roleMemberships) Patience() (time.Duration, time.Duration) { return shortly() }
