package app

import (
	"cmp"
	"context"
	"net/http"
	"sync"

	"rehome/internal/check"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/spec"
	"rehome/internal/survey"
)

// session is one side of the wire: a cloud, the clock that goes with it, and a log of what was asked.
type session struct {
	app     *App
	spec    *spec.Spec
	cloud   *cloud.Cloud
	clock   Clock
	target  estate.Target
	world   string // of a twin
	runID   string
	to      endpoint
	mu      sync.Mutex
	looks   []estate.Look
	mutated int
	calls   int
	onCall  func(cloud.Call) // further listener; nil: none
	desk    *desk

	vaultRoot string // of a rehearsal; empty: the spec's
}

// endpoint is where a rehearsal's session goes, and with which keys.
type endpoint struct {
	url  string
	keys func(estate.AccountID) cloud.Keys
}

// open connects to AWS or to whatever the SDK's settings point at; with an endpoint, to that twin. A twin brings its own clock, so
// that no wait takes time. run names the sessions of assumed roles; it is the same whenever the same plan is worked on, so that a
// consent's caller can be told again.
func (a *App) open(ctx context.Context, s *spec.Spec, to endpoint, run string) (*session, error) {
	ses := &session{app: a, spec: s, runID: run, to: to, clock: WallClock{}}
	onTwin := false
	if url := cmp.Or(to.url, a.Endpoint); url != "" {
		if clock, err := NewTwinClock(ctx, url, &http.Client{Timeout: clockTimeout}); err == nil {
			ses.clock, onTwin = clock, true
		}
	}
	var err error
	ses.cloud, err = cloud.New(ctx, cloud.Config{Access: accesses(s), Endpoint: to.url, Credentials: to.keys, RunID: ses.runID, Version: a.Version,
		Clock: ses.clock, Unlimited: onTwin, OnCall: ses.record, Transport: a.Hooks.Transport})
	if err != nil {
		return nil, err
	}
	if ses.target, ses.world, err = ses.cloud.Target(ctx); err == nil && (ses.target == estate.TargetTwin) != onTwin {
		err = &diag.Error{Code: "session/clock", What: "the endpoint is a twin for some calls and none for others", Where: cmp.Or(to.url, a.Endpoint),
			Fix: []string{"set AWS_ENDPOINT_URL to the address that rehome twin printed, and no endpoint_url beside it"}}
	}
	if err != nil {
		return ses, err
	}
	kept := &records{dir: a.StateDir, now: a.Now}
	if to.url != "" { // a rehearsal keeps nothing
		kept.dir = ""
	}
	return ses, ses.openDesk(ctx, kept)
}

// twinURL is where the session's twin is.
func (s *session) twinURL() string { return cmp.Or(s.to.url, s.app.Endpoint) }

func accesses(s *spec.Spec) []cloud.Access {
	var out []cloud.Access
	for _, a := range s.Accesses() {
		out = append(out, access(a))
	}
	return out
}

func access(a spec.Access) cloud.Access {
	return cloud.Access{Account: a.Account, Profile: a.Profile, RoleARN: a.RoleARN, ExternalID: a.ExternalID}
}

func (s *session) record(c cloud.Call) {
	s.mu.Lock()
	s.calls++
	if c.Mutating {
		s.mutated++
	}
	s.looks = append(s.looks, estate.Look{Account: c.Account, Region: c.Region, Service: c.Service, Operation: c.Operation, RequestID: c.RequestID, Error: c.Error})
	listener := s.onCall
	s.mu.Unlock()
	if listener != nil {
		listener(c)
	}
}

// questions are the actions of everything that rehome may have to do for this spec.
func (s *session) questions(seen *estate.Survey) map[estate.AccountID][]survey.Question {
	out := map[estate.AccountID][]survey.Question{}
	for _, r := range needs.Rights(check.Input{Spec: s.spec, Survey: seen}.Hands(), needs.RightKinds()...) {
		out[r.Account] = append(out[r.Account], survey.Question{Action: r.Action, Resource: r.Probe, Region: r.Region})
	}
	return out
}

// survey looks at everything once and says where it looks.
func (s *session) survey(ctx context.Context) (*estate.Survey, error) {
	return s.look(ctx, survey.Config{Progress: s.app.saying})
}

// surveyQuietly is survey in the middle of a run, where it is one look of many.
func (s *session) surveyQuietly(ctx context.Context) (*estate.Survey, error) {
	return s.look(ctx, survey.Config{})
}

// people is a look at who there is, and at nothing else.
func (s *session) people(ctx context.Context) (*estate.Survey, error) {
	return s.look(ctx, survey.Config{People: true})
}

func (s *session) look(ctx context.Context, cfg survey.Config) (*estate.Survey, error) {
	s.mu.Lock()
	from := len(s.looks)
	s.mu.Unlock()
	cfg.Spec, cfg.Cloud, cfg.Now, cfg.SignIn, cfg.Ask = s.spec, s.cloud, s.clock.Now, s.desk.look, s.questions
	cfg.Looks = func() []estate.Look {
		s.mu.Lock()
		defer s.mu.Unlock()
		return append([]estate.Look(nil), s.looks[from:]...)
	}
	seen, err := survey.Run(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return seen, s.desk.recorded(seen)
}

// workers tells a simulated clock who works side by side; any other clock does not need to know.
func (s *session) workers() func(delta int) {
	if twin, ok := s.clock.(*TwinClock); ok {
		return twin.Workers
	}
	return nil
}
