package diag

import (
	"errors"
	"fmt"
	"strings"
)

// Exit codes of the command; scripts rely on them.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitBlocked     = 3   // a finding blocks
	ExitWaiting     = 4   // a person has to act; the run can be resumed
	ExitInterrupted = 130 // stopped by a signal; the run can be resumed
)

// Position is a place in a file. Line and Column count from 1; zero means that there is none.
type Position struct {
	File   string
	Line   int
	Column int
}

func (p Position) String() string {
	switch {
	case p.File == "" && p.Line == 0:
		return ""
	case p.Line == 0:
		return p.File
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// Error is an error that a person can act on. Every error that reaches the surface is one.
type Error struct {
	Code  string // stable, such as spec/unknown-key
	What  string // what happened, one line
	At    Position
	Where string   // account, Region, resource
	Why   string   // the cause, as far as it is known
	Owner Owner    // whose move it is
	Fix   []string // exact commands, statements or sentences, in order
	Exit  int      // zero is treated as ExitFailed
	Err   error    // the cause for errors.Is and errors.As; never printed by itself
}

// Error renders the first line; Render gives the whole text.
func (e *Error) Error() string {
	var b strings.Builder
	if at := e.At.String(); at != "" {
		b.WriteString(at + ": ")
	}
	b.WriteString(e.What)
	if e.Where != "" {
		b.WriteString(" (" + e.Where + ")")
	}
	if e.Why != "" {
		b.WriteString(": " + e.Why)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Render gives the fact, then one "hint:" line per way out, as a person reads it on a terminal.
func (e *Error) Render() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rehome: %s\n", e.Error())
	if e.Owner != Operator {
		fmt.Fprintf(&b, "rehome: whose move: %s\n", e.Owner)
	}
	for _, f := range e.Fix {
		fmt.Fprintf(&b, "rehome: hint: %s\n", f)
	}
	return b.String()
}

// ExitCode is the process exit code for err; nil is ExitDone.
func ExitCode(err error) int {
	if err == nil {
		return ExitDone
	}
	if e := From("", err); e.Exit != 0 {
		return e.Exit
	}
	return ExitFailed
}

// Presenter is an error of another room that knows how to tell itself to a person.
type Presenter interface {
	error
	Present() *Error
}

// From makes err presentable: an Error stays what it is, a Presenter presents itself, anything else becomes one that names the
// operation that failed.
func From(doing string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var p Presenter
	if errors.As(err, &p) {
		return p.Present()
	}
	return &Error{Code: "internal", What: doing + " failed", Why: err.Error(), Err: err,
		Fix: []string{"this is a fault in rehome or its surroundings; run again with --json and keep the output"}}
}
