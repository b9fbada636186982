package identitystore_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	store "github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/estate"
	"rehome/internal/twin/identitystore"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/kms"
)

const (
	account = "111122223333"
	storeID = "d-1234567890"
	mrk     = "mrk-1234567890abcdef1234567890abcdef"
	ana     = "11111111-1111-4111-8111-111111111111"
	ben     = "22222222-2222-4222-8222-222222222222"
	eve     = "33333333-3333-4333-8333-333333333333"
	admins  = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	readers = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	secret  = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"

	services = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"identitystore.amazonaws.com"},"Action":"kms:GenerateDataKeyWithoutPlaintext","Resource":"*","Condition":{"StringEquals":
		{"aws:SourceAccount":"111122223333","kms:EncryptionContext:aws:identitystore:identitystore-arn":"arn:aws:identitystore::111122223333:identitystore/d-1234567890"}}}]}`
	delegating = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
	all        = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// world has a store homed in ap-south-1 and readable in us-east-1, with a group nobody may look into, two people with one address
// and a role that may not use keys.
func world() estate.World {
	enabled := estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(delegating)})
	return estate.World{Title: "people", Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: account}),
		IdentityCenter: estate.Of(estate.Instance{ARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", Owner: account, IdentityStoreID: storeID, PrimaryRegion: "ap-south-1",
			Regions:    estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive, "us-east-1": estate.RegionActive, "us-west-2": estate.RegionAdding}),
			Encryption: estate.Of(estate.Encryption{KeyType: estate.CustomerManagedKey, KeyARN: "arn:aws:kms:ap-south-1:" + account + ":key/" + mrk, Status: "ENABLED"}),
			Users: estate.Of(map[estate.UserID]estate.User{ana: {UserName: "ana", DisplayName: "Ana Admin", GivenName: "Ana", FamilyName: "Admin", Email: "ana@example.com"},
				ben: {UserName: "ben", Email: "team@example.com"}, eve: {UserName: "eve", Email: "team@example.com"}}),
			Groups: estate.Of(map[estate.GroupID]estate.Group{admins: {DisplayName: "admins", Members: estate.Of([]estate.UserID{ana})},
				readers: {DisplayName: "readers", Members: estate.Of([]estate.UserID{ana, ben})}}),
		}),
		Accounts: map[estate.AccountID]estate.Account{account: {
			Keys: map[estate.KeyID]estate.Key{mrk: {MultiRegion: true, Primary: "ap-south-1", Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT", Manager: "CUSTOMER",
				Copies: map[estate.Region]estate.Known[estate.KeyCopy]{"ap-south-1": enabled, "us-east-1": enabled}}},
			Roles: map[string]estate.Role{"NoKeys": {AccessKey: "TESTNOKEYS", Policies: []string{all, strings.ReplaceAll(strings.ReplaceAll(all, "Allow", "Deny"), `"*","R`, `"kms:*","R`)}}},
		}},
	}}
}

type twin struct {
	*testing.T
	url string
}

func start(t *testing.T, change func(*kernel.Config)) twin {
	t.Helper()
	c := kernel.Config{World: world(), Services: []kernel.Service{kms.Service(), identitystore.Service()}, Clock: kernel.ClockManual}
	if change != nil {
		change(&c)
	}
	k, err := kernel.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return twin{t, s.URL}
}

func (w twin) as(key, region string) *store.Client {
	return store.New(store.Options{Region: region, BaseEndpoint: aws.String(w.url), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")})
}

func (w twin) in(region string) *store.Client { return w.as("TWIN"+account, region) }

// fault is an error as "Code [Reason]: message"; ok when there is none.
func fault(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		if err != nil {
			return err.Error()
		}
		return "ok"
	}
	reason := ""
	var denied *types.AccessDeniedException
	var invalid *types.ValidationException
	if errors.As(err, &denied) {
		reason = string(denied.Reason)
	} else if errors.As(err, &invalid) {
		reason = string(invalid.Reason)
	}
	return api.ErrorCode() + " [" + reason + "]: " + api.ErrorMessage()
}

func (w twin) mustBe(err error, want string) {
	w.Helper()
	if got := fault(err); !strings.HasPrefix(got, want) || want == "" {
		w.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPeopleAndGroupsAreTheSameInEveryRegion(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.PageSize = 1 })
	for _, region := range []string{"ap-south-1", "us-east-1"} {
		t.Run(region, func(t *testing.T) {
			var users, groups []string
			up := store.NewListUsersPaginator(w.in(region), &store.ListUsersInput{IdentityStoreId: aws.String(storeID)})
			for up.HasMorePages() {
				page, err := up.NextPage(t.Context())
				if err != nil || len(page.Users) != 1 {
					t.Fatalf("%v %+v", err, page)
				}
				users = append(users, *page.Users[0].UserId+" "+*page.Users[0].UserName+" "+*page.Users[0].Revision+" "+*page.Users[0].UserArn)
			}
			gp := store.NewListGroupsPaginator(w.in(region), &store.ListGroupsInput{IdentityStoreId: aws.String(storeID)})
			for gp.HasMorePages() {
				page, err := gp.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				groups = append(groups, *page.Groups[0].GroupId+" "+*page.Groups[0].DisplayName+" "+*page.Groups[0].GroupArn)
			}
			wantUsers := []string{ana + " ana 1 arn:aws:identitystore:::user/" + ana, ben + " ben 1 arn:aws:identitystore:::user/" + ben, eve + " eve 1 arn:aws:identitystore:::user/" + eve}
			wantGroups := []string{admins + " admins arn:aws:identitystore:::group/" + admins, readers + " readers arn:aws:identitystore:::group/" + readers}
			if d := cmp.Diff(wantUsers, users) + cmp.Diff(wantGroups, groups); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDescriptionsTakeIdsAndARNs(t *testing.T) {
	w := start(t, nil)
	arn := "arn:aws:identitystore::" + account + ":identitystore/" + storeID
	for _, id := range []string{ana, "arn:aws:identitystore:::user/" + ana} {
		u, err := w.in("us-east-1").DescribeUser(t.Context(), &store.DescribeUserInput{IdentityStoreId: &arn, UserId: &id})
		if err != nil || *u.UserName != "ana" || *u.Name.FamilyName != "Admin" || *u.Emails[0].Value != "ana@example.com" || *u.IdentityStoreId != storeID {
			t.Errorf("%s: %v %+v", id, err, u)
		}
	}
	for _, id := range []string{readers, "arn:aws:identitystore:::group/" + readers} {
		g, err := w.in("us-east-1").DescribeGroup(t.Context(), &store.DescribeGroupInput{IdentityStoreId: aws.String(storeID), GroupId: &id})
		if err != nil || *g.DisplayName != "readers" {
			t.Errorf("%s: %v %+v", id, err, g)
		}
	}
	_, err := w.in("us-east-1").DescribeUser(t.Context(), &store.DescribeUserInput{IdentityStoreId: aws.String(storeID), UserId: aws.String(secret)})
	w.mustBe(err, "ResourceNotFoundException []: USER not found.")
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) || missing.ResourceType != types.ResourceTypeUser || *missing.ResourceId != secret {
		t.Errorf("%+v", missing)
	}
	_, err = w.in("us-east-1").DescribeGroup(t.Context(), &store.DescribeGroupInput{IdentityStoreId: aws.String(storeID), GroupId: aws.String(secret)})
	w.mustBe(err, "ResourceNotFoundException []: GROUP not found.")
}

func TestLookups(t *testing.T) {
	w := start(t, nil)
	unique := func(path, value string) types.AlternateIdentifier {
		return &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{AttributePath: &path, AttributeValue: document.NewLazyDocument(value)}}
	}
	external := &types.AlternateIdentifierMemberExternalId{Value: types.ExternalId{Id: aws.String("00u1"), Issuer: aws.String("https://example.okta.com")}}
	for _, c := range []struct {
		name        string
		by          types.AlternateIdentifier
		user, group string // id, or the refusal
	}{
		{"user name", unique("userName", "ana"), ana, "ValidationException []: The attribute userName is not a unique attribute"},
		{"user name in another case", unique("userName", "Ana"), ana, "ValidationException"},
		{"address", unique("emails.value", "ana@example.com"), ana, "ValidationException"},
		{"address of two people", unique("emails.value", "team@example.com"), "ResourceNotFoundException []: USER not found.", "ValidationException"},
		{"group name", unique("displayName", "admins"), "ValidationException []: The attribute displayName is not a unique attribute", admins},
		{"unknown name", unique("displayName", "nobody"), "ValidationException", "ResourceNotFoundException []: GROUP not found."},
		{"external id", external, "TwinDoesNotKnow []: twin does not know /identity_center/users/external_ids", "TwinDoesNotKnow []: twin does not know /identity_center/groups/external_ids"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := twin{t, w.url}
			u, err := w.in("us-east-1").GetUserId(t.Context(), &store.GetUserIdInput{IdentityStoreId: aws.String(storeID), AlternateIdentifier: c.by})
			if err != nil {
				w.mustBe(err, c.user)
			} else if *u.UserId != c.user {
				t.Errorf("user %s, want %s", *u.UserId, c.user)
			}
			g, err := w.in("us-east-1").GetGroupId(t.Context(), &store.GetGroupIdInput{IdentityStoreId: aws.String(storeID), AlternateIdentifier: c.by})
			if err != nil {
				w.mustBe(err, c.group)
			} else if *g.GroupId != c.group {
				t.Errorf("group %s, want %s", *g.GroupId, c.group)
			}
		})
	}
}

func TestFilters(t *testing.T) {
	w := start(t, nil)
	users := func(path, value string) ([]string, error) {
		out, err := w.in("ap-south-1").ListUsers(t.Context(), &store.ListUsersInput{IdentityStoreId: aws.String(storeID), Filters: []types.Filter{{AttributePath: &path, AttributeValue: &value}}})
		var names []string
		if out != nil {
			for _, u := range out.Users {
				names = append(names, *u.UserName)
			}
		}
		return names, err
	}
	if names, err := users("UserName", "ben"); err != nil || !slices.Equal(names, []string{"ben"}) {
		t.Errorf("%v %v", err, names)
	}
	if names, err := users("UserName", "be"); err != nil || names != nil {
		t.Errorf("a part of a name matched: %v %v", err, names)
	}
	_, err := users("Title", "x")
	w.mustBe(err, "ValidationException []: The attribute path Title is not supported")
	out, err := w.in("ap-south-1").ListGroups(t.Context(), &store.ListGroupsInput{IdentityStoreId: aws.String(storeID),
		Filters: []types.Filter{{AttributePath: aws.String("DisplayName"), AttributeValue: aws.String("readers")}}})
	if err != nil || len(out.Groups) != 1 || *out.Groups[0].GroupId != readers {
		t.Errorf("%v %+v", err, out)
	}
}

func TestMemberships(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.PageSize = 1 })
	client, id := w.in("us-east-1"), aws.String(storeID)
	var ids, members []string
	p := store.NewListGroupMembershipsPaginator(client, &store.ListGroupMembershipsInput{IdentityStoreId: id, GroupId: aws.String(readers)})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.GroupMemberships {
			ids, members = append(ids, *m.MembershipId), append(members, m.MemberId.(*types.MemberIdMemberUserId).Value)
		}
	}
	if !slices.Equal(members, []string{ana, ben}) {
		t.Errorf("members %v", members)
	}
	found, err := client.GetGroupMembershipId(t.Context(), &store.GetGroupMembershipIdInput{IdentityStoreId: id, GroupId: aws.String(readers), MemberId: &types.MemberIdMemberUserId{Value: ben}})
	if err != nil || *found.MembershipId != ids[1] {
		t.Errorf("%v %+v, want %s", err, found, ids[1])
	}
	one, err := client.DescribeGroupMembership(t.Context(), &store.DescribeGroupMembershipInput{IdentityStoreId: id, MembershipId: &ids[1]})
	if err != nil || *one.GroupId != readers || one.MemberId.(*types.MemberIdMemberUserId).Value != ben {
		t.Errorf("%v %+v", err, one)
	}
	_, err = client.DescribeGroupMembership(t.Context(), &store.DescribeGroupMembershipInput{IdentityStoreId: id, MembershipId: aws.String(ana)})
	w.mustBe(err, "ResourceNotFoundException []: GROUP_MEMBERSHIP not found.")
	_, err = client.GetGroupMembershipId(t.Context(), &store.GetGroupMembershipIdInput{IdentityStoreId: id, GroupId: aws.String(admins), MemberId: &types.MemberIdMemberUserId{Value: ben}})
	w.mustBe(err, "ResourceNotFoundException []: GROUP_MEMBERSHIP not found.")

	of := store.NewListGroupMembershipsForMemberPaginator(client, &store.ListGroupMembershipsForMemberInput{IdentityStoreId: id, MemberId: &types.MemberIdMemberUserId{Value: ana}})
	var groups []string
	for of.HasMorePages() {
		page, err := of.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, *page.GroupMemberships[0].GroupId)
	}
	if !slices.Equal(groups, []string{admins, readers}) {
		t.Errorf("groups %v", groups)
	}
	is, err := client.IsMemberInGroups(t.Context(), &store.IsMemberInGroupsInput{IdentityStoreId: id, MemberId: &types.MemberIdMemberUserId{Value: ben}, GroupIds: []string{admins, readers}})
	if err != nil || is.Results[0].MembershipExists || !is.Results[1].MembershipExists {
		t.Errorf("%v %+v", err, is)
	}
}

// TestUnknownMembersAreNotNone: a group that nobody looked into is answered with its place, never with an empty list.
func TestUnknownMembersAreNotNone(t *testing.T) {
	w := start(t, func(c *kernel.Config) {
		i, _ := c.World.Estate.IdentityCenter.Get()
		groups, _ := i.Groups.Get()
		groups[secret] = estate.Group{DisplayName: "secret"}
	})
	_, err := w.in("us-east-1").ListGroupMemberships(t.Context(), &store.ListGroupMembershipsInput{IdentityStoreId: aws.String(storeID), GroupId: aws.String(secret)})
	w.mustBe(err, "TwinDoesNotKnow []: twin does not know /identity_center/groups/"+secret+"/members")
	_, err = w.in("us-east-1").ListGroupMembershipsForMember(t.Context(), &store.ListGroupMembershipsForMemberInput{IdentityStoreId: aws.String(storeID), MemberId: &types.MemberIdMemberUserId{Value: ana}})
	w.mustBe(err, "TwinDoesNotKnow")
}

func TestOnlyRegionsOfTheInstanceAnswer(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ region, id, want string }{
		{"ap-south-1", storeID, "ok"},
		{"us-east-1", storeID, "ok"},
		{"us-west-2", storeID, "ResourceNotFoundException []: IDENTITY_STORE not found."}, // still ADDING
		{"eu-west-1", storeID, "ResourceNotFoundException []: IDENTITY_STORE not found."},
		{"us-east-1", "d-0000000000", "ResourceNotFoundException []: IDENTITY_STORE not found."},
	} {
		_, err := w.in(c.region).ListUsers(t.Context(), &store.ListUsersInput{IdentityStoreId: &c.id})
		w.mustBe(err, c.want)
	}
}

func TestWritesAreRefusedInAdditionalRegions(t *testing.T) {
	w := start(t, nil)
	id := aws.String(storeID)
	member := &types.MemberIdMemberUserId{Value: ana}
	set := []types.AttributeOperation{{AttributePath: aws.String("displayName"), AttributeValue: document.NewLazyDocument("x")}}
	for name, call := range map[string]func(*store.Client) error{
		"CreateUser": func(c *store.Client) error {
			_, err := c.CreateUser(t.Context(), &store.CreateUserInput{IdentityStoreId: id, UserName: aws.String("zoe")})
			return err
		},
		"UpdateUser": func(c *store.Client) error {
			_, err := c.UpdateUser(t.Context(), &store.UpdateUserInput{IdentityStoreId: id, UserId: aws.String(ana), Operations: set})
			return err
		},
		"DeleteUser": func(c *store.Client) error {
			_, err := c.DeleteUser(t.Context(), &store.DeleteUserInput{IdentityStoreId: id, UserId: aws.String(ana)})
			return err
		},
		"CreateGroup": func(c *store.Client) error {
			_, err := c.CreateGroup(t.Context(), &store.CreateGroupInput{IdentityStoreId: id, DisplayName: aws.String("new")})
			return err
		},
		"UpdateGroup": func(c *store.Client) error {
			_, err := c.UpdateGroup(t.Context(), &store.UpdateGroupInput{IdentityStoreId: id, GroupId: aws.String(admins), Operations: set})
			return err
		},
		"DeleteGroup": func(c *store.Client) error {
			_, err := c.DeleteGroup(t.Context(), &store.DeleteGroupInput{IdentityStoreId: id, GroupId: aws.String(admins)})
			return err
		},
		"CreateGroupMembership": func(c *store.Client) error {
			_, err := c.CreateGroupMembership(t.Context(), &store.CreateGroupMembershipInput{IdentityStoreId: id, GroupId: aws.String(admins), MemberId: member})
			return err
		},
		"DeleteGroupMembership": func(c *store.Client) error {
			_, err := c.DeleteGroupMembership(t.Context(), &store.DeleteGroupMembershipInput{IdentityStoreId: id, MembershipId: aws.String(ana)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := twin{t, w.url}
			w.mustBe(call(w.in("us-east-1")), "AccessDeniedException []: twin: the Identity Store is read-only in us-east-1; its primary Region is ap-south-1")
		})
	}
}

// TestEveryReadingAsksForTheKeyOfItsRegion: the state and policy of the Region's own copy decide, with the Identity Store's words for
// KMS's refusals.
func TestEveryReadingAsksForTheKeyOfItsRegion(t *testing.T) {
	for _, c := range []struct {
		name, key string
		copy      estate.Known[estate.KeyCopy] // of us-east-1
		want      string
	}{
		{"caller without kms:Decrypt", "TESTNOKEYS", estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(delegating)}),
			"AccessDeniedException [KMS_ACCESS_DENIED]: User: arn:aws:sts::111122223333:assumed-role/NoKeys/twin is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext with an explicit deny"},
		{"disabled", "TWIN" + account, estate.Of(estate.KeyCopy{State: estate.KeyDisabled, Policy: estate.Of(delegating)}), "ValidationException [KMS_DISABLED]: "},
		{"pending deletion", "TWIN" + account, estate.Of(estate.KeyCopy{State: estate.KeyPendingDeletion, Policy: estate.Of(delegating)}), "ValidationException [KMS_INVALID_STATE]: "},
		{"no replica", "TWIN" + account, estate.Absent[estate.KeyCopy](),
			"AccessDeniedException [KMS_ACCESS_DENIED]: User: arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region"},
		{"nobody looked", "TWIN" + account, estate.NotLooked[estate.KeyCopy]("denied"), "TwinDoesNotKnow []: twin does not know /accounts/111122223333/keys/" + mrk + "/copies/us-east-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, func(k *kernel.Config) { k.World.Estate.Accounts[account].Keys[mrk].Copies["us-east-1"] = c.copy })
			_, err := w.as(c.key, "us-east-1").ListGroups(t.Context(), &store.ListGroupsInput{IdentityStoreId: aws.String(storeID)})
			w.mustBe(err, c.want)
			_, err = w.in("ap-south-1").ListGroups(t.Context(), &store.ListGroupsInput{IdentityStoreId: aws.String(storeID)})
			w.mustBe(err, "ok")
		})
	}
}

func TestEvidenceOfOneReading(t *testing.T) {
	w := start(t, nil)
	_, err := w.in("us-east-1").ListGroups(t.Context(), &store.ListGroupsInput{IdentityStoreId: aws.String(storeID)})
	w.mustBe(err, "ok")
	got := w.evidence()
	if len(got) != 1 || got[0].CallerKind != "fas" || !slices.Equal(got[0].Via, []string{"identitystore.amazonaws.com"}) || got[0].Action != "kms:Decrypt" ||
		got[0].Region != "us-east-1" || got[0].TriggeredBy != "identitystore:ListGroups" || !slices.Equal(got[0].ContextKeys, []string{"aws:identitystore:identitystore-arn"}) ||
		got[0].Decision != "allow" {
		t.Errorf("%+v", got)
	}
}

func TestAKeyOfAWSAsksNobody(t *testing.T) {
	w := start(t, func(c *kernel.Config) {
		i, _ := c.World.Estate.IdentityCenter.Get()
		i.Encryption = estate.Of(estate.Encryption{KeyType: "AWS_OWNED_KMS_KEY", Status: "ENABLED"})
		c.World.Estate.IdentityCenter = estate.Of(i)
	})
	_, err := w.as("TESTNOKEYS", "us-east-1").ListGroups(t.Context(), &store.ListGroupsInput{IdentityStoreId: aws.String(storeID)})
	w.mustBe(err, "ok")
	if got := w.evidence(); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

func (w twin) evidence() (records []kernel.KMSRecord) {
	w.Helper()
	answer, err := http.Get(w.url + "/_twin/kms")
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&records); err != nil {
		w.Fatal(err)
	}
	return records
}
