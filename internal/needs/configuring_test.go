package needs

import (
	"slices"
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/policy"
)

// deniedOf names the denied needs of a list under a policy: service and action.
func deniedOf(t *testing.T, text string, all []Need) []string {
	t.Helper()
	denied, err := Denied(text, all)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range denied {
		out = append(out, n.Service+" "+n.Action)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestExactPinsShutTheSwitchOut: idc-kms 9.6 scenario 4. The context of a key that is being configured names no instance yet.
func TestExactPinsShutTheSwitchOut(t *testing.T) {
	facts, official := bom(t)
	pinned := strings.NewReplacer(
		`"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["aws:sso:instance-arn", "aws:identitystore:identitystore-arn"]}`,
		`"StringEqualsIfExists": {"kms:EncryptionContext:aws:sso:instance-arn": "arn:aws:sso:::instance/ssoins-1234567890abcdef", "kms:EncryptionContext:aws:identitystore:identitystore-arn": "arn:aws:identitystore::111122223333:identitystore/d-1234567890"}`).Replace(official)
	if pinned == official {
		t.Fatal("the published policy has another form")
	}
	both := strings.NewReplacer(`"arn:aws:sso:::instance/ssoins-1234567890abcdef"`, `["arn:aws:sso:::instance/ssoins-1234567890abcdef", "arn:aws:sso:::instance/purpose:KEY_CONFIGURATION"]`,
		`"arn:aws:identitystore::111122223333:identitystore/d-1234567890"`, `["arn:aws:identitystore::111122223333:identitystore/d-1234567890", "arn:aws:identitystore::111122223333:identitystore/purpose:KEY_CONFIGURATION"]`).Replace(pinned)
	services := []string{"identitystore kms:Decrypt", "identitystore kms:GenerateDataKeyWithoutPlaintext", "identitystore kms:ReEncryptFrom", "identitystore kms:ReEncryptTo",
		"sso kms:Decrypt", "sso kms:GenerateDataKeyWithoutPlaintext", "sso kms:ReEncryptFrom", "sso kms:ReEncryptTo"}
	for name, c := range map[string]struct {
		policy string
		want   []string
	}{
		"published":                    {official, nil},
		"pinned to the instance":       {pinned, services},
		"pinned to instance and start": {both, nil},
		"no service at all":            {DefaultKeyPolicy(management), append([]string{"identitystore kms:DescribeKey", "sso kms:DescribeKey"}, services...)},
	} {
		t.Run(name, func(t *testing.T) {
			slices.Sort(c.want)
			if got := deniedOf(t, c.policy, Configuring(facts)); !slices.Equal(got, c.want) {
				t.Errorf("while the key is configured these are denied:\n%q, want\n%q", got, c.want)
			}
		})
	}
	if got := deniedOf(t, pinned, Configured(facts)); len(got) != 0 {
		t.Errorf("once the key is in use the pins fit, yet these are denied: %q", got)
	}
}

// TestWhoSwitchesTheKey: the administrator where there is another than the operator.
func TestWhoSwitchesTheKey(t *testing.T) {
	facts, official := bom(t)
	callers := func(f Facts) (out []string) {
		for _, n := range Configuring(f) {
			if n.Operator() {
				out = append(out, n.Request.Principal.ARN)
			}
			if n.Region != home {
				t.Errorf("%s is asked in %s", n.Action, n.Region)
			}
		}
		return slices.Compact(out)
	}
	if got := callers(facts); !slices.Equal(got, []string{"arn:aws:iam::111122223333:user/ana"}) {
		t.Errorf("asked for %v", got)
	}
	facts.Administrator = policy.Principal{Kind: policy.IAMUser, ARN: "arn:aws:iam::444455556666:user/dan", Account: "444455556666"}
	if got := callers(facts); !slices.Equal(got, []string{"arn:aws:iam::444455556666:user/dan"}) {
		t.Errorf("asked for %v", got)
	}
	// Another account: the key's side alone is judged. The official policy lets the organization decrypt and nobody else do more.
	want := []string{"administrator kms:DescribeKey", "administrator kms:Encrypt", "administrator kms:GenerateDataKeyWithoutPlaintext"}
	if got := deniedOf(t, official, Configuring(facts)); !slices.Equal(got, want) {
		t.Errorf("denied: %q, want %q", got, want)
	}
}

// TestTheGeneratedPolicyIsEnough: for every documented caller, before and after the switch, a delegated administrator among them.
func TestTheGeneratedPolicyIsEnough(t *testing.T) {
	facts, _ := bom(t)
	facts.Administrator = policy.Principal{Kind: policy.IAMUser, ARN: "arn:aws:iam::444455556666:user/dan", Account: "444455556666"}
	facts.QuickAccount = member
	text := KeyPolicy(management, []estate.AccountID{member})
	for name, all := range map[string][]Need{"in use": Of(facts), "being configured": Configuring(facts), "configured": Configured(facts)} {
		if got := deniedOf(t, text, all); len(got) != 0 || len(all) < 10 {
			t.Errorf("%s: denied %q of %d", name, got, len(all))
		}
	}
	if got := deniedOf(t, KeyPolicy(management, nil), Configuring(facts)); len(got) == 0 {
		t.Error("an administrator whom the policy does not name can switch the key")
	}
}
