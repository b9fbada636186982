package app

import (
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// RehearsalFormat is the version of a rehearsal's result.
const RehearsalFormat = "rehome.rehearsal/v1"

// Outcome is how a rehearsal ended.
type Outcome string

// The outcomes. Blocked: a finding stands in the way that no step repairs. Failed: a step did.
const (
	Ready   Outcome = "ready"
	Blocked Outcome = "blocked"
	Failed  Outcome = "failed"
)

// ExitCode is the exit code of a command that ends with the outcome.
func (o Outcome) ExitCode() int {
	switch o {
	case Ready:
		return diag.ExitDone
	case Blocked:
		return diag.ExitBlocked
	default:
		return diag.ExitFailed
	}
}

// Rehearsal is the result of running a plan on a twin. The names are a contract.
type Rehearsal struct {
	Format    string         `json:"format"`
	World     string         `json:"world"`
	Plan      string         `json:"plan"`           // the plan's fingerprint
	Vault     string         `json:"vault,omitzero"` // digest of the vault that its assets were from; empty: none was there
	Outcome   Outcome        `json:"outcome"`
	Why       string         `json:"why,omitzero"` // what stopped it
	Findings  []diag.Finding `json:"findings"`     // before the first step
	Steps     []StepResult   `json:"steps"`
	Ledger    Ledger         `json:"ledger"`
	Proof     Proof          `json:"proof"`
	Predicted int            `json:"predicted_seconds"` // machine time on the twin's clock
	Low       int            `json:"predicted_low"`
	High      int            `json:"predicted_high"`
	Human     int            `json:"human_seconds"`  // consents and by-hand steps
	Outage    int            `json:"outage_seconds"` // from the deletion until the people are back
	Calls     int            `json:"calls"`
	Assumed   []string       `json:"assumed"` // what a real run will need from people
	Times     []TimeUsed     `json:"times"`   // where the durations come from
	Left      []diag.Finding `json:"left"`    // open after the last step
}

// StepResult is one step of a run.
type StepResult struct {
	ID      string            `json:"id"`
	Kind    string            `json:"kind"`
	Title   string            `json:"title"`
	Account estate.AccountID  `json:"account"`
	Region  estate.Region     `json:"region"`
	Risk    string            `json:"risk"`
	Status  string            `json:"status"` // pending, done, skipped, waiting, failed, undone
	Seconds int               `json:"seconds"`
	Detail  string            `json:"detail,omitzero"`
	Output  map[string]string `json:"output,omitzero"`
}

// Ledger says what became of every asset.
type Ledger struct {
	Total   int `json:"total"`
	Moved   int `json:"moved"`
	Rebuilt int `json:"rebuilt"`
	Manual  int `json:"manual"`
	Left    int `json:"left"`
	Lost    int `json:"lost"`
}

// Proof says whether people can sign in: pass, fail or skipped.
type Proof struct {
	Web     string       `json:"web"`
	Desktop string       `json:"desktop"`
	Tries   []DesktopTry `json:"tries,omitzero"` // who tried to sign in with Quick on Desktop, and how that ended
}

// TimeUsed is one duration that the prediction rests on.
type TimeUsed struct {
	Step    string `json:"step"`
	Seconds int    `json:"seconds"`
	Low     int    `json:"low"`
	High    int    `json:"high"`
	Source  string `json:"source"`
}
