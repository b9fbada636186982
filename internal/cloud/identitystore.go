package cloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"rehome/internal/estate"
)

var identityStore = api[identitystore.Client, identitystore.Options]{"identitystore", identitystore.NewFromConfig}

// IdentityStore is the people of one Identity Store as one Region shows them; additional Regions show the same, read-only.
type IdentityStore struct {
	site
	id *string
}

// IdentityStore goes to the given account and Region.
func (c *Cloud) IdentityStore(account estate.AccountID, region estate.Region, id string) IdentityStore {
	return IdentityStore{site{c, account, region}, &id}
}

// ListUsers gives all people.
func (s IdentityStore) ListUsers(ctx context.Context) (map[estate.UserID]estate.User, error) {
	users := map[estate.UserID]estate.User{}
	in := &identitystore.ListUsersInput{IdentityStoreId: s.id}
	err := pages(ctx, s.site, identityStore, (*identitystore.Client).ListUsers, in, func(out *identitystore.ListUsersOutput) {
		for _, u := range out.Users {
			users[text[estate.UserID](u.UserId)] = user(u)
		}
	})
	return users, err
}

// DescribeUser gives one person.
func (s IdentityStore) DescribeUser(ctx context.Context, id estate.UserID) (estate.User, error) {
	out, err := call(ctx, s.site, identityStore, (*identitystore.Client).DescribeUser, &identitystore.DescribeUserInput{IdentityStoreId: s.id, UserId: aws.String(string(id))})
	if err != nil {
		return estate.User{}, err
	}
	return user(types.User{UserName: out.UserName, DisplayName: out.DisplayName, Name: out.Name, Emails: out.Emails}), nil
}

// user takes the primary address, else the first.
func user(u types.User) estate.User {
	person := estate.User{UserName: aws.ToString(u.UserName), DisplayName: aws.ToString(u.DisplayName)}
	if u.Name != nil {
		person.GivenName, person.FamilyName = aws.ToString(u.Name.GivenName), aws.ToString(u.Name.FamilyName)
	}
	for i, e := range u.Emails {
		if i == 0 || e.Primary {
			person.Email = aws.ToString(e.Value)
		}
	}
	return person
}

// ListGroups gives all groups without their members.
func (s IdentityStore) ListGroups(ctx context.Context) (map[estate.GroupID]estate.Group, error) {
	groups := map[estate.GroupID]estate.Group{}
	in := &identitystore.ListGroupsInput{IdentityStoreId: s.id}
	err := pages(ctx, s.site, identityStore, (*identitystore.Client).ListGroups, in, func(out *identitystore.ListGroupsOutput) {
		for _, g := range out.Groups {
			groups[text[estate.GroupID](g.GroupId)] = estate.Group{DisplayName: aws.ToString(g.DisplayName)}
		}
	})
	return groups, err
}

// ListGroupMemberships gives the people in a group, sorted.
func (s IdentityStore) ListGroupMemberships(ctx context.Context, group estate.GroupID) ([]estate.UserID, error) {
	var members []estate.UserID
	in := &identitystore.ListGroupMembershipsInput{IdentityStoreId: s.id, GroupId: aws.String(string(group))}
	err := pages(ctx, s.site, identityStore, (*identitystore.Client).ListGroupMemberships, in, func(out *identitystore.ListGroupMembershipsOutput) {
		for _, m := range out.GroupMemberships {
			if user, ok := m.MemberId.(*types.MemberIdMemberUserId); ok {
				members = append(members, estate.UserID(user.Value))
			}
		}
	})
	slices.Sort(members)
	return members, err
}
