package sts_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/sts"
)

func world() estate.World {
	all := []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}
	one := []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::444455556666:role/Other"}]}`}
	return estate.World{Title: "roles", Estate: estate.Estate{Accounts: map[estate.AccountID]estate.Account{
		"111122223333": {Roles: map[string]estate.Role{
			"Mover": {Path: "/ops/", External: "secret", Policies: all, ExpiresAfter: 2},
			"Plain": {AccessKey: "TESTPLAIN", Policies: one},
		}},
		"444455556666": {Roles: map[string]estate.Role{"Other": {Policies: all}}},
	}}}
}

func start(t *testing.T) func(provider aws.CredentialsProvider) *awssts.Client {
	t.Helper()
	k, err := kernel.New(kernel.Config{World: world(), Services: []kernel.Service{sts.Service()}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return func(provider aws.CredentialsProvider) *awssts.Client {
		return awssts.New(awssts.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.URL), HTTPClient: awshttp.NewBuildableClient(),
			RetryMaxAttempts: 1, Credentials: provider})
	}
}

func key(id string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(id, "secret", "")
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestCallerIdentity(t *testing.T) {
	client := start(t)
	for id, want := range map[string]string{
		"TWIN444455556666": "arn:aws:sts::444455556666:assumed-role/RehomeTwinAdministrator/twin",
		"TESTPLAIN":        "arn:aws:sts::111122223333:assumed-role/Plain/twin",
	} {
		out, err := client(key(id)).GetCallerIdentity(t.Context(), nil)
		if err != nil || *out.Arn != want || !strings.Contains(want, *out.Account) || !strings.HasSuffix(*out.UserId, ":twin") {
			t.Errorf("%s: %v %+v", id, err, out)
		}
	}
	if _, err := client(key("AKIAIOSFODNN7EXAMPLE")).GetCallerIdentity(t.Context(), nil); code(err) != "InvalidClientTokenId" {
		t.Errorf("real credentials: %v", err)
	}
}

func TestAssumeRole(t *testing.T) {
	client := start(t)
	provider := stscreds.NewAssumeRoleProvider(client(key("TWIN444455556666")), "arn:aws:iam::111122223333:role/ops/Mover", func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.ExternalID = "rehome-1", aws.String("secret")
	})
	session := client(aws.NewCredentialsCache(provider))
	for range 2 {
		out, err := session.GetCallerIdentity(t.Context(), nil)
		if err != nil || *out.Arn != "arn:aws:sts::111122223333:assumed-role/Mover/rehome-1" {
			t.Fatal(err, out)
		}
	}
	if _, err := session.GetCallerIdentity(t.Context(), nil); code(err) != "ExpiredToken" {
		t.Errorf("the third call: %v", err)
	}
}

func TestAssumeRoleIsRefused(t *testing.T) {
	client := start(t)
	for _, tc := range []struct{ name, key, role, session, external, want string }{
		{"a role that is not there", "TWIN111122223333", "arn:aws:iam::111122223333:role/Nobody", "s1", "", "AccessDenied"},
		{"a path left out", "TWIN111122223333", "arn:aws:iam::111122223333:role/Mover", "s1", "secret", "AccessDenied"},
		{"a wrong external id", "TWIN111122223333", "arn:aws:iam::111122223333:role/ops/Mover", "s1", "guess", "AccessDenied"},
		{"no external id", "TWIN111122223333", "arn:aws:iam::111122223333:role/ops/Mover", "s1", "", "AccessDenied"},
		{"a caller whose policies allow another role only", "TESTPLAIN", "arn:aws:iam::111122223333:role/ops/Mover", "s1", "secret", "AccessDenied"},
		{"a malformed session name", "TWIN111122223333", "arn:aws:iam::444455556666:role/Other", "a b", "", "ValidationError"},
	} {
		in := &awssts.AssumeRoleInput{RoleArn: aws.String(tc.role), RoleSessionName: aws.String(tc.session)}
		if tc.external != "" {
			in.ExternalId = aws.String(tc.external)
		}
		if _, err := client(key(tc.key)).AssumeRole(t.Context(), in); code(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
	}
}

func TestASessionsCredentialsCannotBeForged(t *testing.T) {
	client := start(t)
	c := kernel.NewSession("444455556666", "Other", "s1", "")
	if _, err := client(credentials.NewStaticCredentialsProvider("TWINSGUESS", c.SecretAccessKey, c.SessionToken)).GetCallerIdentity(t.Context(), nil); code(err) != "InvalidClientTokenId" {
		t.Errorf("another access key: %v", err)
	}
	if _, err := client(credentials.NewStaticCredentialsProvider("TWIN111122223333", "x", "a-token")).GetCallerIdentity(t.Context(), nil); code(err) != "InvalidClientTokenId" {
		t.Errorf("a token that is none of ours: %v", err)
	}
}

// A session policy narrows what the role may do (idc-kms 2.7 for the wording), and is part of what the session is.
func TestSessionPolicies(t *testing.T) {
	client := start(t)
	const caller = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`
	assume := func(as aws.CredentialsProvider, policy string) (aws.CredentialsProvider, error) {
		in := &awssts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::444455556666:role/Other"), RoleSessionName: aws.String("s1")}
		if policy != "" {
			in.Policy = aws.String(policy)
		}
		out, err := client(as).AssumeRole(t.Context(), in)
		if err != nil {
			return nil, err
		}
		c := out.Credentials
		return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken), nil
	}
	free, err := assume(key("TWIN444455556666"), "")
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := assume(key("TWIN444455556666"), caller)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := assume(free, ""); err != nil {
		t.Errorf("a session without a policy: %v", err)
	}
	var api smithy.APIError
	if _, err := assume(narrow, ""); !errors.As(err, &api) || api.ErrorMessage() != "User: arn:aws:sts::444455556666:assumed-role/Other/s1 is not authorized to perform: "+
		"sts:AssumeRole on resource: arn:aws:iam::444455556666:role/Other because no session policy allows the sts:AssumeRole action" {
		t.Errorf("a session with a policy: %v", err)
	}
	one, _ := free.Retrieve(t.Context())
	two, _ := narrow.Retrieve(t.Context())
	if one.AccessKeyID == two.AccessKeyID {
		t.Error("two different sessions have one access key")
	}
	for policy, want := range map[string]string{"{": "MalformedPolicyDocument", strings.Repeat(" ", 2049): "ValidationError"} {
		if _, err := assume(key("TWIN444455556666"), policy); code(err) != want {
			t.Errorf("a policy of %d characters: %v", len(policy), err)
		}
	}
}
