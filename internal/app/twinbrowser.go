package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

// twinRoad leads every request for an identity provider to the twin, whatever its host is. A host that the twin does not serve does not
// exist: nothing of a rehearsal ever leaves this machine.
type twinRoad struct {
	address string // host:port of the twin
	hosts   map[string]bool
	logins  map[string]bool // of all providers
	client  *http.Transport
}

func newTwinRoad(ctx context.Context, twin string) (*twinRoad, error) {
	address, err := url.Parse(twin)
	if err != nil {
		return nil, diag.From("reading the twin's address", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, twin+"/_twin/world", nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Timeout: clockTimeout}).Do(req)
	if err != nil {
		return nil, &diag.Error{Code: "twin/unreachable", What: "the twin does not answer", Where: twin, Why: err.Error(), Err: err}
	}
	defer resp.Body.Close()
	var world struct {
		Providers map[string]estate.IdentityProvider `json:"identity_providers"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&world); err != nil {
		return nil, diag.From("reading the twin's world", err)
	}
	road := &twinRoad{address: address.Host, hosts: map[string]bool{address.Host: true}, logins: map[string]bool{}, client: &http.Transport{}}
	for _, p := range world.Providers {
		if p.Values != nil {
			for _, f := range estate.SignInFields {
				if u, err := url.Parse(*f.Of(p.Values)); err == nil {
					road.hosts[u.Host] = true
				}
			}
		}
		name, rest, _ := strings.Cut(p.Domain, ".")
		for login := range p.People {
			road.logins[login] = true
		}
		road.hosts[p.Domain], road.hosts[name+"-admin."+rest], road.hosts[p.Custom] = true, true, true
	}
	return road, nil
}

// RoundTrip speaks plain HTTP with the twin in place of TLS with the host.
func (t *twinRoad) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.hosts[req.URL.Host] {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: req.URL.Hostname(), IsNotFound: true}}
	}
	out := req.Clone(req.Context())
	out.Host = req.URL.Host
	out.URL.Scheme, out.URL.Host = "http", t.address
	resp, err := t.client.RoundTrip(out)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

// twinPerson is a browser with somebody in front of it who has a login at the provider of a twin.
type twinPerson struct {
	road  http.RoundTripper
	login string
	back  *handover
}

// open follows the provider's pages from the address until it sends the browser back.
func (p *twinPerson) open(ctx context.Context, address string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Transport: p.road, Jar: jar, Timeout: clockTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	for hops := 0; err == nil && hops < 10; hops++ {
		var resp *http.Response
		if resp, err = browser.Do(req); err != nil {
			break
		}
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		resp.Body.Close()
		if to := resp.Header.Get("Location"); to != "" {
			next, perr := req.URL.Parse(to)
			if perr != nil {
				return perr
			}
			if next.Scheme+"://"+next.Host == estate.DesktopRedirect {
				return p.back.bring(ctx, next)
			}
			req, err = http.NewRequestWithContext(ctx, http.MethodGet, next.String(), nil)
			continue
		}
		form, action, found := filled(body, p.login)
		if !found || resp.StatusCode >= http.StatusBadRequest {
			p.back.end(fmt.Errorf("%w: the browser stays at a page of %s (HTTP %d): %s", context.DeadlineExceeded, req.URL.Host, resp.StatusCode, title(body)))
			return nil
		}
		next, perr := req.URL.Parse(action)
		if perr != nil {
			return perr
		}
		if req, err = http.NewRequestWithContext(ctx, http.MethodPost, next.String(), strings.NewReader(form.Encode())); err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	if err == nil {
		err = errors.New("the provider sends it in a circle")
	}
	p.back.end(fmt.Errorf("%w: the browser gets no further: %v", context.DeadlineExceeded, err))
	return nil
}

// filled is the first form of a page as the person fills it in.
func filled(page []byte, login string) (form url.Values, action string, found bool) {
	doc, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		return nil, "", false
	}
	form = url.Values{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		switch {
		case n.Data == "form" && !found:
			action, found = at["action"], true
		case n.Data == "input" && found && at["name"] == "username":
			form.Set("username", login)
		case (n.Data == "input" || n.Data == "button") && found && at["name"] != "" && form.Get(at["name"]) == "":
			form.Set(at["name"], at["value"])
		}
	}
	return form, action, found
}

// title is what a page is called.
func title(page []byte) string {
	doc, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		return ""
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "title" && n.FirstChild != nil {
			return n.FirstChild.Data
		}
	}
	return "a page without a title"
}

// handover is the redirect address of a rehearsal: no port is opened.
type handover struct {
	came  chan identity.Callback
	ended chan error
}

var _ identity.Listener = (*handover)(nil)

func newHandover() *handover {
	return &handover{came: make(chan identity.Callback, 1), ended: make(chan error, 1)}
}

func (h *handover) bring(ctx context.Context, at *url.URL) error {
	c := identity.Callback{Method: http.MethodGet, Host: at.Host, Path: cmp.Or(at.Path, "/"), Values: at.Query(), Query: at.Query()}
	select {
	case h.came <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *handover) end(err error) { h.ended <- err }

// Receive gives the browser's way back. Where a real listener would wait in vain it says at once that the time is over, and why.
func (h *handover) Receive(ctx context.Context) (identity.Callback, error) {
	select {
	case c := <-h.came:
		return c, nil
	case err := <-h.ended:
		return identity.Callback{}, err
	case <-ctx.Done():
		return identity.Callback{}, ctx.Err()
	}
}

func (h *handover) Answer(identity.Verdict) {}

func (h *handover) Close() error { return nil }
