package check

import (
	"strings"

	"rehome/internal/diag"
)

// roots says which finding silences which: consequence code -> codes that can be its root, nearest first. The subject of the root
// must be the consequence's subject or a part of its beginning, or the root must be about the whole ("identity-center").
var roots = map[string][]string{
	"KMS-05": {"KMS-26"},
	"KMS-07": {"KMS-05", "KMS-26", "IDC-06"},
	"KMS-08": {"KMS-05", "KMS-26", "IDC-06"},
	"KMS-09": {"KMS-05", "KMS-26", "IDC-06"},
	"KMS-26": {"IDC-06", "IDC-01"},
	"IDC-06": {"IDC-01"},
	"IDC-12": {"IDC-06", "IDC-01"},
	"SUB-06": {"IDC-12", "IDC-01"},
	"SUB-18": {"PATH-01"},
}

// silence links each open consequence to its open root.
func silence(fs []diag.Finding) {
	for i := range fs {
		if !fs[i].Open() {
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

func findRoot(fs []diag.Finding, code, subject string) (diag.Finding, bool) {
	for _, f := range fs {
		if f.Code == code && f.Open() && (strings.HasPrefix(subject, f.Subject) || strings.HasPrefix(f.Subject, "identity-center")) {
			return f, true
		}
	}
	return diag.Finding{}, false
}
