package estate

import (
	"encoding"
	"strings"
	"testing"
)

func TestIDsAreStrict(t *testing.T) {
	hex := strings.Repeat("0a", 16)
	check := func(name string, id encoding.TextUnmarshaler, good, bad []string) {
		t.Run(name, func(t *testing.T) {
			for _, s := range good {
				if err := id.UnmarshalText([]byte(s)); err != nil {
					t.Errorf("refused %q: %v", s, err)
				}
			}
			for _, s := range bad {
				if err := id.UnmarshalText([]byte(s)); err == nil {
					t.Errorf("accepted %q", s)
				} else if !strings.Contains(err.Error(), `"`) {
					t.Errorf("the error does not quote the value: %v", err)
				}
			}
		})
	}
	check("account", new(AccountID), []string{"111122223333", "000000000000"},
		[]string{"", "11112222333", "1111222233334", "1111-2222-3333", "11112222333a", " 111122223333", "111122223333\n", "１11122223333", "1.11122223e11"})
	check("Region", new(Region), []string{"us-east-1", "ap-southeast-5", "us-gov-west-1", "cn-north-1", "us-iso-east-1", "mx-central-1"},
		[]string{"", "us-east", "us-east-", "US-EAST-1", "us_east_1", "us-east-1a", "us-east-1 ", "useast1", "us-east-10", "N. Virginia", "*", "1", "us-east-1\n"})
	check("instance ARN", new(InstanceARN), []string{"arn:aws:sso:::instance/ssoins-1234567890abcdef", "arn:aws-cn:sso:::instance/ssoins-1234567890abcdef",
		"arn:aws-us-gov:sso:::instance/ssoins-1234567890abcdef", "arn:aws:sso:::instance/ins-1234567890abcdef"},
		[]string{"", "ssoins-1234567890abcdef", "arn:aws:sso:::instance/ssoins-1234567890abcde", "arn:aws:sso:::instance/ssoins-1234567890abcdef0",
			"arn:aws:sso::111122223333:instance/ssoins-1234567890abcdef", "arn:aws:sso:us-east-1::instance/ssoins-1234567890abcdef", "arn:aws:sso:::application/ssoins-1234567890abcdef", "arn:aws:sso:::instance/ssoins-1234567890abcde_"})
	check("key", new(KeyID), []string{"mrk-" + hex, "1234abcd-12ab-34cd-56ef-1234567890ab"},
		[]string{"", "mrk-", "mrk-" + hex[1:], "mrk-" + hex + "0", "mrk-" + strings.ToUpper(hex), hex, "alias/identity-center", "1234abcd-12ab-34cd-56ef-1234567890a", "1234ABCD-12ab-34cd-56ef-1234567890ab",
			"arn:aws:kms:us-east-1:111122223333:key/mrk-" + hex})
}

func TestARefusedIDKeepsTheOldValue(t *testing.T) {
	r := Region("us-east-1")
	if err := r.UnmarshalText([]byte("mars")); err == nil || r != "us-east-1" {
		t.Errorf("%s, %v", r, err)
	}
}

func TestARNs(t *testing.T) {
	key := KeyARN("us-east-1", "111122223333", "mrk-1")
	if key != "arn:aws:kms:us-east-1:111122223333:key/mrk-1" {
		t.Errorf("got %s", key)
	}
	if got := IdentityStoreARN("111122223333", "d-1234567890"); got != "arn:aws:identitystore::111122223333:identitystore/d-1234567890" {
		t.Errorf("got %s", got)
	}
	if got := QuickARN("us-east-1", "111122223333", "dashboard/a"); got != "arn:aws:quicksight:us-east-1:111122223333:dashboard/a" {
		t.Errorf("got %s", got)
	}
	for arn, want := range map[ARN]struct {
		ok      bool
		region  Region
		account AccountID
		key     KeyID
	}{
		key: {true, "us-east-1", "111122223333", "mrk-1"},
		"arn:aws:sso:::instance/ssoins-1234567890abcdef":                            {true, "", "", ""},
		"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/ana:someone": {true, "", "111122223333", ""},
		"":                       {},
		"mrk-1":                  {},
		"arn:aws:kms:us-east-1":  {},
		"nra:aws:kms:r:a:key/k1": {},
	} {
		parts, ok := arn.Split()
		if ok != want.ok || arn.Region() != want.region || arn.Account() != want.account || arn.KeyID() != want.key {
			t.Errorf("%q: %t %q %q %q", arn, ok, arn.Region(), arn.Account(), arn.KeyID())
		}
		if !ok && parts != [6]string{} {
			t.Errorf("%q: parts of no ARN: %q", arn, parts)
		}
	}
	parts, _ := ARN("arn:aws:sts::111122223333:assumed-role/R/ana:someone").Split()
	if parts[5] != "assumed-role/R/ana:someone" {
		t.Errorf("the last part lost its colons: %q", parts[5])
	}
}
