package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

var (
	desktopDoc   = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, prerequisites", Date: "2026-06-06"}
	deleteDoc    = diag.Source{Doc: "DeleteAccountSubscription API reference (quick-api 1.5)", Date: "2026-11-22"}
	anchorDoc    = diag.Source{Doc: "runbook 1.4, what the identity Region anchors; Amazon Quick user guide, Regions", Date: "2026-06-06"}
	lifecycleDoc = diag.Source{Doc: "quick-api fact sheet 1.2, 1.4 (status values collected from clients)", Date: "2026-11-22"}
)

func quickAccount(in Input) []diag.Finding {
	f := diag.Finding{Code: "SUB-18", Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{lifecycleDoc},
		Title: "the Quick account is in a settled state"}
	known := in.quick()
	q, ok := known.Get()
	f.Evidence = []diag.Evidence{{Path: in.quickPath("/status"), Seen: orNone(string(q.Status))}}
	switch {
	case !known.Looked():
		f.Title, f.Evidence = "nobody could look at the Quick account", nil
		return unknown(f, in.quickPath(""), known.Why())
	case !ok || q.Status.Live():
		return passed(f)
	case q.Status == estate.QuickUnsubscribing || q.Status == estate.QuickCreating:
		f.Title, f.Owner = "the Quick account is "+string(q.Status), diag.AWS
		f.Cause, f.Fix = "something is under way", "run rehome status, or wait and run rehome survey again"
	default:
		f.Title, f.Cause = "the Quick account is "+string(q.Status), "AWS could not finish what was asked of it"
		f.Fix = "turn termination protection off and delete again, or ask AWS support"
	}
	return failed(f)
}

// anchored tells what hangs on the Region that the account was made in.
func anchored(in Input) []diag.Finding {
	q, _ := in.quick().Get()
	home, ok := q.IdentityRegion.Get()
	if !ok {
		return nil
	}
	return noted(diag.Finding{Code: "SUB-01", Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{anchorDoc},
		Title:    fmt.Sprintf("Quick's identity Region is %s, fixed when the account was made; it anchors %s", home, strings.Join(Anchored(), ", ")),
		Evidence: []diag.Evidence{{Path: in.quickPath("/identity_region"), Seen: string(home)}}})
}

// Anchored is what lives in a Quick account's identity Region alone, in the order of the runbook (SUB-01).
func Anchored() []string {
	return []string{"sign-in", "users", "groups", "namespaces", "the index", "Knowledge", "Spaces"}
}

// identityRegion: Desktop and index, Knowledge and Spaces work only in the identity Region that the account was created with.
func identityRegion(in Input) []diag.Finding {
	target := in.Spec.TargetRegion
	f := diag.Finding{Code: "PATH-01", Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{desktopDoc},
		Title: fmt.Sprintf("Quick's identity Region is %s", target)}
	known := in.quick()
	q, ok := known.Get()
	if !in.Spec.MovesQuick() {
		if !ok {
			return nil
		}
		f.Title = "Quick on the web works in any identity Region"
		return passed(f)
	}
	if !slices.Contains(in.Spec.Table().Desktop, target) {
		f.Title = fmt.Sprintf("Quick on Desktop does not work with identity Region %s", target)
		f.Cause, f.Fix = "the table of Regions lists "+joined(in.Spec.Table().Desktop), "set target_region to one of them, or goal to web-only"
		return failed(f, diag.Evidence{Path: in.quickPath("/identity_region"), Seen: orNone(string(q.IdentityRegion.Or("")))})
	}
	switch home, seen := q.IdentityRegion.Get(); {
	case !known.Looked():
		return nil // quickAccount says so
	case !ok:
		f.Title, f.Cause = "there is no Quick account yet", "it has to be created in "+string(target)
		f.Fix = "rehome plan, then rehome apply"
		return failed(f, diag.Evidence{Path: in.quickPath(""), Seen: "none"})
	case !seen:
		f.Title = "nobody could find out Quick's identity Region"
		return unknown(f, in.quickPath("/identity_region"), q.IdentityRegion.Why())
	case home != target:
		f.Title = fmt.Sprintf("Quick's identity Region is %s; Desktop needs %s", home, target)
		f.Cause = "the identity Region is fixed when the account is created; the Region selector of the web page changes the view only"
		f.Fix = "the account has to be deleted and created anew: rehome plan"
		f.Evidence = []diag.Evidence{{Path: in.quickPath("/identity_region"), Seen: string(home)}}
		return failed(f)
	}
	return passed(f)
}

// deletable: the API deletes Enterprise accounts only.
func deletable(in Input) []diag.Finding {
	if !in.moves() {
		return nil
	}
	q, _ := in.quick().Get()
	f := diag.Finding{Code: "SUB-15", Subject: "quick/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{deleteDoc},
		Title: "the Quick account can be deleted by API"}
	if q.Edition == "STANDARD" {
		f.Title, f.Cause = "a STANDARD account cannot be deleted by API", "the API deletes Enterprise accounts only"
		f.Fix = "unsubscribe by hand at https://us-east-1.quicksight.aws.amazon.com/sn/console/unsubscribe, then run rehome survey again"
		return failed(f, diag.Evidence{Path: in.quickPath("/edition"), Seen: q.Edition})
	}
	return passed(f)
}

// assets: a deletion destroys the assets of every Region, so each Region must be known to be empty, or vouched for.
func assets(in Input) []diag.Finding {
	if !in.moves() {
		return nil
	}
	q, _ := in.quick().Get()
	opt := in.Survey.Estate.Accounts[in.Spec.Quick.Account].Regions
	var out []diag.Finding
	home, _ := q.IdentityRegion.Get()
	for _, r := range in.Spec.AssetRegions(home) {
		if status := opt.Or(nil)[r]; r == "" || status == estate.OptDisabled {
			continue // not opted in: known absent
		}
		out = append(out, in.assetsAt(r, q.Assets[r])...)
	}
	return out
}

func (in Input) assetsAt(r estate.Region, there estate.Known[[]estate.Asset]) []diag.Finding {
	f := diag.Finding{Code: "MIG-15", Subject: fmt.Sprintf("quick/%s/assets/%s", in.Spec.Quick.Account, r), Owner: diag.QuickAdmin, Source: []diag.Source{deleteDoc},
		Title: fmt.Sprintf("nothing in %s would be lost by deleting the Quick account", r)}
	path := in.quickPath("/assets/" + string(r))
	list, ok := there.Get()
	if !ok && !there.IsAbsent() {
		if a, attested := in.Spec.Attested(r, spec.AttestNoAssets); attested {
			f.Title = fmt.Sprintf("%s vouches on %s that %s holds no assets: %s", a.By, a.Date, r, a.Reason)
			f.Severity = diag.Warn
			f.Evidence = []diag.Evidence{{Path: path, Seen: "not looked: " + there.Why()}}
			return passed(f)
		}
		f.Title = fmt.Sprintf("nobody could look for assets in %s; deleting the account would destroy them", r)
		return unknown(f, path, there.Why())
	}
	var names []string
	var out []diag.Finding
	for _, a := range list {
		if slices.Contains(estate.BundleTypes, a.Type) {
			names = append(names, fmt.Sprintf("%s %q (%s)", a.Type, a.Name, a.ID))
			continue
		}
		out = append(out, in.uncarried(r, a))
	}
	if len(names) == 0 {
		return append(out, passed(f)...)
	}
	slices.Sort(names)
	f.Title = fmt.Sprintf("deleting the Quick account would destroy %d assets in %s: %s", len(names), r, some(names))
	if len(names) == 1 {
		f.Title = fmt.Sprintf("deleting the Quick account would destroy an asset in %s: %s", r, names[0])
	}
	f.Cause = "the deletion removes users, folders and assets in every Region, for good"
	f.Fix = "they are exported into a vault before, and imported after: rehome plan"
	f.Evidence = []diag.Evidence{{Path: path, Seen: some(names)}}
	return append(out, failed(f)...)
}

// some names ten at most, so that a line about thousands stays one.
func some(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// uncarried is an asset of a type that no bundle carries: somebody has to say by name what becomes of it (MIG-15, MIG-32).
func (in Input) uncarried(r estate.Region, a estate.Asset) diag.Finding {
	ref := estate.AssetRef{Region: r, Type: a.Type, ID: a.ID}
	key := spec.AssetKey(ref)
	f := diag.Finding{Code: "MIG-15", Subject: "asset/" + key, Owner: diag.QuickAdmin, Source: []diag.Source{deleteDoc},
		Title: fmt.Sprintf("no bundle carries %s %q (%s) in %s, and deleting the Quick account would destroy it", a.Type, a.Name, a.ID, r),
		Cause: "asset bundles do not carry the type " + string(a.Type),
		Fix:   fmt.Sprintf("say in the spec what becomes of it: assets.by_hand (somebody makes it again) or assets.leave (it may go), %q: {by: NAME, date: YYYY-MM-DD, reason: WHY}", key)}
	seen := diag.Evidence{Path: in.quickPath("/assets/" + string(r)), Seen: key}
	wanted := in.Spec.AssetsWanted()
	for what, signed := range map[string]map[string]spec.SignOff{"is made again by hand": wanted.ByHand, "may go with the old account": wanted.Leave} {
		if word, ok := signed[key]; ok {
			f.Evidence, f.Title, f.Severity = []diag.Evidence{seen}, fmt.Sprintf("%s %q (%s) in %s %s: %s", a.Type, a.Name, a.ID, r, what, word), diag.Warn
			return passed(f)[0]
		}
	}
	return failed(f, seen)[0]
}

// namespaces: Identity Center accounts have the default namespace only; others would be left behind with their people.
func namespaces(in Input) []diag.Finding {
	if !in.moves() {
		return nil
	}
	q, _ := in.quick().Get()
	f := diag.Finding{Code: "MIG-04", Subject: "quick/" + string(in.Spec.Quick.Account) + "/namespaces", Owner: diag.QuickAdmin,
		Source: []diag.Source{deleteDoc}, Title: "the Quick account has the default namespace only"}
	there, ok := q.Namespaces.Get()
	if !ok {
		f.Title = "nobody could look at Quick's namespaces"
		return unknown(f, in.quickPath("/namespaces"), q.Namespaces.Why())
	}
	var extra []string
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if name == estate.DefaultNamespace {
			continue
		}
		people := "users not looked at: " + there[name].Users.Why()
		if users, ok := there[name].Users.Get(); ok {
			people = strings.Join(slices.Sorted(maps.Keys(users)), ", ")
		}
		extra = append(extra, fmt.Sprintf("%s (%s)", name, orElse(people, "no users")))
	}
	if len(extra) > 0 {
		f.Title = "the Quick account has namespaces besides default: " + strings.Join(extra, "; ")
		f.Cause = "an Identity Center account has no other namespace, and deleting the account does not delete added ones"
		f.Fix = "move these people to Identity Center groups and delete the namespaces: aws quicksight delete-namespace --namespace NAME"
		return failed(f, diag.Evidence{Path: in.quickPath("/namespaces"), Seen: strings.Join(extra, "; ")})
	}
	return passed(f)
}

func joined(rs []estate.Region) string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = string(r)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
