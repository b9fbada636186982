//go:build slow

package app

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/twin/kernel"
)

// chains keeps how many import jobs a run says have to follow each other.
type chains struct{ chain int }

func (o *chains) Saying(what string) {
	var jobs, chain int
	if n, _ := fmt.Sscanf(what, "import: %d jobs, at least %d of them", &jobs, &chain); n == 2 {
		o.chain = chain
	}
}
func (*chains) Facing(Facing)        {}
func (*chains) Planned([]plan.Step)  {}
func (*chains) Stepped(engine.Event) {}

// TestMakespan moves 1,000 and 10,000 assets, all of them, and holds the time of the jobs on the simulated clock against what it must be at
// least: all jobs five at a time, or the longest chain. The runbook does one job after the other.
func TestMakespan(t *testing.T) {
	t.Attr("requirement", "MIG-11")
	for _, n := range []int{1000, 10_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var twin *kernel.Kernel
			a, seen := testApp(t), &chains{chain: 1}
			a.Observer = seen
			a.Hooks.Twin = func(k *kernel.Kernel) { twin = k }
			r, err := a.RehearseWorld(t.Context(), RehearseRequest{World: "bom", Assets: n})
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != Ready || r.Ledger != (Ledger{Total: n, Moved: n}) {
				t.Fatalf("%s: %s: %+v", r.Outcome, r.Why, r.Ledger)
			}
			times := estate.DefaultTimes()
			anew := startsOf(t, twin, "CreateAccountSubscription")[0]
			trial, real := apart(startsOf(t, twin, "StartAssetBundleImportJob"), anew)
			for _, c := range []struct {
				what      string
				starts    []time.Time
				one, wait int // seconds of a job, and jobs that follow each other
			}{{"export", startsOf(t, twin, "StartAssetBundleExportJob"), times[estate.TimeAssetExport].Typical, 1}, {"trial import", trial, times[estate.TimeAssetImport].Typical, seen.chain},
				{"import", real, times[estate.TimeAssetImport].Typical, seen.chain}} {
				starts := c.starts
				took := slices.MaxFunc(starts, time.Time.Compare).Sub(starts[0]).Seconds() + float64(c.one)
				rounds := max((len(starts)+4)/5, c.wait)
				ratio := took / float64(rounds*c.one)
				t.Logf("%s: %d jobs, the longest chain %d, %.0f s, %.2f of what it must be; one at a time %.1f times as long", c.what, len(starts), c.wait, took, ratio, float64(len(starts)*c.one)/took)
				if ratio > 1.10 {
					t.Errorf("%s: %.2f", c.what, ratio)
				}
			}
		})
	}
}

// apart are the instants before another one, and those after it.
func apart(all []time.Time, at time.Time) (before, after []time.Time) {
	for _, t := range all {
		if t.Before(at) {
			before = append(before, t)
		} else {
			after = append(after, t)
		}
	}
	return before, after
}

// startsOf are the instants at which jobs began.
func startsOf(t *testing.T, twin *kernel.Kernel, operation string) (out []time.Time) {
	w := httptest.NewRecorder()
	twin.ServeHTTP(w, httptest.NewRequest("GET", "/_twin/calls", nil))
	var calls []struct {
		Time      time.Time
		Operation string
		Effect    string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &calls); err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		if c.Operation == operation && c.Effect == "applied" {
			out = append(out, c.Time)
		}
	}
	if len(out) == 0 {
		t.Fatal("no job was begun")
	}
	return out
}
