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

// This file asks whether Identity Center can be replicated to a Region, and whether it can be taken away from one.

var (
	// AWS's text of the feature's first day is narrower than today's; today's holds (idc-kms 1.5, 10).
	firstDay    = diag.Source{Doc: "IAM Identity Center multi-Region launch text and walkthrough (idc-kms 1.5)", Date: "2026-06-06", Generation: "February 2026"}
	today       = diag.Source{Doc: "IAM Identity Center user guide, multi-Region prerequisites (idc-kms 1.5)", Date: "2026-11-22", Generation: "newest"}
	workflowDoc = diag.Source{Doc: "RemoveRegion API reference; for AddRegion by analogy (idc-kms 1.2)", Date: "2026-11-22", Inferred: true}
	removeDoc   = diag.Source{Doc: "RemoveRegion API reference; user guide, removing a Region (idc-kms 1.2, 1.7)", Date: "2026-11-22"}
)

// identitySource: people must come from an external provider or Identity Center's own directory. No API tells which; a person does.
func identitySource(in Input) []diag.Finding {
	inst, ok := in.instance()
	source, word := inst.IdentitySource.Get()
	path, seen := "/identity_center/identity_source", string(source)
	if !word && in.Spec.IdentitySource != "" {
		source, path, seen = in.Spec.IdentitySource, "/spec/identity_source", string(in.Spec.IdentitySource)+", by a person's word in the spec; no API tells it"
	}
	f := diag.Finding{Code: "IDC-04", Subject: "identity-center", Owner: diag.ManagementAdmin, Source: []diag.Source{today, firstDay},
		Title: "the identity source admits additional Regions", Evidence: []diag.Evidence{{Path: path, Seen: seen}}}
	switch {
	case !ok || in.Spec.Goal == spec.GoalSingleRegion || !in.additional() && len(inst.Regions.Or(nil)) < 2:
		return nil
	case source == "" && (!in.adds() || !inst.Regions.Looked()):
		return nil // it is replicated, so it could be; or nobody knows, which replication says
	case source == "":
		f.Title, f.Evidence = "nobody has said where Identity Center's people come from", nil
		f.Fix = "see Identity Center, Settings, Identity source, and write identity_source: external, directory or active-directory into the spec"
		return unknown(f, path, "no API tells the identity source, and the spec does not")
	case source == estate.SourceActiveDirectory:
		f.Title, f.Cause = "Identity Center's people come from Active Directory", "an instance with Active Directory as its source cannot be replicated"
		f.Fix = "change the identity source to an external provider or Identity Center's directory, or choose path: federation in the spec"
		return failed(f)
	case source == estate.SourceDirectory:
		f.Title = "people come from Identity Center's own directory: AWS's first text asked for an external provider, today's admits both"
		return noted(f)
	}
	return passed(f)
}

// eligibleRegions: home and target must be Regions that need no opt-in. What is replicated already was admitted by AWS.
func eligibleRegions(in Input) []diag.Finding {
	inst, ok := in.instance()
	if !ok || !in.adds() {
		return nil
	}
	var out []diag.Finding
	for _, r := range []estate.Region{inst.PrimaryRegion, in.Target()} {
		opt := in.Survey.Estate.Accounts[in.Spec.Management.Account].Regions.Or(nil)[r]
		f := diag.Finding{Code: "IDC-05", Subject: "identity-center/" + string(r), Owner: diag.ManagementAdmin, Source: []diag.Source{in.Spec.Table().Sources["default_enabled"], firstDay, today},
			Title:    fmt.Sprintf("%s can take part in replication: it is enabled by default", r),
			Evidence: []diag.Evidence{{Path: fmt.Sprintf("/accounts/%s/regions/%s", in.Spec.Management.Account, r), Seen: cmp.Or(string(opt), "not looked; by the table of Regions")}}}
		if !slices.Contains(in.Spec.Table().DefaultEnabled, r) {
			f.Title, f.Cause = fmt.Sprintf("%s needs an opt-in; Identity Center cannot be replicated from or to it", r), "only Regions that are enabled by default take part: "+joined(in.Spec.Table().DefaultEnabled)
			f.Fix = "choose another target_region; when AWS has admitted the Region since, list it in the spec under regions: default_enabled"
			out = append(out, failed(f)...)
			continue
		}
		out = append(out, passed(f)...)
	}
	return out
}

// otherWorkflow: an instance adds or removes one Region at a time.
func otherWorkflow(in Input) []diag.Finding {
	inst, ok := in.instance()
	if !ok || !in.adds() && in.Spec.Goal != spec.GoalSingleRegion {
		return nil
	}
	regions := inst.Regions.Or(nil)
	var out []diag.Finding
	for _, r := range slices.Sorted(maps.Keys(regions)) {
		if regions[r] == estate.RegionActive || r == in.Target() {
			continue
		}
		out = append(out, failed(diag.Finding{Code: "IDC-10", Subject: "identity-center/" + string(r), Owner: diag.AWS, Source: []diag.Source{workflowDoc},
			Title: fmt.Sprintf("another workflow is running on Identity Center: %s is %s", r, regions[r]), Cause: "an instance adds or removes one Region at a time",
			Fix:      fmt.Sprintf("wait until aws sso-admin list-regions --region %s --instance-arn %s shows only ACTIVE ones, then run rehome survey again", inst.PrimaryRegion, inst.ARN),
			Evidence: []diag.Evidence{{Path: "/identity_center/regions/" + string(r), Seen: string(regions[r])}}})...)
	}
	return out
}

// Candidate is a Region that Identity Center could be replicated to, or why not.
type Candidate struct {
	Region estate.Region
	WhyNot string // empty: it can be
}

// Candidates judges every Region that is enabled by default, or that holds a copy of the key, sorted. The console offers the same ones:
// Regions that hold an enabled copy of the key (IDC-33).
func (in Input) Candidates() []Candidate {
	inst, _ := in.instance()
	_, key, ok := in.key()
	regions := slices.Concat(in.Spec.Table().DefaultEnabled, slices.Collect(maps.Keys(key.Copies)))
	slices.Sort(regions)
	var out []Candidate
	for _, r := range slices.Compact(regions) {
		there, listed := key.Copies[r]
		c, known := there.Get()
		why := ""
		switch state, is := inst.Regions.Or(nil)[r]; {
		case r == inst.PrimaryRegion:
			why = "Identity Center is homed there"
		case is:
			why = "Identity Center is " + string(state) + " there"
		case !slices.Contains(in.Spec.Table().DefaultEnabled, r):
			why = "it needs an opt-in"
		case !ok:
			why = "Identity Center has no multi-Region key of the customer"
		case !listed || there.IsAbsent(): // a key's own metadata name all its copies
			why = "the key has no copy there"
		case !known:
			why = "nobody could look at the key's copy there"
		case c.State != estate.KeyEnabled:
			why = "the key's copy there is " + string(c.State)
		}
		out = append(out, Candidate{r, why})
	}
	return out
}

// removable: a Region in which Quick is homed, or an application was made, cannot be given up without breaking it.
func removable(in Input) []diag.Finding {
	inst, ok := in.instance()
	if !ok || in.Spec.Goal != spec.GoalSingleRegion {
		return nil
	}
	q, _ := in.quick().Get()
	home, seen := q.IdentityRegion.Get()
	apps, known := inst.Applications.Get()
	regions := inst.Regions.Or(nil)
	var out []diag.Finding
	for _, r := range slices.Sorted(maps.Keys(regions)) {
		if r == inst.PrimaryRegion {
			continue
		}
		f := diag.Finding{Code: "IDC-31", Subject: "identity-center/" + string(r), Owner: diag.QuickAdmin, Source: []diag.Source{removeDoc},
			Title: fmt.Sprintf("nothing lives in %s, so Identity Center can be taken away from there", r)}
		var there []string
		if seen && home == r {
			there = append(there, "Quick is homed there")
		}
		for _, arn := range slices.Sorted(maps.Keys(apps)) {
			if apps[arn].CreatedFrom == r {
				there = append(there, fmt.Sprintf("application %s (%s) was created from there", apps[arn].Name, arn))
			}
		}
		switch {
		case len(there) > 0:
			f.Title = fmt.Sprintf("Identity Center cannot be taken away from %s: %s", r, strings.Join(there, "; "))
			f.Cause, f.Fix = "applications that were created in a Region stop working when it is removed, until it is added again", "delete or move them first, then run rehome survey again"
			out = append(out, failed(f, diag.Evidence{Path: "/identity_center/regions/" + string(r), Seen: strings.Join(there, "; ")})...)
		case !known || !seen && !in.quick().IsAbsent():
			f.Title = fmt.Sprintf("nobody could look what lives in %s", r)
			out = append(out, unknown(f, "/identity_center/applications", cmp.Or(inst.Applications.Why(), q.IdentityRegion.Why(), in.quick().Why()))...)
		default:
			out = append(out, passed(f)...)
		}
	}
	return out
}
