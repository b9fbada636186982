package step

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rehome/internal/check"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/plan"
)

// keyPolicy adds to one copy of Identity Center's key what its callers need there. Statements that are there stay.
type keyPolicy struct{ env Env }

var _ plan.Undoer = keyPolicy{}

type keyPolicyParams struct {
	Key    estate.KeyID      `json:"key"`
	Before string            `json:"before"`
	After  string            `json:"after"`
	Added  []needs.Statement `json:"added"`
	Facts  needs.Facts       `json:"facts"`
}

func (keyPolicy) Name() string { return "key-policy" }

// wantedPolicies are the repaired policies by Region, for the copies that deny something.
func wantedPolicies(s situation) (map[estate.Region]needs.Repair, error) {
	facts, ok := s.facts()
	if !ok || s.key() == "" {
		return nil, nil
	}
	key := s.Survey.Estate.Accounts[s.keyAccount].Keys[s.key()]
	primary := policyText(key, key.Primary)
	out := map[estate.Region]needs.Repair{}
	for region := range needRegions(facts) {
		list := needsAt(facts, region)
		text := policyText(key, region)
		if text == "" {
			continue // unknown or missing: a finding, no step
		}
		candidates := needs.BaselineStatements()
		if own, err := needs.Statements(primary); err == nil && region != key.Primary {
			candidates = append(own, candidates...) // the primary's wording first: replicas should read alike
		}
		repair, err := needs.Merge(text, list, candidates)
		// What no added statement can mend stays a finding without a step, and blocks the plan.
		if err == nil && len(repair.Added) > 0 {
			out[region] = repair
		}
	}
	return out, nil
}

func needRegions(f needs.Facts) map[estate.Region]bool {
	out := map[estate.Region]bool{}
	for _, n := range needs.Of(f) {
		out[n.Region] = true
	}
	return out
}

// needsAt are the needs of one Region, Quick's among them wherever Quick is to be: AWS asks for the same policy in every Region (idc-kms
// 2.2), so a copy whose policy has to change gets what the target's needs.
func needsAt(f needs.Facts, region estate.Region) []needs.Need {
	f.Target = region
	return slices.DeleteFunc(needs.Of(f), func(n needs.Need) bool { return n.Region != region })
}

func policyText(key estate.Key, r estate.Region) string {
	c, _ := key.Copies[r].Get()
	return c.Policy.Or("")
}

func keyPolicyID(r estate.Region) string { return "key-policy/" + string(r) }

func (k keyPolicy) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	wanted, err := wantedPolicies(s)
	if err != nil || len(wanted) == 0 {
		return nil, err
	}
	id, owner := s.key(), s.keyAccount
	facts, _ := s.facts()
	var out []plan.Step
	for _, region := range sortedRegions(wanted) {
		repair := wanted[region]
		p, err := params(keyPolicyParams{Key: id, Before: policyText(s.Survey.Estate.Accounts[owner].Keys[id], region), After: repair.Policy, Added: repair.Added, Facts: slim(facts)})
		if err != nil {
			return nil, err
		}
		path := fmt.Sprintf("/accounts/%s/keys/%s/copies/%s", owner, id, region)
		out = append(out, plan.Step{ID: keyPolicyID(region), Kind: k.Name(), Account: owner, Region: region, Phase: plan.Prepare, Actor: diag.ManagementAdmin,
			Title:  fmt.Sprintf("add %d statements to the key policy in %s", len(repair.Added), region),
			Reason: "callers of this Region's copy of the key are denied there; policies are never replicated",
			Calls:  []string{"kms:PutKeyPolicy"},
			Effect: "Identity Center, the Identity Store and AWS managed applications of the organization can use the key in " + string(region) + "; no statement that is there changes",
			Done:   "the policy in " + string(region) + " allows every documented caller",
			Undo:   "rehome puts the policy back that was there before, with an identity that Identity Center did not issue",
			Risk:   plan.OrganizationWide, RiskName: fmt.Sprintf("key-policy/%s/%s/%s/%d-statements", owner, region, id, len(repair.Added)),
			Gates:     []plan.Gate{plan.GateRehearsal, plan.GateUndo, plan.GateConsent},
			Repairs:   repairedKeys(in.Findings, region, id),
			Reads:     []string{path + "/policy", path + "/state", "/identity_center/encryption", "/organization/id"},
			Writes:    []string{path + "/policy"},
			Predicted: in.Times[estate.TimePolicyVisible],
			Sources:   []diag.Source{{Doc: "IAM Identity Center user guide, baseline KMS key policy (idc-kms 3.1)", Date: "2026-11-22"}},
			Params:    p})
	}
	return out, nil
}

// repairedKeys are the key-policy findings about one copy.
func repairedKeys(fs []diag.Finding, region estate.Region, id estate.KeyID) []string {
	subject := check.KeySubject(region, id)
	var out []string
	for _, f := range fs {
		if f.Open() && slices.Contains([]string{"KMS-05", "KMS-06", "KMS-07", "KMS-08", "KMS-09", "KMS-12", "KMS-14", "KMS-19", "KMS-21", "SUB-19"}, f.Code) && (f.Subject == subject || len(f.Subject) > len(subject) && f.Subject[:len(subject)] == subject) {
			out = append(out, f.Key())
		}
	}
	return out
}

func (k keyPolicy) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[keyPolicyParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	now, err := k.env.Cloud.KMS(s.Account, s.Region).GetKeyPolicy(ctx, p.Key)
	if err != nil {
		return plan.Observation{}, err
	}
	switch {
	case samePolicy(now, p.After):
		return plan.Observation{State: plan.Done, Detail: "the policy is as planned"}, nil
	case samePolicy(now, p.Before):
		return plan.Observation{State: plan.Todo, Detail: "the policy is as surveyed"}, nil
	}
	return plan.Observation{}, &diag.Error{Code: "step/policy-changed", What: "the key policy is neither what was surveyed nor what was planned",
		Where: fmt.Sprintf("account %s, %s, key %s", s.Account, s.Region, p.Key), Why: "somebody else changed it", Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin,
		Fix: []string{"look at it: aws kms get-key-policy --region " + string(s.Region) + " --key-id " + string(p.Key) + " --query Policy --output text", "then make the plan again: rehome survey && rehome plan"}}
}

func (k keyPolicy) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[keyPolicyParams](s)
	if err != nil {
		return err
	}
	return k.env.Cloud.KMS(s.Account, s.Region).PutKeyPolicy(ctx, p.Key, p.After)
}

// Undo puts the earlier policy back, unless somebody has changed it since.
func (k keyPolicy) Undo(ctx context.Context, r plan.Run, s plan.Step) error {
	o, err := k.Observe(ctx, r, s)
	if err != nil || o.State != plan.Done {
		return err
	}
	p, err := decode[keyPolicyParams](s)
	if err != nil {
		return err
	}
	if err := k.needed(ctx, s, p); err != nil {
		return err
	}
	return k.env.Cloud.KMS(s.Account, s.Region).PutKeyPolicy(ctx, p.Key, p.Before)
}

// needed refuses to take statements away that Quick lives by: an account that is homed in this Region by now reads people with them.
func (k keyPolicy) needed(ctx context.Context, s plan.Step, p keyPolicyParams) error {
	denied, err := needs.Denied(p.Before, needsAt(withKey(p.Facts, s.Account, p.Key), s.Region))
	if err != nil || len(denied) == 0 {
		return err
	}
	spaces, err := k.env.Cloud.Quick(p.Facts.QuickAccount, s.Region).ListNamespaces(ctx)
	_, elsewhere := cloud.IdentityRegionHint(err)
	switch {
	case elsewhere || goneError(err):
		return nil
	case err != nil:
		return err
	case spaces[estate.DefaultNamespace].CapacityRegion != s.Region:
		return nil
	}
	return &diag.Error{Code: "step/policy-needed", What: "the key policy of before would lock Quick out of Identity Center", Where: fmt.Sprintf("account %s, %s, key %s", s.Account, s.Region, p.Key),
		Why: "Quick is homed in " + string(s.Region) + " by now, and " + denied[0].Caller + " would not be allowed " + denied[0].Action, Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin,
		Fix: []string{"keep the policy as it is; nothing was changed"}}
}

// TakenBack sees the policy of before.
func (k keyPolicy) TakenBack(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[keyPolicyParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	now, err := k.env.Cloud.KMS(s.Account, s.Region).GetKeyPolicy(ctx, p.Key)
	if err != nil || !samePolicy(now, p.Before) {
		return plan.Observation{State: plan.Todo, Detail: "the policy is not the one of before"}, err
	}
	return plan.Observation{State: plan.Done, Detail: "the policy is the one of before"}, nil
}

func (keyPolicy) Patience() (time.Duration, time.Duration) { return shortly() }
