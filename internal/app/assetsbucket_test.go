package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// withBucket is a world file of iad whose account has a bucket where it is homed.
func withBucket(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bucket.yaml")
	if err := os.WriteFile(path, []byte("format: rehome.world/v1\nbase: iad\ntitle: iad with a bucket\nestate: {accounts: {\"111122223333\": {buckets: {imports: us-east-1}}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// objects are the keys in the twin's buckets.
func objects(t *testing.T, a *App) (keys []string) {
	t.Helper()
	resp, err := http.Get(a.Endpoint + "/_twin/world")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var world struct {
		Records map[string]any `json:"records"`
	}
	if err := json.UnmarshalRead(resp.Body, &world); err != nil {
		t.Fatal(err)
	}
	for key := range world.Records {
		if strings.HasPrefix(key, "s3/") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// stopping is an importer whose way back is cut once its first job runs.
type stopping struct{ importer }

func (stopping) DescribeImport(context.Context, estate.Region, string) (assets.ImportState, error) {
	return assets.ImportState{}, errors.New("the wire was cut")
}

// TestLargeBundlesGoThroughABucket: those that a request does not take, and only those; nothing of them stays, not even after a crash.
func TestLargeBundlesGoThroughABucket(t *testing.T) {
	beyondShort(t)
	a := servedWithDesktop(t, withBucket(t))
	vault := filepath.Join(t.TempDir(), "vault")
	if _, err := a.AssetsExport(t.Context(), vault, "assets-in-use"); err != nil {
		t.Fatal(err)
	}
	withNetwork(t, a)
	all := overheard(t, a)
	ses, stop, err := a.lookingSession(t.Context(), "", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	report, err := assets.Verify(t.Context(), vault, nil)
	if err != nil {
		t.Fatal(err)
	}
	to, err := ses.destination(t.Context(), report)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ses.importing(report, to)
	cfg.Progress = nil
	by := importer{cloud: ses.cloud, account: "111122223333", most: 2000} // between the bundles of the two Regions
	run := func(i assets.Importer) (done int, problems string) {
		t.Helper()
		cfg.Importer = i
		got, err := assets.Import(t.Context(), cfg)
		if err != nil {
			problems = err.Error()
		}
		for _, o := range got.Outcomes {
			if o.State == assets.Done {
				done++
			}
			for _, p := range o.Problems {
				problems += p.Message
			}
		}
		return done, problems
	}
	if done, said := run(by); done != 3 || !strings.Contains(said, "name a bucket of us-east-1 that it can go through, in the spec: assets: {import_buckets: {us-east-1: NAME}}") {
		t.Errorf("without a bucket: %d done, %s", done, said)
	}
	by.buckets = map[estate.Region]string{"us-east-1": "nowhere"}
	if done, said := run(by); done != 3 || !strings.Contains(said, "NoSuchBucket") {
		t.Errorf("no such bucket: %d done, %s", done, said)
	}
	by.buckets["us-east-1"] = "imports"
	if done, said := run(stopping{by}); done != 3 || !strings.Contains(said, "the wire was cut") || len(objects(t, a)) != 0 {
		t.Errorf("cut before: %d done, %s, %v", done, said, objects(t, a))
	}
	key := ""
	if done, said := run(started{by, func() { key = strings.Join(objects(t, a), " ") }}); done != 3 || !strings.Contains(said, "the wire was cut") || !strings.HasPrefix(key, "s3/imports/rehome/assets-") || len(objects(t, a)) != 1 {
		t.Errorf("cut after: %d done, %s, %q, %v", done, said, key, objects(t, a))
	}
	if done, said := run(by); done != 13 || said != "" || len(objects(t, a)) != 0 {
		t.Errorf("%d done, %s, left: %v", done, said, objects(t, a))
	}
	bodies, uris := 0, 0
	for _, h := range *all {
		if strings.HasSuffix(h.path, "/asset-bundle-import-jobs/import") {
			bodies, uris = bodies+strings.Count(string(h.body), `"Body":`), uris+strings.Count(string(h.body), `"S3Uri":"s3://imports/rehome/assets-`)
		}
	}
	if bodies != 1 || uris != 1 {
		t.Errorf("%d in requests, %d by a bucket", bodies, uris)
	}
}

// started is an importer whose way back is cut as soon as a job has begun.
type started struct {
	importer
	begun func()
}

func (s started) StartImport(ctx context.Context, r estate.Region, id string, bundle *io.SectionReader, o assets.Overrides) error {
	err := s.importer.StartImport(ctx, r, id, bundle, o)
	if s.begun(); err == nil {
		return errors.New("the wire was cut")
	}
	return err
}

// TestTwentyFiveMegabytes: a bundle that no request takes, as the importer is in use.
func TestTwentyFiveMegabytes(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "MIG-18")
	a := servedWithDesktop(t, withBucket(t))
	raw := make([]byte, 25<<20)
	if _, err := rand.NewChaCha8([32]byte{}).Read(raw); err != nil {
		t.Fatal(err)
	}
	bundle := zippedFile(t, "theme/big.json", `{"resourceType":"theme","themeId":"big","name":"Big","baseThemeId":"CLASSIC","configuration":{"filler":"`+base64.StdEncoding.EncodeToString(raw)+`"}}`)
	withNetwork(t, a)
	all := overheard(t, a)
	ses, stop, err := a.lookingSession(t.Context(), "", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	by := importer{cloud: ses.cloud, account: "111122223333", buckets: map[estate.Region]string{"us-east-1": "imports"}}
	if err := by.StartImport(t.Context(), "us-east-1", "big", io.NewSectionReader(bytes.NewReader(bundle), 0, int64(len(bundle))), assets.Overrides{}); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		s, err := by.DescribeImport(t.Context(), "us-east-1", "big")
		if err != nil {
			t.Fatal(err)
		}
		if cloud.JobStatus(s.Status).Done() {
			if s.Status != "SUCCESSFUL" || len(objects(t, a)) != 0 {
				t.Errorf("%+v, left: %v", s, objects(t, a))
			}
			break
		}
		if err := ses.clock.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	var way []string
	for _, h := range *all {
		switch {
		case strings.Contains(h.path, " /imports/"):
			way = append(way, h.path)
		case strings.HasSuffix(h.path, "/import"):
			way = append(way, "import")
			if strings.Contains(string(h.body), `"Body"`) || !strings.Contains(string(h.body), `"S3Uri":"s3://imports/rehome/big.qs"`) {
				t.Errorf("%.300s", h.body)
			}
		}
	}
	if got := strings.Join(way, ", "); got != "PUT /imports/rehome/big.qs, import, DELETE /imports/rehome/big.qs" || len(bundle) < 25<<20 {
		t.Errorf("%d bytes: %s", len(bundle), got)
	}
}
