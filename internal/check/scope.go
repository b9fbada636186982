package check

import (
	"slices"

	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/spec"
)

// This file says which part of an estate a spec is about: which path, which instance, which Regions, and what is still to come.

// Wants are what the path is chosen by: the spec's, or that the same people use Quick on the web and on the Desktop.
func (in Input) Wants() []spec.Want {
	if len(in.Spec.Want) > 0 {
		return in.Spec.Want
	}
	if in.Spec.Goal != spec.GoalDesktop {
		return []spec.Want{spec.WantWeb, spec.WantSamePeople}
	}
	return []spec.Want{spec.WantWeb, spec.WantDesktop, spec.WantSamePeople}
}

// Path is the spec's path, or the one that its wants call for, feasible or not: provisioned groups and propagated identity call for
// Identity Center; isolation, little change and the Desktop alone for federation, unless an account on Identity Center is there that can
// stay, which changes least; else one identity for both is Identity Center's (PATH-07, 08, 10, 11).
func (in Input) Path() spec.Path {
	want := func(w spec.Want) bool { return slices.Contains(in.Wants(), w) }
	switch {
	case in.Spec.Path != "":
		return in.Spec.Path
	case want(spec.WantGroups) || want(spec.WantPropagation):
		return spec.PathIdentityCenter
	case want(spec.WantIsolation):
		return spec.PathFederation
	case in.Stays():
		return spec.PathIdentityCenter
	case want(spec.WantLeastChange) || want(spec.WantDesktop) && !want(spec.WantWeb):
		return spec.PathFederation
	}
	return spec.PathIdentityCenter
}

// Stays reports whether an account on Identity Center is there that has the identity Region already: to keep it needs a trusted token
// issuer, and no deletion (PATH-10).
func (in Input) Stays() bool {
	q, _ := in.quick().Get()
	home, seen := q.IdentityRegion.Get()
	return seen && home == in.Spec.TargetRegion && q.Authentication == estate.AuthIdentityCenter
}

// own is the account instance that the Quick account uses, or has to use because there is no organization instance.
func (in Input) own() (estate.Instance, bool) {
	inst, ok := in.Survey.Estate.Accounts[in.Spec.Quick.Account].AccountInstance.Get()
	q, exists := in.quick().Get()
	named := exists && q.InstanceARN == inst.ARN
	alone := in.Survey.Estate.IdentityCenter.IsAbsent() && (!exists || q.InstanceARN == "")
	return inst, ok && (named || alone)
}

// organized reports whether the organization instance is what the way leads through: the path is Identity Center's and no account
// instance serves it.
func (in Input) organized() bool {
	_, own := in.own()
	return in.Path() == spec.PathIdentityCenter && !own
}

// instance is the organization instance where the way leads through it; ok is false where it does not, or where it is not known.
func (in Input) instance() (inst estate.Instance, ok bool) {
	if !in.organized() {
		return inst, false
	}
	return in.Survey.Estate.IdentityCenter.Get()
}

// Target is the Region in which Quick is to be homed: the spec's, or for the web alone wherever it is.
func (in Input) Target() estate.Region {
	if in.Spec.MovesQuick() {
		return in.Spec.TargetRegion
	}
	q, _ := in.quick().Get()
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	return q.IdentityRegion.Or(inst.PrimaryRegion)
}

// additional reports whether the target is another Region than Identity Center's home.
func (in Input) additional() bool {
	inst, ok := in.instance()
	return ok && in.Spec.Goal != spec.GoalSingleRegion && in.Target() != inst.PrimaryRegion
}

// adds reports whether Identity Center has still to be replicated to the target, as far as anybody knows.
func (in Input) adds() bool {
	inst, _ := in.instance()
	state := inst.Regions.Or(nil)[in.Target()]
	return in.additional() && state != estate.RegionActive && state != estate.RegionAdding
}

// arrives reports whether Identity Center is still on its way to the target, begun or not.
func (in Input) arrives() bool {
	inst, _ := in.instance()
	return in.adds() || in.additional() && inst.Regions.Or(nil)[in.Target()] == estate.RegionAdding
}

// keyed reports whether Identity Center is encrypted with a customer's key, whatever is known of the key.
func (in Input) keyed() bool {
	inst, _ := in.instance()
	enc, _ := inst.Encryption.Get()
	return enc.KeyType == estate.CustomerManagedKey
}

// regions are the Regions of Identity Center that matter to the goal, with their state: all of them for a move, else home and target.
func (in Input) regions() map[estate.Region]estate.ReplicaState {
	inst, _ := in.instance()
	all := inst.Regions.Or(nil)
	if in.Spec.MovesQuick() {
		return all
	}
	out := map[estate.Region]estate.ReplicaState{}
	for _, r := range []estate.Region{inst.PrimaryRegion, in.Target()} {
		out[r] = all[r]
	}
	return out
}

// moves reports whether reaching the goal means deleting the Quick account that is there. As long as nobody knows its identity
// Region, it may.
func (in Input) moves() bool {
	q, ok := in.quick().Get()
	home, seen := q.IdentityRegion.Get()
	return ok && in.Spec.MovesQuick() && (!seen || home != in.Spec.TargetRegion) || in.changesMethod()
}

// carries reports whether there are assets to take along.
func (in Input) carries() bool {
	q, _ := in.quick().Get()
	for _, list := range q.Assets {
		if in.moves() && len(list.Or(nil)) > 0 {
			return true
		}
	}
	return false
}

// creates reports whether a Quick account has to be made.
func (in Input) creates() bool {
	return in.moves() || in.Spec.MovesQuick() && in.quick().IsAbsent()
}

// changesMethod reports whether the Quick account knows its people in another way than the path wants. The method is fixed when the
// account is made (PATH-17). A spec that says nothing of paths asks for no other method.
func (in Input) changesMethod() bool {
	q, ok := in.quick().Get()
	asked := in.Spec.Path != "" || len(in.Spec.Want) > 0 && in.Spec.MovesQuick()
	if !ok || q.Authentication == "" || !asked || in.Spec.Goal == spec.GoalSingleRegion {
		return false
	}
	return (q.Authentication == estate.AuthIdentityCenter) != (in.Path() == spec.PathIdentityCenter)
}

// key finds the key that the instance is encrypted with and that fits what it is needed for; ok is false when there is none or nobody
// knows.
func (in Input) key() (id estate.KeyID, key estate.Key, ok bool) {
	inst, _ := in.instance()
	enc, known := inst.Encryption.Get()
	if !known || enc.KeyType != estate.CustomerManagedKey {
		return "", key, false
	}
	id = enc.KeyARN.KeyID()
	key, ok = in.Survey.Estate.Accounts[enc.KeyARN.Account()].Keys[id]
	return id, key, ok && len(in.misfits(enc, key)) == 0
}

// switches reports whether Identity Center has still to be switched to a key that it can be replicated with.
func (in Input) switches() bool {
	inst, ok := in.instance()
	enc, known := inst.Encryption.Get()
	if !ok || !known || !in.additional() {
		return false
	}
	key, surveyed := in.Survey.Estate.Accounts[enc.KeyARN.Account()].Keys[enc.KeyARN.KeyID()]
	return enc.KeyType != estate.CustomerManagedKey || enc.Status != estate.EncryptionEnabled || surveyed && len(in.misfits(enc, key)) > 0
}

// Facts are the facts that the needs of this input depend on; ok is false when the organization's instance is not known or no part
// of the way.
func (in Input) Facts() (f needs.Facts, ok bool) {
	inst, ok := in.instance()
	if !ok {
		return f, false
	}
	org, _ := in.Survey.Estate.Organization.Get()
	inst.Regions = estate.Of(in.regions())
	f = needs.Facts{Instance: inst, OrgID: org.ID, QuickAccount: in.Spec.Quick.Account, Target: in.Target(), Operator: Operator(in.Survey.Callers[in.Spec.Quick.Account])}
	if admin := Operator(in.Survey.Callers[in.Spec.Administrator().Account]); admin != f.Operator {
		f.Administrator = admin
	}
	return f, true
}

// Hands are the accounts and things that whoever runs rehome works on, as far as they are known.
func (in Input) Hands() needs.Hands {
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	h := needs.Hands{Management: in.Spec.Management.Account, Administrator: in.Spec.Administrator().Account, Quick: in.Spec.Quick.Account, Instance: inst.ARN,
		StoreID: inst.IdentityStoreID, Home: inst.PrimaryRegion, Target: in.Target(), Pro: in.Spec.Quick.Edition == "ENTERPRISE_AND_Q", Federated: in.Path() == spec.PathFederation}
	if id, _, ok := in.key(); ok {
		h.Key = id
	}
	return h
}

// Kinds are the kinds of work that are still to come, as far as the facts tell, looking among them.
func (in Input) Kinds() []string {
	out := []string{needs.KindSurvey}
	_, _, fits := in.key()
	back := in.Spec.Goal == spec.GoalSingleRegion
	for _, k := range []struct {
		due   bool
		names []string
	}{
		{in.switches() && !fits && !in.candidates(), []string{"create-key"}},
		{in.switches(), []string{"encrypt-instance", "instance-encrypted"}},
		{in.lacksReplica(), []string{"replica"}},
		{fits && in.deniesKey(), []string{"key-policy"}},
		{fits && in.deniesKey() || in.creates() && (in.switches() || in.keyed()), []string{"verify-key-policies"}},
		{in.adds(), []string{"add-region"}},
		{in.arrives(), []string{"region-active", "verify-replication"}},
		{in.moves(), []string{"record-application", "protection-off", "delete-quick", "quick-gone"}},
		{in.carries(), []string{"export-assets", "import-assets", "load-datasets"}},
		{in.carries() && in.Spec.AssetsWanted().NoTrial == nil, []string{"trial-import"}},
		{in.creates(), []string{"create-quick", "quick-created", "role-memberships", "verify-quick"}},
		{in.mistrusts(), []string{"delete-token-issuer"}},
		{in.distrusts(), []string{"token-issuer", "token-issuer-replicated"}},
		{back, []string{"remove-region", "region-removed", "delete-replica", "aws-owned-key", "aws-owned-key-in-use", "delete-key"}},
	} {
		if k.due {
			out = append(out, k.names...)
		}
	}
	return out
}
