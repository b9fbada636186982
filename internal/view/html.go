package view

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

//go:embed html
var htmlFiles embed.FS

// HTML writes a report as one file that needs nothing else: no script, no font, no picture from anywhere.
func HTML(w io.Writer, r *app.Report) error {
	t, err := template.New("page.html").Funcs(template.FuncMap{"when": when, "seconds": seconds, "short": shortHash, "joined": strings.Join, "gates": joined[plan.Gate],
		"mark": mark, "lower": strings.ToLower, "times": times, "keys": sortedKeys[string, string]}).ParseFS(htmlFiles, "html/*")
	if err != nil {
		return diag.From("reading the report's templates", err)
	}
	var b strings.Builder // a page is written whole or not at all
	if err := t.Execute(&b, newPage(r)); err != nil {
		return diag.From("making the report's page", err)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// page is a report as the templates want it.
type page struct {
	*app.Report
	Title   string
	Heading []string
	State   stamp
	Twin    bool // the run's target is a twin: AWS was not touched
	Ended   time.Time
	Took    time.Duration
	Steps   []stepRow
	Total   int // of predicted seconds
	Found   findings
	Left    findings
	Maps    []drawing
	Gates   []engine.Record
	Looked  []lookedAt
	Doubts  []diag.Finding // what nobody could judge before the run
	ByHand  []plan.Step
	Callers []string
}

// stamp is the state of the whole in one word and one sentence.
type stamp struct{ Word, Tone, Says string }

// stepRow is one step, planned and done.
type stepRow struct {
	plan.Step
	Did   app.StepResult
	Hands []engine.Record // who said that it was done by hand
}

// findings are those that are open, with what they explain, and those that passed.
type findings struct {
	Known  bool
	Open   []root
	Passed []diag.Finding
	Blocks int
}

// root is a finding that no other explains, with the consequences that it explains.
type root struct {
	diag.Finding
	Explains []diag.Finding
}

// lookedAt is what one step looked at without being refused.
type lookedAt struct {
	Step  string
	Count int
	Calls []app.Tally
}

func newPage(r *app.Report) *page {
	p := &page{Report: r, Title: strings.Join(heading(r), " "), Heading: heading(r), State: state(r), Twin: r.Plan.Target != "aws", Found: sorted(r.Plan.Findings, true), Left: sorted(r.Left, r.Left != nil), Callers: callers(r)}
	did := map[string]app.StepResult{}
	for _, s := range r.Run.Steps {
		did[s.ID] = s
	}
	hands := map[string][]engine.Record{}
	for _, rec := range r.Run.Records {
		switch rec.Type {
		case engine.TypeHand:
			hands[rec.Step] = append(hands[rec.Step], rec)
		case engine.TypeGate, engine.TypeConsent:
			p.Gates = append(p.Gates, rec)
		}
	}
	for _, s := range r.Plan.Steps {
		p.Steps = append(p.Steps, stepRow{s, did[s.ID], hands[s.ID]})
		p.Total += s.Seconds
		if s.ByHand != nil {
			p.ByHand = append(p.ByHand, s)
		}
	}
	if n := len(r.Run.Records); n > 0 {
		p.Ended = r.Run.Records[n-1].Time
		p.Took = p.Ended.Sub(r.Run.Begun).Round(time.Second)
	}
	for _, t := range r.Journal.Looked {
		if n := len(p.Looked); n == 0 || p.Looked[n-1].Step != t.Step {
			p.Looked = append(p.Looked, lookedAt{Step: t.Step})
		}
		last := &p.Looked[len(p.Looked)-1]
		last.Count, last.Calls = last.Count+t.Count, append(last.Calls, t)
	}
	p.Maps = newDrawings(r.Before, r.After)
	return p
}

// heading are the title's parts, none of which is broken at a hyphen when it fits a line.
func heading(r *app.Report) []string {
	out := []string{"Amazon Quick"}
	if r.Quick != "" {
		out = append(out, r.Quick)
	}
	switch {
	case r.From == "":
		return append(out, "in "+string(r.To))
	case r.From == r.To:
		return append(out, "stays in "+string(r.To))
	}
	return append(out, "from "+string(r.From), "to "+string(r.To))
}

func state(r *app.Report) stamp {
	done := 0
	var stuck app.StepResult
	for _, s := range r.Run.Steps {
		switch s.Status {
		case string(engine.StatusDone), string(engine.StatusSkipped):
			done++
		case string(engine.StatusFailed), string(engine.StatusWaiting):
			stuck = s
		}
	}
	progress := fmt.Sprintf("%d of %d steps are done", done, len(r.Run.Steps))
	switch {
	case r.Run.Finished:
		return stamp{"Finished", "pass", progress + "."}
	case r.Run.Run == "" && !r.Plan.Applyable:
		return stamp{"Blocked", "fail", "The plan cannot be carried out: a finding stands in its way that no step repairs."}
	case r.Run.Run == "":
		return stamp{"Planned", "doubt", fmt.Sprintf("Nothing has been done yet; the plan has %d steps.", len(r.Run.Steps))}
	case stuck.Status == string(engine.StatusFailed):
		return stamp{"Stopped", "fail", progress + "; " + stuck.ID + " failed: " + stuck.Detail}
	case stuck.Status != "":
		return stamp{"Waiting", "doubt", progress + "; " + stuck.ID + " waits: " + stuck.Detail}
	}
	return stamp{"Unfinished", "doubt", progress + "; the run can be resumed."}
}

// sorted puts consequences under their roots.
func sorted(all []diag.Finding, known bool) findings {
	out := findings{Known: known}
	at := map[string]int{}
	for _, f := range all {
		switch {
		case !f.Open():
			out.Passed = append(out.Passed, f)
		case f.CausedBy == "":
			at[f.Key()] = len(out.Open)
			out.Open = append(out.Open, root{Finding: f})
		}
		if f.Blocks() {
			out.Blocks++
		}
	}
	for _, f := range all {
		if !f.Open() || f.CausedBy == "" {
			continue
		}
		if i, ok := at[f.CausedBy]; ok {
			out.Open[i].Explains = append(out.Open[i].Explains, f)
			continue
		}
		out.Open = append(out.Open, root{Finding: f}) // its root is not open; it must not get lost
	}
	return out
}

// callers are everybody who acted, each once.
func callers(r *app.Report) []string {
	out := slices.Clone(r.Run.Callers)
	for _, rec := range r.Run.Records {
		if rec.Binding != nil {
			out = append(out, rec.Binding.Callers...)
		}
	}
	slices.SortFunc(out, cmp.Compare[string])
	return slices.Compact(out)
}

// mark is a verdict as a tone of the page; the word itself is always beside it.
func mark(s diag.Status) string {
	return map[diag.Status]string{diag.Pass: "pass", diag.Fail: "fail"}[s]
}

// times counts a noun whose plural ends in s.
func times(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func shortHash(s string) string {
	if len(s) > 12 {
		return s[:12]
	}
	return s
}
