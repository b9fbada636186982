package loopback

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/identity"
)

func TestPaste(t *testing.T) {
	var out bytes.Buffer
	p := Paste(strings.NewReader("\nhello\nhttps://acme.okta.com/authorize?code_challenge=x\n  \"http://localhost:18080/?code=c&state=a b\"\u200b \n"), &out)
	c, err := p.Receive(t.Context())
	if err != nil || c.Host != "localhost:18080" || c.Path != "/" || c.Values.Get("code") != "c" || c.Values.Get("state") != "ab" || c.Method != "GET" {
		t.Fatalf("%+v, %v", c, err)
	}
	p.Answer(identity.Verdict{Title: "This answer belongs to another sign-in", Text: "one\ntwo"})
	for _, want := range []string{"the line is empty", "no address that begins with http://localhost:18080", "the one after the sign-in is needed", "belongs to another sign-in\none\ntwo\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "code=c") {
		t.Errorf("the code is repeated:\n%s", out.String())
	}
	if _, err := p.Receive(t.Context()); diag.ExitCode(err) != diag.ExitUsage {
		t.Errorf("at the end of the input: %v", err)
	}
}

func TestPasteEndsWithItsContext(t *testing.T) {
	in, stop := io.Pipe()
	defer func() { _ = stop.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Paste(in, io.Discard).Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestSystemBrowser(t *testing.T) {
	for _, c := range []struct {
		goos string
		wsl  bool
		has  string
		want string
	}{
		{"darwin", false, "open", "open"},
		{"windows", false, "rundll32", "rundll32 url.dll,FileProtocolHandler"},
		{"linux", false, "xdg-open", "xdg-open"},
		{"linux", false, "x-www-browser", "x-www-browser"},
		{"linux", true, "wslview xdg-open", "wslview"},
		{"linux", true, "rundll32.exe xdg-open", "rundll32.exe url.dll,FileProtocolHandler"},
		{"linux", false, "", ""},
	} {
		look := func(name string) (string, error) {
			if slices.Contains(strings.Fields(c.has), name) {
				return name, nil
			}
			return "", os.ErrNotExist
		}
		if got := strings.Join(system(c.goos, c.wsl, look), " "); got != c.want {
			t.Errorf("%s, WSL %t, with %q: %q, want %q", c.goos, c.wsl, c.has, got, c.want)
		}
	}
}

func TestOpen(t *testing.T) {
	var out bytes.Buffer
	if err := Open("print", &out)(t.Context(), "https://a/?b"); err != nil || !strings.Contains(out.String(), "\n  https://a/?b\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := Open("no-such-browser --new", io.Discard)(t.Context(), "https://a/"); diag.ExitCode(err) != diag.ExitUsage || strings.Contains(diag.From("", err).Render(), "https://a/") {
		t.Errorf("%v", err)
	}
	if err := Open("true", io.Discard)(t.Context(), "https://a/"); err != nil {
		t.Errorf("a command: %v", err)
	}
}

// TestHolder reads tables as Linux writes them.
func TestHolder(t *testing.T) {
	proc := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(proc, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	head := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	row := func(at, state, inode string) string {
		return "   0: " + at + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000  1000        0 " + inode + " 1 0 100 0 0 10 0\n"
	}
	write("net/tcp", head+row("0100007F:46A0", "01", "11")+row("0100007F:46A1", "0A", "12"))
	if got := holder(proc, 18080); got != "" {
		t.Errorf("nobody listens, got %q", got)
	}
	write("net/tcp6", head+row("00000000000000000000000001000000:46A0", "0A", "13"))
	if got := holder(proc, 18080); got != "a process of another user" {
		t.Errorf("got %q", got)
	}
	write("4711/comm", "quick-desktop\n")
	if err := os.MkdirAll(filepath.Join(proc, "4711", "fd"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("socket:[13]", filepath.Join(proc, "4711", "fd", "7")); err != nil {
		t.Fatal(err)
	}
	if got := holder(proc, 18080); got != "process 4711 (quick-desktop)" {
		t.Errorf("got %q", got)
	}
}
