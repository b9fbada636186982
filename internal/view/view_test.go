package view

import (
	"errors"
	"io"
	"strings"
	"testing"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
	"rehome/internal/plan"
)

// TestBothViews renders each result for people and for programs.
func TestBothViews(t *testing.T) {
	blocked := aPlan()
	open := aPlan()
	open.Findings, open.Applyable = open.Findings[:2], true
	facing := app.Facing{Target: estate.TargetTwin, World: "bom", Callers: map[estate.AccountID]string{"444455556666": "b", account: "a"}}
	for name, c := range map[string]struct {
		human func(io.Writer)
		value any
	}{
		"findings":          {func(w io.Writer) { Findings(w, someFindings()) }, &app.Diagnosis{Format: app.DoctorFormat, Findings: someFindings()}},
		"findings-none":     {func(w io.Writer) { Findings(w, nil) }, &app.Diagnosis{Format: app.DoctorFormat}},
		"plan":              {func(w io.Writer) { Plan(w, open) }, open},
		"plan-blocked":      {func(w io.Writer) { Plan(w, blocked) }, blocked},
		"plan-empty":        {func(w io.Writer) { Plan(w, &plan.Plan{Format: plan.Format, Fingerprint: fingerprint}) }, &plan.Plan{Format: plan.Format, Fingerprint: fingerprint}},
		"rehearsal-ready":   {func(w io.Writer) { Rehearsal(w, aRehearsal(app.Ready)) }, aRehearsal(app.Ready)},
		"rehearsal-blocked": {func(w io.Writer) { Rehearsal(w, aRehearsal(app.Blocked)) }, aRehearsal(app.Blocked)},
		"survey":            {func(w io.Writer) { Survey(w, aSurvey()) }, aSurvey()},
		"survey-nothing":    {func(w io.Writer) { Survey(w, &estate.Survey{Target: estate.TargetTwin}) }, &estate.Survey{Target: estate.TargetTwin}},
		"applied":           {func(w io.Writer) { Applied(w, anApplied(true)) }, anApplied(true)},
		"applied-partly":    {func(w io.Writer) { Applied(w, anApplied(false)) }, anApplied(false)},
		"status":            {func(w io.Writer) { Status(w, aStatus()) }, aStatus()},
		"status-not-begun":  {func(w io.Writer) { Status(w, &app.Status{Plan: fingerprint, Target: estate.TargetTwin}) }, &app.Status{Plan: fingerprint, Target: estate.TargetTwin}},
		"status-finished": {func(w io.Writer) {
			Status(w, &app.Status{Plan: fingerprint, Target: estate.TargetTwin, Run: "r-1", Finished: true})
		}, nil},
		"report":      {func(w io.Writer) { Report(w, aStatus()) }, nil},
		"explanation": {func(w io.Writer) { Explanation(w, anExplanation()) }, anExplanation()},
		"explanation-none": {func(w io.Writer) {
			Explanation(w, &app.Explanation{Format: app.ExplainFormat, Matches: []app.Explained{}})
		}, &app.Explanation{Format: app.ExplainFormat}},
		"facing":           {func(w io.Writer) { Facing(w, facing) }, facing},
		"assets":           {func(w io.Writer) { Assets(w, someAssets()) }, someAssets()},
		"ledger":           {func(w io.Writer) { Ledger(w, aLedger()) }, aLedger()},
		"vault-complete":   {func(w io.Writer) { Vault(w, aVault(app.VaultComplete)) }, aVault(app.VaultComplete)},
		"vault-incomplete": {func(w io.Writer) { Vault(w, aVault(app.VaultIncomplete)) }, aVault(app.VaultIncomplete)},
		"templates":        {func(w io.Writer) { Templates(w, someTemplates("")) }, someTemplates("")},
		"templates-govern": {func(w io.Writer) { Templates(w, someTemplates(app.Governance)) }, nil},
		"templates-advice": {func(w io.Writer) { Templates(w, adviceOnly()) }, adviceOnly()},
	} {
		t.Run(name, func(t *testing.T) {
			var human, program strings.Builder
			c.human(&human)
			goldentest.Compare(t, name+".txt", human.String())
			if c.value == nil {
				return
			}
			if err := JSON(&program, c.value); err != nil {
				t.Fatal(err)
			}
			goldentest.Compare(t, name+".json", program.String())
		})
	}
}

func anApplied(finished bool) *app.Applied {
	a := &app.Applied{Format: "rehome.apply/v1", Plan: fingerprint, Run: "r-1", Facing: app.Facing{Target: estate.TargetAWS, Callers: map[estate.AccountID]string{account: "arn:aws:iam::111122223333:user/ana"}}, Finished: finished, Steps: someSteps(), Mutating: 7}
	if finished {
		a.Outage = 372
	}
	return a
}

func TestErrorsInBothViews(t *testing.T) {
	full := &diag.Error{Code: "spec/unknown-key", What: `unknown key "gaol"`, At: diag.Position{File: "rehome.yaml", Line: 4, Column: 1}, Where: "account 1", Why: "a slip", Owner: diag.QuickAdmin,
		Fix: []string{"write goal", "see docs"}, Exit: diag.ExitUsage}
	for name, err := range map[string]error{"error": full, "error-bare": &diag.Error{Code: "x", What: "it failed"}, "error-stranger": io.ErrUnexpectedEOF} {
		t.Run(name, func(t *testing.T) {
			var human, program strings.Builder
			Error(&human, err, false)
			Error(&program, err, true)
			goldentest.Compare(t, name+".txt", human.String())
			goldentest.Compare(t, name+".json", program.String())
		})
	}
}

func TestJSONPassesFaultsOn(t *testing.T) {
	if err := JSON(io.Discard, func() {}); err == nil {
		t.Error("a function was written as JSON")
	}
	full := errors.New("disk full")
	if err := JSON(broken{full}, 1); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
