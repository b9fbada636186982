package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const selfLocking = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}`

func TestAPolicyIsOfOneRegionOnly(t *testing.T) {
	w := start(t, nil)
	east, south := w.client("us-east-1", "TWIN"+owner), w.client("ap-south-1", "TWIN"+owner)
	changed := strings.Replace(delegating, "Root", "Changed", 1)
	if _, err := south.PutKeyPolicy(t.Context(), &awskms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: aws.String(changed)}); err != nil {
		t.Fatal(err)
	}
	for c, want := range map[*awskms.Client]string{east: delegating, south: changed} {
		out, err := c.GetKeyPolicy(t.Context(), &awskms.GetKeyPolicyInput{KeyId: aws.String(mrk)})
		if err != nil || *out.Policy != want || *out.PolicyName != "default" {
			t.Errorf("%v %v", err, out)
		}
	}
	if out, err := east.ListKeyPolicies(t.Context(), &awskms.ListKeyPoliciesInput{KeyId: aws.String(mrk)}); err != nil || len(out.PolicyNames) != 1 || out.PolicyNames[0] != "default" {
		t.Errorf("%v %v", err, out)
	}
}

func TestPoliciesThatKMSRefusesToStore(t *testing.T) {
	w := start(t, nil)
	statement := func(s string) string {
		return strings.Replace(delegating, `[{`, `[`+s+`,{`, 1)
	}
	for _, tc := range []struct{ name, policy, want string }{
		{"no JSON", "{", "MalformedPolicyDocumentException: line 1, column 2"},
		{"no principal", statement(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`), "MalformedPolicyDocumentException: Each statement"},
		{"the id of a deleted role", statement(`{"Effect":"Allow","Principal":{"AWS":"AROAEXAMPLE1234567890"},"Action":"kms:*","Resource":"*"}`),
			"MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."},
		{"one invalid of several", statement(`{"Effect":"Allow","Principal":{"AWS":["111122223333","somebody"]},"Action":"kms:*","Resource":"*"}`),
			"MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."},
		{"ForAllValues with a single-valued key", statement(`{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
			"Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContext:aws:sso:instance-arn":"x"}}}`),
			"MalformedPolicyDocumentException: OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key"},
		{"more than 32 KB", statement(`{"Sid":"` + strings.Repeat("x", 32768) + `","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`), "LimitExceededException"},
		{"nobody could change it again", selfLocking,
			"MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future."},
		{"a condition that cannot be judged", `{"Version":"2012-10-17","Statement":[{"Sid":"Odd","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`,
			"TwinDoesNotKnow: twin does not know /accounts/111122223333/keys/" + mrk + "/copies/us-east-1/policy: statement Odd, key not looked at Bool aws:MultiFactorAuthPresent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.client("us-east-1", "TWIN"+owner).PutKeyPolicy(t.Context(), &awskms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: aws.String(tc.policy)})
			if !strings.HasPrefix(code(err), tc.want) {
				t.Errorf("got %s, want %s", code(err), tc.want)
			}
			_, err = w.client("ap-south-1", "TWIN"+owner).ReplicateKey(t.Context(), &awskms.ReplicateKeyInput{KeyId: aws.String(mrk),
				ReplicaRegion: aws.String("eu-west-1"), Policy: aws.String(tc.policy)})
			if want := strings.Replace(tc.want, "us-east-1", "eu-west-1", 1); !strings.HasPrefix(code(err), want) {
				t.Errorf("as a replica's policy: got %s, want %s", code(err), want)
			}
		})
	}
	if _, err := w.client("us-east-1", "TWIN"+owner).PutKeyPolicy(t.Context(), &awskms.PutKeyPolicyInput{KeyId: aws.String(mrk),
		Policy: aws.String(selfLocking), BypassPolicyLockoutSafetyCheck: true}); err != nil {
		t.Errorf("the bypass is AWS's, and works: %v", err)
	}
}

func TestANewPolicyMayTakeItsTime(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.World.Times = map[estate.TimeKey]int{estate.TimePolicyVisible: 20} })
	sso := kernel.ServicePrincipal("sso", owner, "")
	use := func() string {
		return code(w.ask("us-east-1", sso, "Decrypt", map[string]any{"KeyId": replica, "TwinProbe": true,
			"EncryptionContext": map[string]string{"aws:sso:instance-arn": "x"}}))
	}
	if _, err := w.client("us-east-1", "TWIN"+owner).PutKeyPolicy(t.Context(), &awskms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: aws.String(org)}); err != nil {
		t.Fatal(err)
	}
	if got := use(); !strings.HasPrefix(got, "AccessDeniedException") {
		t.Errorf("at once: %s", got)
	}
	w.steer("POST", "/_twin/clock", `{"advance":20}`)
	if got := use(); got != "" {
		t.Errorf("after its time: %s", got)
	}
}

func TestReplicateKey(t *testing.T) {
	for name, given := range map[string]*string{"with a policy": aws.String(org), "without one: the default, not a copy": nil} {
		t.Run(name, func(t *testing.T) {
			w := start(t, nil)
			south, west := w.client("ap-south-1", "TWIN"+owner), w.client("eu-west-1", "TWIN"+owner)
			out, err := south.ReplicateKey(t.Context(), &awskms.ReplicateKeyInput{KeyId: aws.String(mrk), ReplicaRegion: aws.String("eu-west-1"), Policy: given})
			if err != nil {
				t.Fatal(err)
			}
			m := out.ReplicaKeyMetadata
			if m.KeyState != types.KeyStateCreating || m.Enabled || m.MultiRegionConfiguration.MultiRegionKeyType != types.MultiRegionKeyTypeReplica ||
				len(m.MultiRegionConfiguration.ReplicaKeys) != 2 || m.CurrentKeyMaterialId != nil {
				t.Errorf("answer %+v", m)
			}
			want := `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
			if given != nil {
				want = *given
			}
			got, err := west.GetKeyPolicy(t.Context(), &awskms.GetKeyPolicyInput{KeyId: aws.String(mrk)})
			if err != nil || *got.Policy != want || *out.ReplicaPolicy != want {
				t.Errorf("policy %v %v", err, got)
			}
			if _, err := west.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String(mrk), Plaintext: []byte("x")}); code(err) !=
				"KMSInvalidStateException: arn:aws:kms:eu-west-1:111122223333:key/"+mrk+" is creating." {
				t.Errorf("use while creating: %v", err)
			}
			w.steer("POST", "/_twin/clock", `{"advance":10}`)
			if d, err := west.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String(mrk)}); err != nil || d.KeyMetadata.KeyState != types.KeyStateEnabled {
				t.Errorf("later: %v %+v", err, d)
			}
		})
	}
}

func TestReplicasThatCannotBeMade(t *testing.T) {
	w := start(t, nil)
	for _, tc := range []struct{ name, at, key, region, want string }{
		{"from a replica", "us-east-1", mrk, "eu-west-1", "UnsupportedOperationException: " + replica + " is not a multi-region primary key."},
		{"of a single-Region key", "ap-south-1", single, "eu-west-1", "UnsupportedOperationException: arn:aws:kms:ap-south-1:111122223333:key/" + single + " is not a multi-region primary key."},
		{"where there is one", "ap-south-1", mrk, "us-east-1", "AlreadyExistsException: "},
		{"where the primary is", "ap-south-1", mrk, "ap-south-1", "AlreadyExistsException: "},
		{"where the account is not", "ap-south-1", mrk, "af-south-1", "ValidationException: "},
		{"where nobody looked", "ap-south-1", mrk, "il-central-1", "TwinDoesNotKnow: twin does not know /accounts/111122223333/regions/il-central-1"},
	} {
		_, err := w.client(tc.at, "TWIN"+owner).ReplicateKey(t.Context(), &awskms.ReplicateKeyInput{KeyId: aws.String(tc.key), ReplicaRegion: aws.String(tc.region)})
		if !strings.HasPrefix(code(err), tc.want) || err == nil {
			t.Errorf("%s: %s, want %s", tc.name, code(err), tc.want)
		}
	}
}

// The wording is that of idc-kms 2.7 and 1.9.
func TestRefusalsInAWSsWords(t *testing.T) {
	sealed := func(w twin) []byte {
		out, err := w.client("ap-south-1", "TWIN"+owner).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String(mrk), Plaintext: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		return out.CiphertextBlob
	}
	vague := "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
	nobody := "User: arn:aws:sts::111122223333:assumed-role/Nobody/twin is not authorized to perform: "
	for _, tc := range []struct{ name, key, region, keyID, want string }{
		{"IAM lacks the allow, key named", "TESTNOBODY", "us-east-1", mrk, nobody + "kms:Decrypt on resource: " + replica + " because no identity-based policy allows the kms:Decrypt action"},
		{"IAM lacks the allow, by ciphertext", "TESTNOBODY", "us-east-1", "", nobody + "kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action"},
		{"IAM denies", "TESTDENIED", "us-east-1", "", "User: arn:aws:sts::111122223333:assumed-role/Denied/twin is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext with an explicit deny in an identity-based policy"},
		{"the key policy does not know the account", "TWIN" + member, "us-east-1", "", "User: arn:aws:sts::444455556666:assumed-role/RehomeTwinAdministrator/twin is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext " + vague},
		{"no key policy allows, key named", "TWIN" + member, "us-east-1", replica, "User: arn:aws:sts::444455556666:assumed-role/RehomeTwinAdministrator/twin is not authorized to perform: kms:Decrypt on resource: " + replica + " because no resource-based policy allows the kms:Decrypt action"},
		{"no copy in the Region", "TWIN" + owner, "eu-west-1", "", "User: arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext " + vague},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := start(t, nil)
			in := &awskms.DecryptInput{CiphertextBlob: sealed(w)}
			if tc.keyID != "" {
				in.KeyId = aws.String(tc.keyID)
			}
			_, err := w.client(tc.region, tc.key).Decrypt(t.Context(), in)
			if got := code(err); got != "AccessDeniedException: "+tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestServicesAreJudgedByTheRegionTheyCall(t *testing.T) {
	w := start(t, nil)
	sso := kernel.ServicePrincipal("sso", owner, "")
	quick := kernel.ServicePrincipal("quicksight", member, "").Through("sso")
	input := func(region string) map[string]any {
		return map[string]any{"KeyId": "arn:aws:kms:" + region + ":" + owner + ":key/" + mrk, "TwinProbe": true,
			"EncryptionContext": map[string]string{"aws:sso:instance-arn": "arn:aws:sso:::instance/ssoins-1"}}
	}
	vague := " is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
	for _, tc := range []struct {
		name   string
		caller kernel.Caller
		region string
		want   string
	}{
		{"sso where the policy names it", sso, "ap-south-1", ""},
		{"sso under the default policy", sso, "us-east-1", "AccessDeniedException: Service: sso.amazonaws.com" + vague},
		{"quick through sso where managed applications may", quick, "ap-south-1", ""},
		{"quick through sso under the default policy", quick, "us-east-1", "AccessDeniedException: Service: quicksight.amazonaws.com" + vague},
		{"quick without a way", kernel.ServicePrincipal("quicksight", member, ""), "ap-south-1", "AccessDeniedException: Service: quicksight.amazonaws.com" + vague},
		{"sso for another account", kernel.ServicePrincipal("sso", member, ""), "ap-south-1", "AccessDeniedException: Service: sso.amazonaws.com" + vague},
		{"no copy there", sso, "eu-west-1", "AccessDeniedException: Service: sso.amazonaws.com" + vague},
		{"the administrator's own forward session", kernel.Caller{}, "us-east-1", ""},
	} {
		if got := code(w.ask(tc.region, tc.caller, "Decrypt", input(tc.region))); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	all := evidence(w)
	if len(all) != 8 {
		t.Fatalf("%d records", len(all))
	}
	first, fourth, last := all[0], all[3], all[7]
	if first.CallerKind != "service" || first.Principal != "sso.amazonaws.com" || first.Action != "kms:Decrypt" || first.Key != primary || first.Decision != "allow" ||
		first.Statement != "Use" || first.TriggeredBy != "sso-admin:ListInstances" || strings.Join(first.ContextKeys, " ") != "aws:sso:instance-arn" {
		t.Errorf("first %+v", first)
	}
	if fourth.CallerKind != "service-via" || strings.Join(fourth.Via, " ") != "sso.amazonaws.com" || fourth.Region != "us-east-1" || fourth.Decision != "deny" {
		t.Errorf("fourth %+v", fourth)
	}
	if last.CallerKind != "fas" || last.Principal != "arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin" {
		t.Errorf("last %+v", last)
	}
}
