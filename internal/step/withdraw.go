package step

import (
	"context"
	"fmt"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// The kinds of this file are the way back to one Region with a key of AWS's own. The order is the only one that works: Identity Center
// leaves a Region before the key's copy there goes, and leaves the key before the key goes (idc-kms 0, rollback order).

var withdrawDoc = diag.Source{Doc: "idc-kms fact sheet, section 0 (rollback order); AWS KMS developer guide, deleting multi-Region keys", Date: "2026-11-22"}

// additional are the Regions of the instance beside its home, sorted.
func (s situation) additional() []estate.Region {
	var out []estate.Region
	for _, r := range sortedRegions(s.inst.Regions.Or(nil)) {
		if r != s.inst.PrimaryRegion {
			out = append(out, r)
		}
	}
	return out
}

// withdraws reports whether the goal is one Region, and the instance is known to have a customer's key.
func (s situation) withdraws() (key estate.KeyID, ok bool) {
	enc, _ := s.inst.Encryption.Get()
	return enc.KeyARN.KeyID(), s.Spec.Goal == spec.GoalSingleRegion && enc.KeyType == estate.CustomerManagedKey
}

// removeRegion takes Identity Center out of an additional Region.
type removeRegion struct{ env Env }

func (removeRegion) Name() string { return "remove-region" }

func (k removeRegion) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if in.Spec.Goal != spec.GoalSingleRegion {
		return nil, nil
	}
	var out []plan.Step
	for i, r := range s.additional() {
		want := regionParams{Instance: s.inst.ARN, Region: r}
		if in.Spec.Administrator().Account != s.keyAccount {
			want.Management = s.keyAccount
		}
		p, err := params(want)
		if err != nil {
			return nil, err
		}
		var before []string // only one workflow runs at a time
		if i > 0 {
			before = []string{"region-removed/" + string(s.additional()[i-1])}
		}
		out = append(out, plan.Step{Needs: before, ID: "remove-region/" + string(r), Kind: k.Name(), Account: in.Spec.Administrator().Account, Region: s.inst.PrimaryRegion, Phase: plan.Prepare,
			Actor: diag.ManagementAdmin, Params: p, Title: "take Identity Center out of " + string(r), Reason: "the goal is Identity Center in one Region",
			Calls: []string{"sso:RemoveRegion"}, Effect: "the portal of " + string(r) + " and every application that was created there stop working; adding the Region again brings them back",
			Done: "AWS has accepted it", Undo: "add the Region again: aws sso-admin add-region", Risk: plan.OrganizationWide,
			RiskName: fmt.Sprintf("remove-region/%s/%s/%d-users", s.keyAccount, r, len(s.inst.Users.Or(nil))),
			Gates:    []plan.Gate{plan.GateRehearsal, plan.GateConsent},
			Reads:    []string{"/identity_center/regions", "/identity_center/applications"}, Writes: []string{"/identity_center/regions"},
			Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{regionDoc}})
	}
	return out, nil
}

func (k removeRegion) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
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
		return plan.Observation{State: plan.Done, Detail: "Identity Center is not in " + string(p.Region)}, nil
	case state == estate.RegionRemoving:
		return plan.Observation{State: plan.Done, Detail: string(p.Region) + " is " + words(state)}, nil
	case state == estate.RegionAdding:
		return plan.Observation{State: plan.Pending, Detail: string(p.Region) + " is " + words(state)}, nil
	}
	return plan.Observation{State: plan.Todo, Detail: string(p.Region) + " is " + words(state)}, nil
}

func (k removeRegion) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[regionParams](s)
	if err != nil {
		return err
	}
	if err := p.emptied(ctx, k.env, s); err != nil {
		return err
	}
	return p.administer(k.env, s, func(c cloud.IdentityCenter) error { return c.RemoveRegion(ctx, p.Instance, p.Region) })
}

func (removeRegion) Patience() (time.Duration, time.Duration) { return replicating() }

// regionRemoved waits until the Region's record is gone.
type regionRemoved struct{ env Env }

func (regionRemoved) Name() string { return "region-removed" }

func (k regionRemoved) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if in.Spec.Goal != spec.GoalSingleRegion {
		return nil, nil
	}
	var out []plan.Step
	for _, r := range s.additional() {
		p, err := params(regionParams{Instance: s.inst.ARN, Region: r})
		if err != nil {
			return nil, err
		}
		out = append(out, plan.Step{ID: "region-removed/" + string(r), Kind: k.Name(), Account: in.Spec.Administrator().Account, Region: s.inst.PrimaryRegion, Phase: plan.Prepare,
			Actor: diag.AWS, Params: p, Title: "wait until Identity Center has left " + string(r), Reason: "the key's copy there is in use until then",
			Calls: []string{"sso:DescribeRegion"}, Effect: "none", Done: "DescribeRegion answers ResourceNotFoundException", Undo: "nothing to undo",
			Risk: plan.Reads, Needs: []string{"remove-region/" + string(r)}, Predicted: in.Times[estate.TimeRegionRemoved], Sources: []diag.Source{regionDoc}})
	}
	return out, nil
}

func (k regionRemoved) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[regionParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	known, err := p.at(ctx, k.env, s)
	state, there := known.Get()
	if err != nil || there {
		return plan.Observation{State: plan.Pending, Detail: string(p.Region) + " is " + words(state)}, err
	}
	return plan.Observation{State: plan.Done, Detail: "Identity Center is not in " + string(p.Region)}, nil
}

func (regionRemoved) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (regionRemoved) Patience() (time.Duration, time.Duration) { return replicating() }

// ownedKey lets Identity Center use a key of AWS's own again.
type ownedKey struct{ env Env }

func (ownedKey) Name() string { return idOwned }

func (k ownedKey) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	id, ok := s.withdraws()
	if !ok {
		return nil, nil
	}
	p, err := params(encryptParams{Instance: s.inst.ARN, Before: estate.KeyARN(s.inst.PrimaryRegion, s.keyAccount, id)})
	return []plan.Step{{ID: idOwned, Kind: k.Name(), Account: s.keyAccount, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.ManagementAdmin, Params: p,
		Title: "encrypt Identity Center with a key of AWS's own", Reason: "the customer's key cannot go while Identity Center uses it",
		Calls: []string{"sso:UpdateInstance"}, Effect: "sign-ins and reads do not need the customer's key any more", Done: "AWS has accepted the change",
		Undo: "set the customer's key again: aws sso-admin update-instance", Risk: plan.OrganizationWide,
		RiskName: fmt.Sprintf("aws-owned-key/%s/%s/%d-users", s.keyAccount, s.inst.ARN[len(s.inst.ARN)-16:], len(s.inst.Users.Or(nil))),
		Gates:    []plan.Gate{plan.GateRehearsal, plan.GateUndo, plan.GateConsent}, Needs: s.planned(deleteReplica{}),
		Reads: []string{"/identity_center/encryption"}, Writes: []string{"/identity_center/encryption"}, Predicted: in.Times[estate.TimeAPICall],
		Sources: []diag.Source{encryptionDoc, withdrawDoc}}}, err
}

func (k ownedKey) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[encryptParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	enc, err := inUse(ctx, k.env, s, p.Instance)
	switch {
	case err != nil:
		return plan.Observation{}, err
	case enc.Status == estate.EncryptionFailed || enc.KeyType == estate.CustomerManagedKey && enc.Status == estate.EncryptionEnabled:
		return plan.Observation{State: plan.Todo, Detail: "Identity Center uses " + string(enc.KeyARN)}, nil
	case enc.KeyType == estate.AWSOwnedKey:
		return plan.Observation{State: plan.Done, Detail: "a key of AWS's own is " + enc.Status}, nil
	}
	return plan.Observation{State: plan.Pending, Detail: "another change of the key is under way"}, nil
}

func (k ownedKey) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[encryptParams](s)
	if err != nil {
		return err
	}
	return encryptInstance{k.env}.set(ctx, s, p.Instance, "")
}

func (ownedKey) Patience() (time.Duration, time.Duration) { return slowly() }

// ownedKeyInUse waits for that.
type ownedKeyInUse struct{ env Env }

func (ownedKeyInUse) Name() string { return idOwnedInUse }

func (k ownedKeyInUse) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if _, ok := s.withdraws(); !ok {
		return nil, nil
	}
	p, err := params(encryptParams{Instance: s.inst.ARN})
	return []plan.Step{{ID: idOwnedInUse, Kind: k.Name(), Account: s.keyAccount, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.AWS, Params: p,
		Title: "wait until Identity Center uses AWS's own key", Reason: "the customer's key is needed until the change is done", Calls: []string{"sso:DescribeInstance"},
		Effect: "none", Done: "EncryptionStatus is ENABLED with AWS_OWNED_KMS_KEY", Undo: "nothing to undo", Risk: plan.Reads, Needs: []string{idOwned},
		Predicted: in.Times[estate.TimeEncryptionSet], Sources: []diag.Source{encryptionDoc}}}, err
}

func (k ownedKeyInUse) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[encryptParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	return settled(ctx, k.env, s, p.Instance, "")
}

func (ownedKeyInUse) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (ownedKeyInUse) Patience() (time.Duration, time.Duration) { return slowly() }
