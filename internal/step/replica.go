package step

import (
	"context"
	"fmt"
	"time"

	"rehome/internal/check"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/plan"
)

// replicateKey makes the key's copy in the target Region. It always names the policy: without one KMS gives its default, which admits
// no service, and Identity Center's own console is the only place where the primary's is copied.
type replicateKey struct{ env Env }

var _ plan.HandUndoer = replicateKey{}

type replicateParams struct {
	Key         estate.KeyID  `json:"key,omitzero"` // empty: the key that this run makes
	To          estate.Region `json:"to"`
	Policy      string        `json:"policy"`
	Description string        `json:"description"`
	Use         use           `json:"use"`
}

func (replicateKey) Name() string { return "replica" }

func replicaID(r estate.Region) string { return "replica/" + string(r) }

func (k replicateKey) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.copies {
		return nil, nil
	}
	target, home := in.Spec.TargetRegion, s.inst.PrimaryRegion
	text, err := s.replicaPolicy()
	if err != nil || text == "" {
		return nil, err // an unknown policy at home is a finding
	}
	p, err := params(replicateParams{Key: s.key(), To: target, Policy: text, Description: "IAM Identity Center, replica", Use: s.use()})
	st := plan.Step{ID: replicaID(target), Kind: k.Name(), Account: s.keyAccount, Region: home, Phase: plan.Prepare, Actor: diag.ManagementAdmin, Params: p,
		Title:  fmt.Sprintf("replicate the key from %s to %s, with the same policy", home, target),
		Reason: "Identity Center needs an enabled copy of its key in a Region before it can be replicated there; a copy made without a policy admits no service",
		Calls:  []string{"kms:ReplicateKey"}, Effect: "a copy of the key with a policy of its own; nothing uses it yet", Done: "the copy in " + string(target) + " is Enabled",
		Undo: "schedule the copy's deletion by hand once Identity Center has left the Region: " + deleteKeyCommand(target, "KEY"), Cost: keyCost,
		Risk: plan.Creates, Gates: []plan.Gate{plan.GateRehearsal}, Needs: s.planned(residency{}, createKey{}, keyPolicy{}, instanceEncrypted{}),
		Predicted: in.Times[estate.TimeReplicaCreated], Sources: []diag.Source{keyDoc}, Writes: []string{"/accounts/" + string(s.keyAccount) + "/keys"}}
	if s.key() != "" {
		st.Repairs = repaired(in.Findings, check.KeySubject(target, s.key()), "KMS-26")
		st.Reads = []string{fmt.Sprintf("/accounts/%s/keys/%s/copies/%s/policy", s.keyAccount, s.key(), home)}
	}
	return []plan.Step{st}, err
}

// replicaPolicy is the primary's policy, with what callers at the target need added when it does not have that.
func (s situation) replicaPolicy() (string, error) {
	text, err := s.homeKeyPolicy()
	facts, ok := s.facts()
	if err != nil || text == "" || !ok {
		return "", err
	}
	repair, err := needs.Merge(text, needsAt(facts, s.Spec.TargetRegion), needs.BaselineStatements())
	if err != nil {
		return "", nil // what no statement can mend, and what nobody knows, are findings
	}
	return repair.Policy, nil
}

// repaired are the open findings of a code about a subject.
func repaired(fs []diag.Finding, subject string, codes ...string) []string {
	var out []string
	for _, f := range fs {
		for _, c := range codes {
			if f.Open() && f.Code == c && f.Subject == subject {
				out = append(out, f.Key())
			}
		}
	}
	return out
}

func (k replicateKey) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, id, err := k.params(r, s)
	if err != nil {
		return plan.Observation{}, err
	}
	key, err := k.env.Cloud.KMS(s.Account, p.To).DescribeKey(ctx, id)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		return plan.Observation{State: plan.Todo, Detail: "the key has no copy in " + string(p.To)}, nil
	case err != nil:
		return plan.Observation{}, err
	case key.State == estate.KeyCreating:
		return plan.Observation{State: plan.Pending, Detail: "the copy in " + string(p.To) + " is Creating"}, nil
	case key.State == estate.KeyEnabled || key.State == estate.KeyUpdating:
		return plan.Observation{State: plan.Done, Detail: "the copy in " + string(p.To) + " is " + string(key.State), Output: plan.Output{"arn": string(key.ARN)}}, nil
	}
	at := s
	at.Region = p.To
	return plan.Observation{}, unusableKey(at, id, key.State)
}

func (k replicateKey) params(r plan.Run, s plan.Step) (replicateParams, estate.KeyID, error) {
	p, err := decode[replicateParams](s)
	if err != nil {
		return p, "", err
	}
	id, err := keyOf(r, p.Key)
	return p, id, err
}

func (k replicateKey) Act(ctx context.Context, r plan.Run, s plan.Step) error {
	p, id, err := k.params(r, s)
	if err != nil {
		return err
	}
	return k.env.Cloud.KMS(s.Account, s.Region).ReplicateKey(ctx, id, p.To, cloud.NewKey{Policy: p.Policy, Description: p.Description,
		Tags: map[string]string{estate.TagCreatedBy: estate.CreatedByUs, estate.TagRun: r.ID()}})
}

func (replicateKey) Patience() (time.Duration, time.Duration) { return shortly() }

func (k replicateKey) UndoByHand(_ context.Context, r plan.Run, s plan.Step) (plan.Hand, error) {
	p, id, err := k.params(r, s)
	if err != nil {
		return plan.Hand{}, err
	}
	return deletionHand(s.Account, p.To, id)
}

func (k replicateKey) TakenBack(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, id, err := k.params(r, s)
	if err != nil {
		return plan.Observation{}, err
	}
	return deletionSeen(ctx, k.env, p.Use, p.To, id)
}
