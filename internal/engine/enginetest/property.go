package enginetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"rehome/internal/plan"
)

// plans is how many random plans the property is tried on.
const plans = 12

// killEverywhere lets random small plans run once undisturbed, and then once for each durable record with a process that dies there.
func killEverywhere(t *testing.T, d Driver) {
	for seed := range uint64(plans) {
		t.Run(fmt.Sprint("plan ", seed), func(t *testing.T) {
			whole := randomBench(t, d, seed)
			want := toTheEnd(whole, 0)
			for die := 1; die <= want; die++ {
				b := randomBench(t, d, seed)
				toTheEnd(b, die)
				if b.String() != whole.String() {
					t.Errorf("killed at record %d the world is\n%s\nwant\n%s", die, b, whole)
				}
				if len(b.Wrong) > 0 {
					t.Errorf("killed at record %d: %v", die, b.Wrong)
				}
			}
		})
	}
}

// toTheEnd starts processes until the run has ended; the first one dies at a record, if at any. It gives the first one's records.
func toTheEnd(b *bench, die int) (records int) {
	b.t.Helper()
	first := b.run.Process(b.t.Context(), b.config(), die)
	if first.Died != (die > 0) {
		b.t.Fatalf("died %v at record %d: %v", first.Died, die, first.Err)
	}
	for last, n := first, 0; last.Died || last.Err != nil; n++ {
		if n > 2*len(b.plan.Steps) {
			b.t.Fatalf("the run does not end: %v", last.Err)
		}
		last = b.run.Process(b.t.Context(), b.config(), 0)
	}
	return first.Records
}

// randomBench is the same world and plan for the same seed: up to six steps with needs, risks, durations and one broken call or none.
func randomBench(t *testing.T, d Driver, seed uint64) *bench {
	r := rand.New(rand.NewPCG(seed, 1))
	var steps []plan.Step
	for i := range 2 + r.IntN(5) {
		s := plan.Step{ID: fmt.Sprint("s", i), Risk: []plan.Risk{plan.Creates, plan.Changes, plan.OrganizationWide, plan.Destroys}[r.IntN(4)]}
		for j := range i {
			if r.IntN(3) == 0 {
				s.Needs = append(s.Needs, fmt.Sprint("s", j))
			}
		}
		steps = append(steps, s)
	}
	if last := len(steps) - 1; r.IntN(2) == 0 {
		steps[0].UndoUnless = steps[last].ID
		steps[last].Needs = []string{steps[0].ID}
	}
	faults := []Fault{None, None, CutBefore, CutAfter}
	b := newBench(t, d, steps...)
	for _, s := range steps {
		b.Trait(s.ID).Takes = time.Duration(r.IntN(3)) * 15 * time.Second
		b.Trait(s.ID).Fault = faults[r.IntN(len(faults))]
	}
	return b
}
