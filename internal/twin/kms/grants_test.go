package kms_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	nobody  = "arn:aws:iam::" + owner + ":role/Nobody" // has no right to any KMS action
	storeID = "arn:aws:identitystore::" + owner + ":identitystore/d-1234567890"
)

func operations(names ...types.GrantOperation) []types.GrantOperation { return names }

// uses is what Nobody is told on trying to encrypt.
func (w twin) uses(context map[string]string, tokens ...string) string {
	w.Helper()
	_, err := w.client("us-east-1", "TESTNOBODY").Encrypt(w.Context(), &awskms.EncryptInput{KeyId: aws.String(mrk), Plaintext: []byte("x"),
		EncryptionContext: context, GrantTokens: tokens})
	text, _, _ := strings.Cut(code(err), ":")
	return text
}

func (w twin) grant(in *awskms.CreateGrantInput) *awskms.CreateGrantOutput {
	w.Helper()
	in.KeyId = aws.String(mrk)
	out, err := w.client("us-east-1", "TWIN"+owner).CreateGrant(w.Context(), in)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func TestAGrantLetsItsGranteeUseTheKey(t *testing.T) {
	w := start(t, nil)
	if got := w.uses(nil); got != "AccessDeniedException" {
		t.Fatalf("before: %q", got)
	}
	out := w.grant(&awskms.CreateGrantInput{GranteePrincipal: aws.String(nobody), Operations: operations(types.GrantOperationEncrypt),
		Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"for": "people"}}})
	for _, tc := range []struct {
		context map[string]string
		want    string
	}{{map[string]string{"for": "people", "and": "more"}, ""}, {map[string]string{"for": "things"}, "AccessDeniedException"}, {nil, "AccessDeniedException"}} {
		if got := w.uses(tc.context); got != tc.want {
			t.Errorf("context %v: %q, want %q", tc.context, got, tc.want)
		}
	}
	if _, err := w.client("ap-south-1", "TESTNOBODY").Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String(mrk), Plaintext: []byte("x"),
		EncryptionContext: map[string]string{"for": "people"}}); err == nil {
		t.Error("a grant is of one Region only")
	}
	if _, err := w.client("us-east-1", "TWIN"+owner).RevokeGrant(t.Context(), &awskms.RevokeGrantInput{KeyId: aws.String(mrk), GrantId: out.GrantId}); err != nil {
		t.Fatal(err)
	}
	if got := w.uses(map[string]string{"for": "people"}); got != "AccessDeniedException" {
		t.Errorf("after: %q", got)
	}
}

func TestAGrantForAServiceNamesTheResource(t *testing.T) {
	w := start(t, nil)
	w.grant(&awskms.CreateGrantInput{GranteeServicePrincipal: aws.String("identitystore.amazonaws.com"), RetiringServicePrincipal: aws.String("sso.amazonaws.com"),
		Operations: operations(types.GrantOperationDecrypt), Constraints: &types.GrantConstraints{SourceArn: aws.String(storeID)}})
	for source, want := range map[estate.ARN]string{storeID: "", storeID + "9": "AccessDeniedException", "": "AccessDeniedException"} {
		err := w.ask("us-east-1", kernel.ServicePrincipal("identitystore", owner, source), "Decrypt", map[string]any{"KeyId": replica, "TwinProbe": true})
		if got, _, _ := strings.Cut(code(err), ":"); got != want {
			t.Errorf("for %q: %q, want %q", source, got, want)
		}
	}
}

// A new grant may take its time; its token does not wait (idc-kms 2.4).
func TestANewGrantMayTakeItsTime(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.World.Times = map[estate.TimeKey]int{estate.TimePolicyVisible: 20} })
	out := w.grant(&awskms.CreateGrantInput{GranteePrincipal: aws.String(nobody), Operations: operations(types.GrantOperationEncrypt)})
	if got := w.uses(nil); got != "AccessDeniedException" {
		t.Errorf("at once: %q", got)
	}
	if got := w.uses(nil, *out.GrantToken); got != "" {
		t.Errorf("at once, with the token: %q", got)
	}
	w.advance(20 * time.Second)
	if got := w.uses(nil); got != "" {
		t.Errorf("after its time: %q", got)
	}
}

func TestGrantsAreListedAndNamedOnce(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.PageSize = 1 })
	named := func() *awskms.CreateGrantOutput {
		return w.grant(&awskms.CreateGrantInput{Name: aws.String("n"), GranteePrincipal: aws.String(nobody), Operations: operations(types.GrantOperationEncrypt)})
	}
	first := named()
	if again := named(); *again.GrantId != *first.GrantId {
		t.Error("a named grant was made twice")
	}
	for range 2 {
		w.grant(&awskms.CreateGrantInput{GranteePrincipal: aws.String("arn:aws:iam::" + member + ":root"), Operations: operations(types.GrantOperationDecrypt)})
	}
	w.grant(&awskms.CreateGrantInput{GranteeServicePrincipal: aws.String("sso.amazonaws.com"), RetiringServicePrincipal: aws.String("sso.amazonaws.com"),
		Operations: operations(types.GrantOperationDecrypt), Constraints: &types.GrantConstraints{SourceArn: aws.String("arn:aws:sso:::instance/ssoins-1")}})
	for want, in := range map[int]*awskms.ListGrantsInput{4: {}, 2: {GranteePrincipal: aws.String("arn:aws:iam::" + member + ":root")}, 1: {GrantId: first.GrantId},
		0: {GranteePrincipal: aws.String("arn:aws:iam::" + member + ":role/x")}} {
		in.KeyId = aws.String(mrk)
		var all []types.GrantListEntry
		pages := awskms.NewListGrantsPaginator(w.client("us-east-1", "TWIN"+owner), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page.Grants...)
		}
		if len(all) != want {
			t.Errorf("%d grants, want %d", len(all), want)
		}
		for _, g := range all {
			if g.GranteeServicePrincipal != nil && (*g.RetiringServicePrincipal != "sso.amazonaws.com" || g.RetiringPrincipal != nil || *g.Constraints.SourceArn != "arn:aws:sso:::instance/ssoins-1") {
				t.Errorf("the service's: %+v", g)
			}
		}
	}
}

func TestWhoMayRetireAGrant(t *testing.T) {
	for name, tc := range map[string]struct {
		in   awskms.CreateGrantInput
		as   string
		want string
	}{
		"its retiring principal":       {awskms.CreateGrantInput{RetiringPrincipal: aws.String(nobody)}, "TESTNOBODY", ""},
		"its grantee, when it permits": {awskms.CreateGrantInput{Operations: operations(types.GrantOperationRetireGrant)}, "TESTNOBODY", ""},
		"its grantee otherwise":        {awskms.CreateGrantInput{}, "TESTNOBODY", "AccessDeniedException"},
		"the key's account":            {awskms.CreateGrantInput{}, "TWIN" + owner, ""},
		"another account":              {awskms.CreateGrantInput{}, "TWIN" + member, "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, nil)
			in := tc.in
			in.GranteePrincipal, in.Operations = aws.String(nobody), append(in.Operations, types.GrantOperationEncrypt)
			out := w.grant(&in)
			_, err := w.client("us-east-1", tc.as).RetireGrant(t.Context(), &awskms.RetireGrantInput{GrantToken: out.GrantToken})
			if got, _, _ := strings.Cut(code(err), ":"); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if got := w.uses(nil); (got == "") != (tc.want != "") {
				t.Errorf("the grant afterwards: %q", got)
			}
		})
	}
}

func TestGrantsThatCannotBeMade(t *testing.T) {
	decrypt, service := operations(types.GrantOperationDecrypt), aws.String("sso.amazonaws.com")
	here := &types.GrantConstraints{SourceArn: aws.String(storeID)}
	for name, tc := range map[string]struct {
		in   awskms.CreateGrantInput
		as   string
		want string
	}{
		"for nobody":                           {awskms.CreateGrantInput{Operations: decrypt}, "", "ValidationException"},
		"for two":                              {awskms.CreateGrantInput{Operations: decrypt, GranteePrincipal: aws.String(nobody), GranteeServicePrincipal: service}, "", "ValidationException"},
		"for a service without a source":       {awskms.CreateGrantInput{Operations: decrypt, GranteeServicePrincipal: service, RetiringServicePrincipal: service}, "", "ValidationException"},
		"for a service that none retires":      {awskms.CreateGrantInput{Operations: decrypt, GranteeServicePrincipal: service, Constraints: here}, "", "ValidationException"},
		"for a role that is not there":         {awskms.CreateGrantInput{Operations: decrypt, GranteePrincipal: aws.String("arn:aws:iam::" + owner + ":role/Ghost")}, "", "InvalidArnException"},
		"for everybody":                        {awskms.CreateGrantInput{Operations: decrypt, GranteePrincipal: aws.String("*")}, "", "InvalidArnException"},
		"to sign with a symmetric key":         {awskms.CreateGrantInput{Operations: operations(types.GrantOperationSign), GranteePrincipal: aws.String(nobody)}, "", "ValidationException"},
		"as a dry run":                         {awskms.CreateGrantInput{Operations: decrypt, GranteePrincipal: aws.String(nobody), DryRun: aws.Bool(true)}, "", "DryRunOperationException"},
		"by who may not":                       {awskms.CreateGrantInput{Operations: decrypt, GranteePrincipal: aws.String(nobody)}, "TESTNOBODY", "AccessDeniedException"},
		"by a grantee, for what it has itself": {awskms.CreateGrantInput{Operations: decrypt, GranteePrincipal: aws.String(nobody)}, "TESTGRANTEE", ""},
		"by a grantee, for more than it has": {awskms.CreateGrantInput{Operations: operations(types.GrantOperationDecrypt, types.GrantOperationEncrypt),
			GranteePrincipal: aws.String(nobody)}, "TESTGRANTEE", "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, withRole("Grantee", "TESTGRANTEE"))
			w.grant(&awskms.CreateGrantInput{GranteePrincipal: aws.String("arn:aws:iam::" + owner + ":role/Grantee"),
				Operations: operations(types.GrantOperationCreateGrant, types.GrantOperationDecrypt)})
			as := tc.as
			if as == "" {
				as = "TWIN" + owner
			}
			in := tc.in
			in.KeyId = aws.String(mrk)
			_, err := w.client("us-east-1", as).CreateGrant(t.Context(), &in)
			if got, _, _ := strings.Cut(code(err), ":"); got != tc.want {
				t.Errorf("got %s, want %s", code(err), tc.want)
			}
		})
	}
}

// A resource control policy binds what may be done to the keys of an account, whoever asks; not in the management account.
func TestResourceControlPolicies(t *testing.T) {
	rcp := func(c *kernel.Config) {
		c.World.Estate.Organization = estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: member})
		kernel.EditAt(c.World.Estate.Accounts, owner, func(a *estate.Account) {
			a.Controls = estate.Of(estate.Controls{Resource: []estate.ControlLevel{{Target: owner, Policies: map[string]string{
				"RCPFullAWSAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
				"lock":             `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*"}]}`}}}})
		})
	}
	encrypt := func(w twin) error {
		_, err := w.client("us-east-1", "TWIN"+owner).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String(mrk), Plaintext: []byte("x")})
		return err
	}
	if got := code(encrypt(start(t, rcp))); !strings.HasSuffix(got, "kms:Encrypt on resource: "+replica+" with an explicit deny in a resource control policy") {
		t.Errorf("a member account: %s", got)
	}
	management := func(c *kernel.Config) {
		rcp(c)
		c.World.Estate.Organization = world().Estate.Organization
	}
	if err := encrypt(start(t, management)); err != nil {
		t.Errorf("the management account: %v", err)
	}
}
