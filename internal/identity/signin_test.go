package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/identity"
)

// TestSignIn: with a provider that does everything right nothing is open, and what is proven is said.
func TestSignIn(t *testing.T) {
	s := newScene(t)
	r, err := s.signIn()
	if err != nil {
		t.Fatal(err)
	}
	if got := roots(r.Findings); len(got) > 0 || !r.Passed() {
		t.Errorf("passed %t, open: %v", r.Passed(), got)
	}
	if want := (identity.Person{Subject: "00u-ana", Claim: "email", Value: "ana@example.com"}); r.Person != want || !r.Refresh || r.IDToken() == "" {
		t.Errorf("%+v, refresh %t, token %t", r.Person, r.Refresh, r.IDToken() != "")
	}
	if len(s.pages) != 1 || !s.pages[0].Final || s.pages[0].Status != 200 || s.closed != 1 {
		t.Errorf("pages %+v, closed %d times", s.pages, s.closed)
	}
	s.sound(r.Findings, r.Person.Masked())
	for _, row := range []struct{ id, key string }{
		{"DSK-03", "DSK-03 sign-in/request"}, {"DSK-10", "DSK-10 sign-in/scopes"}, {"DSK-11", "DSK-11 sign-in/refresh"}, {"DSK-12", "DSK-12 sign-in/id-token-refreshed/claim"},
		{"DSK-16", "DSK-16 sign-in/userinfo"}, {"DSK-24", "DSK-24 sign-in/access-token"},
	} {
		if f, ok := find(r.Findings, row.key); !ok || f.Status != diag.Pass {
			t.Errorf("%s: %+v", row.id, f)
		}
	}
}

// TestBrowserCannotBeOpened: nobody can sign in then, so it is an error and not a finding.
func TestBrowserCannotBeOpened(t *testing.T) {
	s := newScene(t)
	s.open = errors.New("exec: xdg-open: not found")
	_, err := s.signIn()
	if e := diag.From("", err); e.Code != "identity/browser" || len(e.Fix) == 0 || s.closed != 1 {
		t.Errorf("%v, closed %d times", err, s.closed)
	}
}

// TestSignInIsCalledOff: the listener is closed, and the error is that of the context.
func TestSignInIsCalledOff(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.request.Target, s.request.Listener = s.target, s
	s.request.Open = func(context.Context, string) error { cancel(); return nil }
	if _, err := s.client().SignIn(ctx, s.request); !errors.Is(err, context.Canceled) || s.closed != 1 {
		t.Errorf("%v, closed %d times", err, s.closed)
	}
}

// TestNobodyComesBack: the time ends with a clear message, and what the browser may show is told apart.
func TestNobodyComesBack(t *testing.T) {
	t.Attr("requirement", "DSK-20")
	s := newScene(t)
	s.browser = func(identity.Callback) []identity.Callback { return nil }
	r, err := s.signIn()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := find(r.Findings, "DSK-20 sign-in/timeout")
	if !ok || !f.Blocks() || !strings.Contains(f.Title, "5m0s") {
		t.Fatalf("%+v", f)
	}
	var all strings.Builder
	for _, e := range f.Evidence {
		all.WriteString(e.Path + " " + e.Seen + "\n")
	}
	for _, row := range []string{"DNS_PROBE_FINISHED_NXDOMAIN TRB-06", "404, Page Not Found TRB-07", "400 Bad Request at once TRB-08", "Policy evaluation failed, access_denied TRB-09", "localhost:18080 TRB-12", "AADSTS50011 TRB-14"} {
		shows, code, _ := strings.Cut(row, " TRB")
		if !strings.Contains(all.String(), shows+" TRB"+code) {
			t.Errorf("%s is not in:\n%s", row, all.String())
		}
	}
}
