package loopback

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dialTimeout bounds one look at a port of this computer.
const dialTimeout = 2 * time.Second

// Holder tells whether anybody takes connections on a port of this computer, as a browser would find, and who, as far as that can be seen.
// It does not take the port.
func Holder(ctx context.Context, port int) (who string, held bool) {
	dialer := net.Dialer{Timeout: dialTimeout}
	for _, host := range []string{"127.0.0.1", "::1"} {
		c, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, fmt.Sprint(port)))
		if err != nil {
			continue
		}
		_ = c.Close() // nothing was said
		return cmp.Or(holder("/proc", port), "a program that this system does not name"), true
	}
	return "", false
}

// listening is the state of a listening socket in the kernel's tables (proc(5), /proc/net/tcp).
const listening = "0A"

// holder names who listens on a port, as far as a Linux system lets this user see; empty when it does not, or elsewhere. proc is /proc.
func holder(proc string, port int) string {
	var inodes []string
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(filepath.Join(proc, "net", table))
		if err != nil {
			continue
		}
		inodes = append(inodes, inodesOf(string(text), port)...)
	}
	if len(inodes) == 0 {
		return ""
	}
	names, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "fd", "*"))
	if err != nil {
		return ""
	}
	for _, fd := range names {
		target, err := os.Readlink(fd)
		inode := strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")
		if err != nil || !slices.Contains(inodes, inode) || inode == target {
			continue
		}
		dir := filepath.Dir(filepath.Dir(fd))
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			return "process " + filepath.Base(dir)
		}
		return fmt.Sprintf("process %s (%s)", filepath.Base(dir), strings.TrimSpace(string(name)))
	}
	return "a process of another user"
}

// inodesOf are the sockets of one table that listen on a port.
func inodesOf(table string, port int) []string {
	var out []string
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != listening {
			continue
		}
		_, at, ok := strings.Cut(f[1], ":")
		raw, err := hex.DecodeString(at)
		if !ok || err != nil || len(raw) != 2 || int(raw[0])<<8|int(raw[1]) != port {
			continue
		}
		if _, err := strconv.ParseUint(f[9], 10, 64); err == nil {
			out = append(out, f[9])
		}
	}
	return out
}
