package engine

import (
	"time"

	"rehome/internal/plan"
)

// Type says what a record tells.
type Type string

// The types of records. A file with any other type is refused, for it was written by a rehome that knows more than this one.
const (
	TypeBegin    Type = "begin"    // the run exists; binds the journal to a plan and a target
	TypeResume   Type = "resume"   // another process goes on with the run
	TypeObserved Type = "observed" // a look at a step showed something new
	TypeGate     Type = "gate"     // a gate was found open
	TypeConsent  Type = "consent"  // the consent gate was found open, or a person consented
	TypeIntent   Type = "intent"   // the next thing is the step's Act
	TypeCall     Type = "call"     // one AWS call was answered
	TypeDone     Type = "done"     // a step was seen done
	TypeFailed   Type = "failed"   // a step ended with an error
	TypeWaiting  Type = "waiting"  // a step waits for a person
	TypeUndone   Type = "undone"   // a step was taken back
	TypeHand     Type = "hand"     // a person says that a by-hand step is done; Detail holds who
	TypeStop     Type = "stop"     // the process left the run unfinished
	TypeEnd      Type = "end"      // every step of the plan is done
)

var knownTypes = map[Type]bool{TypeBegin: true, TypeResume: true, TypeObserved: true, TypeGate: true, TypeConsent: true, TypeIntent: true, TypeCall: true,
	TypeDone: true, TypeFailed: true, TypeWaiting: true, TypeUndone: true, TypeHand: true, TypeStop: true, TypeEnd: true}

// Record is one line of a journal. It never holds what a step is carried out with, only what came of it.
type Record struct {
	N        int         `json:"n"`    // counts from 1
	Time     time.Time   `json:"time"` // on the run's clock, UTC
	Prev     string      `json:"prev"` // hex SHA-256 of the line before; empty in the first
	Type     Type        `json:"type"`
	Step     string      `json:"step,omitempty"`
	Binding  *Binding    `json:"binding,omitempty"` // begin, resume
	State    string      `json:"state,omitempty"`   // observed
	Detail   string      `json:"detail,omitempty"`  // one line for people
	Code     string      `json:"code,omitempty"`    // failed, waiting, stop: of the error
	Gate     plan.Gate   `json:"gate,omitempty"`
	Evidence string      `json:"evidence,omitempty"` // digest of what the gate saw
	Call     *Call       `json:"call,omitempty"`
	Output   plan.Output `json:"output,omitempty"` // done
	Consent  *Consent    `json:"given,omitempty"`
}

// Binding is what a journal belongs to and who works on it.
type Binding struct {
	Run     string   `json:"run"`     // the run's id
	Plan    string   `json:"plan"`    // the plan's fingerprint
	Target  string   `json:"target"`  // aws or twin
	Callers []string `json:"callers"` // ARNs
	OSUser  string   `json:"os_user"`
	Version string   `json:"version"` // of rehome
}

// Call is one answered AWS call, as the client saw it.
type Call struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Account   string `json:"account"`
	Region    string `json:"region"`
	RequestID string `json:"request_id"`
	Error     string `json:"error,omitempty"` // AWS's error code; empty: success
}
