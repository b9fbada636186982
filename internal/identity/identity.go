// Package identity is the relying party: it signs in at a customer's identity provider exactly as Quick on Desktop does, and says of
// everything it saw whether it is right, why not, and whose move it is. The five values are used as they were typed, apart from the
// provider's discovery document, and compared with it afterwards. Tokens, codes and verifiers stay in memory and appear in no finding,
// error or log. It must not know AWS, a plan, or how anything is shown.
package identity

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Target is whom to sign in at.
type Target struct {
	Vendor estate.Vendor // empty: told from the shape of the values, where it can be
	Values estate.SignInValues
	Claim  string // that has to find the person; empty: email
}

// Config makes a Client. The zero value of a field is what a sign-in against a real provider uses.
type Config struct {
	Transport http.RoundTripper // nil: the system's, with its proxies; no redirect is ever followed
	Now       func() time.Time  // nil: time.Now
	Rand      io.Reader         // nil: crypto/rand
}

// Client signs in. It keeps nothing between sign-ins.
type Client struct {
	http *http.Client
	now  func() time.Time
	rand io.Reader
}

// Listener is where the provider sends the browser back to.
type Listener interface {
	// Receive gives the next request of a browser; it blocks until there is one or ctx ends.
	Receive(ctx context.Context) (Callback, error)
	// Answer shows the person how the request that was received last ended. It is called once for each of them.
	Answer(Verdict)
	Close() error
}

// Callback is a browser's request to the redirect address.
type Callback struct {
	Method string
	Host   string // as the browser sent it
	Path   string
	Origin string     // empty: the browser sent none
	Values url.Values // of the query, or of the form when the method is POST
	Query  url.Values // of the address alone
}

// Verdict is what a browser is shown.
type Verdict struct {
	Status int    // of HTTP
	Title  string // plain text
	Text   string // plain text: what happened, and what to do
	Final  bool   // nothing more is expected
}

// Request is one sign-in.
type Request struct {
	Target
	Listener  Listener
	Open      func(ctx context.Context, address string) error // brings the address before a person
	LoginHint string
	Prompt    string        // such as consent; the Desktop is not known to send any
	Timeout   time.Duration // 0: five minutes
	// Stolen makes this the sign-in of a thief: its code is redeemed with another proof key, which has to be refused. No token is judged.
	Stolen bool
}

// Result is what a sign-in showed. It holds the tokens, so it must not be kept or printed; what may be is in Findings and Person.
type Result struct {
	Findings []diag.Finding // every check in the order in which it was made, passed ones too
	Person   Person         // of the ID token; the zero value when there is none that can be trusted
	Refresh  bool           // a refresh token was issued and worked
	idToken  string         // the newest one that passed every check; empty: none did
}

// Person is who signed in, as the ID token says.
type Person struct {
	Subject string `json:"subject"`
	Claim   string `json:"claim"` // name of the mapped claim
	Value   string `json:"value"` // of the mapped claim
}

// Passed reports whether nothing that was seen stands in the way of using the values.
func (r *Result) Passed() bool {
	for _, f := range r.Findings {
		if f.Blocks() {
			return false
		}
	}
	return r.idToken != ""
}

// IDToken is the token that passed, for whoever has to hand it on in memory, such as a rehearsal's Desktop; empty when none did.
func (r *Result) IDToken() string { return r.idToken }
