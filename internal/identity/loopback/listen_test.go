package loopback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

// open listens on a free port.
func open(t *testing.T) *Listener {
	t.Helper()
	l, err := listen(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// browser follows redirects as a person's does.
func browser(t *testing.T) *http.Client {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 10 * time.Second}
}

type seen struct {
	status int
	header http.Header
	at     *url.URL
	body   string
	err    error
}

// go to an address; what is shown comes later.
func visitAt(c *http.Client, req *http.Request) <-chan seen {
	out := make(chan seen, 1)
	go func() {
		res, err := c.Do(req)
		if err != nil {
			out <- seen{err: err}
			return
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		out <- seen{res.StatusCode, res.Header, res.Request.URL, string(body), err}
	}()
	return out
}

func get(t *testing.T, address string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// TestOneSignIn: the page comes after the judgement, its address holds no code, and then the port is free.
func TestOneSignIn(t *testing.T) {
	l := open(t)
	address := l.address()
	page := visitAt(browser(t), get(t, "http://"+address+"/?code=c-1234567890&state=s-1"))
	c, err := l.Receive(t.Context())
	if err != nil || c.Values.Get("code") != "c-1234567890" || c.Host != address || c.Path != "/" || c.Method != "GET" {
		t.Fatalf("%+v, %v", c, err)
	}
	select {
	case p := <-page:
		t.Fatalf("a page before the judgement: %+v", p)
	default:
	}
	l.Answer(identity.Verdict{Status: 200, Title: "It <worked>", Text: "one & two\nthree", Final: true})
	p := <-page
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if p.err != nil || p.status != 200 || p.at.Path != "/done" || p.at.RawQuery != "" {
		t.Fatalf("%+v", p)
	}
	for _, want := range []string{"It &lt;worked&gt;", "<p>one &amp; two</p>", "<p>three</p>"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %q in\n%s", want, p.body)
		}
	}
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
		if !strings.HasPrefix(p.header.Get(name), want) {
			t.Errorf("%s: %q", name, p.header.Get(name))
		}
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	_ = again.Close()
	if _, err := l.Receive(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// TestFormPost: the provider may send the browser back with a form.
func TestFormPost(t *testing.T) {
	l := open(t)
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+l.address()+"/?x=1", strings.NewReader("code=c&state=s"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://acme.okta.com")
	page := visitAt(browser(t), req)
	c, err := l.Receive(t.Context())
	if err != nil || c.Method != "POST" || c.Values.Get("code") != "c" || c.Values.Has("x") || c.Query.Get("x") != "1" || c.Origin != "https://acme.okta.com" {
		t.Errorf("%+v, %v", c, err)
	}
	l.Answer(identity.Verdict{Status: 400, Title: "not this one"})
	if p := <-page; p.status != 400 || !strings.Contains(p.body, "not this one") {
		t.Errorf("%+v", p)
	}
}

// TestOthersWhileOneIsJudged: they are turned away, so that nobody can come between the code and its exchange.
func TestOthersWhileOneIsJudged(t *testing.T) {
	l := open(t)
	c := browser(t)
	first := visitAt(c, get(t, "http://"+l.address()+"/?code=1"))
	if _, err := l.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := <-visitAt(c, get(t, "http://"+l.address()+"/?code=2")); p.status != http.StatusConflict {
		t.Errorf("a second one: %+v", p)
	}
	if p := <-visitAt(c, get(t, "http://"+l.address()+"/favicon.ico")); p.status != http.StatusNotFound {
		t.Errorf("favicon: %+v", p)
	}
	l.Answer(identity.Verdict{Title: "over", Final: true})
	if p := <-first; p.at == nil || p.at.Path != "/done" {
		t.Errorf("the first: %+v", p)
	}
	if p := <-visitAt(c, get(t, "http://"+l.address()+"/?code=1")); p.status != http.StatusConflict || !strings.Contains(p.body, "over") {
		t.Errorf("after the end: %+v", p)
	}
}

// TestCalledOff: a browser that still waits is told so.
func TestCalledOff(t *testing.T) {
	l := open(t)
	page := visitAt(browser(t), get(t, "http://"+l.address()+"/?code=1"))
	if _, err := l.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if p := <-page; p.status != http.StatusGone {
		t.Errorf("%+v", p)
	}
	if err := l.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestReceiveEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t).Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestManyConnections: who only connects and says nothing keeps nobody out for longer than his time, and no more than 32 are served.
func TestManyConnections(t *testing.T) {
	l := open(t)
	var open sync.WaitGroup
	for range maxConnections - 3 { // each of the two sockets holds a place for whoever comes next
		c, err := net.Dial("tcp", l.address())
		if err != nil {
			t.Fatal(err)
		}
		open.Add(1)
		go func() { defer open.Done(); _, _ = c.Read(make([]byte, 1)); _ = c.Close() }()
	}
	page := visitAt(browser(t), get(t, "http://"+l.address()+"/?code=1"))
	if _, err := l.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.Answer(identity.Verdict{Status: 400, Title: "x"})
	if p := <-page; p.status != 400 {
		t.Errorf("%+v", p)
	}
	_ = l.Close()
	open.Wait()
	if l.server.ReadHeaderTimeout != 5*time.Second || l.server.MaxHeaderBytes != 16<<10 {
		t.Error("the bounds are not those that are meant")
	}
}

// TestBusyPort: whoever has the port is named, on either address.
func TestBusyPort(t *testing.T) {
	t.Attr("requirement", "DSK-06")
	for _, host := range []string{"127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			other, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
			if err != nil {
				t.Skip("this computer has no " + host)
			}
			defer func() { _ = other.Close() }()
			port := other.Addr().(*net.TCPAddr).Port
			l, err := listen(t.Context(), port)
			if err == nil {
				_ = l.Close()
				t.Fatal("the port was taken all the same")
			}
			e := diag.From("", err)
			if e.Code != "DSK-06" || e.Exit != diag.ExitUsage || !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(strings.Join(e.Fix, "\n"), "lsof -nP -iTCP:"+strconv.Itoa(port)+" -sTCP:LISTEN") {
				t.Errorf("%+v", e)
			}
			if who := holder("/proc", port); who != "" && (!strings.Contains(e.Why, who) || !strings.Contains(who, "(loopback.test)")) {
				t.Errorf("%q, why: %q", who, e.Why)
			}
		})
	}
}

// TestThePort takes 18080 itself: on both loopback addresses, on no other, and gives it back. It runs alone in this package; somebody else
// on this computer may have the port.
func TestThePort(t *testing.T) {
	t.Attr("requirement", "DSK-05")
	alone := flock.New(filepath.Join(os.TempDir(), "rehome-test-port-18080")) // the other suite that takes the port holds the same lock
	if err := alone.Lock(); err != nil {
		t.Fatal(err)
	}
	defer alone.Unlock()
	l, err := Listen(t.Context())
	if errors.Is(err, syscall.EADDRINUSE) {
		t.Skip("somebody else has the port: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.sockets {
		if at := s.Addr().(*net.TCPAddr); !at.IP.IsLoopback() || at.Port != estate.DesktopPort {
			t.Errorf("listens on %s", at)
		}
	}
	dialled := false
	for _, host := range []string{"127.0.0.1", "::1"} {
		if c, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(estate.DesktopPort))); err == nil {
			dialled = true
			_ = c.Close()
		}
	}
	if !dialled {
		t.Error("nobody answers")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		if c, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(estate.DesktopPort))); err == nil {
			_ = c.Close()
			t.Errorf("somebody still answers on %s", host)
		}
	}
}
