package paths

import (
	"fmt"
	"strings"

	"rehome/internal/spec"
)

// Markdown is the record as a decision that can be filed.
func (r Record) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Decision: how Quick knows its people\n\nGoal: %s, in %s. Wanted: %s.\n\n", r.Goal, r.Target, words(r.Wants))
	fmt.Fprintf(&b, "**Recommended: %s.** **Chosen: %s**%s.\n\n## Why\n\n", r.named(r.Recommended), r.named(r.Chosen), map[bool]string{true: " by the spec", false: ""}[r.ByHand])
	for _, w := range r.Reasons {
		fmt.Fprintf(&b, "- %s: %s (%s)\n", w.Code, w.Why, w.Source)
	}
	if len(r.Against) > 0 {
		b.WriteString("\n## What speaks against the choice\n\n")
		for _, a := range r.Against {
			fmt.Fprintf(&b, "- %s\n", a)
		}
	}
	if d := r.Desktop; d != nil {
		fmt.Fprintf(&b, "\n## How people sign in\n\n- web: %s; setting up Quick on Desktop does not change it (PATH-06)\n- Quick on Desktop: %s (PATH-05)\n", d.Web, d.Desktop)
		for _, c := range d.Costs {
			fmt.Fprintf(&b, "- it costs: %s (%s)\n", c.Why, c.Source)
		}
	}
	for _, c := range r.Candidates {
		c.write(&b)
	}
	return b.String()
}

func (c Candidate) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s: %s\n\n| | |\n|---|---|\n", c.Letter, c.Name)
	migration := "no"
	if c.RequiresMigration {
		migration = "requires migration: " + c.Migration
	}
	verdict := string(c.Feasible)
	if len(c.Codes) > 0 {
		verdict += " (" + join(c.Codes) + ")"
	}
	for _, row := range [][2]string{{"feasible", verdict}, {"authenticates", c.Authenticates}, {"changes Identity Center", yes(c.TouchesIdentity)}, {"changes the key or its policies", yes(c.TouchesKey)},
		{"effort", c.Effort}, {"who must act", strings.Join(c.Actors, "; ")}, {"costs", c.Cost}, {"becomes permanent", strings.Join(c.Permanent, "; ")}, {"migration of the account that is there", migration}} {
		fmt.Fprintf(b, "| %s | %s |\n", row[0], strings.ReplaceAll(row[1], "|", `\|`))
	}
	if len(c.Why) > 0 {
		b.WriteString("\n")
	}
	for _, w := range c.Why {
		fmt.Fprintf(b, "- %s\n", w)
	}
	b.WriteString("\nSources:\n\n")
	for _, s := range c.Sources {
		fmt.Fprintf(b, "- %s\n", s)
	}
}

func (r Record) named(p spec.Path) string {
	for _, c := range r.Candidates {
		if c.Path == p {
			return fmt.Sprintf("path %s, %s", c.Letter, c.Name)
		}
	}
	return string(p)
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

func words(wants []spec.Want) string {
	out := make([]string, len(wants))
	for i, w := range wants {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
