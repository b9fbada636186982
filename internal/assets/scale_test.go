package assets

import (
	"fmt"
	"os"
	"testing"

	"rehome/internal/estate"
)

var sizes = []int{1_000, 10_000, 100_000}

// BenchmarkScale is what a large estate costs rehome itself, without Quick: nanoseconds for each asset, which stay about the same as the
// estate grows.
func BenchmarkScale(b *testing.B) {
	for _, n := range sizes {
		var s *sampled
		var inv *Inventory
		for _, part := range []struct {
			name string
			do   func(b *testing.B)
		}{
			{"take", func(b *testing.B) { s.take(b) }},
			{"graph", func(b *testing.B) { NewGraph(inv) }},
			{"pack", func(b *testing.B) { Pack(inv, NewGraph(inv), MaxPerJob) }},
			{"plan", func(b *testing.B) { planned(b, inv) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", part.name, n), func(b *testing.B) {
				if s == nil { // only when a part of this size is wanted
					s = sampleOf(n)
					inv = s.take(b)
				}
				b.ReportAllocs()
				for b.Loop() {
					part.do(b)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/asset")
			})
		}
	}
}

// planned opens a vault and writes down what it is to hold.
func planned(t testing.TB, inv *Inventory) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "vault")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vaultAt(dir, nil)
	if err == nil {
		err = v.plan(inv)
	}
	if err == nil {
		err = v.Close()
	}
	if err == nil {
		err = os.RemoveAll(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPackPlansFewJobs: at most 15 % more than there must be, however large the estate, with everything in it that bundles carry. The slow
// build tries the largest.
func TestPackPlansFewJobs(t *testing.T) {
	beyondShort(t)
	for _, n := range sizes {
		if n <= packed {
			plansFewJobs(t, n)
		}
	}
}

func plansFewJobs(t *testing.T, n int) {
	t.Helper()
	inv := sampleOf(n).take(t)
	per, held := map[estate.Region]int{}, 0
	for ref := range bundled(inv) {
		per[ref.Region]++
	}
	least := 0
	for _, count := range per {
		least += (count + MaxPerJob - 1) / MaxPerJob
	}
	jobs := Pack(inv, NewGraph(inv), MaxPerJob)
	for _, j := range jobs {
		held += len(j.Assets)
	}
	if held != n || len(jobs)*100 > least*115 {
		t.Errorf("%d of %d assets in %d jobs where %d must be", held, n, len(jobs), least)
	}
	t.Logf("%d assets: %d jobs, at least %d", n, len(jobs), least)
}
