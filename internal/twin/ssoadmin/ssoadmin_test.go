package ssoadmin_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sso "github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/smithy-go"
	diff "github.com/google/go-cmp/cmp"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/kms"
	"rehome/internal/twin/ssoadmin"
)

const (
	account  = "111122223333"
	member   = "444455556666"
	instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	prefix   = "arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-"
	old      = prefix + "0a1b2c3d4e5f6071"
	foreign  = "arn:aws:sso::444455556666:application/ssoins-1234567890abcdef/apl-0a1b2c3d4e5f6072"
	quick    = "arn:aws:sso::aws:applicationProvider/quicksight"
	custom   = "arn:aws:sso::aws:applicationProvider/custom"
	group    = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	mrk      = "mrk-1234567890abcdef1234567890abcdef"

	// services admits people of the account, and sso.amazonaws.com for the instance's own data.
	services = `{"Version":"2012-10-17","Statement":[
		{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Sid":"Use","Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*",
		 "Condition":{"StringEquals":{"aws:SourceAccount":"111122223333","kms:EncryptionContext:aws:sso:instance-arn":"arn:aws:sso:::instance/ssoins-1234567890abcdef"}}}]}`
	delegating = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
	vague      = "is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
)

// world has an instance homed in ap-south-1 and replicated to us-east-1, with two applications.
func world() estate.World {
	enabled := estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(services)})
	return estate.World{Title: "instance", Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: account}),
		IdentityCenter: estate.Of(estate.Instance{ARN: instance, Owner: account, Name: "example", Status: "ACTIVE", IdentityStoreID: "d-1234567890",
			Created: time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC), PrimaryRegion: "ap-south-1",
			Regions:      estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive, "us-east-1": estate.RegionActive, "us-west-2": estate.RegionAdding}),
			Encryption:   estate.Of(estate.Encryption{KeyType: estate.CustomerManagedKey, KeyARN: "arn:aws:kms:ap-south-1:" + account + ":key/" + mrk, Status: "ENABLED"}),
			TokenIssuers: estate.Of(map[estate.ARN]estate.TrustedTokenIssuer{}),
			Applications: estate.Of(map[estate.ARN]estate.Application{
				old: {Name: "Amazon Quick", Provider: quick, Account: account, Status: "ENABLED", CreatedFrom: "ap-south-1", Grants: estate.Of([]string{"authorization_code", "refresh_token"}),
					Assignments: estate.Of([]estate.Assignment{{Principal: group, Type: "GROUP"}})},
				foreign: {Name: "Notes", Provider: custom, Account: member, Status: "ENABLED", CreatedFrom: "us-east-1"}}),
		}),
		Accounts: map[estate.AccountID]estate.Account{member: {}, account: {
			Keys: map[estate.KeyID]estate.Key{mrk: {MultiRegion: true, Primary: "ap-south-1", Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT", Manager: "CUSTOMER",
				Copies: map[estate.Region]estate.Known[estate.KeyCopy]{"ap-south-1": enabled, "us-east-1": enabled}}},
		}},
	}}
}

type twin struct {
	*testing.T
	url string
}

func start(t *testing.T, change func(*kernel.Config)) twin {
	t.Helper()
	c := kernel.Config{World: world(), Services: []kernel.Service{kms.Service(), ssoadmin.Service()}, Clock: kernel.ClockManual}
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

func (w twin) in(region string) *sso.Client { return w.as("TWIN"+account, region) }

func (w twin) as(key, region string) *sso.Client {
	return sso.New(sso.Options{Region: region, BaseEndpoint: aws.String(w.url), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")})
}

// wait moves the clock.
func (w twin) wait(seconds int) {
	w.Helper()
	answer, err := http.Post(w.url+"/_twin/clock", "application/json", strings.NewReader(`{"advance": `+strconv.Itoa(seconds)+`}`))
	if err != nil || answer.StatusCode != http.StatusOK {
		w.Fatal(err, answer)
	}
	answer.Body.Close()
}

// get asks one of the twin's own endpoints.
func (w twin) get(path string, into any) {
	w.Helper()
	answer, err := http.Get(w.url + "/_twin/" + path)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		w.Fatal(err)
	}
}

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

func TestInstancesAreListedWhereTheyAreHosted(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct {
		region string
		scope  types.RegionScope
		want   int
	}{{"ap-south-1", "", 1}, {"us-east-1", "", 1}, {"us-west-2", "", 0}, {"eu-west-1", "", 0}, {"eu-west-1", types.RegionScopeAllRegions, 1}, {"eu-west-1", types.RegionScopeCurrentRegion, 0}} {
		out, err := w.in(c.region).ListInstances(t.Context(), &sso.ListInstancesInput{RegionScope: c.scope})
		if err != nil || len(out.Instances) != c.want {
			t.Errorf("%s %s: %v, %d instances, want %d", c.region, c.scope, err, len(out.Instances), c.want)
			continue
		}
		if c.want == 1 {
			i := out.Instances[0]
			if *i.InstanceArn != instance || *i.IdentityStoreId != "d-1234567890" || *i.OwnerAccountId != account || *i.PrimaryRegion != "ap-south-1" ||
				!i.CreatedDate.Equal(time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)) || *i.IdentityStoreArn != "arn:aws:identitystore::111122223333:identitystore/d-1234567890" || len(i.Regions) != 3 {
				t.Errorf("%s: %+v", c.region, i)
			}
		}
	}
}

func TestInstanceAndRegionsReadAlikeInEveryRegion(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.PageSize = 2 })
	for _, region := range []string{"ap-south-1", "us-east-1"} {
		i, err := w.in(region).DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: aws.String(instance)})
		if err != nil {
			t.Fatal(err)
		}
		e := i.EncryptionConfigurationDetails
		if *i.PrimaryRegion != "ap-south-1" || i.Status != types.InstanceStatusActive || e.KeyType != types.KmsKeyTypeCustomerManagedKey ||
			*e.KmsKeyArn != "arn:aws:kms:ap-south-1:111122223333:key/"+mrk || e.EncryptionStatus != types.KmsKeyStatusEnabled {
			t.Errorf("%s: %+v %+v", region, i, e)
		}
		var got []string
		p := sso.NewListRegionsPaginator(w.in(region), &sso.ListRegionsInput{InstanceArn: aws.String(instance)})
		for p.HasMorePages() {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Regions {
				one, err := w.in(region).DescribeRegion(t.Context(), &sso.DescribeRegionInput{InstanceArn: aws.String(instance), RegionName: r.RegionName})
				if err != nil || one.Status != r.Status || one.IsPrimaryRegion != r.IsPrimaryRegion {
					t.Errorf("%v %+v", err, one)
				}
				got = append(got, *r.RegionName+" "+string(r.Status))
			}
		}
		if d := diff.Diff([]string{"ap-south-1 ACTIVE", "us-east-1 ACTIVE", "us-west-2 ADDING"}, got); d != "" {
			t.Error(d)
		}
	}
}

func TestRefusalsOfPlace(t *testing.T) {
	w := start(t, nil)
	_, err := w.in("eu-west-1").DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: aws.String(instance)})
	w.mustBe(err, "AccessDeniedException []: twin: no Identity Center instance is hosted in eu-west-1")
	_, err = w.in("eu-west-1").DescribeRegion(t.Context(), &sso.DescribeRegionInput{InstanceArn: aws.String(instance), RegionName: aws.String("us-east-1")})
	w.mustBe(err, "AccessDeniedException")
	_, err = w.in("us-east-1").DescribeRegion(t.Context(), &sso.DescribeRegionInput{InstanceArn: aws.String(instance), RegionName: aws.String("eu-west-1")})
	w.mustBe(err, "ResourceNotFoundException")
	_, err = w.in("us-east-1").DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: aws.String("arn:aws:sso:::instance/ssoins-0000000000000000")})
	w.mustBe(err, "AccessDeniedException []: twin: there is no instance")
	_, err = w.in("us-east-1").DescribeApplication(t.Context(), &sso.DescribeApplicationInput{ApplicationArn: aws.String(prefix + "0000000000000000")})
	w.mustBe(err, "ResourceNotFoundException")
	_, err = w.in("us-east-1").ListApplications(t.Context(), &sso.ListApplicationsInput{InstanceArn: aws.String(instance), NextToken: aws.String("!")})
	w.mustBe(err, "ValidationException []: The NextToken")
}

// TestPrimaryOnly: what AWS serves at the primary Region only is refused at the other one, whatever becomes of it at home.
func TestPrimaryOnly(t *testing.T) {
	w := start(t, nil)
	arn := aws.String(instance)
	home := map[string]string{"UpdateInstance": "ok", "AddRegion": "ConflictException", "RemoveRegion": "ConflictException", "ListPermissionSets": "ok",
		"CreateTrustedTokenIssuer": "ok"}
	for name, call := range map[string]func(*sso.Client) error{
		"UpdateInstance": func(c *sso.Client) error {
			_, err := c.UpdateInstance(t.Context(), &sso.UpdateInstanceInput{InstanceArn: arn, Name: aws.String("x")})
			return err
		},
		"RemoveRegion": func(c *sso.Client) error {
			_, err := c.RemoveRegion(t.Context(), &sso.RemoveRegionInput{InstanceArn: arn, RegionName: aws.String("us-east-1")})
			return err
		},
		"AddRegion": func(c *sso.Client) error {
			_, err := c.AddRegion(t.Context(), &sso.AddRegionInput{InstanceArn: arn, RegionName: aws.String("eu-west-1")})
			return err
		},
		"CreateTrustedTokenIssuer": func(c *sso.Client) error {
			_, err := c.CreateTrustedTokenIssuer(t.Context(), &sso.CreateTrustedTokenIssuerInput{InstanceArn: arn, Name: aws.String("okta"), TrustedTokenIssuerType: "OIDC_JWT",
				TrustedTokenIssuerConfiguration: &types.TrustedTokenIssuerConfigurationMemberOidcJwtConfiguration{Value: types.OidcJwtConfiguration{IssuerUrl: aws.String("https://example.okta.com"),
					ClaimAttributePath: aws.String("email"), IdentityStoreAttributePath: aws.String("emails.value"), JwksRetrievalOption: "OPEN_ID_DISCOVERY"}}})
			return err
		},
		"ListPermissionSets": func(c *sso.Client) error {
			_, err := c.ListPermissionSets(t.Context(), &sso.ListPermissionSetsInput{InstanceArn: arn})
			return err
		},
		"ListAccountAssignments": func(c *sso.Client) error {
			_, err := c.ListAccountAssignments(t.Context(), &sso.ListAccountAssignmentsInput{InstanceArn: arn, AccountId: aws.String(account), PermissionSetArn: aws.String("arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := twin{t, w.url}
			w.mustBe(call(w.in("us-east-1")), "AccessDeniedException []: twin: sso:"+name+" is served in the primary Region ap-south-1 only, not in us-east-1")
			w.mustBe(call(w.in("ap-south-1")), cmp.Or(home[name], "NotModelledByTwin []: "))
		})
	}
}

func TestApplicationsAreReadEverywhere(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.PageSize = 1 })
	for _, region := range []string{"ap-south-1", "us-east-1"} {
		client := w.in(region)
		for _, c := range []struct {
			name   string
			filter *types.ListApplicationsFilter
			want   []string
		}{
			{"all", nil, []string{old, foreign}},
			{"by account", &types.ListApplicationsFilter{ApplicationAccount: aws.String(member)}, []string{foreign}},
			{"by provider", &types.ListApplicationsFilter{ApplicationProvider: aws.String(quick)}, []string{old}},
		} {
			var got []string
			p := sso.NewListApplicationsPaginator(client, &sso.ListApplicationsInput{InstanceArn: aws.String(instance), Filter: c.filter})
			for p.HasMorePages() {
				page, err := p.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range page.Applications {
					got = append(got, *a.ApplicationArn)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: %v, want %v", region, c.name, got, c.want)
			}
		}
		a, err := client.DescribeApplication(t.Context(), &sso.DescribeApplicationInput{ApplicationArn: aws.String(old)})
		if err != nil || *a.CreatedFrom != "ap-south-1" || *a.ApplicationProviderArn != quick || a.Status != types.ApplicationStatusEnabled || *a.ApplicationAccount != account {
			t.Errorf("%s: %v %+v", region, err, a)
		}
		if got := w.grants(client, old); !slices.Equal(got, []string{"authorization_code", "refresh_token"}) {
			t.Errorf("%s: grants %v", region, got)
		}
		if got := w.assigned(client, old); !slices.Equal(got, []string{"GROUP " + group}) {
			t.Errorf("%s: assignments %v", region, got)
		}
		_, err = client.ListApplicationGrants(t.Context(), &sso.ListApplicationGrantsInput{ApplicationArn: aws.String(foreign)})
		w.mustBe(err, "TwinDoesNotKnow []: twin does not know /identity_center/applications/arn:aws:sso::444455556666:application~1ssoins-1234567890abcdef~1apl-0a1b2c3d4e5f6072/grants")
	}
}

func (w twin) grants(c *sso.Client, arn string) (got []string) {
	w.Helper()
	p := sso.NewListApplicationGrantsPaginator(c, &sso.ListApplicationGrantsInput{ApplicationArn: &arn})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, g := range page.Grants {
			got = append(got, string(g.GrantType))
		}
	}
	return got
}

func (w twin) assigned(c *sso.Client, arn string) (got []string) {
	w.Helper()
	p := sso.NewListApplicationAssignmentsPaginator(c, &sso.ListApplicationAssignmentsInput{ApplicationArn: &arn})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, a := range page.ApplicationAssignments {
			got = append(got, string(a.PrincipalType)+" "+*a.PrincipalId)
		}
	}
	return got
}

func assignment(arn string) *sso.CreateApplicationAssignmentInput {
	return &sso.CreateApplicationAssignmentInput{ApplicationArn: &arn, PrincipalId: aws.String(group), PrincipalType: types.PrincipalTypeGroup}
}

func deassignment(arn string) *sso.DeleteApplicationAssignmentInput {
	return &sso.DeleteApplicationAssignmentInput{ApplicationArn: &arn, PrincipalId: aws.String(group), PrincipalType: types.PrincipalTypeGroup}
}

// TestApplicationsAreManagedWhereTheyWereCreated walks one application through its life at us-east-1 while ap-south-1 may only look.
func TestApplicationsAreManagedWhereTheyWereCreated(t *testing.T) {
	w := start(t, nil)
	here, there := w.in("us-east-1"), w.in("ap-south-1")
	made, err := here.CreateApplication(t.Context(), &sso.CreateApplicationInput{InstanceArn: aws.String(instance), ApplicationProviderArn: aws.String(custom), Name: aws.String("Desktop")})
	if err != nil {
		t.Fatal(err)
	}
	arn := *made.ApplicationArn
	if !strings.HasPrefix(arn, prefix) || len(arn) != len(old) || *made.IdentityStoreArn != "arn:aws:identitystore::111122223333:identitystore/d-1234567890" {
		t.Errorf("%+v", made)
	}
	grant := &sso.PutApplicationGrantInput{ApplicationArn: &arn, GrantType: types.GrantTypeRefreshToken, Grant: &types.GrantMemberRefreshToken{}}
	for _, c := range []struct {
		name string
		call func(*sso.Client) error
	}{
		{"assign", func(c *sso.Client) error {
			_, err := c.CreateApplicationAssignment(t.Context(), assignment(arn))
			return err
		}},
		{"assign again", func(c *sso.Client) error {
			_, err := c.CreateApplicationAssignment(t.Context(), assignment(arn))
			return err
		}},
		{"grant", func(c *sso.Client) error { _, err := c.PutApplicationGrant(t.Context(), grant); return err }},
		{"grant again", func(c *sso.Client) error { _, err := c.PutApplicationGrant(t.Context(), grant); return err }},
	} {
		w.mustBe(c.call(there), "AccessDeniedException []: twin: the application is managed in us-east-1, where it was created, not in ap-south-1")
		w.mustBe(c.call(here), "ok")
	}
	if got := w.assigned(there, arn); !slices.Equal(got, []string{"GROUP " + group}) {
		t.Errorf("assignments read at ap-south-1: %v", got)
	}
	if got := w.grants(there, arn); !slices.Equal(got, []string{"refresh_token"}) {
		t.Errorf("grants read at ap-south-1: %v", got)
	}
	_, err = here.DeleteApplicationAssignment(t.Context(), deassignment(arn))
	w.mustBe(err, "ok")
	if got := w.assigned(there, arn); got != nil {
		t.Errorf("assignments after taking the only one: %v", got)
	}
	_, err = there.DeleteApplication(t.Context(), &sso.DeleteApplicationInput{ApplicationArn: &arn})
	w.mustBe(err, "AccessDeniedException")
	_, err = here.DeleteApplication(t.Context(), &sso.DeleteApplicationInput{ApplicationArn: &arn})
	w.mustBe(err, "ok")
	_, err = there.DescribeApplication(t.Context(), &sso.DescribeApplicationInput{ApplicationArn: &arn})
	w.mustBe(err, "ResourceNotFoundException")
}

func TestEveryNewApplicationHasItsOwnARN(t *testing.T) {
	w := start(t, nil)
	seen := map[string]bool{}
	for _, region := range []string{"us-east-1", "us-east-1", "ap-south-1"} {
		out, err := w.in(region).CreateApplication(t.Context(), &sso.CreateApplicationInput{InstanceArn: aws.String(instance), ApplicationProviderArn: aws.String(custom), Name: aws.String("Desktop")})
		if err != nil || seen[*out.ApplicationArn] {
			t.Fatalf("%v %+v", err, out)
		}
		seen[*out.ApplicationArn] = true
	}
}

// TestWhatNobodyKnowsIsNotChanged: adding to an unknown list would make it known, and wrong.
func TestWhatNobodyKnowsIsNotChanged(t *testing.T) {
	w := start(t, nil)
	_, err := w.in("us-east-1").CreateApplicationAssignment(t.Context(), assignment(foreign))
	w.mustBe(err, "TwinDoesNotKnow")
	_, err = w.in("us-east-1").PutApplicationGrant(t.Context(), &sso.PutApplicationGrantInput{ApplicationArn: aws.String(foreign), GrantType: types.GrantTypeRefreshToken, Grant: &types.GrantMemberRefreshToken{}})
	w.mustBe(err, "TwinDoesNotKnow")
}

// TestKeyRefusals: the copy of the key in the Region of the call decides, for the caller through sso, and for sso itself when it
// registers an application. ListInstances asks nobody.
func TestKeyRefusals(t *testing.T) {
	enabled := func(policy string) estate.Known[estate.KeyCopy] {
		return estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(policy)})
	}
	const ok = "ok"
	administrator := "User: arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin "
	for _, c := range []struct {
		name         string
		copy         estate.Known[estate.KeyCopy] // of us-east-1
		read, create string
	}{
		{"everything admitted", enabled(services), ok, ok},
		{"default policy", enabled(delegating), ok, "AccessDeniedException [KMS_AccessDeniedException]: Service: sso.amazonaws.com " + vague},
		{"sso pinned to another instance", enabled(strings.Replace(services, "ssoins-1234567890abcdef", "ssoins-0000000000000000", 1)), ok,
			"AccessDeniedException [KMS_AccessDeniedException]: Service: sso.amazonaws.com " + vague},
		{"nobody of the account", enabled(strings.Replace(services, `arn:aws:iam::111122223333:root`, `arn:aws:iam::111122223333:role/Other`, 1)),
			"AccessDeniedException [KMS_AccessDeniedException]: " + administrator + vague, "AccessDeniedException [KMS_AccessDeniedException]: " + administrator},
		{"disabled", estate.Of(estate.KeyCopy{State: estate.KeyDisabled, Policy: estate.Of(services)}), "ValidationException [KMS_DisabledException]: ", "ValidationException [KMS_DisabledException]: "},
		{"pending deletion", estate.Of(estate.KeyCopy{State: estate.KeyPendingDeletion, Policy: estate.Of(services)}), "ValidationException [KMS_InvalidStateException]: ", "ValidationException"},
		{"no replica", estate.Absent[estate.KeyCopy](), "AccessDeniedException [KMS_AccessDeniedException]: " + administrator + vague, "AccessDeniedException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, func(k *kernel.Config) { k.World.Estate.Accounts[account].Keys[mrk].Copies["us-east-1"] = c.copy })
			_, err := w.in("us-east-1").DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: aws.String(instance)})
			w.mustBe(err, c.read)
			create := &sso.CreateApplicationInput{InstanceArn: aws.String(instance), ApplicationProviderArn: aws.String(custom), Name: aws.String("Desktop")}
			_, err = w.in("us-east-1").CreateApplication(t.Context(), create)
			w.mustBe(err, c.create)
			_, err = w.in("us-east-1").ListInstances(t.Context(), &sso.ListInstancesInput{})
			w.mustBe(err, ok)
			_, err = w.in("ap-south-1").CreateApplication(t.Context(), create)
			w.mustBe(err, ok)
		})
	}
}

func TestEvidenceOfARegistration(t *testing.T) {
	w := start(t, nil)
	_, err := w.in("us-east-1").CreateApplication(t.Context(), &sso.CreateApplicationInput{InstanceArn: aws.String(instance), ApplicationProviderArn: aws.String(custom), Name: aws.String("Desktop")})
	w.mustBe(err, "ok")
	var records []kernel.KMSRecord
	w.get("kms", &records)
	var got []string
	for _, r := range records {
		got = append(got, strings.Join([]string{r.CallerKind, strings.Join(r.Via, ","), r.Action, string(r.Region), strings.Join(r.ContextKeys, ","), r.TriggeredBy, r.Decision, r.Statement}, " "))
	}
	want := []string{"fas sso.amazonaws.com kms:Decrypt us-east-1 aws:sso:instance-arn sso-admin:CreateApplication allow #1",
		"service  kms:Decrypt us-east-1 aws:sso:instance-arn sso-admin:CreateApplication allow Use"}
	if d := diff.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// putState changes the world of a running twin.
func (w twin) putState(change func(*estate.World)) {
	w.Helper()
	var s kernel.State
	answer, err := http.Get(w.url + "/_twin/world")
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil {
		err = document.Decode("world.json", text, &s)
	}
	if err == nil {
		change(&s.World)
		text, err = document.Encode(s)
	}
	if err != nil {
		w.Fatal(err)
	}
	put, err := http.NewRequestWithContext(w.Context(), http.MethodPut, w.url+"/_twin/world", bytes.NewReader(text))
	if err != nil {
		w.Fatal(err)
	}
	if answer, err = http.DefaultClient.Do(put); err != nil || answer.StatusCode != http.StatusOK {
		w.Fatal(err, answer)
	}
	answer.Body.Close()
}
