package step

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	if !s.creates {
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

// verifyQuick proves that the people are back, and says what became of the old application.
type verifyQuick struct{ env Env }

type verifyParams struct {
	Users   []string      `json:"users"` // user names that must be there again
	OldName string        `json:"old_name,omitzero"`
	OldApp  estate.ARN    `json:"old_application,omitzero"`
	Home    estate.Region `json:"home,omitzero"` // of Identity Center
	OldHome estate.Region `json:"old_region,omitzero"`
}

func (verifyQuick) Name() string { return "verify-quick" }

func (k verifyQuick) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.creates {
		return nil, nil
	}
	def := s.quick.Namespaces.Or(nil)[estate.DefaultNamespace]
	want := verifyParams{Users: expectedUsers(s), OldName: s.quick.Name, OldApp: def.ApplicationARN, Home: s.inst.PrimaryRegion, OldHome: s.home()}
	p, err := params(want)
	return []plan.Step{{ID: k.Name(), Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Cutover, Params: p,
		Title:  fmt.Sprintf("verify that %d people can be seen in Quick in %s", len(want.Users), in.Spec.TargetRegion),
		Reason: "an account without its people is not the account", Calls: []string{"quicksight:ListUsers", "sso-admin:DescribeApplication"}, Effect: "none",
		Done: "ListUsers shows everybody", Undo: "nothing to undo", Risk: plan.Reads, Needs: []string{idRoles}, Sources: quickSources()}}, err
}

// expectedUsers are the members of the wanted groups, by user name; those of the old account when memberships are not known.
func expectedUsers(s situation) []string {
	groups, known := s.inst.Groups.Get()
	users := s.inst.Users.Or(nil)
	var out []string
	if !known {
		for name := range s.quick.Namespaces.Or(nil)[estate.DefaultNamespace].Users.Or(nil) {
			out = append(out, name)
		}
	}
	wanted := s.input().WantedGroups().Or(nil)
	for _, g := range groups {
		for _, names := range wanted {
			if slices.Contains(names, g.DisplayName) {
				for _, id := range g.Members.Or(nil) {
					out = append(out, users[id].UserName)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (k verifyQuick) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[verifyParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	seen, err := k.env.Cloud.Quick(s.Account, s.Region).ListUsers(ctx, estate.DefaultNamespace)
	if err != nil {
		return plan.Observation{}, err
	}
	var missing []string
	for _, name := range p.Users {
		if _, ok := seen[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return plan.Observation{State: plan.Pending, Detail: "not in Quick yet: " + strings.Join(missing, ", ")}, nil
	}
	out := plan.Output{"users": fmt.Sprint(len(p.Users))}
	if err := k.oldApplication(ctx, r, s, p, out); err != nil {
		return plan.Observation{}, err
	}
	name := r.Output(idCreate)["name"]
	out["sign_in"] = "https://" + string(s.Region) + ".quicksight.aws.amazon.com/sn/start?directory_alias=" + name
	if name != p.OldName && p.OldName != "" {
		out["name_changed"] = p.OldName + " -> " + name
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("%d people are in Quick", len(p.Users)), Output: out}, nil
}

// oldApplication notes whether the old application went with the account. One that is left is reported and never deleted.
func (k verifyQuick) oldApplication(ctx context.Context, r plan.Run, s plan.Step, p verifyParams, out plan.Output) error {
	if p.OldApp == "" {
		return nil
	}
	_, err := k.env.Cloud.IdentityCenter(s.Account, p.OldHome).DescribeApplication(ctx, p.OldApp)
	switch {
	case goneError(err):
		out["old_application"] = "gone: " + string(p.OldApp)
	case err != nil:
		return err
	default:
		out["old_application"] = "left: " + string(p.OldApp)
		out["finding"] = "SUB-12 the old application is left in Identity Center; rehome never deletes it"
	}
	if names := r.Output(idRecord)["assignments"]; names != "" {
		out["names_old_application"] = names
	}
	return nil
}

func (verifyQuick) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (verifyQuick) Patience() (time.Duration, time.Duration) { return slowly() }
