package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// backToOneRegion is the only order in which Identity Center gets back to one Region and a key of AWS's own (idc-kms, section 0).
func backToOneRegion() []string {
	return []string{"remove-region/us-east-1", "region-removed/us-east-1", "delete-replica/us-east-1", "aws-owned-key", "aws-owned-key-in-use", "delete-key"}
}

// ids are the steps of a plan as plan --json prints it.
func ids(t *testing.T, text string) (out []string) {
	t.Helper()
	var p plan.Plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, s := range p.Steps {
		out = append(out, s.ID)
	}
	return out
}

// TestTheWayBackHasOneOrder: the plan for one Region is that order and nothing else; as long as Quick is homed in the Region that goes, there
// is no way back at all, and a plan file in another order is refused.
func TestTheWayBackHasOneOrder(t *testing.T) {
	t.Attr("requirement", "IDC-32")
	s := newSide(t, "bom", "")
	s.init()
	s.must("survey")
	if got := ids(t, s.stdout(diag.ExitDone, "plan", "--goal", "single-region", "--json")); !slices.Equal(got, backToOneRegion()) {
		t.Errorf("the plan is %q", got)
	}
	if _, err := os.Stat(filepath.Join(s.dir, ".rehome", "plan.json")); err == nil {
		t.Error("a plan for a look at another goal was kept")
	}

	homed := newSide(t, "withdraw-with-quick", "")
	homed.init()
	homed.must("survey")
	if out := homed.exits(diag.ExitBlocked, "plan"); !strings.Contains(out, "IDC-31") || !strings.Contains(out, "Quick is homed there") {
		t.Errorf("got\n%s", out)
	}
	homed.exits(diag.ExitBlocked, "apply")

	back := newSide(t, "withdraw", "")
	back.init()
	back.must("survey")
	back.must("plan")
	path := filepath.Join(back.dir, ".rehome", "plan.json")
	p := back.plan()
	slices.Reverse(p.Steps)
	text, err := json.Marshal(p)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out := back.exits(diag.ExitUsage, "apply"); !strings.Contains(out, "somebody edited it") {
		t.Errorf("a plan in another order: %s", out)
	}
	if n := len(back.changes()) + len(homed.changes()) + len(s.changes()); n != 0 {
		t.Errorf("%d changes", n)
	}
}

// stdout is the answer of a command, without what it says on the way.
func (s *side) stdout(code int, args ...string) string {
	s.t.Helper()
	cmd, out := s.command(nil, args...)
	cmd.Stderr = nil
	s.expect(code, cmd.Run(), args, out)
	return out.String()
}

// TestByHandSteps: what only a person does is told, waited for and looked at. A person's word alone is not believed, and the run does not
// close before the deed is seen.
func TestByHandSteps(t *testing.T) {
	t.Attr("requirement", "RUN-10")
	s := newSide(t, "withdraw", "")
	s.init()
	s.must("survey")
	s.must("plan")
	s.must("rehearse", ".rehome/plan.json")
	accept := s.accept()
	for i, c := range []struct{ step, region string }{{"delete-replica/us-east-1", "us-east-1"}, {"delete-key", "ap-south-1"}} {
		run := []string{"resume"}
		if i == 0 {
			run = append([]string{"apply"}, accept...)
		}
		out := s.exits(diag.ExitWaiting, run...)
		if !strings.Contains(out, "this step is done by hand") || !strings.Contains(out, "CloudTrail in "+c.region) {
			t.Errorf("%s is not told:\n%s", c.step, out)
		}
		s.must("done", c.step, "--by", "ana")
		before := len(s.changes())
		if out = s.exits(diag.ExitWaiting, "resume"); !strings.Contains(out, "ana says that this step is done, and it cannot be seen") {
			t.Errorf("a word is believed:\n%s", out)
		}
		if status := s.must("status"); !strings.Contains(status, "unfinished") {
			t.Errorf("the run is closed:\n%s", status)
		}
		if len(s.changes()) != before {
			t.Errorf("changes %q", s.changes()[before:])
		}
		if region := s.deletes(out); region != c.region {
			t.Errorf("%s is in %s", c.step, region)
		}
	}
	s.must("resume")
	if want := []string{"RemoveRegion ap-south-1", "ScheduleKeyDeletion us-east-1 by a person", "UpdateInstance ap-south-1", "ScheduleKeyDeletion ap-south-1 by a person"}; !slices.Equal(s.changes(), want) {
		t.Errorf("changes %q, want %q", s.changes(), want)
	}
	s.exits(diag.ExitUsage, "done", "aws-owned-key", "--by", "ana")
	s.must("doctor")
}

// TestStandardAccountLeavesByTheConsole: the API deletes Enterprise accounts only. The console's page is named, and the run waits until AWS
// says that the subscription is gone.
func TestStandardAccountLeavesByTheConsole(t *testing.T) {
	t.Attr("requirement", "SUB-15")
	dir, accept := template(t, "standard")
	s := newSide(t, "standard", dir)
	st, ok := s.plan().Step("delete-quick")
	if !ok || st.ByHand == nil || !strings.Contains(strings.Join(st.ByHand.Do, "\n"), "https://us-east-1.quicksight.aws.amazon.com/sn/console/unsubscribe") {
		t.Fatalf("the plan does not name the page: %+v", st)
	}
	out := s.exits(diag.ExitWaiting, append([]string{"apply"}, accept...)...)
	for _, want := range []string{"https://us-east-1.quicksight.aws.amazon.com/sn/console/unsubscribe", "sign in to account 111122223333", "ap-south-1", "then: rehome resume"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	s.must("done", "delete-quick", "--by", "ben")
	s.exits(diag.ExitWaiting, "resume") // the subscription is still there
	if slices.ContainsFunc(s.changes(), func(c string) bool { return strings.Contains(c, "Subscription") }) {
		t.Fatalf("changes %q", s.changes())
	}
	for _, c := range st.ByHand.Calls {
		s.post("/_twin/person", fmt.Sprintf(`{"account":%q,"region":%q,"service":%q,"operation":%q,"input":%s}`, st.ByHand.Account, st.ByHand.Region, c.Service, c.Operation, c.Input))
	}
	s.must("resume")
	want := []string{"DeleteAccountSubscription ap-south-1 by a person", "CreateAccountSubscription us-east-1"}
	got := slices.DeleteFunc(s.changes(), func(c string) bool { return !strings.Contains(c, "Subscription") })
	if !slices.Equal(got, want) {
		t.Errorf("changes %q, want %q", got, want)
	}
	waited := s.seen("quick-gone")
	if len(waited) != 2 || !strings.HasPrefix(waited[0], "pending: the account is UNSUBSCRIBE_IN_PROGRESS") || !strings.HasPrefix(waited[1], "done: the old account is gone") {
		t.Errorf("waiting for the end of the account saw %q", waited)
	}
}
