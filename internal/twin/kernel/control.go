package kernel

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// control answers the twin's own endpoints, for whoever steers a rehearsal.
//
//	GET  /_twin/health   that this is a twin, its world and clock
//	POST /_twin/reset    back to the first state; logs and clock too
//	GET  /_twin/world    the state, canonical; ?times=no leaves out clock, instants, counts and records
//	PUT  /_twin/world    replaces the state by an earlier answer of GET or by a world
//	POST /_twin/faults   adds scripted faults: an array of them
//	GET  /_twin/calls    the log of clients' calls; ?internal=yes with those between services and the events
//	GET  /_twin/kms      what KMS was asked to authorize
//	POST /_twin/clock    {"to": instant} or {"advance": seconds}; forward only
//	POST /_twin/person   {"account", "region", "service", "operation", "input"}: does a by-hand step, one call as the administrator
func (k *Kernel) control(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.Body, document.MaxSize))
	var answer any
	if err == nil {
		answer, err = k.steer(req, body)
	}
	text, ok := answer.([]byte)
	if err == nil && !ok {
		text, err = document.Encode(answer)
	}
	status := http.StatusOK
	if err != nil {
		e := refusal(err)
		status = e.status()
		text, _ = document.Encode(e.body(""))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text) //nolint:errcheck // the client is gone
}

func refusal(err error) *Error {
	var e *Error
	var d *diag.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &d):
		return Errorf("InvalidWorld", "%v", d)
	default:
		return Errorf("InvalidRequest", "%v", err)
	}
}

func (k *Kernel) steer(req *http.Request, body []byte) (any, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tick()
	switch req.Method + " " + req.URL.Path {
	case "GET /_twin/health":
		return map[string]any{"twin": true, "format": StateFormat, "world": k.state.Title, "clock": k.now()}, nil
	case "POST /_twin/reset":
		return map[string]any{}, k.reset()
	case "GET /_twin/world":
		s := k.whole()
		if req.URL.Query().Get("times") == "no" {
			s = s.timeless()
		}
		return encode(s)
	case "PUT /_twin/world":
		return map[string]any{}, k.replace(body)
	case "POST /_twin/faults":
		var faults []estate.Fault
		if err := document.Decode("faults.json", body, &faults); err != nil {
			return nil, err
		}
		if err := checkFaults(faults); err != nil {
			return nil, err
		}
		k.state.Faults = append(k.state.Faults[:len(k.state.Faults):len(k.state.Faults)], faults...)
		return map[string]any{"faults": len(k.state.Faults)}, nil
	case "GET /_twin/calls":
		return k.logged(req.URL.Query().Get("internal") == "yes"), nil
	case "GET /_twin/kms":
		return k.evidence, nil
	case "POST /_twin/clock":
		return k.moveClock(body)
	case "POST /_twin/person":
		return k.person(body)
	}
	return nil, Errorf("UnknownOperationException", "the twin has no %s %s", req.Method, req.URL.Path).WithStatus(http.StatusNotFound)
}

func (k *Kernel) reset() error {
	s, err := decode(k.initial)
	if err == nil {
		err = k.load(s)
	}
	k.calls, k.evidence, k.sequence, k.skew = nil, nil, 0, 0
	return err
}

// replace accepts both what GET /_twin/world answers and a world file.
func (k *Kernel) replace(body []byte) error {
	var peek struct{ Format string }
	if err := json.Unmarshal(body, &peek); err != nil {
		return err
	}
	var s State
	var err error
	take := k.load
	switch peek.Format {
	case estate.WorldFormat:
		var w estate.World
		take = k.begin
		if err = document.Decode("world.json", body, &w); err == nil {
			s, err = stateOf(w, k.now())
		}
	case StateFormat:
		s, err = decode(body)
	default:
		err = Errorf("InvalidWorld", "format %q is neither %s nor %s", peek.Format, estate.WorldFormat, StateFormat)
	}
	if err != nil {
		return err
	}
	if s.Clock.IsZero() {
		s.Clock = k.now()
	}
	return take(s)
}

func (k *Kernel) logged(internal bool) []CallRecord {
	out := []CallRecord{}
	for _, c := range k.calls {
		if internal || !c.Internal {
			out = append(out, c)
		}
	}
	return out
}

func (k *Kernel) moveClock(body []byte) (any, error) {
	var move struct {
		To      time.Time `json:"to"`
		Advance float64   `json:"advance"`
	}
	if err := document.Decode("clock.json", body, &move); err != nil {
		return nil, err
	}
	to := move.To
	if to.IsZero() {
		to = k.now().Add(time.Duration(move.Advance * float64(time.Second)))
	}
	if to.Before(k.now()) {
		return nil, Errorf("InvalidRequest", "the twin's clock shows %s and moves forward only", k.now().Format(time.RFC3339))
	}
	k.skew += to.Sub(k.now())
	answer := map[string]any{"fired": k.advance(to), "clock": k.now()}
	if len(k.state.Events) > 0 {
		answer["next"] = k.state.Events[0].At
	}
	return answer, nil
}
