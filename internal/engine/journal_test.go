package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

func TestJournalOfAnotherPlanIsRefusedUnchanged(t *testing.T) {
	for name, c := range map[string][2]string{"another plan": {"beef", "twin"}, "another target": {"f00d", "aws"}} {
		t.Run(name, func(t *testing.T) {
			dir, whole := sample(t)
			path := filepath.Join(dir, journalFile)
			_, err := reopen(dir, c[0], c[1])
			refused(t, err, "journal/other-plan", path, 1)
			if now, _ := os.ReadFile(path); string(now) != string(whole) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestJournalBelongsToItsRun(t *testing.T) {
	dir, _ := sample(t)
	j, err := reopen(dir, "f00d", "twin")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if j.ID() != "r1" {
		t.Errorf("the run is now %s", j.ID())
	}
	h, err := ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(h.Binding.Callers, []string{"arn:a", "arn:b"}) || h.Records[3].Binding.Run != "r1" {
		t.Errorf("begun as %+v, resumed as %+v", h.Binding, h.Records[3].Binding)
	}
	got := h.Result(&plan.Plan{Steps: []plan.Step{{ID: "a"}, {ID: "b"}}})
	if got.Run != "r1" || got.Steps[0].Status != StatusDone || got.Steps[0].Output["name"] == "" || got.Steps[1].Status != StatusPending {
		t.Errorf("result %+v", got)
	}
}

func TestRecordsAreOnDiskBeforeTheHook(t *testing.T) {
	dir := t.TempDir()
	var seen []int
	j, err := OpenJournal(JournalConfig{Dir: dir, Now: atNoon, Binding: Binding{Run: "r1"}, OnRecord: func(n int) {
		h, err := ReadJournal(dir)
		if err != nil || len(h.Records) != n {
			t.Errorf("at record %d there are %d on disk: %v", n, len(h.Records), err)
		}
		seen = append(seen, n)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.note(Record{Type: TypeIntent, Step: "a"}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(seen, []int{1, 2}) {
		t.Errorf("hook saw %v", seen)
	}
}

func TestCallsMayComeAtOnceFromManyGoroutines(t *testing.T) {
	dir, _ := sample(t)
	j, err := reopen(dir, "f00d", "twin")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.at("a")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := j.Call(Call{Service: "kms", Operation: "PutKeyPolicy", Account: "123456789012", Region: "us-east-1", RequestID: fmt.Sprint("q", i), Error: "AccessDeniedException"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h, err := ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	requests := map[string]bool{}
	for _, r := range h.Records {
		if r.Type == TypeCall && r.Step == "a" && r.Call.Operation == "PutKeyPolicy" && r.Call.Region == "us-east-1" && r.Call.Error == "AccessDeniedException" {
			requests[r.Call.RequestID] = true
		}
	}
	if len(requests) != 20 {
		t.Errorf("%d calls are recorded", len(requests))
	}
}

func TestAfterAFailedWriteNothingIsWritten(t *testing.T) {
	dir, _ := sample(t)
	j, err := reopen(dir, "f00d", "twin")
	if err != nil {
		t.Fatal(err)
	}
	healthy := j.chain.file
	if j.chain.file, err = os.Open(healthy.Name()); err != nil { // cannot be written
		t.Fatal(err)
	}
	defer j.Close()
	for range 2 {
		var e *diag.Error
		if err := j.note(Record{Type: TypeIntent, Step: "a"}); !errors.As(err, &e) || e.Code != "journal/unusable" {
			t.Errorf("error is %v", err)
		}
		j.chain.file.Close()
		j.chain.file = healthy
	}
	if h, err := ReadJournal(dir); err != nil || len(h.Records) != 4 {
		t.Errorf("%d records, error %v", len(h.Records), err)
	}
}

func TestRunRefusesTheJournalOfAnotherPlan(t *testing.T) {
	dir, _ := sample(t)
	j, err := reopen(dir, "f00d", "twin")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	_, err = Run(t.Context(), Config{Plan: &plan.Plan{Fingerprint: "beef", Target: "twin"}, Journal: j, Clock: still{},
		BeforeStep: func(context.Context, plan.Step) error { return nil },
		Facts:      func(context.Context, []string) ([]string, error) { return nil, nil }})
	refused(t, err, "journal/other-plan", filepath.Join(dir, journalFile), 1)
}

// leaky has a secret in its step's data and in an error that is not meant for people.
type leaky struct{ secret string }

func (leaky) Name() string                         { return "leaky" }
func (leaky) Plan(plan.Input) ([]plan.Step, error) { return nil, nil }
func (leaky) Patience() (every, d time.Duration)   { return time.Second, time.Minute }
func (leaky) Observe(context.Context, plan.Run, plan.Step) (plan.Observation, error) {
	return plan.Observation{State: plan.Todo, Detail: "not there"}, nil
}
func (k leaky) Act(context.Context, plan.Run, plan.Step) error {
	return errors.New("GET https://example.com/?token=" + k.secret)
}

type still struct{}

func (still) Now() time.Time                             { return noon }
func (still) Sleep(context.Context, time.Duration) error { return nil }

func TestNoSecretGetsIntoTheJournal(t *testing.T) {
	const secret = "planted-wJalrXUtnFEMI"
	dir := t.TempDir()
	p := &plan.Plan{Fingerprint: "f00d", Target: "twin", Steps: []plan.Step{{ID: "a", Kind: "leaky", Params: []byte(`{"password":"` + secret + `"}`)}}}
	j, err := reopen(dir, "f00d", "twin")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	_, err = Run(t.Context(), Config{Plan: p, Kinds: map[string]plan.Kind{"leaky": leaky{secret}}, Journal: j, Clock: still{},
		BeforeStep: func(context.Context, plan.Step) error { return nil },
		Facts:      func(context.Context, []string) ([]string, error) { return nil, nil }})
	if err == nil {
		t.Fatal("the step did not fail")
	}
	b, err := os.ReadFile(filepath.Join(dir, journalFile))
	if err != nil || !strings.Contains(string(b), `"failed"`) {
		t.Fatalf("no failure recorded: %v\n%s", err, b)
	}
	if strings.Contains(string(b), secret) {
		t.Errorf("the secret is in the journal:\n%s", b)
	}
}
