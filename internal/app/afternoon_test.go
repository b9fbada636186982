package app

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// These are afternoons on which somebody else works, too: what rehome must not destroy, take away or believe then.

const (
	instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	theOne   = "mrk-1234567890abcdef1234567890abcdef"
)

// deed is something that a person does on the served twin.
func deed(t *testing.T, a *App, region, service, operation, input string) {
	t.Helper()
	if err := tried(t, a, region, service, operation, input); err != nil {
		t.Fatal(err)
	}
}

func tried(t *testing.T, a *App, region, service, operation, input string) error {
	t.Helper()
	m := &move{session: &session{app: a, to: endpoint{url: a.Endpoint}}}
	return m.playCall(t.Context(), plan.Hand{Account: "111122223333", Region: estate.Region(region)}, plan.Call{Service: service, Operation: operation, Input: []byte(input)})
}

// hours lets time pass on the served twin.
func hours(t *testing.T, a *App, n int) {
	t.Helper()
	c, err := NewTwinClock(t.Context(), a.Endpoint, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.To(t.Context(), c.Now().Add(time.Duration(n)*time.Hour)); err != nil {
		t.Fatal(err)
	}
}

// accepting applies the kept plan with every consent, as far as the phase goes.
func accepting(t *testing.T, a *App, phase plan.Phase) error {
	t.Helper()
	s, err := a.Status()
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Apply(t.Context(), ApplyRequest{Phase: phase, Accept: risksOf(s.plan)})
	return err
}

func risksOf(p *plan.Plan) (names []string) {
	for _, st := range p.Steps {
		if st.Risk.NeedsConsent() && !slices.Contains(names, st.RiskName) {
			names = append(names, st.RiskName)
		}
	}
	return names
}

// undoing takes the run of a plan back with every consent.
func undoing(t *testing.T, a *App, path string) error {
	t.Helper()
	kept := path
	if kept == "" {
		kept = a.PlanPath()
	}
	p, err := plan.Read(kept)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, st := range p.Steps {
		if engine.UndoNeedsConsent(st) {
			names = append(names, engine.UndoRisk(st))
		}
	}
	_, err = a.Undo(t.Context(), ApplyRequest{PlanPath: path, Accept: names})
	return err
}

func codeIs(err error, code string) bool {
	var e *diag.Error
	return errors.As(err, &e) && e.Code == code
}

func quickStands(t *testing.T, a *App) bool {
	t.Helper()
	seen, err := a.Survey(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return seen.Estate.Accounts["111122223333"].Quick.IsKnown()
}

// TestNothingIsDeletedWhenItsGroundIsGone: Identity Center left the target Region, or a group went, between plan and deletion.
func TestNothingIsDeletedWhenItsGroundIsGone(t *testing.T) {
	for name, meddle := range map[string]func(*testing.T, *App){
		"the Region was removed": func(t *testing.T, a *App) {
			deed(t, a, "ap-south-1", "sso-admin", "RemoveRegion", `{"InstanceArn":"`+instance+`","RegionName":"us-east-1"}`)
			hours(t, a, 3)
		},
		"a group was deleted": func(t *testing.T, a *App) {
			deed(t, a, "ap-south-1", "identitystore", "DeleteGroup", `{"IdentityStoreId":"d-1234567890","GroupId":"cccccccc-cccc-4ccc-8ccc-cccccccccccc"}`)
			hours(t, a, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := served(t, "bom")
			if err := accepting(t, a, plan.Prepare); err != nil {
				t.Fatal(err)
			}
			meddle(t, a)
			if err := accepting(t, a, ""); err == nil || diag.ExitCode(err) != diag.ExitBlocked {
				t.Errorf("the run went on: %v", err)
			}
			if !quickStands(t, a) {
				t.Error("the Quick account is gone")
			}
		})
	}
}

// TestAFailedChangeOfKeyIsNotTakenBack: the key of before was made unusable, so AWS keeps the run's key; no deletion of it is asked for.
func TestAFailedChangeOfKeyIsNotTakenBack(t *testing.T) {
	a := served(t, "single-region-key")
	if err := accepting(t, a, plan.Prepare); err != nil {
		t.Fatal(err)
	}
	deed(t, a, "ap-south-1", "kms", "PutKeyPolicy", `{"KeyId":"12345678-1234-1234-1234-123456789012","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`)
	made := madeKey(t, a)
	err := undoing(t, a, "")
	if !codeIs(err, "engine/by-hand") { // the replica
		t.Fatalf("first: %v", err)
	}
	deed(t, a, "us-east-1", "kms", "ScheduleKeyDeletion", `{"KeyId":"`+made+`","PendingWindowInDays":30}`)
	err = undoing(t, a, "")
	if !codeIs(err, "step/update-failed") || strings.Contains(err.Error(), "schedule-key-deletion") {
		t.Errorf("%v", err)
	}
}

func madeKey(t *testing.T, a *App) string {
	t.Helper()
	s, err := a.Status()
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range s.Steps {
		if st.ID == "create-key" {
			return st.Output["key"]
		}
	}
	t.Fatal("no key was made")
	return ""
}

// TestAKeyInUseIsNeverAskedToBeDeleted: another plan has taken the key of an earlier run into use.
func TestAKeyInUseIsNeverAskedToBeDeleted(t *testing.T) {
	a := served(t, "bom-single")
	first := a.StateDir + "/first.json"
	text, err := os.ReadFile(a.PlanPath())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first, text, 0o600); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("cut")
	func() {
		defer func() { _ = recover() }()
		b := *a
		b.Hooks.OnRecord = func(int) {
			if s, err := b.Status(); err == nil && s.Steps[1].ID == "create-key" && s.Steps[1].Status == "done" {
				panic(stop)
			}
		}
		_ = accepting(t, &b, plan.Prepare)
	}()
	key := madeKey(t, a)
	if err := os.Remove(a.StateDir + "/lock"); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if _, err := a.Plan(t.Context(), PlanRequest{Fresh: true}); err != nil {
		t.Fatal(err)
	}
	s, err := a.Status()
	if err != nil {
		t.Fatal(err)
	}
	if _, again := s.plan.Step("create-key"); again {
		t.Fatal("the key of the first run is not taken over")
	}
	if err := accepting(t, a, plan.Prepare); err != nil {
		t.Fatal(err)
	}
	err = undoing(t, a, first)
	if !codeIs(err, "step/key-in-use") || strings.Contains(fmt.Sprint(diag.From("", err).Fix), "schedule-key-deletion") {
		t.Errorf("key %s: %v", key, err)
	}
}

// TestAPolicyThatQuickLivesByStays.
func TestAPolicyThatQuickLivesByStays(t *testing.T) {
	a := served(t, "bom")
	if err := accepting(t, a, plan.Prepare); err != nil {
		t.Fatal(err)
	}
	first := a.StateDir + "/first.json"
	text, err := os.ReadFile(a.PlanPath())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Plan(t.Context(), PlanRequest{Fresh: true}); err != nil {
		t.Fatal(err)
	}
	if err := accepting(t, a, ""); err != nil {
		t.Fatal(err)
	}
	if err := undoing(t, a, first); !codeIs(err, "step/policy-needed") {
		t.Errorf("%v", err)
	}
	proof, err := a.Prove(t.Context(), "kms", "")
	if err != nil || proof.Outcome != "pass" {
		t.Errorf("the key: %+v, %v", proof, err)
	}
}

// TestARegionInUseIsNotTakenBack, and without consent none is.
func TestARegionInUseIsNotTakenBack(t *testing.T) {
	a := served(t, "own-key")
	if err := accepting(t, a, plan.Prepare); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Undo(t.Context(), ApplyRequest{}); err == nil || diag.ExitCode(err) != diag.ExitWaiting || !strings.Contains(err.Error(), "undo/add-region/") {
		t.Errorf("without consent: %v", err)
	}
	deed(t, a, "us-east-1", "sso-admin", "CreateApplication", `{"InstanceArn":"`+instance+`","ApplicationProviderArn":"arn:aws:sso::aws:applicationProvider/custom","Name":"finance"}`)
	if err := undoing(t, a, ""); !codeIs(err, "step/region-in-use") {
		t.Errorf("with an application there: %v", err)
	}
}

// TestAStalePlanMakesNoSecondKey: the first run made one, and a plan from the survey before it would make another.
func TestAStalePlanMakesNoSecondKey(t *testing.T) {
	a := served(t, "bom-single")
	deed(t, a, "ap-south-1", "kms", "CreateKey", `{"MultiRegion":true,"Description":"IAM Identity Center","Tags":[{"TagKey":"CreatedBy","TagValue":"rehome"},{"TagKey":"rehome-run","TagValue":"00000000"}]}`)
	if err := accepting(t, a, plan.Prepare); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("applied all the same: %v", err)
	}
}

// TestWhatOthersDidAfterAFailedDeletionIsSeen: a role that somebody gave to a group meanwhile would be lost with the account.
func TestWhatOthersDidAfterAFailedDeletionIsSeen(t *testing.T) {
	a := served(t, "bom")
	post(t, a, "/_twin/faults", `[{"service":"quicksight","operation":"DeleteAccountSubscription","effect":"error","count":1}]`)
	if err := accepting(t, a, ""); err == nil {
		t.Fatal("the deletion did not fail")
	}
	deed(t, a, "ap-south-1", "identitystore", "CreateGroup", `{"IdentityStoreId":"d-1234567890","DisplayName":"quick-pros"}`)
	hours(t, a, 1)
	deed(t, a, "ap-south-1", "quicksight", "CreateRoleMembership", `{"AwsAccountId":"111122223333","Namespace":"default","Role":"AUTHOR_PRO","MemberName":"quick-pros"}`)
	if err := accepting(t, a, ""); err == nil || diag.ExitCode(err) != diag.ExitBlocked {
		t.Errorf("the run went on: %v", err)
	}
	if !quickStands(t, a) {
		t.Error("the account is gone, and AUTHOR_PRO with it")
	}
}

// TestTheWayBackCannotBeTakenBackInSilence.
func TestTheWayBackCannotBeTakenBackInSilence(t *testing.T) {
	a := served(t, "withdraw")
	if err := accepting(t, a, ""); !codeIs(err, "engine/by-hand") {
		t.Fatalf("%v", err)
	}
	if err := undoing(t, a, ""); !codeIs(err, "engine/not-undoable") || diag.ExitCode(err) != diag.ExitWaiting {
		t.Errorf("%v", err)
	}
}

// TestThreeRegionsLeaveOneAfterAnother.
func TestThreeRegionsLeaveOneAfterAnother(t *testing.T) {
	w, err := LoadWorld("withdraw")
	if err != nil {
		t.Fatal(err)
	}
	inst, _ := w.Estate.IdentityCenter.Get()
	regions, _ := inst.Regions.Get()
	regions["ap-northeast-1"] = estate.RegionActive
	key := w.Estate.Accounts["111122223333"].Keys[theOne]
	key.Copies["ap-northeast-1"] = key.Copies["ap-south-1"]
	r, err := testApp(t).rehearse(t.Context(), w, nil)
	if err != nil || r.Outcome != Ready {
		t.Errorf("%v, %s: %s", err, r.Outcome, r.Why)
	}
}

// TestAStrangersStatementKeepsAKeyFromBeingTakenOver.
func TestAStrangersStatementKeepsAKeyFromBeingTakenOver(t *testing.T) {
	w, err := LoadWorld("orphan-key")
	if err != nil {
		t.Fatal(err)
	}
	keys := w.Estate.Accounts["111122223333"].Keys
	key := keys[theOne]
	c, _ := key.Copies["ap-south-1"].Get()
	text, _ := c.Policy.Get()
	c.Policy = estate.Of(strings.Replace(text, `"Statement": [`, `"Statement": [{"Sid":"Evil","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999900001111:root"},"Action":"kms:*","Resource":"*"},`, 1))
	key.Copies["ap-south-1"] = estate.Of(c)
	r, err := testApp(t).rehearse(t.Context(), w, nil)
	if err != nil || r.Outcome != Ready {
		t.Fatalf("%v, %s", err, r.Why)
	}
	if r.Steps[1].ID != "create-key" || r.Steps[1].Output["key"] == theOne {
		t.Errorf("%+v", r.Steps[1])
	}
}

// post steers the served twin.
func post(t *testing.T, a *App, path, body string) {
	t.Helper()
	resp, err := http.Post(a.Endpoint+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, resp.Status)
	}
}
