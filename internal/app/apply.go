package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// ApplyRequest says what to carry out and what the person has accepted beforehand.
type ApplyRequest struct {
	PlanPath string     // empty: the kept plan
	Phase    plan.Phase // empty: all
	Accept   []string   // names of risks
}

// ApplyFormat is the version of an apply's result.
const ApplyFormat = "rehome.apply/v1"

// Applied is the result of an apply: how far the run came.
type Applied struct {
	Format   string       `json:"format"`
	Plan     string       `json:"plan"`
	Run      string       `json:"run"`
	Facing   Facing       `json:"facing"`
	Finished bool         `json:"finished"`
	Steps    []StepResult `json:"steps"`
	Outage   int          `json:"outage_seconds"`
	Mutating int          `json:"mutating_calls"` // of this process
}

// consentLife is how long a consent holds.
const consentLife = 24 * time.Hour

// Apply carries a plan out, or goes on with it. Whatever the error, the result tells how far it came; run again, it goes on.
func (a *App) Apply(ctx context.Context, req ApplyRequest) (*Applied, error) {
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	m, err := a.prepare(ctx, req)
	if err != nil {
		return nil, err
	}
	a.remind(m.plan.Fingerprint)
	facing, err := m.facing(ctx)
	if err != nil {
		return nil, err
	}
	journal, err := m.journal(ctx)
	if err != nil {
		return nil, err
	}
	defer journal.Close()
	out := &Applied{Format: ApplyFormat, Plan: m.plan.Fingerprint, Run: journal.ID(), Facing: facing}
	if !journal.Ended() {
		if err := m.ready(ctx, req); err != nil {
			return nil, engine.TakeBack(ctx, m.config(journal, req.Phase), err)
		}
	}
	result, err := m.walk(ctx, journal, req.Phase)
	out.Steps, out.Finished, out.Mutating = results(m.plan, result), result.Ended, m.mutated
	if outage, ok := result.Between("delete-quick", "verify-quick"); ok {
		out.Outage = int(outage.Seconds())
	}
	return out, err
}

// prepare reads plan and spec, opens the session and refuses what does not belong together.
func (a *App) prepare(ctx context.Context, req ApplyRequest) (*move, error) {
	return a.prepareFrom(ctx, req, (*App).sameSpec)
}

// ownSpec is the spec that the plan was made from, whatever the file says by now: what was done is taken back as it was done.
func ownSpec(_ *App, p *plan.Plan) (*spec.Spec, error) {
	return spec.Decode("the plan's spec.json", p.Spec)
}

// sameSpec is the spec of the file, which must be the plan's.
func (a *App) sameSpec(p *plan.Plan) (*spec.Spec, error) {
	s, err := a.spec()
	if err != nil {
		return nil, err
	}
	now, err := json.Marshal(s, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	if !sameJSON(now, p.Spec) {
		return nil, &diag.Error{Code: "apply/spec-changed", What: "the spec is not the one that the plan was made from", Where: a.SpecPath, Exit: diag.ExitBlocked,
			Fix: []string{"make the plan again: rehome plan", "or name the spec of the plan: --spec FILE"}}
	}
	return s, nil
}

func (a *App) prepareFrom(ctx context.Context, req ApplyRequest, wanted func(*App, *plan.Plan) (*spec.Spec, error)) (*move, error) {
	path := req.PlanPath
	if path == "" {
		path = a.PlanPath()
	}
	if _, err := os.Stat(path); err != nil && req.PlanPath == "" {
		return nil, &diag.Error{Code: "apply/no-plan", What: "there is no plan yet", Where: path, Exit: diag.ExitUsage, Fix: []string{"rehome plan"}, Err: err}
	}
	p, err := plan.Read(path)
	if err != nil {
		return nil, err
	}
	if err := CheckBlockers(p); err != nil {
		return nil, err
	}
	s, err := wanted(a, p)
	if err != nil {
		return nil, err
	}
	ses, err := a.open(ctx, s, endpoint{}, p.Fingerprint[:8])
	if err != nil {
		return nil, err
	}
	if ses.target != p.Target {
		return nil, &diag.Error{Code: "apply/other-target", What: "the plan was made on " + string(p.Target) + ", and this is " + string(ses.target), Exit: diag.ExitUsage,
			Why: "a plan belongs to the side on which it was surveyed", Fix: []string{"check AWS_ENDPOINT_URL and the profile", "or make a plan here: rehome survey && rehome plan"}}
	}
	return &move{session: ses, plan: p, dir: a.runDir(p.Fingerprint)}, nil
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// facing tells who acts where, before anything is touched.
func (m *move) facing(ctx context.Context) (Facing, error) {
	f := Facing{Target: m.target, World: m.world, Callers: map[estate.AccountID]string{}}
	for _, acc := range accesses(m.spec) {
		who, err := m.cloud.Caller(ctx, acc.Account)
		if err != nil {
			return f, err
		}
		f.Callers[acc.Account] = who.ARN
	}
	if m.app.Observer != nil {
		m.app.Observer.Facing(f)
	}
	return f, nil
}

// journal opens the run's journal, so that calls of this process are part of the record.
func (m *move) journal(ctx context.Context) (*engine.Journal, error) {
	bound, err := m.binding(ctx)
	if err != nil {
		return nil, err
	}
	// The plan stays with its run: it is the only memory of what the old account had once that is gone.
	if err := m.plan.Write(filepath.Join(m.dir, "plan.json")); err != nil {
		return nil, err
	}
	if err := m.app.keepSurvey(m.plan); err != nil {
		return nil, err
	}
	return engine.OpenJournal(engine.JournalConfig{Dir: m.dir, Binding: bound, Now: m.clock.Now, OnRecord: m.app.Hooks.OnRecord})
}

// ready sees to it that the plan has passed a rehearsal and that every consent of the phase is there before the first step, so that
// no run stops for a signature in the middle of an outage.
func (m *move) ready(ctx context.Context, req ApplyRequest) error {
	m.passed, m.consent = m.rehearsed, engine.ConsentGate{Dir: m.dir, Plan: m.plan, Approvals: m.spec.Approvals, Now: m.app.Now, Caller: m.caller}.Check
	if _, err := m.rehearsal(); err != nil {
		m.app.saying("rehearsing this plan on a twin first")
		r, err := m.app.rehearsePlan(ctx, m.plan)
		if err != nil {
			return err
		}
		if r.Outcome != Ready {
			return &diag.Error{Code: "apply/rehearsal", What: "the rehearsal of this plan ended " + string(r.Outcome), Why: r.Why, Exit: diag.ExitBlocked, Fix: []string{"look at it: rehome rehearse " + m.app.PlanPath()}}
		}
	}
	return m.consents(ctx, req)
}

// rehearsal reads the recorded pass of this plan.
func (m *move) rehearsal() (*Rehearsal, error) {
	var r Rehearsal
	path := m.app.rehearsalPath(m.plan.Fingerprint)
	if err := document.Read(path, &r); err != nil {
		return nil, err
	}
	if r.Plan != m.plan.Fingerprint || r.Outcome != Ready {
		return nil, &diag.Error{Code: "apply/not-rehearsed", What: "this plan has no passed rehearsal", Where: path, Exit: diag.ExitBlocked, Fix: []string{"rehome rehearse " + m.app.PlanPath()}}
	}
	return &r, nil
}

// rehearsed is the rehearsal gate. Where assets move, the rehearsal has to be one with the very vault.
func (m *move) rehearsed(_ context.Context, run plan.Run, _ plan.Step) (engine.Evidence, error) {
	r, err := m.rehearsal()
	if err != nil {
		return engine.Evidence{}, err
	}
	if vault := run.Output("export-assets")["vault"]; vault != "" {
		if err := m.rehearsedWith(vault); err != nil {
			return engine.Evidence{}, err
		}
	}
	text, err := document.Encode(r)
	return evidence("rehearsed: "+string(r.Outcome), string(text)), err
}

func (m *move) caller(ctx context.Context, s plan.Step) (string, error) {
	who, err := m.cloud.Caller(ctx, s.Account)
	return who.ARN, err
}

// consents collects what is missing: from the flags, then from the person. What is still missing is one error that names all of it.
func (m *move) consents(ctx context.Context, req ApplyRequest) error {
	return m.consentsTo(ctx, m.risks(req.Phase), req.Accept)
}

func (m *move) consentsTo(ctx context.Context, risks []plan.Step, accepted []string) error {
	var missing []*diag.Error
	for _, s := range risks {
		err := m.consentTo(ctx, s, accepted)
		var e *diag.Error
		switch {
		case err == nil:
		case errors.As(err, &e) && e.Exit == diag.ExitWaiting:
			missing = append(missing, e)
		default:
			return err
		}
	}
	if err := m.unknownRisks(risks, accepted); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	all := *missing[0]
	all.Fix = nil
	for _, e := range missing {
		all.Fix = append(all.Fix, e.Where+": "+e.Why+"; "+e.Fix[0])
	}
	return &all
}

// risks are the steps of the phase that need consent, one for each name.
func (m *move) risks(phase plan.Phase) []plan.Step {
	var out []plan.Step
	seen := map[string]bool{}
	for _, s := range m.plan.Steps {
		if s.Risk.NeedsConsent() && !seen[s.RiskName] && (phase == "" || phase == s.Phase) {
			seen[s.RiskName] = true
			out = append(out, s)
		}
	}
	return out
}

func (m *move) consentTo(ctx context.Context, s plan.Step, accepted []string) error {
	_, missing := m.consent(ctx, nil, s)
	if missing == nil {
		return nil
	}
	yes := false
	for _, name := range accepted {
		yes = yes || name == s.RiskName
	}
	if !yes && m.app.Ask != nil {
		var err error
		if yes, err = m.app.Ask.Risk(s); err != nil {
			return err
		}
	}
	if !yes {
		return missing
	}
	who, err := m.caller(ctx, s)
	if err != nil {
		return err
	}
	now := m.app.Now().UTC()
	if err := engine.AddConsent(m.dir, m.app.Now, engine.Consent{RiskName: s.RiskName, PlanFingerprint: m.plan.Fingerprint, Target: string(m.plan.Target),
		CallerARN: who, OSUser: m.app.OSUser, Time: now, Expires: now.Add(consentLife)}); err != nil {
		return err
	}
	_, missing = m.consent(ctx, nil, s)
	return missing
}

// unknownRisks refuses a name that the plan does not hold: a consent that fits nothing was meant for something else.
func (m *move) unknownRisks(risks []plan.Step, accepted []string) error {
	for _, name := range accepted {
		known := false
		for _, s := range slices.Concat(m.plan.Steps, risks) {
			known = known || s.Risk.NeedsConsent() && s.RiskName == name || engine.UndoNeedsConsent(s) && engine.UndoRisk(s) == name
		}
		if !known {
			e := &diag.Error{Code: "apply/unknown-risk", What: "the plan has no risk named " + name, Why: "a risk's name holds its subject and count, and those may have changed", Exit: diag.ExitUsage}
			for _, s := range risks {
				e.Fix = append(e.Fix, "--accept-risk "+s.RiskName)
			}
			return e
		}
	}
	return nil
}
