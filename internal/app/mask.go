package app

import (
	"regexp"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/identity"
)

var addresses = regexp.MustCompile(`[^\s"'@<>(),;]+@[^\s"'@<>(),;]+\.[^\s"'@<>(),;]+`)

// masked gives findings in which no e-mail address is whole: what a sign-in shows may be kept in a journal or pasted into a ticket.
func masked(findings []diag.Finding) []diag.Finding {
	out := slices.Clone(findings)
	hide := func(text *string) {
		*text = addresses.ReplaceAllStringFunc(*text, func(whole string) string { return identity.Person{Value: whole}.Masked() })
	}
	for i := range out {
		f := &out[i]
		f.Evidence = slices.Clone(f.Evidence)
		for _, text := range []*string{&f.Title, &f.Cause, &f.Fix} {
			hide(text)
		}
		for j := range f.Evidence {
			hide(&f.Evidence[j].Seen)
		}
	}
	return out
}
