package cloud_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

const (
	instanceARN = estate.InstanceARN("arn:aws:sso:::instance/ssoins-1234567890abcdef")
	keyID       = estate.KeyID("mrk-1234567890abcdef1234567890abcdef")
	app         = estate.ARN("arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-1234567890abcdef")
)

// compareKnown looks into estate.Known, reasons included.
var compareKnown = cmp.Options{cmpopts.EquateEmpty(), cmp.Exporter(func(reflect.Type) bool { return true })}

// TestWire is the contract with each service: the newest answer, and the same without its optional members (idc-kms 9.5, quick-api 9).
func TestWire(t *testing.T) {
	type wireCase struct {
		name, operation, body string
		call                  func(context.Context, *cloud.Cloud) (any, error)
		want                  any
		region, service, sent string // of the signature; the request's body when it matters
	}
	describeKey := func(ctx context.Context, c *cloud.Cloud) (any, error) {
		return c.KMS(account, mumbai).DescribeKey(ctx, keyID)
	}
	describeInstance := func(ctx context.Context, c *cloud.Cloud) (any, error) {
		return c.IdentityCenter(account, mumbai).DescribeInstance(ctx, instanceARN)
	}
	noRegions := estate.NotLooked[map[estate.Region]estate.ReplicaState]("the answer did not tell the Regions")
	cases := []wireCase{
		{name: "key, multi-Region", operation: "DescribeKey", region: "ap-south-1", service: "kms", call: describeKey,
			sent: `{"KeyId":"mrk-1234567890abcdef1234567890abcdef"}`,
			body: `{"KeyMetadata":{"AWSAccountId":"111122223333","KeyId":"mrk-1234567890abcdef1234567890abcdef","Arn":"arn:aws:kms:ap-south-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef",` +
				`"CreationDate":1770000000.123,"Enabled":true,"Description":"d","KeyUsage":"ENCRYPT_DECRYPT","KeyState":"Enabled","KeyManager":"CUSTOMER","KeySpec":"SYMMETRIC_DEFAULT","MultiRegion":true,` +
				`"MultiRegionConfiguration":{"MultiRegionKeyType":"PRIMARY","PrimaryKey":{"Arn":"a","Region":"ap-south-1"},"ReplicaKeys":[{"Arn":"b","Region":"us-east-1"}]},"SomethingNew":1}}`,
			want: cloud.Key{ARN: "arn:aws:kms:ap-south-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef", State: "Enabled", Description: "d", Spec: "SYMMETRIC_DEFAULT",
				Usage: "ENCRYPT_DECRYPT", Manager: "CUSTOMER", MultiRegion: true, Primary: "ap-south-1", Replicas: []estate.Region{"us-east-1"}}},
		{name: "key, stripped", operation: "DescribeKey", call: describeKey, body: `{"KeyMetadata":{"KeyId":"x"}}`, want: cloud.Key{}},
		{name: "key policy", operation: "GetKeyPolicy", body: `{"Policy":"{\"Version\":\"2012-10-17\"}"}`, want: `{"Version":"2012-10-17"}`,
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return c.KMS(account, mumbai).GetKeyPolicy(ctx, keyID)
			}},
		{name: "put key policy never bypasses the lock-out check", operation: "PutKeyPolicy", want: nil,
			sent: `{"KeyId":"mrk-1234567890abcdef1234567890abcdef","Policy":"{}"}`,
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return nil, c.KMS(account, mumbai).PutKeyPolicy(ctx, keyID, "{}")
			}},
		{name: "instance", operation: "DescribeInstance", region: "ap-south-1", service: "sso", call: describeInstance,
			body: `{"CreatedDate":1770000000,"EncryptionConfigurationDetails":{"EncryptionStatus":"UPDATING","KeyType":"CUSTOMER_MANAGED_KEY","KmsKeyArn":"k"},"IdentityStoreArn":"x",` +
				`"IdentityStoreId":"d-1234567890","InstanceArn":"arn:aws:sso:::instance/ssoins-1234567890abcdef","OwnerAccountId":"111122223333","PermissionSetsEnabled":true,"PrimaryRegion":"ap-south-1",` +
				`"Regions":[{"AddedDate":1770000000.5,"IsPrimaryRegion":true,"RegionName":"ap-south-1","Status":"ACTIVE"},{"RegionName":"us-east-1","Status":"ADDING"}],"Status":"ACTIVE"}`,
			want: estate.Instance{ARN: instanceARN, Owner: account, Status: "ACTIVE", IdentityStoreID: "d-1234567890", Created: time.Unix(1770000000, 0).UTC(), PrimaryRegion: mumbai,
				Regions:    estate.Of(map[estate.Region]estate.ReplicaState{mumbai: "ACTIVE", "us-east-1": "ADDING"}),
				Encryption: estate.Of(estate.Encryption{KeyType: "CUSTOMER_MANAGED_KEY", KeyARN: "k", Status: "UPDATING"})}},
		{name: "instance, stripped", operation: "DescribeInstance", call: describeInstance, body: `{"CreatedDate":1770000000,"InstanceArn":"arn:aws:sso:::instance/ssoins-1234567890abcdef"}`,
			want: estate.Instance{ARN: instanceARN, Created: time.Unix(1770000000, 0).UTC(), Regions: noRegions, Encryption: estate.NotLooked[estate.Encryption]("DescribeInstance did not tell the encryption")}},
		{name: "application", operation: "DescribeApplication", region: "us-east-2", body: `{"Name":"Quick","ApplicationProviderArn":"p","ApplicationAccount":"111122223333","Status":"ENABLED","CreatedFrom":"ap-south-1"}`,
			want: estate.Application{Name: "Quick", Provider: "p", Account: account, Status: "ENABLED", CreatedFrom: mumbai},
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return c.IdentityCenter(account, ohio).DescribeApplication(ctx, app)
			}},
		{name: "organization", operation: "DescribeOrganization", region: "us-east-1", service: "organizations", body: `{"Organization":{"Id":"o-1","MasterAccountId":"111122223333"}}`,
			want: estate.Organization{ID: "o-1", ManagementAccount: account},
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) { return c.DescribeOrganization(ctx, account) }},
		{name: "quick settings", operation: "GET /accounts/111122223333/settings", service: "quicksight", region: "us-east-2",
			body: `{"AccountSettings":{"AccountName":"acme","Edition":"ENTERPRISE","DefaultNamespace":"default","NotificationEmail":"a@b.c","TerminationProtectionEnabled":true},"RequestId":"r"}`,
			want: cloud.Settings{Name: "acme", Edition: "ENTERPRISE", Email: "a@b.c", DefaultNamespace: "default", TerminationProtection: true},
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return c.Quick(account, ohio).DescribeAccountSettings(ctx)
			}},
		{name: "protection on", operation: "PUT /accounts/111122223333/settings", sent: `{"DefaultNamespace":"default","TerminationProtectionEnabled":true}`,
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return nil, c.Quick(account, ohio).SetTerminationProtection(ctx, true)
			}},
		{name: "protection off", operation: "PUT /accounts/111122223333/settings", sent: `{"DefaultNamespace":"default"}`,
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return nil, c.Quick(account, ohio).SetTerminationProtection(ctx, false)
			}},
		{name: "create", operation: "POST /account/111122223333", region: "us-east-2",
			sent: `{"AccountName":"acme","AdminGroup":["admins"],"AuthenticationMethod":"IAM_IDENTITY_CENTER","ContactNumber":"5551234567","Edition":"ENTERPRISE_AND_Q","EmailAddress":"e","FirstName":"f",` +
				`"IAMIdentityCenterInstanceArn":"arn:aws:sso:::instance/ssoins-1234567890abcdef","LastName":"l","NotificationEmail":"n","ReaderProGroup":["r1","r2"]}`,
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return nil, c.Quick(account, ohio).CreateAccountSubscription(ctx, cloud.Subscription{Name: "acme", Edition: "ENTERPRISE_AND_Q", Authentication: estate.AuthIdentityCenter, Email: "n",
					InstanceARN: instanceARN, Groups: map[estate.QuickRole][]string{"ADMIN": {"admins"}, "READER_PRO": {"r1", "r2"}}, Contact: cloud.Contact{FirstName: "f", LastName: "l", Email: "e", Phone: "5551234567"}})
			}},
		{name: "delete", operation: "DELETE /account/111122223333",
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return nil, c.Quick(account, ohio).DeleteAccountSubscription(ctx)
			}},
		{name: "give a role", operation: "POST /accounts/111122223333/namespaces/default/roles/AUTHOR/members/writers",
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return nil, c.Quick(account, ohio).CreateRoleMembership(ctx, "default", "AUTHOR", "writers")
			}},
		{name: "take a role", operation: "DELETE /accounts/111122223333/namespaces/default/roles/AUTHOR/members/writers",
			call: func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return nil, c.Quick(account, ohio).DeleteRoleMembership(ctx, "default", "AUTHOR", "writers")
			}},
	}
	t.Attr("requirement", "RUN-18")
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, map[string][]answer{tt.operation: {ok(tt.body)}})
			got, err := tt.call(t.Context(), open(t, s, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, compareKnown); diff != "" {
				t.Error(diff)
			}
			sent := s.seen(tt.operation)
			if len(sent) != 1 {
				t.Fatalf("%d requests, want 1", len(sent))
			}
			if r := sent[0]; tt.region != "" && r.region != tt.region || tt.service != "" && r.service != tt.service {
				t.Errorf("signed for %s in %s, want %s in %s", r.service, r.region, tt.service, tt.region)
			}
			if tt.sent != "" && sent[0].body != tt.sent {
				t.Errorf("sent %s\nwant %s", sent[0].body, tt.sent)
			}
		})
	}
}

// TestSubscription tells absence, presence and ignorance apart (quick-api 1.2, 1.4).
func TestSubscription(t *testing.T) {
	info := func(status string) answer {
		return ok(`{"AccountInfo":{"AccountName":"acme","Edition":"ENTERPRISE","NotificationEmail":"n","AuthenticationType":"IAM_IDENTITY_CENTER","AccountSubscriptionStatus":"` + status + `"}}`)
	}
	known := func(status estate.QuickStatus) estate.Quick {
		return estate.Quick{Name: "acme", Edition: "ENTERPRISE", Email: "n", Authentication: "IAM_IDENTITY_CENTER", Status: status}
	}
	for name, tt := range map[string]struct {
		answer         answer
		want           estate.Quick
		absent, looked bool
	}{
		"created":                {answer: info("ACCOUNT_CREATED"), want: known("ACCOUNT_CREATED"), looked: true},
		"going":                  {answer: info("UNSUBSCRIBE_IN_PROGRESS"), want: known("UNSUBSCRIBE_IN_PROGRESS"), looked: true},
		"a status nobody listed": {answer: info("MOVED"), want: known("MOVED"), looked: true},
		"unsubscribed":           {answer: info("UNSUBSCRIBED"), absent: true, looked: true},
		"never there":            {answer: answer{status: 404, kind: "ResourceNotFoundException", body: `{"Message":"gone"}`}, absent: true, looked: true},
		"denied":                 {answer: answer{status: 401, kind: "AccessDeniedException:http://x", body: `{"message":"no"}`}},
		"empty":                  {answer: ok(`{}`)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, map[string][]answer{"GET /account/111122223333": {tt.answer}})
			got, err := open(t, s, nil).Quick(account, ohio).DescribeAccountSubscription(t.Context())
			if (err == nil) != tt.looked || got.Looked() != tt.looked || got.IsAbsent() != tt.absent {
				t.Fatalf("looked %v, absent %v, error %v", got.Looked(), got.IsAbsent(), err)
			}
			v, _ := got.Get()
			if v.Name != tt.want.Name || v.Status != tt.want.Status || v.Email != tt.want.Email || v.Authentication != tt.want.Authentication || v.Edition != tt.want.Edition {
				t.Errorf("got %+v", v)
			}
		})
	}
}
