package kms_test

import (
	"cmp"
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
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/kms"
)

const (
	mrk     = "mrk-1234567890abcdef1234567890abcdef"
	single  = "12345678-1234-1234-1234-123456789012"
	owner   = "111122223333"
	member  = "444455556666"
	primary = "arn:aws:kms:ap-south-1:" + owner + ":key/" + mrk
	replica = "arn:aws:kms:us-east-1:" + owner + ":key/" + mrk

	delegating = `{"Version":"2012-10-17","Statement":[{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + owner + `:root"},"Action":"kms:*","Resource":"*"}]}`
	org        = `{"Version":"2012-10-17","Statement":[{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + owner + `:root"},"Action":"kms:*","Resource":"*"},
		{"Sid":"Org","Effect":"Allow","Principal":"*","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}},
		{"Sid":"Use","Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*",
		 "Condition":{"StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"},"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["aws:sso:instance-arn"]}}},
		{"Sid":"Apps","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*",
		 "Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"},"StringEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID}"},"StringLike":{"kms:ViaService":"sso.*.amazonaws.com"}}}]}`
)

func world() estate.World {
	enabled := func(policy string) estate.Known[estate.KeyCopy] {
		return estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(policy)})
	}
	key := estate.Key{MultiRegion: true, Primary: "ap-south-1", Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT", Manager: "CUSTOMER",
		Copies: map[estate.Region]estate.Known[estate.KeyCopy]{"ap-south-1": enabled(org), "us-east-1": enabled(delegating)}}
	alone := key
	alone.MultiRegion, alone.Copies = false, map[estate.Region]estate.Known[estate.KeyCopy]{"ap-south-1": enabled(delegating)}
	half := key
	half.Copies = map[estate.Region]estate.Known[estate.KeyCopy]{"ap-south-1": estate.Of(estate.KeyCopy{State: estate.KeyEnabled}),
		"us-east-1": estate.NotLooked[estate.KeyCopy]("denied")}
	all := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	return estate.World{Title: "keys", Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: owner}),
		Accounts: map[estate.AccountID]estate.Account{
			owner: {
				Regions: estate.Of(map[estate.Region]estate.OptStatus{"af-south-1": estate.OptDisabled}),
				Keys:    map[estate.KeyID]estate.Key{mrk: key, single: alone, halfSeen: half},
				Roles: map[string]estate.Role{
					"Nobody": {AccessKey: "TESTNOBODY", Policies: []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sso:*","Resource":"*"}]}`}},
					"Denied": {AccessKey: "TESTDENIED", Policies: []string{all, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}]}`}},
				},
			},
			member: {},
		},
	}}
}

const halfSeen = "mrk-00000000000000000000000000000000"

// question is what the double of sso-admin asks of KMS in the name of a service.
type question struct {
	as     kernel.Caller // whoever calls, through the service via, when it is none
	via    string
	op     string
	input  map[string]any
	answer error
}

type twin struct {
	*testing.T
	url   string
	asked *question
}

func start(t *testing.T, change func(*kernel.Config)) twin {
	t.Helper()
	asked := &question{}
	double := kernel.Service{ID: "sso-admin", IAM: "sso", Handlers: map[string]kernel.Handler{"ListInstances": func(r *kernel.Request) (any, error) {
		if !asked.as.IsService() {
			asked.as = r.Caller.Through(cmp.Or(asked.via, "sso"))
		}
		asked.answer = r.Call(asked.as, "kms", r.Region, asked.op, asked.input, nil)
		return nil, nil
	}}}
	c := kernel.Config{World: world(), Services: []kernel.Service{kms.Service(), double}, Clock: kernel.ClockManual}
	if change != nil {
		change(&c)
	}
	k, err := kernel.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return twin{t, s.URL, asked}
}

func (w twin) client(region, key string) *awskms.Client {
	return awskms.New(awskms.Options{Region: region, BaseEndpoint: aws.String(w.url), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")})
}

func (w twin) steer(method, path, body string) string {
	w.Helper()
	req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		w.Fatal(err, res.Status, string(text))
	}
	return string(text)
}

// ask lets a service ask KMS and gives KMS's refusal.
func (w twin) ask(region string, as kernel.Caller, op string, input map[string]any) error {
	w.Helper()
	return w.askFor("TWIN"+owner, region, question{as: as, op: op, input: input})
}

// askFor is ask within the call of somebody.
func (w twin) askFor(key, region string, q question) error {
	w.Helper()
	*w.asked = q
	req, err := http.NewRequest("POST", w.url, strings.NewReader("{}"))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20261201/"+region+"/sso/aws4_request, Signature=0")
	req.Header.Set("X-Amz-Target", "SWBExternalService.ListInstances")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 200 {
		w.Fatal(err, res)
	}
	res.Body.Close()
	return w.asked.answer
}

func code(err error) string {
	var api smithy.APIError
	var own *kernel.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode() + ": " + api.ErrorMessage()
	case errors.As(err, &own):
		return own.Code + ": " + own.Message
	}
	return err.Error()
}

func TestDescribeKeyShowsTheCopyOfTheRegion(t *testing.T) {
	w := start(t, nil)
	for region, kind := range map[string]types.MultiRegionKeyType{"ap-south-1": types.MultiRegionKeyTypePrimary, "us-east-1": types.MultiRegionKeyTypeReplica} {
		out, err := w.client(region, "TWIN"+owner).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String(mrk)})
		if err != nil {
			t.Fatal(err)
		}
		m := out.KeyMetadata
		c := m.MultiRegionConfiguration
		if *m.Arn != "arn:aws:kms:"+region+":"+owner+":key/"+mrk || m.KeyState != types.KeyStateEnabled || !m.Enabled || c.MultiRegionKeyType != kind ||
			*c.PrimaryKey.Arn != primary || len(c.ReplicaKeys) != 1 || *c.ReplicaKeys[0].Arn != replica || m.CreationDate.IsZero() {
			t.Errorf("%s: %+v %+v", region, m, c)
		}
	}
	out, err := w.client("ap-south-1", "TWIN"+owner).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String(single)})
	if err != nil || *out.KeyMetadata.MultiRegion || out.KeyMetadata.MultiRegionConfiguration != nil {
		t.Errorf("single-Region key: %v %+v", err, out)
	}
}

// The texts are those of idc-kms 2.6.
func TestKeysThatAreNotThere(t *testing.T) {
	w := start(t, nil)
	for name, want := range map[string]string{
		"mrk-ffffffffffffffffffffffffffffffff": "NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/mrk-ffffffffffffffffffffffffffffffff' does not exist",
		single:                                 "NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/" + single + "' does not exist",
		primary:                                "NotFoundException: Invalid arn ap-south-1",
		"not-a-key":                            "NotFoundException: Invalid keyId 'not-a-key'",
		"alias/x":                              "NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/x is not found.",
		"arn:aws:kms:us-east-1:111122223333:alias/x": "NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/x is not found.",
		halfSeen: "TwinDoesNotKnow: twin does not know /accounts/111122223333/keys/" + halfSeen + "/copies/us-east-1",
	} {
		_, err := w.client("us-east-1", "TWIN"+owner).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String(name)})
		if got := code(err); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	_, err := w.client("ap-south-1", "TWIN"+owner).GetKeyPolicy(t.Context(), &awskms.GetKeyPolicyInput{KeyId: aws.String(halfSeen)})
	if want := "TwinDoesNotKnow: twin does not know /accounts/111122223333/keys/" + halfSeen + "/copies/ap-south-1/policy"; code(err) != want {
		t.Errorf("policy that nobody read: %v", err)
	}
}

func TestListKeysPages(t *testing.T) {
	w := start(t, func(c *kernel.Config) {
		delete(c.World.Estate.Accounts[owner].Keys, halfSeen)
		c.PageSize = 1
	})
	var got []string
	p := awskms.NewListKeysPaginator(w.client("ap-south-1", "TWIN"+owner), &awskms.ListKeysInput{})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Keys {
			got = append(got, *k.KeyId)
		}
	}
	if strings.Join(got, " ") != single+" "+mrk {
		t.Errorf("keys %v", got)
	}
	if out, err := w.client("us-east-1", "TWIN"+owner).ListAliases(t.Context(), &awskms.ListAliasesInput{}); err != nil || len(out.Aliases) != 0 {
		t.Errorf("aliases %v %v", out, err)
	}
}

func evidence(w twin) (out []kernel.KMSRecord) {
	w.Helper()
	if err := json.Unmarshal([]byte(w.steer("GET", "/_twin/kms", "")), &out); err != nil {
		w.Fatal(err)
	}
	return out
}
