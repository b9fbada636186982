package cli_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// planned gives the steps of a world's plan by id, as plan --json prints it, and the plan as people read it.
func planned(t *testing.T, world string) (steps map[string]plan.Step, text string) {
	t.Helper()
	s := newSide(t, world, "")
	s.init()
	s.must("survey")
	var p plan.Plan
	if err := json.Unmarshal([]byte(s.stdout(diag.ExitDone, "plan", "--json")), &p); err != nil {
		t.Fatal(err)
	}
	steps = map[string]plan.Step{}
	for _, st := range p.Steps {
		steps[st.ID] = st
	}
	return steps, s.stdout(diag.ExitDone, "plan")
}

// TestEachStepHasItsAccount: with a delegated administrator the key is the management account's, what follows is the delegated
// administrator's in the instance's Region, and Quick is the member account's; every step shows its account.
func TestEachStepHasItsAccount(t *testing.T) {
	t.Attr("requirement", "IDC-24")
	steps, text := planned(t, "delegated")
	for id, account := range map[string]string{
		"create-key": "111122223333", "encrypt-instance": "111122223333", "replica/us-east-1": "111122223333", "verify-key-policies": "111122223333",
		"add-region/us-east-1": "222233334444", "region-active/us-east-1": "222233334444", "verify-replication": "222233334444",
		"delete-quick": "444455556666", "create-quick": "444455556666", "role-memberships": "444455556666",
	} {
		st, ok := steps[id]
		if !ok || string(st.Account) != account {
			t.Errorf("%s is in account %q, want %s", id, st.Account, account)
		}
	}
	if r := steps["add-region/us-east-1"].Region; r != "ap-south-1" {
		t.Errorf("the Region is added from %s", r)
	}
	for _, id := range slices.Sorted(maps.Keys(steps)) {
		st := steps[id]
		if line := id + ", " + string(st.Phase) + ", account " + string(st.Account) + ", " + string(st.Region); !strings.Contains(text, line) {
			t.Errorf("%q is not shown", line)
		}
	}
}

// TestKeysCostMoney: each copy of a key says so in the plan.
func TestKeysCostMoney(t *testing.T) {
	t.Attr("requirement", "KMS-32")
	steps, text := planned(t, "bom-single")
	for _, id := range slices.Sorted(maps.Keys(steps)) {
		if makes := id == "create-key" || id == "replica/us-east-1"; makes != strings.Contains(steps[id].Cost, "USD a month for this copy") {
			t.Errorf("%s costs %q", id, steps[id].Cost)
		}
	}
	if n := strings.Count(text, "costs:     about 1 USD a month"); n != 2 {
		t.Errorf("people read of costs %d times", n)
	}
}

// TestResidencyIsAgreedFirst: with every other risk accepted, nothing is touched until somebody agrees that data crosses Regions; the
// agreement is in the journal.
func TestResidencyIsAgreedFirst(t *testing.T) {
	t.Attr("requirement", "PATH-19")
	for _, world := range []string{"bom", "bom-single"} {
		t.Run(world, func(t *testing.T) {
			dir, accept := template(t, world)
			const residency = "residency/111122223333/ap-south-1/us-east-1"
			i := slices.Index(accept, residency)
			if i < 1 {
				t.Fatalf("the plan asks for %q", accept)
			}
			s := newSide(t, world, dir)
			out := s.exits(diag.ExitWaiting, append([]string{"apply"}, slices.Delete(slices.Clone(accept), i-1, i+1)...)...)
			if !strings.Contains(out, "--accept-risk "+residency) || strings.Count(out, "hint: ") != 1 {
				t.Errorf("got\n%s", out)
			}
			if got := s.changes(); len(got) != 0 {
				t.Errorf("changed without the agreement: %q", got)
			}
			s.must("apply", "--accept-risk", residency)
			for _, r := range s.history().Records {
				if r.Step == "agree-residency" && r.Type == "consent" && strings.Contains(r.Detail, residency+" accepted by arn:aws:sts::111122223333:") {
					return
				}
			}
			t.Error("the agreement is not in the journal")
		})
	}
}
