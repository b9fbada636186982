package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"rehome/internal/check"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/step"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// RehearseRequest says what to rehearse.
type RehearseRequest struct {
	World  string // name or file
	Assets int    // so many made-up assets in place of the world's; 0: the world's own
	Seed   uint64 // of the made-up assets
}

// RehearseWorld runs the whole way on a throw-away twin of a world: survey, doctor, plan, walk. It needs nothing and keeps nothing.
func (a *App) RehearseWorld(ctx context.Context, req RehearseRequest) (*Rehearsal, error) {
	w, err := LoadWorld(req.World)
	if err != nil {
		return nil, err
	}
	if w.Wants == nil {
		if w.Wants, err = a.spec(); err != nil {
			return nil, err
		}
	}
	if err := w.stock(req); err != nil {
		return nil, err
	}
	return a.rehearse(ctx, w, nil)
}

// RehearsePlan runs a plan on a twin that is seeded from the survey that the plan was made from, and records the result.
func (a *App) RehearsePlan(ctx context.Context, path string) (*Rehearsal, error) {
	p, err := plan.Read(path)
	if err != nil {
		return nil, err
	}
	return a.rehearsePlan(ctx, p)
}

func (a *App) rehearsePlan(ctx context.Context, p *plan.Plan) (*Rehearsal, error) {
	w, err := a.seed(ctx, p)
	if err != nil {
		return nil, err
	}
	r, err := a.rehearse(ctx, w, p)
	if err != nil {
		return nil, err
	}
	return r, document.Write(a.rehearsalPath(p.Fingerprint), r)
}

// rehearse walks a plan on a twin; without one, the plan that the world itself asks for.
func (a *App) rehearse(ctx context.Context, w *World, p *plan.Plan) (*Rehearsal, error) {
	quiet := *a
	if p != nil {
		quiet.Observer = nil // a rehearsal inside an apply is not the run that people watch
	}
	ses, stop, err := quiet.onTwin(ctx, w)
	if err != nil {
		return nil, err
	}
	defer stop()
	r := &Rehearsal{Format: RehearsalFormat, World: w.Name, Outcome: Blocked, Proof: Proof{Web: "skipped", Desktop: "skipped"}, Steps: []StepResult{}, Assumed: []string{}, Times: []TimeUsed{}, Left: []diag.Finding{}}
	before, err := ses.survey(ctx)
	if err != nil {
		return nil, err
	}
	if p == nil {
		if p, err = a.build(w.Wants, before, estate.DefaultTimes().With(w.Times)); err != nil {
			return nil, err
		}
	}
	r.Findings, r.Plan = p.Findings, p.Fingerprint
	r.Steps = results(p, engine.Result{})
	if !p.Applyable {
		r.Why = blocked("", p.Blockers()).(*diag.Error).Why
		r.Calls = ses.calls
		return r, nil
	}
	r.Assumed, r.Vault = append(r.Assumed, w.Assumed...), w.Vault
	m := &move{session: ses, plan: p}
	return r, m.rehearse(ctx, r)
}

// rehearse walks the plan with consents assumed, and fills in the result.
func (m *move) rehearse(ctx context.Context, r *Rehearsal) error {
	assume := func(what string) engine.GateFunc {
		return func(_ context.Context, _ plan.Run, s plan.Step) (engine.Evidence, error) {
			return evidence("assumed in a rehearsal: "+what, s.ID), nil
		}
	}
	m.person = m.playPerson
	m.consent, m.passed = assume("consent"), assume("the rehearsal itself")
	if w := m.spec.Window; w != nil {
		if err := m.clock.(*TwinClock).To(ctx, w.From); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "rehome-rehearsal-")
	if err != nil {
		return diag.From("making a place for the rehearsal's journal", err)
	}
	defer os.RemoveAll(dir)
	bound, err := m.binding(ctx)
	if err != nil {
		return err
	}
	m.vaultRoot = filepath.Join(dir, "vault")
	journal, err := engine.OpenJournal(engine.JournalConfig{Dir: dir, Binding: bound, Now: m.clock.Now})
	if err != nil {
		return err
	}
	defer journal.Close()
	start := m.clock.Now()
	result, walkErr := m.walk(ctx, journal, "")
	for again := 0; again < maxLogins && expired(walkErr); again++ {
		r.Assumed = append(r.Assumed, "credentials run out: somebody signs in again and runs rehome resume ("+diag.From("", walkErr).Where+")")
		result, walkErr = m.walk(ctx, journal, "")
	}
	if ctx.Err() != nil {
		return walkErr
	}
	r.Predicted = int(m.clock.Now().Sub(start).Seconds())
	if err := m.conclude(ctx, r, result, walkErr); err != nil {
		return err
	}
	r.Calls = m.calls
	return nil
}

// requestID is what AWS's errors end in; a twin's leads nowhere.
var requestID = regexp.MustCompile(` \(request [0-9a-f-]+\)`)

// maxLogins is how often a rehearsal takes credentials that run out for a person's matter, before it is a failure.
const maxLogins = 5

// expired reports whether a run stopped because credentials ran out, which a resume with fresh ones mends.
func expired(err error) bool {
	e, ok := errors.AsType[*cloud.Error](err)
	return ok && e.Kind == cloud.Expired
}

// conclude judges the run: ready only when every step is done and a new look finds nothing that blocks.
func (m *move) conclude(ctx context.Context, r *Rehearsal, result engine.Result, walkErr error) error {
	r.Steps = results(m.plan, result)
	if outage, ok := result.Between("delete-quick", "verify-quick"); ok {
		r.Outage = int(outage.Seconds())
	}
	r.Ledger = ledgerOf(r.Steps)
	times := estate.DefaultTimes()
	for _, s := range m.plan.Steps {
		if s.ByHand == nil { // a person's time is told apart
			r.Low, r.High = r.Low+s.Low, r.High+s.High
		}
		if s.Seconds > 0 || s.High > 0 {
			r.Times = append(r.Times, TimeUsed{Step: s.ID, Seconds: s.Seconds, Low: s.Low, High: s.High, Source: sources(s.TimeFrom)})
		}
		if s.Risk.NeedsConsent() {
			r.Assumed = append(r.Assumed, "consent to "+s.RiskName)
			r.Human += times[estate.TimeConsent].Typical * m.spec.Approvals
		}
		if s.ByHand != nil {
			r.Assumed = append(r.Assumed, "a person does this: "+s.Title)
			r.Human += times[estate.TimeByHand].Typical
		}
	}
	slices.Sort(r.Assumed)
	if m.spec.Window != nil {
		r.Assumed = append(r.Assumed, "the run starts inside the window")
	}
	r.Outcome = Failed
	if walkErr != nil {
		if diag.ExitCode(walkErr) == diag.ExitBlocked {
			r.Outcome = Blocked
		}
		r.Why = requestID.ReplaceAllString(diag.From("the rehearsal", walkErr).Error(), "")
		return nil
	}
	after, err := m.surveyQuietly(ctx)
	if err != nil {
		return err
	}
	for _, f := range check.Run(check.Input{Spec: m.spec, Survey: after}) {
		if f.Open() {
			r.Left = append(r.Left, f)
		}
		if f.Blocks() && r.Why == "" {
			r.Why = "after the last step: " + f.Title
		}
	}
	if err := m.proveDesktop(ctx, r, after); err != nil {
		return err
	}
	if r.Why == "" {
		r.Outcome = Ready
	}
	return nil
}

// ledgerOf are the sums of the step that accounts for the assets; all zero when the plan moves none.
func ledgerOf(steps []StepResult) (l Ledger) {
	for _, s := range steps {
		if s.Kind != "import-assets" {
			continue
		}
		for name, into := range map[string]*int{"total": &l.Total, "moved": &l.Moved, "rebuilt": &l.Rebuilt, "manual": &l.Manual, "left": &l.Left, "lost": &l.Lost} {
			*into, _ = strconv.Atoi(s.Output[name])
		}
	}
	return l
}

// proveDesktop ends a rehearsal with the sign-in that the whole way is for.
func (m *move) proveDesktop(ctx context.Context, r *Rehearsal, after *estate.Survey) (err error) {
	if !m.spec.WantsDesktop() || m.spec.SignIn == nil || r.Why != "" {
		return nil
	}
	if r.Proof.Tries, err = m.tryDesktop(ctx, after); err != nil {
		return err
	}
	r.Proof.Desktop = "pass"
	for _, t := range r.Proof.Tries {
		if !t.OK && r.Proof.Desktop == "pass" {
			r.Proof.Desktop, r.Why = "fail", fmt.Sprintf("Quick on Desktop, %s: wanted %s, got %s", t.Who, t.Want, t.Got)
		}
	}
	return nil
}

func sources(all []diag.Source) string {
	for _, s := range all {
		return s.String()
	}
	return ""
}

// onTwin serves a world on a loopback port of this process and opens a session to it.
func (a *App) onTwin(ctx context.Context, w *World) (*session, func(), error) {
	served := w.World
	if what := provide(&served, w.Wants); what != "" {
		w.assume(what)
	}
	strangers(&served, w.Wants)
	k, err := twin.New(served, kernel.ClockManual)
	if err != nil {
		return nil, nil, err
	}
	if a.Hooks.Twin != nil {
		a.Hooks.Twin(k)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, diag.From("opening a loopback port for the twin", err)
	}
	srv := &http.Server{Handler: k}
	go srv.Serve(l) // ends with Close
	stop := func() { srv.Close() }
	ses, err := a.open(ctx, w.Wants, endpoint{url: "http://" + l.Addr().String(), keys: w.keys}, "rehearsal")
	if err != nil {
		stop()
		return nil, nil, err
	}
	return ses, stop, nil
}

// keys are those of the role that the world names for the account, else of the twin's administrator.
func (w *World) keys(id estate.AccountID) cloud.Keys {
	k := cloud.Keys{ID: "TWIN" + string(id), Secret: "no-secret-of-a-twin-is-checked"}
	if role := w.Twin.Caller[id]; role != "" {
		k.ID = w.Estate.Accounts[id].Roles[role].AccessKey
	}
	return k
}

// build makes findings and plan from a survey.
func (a *App) build(s *spec.Spec, survey *estate.Survey, times estate.Times) (*plan.Plan, error) {
	findings := check.Run(check.Input{Spec: s, Survey: survey})
	p, err := plan.Build(plan.Input{Spec: s, Survey: survey, Findings: findings, Times: times}, step.Kinds(step.Env{}))
	if err != nil {
		return nil, err
	}
	p.Created = a.Now().UTC()
	return p, nil
}
