package kms_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// The policy of AWS's Identity Center user guide (idc-kms 3.1), with a delegated administrator.
const (
	both    = `"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["aws:sso:instance-arn","aws:identitystore:identitystore-arn"]}`
	through = `"kms:ViaService":["sso.*.amazonaws.com","identitystore.*.amazonaws.com"]`
	ours    = `"StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"}`
	theTwo  = `"Effect":"Allow","Principal":{"Service":["identitystore.amazonaws.com","sso.amazonaws.com"]}`
	version = `"Version":"2012-10-17",`
	admins  = `{"Sid":"AllowIdentityCenterAdminAccounts","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::` + owner + `:root","arn:aws:iam::` + member + `:root"]},"Action":"kms:*","Resource":"*"}`
	managed = `{"Sid":"AllowManagedApps","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"},` +
		`"StringEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID}"},"StringLike":{` + through + `},` + both + `}}`
	good = `{` + version + `"Statement":[` + admins + `,
 {"Sid":"AllowIdentityCenterAndIdentityStoreToDescribeKey",` + theTwo + `,"Action":"kms:DescribeKey","Resource":"*","Condition":{` + ours + `}},
 {"Sid":"AllowIdentityCenterAndIdentityStoreToUseKey",` + theTwo + `,"Action":["kms:Decrypt","kms:ReEncryptTo","kms:ReEncryptFrom","kms:GenerateDataKeyWithoutPlaintext"],"Resource":"*","Condition":{` + ours + `,` + both + `}},
 {"Sid":"AllowOrgPrincipalsViaIdentityCenterAndIdentityStore","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*",
  "Condition":{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"},"StringLike":{` + through + `},` + both + `}},
 ` + managed + `]}`

	instanceARN = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	pinned      = `"StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}","kms:EncryptionContext:aws:sso:instance-arn":"` + instanceARN + `"}`

	// Of the older generation of statements (idc-kms 3.2), those without which Identity Center itself does not work.
	use     = `"Action":["kms:Decrypt","kms:ReEncryptTo","kms:ReEncryptFrom","kms:GenerateDataKeyWithoutPlaintext"],"Resource":"*"`
	minimum = `{` + version + `"Statement":[{"Sid":"EnableIAMUserPermissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + owner + `:root"},"Action":"kms:*","Resource":"*"},
 {"Sid":"AllowIAMIdentityCenterToUseTheKMSKey","Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"},` + use + `,
  "Condition":{"StringLike":{"kms:EncryptionContext:aws:sso:instance-arn":"*"},"StringEquals":{"aws:SourceAccount":"` + owner + `"}}},
 {"Sid":"AllowIdentityStoreToUseTheKMSKey","Effect":"Allow","Principal":{"Service":"identitystore.amazonaws.com"},` + use + `,
  "Condition":{"StringLike":{"kms:EncryptionContext:aws:identitystore:identitystore-arn":"*"},"StringEquals":{"aws:SourceAccount":"` + owner + `"}}},
 {"Sid":"AllowIAMIdentityCenterAndIdentityStoreToDescribeKMSKey",` + theTwo + `,"Action":"kms:DescribeKey","Resource":"*"}]}`
)

// probe is what one operation of idc-kms 9.6 asks of KMS. The mapping of operations to requests is INFERRED there.
type probe struct {
	region  string
	as      kernel.Caller // none: the role Delegate, through the service
	op      string
	context map[string]string
	kind    string // as evidence names the caller
}

var (
	bySSO   = map[string]string{"aws:sso:instance-arn": instanceARN}
	byStore = map[string]string{"aws:identitystore:identitystore-arn": storeID}
	sso     = kernel.ServicePrincipal("sso", owner, instanceARN)
	quick   = kernel.ServicePrincipal("quicksight", member, "").Through("sso")

	addRegion      = probe{"us-east-1", sso, "Decrypt", bySSO, "service"}
	writePeople    = probe{"ap-south-1", kernel.ServicePrincipal("identitystore", owner, storeID), "GenerateDataKeyWithoutPlaintext", byStore, "service"}
	signUp         = probe{"us-east-1", quick, "Decrypt", bySSO, "service-via"}
	signUpAtHome   = probe{"ap-south-1", quick, "Decrypt", bySSO, "service-via"}
	describe       = probe{"us-east-1", sso, "DescribeKey", nil, "service"}
	configure      = probe{"ap-south-1", sso, "GenerateDataKeyWithoutPlaintext", map[string]string{"aws:sso:instance-arn": "arn:aws:sso:::instance/purpose:KEY_CONFIGURATION"}, "service"}
	afterwards     = probe{"ap-south-1", sso, "GenerateDataKeyWithoutPlaintext", bySSO, "service"}
	administer     = probe{"ap-south-1", kernel.Caller{}, "Decrypt", bySSO, "fas"}
	atHome         = probe{"ap-south-1", sso, "Decrypt", bySSO, "service"}
	withoutContext = probe{"us-east-1", sso, "Decrypt", nil, "service"}
)

// sent gives KMS's answer to a probe and the evidence of it.
func (p probe) sent(w twin) (string, kernel.KMSRecord) {
	w.Helper()
	in := map[string]any{"TwinProbe": true, "KeyId": string(estate.KeyARN(estate.Region(p.region), owner, mrk)), "KeySpec": "AES_256"}
	if p.context != nil {
		in["EncryptionContext"] = p.context
	}
	err := w.askFor("TESTDELEGATE", p.region, question{as: p.as, op: p.op, input: in})
	all := evidence(w)
	return code(err), all[len(all)-1]
}

// goodWorld has the key with the policy of the guide in both Regions, and an administrator of the delegated account.
func goodWorld(c *kernel.Config) {
	for region := range c.World.Estate.Accounts[owner].Keys[mrk].Copies {
		policy(good)(c, region)
	}
	c.World.Estate.Accounts[member] = estate.Account{Roles: map[string]estate.Role{"Delegate": {AccessKey: "TESTDELEGATE",
		Policies: []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sso:*","kms:Decrypt"],"Resource":"*"}]}`}}}}
}

// policy sets the policy of the copy in a Region.
func policy(text string) func(*kernel.Config, estate.Region) {
	return func(c *kernel.Config, region estate.Region) {
		kernel.EditAt(c.World.Estate.Accounts[owner].Keys[mrk].Copies, region, func(k *estate.Known[estate.KeyCopy]) {
			kernel.Edit(k, func(c *estate.KeyCopy) { c.Policy = estate.Of(text) })
		})
	}
}

func everywhere(text string) func(*kernel.Config) {
	return func(c *kernel.Config) {
		policy(text)(c, "ap-south-1")
		policy(text)(c, "us-east-1")
	}
}

// instead is the good policy with one thing in another's place, each time it occurs.
func instead(of, put string) string {
	text := strings.ReplaceAll(good, of, put)
	if text == good {
		panic("the good policy does not hold " + of)
	}
	return text
}

// The scenarios are those of idc-kms 9.6, by its numbers: what each refuses is allowed in the good world, and what else is asked is
// allowed in both.
func TestKnownBadScenarios(t *testing.T) {
	t.Attr("requirement", "KMS-28")
	denied := func(who string) string {
		return "AccessDeniedException: " + who + " is not authorized to perform: kms:"
	}
	service, managed := denied("Service: sso.amazonaws.com"), denied("Service: quicksight.amazonaws.com")
	for _, tc := range []struct {
		name   string
		change func(*kernel.Config)
		then   func(twin)
		bad    probe
		want   string
		fine   probe
	}{
		{"1 replica with the default policy", func(c *kernel.Config) { policy(delegating)(c, "us-east-1") }, nil, addRegion, service + "Decrypt", atHome},
		{"2 minimum without managed applications", everywhere(minimum), nil, signUp, managed + "Decrypt", addRegion},
		{"3 one account only, Quick in another", everywhere(instead(`"aws:SourceOrgID":"${aws:ResourceOrgID}"`, `"aws:SourceAccount":"`+owner+`"`)), nil, signUp, managed + "Decrypt", addRegion},
		{"4 pinned to the instance while the key is set", everywhere(instead(ours+`,`+both, pinned)), nil, configure, service + "GenerateDataKeyWithoutPlaintext", afterwards},
		{"5 both contexts in one block", everywhere(instead(ours+`,`+both, ours+`,"StringLike":{"kms:EncryptionContext:aws:sso:instance-arn":"*","kms:EncryptionContext:aws:identitystore:identitystore-arn":"*"}`)), nil,
			addRegion, service + "Decrypt", describe},
		{"6 context asked of DescribeKey", everywhere(instead(`"Action":"kms:DescribeKey","Resource":"*","Condition":{`+ours, `"Action":"kms:DescribeKey","Resource":"*","Condition":{`+ours+`,`+both)), nil,
			describe, service + "DescribeKey", addRegion},
		{"7 no version, variables", everywhere(instead(version, "")), nil, addRegion, service + "Decrypt", probe{}},
		{"7 version of 2008, variables", everywhere(instead(version, `"Version":"2008-10-17",`)), nil, writePeople, denied("Service: identitystore.amazonaws.com") + "GenerateDataKeyWithoutPlaintext", probe{}},
		{"8 everybody outside the organization denied, services too", everywhere(instead(admins, admins+
			`,{"Sid":"Guard","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}}`)), nil,
			describe, service + "DescribeKey on resource: " + replica + " with an explicit deny in a resource-based policy", administer},
		{"9 pinned to the service of the home Region", everywhere(instead(through, `"kms:ViaService":["sso.ap-south-1.amazonaws.com"]`)), nil, signUp, managed + "Decrypt", signUpAtHome},
		{"10 the primary mended, the replica forgotten", everywhere(delegating), func(w twin) {
			_, err := w.client("ap-south-1", "TWIN"+owner).PutKeyPolicy(w.Context(), &awskms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: aws.String(good)})
			if err != nil {
				w.Error(err)
			}
		}, addRegion, service + "Decrypt", atHome},
		{"11 a delegated administrator without kms:Decrypt", func(c *kernel.Config) {
			c.World.Estate.Accounts[member].Roles["Delegate"] = estate.Role{AccessKey: "TESTDELEGATE", Policies: []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sso:*","Resource":"*"}]}`}}
		}, nil, administer, denied("User: arn:aws:sts::"+member+":assumed-role/Delegate/twin") +
			"Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action", atHome},
		{"12 the replica disabled", edit(func(c *estate.KeyCopy) { c.State = estate.KeyDisabled }), nil, addRegion, "DisabledException: " + replica + " is disabled.", atHome},
		{"12 the replica pending deletion", edit(func(c *estate.KeyCopy) { c.State = estate.KeyPendingDeletion }), nil, addRegion, "KMSInvalidStateException: " + replica + " is pending deletion.", atHome},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := start(t, goodWorld)
			if got, e := tc.bad.sent(w); got != "" || e.Decision != "allow" || e.CallerKind != tc.bad.kind || string(e.Region) != tc.bad.region {
				t.Errorf("the good world: %s, %+v", got, e)
			}
			w = start(t, func(c *kernel.Config) { goodWorld(c); tc.change(c) })
			if tc.then != nil {
				tc.then(w)
			}
			got, e := tc.bad.sent(w)
			if !strings.HasPrefix(got, tc.want) || (e.Decision == "allow") != strings.HasPrefix(tc.name, "12") || e.CallerKind != tc.bad.kind {
				t.Errorf("got  %s\nwant %s\n%+v", got, tc.want, e)
			}
			if tc.fine.op == "" {
				return
			}
			if got, _ := tc.fine.sent(w); got != "" {
				t.Errorf("what is allowed in either world: %s", got)
			}
		})
	}
	t.Run("13 ForAllValues allows too much", tooMuch)
	t.Run("14 more than 32 KB is refused", tooLong)
}

// tooMuch: with ForAllValues a request without any encryption context is allowed, as there is no value that could be wrong.
func tooMuch(t *testing.T) {
	proper, world := start(t, goodWorld), start(t, func(c *kernel.Config) {
		goodWorld(c)
		everywhere(instead("ForAnyValue:", "ForAllValues:"))(c)
	})
	for _, w := range []twin{proper, world} {
		if got, _ := addRegion.sent(w); got != "" {
			t.Errorf("with its context: %s", got)
		}
	}
	if got, e := withoutContext.sent(proper); !strings.HasPrefix(got, "AccessDeniedException") || e.Decision != "deny" {
		t.Errorf("without a context, ForAnyValue: %q", got)
	}
	if got, e := withoutContext.sent(world); got != "" || e.Statement != "AllowIdentityCenterAndIdentityStoreToUseKey" || len(e.ContextKeys) != 0 {
		t.Errorf("without a context, ForAllValues: %q %+v", got, e)
	}
}

func tooLong(t *testing.T) {
	w := start(t, func(c *kernel.Config) { goodWorld(c); policy(delegating)(c, "us-east-1") })
	put := func(text string) string {
		_, err := w.client("us-east-1", "TWIN"+owner).PutKeyPolicy(t.Context(), &awskms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: aws.String(text)})
		return code(err)
	}
	long := good + strings.Repeat(" ", 32769-len(good))
	if got := put(long); !strings.HasPrefix(got, "LimitExceededException") {
		t.Errorf("32769 bytes: %q", got)
	}
	if got, _ := addRegion.sent(w); !strings.HasPrefix(got, "AccessDeniedException") {
		t.Errorf("the policy of before still holds, but: %q", got)
	}
	if got := put(long[:32768]); got != "" {
		t.Errorf("32768 bytes: %q", got)
	}
	if got, _ := addRegion.sent(w); got != "" {
		t.Errorf("the new policy: %q", got)
	}
}
