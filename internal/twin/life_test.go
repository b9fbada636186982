package twin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/estate"
)

var id = aws.String(account)

func (w running) status(region string) string {
	w.Helper()
	out, err := w.quick(region).DescribeAccountSubscription(w.Context(), &quicksight.DescribeAccountSubscriptionInput{AwsAccountId: id})
	if err != nil {
		return fault(err)
	}
	return *out.AccountInfo.AccountSubscriptionStatus
}

func (w running) create(region, name string) error {
	_, err := w.quick(region).CreateAccountSubscription(w.Context(), signup(name))
	return err
}

func (w running) delete(region string) error {
	_, err := w.quick(region).DeleteAccountSubscription(w.Context(), &quicksight.DeleteAccountSubscriptionInput{AwsAccountId: id})
	return err
}

func (w running) protect(region string, on bool) error {
	_, err := w.quick(region).UpdateAccountSettings(w.Context(), &quicksight.UpdateAccountSettingsInput{AwsAccountId: id, DefaultNamespace: aws.String("default"), TerminationProtectionEnabled: on})
	return err
}

func (w running) namespace(region string) types.NamespaceInfoV2 {
	w.Helper()
	out, err := w.quick(region).ListNamespaces(w.Context(), &quicksight.ListNamespacesInput{AwsAccountId: id})
	if err != nil || len(out.Namespaces) != 1 {
		w.Fatalf("%v %+v", err, out)
	}
	return out.Namespaces[0]
}

// people are the users of a namespace as "name role address ARN".
func (w running) people(region, namespace string) (got []string) {
	w.Helper()
	p := quicksight.NewListUsersPaginator(w.quick(region), &quicksight.ListUsersInput{AwsAccountId: id, Namespace: &namespace})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, u := range page.UserList {
			got = append(got, strings.Join([]string{*u.UserName, string(u.Role), string(u.IdentityType), *u.Email, *u.Arn}, " "))
		}
	}
	return got
}

func (w running) application(region, arn string) (*ssoadmin.DescribeApplicationOutput, error) {
	return w.sso(region).DescribeApplication(w.Context(), &ssoadmin.DescribeApplicationInput{ApplicationArn: &arn})
}

// everybody is who signs in with the groups of signup, seen from a Region.
func everybody(region string) []string {
	arn := " arn:aws:quicksight:" + region + ":111122223333:user/default/"
	return []string{"ana ADMIN IAM_IDENTITY_CENTER ana@example.com" + arn + "ana", "ben AUTHOR IAM_IDENTITY_CENTER ben@example.com" + arn + "ben",
		"chi READER IAM_IDENTITY_CENTER chi@example.com" + arn + "chi", "dev READER IAM_IDENTITY_CENTER dev@example.com" + arn + "dev"}
}

// TestTheMove walks the runbook's move call by call: the account is deleted at its old home, the key's policy repaired, the account
// made anew in the new Region.
func TestTheMove(t *testing.T) {
	w := start(t, load(t, "bom-assets"))
	if d := cmp.Diff(everybody(mumbai), w.people(mumbai, "default")); d != "" {
		t.Error(d)
	}
	w.leave(mumbai)

	w.unchanged(func() {
		w.mustBe(w.create(virginia, "example-quick"), "AccessDeniedException 401: Service: sso.amazonaws.com "+vague)
	})
	_, err := w.kms(virginia).PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: aws.String(goodPolicy(t))})
	w.mustBe(err, "ok")

	w.mustBe(w.create(virginia, "example-quick"), "ok")
	w.mustBe(w.create(virginia, "example-quick"), "ResourceExistsException 409: ")
	if got := w.status(ireland); got != "SIGNUP_ATTEMPT_IN_PROGRESS" {
		t.Errorf("status %s", got)
	}
	w.notSignedUp(virginia)
	w.later(estate.TimeQuickCreated)
	if got := w.status(mumbai); got != "ACCOUNT_CREATED" {
		t.Errorf("status %s", got)
	}
	if n := w.namespace(virginia); n.CreationStatus != types.NamespaceStatusCreating || *n.CapacityRegion != virginia {
		t.Errorf("namespace %+v", n)
	}
	w.later(estate.TimeNamespaceCreated)
	w.arrived()
}

// leave deletes the account: protection first, then a while, then nothing of it is left in any Region.
func (w running) leave(home string) {
	w.Helper()
	w.mustBe(w.delete(home), "PreconditionNotMetException 400: ")
	w.mustBe(w.protect(home, false), "ok")
	w.mustBe(w.protect(home, true), "ok")
	w.mustBe(w.delete(home), "PreconditionNotMetException 400: ")
	w.mustBe(w.protect(home, false), "ok")
	w.mustBe(w.delete(home), "ok")
	if got := w.status(virginia); got != "UNSUBSCRIBE_IN_PROGRESS" {
		w.Errorf("status %s", got)
	}
	w.unchanged(func() {
		w.mustBe(w.delete(home), "PreconditionNotMetException 400: ")
		w.mustBe(w.create(virginia, "example-quick-iad"), "ResourceExistsException 409: ")
	})
	if _, err := w.application(home, oldApp); err != nil {
		w.Error(err)
	}
	w.later(estate.TimeQuickDeleted)
	if got := w.status(virginia); got != "UNSUBSCRIBED" {
		w.Errorf("status %s", got)
	}
	w.notSignedUp(home)
	_, err := w.application(virginia, oldApp)
	w.mustBe(err, "ResourceNotFoundException")
	w.mustBe(w.delete(home), "ResourceNotFoundException 404: ")
}

// notSignedUp: there is no account, or not yet, in Quick's own words (quick-api 1.7).
func (w running) notSignedUp(region string) {
	w.Helper()
	_, err := w.quick(region).ListUsers(w.Context(), &quicksight.ListUsersInput{AwsAccountId: id, Namespace: aws.String("default")})
	w.mustBe(err, "ResourceNotFoundException 404: Account 111122223333 is not signed up with QuickSight with namespace default")
	_, err = w.quick(ireland).ListDashboards(w.Context(), &quicksight.ListDashboardsInput{AwsAccountId: id})
	w.mustBe(err, "UnsupportedUserEditionException 403: Account 111122223333 is not subscribed for QuickSight")
}

// arrived: the account is homed in us-east-1 with everybody in it, an application of its own, and protection on.
func (w running) arrived() {
	w.Helper()
	n := w.namespace(virginia)
	if n.CreationStatus != types.NamespaceStatusCreated || *n.CapacityRegion != virginia || *n.Arn != "arn:aws:quicksight:us-east-1:111122223333:namespace/default" ||
		*n.IamIdentityCenterInstanceArn != instance || *n.IamIdentityCenterApplicationArn == oldApp {
		w.Errorf("namespace %+v", n)
	}
	for _, region := range []string{virginia, mumbai} {
		app, err := w.application(region, *n.IamIdentityCenterApplicationArn)
		if err != nil || *app.CreatedFrom != virginia || *app.ApplicationAccount != account {
			w.Errorf("%s: %v %+v", region, err, app)
		}
	}
	grants, err := w.sso(mumbai).ListApplicationGrants(w.Context(), &ssoadmin.ListApplicationGrantsInput{ApplicationArn: n.IamIdentityCenterApplicationArn})
	if err != nil || len(grants.Grants) != 2 {
		w.Errorf("%v %+v", err, grants)
	}
	assigned, err := w.sso(mumbai).ListApplicationAssignments(w.Context(), &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: n.IamIdentityCenterApplicationArn})
	if err != nil || len(assigned.ApplicationAssignments) != 3 {
		w.Errorf("%v %+v", err, assigned)
	}
	if d := cmp.Diff(everybody(virginia), w.people(virginia, "default")); d != "" {
		w.Error(d)
	}
	settings, err := w.quick(virginia).DescribeAccountSettings(w.Context(), &quicksight.DescribeAccountSettingsInput{AwsAccountId: id})
	if err != nil || !settings.AccountSettings.TerminationProtectionEnabled || *settings.AccountSettings.AccountName != "example-quick" || settings.Status != 200 || *settings.RequestId == "" {
		w.Errorf("%v %+v", err, settings)
	}
	boards, err := w.quick(ireland).ListDashboards(w.Context(), &quicksight.ListDashboardsInput{AwsAccountId: id})
	if err != nil || len(boards.DashboardSummaryList) > 0 {
		w.Errorf("assets outlived the account: %v %+v", err, boards)
	}
}

// TestHomeIsTheRegionOfTheCall: nothing else decides about the identity Region.
func TestHomeIsTheRegionOfTheCall(t *testing.T) {
	t.Attr("requirement", "SUB-05")
	for _, region := range []string{mumbai, virginia} {
		w := start(t, load(t, "trb-01", replica(goodPolicy(t))))
		w.mustBe(w.create(region, "example-quick"), "ok")
		w.later(estate.TimeQuickCreated)
		w.later(estate.TimeNamespaceCreated)
		n := w.namespace(region)
		app, err := w.application(region, *n.IamIdentityCenterApplicationArn)
		if err != nil || *n.CapacityRegion != region || *app.CreatedFrom != region {
			t.Errorf("%s: %v %+v %+v", region, err, n, app)
		}
	}
}

func TestTheApplicationMayStayBehind(t *testing.T) {
	w := start(t, load(t, "application-left"))
	w.mustBe(w.protect(mumbai, false), "ok")
	w.mustBe(w.delete(mumbai), "ok")
	w.later(estate.TimeQuickDeleted)
	app, err := w.application(virginia, oldApp)
	if err != nil || *app.CreatedFrom != mumbai {
		t.Errorf("%v %+v", err, app)
	}
}

func TestAddedNamespacesOutliveTheAccount(t *testing.T) {
	w := start(t, load(t, "namespaces", replica(goodPolicy(t))))
	w.mustBe(w.protect(mumbai, false), "ok")
	w.mustBe(w.delete(mumbai), "ok")
	w.later(estate.TimeQuickDeleted)
	w.mustBe(w.create(virginia, "example-quick"), "ok")
	w.later(estate.TimeQuickCreated)
	out, err := w.quick(virginia).ListNamespaces(t.Context(), &quicksight.ListNamespacesInput{AwsAccountId: id})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range out.Namespaces {
		got = append(got, *n.Name+" "+*n.CapacityRegion)
	}
	if !slices.Equal(got, []string{"default us-east-1", "partners ap-south-1"}) {
		t.Errorf("namespaces %v", got)
	}
}

func TestAccountNames(t *testing.T) {
	other := `{estate: {accounts: {"` + member + `": {quick: {name: theirs, edition: ENTERPRISE, authentication: IAM_IDENTITY_CENTER, notification_email: a@example.com, status: ACCOUNT_CREATED}}}}}`
	w := start(t, load(t, "trb-01", replica(goodPolicy(t)), `{twin: {names: {mine: free, ours: held, taken: taken}}}`, other))
	w.unchanged(func() {
		for name, want := range map[string]string{
			"ours": "ResourceExistsException 409: The account name ours is in use.", "taken": "ResourceExistsException 409: The account name taken is in use.",
			"theirs": "ResourceExistsException 409: The account name theirs is in use.",
			"d-mine": "InvalidParameterValueException 400: ", "-mine": "InvalidParameterValueException 400: ", "mine-": "InvalidParameterValueException 400: ",
			"my_own": "InvalidParameterValueException 400: ", strings.Repeat("x", 63): "InvalidParameterValueException 400: ",
		} {
			w.mustBe(w.create(virginia, name), want)
		}
	})
	w.mustBe(w.create(virginia, "mine"), "ok")
}

func TestSignUpRefusesWhatIsMissing(t *testing.T) {
	w := start(t, load(t, "trb-01", replica(goodPolicy(t))))
	for _, c := range []struct {
		name   string
		change func(*quicksight.CreateAccountSubscriptionInput)
		want   string
	}{
		{"no admins", func(in *quicksight.CreateAccountSubscriptionInput) { in.AdminGroup = nil },
			"InvalidParameterValueException 400: One or more required attributes for identity center are missing: Admin or Admin Pro group"},
		{"unknown group", func(in *quicksight.CreateAccountSubscriptionInput) { in.ReaderProGroup = []string{"nobody"} },
			"InvalidParameterValueException 400: The group nobody does not exist"},
		{"Pro edition without contact", func(in *quicksight.CreateAccountSubscriptionInput) { in.Edition = types.EditionEnterpriseAndQ }, "InvalidParameterValueException 400: FirstName"},
		{"standard edition", func(in *quicksight.CreateAccountSubscriptionInput) { in.Edition = types.EditionStandard }, "InvalidParameterValueException 400: Edition"},
		{"no address", func(in *quicksight.CreateAccountSubscriptionInput) { in.NotificationEmail = aws.String("") }, "InvalidParameterValueException 400: NotificationEmail"},
		{"another method", func(in *quicksight.CreateAccountSubscriptionInput) {
			in.AuthenticationMethod = types.AuthenticationMethodOptionIamOnly
		}, "NotModelledByTwin 501: "},
		{"no instance named", func(in *quicksight.CreateAccountSubscriptionInput) { in.IAMIdentityCenterInstanceArn = nil }, "NotModelledByTwin 501: "},
		{"another instance", func(in *quicksight.CreateAccountSubscriptionInput) {
			in.IAMIdentityCenterInstanceArn = aws.String("arn:aws:sso:::instance/ssoins-0000000000000000")
		}, "AccessDeniedException 401: twin: there is no instance"},
		{"another account", func(in *quicksight.CreateAccountSubscriptionInput) { in.AwsAccountId = aws.String(member) }, "AccessDeniedException 401: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := w.with(t)
			in := signup("example-quick")
			c.change(in)
			w.unchanged(func() {
				_, err := w.quick(virginia).CreateAccountSubscription(t.Context(), in)
				w.mustBe(err, c.want)
			})
		})
	}
	w.unchanged(func() {
		w.mustBe(w.create(ireland, "example-quick"), "AccessDeniedException 401: twin: no Identity Center instance is hosted in eu-west-1")
	})
	pro := signup("example-quick")
	pro.Edition, pro.AdminProGroup, pro.AdminGroup = types.EditionEnterpriseAndQ, []string{"quick-admins"}, nil
	pro.FirstName, pro.LastName, pro.EmailAddress, pro.ContactNumber = aws.String("Ana"), aws.String("Admin"), aws.String("ana@example.com"), aws.String("5550100000")
	_, err := w.quick(virginia).CreateAccountSubscription(t.Context(), pro)
	w.mustBe(err, "ok")
}

// TestStandardAccounts are not deleted by API and keep their settings to themselves.
func TestStandardAccounts(t *testing.T) {
	w := start(t, load(t, "standard"))
	_, err := w.quick(mumbai).DescribeAccountSettings(t.Context(), &quicksight.DescribeAccountSettingsInput{AwsAccountId: id})
	w.mustBe(err, "AccessDeniedException 401: This operation is disabled for STANDARD Edition")
	w.mustBe(w.protect(mumbai, false), "ok")
	w.unchanged(func() { w.mustBe(w.delete(mumbai), "PreconditionNotMetException 400: ") })
}

func TestSettingsWantTheDefaultNamespace(t *testing.T) {
	w := start(t, load(t, "bom"))
	_, err := w.quick(mumbai).UpdateAccountSettings(t.Context(), &quicksight.UpdateAccountSettingsInput{AwsAccountId: id, DefaultNamespace: aws.String("partners")})
	w.mustBe(err, "InvalidParameterValueException 400: ")
	_, err = w.quick(mumbai).UpdateAccountSettings(t.Context(), &quicksight.UpdateAccountSettingsInput{AwsAccountId: id, DefaultNamespace: aws.String("default"),
		NotificationEmail: aws.String("new@example.com"), TerminationProtectionEnabled: true})
	w.mustBe(err, "ok")
	out, err := w.quick(mumbai).DescribeAccountSettings(t.Context(), &quicksight.DescribeAccountSettingsInput{AwsAccountId: id})
	if err != nil || *out.AccountSettings.NotificationEmail != "new@example.com" || !out.AccountSettings.TerminationProtectionEnabled {
		t.Errorf("%v %+v", err, out)
	}
}

func TestAnAccountThatNeverWas(t *testing.T) {
	w := start(t, load(t, "trb-01"))
	w.mustBe(w.delete(mumbai), "ResourceNotFoundException 404: ")
	w.notSignedUp(mumbai)
	if got := w.status(ireland); !strings.HasPrefix(got, "ResourceNotFoundException 404: ") {
		t.Errorf("status %s", got)
	}
}

// TestNobodyLookedIsNoAnswer: a world that does not know the account cannot say that there is none.
func TestNobodyLookedIsNoAnswer(t *testing.T) {
	w := start(t, load(t, "trb-01", `{estate: {accounts: {"111122223333": {quick: {not_looked: denied}}}}}`))
	if got := w.status(mumbai); !strings.HasPrefix(got, "TwinDoesNotKnow 400: twin does not know /accounts/111122223333/quick") {
		t.Errorf("status %s", got)
	}
	w.mustBe(w.create(virginia, "example-quick"), "TwinDoesNotKnow 400: ")
}

// TestStateSurvivesTheWire: a twin that is put back into an earlier state goes on from there, announced events included.
func TestStateSurvivesTheWire(t *testing.T) {
	w := start(t, load(t, "trb-01", replica(goodPolicy(t))))
	w.mustBe(w.create(virginia, "example-quick"), "ok")
	state := w.steer("world", "")
	w.later(estate.TimeQuickCreated)
	again := start(t, load(t, "bom"))
	again.put(state)
	if got := again.status(virginia); got != "SIGNUP_ATTEMPT_IN_PROGRESS" {
		t.Errorf("status %s", got)
	}
	again.later(estate.TimeQuickCreated)
	again.later(estate.TimeNamespaceCreated)
	if n := again.namespace(virginia); n.CreationStatus != types.NamespaceStatusCreated {
		t.Errorf("%+v", n)
	}
}
