package ssoadmin_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sso "github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"rehome/internal/estate"
	"rehome/internal/twin/identitystore"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/kms"
	"rehome/internal/twin/ssoadmin"
)

const (
	delegate = "555566667777"
	home     = "ap-south-1"
	away     = "us-east-1"
	keyARN   = "arn:aws:kms:ap-south-1:111122223333:key/" + mrk
	plainID  = "12345678-1234-4234-8234-123456789012"
	plainARN = "arn:aws:kms:ap-south-1:111122223333:key/" + plainID

	// baseline admits both administering accounts and both services, the services by their account alone.
	baseline = `{"Version":"2012-10-17","Statement":[
		{"Sid":"Root","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::555566667777:root"]},"Action":"kms:*","Resource":"*"},
		{"Sid":"Describe","Effect":"Allow","Principal":{"Service":["identitystore.amazonaws.com","sso.amazonaws.com"]},"Action":"kms:DescribeKey","Resource":"*"},
		{"Sid":"Use","Effect":"Allow","Principal":{"Service":["identitystore.amazonaws.com","sso.amazonaws.com"]},
		 "Action":["kms:Decrypt","kms:ReEncryptTo","kms:ReEncryptFrom","kms:GenerateDataKeyWithoutPlaintext"],"Resource":"*",
		 "Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`
)

// single is the start of the way: one Region and a key of AWS; a fit key lies ready, with a replica in us-east-1.
func single(change func(*estate.World)) func(*kernel.Config) {
	w := world()
	copied := func(policy string) estate.Known[estate.KeyCopy] {
		return estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(policy)})
	}
	w.Estate.Organization = estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: account, DelegatedAdministrators: estate.Of([]estate.AccountID{delegate})})
	w.Estate.Accounts[delegate] = estate.Account{}
	w.Estate.Accounts[account] = estate.Account{Keys: map[estate.KeyID]estate.Key{
		mrk: {MultiRegion: true, Primary: home, Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT", Manager: "CUSTOMER",
			Copies: map[estate.Region]estate.Known[estate.KeyCopy]{home: copied(baseline), away: copied(delegating)}},
		plainID: {Primary: home, Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT", Manager: "CUSTOMER", Copies: map[estate.Region]estate.Known[estate.KeyCopy]{home: copied(baseline)}},
	}}
	editInstance(&w, func(i *estate.Instance) {
		i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{home: estate.RegionActive})
		i.Encryption = estate.Of(estate.Encryption{KeyType: estate.AWSOwnedKey, Status: estate.EncryptionEnabled})
	})
	if change != nil {
		change(&w)
	}
	return func(c *kernel.Config) {
		c.World = w
		c.Services = []kernel.Service{kms.Service(), ssoadmin.Service(), identitystore.Service()}
	}
}

func editInstance(w *estate.World, change func(*estate.Instance)) {
	i, _ := w.Estate.IdentityCenter.Get()
	change(&i)
	w.Estate.IdentityCenter = estate.Of(i)
}

// encrypted is single with the instance encrypted with the fit key.
func encrypted(change func(*estate.World)) func(*kernel.Config) {
	return single(func(w *estate.World) {
		editInstance(w, func(i *estate.Instance) {
			i.Encryption = estate.Of(estate.Encryption{KeyType: estate.CustomerManagedKey, KeyARN: keyARN, Status: estate.EncryptionEnabled})
		})
		if change != nil {
			change(w)
		}
	})
}

// policy gives a copy of the key another policy.
func policy(region estate.Region, text string) func(*estate.World) {
	return func(w *estate.World) {
		w.Estate.Accounts[account].Keys[mrk].Copies[region] = estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(text)})
	}
}

func state(region estate.Region, s estate.KeyState) func(*estate.World) {
	return func(w *estate.World) {
		w.Estate.Accounts[account].Keys[mrk].Copies[region] = estate.Of(estate.KeyCopy{State: s, Policy: estate.Of(baseline)})
	}
}

func (w twin) setKey(c *sso.Client, keyType types.KmsKeyType, arn string) error {
	in := &types.EncryptionConfiguration{KeyType: keyType}
	if arn != "" {
		in.KmsKeyArn = &arn
	}
	_, err := c.UpdateInstance(w.Context(), &sso.UpdateInstanceInput{InstanceArn: aws.String(instance), EncryptionConfiguration: in})
	return err
}

// encryption is "STATUS KEY-TYPE reason".
func (w twin) encryption() string {
	w.Helper()
	out, err := w.in(home).DescribeInstance(w.Context(), &sso.DescribeInstanceInput{InstanceArn: aws.String(instance)})
	if err != nil {
		w.Fatal(err)
	}
	e := out.EncryptionConfigurationDetails
	return strings.TrimSpace(string(e.EncryptionStatus) + " " + string(e.KeyType) + " " + aws.ToString(e.EncryptionStatusReason))
}

const (
	updating = "UPDATING CUSTOMER_MANAGED_KEY"
	enabled  = "ENABLED CUSTOMER_MANAGED_KEY"
	failed   = "UPDATE_FAILED AWS_OWNED_KMS_KEY " // the key before stays in use
)

func TestAChangeOfKeyTakesItsTime(t *testing.T) {
	w := start(t, single(nil))
	w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeCustomerManagedKey, keyARN), "ok")
	w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeCustomerManagedKey, plainARN), "ConflictException")
	_, err := w.in(home).AddRegion(t.Context(), &sso.AddRegionInput{InstanceArn: aws.String(instance), RegionName: aws.String(away)})
	w.mustBe(err, "ConflictException")
	w.wait(119)
	if got := w.encryption(); got != updating {
		t.Errorf("after 119 seconds: %s", got)
	}
	w.wait(1)
	if got := w.encryption(); got != enabled {
		t.Errorf("after 120 seconds: %s", got)
	}
	w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeAwsOwnedKmsKey, ""), "ok")
	w.wait(120)
	if got := w.encryption(); got != "ENABLED AWS_OWNED_KMS_KEY" {
		t.Errorf("back: %s", got)
	}
}

func TestTheKeyBeforeStaysInUse(t *testing.T) {
	noData := strings.Replace(baseline, `,"kms:GenerateDataKeyWithoutPlaintext"`, "", 1)
	w := start(t, single(policy(home, noData)))
	w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeCustomerManagedKey, keyARN), "ok")
	before := w.asked()
	if got := w.encryption(); got != updating || w.asked() != before {
		t.Errorf("%s; KMS was asked %d times for a key of AWS", got, w.asked()-before)
	}
	w.wait(120)
	want := failed + "key access: Service: sso.amazonaws.com is not authorized to perform: kms:GenerateDataKeyWithoutPlaintext on resource: " + keyARN + " because no resource-based policy allows"
	before = w.asked()
	if got := w.encryption(); !strings.HasPrefix(got, want) || w.asked() != before {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeCustomerManagedKey, plainARN), "ok") // a second try with another key
	w.wait(120)
	if got := w.encryption(); got != enabled {
		t.Error(got)
	}
}

func (w twin) asked() int {
	w.Helper()
	var records []kernel.KMSRecord
	w.get("kms", &records)
	return len(records)
}

// pinned lets the two services use the key for exactly these ARNs.
func pinned(instances, stores string) string {
	statement := func(service, key, values string) string {
		return `{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["kms:Decrypt","kms:ReEncryptTo","kms:ReEncryptFrom","kms:GenerateDataKeyWithoutPlaintext"],
			"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:` + key + `":[` + values + `]}}}`
	}
	_, head, _ := strings.Cut(baseline, `"Statement":[`)
	head, _, _ = strings.Cut(head, `{"Sid":"Use"`)
	return `{"Version":"2012-10-17","Statement":[` + head + statement("sso.amazonaws.com", "aws:sso:instance-arn", instances) + "," +
		statement("identitystore.amazonaws.com", "aws:identitystore:identitystore-arn", stores) + `]}`
}

// TestPoliciesPinnedToOneInstance: while the key is being set, the contexts name the purpose and not yet the instance.
func TestPoliciesPinnedToOneInstance(t *testing.T) {
	const (
		store    = `"arn:aws:identitystore::111122223333:identitystore/d-1234567890"`
		instant  = `"arn:aws:sso:::instance/purpose:KEY_CONFIGURATION"`
		forStore = `"arn:aws:identitystore::111122223333:identitystore/purpose:KEY_CONFIGURATION"`
	)
	t.Run("both values are needed", func(t *testing.T) {
		t.Attr("requirement", "KMS-19")
		for _, c := range []struct{ name, policy, want string }{
			{"exact", pinned(`"`+instance+`"`, store), failed + "key access: Service: sso.amazonaws.com "},
			{"exact for the store only", pinned(`"`+instance+`",`+instant, store), failed + "key access: Service: identitystore.amazonaws.com "},
			{"both", pinned(`"`+instance+`",`+instant, store+","+forStore), enabled},
		} {
			t.Run(c.name, func(t *testing.T) {
				w := start(t, single(policy(home, c.policy)))
				w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeCustomerManagedKey, keyARN), "ok")
				w.wait(120)
				if got := w.encryption(); !strings.HasPrefix(got, c.want) {
					t.Errorf("got %s, want %s", got, c.want)
				}
			})
		}
	})
}

// TestAContextWhereThereIsNone: kms:DescribeKey has no encryption context, so a condition on it never holds.
func TestAContextWhereThereIsNone(t *testing.T) {
	conditional := strings.Replace(baseline, `"kms:DescribeKey","Resource":"*"`,
		`"kms:DescribeKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:sso:instance-arn":"*"}}`, 1)
	w := start(t, single(policy(home, conditional)))
	w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeCustomerManagedKey, keyARN), "ok")
	w.wait(120)
	if got, want := w.encryption(), failed+"key access: Service: sso.amazonaws.com is not authorized to perform: kms:DescribeKey"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestWhatTheCallerOfAKeyChangeLacks is refused at once, and nothing changes.
func TestWhatTheCallerOfAKeyChangeLacks(t *testing.T) {
	const general = "AccessDeniedException [KMS_AccessDeniedException]: User: arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin "
	spec := func(w *estate.World) {
		k := w.Estate.Accounts[account].Keys[mrk]
		k.Spec, k.Usage = "RSA_2048", "SIGN_VERIFY"
		w.Estate.Accounts[account].Keys[mrk] = k
	}
	replicated := func(w *estate.World) {
		editInstance(w, func(i *estate.Instance) {
			i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{home: estate.RegionActive, away: estate.RegionActive})
		})
	}
	for _, c := range []struct {
		name    string
		change  func(*estate.World)
		keyType types.KmsKeyType
		arn     string
		want    string
	}{
		{"no ARN", nil, types.KmsKeyTypeCustomerManagedKey, "", "ValidationException []: KmsKeyArn"},
		{"an ARN too many", nil, types.KmsKeyTypeAwsOwnedKmsKey, keyARN, "ValidationException []: KmsKeyArn must not"},
		{"no such type", nil, "OURS", "", "ValidationException []: The key type"},
		{"bare id", nil, types.KmsKeyTypeCustomerManagedKey, mrk, "ValidationException []: KmsKeyArn"},
		{"alias", nil, types.KmsKeyTypeCustomerManagedKey, "arn:aws:kms:ap-south-1:111122223333:alias/idc", "ValidationException []: KmsKeyArn"},
		{"another account", nil, types.KmsKeyTypeCustomerManagedKey, strings.Replace(keyARN, account, delegate, 1), "ValidationException []: The key must be in the management account"},
		{"another Region", nil, types.KmsKeyTypeCustomerManagedKey, strings.Replace(keyARN, home, away, 1), "ValidationException []: The key must be in the primary Region"},
		{"no such key", nil, types.KmsKeyTypeCustomerManagedKey, strings.Replace(keyARN, "mrk-1", "mrk-f", 1), "ResourceNotFoundException []: Key '"},
		{"nobody of the account", policy(home, strings.ReplaceAll(baseline, ":root", ":role/Other")), types.KmsKeyTypeCustomerManagedKey, keyARN, general + "is not authorized to perform: kms:DescribeKey"},
		{"no Encrypt", policy(home, strings.Replace(baseline, `"kms:*"`, `["kms:DescribeKey","kms:Decrypt","kms:GenerateDataKeyWithoutPlaintext"]`, 1)), types.KmsKeyTypeCustomerManagedKey, keyARN,
			general + "is not authorized to perform: kms:Encrypt on resource: " + keyARN},
		{"disabled", state(home, estate.KeyDisabled), types.KmsKeyTypeCustomerManagedKey, keyARN, "ValidationException [KMS_DisabledException]: " + keyARN + " is disabled."},
		{"pending deletion", state(home, estate.KeyPendingDeletion), types.KmsKeyTypeCustomerManagedKey, keyARN, "ValidationException [KMS_InvalidStateException]: "},
		{"asymmetric", spec, types.KmsKeyTypeCustomerManagedKey, keyARN, "ValidationException [KMS_InvalidKeyUsageException]: "},
		{"a key of AWS with two Regions", replicated, types.KmsKeyTypeAwsOwnedKmsKey, "", "ValidationException []: An instance with additional Regions"},
		{"a key without replica with two Regions", replicated, types.KmsKeyTypeCustomerManagedKey, plainARN, "ValidationException []: The key " + plainARN + " has no enabled replica in us-east-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, single(c.change))
			w.mustBe(w.setKey(w.in(home), c.keyType, c.arn), c.want)
			w.wait(120)
			if got := w.encryption(); got != "ENABLED AWS_OWNED_KMS_KEY" {
				t.Error(got)
			}
		})
	}
}

// TestWhatHappensToTheKeyMeanwhile is the cause of the failure.
func TestWhatHappensToTheKeyMeanwhile(t *testing.T) {
	for _, c := range []struct {
		change func(*estate.World)
		want   string
	}{
		{state(home, estate.KeyDisabled), failed + "disabled key: " + keyARN},
		{state(home, estate.KeyPendingDeletion), failed + "key in invalid state: "},
		{func(w *estate.World) { delete(w.Estate.Accounts[account].Keys, mrk) }, failed + "key not found: Key '"},
	} {
		w := start(t, single(nil))
		w.mustBe(w.setKey(w.in(home), types.KmsKeyTypeCustomerManagedKey, keyARN), "ok")
		w.putState(c.change)
		w.wait(120)
		if got := w.encryption(); !strings.HasPrefix(got, c.want) {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestNamesAndPermissionSets(t *testing.T) {
	w := start(t, single(nil))
	update := func(change func(*sso.UpdateInstanceInput)) error {
		in := &sso.UpdateInstanceInput{InstanceArn: aws.String(instance)}
		change(in)
		_, err := w.in(home).UpdateInstance(t.Context(), in)
		return err
	}
	w.mustBe(update(func(in *sso.UpdateInstanceInput) { in.Name = aws.String("renamed") }), "ok")
	w.mustBe(update(func(in *sso.UpdateInstanceInput) { in.Name = aws.String("no blanks") }), "ValidationException")
	w.mustBe(update(func(in *sso.UpdateInstanceInput) { in.PermissionSetsEnabled = aws.Bool(true) }), "ok")
	w.mustBe(update(func(in *sso.UpdateInstanceInput) { in.PermissionSetsEnabled = aws.Bool(false) }), "ValidationException")
	w.mustBe(update(func(in *sso.UpdateInstanceInput) {
		in.PermissionSetsEnabled = aws.Bool(true)
		in.EncryptionConfiguration = &types.EncryptionConfiguration{KeyType: types.KmsKeyTypeAwsOwnedKmsKey}
	}), "ValidationException")
	out, err := w.in(home).DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: aws.String(instance)})
	if err != nil || *out.Name != "renamed" || !*out.PermissionSetsEnabled {
		t.Errorf("%v %+v", err, out)
	}
}
