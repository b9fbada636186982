package ssoadmin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sso "github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"rehome/internal/estate"
)

func (w twin) add(c *sso.Client, region string) error {
	_, err := c.AddRegion(w.Context(), &sso.AddRegionInput{InstanceArn: aws.String(instance), RegionName: &region})
	return err
}

func (w twin) remove(c *sso.Client, region string) error {
	_, err := c.RemoveRegion(w.Context(), &sso.RemoveRegionInput{InstanceArn: aws.String(instance), RegionName: &region})
	return err
}

// status is a Region's status as the primary tells it, or the refusal.
func (w twin) status(region string) string {
	w.Helper()
	out, err := w.in(home).DescribeRegion(w.Context(), &sso.DescribeRegionInput{InstanceArn: aws.String(instance), RegionName: &region})
	if err != nil {
		code, _, _ := strings.Cut(fault(err), " ")
		return code
	}
	return string(out.Status)
}

func (w twin) mustHave(region, want string) {
	w.Helper()
	if got := w.status(region); got != want {
		w.Errorf("%s is %s, want %s", region, got, want)
	}
}

// listed is how many instances a Region lists.
func (w twin) listed(c *sso.Client) int {
	w.Helper()
	out, err := c.ListInstances(w.Context(), &sso.ListInstancesInput{})
	if err != nil {
		w.Fatal(err)
	}
	return len(out.Instances)
}

// TestTheLifeOfARegion goes there and back; the replica has the policy that KMS gives by default, which denies the services and is no
// obstacle to replication.
func TestTheLifeOfARegion(t *testing.T) {
	w := start(t, encrypted(nil))
	w.mustHave(away, "ResourceNotFoundException")
	w.mustBe(w.add(w.in(home), away), "ok")
	w.wait(1319)
	w.mustHave(away, "ADDING")
	if n := w.listed(w.in(away)); n != 0 {
		t.Errorf("a Region that is being added lists %d instances", n)
	}
	w.mustBe(w.add(w.in(home), away), "ConflictException []: The Region us-east-1 is added already.")
	w.mustBe(w.add(w.in(home), "eu-west-1"), "ConflictException []: Another workflow")
	w.mustBe(w.remove(w.in(home), away), "ConflictException []: Another workflow")
	w.wait(1)
	w.mustHave(away, "ACTIVE")
	if n := w.listed(w.in(away)); n != 1 {
		t.Errorf("a Region that was added lists %d instances", n)
	}
	w.mustBe(w.add(w.in(home), away), "ConflictException []: The Region us-east-1 is added already.")
	w.mustBe(w.remove(w.in(home), home), "ValidationException []: The primary Region")
	w.mustBe(w.remove(w.in(home), "eu-west-1"), "ResourceNotFoundException")

	w.mustBe(w.remove(w.in(home), away), "ok")
	w.wait(899)
	w.mustHave(away, "REMOVING")
	_, err := w.in(away).DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: aws.String(instance)})
	w.mustBe(err, "AccessDeniedException []: twin: no Identity Center instance is hosted in us-east-1")
	w.wait(1)
	w.mustHave(away, "ResourceNotFoundException")
	w.mustHave(home, "ACTIVE")
	w.mustBe(w.add(w.in(home), away), "ok")
}

// TestApplicationsOutliveTheirRegion: they stay in the lists, nobody can manage them meanwhile, and they work again when it is back.
func TestApplicationsOutliveTheirRegion(t *testing.T) {
	w := start(t, encrypted(policy(away, baseline)))
	w.mustBe(w.add(w.in(home), away), "ok")
	w.wait(1320)
	made, err := w.in(away).CreateApplication(t.Context(), &sso.CreateApplicationInput{InstanceArn: aws.String(instance), ApplicationProviderArn: aws.String(custom), Name: aws.String("Desktop")})
	if err != nil {
		t.Fatal(err)
	}
	arn := *made.ApplicationArn
	w.mustBe(w.remove(w.in(home), away), "ok")
	w.wait(900)
	seen, err := w.in(home).DescribeApplication(t.Context(), &sso.DescribeApplicationInput{ApplicationArn: &arn})
	if err != nil || *seen.CreatedFrom != away {
		t.Errorf("%v %+v", err, seen)
	}
	for _, region := range []string{home, away} {
		_, err = w.in(region).CreateApplicationAssignment(t.Context(), assignment(arn))
		w.mustBe(err, "AccessDeniedException")
	}
	w.mustBe(w.add(w.in(home), away), "ok")
	w.wait(1320)
	_, err = w.in(away).CreateApplicationAssignment(t.Context(), assignment(arn))
	w.mustBe(err, "ok")
}

func TestWhatAddRegionAsksFor(t *testing.T) {
	instanceOf := func(change func(*estate.Instance)) func(*estate.World) {
		return func(w *estate.World) { editInstance(w, change) }
	}
	source := func(s estate.IdentitySource) func(*estate.World) {
		return instanceOf(func(i *estate.Instance) { i.IdentitySource = estate.Of(s) })
	}
	key := func(arn estate.ARN, keyType string) func(*estate.World) {
		return instanceOf(func(i *estate.Instance) {
			i.Encryption = estate.Of(estate.Encryption{KeyType: keyType, KeyARN: arn, Status: estate.EncryptionEnabled})
		})
	}
	noStore := strings.Replace(baseline, `["identitystore.amazonaws.com","sso.amazonaws.com"]},
		 "Action"`, `"sso.amazonaws.com"},"Action"`, 1)
	for _, c := range []struct {
		name   string
		change func(*estate.World)
		region string
		want   string
	}{
		{"external identity provider", source(estate.SourceExternal), away, "ok"},
		{"Identity Center directory", source(estate.SourceDirectory), away, "ok"},
		{"Active Directory", source(estate.SourceActiveDirectory), away, "ValidationException []: An instance with Active Directory"},
		{"opt-in Region", nil, "ap-east-1", `ValidationException []: The Region "ap-east-1" is not supported`},
		{"no Region", nil, "Mumbai", "ValidationException []: The Region"},
		{"itself", nil, home, "ConflictException"},
		{"a key of AWS", key("", estate.AWSOwnedKey), away, "ValidationException []: The instance must be encrypted with a customer managed multi-Region key."},
		{"a single-Region key", key(plainARN, estate.CustomerManagedKey), away, "ValidationException []: The key " + plainARN + " is not a multi-Region key."},
		{"a key that nobody looked at", key(estate.ARN(strings.Replace(keyARN, "mrk-1", "mrk-f", 1)), estate.CustomerManagedKey), away, "AccessDeniedException [KMS_AccessDeniedException]: "},
		{"no replica", nil, "eu-west-1", "ValidationException []: The key " + keyARN + " has no enabled replica in eu-west-1."},
		{"replica being made", state(away, estate.KeyCreating), away, "ValidationException []: The key " + keyARN + " has no enabled replica"},
		{"replica disabled", state(away, estate.KeyDisabled), away, "ValidationException []: The key " + keyARN + " has no enabled replica"},
		{"replica to be deleted", state(away, estate.KeyPendingDeletion), away, "ValidationException []: The key " + keyARN + " has no enabled replica"},
		{"replica nobody looked at", func(w *estate.World) {
			w.Estate.Accounts[account].Keys[mrk].Copies[away] = estate.NotLooked[estate.KeyCopy]("denied")
		}, away, "TwinDoesNotKnow []: twin does not know /accounts/111122223333/keys/" + mrk + "/copies/us-east-1"},
		{"services without the key at home", policy(home, delegating), away, "AccessDeniedException [KMS_AccessDeniedException]: Service: sso.amazonaws.com is not authorized to perform: kms:DescribeKey"},
		{"the store without the key at home", policy(home, noStore), away, "AccessDeniedException [KMS_AccessDeniedException]: Service: identitystore.amazonaws.com is not authorized to perform: kms:Decrypt"},
		{"the caller without the key", policy(home, strings.ReplaceAll(baseline, ":root", ":role/Other")), away, "AccessDeniedException [KMS_AccessDeniedException]: User: "},
		{"quota reached", func(w *estate.World) { w.Twin.Regions = 1 }, away, "ServiceQuotaExceededException"},
		{"quota not reached", func(w *estate.World) { w.Twin.Regions = 2 }, away, "ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, encrypted(c.change))
			w.mustBe(w.add(w.in(home), c.region), c.want)
		})
	}
}

// TestKnobsOfReplication: what a world may say where AWS says nothing.
func TestKnobsOfReplication(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*estate.World)
		region string
		want   string // long after the call was accepted
	}{
		{"stuck", func(w *estate.World) { w.Twin.AddRegion = "stuck" }, away, "ADDING"},
		{"vanishes", func(w *estate.World) { w.Twin.AddRegion = "vanishes" }, away, "ResourceNotFoundException"},
		{"stuck for want of a replica", func(w *estate.World) { w.Twin.MissingReplica = "stuck" }, "eu-west-1", "ADDING"},
		{"a replica is there", func(w *estate.World) { w.Twin.MissingReplica = "stuck" }, away, "ACTIVE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, encrypted(c.change))
			w.mustBe(w.add(w.in(home), c.region), "ok")
			w.mustHave(c.region, "ADDING")
			w.wait(100_000)
			w.mustHave(c.region, c.want)
		})
	}
}

// TestWhoAdministers: the management account and the delegated administrator may do the same; another account sees the instance in
// lists, and has to do with its own applications only.
func TestWhoAdministers(t *testing.T) {
	w := start(t, encrypted(nil))
	arn := aws.String(instance)
	deputy := w.as("TWIN"+delegate, home)
	calls := []func(*sso.Client) error{
		func(c *sso.Client) error {
			_, err := c.DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: arn})
			return err
		},
		func(c *sso.Client) error {
			_, err := c.ListRegions(t.Context(), &sso.ListRegionsInput{InstanceArn: arn})
			return err
		},
		func(c *sso.Client) error {
			_, err := c.UpdateInstance(t.Context(), &sso.UpdateInstanceInput{InstanceArn: arn, Name: aws.String("n")})
			return err
		},
		func(c *sso.Client) error {
			_, err := c.ListApplications(t.Context(), &sso.ListApplicationsInput{InstanceArn: arn})
			return err
		},
		func(c *sso.Client) error {
			_, err := c.DescribeApplication(t.Context(), &sso.DescribeApplicationInput{ApplicationArn: aws.String(old)})
			return err
		},
		func(c *sso.Client) error {
			_, err := c.ListPermissionSets(t.Context(), &sso.ListPermissionSetsInput{InstanceArn: arn})
			return err
		},
		func(c *sso.Client) error { return w.add(c, away) },
	}
	open := start(t, encrypted(policy(home, strings.Replace(baseline, `"arn:aws:iam::555566667777:root"`, `"arn:aws:iam::555566667777:root","arn:aws:iam::444455556666:root"`, 1))))
	stranger := open.as("TWIN"+member, home)
	for _, call := range calls {
		w.mustBe(call(stranger), "AccessDeniedException []: twin: the account 444455556666 does not administer the instance")
		w.mustBe(call(deputy), "ok")
	}
	if n := open.listed(stranger); n != 1 {
		t.Errorf("a member account sees %d instances", n)
	}
	made, err := stranger.CreateApplication(t.Context(), &sso.CreateApplicationInput{InstanceArn: arn, ApplicationProviderArn: aws.String(custom), Name: aws.String("Mine")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stranger.CreateApplicationAssignment(t.Context(), assignment(*made.ApplicationArn))
	w.mustBe(err, "ok")
	mine, err := stranger.ListApplications(t.Context(), &sso.ListApplicationsInput{InstanceArn: arn, Filter: &types.ListApplicationsFilter{ApplicationAccount: aws.String(member)}})
	if err != nil || !slices.ContainsFunc(mine.Applications, func(a types.Application) bool { return *a.ApplicationArn == *made.ApplicationArn }) {
		t.Errorf("%v %+v", err, mine)
	}
	_, err = open.in(home).DescribeApplication(t.Context(), &sso.DescribeApplicationInput{ApplicationArn: made.ApplicationArn})
	w.mustBe(err, "ok")

	refused := start(t, encrypted(func(w *estate.World) { w.Twin.DelegatedAddRegion = "refused" }))
	w.mustBe(w.with(refused).add(refused.as("TWIN"+delegate, home), away), "AccessDeniedException []: twin: sso:AddRegion is refused to delegated administrators")
	w.mustBe(refused.add(refused.in(home), away), "ok")
}

func (w twin) with(o twin) twin { return twin{w.T, o.url} }

// TestPermissionSetsAreManagedAtHome: an additional Region does not even read them.
func TestPermissionSetsAreManagedAtHome(t *testing.T) {
	t.Attr("requirement", "IDC-17")
	w := start(t, nil)
	in := &sso.ListPermissionSetsInput{InstanceArn: aws.String(instance)}
	_, err := w.in(away).ListPermissionSets(t.Context(), in)
	w.mustBe(err, "AccessDeniedException []: twin: sso:ListPermissionSets is served in the primary Region ap-south-1 only, not in us-east-1")
	out, err := w.in(home).ListPermissionSets(t.Context(), in)
	if err != nil || len(out.PermissionSets) != 0 {
		t.Errorf("%v %+v", err, out)
	}
}

func TestAnAccountsOwnInstance(t *testing.T) {
	w := start(t, encrypted(nil))
	c, elsewhere := w.as("TWIN"+member, away), w.as("TWIN"+member, home)
	_, err := w.in(home).CreateInstance(t.Context(), &sso.CreateInstanceInput{Name: aws.String("mine")})
	w.mustBe(err, "ValidationException []: An account instance cannot be created in the management account")
	made, err := c.CreateInstance(t.Context(), &sso.CreateInstanceInput{Name: aws.String("mine")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = elsewhere.CreateInstance(t.Context(), &sso.CreateInstanceInput{Name: aws.String("another")})
	w.mustBe(err, "ConflictException")
	one, err := c.DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: made.InstanceArn})
	if err != nil || *one.OwnerAccountId != member || *one.PrimaryRegion != away || *one.PermissionSetsEnabled || one.EncryptionConfigurationDetails.KeyType != types.KmsKeyTypeAwsOwnedKmsKey {
		t.Fatalf("%v %+v", err, one)
	}
	_, err = w.in(away).DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: made.InstanceArn})
	w.mustBe(err, "AccessDeniedException []: twin: there is no instance") // it serves its account alone
	if here, there := w.listed(c), w.listed(elsewhere); here != 1 || there != 1 {
		t.Errorf("listed: %d where it is, %d where the organization's is", here, there)
	}
	_, err = c.AddRegion(t.Context(), &sso.AddRegionInput{InstanceArn: made.InstanceArn, RegionName: aws.String(home)})
	w.mustBe(err, "ValidationException []: Account instances of IAM Identity Center cannot be replicated")
	_, err = c.UpdateInstance(t.Context(), &sso.UpdateInstanceInput{InstanceArn: made.InstanceArn, EncryptionConfiguration: &types.EncryptionConfiguration{KeyType: types.KmsKeyTypeAwsOwnedKmsKey}})
	w.mustBe(err, "ValidationException []: An account instance")
	app, err := c.CreateApplication(t.Context(), &sso.CreateApplicationInput{InstanceArn: made.InstanceArn, ApplicationProviderArn: aws.String(custom), Name: aws.String("Notes")})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.assigned(c, *app.ApplicationArn); got != nil {
		t.Errorf("assignments %v", got)
	}
	_, err = c.DeleteInstance(t.Context(), &sso.DeleteInstanceInput{InstanceArn: made.InstanceArn})
	w.mustBe(err, "ok")
	_, err = c.DescribeInstance(t.Context(), &sso.DescribeInstanceInput{InstanceArn: made.InstanceArn})
	w.mustBe(err, "AccessDeniedException")
	_, err = w.in(home).DeleteInstance(t.Context(), &sso.DeleteInstanceInput{InstanceArn: aws.String(instance)})
	w.mustBe(err, "NotModelledByTwin")
}

// TestAnUnseenAccountInstance is not taken for none.
func TestAnUnseenAccountInstance(t *testing.T) {
	w := start(t, encrypted(func(w *estate.World) {
		w.Estate.Accounts[member] = estate.Account{AccountInstance: estate.NotLooked[estate.Instance]("denied")}
	}))
	_, err := w.as("TWIN"+member, home).ListInstances(t.Context(), &sso.ListInstancesInput{})
	w.mustBe(err, "TwinDoesNotKnow []: twin does not know /accounts/444455556666/account_instance")
}
