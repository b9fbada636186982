package check

import (
	"fmt"
	"strings"

	"rehome/internal/policy"
)

// because words why a key policy does not allow a call: the statement that denies it, the one that cannot be judged, or else every
// statement that speaks of this caller and action and fails on a condition.
func because(v policy.Verdict) string {
	switch {
	case v.Explicit:
		return "statement " + v.Statement + " of that Region's key policy denies it"
	case v.Decision == policy.Unknown && v.Statement != "":
		return "statement " + v.Statement + " of that Region's key policy cannot be judged" + conditions(v, policy.MatchUnknown)
	case v.Decision == policy.Unknown:
		return v.Reason.String()
	}
	return "the policy of that Region's copy decides, and no statement of it allows this" + conditions(v, policy.NoMatch)
}

// conditions tells which condition of which allowing statement had this outcome.
func conditions(v policy.Verdict, outcome policy.Match) string {
	var b strings.Builder
	for _, s := range v.Trace {
		c := s.Cause
		if s.Effect != policy.Allow || s.Match != outcome || c.Element != "Condition" {
			continue
		}
		switch {
		case c.Note == policy.NoteAbsent && strings.HasPrefix(c.Key, "kms:EncryptionContext"):
			fmt.Fprintf(&b, "; statement %s never matches: this call has no such encryption context (%s)", s.Statement, c.Key)
		case c.Note == policy.NoteOperator || c.Note == policy.NoteKey:
			fmt.Fprintf(&b, "; %s of %s in statement %s is not known to rehome", c.Operator, c.Key, s.Statement)
		default:
			fmt.Fprintf(&b, "; statement %s wants %s %s, the call has %s", s.Statement, c.Key, strings.Join(c.Policy, " or "), orNone(strings.Join(c.Request, ", ")))
		}
	}
	return b.String()
}
