package identity

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"time"
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
