package cloud_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"rehome/internal/cloud"
)

// simulated is a clock for a known number of workers: when all of them sleep or are done, it jumps to the earliest wake-up.
type simulated struct {
	mu       sync.Mutex
	now      time.Time
	running  int
	sleepers []sleeper
}

type sleeper struct {
	until time.Time
	wake  chan struct{}
}

func (c *simulated) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *simulated) Sleep(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	s := sleeper{c.now.Add(d), make(chan struct{})}
	c.sleepers = append(c.sleepers, s)
	c.rest()
	c.mu.Unlock()
	<-s.wake
	return nil
}

func (c *simulated) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest()
}

// rest takes one worker out of the running and, when it was the last, wakes the next.
func (c *simulated) rest() {
	if c.running--; c.running > 0 || len(c.sleepers) == 0 {
		return
	}
	slices.SortStableFunc(c.sleepers, func(a, b sleeper) int { return a.until.Compare(b.until) })
	next := c.sleepers[0]
	c.sleepers, c.running = c.sleepers[1:], 1
	if next.until.After(c.now) {
		c.now = next.until
	}
	close(next.wake)
}

// TestRateLimit makes 200 calls from ten workers that never pause, and looks at every second of the simulated time.
func TestRateLimit(t *testing.T) {
	const calls, workers = 200, 10
	for name, tt := range map[string]struct {
		service, operation string
		body               string
		call               func(*testing.T, *cloud.Cloud) error
		perSecond, burst   int
	}{
		"sso-admin, 20 for all operations together": {service: "sso-admin", operation: "ListInstances", perSecond: 20, burst: 0,
			call: func(t *testing.T, c *cloud.Cloud) error {
				_, err := c.IdentityCenter(account, mumbai).ListInstances(t.Context())
				return err
			}},
		"quicksight, 10 and a burst of 10": {service: "quicksight", operation: "GET /accounts/111122223333/dashboards", perSecond: 10, burst: 10,
			call: func(t *testing.T, c *cloud.Cloud) error {
				_, err := c.Quick(account, ohio).ListAssets(t.Context(), "dashboard")
				return err
			}},
		"bundle jobs, 1 and a burst of 2": {service: "quicksight", operation: "GET /accounts/111122223333/asset-bundle-export-jobs/e1", perSecond: 1, burst: 2,
			call: func(t *testing.T, c *cloud.Cloud) error {
				_, err := c.Quick(account, ohio).DescribeExport(t.Context(), "e1")
				return err
			}},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
			clock := &simulated{now: began, running: workers}
			log := &recorder{}
			c := open(t, newServer(t, map[string][]answer{tt.operation: {ok("{}")}}), func(c *cloud.Config) { c.Clock, c.OnCall = clock, log.add })
			if _, err := c.Caller(t.Context(), account); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					defer clock.done()
					for range calls / workers {
						if err := tt.call(t, c); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			var times []time.Time
			for _, call := range log.calls {
				if call.Service == tt.service {
					times = append(times, call.Time)
				}
			}
			slices.SortFunc(times, time.Time.Compare)
			for i, from := range times {
				inSecond := 0
				for _, at := range times[i:] {
					if at.Sub(from) < time.Second {
						inSecond++
					}
				}
				if inSecond > tt.perSecond+tt.burst {
					t.Fatalf("%d calls in the second from %s, want at most %d", inSecond, from.Sub(began), tt.perSecond+tt.burst)
				}
			}
			if len(times) != calls {
				t.Fatalf("%d calls in the log, want %d", len(times), calls)
			}
			// Neither faster nor much slower than the quota.
			if took, want := times[calls-1].Sub(times[0]), time.Duration(calls-tt.burst)*time.Second/time.Duration(tt.perSecond); (took - want).Abs() > 200*time.Millisecond {
				t.Errorf("took %s, want about %s", took, want)
			}
		})
	}
}
