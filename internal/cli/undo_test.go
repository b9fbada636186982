package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

// phase are the flags that accept the risks of one phase of the kept plan.
func (s *side) phase(phase plan.Phase) []string {
	s.t.Helper()
	p := s.plan()
	flags := []string{"--phase", string(phase)}
	for _, st := range p.Steps {
		if st.Phase == phase && st.Risk.NeedsConsent() && !slices.Contains(flags, st.RiskName) {
			flags = append(flags, "--accept-risk", st.RiskName)
		}
	}
	return flags
}

// undoFlags accept every risk of taking the run back.
func (s *side) undoFlags() []string {
	s.t.Helper()
	flags := []string{"undo"}
	for _, st := range s.plan().Steps {
		if slices.Contains([]string{"key-policy", "encrypt-instance", "add-region"}, st.Kind) {
			flags = append(flags, "--accept-risk", engine.UndoRisk(st))
		}
	}
	return flags
}

// prepared is a side on which everything was done that can be done days ahead.
func prepared(t *testing.T, world, template string) *side {
	t.Helper()
	s := newSide(t, world, template)
	s.finish(append([]string{"apply"}, s.phase(plan.Prepare)...)...)
	return s
}

// scheduled is the command by which a person is told to delete a copy of a key.
var scheduled = regexp.MustCompile(`aws kms schedule-key-deletion --region (\S+) --key-id (\S+) --pending-window-in-days 30`)

// deletes plays the person who does what the output asks for; it gives the Region.
func (s *side) deletes(output string) (region string) {
	s.t.Helper()
	m := scheduled.FindStringSubmatch(output)
	if m == nil {
		s.t.Fatalf("nobody is told what to delete:\n%s", output)
	}
	s.post("/_twin/person", fmt.Sprintf(`{"account":"111122223333","region":%q,"service":"kms","operation":"ScheduleKeyDeletion","input":{"KeyId":%q,"PendingWindowInDays":30}}`, m[1], m[2]))
	return m[1]
}

// takeBack undoes to the end, with a person at its side; it gives the Regions in which that person deleted a copy. What fails, for once, is
// tried again.
func (s *side) takeBack() (regions []string) {
	s.t.Helper()
	undo, failed := s.undoFlags(), false
	for range 5 {
		code, out := s.run(undo...)
		switch {
		case code == diag.ExitDone:
			return regions
		case code == diag.ExitWaiting:
			regions = append(regions, s.deletes(out))
		case code != diag.ExitFailed || failed:
			s.t.Fatalf("undo: exit code %d\n%s", code, out)
		default:
			failed = true
		}
	}
	s.t.Fatal("undo waits again and again")
	return nil
}

// changes are the changing calls that had an effect, in order: operation and Region, and who made it when that was a person.
func (s *side) changes() (out []string) {
	s.t.Helper()
	for _, c := range s.calls() {
		if c.Mutating && c.Effect == "applied" {
			text := c.Operation + " " + c.Region
			if c.By != "" {
				text += " by a " + c.By
			}
			out = append(out, text)
		}
	}
	return out
}

// withoutKeys is a world without the keys of its accounts, and those keys' states by Region.
func withoutKeys(t *testing.T, world string) (rest string, states map[string]string) {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal([]byte(world), &tree); err != nil {
		t.Fatal(err)
	}
	states = map[string]string{}
	for _, account := range tree["estate"].(map[string]any)["accounts"].(map[string]any) {
		keys, _ := account.(map[string]any)["keys"].(map[string]any)
		for _, key := range keys {
			for region, c := range key.(map[string]any)["copies"].(map[string]any) {
				states[region], _ = c.(map[string]any)["state"].(string)
			}
		}
		delete(account.(map[string]any), "keys")
	}
	delete(tree, "events")
	text, err := json.MarshalIndent(tree, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text), states
}

// backAgain are the changes of a prepared run of bom-single that was taken back, in the order of the fact sheet.
func backAgain() []string {
	return []string{"CreateKey ap-south-1", "UpdateInstance ap-south-1", "ReplicateKey ap-south-1", "AddRegion ap-south-1",
		"RemoveRegion ap-south-1", "ScheduleKeyDeletion us-east-1 by a person", "UpdateInstance ap-south-1", "ScheduleKeyDeletion ap-south-1 by a person"}
}

// asBefore holds a world that was taken back against the one before: the same but for a key whose copies are on their way out.
func (s *side) asBefore(before string) {
	s.t.Helper()
	want, _ := withoutKeys(s.t, before)
	got, states := withoutKeys(s.t, s.final())
	if got != want {
		s.t.Errorf("the world is not as it was:\n%s", diff(want, got))
	}
	if !maps.Equal(states, map[string]string{"ap-south-1": "PendingReplicaDeletion", "us-east-1": "PendingDeletion"}) {
		s.t.Errorf("the key's copies are %v", states)
	}
}

// TestUndoSession: what was prepared is taken back in the one order that works; the two deletions of the key are told to a person, waited for
// and looked at, never called.
func TestUndoSession(t *testing.T) {
	dir, _ := template(t, "bom-single")
	before := newSide(t, "bom-single", dir).final()
	s := prepared(t, "bom-single", dir)

	out := s.exits(diag.ExitWaiting, "undo")
	for _, risk := range []string{"undo/add-region/111122223333/us-east-1/5-users", "undo/encrypt-instance/111122223333/1234567890abcdef/5-users"} {
		if !strings.Contains(out, "rehome undo --accept-risk "+risk) || !slices.Contains(s.undoFlags(), risk) {
			t.Errorf("the consent %s is not asked for before anything is taken back:\n%s", risk, out)
		}
	}
	if !slices.Equal(s.changes(), backAgain()[:4]) {
		t.Errorf("without consent: %q", s.changes())
	}
	s.exits(diag.ExitUsage, "undo", "--accept-risk", "undo/encrypt-instance/111122223333/1234567890abcdef/6-users")

	out = s.exits(diag.ExitWaiting, s.undoFlags()...)
	if m := scheduled.FindStringSubmatch(out); m == nil || m[1] != "us-east-1" || !strings.Contains(out, "then: rehome undo") {
		t.Fatalf("the replica's deletion is not told:\n%s", out)
	}
	if n := len(s.changes()); !slices.Equal(s.changes(), backAgain()[:5]) {
		t.Errorf("after %d changes: %q", n, s.changes())
	}
	told := s.exits(diag.ExitWaiting, s.undoFlags()...) // nobody has done it yet
	if !slices.Equal(s.changes(), backAgain()[:5]) {
		t.Errorf("a second undo changed something: %q", s.changes())
	}
	s.deletes(told)
	if region := s.deletes(s.exits(diag.ExitWaiting, s.undoFlags()...)); region != "ap-south-1" {
		t.Errorf("the second deletion is in %s", region)
	}
	if out = s.must(s.undoFlags()...); !strings.Contains(out, "taken back; ") || strings.Contains(out, "not taken back") {
		t.Errorf("the end is not told:\n%s", out)
	}
	if !slices.Equal(s.changes(), backAgain()) {
		t.Errorf("changes %q, want %q", s.changes(), backAgain())
	}
	s.asBefore(before)
	calls := len(s.changes())
	s.must(s.undoFlags()...)
	if len(s.changes()) != calls {
		t.Errorf("undo of what was taken back changes something: %q", s.changes()[calls:])
	}
}

// TestUndoOverThreeAccounts: each step is taken back with the credentials of its own account.
func TestUndoOverThreeAccounts(t *testing.T) {
	dir, _ := template(t, "delegated")
	before := newSide(t, "delegated", dir).final()
	s := prepared(t, "delegated", dir)
	if regions := s.takeBack(); !slices.Equal(regions, []string{"us-east-1", "ap-south-1"}) {
		t.Errorf("a person deleted copies in %q", regions)
	}
	if !slices.Equal(s.changes(), backAgain()) {
		t.Errorf("changes %q, want %q", s.changes(), backAgain())
	}
	s.asBefore(before)
	for _, c := range s.calls() {
		if c.Operation == "RemoveRegion" && !strings.Contains(c.Caller, "222233334444:assumed-role/IdentityAdministrator") || c.Operation == "UpdateInstance" && !strings.Contains(c.Caller, "111122223333:assumed-role/KeyAdministrator") {
			t.Errorf("%s was called by %s", c.Operation, c.Caller)
		}
	}
}

// TestUndoStopsAtThePointOfNoReturn: once the old account is deleted there is no way back, and nothing is touched.
func TestUndoStopsAtThePointOfNoReturn(t *testing.T) {
	dir, accept := template(t, "bom-single")
	s := newSide(t, "bom-single", dir)
	s.exits(diag.ExitUsage, "undo") // no run yet
	s.post("/_twin/faults", `[{"service":"quicksight","operation":"CreateAccountSubscription","effect":"expired"}]`)
	s.exits(diag.ExitWaiting, append([]string{"apply"}, accept...)...)
	before := s.final()
	for _, when := range []string{"after the deletion", "after the end"} {
		out := s.exits(diag.ExitBlocked, append(s.undoFlags(), "--json")...)
		if !strings.Contains(out, "engine/beyond-return") || !strings.Contains(out, "delete the Quick account") || !strings.Contains(out, "rehome resume") {
			t.Errorf("%s:\n%s", when, out)
		}
		if s.final() != before {
			t.Errorf("%s the world differs:\n%s", when, diff(before, s.final()))
		}
		s.must("resume")
		before = s.final()
	}
}

// TestKillAnUndoAnywhere: an undo that is killed at a record of the journal is run again, with the same end and nothing taken back twice.
func TestKillAnUndoAnywhere(t *testing.T) {
	t.Attr("requirement", "RUN-07")
	dir, _ := template(t, "bom-single")
	before := newSide(t, "bom-single", dir).final()
	unkilled := prepared(t, "bom-single", dir)
	ahead := len(unkilled.history().Records)
	unkilled.takeBack()
	w := &whole{journal: unkilled.history().Records}
	at := w.records(ahead, mostTurns)
	t.Logf("%d of %d journal records", len(at), len(w.journal)-ahead)
	for _, n := range at {
		t.Run(fmt.Sprintf("record %d", n-ahead), func(t *testing.T) {
			t.Parallel()
			s := prepared(t, "bom-single", dir)
			s.undoKilledAt(len(s.history().Records) + n - ahead) // a call that was repeated makes one run's journal longer than another's
			s.takeBack()
			if !slices.Equal(s.changes(), backAgain()) {
				t.Errorf("changes %q, want %q", s.changes(), backAgain())
			}
			s.asBefore(before)
			s.history() // reading it checks the chain
		})
	}
}

// TestFaultInAnUndo: each changing call of an undo meets what calls can meet.
func TestFaultInAnUndo(t *testing.T) {
	dir, _ := template(t, "bom-single")
	before := newSide(t, "bom-single", dir).final()
	for _, operation := range []string{"RemoveRegion", "UpdateInstance"} {
		for _, effect := range faults() {
			t.Run(fmt.Sprintf("%s %s", operation, effect), func(t *testing.T) {
				t.Parallel()
				s := prepared(t, "bom-single", dir)
				s.post("/_twin/faults", fmt.Sprintf(`[{"operation":%q,"effect":%q}]`, operation, effect))
				s.takeBack()
				if !slices.Equal(s.changes(), backAgain()) {
					t.Errorf("changes %q, want %q", s.changes(), backAgain())
				}
				s.asBefore(before)
				if !slices.ContainsFunc(s.calls(), func(c call) bool { return c.Fault == string(effect) }) {
					t.Error("the fault did not strike")
				}
			})
		}
	}
}

// undoKilledAt undoes, with a person at its side, until a process dies at the n-th record of the journal.
func (s *side) undoKilledAt(n int) {
	s.t.Helper()
	for range 4 {
		cmd, out := s.command([]string{fmt.Sprintf("%s=%d", killAtRecord, n)}, s.undoFlags()...)
		err := cmd.Run()
		if died(err) {
			return
		}
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != diag.ExitWaiting {
			s.t.Fatalf("undo was not killed: %v\n%s", err, out)
		}
		s.deletes(out.String())
	}
	s.t.Fatal("undo waits again and again")
}
