//go:build slow && linux

package assets

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestAHundredThousandAssets: what is done with a large estate needs 1 GiB at most, the sample estate and its Quick included, and hardly more
// processor time for each asset than with a tenth of it. Each part is measured in a process of its own.
func TestAHundredThousandAssets(t *testing.T) {
	const large = 100_000
	if part := os.Getenv(role); part != "" {
		cost := map[string]func(*testing.T, int) time.Duration{"plan": planning, "vault": keeping}[part]
		small := min(cost(t, large/10), cost(t, large/10)) // the first one warms up
		big := cost(t, large)
		say("%d %d %d", peak(t), small.Nanoseconds(), big.Nanoseconds())
		return
	}
	for _, part := range []string{"plan", "vault"} {
		var bytes, small, big int64
		if _, err := fmt.Sscan(inProcess(t, part), &bytes, &small, &big); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d MiB; %d ns for each of %d assets, %d ns for each of %d", part, bytes>>20, small, large/10, big, large)
		if bytes > 1<<30 {
			t.Errorf("%s: %d MiB at the peak", part, bytes>>20)
		}
		if big > 3*small {
			t.Errorf("%s: %d ns for each of %d assets, and %d ns for each of %d", part, small, large/10, big, large)
		}
	}
}

// planning is the processor time for each of n assets until a vault knows what it is to hold: inventory, graph, jobs, and the files beside
// the bundles.
func planning(t *testing.T, n int) time.Duration {
	s := sampleOf(n)
	runtime.GC() // of what the sample was made with
	began := worked(t)
	planned(t, s.take(t))
	return (worked(t) - began) / time.Duration(n)
}

// keeping is the processor time for each of n assets from an inventory to a vault that was filled, checked, and compared with a second
// inventory. Bundles are small.
func keeping(t *testing.T, n int) time.Duration {
	s, dir := sampleOf(n), t.TempDir()
	b := &bundler{size: 20_000}
	inv := s.take(t)
	runtime.GC()
	began := worked(t)
	v, err := vaultAt(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Export(t.Context(), ExportConfig{Vault: v, Inventory: inv, Exporter: b, Wait: noWait}); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	report := verified(t, dir)
	found := append(report.Findings, Compare(report.Contents, report.Inventory, inv)...)
	if len(found) > 0 || !report.Whole() || report.Assets != n {
		t.Fatalf("%d of %d assets are in the vault, and %d findings: %s", report.Assets, n, len(found), strings.Join(strings.Split(open(found), "\n")[:1], ""))
	}
	return (worked(t) - began) / time.Duration(n)
}
