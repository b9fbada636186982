package cli_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// TestRequestsOfTheWholeWay looks at what goes over the wire, and when, while bom-single goes its whole way. The profile's Region is the
// target, us-east-1; Identity Center's home is ap-south-1.
func TestRequestsOfTheWholeWay(t *testing.T) {
	dir, accept := template(t, "bom-single")
	s := newSide(t, "bom-single", dir)
	said := s.must(append([]string{"apply"}, accept...)...)
	t.Run("changes of Identity Center are signed for its home", func(t *testing.T) {
		t.Attr("requirement", "IDC-14")
		for _, operation := range []string{"UpdateInstance", "AddRegion", "DescribeRegion"} {
			sent := s.requests(operation)
			for _, r := range sent {
				if !strings.HasSuffix(r.Scope, "/ap-south-1/sso") {
					t.Errorf("%s is signed for %s", operation, r.Scope)
				}
			}
			if len(sent) == 0 {
				t.Errorf("%s was never called", operation)
			}
		}
	})
	t.Run("the copy is made with a policy and waited for", func(t *testing.T) {
		t.Attr("requirement", "KMS-04")
		sent := s.requests("ReplicateKey")
		if len(sent) != 1 || !strings.HasSuffix(sent[0].Scope, "/ap-south-1/kms") {
			t.Fatalf("ReplicateKey: %v", sent)
		}
		var in, key struct{ Policy, ReplicaRegion string }
		for text, into := range map[string]any{sent[0].Body: &in, s.requests("CreateKey")[0].Body: &key} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
		}
		if in.ReplicaRegion != "us-east-1" || !strings.Contains(in.Policy, "AllowManagedApps") || in.Policy != key.Policy {
			t.Errorf("the copy in %q has the policy %s", in.ReplicaRegion, in.Policy)
		}
		if got := s.seen("replica/us-east-1"); !slices.Equal(got, []string{"todo", "pending: the copy in us-east-1 is Creating", "done: the copy in us-east-1 is Enabled"}) {
			t.Errorf("seen %q", got)
		}
	})
	t.Run("the lock-out check is never bypassed", func(t *testing.T) {
		t.Attr("requirement", "KMS-25")
		for _, r := range s.requests("") {
			if strings.Contains(r.Body, "Bypass") {
				t.Errorf("%s bypasses it: %s", r.Target, r.Body)
			}
		}
		id := s.onlyKey()
		for _, target := range []string{"TrentService.PutKeyPolicy", "TrentService.CreateKey"} {
			status, answer := s.try("ap-south-1", target, map[string]any{"KeyId": id, "MultiRegion": true,
				"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}`})
			if status != 400 || !strings.Contains(answer, "MalformedPolicyDocumentException") || !strings.Contains(answer, "The new key policy will not allow you to update the key policy in the future.") {
				t.Errorf("%s takes a policy that locks its writer out: %d %s", target, status, answer)
			}
		}
	})
	t.Run("both words for the state of a Region", func(t *testing.T) {
		t.Attr("requirement", "IDC-11")
		during, after := strings.Index(said, "us-east-1 is Replicating (ADDING)"), strings.LastIndex(said, "us-east-1 is Replicated (ACTIVE)")
		if during < 0 || after < during {
			t.Errorf("at %d and %d of\n%s", during, after, said)
		}
		for _, st := range s.plan().Steps {
			if about := st.Kind == "add-region" || st.Kind == "region-active"; about != strings.Contains(st.Words, "Replicating for ADDING and Replicated for ACTIVE") {
				t.Errorf("%s has the words %q", st.ID, st.Words)
			}
		}
	})
}

// seen is what the run saw of a step, in order; what was still to do has no detail here.
func (s *side) seen(step string) (out []string) {
	s.t.Helper()
	for _, r := range s.history().Records {
		if r.Type != engine.TypeObserved || r.Step != step {
			continue
		}
		if r.State != "todo" {
			r.State += ": " + r.Detail
		}
		out = append(out, r.State)
	}
	return out
}

// TestKeyThatIdentityCenterCannotUse: between the making of the key and its use somebody takes a right away that Identity Center needs. The
// change fails after the call; the run stops and says why, the key of before stays in use, and goes on once the policy is right.
func TestKeyThatIdentityCenterCannotUse(t *testing.T) {
	t.Attr("requirement", "KMS-03")
	dir, accept := template(t, "bom-single")
	s := newSide(t, "bom-single", dir)
	var good map[string]string // KeyId and Policy
	out := ""
	s.during(func(at kernel.Stage, c kernel.CallRecord) {
		if at != kernel.StageApplied || c.Operation != "CreateKey" || s.damaged.Swap(true) {
			return
		}
		good = s.denyDataKeys()
	}, func() { out = s.exits(diag.ExitBlocked, append([]string{"apply"}, accept...)...) })
	for _, want := range []string{"UPDATE_FAILED", "key access", "kms:GenerateDataKeyWithoutPlaintext", "the key of before is still in use", "rehome resume"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	var state struct {
		Estate struct {
			IdentityCenter struct{ Encryption estate.Encryption } `json:"identity_center"`
		}
	}
	if err := json.Unmarshal([]byte(s.world()), &state); err != nil {
		t.Fatal(err)
	}
	if enc := state.Estate.IdentityCenter.Encryption; enc.KeyType != estate.AWSOwnedKey || enc.Status != estate.EncryptionFailed || enc.KeyARN != "" {
		t.Errorf("Identity Center uses %+v", enc)
	}
	s.as("ap-south-1", "TrentService.PutKeyPolicy", good)
	s.must("resume")
	if n := s.applied()["kms:CreateKey ap-south-1"]; n != 1 {
		t.Errorf("%d keys were made", n)
	}
	if n := s.applied()["sso-admin:UpdateInstance ap-south-1"]; n != 2 {
		t.Errorf("the key was set %d times", n)
	}
}

// onlyKey is the one key at home.
func (s *side) onlyKey() string {
	var list struct{ Keys []struct{ KeyId string } }
	if err := json.Unmarshal([]byte(s.as("ap-south-1", "TrentService.ListKeys", struct{}{})), &list); err != nil || len(list.Keys) != 1 {
		s.t.Errorf("keys: %v %v", list.Keys, err)
		return ""
	}
	return list.Keys[0].KeyId
}

// denyDataKeys adds a denial to the policy of the only key at home, and gives the policy of before, ready to be put back.
func (s *side) denyDataKeys() map[string]string {
	id := s.onlyKey()
	var policy struct{ Policy string }
	if err := json.Unmarshal([]byte(s.as("ap-south-1", "TrentService.GetKeyPolicy", map[string]string{"KeyId": id})), &policy); err != nil {
		s.t.Error(err)
	}
	bad := with(`{"Effect":"Deny","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:GenerateDataKeyWithoutPlaintext","Resource":"*"}`, policy.Policy)
	s.as("ap-south-1", "TrentService.PutKeyPolicy", map[string]string{"KeyId": id, "Policy": bad})
	return map[string]string{"KeyId": id, "Policy": policy.Policy}
}

// TestReplicationThatNeverEnds: the API has no word for a failure, so our own deadline ends the wait; the run can be resumed, asks for the
// Region once only, and ends when AWS does.
func TestReplicationThatNeverEnds(t *testing.T) {
	t.Attr("requirement", "IDC-10")
	dir, accept := template(t, "region-stuck")
	s := newSide(t, "region-stuck", dir)
	for _, args := range [][]string{append([]string{"apply"}, accept...), {"resume"}} {
		out := s.exits(diag.ExitFailed, args...)
		if !strings.Contains(out, "not done after 2h0m0s; the run can be resumed") || !strings.Contains(out, "Replicating (ADDING)") {
			t.Errorf("%s says\n%s", args[0], out)
		}
	}
	if sent := s.requests("AddRegion"); len(sent) != 1 || !strings.HasSuffix(sent[0].Scope, "/ap-south-1/sso") {
		t.Errorf("AddRegion: %v", sent)
	}
	s.replace(strings.Replace(s.get("/_twin/world"), `"us-east-1": "ADDING"`, `"us-east-1": "ACTIVE"`, 1))
	s.must("resume")
}
