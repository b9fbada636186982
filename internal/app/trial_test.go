package app

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// letter is one request to AWS as it went over the wire.
type letter struct{ Operation, Scope, Body string }

// trial is a rehearsal with everything that was seen of it.
type trial struct {
	*Rehearsal
	twin    *kernel.Kernel
	letters []letter
	onDone  func(*trial, string) // told each step that is done
}

// walk rehearses a world by a plan; without one, by the plan that the world asks for.
func (c *trial) walk(t *testing.T, w *World, p *plan.Plan) {
	t.Helper()
	a := testApp(t)
	a.Observer = c
	a.Hooks.Twin = func(k *kernel.Kernel) { c.twin = k }
	a.Hooks.Transport = c
	var err error
	if c.Rehearsal, err = a.rehearse(t.Context(), w, p); err != nil {
		t.Fatal(err)
	}
}

// RoundTrip keeps the body of every call that changes Identity Center and sends it on.
func (c *trial) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, operation, _ := strings.Cut(req.Header.Get("X-Amz-Target"), "."); operation == createIssuer {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
		c.letters = append(c.letters, letter{operation, req.Header.Get("Authorization"), string(body)})
	}
	return http.DefaultTransport.RoundTrip(req)
}

func (c *trial) Saying(string)       {}
func (c *trial) Facing(Facing)       {}
func (c *trial) Planned([]plan.Step) {}
func (c *trial) Stepped(e engine.Event) {
	if c.onDone != nil && (e.Kind == engine.EventDone || e.Kind == engine.EventSkipped) {
		c.onDone(c, e.Step.ID)
	}
}

func (c *trial) step(t *testing.T, id string) StepResult {
	t.Helper()
	for _, s := range c.Steps {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no step %s", id)
	return StepResult{}
}

// count is how often clients and the twin's person asked for an operation.
func (c *trial) count(t *testing.T, operation string) (n int) {
	t.Helper()
	for _, r := range callsOf(t, c.twin) {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// quick is the account as it is on the twin by now.
func (c *trial) quick(t *testing.T) (estate.Quick, map[estate.ARN]estate.TrustedTokenIssuer) {
	t.Helper()
	answer := httptest.NewRecorder()
	c.twin.ServeHTTP(answer, httptest.NewRequest("GET", "/_twin/world", nil))
	var now struct {
		Estate estate.Estate `json:"estate"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &now); err != nil {
		t.Fatal(err)
	}
	q, _ := now.Estate.Accounts["111122223333"].Quick.Get()
	inst, _ := now.Estate.IdentityCenter.Get()
	return q, inst.TokenIssuers.Or(nil)
}

// turn changes the twin's provider while the twin runs.
func (c *trial) turn(t *testing.T, change func(*estate.IdentityProvider)) {
	t.Helper()
	turnProvider(t, func(method string, body io.Reader) []byte {
		answer := httptest.NewRecorder()
		c.twin.ServeHTTP(answer, httptest.NewRequest(method, "/_twin/world", body))
		if answer.Code != http.StatusOK {
			t.Fatalf("%s: %s", method, answer.Body)
		}
		return answer.Body.Bytes()
	}, change)
}

// turnProvider takes the twin's state, changes its one identity provider and puts the state back.
func turnProvider(t *testing.T, world func(method string, body io.Reader) []byte, change func(*estate.IdentityProvider)) {
	t.Helper()
	var state map[string]jsontext.Value
	var all map[string]estate.IdentityProvider
	if err := json.Unmarshal(world("GET", nil), &state); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(state["identity_providers"], &all); err != nil || len(all) != 1 {
		t.Fatal(err, len(all))
	}
	for name, p := range all {
		change(&p)
		all[name] = p
	}
	state["identity_providers"] = encoded(t, all)
	world("PUT", bytes.NewReader(encoded(t, state)))
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func worldOf(t *testing.T, name string) *World {
	t.Helper()
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// planFor plans from a look at a world that was changed beforehand.
func planFor(t *testing.T, w *World) *plan.Plan {
	t.Helper()
	a := testApp(t)
	seen, err := a.lookAt(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.build(w.Wants, seen, estate.DefaultTimes().With(w.Times))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// servedWithDesktop is served, with Quick on Desktop left in the spec.
func servedWithDesktop(t *testing.T, world string) *App {
	t.Helper()
	a := served(t, world)
	if err := os.Remove(a.SpecPath); err != nil {
		t.Fatal(err)
	}
	if err := a.Init(InitRequest{World: world}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Plan(t.Context(), PlanRequest{Fresh: true}); err != nil {
		t.Fatal(err)
	}
	return a
}

// inOrder holds the plan to one step of each of these kinds, one after another.
func inOrder(t *testing.T, p *plan.Plan, kinds ...string) {
	t.Helper()
	var got []string
	for _, s := range p.Steps {
		if slices.Contains(kinds, s.Kind) {
			got = append(got, s.Kind)
		}
	}
	if d := cmp.Diff(kinds, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// tapped is a session to a served twin of a world, and the ID tokens that its provider gives.
func tapped(t *testing.T, w *World) (*session, func() string) {
	t.Helper()
	k, err := twin.New(w.World, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	var given []string
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, req *http.Request) {
		answer := httptest.NewRecorder()
		k.ServeHTTP(answer, req)
		var tokens struct {
			IDToken string `json:"id_token"`
		}
		if strings.HasSuffix(req.URL.Path, "/token") && json.Unmarshal(answer.Body.Bytes(), &tokens) == nil {
			given = append(given, tokens.IDToken)
		}
		for name, values := range answer.Header() {
			out.Header()[name] = values
		}
		out.WriteHeader(answer.Code)
		_, _ = out.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	ses, err := testApp(t).open(t.Context(), w.Wants, endpoint{url: server.URL, keys: w.keys}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return ses, func() string {
		t.Helper()
		if len(given) == 0 {
			t.Fatal("the provider gave no token")
		}
		return given[len(given)-1]
	}
}

// beyondShort leaves a row's proof out with -short, for the race detector: the worlds that it does take run the same code.
func beyondShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("with -short the worlds alone are rehearsed")
	}
}
