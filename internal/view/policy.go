package view

import (
	"fmt"
	"io"

	"rehome/internal/app"
)

// OperatorPolicies prints each account's policy under a heading.
func OperatorPolicies(w io.Writer, p *app.OperatorPolicies) {
	for i, o := range p.Policies {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "# IAM policy for the caller in account %s (%s)\n%s\n", o.Account, p.For, o.Document)
	}
}
