package step

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/plan"
)

// keyCost is what one copy of a key costs (KMS-32).
const keyCost = "about 1 USD a month for this copy of the key, and its requests beyond the free ones (AWS KMS pricing, looked up 2026-11-22)"

var keyDoc = diag.Source{Doc: "IAM Identity Center user guide, customer managed keys; AWS KMS API, CreateKey and ReplicateKey (idc-kms 1.5, 2.1, 2.2)", Date: "2026-11-22"}

// createKey makes the multi-Region key that Identity Center is to use. The call has no client token, so the key carries the run's id as
// a tag, and a run that was cut off finds it by that.
type createKey struct{ env Env }

var _ plan.HandUndoer = createKey{}

type createKeyParams struct {
	Policy      string `json:"policy"`
	Description string `json:"description"`
	Use         use    `json:"use"`
}

func (createKey) Name() string { return idCreateKey }

// newPolicy is the policy of a key that this plan makes.
func (s situation) newPolicy() string {
	return needs.KeyPolicy(s.keyAccount, s.delegated())
}

// delegated are the accounts that administer Identity Center beside the management account, as the organization says or the spec.
func (s situation) delegated() []estate.AccountID {
	org, _ := s.Survey.Estate.Organization.Get()
	out := slices.Clone(org.DelegatedAdministrators.Or(nil))
	if d := s.Spec.DelegatedAdministrator; d != nil && !slices.Contains(out, d.Account) {
		out = append(out, d.Account)
	}
	return slices.DeleteFunc(out, func(a estate.AccountID) bool { return a == s.keyAccount })
}

func (k createKey) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.newKey || s.adopted != "" {
		return nil, nil
	}
	p, err := params(createKeyParams{Policy: s.newPolicy(), Description: "IAM Identity Center", Use: s.use()})
	return []plan.Step{{ID: idCreateKey, Kind: k.Name(), Account: s.keyAccount, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.ManagementAdmin, Params: p,
		Title:  "create a multi-Region key for Identity Center in " + string(s.inst.PrimaryRegion),
		Reason: "Identity Center can be replicated only when a multi-Region key of the management account encrypts it; a single-Region key cannot be converted",
		Calls:  []string{"kms:CreateKey"}, Effect: "a new key with AWS's five-statement policy; nothing uses it yet", Done: "a key with this run's tag is Enabled",
		Undo: "schedule its deletion by hand once nothing uses it: " + deleteKeyCommand(s.inst.PrimaryRegion, "KEY"), Cost: keyCost,
		Risk: plan.Creates, Gates: []plan.Gate{plan.GateRehearsal}, Needs: s.planned(residency{}), Repairs: openKeys(in.Findings, "KMS-01"),
		Reads: []string{"/identity_center/encryption", "/organization/id", "/accounts/" + string(s.keyAccount) + "/keys"}, Writes: []string{"/accounts/" + string(s.keyAccount) + "/keys"},
		Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{keyDoc}}}, err
}

// made finds the key that this run made: the one that it knows, whatever its state, or one with its tag.
func (k createKey) made(ctx context.Context, r plan.Run, s plan.Step) (id estate.KeyID, key cloud.Key, err error) {
	kms := k.env.Cloud.KMS(s.Account, s.Region)
	if known := r.Output(s.ID)["key"]; known != "" {
		key, err = kms.DescribeKey(ctx, estate.KeyID(known))
		return estate.KeyID(known), key, err
	}
	ids, err := kms.ListKeys(ctx)
	if err != nil {
		return "", key, err
	}
	for _, id := range ids {
		tags, err := kms.ListResourceTags(ctx, id)
		switch {
		case cloud.KindOf(err) == cloud.AccessDenied:
			if err := k.hidden(ctx, r, s, id); err != nil {
				return "", key, err
			}
			continue
		case err != nil:
			return "", key, err
		case tags[estate.TagRun] != r.ID():
			continue
		}
		key, err = kms.DescribeKey(ctx, id)
		if err == nil && key.State.Leaving() {
			continue // taken back before
		}
		return id, key, err
	}
	return "", cloud.Key{}, nil
}

// hidden settles a key whose tags cannot be read. Once the run may have made its own, one that looks like it must not be passed over:
// the next key would be a second one. Ours lets the account in, so a key that cannot even be described is somebody else's.
func (k createKey) hidden(ctx context.Context, r plan.Run, s plan.Step, id estate.KeyID) error {
	p, err := decode[createKeyParams](s)
	if err != nil || !r.Acted(s.ID) {
		return err
	}
	key, err := k.env.Cloud.KMS(s.Account, s.Region).DescribeKey(ctx, id)
	switch {
	case cloud.KindOf(err) == cloud.AccessDenied:
		return nil
	case err != nil || !key.MultiRegion || key.Description != p.Description:
		return err
	}
	return &diag.Error{Code: "step/key-hidden", What: "this may be the key that this run made, and its tags cannot be read", Where: fmt.Sprintf("account %s, %s, key %s", s.Account, s.Region, id),
		Why: "the caller may not call kms:ListResourceTags; another key would be made", Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin,
		Fix: []string{"allow the caller kms:ListResourceTags in its IAM policy (rehome policy render --operator plan prints all), then: rehome resume"}}
}

func (k createKey) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	id, key, err := k.made(ctx, r, s)
	switch {
	case err != nil:
		return plan.Observation{}, err
	case id == "":
		return plan.Observation{State: plan.Todo, Detail: "no key has the tag of this run"}, nil
	case key.State == estate.KeyCreating:
		return plan.Observation{State: plan.Pending, Detail: "the key is being created"}, nil
	case key.State != estate.KeyEnabled:
		return plan.Observation{}, unusableKey(s, id, key.State)
	}
	return plan.Observation{State: plan.Done, Detail: "the key " + string(id) + " is Enabled", Output: plan.Output{"key": string(id), "arn": string(key.ARN)}}, nil
}

// unusableKey: somebody changed the state of a key that the run needs.
func unusableKey(s plan.Step, id estate.KeyID, state estate.KeyState) error {
	e := &diag.Error{Code: "step/key-state", What: "the key's copy is " + string(state), Where: fmt.Sprintf("account %s, %s, key %s", s.Account, s.Region, id),
		Why: "somebody changed it, and Identity Center cannot use it so", Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin}
	switch state {
	case estate.KeyPendingDeletion, estate.KeyPendingReplicaDeletion:
		e.Fix = []string{fmt.Sprintf("aws kms cancel-key-deletion --region %s --key-id %s", s.Region, id)}
	}
	e.Fix = append(e.Fix, fmt.Sprintf("aws kms enable-key --region %s --key-id %s", s.Region, id), "then: rehome resume")
	return e
}

func (k createKey) Act(ctx context.Context, r plan.Run, s plan.Step) error {
	p, err := decode[createKeyParams](s)
	if err != nil {
		return err
	}
	return k.env.Cloud.Eventually(ctx, 2*time.Minute, func(ctx context.Context) error { // a principal of the policy may be new (idc-kms 2.4)
		_, err := k.env.Cloud.KMS(s.Account, s.Region).CreateKey(ctx, cloud.NewKey{Policy: p.Policy, Description: p.Description,
			Tags: map[string]string{estate.TagCreatedBy: estate.CreatedByUs, estate.TagRun: r.ID()}})
		return err
	})
}

func (createKey) Patience() (time.Duration, time.Duration) { return shortly() }

func deleteKeyCommand(r estate.Region, id string) string {
	return fmt.Sprintf("aws kms schedule-key-deletion --region %s --key-id %s --pending-window-in-days 30", r, id)
}

// deletionHand tells a person how a copy of a key goes. rehome never schedules a deletion: what the key encrypts would be lost with it.
func deletionHand(account estate.AccountID, region estate.Region, id estate.KeyID) (plan.Hand, error) {
	input, err := params(map[string]any{"KeyId": id, "PendingWindowInDays": 30})
	return plan.Hand{Account: account, Region: region, Why: "rehome never schedules the deletion of a key: what the key encrypts is lost with it",
		Do: []string{fmt.Sprintf("see that nothing uses the key: CloudTrail in %s shows no Decrypt with %s since yesterday", region, id),
			deleteKeyCommand(region, string(id))},
		Verified: "KMS says that the copy is pending deletion, or gone", Calls: []plan.Call{{Service: "kms", Operation: "ScheduleKeyDeletion", Input: input}}}, err
}

// deletionSeen looks whether a copy of a key is on its way out. One that Identity Center uses must not be, and that is told first.
func deletionSeen(ctx context.Context, env Env, u use, region estate.Region, id estate.KeyID) (plan.Observation, error) {
	if err := u.unused(ctx, env, region, id); err != nil {
		return plan.Observation{}, err
	}
	key, err := env.Cloud.KMS(u.Account, region).DescribeKey(ctx, id)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		return plan.Observation{State: plan.Done, Detail: "the copy is gone"}, nil
	case err != nil:
		return plan.Observation{}, err
	case key.State.Leaving():
		return plan.Observation{State: plan.Done, Detail: "the copy is " + string(key.State)}, nil
	}
	return plan.Observation{State: plan.Todo, Detail: "the copy is " + string(key.State)}, nil
}

// use is where to look whether Identity Center uses a key.
type use struct {
	Account  estate.AccountID   `json:"account"` // of the key
	Home     estate.Region      `json:"home"`
	Instance estate.InstanceARN `json:"instance"`
}

// unused refuses the deletion of a copy that Identity Center needs: the key that it is encrypted with at home, and the copy of every
// Region that it is in.
func (u use) unused(ctx context.Context, env Env, region estate.Region, id estate.KeyID) error {
	at := env.Cloud.IdentityCenter(u.Account, u.Home)
	inst, err := at.DescribeInstance(ctx, u.Instance)
	if err != nil {
		return err
	}
	enc, known := inst.Encryption.Get()
	if known && enc.KeyARN.KeyID() != id && enc.Status == estate.EncryptionEnabled {
		return nil
	}
	regions, _, err := at.ListRegions(ctx, u.Instance)
	if err != nil {
		return err
	}
	if _, there := regions[region]; !there {
		return nil
	}
	return &diag.Error{Code: "step/key-in-use", What: "Identity Center uses this copy of the key", Where: fmt.Sprintf("account %s, %s, key %s", u.Account, region, id),
		Why: "without it nobody can sign in there; encryption is " + firstOf(enc.Status, "not known") + " with " + firstOf(string(enc.KeyARN), "no key that can be seen"), Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin,
		Fix: []string{"do not schedule its deletion; if that was done: " + fmt.Sprintf("aws kms cancel-key-deletion --region %s --key-id %s", region, id), "see what was done since this run: rehome survey && rehome doctor"}}
}

func (k createKey) UndoByHand(ctx context.Context, r plan.Run, s plan.Step) (plan.Hand, error) {
	id, _, err := k.made(ctx, r, s)
	if err != nil {
		return plan.Hand{}, err
	}
	return deletionHand(s.Account, s.Region, id)
}

func (k createKey) TakenBack(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	id, _, err := k.made(ctx, r, s)
	if err != nil && cloud.KindOf(err) != cloud.NotFound {
		return plan.Observation{}, err
	}
	if id == "" {
		return plan.Observation{State: plan.Done, Detail: "no key was made"}, nil
	}
	p, err := decode[createKeyParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	return deletionSeen(ctx, k.env, p.Use, s.Region, id)
}

// use is where the hands look whether Identity Center uses a key.
func (s situation) use() use {
	return use{Account: s.keyAccount, Home: s.inst.PrimaryRegion, Instance: s.inst.ARN}
}
