package kernel

import (
	"encoding/json"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/twin/routes"
)

// byPerson marks the calls of POST /_twin/person in the log.
const byPerson = "person"

// errand is what a person does in the console: one call, with the wire's names in its input.
type errand struct {
	Account   estate.AccountID `json:"account"`
	Region    estate.Region    `json:"region"`
	Service   string           `json:"service"`
	Operation string           `json:"operation"`
	Input     json.RawMessage  `json:"input,omitzero"`
}

// person plays the human being of a by-hand step: it makes one call as the administrator of an account and gives its answer. No
// scripted fault strikes it and no hook sees it, as it is none of the client's calls.
func (k *Kernel) person(body []byte) (any, error) {
	var e errand
	if err := document.Decode("person.json", body, &e); err != nil {
		return nil, Errorf("InvalidRequest", "%v", err)
	}
	op, ok := k.lookup(e.Service, e.Operation)
	if !ok {
		return nil, unknownOperation(e.Service + ":" + e.Operation)
	}
	k.sequence++
	r := &Request{Service: e.Service, Operation: e.Operation, Region: e.Region, Account: e.Account, ByPerson: true,
		RequestID: UUID("request", k.state.Title, itoa(k.sequence)), k: k, protocol: routes.JSON11, input: []byte(e.Input)}
	if len(r.input) == 0 {
		r.input = []byte("{}")
	}
	caller, err := k.session(e.Account, AdministratorRole, byPerson)
	if err == nil {
		r.Caller = caller
		err = k.enter(e.Account, e.Region)
	}
	record := r.newRecord()
	var answer any
	changed := err == nil && k.changing(func() error {
		answer, err = k.dispatch(r)
		return err
	})
	k.log(&record, effectOf(err, changed), err)
	if err != nil {
		return nil, asError(err)
	}
	if !op.Mutating {
		k.afterRead()
	}
	if answer == nil {
		answer = struct{}{}
	}
	return json.Marshal(answer)
}
