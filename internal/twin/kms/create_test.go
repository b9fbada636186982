package kms_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

func TestCreateKeyMakesAKeyInTheRegionOfTheCall(t *testing.T) {
	for name, tc := range map[string]struct {
		in   *awskms.CreateKeyInput
		form string
	}{
		"multi-Region":        {&awskms.CreateKeyInput{MultiRegion: aws.Bool(true), Policy: aws.String(org)}, `^mrk-[0-9a-f]{32}$`},
		"by default one only": {&awskms.CreateKeyInput{}, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, nil)
			west := w.client("eu-west-1", "TWIN"+owner)
			tc.in.Description = aws.String("for people")
			tc.in.Tags = []types.Tag{{TagKey: aws.String("CreatedBy"), TagValue: aws.String("rehome")}}
			out, err := west.CreateKey(t.Context(), tc.in)
			if err != nil {
				t.Fatal(err)
			}
			m := out.KeyMetadata
			if !regexp.MustCompile(tc.form).MatchString(*m.KeyId) || *m.Arn != "arn:aws:kms:eu-west-1:"+owner+":key/"+*m.KeyId || m.KeyState != types.KeyStateEnabled ||
				!m.Enabled || *m.Description != "for people" || aws.ToBool(m.MultiRegion) != aws.ToBool(tc.in.MultiRegion) || (m.MultiRegionConfiguration != nil) != *m.MultiRegion {
				t.Errorf("metadata %+v", m)
			}
			if c := m.MultiRegionConfiguration; c != nil && (c.MultiRegionKeyType != types.MultiRegionKeyTypePrimary || *c.PrimaryKey.Region != "eu-west-1" || len(c.ReplicaKeys) != 0) {
				t.Errorf("configuration %+v", c)
			}
			want := aws.ToString(tc.in.Policy)
			if want == "" {
				want = `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
			}
			if p, err := west.GetKeyPolicy(t.Context(), &awskms.GetKeyPolicyInput{KeyId: m.KeyId}); err != nil || *p.Policy != want {
				t.Errorf("policy %v %v", err, p)
			}
			if tags, err := west.ListResourceTags(t.Context(), &awskms.ListResourceTagsInput{KeyId: m.KeyId}); err != nil || pairs(tags.Tags) != "CreatedBy=rehome" {
				t.Errorf("tags %v %v", err, tags)
			}
			if _, err := west.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: m.KeyId, Plaintext: []byte("x")}); err != nil {
				t.Errorf("use: %v", err)
			}
		})
	}
}

// There is no client token: twice asked, two keys. Equal histories have equal ids.
func TestCreateKeyTwiceMakesTwoKeys(t *testing.T) {
	ids := func() [2]string {
		w := start(t, nil)
		var made [2]string
		for i := range made {
			out, err := w.client("eu-west-1", "TWIN"+owner).CreateKey(t.Context(), &awskms.CreateKeyInput{MultiRegion: aws.Bool(true)})
			if err != nil {
				t.Fatal(err)
			}
			made[i] = *out.KeyMetadata.KeyId
		}
		return made
	}
	first, second := ids(), ids()
	if first[0] == first[1] || first != second {
		t.Errorf("ids %v, and again %v", first, second)
	}
}

func pairs(tags []types.Tag) string {
	var out []string
	for _, t := range tags {
		out = append(out, *t.TagKey+"="+*t.TagValue)
	}
	return strings.Join(out, " ")
}

const creator = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateKey","kms:PutKeyPolicy"],"Resource":"*"}]}`

func withRole(name, access string, policies ...string) func(*kernel.Config) {
	return func(c *kernel.Config) {
		c.World.Estate.Accounts[owner].Roles[name] = estate.Role{AccessKey: access, Policies: policies}
	}
}

func TestKeysThatCannotBeMade(t *testing.T) {
	tags := []types.Tag{{TagKey: aws.String("a"), TagValue: aws.String("b")}}
	user := "User: arn:aws:sts::111122223333:assumed-role/Maker/twin is not authorized to perform: "
	for name, tc := range map[string]struct {
		key  string
		in   awskms.CreateKeyInput
		want string
	}{
		"RSA":           {"TWIN" + owner, awskms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify}, "NotModelledByTwin: "},
		"imported":      {"TWIN" + owner, awskms.CreateKeyInput{Origin: types.OriginTypeExternal}, "NotModelledByTwin: "},
		"a key store":   {"TWIN" + owner, awskms.CreateKeyInput{CustomKeyStoreId: aws.String("cks-1")}, "NotModelledByTwin: "},
		"without right": {"TESTNOBODY", awskms.CreateKeyInput{}, "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/Nobody/twin is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action"},
		"one Region":    {"TESTMAKER", awskms.CreateKeyInput{}, ""},
		"tags":          {"TESTMAKER", awskms.CreateKeyInput{Tags: tags}, "AccessDeniedException: " + user + "kms:TagResource on resource: * because no identity-based policy allows the kms:TagResource action"},
		"many Regions": {"TESTMAKER", awskms.CreateKeyInput{MultiRegion: aws.Bool(true)}, "AccessDeniedException: " + user +
			"iam:CreateServiceLinkedRole on resource: arn:aws:iam::111122223333:role/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys because no identity-based policy allows the iam:CreateServiceLinkedRole action"},
		"locked out":                {"TWIN" + owner, awskms.CreateKeyInput{Policy: aws.String(selfLocking)}, "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future."},
		"locked out on purpose":     {"TWIN" + owner, awskms.CreateKeyInput{Policy: aws.String(selfLocking), BypassPolicyLockoutSafetyCheck: true}, ""},
		"more than 32 KB of policy": {"TWIN" + owner, awskms.CreateKeyInput{Policy: aws.String(delegating + strings.Repeat(" ", 32768))}, "LimitExceededException: "},
		"a tag twice":               {"TWIN" + owner, awskms.CreateKeyInput{Tags: append(tags, tags...)}, "TagException: Duplicate tag keys"},
		"in a Region that is off":   {"TWIN" + owner, awskms.CreateKeyInput{}, "UnrecognizedClientException: "},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, withRole("Maker", "TESTMAKER", creator))
			region := "eu-west-1"
			if strings.HasPrefix(tc.want, "Unrecognized") {
				region = "af-south-1"
			}
			_, err := w.client(region, tc.key).CreateKey(t.Context(), &tc.in)
			if got := code(err); !strings.HasPrefix(got, tc.want) || (got == "") != (tc.want == "") {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestPrincipalsOfAPolicyHaveToExist(t *testing.T) {
	invalid := "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."
	for principal, want := range map[string]string{
		"arn:aws:iam::111122223333:role/Nobody":                                                           "",
		"arn:aws:iam::111122223333:role/" + kernel.AdministratorRole:                                      "",
		"arn:aws:iam::111122223333:role/Ghost":                                                            invalid,
		"arn:aws:iam::111122223333:role/path/Nobody":                                                      invalid,
		"arn:aws:iam::111122223333:role/*":                                                                invalid,
		"arn:aws:iam::111122223333:user/ana":                                                              invalid,
		"arn:aws:sts::111122223333:assumed-role/Nobody/any":                                               "",
		"arn:aws:sts::111122223333:assumed-role/Ghost/any":                                                invalid,
		"arn:aws:iam::444455556666:role/Ghost":                                                            "", // the world lists no roles of that account
		"arn:aws:iam::999999999999:role/Ghost":                                                            "", // nor knows that one
		"arn:aws:iam::111122223333:role/Known":                                                            "", // the stored policy names it
		"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/us-east-1/AWSReservedSSO_Admin_01": "",
		"AIDAEXAMPLE1234567890":                                                                           invalid,
		"111122223333":                                                                                    "",
	} {
		w := start(t, func(c *kernel.Config) {
			kernel.EditAt(c.World.Estate.Accounts[owner].Keys[mrk].Copies, "ap-south-1", func(k *estate.Known[estate.KeyCopy]) {
				kernel.Edit(k, func(c *estate.KeyCopy) { c.Policy = estate.Of(naming("arn:aws:iam::111122223333:role/Known")) })
			})
		})
		_, err := w.client("us-east-1", "TWIN"+owner).PutKeyPolicy(t.Context(), &awskms.PutKeyPolicyInput{KeyId: aws.String(mrk), Policy: aws.String(naming(principal))})
		if code(err) != want {
			t.Errorf("%s: %q, want %q", principal, code(err), want)
		}
	}
}

// naming is a policy with which the account stays in control and a principal may read.
func naming(principal string) string {
	return strings.Replace(delegating, `[{`, `[{"Effect":"Allow","Principal":{"AWS":"`+principal+`"},"Action":"kms:DescribeKey","Resource":"*"},{`, 1)
}

func TestAReplicaHasTagsOfItsOwn(t *testing.T) {
	w := start(t, withRole("Maker", "TESTMAKER", strings.Replace(creator, `"kms:PutKeyPolicy"`, `"kms:ReplicateKey","kms:PutKeyPolicy"`, 1)))
	in := &awskms.ReplicateKeyInput{KeyId: aws.String(mrk), ReplicaRegion: aws.String("eu-west-1"), Tags: []types.Tag{
		{TagKey: aws.String("b"), TagValue: aws.String("2")}, {TagKey: aws.String("a"), TagValue: aws.String("1")}}}
	_, err := w.client("ap-south-1", "TESTMAKER").ReplicateKey(t.Context(), in)
	if got := code(err); !strings.Contains(got, "kms:TagResource on resource: *") {
		t.Errorf("without the right to tag: %s", got)
	}
	out, err := w.client("ap-south-1", "TWIN"+owner).ReplicateKey(t.Context(), in)
	if err != nil || pairs(out.ReplicaTags) != "a=1 b=2" {
		t.Fatalf("%v %v", err, out)
	}
	tags, err := w.client("eu-west-1", "TWIN"+owner).ListResourceTags(t.Context(), &awskms.ListResourceTagsInput{KeyId: aws.String(mrk)})
	if err != nil || pairs(tags.Tags) != "a=1 b=2" {
		t.Errorf("%v %v", err, tags)
	}
}
