package check

import (
	"fmt"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/policy"
)

// This file names what is behind a refused need of Quick: a policy that is too small, a condition on another account, or a change that
// reached one Region's copy only. Each is found by evaluation; the needs themselves are judged in keyneeds.go.

var (
	minimalDoc = diag.Source{Doc: "Okta and multi-Region article, key policy; IAM Identity Center user guide, baseline key policy (idc-kms 3.2, 9.6)", Date: "2026-11-22", Generation: "October 2025"}
	accountDoc = diag.Source{Doc: "runbook step A2; that aws:SourceAccount is the application's account: idc-kms 3.6, 4.5", Date: "2026-11-22"}
	driftDoc   = diag.Source{Doc: "AWS KMS developer guide, multi-Region keys: key policies are independent (idc-kms 2.1, 2.2)", Date: "2026-11-22"}
)

// judged is a need with its verdict by one policy.
type judged struct {
	needs.Need
	policy.Verdict
}

// judgedAt are the needs of one Region by a policy text; ok is false when the text cannot be read.
func (in Input) judgedAt(r estate.Region, text string) (out []judged, ok bool) {
	facts, known := in.Facts()
	doc, err := policy.Parse(text)
	if !known || err != nil {
		return nil, false
	}
	for _, n := range needs.Of(facts) {
		if n.Region == r {
			out = append(out, judged{n, n.Evaluate(doc)})
		}
	}
	return out, true
}

func quicks(all []judged) (quick, others []judged) {
	for _, j := range all {
		switch {
		case j.Code == "KMS-07":
			quick = append(quick, j)
		case !j.Operator():
			others = append(others, j)
		}
	}
	return quick, others
}

func every(all []judged, is func(judged) bool) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(j judged) bool { return !is(j) })
}

func allowed(j judged) bool { return j.Decision == policy.Allow }

// aboutPeople are condition keys that only requests of IAM principals have: a statement with one of them never was for an application.
var aboutPeople = []string{"aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalArn", "aws:PrincipalAccount", "kms:CallerAccount"}

// unspoken: the call is denied because no statement speaks of applications at all.
func unspoken(j judged) bool {
	return j.Decision == policy.Deny && !j.Explicit && !slices.ContainsFunc(j.Trace, func(s policy.Step) bool {
		person := slices.ContainsFunc(aboutPeople, func(k string) bool { return strings.EqualFold(k, s.Cause.Key) })
		return s.Effect == policy.Allow && s.Cause.Element == "Condition" && !person
	})
}

// isMinimal: the policy in a Region is enough for Identity Center and has nothing for applications: the seven-statement minimum.
func (in Input) isMinimal(r estate.Region, text string) bool {
	all, ok := in.judgedAt(r, text)
	quick, others := quicks(all)
	return ok && every(others, allowed) && every(quick, unspoken)
}

// isOfAnotherAccount: what denies Quick in a Region is only that aws:SourceAccount is to be the key's account. Shown by asking again as
// if Quick were there.
func (in Input) isOfAnotherAccount(r estate.Region, text string) bool {
	facts, ok := in.Facts()
	all, readable := in.judgedAt(r, text)
	if !ok || !readable || in.Spec.Quick.Account == facts.Instance.Owner {
		return false
	}
	there := in
	s := *in.Spec
	s.Quick.Account = facts.Instance.Owner
	there.Spec = &s
	quick, _ := quicks(all)
	moved, _ := there.judgedAt(r, text)
	asIf, _ := quicks(moved)
	return slices.ContainsFunc(quick, func(j judged) bool { return j.Decision == policy.Deny && !j.Explicit }) && every(asIf, allowed)
}

// inTarget runs f for the policy of the target's copy, where Quick's calls land.
func (in Input) inTarget(code, title, cause, fix string, source diag.Source, is func(estate.Region, string) bool) []diag.Finding {
	id, key, ok := in.key()
	r := in.Target()
	text, read := keyPolicy(key, r)
	if !ok || !read || onlyAccount(text) || !is(r, text) {
		return nil
	}
	inst, _ := in.instance()
	fix += "; rehome plan writes the policy and rehome apply puts it: " + in.managedApps(r, text)
	return failed(diag.Finding{Code: code, Subject: KeySubject(r, id), Owner: diag.ManagementAdmin, Source: []diag.Source{source}, Title: fmt.Sprintf(title, r), Cause: cause, Fix: fix,
		Evidence: []diag.Evidence{{Path: copyPath(inst.Owner, id, r, "/policy"), Seen: "by evaluation of the calls that Quick makes"}}})
}

// managedApps is the published statement that lets Quick in, for what a policy text denies it in a Region.
func (in Input) managedApps(r estate.Region, text string) string {
	all, _ := in.judgedAt(r, text)
	quick, _ := quicks(all)
	var denied []needs.Need
	for _, j := range quick {
		denied = append(denied, j.Need)
	}
	return statementFor(denied)
}

// minimalPolicy looks at the target's copy. As long as it has none, it is going to get the policy of the others, so these count.
func minimalPolicy(in Input) []diag.Finding {
	id, key, ok := in.key()
	if ok && in.lacksReplica() {
		return in.minimalCopies(id, key)
	}
	return in.inTarget("KMS-12", "the key policy in %s is the minimum: it admits Identity Center and no AWS managed application, so Quick's sign-up (quicksight.amazonaws.com) is refused",
		"no statement of it speaks of applications; the shortest policy that AWS and others have published leaves theirs out",
		"add the statement for AWS managed applications", minimalDoc, in.isMinimal)
}

func (in Input) minimalCopies(id estate.KeyID, key estate.Key) []diag.Finding {
	inst, _ := in.instance()
	var out []diag.Finding
	for _, r := range in.keyRegions() {
		text, read := keyPolicy(key, r)
		if !read || !in.isMinimal(in.Target(), text) {
			continue
		}
		f := diag.Finding{Code: "KMS-12", Subject: KeySubject(r, id), Owner: diag.ManagementAdmin, Source: []diag.Source{minimalDoc},
			Title: fmt.Sprintf("the key policy in %s is the minimum: it admits Identity Center and no AWS managed application; a replica in %s with the same policy would refuse Quick's sign-up", r, in.Target()),
			Cause: "no statement of it speaks of applications; AWS asks for the same policy in every Region",
			Fix:   "add the statement for AWS managed applications; rehome plan writes the policy and rehome apply puts it: " + in.managedApps(in.Target(), text)}
		out = append(out, failed(f, diag.Evidence{Path: copyPath(inst.Owner, id, r, "/policy"), Seen: "by evaluation of the calls that Quick makes"})...)
	}
	return out
}

func sourceAccount(in Input) []diag.Finding {
	return in.inTarget("KMS-21", "the key policy in %s admits Quick of the key's own account only",
		fmt.Sprintf("its condition on aws:SourceAccount names another account than %s, in which Quick is", in.Spec.Quick.Account),
		fmt.Sprintf("add the statement for AWS managed applications, which goes by aws:SourceOrgID, or let the condition name %s as well", in.Spec.Quick.Account),
		accountDoc, in.isOfAnotherAccount)
}

// drift: a change of the primary's policy never reaches a replica. Policies may differ in words; what counts is what they allow.
func drift(in Input) []diag.Finding {
	id, key, ok := in.key()
	primary, read := keyPolicy(key, key.Primary)
	if !ok || !read {
		return nil
	}
	inst, _ := in.instance()
	var out []diag.Finding
	for _, r := range in.keyRegions() {
		text, known := keyPolicy(key, r)
		if r == key.Primary || !known || onlyAccount(text) {
			continue
		}
		effects := in.differing(r, text, primary)
		if len(effects) == 0 {
			continue
		}
		f := diag.Finding{Code: "KMS-06", Subject: KeySubject(r, id), Owner: diag.ManagementAdmin, Source: []diag.Source{driftDoc},
			Title:    fmt.Sprintf("the key policy in %s denies what the one in %s allows: %s", r, key.Primary, strings.Join(effects, "; ")),
			Cause:    "a change of the primary's policy never reaches a replica; each Region's copy has to be changed by itself",
			Fix:      fmt.Sprintf("put the missing statements on the copy in %s: rehome plan has one PutKeyPolicy per Region", r),
			Evidence: []diag.Evidence{{Path: copyPath(inst.Owner, id, r, "/policy"), Seen: "by evaluation of the same calls with both policies"}}}
		out = append(out, failed(f)...)
	}
	return out
}

// differing names the calls in a Region that its policy denies and the primary's would allow, but for Quick's where a more special
// finding explains them. None where something is denied by word: no missing statement is behind that.
func (in Input) differing(r estate.Region, text, primary string) []string {
	mine, ok := in.judgedAt(r, text)
	theirs, read := in.judgedAt(r, primary)
	if !ok || !read {
		return nil
	}
	explained := r == in.Target() && (in.isMinimal(r, text) || in.isOfAnotherAccount(r, text))
	var callers []string
	actions := map[string][]string{}
	for i, j := range mine {
		if j.Explicit {
			return nil
		}
		if j.Decision != policy.Deny || !allowed(theirs[i]) || explained && j.Code == "KMS-07" {
			continue
		}
		if actions[j.Caller] == nil {
			callers = append(callers, j.Caller)
		}
		actions[j.Caller] = append(actions[j.Caller], j.Action)
	}
	var out []string
	for _, c := range callers {
		slices.Sort(actions[c])
		out = append(out, c+" ("+strings.Join(slices.Compact(actions[c]), ", ")+")")
	}
	return out
}

// deniesKey reports whether some copy's policy denies a documented call.
func (in Input) deniesKey() bool {
	_, key, _ := in.key()
	for _, r := range in.keyRegions() {
		text, ok := keyPolicy(key, r)
		all, read := in.judgedAt(r, text)
		if ok && (!read || slices.ContainsFunc(all, func(j judged) bool { return j.Decision == policy.Deny })) {
			return true
		}
	}
	return false
}
