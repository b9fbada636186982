package kernel

import (
	"strings"
	"time"

	"rehome/internal/estate"
)

// Effect says what became of a call.
type Effect string

// The effects.
const (
	EffectApplied Effect = "applied" // the state has changed
	EffectNoop    Effect = "noop"    // accepted, and the state is as before
	EffectRefused Effect = "refused"
)

func effectOf(err error, changed bool) Effect {
	switch {
	case err != nil:
		return EffectRefused
	case changed:
		return EffectApplied
	default:
		return EffectNoop
	}
}

// CallRecord is one call in the log of GET /_twin/calls.
type CallRecord struct {
	Time      time.Time          `json:"time"`             // the twin's
	Account   estate.AccountID   `json:"account,omitzero"` // missing when nobody signed, or nobody of this world
	Region    estate.Region      `json:"region,omitzero"`
	Service   string             `json:"service"`
	Operation string             `json:"operation"`
	Mutating  bool               `json:"mutating"`
	Effect    Effect             `json:"effect"`
	RequestID string             `json:"request_id"`
	Caller    string             `json:"caller,omitzero"` // "User: ARN" or "Service: NAME"
	Error     string             `json:"error,omitzero"`  // code
	Message   string             `json:"message,omitzero"`
	Fault     estate.FaultEffect `json:"fault,omitzero"`
	Internal  bool               `json:"internal,omitzero"` // between services, or an event
	Trigger   string             `json:"triggered_by,omitzero"`
	By        string             `json:"by,omitzero"` // person: POST /_twin/person, or a call that it led to
}

// KMSRecord is one authorization request that KMS evaluated, for GET /_twin/kms.
type KMSRecord struct {
	Time        time.Time     `json:"time"`
	CallerKind  string        `json:"caller_kind"` // Caller.Kind
	Principal   string        `json:"principal"`   // ARN, or the service
	Via         []string      `json:"via"`
	Action      string        `json:"action"`
	Region      estate.Region `json:"region"`
	Key         string        `json:"key"` // ARN in that Region
	ContextKeys []string      `json:"context_keys"`
	TriggeredBy string        `json:"triggered_by"` // "service:Operation" of the client's call
	Decision    string        `json:"decision"`     // allow, deny, unknown
	Statement   string        `json:"statement,omitzero"`
	Reason      string        `json:"reason"`
}

// Evidence keeps a KMS record; time, caller, Region and trigger are filled in here.
func (r *Request) Evidence(e KMSRecord) {
	e.Time, e.CallerKind, e.Region, e.TriggeredBy = r.Now(), r.Caller.Kind(), r.Region, r.trigger()
	_, e.Principal, _ = strings.Cut(r.Caller.String(), ": ")
	e.Via = append([]string{}, r.Caller.Via...)
	r.k.evidence = append(r.k.evidence, e)
}

func (r *Request) newRecord() CallRecord {
	op, known := r.k.lookup(r.Service, r.Operation)
	rec := CallRecord{Time: r.Now(), Account: r.Account, Region: r.Region, Service: r.Service, Operation: r.Operation,
		Mutating: known && op.Mutating, RequestID: r.RequestID, Internal: r.Internal, Trigger: r.Trigger}
	if r.ByPerson {
		rec.By = byPerson
	}
	if r.Caller.Principal.Kind != 0 {
		rec.Caller = r.Caller.String()
	}
	return rec
}

func (k *Kernel) log(rec *CallRecord, effect Effect, err error) {
	rec.Effect = effect
	if err != nil {
		e := asError(err)
		rec.Error, rec.Message = e.Code, e.Message
	}
	k.calls = append(k.calls, *rec)
}

func serviceOf(kind string) string {
	id, _, _ := strings.Cut(kind, "/")
	return id
}
