package step

import (
	"context"
	"fmt"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// deletion is what both by-hand kinds know of the copy that goes.
type deletion struct {
	Key estate.KeyID `json:"key"`
	Use use          `json:"use"`
}

// deletionStep is a by-hand step about one copy of a key.
func (s situation) deletionStep(kind, id string, region estate.Region, key estate.KeyID, needs []string) (plan.Step, error) {
	hand, err := deletionHand(s.keyAccount, region, key)
	if err != nil {
		return plan.Step{}, err
	}
	p, err := params(deletion{key, s.use()})
	return plan.Step{ID: id, Kind: kind, Account: s.keyAccount, Region: region, Phase: plan.Prepare, Actor: diag.ManagementAdmin, Params: p, ByHand: &hand,
		Title: fmt.Sprintf("schedule the deletion of the key's copy in %s, by hand", region), Reason: "nothing uses the copy any more, and it costs money",
		Calls: []string{}, Effect: "after 30 days nothing that the key has encrypted can be read in " + string(region), Done: hand.Verified,
		Undo: fmt.Sprintf("within 30 days: aws kms cancel-key-deletion --region %s --key-id %s", region, key), Risk: plan.ByHand, Needs: needs,
		Writes: []string{fmt.Sprintf("/accounts/%s/keys/%s/copies/%s", s.keyAccount, key, region)}, Predicted: s.Times[estate.TimeByHand], Sources: []diag.Source{withdrawDoc}}, err
}

// deleteReplica waits for a person who schedules the deletion of a copy that Identity Center has left.
type deleteReplica struct{ env Env }

func (deleteReplica) Name() string { return "delete-replica" }

func (k deleteReplica) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	id, ok := s.withdraws()
	if !ok {
		return nil, nil
	}
	left := s.planned(regionRemoved{})
	var out []plan.Step
	copies := s.Survey.Estate.Accounts[s.keyAccount].Keys[id].Copies
	for _, r := range sortedRegions(copies) {
		if c, there := copies[r].Get(); !there || r == s.inst.PrimaryRegion || c.State == estate.KeyPendingDeletion {
			continue
		}
		st, err := s.deletionStep(k.Name(), "delete-replica/"+string(r), r, id, left)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

// Observe is that of every by-hand deletion.
func (k deleteReplica) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[deletion](s)
	if err != nil {
		return plan.Observation{}, err
	}
	return deletionSeen(ctx, k.env, p.Use, s.Region, p.Key)
}

func (deleteReplica) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (deleteReplica) Patience() (time.Duration, time.Duration) { return shortly() }

// deletePrimary waits for a person who schedules the deletion of the key at home. KMS keeps it until its last copy is gone.
type deletePrimary struct{ env Env }

func (deletePrimary) Name() string { return "delete-key" }

func (k deletePrimary) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	id, ok := s.withdraws()
	if !ok {
		return nil, nil
	}
	st, err := s.deletionStep(k.Name(), k.Name(), s.inst.PrimaryRegion, id, s.planned(ownedKeyInUse{}, deleteReplica{}))
	return []plan.Step{st}, err
}

func (k deletePrimary) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	return deleteReplica{k.env}.Observe(ctx, r, s)
}

func (deletePrimary) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (deletePrimary) Patience() (time.Duration, time.Duration) { return shortly() }
