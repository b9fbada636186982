// Package check judges a survey against a spec: one file per theme, each check a function from facts to findings, no I/O. Checks
// do not know each other; that a root cause silences its consequences is said once, in the table of roots. A check must not plan
// or repair anything.
package check

import (
	"fmt"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/policy"
	"rehome/internal/spec"
)

// Input is what checks read.
type Input struct {
	Spec   *spec.Spec
	Survey *estate.Survey
}

// checks are all checks, in the order of the path that a sign-up takes.
var checks = []func(Input) []diag.Finding{
	organization,
	instance,
	replication,
	encryption,
	keyCopies,
	defaultPolicies,
	keyNeeds,
	breakGlass,
	quickAccount,
	identityRegion,
	deletable,
	assets,
	namespaces,
	people,
	protection,
	groups,
	application,
}

// Run makes all findings, links consequences to their roots, and sorts them for people.
func Run(in Input) []diag.Finding {
	var out []diag.Finding
	for _, c := range checks {
		out = append(out, c(in)...)
	}
	silence(out)
	diag.Sort(out)
	return out
}

// Facts are the facts that the needs of this input depend on; ok is false when the instance is not known.
func (in Input) Facts() (f needs.Facts, ok bool) {
	inst, ok := in.Survey.Estate.IdentityCenter.Get()
	if !ok {
		return f, false
	}
	org, _ := in.Survey.Estate.Organization.Get()
	inst.Regions = estate.Of(in.regions())
	return needs.Facts{Instance: inst, OrgID: org.ID, QuickAccount: in.Spec.Quick.Account, Target: in.Target(),
		Operator: Operator(in.Survey.Callers[in.Spec.Quick.Account])}, true
}

// key finds the key that the instance is encrypted with; ok is false when there is none or nobody knows.
func (in Input) key() (id estate.KeyID, key estate.Key, ok bool) {
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	enc, known := inst.Encryption.Get()
	if !known || enc.KeyType != estate.CustomerManagedKey {
		return "", key, false
	}
	id = enc.KeyARN.KeyID()
	key, ok = in.Survey.Estate.Accounts[enc.KeyARN.Account()].Keys[id]
	return id, key, ok
}

func (in Input) quick() estate.Known[estate.Quick] {
	return in.Survey.Estate.Accounts[in.Spec.Quick.Account].Quick
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

// regions are the Regions of Identity Center that matter to the goal, with their state: all of them for a move, else home and target.
func (in Input) regions() map[estate.Region]estate.ReplicaState {
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
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
	return ok && in.Spec.MovesQuick() && (!seen || home != in.Spec.TargetRegion)
}

// quickPath is the place of a Quick fact in the survey.
func (in Input) quickPath(rest string) string {
	return fmt.Sprintf("/accounts/%s/quick%s", in.Spec.Quick.Account, rest)
}

// Operator is the principal behind a caller ARN as far as the ARN tells; zero when it is empty.
func Operator(arn string) policy.Principal {
	if arn == "" {
		return policy.Principal{}
	}
	p := policy.Principal{Kind: policy.IAMUser, ARN: arn, Account: string(estate.ARN(arn).Account())}
	if parts, ok := estate.ARN(arn).Split(); ok && parts[2] == "sts" {
		p.Kind = policy.RoleSession
	}
	return p
}

// unknown is the finding for something that nobody looked at.
func unknown(f diag.Finding, path, why string) []diag.Finding {
	why = orElse(why, "the survey found none")
	f.Status = diag.Unknown
	f.Cause = why
	f.Evidence = append(f.Evidence, diag.Evidence{Path: path, Seen: "not looked: " + why})
	if f.Fix == "" {
		f.Fix = "let the survey read it (see the refused call in the survey's looks), then run: rehome survey"
	}
	return []diag.Finding{f}
}

func passed(f diag.Finding) []diag.Finding {
	f.Status = diag.Pass
	f.Cause, f.Fix = "", ""
	return []diag.Finding{f}
}

func failed(f diag.Finding, seen ...diag.Evidence) []diag.Finding {
	f.Status = diag.Fail
	f.Evidence = append(f.Evidence, seen...)
	return []diag.Finding{f}
}
