package cloud

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

var quickService = api[quicksight.Client, quicksight.Options]{"quicksight", quicksight.NewFromConfig}

// Quick is the Amazon Quick account of an AWS account, asked in one Region. Users, groups, namespaces and settings answer in the
// identity Region only, assets in their own, the subscription anywhere (quick-api 2).
type Quick struct {
	site
	id *string
}

// Quick goes to the given account and Region.
func (c *Cloud) Quick(account estate.AccountID, region estate.Region) Quick {
	return Quick{site{c, account, region}, aws.String(string(account))}
}

// Subscription is what a new Quick account is made of (quick-api 1.1). Its identity Region is the Region that is called.
type Subscription struct {
	Name           string
	Edition        string
	Authentication string
	Email          string
	InstanceARN    estate.InstanceARN
	Groups         map[estate.QuickRole][]string
	Contact        Contact // ENTERPRISE_AND_Q only
}

// Contact is the person whom ENTERPRISE_AND_Q asks for; the zero value sends none.
type Contact struct{ FirstName, LastName, Email, Phone string }

// Settings are the settings of a Quick account.
type Settings struct {
	Name                  string
	Edition               string
	Email                 string
	DefaultNamespace      string
	TerminationProtection bool
}

// DescribeAccountSubscription gives the account's own facts. It is absent when there never was one and when it is UNSUBSCRIBED;
// while it comes or goes it is known, with that status (quick-api 1.2, 1.4).
func (q Quick) DescribeAccountSubscription(ctx context.Context) (estate.Known[estate.Quick], error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeAccountSubscription, &quicksight.DescribeAccountSubscriptionInput{AwsAccountId: q.id})
	if KindOf(err) == NotFound {
		return estate.Absent[estate.Quick](), nil
	}
	if err == nil && out.AccountInfo == nil {
		err = odd[quicksight.DescribeAccountSubscriptionInput](q.site, quickService.id, "the answer was empty")
	}
	if err != nil {
		return estate.NotLooked[estate.Quick](err.Error()), err
	}
	i := out.AccountInfo
	status := text[estate.QuickStatus](i.AccountSubscriptionStatus)
	if status == estate.QuickUnsubscribed {
		return estate.Absent[estate.Quick](), nil
	}
	return estate.Of(estate.Quick{Name: aws.ToString(i.AccountName), Edition: string(i.Edition), Authentication: aws.ToString(i.AuthenticationType),
		Email: aws.ToString(i.NotificationEmail), Status: status, InstanceARN: text[estate.InstanceARN](i.IAMIdentityCenterInstanceArn)}), nil
}

// DescribeAccountSettings answers in the identity Region only; elsewhere it is WrongRegion.
func (q Quick) DescribeAccountSettings(ctx context.Context) (Settings, error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeAccountSettings, &quicksight.DescribeAccountSettingsInput{AwsAccountId: q.id})
	if err != nil {
		return Settings{}, err
	}
	s := out.AccountSettings
	if s == nil {
		return Settings{}, odd[quicksight.DescribeAccountSettingsInput](q.site, quickService.id, "the answer was empty")
	}
	return Settings{aws.ToString(s.AccountName), string(s.Edition), aws.ToString(s.NotificationEmail), aws.ToString(s.DefaultNamespace), s.TerminationProtectionEnabled}, nil
}

// SetTerminationProtection is UpdateAccountSettings with the default namespace, which the call wants each time. The SDK leaves out
// a false, and AWS reads its absence as off.
func (q Quick) SetTerminationProtection(ctx context.Context, on bool) error {
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).UpdateAccountSettings, &quicksight.UpdateAccountSettingsInput{AwsAccountId: q.id,
		DefaultNamespace: aws.String(estate.DefaultNamespace), TerminationProtectionEnabled: on})
	return err
}

// CreateAccountSubscription begins to make the account; DescribeAccountSubscription tells when it is there.
func (q Quick) CreateAccountSubscription(ctx context.Context, s Subscription) error {
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).CreateAccountSubscription, &quicksight.CreateAccountSubscriptionInput{AwsAccountId: q.id,
		AccountName: &s.Name, AuthenticationMethod: types.AuthenticationMethodOption(s.Authentication), NotificationEmail: &s.Email,
		Edition: types.Edition(s.Edition), IAMIdentityCenterInstanceArn: given(string(s.InstanceARN)),
		AdminGroup: s.Groups["ADMIN"], AdminProGroup: s.Groups["ADMIN_PRO"], AuthorGroup: s.Groups["AUTHOR"], AuthorProGroup: s.Groups["AUTHOR_PRO"],
		ReaderGroup: s.Groups["READER"], ReaderProGroup: s.Groups["READER_PRO"],
		FirstName: given(s.Contact.FirstName), LastName: given(s.Contact.LastName), EmailAddress: given(s.Contact.Email), ContactNumber: given(s.Contact.Phone)})
	return err
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// DeleteAccountSubscription begins to destroy the account with its assets in all Regions. Only a step behind its gates calls it.
func (q Quick) DeleteAccountSubscription(ctx context.Context) error {
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).DeleteAccountSubscription, &quicksight.DeleteAccountSubscriptionInput{AwsAccountId: q.id})
	return err
}

// ListNamespaces gives the namespaces by name, without users and groups.
func (q Quick) ListNamespaces(ctx context.Context) (map[string]estate.Namespace, error) {
	namespaces := map[string]estate.Namespace{}
	in := &quicksight.ListNamespacesInput{AwsAccountId: q.id}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListNamespaces, in, func(out *quicksight.ListNamespacesOutput) {
		for _, n := range out.Namespaces {
			namespaces[aws.ToString(n.Name)] = estate.Namespace{CapacityRegion: text[estate.Region](n.CapacityRegion), Status: string(n.CreationStatus),
				IdentityStore: string(n.IdentityStore), ApplicationARN: text[estate.ARN](n.IamIdentityCenterApplicationArn),
				InstanceARN: text[estate.InstanceARN](n.IamIdentityCenterInstanceArn)}
		}
	})
	return namespaces, err
}

// ListUsers gives the people of a namespace by user name. Quick calls everybody whose IAM user is gone N/A (quick-api 4.2); these
// get their principal id as well, so that none hides another.
func (q Quick) ListUsers(ctx context.Context, namespace string) (map[string]estate.QuickUser, error) {
	users := map[string]estate.QuickUser{}
	in := &quicksight.ListUsersInput{AwsAccountId: q.id, Namespace: &namespace}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListUsers, in, func(out *quicksight.ListUsersOutput) {
		for _, u := range out.UserList {
			name := aws.ToString(u.UserName)
			if name == "N/A" {
				name = fmt.Sprintf("N/A (%s)", aws.ToString(u.PrincipalId))
			}
			users[name] = estate.QuickUser{Email: aws.ToString(u.Email), Role: string(u.Role), IdentityType: string(u.IdentityType), Active: u.Active}
		}
	})
	return users, err
}

// ListGroups gives the group names of a namespace, sorted; none in an account on Identity Center.
func (q Quick) ListGroups(ctx context.Context, namespace string) ([]string, error) {
	var names []string
	in := &quicksight.ListGroupsInput{AwsAccountId: q.id, Namespace: &namespace}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListGroups, in, func(out *quicksight.ListGroupsOutput) {
		for _, g := range out.GroupList {
			names = append(names, aws.ToString(g.GroupName))
		}
	})
	slices.Sort(names)
	return names, err
}

// ListGroupMemberships gives the user names in a group, sorted.
func (q Quick) ListGroupMemberships(ctx context.Context, namespace, group string) ([]string, error) {
	var names []string
	in := &quicksight.ListGroupMembershipsInput{AwsAccountId: q.id, Namespace: &namespace, GroupName: &group}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListGroupMemberships, in, func(out *quicksight.ListGroupMembershipsOutput) {
		for _, m := range out.GroupMemberList {
			names = append(names, aws.ToString(m.MemberName))
		}
	})
	slices.Sort(names)
	return names, err
}

// ListRoleMemberships gives the groups that have a role, sorted. It is the only way to read the groups given at sign-up.
func (q Quick) ListRoleMemberships(ctx context.Context, namespace string, role estate.QuickRole) ([]string, error) {
	var names []string
	in := &quicksight.ListRoleMembershipsInput{AwsAccountId: q.id, Namespace: &namespace, Role: types.Role(role)}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListRoleMemberships, in, func(out *quicksight.ListRoleMembershipsOutput) {
		names = append(names, out.MembersList...)
	})
	slices.Sort(names)
	return names, err
}

// CreateRoleMembership gives a group a role.
func (q Quick) CreateRoleMembership(ctx context.Context, namespace string, role estate.QuickRole, group string) error {
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).CreateRoleMembership,
		&quicksight.CreateRoleMembershipInput{AwsAccountId: q.id, Namespace: &namespace, Role: types.Role(role), MemberName: &group})
	return err
}

// DeleteRoleMembership takes a role from a group.
func (q Quick) DeleteRoleMembership(ctx context.Context, namespace string, role estate.QuickRole, group string) error {
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).DeleteRoleMembership,
		&quicksight.DeleteRoleMembershipInput{AwsAccountId: q.id, Namespace: &namespace, Role: types.Role(role), MemberName: &group})
	return err
}
