package kernel_test

import (
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

func TestAPersonDoesOneCallAndTheLogSaysSo(t *testing.T) {
	hooked := 0
	w := start(t, func(c *kernel.Config) {
		c.World.Faults = []estate.Fault{{Effect: estate.FaultCutBefore, Count: -1}}
		c.Hook = func(kernel.Stage, kernel.CallRecord) { hooked++ }
	})
	const who = `{"account":"111122223333","region":"us-east-1","service":"kms",`
	r := w.steer("POST", "/_twin/person", who+`"operation":"UpdateKeyDescription","input":{"Description":"by hand"}}`)
	if r.status != 200 || strings.TrimSpace(r.body) != "{}" || w.name() != "by hand" {
		t.Errorf("the call: %d %s, name %s", r.status, r.body, w.name())
	}
	r = w.steer("POST", "/_twin/person", who+`"operation":"DescribeKey"}`)
	if got := r.json(t); got["Name"] != "by hand" || !strings.HasSuffix(got["Caller"].(string), ":assumed-role/"+kernel.AdministratorRole+"/person") {
		t.Errorf("the answer: %v", got)
	}
	r = w.steer("POST", "/_twin/person", `{"account":"111122223333","region":"us-east-1","service":"sso-admin","operation":"ListInstances"}`)
	if r.status != 200 {
		t.Errorf("through a service: %d %s", r.status, r.body)
	}
	calls := w.calls("?internal=yes")
	for _, c := range calls {
		if c.By != "person" || c.Fault != "" {
			t.Errorf("logged as %+v", c)
		}
	}
	if len(calls) != 4 {
		t.Errorf("%d calls logged, want 4", len(calls))
	}
	if hooked != 0 {
		t.Errorf("a hook saw %d calls of a person", hooked)
	}
}

func TestWhatAPersonCannotDo(t *testing.T) {
	for name, tc := range map[string]struct{ body, code string }{
		"an operation that AWS does not have":       {`{"account":"111122223333","region":"us-east-1","service":"kms","operation":"Sing"}`, "UnknownOperationException"},
		"a service that AWS does not have":          {`{"account":"111122223333","region":"us-east-1","service":"ksm","operation":"Sign"}`, "UnknownOperationException"},
		"an operation that is not modelled":         {`{"account":"111122223333","region":"us-east-1","service":"kms","operation":"Sign"}`, "NotModelledByTwin"},
		"in an account that is not in the world":    {`{"account":"999999999999","region":"us-east-1","service":"kms","operation":"DescribeKey"}`, "UnrecognizedClientException"},
		"in a Region that the account does not use": {`{"account":"111122223333","region":"eu-south-1","service":"kms","operation":"DescribeKey"}`, "UnrecognizedClientException"},
		"what the service refuses":                  {`{"account":"111122223333","region":"us-east-1","service":"kms","operation":"UpdateKeyDescription","input":{"Description":"refuse"}}`, "KMSInvalidStateException"},
		"with an unknown member":                    {`{"acount":"111122223333"}`, "InvalidRequest"},
		"with an input that is no object":           {`{"account":"111122223333","region":"us-east-1","service":"kms","operation":"UpdateKeyDescription","input":[]}`, "SerializationException"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, nil)
			if r := w.steer("POST", "/_twin/person", tc.body); r.status < 400 || r.json(t)["__type"] != tc.code {
				t.Errorf("%d %s, want %s", r.status, r.body, tc.code)
			}
			if w.name() != "start" {
				t.Errorf("a refused call has changed the name to %s", w.name())
			}
		})
	}
}
