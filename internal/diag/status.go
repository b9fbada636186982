// Package diag is the vocabulary for everything that rehome tells a person: findings, and errors that say what happened, where,
// why, whose move it is and what mends it. It must not import another room, do I/O, or know what any check is about.
package diag

import "fmt"

// Status is the verdict of a check or a proof. The zero value is Unknown: what nobody has looked at is never fine.
type Status int

// The verdicts. Unknown must stay the zero value.
const (
	Unknown Status = iota
	Pass
	Fail
)

var statusNames = names[Status]{"unknown", "pass", "fail"}

func (s Status) String() string               { return statusNames.name(s) }
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
func (s *Status) UnmarshalText(b []byte) error {
	return statusNames.parse("status", b, s)
}

// Severity says what a failing finding costs. The zero value is Block: a finding whose author forgot the severity stops the run.
type Severity int

// The severities, in falling order.
const (
	Block Severity = iota // nothing that depends on it may run
	Warn                  // a person should read it before going on
	Note                  // worth knowing
)

var severityNames = names[Severity]{"block", "warn", "note"}

func (s Severity) String() string               { return severityNames.name(s) }
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
func (s *Severity) UnmarshalText(b []byte) error {
	return severityNames.parse("severity", b, s)
}

// Owner says whose move it is. The zero value is Operator, the person who runs rehome.
type Owner int

// The people who can be asked to act.
const (
	Operator Owner = iota
	ManagementAdmin
	QuickAdmin
	IdPAdmin
	AWS
)

var ownerNames = names[Owner]{"operator", "management account administrator", "Quick administrator", "identity provider administrator", "AWS"}

func (o Owner) String() string               { return ownerNames.name(o) }
func (o Owner) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
func (o *Owner) UnmarshalText(b []byte) error {
	return ownerNames.parse("owner", b, o)
}

type names[T ~int] []string

func (n names[T]) name(v T) string {
	if int(v) < 0 || int(v) >= len(n) {
		return fmt.Sprintf("invalid(%d)", int(v))
	}
	return n[v]
}

func (n names[T]) parse(what string, b []byte, into *T) error {
	for i, s := range n {
		if s == string(b) {
			*into = T(i)
			return nil
		}
	}
	return fmt.Errorf("unknown %s %q", what, b)
}
