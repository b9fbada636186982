//go:build unix

package cli_test

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkCommand is the wall time and the peak memory of whole processes: a twin until its first answer, and two rehearsals.
func BenchmarkCommand(b *testing.B) {
	rehome := filepath.Join(b.TempDir(), "rehome")
	if out, err := exec.Command("go", "build", "-o", rehome, "../../cmd/rehome").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	b.Run("twin, first answer", func(b *testing.B) {
		var peak float64
		for b.Loop() {
			peak = max(peak, firstAnswer(b, exec.Command(rehome, "twin", "--listen", "127.0.0.1:0", "--world", "bom-single")))
		}
		b.ReportMetric(peak, "peak-MB")
	})
	for _, world := range []string{"bom", "bom-single"} {
		b.Run("rehearse "+world, func(b *testing.B) {
			var peak float64
			for b.Loop() {
				cmd := exec.Command(rehome, "rehearse", "--world", world)
				cmd.Dir = b.TempDir()
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				peak = max(peak, peakMemory(cmd.ProcessState))
			}
			b.ReportMetric(peak, "peak-MB")
		})
	}
}

// firstAnswer starts a twin, makes one call of AWS's and ends it; it gives the twin's peak memory.
func firstAnswer(b *testing.B, cmd *exec.Cmd) float64 {
	b.Helper()
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "twin listening on ")
	if err != nil || !ok {
		b.Fatal(line, err)
	}
	r, err := http.NewRequest(http.MethodPost, url+"/", strings.NewReader("{}"))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "SWBExternalService.ListInstances")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=TWIN111122223333/20261201/ap-south-1/sso/aws4_request, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal(answer, err)
	}
	answer.Body.Close()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait() // it was interrupted
	return peakMemory(cmd.ProcessState)
}

// peakMemory is the largest resident set of a process that has ended, in MB.
func peakMemory(p *os.ProcessState) float64 {
	bytes := float64(p.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "linux" { // the others count bytes
		bytes *= 1024
	}
	return bytes / 1e6
}
