package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"rehome/internal/diag"
)

const lockFile = "lock"

// Holder is who works in a state directory.
type Holder struct {
	PID     int       `json:"pid"`
	User    string    `json:"user"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

func (h Holder) String() string {
	return fmt.Sprintf("process %d of %s, %s, since %s", h.PID, h.User, h.Command, h.Since.UTC().Format(time.RFC3339))
}

// Lock takes the state directory for one process; it is made when missing. A directory that another process holds is an error that names
// the holder. The operating system gives the lock back when the process ends, however it ends.
func Lock(dir string, h Holder) (release func() error, err error) {
	path := filepath.Join(dir, lockFile)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(path, err)
	}
	l := flock.New(path, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, unusable(path, err)
	}
	if !ok {
		return nil, held(dir, path)
	}
	b, err := json.Marshal(h)
	if err == nil {
		err = os.WriteFile(path, b, 0o600) // the same file, not a new one: the lock is on it
	}
	if err != nil {
		l.Unlock()
		return nil, unusable(path, err)
	}
	return l.Unlock, nil
}

func held(dir, path string) error {
	who := "its holder has not written its name yet"
	var h Holder
	if b, err := os.ReadFile(path); err == nil && json.Unmarshal(b, &h) == nil {
		who = h.String()
	}
	return &diag.Error{Code: "state/locked", What: "another process works in this state directory", Where: dir, Why: who, Exit: diag.ExitFailed,
		Fix: []string{"wait until it has ended, or choose another directory with --state DIR"}}
}
