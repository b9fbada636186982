package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"rehome/internal/cloud"
)

const (
	signature = "planted-signature-0123456789abcdef"
	password  = "planted-pw"
)

// bundle is the address of a bundle on the server, with secrets in path and query.
func bundle(s *server) cloud.Link {
	return cloud.Link(s.URL + "/bundles/" + signature + "/assetbundle-e1.qs?X-Amz-Signature=" + signature + "&X-Amz-Security-Token=" + session)
}

// TestDownload tells what a person or a caller can do about each way in which a download ends, and that no secret is in any of it.
func TestDownload(t *testing.T) {
	const operation = "GET /bundles/" + signature + "/assetbundle-e1.qs"
	s3 := func(status int, code string) answer {
		return fail(status, `<?xml version="1.0"?><Error><Code>`+code+`</Code><Message>`+signature+`</Message><StringToSign>`+session+`</StringToSign></Error>`)
	}
	for name, tt := range map[string]struct {
		answers []answer
		kind    cloud.Kind
		code    string
		sent    int
		failed  bool
	}{
		"whole":                      {answers: []answer{ok("PK\x03\x04 a bundle")}, sent: 1},
		"busy first":                 {answers: []answer{s3(503, "SlowDown"), fail(500, ""), fail(429, ""), {cut: true}, ok("PK\x03\x04 a bundle")}, sent: 5},
		"expired":                    {answers: []answer{s3(403, "AccessDenied")}, kind: cloud.LinkExpired, code: "AccessDenied", sent: 1, failed: true},
		"its signer's token expired": {answers: []answer{s3(400, "ExpiredToken")}, kind: cloud.LinkExpired, code: "ExpiredToken", sent: 1, failed: true},
		"refused without a word":     {answers: []answer{fail(403, "<html>"+signature)}, kind: cloud.LinkExpired, sent: 1, failed: true},
		"gone":                       {answers: []answer{s3(404, "NoSuchKey")}, kind: cloud.NotFound, code: "NoSuchKey", sent: 1, failed: true},
		"a code that is a secret":    {answers: []answer{s3(400, signature)}, kind: cloud.Unknown, sent: 1, failed: true},
		"busy for ever":              {answers: []answer{s3(503, "SlowDown")}, kind: cloud.Unavailable, sent: 5, failed: true},
		"cut for ever":               {answers: []answer{{cut: true}}, kind: cloud.Unavailable, sent: 5, failed: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, map[string][]answer{operation: tt.answers})
			log := &recorder{}
			var got bytes.Buffer
			n, err := open(t, s, func(c *cloud.Config) { c.OnCall = log.add }).Quick(account, ohio).Download(t.Context(), bundle(s), &got)
			if (err != nil) != tt.failed || cloud.KindOf(err) != tt.kind || n != int64(got.Len()) || !tt.failed && got.String() != "PK\x03\x04 a bundle" {
				t.Errorf("%d bytes %q, kind %s: %v", n, got.String(), cloud.KindOf(err), err)
			}
			if e, ok := errors.AsType[*cloud.Error](err); ok && (e.Code != tt.code || e.Ambiguous) {
				t.Errorf("%+v", e)
			}
			sent := s.seen(operation)
			if len(sent) != tt.sent {
				t.Errorf("%d requests, want %d", len(sent), tt.sent)
			}
			for _, r := range sent {
				if r.header.Get("Authorization") != "" || r.header.Get("X-Amz-Security-Token") != "" {
					t.Error("our credentials went along")
				}
			}
			if last := log.calls[len(log.calls)-1]; len(log.calls) != tt.sent || last.Operation != "DownloadAssetBundle" || last.Mutating || (last.Error != "") != tt.failed {
				t.Errorf("log: %+v", log.calls)
			}
			silent(t, err, log.calls)
		})
	}
}

// silent fails when a planted secret is in an error, in what a person reads of it, or in the log.
func silent(t *testing.T, err error, calls []cloud.Call) {
	t.Helper()
	said := fmt.Sprintf("%v %+v", err, calls)
	if err != nil {
		said += cloud.Presentable(err).Render() + fmt.Sprintf("%+v %#v", err, err)
	}
	for _, planted := range []string{signature, session, secret, password} {
		if strings.Contains(said, planted) {
			t.Errorf("%s is told: %s", planted, said)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("disk full")

func TestDownloadBreaksOff(t *testing.T) {
	s := newServer(t, map[string][]answer{"GET /whole": {ok("PK")}})
	half := http.NewServeMux()
	half.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "PK")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := &http.Server{Handler: half}
	go broken.Serve(listener)
	t.Cleanup(func() { broken.Close() })
	q := open(t, s, nil).Quick(account, ohio)
	var got bytes.Buffer
	n, err := q.Download(t.Context(), cloud.Link("http://"+listener.Addr().String()+"/?"+signature), &got)
	if n != 2 || got.String() != "PK" || cloud.KindOf(err) != cloud.Unavailable || !strings.Contains(err.Error(), "after 2 bytes") {
		t.Errorf("%d, %v", n, err)
	}
	silent(t, err, nil)
	if _, err := q.Download(t.Context(), cloud.Link(s.URL+"/whole"), full{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.Download(ctx, cloud.Link(s.URL+"/whole"), &got); cloud.KindOf(err) != cloud.Interrupted {
		t.Errorf("interrupted: %v", err)
	}
	for _, link := range []cloud.Link{"", "bundle.qs?" + signature, "http://a b/" + signature, "ftp://127.0.0.1/" + signature, "http://127.0.0.1:0/" + signature} {
		_, err := q.Download(t.Context(), link, &got)
		if err == nil {
			t.Errorf("%s worked", string(link))
		}
		silent(t, err, nil)
	}
}

// TestSecretsOfBundlesAreNotShown: neither the address of a bundle nor a data source's password is in anything that prints them.
func TestSecretsOfBundlesAreNotShown(t *testing.T) {
	link := cloud.Link("https://bucket.example/" + signature + "?X-Amz-Signature=" + signature)
	job := cloud.ImportJob{ID: "i1", DataSources: []cloud.DataSourceChange{{ID: "s1", User: "u", Password: password}}}
	for _, v := range []any{link, cloud.ExportState{URL: link}, &cloud.ExportState{URL: link}, job, &job, job.DataSources[0]} {
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%q", v), string(written)} {
			if strings.Contains(said, signature) || strings.Contains(said, password) {
				t.Errorf("%T: %s", v, said)
			}
		}
	}
	s := newServer(t, map[string][]answer{"POST " + base + "/asset-bundle-import-jobs/import": {{status: 400, kind: "InvalidParameterValueException", body: `{"Message":"the value ` + password + ` is refused"}`}}})
	log := &recorder{}
	err := open(t, s, func(c *cloud.Config) { c.OnCall = log.add }).Quick(account, ohio).StartImport(t.Context(), job)
	if cloud.KindOf(err) != cloud.Invalid || !strings.Contains(err.Error(), "the value [redacted] is refused") {
		t.Errorf("got %v", err)
	}
	silent(t, err, log.calls)
}
