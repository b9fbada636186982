package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rehome/internal/app"
	"rehome/internal/cli"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/twin/kernel"
)

const key = "mrk-1234567890abcdef1234567890abcdef"

// as makes a signed-looking call to the twin as its administrator, from inside a hook: somebody else at work. It gives the answer.
func (s *side) as(region, target string, input any) string {
	status, answer := s.try(region, target, input)
	if status != http.StatusOK {
		s.t.Errorf("%s: %d %s", target, status, answer)
	}
	return answer
}

// try is as for what may be refused.
func (s *side) try(region, target string, input any) (status int, answer string) {
	body, err := json.Marshal(input)
	if err != nil {
		s.t.Error(err)
	}
	service := map[string]string{"TrentService": "kms", "AWSIdentityStore": "identitystore", "SWBExternalService": "sso"}[strings.Split(target, ".")[0]]
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=TWIN111122223333/20261201/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	w := httptest.NewRecorder()
	s.kernel.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// replicaPolicy reads the replica's policy.
func (s *side) replicaPolicy() string {
	var answer struct{ Policy string }
	if err := json.Unmarshal([]byte(s.as("us-east-1", "TrentService.GetKeyPolicy", map[string]string{"KeyId": key})), &answer); err != nil {
		s.t.Error(err)
	}
	return answer.Policy
}

// with adds a statement in front of a policy's own.
func with(statement, policy string) string {
	const begin = `"Statement":[`
	return strings.Replace(strings.Replace(policy, `"Statement": [`, begin, 1), begin, begin+statement+",", 1)
}

func (s *side) protection() bool {
	return strings.Contains(s.world(), `"termination_protection": true`)
}

// TestPolicyDamagedAfterTheVerifyStep: somebody breaks the replica's policy after it was verified; nothing is deleted, and the
// termination protection that had just been taken away is on again.
func TestPolicyDamagedAfterTheVerifyStep(t *testing.T) {
	dir, accept := template(t, "bom")
	for name, c := range map[string]struct {
		damage func(policy string) string
		want   string
	}{
		"the default policy": {func(string) string {
			return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
		}, "the key's copy in us-east-1 has the default key policy: it admits the account and no AWS service"},
		"one service shut out": {func(policy string) string {
			return with(`{"Effect":"Deny","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}`, policy)
		}, "sso.amazonaws.com may not"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(t, "bom", dir)
			out := ""
			s.during(func(at kernel.Stage, call kernel.CallRecord) {
				if at == kernel.StageApplied && call.Operation == "UpdateAccountSettings" && !s.damaged.Swap(true) {
					s.as("us-east-1", "TrentService.PutKeyPolicy", map[string]string{"KeyId": key, "Policy": c.damage(s.replicaPolicy())})
				}
			}, func() { out = s.exits(diag.ExitBlocked, append([]string{"apply"}, accept...)...) })
			if !strings.Contains(out, "rehome: "+c.want) || !strings.Contains(out, "us-east-1") || !strings.Contains(out, key) {
				t.Errorf("the error does not name what is wrong, and where:\n%s", out)
			}
			if n := s.applied()["quicksight:DeleteAccountSubscription ap-south-1"]; n != 0 {
				t.Error("the account was deleted")
			}
			if !s.protection() {
				t.Error("termination protection stayed off")
			}
		})
	}
}

// TestInterruptBetweenProtectionAndDeletion: Ctrl-C there ends with 130, resumable, protection on again.
func TestInterruptBetweenProtectionAndDeletion(t *testing.T) {
	t.Attr("requirement", "SUB-14")
	dir, accept := template(t, "bom")
	apply := append([]string{"apply"}, accept...)
	s := newSide(t, "bom", dir)
	cmd, out := s.command(nil, apply...)
	s.during(func(at kernel.Stage, c kernel.CallRecord) {
		if at == kernel.StageApplied && c.Operation == "UpdateAccountSettings" && !s.damaged.Swap(true) {
			_ = cmd.Process.Signal(syscall.SIGINT)
		}
	}, func() { s.expect(diag.ExitInterrupted, cmd.Run(), apply, out) })
	if !strings.Contains(out.String(), "rehome resume") {
		t.Errorf("no way to go on is named:\n%s", out)
	}
	if !s.protection() || s.applied()["quicksight:DeleteAccountSubscription ap-south-1"] != 0 {
		t.Error("protection is off, or the account was deleted")
	}
	s.must(append([]string{"resume"}, accept...)...)
}

// TestWindowHoldsTheCutover: outside the window nothing of the old account is touched.
func TestWindowHoldsTheCutover(t *testing.T) {
	t.Attr("requirement", "MIG-36")
	s := newSide(t, "bom", "")
	s.init()
	spec := filepath.Join(s.dir, "rehome.yaml")
	text, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	window := "window: {from: 2031-01-01T02:00:00Z, to: 2031-01-01T06:00:00Z}\n"
	if err := os.WriteFile(spec, append(text, window...), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must("survey")
	s.must("plan")
	s.must("rehearse", ".rehome/plan.json")
	out := s.exits(diag.ExitWaiting, append([]string{"apply"}, s.accept()...)...)
	if !strings.Contains(out, "the cutover may run from 2031-01-01 02:00 to 2031-01-01 06:00") {
		t.Errorf("the window is not named:\n%s", out)
	}
	for call := range s.applied() {
		if strings.HasPrefix(call, "quicksight:") {
			t.Errorf("%s outside the window", call)
		}
	}
}

// TestSecondProcess: the state directory belongs to one process; the other one is told which.
func TestSecondProcess(t *testing.T) {
	s := newSide(t, "bom", "")
	s.init()
	release, err := engine.Lock(filepath.Join(s.dir, ".rehome"), engine.Holder{PID: 4711, User: "ana", Command: "rehome apply", Since: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	out := s.exits(diag.ExitFailed, "survey")
	if !strings.Contains(out, "4711") || !strings.Contains(out, "ana") {
		t.Errorf("the holder is not named:\n%s", out)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	s.must("survey")
}

// TestPortInUse: a twin says who is in its way, and does not wait.
func TestPortInUse(t *testing.T) {
	s := newSide(t, "bom", "")
	addr := strings.TrimPrefix(s.url, "http://")
	if out := s.exits(diag.ExitFailed, "twin", "--listen", addr); !strings.Contains(out, addr) || !strings.Contains(out, "another program listens there") {
		t.Errorf("got\n%s", out)
	}
}

// TestExpiredCredentials: they end with exit 4 and the command that renews them; with fresh ones by the same caller the run goes on
// without new consent.
func TestExpiredCredentials(t *testing.T) {
	dir, accept := template(t, "bom")
	s := newSide(t, "bom", dir)
	s.post("/_twin/faults", `[{"operation":"DeleteAccountSubscription","effect":"expired"}]`)
	out := s.exits(diag.ExitWaiting, append([]string{"apply"}, accept...)...)
	if !strings.Contains(out, "the credentials for account 111122223333 do not work") || !strings.Contains(out, "hint: ") {
		t.Errorf("got\n%s", out)
	}
	if !s.protection() {
		t.Error("termination protection stayed off")
	}
	s.must("resume")
}

// TestAnotherAccountInItsPlace: after the deletion somebody makes an account of the same name in the old Region; a resume must not
// take the old consent for it.
func TestAnotherAccountInItsPlace(t *testing.T) {
	dir, accept := template(t, "names-taken")
	s := newSide(t, "names-taken", dir)
	before := s.world()
	s.exits(diag.ExitWaiting, append([]string{"apply"}, accept...)...)
	var old, now map[string]any
	for text, into := range map[string]*map[string]any{before: &old, s.world(): &now} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	quick := func(world map[string]any) map[string]any {
		return world["estate"].(map[string]any)["accounts"].(map[string]any)["111122223333"].(map[string]any)
	}
	quick(now)["quick"] = quick(old)["quick"]
	body, err := json.Marshal(now)
	if err != nil {
		t.Fatal(err)
	}
	s.replace(string(body))
	out := s.exits(diag.ExitBlocked, "resume")
	if !strings.Contains(out, "there is one again") {
		t.Errorf("got\n%s", out)
	}
	if !s.protection() {
		t.Error("the new account's protection was taken away")
	}
	if n := s.applied()["quicksight:DeleteAccountSubscription ap-south-1"]; n > 1 {
		t.Errorf("%d deletions", n)
	}
}

// TestConsentGoneAfterACrash: killed right after protection went off, and the consents are gone; the refused resume puts it on again.
func TestConsentGoneAfterACrash(t *testing.T) {
	dir, accept := template(t, "bom")
	s := newSide(t, "bom", dir)
	s.killedAt(kernel.StageApplied, 2, append([]string{"apply"}, accept...)...) // the first is the key policy, the second the protection
	if s.protection() {
		t.Fatal("protection is on; the crash came at another place")
	}
	consents, err := filepath.Glob(filepath.Join(s.dir, ".rehome", "runs", "*", "consents.jsonl"))
	if err != nil || len(consents) != 1 {
		t.Fatal(consents, err)
	}
	if err := os.Remove(consents[0]); err != nil {
		t.Fatal(err)
	}
	s.exits(diag.ExitWaiting, "resume")
	if !s.protection() {
		t.Error("termination protection stayed off")
	}
}

// TestTwoApprovals: with approvals: 2 one caller's consent is not enough.
func TestTwoApprovals(t *testing.T) {
	s := newSide(t, "bom", "")
	s.init()
	spec := filepath.Join(s.dir, "rehome.yaml")
	text, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spec, append(text, "approvals: 2\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must("survey")
	s.must("plan")
	s.must("rehearse", ".rehome/plan.json")
	out := s.exits(diag.ExitWaiting, append([]string{"apply"}, s.accept()...)...)
	if !strings.Contains(out, "1 of 2 approvals, by arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin") {
		t.Errorf("got\n%s", out)
	}
	if len(s.applied()) != 0 {
		t.Errorf("something was changed: %v", s.applied())
	}
}

// TestChangedWorldIsRefused: what the plan rests on has changed since; apply names it and changes nothing.
func TestChangedWorldIsRefused(t *testing.T) {
	t.Attr("requirement", "RUN-06")
	dir, accept := template(t, "bom")
	s := newSide(t, "bom", dir)
	s.as("us-east-1", "TrentService.PutKeyPolicy", map[string]string{"KeyId": key, "Policy": `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"Changed","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`})
	before := s.world()
	out := s.exits(diag.ExitBlocked, append([]string{"apply"}, accept...)...)
	if !strings.Contains(out, "key policy") && !strings.Contains(out, "/copies/us-east-1/policy") {
		t.Errorf("the change is not named:\n%s", out)
	}
	if s.world() != before {
		t.Error("apply changed something")
	}
}

// TestRehearsalAndApplyMakeTheSameCalls: the plan that was rehearsed and the plan that is applied change the same things in the same
// order; only the endpoint differs.
func TestRehearsalAndApplyMakeTheSameCalls(t *testing.T) {
	t.Attr("requirement", "RUN-05")
	dir, accept := template(t, "bom")
	s := newSide(t, "bom", dir)
	s.must(append([]string{"apply"}, accept...)...)
	var rehearsed *kernel.Kernel
	a := &app.App{SpecPath: filepath.Join(s.dir, "rehome.yaml"), StateDir: filepath.Join(s.dir, ".rehome"), Version: cli.Version, Now: time.Now,
		Hooks: app.Hooks{Twin: func(k *kernel.Kernel) { rehearsed = k }}}
	r, err := a.RehearsePlan(t.Context(), a.PlanPath())
	if err != nil || r.Outcome != app.Ready {
		t.Fatalf("%+v %v", r, err)
	}
	w := httptest.NewRecorder()
	rehearsed.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_twin/calls", nil))
	var there []call
	if err := json.Unmarshal(w.Body.Bytes(), &there); err != nil {
		t.Fatal(err)
	}
	want, got := changing(there), changing(s.calls())
	if len(want) == 0 || !slices.Equal(want, got) {
		t.Errorf("rehearsed %v, applied %v", want, got)
	}
}

func changing(all []call) []call {
	return slices.DeleteFunc(slices.Clone(all), func(c call) bool { return !c.Mutating })
}
