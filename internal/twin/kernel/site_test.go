package kernel_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"rehome/internal/twin/kernel"
)

// visitors is a service with a page and a memory of its own.
type visitors struct {
	seen    []string
	loads   int
	refuses bool
}

func (v *visitors) service() kernel.Service {
	return kernel.Service{ID: "visitors",
		Handlers: map[string]kernel.Handler{"Count": func(*kernel.Request) (any, error) { return map[string]int{"Count": len(v.seen)}, nil }},
		Actions:  map[string][]string{"Count": nil},
		Console:  map[string]bool{"Count": false},
		Load: func(*kernel.Request) error {
			if v.refuses {
				return errors.New("not such a world")
			}
			v.seen, v.loads = nil, v.loads+1
			return nil
		},
		Site: &kernel.Site{
			Match: func(_ *kernel.Request, req *http.Request) bool { return strings.HasPrefix(req.URL.Path, "/visit/") },
			Serve: func(r *kernel.Request, req *http.Request) kernel.Reply {
				body, _ := io.ReadAll(req.Body)
				if string(body) == "cut" {
					return kernel.Reply{Cut: true}
				}
				v.seen = append(v.seen, string(body))
				admin, err := r.Administrator("111122223333")
				if err != nil {
					return kernel.Reply{Status: http.StatusForbidden}
				}
				var out struct{ Count int }
				if err := r.Call(admin, "visitors", "us-east-1", "Count", struct{}{}, &out); err != nil {
					return kernel.Reply{Status: http.StatusInternalServerError, Body: []byte(err.Error())}
				}
				return kernel.Reply{Status: http.StatusCreated, Header: http.Header{"X-Count": {strings.Repeat("i", out.Count)}}, Body: body}
			},
		}}
}

func TestASiteAnswersBesideAWS(t *testing.T) {
	v := &visitors{}
	w := start(t, func(c *kernel.Config) { c.Services = append(c.Services, v.service()) })
	for _, want := range []string{"i", "ii"} {
		r := w.steer("POST", "/visit/me", "hello")
		if r.status != http.StatusCreated || r.body != "hello" || r.header.Get("X-Count") != want {
			t.Errorf("%d %q %v", r.status, r.body, r.header)
		}
	}
	if _, err := w.send(w.request("POST", "/visit/me", "cut")); err == nil {
		t.Error("a connection that dies has an answer")
	}
	if r := w.steer("POST", "/visit/me", strings.Repeat("x", 2<<20)); r.status != http.StatusBadRequest {
		t.Errorf("a body without end: %d", r.status)
	}
	if r := w.steer("GET", "/elsewhere", ""); r.status != http.StatusForbidden {
		t.Errorf("what no site wants is a call that nobody signed: %d", r.status)
	}
	const who = `{"account":"111122223333","region":"us-east-1","service":"visitors","operation":"Count"}`
	if r := w.steer("POST", "/_twin/person", who); r.status != http.StatusOK || r.json(t)["Count"] != 2.0 {
		t.Errorf("a person's call of the console: %d %s", r.status, r.body)
	}
}

// TestAnotherStateForgetsWhatServicesKept: a reset and another world end what a service kept beside the state; a state that a service
// refuses does not take the place of the one that is there.
func TestAnotherStateForgetsWhatServicesKept(t *testing.T) {
	v := &visitors{}
	w := start(t, func(c *kernel.Config) { c.Services = append(c.Services, v.service()) })
	w.steer("POST", "/visit/me", "hello")
	if w.steer("POST", "/_twin/reset", ""); len(v.seen) != 0 || v.loads != 2 {
		t.Errorf("after a reset: %q, %d loads", v.seen, v.loads)
	}
	w.steer("POST", "/visit/me", "hello")
	lived := w.steer("GET", "/_twin/world", "").body
	if r := w.steer("PUT", "/_twin/world", lived); r.status != http.StatusOK || len(v.seen) != 0 {
		t.Errorf("after another world: %d, %q", r.status, v.seen)
	}
	v.refuses = true
	if r := w.steer("PUT", "/_twin/world", strings.Replace(lived, `"title": "`, `"title": "another `, 1)); r.status < 400 {
		t.Errorf("a world that is refused is taken: %d", r.status)
	}
	if now := w.steer("GET", "/_twin/world", "").body; now != lived {
		t.Error("a refused world has changed the one that is there")
	}
}
