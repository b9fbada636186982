// Package view renders the results of the use cases: text for people and versioned JSON for programs. stdout gets the answer and
// nothing else. It must not decide, call or read anything; all that it shows is in the results.
package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// JSON writes any result as its contract's JSON.
func JSON(w io.Writer, v any) error {
	b, err := document.Encode(v)
	if err == nil {
		_, err = w.Write(b)
	}
	return err
}

// ErrorFormat is the version of an error's JSON.
const ErrorFormat = "rehome.error/v1"

// Error renders an error for people, or as JSON.
func Error(w io.Writer, err error, asJSON bool) {
	e := diag.From("the command", err)
	if !asJSON {
		fmt.Fprint(w, e.Render())
		return
	}
	_ = JSON(w, struct { // an error that cannot be written has nowhere to go
		Format   string   `json:"format"`
		Code     string   `json:"code"`
		What     string   `json:"what"`
		At       string   `json:"at,omitzero"`
		Where    string   `json:"where,omitzero"`
		Why      string   `json:"why,omitzero"`
		Owner    string   `json:"owner"`
		Fix      []string `json:"fix,omitzero"`
		ExitCode int      `json:"exit_code"`
	}{ErrorFormat, e.Code, e.What, e.At.String(), e.Where, e.Why, e.Owner.String(), e.Fix, diag.ExitCode(err)})
}

var marks = map[diag.Status]string{diag.Pass: "pass", diag.Fail: "FAIL", diag.Unknown: "????"}

// Findings lists findings for people. What a root cause explains is only counted under it, and passed checks only at the end.
func Findings(w io.Writer, fs []diag.Finding) {
	passed, silenced := 0, map[string]int{}
	var notes []diag.Finding
	for _, f := range fs {
		if !f.Open() {
			passed++
		}
		if f.Status == diag.Pass && f.Severity == diag.Note {
			notes = append(notes, f)
		}
		if f.CausedBy != "" {
			silenced[f.CausedBy]++
		}
	}
	for _, f := range fs {
		if !f.Open() || f.CausedBy != "" {
			continue
		}
		fmt.Fprintf(w, "%s  %-5s  %s  %s\n", marks[f.Status], f.Severity, f.Code, f.Title)
		line(w, "subject", f.Subject)
		line(w, "cause", f.Cause)
		for _, e := range f.Evidence {
			line(w, "seen", e.Path+" = "+e.Seen)
		}
		if n := silenced[f.Key()]; n > 0 {
			line(w, "explains", fmt.Sprintf("%d further findings", n))
		}
		line(w, "fix", f.Fix)
		line(w, "step", f.RepairedBy)
		line(w, "whose move", f.Owner.String())
		for _, s := range f.Source {
			line(w, "source", s.String())
		}
	}
	for _, f := range notes {
		fmt.Fprintf(w, "note         %s  %s\n", f.Code, f.Title)
	}
	if passed > 0 || len(fs) == 0 {
		fmt.Fprintf(w, "%d checks passed\n", passed)
	}
}

func line(w io.Writer, label, text string) {
	if text != "" {
		fmt.Fprintf(w, "      %-10s %s\n", label+":", text)
	}
}

// Prerequisites lists what has to be there before anything is planned.
func Prerequisites(w io.Writer, all []app.Prerequisite) {
	for _, p := range all {
		fmt.Fprintf(w, "%-8s  %s\n", p.Status, p.Name)
		line(w, "seen", p.Seen)
		line(w, "findings", strings.Join(p.Findings, ", "))
	}
}

// Planned renders a plan and how its path was chosen.
func Planned(w io.Writer, p *app.PlanMade) {
	fmt.Fprintf(w, "path: %s", p.Paths.Chosen)
	if p.Paths.Chosen != p.Paths.Recommended {
		fmt.Fprintf(w, " (recommended: %s)", p.Paths.Recommended)
	}
	fmt.Fprintln(w)
	for _, c := range p.Paths.Candidates {
		fmt.Fprintf(w, "  %s  %s: %s\n", c.Letter, c.Name, c.Feasible)
		for _, why := range c.Why {
			line(w, "because", why)
		}
	}
	if d := p.Paths.Desktop; d != nil {
		fmt.Fprintf(w, "how people sign in\n")
		line(w, "web", d.Web)
		line(w, "Desktop", d.Desktop)
		for _, c := range d.Costs {
			line(w, "it costs", c.Why)
		}
	}
	if p.Decision != "" {
		fmt.Fprintf(w, "the decision, what it costs and what becomes permanent: %s\n", p.Decision)
	}
	Plan(w, p.Plan)
}

// Plan renders a plan for people.
func Plan(w io.Writer, p *plan.Plan) {
	fmt.Fprintf(w, "plan %s for %s, %d steps\n", p.Fingerprint[:12], p.Target, len(p.Steps))
	for _, a := range p.Attested {
		fmt.Fprintf(w, "vouched for: %s\n", a)
	}
	total := 0
	for i, s := range p.Steps {
		total += s.Seconds
		fmt.Fprintf(w, "\n%2d. %s\n", i+1, s.Title)
		line(w, "step", fmt.Sprintf("%s, %s, account %s, %s", s.ID, s.Phase, s.Account, s.Region))
		line(w, "why", s.Reason)
		line(w, "calls", strings.Join(s.Calls, ", "))
		line(w, "effect", s.Effect)
		line(w, "done when", s.Done)
		line(w, "undo", s.Undo)
		line(w, "costs", s.Cost)
		line(w, "words", s.Words)
		if s.ByHand != nil {
			line(w, "by hand", s.ByHand.Why)
			for _, do := range s.ByHand.Do {
				line(w, "do", do)
			}
			line(w, "seen when", s.ByHand.Verified)
		}
		line(w, "risk", string(s.Risk))
		if s.Risk.NeedsConsent() {
			line(w, "consent", "--accept-risk "+s.RiskName)
		}
		line(w, "gates", joined(s.Gates))
		line(w, "after", strings.Join(s.Needs, ", "))
		if s.High > 0 {
			line(w, "time", fmt.Sprintf("%s (%s to %s)", seconds(s.Seconds), seconds(s.Low), seconds(s.High)))
		}
	}
	if len(p.Steps) > 0 {
		fmt.Fprintf(w, "\nmachine time: about %s\n", seconds(total))
	}
	if b := p.Blockers(); len(b) > 0 {
		fmt.Fprintf(w, "\nThe plan cannot be carried out:\n")
		Findings(w, b)
	}
}

func joined[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}

func seconds(n int) string { return (time.Duration(n) * time.Second).String() }

// Rehearsal renders a rehearsal for people.
func Rehearsal(w io.Writer, r *app.Rehearsal) {
	fmt.Fprintf(w, "world %s: %s\n", r.World, strings.ToUpper(string(r.Outcome)))
	line(w, "why", r.Why)
	open := slices.DeleteFunc(slices.Clone(r.Findings), func(f diag.Finding) bool { return !f.Open() || f.CausedBy != "" })
	if len(open) > 0 {
		fmt.Fprintf(w, "\nfound before the first step:\n")
		for _, f := range open {
			by := "repaired by no step"
			if f.RepairedBy != "" {
				by = "repaired by " + f.RepairedBy
			}
			fmt.Fprintf(w, "  %s  %s  %s (%s)\n", marks[f.Status], f.Code, f.Title, by)
		}
	}
	if len(r.Steps) > 0 {
		fmt.Fprintf(w, "\nsteps:\n")
		Steps(w, r.Steps)
	}
	if len(r.Left) > 0 {
		fmt.Fprintf(w, "\nopen after the last step:\n")
		Findings(w, r.Left)
	}
	if r.Outcome != app.Ready {
		return
	}
	fmt.Fprintf(w, "\nmachine time %s (%s to %s), human time %s, outage %s, %d calls\n", seconds(r.Predicted), seconds(r.Low), seconds(r.High), seconds(r.Human), seconds(r.Outage), r.Calls)
	for _, t := range r.Times {
		fmt.Fprintf(w, "  %-22s %8s  %s to %s  %s\n", t.Step, seconds(t.Seconds), seconds(t.Low), seconds(t.High), t.Source)
	}
	for _, a := range r.Assumed {
		fmt.Fprintf(w, "assumed: %s\n", a)
	}
	l := r.Ledger
	fmt.Fprintf(w, "assets: %d in all, %d moved, %d rebuilt, %d by hand, %d left, %d lost\n", l.Total, l.Moved, l.Rebuilt, l.Manual, l.Left, l.Lost)
	fmt.Fprintf(w, "proof of sign-in: web %s, desktop %s\n", r.Proof.Web, r.Proof.Desktop)
}

// Steps lists steps and what became of them.
func Steps(w io.Writer, steps []app.StepResult) {
	for _, s := range steps {
		took := ""
		if s.Seconds > 0 {
			took = "  " + seconds(s.Seconds)
		}
		fmt.Fprintf(w, "  %-8s %-22s %s%s\n", s.Status, s.ID, s.Title, took)
		if s.Detail != "" && (s.Status == "failed" || s.Status == "waiting") {
			fmt.Fprintf(w, "  %-8s %-22s %s\n", "", "", s.Detail)
		}
	}
}

// Survey renders a survey as a short summary.
func Survey(w io.Writer, s *estate.Survey) {
	fmt.Fprintf(w, "surveyed %s at %s, %d calls\n", s.Target, s.Taken.Format(time.RFC3339), len(s.Looks))
	for _, id := range sortedKeys(s.Callers) {
		fmt.Fprintf(w, "account %s as %s\n", id, s.Callers[id])
	}
	known(w, "organization", s.Estate.Organization, func(o estate.Organization) string {
		return o.ID + ", management account " + string(o.ManagementAccount)
	})
	known(w, "Identity Center", s.Estate.IdentityCenter, func(i estate.Instance) string {
		return fmt.Sprintf("%s, home %s, %d Regions, %d users, %d groups", i.ARN, i.PrimaryRegion, len(i.Regions.Or(nil)), len(i.Users.Or(nil)), len(i.Groups.Or(nil)))
	})
	for _, id := range sortedKeys(s.Estate.Accounts) {
		a := s.Estate.Accounts[id]
		for _, key := range sortedKeys(a.Keys) {
			for _, r := range sortedKeys(a.Keys[key].Copies) {
				known(w, fmt.Sprintf("key %s in %s", key, r), a.Keys[key].Copies[r], func(c estate.KeyCopy) string {
					if !c.Policy.IsKnown() {
						return string(c.State) + ", policy not looked at: " + c.Policy.Why()
					}
					return fmt.Sprintf("%s, policy of %d bytes", c.State, len(c.Policy.Or("")))
				})
			}
		}
		if id == "" {
			continue
		}
		known(w, "Quick in account "+string(id), a.Quick, func(q estate.Quick) string {
			return fmt.Sprintf("%s, %s, %s, identity Region %s, anchors users, groups, namespaces, index, Knowledge and Spaces; %s", q.Name, q.Edition, q.Status,
				orWhy(q.IdentityRegion), assetsSeen(q))
		})
	}
	refused := 0
	for _, l := range s.Looks {
		if l.Error != "" {
			refused++
			fmt.Fprintf(w, "refused: %s:%s in %s (%s)\n", l.Service, l.Operation, l.Region, l.Error)
		}
	}
	fmt.Fprintf(w, "%d calls refused\n", refused)
}

// assetsSeen counts what was seen, and the Regions where nobody could look.
func assetsSeen(q estate.Quick) string {
	seen, unseen := 0, 0
	for _, list := range q.Assets {
		seen += len(list.Or(nil))
		if !list.Looked() {
			unseen++
		}
	}
	switch {
	case len(q.Assets) == 0:
		return "assets not looked at"
	case unseen > 0:
		return fmt.Sprintf("%d assets seen, %d Regions not looked at", seen, unseen)
	}
	return fmt.Sprintf("%d assets", seen)
}

func known[T any](w io.Writer, what string, k estate.Known[T], text func(T) string) {
	switch v, ok := k.Get(); {
	case ok:
		fmt.Fprintf(w, "%s: %s\n", what, text(v))
	case k.IsAbsent():
		fmt.Fprintf(w, "%s: none\n", what)
	default:
		fmt.Fprintf(w, "%s: not looked at (%s)\n", what, k.Why())
	}
}

func orWhy(r estate.Known[estate.Region]) string {
	if v, ok := r.Get(); ok {
		return string(v)
	}
	return "not known (" + r.Why() + ")"
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
