package cloud_test

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// aloneWith gives the test an AWS configuration of its own and an environment without any other.
func aloneWith(t *testing.T, configuration string) {
	t.Helper()
	dir := t.TempDir()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", dir)
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestWrongAccountIsStoppedBeforeTheCall(t *testing.T) {
	t.Attr("requirement", "RUN-17")
	s := newServer(t, map[string][]answer{"GetCallerIdentity": {ok(identity("999988887777", "user/eve"))}, "PutKeyPolicy": {ok("{}")}})
	err := open(t, s, nil).KMS(account, mumbai).PutKeyPolicy(t.Context(), keyID, "{}")
	e, ok := errors.AsType[*diag.Error](err)
	if !ok || e.Code != "cloud/wrong-account" || e.Exit != diag.ExitWaiting {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"111122223333", "999988887777", "arn:aws:iam::999988887777:user/eve"} {
		if !strings.Contains(e.Render(), want) {
			t.Errorf("%q is missing in %s", want, e.Render())
		}
	}
	if len(s.seen("PutKeyPolicy")) != 0 {
		t.Error("the call was made")
	}
}

func TestCallerIsAskedOnceUntilCredentialsExpire(t *testing.T) {
	s := newServer(t, map[string][]answer{"GetKeyPolicy": {ok("{}"), ok("{}"), fail(400, `{"__type":"ExpiredTokenException"}`), ok("{}")}})
	c := open(t, s, nil)
	for i := range 4 {
		_, err := c.KMS(account, mumbai).GetKeyPolicy(t.Context(), keyID)
		if want := i == 2; (cloud.KindOf(err) == cloud.Expired) != want {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if got := len(s.seen("GetCallerIdentity")); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}

// TestSignIn is what a person reads when AWS no longer accepts the credentials, for each way into an account.
func TestSignIn(t *testing.T) {
	const configuration = `
[default]
region = eu-west-1
[profile admin]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.awsapps.com/start
[profile chained]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = admin
[profile coded]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = base
mfa_serial = arn:aws:iam::111122223333:mfa/ann
[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = ` + secret + `
[profile web]
login_session = arn:aws:iam::111122223333:user/ann
[profile process]
credential_process = sh -c "echo '` + secret + `'; exit 1"
`
	for name, tt := range map[string]struct {
		profile string
		env     map[string]string
		fix     string
	}{
		"Identity Center":               {profile: "admin", fix: "aws sso login --profile admin"},
		"Identity Center behind a role": {profile: "chained", fix: "aws sso login --profile admin"},
		"MFA":                           {profile: "coded", fix: "aws sts get-caller-identity --profile coded   (it asks for the MFA code and keeps the session)"},
		"console login":                 {profile: "web", fix: "aws login --profile web"},
		"keys in a file":                {profile: "base", fix: "aws sts get-caller-identity --profile base   (it must succeed; its own message says what is missing)"},
		"process":                       {profile: "process", fix: "aws sts get-caller-identity --profile process   (it must succeed; its own message says what is missing)"},
		"environment":                   {env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": secret}, fix: "export a fresh AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; the ones in the environment are used now"},
		"AWS_PROFILE":                   {env: map[string]string{"AWS_PROFILE": "admin"}, fix: "aws sso login --profile admin"},
		"nothing":                       {fix: "aws sso login --profile NAME   (then name that profile in the spec, or export AWS_PROFILE=NAME)"},
	} {
		t.Run(name, func(t *testing.T) {
			aloneWith(t, configuration)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			s := newServer(t, map[string][]answer{"GetCallerIdentity": {fail(403, `<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`)}})
			c := open(t, s, func(c *cloud.Config) {
				c.Credentials, c.Access = nil, []cloud.Access{{Account: account, Profile: tt.profile}}
			})
			_, err := c.KMS(account, mumbai).DescribeKey(t.Context(), keyID)
			p := cloud.Presentable(err)
			if cloud.KindOf(err) != cloud.Expired || p.Exit != diag.ExitWaiting || p.Code != "cloud/credentials" {
				t.Fatalf("%v\n%s", err, p.Render())
			}
			if p.Fix[0] != tt.fix {
				t.Errorf("hint %q, want %q", p.Fix[0], tt.fix)
			}
			if text := fmt.Sprintf("%s %v %+v", p.Render(), err, err); strings.Contains(text, secret) {
				t.Errorf("the secret is told: %s", text)
			}
		})
	}
}

func TestConfigurationErrors(t *testing.T) {
	aloneWith(t, "[default]\nregion = eu-west-1\n")
	for name, tt := range map[string]struct {
		access []cloud.Access
		code   string
	}{
		"profile that is not there":   {[]cloud.Access{{Account: account, Profile: "ghost"}}, "cloud/no-profile"},
		"account that is not there":   {nil, "cloud/no-access"},
		"two ways into one account":   {[]cloud.Access{{Account: account, Profile: "a"}, {Account: account, Profile: "b"}}, "cloud/two-ways"},
		"same way twice is no matter": {[]cloud.Access{{Account: account, Profile: "ghost"}, {Account: account, Profile: "ghost"}}, "cloud/no-profile"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := cloud.New(t.Context(), cloud.Config{Access: tt.access})
			if err == nil {
				_, err = c.Caller(t.Context(), account)
			}
			if e, ok := errors.AsType[*diag.Error](err); !ok || e.Code != tt.code || e.Exit != diag.ExitUsage || len(e.Fix) == 0 {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRoleAndAgentOnTheWire shows that the role is assumed under the run's name and that every request says who sent it.
func TestRoleAndAgentOnTheWire(t *testing.T) {
	aloneWith(t, "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = "+secret+"\nregion = eu-west-1\n")
	assumed := `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>` + session +
		`</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
	throttled := fail(400, `<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`)
	s := newServer(t, map[string][]answer{"AssumeRole": {throttled, ok(assumed)}, "DescribeKey": {ok(`{"KeyMetadata":{}}`)}})
	calls := &recorder{}
	c := open(t, s, func(c *cloud.Config) {
		c.Credentials, c.RunID, c.OnCall = nil, "2026/11:22", calls.add
		c.Access = []cloud.Access{{Account: account, Profile: "base", RoleARN: "arn:aws:iam::111122223333:role/rehome", ExternalID: "ext-1"}}
	})
	if _, err := c.KMS(account, mumbai).DescribeKey(t.Context(), keyID); err != nil {
		t.Fatal(err)
	}
	assume := s.seen("AssumeRole")
	if len(assume) != 2 || !strings.Contains(assume[1].body, "RoleSessionName=rehome-2026-11-22") || !strings.Contains(assume[1].body, "ExternalId=ext-1") || assume[1].region != "eu-west-1" {
		t.Errorf("AssumeRole: %+v", assume)
	}
	describe := s.seen("DescribeKey")[0]
	if !strings.Contains(describe.header.Get("Authorization"), "Credential=ASIAROLE/") || describe.region != "ap-south-1" {
		t.Errorf("signed %s", describe.header.Get("Authorization"))
	}
	for _, r := range s.requests {
		if agent := r.header.Get("User-Agent"); !strings.Contains(agent, "rehome/1.2") || !strings.Contains(agent, "run/2026-11-22") {
			t.Errorf("%s: user agent %q", r.operation, agent)
		}
	}
	var got []string
	for _, call := range calls.calls {
		got = append(got, fmt.Sprintf("%s %d %s %v", call.Operation, call.Attempt, call.Error, call.Mutating))
	}
	if want := "AssumeRole 1 Throttling false|AssumeRole 2  false|GetCallerIdentity 1  false|DescribeKey 1  false"; strings.Join(got, "|") != want {
		t.Errorf("log: %s", strings.Join(got, "|"))
	}
}

func TestRefusedRoleSaysWhere(t *testing.T) {
	aloneWith(t, "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = "+secret+"\n")
	s := newServer(t, map[string][]answer{"AssumeRole": {fail(403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)}})
	c := open(t, s, func(c *cloud.Config) {
		c.Credentials, c.Access = nil, []cloud.Access{{Account: account, Profile: "base", RoleARN: "arn:aws:iam::111122223333:role/rehome"}}
	})
	_, err := c.KMS(account, mumbai).DescribeKey(t.Context(), keyID)
	if p := cloud.Presentable(err); cloud.KindOf(err) != cloud.AccessDenied || p.Exit != diag.ExitWaiting || !strings.Contains(p.Render(), "trust policy") {
		t.Errorf("got %s", p.Render())
	}
}

// TestEndpointHoldsForAllServices keeps a rehearsal on its twin whatever the environment says.
func TestEndpointHoldsForAllServices(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s left the twin", r.URL) }))
	t.Cleanup(elsewhere.Close)
	aloneWith(t, "[profile p]\naws_access_key_id = A\naws_secret_access_key = B\nendpoint_url = "+elsewhere.URL+"\nservices = s\n[services s]\nquicksight =\n  endpoint_url = "+elsewhere.URL+"\n")
	t.Setenv("AWS_ENDPOINT_URL_KMS", elsewhere.URL)
	t.Setenv("AWS_PROFILE", "p")
	t.Setenv("AWS_USE_FIPS_ENDPOINT", "true")
	s := newServer(t, map[string][]answer{"DescribeKey": {ok(`{"KeyMetadata":{}}`)}, "GET /accounts/111122223333/topics": {ok("{}")}})
	for name, change := range map[string]func(*cloud.Config){
		"static keys":           nil,
		"profile":               func(c *cloud.Config) { c.Credentials = nil },
		"AWS_ENDPOINT_URL only": func(c *cloud.Config) { c.Credentials, c.Endpoint = nil, ""; t.Setenv("AWS_ENDPOINT_URL", s.URL) },
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, s, change)
			_, keyErr := c.KMS(account, mumbai).DescribeKey(t.Context(), keyID)
			_, quickErr := c.Quick(account, ohio).ListAssets(t.Context(), "topic")
			if keyErr != nil || quickErr != nil {
				t.Error(keyErr, quickErr)
			}
		})
	}
}

func TestTarget(t *testing.T) {
	twin := func(body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/_twin/health" {
				http.NotFound(w, r)
			}
			fmt.Fprint(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, tt := range map[string]struct {
		endpoint, profile string // in the environment; of the second account
		target            estate.Target
		world, code       string
	}{
		"AWS":                 {target: estate.TargetAWS},
		"twin":                {endpoint: twin(`{"twin":true,"world":"bom"}`), target: estate.TargetTwin, world: "bom"},
		"some other endpoint": {endpoint: twin(`<html>`), target: estate.TargetAWS},
		"not a twin":          {endpoint: twin(`{"twin":false}`), target: estate.TargetAWS},
		"nobody":              {endpoint: gone.URL, code: "cloud/endpoint"},
		"one of each":         {profile: twin(`{"twin":true,"world":"bom"}`), code: "cloud/mixed-targets"},
	} {
		t.Run(name, func(t *testing.T) {
			aloneWith(t, "[default]\n[profile second]\nendpoint_url = "+tt.profile+"\n")
			access := []cloud.Access{{Account: account}}
			if tt.endpoint != "" {
				t.Setenv("AWS_ENDPOINT_URL", tt.endpoint)
			}
			if tt.profile != "" {
				access = append(access, cloud.Access{Account: "222233334444", Profile: "second"})
			}
			c, err := cloud.New(t.Context(), cloud.Config{Access: access})
			if err != nil {
				t.Fatal(err)
			}
			target, world, err := c.Target(t.Context())
			e, _ := errors.AsType[*diag.Error](err)
			if target != tt.target || world != tt.world || (e == nil) != (tt.code == "") || e != nil && e.Code != tt.code {
				t.Errorf("%q %q %v", target, world, err)
			}
			if tt.code == "cloud/endpoint" && !strings.Contains(e.What, tt.endpoint) {
				t.Errorf("the endpoint is not named: %v", e)
			}
		})
	}
}

// TestCABundle reaches an endpoint whose certificate only AWS_CA_BUNDLE vouches for, as behind an inspecting proxy.
func TestCABundle(t *testing.T) {
	s := newServer(t, map[string][]answer{"PutKeyPolicy": {ok("{}")}})
	secure := httptest.NewUnstartedServer(s)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake
	secure.StartTLS()
	t.Cleanup(secure.Close)
	put := func() error {
		c := open(t, s, func(c *cloud.Config) { c.Credentials, c.Endpoint = nil, secure.URL })
		return c.KMS(account, mumbai).PutKeyPolicy(t.Context(), keyID, "{}")
	}
	aloneWith(t, "[default]\naws_access_key_id = A\naws_secret_access_key = B\n")
	if p := cloud.Presentable(put()); !strings.Contains(p.Why, "certificate") || !strings.Contains(p.Render(), "AWS_CA_BUNDLE") || strings.Contains(p.Render(), "may have had its effect") {
		t.Errorf("without the bundle: %s", p.Render())
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if err := put(); err != nil {
		t.Errorf("with the bundle: %v", err)
	}
}

func TestNobodyAtTheEndpoint(t *testing.T) {
	s := newServer(t, nil)
	c := open(t, s, nil)
	s.Close()
	_, err := c.KMS(account, mumbai).DescribeKey(t.Context(), keyID)
	if p := cloud.Presentable(err); !strings.Contains(p.What, s.URL) || !strings.Contains(p.Why, "connection refused") || !strings.Contains(p.Fix[0], "AWS_ENDPOINT_URL") || p.Exit != diag.ExitFailed {
		t.Errorf("got %s", p.Render())
	}
}

// TestNoSecretIsTold plants keys and a server that quotes them, as AWS does in signature errors.
func TestNoSecretIsTold(t *testing.T) {
	t.Attr("requirement", "RUN-14")
	quote := fail(403, `{"__type":"InvalidSignatureException","message":"The Canonical String for this request should have been 'POST x-amz-security-token:`+session+` `+secret+`'"}`)
	s := newServer(t, map[string][]answer{"DescribeKey": {quote}, "PutKeyPolicy": {ok("{}")}, "GET /accounts/111122223333/dashboards": {{cut: true}}})
	calls := &recorder{}
	var config cloud.Config
	c := open(t, s, func(c *cloud.Config) { c.OnCall = calls.add; config = *c })
	_, err := c.KMS(account, mumbai).DescribeKey(t.Context(), keyID)
	put := c.KMS(account, mumbai).PutKeyPolicy(t.Context(), keyID, `{"marker":"parameter"}`)
	_, cut := c.Quick(account, ohio).ListAssets(t.Context(), "dashboard")
	if err == nil || put != nil || cut == nil {
		t.Fatal(err, put, cut)
	}
	logged, _ := json.Marshal(calls.calls)
	told := fmt.Sprintf("%v|%+v|%#v|%s|%s|%v|%s|%#v|%v", err, err, err, cloud.Presentable(err).Render(), cloud.Presentable(cut).Render(), errors.Unwrap(err), logged, config.Credentials(account), config.Credentials(account))
	for _, planted := range []string{secret, session, "marker"} {
		if strings.Contains(told, planted) {
			t.Errorf("%q is told: %s", planted, told)
		}
	}
	if !strings.Contains(told, "[redacted]") || len(calls.calls) < 4 {
		t.Errorf("nothing was redacted or logged: %s", told)
	}
	for _, call := range calls.calls {
		if call.Account != account || call.Region == "" || call.Service == "" || call.Operation == "" || call.Time.IsZero() {
			t.Errorf("incomplete: %+v", call)
		}
	}
}
