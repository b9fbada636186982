package token

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"rehome/internal/diag"
)

// flaw is one thing that can be wrong, under the name by which a check finds it. What it says is fixed text; what was seen is evidence.
type flaw struct {
	title, cause, fix string // cause: why it usually is so, the likeliest first
	severity          diag.Severity
	owner             diag.Owner
}

// check is a rule: where it comes from, and what is told when it holds.
type check struct {
	slug, code string
	holds      string // title when nothing is wrong
	source     string // of standards
	when       func(Expect) bool
	// judge names the flaw, or "" when the rule holds, and gives what is fit to be shown.
	judge func(*opened, Expect) (string, []diag.Evidence)
}

const checked = "2026-11-22"

// finding tells how a check ended. A flaw of severity Note is nothing to act on, so it passes.
func (c check) finding(prefix, name string, seen []diag.Evidence) diag.Finding {
	out := diag.Finding{Code: c.code, Subject: prefix + "/" + c.slug, Status: diag.Pass, Title: c.holds, Evidence: seen,
		Source: []diag.Source{{Doc: c.source, Date: checked}}}
	if name == "" {
		return out
	}
	f := flaws[name]
	out.Title, out.Cause, out.Fix, out.Severity, out.Owner = f.title, f.cause, f.fix, f.severity, f.owner
	if f.severity != diag.Note {
		out.Status = diag.Fail
	}
	return out
}

// flaws are all that a key set or a token can be refused or warned of for.
var flaws = merged(formFlaws, headerFlaws, signatureFlaws, claimFlaws, timeFlaws, personFlaws, refreshFlaws, setFlaws)

func merged(tables ...map[string]flaw) map[string]flaw {
	all := map[string]flaw{}
	for _, t := range tables {
		for name, f := range t {
			all[name] = f
		}
	}
	return all
}

// maxSeen is how much of a stranger's text is shown, in runes.
const maxSeen = 120

// seen shows what something said, shortened and on one line.
func seen(path string, said ...string) []diag.Evidence {
	shown := strings.Join(said, ", ")
	if r := []rune(shown); len(r) > maxSeen {
		shown = string(r[:maxSeen]) + " ..."
	}
	return []diag.Evidence{{Path: path, Seen: cmp.Or(strings.Map(printable, shown), "nothing")}}
}

func both(a, b []diag.Evidence) []diag.Evidence { return slices.Concat(a, b) }

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// Mask hides a person's address but for its first letter and its domain, and any other text but for its first letter.
func Mask(value string) string {
	at := strings.LastIndex(value, "@")
	name, domain := value, ""
	if at >= 0 {
		name, domain = value[:at], value[at:]
	}
	first := ""
	if r := []rune(name); len(r) > 1 {
		first = string(r[:1])
	}
	return strings.Map(printable, first+"***"+domain)
}
