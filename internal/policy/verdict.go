package policy

// Decision is what AWS answers. The zero value is Unknown: it could not be told.
type Decision int

const (
	Unknown Decision = iota
	Allow
	Deny
)

func (d Decision) String() string { return nameOf(d, "unknown", "allow", "deny") }

// MarshalText writes "unknown", "allow" or "deny"; it never fails.
func (d Decision) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Match says whether a statement, or a part of one, applies to a request. The
// zero value is MatchUnknown. The values are ordered by certainty of a match,
// which makes Kleene's "and" the minimum and his "or" the maximum.
type Match int

const (
	NoMatch      Match = -1
	MatchUnknown Match = 0
	Matched      Match = 1
)

func (m Match) String() string { return nameOf(m+1, "no match", "unknown", "match") }

// MarshalText writes "unknown", "no match" or "match"; it never fails.
func (m Match) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Reason is why the verdict is what it is. The set is closed, so that a caller
// can choose AWS's wording of idc-kms 2.7 by a table over it.
type Reason int

const (
	ReasonUnclear         Reason = iota // Verdict.Statement could not be judged and would matter
	ReasonNotLooked                     // the policy of Verdict.Layer was not read and would matter
	ReasonIncomplete                    // the request lacks the account of the caller or of the key
	ReasonAllowed                       // Verdict.Statement allows
	ReasonNoResourceAllow               // "no resource-based policy allows the ... action"
	ReasonNoIdentityAllow               // "no identity-based policy allows the ... action"
	ReasonResourceDeny                  // "with an explicit deny in a resource-based policy"
	ReasonIdentityDeny                  // "with an explicit deny in an identity-based policy"
	ReasonNotCrossAccount               // KMS offers the operation to the key's own account only (idc-kms 4.1)
	ReasonNoBoundaryAllow               // "no permissions boundary allows the ... action"
	ReasonNoSessionAllow                // "no session policy allows the ... action"
	ReasonNoSCPAllow                    // "no service control policy allows the ... action"
	ReasonNoRCPAllow                    // "no resource control policy allows the ... action"
	ReasonBoundaryDeny                  // "with an explicit deny in a permissions boundary"
	ReasonSessionDeny                   // "with an explicit deny in a session policy"
	ReasonSCPDeny                       // "with an explicit deny in a service control policy"
	ReasonRCPDeny                       // "with an explicit deny in a resource control policy"
)

func (r Reason) String() string {
	return nameOf(r, "unclear", "not looked", "incomplete request", "allowed", "no resource-based allow",
		"no identity-based allow", "resource-based deny", "identity-based deny", "not a cross-account operation",
		"no permissions boundary allow", "no session policy allow", "no service control policy allow", "no resource control policy allow",
		"permissions boundary deny", "session policy deny", "service control policy deny", "resource control policy deny")
}

// MarshalText writes the same words as String; it never fails.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// The names of the layers in Verdict and Step, in the order of a trace.
const (
	LayerKey      = "key policy"
	LayerGrant    = "grant"
	LayerIdentity = "identity policy"
	LayerBoundary = "permissions boundary"
	LayerSession  = "session policy"
	LayerSCP      = "service control policy"
	LayerRCP      = "resource control policy"
	LayerResource = "resource policy" // of another service in another account; never read here
)

// Verdict is the answer to one request.
type Verdict struct {
	Decision Decision `json:"decision"`
	// Explicit: a Deny statement matched. False for a denial by lack of an allow.
	Explicit bool `json:"explicit"`
	// Statement is the Sid or the 1-based index ("#3") of the deciding statement,
	// or the ID of a grant; "" when the absence of a statement decides. With
	// Delegated it is a statement of the identity policy.
	Statement string `json:"statement"`
	// Layer is the policy that decided or, for a denial by lack of an allow and
	// for Unknown, the policy that would have had to say something.
	Layer string `json:"layer"`
	// Delegated: the key policy left the decision to identity policies through
	// the account principal (idc-kms 4.1).
	Delegated bool   `json:"delegated"`
	Reason    Reason `json:"reason"`
	// Trace has one step per grant and per statement of the layers that bind the
	// caller, in the order of the Layer names, each in the order of Layers and in
	// document order. Its lists are shared: read them only.
	Trace []Step `json:"trace"`
}

// Step is what became of one statement.
type Step struct {
	Layer     string   `json:"layer"`
	Level     int      `json:"level,omitzero"` // index in Layers.SCPs or Layers.RCPs
	Document  int      `json:"document"`       // index in the layer's list; 0 for the key policy
	Statement string   `json:"statement"`
	Effect    Decision `json:"effect"` // Allow or Deny
	Match     Match    `json:"match"`
	// Delegates: the statement or grant matched only through the caller's account.
	Delegates bool `json:"delegates"`
	// Cause is the first part that does not match or, if all others match, the
	// first that is unknown. The zero value when the statement matches.
	Cause Cause `json:"cause,omitzero"`
}

// Cause names the part of a statement that stopped it, with both sides.
type Cause struct {
	Element  string   `json:"element"`            // "Principal", "NotAction", "Condition", ...
	Operator string   `json:"operator,omitempty"` // of a condition, as written
	Key      string   `json:"key,omitempty"`      // of a condition, as written
	Policy   []string `json:"policy,omitempty"`   // values in the policy, as written
	Request  []string `json:"request,omitempty"`  // values in the request; nil when absent or not looked at
	Note     Note     `json:"note,omitempty"`
}

// Note tells why a part does not match or is unknown, beyond plain difference.
type Note string

const (
	NoteMissing     Note = "element missing"          // KMS keeps such a statement without effect (idc-kms 2.4); unknown in an RCP
	NoteForeign     Note = "element not allowed here" // a principal in an identity policy
	NotePrincipal   Note = "principal unclear"        // a form that is not modelled, or the caller's role ARN is not known
	NoteOperator    Note = "operator not modelled"
	NoteKey         Note = "key not modelled"
	NoteNotLooked   Note = "key not looked at"
	NoteAbsent      Note = "key absent"
	NoteMultiValued Note = "several values need ForAnyValue or ForAllValues"
	NoteValue       Note = "policy value unclear"  // malformed, or its variable cannot be told
	NoteRequest     Note = "request value unclear" // not of the operator's type
	NoteEmpty       Note = "empty value"           // a set operator takes it as no value
)

// nameOf gives the name at index i, so that a stray number does not panic.
func nameOf[T ~int](i T, names ...string) string {
	if i < 0 || int(i) >= len(names) {
		return "invalid"
	}
	return names[i]
}

func and(a, b Match) Match { return min(a, b) }
func or(a, b Match) Match  { return max(a, b) }
func not(a Match) Match    { return -a }

func matchIf(ok bool) Match {
	if ok {
		return Matched
	}
	return NoMatch
}
