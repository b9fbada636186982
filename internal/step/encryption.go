package step

import (
	"context"
	"fmt"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// encryptInstance tells Identity Center to use the key. AWS looks at the key now and never again, so the policy comes first.
type encryptInstance struct{ env Env }

var _ plan.Undoer = encryptInstance{}

type encryptParams struct {
	Instance estate.InstanceARN `json:"instance"`
	Key      estate.KeyID       `json:"key,omitzero"`    // empty: the key that this run makes
	Before   estate.ARN         `json:"before,omitzero"` // key until now; empty: AWS's own
}

func (encryptInstance) Name() string { return idEncrypt }

var encryptionDoc = diag.Source{Doc: "UpdateInstance API reference; IAM Identity Center user guide, customer managed keys (idc-kms 1.2, 1.3, 1.9)", Date: "2026-11-22"}

func (k encryptInstance) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.newKey {
		return nil, nil
	}
	enc, _ := s.inst.Encryption.Get()
	p, err := params(encryptParams{Instance: s.inst.ARN, Key: s.key(), Before: enc.KeyARN})
	return []plan.Step{{ID: idEncrypt, Kind: k.Name(), Account: s.keyAccount, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.ManagementAdmin, Params: p,
		Title:  "encrypt Identity Center with the new key",
		Reason: "only an instance that is encrypted with a multi-Region key of the customer can be replicated",
		Calls:  []string{"sso:UpdateInstance"},
		Effect: "every sign-in and every read of a user or group needs the key from then on; the portal and all applications go on working",
		Done:   "AWS has accepted the change", Undo: "rehome sets the key of before again; it must stay usable until that is done",
		Risk: plan.OrganizationWide, RiskName: fmt.Sprintf("encrypt-instance/%s/%s/%d-users", s.keyAccount, s.inst.ARN[len(s.inst.ARN)-16:], len(s.inst.Users.Or(nil))),
		Gates: []plan.Gate{plan.GateRehearsal, plan.GateUndo, plan.GateConsent}, Needs: s.planned(residency{}, createKey{}, keyPolicy{}),
		Reads: []string{"/identity_center/arn", "/identity_center/encryption"}, Writes: []string{"/identity_center/encryption"},
		Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{encryptionDoc}}}, err
}

// inUse looks which key the instance uses, or is about to use.
func inUse(ctx context.Context, env Env, s plan.Step, instance estate.InstanceARN) (estate.Encryption, error) {
	inst, err := env.Cloud.IdentityCenter(s.Account, s.Region).DescribeInstance(ctx, instance)
	if err != nil {
		return estate.Encryption{}, err
	}
	enc, ok := inst.Encryption.Get()
	if !ok {
		return enc, &diag.Error{Code: "step/encryption-unseen", What: "DescribeInstance does not tell how Identity Center is encrypted", Where: fmt.Sprintf("account %s, %s", s.Account, s.Region),
			Exit: diag.ExitBlocked, Owner: diag.AWS, Fix: []string{"look at Settings in the Identity Center console, then: rehome resume"}}
	}
	return enc, nil
}

func (k encryptInstance) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[encryptParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	id, err := keyOf(r, p.Key)
	if err != nil {
		return plan.Observation{}, err
	}
	enc, err := inUse(ctx, k.env, s, p.Instance)
	switch {
	case err != nil:
		return plan.Observation{}, err
	case enc.Status == estate.EncryptionFailed:
		return plan.Observation{State: plan.Todo, Detail: "an earlier change failed: " + enc.Reason}, nil
	case enc.KeyARN.KeyID() == id:
		return plan.Observation{State: plan.Done, Detail: "the key is " + enc.Status}, nil
	case enc.Status == estate.EncryptionUpdating:
		return plan.Observation{State: plan.Pending, Detail: "another change of the key is under way"}, nil
	}
	return plan.Observation{State: plan.Todo, Detail: "Identity Center uses " + firstOf(string(enc.KeyARN), "a key of AWS's own")}, nil
}

func (k encryptInstance) Act(ctx context.Context, r plan.Run, s plan.Step) error {
	p, err := decode[encryptParams](s)
	if err != nil {
		return err
	}
	id, err := keyOf(r, p.Key)
	if err != nil {
		return err
	}
	return k.set(ctx, s, p.Instance, estate.KeyARN(s.Region, s.Account, id))
}

func (k encryptInstance) set(ctx context.Context, s plan.Step, instance estate.InstanceARN, key estate.ARN) error {
	return k.env.Cloud.Eventually(ctx, 5*time.Minute, func(ctx context.Context) error { // the key's policy may be new (KMS-27)
		return k.env.Cloud.IdentityCenter(s.Account, s.Region).SetEncryption(ctx, instance, key)
	})
}

// Undo sets the key of before again. What is neither that nor ours was somebody else's doing, and stays.
func (k encryptInstance) Undo(ctx context.Context, r plan.Run, s plan.Step) error {
	o, err := k.Observe(ctx, r, s)
	if err != nil || o.State != plan.Done {
		return err
	}
	p, err := decode[encryptParams](s)
	if err != nil {
		return err
	}
	return k.set(ctx, s, p.Instance, p.Before)
}

// TakenBack sees the key of before in use. A change that AWS could not make leaves the run's key in use, whatever was asked for.
func (k encryptInstance) TakenBack(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[encryptParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	return settled(ctx, k.env, s, p.Instance, p.Before.KeyID())
}

func (encryptInstance) Patience() (time.Duration, time.Duration) { return slowly() }

// instanceEncrypted waits until the change has come to its end, and says why when it was a bad one: the key of before stays in use.
type instanceEncrypted struct{ env Env }

func (instanceEncrypted) Name() string { return idEncrypted }

func (k instanceEncrypted) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.newKey {
		return nil, nil
	}
	p, err := params(encryptParams{Instance: s.inst.ARN, Key: s.key()})
	return []plan.Step{{ID: idEncrypted, Kind: k.Name(), Account: s.keyAccount, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.AWS, Params: p,
		Title: "wait until Identity Center uses the key", Reason: "the change goes on after the call, and can fail without any error",
		Calls: []string{"sso:DescribeInstance"}, Effect: "none", Done: "EncryptionStatus is ENABLED with this key", Undo: "nothing to undo",
		Risk: plan.Reads, Needs: []string{idEncrypt}, Repairs: openKeys(in.Findings, "IDC-06"),
		Predicted: in.Times[estate.TimeEncryptionSet], Sources: []diag.Source{encryptionDoc}}}, err
}

func (k instanceEncrypted) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[encryptParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	id, err := keyOf(r, p.Key)
	if err != nil {
		return plan.Observation{}, err
	}
	return settled(ctx, k.env, s, p.Instance, id)
}

// settled looks whether the instance uses the key now; an empty id is AWS's own.
func settled(ctx context.Context, env Env, s plan.Step, instance estate.InstanceARN, id estate.KeyID) (plan.Observation, error) {
	enc, err := inUse(ctx, env, s, instance)
	switch {
	case err != nil:
		return plan.Observation{}, err
	case enc.Status == estate.EncryptionFailed:
		return plan.Observation{}, &diag.Error{Code: "step/update-failed", What: "AWS could not change the key of Identity Center (UPDATE_FAILED)", Why: firstOf(enc.Reason, "AWS gives no reason"),
			Where: fmt.Sprintf("account %s, %s", s.Account, s.Region), Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin,
			Fix: []string{"the key of before is still in use, nobody is locked out", "see what the key's policy lacks: rehome survey && rehome doctor", "then try again: rehome resume"}}
	case enc.Status == estate.EncryptionUpdating:
		return plan.Observation{State: plan.Pending, Detail: "EncryptionStatus is UPDATING"}, nil
	case enc.KeyARN.KeyID() == id:
		if id == "" && enc.KeyType == estate.CustomerManagedKey {
			break // an answer without the key's ARN
		}
		return plan.Observation{State: plan.Done, Detail: "EncryptionStatus is " + enc.Status + " with " + firstOf(string(enc.KeyARN), "a key of AWS's own")}, nil
	}
	return plan.Observation{State: plan.Todo, Detail: "Identity Center uses " + firstOf(string(enc.KeyARN), "a key of AWS's own")}, nil
}

func (instanceEncrypted) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (instanceEncrypted) Patience() (time.Duration, time.Duration) { return slowly() }
