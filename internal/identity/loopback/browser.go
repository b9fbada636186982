package loopback

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"rehome/internal/diag"
)

// Open gives the way of bringing an address before a person: "open" or nothing takes the system's browser, "print" writes the address on
// out, anything else is a program that is run with the address as its last argument.
func Open(command string, out io.Writer) func(ctx context.Context, address string) error {
	return func(ctx context.Context, address string) error {
		switch command {
		case "print":
			_, err := fmt.Fprintf(out, "Open this address in a browser:\n\n  %s\n\n", address)
			return err
		case "", "open":
			return run(ctx, out, system(runtime.GOOS, inWSL(), exec.LookPath), address)
		}
		return run(ctx, out, strings.Fields(command), address)
	}
}

// run starts a program and does not wait for its end: some browsers end with their last window. Its output is not the user's.
func run(ctx context.Context, out io.Writer, command []string, address string) error {
	if len(command) == 0 {
		return noBrowser("no program that opens a browser is here")
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), command[0], append(command[1:], address)...)
	if err := cmd.Start(); err != nil {
		return noBrowser(command[0] + " cannot be started")
	}
	go func() { _ = cmd.Wait() }() // how a browser ends says nothing
	_, err := fmt.Fprintln(out, "The sign-in page opens in a browser; rehome waits for it.")
	return err
}

func noBrowser(why string) error {
	return &diag.Error{Code: "identity/browser", What: "no browser could be opened", Why: why, Exit: diag.ExitUsage,
		Fix: []string{"print the address and open it by hand: --browser print", "or name a program: --browser firefox", "on another computer: --browser print --paste"}}
}

// system is the command that opens the browser of a system. WSL's own Linux has none as a rule, so Windows is asked.
func system(goos string, wsl bool, look func(string) (string, error)) []string {
	var ways [][]string
	switch {
	case goos == "darwin":
		ways = [][]string{{"open"}}
	case goos == "windows":
		ways = [][]string{{"rundll32", "url.dll,FileProtocolHandler"}}
	case wsl:
		ways = [][]string{{"wslview"}, {"rundll32.exe", "url.dll,FileProtocolHandler"}, {"xdg-open"}}
	default:
		ways = [][]string{{"xdg-open"}, {"x-www-browser"}}
	}
	for _, w := range ways {
		if _, err := look(w[0]); err == nil {
			return w
		}
	}
	return nil
}

// inWSL: the kernel of the Windows Subsystem for Linux says so in its version.
func inWSL() bool {
	version, err := os.ReadFile("/proc/sys/kernel/osrelease")
	return err == nil && strings.Contains(strings.ToLower(string(version)), "microsoft")
}
