// Package app holds the use cases, one file each, and is the only place where rooms are wired together. A rehearsal is an apply
// whose cloud points at a twin. It must not print: results go to view, progress goes out as events.
package app

import (
	"net/http"
	"path/filepath"
	"time"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/identity/loopback"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/twin/kernel"
)

// App is what every use case needs to know of its surroundings. Fields without a comment on their zero value are required.
type App struct {
	SpecPath string
	StateDir string
	Version  string
	OSUser   string
	PID      int
	// CLIVersion is the version of the AWS CLI beside rehome, such as 2.17.32; empty: not known.
	CLIVersion string
	Endpoint   string           // AWS_ENDPOINT_URL; empty: AWS
	Command    string           // the command line, for whoever finds the state directory locked
	Now        func() time.Time // the wall's time
	Observer   Observer         // nil: nobody looks
	Ask        Asker            // nil: nobody can be asked
	Hooks      Hooks            // zero: none
	Face       Face             // zero: the system's browser

	pasted *loopback.Pasted // what Face.Paste is read by, from the first sign-in to the last; nil: none yet
}

// Observer is told what is going on; it must return quickly.
type Observer interface {
	Saying(what string)   // one line of progress
	Facing(Facing)        // before anything is done: who acts where
	Planned([]plan.Step)  // the steps that are about to be walked
	Stepped(engine.Event) // one step changed
}

// Asker asks the person at the terminal. An answer of false is a no.
type Asker interface {
	Risk(step plan.Step) (accepted bool, err error) // the person types the risk's name
}

// Facing says what a run is about to touch. It is shown before the first call that changes anything.
type Facing struct {
	Target  estate.Target               `json:"target"`
	World   string                      `json:"world,omitzero"` // of a twin
	Callers map[estate.AccountID]string `json:"callers"`
}

// Hooks let tests into the run; a command never sets them.
type Hooks struct {
	OnRecord  func(n int)          // after each journal record has reached the disk
	Transport http.RoundTripper    // instead of the SDK's own
	Identity  http.RoundTripper    // instead of the identity client's own, towards a real provider
	Twin      func(*kernel.Kernel) // sees the twin of a rehearsal before its first call
}

// Paths in the state directory.
func (a *App) surveyPath() string { return filepath.Join(a.StateDir, "survey.json") }
func (a *App) PlanPath() string   { return filepath.Join(a.StateDir, "plan.json") }
func (a *App) rehearsalPath(fingerprint string) string {
	return filepath.Join(a.StateDir, "rehearsals", fingerprint[:12]+".json")
}
func (a *App) runDir(fingerprint string) string {
	return filepath.Join(a.StateDir, "runs", fingerprint[:12])
}

func (a *App) spec() (*spec.Spec, error) { return spec.Read(a.SpecPath) }

// ledgerPath is where a run keeps the fate of every asset.
func (m *move) ledgerPath() string { return filepath.Join(m.dir, "ledger.json") }

// lock takes the state directory for this process.
func (a *App) lock() (release func() error, err error) {
	return engine.Lock(a.StateDir, engine.Holder{PID: a.PID, User: a.OSUser, Command: a.Command, Since: a.Now().UTC()})
}

func (a *App) saying(what string) {
	if a.Observer != nil {
		a.Observer.Saying(what)
	}
}

// blocked is the error for findings that nothing repairs.
func blocked(what string, findings []diag.Finding) error {
	e := &diag.Error{Code: "blocked", What: what, Exit: diag.ExitBlocked}
	for _, f := range findings {
		if f.CausedBy != "" {
			continue
		}
		e.Fix = append(e.Fix, f.Code+" "+f.Subject+": "+f.Title+" - "+f.Fix)
		if len(e.Fix) == 1 {
			e.Why, e.Owner = f.Title, f.Owner
		}
	}
	return e
}
