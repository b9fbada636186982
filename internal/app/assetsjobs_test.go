package app

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"rehome/internal/assets"
)

// heard is one request that somebody sent to AWS.
type heard struct {
	region string // of the signature
	path   string
	body   []byte
}

// overheard puts somebody between an app and its twin who writes down what is sent.
func overheard(t *testing.T, a *App) *[]heard {
	t.Helper()
	to, err := url.Parse(a.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var all []heard
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
	}}
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		scope := strings.Split(req.Header.Get("Authorization"), "/")
		h := heard{path: req.Method + " " + req.URL.Path, body: body}
		if len(scope) > 2 {
			h.region = scope[2]
		}
		mu.Lock()
		all = append(all, h)
		mu.Unlock()
		req.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	a.Endpoint = server.URL
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	return &all
}

// TestAnImportJobAsItIsAsked: at us-east-1, with an id of its own, the bundle in the request, and a rollback when it fails.
func TestAnImportJobAsItIsAsked(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "MIG-17")
	a := servedWithDesktop(t, "iad")
	vault := filepath.Join(t.TempDir(), "vault")
	if _, err := a.AssetsExport(t.Context(), vault, "assets-in-use"); err != nil {
		t.Fatal(err)
	}
	withNetwork(t, a)
	all := overheard(t, a)
	if l, err := a.AssetsImport(t.Context(), AssetsImportRequest{Vault: vault, Accept: []string{"import/111122223333/us-east-1/13-assets"}}); err != nil || l.Sums[assets.Moved] != 13 {
		t.Fatalf("%v: %+v", err, l)
	}
	id := regexp.MustCompile(`^assets-\d{8}T\d{6}-import-(ap-south-1|eu-west-1)-\d{3}-\d+-1$`)
	seen := map[string]string{} // Region by id
	for _, h := range *all {
		if h.path != "POST /accounts/111122223333/asset-bundle-import-jobs/import" {
			continue
		}
		var in struct {
			AssetBundleImportJobId, FailureAction string
			AssetBundleImportSource               struct {
				Body  []byte
				S3Uri string
			}
			OverrideParameters struct {
				VPCConnections []struct {
					VPCConnectionId             string
					SubnetIds, SecurityGroupIds []string
				}
			}
		}
		if err := json.Unmarshal(h.body, &in); err != nil {
			t.Fatal(err)
		}
		if !id.MatchString(in.AssetBundleImportJobId) || in.FailureAction != "ROLLBACK" || !bytes.HasPrefix(in.AssetBundleImportSource.Body, []byte("PK")) || in.AssetBundleImportSource.S3Uri != "" {
			t.Errorf("%s %s %d bytes %q", in.AssetBundleImportJobId, in.FailureAction, len(in.AssetBundleImportSource.Body), in.AssetBundleImportSource.S3Uri)
		}
		if seen[in.AssetBundleImportJobId] != "" {
			t.Errorf("%s twice", in.AssetBundleImportJobId)
		}
		if seen[in.AssetBundleImportJobId] = h.region; h.region == "us-east-1" && (len(in.OverrideParameters.VPCConnections) != 1 || in.OverrideParameters.VPCConnections[0].SubnetIds[0] != "subnet-1") {
			t.Errorf("%+v", in.OverrideParameters)
		}
	}
	if len(seen) != 2 {
		t.Errorf("%v", seen)
	}
}
