package view

import (
	"fmt"
	"io"

	"rehome/internal/app"
)

// Templates renders exported templates for people: which format to take at all, what each template asks for, the risk, and the commands.
func Templates(w io.Writer, t *app.TemplatesExported) {
	if t.Dir == "" {
		fmt.Fprintf(w, "format: %s\n%s\n", t.Recommended, t.Why)
		return
	}
	fmt.Fprintf(w, "templates of account %s in %s (%s): %d, in %s\n", t.Account, t.Region, t.Target, len(t.Templates), t.Dir)
	if t.Purpose == "" {
		fmt.Fprintf(w, "%s; a template only where templates go on governing the assets\n", t.Why)
	}
	for _, one := range t.Templates {
		fmt.Fprintf(w, "\n%s: %d assets, %d bytes\n", one.File, one.Assets, one.Bytes)
		for _, p := range one.Parameters {
			switch {
			case p.Required:
				fmt.Fprintf(w, "  parameter %s: has no default; give it its value in %s\n", p.Name, t.To)
			case p.Value != "":
				fmt.Fprintf(w, "  parameter %s: %s here, %s after the move\n", p.Name, p.Default, p.Value)
			}
		}
		for _, edit := range one.Edit {
			fmt.Fprintf(w, "  edit %s\n", edit)
		}
		for _, p := range one.Warnings {
			fmt.Fprintf(w, "  AWS warns of %s: %s\n", p.ARN, p.Message)
		}
	}
	if len(t.Templates) > 0 {
		fmt.Fprintf(w, "\nrisk %s\n", t.Risk.Name)
		for _, line := range t.Risk.Text {
			fmt.Fprintf(w, "  %s\n", line)
		}
		fmt.Fprintf(w, "\nwhoever accepts that makes the stacks in %s:\n", t.To)
	}
	for _, one := range t.Templates {
		for _, command := range one.Commands {
			fmt.Fprintf(w, "  %s\n", command)
		}
	}
	if len(t.Templates) > 0 {
		fmt.Fprintf(w, "why one fails is in its events:\n  aws cloudformation describe-stack-events --region %s --stack-name %s --query \"StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId,ResourceStatusReason]\" --output text\n", t.To, t.Templates[0].Stack)
	}
	leftOver(w, t.Left)
	if len(t.Findings) > 0 {
		fmt.Fprintln(w)
		Findings(w, t.Findings)
	}
}
