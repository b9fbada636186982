// Package kernel is what all simulated services of the twin share: one state, one clock, the wire protocols, who calls and whether
// that is allowed, scripted faults and the record of every call. Services reach each other only through Request.Call, so that each
// of their calls is authorized and recorded.
//
// The kernel must not know what any operation does, must not verify signatures (any secret is as good as another; the access key
// alone says who calls) and must never talk to AWS.
package kernel

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/policy"
	"rehome/internal/twin/routes"
)

// Handler carries out one operation. What it returns is the answer's body (nil: empty), in the shape that the SDK expects; Timestamp
// is the type for times. An error that is no *Error is a fault of the twin and is answered as such. A handler that returns an error
// has changed nothing: the kernel restores the state.
type Handler func(*Request) (any, error)

// EventHandler carries out what an earlier call announced with Request.After. Its Request has the event's account and Region, the
// event's kind as Operation, and no Caller.
type EventHandler func(*Request, Event) error

// Service is one simulated service.
type Service struct {
	ID       string                  // as in package routes
	IAM      string                  // prefix of its IAM actions; sso-admin's is sso
	Handlers map[string]Handler      // by operation; an operation without one is answered with NotModelledByTwin
	Events   map[string]EventHandler // by Event.Kind; a kind begins with the service's ID and a slash
	// Actions lists the IAM actions that an operation needs where that is not just IAM:Operation. An empty list means that the
	// kernel asks for none: AWS needs none (sts:GetCallerIdentity), or the service authorizes by itself (kms).
	Actions map[string][]string
	// Resource gives the ARN that identity policies are asked about; nil: "*".
	Resource func(*Request) string
	// Start announces what is under way in a world when the twin begins to live it; nil: nothing. Its Request has no account, no Region
	// and no Caller. It is not called for a state that has lived already.
	Start func(*Request) error
	// Load is called whenever a state takes the place of another, one that has lived too: what the service kept beside the state is about
	// nobody any more. An error refuses the state; nil: there is nothing to do. Its Request is as Start's.
	Load func(*Request) error
	// Gate runs before authorization; nil: none. An error refuses the call.
	Gate func(*Request) error
	// Console names the operations of Handlers that AWS has no API for, each with whether it changes anything. Persons, sites and other
	// services can call them, clients cannot.
	Console map[string]bool
	Site    *Site // nil: the service has no pages
}

// Config makes a Kernel. World, Services and nothing else are required.
type Config struct {
	World    estate.World
	Times    estate.Times // nil: the built-in table; the world's own times go on top
	Services []Service
	Start    time.Time // the clock's first instant; zero: DefaultStart
	Clock    ClockMode // empty: ClockAuto
	// Wall is the time of day, for ClockReal only.
	Wall func() time.Time
	// PageSize makes pages smaller than AWS's, so that a client's paging can be tested; 0: AWS's own sizes.
	PageSize int
	// Hook, for tests, is called for each mutating call of a client: before anything happens and again before the answer is sent.
	// It is called without any lock and may block.
	Hook func(Stage, CallRecord)
}

// Stage is a moment in the life of a call.
type Stage string

// The stages.
const (
	StageReceived Stage = "received" // nothing has happened
	StageApplied  Stage = "applied"  // it has happened or was refused (CallRecord.Effect); the client does not know yet
)

// DefaultStart is where the simulated clock starts when the configuration does not say.
func DefaultStart() time.Time { return time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC) }

// Kernel is a running twin. It is an http.Handler for the AWS services and for the twin's own endpoints under /_twin/.
type Kernel struct {
	config   Config
	services map[string]Service
	initial  []byte // the first state, for reset
	defaults map[estate.Region]bool

	mu       sync.Mutex // held while a call or a control request uses what follows
	state    State
	store    *store
	times    estate.Times
	laws     laws
	parsed   map[string]*policy.Document // by text
	skew     time.Duration               // ClockReal only: how far the clock was moved ahead of the wall
	sequence int
	calls    []CallRecord
	evidence []KMSRecord
}

// New starts a twin from a copy of the world. It fails when the world cannot be used: a malformed identity policy, two roles with
// one access key, a clock mode that does not exist.
func New(c Config) (*Kernel, error) {
	if c.Times == nil {
		c.Times = estate.DefaultTimes()
	}
	if c.Start.IsZero() {
		c.Start = DefaultStart()
	}
	if c.Clock == "" {
		c.Clock = ClockAuto
	}
	k := &Kernel{config: c, services: map[string]Service{}, defaults: map[estate.Region]bool{}, parsed: map[string]*policy.Document{}}
	if !c.Clock.valid() || c.Clock == ClockReal && c.Wall == nil {
		return nil, &diag.Error{Code: "twin/clock", What: "no such clock mode: " + string(c.Clock), Exit: diag.ExitUsage,
			Fix: []string{"use auto, manual or real"}}
	}
	if c.Clock == ClockReal {
		k.config.Start = c.Wall().UTC()
	}
	for _, s := range c.Services {
		k.services[s.ID] = s
	}
	for _, r := range estate.Regions().DefaultEnabled {
		k.defaults[r] = true
	}
	state, err := stateOf(c.World, k.config.Start)
	if err != nil {
		return nil, err
	}
	if err := k.begin(state); err != nil {
		return nil, err
	}
	k.initial, err = encode(k.whole())
	return k, err
}

// ServeHTTP answers AWS calls and, under /_twin/, the questions of whoever steers the twin.
func (k *Kernel) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if strings.HasPrefix(req.URL.Path, "/_twin/") {
		k.control(w, req)
		return
	}
	if !strings.HasPrefix(req.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") && k.visit(w, req) { // a bucket may be called like a page
		return
	}
	x := &exchange{Request: &Request{Origin: origin(req), k: k}}
	x.err = x.receive(req)
	k.admit(x)
	if x.silent {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	if x.err == nil {
		k.hook(StageReceived, x)
		k.perform(x)
		k.hook(StageApplied, x)
	}
	if x.record.Fault == estate.FaultCutAfter {
		panic(http.ErrAbortHandler)
	}
	x.answer(w)
}

// origin is the twin's own address as the client knows it.
func origin(req *http.Request) string {
	if req.TLS != nil {
		return "https://" + req.Host
	}
	return "http://" + req.Host
}

// exchange is one call of a client, from the request to the answer.
type exchange struct {
	*Request
	accessKey, token string
	record           CallRecord
	output           any
	err              error
	silent           bool // the client gets no answer and nothing happens
	head             bool // only the head of an answer is asked for
}

// admit finds out who calls, whether the Region answers and whether a fault was scripted; it fills the record.
func (k *Kernel) admit(x *exchange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tick()
	k.sequence++
	x.RequestID = UUID("request", k.state.Title, itoa(k.sequence))
	if x.err == nil {
		x.Caller, x.err = k.identify(x.accessKey, x.token)
		x.Account = x.Caller.Account()
	}
	if x.err == nil {
		x.err = k.enter(x.Account, x.Region)
	}
	x.record = x.newRecord()
	if x.err == nil {
		x.err = k.expire(x.Caller)
	}
	if x.err == nil {
		k.strike(x)
	}
	if x.err != nil || x.silent {
		k.log(&x.record, EffectRefused, x.err)
	}
}

// enter refuses a Region that the account has not opted into, as AWS does: the credentials are not valid there.
func (k *Kernel) enter(account estate.AccountID, region estate.Region) error {
	ok, err := k.usable(account, region)
	if err == nil && !ok {
		err = invalidToken()
	}
	return err
}

// perform carries the call out and keeps the record of what became of it.
func (k *Kernel) perform(x *exchange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !x.record.Mutating {
		x.output, x.err = k.dispatch(x.Request)
		k.log(&x.record, effectOf(x.err, false), x.err)
		k.afterRead()
		return
	}
	changed := k.changing(func() error {
		x.output, x.err = k.dispatch(x.Request)
		return x.err
	})
	k.log(&x.record, effectOf(x.err, changed), x.err)
}

// lookup finds an operation of AWS's API or of a console.
func (k *Kernel) lookup(service, operation string) (routes.Operation, bool) {
	if mutating, ok := k.services[service].Console[operation]; ok {
		return routes.Operation{Service: service, Name: operation, Mutating: mutating}, true
	}
	return routes.Lookup(service, operation)
}

// dispatch runs gate, authorization and handler of one operation, for clients and services alike.
func (k *Kernel) dispatch(r *Request) (any, error) {
	s, ok := k.services[r.Service]
	handle := s.Handlers[r.Operation]
	if !ok || handle == nil {
		return nil, NotModelled(r.Service + ":" + r.Operation)
	}
	if s.Gate != nil {
		if err := s.Gate(r); err != nil {
			return nil, err
		}
	}
	if err := k.authorize(s, r); err != nil {
		return nil, err
	}
	return handle(r)
}

func (k *Kernel) hook(stage Stage, x *exchange) {
	if k.config.Hook != nil && x.record.Mutating {
		k.config.Hook(stage, x.record)
	}
}
