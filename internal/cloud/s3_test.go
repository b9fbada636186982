package cloud_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"rehome/internal/cloud"
)

func said(code string) string {
	return "<Error><Code>" + code + "</Code><Message>in S3's words</Message></Error>"
}

// TestABucket: an object is written whole in one request, whole again after a refusal, and removed; refusals are what they are elsewhere.
func TestABucket(t *testing.T) {
	const at = "/bundles/rehome/a b/j.qs"
	s := newServer(t, map[string][]answer{"PUT " + at: {fail(503, said("SlowDown")), ok("")}, "DELETE " + at: {{status: 204, body: "\n"}}})
	log := &recorder{}
	b := open(t, s, func(c *cloud.Config) { c.OnCall = log.add }).Bucket(account, ohio, "bundles")
	if uri := b.URI("rehome/a b/j.qs"); uri != "s3://bundles/rehome/a b/j.qs" {
		t.Error(uri)
	}
	body := strings.NewReader("the whole bundle")
	if _, err := body.ReadByte(); err != nil { // somebody has looked into it
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), "rehome/a b/j.qs", body); err != nil {
		t.Fatal(err)
	}
	sent := s.seen("PUT " + at)
	if len(sent) != 2 || sent[0].body != "the whole bundle" || sent[1].body != "the whole bundle" || sent[1].service != "s3" || sent[1].region != "us-east-2" || sent[1].header.Get("X-Amz-Checksum-Crc32") == "" {
		t.Errorf("%+v", sent)
	}
	if err := b.Delete(t.Context(), "rehome/a b/j.qs"); err != nil || len(s.seen("DELETE "+at)) != 1 {
		t.Errorf("%v", err)
	}
	var calls []string
	for _, c := range log.calls {
		calls = append(calls, fmt.Sprint(c.Service, " ", c.Operation, " ", c.Mutating, " ", c.Error))
	}
	if got := strings.Join(calls, ", "); got != "sts GetCallerIdentity false , s3 PutObject true SlowDown, s3 PutObject true , s3 DeleteObject true " {
		t.Error(got)
	}
}

func TestWhatABucketRefuses(t *testing.T) {
	for code, want := range map[string]struct {
		status int
		kind   cloud.Kind
	}{
		"AccessDenied": {403, cloud.AccessDenied}, "NoSuchBucket": {404, cloud.NotFound}, "PermanentRedirect": {301, cloud.Invalid}, "EntityTooLarge": {400, cloud.Invalid},
		"ExpiredToken": {400, cloud.Expired}, "SlowDown": {503, cloud.Throttled}, "InternalError": {500, cloud.Unavailable},
	} {
		s := newServer(t, map[string][]answer{"PUT /bundles/k": {fail(want.status, said(code))}})
		err := open(t, s, nil).Bucket(account, ohio, "bundles").Put(t.Context(), "k", strings.NewReader("x"))
		if cloud.KindOf(err) != want.kind || !strings.Contains(err.Error(), "in S3's words") {
			t.Errorf("%s: %v, %v", code, cloud.KindOf(err), err)
		}
		silent(t, err, nil)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, map[string][]answer{"PUT /bundles/k": {{cut: true, before: cancel}}})
	if err := open(t, s, nil).Bucket(account, ohio, "bundles").Put(ctx, "k", strings.NewReader("x")); cloud.KindOf(err) != cloud.Interrupted {
		t.Error(err)
	}
}
