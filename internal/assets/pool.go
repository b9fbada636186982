package assets

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// workers tells whoever counts them that there are more of those who work, or fewer. A simulated clock may jump when as many wait as there
// are. So the count goes up right before a task's goroutine is started, and down only when everything that comes of the end of a task is
// done and everything that can be started is started: in between it must not look as if nobody worked.
func workers(count func(delta int), delta int) {
	if count != nil {
		count(delta)
	}
}

// work is one task of a pool. It may tell that Quick was busy for a moment while it goes on. What it returns is called by the pool, one at a
// time, and reports whether the task has to come again because Quick was busy.
type work func(ctx context.Context, slowed func()) (take func() (again bool))

// pool runs tasks: at most so many at once, and fewer while Quick is busy.
type pool struct {
	Most    int             // at once; zero: MaxInFlight
	Workers func(delta int) // as ImportConfig.Workers
	running int
}

// run begins what next gives until it gives nothing and nothing is at work. The end of ctx lets those at work end and begins nothing more.
// next and what tasks return are called in the goroutine of the caller.
func (p *pool) run(ctx context.Context, next func() work) {
	type event struct{ take func() bool } // nil: Quick was busy, and the task goes on
	events := make(chan event)
	most := cmp.Or(p.Most, MaxInFlight)
	limit, streak := most, 0
	slower := func() { limit, streak = max(1, limit/2), 0 }
	for ended := false; ; {
		for p.running < limit && ctx.Err() == nil {
			w := next()
			if w == nil {
				break
			}
			p.running++
			workers(p.Workers, +1)
			go func() { events <- event{w(ctx, func() { events <- event{} })} }()
		}
		if ended {
			workers(p.Workers, -1)
		}
		if p.running == 0 {
			return
		}
		e := <-events
		if ended = e.take != nil; !ended {
			slower()
			continue
		}
		p.running--
		if e.take() {
			slower()
		} else if streak++; streak >= limit && limit < most {
			limit, streak = limit+1, 0
		}
	}
}

// calling makes calls about one thing, with pauses while Quick is busy, for as long as patience lasts.
type calling struct {
	wait   func(context.Context, time.Duration) error
	waited time.Duration
	busy   time.Duration // of that, because Quick was busy
}

func (c *calling) pause(ctx context.Context, d time.Duration) error {
	c.waited += d
	return c.wait(ctx, d)
}

// call repeats one call while Quick is busy.
func (c *calling) call(ctx context.Context, slowed func(), do func() error) error {
	for pause := time.Duration(0); ; {
		err := do()
		if !errors.Is(err, ErrBusy) || c.busy >= patience {
			return err
		}
		slowed()
		pause = longer(pause, time.Minute)
		c.busy += pause
		if err := c.pause(ctx, pause); err != nil {
			return err
		}
	}
}
