package assets

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// role is the environment variable that makes a test play a part in a process of its own, whose memory nothing else has touched. Empty: it
// is the test itself.
const role = "REHOME_ASSETS_ROLE"

// inProcess runs the calling test again in another process, in the given role, and gives what it says on its first line that begins with
// the role.
func inProcess(t *testing.T, part string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), role+"="+part, "GOGC=", "GOMEMLIMIT=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if said, ok := strings.CutPrefix(strings.TrimSpace(line), part+": "); ok {
			return said
		}
	}
	t.Fatalf("it says nothing: %s", out)
	return ""
}

// say is what a process tells the test that runs it.
func say(format string, args ...any) { fmt.Printf("\n"+os.Getenv(role)+": "+format+"\n", args...) }

// peak is the most memory that this process ever had, in bytes (proc(5), VmHWM).
func peak(t *testing.T) int64 {
	t.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kilobytes int64
		if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	t.Fatal("the kernel does not tell VmHWM")
	return 0
}

// worked is the processor time of this process, of all threads: what other processes do beside it does not count.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
