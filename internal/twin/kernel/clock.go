package kernel

import (
	"cmp"
	"slices"
	"time"

	"rehome/internal/estate"
)

// ClockMode says who moves the twin's clock.
type ClockMode string

// The modes.
const (
	// ClockAuto is for clients that wait by the wall, such as the AWS CLI: after the answer to a reading call the clock jumps to the
	// next event, so a poller sees "pending" once and "done" the next time. It does not jump over more than a day.
	ClockAuto ClockMode = "auto"
	// ClockManual moves by POST /_twin/clock only.
	ClockManual ClockMode = "manual"
	// ClockReal is the wall's time.
	ClockReal ClockMode = "real"
)

func (m ClockMode) valid() bool { return m == ClockAuto || m == ClockManual || m == ClockReal }

// Event is something that will happen. It is data, so that it survives GET and PUT of the world; the service whose ID begins Kind
// carries it out.
type Event struct {
	At      time.Time        `json:"at,omitzero"`
	Kind    string           `json:"kind"` // such as kms/replica-created
	Account estate.AccountID `json:"account"`
	Region  estate.Region    `json:"region"`
	Subject string           `json:"subject"`
	Data    string           `json:"data,omitzero"`
}

func (e Event) compare(o Event) int {
	return cmp.Or(e.At.Compare(o.At), cmp.Compare(e.Kind, o.Kind), cmp.Compare(e.Account, o.Account), cmp.Compare(e.Region, o.Region),
		cmp.Compare(e.Subject, o.Subject), cmp.Compare(e.Data, o.Data))
}

func (k *Kernel) now() time.Time { return k.state.Clock }

func (k *Kernel) schedule(e Event) {
	at, _ := slices.BinarySearchFunc(k.state.Events, e, Event.compare)
	k.state.Events = slices.Insert(slices.Clone(k.state.Events), at, e)
}

// tick lets a real clock catch up with the wall.
func (k *Kernel) tick() {
	if k.config.Clock == ClockReal {
		k.advance(k.config.Wall().UTC().Add(k.skew))
	}
}

// patience is how far ClockAuto jumps at most: nobody polls for what is days away, such as the end of a deleted key.
const patience = 24 * time.Hour

// afterRead is the rule of ClockAuto.
func (k *Kernel) afterRead() {
	if k.config.Clock == ClockAuto && len(k.state.Events) > 0 && k.state.Events[0].At.Sub(k.now()) <= patience {
		k.advance(k.state.Events[0].At)
	}
}

// advance moves the clock forward to t and carries out what is due, in order; it counts what it carried out. A t in the past
// changes nothing.
func (k *Kernel) advance(t time.Time) (fired int) {
	for len(k.state.Events) > 0 && !k.state.Events[0].At.After(t) {
		e := k.state.Events[0]
		k.state.Events = slices.Clone(k.state.Events[1:])
		if e.At.After(k.state.Clock) {
			k.state.Clock = e.At
		}
		k.fire(e)
		fired++
	}
	if t.After(k.state.Clock) {
		k.state.Clock = t
	}
	return fired
}

func (k *Kernel) fire(e Event) {
	r := &Request{Service: serviceOf(e.Kind), Operation: e.Kind, Region: e.Region, Account: e.Account, Internal: true, Trigger: e.Kind,
		RequestID: UUID("event", e.Kind, e.Subject), k: k}
	record := r.newRecord()
	handle := k.services[r.Service].Events[e.Kind]
	if handle == nil {
		k.log(&record, EffectRefused, NotModelled("the event "+e.Kind))
		return
	}
	var err error
	changed := k.changing(func() error { err = handle(r, e); return err })
	k.log(&record, effectOf(err, changed), err)
}
