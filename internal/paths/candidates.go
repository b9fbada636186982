package paths

import (
	"fmt"
	"slices"
	"strings"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// openFor are the findings of a way: the input judged as if the spec chose it.
func openFor(in check.Input, path spec.Path) (check.Input, []diag.Finding) {
	s := *in.Spec
	s.Path = path
	in.Spec = &s
	return in, check.Run(in)
}

// What rules a way out: a failed blocking finding of one of these codes makes it impossible, an unknown one leaves it open. Neither list
// is ever changed.
var (
	rulesOutA = []string{"IDC-01", "IDC-03", "IDC-04", "IDC-05", "IDC-07", "IDC-08", "PATH-20"}
	rulesOutB = []string{"PATH-14", "PATH-16", "PATH-20"}
)

func (c *Candidate) judge(fs []diag.Finding, codes []string) {
	failed, unknown := check.Blocking(fs, codes)
	c.Feasible, c.Codes = Feasible, nil
	switch {
	case len(failed) > 0:
		c.Feasible, c.Codes = Infeasible, failed
	case len(unknown) > 0:
		c.Feasible, c.Codes = Unclear, unknown
	}
	for _, f := range fs {
		if f.Blocks() && slices.Contains(c.Codes, f.Code) {
			c.Why = append(c.Why, f.Code+": "+f.Title)
		}
	}
}

// migration says what makes leaving the Quick account that is there necessary.
func (c *Candidate) migration(in check.Input, method bool) {
	q, ok := in.Survey.Estate.Accounts[in.Spec.Quick.Account].Quick.Get()
	home, seen := q.IdentityRegion.Get()
	var why []string
	if ok && in.Spec.MovesQuick() && seen && home != in.Spec.TargetRegion {
		why = append(why, fmt.Sprintf("the account's identity Region is %s, not %s", home, in.Spec.TargetRegion))
	}
	if ok && q.Authentication != "" && (q.Authentication == estate.AuthIdentityCenter) != method {
		why = append(why, "the account's identity method is "+q.Authentication)
	}
	c.RequiresMigration, c.Migration = len(why) > 0, strings.Join(why, "; ")
}

const never = "the account's identity method and identity Region are fixed when it is made; another choice later means deleting it and making it anew"

func identityCenter(in check.Input) Candidate {
	in, fs := openFor(in, spec.PathIdentityCenter)
	c := Candidate{Letter: A, Path: spec.PathIdentityCenter, Name: "Identity Center of the organization",
		Authenticates:   "web: Identity Center; Desktop: OIDC at the identity provider, mapped to the Identity Center user",
		TouchesIdentity: slices.ContainsFunc(in.Kinds(), func(k string) bool { return k == "add-region" || k == "encrypt-instance" }),
		TouchesKey:      slices.ContainsFunc(in.Kinds(), func(k string) bool { return k == "create-key" || k == "replica" || k == "key-policy" }),
		Actors:          []string{diag.ManagementAdmin.String(), diag.QuickAdmin.String(), diag.IdPAdmin.String()}, Cost: "nothing new from AWS but Quick's own licences",
		Permanent: []string{never, "Identity Center's primary Region can never be changed"}, Sources: []diag.Source{runbookNeeds, identityDoc, desktopDoc}}
	if in.Spec.DelegatedAdministrator != nil {
		c.Actors = slices.Insert(c.Actors, 1, "delegated administrator of Identity Center, account "+string(in.Spec.DelegatedAdministrator.Account))
	}
	if c.TouchesKey {
		c.Cost, c.Sources = "a customer managed key in each Region of Identity Center: 1 USD a month for each copy (as of November 2026), and requests", append(c.Sources, keyCostDoc)
		c.Permanent = append(c.Permanent, "whoever may change the key's policies in any Region can lock everybody out of Identity Center")
	}
	c.migration(in, true)
	c.Effort = effort(in)
	c.judge(fs, rulesOutA)
	return c
}

func federation(in check.Input) Candidate {
	in, fs := openFor(in, spec.PathFederation)
	c := Candidate{Letter: B, Path: spec.PathFederation, Name: "federation, without Identity Center",
		Authenticates: "web: IAM federation, the account's base method; Desktop: OIDC at the identity provider, mapped by the email address",
		Actors:        []string{diag.QuickAdmin.String(), diag.IdPAdmin.String()}, Cost: "nothing new from AWS but Quick's own licences",
		Permanent: []string{never, "no group of Identity Center and no propagated identity, on the web as on the Desktop"}, Sources: []diag.Source{runbookNeeds, desktopDoc}}
	c.migration(in, false)
	c.Effort = effort(in)
	c.judge(fs, rulesOutB)
	if c.Feasible == Feasible && slices.Contains(in.Wants(), spec.WantDesktop) && !in.Survey.Estate.SignIn.IsKnown() {
		c.Feasible, c.Codes = Unclear, []string{"PATH-14"}
		c.Why = []string{"PATH-14: whether the identity provider can register a native client with refresh tokens was not looked at"}
	}
	return c
}

// accountInstance is listed so that the decision is complete; rehome does not go this way yet.
func accountInstance(in check.Input) Candidate {
	c := Candidate{Letter: C, Name: "an account instance of Identity Center in a member account of its own, homed in " + string(in.Spec.TargetRegion) + " (not offered yet)",
		Authenticates: "web: the account instance; Desktop: OIDC at the identity provider, mapped to the instance's user",
		Actors:        []string{"administrator of the member account", diag.QuickAdmin.String(), diag.IdPAdmin.String()}, Effort: "a day: a new instance with its own people and groups, and a new Quick account",
		Cost: "nothing new from AWS but Quick's own licences", Permanent: []string{never, "an account instance can neither be replicated nor have a customer's key"}, Sources: []diag.Source{accountDoc}}
	inst, ok := in.Survey.Estate.Accounts[in.Spec.Quick.Account].AccountInstance.Get()
	switch {
	case in.Spec.Quick.Account == in.Spec.Management.Account:
		c.Feasible, c.Codes = Infeasible, []string{"IDC-01"}
		c.Why = []string{"no account instance can be made in the management account, in which Quick is"}
	case ok && inst.PrimaryRegion != in.Spec.TargetRegion:
		c.Feasible, c.Codes = Infeasible, []string{"IDC-03"}
		c.Why = []string{fmt.Sprintf("the account has its one instance in %s, and it cannot be replicated", inst.PrimaryRegion)}
	case ok:
		c.Feasible = Feasible
	default:
		c.Feasible = Unclear
		c.Why = []string{"whether the organization lets the account make one (sso:CreateInstance) was not looked at"}
	}
	c.migration(in, true)
	return c
}

// effort counts the kinds of step that are still to come and names the class of hours.
func effort(in check.Input) string {
	n := len(in.Kinds()) - 1 // without looking
	switch {
	case n == 0:
		return "none: nothing has to be changed"
	case slices.Contains(in.Kinds(), "add-region"):
		return fmt.Sprintf("hours: %d kinds of step, among them a replication of 15 to 30 minutes", n)
	case slices.Contains(in.Kinds(), "delete-quick"):
		return fmt.Sprintf("hours: %d kinds of step, among them deleting and making the Quick account", n)
	}
	return fmt.Sprintf("an hour: %d kinds of step", n)
}

func join(codes []string) string { return strings.Join(codes, ", ") }
