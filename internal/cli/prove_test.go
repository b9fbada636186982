package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/app"
	"rehome/internal/diag"
)

// proof runs rehome prove and gives what it saw.
func (s *side) proof(code int, args ...string) (p app.Trial) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.stdout(code, append([]string{"prove", "--json"}, args...)...)), &p); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// failing are the rows of a proof that did not pass: Region, subject, claim.
func failing(p app.Trial) (out []string) {
	for _, r := range p.Rows {
		if r.Status != diag.Pass {
			out = append(out, fmt.Sprintf("%s %s %s", r.Region, r.Subject, r.Claim))
		}
	}
	return out
}

// overlay writes a world file over a built-in one.
func (s *side) overlay(base, estate string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, "overlay.yaml")
	if err := os.WriteFile(path, []byte("format: rehome.world/v1\nbase: "+base+"\ntitle: of a test\nestate: "+estate+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// TestProveReplication: the instance, its groups and a sample of people are the same in both Regions; one person less there is a failure.
func TestProveReplication(t *testing.T) {
	t.Attr("requirement", "IDC-12")
	s := newSide(t, "bom", "")
	p := s.proof(diag.ExitDone, "replication", "--world", "bom")
	if p.Outcome != "pass" || len(p.Rows) != 1 || p.Rows[0].Region != "us-east-1" || p.Rows[0].Seen != "the instance, 3 groups and 5 people are the same" {
		t.Errorf("got %+v", p)
	}
	s.init()
	s.proof(diag.ExitDone, "replication")
	for _, operation := range []string{"ListInstances", "ListGroups", "DescribeUser"} {
		if !slices.ContainsFunc(s.requests(operation), func(r request) bool { return strings.Contains(r.Scope, "/us-east-1/") }) {
			t.Errorf("%s was not asked in us-east-1", operation)
		}
	}
	missing := s.proof(diag.ExitBlocked, "replication", "--world", "person-missing-there")
	if missing.Outcome != "fail" || !strings.Contains(missing.Rows[0].Seen, "user eve (55555555-5555-4555-8555-555555555555) is not the same in eu-central-1") {
		t.Errorf("got %+v", missing)
	}
	gone := s.overlay("bom", `{identity_center: {users_at: {us-east-1: {11111111-1111-4111-8111-111111111111: ana}}}}`)
	if p := s.proof(diag.ExitBlocked, "replication", "--world", gone); p.Outcome != "fail" || !strings.Contains(p.Rows[0].Seen, "is not the same in us-east-1") {
		t.Errorf("got %+v", p)
	}
}

// TestProveReplicationWaits: what was made at home a moment ago is not there yet, and the proof waits for it.
func TestProveReplicationWaits(t *testing.T) {
	t.Attr("requirement", "IDC-15")
	s := newSide(t, "bom", "")
	s.init()
	s.as("ap-south-1", "AWSIdentityStore.CreateGroup", map[string]string{"IdentityStoreId": "d-1234567890", "DisplayName": "newcomers"})
	groups := func(region string) string {
		return s.as(region, "AWSIdentityStore.ListGroups", map[string]string{"IdentityStoreId": "d-1234567890"})
	}
	if !strings.Contains(groups("ap-south-1"), "newcomers") || strings.Contains(groups("us-east-1"), "newcomers") {
		t.Fatal("the group is in us-east-1 at once, or not at home")
	}
	if p := s.proof(diag.ExitDone, "replication"); p.Outcome != "pass" || p.Rows[0].Seen != "the instance, 4 groups and 5 people are the same" {
		t.Errorf("got %+v", p)
	}
	if !strings.Contains(groups("us-east-1"), "newcomers") {
		t.Error("the group is still not in us-east-1")
	}
}

// TestProveSubscription: an account that is created is not enough; its namespace has to be there, and homed where it is wanted.
func TestProveSubscription(t *testing.T) {
	t.Attr("requirement", "SUB-10")
	s := newSide(t, "iad", "")
	const quick = "us-east-1 Quick account example-quick "
	pending := s.overlay("iad", `{accounts: {"111122223333": {quick: {namespaces: {default: {status: CREATING}}}}}}`)
	for world, want := range map[string][]string{
		"iad":   nil,
		"bom":   {quick + "its identity Region is us-east-1"},
		pending: {quick + "its default namespace is there"},
	} {
		code := diag.ExitDone
		if want != nil {
			code = diag.ExitBlocked
		}
		p := s.proof(code, "subscription", "--world", world)
		if got := failing(p); !slices.Equal(got, want) || len(p.Rows) != 3 {
			t.Errorf("%s: %q, want %q of %d rows", world, got, want, len(p.Rows))
		}
		if p.Rows[0].Status != diag.Pass || p.Rows[0].Seen != "AccountSubscriptionStatus is ACCOUNT_CREATED" {
			t.Errorf("%s: %+v", world, p.Rows[0])
		}
	}
}

// TestProveKMS: the policies of all Regions are judged by what they allow, not by their text.
func TestProveKMS(t *testing.T) {
	t.Attr("requirement", "KMS-24")
	s := newSide(t, "iad", "")
	s.init()
	before := s.replicaPolicy()
	put := func(change func(map[string]any)) {
		var policy map[string]any // whose members come out in another order, without white space
		if err := json.Unmarshal([]byte(before), &policy); err != nil {
			t.Fatal(err)
		}
		change(policy)
		text, err := json.Marshal(policy)
		if err != nil || string(text) == before {
			t.Fatal("the text is the same", err)
		}
		s.as("us-east-1", "TrentService.PutKeyPolicy", map[string]string{"KeyId": key, "Policy": string(text)})
	}
	put(func(p map[string]any) { slices.Reverse(p["Statement"].([]any)) })
	if p := s.proof(diag.ExitDone, "kms"); p.Outcome != "pass" || len(p.Rows) < 20 {
		t.Errorf("reordered: %q of %d rows", failing(p), len(p.Rows))
	}
	put(func(p map[string]any) {
		p["Statement"] = slices.DeleteFunc(p["Statement"].([]any), func(st any) bool { return st.(map[string]any)["Sid"] == "AllowManagedApps" })
	})
	want := []string{"us-east-1 quicksight.amazonaws.com through sso may call kms:Decrypt", "us-east-1 quicksight.amazonaws.com through identitystore may call kms:Decrypt"}
	if got := failing(s.proof(diag.ExitBlocked, "kms")); !slices.Equal(got, want) {
		t.Errorf("without a statement: %q, want %q", got, want)
	}
}
