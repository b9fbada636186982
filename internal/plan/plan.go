// Package plan holds the plan as data: steps with their reasons and risks, what they need, the facts that were read, and the
// pure scheduler. It must not carry out anything; the hands are in step, the walking in engine.
package plan

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Format is the version of the plan file.
const Format = "rehome.plan/v1"

// Risk is what a step can cost, rising.
type Risk string

// The risks. From OrganizationWide on a step needs consent by name.
const (
	Reads            Risk = "reads"
	Creates          Risk = "creates"
	Changes          Risk = "changes"
	ByHand           Risk = "by hand"
	OrganizationWide Risk = "organization-wide"
	Irreversible     Risk = "irreversible"
	Destroys         Risk = "destroys"
)

// NeedsConsent reports whether a person has to name the risk before the step runs.
func (r Risk) NeedsConsent() bool {
	return r == OrganizationWide || r == Irreversible || r == Destroys
}

// Final reports whether the step cannot be taken back; the facts are compared once more right before it.
func (r Risk) Final() bool { return r == Irreversible || r == Destroys }

// Gate names a condition that must hold right before a step. A gate that nobody wired is locked.
type Gate string

// The gates.
const (
	GateVault     Gate = "vault"     // every asset is in a verified vault, or there is nothing to lose
	GateRehearsal Gate = "rehearsal" // this very plan has passed on a twin
	GateConsent   Gate = "consent"   // a person has named the risk
	GateWindow    Gate = "window"    // now is inside the spec's window
	GatePolicies  Gate = "policies"  // key policies of all Regions, evaluated at this moment
	GateFindings  Gate = "findings"  // a new look finds nothing that blocks and that no later step repairs
	GateIssuer    Gate = "issuer"    // the identity provider's discovery document and keys, read at this moment, are right
	GateSignIn    Gate = "sign-in"   // somebody has signed in with exactly these values
	GateUndo      Gate = "undo"      // an identity that Identity Center did not issue can undo it
)

// Phase is the part of a run that a step belongs to.
type Phase string

// The phases: prepare can be done days ahead, cutover ends the old account.
const (
	Prepare Phase = "prepare"
	Cutover Phase = "cutover"
)

// Step is one thing to do. It is data: everything that a face shows is in it.
type Step struct {
	ID      string           `json:"id"` // kind/subject
	Kind    string           `json:"kind"`
	Account estate.AccountID `json:"account"`
	Region  estate.Region    `json:"region"`
	Phase   Phase            `json:"phase"`
	Title   string           `json:"title"`
	Reason  string           `json:"reason"` // why it is in the plan
	Calls   []string         `json:"calls"`  // service:Operation, in order
	Effect  string           `json:"effect"` // what is different afterwards
	Done    string           `json:"done_when"`
	Undo    string           `json:"undo"` // how it is taken back, or that it cannot be
	Actor   diag.Owner       `json:"actor"`
	Sources []diag.Source    `json:"sources,omitzero"`

	Risk     Risk   `json:"risk"`
	RiskName string `json:"risk_name,omitzero"` // subject and count; what consent is given to
	Gates    []Gate `json:"gates,omitzero"`

	Needs   []string `json:"needs,omitzero"`   // ids of steps that come before
	Repairs []string `json:"repairs,omitzero"` // keys of findings that it mends
	Reads   []string `json:"reads,omitzero"`   // facts (JSON pointers into the estate) that it rests on
	Writes  []string `json:"writes,omitzero"`  // facts that it changes
	// UndoRisk is what taking the step back can cost, where that is more than the step itself; RiskName names it too.
	UndoRisk Risk `json:"undo_risk,omitzero"`
	// UndoUnless is the id of a step: when a run stops before it has reached that step, this one is undone.
	UndoUnless string `json:"undo_unless,omitzero"`

	// ByHand says that a person does the step, and how; nil: rehome acts.
	ByHand *Hand  `json:"by_hand,omitzero"`
	Cost   string `json:"cost,omitzero"`  // what AWS charges from then on; empty: nothing
	Words  string `json:"words,omitzero"` // what the console calls it, beside the API's words

	Predicted estate.Span    `json:"-"`
	Seconds   int            `json:"predicted_seconds"`
	Low       int            `json:"predicted_low"`
	High      int            `json:"predicted_high"`
	TimeFrom  []diag.Source  `json:"predicted_from,omitzero"`
	Params    jsontext.Value `json:"params,omitzero"` // the kind's own data
}

// Hand is what a person does in place of rehome, and how rehome sees that it was done.
type Hand struct {
	Account  estate.AccountID `json:"account"`
	Region   estate.Region    `json:"region"`
	Why      string           `json:"why"` // why rehome does not do it
	Do       []string         `json:"do"`  // commands, or a console page and what to press there, in order
	Verified string           `json:"verified"`
	// Word says that no API shows the deed: a person's word (rehome done) is all that counts.
	Word bool `json:"word,omitzero"`
	// Calls are the same as API calls: what the twin does when it plays the person.
	Calls []Call `json:"calls"`
}

// Call is one API call.
type Call struct {
	Service   string         `json:"service"` // as in the signature, such as kms
	Operation string         `json:"operation"`
	Input     jsontext.Value `json:"input"`
}

// Plan is an ordered set of steps and what they were made from.
type Plan struct {
	Format      string            `json:"format"`
	Fingerprint string            `json:"fingerprint"` // over everything but Created and itself
	Target      estate.Target     `json:"target"`
	Created     time.Time         `json:"created"`
	Spec        jsontext.Value    `json:"spec"`
	Facts       map[string]string `json:"facts"` // JSON pointer into the estate -> hash of what was there
	Findings    []diag.Finding    `json:"findings"`
	Attested    []string          `json:"attested,omitzero"` // what people vouched for, one line each
	Steps       []Step            `json:"steps"`             // in an order that can be carried out
	// Applyable is false when a blocking finding is repaired by no step.
	Applyable bool `json:"applyable"`
}

// Step finds a step by id.
func (p *Plan) Step(id string) (Step, bool) {
	for _, s := range p.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}

// Blockers are the open blocking findings that no step repairs.
func (p *Plan) Blockers() []diag.Finding {
	var out []diag.Finding
	for _, f := range p.Findings {
		if f.Blocks() && f.RepairedBy == "" {
			out = append(out, f)
		}
	}
	return out
}
