package routes_test

import (
	"maps"
	"testing"

	"rehome/internal/twin/routes"
)

// The paths are those of the fact sheet's traps (quick-api 7), not computed from the table.
func TestMatchFindsTheOperationOfAPath(t *testing.T) {
	for name, tc := range map[string]struct {
		method, path, want string
		members            map[string]string
	}{
		"singular account":         {"GET", "/account/123456789012", "DescribeAccountSubscription", map[string]string{"AwsAccountId": "123456789012"}},
		"plural accounts":          {"POST", "/accounts/123456789012", "CreateNamespace", map[string]string{"AwsAccountId": "123456789012"}},
		"singular namespace":       {"DELETE", "/accounts/1/namespace/default/iam-policy-assignments/a", "DeleteIAMPolicyAssignment", map[string]string{"AwsAccountId": "1", "Namespace": "default", "AssignmentName": "a"}},
		"trailing slash":           {"POST", "/accounts/1/namespaces/default/iam-policy-assignments/", "CreateIAMPolicyAssignment", map[string]string{"AwsAccountId": "1", "Namespace": "default"}},
		"v2 list":                  {"GET", "/accounts/1/namespaces/default/v2/iam-policy-assignments", "ListIAMPolicyAssignments", map[string]string{"AwsAccountId": "1", "Namespace": "default"}},
		"spaces are v1":            {"GET", "/v1/accounts/1/spaces", "ListSpaces", map[string]string{"AwsAccountId": "1"}},
		"literal beats a member":   {"POST", "/accounts/1/flows/searchFlows", "SearchFlows", map[string]string{"AwsAccountId": "1"}},
		"encoded ARN is one piece": {"GET", "/resources/arn%3Aaws%3Aquicksight%3Aus-east-1%3A1%3Adashboard%2Fd/tags", "ListTagsForResource", map[string]string{"ResourceArn": "arn%3Aaws%3Aquicksight%3Aus-east-1%3A1%3Adashboard%2Fd"}},
		"unknown method":           {"PATCH", "/account/1", "", nil},
		"empty member":             {"GET", "/account//", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			op, members, ok := routes.Match("quicksight", tc.method, tc.path)
			if op.Name != tc.want || ok != (tc.want != "") || !maps.Equal(members, tc.members) {
				t.Errorf("Match = %q %v %v, want %q %v", op.Name, members, ok, tc.want, tc.members)
			}
		})
	}
}

func TestMutatingFollowsTheVerb(t *testing.T) {
	for name, want := range map[[2]string]bool{
		{"kms", "PutKeyPolicy"}:                            true,
		{"kms", "GenerateDataKeyWithoutPlaintext"}:         false,
		{"kms", "DescribeKey"}:                             false,
		{"quicksight", "CreateAccountSubscription"}:        true,
		{"quicksight", "GenerateEmbedUrlForAnonymousUser"}: false,
		{"quicksight", "SearchDashboards"}:                 false,
		{"sso-admin", "AddRegion"}:                         true,
		{"identitystore", "IsMemberInGroups"}:              false,
		{"sts", "GetCallerIdentity"}:                       false,
		{"account", "ListRegions"}:                         false,
		{"organizations", "DescribeOrganization"}:          false,
	} {
		op, ok := routes.Lookup(name[0], name[1])
		if !ok || op.Mutating != want {
			t.Errorf("%v: found %v, mutating %v, want %v", name, ok, op.Mutating, want)
		}
	}
}

func TestSignedFindsTheServiceOfAScope(t *testing.T) {
	s, ok := routes.Signed("sso")
	if !ok || s.ID != "sso-admin" || s.Target != "SWBExternalService" || s.Protocol != routes.JSON11 {
		t.Errorf("sso is %+v, %v", s, ok)
	}
	if _, ok := routes.Signed("ec2"); ok {
		t.Error("ec2 is no service of the twin")
	}
}
