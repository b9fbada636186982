package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// TestLookingChangesNothing: survey, doctor, plan and rehearse make no changing call.
func TestLookingChangesNothing(t *testing.T) {
	t.Attr("requirement", "RUN-01")
	template(t, "bom") // reports every changing call
}

// crashWorlds are the ways that are broken off anywhere: the first landing's, the whole way from one Region, and the whole way over three
// accounts with a session that ends in the middle of the replication.
func crashWorlds() []string {
	out := []string{"bom", "bom-single", "delegated"}
	if killsWithAssets > 0 {
		out = append(out, "assets-in-use")
	}
	return out
}

// places is how many turns of the engine, and how many changing calls, a world is broken off at. Where assets move a run is longer, and most of
// its turns and changes are alike.
func places(world string) (turns, calls int) {
	if world != "assets-in-use" {
		return mostTurns, mostCalls
	}
	return killsWithAssets, max(1, killsWithAssets/3)
}

// onceOnly are the changes of the whole way that nothing may make twice.
func onceOnly() []string {
	return []string{"kms:CreateKey ap-south-1", "kms:ReplicateKey ap-south-1", "sso-admin:UpdateInstance ap-south-1", "sso-admin:AddRegion ap-south-1",
		"quicksight:DeleteAccountSubscription ap-south-1", "quicksight:CreateAccountSubscription us-east-1"}
}

// within reports whether Identity Center is in both Regions already.
func within(world string) bool { return world == "bom" || world == "assets-in-use" }

// whole is a run that nothing broke off, to hold the others against.
type whole struct {
	name    string
	dir     string   // template
	apply   []string // the command
	world   string
	applied map[string]int
	changes []call // in order, those with an effect
	journal []engine.Record
}

func unbroken(t *testing.T, world string) *whole {
	t.Helper()
	dir, accept := templateOf(t, world, world == "bom") // one world goes as far as Quick on Desktop
	w := &whole{name: world, dir: dir, apply: append([]string{"apply"}, accept...)}
	s := newSide(t, world, dir)
	s.finish(w.apply...)
	w.world, w.applied, w.journal = s.final(), s.applied(), s.history().Records
	for _, c := range s.calls() {
		if c.Effect == "applied" && c.Mutating && c.By == "" {
			w.changes = append(w.changes, c)
		}
	}
	if len(w.changes) == 0 {
		t.Fatal("the unbroken run changed nothing")
	}
	for _, c := range onceOnly() {
		if n := w.applied[c]; n != 1 && (!within(world) || strings.HasPrefix(c, "quicksight:")) {
			t.Errorf("%s was applied %d times", c, n)
		}
	}
	return w
}

// finish runs a command until the run is at its end. Whatever stops it must leave it resumable.
func (s *side) finish(args ...string) {
	s.t.Helper()
	for range 12 {
		code, out := s.run(args...)
		switch code {
		case diag.ExitDone:
			return
		case diag.ExitWaiting:
			if s.handed(out) {
				continue
			}
			fallthrough
		case diag.ExitFailed, diag.ExitBlocked:
			if !strings.Contains(out, "hint: ") {
				s.t.Errorf("exit code %d says nothing about what to do:\n%s", code, out)
			}
		default:
			s.t.Fatalf("exit code %d\n%s", code, out)
		}
	}
	_, out := s.run(args...)
	s.t.Fatalf("the run does not come to its end:\n%s", out)
}

// final is the world without times, and without the faults that a test has scripted.
func (s *side) final() string {
	s.t.Helper()
	var world map[string]any
	if err := json.Unmarshal([]byte(s.world()), &world); err != nil {
		s.t.Fatal(err)
	}
	delete(world, "faults")
	if events, ok := world["events"].([]any); ok { // whether a loading of data is over at the end depends on when it began
		world["events"] = slices.DeleteFunc(events, func(e any) bool { return e.(map[string]any)["kind"] == "quicksight/ingested" })
	}
	text, err := json.MarshalIndent(world, "", " ")
	if err != nil {
		s.t.Fatal(err)
	}
	return startAfter.ReplaceAllString(string(text), "a start to come")
}

// startAfter is when a moved schedule begins: some time after it was imported.
var startAfter = regexp.MustCompile(`"startAfterDateTime": [0-9.e+]+`)

// history is the run's journal; reading it checks the chain.
func (s *side) history() *engine.History {
	s.t.Helper()
	runs, err := filepath.Glob(filepath.Join(s.dir, ".rehome", "runs", "*"))
	if err != nil || len(runs) != 1 {
		s.t.Fatalf("runs: %v %v", runs, err)
	}
	h, err := engine.ReadJournal(runs[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

// same goes on until the end and holds the outcome against the unbroken run's. What a stop takes back and the resumed run does again, the
// termination protection, may be done more often where stops are expected.
func (w *whole) same(s *side, stops bool) {
	s.t.Helper()
	s.finish(w.apply...)
	if got := s.final(); got != w.world {
		s.t.Errorf("the world differs from the unbroken run's:\n%s", diff(w.world, got))
	}
	want, got := maps.Clone(w.applied), s.applied()
	if stops {
		for _, m := range []map[string]int{want, got} {
			delete(m, "quicksight:UpdateAccountSettings ap-south-1")
		}
	}
	if !maps.Equal(got, want) {
		s.t.Errorf("applied %v, want %v", got, want)
	}
	if h := s.history(); !h.Ended {
		s.t.Error("the journal does not say that the run has ended")
	}
}

// records are the journal records after the first ones at which a run is killed: every turn of the engine, and of the calls between them, which only read or
// have a turn behind them, as many as make the wanted number, evenly. The last record ends the run.
func (w *whole) records(after, most int) []int {
	var turns, calls []int
	for n := after + 1; n < len(w.journal); n++ {
		switch r := w.journal[n-1]; {
		case r.Type == engine.TypeCall:
			calls = append(calls, n)
		case r.Type == engine.TypeHand, r.Type == engine.TypeResume && w.journal[n].Type == engine.TypeHand: // another command's
		default:
			turns = append(turns, n)
		}
	}
	at := append(evenly(turns, most), evenly(calls, most/4)...)
	slices.Sort(at)
	return at
}

// evenly picks at most n of all.
func evenly[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	var out []T
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}

// TestKillAnywhere kills a run at journal records and around every changing call, resumes it, and finds the same world as if nothing had
// happened, with no effect applied twice and the journal's chain whole. The slow build takes every turn of the engine.
func TestKillAnywhere(t *testing.T) {
	t.Attr("requirement", "RUN-07")
	t.Attr("requirement", "SUB-18")
	for _, world := range crashWorlds() {
		t.Run(world, func(t *testing.T) {
			w := unbroken(t, world)
			mostTurns, mostCalls := places(world)
			at := w.records(0, mostTurns)
			t.Logf("%d of %d journal records, %d changing calls", len(at), len(w.journal), len(w.changes))
			for _, n := range at {
				t.Run(fmt.Sprintf("record %d", n), func(t *testing.T) {
					t.Parallel()
					s := newSide(t, world, w.dir)
					s.killed(func() string { return fmt.Sprintf("%s=%d", killAtRecord, n) }, w.apply...)
					w.same(s, false)
				})
			}
			for _, n := range evenly(count(len(w.changes)), mostCalls) {
				t.Run(fmt.Sprintf("call %d before send", n), func(t *testing.T) {
					t.Parallel()
					s := newSide(t, world, w.dir)
					s.killed(func() string { return fmt.Sprintf("%s=%d", killAtSend, n-s.changed()) }, w.apply...)
					w.same(s, false)
				})
				for _, stage := range []kernel.Stage{kernel.StageReceived, kernel.StageApplied} {
					t.Run(fmt.Sprintf("call %d %s", n, stage), func(t *testing.T) {
						t.Parallel()
						s := newSide(t, world, w.dir)
						s.killedAt(stage, n, w.apply...)
						w.same(s, false)
					})
				}
			}
		})
	}
}

// count is 1 to n.
func count(n int) (out []int) {
	for i := range n {
		out = append(out, i+1)
	}
	return out
}

// changed counts the changing calls that have arrived.
func (s *side) changed() int {
	n := 0
	for _, c := range s.calls() {
		if c.Mutating && c.By == "" {
			n++
		}
	}
	return n
}

// TestSessionEndsWhileTheRegionIsAdded: three accounts, each with credentials of its own. Those of the delegated administrator run out in
// the middle of the replication; the run waits for a person, and goes on where it was.
func TestSessionEndsWhileTheRegionIsAdded(t *testing.T) {
	dir, accept := template(t, "delegated")
	s := newSide(t, "delegated", dir)
	out := s.exits(diag.ExitWaiting, append([]string{"apply"}, accept...)...)
	if !strings.Contains(out, "the credentials for account 222233334444 do not work") || !strings.Contains(out, "account-222233334444") {
		t.Errorf("account and profile are not named:\n%s", out)
	}
	if s.applied()["sso-admin:AddRegion ap-south-1"] != 1 || !strings.Contains(s.world(), `"us-east-1": "ADDING"`) {
		t.Error("the session did not end in the middle of the replication")
	}
	s.must("resume")
	callers := map[string]string{}
	for _, c := range s.calls() {
		if c.Mutating {
			callers[c.Operation] = c.Caller
		}
	}
	for operation, role := range map[string]string{"CreateKey": "111122223333:assumed-role/KeyAdministrator", "ReplicateKey": "111122223333:assumed-role/KeyAdministrator",
		"UpdateInstance": "111122223333:assumed-role/KeyAdministrator", "AddRegion": "222233334444:assumed-role/IdentityAdministrator",
		"DeleteAccountSubscription": "444455556666:assumed-role/QuickAdministrator", "CreateAccountSubscription": "444455556666:assumed-role/QuickAdministrator"} {
		if !strings.Contains(callers[operation], role) {
			t.Errorf("%s was called by %q, want %s", operation, callers[operation], role)
		}
	}
}

// TestFaultAtEveryChange: each changing call of a run meets a connection that is cut before or after the effect, throttling and an error
// of the server; the run ends, or is resumed, with the same world and no effect twice.
func TestFaultAtEveryChange(t *testing.T) {
	t.Attr("requirement", "RUN-07")
	for _, world := range crashWorlds() {
		t.Run(world, func(t *testing.T) {
			w := unbroken(t, world)
			_, mostCalls := places(world)
			for _, n := range evenly(count(len(w.changes)), mostCalls) {
				c, nth := w.changes[n-1], 1
				for _, before := range w.changes[:n-1] {
					if before == c {
						nth++
					}
				}
				for _, effect := range faults() {
					t.Run(fmt.Sprintf("%s:%s %d %s", c.Service, c.Operation, nth, effect), func(t *testing.T) {
						t.Parallel()
						s := newSide(t, world, w.dir)
						s.post("/_twin/faults", fmt.Sprintf(`[{"service":%q,"operation":%q,"account":%q,"region":%q,"nth":%d,"effect":%q}]`, c.Service, c.Operation, c.Account, c.Region, nth, effect))
						w.same(s, true)
						if !slices.ContainsFunc(s.calls(), func(c call) bool { return c.Fault == string(effect) }) {
							t.Error("the fault did not strike")
						}
					})
				}
			}
		})
	}
}

// faults are the effects of the matrix.
func faults() []estate.FaultEffect {
	return []estate.FaultEffect{estate.FaultCutBefore, estate.FaultCutAfter, estate.FaultThrottle, estate.FaultError}
}

// TestSecondApplyChangesNothing: a finished run is looked at, and that is all.
func TestSecondApplyChangesNothing(t *testing.T) {
	t.Attr("requirement", "RUN-08")
	dir, accept := template(t, "bom")
	s := newSide(t, "bom", dir)
	s.must(append([]string{"apply"}, accept...)...)
	before := len(s.calls())
	s.must("apply")
	for _, c := range s.calls()[before:] {
		if c.Mutating {
			t.Errorf("the second apply made a changing call: %+v", c)
		}
	}
	if len(s.calls()) == before {
		t.Error("the second apply looked at nothing")
	}
}
