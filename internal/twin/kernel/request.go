package kernel

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/routes"
)

// Request is one call of an operation, by a client or by another service.
type Request struct {
	Service   string // as in package routes
	Operation string
	Region    estate.Region    // of the credential scope
	Account   estate.AccountID // the caller's; for a service principal the account for whose resource it acts
	Caller    Caller
	RequestID string
	Origin    string // the twin's own address as the client knows it, as http://127.0.0.1:4566; empty for events and persons
	Internal  bool   // made by Call
	ByPerson  bool   // made in the console, by the person of a by-hand step; some things can be done only there
	Trigger   string // "service:Operation" of the client's call, or the kind of the event, that led here

	// Payload is the body of a request in rest-xml, whose input is bucket and key; nil elsewhere. It must not be changed.
	Payload []byte

	k        *Kernel
	protocol routes.Protocol
	input    []byte // JSON object
}

// Decode reads the input into v, a pointer to a struct with the member names of the wire as json names. In rest-json the members
// of path and query are strings (`json:"max-results,string"`); in query everything is. Unknown members are ignored, as AWS does.
func (r *Request) Decode(v any) error {
	if err := json.Unmarshal(r.input, v); err != nil {
		return Errorf("SerializationException", "%v", err)
	}
	return nil
}

// Estate is the twin's state; what a handler changes in it stays changed unless the handler returns an error.
func (r *Request) Estate() *estate.Estate { return &r.k.state.Estate }

// Knobs are the world's settings for what AWS does not document. Services may write Names: it is the registry of account names.
func (r *Request) Knobs() *estate.Knobs { return &r.k.state.Twin }

// Title names the world; it is the salt of whatever has to differ from world to world.
func (r *Request) Title() string { return r.k.state.Title }

// Started is the clock's first instant: the date of what the estate holds no date for.
func (r *Request) Started() time.Time { return r.k.config.Start }

// Now is the twin's time.
func (r *Request) Now() time.Time { return r.k.now() }

// Takes is how long something takes: typical, from the table of times.
func (r *Request) Takes(key estate.TimeKey) time.Duration { return r.k.times[key].Duration() }

// Count counts up and gives the new number, from 1. Two identical requests that make two things tell them apart by it. Counts are
// part of the state, but not of what a call is said to have changed, and a refused call keeps them.
func (r *Request) Count(what string) int { return r.k.count(what) }

// After announces an event. At is set here; an empty Account or Region is the request's own.
func (r *Request) After(d time.Duration, e Event) {
	if e.Account == "" {
		e.Account = r.Account
	}
	if e.Region == "" {
		e.Region = r.Region
	}
	e.At = r.Now().Add(d)
	r.k.schedule(e)
}

// Pending gives the announced events of a kind about a subject, in the order in which they will happen.
func (r *Request) Pending(kind, subject string) []Event {
	return slices.Collect(func(yield func(Event) bool) {
		for _, e := range r.k.state.Events {
			if e.Kind == kind && e.Subject == subject && !yield(e) {
				return
			}
		}
	})
}

// In is the same request in another Region: where a service asks for what it keeps there.
func (r *Request) In(region estate.Region) *Request {
	c := *r
	c.Region = region
	return &c
}

// Cancel takes back the announced events of a kind about a subject.
func (r *Request) Cancel(kind, subject string) {
	r.k.state.Events = slices.DeleteFunc(r.k.state.Events, func(e Event) bool { return e.Kind == kind && e.Subject == subject })
}

// Call makes a call to another service, or another operation, as the given caller. It is authorized and recorded like a client's
// call; in is marshalled to JSON, and the answer is decoded into out, a pointer, or dropped when out is nil. An error is an *Error.
// Only the outermost call restores the state when it fails: a handler changes the estate last, after whatever can be refused.
func (r *Request) Call(as Caller, service string, region estate.Region, operation string, in, out any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	op, ok := r.k.lookup(service, operation)
	if !ok {
		return NotModelled(service + ":" + operation)
	}
	sub := &Request{Service: service, Operation: operation, Region: region, Account: as.Account(), Caller: as, RequestID: r.RequestID,
		Origin: r.Origin, Internal: true, Trigger: r.trigger(), ByPerson: r.ByPerson, k: r.k, protocol: routes.JSON11, input: input}
	record := sub.newRecord()
	answer, err := r.k.dispatch(sub)
	r.k.log(&record, effectOf(err, op.Mutating), err)
	if err != nil || out == nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

func (r *Request) trigger() string {
	if r.Trigger != "" {
		return r.Trigger
	}
	return r.Service + ":" + r.Operation
}

// Page cuts one page out of all results. token is the client's, max what it asked for (0: size), size the service's own page
// size. next is empty on the last page; ok is false for a token that is none of ours.
func Page[T any](r *Request, all []T, token string, max, size int) (page []T, next string, ok bool) {
	if max > 0 {
		size = min(size, max)
	}
	if r.k.config.PageSize > 0 {
		size = min(size, r.k.config.PageSize)
	}
	start := 0
	if token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			start, err = strconv.Atoi(strings.TrimPrefix(string(text), "page "))
		}
		if err != nil || start < 0 || start > len(all) {
			return nil, "", false
		}
	}
	end := min(start+size, len(all))
	if end < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte("page " + strconv.Itoa(end)))
	}
	return all[start:end], next, true
}

// Need gives a known value; ok is false when it is certain that there is none. When nobody looked it is an error that names the
// place, a JSON pointer into the estate in tokens.
func Need[T any](v estate.Known[T], tokens ...string) (value T, ok bool, err error) {
	if !v.Looked() {
		return value, false, DoesNotKnow(tokens...)
	}
	value, ok = v.Get()
	return value, ok, nil
}

// Edit changes a known value in place. What was absent or not looked at starts from the zero value.
func Edit[T any](v *estate.Known[T], change func(*T)) {
	value, _ := v.Get()
	change(&value)
	*v = estate.Of(value)
}

// EditAt changes the value at a key of a map in place; the map must not be nil.
func EditAt[K comparable, V any](m map[K]V, key K, change func(*V)) {
	value := m[key]
	change(&value)
	m[key] = value
}

// Timestamp is a time as AWS writes it: seconds since 1970 with milliseconds in JSON (idc-kms 9.2), ISO 8601 in XML.
type Timestamp time.Time

// MarshalJSON writes seconds.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(t).UnixMilli())/1000, 'f', -1, 64), nil
}

// MarshalText writes ISO 8601.
func (t Timestamp) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(time.RFC3339)), nil
}
