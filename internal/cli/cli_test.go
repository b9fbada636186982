package cli_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rehome/internal/app"
	"rehome/internal/cli"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// The variables by which a crash test kills its child at one exact place.
const (
	killAtRecord = "REHOME_TEST_KILL_AT_RECORD" // right after the n-th record of the journal is on the disk
	killAtSend   = "REHOME_TEST_KILL_AT_SEND"   // right before the n-th request whose operation changes something is sent
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // hundreds of short commands and twins: there is memory, and no time to collect it often
	testscript.Main(m, map[string]func(){"rehome": func() { os.Exit(rehome()) }, "fake-browser": func() { os.Exit(fakeBrowser()) }})
}

// rehome is the real command with the crash tests' hooks in it.
func rehome() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := cli.OS()
	s.Hooks = crashHooks()
	return cli.Main(ctx, os.Args[1:], s)
}

func crashHooks() app.Hooks {
	var h app.Hooks
	if at := number(killAtRecord); at > 0 {
		h.OnRecord = func(n int) {
			if int64(n) == at {
				die()
			}
		}
	}
	if at := number(killAtSend); at > 0 {
		h.Transport = &dying{at: at}
	}
	return h
}

func number(name string) int64 {
	n, _ := strconv.ParseInt(os.Getenv(name), 10, 64) // absent is 0: no crash
	return n
}

// die is kill -9: nothing is flushed, closed or undone.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// dying kills the process before the at-th changing request leaves it.
type dying struct {
	at   int64
	seen atomic.Int64
}

func (d *dying) RoundTrip(r *http.Request) (*http.Response, error) {
	if mutating(r) && d.seen.Add(1) == d.at {
		die()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// mutating tells the changing requests of a run from reading ones, by the wire alone.
func mutating(r *http.Request) bool {
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return !slices.ContainsFunc([]string{"Describe", "Get", "List"}, func(reading string) bool { return strings.HasPrefix(operation, reading) })
	}
	return r.Method != http.MethodGet && r.Header.Get("Content-Type") != "application/x-www-form-urlencoded"
}

// serve starts a twin of a world in this process.
func serve(world string) (url string, stop func(), err error) {
	w, err := app.LoadWorld(world)
	if err != nil {
		return "", nil, err
	}
	k, err := twin.New(w.World, kernel.ClockAuto)
	if err != nil {
		return "", nil, err
	}
	s := httptest.NewServer(k)
	return s.URL, s.Close, nil
}

// exits runs the command and wants an exact exit code: exits CODE rehome ARG…
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}
