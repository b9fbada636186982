package desktop_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"rehome/internal/estate"
	"rehome/internal/twin/desktop"
	"rehome/internal/twin/identitystore"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/quickconsole"
	"rehome/internal/twin/quicksight"
	"rehome/internal/twin/ssoadmin"
)

const (
	account  = "111122223333"
	instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	trusted  = "arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-12345678-1234-4234-8234-123456789012"
	quickApp = "arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-0a1b2c3d4e5f6071"
	here     = "us-east-1"
	issuer   = "https://example.okta.com/oauth2/default"
	client   = "0oa1b2c3d4e5f6a7b8c9"
	adminsID = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	readID   = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	guestsID = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
	discover = issuer + "/.well-known/openid-configuration"
)

// today is the time of day; the twin's own clock is somewhere else.
func today() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// signingKeys are the provider's and a stranger's; making them takes long enough to be done once.
var signingKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = k
	}
	return keys
})

// provider is what the addresses of an identity provider answer with; the test's own, in place of the twin's.
type provider map[string]reply

type reply struct {
	Status int
	Body   string
	Reason string
}

func (p provider) service() kernel.Service {
	return kernel.Service{ID: "idp", Console: map[string]bool{"Fetch": false}, Handlers: map[string]kernel.Handler{"Fetch": func(r *kernel.Request) (any, error) {
		var in struct{ URL string }
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		if answer, ok := p[in.URL]; ok {
			return answer, nil
		}
		return reply{Reason: "no such host"}, nil
	}}}
}

func keySet(keys ...jose.JSONWebKey) reply {
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		panic(err)
	}
	return reply{Status: 200, Body: string(text)}
}

func public(kid string, of *rsa.PrivateKey) jose.JSONWebKey {
	return jose.JSONWebKey{Key: of.Public(), KeyID: kid, Algorithm: "RS256", Use: "sig"}
}

// okta answers as it should.
func okta() provider {
	return provider{
		issuer + "/v1/keys": keySet(public("k1", signingKeys()[0])),
		discover:            {Status: 200, Body: `{"issuer":"` + issuer + `","jwks_uri":"` + issuer + `/v1/keys"}`},
	}
}

// setting is everything that a case can change.
type setting struct {
	world    estate.World
	quick    *estate.Quick
	instance *estate.Instance
	access   *estate.ExtensionAccess
	provider provider
}

func (s *setting) user(id estate.UserID, change func(*estate.User)) {
	kernel.EditAt(s.instance.Users.Or(nil), id, change)
}

// iad is an account on Identity Center whose sign-in works; Ana is an administrator, Ben a reader, Eve has no role in Quick.
func iad() *setting {
	s := &setting{provider: okta()}
	s.instance = &estate.Instance{ARN: instance, Owner: account, Status: "ACTIVE", IdentityStoreID: "d-1234567890", PrimaryRegion: "ap-south-1",
		Regions:    estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive, here: estate.RegionActive}),
		Encryption: estate.Of(estate.Encryption{KeyType: estate.AWSOwnedKey, Status: estate.EncryptionEnabled}),
		Users: estate.Of(map[estate.UserID]estate.User{"u-ana": {UserName: "ana", Email: "ana@example.com"}, "u-ben": {UserName: "ben", Email: "ben@example.com"},
			"u-eve": {UserName: "eve", Email: "eve@example.com"}}),
		Groups: estate.Of(map[estate.GroupID]estate.Group{adminsID: {DisplayName: "admins", Members: estate.Of([]estate.UserID{"u-ana"})},
			readID: {DisplayName: "readers", Members: estate.Of([]estate.UserID{"u-ben"})}, guestsID: {DisplayName: "guests", Members: estate.Of([]estate.UserID{"u-eve"})}}),
		Applications: estate.Of(map[estate.ARN]estate.Application{quickApp: {Name: "Amazon Quick", Account: account, Status: "ENABLED", CreatedFrom: here, Grants: estate.Of([]string{}),
			Assignments: estate.Of([]estate.Assignment{{Principal: adminsID, Type: "GROUP"}, {Principal: readID, Type: "GROUP"}})}}),
		TokenIssuers: estate.Of(map[estate.ARN]estate.TrustedTokenIssuer{trusted: {Name: "AmazonQuickDesktop", Issuer: issuer, Claim: "email", Attribute: "emails.value"}})}
	s.access = &estate.ExtensionAccess{Name: "Desktop", TrustedTokenIssuer: trusted, Audience: client, Extension: true, Values: estate.SignInValues{Issuer: issuer,
		AuthorizationEndpoint: issuer + "/v1/authorize", TokenEndpoint: issuer + "/v1/token", JWKSURI: issuer + "/v1/keys", ClientID: client}}
	s.quick = &estate.Quick{Name: "example-quick", Edition: "ENTERPRISE", Authentication: estate.AuthIdentityCenter, Status: estate.QuickCreated, InstanceARN: instance,
		IdentityRegion: estate.Of(estate.Region(here)), Roles: estate.Of(map[estate.QuickRole][]string{"ADMIN": {"admins"}, "READER": {"readers"}}),
		Namespaces: estate.Of(map[string]estate.Namespace{"default": {CapacityRegion: here, Status: "CREATED", ApplicationARN: quickApp, InstanceARN: instance}})}
	return s
}

// fed is the same account on IAM federation.
func fed() *setting {
	s := iad()
	s.access.TrustedTokenIssuer, s.access.Audience = "", ""
	s.quick.Authentication, s.quick.InstanceARN, s.quick.Roles = "IAM_AND_QUICKSIGHT", "", estate.Absent[map[estate.QuickRole][]string]()
	s.people(map[string]estate.QuickUser{"federated/ana": {Email: "ana@example.com", Role: "ADMIN", IdentityType: "IAM", Active: true},
		"federated/ben": {Email: "ben@example.com", Role: "READER", IdentityType: "IAM", Active: true}})
	return s
}

func (s *setting) people(all map[string]estate.QuickUser) {
	s.quick.Namespaces = estate.Of(map[string]estate.Namespace{"default": {CapacityRegion: here, Status: "CREATED", IdentityStore: "QUICKSIGHT", Users: estate.Of(all)}})
}

type twin struct {
	*testing.T
	*kernel.Kernel
}

func (s *setting) start(t *testing.T) twin {
	t.Helper()
	if s.access != nil {
		s.quick.ExtensionAccess = estate.Of(map[string]estate.ExtensionAccess{s.access.Name: *s.access})
	}
	knobs := s.world.Twin
	s.world = estate.World{Title: "desktop", Twin: knobs, Estate: estate.Estate{
		Organization:   estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: account}),
		IdentityCenter: estate.Of(*s.instance),
		Accounts:       map[estate.AccountID]estate.Account{account: {Quick: estate.Of(*s.quick)}}}}
	k, err := kernel.New(kernel.Config{World: s.world, Clock: kernel.ClockManual, Services: []kernel.Service{ssoadmin.Service(), identitystore.Service(), quicksight.Service(),
		quickconsole.Service(), desktop.Service(today), s.provider.service()}})
	if err != nil {
		t.Fatal(err)
	}
	return twin{t, k}
}

// about are the members of a good token for somebody.
func about(email string) map[string]any {
	return map[string]any{"iss": issuer, "aud": client, "sub": "00u1", "email": email, "iat": today().Unix() - 10, "exp": today().Unix() + 3600}
}

func with(base, changes map[string]any) map[string]any {
	out := maps.Clone(base)
	for name, v := range changes {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

// mint signs a token; key is 0 for the provider's and 1 for the stranger's.
func mint(t testing.TB, kid string, key int, members map[string]any) string {
	t.Helper()
	return sign(t, jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: signingKeys()[key], KeyID: kid}}, members)
}

func sign(t testing.TB, key jose.SigningKey, members map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w twin) ask(method, path, body string) (int, string) {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer.Code, strings.Join(strings.Fields(answer.Body.String()), " ")
}

// open brings a token; what comes back is "user role", or the refusal's message. A refusal never repeats the token.
func (w twin) open(token string) string {
	w.Helper()
	body, err := json.Marshal(map[string]string{"id_token": token})
	if err != nil {
		w.Fatal(err)
	}
	status, text := w.ask("POST", "/desktop/"+account+"/session", string(body))
	var answer struct{ User, Role, Subject, Code, Message string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		w.Fatal(err, text)
	}
	if (status == http.StatusOK) != (answer.User != "") || (answer.Code != "") == (answer.User != "") || answer.User != "" && answer.Subject != "00u1" {
		w.Errorf("HTTP %d %s", status, text)
	}
	for _, part := range strings.Split(token, ".") {
		if _, log := w.ask("GET", "/_twin/calls?internal=yes", ""); part != "" && (strings.Contains(text, part) || strings.Contains(log, part)) {
			w.Errorf("a part of the token is in %s or the log", text)
		}
	}
	if answer.Message != "" {
		return answer.Message
	}
	return answer.User + " " + answer.Role
}

func (w twin) must(got, want string) {
	w.Helper()
	if !strings.Contains(got, want) {
		w.Errorf("got  %s\nwant %s", got, want)
	}
}

// person does a by-hand step in a Region.
func (w twin) person(region, service, operation string, input any) string {
	w.Helper()
	body, err := json.Marshal(map[string]any{"account": account, "region": region, "service": service, "operation": operation, "input": input})
	if err != nil {
		w.Fatal(err)
	}
	_, text := w.ask("POST", "/_twin/person", string(body))
	return text
}

// TestTheMappingIsByAccount: through the token issuer on Identity Center, by address on IAM federation.
func TestTheMappingIsByAccount(t *testing.T) {
	t.Attr("requirement", "DSK-14")
	center, federation := iad().start(t), fed().start(t)
	token := mint(t, "k1", 0, about("ana@example.com"))
	center.must(center.open(token), "ana ADMIN")
	federation.must(federation.open(token), "federated/ana ADMIN")

	for _, w := range []twin{center, federation} {
		w.must(w.person("ap-south-1", "sso-admin", "DeleteTrustedTokenIssuer", map[string]string{"TrustedTokenIssuerArn": trusted}), "{}")
		w.ask("POST", "/_twin/clock", `{"advance":3}`)
	}
	center.must(center.open(token), "Token validation failure (twin: us-east-1 has no trusted token issuer "+trusted+")")
	federation.must(federation.open(token), "federated/ana ADMIN")
}

// TestTheApplicationAsksWherePeopleSignIn.
func TestTheApplicationAsksWherePeopleSignIn(t *testing.T) {
	w := iad().start(t)
	status, text := w.ask("GET", "/desktop/"+account+"/configuration", "")
	want := `{"issuer":"https://example.okta.com/oauth2/default","authorization_endpoint":"https://example.okta.com/oauth2/default/v1/authorize",` +
		`"token_endpoint":"https://example.okta.com/oauth2/default/v1/token","jwks_uri":"https://example.okta.com/oauth2/default/v1/keys",` +
		`"client_id":"0oa1b2c3d4e5f6a7b8c9","scopes":["openid","email","profile","offline_access"]}`
	if status != http.StatusOK || text != want {
		t.Errorf("HTTP %d %s", status, text)
	}
	if status, text := w.ask("GET", "/desktop/"+account+"/session", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("HTTP %d %s", status, text)
	}
	if status, text := w.ask("POST", "/desktop/"+account+"/session", "no JSON"); status != http.StatusBadRequest {
		t.Errorf("HTTP %d %s", status, text)
	}
}

// TestTheIndexLivesInTheIdentityRegion: elsewhere it is refused in the field's words (TRB-05).
func TestTheIndexLivesInTheIdentityRegion(t *testing.T) {
	w := iad().start(t)
	w.must(w.person("ap-south-1", "desktop", "InitializeIndex", struct{}{}), "Failed to create space: Unable to initialize Quick index in this region. Please request IAM admin to set up Quick index")
	w.must(w.person(here, "desktop", "InitializeIndex", struct{}{}), "{}")
}
