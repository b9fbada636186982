package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
)

// TestKinds goes by the error's type in all its spellings, never by the HTTP status (idc-kms 9.2, 9.3; quick-api 1.7, 2, 7).
func TestKinds(t *testing.T) {
	const wrongRegion = `Operation is being called from endpoint us-east-2, but your identity region is ap-south-1. Please use the ap-south-1 endpoint.`
	for name, tt := range map[string]struct {
		answer  answer
		quick   bool // asked by ListDashboards of quicksight, else by DescribeKey of kms
		kind    cloud.Kind
		message string
	}{
		"lower-case message":         {answer: fail(400, `{"__type":"AccessDeniedException","message":"no kms:DescribeKey"}`), kind: cloud.AccessDenied, message: "no kms:DescribeKey"},
		"upper-case message":         {answer: fail(400, `{"__type":"com.amazonaws.x#AccessDeniedException","Message":"no"}`), kind: cloud.AccessDenied, message: "no"},
		"status says not found":      {answer: fail(404, `{"__type":"AccessDeniedException","message":"no"}`), kind: cloud.AccessDenied, message: "no"},
		"status says denied":         {answer: fail(403, `{"__type":"NotFoundException","message":"Key does not exist"}`), kind: cloud.NotFound, message: "Key does not exist"},
		"expired":                    {answer: fail(400, `{"__type":"ExpiredTokenException","message":"old"}`), kind: cloud.Expired, message: "old"},
		"no Region of ours":          {answer: fail(403, `{"__type":"UnrecognizedClientException","message":"who"}`), kind: cloud.NotEnabled, message: "who"},
		"state":                      {answer: fail(400, `{"__type":"KMSInvalidStateException","message":"pending"}`), kind: cloud.Precondition, message: "pending"},
		"conflict":                   {answer: fail(409, `{"__type":"ConflictException","message":"m"}`), kind: cloud.Conflict, message: "m"},
		"exists":                     {answer: fail(400, `{"__type":"AlreadyExistsException","message":"m"}`), kind: cloud.Exists, message: "m"},
		"invalid":                    {answer: fail(400, `{"__type":"ValidationException","Message":"m"}`), kind: cloud.Invalid, message: "m"},
		"nobody knows it":            {answer: fail(400, `{"__type":"BrandNewException","message":"m"}`), kind: cloud.Unknown, message: "m"},
		"rest, header and url":       {quick: true, answer: answer{status: 401, kind: "AccessDeniedException:http://internal/", body: `{"message":"no","RequestId":"x"}`}, kind: cloud.AccessDenied, message: "no"},
		"rest, body only":            {quick: true, answer: fail(401, `{"__type":"AccessDeniedException","Message":"no"}`), kind: cloud.AccessDenied, message: "no"},
		"wrong Region":               {quick: true, answer: answer{status: 401, kind: "AccessDeniedException", body: `{"Message":"` + wrongRegion + `"}`}, kind: cloud.WrongRegion, message: wrongRegion},
		"a denial that has no hint":  {quick: true, answer: answer{status: 401, kind: "AccessDeniedException", body: `{"message":"explicit deny in a service control policy"}`}, kind: cloud.AccessDenied, message: "explicit deny in a service control policy"},
		"not subscribed":             {quick: true, answer: answer{status: 403, kind: "UnsupportedUserEditionException", body: `{"message":"Account 111122223333 is not subscribed for QuickSight"}`}, kind: cloud.Unsupported, message: "Account 111122223333 is not subscribed for QuickSight"},
		"protected":                  {quick: true, answer: answer{status: 400, kind: "PreconditionNotMetException", body: `{}`}, kind: cloud.Precondition},
		"a proxy without words, 403": {quick: true, answer: fail(403, `<html>`), kind: cloud.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, map[string][]answer{"DescribeKey": {tt.answer}, "GET /accounts/111122223333/dashboards": {tt.answer}})
			c := open(t, s, nil)
			_, err := c.KMS(account, mumbai).DescribeKey(t.Context(), keyID)
			if tt.quick {
				_, err = c.Quick(account, ohio).ListAssets(t.Context(), "dashboard")
			}
			e, ok := errors.AsType[*cloud.Error](err)
			if !ok {
				t.Fatalf("no cloud.Error: %v", err)
			}
			if e.Kind != tt.kind || tt.message != "" && e.Message != tt.message || e.RequestID != "r-1" || e.Status != tt.answer.status || e.Ambiguous {
				t.Errorf("got kind %s, %+v", e.Kind, e)
			}
			region, hinted := cloud.IdentityRegionHint(fmt.Errorf("wrapped: %w", err))
			if hinted != (tt.kind == cloud.WrongRegion) || hinted && region != mumbai {
				t.Errorf("hint %q, %v", region, hinted)
			}
			if p := cloud.Presentable(err); p.Code == "internal" || p.Code == "" || !strings.Contains(p.Why, tt.message) {
				t.Errorf("presented as %+v", p)
			}
		})
	}
}

// TestRetries holds the whole table of what is sent again (quick-api 6, idc-kms 9.3), for a reading and a mutating call.
func TestRetries(t *testing.T) {
	json := func(status int, kind string) answer { return fail(status, `{"__type":"`+kind+`","message":"m"}`) }
	for name, tt := range map[string]struct {
		answer         answer
		reads, mutates int // how often it is sent
		kind           cloud.Kind
		ambiguous      bool // of the mutating call
	}{
		"throttled":              {answer: json(400, "ThrottlingException"), reads: 5, mutates: 5, kind: cloud.Throttled},
		"429 without a type":     {answer: fail(429, ""), reads: 5, mutates: 5, kind: cloud.Throttled},
		"internal":               {answer: json(500, "KMSInternalException"), reads: 5, mutates: 1, kind: cloud.Unavailable, ambiguous: true},
		"timeout behind":         {answer: json(503, "DependencyTimeoutException"), reads: 5, mutates: 5, kind: cloud.Unavailable},
		"internal server":        {answer: json(500, "InternalServerException"), reads: 5, mutates: 1, kind: cloud.Unavailable, ambiguous: true},
		"unavailable":            {answer: json(503, "ServiceUnavailableException"), reads: 5, mutates: 5, kind: cloud.Unavailable},
		"502 of a load balancer": {answer: fail(502, "<html>"), reads: 5, mutates: 1, kind: cloud.Unavailable, ambiguous: true},
		"503 of a load balancer": {answer: fail(503, "<html>"), reads: 5, mutates: 5, kind: cloud.Unavailable},
		"unreadable answer":      {answer: ok(`{"KeyMetadata":`), reads: 5, mutates: 1, kind: cloud.Unavailable, ambiguous: true},
		"denied":                 {answer: json(400, "AccessDeniedException"), reads: 1, mutates: 1, kind: cloud.AccessDenied},
		"not found":              {answer: json(400, "NotFoundException"), reads: 1, mutates: 1, kind: cloud.NotFound},
		"conflict":               {answer: json(400, "ConflictException"), reads: 1, mutates: 1, kind: cloud.Conflict},
		"limit":                  {answer: json(400, "LimitExceededException"), reads: 1, mutates: 1, kind: cloud.Precondition},
		"expired":                {answer: json(400, "ExpiredTokenException"), reads: 1, mutates: 1, kind: cloud.Expired},
		"cut":                    {answer: answer{cut: true}, reads: 5, mutates: 1, kind: cloud.Unavailable, ambiguous: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, map[string][]answer{"DescribeKey": {tt.answer}, "PutKeyPolicy": {tt.answer}})
			log := &recorder{}
			keys := open(t, s, func(c *cloud.Config) { c.OnCall = log.add }).KMS(account, mumbai)
			check := func(operation string, err error, want int, ambiguous bool) {
				t.Helper()
				e, ok := errors.AsType[*cloud.Error](err)
				if !ok && want == 1 && operation == "PutKeyPolicy" && tt.answer.status == 0 && !tt.answer.cut {
					return // the answer to PutKeyPolicy is not read, so it cannot be unreadable
				}
				if !ok || e.Kind != tt.kind || e.Ambiguous != ambiguous {
					t.Errorf("%s: %v, %+v", operation, err, e)
				}
				if got := len(s.seen(operation)); got != want {
					t.Errorf("%s was sent %d times, want %d", operation, got, want)
				}
				if ambiguous && !strings.Contains(cloud.Presentable(err).Render(), "may have had its effect") {
					t.Error("the ambiguity is not told")
				}
			}
			_, err := keys.DescribeKey(t.Context(), keyID)
			check("DescribeKey", err, tt.reads, false)
			check("PutKeyPolicy", keys.PutKeyPolicy(t.Context(), keyID, "{}"), tt.mutates, tt.ambiguous)
			if last := log.calls[len(log.calls)-1]; last.Attempt != tt.mutates || !last.Mutating || last.Operation != "PutKeyPolicy" {
				t.Errorf("last call in the log: %+v", last)
			}
		})
	}
}

func TestRetrySucceedsAndWaitsOnTheClock(t *testing.T) {
	throttle := fail(400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
	slow := throttle
	slow.after = "7"
	s := newServer(t, map[string][]answer{"GetKeyPolicy": {throttle, slow, throttle, ok(`{"Policy":"p"}`)}})
	clock := &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	log := &recorder{}
	c := open(t, s, func(c *cloud.Config) { c.Clock, c.OnCall, c.Jitter = clock, log.add, func() float64 { return 0.5 } })
	policy, err := c.KMS(account, mumbai).GetKeyPolicy(t.Context(), keyID)
	if policy != "p" || err != nil {
		t.Fatalf("%q, %v", policy, err)
	}
	if got, want := fmt.Sprint(clock.slept), "[750ms 7s 3s]"; got != want { // 3/4 of 1 s; Retry-After over 1.5 s; 3/4 of 4 s
		t.Errorf("slept %s, want %s", got, want)
	}
	if got := fmt.Sprintf("%d %d %q %q", len(log.calls), log.calls[4].Attempt, log.calls[3].Error, log.calls[4].Error); got != `5 4 "ThrottlingException" ""` {
		t.Errorf("log: %s", got)
	}
}

func TestInterruption(t *testing.T) {
	s := newServer(t, map[string][]answer{"GetKeyPolicy": {fail(400, `{"__type":"ThrottlingException"}`)}})
	t.Run("while waiting", func(t *testing.T) {
		_, err := open(t, s, func(c *cloud.Config) { c.Clock = &clock{stop: context.Canceled} }).KMS(account, mumbai).GetKeyPolicy(t.Context(), keyID)
		if !errors.Is(err, context.Canceled) || cloud.KindOf(err) != cloud.Interrupted || diag.ExitCode(cloud.Presentable(err)) != diag.ExitInterrupted {
			t.Errorf("got %v", err)
		}
	})
	t.Run("while a mutating call is out", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := open(t, newServer(t, map[string][]answer{"PutKeyPolicy": {{before: cancel, cut: true}}}), nil)
		err := c.KMS(account, mumbai).PutKeyPolicy(ctx, keyID, "{}")
		if e, ok := errors.AsType[*cloud.Error](err); !ok || !e.Ambiguous || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// TestEventually is the wait for a policy that was just written: bounded, and for denials only.
func TestEventually(t *testing.T) {
	denied := &cloud.Error{Kind: cloud.AccessDenied}
	other := errors.New("something else")
	for name, tt := range map[string]struct {
		answers []error
		calls   int
		want    error
		slept   time.Duration
	}{
		"at once":        {[]error{nil}, 1, nil, 0},
		"after a while":  {[]error{denied, denied, denied, nil}, 4, nil, 7 * time.Second},
		"never":          {[]error{denied}, 6, denied, 20 * time.Second},
		"another matter": {[]error{denied, other}, 2, other, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
			began, calls := clock.now, 0
			c := open(t, newServer(t, nil), func(c *cloud.Config) { c.Clock = clock })
			err := c.Eventually(t.Context(), 20*time.Second, func(context.Context) error {
				calls++
				return tt.answers[min(calls, len(tt.answers))-1]
			})
			if !errors.Is(err, tt.want) || calls != tt.calls || clock.now.Sub(began) != tt.slept {
				t.Errorf("%d calls over %s: %v", calls, clock.now.Sub(began), err)
			}
		})
	}
}
