package view

import (
	"fmt"
	"io"
	"text/tabwriter"

	"rehome/internal/app"
)

// Proof renders a proof for people: one line for each thing that was looked at.
func Proof(w io.Writer, p *app.Trial) {
	fmt.Fprintf(w, "%s: %s\n\n", p.What, p.Outcome)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range p.Rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", marks[r.Status], r.Region, r.Subject, r.Claim, r.Seen)
	}
	t.Flush()
}
