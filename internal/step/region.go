package step

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

var regionDoc = diag.Source{Doc: "AddRegion, RemoveRegion, DescribeRegion API references; AWS Security Blog, Identity Center multi-Region (idc-kms 1.2, 1.7)", Date: "2026-11-22"}

// addRegion replicates Identity Center to the target Region. It is asked at home, whatever Region the profile names.
type addRegion struct{ env Env }

var _ plan.Undoer = addRegion{}

type regionParams struct {
	Instance estate.InstanceARN `json:"instance"`
	Region   estate.Region      `json:"region"`
	// Management does the step when the delegated administrator is refused; no document says that it is (idc-kms 11.11).
	Management estate.AccountID `json:"management,omitzero"`
}

func (addRegion) Name() string { return "add-region" }

func addRegionID(r estate.Region) string    { return "add-region/" + string(r) }
func regionActiveID(r estate.Region) string { return "region-active/" + string(r) }

const consoleWords = "the console says Replicating for ADDING and Replicated for ACTIVE"

func (k addRegion) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.replicates {
		return nil, nil
	}
	target, by := in.Spec.TargetRegion, in.Spec.Administrator().Account
	want := regionParams{Instance: s.inst.ARN, Region: target}
	if by != s.keyAccount {
		want.Management = s.keyAccount
	}
	p, err := params(want)
	return []plan.Step{{ID: addRegionID(target), Kind: k.Name(), Account: by, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.ManagementAdmin, Params: p,
		Title:  fmt.Sprintf("replicate Identity Center from %s to %s", s.inst.PrimaryRegion, target),
		Reason: fmt.Sprintf("a Quick account in %s reads users and groups there", target),
		Calls:  []string{"sso:AddRegion"}, Effect: "users, groups, assignments and applications can be read in " + string(target) + "; it has a portal of its own; home stays home",
		Done: "AWS has accepted it", Undo: "rehome calls RemoveRegion, and waits until the Region is gone", Words: consoleWords,
		Risk: plan.Changes, RiskName: fmt.Sprintf("add-region/%s/%s/%d-users", s.keyAccount, target, len(s.inst.Users.Or(nil))), UndoRisk: plan.OrganizationWide,
		Gates: []plan.Gate{plan.GateRehearsal}, Needs: s.planned(residency{}, keyPolicy{}, instanceEncrypted{}, replicateKey{}, verifyKeyPolicies{}),
		Reads: []string{"/identity_center/arn", "/identity_center/regions", "/identity_center/encryption"}, Writes: []string{"/identity_center/regions"},
		Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{regionDoc}}}, err
}

// at is the state of the step's Region, asked at home.
func (p regionParams) at(ctx context.Context, env Env, s plan.Step) (estate.Known[estate.ReplicaState], error) {
	return env.Cloud.IdentityCenter(s.Account, s.Region).DescribeRegion(ctx, p.Instance, p.Region)
}

// words shows the API's state with the console's word for it (IDC-11).
func words(s estate.ReplicaState) string {
	switch s {
	case estate.RegionAdding:
		return "Replicating (ADDING)"
	case estate.RegionActive:
		return "Replicated (ACTIVE)"
	case estate.RegionRemoving:
		return "being removed (REMOVING)"
	}
	return string(s)
}

func (k addRegion) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[regionParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	known, err := p.at(ctx, k.env, s)
	state, there := known.Get()
	switch {
	case err != nil:
		return plan.Observation{}, err
	case !there:
		return plan.Observation{State: plan.Todo, Detail: "Identity Center is not in " + string(p.Region)}, nil
	case state == estate.RegionRemoving:
		return plan.Observation{State: plan.Pending, Detail: string(p.Region) + " is " + words(state)}, nil
	}
	return plan.Observation{State: plan.Done, Detail: string(p.Region) + " is " + words(state)}, nil
}

func (k addRegion) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[regionParams](s)
	if err != nil {
		return err
	}
	return p.administer(k.env, s, func(c cloud.IdentityCenter) error {
		return k.env.Cloud.Eventually(ctx, 5*time.Minute, func(ctx context.Context) error { return c.AddRegion(ctx, p.Instance, p.Region) })
	})
}

// administer does something to the instance as the step's account, and as the management account when that is refused.
func (p regionParams) administer(env Env, s plan.Step, do func(cloud.IdentityCenter) error) error {
	err := do(env.Cloud.IdentityCenter(s.Account, s.Region))
	if cloud.KindOf(err) == cloud.AccessDenied && p.Management != "" {
		return do(env.Cloud.IdentityCenter(p.Management, s.Region))
	}
	return err
}

// emptied refuses to take a Region away in which applications were made: they would stop.
func (p regionParams) emptied(ctx context.Context, env Env, s plan.Step) error {
	all, err := env.Cloud.IdentityCenter(s.Account, s.Region).ListApplications(ctx, p.Instance)
	if err != nil {
		return err
	}
	for _, arn := range slices.Sorted(maps.Keys(all)) {
		if all[arn].CreatedFrom == p.Region {
			return &diag.Error{Code: "step/region-in-use", What: fmt.Sprintf("the application %s was made in %s and would stop", firstOf(all[arn].Name, string(arn)), p.Region), Where: string(arn),
				Why: "applications live in the Region that they were made in", Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin, Fix: []string{"keep the Region, or move the application first: aws sso-admin describe-application --application-arn " + string(arn)}}
		}
	}
	return nil
}

func (k addRegion) Undo(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[regionParams](s)
	if err != nil {
		return err
	}
	known, err := p.at(ctx, k.env, s)
	if state, there := known.Get(); err != nil || !there || state == estate.RegionRemoving {
		return err
	}
	if err := p.emptied(ctx, k.env, s); err != nil {
		return err
	}
	return p.administer(k.env, s, func(c cloud.IdentityCenter) error { return c.RemoveRegion(ctx, p.Instance, p.Region) })
}

// TakenBack sees the Region's record gone.
func (k addRegion) TakenBack(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	return regionRemoved{k.env}.Observe(ctx, r, s)
}

func (addRegion) Patience() (time.Duration, time.Duration) { return replicating() }

// regionActive waits for the replication, under a deadline of our own.
type regionActive struct{ env Env }

func (regionActive) Name() string { return "region-active" }

func (k regionActive) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.replicates {
		return nil, nil
	}
	target := in.Spec.TargetRegion
	p, err := params(regionParams{Instance: s.inst.ARN, Region: target})
	return []plan.Step{{ID: regionActiveID(target), Kind: k.Name(), Account: in.Spec.Administrator().Account, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.AWS, Params: p,
		Title:  "wait until Identity Center is replicated to " + string(target),
		Reason: "AWS copies everything before the Region answers; there is no status for a failure, so after 120 minutes the run stops and can be resumed",
		Calls:  []string{"sso:DescribeRegion"}, Effect: "none", Done: "the Region is ACTIVE", Undo: "nothing to undo", Words: consoleWords,
		Risk: plan.Reads, Needs: []string{addRegionID(target)}, Repairs: openKeys(in.Findings, "IDC-12"),
		Predicted: in.Times[estate.TimeRegionAdded], Sources: []diag.Source{regionDoc}}}, err
}

func (k regionActive) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[regionParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	known, err := p.at(ctx, k.env, s)
	state, there := known.Get()
	switch {
	case err != nil:
		return plan.Observation{}, err
	case !there:
		return plan.Observation{}, &diag.Error{Code: "step/region-vanished", What: "AWS has given the replication to " + string(p.Region) + " up: the Region is not in the list any more",
			Where: fmt.Sprintf("account %s, %s", s.Account, s.Region), Why: "the API has no status for a failure and gives no reason", Exit: diag.ExitBlocked, Owner: diag.AWS,
			Fix: []string{"check the key's copy there: rehome survey && rehome doctor", "try again: rehome resume", "if it fails again, open a case with AWS support"}}
	case state == estate.RegionActive:
		return plan.Observation{State: plan.Done, Detail: string(p.Region) + " is " + words(state)}, nil
	}
	return plan.Observation{State: plan.Pending, Detail: string(p.Region) + " is " + words(state)}, nil
}

func (regionActive) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (regionActive) Patience() (time.Duration, time.Duration) { return replicating() }

// verifyReplication proves that the target Region shows the same instance and the same people under the same ids.
type verifyReplication struct{ env Env }

type replicationParams struct {
	Instance estate.InstanceARN `json:"instance"`
	Store    string             `json:"store"`
	Home     estate.Region      `json:"home"`
	People   []estate.UserID    `json:"people"` // a sample
}

func (verifyReplication) Name() string { return idReplicated }

// Sampled is how many people are compared; the survey takes as many.
const Sampled = 20

// Sample are the people of an instance whose ids are compared; sorted.
func Sample(i estate.Instance) []estate.UserID {
	all := slices.Sorted(maps.Keys(i.Users.Or(nil)))
	return all[:min(Sampled, len(all))]
}

func (k verifyReplication) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.replicates {
		return nil, nil
	}
	want := replicationParams{Instance: s.inst.ARN, Store: s.inst.IdentityStoreID, Home: s.inst.PrimaryRegion, People: Sample(s.inst)}
	p, err := params(want)
	return []plan.Step{{ID: idReplicated, Kind: k.Name(), Account: in.Spec.Administrator().Account, Region: in.Spec.TargetRegion, Phase: plan.Prepare, Actor: diag.AWS, Params: p,
		Title:  fmt.Sprintf("verify that %s shows the same instance and people", in.Spec.TargetRegion),
		Reason: "a Region that is ACTIVE can still lag behind; nothing is deleted before the people can be read there",
		Calls:  []string{"sso:ListInstances", "identitystore:ListGroups", "identitystore:DescribeUser"}, Effect: "none",
		Done: "instance ARN, groups and a sample of people are the same under the same ids", Undo: "nothing to undo", Risk: plan.Reads,
		Needs: []string{regionActiveID(in.Spec.TargetRegion)}, Predicted: in.Times[estate.TimeIdentityVisible], Sources: []diag.Source{regionDoc}}}, err
}

func (k verifyReplication) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[replicationParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	missing, err := Replicated(ctx, k.env, s.Account, p.Home, s.Region, p.Instance, p.Store, p.People)
	if err != nil {
		return plan.Observation{}, err
	}
	if missing != "" {
		return plan.Observation{State: plan.Pending, Detail: missing}, nil
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("the instance, its groups and %d people are the same in %s", len(p.People), s.Region)}, nil
}

// Replicated compares instance, groups and the given people at two Regions; missing is empty when all is the same.
func Replicated(ctx context.Context, env Env, as estate.AccountID, home, at estate.Region, instance estate.InstanceARN, store string, people []estate.UserID) (missing string, err error) {
	list, err := env.Cloud.IdentityCenter(as, at).ListInstances(ctx)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(list, func(i estate.Instance) bool { return i.ARN == instance && i.IdentityStoreID == store }) {
		return string(at) + " does not list the instance", nil
	}
	want, err := env.Cloud.IdentityStore(as, home, store).ListGroups(ctx)
	if err != nil {
		return "", err
	}
	there := env.Cloud.IdentityStore(as, at, store)
	have, err := there.ListGroups(ctx)
	if err != nil {
		return "", err
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if have[id].DisplayName != want[id].DisplayName {
			return fmt.Sprintf("group %s (%s) is not the same in %s", want[id].DisplayName, id, at), nil
		}
	}
	for _, id := range people {
		mine, err := env.Cloud.IdentityStore(as, home, store).DescribeUser(ctx, id)
		if cloud.KindOf(err) == cloud.NotFound {
			continue // left since the sample was taken
		}
		if err != nil {
			return "", err
		}
		theirs, err := there.DescribeUser(ctx, id)
		if err != nil && cloud.KindOf(err) != cloud.NotFound {
			return "", err
		}
		if err != nil || theirs.UserName != mine.UserName {
			return fmt.Sprintf("user %s (%s) is not the same in %s", mine.UserName, id, at), nil
		}
	}
	return "", nil
}

func (verifyReplication) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (verifyReplication) Patience() (time.Duration, time.Duration) { return slowly() }
