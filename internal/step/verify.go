package step

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/plan"
)

// verifyQuick proves that the people are back, and says what became of the old application.
type verifyQuick struct{ env Env }

type verifyParams struct {
	Owner   estate.AccountID              `json:"owner"` // who administers Identity Center
	Store   string                        `json:"store"`
	Groups  map[estate.QuickRole][]string `json:"groups"`
	OldName string                        `json:"old_name,omitzero"`
	OldApp  estate.ARN                    `json:"old_application,omitzero"`
	OldHome estate.Region                 `json:"old_region,omitzero"`
}

func (verifyQuick) Name() string { return "verify-quick" }

func (k verifyQuick) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.creates || s.federated() { // people of another method come with their own sign-in
		return nil, nil
	}
	def := s.quick.Namespaces.Or(nil)[estate.DefaultNamespace]
	want := verifyParams{Owner: in.Spec.Administrator().Account, Store: s.inst.IdentityStoreID, Groups: s.input().WantedGroups().Or(nil), OldName: s.quick.Name,
		OldApp: def.ApplicationARN, OldHome: s.home()}
	p, err := params(want)
	return []plan.Step{{ID: k.Name(), Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Cutover, Params: p,
		Title:  fmt.Sprintf("verify that every member of the roles' groups can be seen in Quick in %s", in.Spec.TargetRegion),
		Reason: "an account without its people is not the account", Calls: []string{"identitystore:ListGroups", "identitystore:ListGroupMemberships", "identitystore:ListUsers", "quicksight:ListUsers", "sso-admin:DescribeApplication"}, Effect: "none",
		Done: "ListUsers shows everybody", Undo: "nothing to undo", Risk: plan.Reads, Needs: []string{idRoles}, Sources: quickSources()}}, err
}

// expected are the members of the roles' groups now, by user name, as the Identity Store shows them in the step's Region.
func (k verifyQuick) expected(ctx context.Context, s plan.Step, p verifyParams) ([]string, error) {
	store := k.env.Cloud.IdentityStore(p.Owner, s.Region, p.Store)
	groups, err := store.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	users, err := store.ListUsers(ctx)
	if err != nil {
		return nil, err
	}
	wanted := slices.Concat(slices.Collect(maps.Values(p.Groups))...)
	out := []string{}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		if !slices.Contains(wanted, groups[id].DisplayName) {
			continue
		}
		members, err := store.ListGroupMemberships(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			out = append(out, users[m].UserName)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (k verifyQuick) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[verifyParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	want, err := k.expected(ctx, s, p)
	if err != nil {
		return plan.Observation{}, err
	}
	seen, err := k.env.Cloud.Quick(s.Account, s.Region).ListUsers(ctx, estate.DefaultNamespace)
	if err != nil {
		return plan.Observation{}, err
	}
	var missing []string
	for _, name := range want {
		if _, ok := seen[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return plan.Observation{State: plan.Pending, Detail: "not in Quick yet: " + strings.Join(missing, ", ")}, nil
	}
	out := plan.Output{"users": fmt.Sprint(len(want))}
	if err := k.oldApplication(ctx, r, s, p, out); err != nil {
		return plan.Observation{}, err
	}
	name := r.Output(idCreate)["name"]
	out["sign_in"] = "https://" + string(s.Region) + ".quicksight.aws.amazon.com/sn/start?directory_alias=" + name
	if name != p.OldName && p.OldName != "" {
		out["name_changed"] = p.OldName + " -> " + name
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("%d people are in Quick", len(want)), Output: out}, nil
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
