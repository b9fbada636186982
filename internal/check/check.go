// Package check judges a survey against a spec: one file per theme, each check a function from facts to findings, no I/O. Checks
// do not know each other; that a root cause silences its consequences is said once, in the table of roots. A check must not plan
// or repair anything.
package check

import (
	"fmt"

	"rehome/internal/diag"
	"rehome/internal/estate"
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
	delegatedAdministrator,
	instance,
	accountInstances,
	instanceKind,
	identitySource,
	eligibleRegions,
	otherWorkflow,
	replication,
	removable,
	encryption,
	keyShape,
	ownKey,
	customerKeySupport,
	keyCopies,
	defaultPolicies,
	minimalPolicy,
	sourceAccount,
	drift,
	keyNeeds,
	keySwitch,
	breakGlass,
	rights,
	controls,
	quickAccount,
	anchored,
	kind,
	edition,
	identityRegion,
	method,
	onlyIdentityCenter,
	signUpRegion,
	deletable,
	assets,
	namespaces,
	people,
	payingTwice,
	protection,
	groups,
	application,
	elsewhere,
	additionalRegions,
	signInWanted,
	provider,
	signInProven,
	reached,
	tokenIssuer,
	oddMapping,
	oneEach,
	extensionAccess,
	recordedValues,
}

// conclusions are what follows from the findings of all checks.
var conclusions = []func(Input, []diag.Finding) []diag.Finding{pathA, pathB}

// Run makes all findings, links consequences to their roots, and sorts them for people.
func Run(in Input) []diag.Finding {
	var out []diag.Finding
	for _, c := range checks {
		out = append(out, c(in)...)
	}
	for _, c := range conclusions {
		out = append(out, c(in, out)...)
	}
	silence(out)
	diag.Sort(out)
	return out
}

func (in Input) quick() estate.Known[estate.Quick] {
	return in.Survey.Estate.Accounts[in.Spec.Quick.Account].Quick
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

// noted is worth knowing and asks for nothing.
func noted(f diag.Finding) []diag.Finding {
	f.Severity = diag.Note
	return passed(f)
}

func failed(f diag.Finding, seen ...diag.Evidence) []diag.Finding {
	f.Status = diag.Fail
	f.Evidence = append(f.Evidence, seen...)
	return []diag.Finding{f}
}
