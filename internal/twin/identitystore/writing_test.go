package identitystore_test

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	store "github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	home = "ap-south-1"
	away = "us-east-1"
)

// writing is a twin whose key the Identity Store may use.
func writing(t *testing.T, change func(*estate.Instance)) twin {
	t.Helper()
	return start(t, func(c *kernel.Config) {
		c.World.Estate.Accounts[account].Keys[mrk].Copies[home] = estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(services)})
		i, _ := c.World.Estate.IdentityCenter.Get()
		if change != nil {
			change(&i)
		}
		c.World.Estate.IdentityCenter = estate.Of(i)
	})
}

func (w twin) wait(seconds int) {
	w.Helper()
	answer, err := http.Post(w.url+"/_twin/clock", "application/json", strings.NewReader(`{"advance": `+strconv.Itoa(seconds)+`}`))
	if err != nil || answer.StatusCode != http.StatusOK {
		w.Fatal(err, answer)
	}
	answer.Body.Close()
}

// people are the names of users that a Region shows, groups those of groups, in alphabetical order.
func (w twin) people(region string) (names []string) {
	w.Helper()
	out, err := w.in(region).ListUsers(w.Context(), &store.ListUsersInput{IdentityStoreId: aws.String(storeID)})
	if err != nil {
		w.Fatal(err)
	}
	for _, u := range out.Users {
		names = append(names, *u.UserName)
	}
	return slices.Sorted(slices.Values(names))
}

func (w twin) groups(region string) (names []string) {
	w.Helper()
	out, err := w.in(region).ListGroups(w.Context(), &store.ListGroupsInput{IdentityStoreId: aws.String(storeID)})
	if err != nil {
		w.Fatal(err)
	}
	for _, g := range out.Groups {
		names = append(names, *g.DisplayName)
	}
	return slices.Sorted(slices.Values(names))
}

func (w twin) members(region, group string) (ids []string) {
	w.Helper()
	out, err := w.in(region).ListGroupMemberships(w.Context(), &store.ListGroupMembershipsInput{IdentityStoreId: aws.String(storeID), GroupId: &group})
	if err != nil {
		w.Fatal(err)
	}
	for _, m := range out.GroupMemberships {
		ids = append(ids, m.MemberId.(*types.MemberIdMemberUserId).Value)
	}
	return ids
}

func (w twin) mustShow(what string, got []string, want ...string) {
	w.Helper()
	if !slices.Equal(got, want) {
		w.Errorf("%s: %v, want %v", what, got, want)
	}
}

func zoe() *store.CreateUserInput {
	return &store.CreateUserInput{IdentityStoreId: aws.String(storeID), UserName: aws.String("zoe"), DisplayName: aws.String("Zoe New"),
		Name: &types.Name{GivenName: aws.String("Zoe"), FamilyName: aws.String("New")}, Emails: []types.Email{{Value: aws.String("zoe@example.com")}}}
}

// TestAChangeShowsElsewhereALittleLater: what happened at the primary Region is there at once, and three seconds later in the other.
func TestAChangeShowsElsewhereALittleLater(t *testing.T) {
	w := writing(t, nil)
	made, err := w.in(home).CreateUser(t.Context(), zoe())
	if err != nil || *made.IdentityStoreId != storeID || *made.UserArn != "arn:aws:identitystore:::user/"+*made.UserId || *made.Revision != "1" {
		t.Fatalf("%v %+v", err, made)
	}
	w.mustShow("home", w.people(home), "ana", "ben", "eve", "zoe")
	w.mustShow("away, at once", w.people(away), "ana", "ben", "eve")
	_, err = w.in(away).DescribeUser(t.Context(), &store.DescribeUserInput{IdentityStoreId: aws.String(storeID), UserId: made.UserId})
	w.mustBe(err, "ResourceNotFoundException []: USER not found.")
	w.wait(2)
	w.mustShow("away, after two seconds", w.people(away), "ana", "ben", "eve")
	w.wait(1)
	w.mustShow("away, after three seconds", w.people(away), "ana", "ben", "eve", "zoe")
	u, err := w.in(away).DescribeUser(t.Context(), &store.DescribeUserInput{IdentityStoreId: aws.String(storeID), UserId: made.UserId})
	if err != nil || *u.Emails[0].Value != "zoe@example.com" || *u.Name.GivenName != "Zoe" {
		t.Errorf("%v %+v", err, u)
	}
}

// TestChangesArriveInTheirOrder: of several changes to one thing the other Region sees the oldest first, even those of one instant.
func TestChangesArriveInTheirOrder(t *testing.T) {
	w := writing(t, nil)
	c, id := w.in(home), aws.String(storeID)
	rename := func(name string) {
		_, err := c.UpdateGroup(t.Context(), &store.UpdateGroupInput{IdentityStoreId: id, GroupId: aws.String(readers),
			Operations: []types.AttributeOperation{{AttributePath: aws.String("displayName"), AttributeValue: document.NewLazyDocument(name)}}})
		w.mustBe(err, "ok")
	}
	for n := range 12 { // more than nine, so that numbers have to be compared as such
		rename("name " + strconv.Itoa(n))
	}
	w.mustShow("away, before any", w.groups(away), "admins", "readers")
	w.wait(1)
	rename("last but one")
	w.wait(1)
	rename("last")
	w.mustShow("away, still before any", w.groups(away), "admins", "readers")
	w.wait(1)
	w.mustShow("away, after the first twelve", w.groups(away), "admins", "name 11")
	w.wait(1)
	w.mustShow("away, after the next", w.groups(away), "admins", "last but one")
	w.wait(1)
	w.mustShow("away, after all", w.groups(away), "admins", "last")
	w.mustShow("home", w.groups(home), "admins", "last")
}

func TestADeletedUserLeavesTheGroups(t *testing.T) {
	w := writing(t, nil)
	_, err := w.in(home).DeleteUser(t.Context(), &store.DeleteUserInput{IdentityStoreId: aws.String(storeID), UserId: aws.String(ana)})
	w.mustBe(err, "ok")
	w.mustShow("home", w.members(home, readers), ben)
	w.mustShow("home", w.members(home, admins))
	w.mustShow("away, at once", w.members(away, readers), ana, ben)
	w.mustShow("away, at once", w.people(away), "ana", "ben", "eve")
	w.wait(3)
	w.mustShow("away, later", w.members(away, readers), ben)
	w.mustShow("away, later", w.people(away), "ben", "eve")
	_, err = w.in(home).DeleteUser(t.Context(), &store.DeleteUserInput{IdentityStoreId: aws.String(storeID), UserId: aws.String(ana)})
	w.mustBe(err, "ResourceNotFoundException []: USER not found.")
}

// TestTheLifeOfAGroup makes one, puts people in and takes them out, and deletes it.
func TestTheLifeOfAGroup(t *testing.T) {
	w := writing(t, nil)
	c, id := w.in(home), aws.String(storeID)
	made, err := c.CreateGroup(t.Context(), &store.CreateGroupInput{IdentityStoreId: id, DisplayName: aws.String("writers")})
	if err != nil {
		t.Fatal(err)
	}
	join := func(user string) (string, error) {
		out, err := c.CreateGroupMembership(t.Context(), &store.CreateGroupMembershipInput{IdentityStoreId: id, GroupId: made.GroupId, MemberId: &types.MemberIdMemberUserId{Value: user}})
		if err != nil {
			return "", err
		}
		return *out.MembershipId, nil
	}
	first, err := join(eve)
	w.mustBe(err, "ok")
	_, err = join(ben)
	w.mustBe(err, "ok")
	_, err = join(eve)
	w.mustBe(err, "ConflictException []: Duplicate")
	_, err = join(secret)
	w.mustBe(err, "ResourceNotFoundException []: USER not found.")
	w.mustShow("home", w.members(home, *made.GroupId), eve, ben)
	w.wait(3)
	w.mustShow("away", w.members(away, *made.GroupId), eve, ben)
	leave := func() error {
		_, err := c.DeleteGroupMembership(t.Context(), &store.DeleteGroupMembershipInput{IdentityStoreId: id, MembershipId: &first})
		return err
	}
	w.mustBe(leave(), "ok")
	w.mustBe(leave(), "ResourceNotFoundException []: GROUP_MEMBERSHIP not found.")
	w.mustShow("away, before it sees", w.members(away, *made.GroupId), eve, ben)
	w.wait(3)
	w.mustShow("away", w.members(away, *made.GroupId), ben)
	_, err = c.DeleteGroup(t.Context(), &store.DeleteGroupInput{IdentityStoreId: id, GroupId: made.GroupId})
	w.mustBe(err, "ok")
	w.mustShow("home", w.groups(home), "admins", "readers")
	w.mustShow("away, before it sees", w.groups(away), "admins", "readers", "writers")
}

func TestUpdateUser(t *testing.T) {
	w := writing(t, nil)
	update := func(path string, value any, revision *string) error {
		_, err := w.in(home).UpdateUser(t.Context(), &store.UpdateUserInput{IdentityStoreId: aws.String(storeID), UserId: aws.String(ana), Revision: revision,
			Operations: []types.AttributeOperation{{AttributePath: &path, AttributeValue: document.NewLazyDocument(value)}}})
		return err
	}
	w.mustBe(update("displayName", "Ana Other", aws.String("1")), "ok")
	w.mustBe(update("name.familyName", "Other", nil), "ok")
	w.mustBe(update("emails", []map[string]any{{"Value": "other@example.com", "Primary": true}}, nil), "ok")
	w.mustBe(update("userName", "BEN", nil), "ConflictException []: Duplicate UserName")
	w.mustBe(update("userName", "Administrator", nil), "ValidationException")
	w.mustBe(update("displayName", "", nil), "ValidationException []: displayname")
	w.mustBe(update("displayName", 7, nil), "ValidationException []: The attribute's value must be a string")
	w.mustBe(update("title", "Dr", nil), "NotModelledByTwin")
	w.mustBe(update("displayName", "x", aws.String("2")), "ConflictException []: The revision 2")
	u, err := w.in(home).DescribeUser(t.Context(), &store.DescribeUserInput{IdentityStoreId: aws.String(storeID), UserId: aws.String(ana)})
	if err != nil || *u.DisplayName != "Ana Other" || *u.Name.FamilyName != "Other" || *u.Emails[0].Value != "other@example.com" || *u.UserName != "ana" {
		t.Errorf("%v %+v", err, u)
	}
}

func TestWhatCannotBeCreated(t *testing.T) {
	w := writing(t, nil)
	for _, c := range []struct {
		name   string
		change func(*store.CreateUserInput)
		want   string
	}{
		{"name of somebody else in another case", func(in *store.CreateUserInput) { in.UserName = aws.String("Ana") }, "ConflictException []: Duplicate UserName"},
		{"no user name", func(in *store.CreateUserInput) { in.UserName = nil }, "ValidationException []: userName"},
		{"no display name", func(in *store.CreateUserInput) { in.DisplayName = nil }, "ValidationException []: displayname"},
		{"no name", func(in *store.CreateUserInput) { in.Name = nil }, "ValidationException []: givenname"},
		{"reserved", func(in *store.CreateUserInput) { in.UserName = aws.String("Administrator") }, "ValidationException []: The user name"},
		{"another store", func(in *store.CreateUserInput) { in.IdentityStoreId = aws.String("d-0000000000") }, "ResourceNotFoundException []: IDENTITY_STORE"},
	} {
		in := zoe()
		c.change(in)
		_, err := w.in(home).CreateUser(t.Context(), in)
		w.mustBe(err, c.want)
		var conflict *types.ConflictException
		if errors.As(err, &conflict) && conflict.Reason != types.ConflictExceptionReasonUniquenessConstraintViolation {
			t.Errorf("%s: reason %s", c.name, conflict.Reason)
		}
	}
	for name, want := range map[string]string{"admins": "ConflictException []: Duplicate GroupDisplayName", "AWSAdministrators": "ValidationException"} {
		_, err := w.in(home).CreateGroup(t.Context(), &store.CreateGroupInput{IdentityStoreId: aws.String(storeID), DisplayName: &name})
		w.mustBe(err, want)
	}
	w.mustShow("people", w.people(home), "ana", "ben", "eve")
}

// TestTheStoreEncryptsWhatIsNew as itself, and nothing is written when it may not.
func TestTheStoreEncryptsWhatIsNew(t *testing.T) {
	w := start(t, nil) // the key's policy admits people only
	_, err := w.in(home).CreateUser(t.Context(), zoe())
	w.mustBe(err, "AccessDeniedException [KMS_ACCESS_DENIED]: Service: identitystore.amazonaws.com is not authorized to perform: kms:GenerateDataKeyWithoutPlaintext")
	w.mustShow("people", w.people(home), "ana", "ben", "eve")
}

// TestARegionThatLacksSomebody: a world may say whom a Region shows; what is made later shows there all the same.
func TestARegionThatLacksSomebody(t *testing.T) {
	w := writing(t, func(i *estate.Instance) {
		i.UsersAt = map[estate.Region]estate.Known[map[estate.UserID]string]{away: estate.Of(map[estate.UserID]string{ana: "ana", eve: "eve"})}
		i.GroupsAt = map[estate.Region]estate.Known[[]string]{home: estate.Of([]string{}), away: estate.Of([]string{"readers"})}
	})
	w.mustShow("home", w.people(home), "ana", "ben", "eve")
	w.mustShow("away", w.people(away), "ana", "eve")
	w.mustShow("home", w.groups(home), "admins", "readers")
	w.mustShow("away", w.groups(away), "readers")
	_, err := w.in(away).DescribeUser(t.Context(), &store.DescribeUserInput{IdentityStoreId: aws.String(storeID), UserId: aws.String(ben)})
	w.mustBe(err, "ResourceNotFoundException []: USER not found.")
	_, err = w.in(home).CreateUser(t.Context(), zoe())
	w.mustBe(err, "ok")
	_, err = w.in(home).CreateGroup(t.Context(), &store.CreateGroupInput{IdentityStoreId: aws.String(storeID), DisplayName: aws.String("writers")})
	w.mustBe(err, "ok")
	w.mustShow("away, at once", w.people(away), "ana", "eve")
	w.mustShow("away, at once", w.groups(away), "readers")
	w.wait(3)
	w.mustShow("away, later", w.people(away), "ana", "eve", "zoe")
	w.mustShow("away, later", w.groups(away), "readers", "writers")
}

// TestASurveysSampleIsNoList: a survey looks up the first twenty people in each Region; nothing follows about those behind.
func TestASurveysSampleIsNoList(t *testing.T) {
	id := func(n int) estate.UserID {
		return estate.UserID("00000000-0000-4000-8000-0000000000" + strconv.Itoa(10+n))
	}
	w := writing(t, func(i *estate.Instance) {
		users, sample := map[estate.UserID]estate.User{}, map[estate.UserID]string{}
		for n := range 25 {
			users[id(n)] = estate.User{UserName: "user" + strconv.Itoa(10+n)}
			if n <= 20 && n != 3 {
				sample[id(n)] = users[id(n)].UserName
			}
		}
		i.Users = estate.Of(users)
		i.UsersAt = map[estate.Region]estate.Known[map[estate.UserID]string]{away: estate.Of(sample)}
	})
	here, there := w.people(home), w.people(away)
	if want := slices.DeleteFunc(slices.Clone(here), func(n string) bool { return n == "user13" }); len(here) != 25 || !slices.Equal(there, want) {
		t.Errorf("away: %v", there)
	}
}

// TestAnAccountsOwnStore: the people of an account's own instance are no others than its own account's.
func TestAnAccountsOwnStore(t *testing.T) {
	const other, own = "444455556666", "d-aaaaaaaaaa"
	w := start(t, func(c *kernel.Config) {
		c.World.Estate.Accounts[other] = estate.Account{AccountInstance: estate.Of(estate.Instance{ARN: "arn:aws:sso:::instance/ssoins-aaaaaaaaaaaaaaaa", Owner: other,
			IdentityStoreID: own, PrimaryRegion: away, Regions: estate.Of(map[estate.Region]estate.ReplicaState{away: estate.RegionActive}),
			Encryption: estate.Of(estate.Encryption{KeyType: estate.AWSOwnedKey, Status: estate.EncryptionEnabled}),
			Users:      estate.Of(map[estate.UserID]estate.User{}), Groups: estate.Of(map[estate.GroupID]estate.Group{})})}
	})
	in := zoe()
	in.IdentityStoreId = aws.String(own)
	_, err := w.as("TWIN"+other, away).CreateUser(t.Context(), in)
	w.mustBe(err, "ok")
	out, err := w.as("TWIN"+other, away).ListUsers(t.Context(), &store.ListUsersInput{IdentityStoreId: aws.String(own)})
	if err != nil || len(out.Users) != 1 {
		t.Errorf("%v %+v", err, out)
	}
	_, err = w.as("TWIN"+other, home).ListUsers(t.Context(), &store.ListUsersInput{IdentityStoreId: aws.String(own)})
	w.mustBe(err, "ResourceNotFoundException []: IDENTITY_STORE")
	_, err = w.in(away).ListUsers(t.Context(), &store.ListUsersInput{IdentityStoreId: aws.String(own)})
	w.mustBe(err, "ResourceNotFoundException []: IDENTITY_STORE")
	w.mustShow("the organization's", w.people(home), "ana", "ben", "eve")
}

// TestUnknownMembersStayUnknownElsewhere, before and after a change to their group shows.
func TestUnknownMembersStayUnknownElsewhere(t *testing.T) {
	w := writing(t, func(i *estate.Instance) {
		groups, _ := i.Groups.Get()
		groups[secret] = estate.Group{DisplayName: "secret", Members: estate.NotLooked[[]estate.UserID]("denied")}
	})
	_, err := w.in(home).UpdateGroup(t.Context(), &store.UpdateGroupInput{IdentityStoreId: aws.String(storeID), GroupId: aws.String(secret),
		Operations: []types.AttributeOperation{{AttributePath: aws.String("displayName"), AttributeValue: document.NewLazyDocument("open")}}})
	w.mustBe(err, "ok")
	for _, name := range []string{"secret", "open"} {
		w.mustShow("away", w.groups(away), slices.Sorted(slices.Values([]string{"admins", "readers", name}))...)
		_, err = w.in(away).ListGroupMemberships(t.Context(), &store.ListGroupMembershipsInput{IdentityStoreId: aws.String(storeID), GroupId: aws.String(secret)})
		w.mustBe(err, "TwinDoesNotKnow []: twin does not know /identity_center/groups/"+secret+"/members")
		w.wait(3)
	}
}
