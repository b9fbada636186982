package quicksight_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/identitystore"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/kms"
	"rehome/internal/twin/quicksight"
	"rehome/internal/twin/s3"
	"rehome/internal/twin/ssoadmin"
)

const (
	account  = "111122223333"
	member   = "444455556666"
	virginia = "us-east-1"
	milan    = "eu-south-1"
	instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	private  = "arn:aws:sso:::instance/ssoins-aaaaaaaaaaaaaaaa"
)

// world has the organization's instance in us-east-1 and us-east-2, a member account with an instance of its own, and nobody who uses
// Quick.
func world() estate.World {
	active := func(regions ...estate.Region) estate.Known[map[estate.Region]estate.ReplicaState] {
		all := map[estate.Region]estate.ReplicaState{}
		for _, r := range regions {
			all[r] = estate.RegionActive
		}
		return estate.Of(all)
	}
	group := func(id estate.GroupID, name string) estate.Known[map[estate.GroupID]estate.Group] {
		return estate.Of(map[estate.GroupID]estate.Group{id: {DisplayName: name, Members: estate.Of([]estate.UserID{})}})
	}
	none, owned := estate.Of(map[estate.ARN]estate.Application{}), estate.Of(estate.Encryption{KeyType: estate.AWSOwnedKey, Status: estate.EncryptionEnabled})
	return estate.World{Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: account, DelegatedAdministrators: estate.Of([]estate.AccountID{})}),
		IdentityCenter: estate.Of(estate.Instance{ARN: instance, Owner: account, IdentityStoreID: "d-1234567890", PrimaryRegion: virginia, Regions: active(virginia, "us-east-2"),
			Encryption: owned, Users: estate.Of(map[estate.UserID]estate.User{}), Groups: group("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "admins"), Applications: none}),
		Accounts: map[estate.AccountID]estate.Account{
			account: {Quick: estate.Absent[estate.Quick](), Regions: estate.Of(map[estate.Region]estate.OptStatus{milan: estate.OptEnabled})},
			member: {Quick: estate.Absent[estate.Quick](), AccountInstance: estate.Of(estate.Instance{ARN: private, Owner: member, IdentityStoreID: "d-aaaaaaaaaa", PrimaryRegion: virginia,
				Regions: active(virginia), Encryption: owned, Users: estate.Of(map[estate.UserID]estate.User{}), Groups: group("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", "own-admins"), Applications: none})},
		},
	}}
}

type twin struct {
	*testing.T
	url string
}

func start(t *testing.T, change func(*estate.World)) twin {
	t.Helper()
	w := world()
	if change != nil {
		change(&w)
	}
	k, err := kernel.New(kernel.Config{World: w, Clock: kernel.ClockManual,
		Services: []kernel.Service{kms.Service(), ssoadmin.Service(), identitystore.Service(), quicksight.Service(), s3.Service()}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return twin{t, s.URL}
}

func (w twin) in(account, region string) *quick.Client {
	return quick.New(quick.Options{Region: region, BaseEndpoint: aws.String(w.url), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("TWIN"+account, "secret", "")})
}

// steer posts to one of the twin's own endpoints and gives status and body.
func (w twin) steer(path, body string) (int, string) {
	w.Helper()
	answer, err := http.Post(w.url+"/_twin/"+path, "application/json", strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func (w twin) wait() {
	w.Helper()
	if status, text := w.steer("clock", `{"advance": 3600}`); status != http.StatusOK {
		w.Fatal(text)
	}
}

func (w twin) mustBe(err error, want string) {
	w.Helper()
	got := "ok"
	var api smithy.APIError
	if errors.As(err, &api) {
		got = api.ErrorCode() + ": " + api.ErrorMessage()
	} else if err != nil {
		got = err.Error()
	}
	if !strings.HasPrefix(got, want) || want == "" {
		w.Errorf("got  %s\nwant %s", got, want)
	}
}

// signup is a sign-up with a method; for Identity Center with an instance and a group of administrators.
func signup(account string, method types.AuthenticationMethodOption, instance, admins string) *quick.CreateAccountSubscriptionInput {
	in := &quick.CreateAccountSubscriptionInput{AwsAccountId: &account, AccountName: aws.String("example-quick"), AuthenticationMethod: method,
		NotificationEmail: aws.String("quick@example.com"), Edition: types.EditionEnterprise}
	if instance != "" {
		in.IAMIdentityCenterInstanceArn, in.AdminGroup = &instance, []string{admins}
	}
	return in
}

const (
	center = types.AuthenticationMethodOptionIamIdentityCenter
	people = types.AuthenticationMethodOptionIamAndQuicksight
)

// TestWhereAndHowPeopleSignUp: Regions for Identity Center only refuse other methods; a Region that was once said to refuse the API
// takes it.
func TestWhereAndHowPeopleSignUp(t *testing.T) {
	for _, c := range []struct {
		name, account, region string
		in                    *quick.CreateAccountSubscriptionInput
		want                  string
	}{
		{"Identity Center", account, virginia, signup(account, center, instance, "admins"), "ok"},
		{"Region of an old exclusion", account, "us-east-2", signup(account, center, instance, "admins"), "ok"},
		{"member account, the organization's instance", member, virginia, signup(member, center, instance, "admins"), "ok"},
		{"member account, its own instance", member, virginia, signup(member, center, private, "own-admins"), "ok"},
		{"its own instance does not know the others' groups", member, virginia, signup(member, center, private, "admins"), "InvalidParameterValueException: The group admins does not exist"},
		{"another account's instance", account, virginia, signup(account, center, private, "own-admins"), "AccessDeniedException: twin: there is no instance"},
		{"own people", account, virginia, signup(account, people, "", ""), "ok"},
		{"own people where only Identity Center is", account, milan, signup(account, people, "", ""), "InvalidParameterValueException: In eu-south-1 accounts can only use IAM Identity Center."},
		{"a directory", account, virginia, signup(account, types.AuthenticationMethodOptionActiveDirectory, "", ""), "NotModelledByTwin: "},
		{"another account", account, virginia, signup(member, people, "", ""), "AccessDeniedException: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, nil)
			_, err := w.in(c.account, c.region).CreateAccountSubscription(t.Context(), c.in)
			w.mustBe(err, c.want)
		})
	}
}

// TestAnAccountWithoutIdentityCenter is made, read and deleted, and no other service is asked.
func TestAnAccountWithoutIdentityCenter(t *testing.T) {
	w := start(t, func(w *estate.World) { w.Estate.IdentityCenter = estate.Absent[estate.Instance]() })
	c, id := w.in(account, virginia), aws.String(account)
	made, err := c.CreateAccountSubscription(t.Context(), signup(account, people, "", ""))
	if err != nil || !made.SignupResponse.IAMUser {
		t.Fatalf("%v %+v", err, made)
	}
	w.wait()
	info, err := c.DescribeAccountSubscription(t.Context(), &quick.DescribeAccountSubscriptionInput{AwsAccountId: id})
	if err != nil || *info.AccountInfo.AccountSubscriptionStatus != "ACCOUNT_CREATED" || *info.AccountInfo.AuthenticationType != "IAM_AND_QUICKSIGHT" || info.AccountInfo.IAMIdentityCenterInstanceArn != nil {
		t.Errorf("%v %+v", err, info)
	}
	spaces, err := c.ListNamespaces(t.Context(), &quick.ListNamespacesInput{AwsAccountId: id})
	if err != nil || len(spaces.Namespaces) != 1 || spaces.Namespaces[0].CreationStatus != types.NamespaceStatusCreated || spaces.Namespaces[0].IamIdentityCenterApplicationArn != nil {
		t.Errorf("%v %+v", err, spaces)
	}
	users, err := c.ListUsers(t.Context(), &quick.ListUsersInput{AwsAccountId: id, Namespace: aws.String("default")})
	if err != nil || len(users.UserList) != 1 || *users.UserList[0].UserName != "RehomeTwinAdministrator/twin" || users.UserList[0].Role != types.UserRoleAdmin {
		t.Errorf("%v %+v", err, users)
	}
	groups, err := c.ListGroups(t.Context(), &quick.ListGroupsInput{AwsAccountId: id, Namespace: aws.String("default")})
	if err != nil || len(groups.GroupList) != 0 {
		t.Errorf("%v %+v", err, groups)
	}
	_, err = c.UpdateAccountSettings(t.Context(), &quick.UpdateAccountSettingsInput{AwsAccountId: id, DefaultNamespace: aws.String("default")})
	w.mustBe(err, "ok")
	_, err = c.DeleteAccountSubscription(t.Context(), &quick.DeleteAccountSubscriptionInput{AwsAccountId: id})
	w.mustBe(err, "ok")
	w.wait()
	info, err = c.DescribeAccountSubscription(t.Context(), &quick.DescribeAccountSubscriptionInput{AwsAccountId: id})
	if err != nil || *info.AccountInfo.AccountSubscriptionStatus != "UNSUBSCRIBED" {
		t.Errorf("%v %+v", err, info)
	}
	_, err = c.CreateAccountSubscription(t.Context(), signup(account, people, "", ""))
	w.mustBe(err, "ok")
}

// TestAStandardAccountIsDeletedByHand: the API refuses what a person in the console may do, protection being off.
func TestAStandardAccountIsDeletedByHand(t *testing.T) {
	const errand = `{"account": "111122223333", "region": "us-east-1", "service": "quicksight", "operation": "DeleteAccountSubscription", "input": {"AwsAccountId": "111122223333"}}`
	standard := func(protected bool) func(*estate.World) {
		return func(w *estate.World) {
			w.Estate.Accounts[account] = estate.Account{Quick: estate.Of(estate.Quick{Name: "old", Edition: "STANDARD", Authentication: "IAM_AND_QUICKSIGHT", Status: estate.QuickCreated,
				IdentityRegion: estate.Of(estate.Region(virginia)), TerminationProtection: estate.Of(protected), Namespaces: estate.Of(map[string]estate.Namespace{})})}
		}
	}
	w := start(t, standard(true))
	if status, text := w.steer("person", errand); status != http.StatusBadRequest || !strings.Contains(text, "Termination protection") {
		t.Errorf("protected: %d %s", status, text)
	}
	w = start(t, standard(false))
	c := w.in(account, virginia)
	_, err := c.DeleteAccountSubscription(t.Context(), &quick.DeleteAccountSubscriptionInput{AwsAccountId: aws.String(account)})
	w.mustBe(err, "PreconditionNotMetException: An account of the STANDARD edition cannot be deleted by API.")
	if status, text := w.steer("person", errand); status != http.StatusOK || !json.Valid([]byte(text)) {
		t.Errorf("by hand: %d %s", status, text)
	}
	w.wait()
	info, err := c.DescribeAccountSubscription(t.Context(), &quick.DescribeAccountSubscriptionInput{AwsAccountId: aws.String(account)})
	if err != nil || *info.AccountInfo.AccountSubscriptionStatus != "UNSUBSCRIBED" {
		t.Errorf("%v %+v", err, info)
	}
}
