package quickconsole_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/quickconsole"
	"rehome/internal/twin/quicksight"
	"rehome/internal/twin/ssoadmin"
)

const (
	account  = "111122223333"
	instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	trusted  = "arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-12345678-1234-4234-8234-123456789012"
	here     = "us-east-1"
)

// world has a Quick account on Identity Center in us-east-1, which is an additional Region of the instance.
func world(change func(*estate.Quick)) estate.World {
	q := estate.Quick{Name: "example-quick", Edition: "ENTERPRISE", Authentication: estate.AuthIdentityCenter, Email: "quick@example.com", Status: estate.QuickCreated,
		InstanceARN: instance, IdentityRegion: estate.Of(estate.Region(here)), TerminationProtection: estate.Of(false),
		ExtensionAccess: estate.NotLooked[map[string]estate.ExtensionAccess]("no API shows them"),
		Namespaces:      estate.Of(map[string]estate.Namespace{"default": {CapacityRegion: here, Status: "CREATED"}})}
	if change != nil {
		change(&q)
	}
	return estate.World{Title: "console", Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: "555566667777", DelegatedAdministrators: estate.Of([]estate.AccountID{})}),
		IdentityCenter: estate.Of(estate.Instance{ARN: instance, Owner: "555566667777", Status: "ACTIVE", IdentityStoreID: "d-1234567890", PrimaryRegion: "ap-south-1",
			Regions:      estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive, here: estate.RegionActive}),
			Encryption:   estate.Of(estate.Encryption{KeyType: estate.AWSOwnedKey, Status: estate.EncryptionEnabled}),
			TokenIssuers: estate.Of(map[estate.ARN]estate.TrustedTokenIssuer{trusted: {Name: "AmazonQuickDesktop", Issuer: "https://example.okta.com", Claim: "email", Attribute: "emails.value"}})}),
		Accounts: map[estate.AccountID]estate.Account{account: {Quick: estate.Of(q)}, "444455556666": {Quick: estate.Absent[estate.Quick]()}},
	}}
}

func federated(q *estate.Quick) { q.Authentication, q.InstanceARN = "IAM_AND_QUICKSIGHT", "" }

type twin struct {
	*testing.T
	*kernel.Kernel
}

func start(t *testing.T, change func(*estate.Quick)) twin {
	t.Helper()
	k, err := kernel.New(kernel.Config{World: world(change), Services: []kernel.Service{quickconsole.Service(), quicksight.Service(), ssoadmin.Service()}, Clock: kernel.ClockManual})
	if err != nil {
		t.Fatal(err)
	}
	return twin{t, k}
}

// do makes a by-hand call of the administrator in a Region and gives the answer, or "Code: message".
func (w twin) do(region, service, operation, input string) string {
	w.Helper()
	body, err := json.Marshal(map[string]any{"account": account, "region": region, "service": service, "operation": operation, "input": json.RawMessage(input)})
	if err != nil {
		w.Fatal(err)
	}
	return w.post("/_twin/person", string(body))
}

func (w twin) post(path, body string) string {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, httptest.NewRequest("POST", path, strings.NewReader(body)))
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if answer.Code != http.StatusOK && json.Unmarshal(answer.Body.Bytes(), &e) == nil {
		return e.Type + ": " + e.Message
	}
	return strings.Join(strings.Fields(answer.Body.String()), " ")
}

func (w twin) must(got, want string) {
	w.Helper()
	if !strings.Contains(got, want) {
		w.Errorf("got  %s\nwant %s", got, want)
	}
}

// card is what a person types, with changes to its members; nil takes one away.
func card(changes map[string]any) string {
	values := map[string]any{"issuer": "https://example.okta.com", "authorization_endpoint": "https://example.okta.com/v1/authorize",
		"token_endpoint": "https://example.okta.com/v1/token", "jwks_uri": "https://example.okta.com/v1/keys", "client_id": "0oa1"}
	all := map[string]any{"name": "Desktop", "values": values, "trusted_token_issuer": trusted, "audience": "0oa1"}
	for name, v := range changes {
		in := all
		if _, typed := values[name]; typed {
			in = values
		}
		if in[name] = v; v == nil {
			delete(in, name)
		}
	}
	text, _ := json.Marshal(all)
	return string(text)
}

var withoutIssuer = map[string]any{"trusted_token_issuer": nil, "audience": nil}

// TestExtensionAccessIsNeverChanged: it is made, read and deleted, by accounts of both kinds.
func TestExtensionAccessIsNeverChanged(t *testing.T) {
	t.Attr("requirement", "EXT-10")
	for _, c := range []struct {
		name     string
		account  func(*estate.Quick)
		changes  map[string]any
		shown    string
		mistaken map[string]any
		refusal  string
	}{
		{"with a token issuer on Identity Center", nil, nil, `"trusted_token_issuer":"` + trusted + `"`, withoutIssuer, "ValidationException: Trusted Token Issuer ARN is required."},
		{"without one on IAM federation", federated, withoutIssuer, `"issuer":"https://example.okta.com"`, nil, "ValidationException: The account does not use IAM Identity Center"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, c.account)
			w.must(w.do(here, "quick-console", "CreateExtensionAccess", card(c.mistaken)), c.refusal)
			w.must(w.do(here, "quick-console", "CreateExtensionAccess", card(c.changes)), `"name":"Desktop"`)
			before := w.do(here, "quick-console", "DescribeExtensionAccess", `{"name":"Desktop"}`)
			w.must(before, c.shown)
			w.must(w.do(here, "quick-console", "UpdateExtensionAccess", `{"name":"Desktop","values":{"client_id":"0oa2"}}`),
				`ConflictException: The extension access "Desktop" cannot be edited. Delete it and create a new one.`)
			w.must(w.do(here, "quick-console", "DescribeExtensionAccess", `{"name":"Desktop"}`), before)
			w.must(w.do(here, "quick-console", "CreateExtensionAccess", card(c.changes)), `ConflictException: There is an extension access "Desktop" already.`)
			w.must(w.do(here, "quick-console", "DeleteExtensionAccess", `{"name":"Desktop"}`), "{}")
			w.must(w.do(here, "quick-console", "DescribeExtensionAccess", `{"name":"Desktop"}`), `ResourceNotFoundException: There is no extension access "Desktop".`)
			again := map[string]any{"client_id": "0oa2"}
			for name, v := range c.changes {
				again[name] = v
			}
			w.must(w.do(here, "quick-console", "CreateExtensionAccess", card(again)), `"client_id":"0oa2"`)
		})
	}
}

// TestWhatTheConsoleRefuses: what is missing, and what cannot be where it is asked for. No value is looked at.
func TestWhatTheConsoleRefuses(t *testing.T) {
	absent := strings.Replace(trusted, "tti-1", "tti-2", 1)
	for _, c := range []struct {
		name    string
		account func(*estate.Quick)
		region  string
		changes map[string]any
		want    string
	}{
		{"values that are no addresses", nil, here, map[string]any{"issuer": "no address", "jwks_uri": "x", "audience": "another"}, `"issuer":"no address"`},
		{"no name", nil, here, map[string]any{"name": nil}, "ValidationException: Name is required."},
		{"no issuer", nil, here, map[string]any{"issuer": nil}, "ValidationException: Issuer URL is required."},
		{"no authorization endpoint", nil, here, map[string]any{"authorization_endpoint": ""}, "ValidationException: Authorization Endpoint is required."},
		{"no token endpoint", nil, here, map[string]any{"token_endpoint": nil}, "ValidationException: Token Endpoint is required."},
		{"no keys", nil, here, map[string]any{"jwks_uri": nil}, "ValidationException: JWKS URI is required."},
		{"no client", nil, here, map[string]any{"client_id": nil}, "ValidationException: Client ID is required."},
		{"no audience", nil, here, map[string]any{"audience": nil}, "ValidationException: Aud claim is required."},
		{"an audience without Identity Center", federated, here, map[string]any{"trusted_token_issuer": nil}, "ValidationException: The account does not use IAM Identity Center"},
		{"a token issuer that is not there", nil, here, map[string]any{"trusted_token_issuer": absent}, "ResourceNotFoundException: Trusted token issuer with ARN " + absent + " not found."},
		{"the console of another Region", nil, "ap-south-1", nil, "AccessDeniedException: The Quick console was opened in ap-south-1, but the identity Region of account 111122223333 is us-east-1."},
		{"an account that is being made", func(q *estate.Quick) { q.Status = estate.QuickCreating }, here, nil, "ResourceNotFoundException: Account 111122223333 has no Quick account that works."},
		{"an account that is gone", func(q *estate.Quick) { q.Status = estate.QuickUnsubscribed }, here, nil, "ResourceNotFoundException: Account 111122223333 has no Quick account that works."},
		{"an identity Region that nobody looked at", func(q *estate.Quick) { q.IdentityRegion = estate.NotLooked[estate.Region]("denied") }, here, nil,
			"TwinDoesNotKnow: twin does not know /accounts/111122223333/quick/identity_region"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, c.account)
			w.must(w.do(c.region, "quick-console", "CreateExtensionAccess", card(c.changes)), c.want)
		})
	}
}

// TestAnExtensionIsMadeFromAnExtensionAccess, once, and goes with it.
func TestAnExtensionIsMadeFromAnExtensionAccess(t *testing.T) {
	w := start(t, nil)
	const named = `{"name":"Desktop"}`
	w.must(w.do(here, "quick-console", "CreateExtension", named), `ResourceNotFoundException: There is no extension access "Desktop".`)
	w.must(w.do(here, "quick-console", "ListExtensionAccesses", `{}`), `"extension_accesses":[]`)
	w.must(w.do(here, "quick-console", "CreateExtensionAccess", card(nil)), `"name":"Desktop"`)
	w.must(w.do(here, "quick-console", "ListExtensions", `{}`), `"extensions":[]`)
	w.must(w.do(here, "quick-console", "DeleteExtension", named), `ResourceNotFoundException: There is no extension for "Desktop".`)
	w.must(w.do(here, "quick-console", "CreateExtension", named), `"extension":true`)
	w.must(w.do(here, "quick-console", "CreateExtension", named), `ConflictException: There is an extension for "Desktop" already.`)
	w.must(w.do(here, "quick-console", "ListExtensions", `{}`), `"name":"Desktop"`)
	w.must(w.do(here, "quick-console", "DeleteExtension", named), `"name":"Desktop"`)
	w.must(w.do(here, "quick-console", "ListExtensions", `{}`), `"extensions":[]`)
	w.must(w.do(here, "quick-console", "CreateExtension", named), `"extension":true`)
	w.must(w.do(here, "quick-console", "DeleteExtensionAccess", named), "{}")
	w.must(w.do(here, "quick-console", "ListExtensions", `{}`), `"extensions":[]`)
}

// TestTheyGoWithTheAccount: a deleted Quick account takes its extension access along, and a new one begins without any.
func TestTheyGoWithTheAccount(t *testing.T) {
	w := start(t, federated)
	w.must(w.do(here, "quick-console", "CreateExtensionAccess", card(withoutIssuer)), `"name":"Desktop"`)
	w.must(w.do(here, "quicksight", "DeleteAccountSubscription", `{"AwsAccountId":"111122223333"}`), "RequestId")
	w.post("/_twin/clock", `{"advance":600}`)
	w.must(w.do(here, "quick-console", "ListExtensionAccesses", `{}`), "ResourceNotFoundException: Account 111122223333 has no Quick account that works.")
	w.must(w.do(here, "quicksight", "CreateAccountSubscription", `{"AwsAccountId":"111122223333","AccountName":"example-two","AuthenticationMethod":"IAM_AND_QUICKSIGHT",
		"NotificationEmail":"quick@example.com","Edition":"ENTERPRISE"}`), "RequestId")
	w.post("/_twin/clock", `{"advance":600}`)
	w.must(w.do(here, "quick-console", "ListExtensionAccesses", `{}`), `"extension_accesses":[]`)
}

// TestClientsHaveNoSuchAPI: what a person can do in the console no SDK can.
func TestClientsHaveNoSuchAPI(t *testing.T) {
	w := start(t, nil)
	req := httptest.NewRequest("POST", "/", strings.NewReader(card(nil)))
	req.Header.Set("X-Amz-Target", "QuickConsole.CreateExtensionAccess")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=TWIN111122223333/20261201/us-east-1/quick-console/aws4_request, SignedHeaders=host, Signature=0")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, req)
	if answer.Code < 400 {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	w.must(w.do(here, "quick-console", "ListExtensionAccesses", `{}`), `"extension_accesses":[]`)
}
