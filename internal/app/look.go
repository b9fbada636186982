package app

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/paths"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// Survey looks at everything, read-only, and keeps the result in the state directory and, when named, in another file.
func (a *App) Survey(ctx context.Context, out string) (*estate.Survey, error) {
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	s, err := a.spec()
	if err != nil {
		return nil, err
	}
	return a.surveyFor(ctx, s, out)
}

func (a *App) surveyFor(ctx context.Context, s *spec.Spec, out string) (*estate.Survey, error) {
	ses, err := a.open(ctx, s, endpoint{}, "survey")
	if err != nil {
		return nil, err
	}
	seen, err := ses.survey(ctx)
	if err != nil {
		return nil, err
	}
	for _, path := range []string{a.surveyPath(), out} {
		if path == "" {
			continue
		}
		if err := document.Write(path, seen); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// DoctorFormat is the version of the findings' JSON.
const DoctorFormat = "rehome.doctor/v1"

// Diagnosis is what doctor found.
type Diagnosis struct {
	Format   string         `json:"format"`
	Findings []diag.Finding `json:"findings"`
	// Prerequisites are what has to be there before anything is planned.
	Prerequisites []Prerequisite `json:"prerequisites"`
}

// Prerequisite is one line of that list.
type Prerequisite struct {
	Name     string   `json:"name"`
	Status   string   `json:"status"` // met, not met or not seen
	Seen     string   `json:"seen"`
	Findings []string `json:"findings,omitzero"` // codes of the open findings behind it
}

// Failing reports whether anything failed, or blocks because it could not be judged.
func (d *Diagnosis) Failing() bool {
	return slices.ContainsFunc(d.Findings, func(f diag.Finding) bool { return f.Status == diag.Fail || f.Blocks() })
}

// Doctor judges what there is: a live look, or a saved world or survey when one is named. Findings name the step that mends them.
func (a *App) Doctor(ctx context.Context, world string) (*Diagnosis, error) {
	s, seen, err := a.facts(ctx, world)
	if err != nil {
		return nil, err
	}
	p, err := a.build(s, seen, estate.DefaultTimes())
	if err != nil {
		return nil, err
	}
	d := &Diagnosis{Format: DoctorFormat, Findings: p.Findings, Prerequisites: []Prerequisite{}}
	for _, r := range (check.Input{Spec: s, Survey: seen}).Prerequisites(p.Findings, a.CLIVersion) {
		d.Prerequisites = append(d.Prerequisites, Prerequisite{Name: r.Name, Status: r.Word(), Seen: r.Evidence, Findings: r.Findings})
	}
	return d, nil
}

// facts gives spec and survey: of a world or survey file when one is named, else of a new look.
func (a *App) facts(ctx context.Context, world string) (*spec.Spec, *estate.Survey, error) {
	if world == "" {
		s, err := a.spec()
		if err != nil {
			return nil, nil, err
		}
		seen, err := a.Survey(ctx, "")
		return s, seen, err
	}
	w, err := LoadWorld(world)
	if err != nil {
		return nil, nil, err
	}
	if w.Wants == nil {
		if w.Wants, err = a.spec(); err != nil {
			return nil, nil, err
		}
	}
	if w.Survey != nil {
		return w.Wants, w.Survey, nil
	}
	seen, err := a.lookAt(ctx, w)
	return w.Wants, seen, err
}

// lookAt surveys a world the way any estate is surveyed: through a twin of it. What the world does not hold, the survey misses too.
func (a *App) lookAt(ctx context.Context, w *World) (*estate.Survey, error) {
	ses, stop, err := a.onTwin(ctx, w)
	if err != nil {
		return nil, err
	}
	defer stop()
	return ses.survey(ctx)
}

// PlanRequest says what to plan.
type PlanRequest struct {
	Out    string      // empty: the state directory
	Fresh  bool        // survey again even when there is a survey
	Change spec.Change // a look at another goal, target or path; such a plan is kept only where Out says
}

// PlanMade is a plan and the decision about the path that it goes. The JSON is the plan's own, with the decision beside it.
type PlanMade struct {
	*plan.Plan `json:",inline"`
	Paths      paths.Record `json:"paths"`
	Kept       string       `json:"-"` // where the plan is; empty: not kept
	Decision   string       `json:"-"` // where the decision record is; empty: not kept
}

// Plan makes a plan from a new look, or from the kept survey when there is one and no fresh one is asked for, and keeps both.
func (a *App) Plan(ctx context.Context, req PlanRequest) (*PlanMade, error) {
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	s, err := a.spec()
	if err != nil {
		return nil, err
	}
	if s, err = s.With(req.Change); err != nil {
		return nil, err
	}
	var seen estate.Survey
	if _, err := os.Stat(a.surveyPath()); err != nil || req.Fresh {
		now, err := a.surveyFor(ctx, s, "")
		if err != nil {
			return nil, err
		}
		seen = *now
	} else if err := document.Read(a.surveyPath(), &seen); err != nil {
		return nil, err
	}
	if seen.Format != estate.SurveyFormat {
		return nil, &diag.Error{Code: "survey/format", What: "this is no survey that this rehome reads", At: diag.Position{File: a.surveyPath()}, Exit: diag.ExitUsage, Fix: []string{"rehome survey"}}
	}
	p, err := a.build(s, &seen, estate.DefaultTimes())
	if err != nil {
		return nil, err
	}
	a.remind(p.Fingerprint)
	out := &PlanMade{Plan: p, Paths: paths.Choose(check.Input{Spec: s, Survey: &seen})}
	if req.Out == "" && req.Change != (spec.Change{}) {
		return out, nil
	}
	out.Kept = cmp.Or(req.Out, a.PlanPath())
	out.Decision = strings.TrimSuffix(out.Kept, filepath.Ext(out.Kept)) + "-decision.md"
	if err := document.WriteBytes(out.Decision, []byte(out.Paths.Markdown())); err != nil {
		return nil, err
	}
	return out, p.Write(out.Kept)
}

// CheckBlockers turns a plan that cannot be applied into the error that says why.
func CheckBlockers(p *plan.Plan) error {
	if p.Applyable {
		return nil
	}
	return blocked("the plan cannot be carried out: a finding stands in its way that no step repairs", p.Blockers())
}
