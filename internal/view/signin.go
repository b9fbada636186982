package view

import (
	"fmt"
	"io"

	"rehome/internal/app"
	"rehome/internal/estate"
)

// SignedIn renders a sign-in for people: what is wrong first, then what was seen to be right, then the values.
func SignedIn(w io.Writer, r *app.SignedIn) {
	fmt.Fprintf(w, "sign-in: %s\n\n", r.Outcome)
	Findings(w, r.Findings())
	fmt.Fprintln(w)
	for _, c := range r.Checks {
		if !c.Open() {
			fmt.Fprintf(w, "%s  %s  %s\n", marks[c.Finding.Status], c.Code, c.Title)
		}
	}
	if r.Person != "" {
		fmt.Fprintf(w, "\nwho signed in: %s\n", r.Person)
	}
	fmt.Fprintf(w, "how far this goes: %s\n\n", r.Level)
	switch r.Outcome {
	case "pass":
		fmt.Fprintln(w, "The values card; each value is the one that this sign-in used:")
	case "looked":
		fmt.Fprintln(w, "The values as they were typed. Nobody has signed in with them yet: do not enter them in the Quick console.")
	default:
		fmt.Fprintln(w, "The values as they were typed. They are not released: do not enter them in the Quick console.")
	}
	values(w, r.Values)
}

func values(w io.Writer, v estate.SignInValues) {
	for _, f := range estate.SignInFields {
		fmt.Fprintf(w, "  %-24s %s\n", f.Label, *f.Of(&v))
	}
}

// Guide renders how an application is registered.
func Guide(w io.Writer, g *app.Registration) {
	for i, s := range g.Steps {
		fmt.Fprintf(w, "%d. %s\n", i+1, s)
	}
	fmt.Fprintln(w)
	for _, s := range g.Settings {
		fmt.Fprintf(w, "  %-28s %s\n", s[0], s[1])
	}
	fmt.Fprintln(w, "\nThe five values:")
	values(w, g.Values)
	for _, s := range g.Notes {
		fmt.Fprintf(w, "note: %s\n", s)
	}
}
