package app

import (
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// served is an app that works on a served twin of a world, with its spec, survey and plan made.
func served(t *testing.T, world string) *App {
	t.Helper()
	w, err := LoadWorld(world)
	if err != nil {
		t.Fatal(err)
	}
	k, err := twin.New(w.World, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	a := testApp(t)
	a.Endpoint = server.URL
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "TWIN111122223333", "AWS_SECRET_ACCESS_KEY": planted, "AWS_SESSION_TOKEN": "", "AWS_REGION": "us-east-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	if err := a.Init(InitRequest{World: world}); err != nil {
		t.Fatal(err)
	}
	desktopLater(t, a)
	if _, err := a.Survey(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Plan(t.Context(), PlanRequest{}); err != nil {
		t.Fatal(err)
	}
	return a
}

// desktopLater changes the spec so that nothing of Quick on Desktop is planned: its steps wait for a person.
func desktopLater(t *testing.T, a *App) {
	t.Helper()
	text, err := os.ReadFile(a.SpecPath)
	if err != nil || strings.Contains(string(text), "\nwant:") || strings.Contains(string(text), "\ngoal:") {
		return
	}
	if err := os.WriteFile(a.SpecPath, append(text, "\nwant: [web, same-people]\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// planted is a secret in the environment of every run here.
const planted = "wJalrXUtnFEMI/planted/secret"

// carriedOut applies the kept plan with every consent given.
func carriedOut(t *testing.T, a *App) {
	t.Helper()
	s, err := a.Status()
	if err != nil {
		t.Fatal(err)
	}
	var accept []string
	for _, st := range s.plan.Steps {
		if st.Risk.NeedsConsent() && !slices.Contains(accept, st.RiskName) {
			accept = append(accept, st.RiskName)
		}
	}
	if err := a.keepSurvey(s.plan); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Apply(t.Context(), ApplyRequest{Accept: accept}); err != nil {
		t.Fatal(err)
	}
}

func report(t *testing.T, a *App) *Report {
	t.Helper()
	r, err := a.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func placeOf(t *testing.T, s Scene, r estate.Region) Place {
	t.Helper()
	for _, p := range s.Places {
		if p.Region == r {
			return p
		}
	}
	t.Fatalf("no %s in %+v", r, s)
	return Place{}
}

// TestReportThroughARun: planned, then done but not looked at again, then looked at.
func TestReportThroughARun(t *testing.T) {
	a := served(t, "bom")
	r := report(t, a)
	if r.Before.Basis != Surveyed || r.After.Basis != Planned || r.Run.Run != "" || r.Journal.Head != "" || r.Rehearsal != nil {
		t.Fatalf("planned: before %s, after %s, run %q", r.Before.Basis, r.After.Basis, r.Run.Run)
	}
	if r.From != "ap-south-1" || r.To != "us-east-1" || r.Quick != "example-quick" {
		t.Errorf("%s from %s to %s", r.Quick, r.From, r.To)
	}
	before, after := placeOf(t, r.Before, "us-east-1"), placeOf(t, r.After, "us-east-1")
	if before.Key.Verdict != "fail" || !strings.Contains(before.Key.Judged, "default key policy") || after.Key.Verdict != "pass" {
		t.Errorf("the replica: before %+v, after %+v", before.Key, after.Key)
	}
	if before.Quick.Sight != None || after.Quick.Sight != There || placeOf(t, r.After, "ap-south-1").Quick.Sight != None {
		t.Errorf("Quick: before %+v, after %+v", before.Quick, after.Quick)
	}
	carriedOut(t, a)
	if r = report(t, a); r.After.Basis != Planned || !r.After.Taken.IsZero() || !r.Run.Finished || r.Rehearsal == nil {
		t.Errorf("done: after %s at %s, finished %t", r.After.Basis, r.After.Taken, r.Run.Finished)
	}
	if len(r.Journal.Changing) != 4 || r.Journal.Changing[0].Operation != "PutKeyPolicy" || r.Journal.Calls <= len(r.Journal.Refused) {
		t.Errorf("changing calls: %+v", r.Journal.Changing)
	}
	if _, err := a.Survey(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if r = report(t, a); r.Before.Basis != Surveyed || r.After.Basis != Surveyed || !r.After.Taken.After(r.Before.Taken) || r.Left == nil || slices.ContainsFunc(r.Left, diag.Finding.Blocks) {
		t.Errorf("looked at: before %s, after %s, left %v", r.Before.Basis, r.After.Basis, open(r.Left))
	}
	t.Run("a later look has replaced the survey before: nothing is made up", func(t *testing.T) {
		if err := os.Remove(a.keptSurvey(r.Plan.Fingerprint)); err != nil {
			t.Fatal(err)
		}
		if r := report(t, a); r.Before.Basis != Unknown || r.Before.Why == "" || r.Before.Places != nil || r.After.Basis != Surveyed || r.From != "" {
			t.Errorf("before %+v", r.Before)
		}
		if err := os.Remove(a.surveyPath()); err != nil {
			t.Fatal(err)
		}
		if r := report(t, a); r.After.Basis != Unknown || r.After.Why == "" || r.Left != nil {
			t.Errorf("after %+v", r.After)
		}
	})
}

// TestKeepSurvey keeps the survey of the plan, and no other.
func TestKeepSurvey(t *testing.T) {
	a := served(t, "bom")
	s, err := a.Status()
	if err != nil {
		t.Fatal(err)
	}
	var seen estate.Survey
	if err := document.Read(a.surveyPath(), &seen); err != nil {
		t.Fatal(err)
	}
	own := seen.Estate
	seen.Estate = estate.Estate{}
	if err := document.Write(a.surveyPath(), &seen); err != nil {
		t.Fatal(err)
	}
	if err := a.keepSurvey(s.plan); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(a.keptSurvey(s.Plan)); err == nil {
		t.Error("another survey was kept")
	}
	seen.Estate = own
	for range 2 {
		if err := document.Write(a.surveyPath(), &seen); err != nil {
			t.Fatal(err)
		}
		if err := a.keepSurvey(s.plan); err != nil {
			t.Fatal(err)
		}
		seen.Target = "changed later"
	}
	var kept estate.Survey
	if err := document.Read(a.keptSurvey(s.Plan), &kept); err != nil || kept.Target != estate.TargetTwin {
		t.Errorf("%s %v", kept.Target, err)
	}
}

// TestReportOfABlockedPlan shows what there is and foresees nothing.
func TestReportOfABlockedPlan(t *testing.T) {
	r := report(t, served(t, "assets-unsigned"))
	if r.Plan.Applyable || r.Before.Basis != Surveyed || r.After.Basis != Unknown || !strings.Contains(r.After.Why, "cannot be carried out") {
		t.Errorf("after %+v", r.After)
	}
}

func TestReportNeedsAPlan(t *testing.T) {
	if _, err := testApp(t).Report(t.Context()); diag.ExitCode(err) != diag.ExitUsage {
		t.Errorf("got %v", err)
	}
}
