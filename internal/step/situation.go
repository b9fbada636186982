package step

import (
	"fmt"
	"maps"
	"slices"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// situation is what all kinds plan from: which parts of the way are still to be gone.
type situation struct {
	plan.Input
	account estate.AccountID // of Quick
	quick   estate.Quick
	exists  bool
	inst    estate.Instance
	creates bool // a new Quick account is to be made
	deletes bool // the old one has to go first

	keyAccount estate.AccountID // where the key of Identity Center has to be
	newKey     bool             // Identity Center has no key that can be replicated
	adopted    estate.KeyID     // a key that an earlier run made and nothing uses; empty: none
	replicates bool             // Identity Center has to be added to the target Region
	copies     bool             // the key has to be replicated to the target Region
}

func look(in plan.Input) situation {
	s := situation{Input: in, account: in.Spec.Quick.Account}
	known := in.Survey.Estate.Accounts[s.account].Quick
	s.quick, s.exists = known.Get()
	s.inst, _ = in.Survey.Estate.IdentityCenter.Get()
	s.keyAccount = in.Spec.Management.Account
	if !in.Spec.MovesQuick() {
		return s
	}
	home, seen := s.quick.IdentityRegion.Get()
	asked := in.Spec.Path != "" || len(in.Spec.Want) > 0                                                                 // an account is not made anew for a path that nobody asked for
	other := asked && s.input().Path() == spec.PathIdentityCenter && s.quick.Authentication != estate.AuthIdentityCenter // the method is fixed for life
	s.deletes = s.exists && seen && (home != in.Spec.TargetRegion || other)
	s.creates = s.deletes || known.IsAbsent()
	if !s.creates || s.input().Path() == spec.PathFederation {
		return s
	}
	s.lookAtIdentityCenter()
	return s
}

// lookAtIdentityCenter decides what is still missing on the way to Identity Center in the target Region. What nobody has looked at
// asks for no step: it is a finding, and blocks.
func (s *situation) lookAtIdentityCenter() {
	target := s.Spec.TargetRegion
	regions, known := s.inst.Regions.Get()
	enc, seen := s.inst.Encryption.Get()
	if !known || !seen || target == s.inst.PrimaryRegion {
		return
	}
	s.replicates = regions[target] != estate.RegionActive && regions[target] != estate.RegionRemoving
	key := s.Survey.Estate.Accounts[enc.KeyARN.Account()].Keys[enc.KeyARN.KeyID()]
	if s.replicates && !s.fits(enc, key) {
		s.newKey, s.copies = true, true
		s.adopt()
		key = s.Survey.Estate.Accounts[s.keyAccount].Keys[s.adopted]
	}
	if c, listed := key.Copies[target]; listed {
		s.copies = c.IsAbsent()
	}
}

// fits reports whether Identity Center's key can be replicated: its own customer's, multi-Region, for encryption (idc-kms 1.5).
func (s *situation) fits(enc estate.Encryption, key estate.Key) bool {
	if enc.KeyType != estate.CustomerManagedKey {
		return false
	}
	unseen := len(key.Copies) == 0 // a key that nobody could look at is no reason to make another
	return unseen || key.MultiRegion && key.Primary == s.inst.PrimaryRegion && key.Spec == "SYMMETRIC_DEFAULT" && key.Usage == "ENCRYPT_DECRYPT"
}

// adopt looks for an enabled key that rehome made before and nobody has changed: its policy is the one that a new key would get.
func (s *situation) adopt() {
	keys := s.Survey.Estate.Accounts[s.keyAccount].Keys
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		key := keys[id]
		c, _ := key.Copies[s.inst.PrimaryRegion].Get()
		if key.MultiRegion && key.Primary == s.inst.PrimaryRegion && key.Spec == "SYMMETRIC_DEFAULT" && key.Usage == "ENCRYPT_DECRYPT" && c.State == estate.KeyEnabled &&
			c.Tags.Or(nil)[estate.TagCreatedBy] == estate.CreatedByUs && samePolicy(c.Policy.Or(""), s.newPolicy()) {
			s.adopted = id
			return
		}
	}
}

// key is the key that will be in use at the end; empty when a step of this plan has yet to make it.
func (s situation) key() estate.KeyID {
	if s.newKey {
		return s.adopted
	}
	enc, _ := s.inst.Encryption.Get()
	return enc.KeyARN.KeyID()
}

// facts are those that key policies are judged by once the plan's own key is in use; ok is false when the instance is not known, or
// will not be encrypted with a customer's key.
func (s situation) facts() (f needs.Facts, ok bool) {
	f, ok = s.input().Facts()
	enc, _ := s.inst.Encryption.Get()
	if !ok || !s.newKey && enc.KeyType != estate.CustomerManagedKey {
		return f, false
	}
	return withKey(f, s.keyAccount, s.key()), true
}

// withKey are the facts with a key in use.
func withKey(f needs.Facts, owner estate.AccountID, key estate.KeyID) needs.Facts {
	f.Instance.Encryption = estate.Of(estate.Encryption{KeyType: estate.CustomerManagedKey, KeyARN: estate.KeyARN(f.Instance.PrimaryRegion, owner, key), Status: estate.EncryptionEnabled})
	return f
}

// keyOf is the key that a step is about: named in the plan, or made by the run.
func keyOf(r plan.Run, planned estate.KeyID) (estate.KeyID, error) {
	if planned != "" {
		return planned, nil
	}
	if made := r.Output(idCreateKey)["key"]; made != "" {
		return estate.KeyID(made), nil
	}
	return "", &diag.Error{Code: "step/no-key", What: "the key that this run makes is not there yet", Exit: diag.ExitBlocked, Fix: []string{"rehome resume"}}
}

// homeKeyPolicy is the policy that the key's primary will have when the plan's steps at home are done.
func (s situation) homeKeyPolicy() (string, error) {
	if s.newKey && s.adopted == "" {
		return s.newPolicy(), nil
	}
	repairs, err := wantedPolicies(s)
	if err != nil {
		return "", err
	}
	if r, ok := repairs[s.inst.PrimaryRegion]; ok {
		return r.Policy, nil
	}
	return policyText(s.Survey.Estate.Accounts[s.keyAccount].Keys[s.key()], s.inst.PrimaryRegion), nil
}

func (s situation) home() estate.Region { return s.quick.IdentityRegion.Or("") }

func (s situation) path(rest string) string {
	return fmt.Sprintf("/accounts/%s/quick%s", s.account, rest)
}

// input gives the checks' view of the same facts.
func (s situation) input() check.Input { return check.Input{Spec: s.Spec, Survey: s.Survey} }

// planned are the ids of the steps that the given kinds plan. A kind's error is left to Build, which meets it too.
func (s situation) planned(kinds ...plan.Kind) []string {
	var out []string
	for _, k := range kinds {
		steps, err := k.Plan(s.Input)
		if err != nil {
			continue
		}
		for _, st := range steps {
			out = append(out, st.ID)
		}
	}
	return out
}
