package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

const consentFile = "consents.jsonl"

// Consent is one person's yes to one risk, bound to everything that the yes was given for.
type Consent struct {
	RiskName        string    `json:"risk_name"` // subject and count
	PlanFingerprint string    `json:"plan"`
	Target          string    `json:"target"`
	CallerARN       string    `json:"caller_arn"`
	OSUser          string    `json:"os_user"`
	Time            time.Time `json:"time"`
	Expires         time.Time `json:"expires"` // zero: it has expired
}

// AddConsent records a consent in the run's directory. The caller holds the lock on it.
func AddConsent(dir string, now func() time.Time, given Consent) error {
	path := filepath.Join(dir, consentFile)
	read, err := readChain(path)
	if err != nil {
		return err
	}
	c := chain{now: now}
	if err := c.open(path, read); err != nil {
		return err
	}
	defer c.file.Close()
	return c.append(&Record{Type: TypeConsent, Consent: &given})
}

// ReadConsents lists the consents in the run's directory in the order in which they were given.
func ReadConsents(dir string) ([]Consent, error) {
	path := filepath.Join(dir, consentFile)
	read, err := readChain(path)
	if err != nil {
		return nil, err
	}
	var out []Consent
	for i, r := range read.records {
		if r.Type != TypeConsent || r.Consent == nil {
			return nil, damaged(path, i+1, "it is no consent")
		}
		out = append(out, *r.Consent)
	}
	return out, nil
}

// Ask is what consents are held against.
type Ask struct {
	RiskName        string
	PlanFingerprint string
	Target          string
	CallerARN       string // who is about to act; one of the consents must be this caller's
	Now             time.Time
	Approvals       int // different callers needed; zero is one
}

// Answer says whether consents suffice.
type Answer struct {
	Digest  string // of the consents that count; empty when they do not suffice
	Missing int    // consents still needed
	Why     string // why they do not suffice
	Given   []Consent
}

// Valid holds the consents in the run's directory against the ask.
func Valid(given []Consent, ask Ask) Answer {
	var a Answer
	why, closest := "nobody has accepted it", 0
	for _, c := range given {
		reason, fit := ask.unfit(c)
		if fit >= closest {
			why, closest = reason, fit
		}
		if reason == "" && !slices.ContainsFunc(a.Given, func(o Consent) bool { return o.CallerARN == c.CallerARN }) {
			a.Given = append(a.Given, c)
		}
	}
	slices.SortFunc(a.Given, func(x, y Consent) int { return cmp.Compare(x.CallerARN, y.CallerARN) })
	need, by := max(ask.Approvals, 1), make([]string, len(a.Given))
	for i, c := range a.Given {
		by[i] = c.CallerARN
	}
	own := slices.Contains(by, ask.CallerARN)
	a.Missing = max(need-len(by), 0)
	switch {
	case ask.CallerARN == "" || ask.RiskName == "":
		a.Why, a.Missing = "the caller or the risk has no name", max(a.Missing, 1)
	case len(by) == 0:
		a.Why = why
	case a.Missing > 0:
		a.Why = fmt.Sprintf("%d of %d approvals, by %s", len(by), need, strings.Join(by, ", "))
	case !own:
		a.Why, a.Missing = "it was accepted by "+strings.Join(by, ", ")+", not by "+ask.CallerARN+" who is about to act", 1
	default:
		b, _ := json.Marshal(a.Given) // strings and times only; cannot fail
		a.Digest = hash(b)
	}
	return a
}

// unfit says why a consent does not count; empty: it does. The higher fit, the nearer it came.
func (ask Ask) unfit(c Consent) (why string, fit int) {
	verb, _, _ := strings.Cut(ask.RiskName, "/")
	switch {
	case c.RiskName != ask.RiskName && !strings.HasPrefix(c.RiskName, verb+"/"):
		return "nobody has accepted it", 0
	case c.RiskName != ask.RiskName:
		return "its subject or count changed: what was accepted is " + c.RiskName, 1
	case c.PlanFingerprint != ask.PlanFingerprint:
		return "it was accepted for another plan (" + c.PlanFingerprint + ")", 2
	case c.Target != ask.Target:
		return "it was accepted for another target (" + c.Target + ")", 3
	case !ask.Now.Before(c.Expires):
		return "the consent of " + c.CallerARN + " expired at " + c.Expires.UTC().Format(time.RFC3339), 4
	default:
		return "", 5
	}
}

// ConsentGate is the gate that asks for consent.
type ConsentGate struct {
	Dir       string // the run's directory
	Plan      *plan.Plan
	Approvals int                                                      // zero is one
	Now       func() time.Time                                         // consents expire by it
	Caller    func(context.Context, plan.Step) (arn string, err error) // who is about to act in the step's account
}

// Check is the GateFunc. The file is read anew each time.
func (g ConsentGate) Check(ctx context.Context, _ plan.Run, s plan.Step) (Evidence, error) {
	given, err := ReadConsents(g.Dir)
	if err != nil {
		return Evidence{}, err
	}
	caller, err := g.Caller(ctx, s)
	if err != nil {
		return Evidence{}, err
	}
	a := Valid(given, Ask{RiskName: s.RiskName, PlanFingerprint: g.Plan.Fingerprint, Target: string(g.Plan.Target), CallerARN: caller, Now: g.Now(), Approvals: g.Approvals})
	if a.Digest == "" {
		return Evidence{}, &diag.Error{Code: "engine/consent", What: fmt.Sprintf("the risk %s is not accepted; consents missing: %d", s.RiskName, a.Missing), Where: s.ID, Why: a.Why, Owner: s.Actor, Exit: diag.ExitWaiting,
			Fix: []string{"read the step in the plan; then, to accept: rehome " + command(s) + " --accept-risk " + s.RiskName}}
	}
	by := make([]string, len(a.Given))
	for i, c := range a.Given {
		by[i] = fmt.Sprintf("%s (%s) at %s", c.CallerARN, c.OSUser, c.Time.UTC().Format(time.RFC3339))
	}
	return Evidence{Digest: a.Digest, Detail: s.RiskName + " accepted by " + strings.Join(by, ", ")}, nil
}

// command is what a person runs on once the risk is accepted.
func command(s plan.Step) string {
	if strings.HasPrefix(s.RiskName, undoPrefix) {
		return "undo"
	}
	return "resume"
}
