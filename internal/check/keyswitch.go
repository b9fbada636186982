package check

import (
	"fmt"
	"maps"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/policy"
)

var pinDoc = diag.Source{Doc: "IAM Identity Center user guide, advanced key policy statements (idc-kms 1.9, 3.3, 9.6)", Date: "2026-11-22"}

// candidateKey finds a key that Identity Center could be switched to: a multi-Region key of the management account, enabled at home,
// that rehome or Identity Center made, or the one whose switch has failed.
func (in Input) candidateKey() (estate.KeyID, estate.Key, bool) {
	inst, _ := in.instance()
	enc, _ := inst.Encryption.Get()
	keys := in.Survey.Estate.Accounts[in.Spec.Management.Account].Keys
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		k := keys[id]
		c, ok := k.Copies[inst.PrimaryRegion].Get()
		tags, _ := c.Tags.Get()
		by := tags[estate.TagCreatedBy]
		failed := id == enc.KeyARN.KeyID() && enc.KeyType == estate.CustomerManagedKey && enc.Status != estate.EncryptionEnabled
		if ok && k.MultiRegion && c.State == estate.KeyEnabled && (by == estate.CreatedByUs || by == estate.CreatedByIdentityCenter || failed) {
			return id, k, true
		}
	}
	return "", estate.Key{}, false
}

func (in Input) candidates() bool {
	_, _, ok := in.candidateKey()
	return ok
}

// keySwitch judges the policy of the key that Identity Center is to be switched to by the calls that UpdateInstance makes. A policy
// that is pinned to the instance's exact name denies them, because the context of a key that is being configured names none.
func keySwitch(in Input) []diag.Finding {
	id, key, ok := in.candidateKey()
	facts, known := in.Facts()
	if !in.switches() || !ok || !known {
		return nil
	}
	inst := facts.Instance
	facts.Instance.Encryption = estate.Of(estate.Encryption{KeyType: estate.CustomerManagedKey, KeyARN: estate.KeyARN(inst.PrimaryRegion, in.Spec.Management.Account, id)})
	path := copyPath(in.Spec.Management.Account, id, inst.PrimaryRegion, "/policy")
	text, read := keyPolicy(key, inst.PrimaryRegion)
	f := diag.Finding{Code: "KMS-19", Subject: KeySubject(inst.PrimaryRegion, id) + "/configuring", Owner: diag.ManagementAdmin, Source: []diag.Source{pinDoc}}
	if !read {
		f.Title = "nobody could read the policy of the key that Identity Center is to be switched to"
		c, _ := key.Copies[inst.PrimaryRegion].Get()
		return unknown(f, path, c.Policy.Why())
	}
	doc, err := policy.Parse(text)
	if err != nil {
		f.Title, f.Cause, f.Fix = "the policy of the key that Identity Center is to be switched to cannot be read", err.Error(), "put a policy on it that is one"
		return failed(f, diag.Evidence{Path: path, Seen: "not parsed"})
	}
	f.Title = fmt.Sprintf("Identity Center can be switched to key %s: whoever calls and its services may use it while it is configured", id)
	before, after := needs.Configuring(facts), needs.Configured(facts)
	var pinned, denied []needs.Need
	for i, n := range before {
		switch v := n.Evaluate(doc); {
		case v.Decision == policy.Allow || n.Operator() && v.Decision == policy.Unknown:
		case after[i].Evaluate(doc).Decision == policy.Allow:
			pinned = append(pinned, n)
		default:
			denied = append(denied, n)
		}
	}
	switch {
	case len(pinned) > 0:
		f.Title = fmt.Sprintf("the policy of key %s is pinned to the instance's exact name, so switching Identity Center to it would fail", id)
		f.Cause = fmt.Sprintf("while a key is configured the encryption context says purpose:KEY_CONFIGURATION in place of the instance's id; %s is denied %s then", pinned[0].Caller, pinned[0].Action)
		f.Fix = fmt.Sprintf("beside the exact values list arn:aws:sso:::instance/purpose:KEY_CONFIGURATION and %s, at least until the switch is done", estate.IdentityStoreARN(inst.Owner, "purpose:KEY_CONFIGURATION"))
		return failed(f, diag.Evidence{Path: path, Seen: "allowed with the instance's name, denied with purpose:KEY_CONFIGURATION"})
	case len(denied) > 0:
		n := denied[0]
		f.Code, f.Title = n.Code, fmt.Sprintf("switching Identity Center to key %s would fail: %s may not call %s on it", id, n.Caller, n.Action)
		f.Cause, f.Source = because(n.Evaluate(doc)), []diag.Source{n.Source}
		f.Fix = "put Identity Center's key policy on it: aws kms put-key-policy --region " + string(inst.PrimaryRegion) + " --key-id " + string(id) + " --policy-name default --policy file://key-policy.json"
		return failed(f, diag.Evidence{Path: path, Seen: n.Evaluate(doc).Reason.String()})
	}
	return passed(f)
}
