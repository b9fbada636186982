package needs

import "testing"

// TestWhereTasksRun: the table of AWS by the calls that stand for its rows, written by hand from idc-kms 1.7.
func TestWhereTasksRun(t *testing.T) {
	if n := len(Tasks()); n != 11 {
		t.Errorf("%d tasks, AWS lists eleven", n)
	}
	for _, task := range Tasks() {
		if task.Name == "" || task.Manage == "" || task.Look == "" || task.Source.Date == "" {
			t.Errorf("incomplete: %+v", task)
		}
	}
	for call, want := range map[[2]string]Place{
		{"identitystore", "CreateUser"}: PrimaryOnly, {"identitystore", "ListUsers"}: AnyRegion, {"identitystore", "DeleteGroupMembership"}: PrimaryOnly,
		{"sso", "AddRegion"}: PrimaryOnly, {"sso-admin", "AddRegion"}: PrimaryOnly, {"sso", "RemoveRegion"}: PrimaryOnly, {"sso", "UpdateInstance"}: PrimaryOnly,
		{"sso-admin", "CreateTrustedTokenIssuer"}: PrimaryOnly, {"sso", "ListTrustedTokenIssuers"}: AnyRegion,
		{"sso", "DescribeInstance"}: AnyRegion, {"sso", "DescribeRegion"}: AnyRegion, {"sso", "ListInstances"}: AnyRegion,
		{"sso", "ListPermissionSets"}: PrimaryOnly, {"sso", "CreateAccountAssignment"}: PrimaryOnly, {"sso", "ListAccountAssignments"}: PrimaryOnly,
		{"sso", "CreateApplication"}: AnyRegion, {"sso", "CreateApplicationAssignment"}: Connected, {"sso", "UpdateApplication"}: Connected,
		{"sso", "DeleteApplication"}: Connected, {"sso", "DescribeApplication"}: AnyRegion, {"sso", "ListApplicationAssignments"}: Connected, {"sso", "ListApplicationGrants"}: AnyRegion,
		{"kms", "ReplicateKey"}: PrimaryOnly, {"kms", "Decrypt"}: "", {"quicksight", "ListUsers"}: "", {"sso", "Unheard"}: "",
	} {
		if got := Where(call[0], call[1]); got != want {
			t.Errorf("%s:%s can be called at %q, want %q", call[0], call[1], got, want)
		}
	}
}
