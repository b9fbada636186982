package document

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAFullDiskLeavesTheOldFile writes in a process that may write no file larger than 4096 bytes: the write fails in its middle,
// the way it does on a full disk.
func TestAFullDiskLeavesTheOldFile(t *testing.T) {
	if path := os.Getenv("DOCUMENT_TEST_FULL_DISK"); path != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
			t.Fatal(err)
		}
		err := WriteBytes(path, []byte(strings.Repeat("new", 10000)))
		if err == nil || !strings.Contains(err.Error(), "file too large") {
			t.Errorf("got %v, want a write that fails in its middle", err)
		}
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "plan.json")
	if err := WriteBytes(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "DOCUMENT_TEST_FULL_DISK="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "old" {
		t.Errorf("the old file holds %.20q, %v", b, err)
	}
	only(t, dir, "plan.json")
}
