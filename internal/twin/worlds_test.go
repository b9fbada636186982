package twin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/smithy-go"
	"github.com/goccy/go-yaml"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
	"rehome/worlds"
)

const (
	account  = "111122223333"
	member   = "444455556666"
	mumbai   = "ap-south-1"
	virginia = "us-east-1"
	ireland  = "eu-west-1"
	instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	oldApp   = "arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-0a1b2c3d4e5f6071"
	mrk      = "mrk-1234567890abcdef1234567890abcdef"
	vague    = "is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
)

// tree reads a built-in world as plain values, laid over its base.
func tree(t *testing.T, name string) map[string]any {
	t.Helper()
	text, ok := worlds.Text(name)
	if !ok {
		t.Fatalf("there is no world %s", name)
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	above := map[string]any{}
	if err := json.Unmarshal(asJSON, &above); err != nil {
		t.Fatal(err)
	}
	if base, ok := above["base"].(string); ok {
		return lay(tree(t, base), above)
	}
	return above
}

// lay merges maps that hold something; everything else replaces.
func lay(below, above map[string]any) map[string]any {
	for name, value := range above {
		a, isMap := value.(map[string]any)
		b, wasMap := below[name].(map[string]any)
		if isMap && wasMap && len(a) > 0 {
			value = lay(b, a)
		}
		below[name] = value
	}
	return below
}

// load gives a built-in world with changes laid over it, in the form of a world's file.
func load(t *testing.T, name string, changes ...string) (w estate.World) {
	t.Helper()
	whole := tree(t, name)
	for _, text := range changes {
		change := map[string]any{}
		if err := yaml.Unmarshal([]byte(text), &change); err != nil {
			t.Fatal(err)
		}
		whole = lay(whole, change)
	}
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Decode(name+".json", text, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// running is a twin whose clock moves when the test says so.
type running struct {
	*testing.T
	url string
}

func start(t *testing.T, w estate.World, options ...func(*kernel.Config)) running {
	t.Helper()
	k, err := twin.New(w, kernel.ClockManual, options...)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return running{t, s.URL}
}

func smallPages(c *kernel.Config) { c.PageSize = 1 }

// with is the same twin for a subtest.
func (w running) with(t *testing.T) running { return running{t, w.url} }

// An access key names the caller: TWIN and an account for its administrator, or the key of a role of the world.
func signed(key string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(key, "secret", "")
}

func (w running) quickAs(key, region string) *quicksight.Client {
	return quicksight.New(quicksight.Options{Region: region, BaseEndpoint: &w.url, HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1, Credentials: signed(key)})
}

func (w running) quick(region string) *quicksight.Client { return w.quickAs("TWIN"+account, region) }

func (w running) sso(region string) *ssoadmin.Client {
	return ssoadmin.New(ssoadmin.Options{Region: region, BaseEndpoint: &w.url, HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1, Credentials: signed("TWIN" + account)})
}

func (w running) store(region string) *identitystore.Client {
	return identitystore.New(identitystore.Options{Region: region, BaseEndpoint: &w.url, HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1, Credentials: signed("TWIN" + account)})
}

func (w running) kms(region string) *kms.Client {
	return kms.New(kms.Options{Region: region, BaseEndpoint: &w.url, HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1, Credentials: signed("TWIN" + account)})
}

// steer uses one of the twin's own endpoints; body is empty for GET.
func (w running) steer(path, body string) []byte {
	w.Helper()
	if body == "" {
		return w.send(http.MethodGet, path, body)
	}
	return w.send(http.MethodPost, path, body)
}

// put makes an earlier answer of GET /_twin/world the state.
func (w running) put(state []byte) {
	w.Helper()
	w.send(http.MethodPut, "world", string(state))
}

func (w running) send(method, path, body string) []byte {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), method, w.url+"/_twin/"+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.Fatalf("%s: %v %s", path, err, text)
	}
	return text
}

// later moves the clock by what the table of times says of something.
func (w running) later(what estate.TimeKey) {
	w.Helper()
	w.steer("clock", fmt.Sprintf(`{"advance": %d}`, estate.DefaultTimes()[what].Typical))
}

// state is all that the twin remembers, but for clock and counts.
func (w running) state() []byte { return w.steer("world?times=no", "") }

// unchanged calls f, which must leave the state as it is.
func (w running) unchanged(f func()) {
	w.Helper()
	before := w.state()
	f()
	if after := w.state(); !bytes.Equal(before, after) {
		w.Error("the state has changed")
	}
}

// evidence is what KMS was asked, as "kind principal via: action Region < trigger = decision".
func (w running) evidence() []string {
	w.Helper()
	var records []kernel.KMSRecord
	if err := json.Unmarshal(w.steer("kms", ""), &records); err != nil {
		w.Fatal(err)
	}
	out := []string{}
	for _, r := range records {
		who := []string{r.CallerKind}
		if strings.HasPrefix(r.CallerKind, "service") {
			who = append(who, strings.TrimSuffix(r.Principal, ".amazonaws.com"))
		}
		for _, v := range r.Via {
			who = append(who, "via", strings.TrimSuffix(v, ".amazonaws.com"))
		}
		out = append(out, fmt.Sprintf("%s: %s %s < %s = %s", strings.Join(who, " "), r.Action, r.Region, r.TriggeredBy, r.Decision))
	}
	return out
}

// fault is an error as "Code status: message"; ok when there is none.
func fault(err error) string {
	var api smithy.APIError
	var http *awshttp.ResponseError
	if errors.As(err, &api) && errors.As(err, &http) {
		return fmt.Sprintf("%s %d: %s", api.ErrorCode(), http.HTTPStatusCode(), api.ErrorMessage())
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

// mustBe wants a refusal, or ok, that begins so.
func (w running) mustBe(err error, want string) {
	w.Helper()
	if got := fault(err); !strings.HasPrefix(got, want) || want == "" {
		w.Errorf("got  %s\nwant %s", got, want)
	}
}

// signup is the runbook's call with all that the worlds' groups allow.
func signup(name string) *quicksight.CreateAccountSubscriptionInput {
	return &quicksight.CreateAccountSubscriptionInput{AwsAccountId: aws.String(account), AccountName: &name, AuthenticationMethod: types.AuthenticationMethodOptionIamIdentityCenter,
		Edition: types.EditionEnterprise, NotificationEmail: aws.String("quick-admins@example.com"), IAMIdentityCenterInstanceArn: aws.String(instance),
		AdminGroup: []string{"quick-admins"}, AuthorGroup: []string{"quick-authors"}, ReaderGroup: []string{"quick-readers"}}
}

// replica lays another policy over the key's copy in us-east-1.
func replica(policy string) string {
	text, _ := json.Marshal(policy) //nolint:errcheck // a string
	return fmt.Sprintf(`{estate: {accounts: {%q: {keys: {%s: {copies: {us-east-1: {policy: %s}}}}}}}}`, account, mrk, text)
}

// goodPolicy is what the world iad has at us-east-1: Identity Center's own key policy.
func goodPolicy(t *testing.T) string {
	t.Helper()
	w := load(t, "iad")
	c, _ := w.Estate.Accounts[account].Keys[mrk].Copies[virginia].Get()
	text, ok := c.Policy.Get()
	if !ok {
		t.Fatal("the world iad has no policy at us-east-1")
	}
	return text
}
