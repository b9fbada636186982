package app

import (
	"context"
	"slices"
	"time"
)

// crew are those who work on a simulated clock's time side by side. Time passes for all of them at once: only when each one waits does the
// clock go to the earliest wake-up. The clock's lock guards it.
type crew struct {
	workers int // who works or waits; nobody: each wait moves the clock by itself
	waits   []*wait
}

// wait is one worker's wait. Its end is a value on the channel.
type wait struct {
	until time.Time
	over  chan error
}

func (c *crew) wait(until time.Time) *wait {
	w := &wait{until: until, over: make(chan error, 1)}
	c.waits = append(c.waits, w)
	return w
}

// jump moves the clock when everybody waits, and wakes whose time has come.
func (c *crew) jump(ctx context.Context, clock *TwinClock) {
	if len(c.waits) == 0 || len(c.waits) < c.workers {
		return
	}
	next := slices.MinFunc(c.waits, func(a, b *wait) int { return a.until.Compare(b.until) }).until
	err := clock.to(context.WithoutCancel(ctx), next)
	c.waits = slices.DeleteFunc(c.waits, func(w *wait) bool {
		if err == nil && w.until.After(clock.now) {
			return false
		}
		w.over <- err
		return true
	})
}

// woken waits for the wait's end, or for that of ctx: then the worker is at work again.
func (c *crew) woken(ctx context.Context, clock *TwinClock, w *wait) error {
	select {
	case err := <-w.over:
		return err
	case <-ctx.Done():
	}
	clock.mu.Lock()
	defer clock.mu.Unlock()
	c.waits = slices.DeleteFunc(c.waits, func(o *wait) bool { return o == w })
	return ctx.Err()
}
