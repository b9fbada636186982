package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

// Bounds of what a browser may send, far above what a provider's answer needs.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	maxHeader      = 16 << 10
	maxForm        = 64 << 10
	maxConnections = 32
	lastLook       = 3 * time.Second // for the browser to fetch the page of the result
)

// Listener serves the Desktop's redirect address. While one request is being judged no other is looked at, and after the final answer
// none is.
type Listener struct {
	server  *http.Server
	sockets []net.Listener
	came    chan *visit
	closing chan struct{}
	once    sync.Once

	mu     sync.Mutex
	open   *visit            // received and not yet answered
	result *identity.Verdict // of the sign-in; nil: not over
	seen   chan struct{}     // closed when the page of the result was fetched
}

var _ identity.Listener = (*Listener)(nil)

// visit is one request that waits for its answer.
type visit struct {
	identity.Callback
	answer chan identity.Verdict
}

// Listen takes port 18080 on 127.0.0.1 and ::1, and no other address. A port that somebody else has on either is an error that names who.
func Listen(ctx context.Context) (*Listener, error) {
	return listen(ctx, estate.DesktopPort)
}

// listen takes a port on both loopback addresses; port 0 takes a free one.
func listen(ctx context.Context, port int) (*Listener, error) {
	l := &Listener{came: make(chan *visit), closing: make(chan struct{}), seen: make(chan struct{})}
	var config net.ListenConfig
	room := make(chan struct{}, maxConnections)
	for _, host := range []string{"127.0.0.1", "::1"} {
		socket, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, fmt.Sprint(port)))
		if err != nil && host == "::1" && without6(err) {
			continue // a browser on this computer cannot use it either
		}
		if err != nil {
			l.closeSockets()
			return nil, taken(port, host, err)
		}
		port = socket.Addr().(*net.TCPAddr).Port
		l.sockets = append(l.sockets, limit(socket, room))
	}
	l.server = &http.Server{Handler: http.HandlerFunc(l.serve), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, MaxHeaderBytes: maxHeader}
	for _, s := range l.sockets {
		go func() { _ = l.server.Serve(s) }() // it ends with Close, and then says so
	}
	return l, nil
}

// without6 reports that this computer has no IPv6.
func without6(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EPROTONOSUPPORT)
}

// taken explains a port that cannot be had.
func taken(port int, host string, err error) error {
	e := &diag.Error{Code: "DSK-06", What: fmt.Sprintf("port %d of this computer cannot be taken", port), Where: host, Why: err.Error(), Err: err, Exit: diag.ExitUsage}
	if !errors.Is(err, syscall.EADDRINUSE) {
		e.Fix = []string{"a rule of this computer forbids it (endpoint protection, container); sign in with --paste"}
		return e
	}
	lsof := fmt.Sprintf("lsof -nP -iTCP:%d -sTCP:LISTEN", port)
	e.Why, e.Fix = "another program listens there: "+lsof+" shows which", []string{lsof}
	if who := holder("/proc", port); who != "" {
		e.Why = "another program listens there: " + who
	}
	e.Fix = append(e.Fix, "if it is Quick on Desktop itself, finish or cancel its sign-in first; else end that program and try again", "or sign in with --paste, which needs no port")
	return e
}

// address is where the listener answers on IPv4, for a test that took a free port.
func (l *Listener) address() string { return l.sockets[0].Addr().String() }

// Receive gives the next request of a browser.
func (l *Listener) Receive(ctx context.Context) (identity.Callback, error) {
	select {
	case v := <-l.came:
		l.mu.Lock()
		l.open = v
		l.mu.Unlock()
		return v.Callback, nil
	case <-l.closing:
		return identity.Callback{}, net.ErrClosed
	case <-ctx.Done():
		return identity.Callback{}, ctx.Err()
	}
}

// Answer shows the person how the request ended.
func (l *Listener) Answer(v identity.Verdict) {
	l.mu.Lock()
	open := l.open
	l.open = nil
	if v.Final {
		l.result = &v
	}
	l.mu.Unlock()
	if open != nil {
		open.answer <- v // it has room for one
	}
}

// Close gives the port back. A browser that was sent to the page of the result gets a moment to fetch it.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.mu.Lock()
		over := l.result != nil
		l.mu.Unlock()
		if over {
			timer := time.NewTimer(lastLook)
			select {
			case <-l.seen:
			case <-timer.C:
			}
			timer.Stop()
		}
		close(l.closing)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if l.server.Shutdown(ctx) != nil {
			_ = l.server.Close() // whoever is still connected sends nothing
		}
	})
	return nil
}

func (l *Listener) closeSockets() {
	for _, s := range l.sockets {
		_ = s.Close() // nobody has connected yet
	}
}

func (l *Listener) serve(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	result := l.result
	l.mu.Unlock()
	switch {
	case r.URL.Path == done && result != nil:
		write(w, *result)
		l.fetched()
	case r.URL.Path == "/favicon.ico":
		write(w, identity.Verdict{Status: http.StatusNotFound, Title: "Nothing is here"})
	case result != nil:
		write(w, identity.Verdict{Status: http.StatusConflict, Title: "The sign-in is over", Text: "Another answer has come before. Begin again from rehome."})
	default:
		l.pass(w, r)
	}
}

func (l *Listener) fetched() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.seen:
	default:
		close(l.seen)
	}
}

// pass hands a request on and waits for its answer. While another one is being judged it is turned away.
func (l *Listener) pass(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	busy := l.open != nil
	l.mu.Unlock()
	if busy {
		write(w, identity.Verdict{Status: http.StatusConflict, Title: "One moment", Text: "An answer is being checked; look at the page that it came to."})
		return
	}
	v := &visit{Callback: callback(w, r), answer: make(chan identity.Verdict, 1)}
	select {
	case l.came <- v:
	case <-l.closing:
		return
	case <-r.Context().Done():
		return
	}
	select {
	case verdict := <-v.answer:
		if !verdict.Final {
			write(w, verdict)
			return
		}
		head(w)
		w.Header().Set("Location", done) // the address with the code leaves the browser's history
		w.WriteHeader(http.StatusSeeOther)
	case <-l.closing:
		write(w, identity.Verdict{Status: http.StatusGone, Title: "The sign-in is over", Text: "rehome has stopped waiting. Begin again."})
	}
}

func callback(w http.ResponseWriter, r *http.Request) identity.Callback {
	c := identity.Callback{Method: r.Method, Host: r.Host, Path: r.URL.Path, Origin: r.Header.Get("Origin"), Query: r.URL.Query()}
	c.Values = c.Query
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		c.Values = url.Values{}
		if r.ParseForm() == nil {
			c.Values = r.PostForm
		}
	}
	return c
}
