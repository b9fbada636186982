package cloud_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

const (
	account = estate.AccountID("111122223333")
	mumbai  = estate.Region("ap-south-1")
	ohio    = estate.Region("us-east-2")
	secret  = "planted-secret-key-0123456789abcdef"
	session = "planted-session-token-0123456789abcdef"
)

// answer is what the server says; the zero value is 200 and {}.
type answer struct {
	status int
	kind   string // x-amzn-errortype
	after  string // Retry-After
	body   string
	cut    bool   // close the connection without an answer
	before func() // runs before the answer
}

func ok(body string) answer { return answer{body: body} }

func fail(status int, body string) answer { return answer{status: status, body: body} }

// request is what reached the server.
type request struct {
	region, service, operation, body, query string
	path                                    string // as it was escaped
	header                                  http.Header
}

// server answers raw HTTP as AWS does. Operations are named by X-Amz-Target, by Action, or by method and path; an operation's
// answers are given in turn and the last one again and again.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	answers  map[string][]answer
	requests []request
}

func newServer(t *testing.T, answers map[string][]answer) *server {
	t.Helper()
	s := &server{answers: map[string][]answer{"GetCallerIdentity": {ok(identity(account, "role/admin"))}}}
	for op, list := range answers {
		s.answers[op] = list
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func identity(id estate.AccountID, name string) string {
	return fmt.Sprintf(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::%s:%s</Arn>`+
		`<UserId>AIDA</UserId><Account>%s</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r-sts</RequestId></ResponseMetadata></GetCallerIdentityResponse>`, id, name, id)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	req := request{header: r.Header, body: string(body), query: r.URL.RawQuery, path: r.URL.EscapedPath(), operation: r.Method + " " + r.URL.Path}
	if _, target, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		req.operation = target
	} else if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		req.operation = form.Get("Action")
	}
	if _, scope, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		part := strings.Split(scope, "/")
		req.region, req.service = part[2], part[3]
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	list := s.answers[req.operation]
	if len(list) > 1 {
		s.answers[req.operation] = list[1:]
	}
	s.mu.Unlock()
	if len(list) == 0 {
		list = []answer{fail(400, `{"__type":"UnknownOperationException","message":"no answer planned for `+req.operation+`"}`)}
	}
	list[0].write(w)
}

func (a answer) write(w http.ResponseWriter) {
	if a.before != nil {
		a.before()
	}
	if a.cut {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
		return
	}
	if a.kind != "" {
		w.Header().Set("X-Amzn-Errortype", a.kind)
	}
	if a.after != "" {
		w.Header().Set("Retry-After", a.after)
	}
	w.Header().Set("X-Amzn-Requestid", "r-1")
	w.WriteHeader(max(a.status, 200))
	if a.body == "" {
		a.body = "{}"
	}
	io.WriteString(w, a.body)
}

// seen gives the requests of one operation.
func (s *server) seen(operation string) (found []request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if r.operation == operation {
			found = append(found, r)
		}
	}
	return found
}

// clock jumps when it is slept on.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
	stop  error // what Sleep returns
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return c.stop
}

// recorder is a call log.
type recorder struct {
	mu    sync.Mutex
	calls []cloud.Call
}

func (r *recorder) add(c cloud.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

// open gives a Cloud with static keys on the server; its clock begins in 2026.
func open(t *testing.T, s *server, change func(*cloud.Config)) *cloud.Cloud {
	t.Helper()
	config := cloud.Config{Access: []cloud.Access{{Account: account}}, Endpoint: s.URL, RunID: "run-7", Version: "1.2",
		Credentials: func(estate.AccountID) cloud.Keys {
			return cloud.Keys{ID: "AKIAPLANTED", Secret: secret, Token: session}
		},
		Clock: &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}}
	if change != nil {
		change(&config)
	}
	c, err := cloud.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
