package kernel

import (
	"bytes"
	"io"
	"net/http"

	"rehome/internal/estate"
)

// Site is what a service serves beside AWS calls: the pages and endpoints of an identity provider, of the Quick console, of the Desktop
// application's service. They are not signed; who asks is the site's own matter.
type Site struct {
	// Match reports whether a request is for this site. It must not change anything.
	Match func(*Request, *http.Request) bool
	// Serve answers. It runs alone, with the state at hand, and changes it through Request.Call only. The body of the request has been
	// read and can be read again.
	Serve func(*Request, *http.Request) Reply
}

// Reply is a site's answer.
type Reply struct {
	Status int // 0: 200
	Header http.Header
	Body   []byte
	Cut    bool // the connection dies without an answer
}

// maxSiteBody bounds what is read of a request to a site, in bytes.
const maxSiteBody = 1 << 20

// visit lets the first site that wants a request answer it; false when none does.
func (k *Kernel) visit(w http.ResponseWriter, req *http.Request) bool {
	for _, s := range k.config.Services {
		if s.Site != nil && k.visitOne(s, w, req) {
			return true
		}
	}
	return false
}

func (k *Kernel) visitOne(s Service, w http.ResponseWriter, req *http.Request) bool {
	r := &Request{Service: s.ID, Operation: req.Method, k: k}
	k.mu.Lock()
	wanted := s.Site.Match(r, req)
	k.mu.Unlock()
	if !wanted {
		return false
	}
	body := http.MaxBytesReader(w, req.Body, maxSiteBody) // read before the lock is taken: a slow client holds up nobody
	text, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, "the request is too large or broke off", http.StatusBadRequest)
		return true
	}
	reply := k.serve(s, r, req, text)
	if reply.Cut {
		panic(http.ErrAbortHandler)
	}
	for name, values := range reply.Header {
		w.Header()[name] = values
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	_, _ = w.Write(reply.Body) // whoever hung up does not want it
	return true
}

func (k *Kernel) serve(s Service, r *Request, req *http.Request, body []byte) Reply {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tick()
	k.sequence++
	r.RequestID = UUID("request", k.state.Title, itoa(k.sequence))
	req.Body = io.NopCloser(bytes.NewReader(body))
	return s.Site.Serve(r, req)
}

// Administrator is the person who does by-hand steps in an account; a site that a person uses acts as them.
func (r *Request) Administrator(account estate.AccountID) (Caller, error) {
	return r.k.session(account, AdministratorRole, byPerson)
}

// IdentityProviders are the customer's, by name; they are part of the state.
func (r *Request) IdentityProviders() map[string]estate.IdentityProvider {
	return r.k.state.IdentityProviders
}
