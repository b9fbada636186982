package assets

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"rehome/internal/estate"
)

// shift counts workers as a simulated clock does, and finds out when more wait than work: then such a clock would have jumped too early.
type shift struct {
	mu           sync.Mutex
	count, most  int
	waiting, odd int
	jumps, begun int
}

func (c *shift) workers(delta int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count += delta; delta > 0 {
		c.begun += delta
	}
	c.most = max(c.most, c.count)
	if c.count < 0 || delta != 1 && delta != -1 {
		c.odd++
	}
}

func (c *shift) wait(ctx context.Context, _ time.Duration) error {
	c.mu.Lock()
	if c.waiting++; c.waiting > c.count {
		c.odd++
	}
	if c.waiting == c.count {
		c.jumps++
	}
	c.mu.Unlock()
	runtime.Gosched() // others may come in between
	c.mu.Lock()
	c.waiting--
	c.mu.Unlock()
	return ctx.Err()
}

func (c *shift) check(t *testing.T, what string) {
	t.Helper()
	if c.count != 0 || c.odd > 0 || c.begun == 0 || c.most > MaxInFlight+1 { // who ends is counted until the next has begun
		t.Errorf("%s: %+v", what, c)
	}
}

// TestWorkersAreCounted: the count is balanced, and nobody waits who is not counted, whether Quick is busy or somebody interrupts.
func TestWorkersAreCounted(t *testing.T) {
	t.Parallel()
	busy := func(w *world) func(string) error {
		return func(what string) error {
			if what == "describe" && w.calls%5 == 0 || what == "start" && w.calls%7 == 0 {
				return fmt.Errorf("ThrottlingException: %w", ErrBusy)
			}
			return nil
		}
	}
	for n := range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		w := linked()
		inv := w.take(t)
		w.slow, w.onCall = n%4, busy(w)
		v, err := vaultAt(t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &shift{}
		contents, err := Export(ctx, ExportConfig{Vault: v, Inventory: inv, Exporter: rich{w}, Wait: c.wait, Workers: c.workers})
		v.Close()
		if err != nil {
			t.Fatal(err)
		}
		c.check(t, fmt.Sprint("export ", n))

		s := &shipment{source: w, vault: contents, inv: inv, to: newTarget(there), m: moving()}
		s.m.Regions = map[estate.Region]estate.Region{home: "us-east-1", "us-east-1": "us-east-2"}
		s.to.slow, c = n%4, &shift{}
		most := 400 * n
		s.to.onCall = func(what string) error {
			if s.to.calls > most && n%2 == 1 {
				cancel()
			}
			return busy(s.to.world)(what)
		}
		cfg := s.config(t)
		cfg.Wait, cfg.Workers = c.wait, c.workers
		if _, err = Import(ctx, cfg); err != nil && ctx.Err() == nil {
			t.Fatal(err)
		}
		c.check(t, fmt.Sprint("import ", n))
		cancel()
	}
}

// TestPool: everything is done once, what Quick was too busy for comes again, and fewer are at work then.
func TestPool(t *testing.T) {
	c, done, refused := &shift{}, map[int]int{}, map[int]int{}
	queue := []int{}
	for n := range 200 {
		queue = append(queue, n)
	}
	p := &pool{Workers: c.workers}
	p.run(t.Context(), func() work {
		if len(queue) == 0 {
			return nil
		}
		n := queue[0]
		queue = queue[1:]
		return func(ctx context.Context, slowed func()) func() bool {
			if n%3 == 0 {
				slowed()
			}
			c.wait(ctx, time.Second)
			return func() bool {
				if n%5 == 0 && refused[n] < 2 {
					refused[n]++
					queue = append(queue, n)
					return true
				}
				done[n]++
				return false
			}
		}
	})
	c.check(t, "pool")
	if len(done) != 200 || len(refused) != 40 || p.running != 0 {
		t.Errorf("%d done, %d refused, %d running", len(done), len(refused), p.running)
	}
	for n, times := range done {
		if times != 1 {
			t.Errorf("%d was done %d times", n, times)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.run(ctx, func() work { t.Error("something was begun"); return nil })
}
