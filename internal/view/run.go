package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"rehome/internal/app"
)

// Facing tells who acts where.
func Facing(w io.Writer, f app.Facing) {
	fmt.Fprintf(w, "target: %s", f.Target)
	if f.World != "" {
		fmt.Fprintf(w, " (%s)", f.World)
	}
	fmt.Fprintln(w)
	for _, id := range sortedKeys(f.Callers) {
		fmt.Fprintf(w, "account %s as %s\n", id, f.Callers[id])
	}
}

// Applied renders an apply for people.
func Applied(w io.Writer, a *app.Applied) {
	Steps(w, a.Steps)
	if a.Finished {
		fmt.Fprintf(w, "finished: every step is done; %d changing calls in this run", a.Mutating)
		if a.Outage > 0 {
			fmt.Fprintf(w, "; outage %s", seconds(a.Outage))
		}
		fmt.Fprintln(w)
	} else {
		fmt.Fprintln(w, "not finished; go on with: rehome resume")
	}
	outputs(w, a.Steps)
}

// Undone renders how far a run was taken back.
func Undone(w io.Writer, a *app.Applied) {
	Steps(w, a.Steps)
	if a.Finished {
		fmt.Fprintf(w, "taken back; %d changing calls in this process\n", a.Mutating)
		return
	}
	fmt.Fprintf(w, "not taken back yet; %d changing calls in this process; go on with: rehome undo\n", a.Mutating)
}

// outputs are what people need to know afterwards: names, ARNs, what is left.
func outputs(w io.Writer, steps []app.StepResult) {
	for _, s := range steps {
		for _, k := range sortedKeys(s.Output) {
			fmt.Fprintf(w, "  %s: %s = %s\n", s.ID, k, s.Output[k])
		}
	}
}

// Status renders the state of a run.
func Status(w io.Writer, s *app.Status) {
	switch {
	case s.Run == "":
		fmt.Fprintf(w, "plan %s for %s: not begun\n", s.Plan[:12], s.Target)
	case s.Finished:
		fmt.Fprintf(w, "plan %s for %s: run %s is finished\n", s.Plan[:12], s.Target, s.Run)
	default:
		fmt.Fprintf(w, "plan %s for %s: run %s is unfinished; go on with: rehome resume\n", s.Plan[:12], s.Target, s.Run)
	}
	if s.Torn > 0 {
		fmt.Fprintf(w, "the journal's last record was cut short by a crash (%d bytes); the next run drops it and looks again\n", s.Torn)
	}
	Steps(w, s.Steps)
}

// Report tells the whole run: who, what was found, consented, done, and what is left to people.
func Report(w io.Writer, s *app.Status) {
	Status(w, s)
	for _, c := range s.Callers {
		fmt.Fprintf(w, "caller: %s\n", c)
	}
	for _, a := range s.Attested {
		fmt.Fprintf(w, "vouched for: %s\n", a)
	}
	for _, c := range s.Consents {
		fmt.Fprintf(w, "consent: %s by %s (%s) at %s\n", c.RiskName, c.CallerARN, c.OSUser, c.Time.Format(time.RFC3339))
	}
	if s.Outage > 0 {
		fmt.Fprintf(w, "outage: %s\n", seconds(s.Outage))
	}
	outputs(w, s.Steps)
	fmt.Fprintf(w, "journal:\n")
	for _, r := range s.Records {
		text := []string{r.Time.Format(time.RFC3339), string(r.Type), r.Step}
		if r.Gate != "" {
			text = append(text, "gate "+string(r.Gate))
		}
		if r.Call != nil {
			text = append(text, fmt.Sprintf("%s:%s in %s, request %s %s", r.Call.Service, r.Call.Operation, r.Call.Region, r.Call.RequestID, r.Call.Error))
		}
		fmt.Fprintf(w, "  %s\n", strings.TrimSpace(strings.Join(append(text, r.State, r.Detail), " ")))
	}
	fmt.Fprintf(w, "found before the run:\n")
	Findings(w, s.Findings)
}

// Explanation renders what is known of an error.
func Explanation(w io.Writer, e *app.Explanation) {
	if len(e.Matches) == 0 {
		fmt.Fprintln(w, "unknown: no entry of the catalogue fits this text. Worth collecting: the whole text, the Region and account of the call, the caller's ARN, the time, and the CloudTrail event.")
	}
	for _, m := range e.Matches {
		fmt.Fprintf(w, "%s  %s  (%s)\n", m.ID, m.Title, m.Confidence)
		line(w, "cause", m.Cause)
		for _, f := range m.Evidence {
			line(w, "found", f.Code+" "+f.Subject+": "+f.Title)
		}
		line(w, "fix", m.Fix)
		line(w, "step", m.Step)
		line(w, "whose move", m.Owner.String())
		for _, s := range m.Source {
			line(w, "source", s.String())
		}
	}
}
