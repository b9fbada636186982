package step

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/plan"
)

// verifyKeyPolicies reads the policy of every Region's copy back and judges it by evaluating the documented calls.
type verifyKeyPolicies struct{ env Env }

type verifyKeysParams struct {
	Key     estate.KeyID    `json:"key,omitzero"` // empty: the key that this run makes
	Regions []estate.Region `json:"regions"`
	Facts   needs.Facts     `json:"facts"`
}

func (verifyKeyPolicies) Name() string { return idVerifyKeys }

func (k verifyKeyPolicies) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	facts, ok := s.facts()
	wanted, err := wantedPolicies(s)
	if err != nil || !ok || !s.creates && len(wanted) == 0 {
		return nil, err
	}
	p := verifyKeysParams{Key: s.key(), Facts: slim(facts)}
	for _, n := range needs.Of(facts) {
		p.Regions = append(p.Regions, n.Region)
	}
	slices.Sort(p.Regions)
	p.Regions = slices.Compact(p.Regions)
	st := plan.Step{ID: idVerifyKeys, Kind: k.Name(), Account: s.keyAccount, Region: s.inst.PrimaryRegion, Phase: plan.Prepare,
		Title:  fmt.Sprintf("verify the key policies in %s", joined(p.Regions)),
		Reason: "the sign-up reads the key in the Region of the call; nothing may be deleted before that is proven to work",
		Calls:  []string{"kms:DescribeKey", "kms:GetKeyPolicy"}, Effect: "none", Undo: "nothing to undo",
		Done: "each Region's own policy allows every documented caller", Risk: plan.Reads,
		Sources: []diag.Source{{Doc: "runbook step A4; idc-kms 3.1", Date: "2026-11-22"}}}
	st.Needs = s.planned(createKey{}, keyPolicy{}, instanceEncrypted{}, replicateKey{})
	for _, r := range p.Regions {
		if p.Key == "" || s.copies && r == in.Spec.TargetRegion {
			continue // made by this plan
		}
		path := fmt.Sprintf("/accounts/%s/keys/%s/copies/%s", st.Account, p.Key, r)
		st.Reads = append(st.Reads, path+"/policy", path+"/state")
	}
	st.Params, err = params(p)
	return []plan.Step{st}, err
}

// slim leaves out of the facts what no need depends on, people above all: a plan file holds no more than it uses.
func slim(f needs.Facts) needs.Facts {
	f.Instance = estate.Instance{ARN: f.Instance.ARN, Owner: f.Instance.Owner, IdentityStoreID: f.Instance.IdentityStoreID,
		PrimaryRegion: f.Instance.PrimaryRegion, Regions: f.Instance.Regions, Encryption: f.Instance.Encryption}
	return f
}

func (k verifyKeyPolicies) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[verifyKeysParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	key, err := keyOf(r, p.Key)
	if err != nil {
		return plan.Observation{}, err
	}
	allowed, err := VerifyKeys(ctx, k.env, s.Account, key, withKey(p.Facts, s.Account, key))
	if err != nil {
		return plan.Observation{}, err
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("%d documented calls are allowed in %s", allowed, joined(p.Regions))}, nil
}

// VerifyKeys reads state and policy of the key in every Region now, and counts the needs that are allowed. Any that is not is an error.
func VerifyKeys(ctx context.Context, env Env, account estate.AccountID, key estate.KeyID, f needs.Facts) (allowed int, err error) {
	byRegion := map[estate.Region][]needs.Need{}
	for _, n := range needs.Of(f) {
		byRegion[n.Region] = append(byRegion[n.Region], n)
	}
	for _, region := range slices.Sorted(maps.Keys(byRegion)) {
		kms := env.Cloud.KMS(account, region)
		meta, err := kms.DescribeKey(ctx, key)
		if err != nil {
			return 0, err
		}
		if meta.State != estate.KeyEnabled && meta.State != estate.KeyUpdating {
			return 0, unusableKey(plan.Step{Account: account, Region: region}, key, meta.State)
		}
		text, err := kms.GetKeyPolicy(ctx, key)
		if err != nil {
			return 0, err
		}
		denied, err := needs.Denied(text, byRegion[region])
		if err != nil {
			return 0, err
		}
		if len(denied) > 0 {
			n := denied[0]
			return 0, &diag.Error{Code: "step/key-denies", What: n.Caller + " may not call " + n.Action, Where: fmt.Sprintf("account %s, %s, key %s", account, region, key),
				Why:  "that Region's own key policy does not allow it, and " + n.Why,
				Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin, Fix: []string{"see what changed: rehome survey && rehome doctor", "then make the plan again: rehome plan"}}
		}
		allowed += len(byRegion[region])
	}
	return allowed, nil
}

func (verifyKeyPolicies) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (verifyKeyPolicies) Patience() (time.Duration, time.Duration) { return shortly() }

// samePolicy compares two policies by content, not by text: order of members and white space do not count (idc-kms 2.4).
func samePolicy(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func sortedRegions[V any](m map[estate.Region]V) []estate.Region { return slices.Sorted(maps.Keys(m)) }

func joined(rs []estate.Region) string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = string(r)
	}
	return strings.Join(out, ", ")
}
