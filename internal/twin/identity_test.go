package twin_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/google/go-cmp/cmp"
)

var def = aws.String("default")

// call is one operation with fitting input.
type call func(context.Context, *quicksight.Client) error

// of makes a call of an operation of the SDK.
func of[I, O any](operation func(*quicksight.Client, context.Context, *I, ...func(*quicksight.Options)) (*O, error), in *I) call {
	return func(ctx context.Context, c *quicksight.Client) error {
		_, err := operation(c, ctx, in)
		return err
	}
}

const disabled = "AccessDeniedException 401: Operation is disabled for identities managed by IAM Identity Center"

// bound are the operations of the identity Region, with what the world bom answers there.
var bound = []struct {
	name string
	call call
	home string
}{
	{"DeleteAccountSubscription", of((*quicksight.Client).DeleteAccountSubscription, &quicksight.DeleteAccountSubscriptionInput{AwsAccountId: id}), "PreconditionNotMetException 400: "},
	{"DescribeAccountSettings", of((*quicksight.Client).DescribeAccountSettings, &quicksight.DescribeAccountSettingsInput{AwsAccountId: id}), "ok"},
	{"UpdateAccountSettings", of((*quicksight.Client).UpdateAccountSettings, &quicksight.UpdateAccountSettingsInput{AwsAccountId: id, DefaultNamespace: def, TerminationProtectionEnabled: true}), "ok"},
	{"ListNamespaces", of((*quicksight.Client).ListNamespaces, &quicksight.ListNamespacesInput{AwsAccountId: id}), "ok"},
	{"DescribeNamespace", of((*quicksight.Client).DescribeNamespace, &quicksight.DescribeNamespaceInput{AwsAccountId: id, Namespace: def}), "ok"},
	{"CreateNamespace", of((*quicksight.Client).CreateNamespace, &quicksight.CreateNamespaceInput{AwsAccountId: id, Namespace: aws.String("partners"), IdentityStore: types.IdentityStoreQuicksight}), disabled},
	{"DeleteNamespace", of((*quicksight.Client).DeleteNamespace, &quicksight.DeleteNamespaceInput{AwsAccountId: id, Namespace: def}), "InvalidParameterValueException 400: "},
	{"ListUsers", of((*quicksight.Client).ListUsers, &quicksight.ListUsersInput{AwsAccountId: id, Namespace: def}), "ok"},
	{"DescribeUser", of((*quicksight.Client).DescribeUser, &quicksight.DescribeUserInput{AwsAccountId: id, Namespace: def, UserName: aws.String("ana")}), "ok"},
	{"RegisterUser", of((*quicksight.Client).RegisterUser, &quicksight.RegisterUserInput{AwsAccountId: id, Namespace: def, Email: aws.String("z@example.com"),
		IdentityType: types.IdentityTypeQuicksight, UserRole: types.UserRoleReader}), disabled},
	{"DeleteUser", of((*quicksight.Client).DeleteUser, &quicksight.DeleteUserInput{AwsAccountId: id, Namespace: def, UserName: aws.String("ana")}), "NotModelledByTwin 501: "},
	{"ListGroups", of((*quicksight.Client).ListGroups, &quicksight.ListGroupsInput{AwsAccountId: id, Namespace: def}), "ok"},
	{"DescribeGroup", of((*quicksight.Client).DescribeGroup, &quicksight.DescribeGroupInput{AwsAccountId: id, Namespace: def, GroupName: aws.String("g")}), "ResourceNotFoundException 404: "},
	{"CreateGroup", of((*quicksight.Client).CreateGroup, &quicksight.CreateGroupInput{AwsAccountId: id, Namespace: def, GroupName: aws.String("g")}), disabled},
	{"DeleteGroup", of((*quicksight.Client).DeleteGroup, &quicksight.DeleteGroupInput{AwsAccountId: id, Namespace: def, GroupName: aws.String("g")}), "ResourceNotFoundException 404: "},
	{"ListGroupMemberships", of((*quicksight.Client).ListGroupMemberships, &quicksight.ListGroupMembershipsInput{AwsAccountId: id, Namespace: def, GroupName: aws.String("g")}), "ResourceNotFoundException 404: "},
	{"CreateRoleMembership", of((*quicksight.Client).CreateRoleMembership, &quicksight.CreateRoleMembershipInput{AwsAccountId: id, Namespace: def, Role: types.RoleReader, MemberName: aws.String("quick-readers")}), "ok"},
	{"DeleteRoleMembership", of((*quicksight.Client).DeleteRoleMembership, &quicksight.DeleteRoleMembershipInput{AwsAccountId: id, Namespace: def, Role: types.RoleReader, MemberName: aws.String("quick-authors")}), "ResourceNotFoundException 404: "},
	{"ListRoleMemberships", of((*quicksight.Client).ListRoleMemberships, &quicksight.ListRoleMembershipsInput{AwsAccountId: id, Namespace: def, Role: types.RoleReader}), "ok"},
}

// TestTheIdentityRegionAnswers: elsewhere each of them is sent back with AWS's words before anything else is looked at; an account
// that is not there is not sent back.
func TestTheIdentityRegionAnswers(t *testing.T) {
	w, empty := start(t, load(t, "bom")), start(t, load(t, "trb-01"))
	for _, c := range bound {
		t.Run(c.name, func(t *testing.T) {
			w, empty := w.with(t), empty.with(t)
			w.unchanged(func() {
				w.mustBe(c.call(t.Context(), w.quick(virginia)),
					"AccessDeniedException 401: Operation is being called from endpoint us-east-1, but your identity region is ap-south-1. Please use the ap-south-1 endpoint.")
				w.mustBe(c.call(t.Context(), w.quick(mumbai)), c.home)
			})
			empty.mustBe(c.call(t.Context(), empty.quick(virginia)), "ResourceNotFoundException 404: Account 111122223333 is not signed up with QuickSight with namespace default")
		})
	}
}

func TestSubscriptionAndAssetsAnswerAnywhere(t *testing.T) {
	w := start(t, load(t, "bom"))
	for _, region := range []string{mumbai, virginia, ireland} {
		if got := w.status(region); got != "ACCOUNT_CREATED" {
			t.Errorf("%s: %s", region, got)
		}
		_, err := w.quick(region).ListDashboards(t.Context(), &quicksight.ListDashboardsInput{AwsAccountId: id})
		w.mustBe(err, "ok")
	}
}

// TestThePlaceIsCheckedBeforeTheRights (quick-api 7): who may not list namespaces still learns where they are.
func TestThePlaceIsCheckedBeforeTheRights(t *testing.T) {
	w := start(t, load(t, "unreadable"))
	in := &quicksight.ListNamespacesInput{AwsAccountId: id}
	_, err := w.quickAs("TWINQUICKOPERATOR", virginia).ListNamespaces(t.Context(), in)
	w.mustBe(err, "AccessDeniedException 401: Operation is being called from endpoint us-east-1, but your identity region is ap-south-1")
	_, err = w.quickAs("TWINQUICKOPERATOR", mumbai).ListNamespaces(t.Context(), in)
	w.mustBe(err, "AccessDeniedException 400: User: arn:aws:sts::111122223333:assumed-role/QuickOperator/twin is not authorized to perform: quicksight:ListNamespaces")
}

func (w running) roleGroups(role types.Role) (got []string) {
	w.Helper()
	p := quicksight.NewListRoleMembershipsPaginator(w.quick(mumbai), &quicksight.ListRoleMembershipsInput{AwsAccountId: id, Namespace: def, Role: role})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		got = append(got, page.MembersList...)
	}
	return got
}

func (w running) setRole(give bool, role types.Role, group string) error {
	if give {
		_, err := w.quick(mumbai).CreateRoleMembership(w.Context(), &quicksight.CreateRoleMembershipInput{AwsAccountId: id, Namespace: def, Role: role, MemberName: &group})
		return err
	}
	_, err := w.quick(mumbai).DeleteRoleMembership(w.Context(), &quicksight.DeleteRoleMembershipInput{AwsAccountId: id, Namespace: def, Role: role, MemberName: &group})
	return err
}

func (w running) assigned(app string) int {
	w.Helper()
	out, err := w.sso(mumbai).ListApplicationAssignments(w.Context(), &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: &app})
	if err != nil {
		w.Fatal(err)
	}
	return len(out.ApplicationAssignments)
}

// TestRolesMakePeople: users follow from the groups of the roles, the highest role wins, and the application is assigned for as long
// as a group has any role.
func TestRolesMakePeople(t *testing.T) {
	w := start(t, load(t, "bom", `{estate: {identity_center: {groups: {dddddddd-dddd-4ddd-8ddd-dddddddddddd:
		{display_name: quick-guests, members: [55555555-5555-4555-8555-555555555555, 33333333-3333-4333-8333-333333333333]}}}}}`))
	w.mustBe(w.setRole(true, types.RoleReader, "nobody"), "ResourceNotFoundException 404: ")
	w.mustBe(w.setRole(true, types.RoleReader, "quick-guests"), "ok")
	w.mustBe(w.setRole(true, types.RoleReader, "quick-guests"), "ok")
	w.mustBe(w.setRole(true, types.RoleAuthorPro, "quick-guests"), "ok")
	if got := w.roleGroups(types.RoleReader); !slices.Equal(got, []string{"quick-guests", "quick-readers"}) {
		t.Errorf("readers %v", got)
	}
	people := everybody(mumbai)
	arn := " arn:aws:quicksight:ap-south-1:111122223333:user/default/"
	people[2] = "chi AUTHOR_PRO IAM_IDENTITY_CENTER chi@example.com" + arn + "chi"
	people = append(people, "eve AUTHOR_PRO IAM_IDENTITY_CENTER eve@example.com"+arn+"eve")
	if d := cmp.Diff(people, w.people(mumbai, "default")); d != "" {
		t.Error(d)
	}
	if got := w.assigned(oldApp); got != 4 {
		t.Errorf("%d assignments", got)
	}
	w.mustBe(w.setRole(false, types.RoleAuthorPro, "quick-guests"), "ok")
	if got := w.assigned(oldApp); got != 4 {
		t.Errorf("%d assignments while the group still reads", got)
	}
	w.mustBe(w.setRole(false, types.RoleReader, "quick-guests"), "ok")
	if got := w.assigned(oldApp); got != 3 {
		t.Errorf("%d assignments after the last role is gone", got)
	}
	if d := cmp.Diff(everybody(mumbai), w.people(mumbai, "default")); d != "" {
		t.Error(d)
	}
	_, err := w.quick(mumbai).DescribeUser(t.Context(), &quicksight.DescribeUserInput{AwsAccountId: id, Namespace: def, UserName: aws.String("eve")})
	w.mustBe(err, "ResourceNotFoundException 404: ")
}

// TestAddedNamespace holds people and groups of Quick's own, which can be deleted, one by one or with the namespace.
func TestAddedNamespace(t *testing.T) {
	w := start(t, load(t, "namespaces", `{estate: {accounts: {"111122223333": {quick: {namespaces: {partners: {groups: {viewers: [pat, ann]},
		users: {ann: {email: ann@example.net, role: AUTHOR, identity_type: QUICKSIGHT, active: true}}}}}}}}}`), smallPages)
	client, partners := w.quick(mumbai), aws.String("partners")
	arn := " arn:aws:quicksight:ap-south-1:111122223333:user/partners/"
	if d := cmp.Diff([]string{"ann AUTHOR QUICKSIGHT ann@example.net" + arn + "ann", "pat READER QUICKSIGHT pat@example.net" + arn + "pat"}, w.people(mumbai, "partners")); d != "" {
		t.Error(d)
	}
	var names []string
	spaces := quicksight.NewListNamespacesPaginator(client, &quicksight.ListNamespacesInput{AwsAccountId: id})
	for spaces.HasMorePages() {
		page, err := spaces.NextPage(t.Context())
		if err != nil || len(page.Namespaces) != 1 {
			t.Fatalf("%v %+v", err, page)
		}
		names = append(names, *page.Namespaces[0].Name)
	}
	groups, err := client.ListGroups(t.Context(), &quicksight.ListGroupsInput{AwsAccountId: id, Namespace: partners})
	if err != nil || *groups.GroupList[0].GroupName != "viewers" || *groups.GroupList[0].Arn != "arn:aws:quicksight:ap-south-1:111122223333:group/partners/viewers" {
		t.Errorf("%v %+v", err, groups)
	}
	members := quicksight.NewListGroupMembershipsPaginator(client, &quicksight.ListGroupMembershipsInput{AwsAccountId: id, Namespace: partners, GroupName: aws.String("viewers")})
	for members.HasMorePages() {
		page, err := members.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, *page.GroupMemberList[0].MemberName)
	}
	if !slices.Equal(names, []string{"default", "partners", "ann", "pat"}) {
		t.Errorf("%v", names)
	}
	for _, c := range []struct {
		call call
		want string
	}{
		{of((*quicksight.Client).DescribeGroup, &quicksight.DescribeGroupInput{AwsAccountId: id, Namespace: partners, GroupName: aws.String("viewers")}), "ok"},
		{of((*quicksight.Client).DeleteGroup, &quicksight.DeleteGroupInput{AwsAccountId: id, Namespace: partners, GroupName: aws.String("viewers")}), "ok"},
		{of((*quicksight.Client).DescribeGroup, &quicksight.DescribeGroupInput{AwsAccountId: id, Namespace: partners, GroupName: aws.String("viewers")}), "ResourceNotFoundException 404: "},
		{of((*quicksight.Client).DeleteUser, &quicksight.DeleteUserInput{AwsAccountId: id, Namespace: partners, UserName: aws.String("pat")}), "ok"},
		{of((*quicksight.Client).DescribeUser, &quicksight.DescribeUserInput{AwsAccountId: id, Namespace: partners, UserName: aws.String("pat")}), "ResourceNotFoundException 404: "},
		{of((*quicksight.Client).ListRoleMemberships, &quicksight.ListRoleMembershipsInput{AwsAccountId: id, Namespace: partners, Role: types.RoleReader}), "NotModelledByTwin 501: "},
		{of((*quicksight.Client).DeleteNamespace, &quicksight.DeleteNamespaceInput{AwsAccountId: id, Namespace: partners}), "ok"},
		{of((*quicksight.Client).DescribeNamespace, &quicksight.DescribeNamespaceInput{AwsAccountId: id, Namespace: partners}), "ResourceNotFoundException 404: Namespace partners not found in account 111122223333"},
	} {
		w.mustBe(c.call(t.Context(), client), c.want)
	}
}

// TestPeopleComeInPages: neither Quick's own pages nor those that Quick reads from the Identity Store lose anybody.
func TestPeopleComeInPages(t *testing.T) {
	w := start(t, load(t, "bom"), smallPages)
	if d := cmp.Diff(everybody(mumbai), w.people(mumbai, "default")); d != "" {
		t.Error(d)
	}
	_, err := w.quick(mumbai).ListUsers(t.Context(), &quicksight.ListUsersInput{AwsAccountId: id, Namespace: def, NextToken: aws.String("none of ours")})
	w.mustBe(err, "InvalidNextTokenException 400: ")
}

// TestAGroupThatIsGoneHasNoPeople: a role may name a group that the Identity Store has lost.
func TestAGroupThatIsGoneHasNoPeople(t *testing.T) {
	w := start(t, load(t, "bom", `{estate: {accounts: {"111122223333": {quick: {roles: {READER: [quick-readers, quick-lost]}}}}}}`))
	if d := cmp.Diff(everybody(mumbai), w.people(mumbai, "default")); d != "" {
		t.Error(d)
	}
}
