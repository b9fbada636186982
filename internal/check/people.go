package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// people: the deletion takes users, groups and roles along. Only those that Identity Center gives back by the wanted groups return.
func people(in Input) []diag.Finding {
	if !in.moves() {
		return nil
	}
	q, _ := in.quick().Get()
	f := diag.Finding{Code: "SUB-23", Subject: "quick/" + string(in.Spec.Quick.Account) + "/people", Owner: diag.QuickAdmin, Source: []diag.Source{deleteDoc},
		Title: "everybody in Quick comes back with the roles' groups", Evidence: []diag.Evidence{{Path: in.quickPath("/authentication"), Seen: orNone(q.Authentication)}}}
	if q.Authentication != estate.AuthIdentityCenter {
		f.Title = "Quick's people do not come from Identity Center (" + orNone(q.Authentication) + "); deleting the account would delete them"
		f.Cause = "users and groups of other identity methods live in the account itself, and no identity store can be exchanged for another"
		f.Fix = "this version of rehome moves Identity Center accounts only"
		return failed(f)
	}
	groups := q.Namespaces.Or(nil)[estate.DefaultNamespace].Groups
	own, known := groups.Get()
	roles, rolesKnown := q.Roles.Get()
	wanted, wantedKnown := in.WantedGroups().Get()
	switch {
	case !known:
		f.Title = "nobody could look at Quick's own groups"
		return unknown(f, in.quickPath("/namespaces/default/groups"), groups.Why())
	case !rolesKnown || !wantedKnown:
		f.Title = "nobody could look at the groups of Quick's roles"
		return unknown(f, in.quickPath("/roles"), q.Roles.Why())
	}
	var lost []string
	for _, name := range slices.Sorted(maps.Keys(own)) {
		lost = append(lost, "Quick group "+name)
	}
	kept := slices.Concat(slices.Collect(maps.Values(wanted))...)
	for _, role := range estate.QuickRoles {
		for _, g := range roles[role] {
			if !slices.Contains(kept, g) {
				lost = append(lost, fmt.Sprintf("%s (%s)", g, role))
			}
		}
	}
	if len(lost) > 0 {
		f.Title = "these would not come back: " + strings.Join(lost, ", ")
		f.Cause = "the new account gets the groups of the spec only"
		f.Fix = "add them to quick.groups in the spec, or take them out of Quick first, then run: rehome survey"
		return failed(f)
	}
	return passed(f)
}

// protection: an account that works without termination protection was left so by somebody, or by a run that could not end.
func protection(in Input) []diag.Finding {
	q, ok := in.quick().Get()
	on, known := q.TerminationProtection.Get()
	home, seen := q.IdentityRegion.Get()
	if !ok || !known || !seen || !q.Status.Live() {
		return nil
	}
	f := diag.Finding{Code: "SUB-14", Severity: diag.Warn, Subject: "quick/" + string(in.Spec.Quick.Account) + "/protection", Owner: diag.QuickAdmin, Source: []diag.Source{deleteDoc},
		Title: "the Quick account is protected against deletion", Evidence: []diag.Evidence{{Path: in.quickPath("/termination_protection"), Seen: fmt.Sprint(on)}}}
	if !on {
		f.Title, f.Cause = "the Quick account is not protected against deletion", "somebody turned termination protection off, or a run ended before it could turn it on again"
		f.Fix = fmt.Sprintf("aws quicksight update-account-settings --region %s --aws-account-id %s --default-namespace default --termination-protection-enabled", home, in.Spec.Quick.Account)
		return failed(f)
	}
	return passed(f)
}
