package twin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/estate"
)

// TestWhatEachOperationAsksOfKMS: who calls, through what, in which Region, and what made it call (idc-kms 9.6). Repetitions are left
// out.
func TestWhatEachOperationAsksOfKMS(t *testing.T) {
	for _, c := range []struct {
		name, world string
		call        func(running) error
		want        []string
	}{
		{"Quick is created", "trb-01", func(w running) error { return w.create(virginia, "example-quick") }, []string{
			"fas via sso: kms:Decrypt us-east-1 < quicksight:CreateAccountSubscription = allow",
			"service sso: kms:Decrypt us-east-1 < quicksight:CreateAccountSubscription = allow",
			"service-via quicksight via identitystore: kms:Decrypt us-east-1 < quicksight:CreateAccountSubscription = allow",
			"service-via quicksight via sso: kms:Decrypt us-east-1 < quicksight:CreateAccountSubscription = allow"}},
		{"Quick shows its people", "bom", func(w running) error { w.people(mumbai, "default"); return nil }, []string{
			"service-via quicksight via identitystore: kms:Decrypt ap-south-1 < quicksight:ListUsers = allow"}},
		{"Quick gives a role", "bom", func(w running) error { return w.setRole(true, types.RoleReaderPro, "quick-readers") }, []string{
			"service-via quicksight via identitystore: kms:Decrypt ap-south-1 < quicksight:CreateRoleMembership = allow"}},
		{"Quick is deleted", "bom", func(w running) error {
			w.mustBe(w.protect(mumbai, false), "ok")
			w.mustBe(w.delete(mumbai), "ok")
			w.later(estate.TimeQuickDeleted)
			return nil
		}, []string{"service-via quicksight via sso: kms:Decrypt ap-south-1 < quicksight/deleted = allow"}},
		{"Quick describes itself", "bom", func(w running) error {
			_, err := w.quick(virginia).ListDashboards(w.Context(), &quicksight.ListDashboardsInput{AwsAccountId: id})
			return err
		}, []string{}},
		{"a person reads groups", "bom", func(w running) error {
			_, err := w.store(virginia).ListGroups(w.Context(), &identitystore.ListGroupsInput{IdentityStoreId: aws.String("d-1234567890")})
			return err
		}, []string{"fas via identitystore: kms:Decrypt us-east-1 < identitystore:ListGroups = allow"}},
		{"a person reads applications", "bom", func(w running) error {
			_, err := w.sso(virginia).ListApplications(w.Context(), &ssoadmin.ListApplicationsInput{InstanceArn: aws.String(instance)})
			return err
		}, []string{"fas via sso: kms:Decrypt us-east-1 < sso-admin:ListApplications = allow"}},
		{"a person lists instances", "bom", func(w running) error {
			_, err := w.sso(virginia).ListInstances(w.Context(), &ssoadmin.ListInstancesInput{})
			return err
		}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, load(t, c.world, replica(goodPolicy(t))))
			w.mustBe(c.call(w), "ok")
			got := w.evidence()
			slices.Sort(got)
			if d := cmp.Diff(c.want, slices.Compact(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

// statement is one statement of a policy under test.
type statement = map[string]any

// edited gives a policy with its statements passed through edit by Sid, which says whether to keep them, and others added.
func edited(t *testing.T, policy string, edit func(sid string, s statement) bool, more ...string) string {
	t.Helper()
	var doc struct {
		Version   string `json:",omitempty"`
		Statement []statement
	}
	if err := json.Unmarshal([]byte(policy), &doc); err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(doc) //nolint:errcheck // it was text a moment ago
	doc.Statement = slices.DeleteFunc(doc.Statement, func(s statement) bool { return !edit(s["Sid"].(string), s) })
	for _, text := range more {
		var s statement
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		doc.Statement = append(doc.Statement, s)
	}
	text, err := json.Marshal(doc)
	if err != nil || bytes.Equal(before, text) {
		t.Fatalf("%v: the policy is as it was", err)
	}
	return string(text)
}

func keep(string, statement) bool { return true }

func drop(sid string) func(string, statement) bool {
	return func(s string, _ statement) bool { return s != sid }
}

// swapped gives a policy with one text in place of another, which must be there.
func swapped(t *testing.T, policy, old, new string) string {
	t.Helper()
	if !strings.Contains(policy, old) {
		t.Fatalf("the policy has no %s", old)
	}
	return strings.ReplaceAll(policy, old, new)
}

const (
	use     = "AllowIdentityCenterAndIdentityStoreToUseKey"
	people  = "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore"
	managed = "AllowManagedApps"
)

// only leaves one service in the statement that lets Identity Center's services use the key.
func only(service string) func(string, statement) bool {
	return func(sid string, s statement) bool {
		if sid == use {
			s["Principal"] = map[string]any{"Service": service}
		}
		return true
	}
}

// conditions replaces the conditions of one statement.
func conditions(sid string, c statement) func(string, statement) bool {
	return func(have string, s statement) bool {
		if have == sid {
			s["Condition"] = c
		}
		return true
	}
}

const (
	ssoDenied   = "AccessDeniedException 401: Service: sso.amazonaws.com " + vague
	quickDenied = "AccessDeniedException 401: quicksight.amazonaws.com " + vague + " (Service: Identitystoreinternal, Status Code: 400, Request ID: "
)

// TestWhoIsDeniedWhenOnlyOneIsMissing: registration fails as sso, the sign-up's reading of people as quicksight, both in the Region of
// the call; the policy of the other Region does not help.
func TestWhoIsDeniedWhenOnlyOneIsMissing(t *testing.T) {
	t.Attr("requirement", "KMS-29")
	good := goodPolicy(t)
	w := start(t, load(t, "trb-01", replica(good)))
	put := func(policy string) {
		t.Helper()
		_, err := w.kms(virginia).PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: &policy})
		w.mustBe(err, "ok")
	}
	for _, c := range []struct{ policy, want string }{
		{edited(t, good, only("identitystore.amazonaws.com")), ssoDenied},
		{edited(t, good, drop(managed)), quickDenied},
	} {
		put(c.policy)
		w.unchanged(func() { w.mustBe(w.create(virginia, "example-quick"), c.want) })
		asked := w.evidence()
		if last := asked[len(asked)-1]; !strings.HasSuffix(last, " us-east-1 < quicksight:CreateAccountSubscription = deny") {
			t.Errorf("KMS last said: %s", last)
		}
	}
	put(good)
	w.mustBe(w.create(virginia, "example-quick"), "ok")
}

// TestKnownBadPolicies signs up in us-east-1 under policies that people really write (idc-kms 9.6). Scenarios 4 and 6 need operations
// that the twin lacks; 10 is 1 and 14 is refused by KMS.
func TestKnownBadPolicies(t *testing.T) {
	good := goodPolicy(t)
	keys := func(operator string) statement {
		return statement{"StringEquals": statement{"aws:SourceAccount": "${aws:ResourceAccount}"},
			operator: statement{"kms:EncryptionContextKeys": []string{"aws:sso:instance-arn", "aws:identitystore:identitystore-arn"}}}
	}
	for _, c := range []struct{ name, policy, want string }{
		{"good", good, "ok"},
		{"1 default policy", edited(t, good, func(sid string, _ statement) bool { return sid == "AllowIdentityCenterAdminAccounts" }), ssoDenied},
		{"2 no statement for managed applications", edited(t, good, drop(managed)), quickDenied},
		{"5 both context keys in one statement", edited(t, good, conditions(use, statement{"StringLike": statement{
			"kms:EncryptionContext:aws:sso:instance-arn": "*", "kms:EncryptionContext:aws:identitystore:identitystore-arn": "*"}})), ssoDenied},
		{"7 no version", swapped(t, good, `"Version": "2012-10-17", `, ""), ssoDenied},
		{"7 old version", swapped(t, good, "2012-10-17", "2008-10-17"), ssoDenied},
		{"8 deny for everybody outside", edited(t, good, keep, `{"Sid": "Outside", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
			"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}}`), ssoDenied},
		{"8 the same, services exempt", edited(t, good, keep, `{"Sid": "Outside", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
			"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}`), "ok"},
		{"9 services pinned to the primary Region", swapped(t, good, ".*.amazonaws.com", ".ap-south-1.amazonaws.com"), quickDenied},
		{"9 only the store pinned to the Region", swapped(t, good, `"sso.*.amazonaws.com"`, `"sso.ap-south-1.amazonaws.com"`),
			"AccessDeniedException 401: Service: quicksight.amazonaws.com " + vague},
		{"13 ForAllValues admits, and more than it should", edited(t, good, conditions(use, keys("ForAllValues:StringEquals"))), "ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, load(t, "trb-01", replica(c.policy)))
			w.mustBe(w.create(virginia, "example-quick"), c.want)
			w.mustBe(start(t, load(t, "trb-01", replica(c.policy))).create(mumbai, "example-quick"), "ok")
		})
	}
}

// TestStatesOfTheReplica: scenario 12. The type that Quick gives is INFERRED, the words are KMS's.
func TestStatesOfTheReplica(t *testing.T) {
	for state, want := range map[estate.KeyState]string{
		estate.KeyDisabled:               "PreconditionNotMetException 400: arn:aws:kms:us-east-1:111122223333:key/" + mrk + " is disabled.",
		estate.KeyPendingReplicaDeletion: "PreconditionNotMetException 400: arn:aws:kms:us-east-1:111122223333:key/" + mrk + " is pending deletion",
		estate.KeyEnabled:                "ok",
	} {
		t.Run(string(state), func(t *testing.T) {
			w := start(t, load(t, "trb-01", replica(goodPolicy(t)), fmt.Sprintf(`{estate: {accounts: {%q: {keys: {%s: {copies: {us-east-1: {state: %s}}}}}}}}`, account, mrk, state)))
			w.mustBe(w.create(virginia, "example-quick"), want)
		})
	}
}

// TestQuickInAMemberAccount: scenarios 3 and 11. Identity Center and the key stay in the management account.
func TestQuickInAMemberAccount(t *testing.T) {
	good := goodPolicy(t)
	quick := `{"Sid": "Quick", "Effect": "Allow", "Principal": {"Service": "quicksight.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*",
		"Condition": {"StringEquals": {"aws:SourceAccount": "%s"}, "StringLike": {"kms:ViaService": ["sso.*.amazonaws.com", "identitystore.*.amazonaws.com"]}}}`
	accounts := `{estate: {accounts: {"` + member + `": {name: quick, quick: ~, roles: {NoKeys: {access_key: TESTNOKEYS, policies: [
		'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sso:*", "quicksight:*"], "Resource": "*"}]}']}}}}}}`
	for _, c := range []struct{ name, key, policy, want string }{
		{"good", "TWIN" + member, good, "ok"},
		{"3 Quick pinned to the management account", "TWIN" + member, edited(t, good, drop(managed), fmt.Sprintf(quick, account)), quickDenied},
		{"3 Quick pinned to its own account", "TWIN" + member, edited(t, good, drop(managed), fmt.Sprintf(quick, member)), "ok"},
		{"11 the person may not decrypt", "TESTNOKEYS", good,
			"AccessDeniedException 401: User: arn:aws:sts::444455556666:assumed-role/NoKeys/twin is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action"},
		{"people of the organization are not admitted", "TWIN" + member, edited(t, good, drop(people)),
			"AccessDeniedException 401: User: arn:aws:sts::444455556666:assumed-role/RehomeTwinAdministrator/twin " + vague},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, load(t, "trb-01", replica(c.policy), accounts))
			in := signup("example-quick")
			in.AwsAccountId = aws.String(member)
			_, err := w.quickAs(c.key, virginia).CreateAccountSubscription(t.Context(), in)
			w.mustBe(err, c.want)
			if err != nil {
				return
			}
			apps, err := w.sso(mumbai).ListApplications(t.Context(), &ssoadmin.ListApplicationsInput{InstanceArn: aws.String(instance)})
			if err != nil || len(apps.Applications) != 1 || *apps.Applications[0].ApplicationAccount != member || *apps.Applications[0].CreatedFrom != virginia {
				t.Errorf("%v %+v", err, apps)
			}
		})
	}
}
