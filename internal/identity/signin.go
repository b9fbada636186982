package identity

import (
	"cmp"
	"context"
	"errors"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// defaultTimeout is how long a person has to sign in.
const defaultTimeout = 5 * time.Minute

// session is one sign-in.
type session struct {
	report
	Request
	client *Client
	vendor estate.Vendor
	found  found
	start  start
	skew   time.Duration // how far this computer's clock is ahead of the provider's, as its last answer said
	result Result
}

// SignIn performs the Desktop's sign-in once and closes the listener. Whatever is wrong is a finding; an error means that it could not be
// performed at all: ctx ended, or no browser could be opened.
func (c *Client) SignIn(ctx context.Context, r Request) (*Result, error) {
	s := &session{Request: r, client: c, vendor: vendorOf(r.Target), report: report{stage: "sign-in", server: serverOf(r.Values)}}
	s.Claim = cmp.Or(s.Claim, estate.EmailClaim)
	defer func() { _ = r.Listener.Close() }() // a listener that cannot be closed ends with the process
	if err := s.perform(ctx); err != nil {
		return nil, err
	}
	s.result.Findings = s.findings
	return &s.result, nil
}

func (s *session) timeout() time.Duration { return cmp.Or(s.Timeout, defaultTimeout) }

func (s *session) perform(ctx context.Context) error {
	var err error
	if s.start, err = s.client.start(s.Values, s.Prompt, s.LoginHint); err != nil {
		return err
	}
	s.hide(s.start.state, s.start.nonce, s.start.verifier)
	if s.start.address == "" {
		s.unreachable("authorization_endpoint", s.Values.AuthorizationEndpoint, &fault{kind: notAnAddress, title: "the Authorization Endpoint is no address that can be opened"})
		return nil
	}
	if s.found, err = s.client.discover(ctx, s.Values.Issuer); err != nil {
		return err
	}
	if err := s.Open(ctx, s.start.address); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var known *diag.Error
		if errors.As(err, &known) {
			return err
		}
		return &diag.Error{Code: "identity/browser", What: "no browser could be opened", Why: s.clean(err.Error()), Err: err, Fix: []string{"sign in with --browser print and open the address by hand"}}
	}
	s.pass("DSK-03", "sign-in/request", "the sign-in was asked for as the Desktop does: authorization code with proof key", diag.Evidence{Path: "sent", Seen: s.start.sent()})
	return s.wait(ctx)
}

// wait receives requests until the provider's answer is among them, or the time is over.
func (s *session) wait(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	for {
		c, err := s.Listener.Receive(limited)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			s.late(err)
			return nil
		case err != nil:
			return diag.From("waiting for the browser", err)
		}
		for _, secret := range c.Values["code"] {
			s.hide(secret)
		}
		what, given, verdict := s.received(c)
		if what == ignored {
			s.Listener.Answer(verdict)
			continue
		}
		return s.finish(ctx, what, given)
	}
}

// finish goes on from the provider's answer, and only then tells the person at the browser how it ended.
func (s *session) finish(ctx context.Context, what outcome, given string) (err error) {
	defer func() {
		verdict := s.verdict()
		if err != nil {
			verdict = Verdict{Status: 500, Title: "The sign-in was interrupted", Text: "Nothing was checked. Begin again from rehome."}
		}
		verdict.Final = true
		s.Listener.Answer(verdict)
	}()
	if what == ended {
		return nil
	}
	return s.exchange(ctx, given)
}

// verdict is the page for the person at the browser.
func (s *session) verdict() Verdict {
	f, blocked := s.blocked()
	if s.Stolen && !blocked {
		return Verdict{Status: 200, Title: "The code was redeemed with a wrong key", Text: "That was the second try, which the provider has to refuse. You can close this page; rehome shows how it ended."}
	}
	if !blocked {
		return Verdict{Status: 200, Title: "The sign-in worked", Text: "Everything that Quick on Desktop needs was seen. You can close this page; rehome shows the details."}
	}
	text := f.Cause + "."
	if f.Fix != "" {
		text += "\nWhat mends it (" + f.Owner.String() + "): " + f.Fix
	}
	return Verdict{Status: 200, Title: "The sign-in does not work yet: " + f.Title, Text: text + "\nYou can close this page; rehome shows the details."}
}
