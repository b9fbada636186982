package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehome/internal/app"
)

// request is one call as it came over the wire.
type request struct {
	Target string // of the JSON protocols
	Scope  string // date/region/service of the signature
	Body   string
}

// listen writes down what comes, and lets the twin answer.
func (s *side) listen(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF): // who asked was killed in the middle of the body: nothing was asked. Anybody alive gets an error
		http.Error(w, "the body broke off", http.StatusBadRequest)
		return
	case err != nil:
		s.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	_, scope, _ = strings.Cut(scope, "/")
	scope, _, _ = strings.Cut(scope, "/aws4_request")
	s.mu.Lock()
	s.sent = append(s.sent, request{r.Header.Get("X-Amz-Target"), scope, string(body)})
	s.mu.Unlock()
	s.kernel.ServeHTTP(w, r)
}

// requests are those to one operation of a JSON protocol; all with an empty name.
func (s *side) requests(operation string) (out []request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.sent {
		if operation == "" || strings.HasSuffix(r.Target, "."+operation) {
			out = append(out, r)
		}
	}
	return out
}

// callers are the settings by which every account is reached with credentials of its own, where the world has such: one profile for each
// account, and no others to fall back on.
func callers(t *testing.T, w *app.World) []string {
	t.Helper()
	if len(w.Twin.Caller) == 0 {
		return nil
	}
	text := ""
	for id, role := range w.Twin.Caller {
		text += fmt.Sprintf("[account-%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", id, w.Estate.Accounts[id].Roles[role].AccessKey, plantedSecret)
	}
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"AWS_SHARED_CREDENTIALS_FILE=" + file, "AWS_CONFIG_FILE=" + os.DevNull, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}
}
