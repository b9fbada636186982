package view

import (
	"fmt"
	"io"

	"rehome/internal/app"
)

// Evidence tells what a set of evidence holds.
func Evidence(w io.Writer, m *app.Manifest) {
	for _, f := range m.Files {
		fmt.Fprintf(w, "%-18s %9d bytes  %s", f.Name, f.Size, f.What)
		n := 0
		for _, r := range f.Redacted {
			n += r.Count
		}
		if n > 0 {
			fmt.Fprintf(w, "; replaced in %d places", n)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "seal: %s\nwrite the seal down elsewhere; check the set with: rehome report --verify DIR\n", m.Seal)
}

// Verified tells whether a set of evidence is what it was.
func Verified(w io.Writer, v *app.Verified) {
	for _, f := range v.Files {
		fmt.Fprintf(w, "%-8s %s", f.State, f.Name)
		if f.Why != "" {
			fmt.Fprintf(w, ": %s", f.Why)
		}
		fmt.Fprintln(w)
	}
	for _, p := range v.CrossChecks {
		fmt.Fprintf(w, "%-8s %s\n", marks[p.Status], p.What)
		line(w, "why", p.Why)
	}
	if !v.Intact {
		fmt.Fprintln(w, "this set is NOT what it was when it was made")
		return
	}
	fmt.Fprintf(w, "the set is intact; its seal is %s\n", v.Seal)
}
