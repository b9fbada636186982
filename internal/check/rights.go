package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/policy"
	"rehome/internal/spec"
)

// This file tries the caller's rights before anything is changed: what AWS's simulator says of each action that is still to come, and
// what the organization's service control policies say of it.

var (
	simulatorDoc = diag.Source{Doc: "SimulatePrincipalPolicy API reference; which actions: table of rights", Date: "2026-11-22"}
	controlDoc   = diag.Source{Doc: "AWS Organizations user guide, evaluation of service control policies: every level has to allow (idc-kms 4.1)", Date: "2026-11-22"}
)

// rightsByAccount are the actions that are still to come, by account; each action once.
func (in Input) rightsByAccount() map[estate.AccountID][]needs.Right {
	out := map[estate.AccountID][]needs.Right{}
	for _, r := range needs.Rights(in.Hands(), in.Kinds()...) {
		i := slices.IndexFunc(out[r.Account], func(o needs.Right) bool { return o.Action == r.Action })
		switch {
		case i < 0:
			out[r.Account] = append(out[r.Account], r)
		case out[r.Account][i].Kind == needs.KindSurvey: // what a step needs weighs more than what looking needs
			out[r.Account][i] = r
		}
	}
	return out
}

func rights(in Input) []diag.Finding {
	byAccount := in.rightsByAccount()
	var out []diag.Finding
	for _, id := range slices.Sorted(maps.Keys(byAccount)) {
		out = append(out, in.rightsIn(id, byAccount[id])...)
	}
	return out
}

// rightsIn judges one account. What nobody could try stops a plan that cannot be taken back; any other run the first refused call stops.
func (in Input) rightsIn(id estate.AccountID, list []needs.Right) []diag.Finding {
	caller, path := in.Survey.Callers[id], fmt.Sprintf("/accounts/%s/rights", id)
	f := diag.Finding{Code: "SUB-19", Subject: "rights/" + string(id), Owner: diag.ManagementAdmin, Source: []diag.Source{simulatorDoc},
		Title: fmt.Sprintf("the caller in account %s may do all %d actions that are to come", id, len(list))}
	known := in.Survey.Estate.Accounts[id].Rights
	decisions, looked := known.Get()
	var denied, unasked []string
	final := false  // what nobody tried is needed on a way that has no return
	looking := true // what is denied is looking only: what nobody saw speaks for itself
	for _, r := range list {
		before := len(denied)
		switch decision, asked := decisions[r.Action]; {
		case !asked:
			unasked = append(unasked, r.Action)
			final = final || in.creates() && r.Kind != needs.KindSurvey
		case decision == estate.RightAllowed || in.keyGrants(r):
		case in.deniedByControls(id, r):
			// controls says so
		case decision == estate.RightExplicitDeny:
			denied = append(denied, r.Action+" (a policy denies it)")
		default:
			denied = append(denied, r.Action+" (no policy allows it)")
		}
		looking = looking && (len(denied) == before || r.Kind == needs.KindSurvey)
	}
	switch {
	case len(denied) > 0:
		f.Title = fmt.Sprintf("the caller in account %s lacks %s", id, strings.Join(denied, ", "))
		f.Cause = fmt.Sprintf("AWS's simulator judged the policies of %s", orElse(caller, "the caller"))
		f.Fix = "rehome policy render --operator plan prints the policy that allows exactly these; attach it, take denying statements away, then run rehome survey again"
		if looking {
			f.Severity = diag.Warn
		}
		return failed(f, diag.Evidence{Path: path, Seen: strings.Join(denied, ", ")})
	case !looked:
		return in.untried(f, final, fmt.Sprintf("nobody could try the rights of the caller in account %s beforehand", id), path, known.Why())
	case len(unasked) > 0:
		return in.untried(f, final, fmt.Sprintf("nobody has tried %s of the caller in account %s", strings.Join(unasked, ", "), id), path, "the survey did not ask for "+strings.Join(unasked, ", "))
	}
	return passed(f)
}

// untried is about rights that nobody could try. Where the old account would be gone before the refusal comes, or the new one cannot be
// unmade, it blocks: only a person's word is evidence then.
func (in Input) untried(f diag.Finding, final bool, title, path, why string) []diag.Finding {
	if a, ok := in.Spec.Attested(in.Target(), spec.AttestRights); ok {
		f.Severity, f.Title = diag.Warn, fmt.Sprintf("%s vouches on %s for the rights that nobody has tried: %s", a.By, a.Date, a.Reason)
		f.Evidence = []diag.Evidence{{Path: path, Seen: "not looked: " + orElse(why, "the survey found none")}}
		return passed(f)
	}
	f.Title, f.Fix = title, "allow iam:SimulatePrincipalPolicy to the caller, then run: rehome survey"
	if !final {
		f.Severity = diag.Warn
		f.Fix += "; else the first refused call stops the run"
		return unknown(f, path, why)
	}
	f.Fix += fmt.Sprintf("; or, when a person has tried them, say so in the spec: attest: [{statement: %s, region: %s, by: NAME, date: YYYY-MM-DD, reason: HOW}]", spec.AttestRights, in.Target())
	return unknown(f, path, why)
}

// keyGrants reports whether the policy of the key's copy at home lets the caller in by name, which the simulator does not see.
func (in Input) keyGrants(r needs.Right) bool {
	_, key, ok := in.key()
	inst, _ := in.instance()
	text, read := keyPolicy(key, inst.PrimaryRegion)
	doc, err := policy.Parse(text)
	if !ok || !read || err != nil || !strings.HasPrefix(r.Probe, "arn:aws:kms:") {
		return false
	}
	v := policy.AuthorizeKey(policy.Layers{Resource: doc, IdentityKnown: true}, policy.Request{Principal: Operator(in.Survey.Callers[r.Account]), Action: r.Action,
		Resource: r.Probe, ResourceAccount: string(estate.ARN(r.Probe).Account())})
	return v.Decision == policy.Allow
}

// bound reports whether service control policies bind an account: those of an organization never bind its management account.
func (in Input) bound(id estate.AccountID) bool {
	org, ok := in.Survey.Estate.Organization.Get()
	if in.Survey.Estate.Organization.IsAbsent() {
		return false
	}
	return id != cmp.Or(org.ManagementAccount, in.Spec.Management.Account) || !ok && id != in.Spec.Management.Account
}

// control is what one level of control policies says of an action; Allow when nothing speaks against it.
type control struct {
	level, policy string // the policy is empty when the level as a whole does not allow
	decision      policy.Decision
}

// controlled asks every level of an account's service control policies about an action.
func (in Input) controlled(id estate.AccountID, r needs.Right) control {
	levels, _ := in.Survey.Estate.Accounts[id].Controls.Get()
	unsure := control{decision: policy.Allow}
	for _, level := range levels.Service {
		c := in.controlledAt(level, id, r)
		if c.decision == policy.Deny {
			return c
		}
		if c.decision == policy.Unknown {
			unsure = c
		}
	}
	return unsure
}

func (in Input) controlledAt(level estate.ControlLevel, id estate.AccountID, r needs.Right) control {
	names := slices.Sorted(maps.Keys(level.Policies))
	var docs []*policy.Document
	for _, name := range names {
		doc, err := policy.Parse(level.Policies[name])
		if err != nil {
			return control{level.Target, name, policy.Unknown}
		}
		docs = append(docs, doc)
	}
	org, _ := in.Survey.Estate.Organization.Get()
	context := policy.Context{}.With("aws:RequestedRegion", string(r.Region)).With("aws:SecureTransport", "true").With("aws:ViaAWSService", "false")
	if org.ID != "" {
		context = context.With("aws:PrincipalOrgID", org.ID)
	}
	who := Operator(in.Survey.Callers[id])
	if who.Account == "" {
		who = policy.Principal{Kind: policy.RoleSession, Account: string(id)} // somebody of the account; which role is not known
	}
	v := policy.AuthorizeIdentity(policy.Layers{Identity: docs, IdentityKnown: true}, policy.Request{Principal: who, Action: r.Action, Resource: r.Probe, Context: context})
	c := control{level: level.Target, decision: v.Decision}
	if v.Reason == policy.ReasonNotLooked { // a resource of another account: the level itself has allowed
		c.decision = policy.Allow
	}
	for _, s := range v.Trace {
		if v.Explicit && s.Effect == policy.Deny && s.Match == policy.Matched || v.Decision == policy.Unknown && s.Match == policy.MatchUnknown {
			c.policy = names[s.Document]
			break
		}
	}
	return c
}

func (in Input) deniedByControls(id estate.AccountID, r needs.Right) bool {
	return in.bound(id) && in.controlled(id, r).decision == policy.Deny
}

// controls finds the service control policies that deny what is to come, one finding for each.
func controls(in Input) []diag.Finding {
	byAccount := in.rightsByAccount()
	var out []diag.Finding
	for _, id := range slices.Sorted(maps.Keys(byAccount)) {
		known := in.Survey.Estate.Accounts[id].Controls
		switch subject := "rights/" + string(id) + "/controls"; {
		case !in.bound(id):
		case !known.Looked():
			out = append(out, unknown(diag.Finding{Code: "SUB-19", Severity: diag.Warn, Subject: subject, Owner: diag.ManagementAdmin, Source: []diag.Source{controlDoc},
				Title: fmt.Sprintf("nobody could read the service control policies on account %s", id)}, fmt.Sprintf("/accounts/%s/controls", id), known.Why())...)
		default:
			out = append(out, in.controlsOn(id, byAccount[id])...)
		}
	}
	return out
}

func (in Input) controlsOn(id estate.AccountID, list []needs.Right) []diag.Finding {
	against := map[control][]string{}
	for _, r := range list {
		if c := in.controlled(id, r); c.decision != policy.Allow {
			against[c] = append(against[c], r.Action)
		}
	}
	order := slices.SortedFunc(maps.Keys(against), func(a, b control) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.policy, b.policy), cmp.Compare(a.decision, b.decision))
	})
	var out []diag.Finding
	for _, c := range order {
		actions := strings.Join(against[c], ", ")
		path := fmt.Sprintf("/accounts/%s/controls/service", id)
		f := diag.Finding{Code: "SUB-19", Subject: fmt.Sprintf("rights/%s/%s/%s", id, c.level, orElse(c.policy, "no-allow")), Owner: diag.ManagementAdmin, Source: []diag.Source{controlDoc},
			Title: fmt.Sprintf("service control policy %q at %s denies %s in account %s", c.policy, c.level, actions, id),
			Cause: "a service control policy binds every role and user of the account, whatever else they are allowed",
			Fix:   fmt.Sprintf("except these actions from %q at %s for the time of the move, or run with a role that it exempts", c.policy, c.level)}
		switch {
		case c.decision == policy.Unknown:
			f.Subject += "/unclear"
			f.Severity, f.Title = diag.Warn, fmt.Sprintf("whether service control policy %q at %s admits %s in account %s cannot be told", c.policy, c.level, actions, id)
			out = append(out, unknown(f, path, "it has a condition that depends on more than is known, or cannot be read")...)
			continue
		case c.policy == "":
			f.Title = fmt.Sprintf("no service control policy at %s allows %s in account %s", c.level, actions, id)
			f.Cause, f.Fix = "every level from the root to the account has to allow a call", fmt.Sprintf("attach a policy at %s that allows these actions", c.level)
		}
		out = append(out, failed(f, diag.Evidence{Path: path, Seen: fmt.Sprintf("%s at %s: %s", orElse(c.policy, "no allow"), c.level, actions)})...)
	}
	return out
}
