package check

import (
	"slices"
	"strings"

	"rehome/internal/diag"
)

// roots says which finding silences which: consequence code -> codes that can be its root, nearest first. The subject of the root
// must begin the consequence's, name the same Region, or the root must be one of wide: about the whole. Those of hiding are roots
// only while they are unknown: what nobody knows hides what depends on it. What the caller may do (rights/…) has no root here.
var roots = map[string][]string{
	"KMS-05":  {"KMS-26"},
	"KMS-06":  {"KMS-26"},
	"KMS-07":  {"KMS-05", "KMS-12", "KMS-21", "KMS-06", "KMS-24", "KMS-26", "IDC-06", "IDC-24"},
	"KMS-08":  {"KMS-05", "KMS-06", "KMS-24", "KMS-26", "IDC-06"},
	"KMS-09":  {"KMS-05", "KMS-06", "KMS-24", "KMS-26", "IDC-06"},
	"KMS-14":  {"KMS-05", "KMS-06", "KMS-24", "KMS-26", "IDC-12", "IDC-06"},
	"SUB-19":  {"KMS-05", "KMS-06", "KMS-24", "KMS-26", "IDC-12", "IDC-06"},
	"KMS-26":  {"IDC-06", "IDC-01"},
	"KMS-01":  {"IDC-01", "SUB-18"},
	"IDC-06":  {"IDC-01", "SUB-18"},
	"IDC-12":  {"IDC-05", "IDC-04", "IDC-10", "KMS-26", "KMS-01", "IDC-06", "IDC-01", "SUB-18"},
	"SUB-06":  {"PATH-01", "IDC-12", "KMS-26", "IDC-01"},
	"MIG-04":  {"PATH-01"},
	"SUB-23":  {"PATH-01"},
	"PATH-01": {"PATH-20"},
}

// silence links each open consequence to its open root.
func silence(fs []diag.Finding) {
	for i := range fs {
		if !fs[i].Open() || strings.HasPrefix(fs[i].Subject, "rights/") {
			continue
		}
		for _, code := range roots[fs[i].Code] {
			if root, ok := findRoot(fs, code, fs[i].Subject); ok {
				fs[i].CausedBy = root.Key()
				break
			}
		}
	}
}

var (
	wide   = []string{"IDC-01", "IDC-04", "IDC-05", "IDC-06", "IDC-10", "IDC-24", "KMS-01", "PATH-01", "SUB-18"}
	hiding = []string{"IDC-24", "PATH-01", "SUB-18"}
	// Those of certain are roots only when they have failed: a question that is open stops nothing by itself.
	certain = []string{"IDC-04", "IDC-05", "IDC-10"}
	// A person's word or another account's part hides nothing.
	aside = []string{"organization/delegated-administrator"}
)

// region is the second part of a subject, which is the Region where a subject has one.
func region(subject string) string {
	_, rest, _ := strings.Cut(subject, "/")
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func findRoot(fs []diag.Finding, code, subject string) (diag.Finding, bool) {
	for _, f := range fs {
		if f.Code != code || !f.Blocks() || slices.Contains(aside, f.Subject) || slices.Contains(hiding, code) && f.Status != diag.Unknown ||
			slices.Contains(certain, code) && f.Status != diag.Fail {
			continue
		}
		if slices.Contains(wide, code) || strings.HasPrefix(subject, f.Subject) || region(subject) == region(f.Subject) {
			return f, true
		}
	}
	return diag.Finding{}, false
}
