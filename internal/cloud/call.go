package cloud

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"rehome/internal/estate"
)

// site is where a call goes. Every call says its Region: nothing is sent to a default one (IDC-14).
type site struct {
	cloud   *Cloud
	account estate.AccountID
	region  estate.Region
}

// api is one AWS service: rehome's name for it and the SDK's constructor of its client C with options P.
type api[C, P any] struct {
	id   string
	dial func(aws.Config, ...func(*P)) *C
}

// op is what is known of a call beside its parameters.
type op struct {
	site
	service  string
	name     string
	mutating bool
}

// reading are the verbs of operations that change nothing a later call could see; whatever is not listed counts as mutating.
var reading = []string{"Assume", "Describe", "Get", "List", "Simulate"}

// newOp names the operation after its SDK input type, so that name and call cannot differ.
func newOp[I any](s site, service string) op {
	name := strings.TrimSuffix(reflect.TypeFor[I]().Name(), "Input")
	mutating := !slices.ContainsFunc(reading, func(verb string) bool { return strings.HasPrefix(name, verb) })
	return op{s, service, name, mutating}
}

// call makes one call: right account, quota, retries, log. Before an account's first call it makes sure that the credentials are
// that account's (RUN-17). Its errors are *Error or *diag.Error.
func call[C, P, I, O any](ctx context.Context, s site, service api[C, P], f func(*C, context.Context, *I, ...func(*P)) (*O, error), in *I) (*O, error) {
	if service.id != securityTokens.id {
		if _, err := s.cloud.Caller(ctx, s.account); err != nil {
			return nil, err
		}
	}
	a, err := s.cloud.account(ctx, s.account)
	if err != nil {
		return nil, err
	}
	client := connect(a, service, s.region)
	return perform(ctx, a, newOp[I](s, service.id), func(ctx context.Context) (*O, error) { return f(client, ctx, in) })
}

// connect gives the client of a service in a Region, made once.
func connect[C, P any](a *account, service api[C, P], region estate.Region) *C {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := service.id + " " + string(region)
	if client, ok := a.clients[key].(*C); ok {
		return client
	}
	cfg := a.cfg.Copy()
	cfg.Region = string(region)
	client := service.dial(cfg)
	a.clients[key] = client
	return client
}

// The bounds of the retry loop. The SDK's own default is 3 attempts; quick-api 6 shows clients that wait up to 30 seconds.
const (
	maxAttempts   = 5
	firstBackoff  = time.Second
	maxBackoff    = 20 * time.Second
	maxRetryAfter = 5 * time.Minute
)

// perform is the only retry loop. It repeats what was throttled, and what failed on AWS's side if that cannot do harm.
func perform[O any](ctx context.Context, a *account, o op, send func(context.Context) (*O, error)) (*O, error) {
	c := o.cloud
	for attempt := 1; ; attempt++ {
		if !c.config.Unlimited {
			if err := c.limits.wait(ctx, c.config.Clock, o); err != nil {
				return nil, a.interrupted(o, err)
			}
		}
		x := &exchange{}
		sent := c.config.Clock.Now()
		out, err := send(context.WithValue(ctx, exchangeKey{}, x))
		var fault *Error
		if err != nil {
			fault = a.fault(ctx, o, x, err)
		}
		switch {
		case fault == nil || x.requestID != "" && fault.Kind == AccessDenied: // who is refused is known there
			a.works(o.region)
		case fault.Kind == Expired && a.notEnabled(ctx, o, fault):
			fault.Kind = NotEnabled
		}
		if x.sent {
			c.config.OnCall(record(o, x, fault, sent, attempt))
		}
		if fault == nil {
			return out, nil
		}
		if fault.Kind == Expired {
			a.forget()
		}
		if attempt == maxAttempts || !fault.repeatable {
			return nil, fault
		}
		if attempt == 1 && x.status == http.StatusOK {
			continue // the answer broke off while it was read: AWS is not overloaded, the line was cut
		}
		if err := c.config.Clock.Sleep(ctx, c.backoff(attempt, x)); err != nil {
			return nil, a.interrupted(o, err)
		}
	}
}

// backoff doubles, with the upper half left to chance; AWS's own word in Retry-After goes first.
func (c *Cloud) backoff(attempt int, x *exchange) time.Duration {
	d := min(firstBackoff<<(attempt-1), maxBackoff)
	d = d/2 + time.Duration(c.config.Jitter()*float64(d/2))
	return max(d, min(x.retryAfter, maxRetryAfter))
}

func record(o op, x *exchange, fault *Error, sent time.Time, attempt int) Call {
	call := Call{Time: sent, Account: o.account, Region: o.region, Service: o.service, Operation: o.name, Mutating: o.mutating, RequestID: x.requestID, Attempt: attempt}
	if fault != nil {
		call.Error = cmp.Or(fault.Code, fault.Kind.String())
	}
	return call
}

// exchange is what the wire saw of one attempt.
type exchange struct {
	sent       bool   // handed to the transport
	endpoint   string // scheme and host
	status     int    // zero: no answer
	requestID  string
	retryAfter time.Duration
}

type exchangeKey struct{}

// answerKey is for a *bytes.Buffer in a context, which then holds the text of the last answer. For whoever needs more of it than the
// SDK understands.
type answerKey struct{}

// wire notes in the context's exchange what passes.
type wire struct{ next aws.HTTPClient }

func (w wire) Do(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return w.next.Do(r)
	}
	x.sent, x.endpoint = true, r.URL.Scheme+"://"+r.URL.Host
	if r.Body != nil {
		// smithy-go closes a request's body when the answer comes. A body that can write itself then tells net/http of an error, which drops
		// the connection, at times with the answer half read; this one cannot.
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	resp, err := w.next.Do(r)
	if err == nil {
		x.status, x.requestID = resp.StatusCode, cmp.Or(resp.Header.Get("X-Amzn-Requestid"), resp.Header.Get("X-Amz-Request-Id"))
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			x.retryAfter = time.Duration(seconds) * time.Second
		}
		if answer, ok := r.Context().Value(answerKey{}).(*bytes.Buffer); ok {
			answer.Reset()
			resp.Body = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(resp.Body, answer), resp.Body}
		}
	}
	return resp, err
}

// pages calls a paged operation until its last page, hands each page to see, and refuses to go in circles. All list calls of these
// services carry the token in a member NextToken of input and output (idc-kms 9.4, quick-api 7).
func pages[C, P, I, O any](ctx context.Context, s site, service api[C, P], f func(*C, context.Context, *I, ...func(*P)) (*O, error), in *I, see func(*O)) error {
	token := reflect.ValueOf(in).Elem().FieldByName("NextToken")
	for seen := map[string]bool{}; ; {
		out, err := call(ctx, s, service, f, in)
		if err != nil {
			return err
		}
		see(out)
		next := reflect.ValueOf(out).Elem().FieldByName("NextToken").Interface().(*string)
		switch n := aws.ToString(next); {
		case n == "":
			return nil
		case seen[n]:
			return odd[I](s, service.id, "the list came back to a page that was read before")
		default:
			seen[n] = true
			token.Set(reflect.ValueOf(next))
		}
	}
}

// odd is a call that AWS answered with success but not with sense.
func odd[I any](s site, service, message string) *Error {
	e := newError(newOp[I](s, service))
	e.Message = message
	return e
}

// text turns the SDK's optional string into a word of estate; what AWS left out is empty.
func text[T ~string](s *string) T { return T(aws.ToString(s)) }
