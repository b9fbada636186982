package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// TestWorkersWaitSideBySide: what several wait for at once takes as long as the longest of them, and whoever works holds the clock.
func TestWorkersWaitSideBySide(t *testing.T) {
	start := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	var at time.Time // the twin's
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPost {
			var to struct{ To time.Time }
			if err := json.UnmarshalRead(r.Body, &to, json.MatchCaseInsensitiveNames(true)); err != nil || to.To.Before(at) {
				t.Errorf("the clock goes to %v from %v: %v", to.To, at, err)
			}
			at = to.To
			return
		}
		if err := json.MarshalWrite(w, map[string]time.Time{"clock": start}); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	clock, err := NewTwinClock(t.Context(), server.URL, server.Client())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	clock.Workers(3)
	for n := range 3 {
		all.Go(func() {
			for range n + 1 {
				if err := clock.Sleep(t.Context(), time.Minute); err != nil {
					t.Error(err)
				}
			}
			clock.Workers(-1)
		})
	}
	all.Wait()
	if got := clock.Now().Sub(start); got != 3*time.Minute {
		t.Errorf("one, two and three minutes side by side took %s", got)
	}
	if err := clock.Sleep(t.Context(), time.Hour); err != nil || clock.Now().Sub(start) != 3*time.Minute+time.Hour {
		t.Errorf("a wait with nobody at work: %v, %s", err, clock.Now().Sub(start))
	}

	// One who gives up is at work again, and does not hold the others for ever.
	clock.Workers(2)
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		err := clock.Sleep(ctx, time.Hour)
		clock.Workers(-1)
		gaveUp <- err
	}()
	cancel()
	if err := <-gaveUp; err == nil {
		t.Error("a cancelled wait ended well")
	}
	if err := clock.Sleep(t.Context(), time.Second); err != nil {
		t.Error(err)
	}
	clock.Workers(-1)
}
