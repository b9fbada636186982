package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"rehome/internal/diag"
)

// Clock is where every wait of a run goes.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// WallClock is the time of day.
type WallClock struct{}

func (WallClock) Now() time.Time { return time.Now() }

// Sleep waits, or stops with the context's error.
func (WallClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// clockTimeout bounds one word with a twin's clock, which is on this machine.
const clockTimeout = 30 * time.Second

// TwinClock is the simulated clock of a run against a twin. A wait takes no time: it moves the clock to the wake-up and posts that
// instant to the twin, which does what falls due until then. Several that work side by side wait side by side: see Workers.
type TwinClock struct {
	url    string
	client *http.Client
	mu     sync.Mutex
	now    time.Time
	crew
}

// NewTwinClock starts at the twin's own time.
func NewTwinClock(ctx context.Context, endpoint string, client *http.Client) (*TwinClock, error) {
	c := &TwinClock{url: endpoint, client: client}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_twin/health", nil)
	if err != nil {
		return nil, err
	}
	var health struct {
		Clock time.Time `json:"clock"`
	}
	if err := c.do(req, &health); err != nil {
		return nil, err
	}
	c.now = health.Clock
	return c, nil
}

// Now is the simulated time.
func (c *TwinClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves both clocks to the wake-up, or has that done once everybody who is at work waits.
func (c *TwinClock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	if c.workers == 0 {
		defer c.mu.Unlock()
		return c.to(ctx, c.now.Add(d))
	}
	w := c.wait(c.now.Add(d))
	c.jump(ctx, c)
	c.mu.Unlock()
	return c.woken(ctx, c, w)
}

// Workers says that so many more are at work, or fewer. While any are, a wait ends when all of them wait and it is the next to end.
func (c *TwinClock) Workers(more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.workers += more
	c.jump(context.Background(), c)
}

// To moves both clocks to an instant; one that has passed changes nothing.
func (c *TwinClock) To(ctx context.Context, t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.to(ctx, t)
}

func (c *TwinClock) to(ctx context.Context, t time.Time) error {
	if !t.After(c.now) {
		return nil
	}
	body, err := json.Marshal(map[string]string{"to": t.Format(time.RFC3339Nano)})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/_twin/clock", bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := c.do(req, nil); err != nil {
		return c.behind(ctx, t, err)
	}
	c.now = t
	return nil
}

// Sync takes over the twin's time, which other clients may have moved.
func (c *TwinClock) Sync(ctx context.Context) error {
	there, err := NewTwinClock(ctx, c.url, c.client)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if there.now.After(c.now) {
		c.now = there.now
	}
	return nil
}

// behind settles a refusal: a twin that moves its clock for other clients too may be past t already, and then nothing is wrong.
func (c *TwinClock) behind(ctx context.Context, t time.Time, refusal error) error {
	there, err := NewTwinClock(ctx, c.url, c.client)
	if err != nil || there.now.Before(t) {
		return refusal
	}
	c.now = there.now
	return nil
}

func (c *TwinClock) do(req *http.Request, into any) error {
	resp, err := c.client.Do(req)
	if err != nil {
		return &diag.Error{Code: "twin/unreachable", What: "the twin does not answer", Where: c.url, Why: err.Error(), Err: err, Fix: []string{"is rehome twin still running?"}}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		return &diag.Error{Code: "twin/refused", What: "the twin refused a request to its clock", Where: c.url, Why: string(text)}
	}
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	return err
}
