package engine

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"rehome/internal/diag"
)

func TestSecondProcessLearnsWhoHoldsTheDirectory(t *testing.T) {
	dir := t.TempDir()
	release, err := Lock(dir, Holder{PID: 4711, User: "alice", Command: "rehome apply", Since: noon})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir, Holder{PID: 4712, User: "bob", Command: "rehome resume", Since: noon})
	var e *diag.Error
	if !errors.As(err, &e) || e.Code != "state/locked" || diag.ExitCode(err) != diag.ExitFailed || e.Where != dir {
		t.Fatalf("error is %+v", err)
	}
	if want := "process 4711 of alice, rehome apply, since 2026-03-01T12:00:00Z"; e.Why != want {
		t.Errorf("holder is %q, want %q", e.Why, want)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if release, err = Lock(dir, Holder{PID: 4712, User: "bob"}); err != nil {
		t.Fatal(err)
	}
	release()
}

// The test binary starts itself as the process that is killed while it holds the lock.
func TestKilledProcessGivesTheLockBack(t *testing.T) {
	if dir := os.Getenv("REHOME_TEST_LOCK"); dir != "" {
		if _, err := Lock(dir, Holder{PID: os.Getpid(), User: "alice", Command: "a much longer command line than the next holder's"}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked")
		bufio.NewReader(os.Stdin).ReadString('\n')
		return
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcessGivesTheLockBack$")
	cmd.Env = append(os.Environ(), "REHOME_TEST_LOCK="+dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewScanner(out); in.Scan() && in.Text() != "locked"; {
	}
	_, err = Lock(dir, Holder{})
	var e *diag.Error
	if !errors.As(err, &e) || !strings.Contains(e.Why, fmt.Sprintf("process %d of alice", cmd.Process.Pid)) {
		t.Errorf("while it lives: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	release, err := Lock(dir, Holder{PID: 2, User: "bob", Command: "c", Since: noon})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := Lock(dir, Holder{}); !errors.As(err, &e) || !strings.HasPrefix(e.Why, "process 2 of bob, c,") {
		t.Errorf("the next holder is not named: %v", err)
	}
}
