package kernel

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"rehome/internal/policy"
)

// Error is an answer that refuses. Code is AWS's error type.
type Error struct {
	Code    string
	Message string
	Status  int            // HTTP; 0: 400, which AWS's JSON services use for all client faults (idc-kms 9.3)
	Members map[string]any // further members of the body, such as Reason
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an Error with HTTP status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// With gives a copy with one more member in the body.
func (e *Error) With(member string, value any) *Error {
	c := *e
	c.Members = maps.Clone(e.Members)
	if c.Members == nil {
		c.Members = map[string]any{}
	}
	c.Members[member] = value
	return &c
}

// WithStatus gives a copy with another HTTP status.
func (e *Error) WithStatus(status int) *Error {
	c := *e
	c.Status = status
	return &c
}

// The error types that are the twin's own. AWS never sends them. Their statuses are such that no SDK tries again.
const (
	CodeDoesNotKnow = "TwinDoesNotKnow"
	CodeNotModelled = "NotModelledByTwin"
	CodeFailed      = "TwinFailed"
)

// DoesNotKnow says that the world holds no answer because nobody looked. The tokens are those of a JSON pointer into the estate:
// DoesNotKnow("accounts", "111122223333", "regions").
func DoesNotKnow(tokens ...string) *Error {
	return Errorf(CodeDoesNotKnow, "twin does not know %s", Pointer(tokens...))
}

// undecided is DoesNotKnow for a verdict that could not be reached; the tokens name the policy that was asked.
func undecided(v policy.Verdict, tokens ...string) *Error {
	e := DoesNotKnow(tokens...)
	for _, s := range v.Trace {
		if s.Match == policy.MatchUnknown && s.Statement == v.Statement && s.Cause.Key+string(s.Cause.Note) != "" {
			e.Message += strings.TrimRight(fmt.Sprintf(": statement %s, %s %s %s", s.Statement, s.Cause.Note, s.Cause.Operator, s.Cause.Key), " ")
			return e
		}
	}
	e.Message += ": " + v.Reason.String()
	return e
}

// Pointer writes a JSON pointer.
func Pointer(tokens ...string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(t))
	}
	return b.String()
}

// NotModelled says that AWS can do something and the twin cannot.
func NotModelled(what string) *Error {
	return Errorf(CodeNotModelled, "rehome's twin does not model %s", what).WithStatus(501)
}

// AccessDenied is AWS's refusal in the general form (idc-kms 2.7) with the reason of the verdict.
func AccessDenied(c Caller, action, resource string, why policy.Reason) *Error {
	return Errorf("AccessDeniedException", "%s is not authorized to perform: %s on resource: %s %s", c, action, resource, Because(why, action))
}

// denials are the policies that AWS names in a refusal (idc-kms 2.7): those that deny explicitly, and those that lack an allow.
var denials = map[policy.Reason]string{
	policy.ReasonResourceDeny: "a resource-based policy", policy.ReasonIdentityDeny: "an identity-based policy",
	policy.ReasonBoundaryDeny: "a permissions boundary", policy.ReasonSessionDeny: "a session policy",
	policy.ReasonSCPDeny: "a service control policy", policy.ReasonRCPDeny: "a resource control policy",
}

var lacks = map[policy.Reason]string{
	policy.ReasonNoResourceAllow: "resource-based policy", policy.ReasonNoIdentityAllow: "identity-based policy",
	policy.ReasonNoBoundaryAllow: "permissions boundary", policy.ReasonNoSessionAllow: "session policy",
	policy.ReasonNoSCPAllow: "service control policy", policy.ReasonNoRCPAllow: "resource control policy",
}

// Because is the end of AWS's refusals: which policy is to blame for the missing action. What has no name of its own there, such as an
// operation that KMS offers to the key's account only, is put down to the resource's policy (INFERRED).
func Because(why policy.Reason, action string) string {
	if by, explicit := denials[why]; explicit {
		return "with an explicit deny in " + by
	}
	lack, ok := lacks[why]
	if !ok {
		lack = lacks[policy.ReasonNoResourceAllow]
	}
	return "because no " + lack + " allows the " + action + " action"
}

// asError makes any error an answer; one that is not an Error is the twin's own failure.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Errorf(CodeFailed, "%v", err).WithStatus(501)
}
