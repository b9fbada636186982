package plan

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// paper is a kind that plans given steps and has no hands.
type paper struct {
	steps []Step
	err   error
}

func (paper) Name() string                         { return "paper" }
func (p paper) Plan(Input) ([]Step, error)         { return p.steps, p.err }
func (paper) Act(context.Context, Run, Step) error { return nil }
func (paper) Observe(context.Context, Run, Step) (Observation, error) {
	return Observation{}, nil
}
func (paper) Patience() (time.Duration, time.Duration) { return 0, 0 }

const account = estate.AccountID("111122223333")

func input(findings ...diag.Finding) Input {
	return Input{Spec: &spec.Spec{Format: spec.Format, TargetRegion: "us-east-1", Management: spec.Access{Account: account}, Quick: spec.Quick{Access: spec.Access{Account: account}}, Attest: []spec.Attestation{{Region: "eu-west-1", Statement: spec.AttestNoAssets, By: "Ana", Date: "2026-11-01", Reason: "looked"}}},
		Findings: findings, Survey: &estate.Survey{Target: estate.TargetTwin, Estate: anEstate("ap-south-1")}}
}

func anEstate(home estate.Region) estate.Estate {
	return estate.Estate{Organization: estate.NotLooked[estate.Organization]("denied"),
		Accounts: map[estate.AccountID]estate.Account{account: {Quick: estate.Of(estate.Quick{Name: "old", IdentityRegion: estate.Of(home), Assets: map[estate.Region]estate.Known[[]estate.Asset]{"eu-west-1": estate.Absent[[]estate.Asset]()}})}}}
}

func build(t *testing.T, in Input, steps ...Step) *Plan {
	t.Helper()
	p, err := Build(in, []Kind{paper{steps: steps}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBuild(t *testing.T) {
	span := estate.Span{Typical: 180, Low: 30, High: 600, Source: diag.Source{Doc: "a page", Date: "2026-11-22"}}
	p, err := Build(input(), []Kind{
		paper{steps: []Step{{ID: "delete", Needs: []string{"look"}, Predicted: span, Reads: []string{"/accounts/111122223333/quick/name"}}}},
		paper{},
		paper{steps: []Step{{ID: "look", Reads: []string{"/organization", "/nowhere"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if ids(p.Steps) != "look delete" || p.Format != Format || p.Target != estate.TargetTwin || !p.Applyable || !p.Created.IsZero() || len(p.Fingerprint) != 64 {
		t.Errorf("got %s, %+v", ids(p.Steps), p)
	}
	d, _ := p.Step("delete")
	if d.Seconds != 180 || d.Low != 30 || d.High != 600 || len(d.TimeFrom) != 1 || d.TimeFrom[0].Doc != "a page" {
		t.Errorf("the prediction did not reach the plan: %+v", d)
	}
	if look, _ := p.Step("look"); look.TimeFrom != nil || look.High != 0 {
		t.Errorf("a step without a prediction got one: %+v", look)
	}
	if len(p.Facts) != 3 || p.Facts["/nowhere"] != "missing" || len(p.Facts["/organization"]) != 64 {
		t.Errorf("facts: %v", p.Facts)
	}
	if len(p.Attested) != 1 || p.Attested[0] != "Ana on 2026-11-01 for eu-west-1: no-assets (looked)" {
		t.Errorf("attested: %q", p.Attested)
	}
	var back spec.Spec
	if err := json.Unmarshal(p.Spec, &back); err != nil || back.TargetRegion != "us-east-1" {
		t.Errorf("the spec is not in the plan: %s", p.Spec)
	}
	if _, ok := p.Step("gone"); ok {
		t.Error("found a step that is not there")
	}
}

func TestBuildPassesFaultsOn(t *testing.T) {
	fault := errors.New("cannot plan")
	if p, err := Build(input(), []Kind{paper{}, paper{err: fault}}); !errors.Is(err, fault) || p != nil {
		t.Errorf("got %v, %v", p, err)
	}
	var e *diag.Error
	if _, err := Build(input(), []Kind{paper{steps: steps("a")}, paper{steps: steps("a")}}); !errors.As(err, &e) || e.Code != "plan/duplicate-step" {
		t.Errorf("got %v", err)
	}
}

// TestRepairs: a step mends the findings that it names and, through their roots, what those cause.
func TestRepairs(t *testing.T) {
	for name, c := range map[string]struct {
		finding diag.Finding
		repairs []string
		want    string
	}{
		"named":                       {diag.Finding{Code: "A", Subject: "x"}, []string{"A x"}, "mend"},
		"named but passed":            {diag.Finding{Code: "A", Subject: "x", Status: diag.Pass}, []string{"A x"}, ""},
		"another subject":             {diag.Finding{Code: "A", Subject: "y"}, []string{"A x"}, ""},
		"its root is named":           {diag.Finding{Code: "B", Subject: "x", CausedBy: "A x"}, []string{"A x"}, "mend"},
		"its root's root is named":    {diag.Finding{Code: "C", Subject: "x", CausedBy: "M x"}, []string{"A x"}, "mend"},
		"only its consequence is":     {diag.Finding{Code: "A", Subject: "x"}, []string{"B x"}, ""},
		"another's root":              {diag.Finding{Code: "B", Subject: "x", CausedBy: "Z x"}, []string{"A x"}, ""},
		"unknown":                     {diag.Finding{Code: "A", Subject: "x", Status: diag.Unknown}, []string{"A x"}, "mend"},
		"an empty name mends nothing": {diag.Finding{Code: "A", Subject: "x"}, []string{""}, ""},
		"roots in a circle":           {diag.Finding{Code: "D", Subject: "x", CausedBy: "D x"}, []string{"A x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(c.finding, diag.Finding{Code: "M", Subject: "x", Status: diag.Fail, CausedBy: "A x", Severity: diag.Note})
			p := build(t, in, Step{ID: "other"}, Step{ID: "mend", Repairs: c.repairs})
			if got := p.Findings[0].RepairedBy; got != c.want {
				t.Errorf("repaired by %q, want %q", got, c.want)
			}
			if p.Applyable != (c.want != "" || c.finding.Status == diag.Pass) {
				t.Errorf("applyable %t", p.Applyable)
			}
			if in.Findings[0].RepairedBy != "" {
				t.Error("the caller's finding changed")
			}
		})
	}
}

func TestBlockers(t *testing.T) {
	p := &Plan{Findings: []diag.Finding{
		{Code: "blocks"}, {Code: "mended", RepairedBy: "s"}, {Code: "warns", Severity: diag.Warn}, {Code: "passed", Status: diag.Pass}, {Code: "fails", Status: diag.Fail}}}
	var got []string
	for _, f := range p.Blockers() {
		got = append(got, f.Code)
	}
	if strings.Join(got, " ") != "blocks fails" {
		t.Errorf("got %v", got)
	}
}
