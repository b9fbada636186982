package identity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

// scene is one sign-in in front of a provider, a browser and a person.
type scene struct {
	*provider
	target  identity.Target
	request identity.Request
	// browser changes what the browser comes back with: none, one or several requests.
	browser func(identity.Callback) []identity.Callback
	late    error // what the listener says when nobody comes; nil: only that time is over
	open    error // the browser cannot be opened

	queue   []identity.Callback
	pending bool
	pages   []identity.Verdict
	closed  int
}

func newScene(t *testing.T) *scene {
	t.Helper()
	return &scene{provider: newProvider(t), target: identity.Target{Vendor: estate.VendorOkta, Values: okta()}}
}

// Receive, Answer and Close make the scene its own listener.
func (s *scene) Receive(context.Context) (identity.Callback, error) {
	if s.pending {
		s.t.Error("a request is received before the last one was answered")
	}
	if len(s.queue) == 0 {
		if s.late != nil {
			return identity.Callback{}, s.late
		}
		return identity.Callback{}, context.DeadlineExceeded
	}
	c := s.queue[0]
	s.queue, s.pending = s.queue[1:], true
	return c, nil
}

func (s *scene) Answer(v identity.Verdict) {
	if !s.pending {
		s.t.Error("an answer to nobody")
	}
	s.pages, s.pending = append(s.pages, v), false
}

func (s *scene) Close() error { s.closed++; return nil }

// visit is the person's browser: it goes to the sign-in page and comes back.
func (s *scene) visit(ctx context.Context, address string) error {
	if s.open != nil {
		return s.open
	}
	req, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return err
	}
	res, err := s.transport().RoundTrip(req)
	if err != nil {
		return nil // the browser shows an error, and nobody comes back
	}
	_ = res.Body.Close()
	at, err := url.Parse(res.Header.Get("Location"))
	if err != nil || at.Host != "localhost:18080" {
		return nil
	}
	back := identity.Callback{Method: "GET", Host: at.Host, Path: "/", Values: at.Query(), Query: at.Query()}
	s.queue = []identity.Callback{back}
	if s.browser != nil {
		s.queue = s.browser(back)
	}
	return nil
}

func (s *scene) signIn() (*identity.Result, error) {
	s.request.Target, s.request.Listener, s.request.Open = s.target, s, s.visit
	return s.client().SignIn(s.t.Context(), s.request)
}

func (s *scene) preflight() *estate.SignIn {
	s.t.Helper()
	out, err := s.client().Preflight(s.t.Context(), s.target)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// roots are the findings that ask for something and follow from no other: "code subject" with ! before what blocks and ? before what is
// not known.
func roots(findings []diag.Finding) []string {
	var out []string
	for _, f := range findings {
		switch {
		case !f.Open() || f.CausedBy != "":
		case f.Blocks():
			out = append(out, "! "+f.Key())
		case f.Status == diag.Unknown:
			out = append(out, "? "+f.Key())
		default:
			out = append(out, f.Key())
		}
	}
	return out
}

func find(findings []diag.Finding, key string) (diag.Finding, bool) {
	i := slices.IndexFunc(findings, func(f diag.Finding) bool { return f.Key() == key })
	if i < 0 {
		return diag.Finding{}, false
	}
	return findings[i], true
}

func text1(f diag.Finding) string {
	return fmt.Sprintf("%s [%s, %s]\n  %s\n  cause: %s\n  fix: %s\n  whose move: %s\n", f.Key(), f.Status, f.Severity, f.Title, f.Cause, f.Fix, f.Owner)
}

// sound checks what holds for every list of findings: keys are unique, roots exist, each is sourced, and no secret is in it.
func (s *scene) sound(findings []diag.Finding, more ...any) {
	s.t.Helper()
	keys := map[string]bool{}
	for _, f := range findings {
		if keys[f.Key()] {
			s.t.Errorf("%s is there twice", f.Key())
		}
		keys[f.Key()] = true
		if f.CausedBy != "" && !slices.ContainsFunc(findings, func(o diag.Finding) bool { return o.Key() == f.CausedBy && o.CausedBy == "" }) {
			s.t.Errorf("%s is caused by %s, which is no root", f.Key(), f.CausedBy)
		}
		if f.Code == "" || f.Title == "" || len(f.Source) == 0 {
			s.t.Errorf("%s lacks a code, a title or a source", f.Key())
		}
		if f.Status == diag.Fail && (f.Cause == "" || f.Fix == "" && f.Severity == diag.Block) {
			s.t.Errorf("%s has no cause or no fix", f.Key())
		}
	}
	all, err := json.Marshal(append([]any{findings, s.pages}, more...))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, secret := range s.secrets {
		if secret != "" && strings.Contains(string(all), secret) {
			s.t.Errorf("a secret is told: %s", secret)
		}
	}
}
