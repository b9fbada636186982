package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"rehome/internal/assets"
	"rehome/internal/check"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/plan"
	"rehome/internal/step"
)

// move is one walk of a plan on one side of the wire.
type move struct {
	*session
	plan    *plan.Plan
	dir     string // of the run: journal and consents
	consent engine.GateFunc
	passed  engine.GateFunc                        // the rehearsal gate
	person  func(context.Context, plan.Hand) error // of a twin, in a rehearsal; else nil
	latest  *estate.Survey                         // of this step; nil: not surveyed since the step began
	stock   *assets.Inventory                      // of this step; nil: not taken since the step began
	stockAt int                                    // changing calls that had been made when it was taken
	seen    seenVault                              // of this step
}

// walk carries the plan out as far as it comes.
func (m *move) walk(ctx context.Context, journal *engine.Journal, phase plan.Phase) (engine.Result, error) {
	m.listen(journal)
	defer m.listen(nil)
	if m.app.Observer != nil {
		m.app.Observer.Planned(m.plan.Steps)
	}
	result, err := engine.Run(ctx, m.config(journal, phase))
	if kept := m.noteEntered(context.WithoutCancel(ctx), result); err == nil {
		err = kept
	}
	return result, err
}

// listen lets the journal have every call from now on; nil ends that.
func (m *move) listen(journal *engine.Journal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.onCall = nil; journal == nil {
		return
	}
	m.onCall = func(c cloud.Call) {
		// A record that cannot be written shows at the engine's next record, which stops the run.
		_ = journal.Call(engine.Call{Service: c.Service, Operation: c.Operation, Account: string(c.Account), Region: string(c.Region), RequestID: c.RequestID, Error: c.Error})
	}
}

func kindsByName(env step.Env) map[string]plan.Kind {
	kinds := map[string]plan.Kind{}
	for _, k := range step.Kinds(env) {
		kinds[k.Name()] = k
	}
	return kinds
}

// config wires the engine for this move.
func (m *move) config(journal *engine.Journal, phase plan.Phase) engine.Config {
	var events func(engine.Event)
	if m.app.Observer != nil {
		events = m.app.Observer.Stepped
	}
	return engine.Config{Plan: m.plan, Kinds: kindsByName(step.Env{Cloud: m.cloud, SignIn: m.desk, Assets: m}), Journal: journal, Clock: m.clock, Phase: phase, Events: events, Person: m.person,
		BeforeStep: m.identify, Facts: m.changed,
		Gates: map[plan.Gate]engine.GateFunc{plan.GateVault: m.vaultGate, plan.GateFindings: m.sound, plan.GatePolicies: m.policies, plan.GateWindow: m.window,
			plan.GateUndo: m.undoIdentity, plan.GateIssuer: m.issuerGate, plan.GateSignIn: m.signInGate, plan.GateConsent: m.consent, plan.GateRehearsal: m.passed}}
}

// identify proves before a step's first call that the credentials belong to its account, and forgets what earlier steps saw.
func (m *move) identify(ctx context.Context, s plan.Step) error {
	m.latest, m.stock, m.seen = nil, nil, seenVault{}
	if twin, ok := m.clock.(*TwinClock); ok {
		if err := twin.Sync(ctx); err != nil {
			return err
		}
	}
	_, err := m.cloud.Caller(ctx, s.Account)
	return err
}

// fresh is a survey made since this step began.
func (m *move) fresh(ctx context.Context) (*estate.Survey, error) {
	if m.latest == nil {
		s, err := m.surveyQuietly(ctx)
		if err != nil {
			return nil, err
		}
		m.latest = s
	}
	return m.latest, nil
}

func (m *move) changed(ctx context.Context, written []string) ([]string, error) {
	s, err := m.fresh(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := m.plan.Changed(&s.Estate, written)
	if err != nil {
		return nil, err
	}
	for _, ptr := range changed {
		if why, err := plan.NotSeen(&s.Estate, ptr); why != "" || err != nil {
			return nil, &diag.Error{Code: "facts/unseen", What: "what the plan rests on cannot be compared: it could not be looked at now", Where: ptr, Why: why, Err: err,
				Fix: []string{"see that AWS answers, then: rehome resume"}}
		}
	}
	return changed, nil
}

// nothingToLose is the vault gate of a move without assets: every Region has been looked at now, or is vouched for, and is empty.
func (m *move) nothingToLose(ctx context.Context) (engine.Evidence, error) {
	return m.nothingOpen(ctx, "nothing to lose in %d places", "MIG-15", "MIG-04", "SUB-23")
}

// nothingOpen looks whether the findings of some codes are there and passed; an open one is why the gate stays locked.
func (m *move) nothingOpen(ctx context.Context, detail string, codes ...string) (engine.Evidence, error) {
	s, err := m.fresh(ctx)
	if err != nil {
		return engine.Evidence{}, err
	}
	var seen []string
	for _, f := range check.Run(check.Input{Spec: m.spec, Survey: s}) {
		if !slices.Contains(codes, f.Code) {
			continue
		}
		if f.Open() {
			return engine.Evidence{}, &diag.Error{Code: "gate/vault", What: f.Title, Where: f.Subject, Why: f.Cause, Owner: f.Owner, Exit: diag.ExitBlocked, Fix: []string{f.Fix}}
		}
		seen = append(seen, f.Subject+": "+f.Title)
	}
	if len(seen) == 0 {
		return engine.Evidence{}, &diag.Error{Code: "gate/vault", What: "nobody looked for what would be lost", Where: strings.Join(codes, ", "), Exit: diag.ExitBlocked}
	}
	return evidence(fmt.Sprintf(detail, len(seen)), strings.Join(seen, "\n")), nil
}

// policies evaluates the key policies of all Regions at this moment.
func (m *move) policies(ctx context.Context, _ plan.Run, _ plan.Step) (engine.Evidence, error) {
	s, err := m.fresh(ctx)
	if err != nil {
		return engine.Evidence{}, err
	}
	facts, ok := check.Input{Spec: m.spec, Survey: s}.Facts()
	enc, known := facts.Instance.Encryption.Get()
	switch {
	case !ok || !known:
		return engine.Evidence{}, &diag.Error{Code: "gate/policies", What: "Identity Center or its encryption cannot be seen", Exit: diag.ExitBlocked}
	case enc.KeyType != estate.CustomerManagedKey:
		return evidence("Identity Center uses an AWS owned key; there is no policy to hold", string(enc.KeyType)), nil
	}
	allowed, err := step.VerifyKeys(ctx, step.Env{Cloud: m.cloud}, enc.KeyARN.Account(), enc.KeyARN.KeyID(), needs.Facts(facts))
	if err != nil {
		return engine.Evidence{}, err
	}
	return evidence(fmt.Sprintf("%d documented calls are allowed now", allowed), fmt.Sprint(allowed, enc.KeyARN, s.Taken)), nil
}

// window holds the cutover inside the spec's window.
func (m *move) window(context.Context, plan.Run, plan.Step) (engine.Evidence, error) {
	w, now := m.spec.Window, m.clock.Now()
	if w == nil {
		return evidence("the spec names no window", "none"), nil
	}
	if now.Before(w.From) || !now.Before(w.To) {
		return engine.Evidence{}, &diag.Error{Code: "gate/window", Exit: diag.ExitWaiting, Where: "now is " + now.UTC().Format("2006-01-02 15:04 MST"),
			What: fmt.Sprintf("the cutover may run from %s to %s only", w.From.UTC().Format("2006-01-02 15:04"), w.To.UTC().Format("2006-01-02 15:04 MST")),
			Why:  "the spec says so", Fix: []string{"run rehome resume inside the window, or change window in the spec and make the plan again"}}
	}
	return evidence("inside the window", w.From.String()+w.To.String()), nil
}

// undoIdentity: a wrong key policy locks out everybody who signs in through Identity Center; whoever can undo it must not be among
// them. Either the caller is such an identity, or the spec's break-glass identity answers at this moment.
func (m *move) undoIdentity(ctx context.Context, _ plan.Run, s plan.Step) (engine.Evidence, error) {
	who, err := m.cloud.Caller(ctx, s.Account)
	if err != nil {
		return engine.Evidence{}, err
	}
	if !check.IssuedByIdentityCenter(who.ARN) {
		return evidence(who.ARN+" was not issued by Identity Center", who.ARN), nil
	}
	if m.spec.BreakGlass == nil {
		return engine.Evidence{}, &diag.Error{Code: "gate/undo", What: "nobody outside Identity Center could undo this key policy", Where: "account " + string(s.Account),
			Why: who.ARN + " is a role that Identity Center issued, and a wrong policy would lock it out", Exit: diag.ExitWaiting,
			Fix: []string{"run rehome with an IAM role or user, or name one as break_glass in the spec"}}
	}
	spare, err := cloud.New(ctx, cloud.Config{Access: []cloud.Access{access(*m.spec.BreakGlass)}, Endpoint: m.to.url, Credentials: m.to.keys, RunID: m.runID, Version: m.app.Version, Clock: m.clock, OnCall: m.record})
	if err != nil {
		return engine.Evidence{}, err
	}
	glass, err := spare.Caller(ctx, s.Account)
	if err != nil {
		return engine.Evidence{}, err
	}
	if check.IssuedByIdentityCenter(glass.ARN) {
		return engine.Evidence{}, &diag.Error{Code: "gate/undo", What: "the break-glass identity was issued by Identity Center too", Where: glass.ARN, Exit: diag.ExitWaiting,
			Fix: []string{"name an IAM role or user as break_glass in the spec"}}
	}
	return evidence(glass.ARN+" holds the undo", glass.ARN), nil
}

func evidence(detail, of string) engine.Evidence {
	sum := sha256.Sum256([]byte(of))
	return engine.Evidence{Digest: hex.EncodeToString(sum[:]), Detail: detail}
}

// binding ties a journal to the plan and to who works on it.
func (m *move) binding(ctx context.Context) (engine.Binding, error) {
	b := engine.Binding{Run: m.runID, Plan: m.plan.Fingerprint, Target: string(m.plan.Target), OSUser: m.app.OSUser, Version: m.app.Version}
	for _, a := range accesses(m.spec) {
		who, err := m.cloud.Caller(ctx, a.Account)
		if err != nil {
			return b, err
		}
		b.Callers = append(b.Callers, who.ARN)
	}
	return b, nil
}

// results joins what the plan says of its steps with what the run did.
func results(p *plan.Plan, r engine.Result) []StepResult {
	byID := map[string]engine.StepResult{}
	for _, s := range r.Steps {
		byID[s.ID] = s
	}
	out := make([]StepResult, len(p.Steps))
	for i, s := range p.Steps {
		done := byID[s.ID]
		out[i] = StepResult{ID: s.ID, Kind: s.Kind, Title: s.Title, Account: s.Account, Region: s.Region, Risk: string(s.Risk),
			Status: string(done.Status), Seconds: done.Seconds, Detail: done.Detail, Output: done.Output}
		if out[i].Status == "" {
			out[i].Status = string(engine.StatusPending)
		}
	}
	return out
}
