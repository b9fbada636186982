package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// This file is about what kind of Quick account there is and which way of knowing its people is possible where.

var (
	methodDoc   = diag.Source{Doc: "CreateAccountSubscription API reference, AuthenticationMethod; Amazon Quick user guide, signing up (quick-api 1.1)", Date: "2026-11-22"}
	editionDoc  = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, Applies to; asset bundle API reference, editions", Date: "2026-06-06"}
	planDoc     = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, note on Free and Plus; how such an account shows in the API is nowhere written", Date: "2026-06-06", Inferred: true}
	licenceDoc  = diag.Source{Doc: "runbook 6.2, what a second account costs", Date: "2026-06-06"}
	pathADoc    = diag.Source{Doc: "runbook 6.2, when path A is feasible; multi-Region prerequisites (idc-kms 1.5)", Date: "2026-11-22"}
	conditionsA = []string{"IDC-01", "IDC-03", "IDC-04", "IDC-05", "IDC-07", "IDC-08"} // what rules path A out when it fails; never changed
)

// kind: Free and Plus accounts are not what an enterprise set-up is for.
func kind(in Input) []diag.Finding {
	q, ok := in.quick().Get()
	e := strings.ToUpper(q.Edition)
	if !ok || in.Spec.Goal != spec.GoalDesktop || !strings.Contains(e, "FREE") && !strings.Contains(e, "PLUS") {
		return nil
	}
	return failed(diag.Finding{Code: "PATH-20", Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{planDoc},
		Title: fmt.Sprintf("not applicable: a %s account of Quick is outside the enterprise set-up", q.Edition),
		Cause: "Free and Plus accounts sign in to the Desktop app in the ordinary way, with the account that they were made with",
		Fix:   "sign in to Quick on Desktop in the ordinary way; for the enterprise set-up sign up for an Enterprise account"},
		diag.Evidence{Path: in.quickPath("/edition"), Seen: q.Edition})
}

// edition: Standard accounts may use Desktop; what rehome does by API is not offered to them.
func edition(in Input) []diag.Finding {
	q, ok := in.quick().Get()
	if !ok || in.Spec.Goal != spec.GoalDesktop || q.Edition != "STANDARD" {
		return nil
	}
	return failed(diag.Finding{Code: "PATH-21", Severity: diag.Warn, Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{editionDoc, deleteDoc},
		Title: "a STANDARD account may use Quick on Desktop, and AWS's APIs for moving assets and for deleting the account refuse it",
		Cause: "asset bundles and DeleteAccountSubscription are for Enterprise accounts; new accounts are ENTERPRISE or ENTERPRISE_AND_Q",
		Fix:   "expect to unsubscribe and to carry assets by hand; the new account will be an Enterprise one"},
		diag.Evidence{Path: in.quickPath("/edition"), Seen: q.Edition})
}

// method: how an account knows its people is fixed when it is made.
func method(in Input) []diag.Finding {
	q, ok := in.quick().Get()
	if !ok || q.Authentication == "" {
		return nil
	}
	wanted := map[spec.Path]string{spec.PathIdentityCenter: estate.AuthIdentityCenter, spec.PathFederation: "IAM federation"}[in.Path()]
	f := diag.Finding{Code: "PATH-17", Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{methodDoc},
		Title: fmt.Sprintf("the Quick account's identity method is %s, as the path wants", q.Authentication)}
	if !in.changesMethod() {
		f.Title = "the Quick account keeps its identity method, " + q.Authentication
		return passed(f)
	}
	f.Title = fmt.Sprintf("the Quick account's identity method is %s and the path wants %s: the only way is to delete the account and create it anew, which is irreversible", q.Authentication, wanted)
	f.Cause = "the identity method is chosen when the account is created and can never be changed"
	f.Fix = "delete and re-create it (rehome plan), or choose the path that the account has: path in the spec"
	return failed(f, diag.Evidence{Path: in.quickPath("/authentication"), Seen: q.Authentication})
}

// onlyIdentityCenter: in some Regions Quick accounts know no other identity method.
func onlyIdentityCenter(in Input) []diag.Finding {
	target := in.Target()
	if in.Path() != spec.PathFederation || target == "" {
		return nil
	}
	table := in.Spec.Table()
	f := diag.Finding{Code: "PATH-16", Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{table.Sources["idc_only"]},
		Title: fmt.Sprintf("a Quick account in %s can use federation", target)}
	if slices.Contains(table.IdCOnly, target) {
		f.Title, f.Cause = fmt.Sprintf("path federation is refused in %s: Quick accounts there can only use Identity Center", target), "so it is in "+joined(table.IdCOnly)
		f.Fix = "choose path: identity-center, or another target_region"
		return failed(f, diag.Evidence{Path: "/spec/target_region", Seen: string(target)})
	}
	return passed(f)
}

// signUpRegion: AWS once wrote that the sign-up call is not offered in some Regions. The sentence is gone, so it warns only.
func signUpRegion(in Input) []diag.Finding {
	target := in.Target()
	if !in.creates() {
		return nil
	}
	table := in.Spec.Table()
	if !slices.Contains(table.NoAPISignup, target) {
		return nil
	}
	return failed(diag.Finding{Code: "SUB-08", Severity: diag.Warn, Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{table.Sources["no_api_signup"]},
		Title: fmt.Sprintf("creating the Quick account by API in %s may be refused", target), Cause: "an older text of AWS excepts " + joined(table.NoAPISignup) + "; today's does not",
		Fix: "be ready to choose another target_region before the old account is deleted"}, diag.Evidence{Path: "/spec/target_region", Seen: string(target)})
}

// payingTwice: people with the same email in two Quick accounts are paid for twice.
func payingTwice(in Input) []diag.Finding {
	mine, ok := emails(in.quick())
	if !ok {
		return nil
	}
	var out []diag.Finding
	for _, id := range slices.Sorted(maps.Keys(in.Survey.Estate.Accounts)) {
		theirs, known := emails(in.Survey.Estate.Accounts[id].Quick)
		if id == in.Spec.Quick.Account || !known {
			continue
		}
		both := slices.DeleteFunc(slices.Clone(mine), func(e string) bool { return !slices.Contains(theirs, e) })
		if len(both) == 0 {
			continue
		}
		out = append(out, failed(diag.Finding{Code: "PATH-18", Severity: diag.Warn, Subject: "quick/" + string(id), Owner: diag.QuickAdmin, Source: []diag.Source{licenceDoc},
			Title: fmt.Sprintf("%d people have a user in the Quick accounts of %s and of %s and are licensed twice", len(both), in.Spec.Quick.Account, id),
			Cause: "Quick licences count per account; the same person on the web and on the Desktop needs one account only", Fix: "keep people who use both in one account, and remove their users from the other"},
			diag.Evidence{Path: fmt.Sprintf("/accounts/%s/quick/namespaces", id), Seen: fmt.Sprintf("%d of the same email addresses", len(both))})...)
	}
	return out
}

// emails are the addresses of an account's users in all namespaces, in lower case, each once, sorted; ok is false when nobody knows.
func emails(account estate.Known[estate.Quick]) (out []string, ok bool) {
	q, _ := account.Get()
	namespaces, ok := q.Namespaces.Get()
	for _, n := range namespaces {
		users, known := n.Users.Get()
		ok = ok && known
		for _, u := range users {
			out = append(out, strings.ToLower(u.Email))
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(e string) bool { return e == "" }), ok
}

// pathA concludes whether the path through Identity Center can be gone at all.
func pathA(in Input, fs []diag.Finding) []diag.Finding {
	if in.Path() != spec.PathIdentityCenter {
		return nil
	}
	f := diag.Finding{Code: "PATH-13", Subject: "path/" + string(spec.PathIdentityCenter), Source: []diag.Source{pathADoc}, Title: "path A, through Identity Center, is feasible"}
	no, unsure := Blocking(fs, conditionsA)
	for _, codes := range [][]string{unsure, no} {
		if i := slices.IndexFunc(fs, func(o diag.Finding) bool { return o.Blocks() && len(codes) > 0 && o.Code == codes[0] }); i >= 0 {
			f.CausedBy = fs[i].Key()
		}
	}
	switch {
	case len(no) > 0:
		f.Title, f.Cause = "path A, through Identity Center, is not feasible: "+strings.Join(no, ", "), titles(fs, no)
		f.Fix = "mend what these findings name, or choose path: federation in the spec"
		return failed(f, diag.Evidence{Path: "/identity_center", Seen: strings.Join(no, ", ")})
	case len(unsure) > 0:
		f.Title = "whether path A, through Identity Center, is feasible is not known: " + strings.Join(unsure, ", ")
		f.Fix = "answer what these findings ask"
		return unknown(f, "/identity_center", titles(fs, unsure))
	}
	return passed(f)
}

// clientConditions are what federation asks of the identity provider, and the findings that say that it is missing (PATH-14); never
// changed.
var clientConditions = []struct {
	what  string
	codes []string
}{
	{"a public client with a proof key (DSK-02)", []string{"DSK-02", "DSK-03", "OKT-01", "OKT-03"}},
	{"the loopback address (DSK-04)", []string{"DSK-04"}},
	{"the grants and scopes for refresh tokens (DSK-11)", []string{"DSK-10", "DSK-11", "OKT-02", "OKT-05"}},
}

// pathB concludes whether the identity provider can have the client that federation needs. Without a look it says nothing.
func pathB(in Input, fs []diag.Finding) []diag.Finding {
	if in.Path() != spec.PathFederation || !in.Spec.WantsDesktop() || !in.Survey.Estate.SignIn.IsKnown() {
		return nil
	}
	f := diag.Finding{Code: "PATH-14", Subject: "path/" + string(spec.PathFederation), Owner: diag.IdPAdmin, Source: []diag.Source{pathADoc},
		Title: "path B, federation, is feasible: the identity provider has the client that it needs, as far as can be told without a sign-in"}
	var no, lacks []string
	for _, c := range clientConditions {
		if codes, _ := Blocking(fs, c.codes); len(codes) > 0 {
			no, lacks = append(no, codes...), append(lacks, c.what)
		}
	}
	if len(no) == 0 {
		return passed(f)
	}
	i := slices.IndexFunc(fs, func(o diag.Finding) bool { return o.Blocks() && o.Code == no[0] })
	f.CausedBy = fs[i].Key()
	f.Title, f.Cause = "path B, federation, is not feasible as the identity provider is set up: it lacks "+strings.Join(lacks, ", "), titles(fs, no)
	f.Fix = "mend what these findings name"
	return failed(f, diag.Evidence{Path: "/sign_in", Seen: strings.Join(no, ", ")})
}

// Blocking gives the codes among those asked for that have a failed blocking finding, and those that have an unknown one, each sorted.
func Blocking(fs []diag.Finding, codes []string) (failed, unknown []string) {
	for _, f := range fs {
		switch {
		case !f.Blocks() || !slices.Contains(codes, f.Code):
		case f.Status == diag.Fail:
			failed = append(failed, f.Code)
		default:
			unknown = append(unknown, f.Code)
		}
	}
	slices.Sort(failed)
	slices.Sort(unknown)
	return slices.Compact(failed), slices.Compact(unknown)
}

func titles(fs []diag.Finding, codes []string) string {
	var out []string
	for _, f := range fs {
		if f.Blocks() && slices.Contains(codes, f.Code) {
			out = append(out, cmp.Or(f.Title, f.Cause))
		}
	}
	return strings.Join(out, "; ")
}
