package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

var (
	placesDoc = diag.Source{Doc: "IAM Identity Center user guide, applications in additional Regions (idc-kms 1.7)", Date: "2026-11-22"}
	// Two texts of AWS contradict each other about Quick; the newer and more special one holds (idc-kms 3.7, 10).
	quickGuide = diag.Source{Doc: "Amazon Quick user guide, IAM Identity Center with several Regions: gives the procedure (idc-kms 3.7)", Date: "2026-11-22", Generation: "newest"}
	appTable   = diag.Source{Doc: "IAM Identity Center user guide, table of AWS managed applications: Amazon Quick, additional Regions: No (idc-kms 3.7)", Date: "2026-11-22", Generation: "before the Quick guide"}
)

const quickProvider = "quicksight" // INFERRED: AWS does not document it (idc-kms 5.1)

// application watches the Identity Center applications of Quick: the live one must be enabled, one of a deleted account is a leftover.
func application(in Input) []diag.Finding {
	inst, ok := in.instance()
	apps, known := inst.Applications.Get()
	if !ok {
		return nil
	}
	if !known {
		return unknown(diag.Finding{Code: "SUB-12", Severity: diag.Warn, Subject: "application", Owner: diag.ManagementAdmin,
			Title: "nobody could look at the applications of Identity Center", Source: []diag.Source{replicationDoc}}, "/identity_center/applications", inst.Applications.Why())
	}
	q, _ := in.quick().Get()
	live := q.Namespaces.Or(nil)[estate.DefaultNamespace].ApplicationARN
	var out []diag.Finding
	for _, arn := range slices.Sorted(maps.Keys(apps)) {
		app := apps[arn]
		if app.Account != in.Spec.Quick.Account || !strings.Contains(string(app.Provider), "quicksight") && arn != live {
			continue
		}
		f := diag.Finding{Code: "SUB-12", Subject: "application/" + string(arn), Owner: diag.ManagementAdmin, Title: "Quick's application in Identity Center is enabled",
			Source:   []diag.Source{{Doc: "Amazon Quick user guide, Identity Center: what breaks the account (idc-kms 3.7)", Date: "2026-11-22"}},
			Evidence: []diag.Evidence{{Path: "/identity_center/applications/" + strings.ReplaceAll(string(arn), "/", "~1"), Seen: app.Status + ", created from " + string(app.CreatedFrom)}}}
		switch {
		case arn != live && live != "" || in.quick().IsAbsent():
			f.Severity, f.Title = diag.Warn, "an application of a Quick account that is gone is left in Identity Center"
			f.Cause, f.Fix = "it was created from "+string(app.CreatedFrom), "rehome never deletes it; look who is assigned, then delete it in Identity Center yourself"
			out = append(out, failed(f)...)
		case app.Status != "ENABLED":
			f.Title, f.Cause = "Quick's application in Identity Center is "+app.Status, "irreversible damage risk: disabling or deleting it, or changing who must be assigned, breaks the Quick account for good; rehome never touches it"
			f.Fix = "enable it again in Identity Center, in " + string(app.CreatedFrom)
			out = append(out, failed(f)...)
		default:
			out = append(out, passed(f)...)
		}
	}
	return out
}

// elsewhere notes the applications that are managed in another Region than Identity Center's home: only there can they be changed.
func elsewhere(in Input) []diag.Finding {
	inst, ok := in.instance()
	apps, _ := inst.Applications.Get()
	if !ok {
		return nil
	}
	var out []diag.Finding
	for _, arn := range slices.Sorted(maps.Keys(apps)) {
		if from := apps[arn].CreatedFrom; from != "" && from != inst.PrimaryRegion {
			out = append(out, noted(diag.Finding{Code: "IDC-19", Subject: "application/" + string(arn), Owner: diag.ManagementAdmin, Source: []diag.Source{placesDoc},
				Title:    fmt.Sprintf("application %s is managed in %s alone, where it was created", apps[arn].Name, from),
				Evidence: []diag.Evidence{{Path: "/identity_center/applications/" + pointer(arn) + "/created_from", Seen: string(from)}}})...)
		}
	}
	return out
}

// pointer escapes an ARN for a JSON pointer.
func pointer(arn estate.ARN) string { return strings.ReplaceAll(string(arn), "/", "~1") }

// additionalRegions: what is to run in an additional Region must support it. Quick does, by the newer of two texts that disagree.
func additionalRegions(in Input) []diag.Finding {
	inst, ok := in.instance()
	target := in.Target()
	if !ok || !in.additional() {
		return nil
	}
	row, _ := in.Spec.Support(quickProvider)
	subject, path := "quick/"+string(in.Spec.Quick.Account), "/identity_center/applications"
	f := diag.Finding{Code: "IDC-08", Subject: subject, Owner: diag.QuickAdmin, Source: []diag.Source{row.Source}, Title: fmt.Sprintf("Amazon Quick can be deployed in %s, an additional Region of Identity Center", target)}
	var out []diag.Finding
	if in.creates() {
		out = append(out, in.supported(f, row, path)...)
		if row.AdditionalRegions == estate.Supported && row.Disputed != "" {
			w := diag.Finding{Code: "IDC-09", Severity: diag.Warn, Subject: subject, Owner: diag.QuickAdmin, Source: []diag.Source{quickGuide, appTable},
				Title: fmt.Sprintf("sources of AWS disagree whether Amazon Quick may be homed in %s, an additional Region: the Quick guide gives the procedure, Identity Center's table of applications said no", target),
				Fix:   "look at both pages once more, or ask AWS support; rehome goes by the Quick guide, which is newer"}
			w.Status, w.Cause, w.Evidence = diag.Unknown, row.Disputed, []diag.Evidence{{Path: path, Seen: "additional_regions: " + string(row.AdditionalRegions) + ", disputed"}}
			out = append(out, w)
		}
	}
	apps, _ := inst.Applications.Get()
	for _, arn := range slices.Sorted(maps.Keys(apps)) {
		app := apps[arn]
		provider := app.ProviderName()
		row, known := in.Spec.Support(provider)
		if app.CreatedFrom != target || provider == quickProvider || provider == estate.CustomProvider || !known || row.AdditionalRegions == "" {
			continue
		}
		f := diag.Finding{Code: "IDC-08", Subject: "application/" + string(arn), Owner: diag.ManagementAdmin, Source: []diag.Source{row.Source}, Title: fmt.Sprintf("%s can run in %s, an additional Region", app.Name, target)}
		out = append(out, in.supported(f, row, path+"/"+pointer(arn))...)
	}
	return out
}

func (in Input) supported(f diag.Finding, row estate.ApplicationSupport, path string) []diag.Finding {
	switch row.AdditionalRegions {
	case estate.Supported:
		return passed(f)
	case estate.Unsupported:
		f.Title = fmt.Sprintf("%s does not run in %s, an additional Region of Identity Center", row.Name, in.Target())
		f.Cause, f.Fix = "the table of applications says so", "deploy it in Identity Center's home Region, or correct the row under applications in the spec when AWS has changed its mind"
		return failed(f, diag.Evidence{Path: path, Seen: "additional_regions: no for " + row.Provider})
	}
	f.Title = fmt.Sprintf("whether %s runs in an additional Region is not known", orElse(row.Name, row.Provider))
	return unknown(f, path, "no row of the table of applications says it of "+row.Provider)
}
