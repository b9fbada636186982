package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/twin/kernel"
)

// quick makes a call to Quick in a Region as somebody else at work, from inside a hook.
func (s *side) quick(method, region, path string, input any) {
	body, err := json.Marshal(input)
	if err != nil {
		s.t.Error(err)
	}
	r := httptest.NewRequest(method, "/accounts/111122223333"+path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=TWIN111122223333/20261201/"+region+"/quicksight/aws4_request, SignedHeaders=host, Signature=0")
	w := httptest.NewRecorder()
	if s.kernel.ServeHTTP(w, r); w.Code >= http.StatusMultipleChoices {
		s.t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
}

// TestTheVaultGate: right before the deletion, when protection is off already, something makes the vault other than what is there. Each
// time the deletion stays locked, the reason is named, and protection goes on again.
func TestTheVaultGate(t *testing.T) {
	t.Attr("requirement", "MIG-15")
	t.Attr("requirement", "MIG-14")
	t.Attr("requirement", "SUB-17")
	dir, accept := template(t, "bom-assets")
	for name, c := range map[string]struct {
		damage func(*side)
		want   string
	}{
		"an asset in a Region outside the plan": {func(s *side) {
			s.quick(http.MethodPost, "eu-central-1", "/folders/new", map[string]any{"Name": "New", "FolderType": "SHARED"})
		}, `folder "New" (new) in eu-central-1`},
		"an asset that was changed after its export": {func(s *side) {
			s.quick(http.MethodPut, "eu-west-1", "/data-sources/lake-eu", map[string]any{"Name": "Lake of Europe"})
		}, `datasource "Lake of Europe" (lake-eu) in eu-west-1`},
		"a right that was given after the export": {func(s *side) {
			s.quick(http.MethodPut, "eu-west-1", "/dashboards/sales-eu/permissions", map[string]any{"GrantPermissions": []any{map[string]any{
				"Principal": "arn:aws:quicksight:ap-south-1:111122223333:user/default/ben", "Actions": []string{"quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"}}}})
		}, `has other permissions than in the vault`},
		"one edited byte": {func(s *side) {
			path := filepath.Join(s.dir, ".rehome", "vault", "001", "eu-west-1", "001.qs")
			text, err := os.ReadFile(path)
			if err != nil {
				s.t.Error(err)
				return
			}
			text[len(text)/2] ^= 1
			if err := os.WriteFile(path, text, 0o600); err != nil {
				s.t.Error(err)
			}
		}, "at least one byte differs"},
		"a Region that cannot be read": {func(s *side) {
			s.kernelPost("/_twin/faults", `[{"service":"quicksight","operation":"ListDashboards","region":"eu-west-2","count":-1,"effect":"error"}]`)
		}, "eu-west-2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSide(t, "bom-assets", dir)
			out := ""
			s.during(func(at kernel.Stage, call kernel.CallRecord) {
				if at == kernel.StageApplied && call.Operation == "UpdateAccountSettings" && !s.damaged.Swap(true) {
					c.damage(s)
				}
			}, func() { out = s.exits(diag.ExitBlocked, append([]string{"apply"}, accept...)...) })
			if !strings.Contains(out, c.want) {
				t.Errorf("the reason is not named: want %s\n%s", c.want, out)
			}
			if n := s.applied()["quicksight:DeleteAccountSubscription ap-south-1"]; n != 0 {
				t.Error("the account was deleted")
			}
			if !s.protection() {
				t.Error("termination protection stayed off")
			}
		})
	}
}

// kernelPost steers the twin from inside a hook.
func (s *side) kernelPost(path, body string) {
	w := httptest.NewRecorder()
	if s.kernel.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))); w.Code != http.StatusOK {
		s.t.Errorf("%s: %d %s", path, w.Code, w.Body)
	}
}

// TestWhatIsStillToDoKeepsTheRunOpen: a dataset that cannot be loaded stops the run after the import, named, and what a person has to make again
// keeps it open until somebody says that it is done.
func TestWhatIsStillToDoKeepsTheRunOpen(t *testing.T) {
	t.Attr("requirement", "MIG-26")
	t.Attr("requirement", "MIG-32")
	dir, accept := template(t, "assets-in-use")
	s := newSide(t, "assets-in-use", dir)
	out := ""
	s.during(func(at kernel.Stage, call kernel.CallRecord) {
		if at == kernel.StageReceived && call.Operation == "CreateIngestion" && !s.damaged.Swap(true) {
			s.quick(http.MethodDelete, "us-east-1", "/data-sources/warehouse", nil)
		}
	}, func() { out = s.exits(diag.ExitBlocked, append([]string{"apply"}, accept...)...) })
	if !strings.Contains(out, "dataset orders in us-east-1") || !strings.Contains(out, "rehome resume") {
		t.Errorf("the dataset is not named:\n%s", out)
	}
	if s.history().Ended {
		t.Error("the run has ended")
	}
	// Somebody mends it, by the vault that holds everything.
	out = s.whatever("assets", "import", ".rehome/vault/001", "--bulk", "--accept-risk", "import/111122223333/us-east-1/13-assets")
	if !strings.Contains(out, "moved    13") {
		t.Errorf("the vault does not mend it:\n%s", out)
	}
	out = s.exits(diag.ExitWaiting, append([]string{"resume"}, accept...)...)
	if !strings.Contains(out, "make eu-west-1/datasource/crm again") {
		t.Errorf("the task is not named:\n%s", out)
	}
	s.must("done", "remake-assets", "--by", "ana")
	s.must("resume")
}

// whatever runs a command whatever its exit code.
func (s *side) whatever(args ...string) string {
	s.t.Helper()
	_, out := s.run(args...)
	return out
}
