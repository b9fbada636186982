package estate

import (
	"github.com/go-json-experiment/json/jsontext"
)

// WorldFormat is the version of the world file.
const WorldFormat = "rehome.world/v1"

// World is the starting state of a twin: an estate, and what a rehearsal needs beyond it.
type World struct {
	Format string         `json:"format"`
	Title  string         `json:"title"`
	Base   string         `json:"base,omitzero"` // name of the world that this one is laid over
	Spec   jsontext.Value `json:"spec,omitzero"` // a rehome.yaml
	Estate Estate         `json:"estate"`
	// IdentityProviders are the customer's, by a name that the twin's own addresses use: /idp/NAME/.
	IdentityProviders map[string]IdentityProvider `json:"identity_providers,omitzero"`
	Twin              Knobs                       `json:"twin,omitzero"`
	Faults            []Fault                     `json:"faults,omitzero"`
	Times             map[TimeKey]int             `json:"times,omitzero"` // typical seconds that differ from the table
	Expect            jsontext.Value              `json:"expect,omitzero"`
}

// Knobs settle what AWS does not document. The zero value is the friendliest reading.
type Knobs struct {
	// Names says what happens to a Quick account name that somebody asks for: free, held (by the deleted account) or taken (by
	// a stranger). A name that is not listed is free. INFERRED: AWS documents no hold period (quick-api 1.5).
	Names map[string]string `json:"names,omitzero"`
	// KeepApplication leaves the Identity Center application behind when the Quick account is deleted. INFERRED either way.
	KeepApplication bool `json:"keep_application,omitzero"`
	// AddRegion says what becomes of an accepted AddRegion: it ends ("", the default), stays ADDING (stuck), or its record disappears
	// (vanishes). INFERRED: AWS has no status for a failure (idc-kms 1.2).
	AddRegion string `json:"add_region,omitzero"`
	// MissingReplica says what AddRegion does when the key has no enabled replica there: refuses with ValidationException ("", the
	// default) or stays ADDING (stuck). INFERRED, idc-kms 0.
	MissingReplica string `json:"missing_replica,omitzero"`
	// Regions is the quota of Regions per instance, the primary one included; 0: none. AWS's number is not documented (idc-kms 1.5).
	Regions int `json:"regions,omitzero"`
	// DelegatedAddRegion: refused makes AddRegion fail for a delegated administrator. No document forbids it (idc-kms 11.11).
	DelegatedAddRegion string `json:"delegated_add_region,omitzero"`
	// DesktopAssignment: required makes Quick on Desktop refuse people who are not assigned to Quick's application in Identity Center.
	// Whether AWS does so is not established (runbook 6.1 says so of the web only).
	DesktopAssignment string `json:"desktop_assignment,omitzero"`
	// Caller names the role (of Accounts.*.Roles) that rehome itself uses in the account; none: the twin's administrator.
	Caller map[AccountID]string `json:"caller,omitzero"`
}

// FaultEffect is what a scripted fault does.
type FaultEffect string

// The effects. "Before" and "after" are relative to the call's effect on the state.
const (
	FaultThrottle  FaultEffect = "throttle"
	FaultError     FaultEffect = "error"      // 500
	FaultLatency   FaultEffect = "latency"    // answers late on the twin's clock
	FaultCutBefore FaultEffect = "cut-before" // connection dies, nothing happened
	FaultCutAfter  FaultEffect = "cut-after"  // connection dies, it happened
	FaultOutage    FaultEffect = "outage"     // the Region does not answer
	FaultExpired   FaultEffect = "expired"    // the caller's credentials have expired
)

// Fault is a scripted failure of matching calls. Empty fields match everything.
type Fault struct {
	Service   string      `json:"service,omitzero"`
	Operation string      `json:"operation,omitzero"`
	Account   AccountID   `json:"account,omitzero"`
	Region    Region      `json:"region,omitzero"`
	Nth       int         `json:"nth,omitzero"`   // the first matching call that fails, from 1; 0 is 1
	Count     int         `json:"count,omitzero"` // how many calls fail; 0 is 1, -1 all
	Effect    FaultEffect `json:"effect"`
	Seconds   int         `json:"seconds,omitzero"` // for latency
}
