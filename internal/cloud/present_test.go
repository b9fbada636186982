package cloud_test

import (
	"strings"
	"testing"

	"rehome/internal/cloud"
)

// TestARefusalNamesTheIAMAction: what a person is told to allow is an action that IAM knows.
func TestARefusalNamesTheIAMAction(t *testing.T) {
	for service, want := range map[string]string{"sso-admin": "allow sso:DoIt ", "identitystore": "allow identitystore:DoIt ", "kms": "allow kms:DoIt ", "quicksight": "allow quicksight:DoIt ",
		"iam": "allow iam:DoIt ", "sts": "allow sts:DoIt ", "organizations": "allow organizations:DoIt ", "account": "allow account:DoIt "} {
		if fix := cloud.Presentable(&cloud.Error{Kind: cloud.AccessDenied, Service: service, Operation: "DoIt", Region: "us-east-1", Account: account}).Fix[0]; !strings.HasPrefix(fix, want) {
			t.Errorf("%s: %q", service, fix)
		}
	}
}
