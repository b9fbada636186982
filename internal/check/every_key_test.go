package check

import (
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
)

// The tests of this file prove rows about keys and rights, each on the observable that the row names.

func TestTheMinimumPolicyIsTooSmallForQuick(t *testing.T) {
	fs := Run(input(t, world(t, "tyo")))
	for _, r := range []estate.Region{"ap-northeast-1", "ap-northeast-3"} {
		f := find(t, fs, "KMS-12", copyOf(r))
		says(t, f, diag.Fail, diag.Block, "no AWS managed application", "Quick's sign-up")
		if f.Source[0].Generation != "October 2025" {
			t.Errorf("the source does not say which of AWS's texts: %v", f.Source)
		}
	}
	fs = Run(input(t, onReplica(t, published(t, "okta7"))))
	says(t, find(t, fs, "KMS-12", copyOf("us-east-1")), diag.Fail, diag.Block, "us-east-1 is the minimum")
	for _, via := range []string{"sso", "identitystore"} {
		if f := find(t, fs, "KMS-07", copyOf("us-east-1")+"/quicksight-via-"+via); f.CausedBy != "KMS-12 "+copyOf("us-east-1") {
			t.Errorf("%s is caused by %q", f.Key(), f.CausedBy)
		}
	}
	for _, name := range []string{"official5", "official10", "runbook", "default"} {
		none(t, Run(input(t, onReplica(t, published(t, name)))), "KMS-12")
	}
}

// TestOnlyOneRegionWasChanged: a statement that is taken away at us-east-1 alone.
func TestOnlyOneRegionWasChanged(t *testing.T) {
	text := published(t, "official10")
	_, statement, ok := strings.Cut(text, `"AllowIdentityStoreToUseTheKMSKey"`)
	if !ok {
		t.Fatal("the published policy has another form")
	}
	fs := Run(input(t, onReplica(t, strings.TrimSuffix(text, statement)+strings.Replace(statement, `"kms:ReEncryptFrom",`, "", 1))))
	f := find(t, fs, "KMS-06", copyOf("us-east-1"))
	says(t, f, diag.Fail, diag.Block, "us-east-1 denies what the one in ap-south-1 allows: identitystore.amazonaws.com (kms:ReEncryptFrom)", "one PutKeyPolicy per Region")
	if c := find(t, fs, "KMS-08", copyOf("us-east-1")+"/identitystore"); c.CausedBy != f.Key() {
		t.Errorf("%s is caused by %q", c.Key(), c.CausedBy)
	}
	for _, name := range []string{"official5", "official10", "runbook"} { // other words, the same effects
		none(t, Run(input(t, onReplica(t, published(t, name)))), "KMS-06")
	}
}

func TestStatesOfCopies(t *testing.T) {
	t.Attr("requirement", "KMS-26")
	for state, c := range map[string]struct {
		words []string
		owner diag.Owner
	}{
		"Disabled":               {[]string{"Disabled", "somebody disabled it", "aws kms enable-key --region us-east-1"}, diag.ManagementAdmin},
		"Creating":               {[]string{"Creating", "still making it", "wait"}, diag.AWS},
		"PendingDeletion":        {[]string{"PendingDeletion", "gone for good", "cancel-key-deletion --region us-east-1"}, diag.ManagementAdmin},
		"PendingReplicaDeletion": {[]string{"PendingReplicaDeletion", "waits for its replicas", "cancel-key-deletion"}, diag.ManagementAdmin},
		"PendingImport":          {[]string{"PendingImport", "key material"}, diag.ManagementAdmin},
		"Unavailable":            {[]string{"Unavailable", "serves no call"}, diag.ManagementAdmin},
	} {
		t.Run(state, func(t *testing.T) {
			f := find(t, Run(changed(t, "iad", nil, nil, object{"keys": object{key: object{"copies": object{"us-east-1": object{"state": state}}}}})), "KMS-26", copyOf("us-east-1"))
			says(t, f, diag.Fail, diag.Block, c.words...)
			if f.Owner != c.owner {
				t.Errorf("whose move: %s, want %s", f.Owner, c.owner)
			}
		})
	}
	says(t, find(t, Run(input(t, world(t, "iad"))), "KMS-26", copyOf("us-east-1")), diag.Pass, diag.Block)
}

// waiting is bom-single with a key that rehome made and that nothing uses yet.
func waiting(t *testing.T, text string) Input {
	t.Helper()
	return changed(t, "bom-single", nil, nil, object{"keys": object{key: object{"multi_region": true, "primary": "ap-south-1", "spec": "SYMMETRIC_DEFAULT", "usage": "ENCRYPT_DECRYPT", "manager": "CUSTOMER",
		"copies": object{"ap-south-1": object{"state": "Enabled", "policy": text, "tags": object{"CreatedBy": "rehome"}}}}}})
}

func TestExactPinsBeforeTheSwitch(t *testing.T) {
	const subject = "/configuring"
	pinned := strings.NewReplacer(
		`"kms:EncryptionContext:aws:sso:instance-arn": "*"`, `"kms:EncryptionContext:aws:sso:instance-arn": "arn:aws:sso:::instance/ssoins-1234567890abcdef"`,
		`"kms:EncryptionContext:aws:identitystore:identitystore-arn": "*"`, `"kms:EncryptionContext:aws:identitystore:identitystore-arn": "arn:aws:identitystore::111122223333:identitystore/d-1234567890"`).Replace(published(t, "okta7"))
	if pinned == published(t, "okta7") {
		t.Fatal("the published policy has another form")
	}
	says(t, find(t, Run(waiting(t, pinned)), "KMS-19", copyOf("ap-south-1")+subject), diag.Fail, diag.Block, "pinned to the instance's exact name", "purpose:KEY_CONFIGURATION", "arn:aws:identitystore::111122223333:identitystore/purpose:KEY_CONFIGURATION")
	says(t, find(t, Run(waiting(t, published(t, "okta7"))), "KMS-19", copyOf("ap-south-1")+subject), diag.Pass, diag.Block)
	says(t, find(t, Run(waiting(t, needs.KeyPolicy(me, nil))), "KMS-19", copyOf("ap-south-1")+subject), diag.Pass, diag.Block)
	fs := Run(waiting(t, needs.DefaultKeyPolicy(me)))
	says(t, find(t, fs, "KMS-09", copyOf("ap-south-1")+subject), diag.Fail, diag.Block, "sso.amazonaws.com may not call kms:DescribeKey", "put-key-policy --region ap-south-1")
	none(t, Run(input(t, world(t, "bom"))), "KMS-19") // the switch is done
}

// TestARightThatIsMissingIsNamedBeforehand is the observable of SUB-19.
func TestARightThatIsMissingIsNamedBeforehand(t *testing.T) {
	t.Attr("requirement", "SUB-19")
	in := input(t, world(t, "bom"))
	rights, _ := in.Survey.Estate.Accounts[me].Rights.Get()
	rights["sso:CreateApplication"], rights["quicksight:Unsubscribe"] = estate.RightImplicitDeny, estate.RightExplicitDeny
	f := find(t, Run(in), "SUB-19", "rights/111122223333")
	says(t, f, diag.Fail, diag.Block, "sso:CreateApplication (no policy allows it)", "quicksight:Unsubscribe (a policy denies it)")
	if strings.Contains(f.Title, "sso:AddRegion") {
		t.Errorf("the Region is added: %s", f.Title)
	}
	unread := changed(t, "bom", nil, nil, object{"rights": object{"not_looked": "iam:SimulatePrincipalPolicy: AccessDenied"}})
	says(t, find(t, Run(unread), "SUB-19", "rights/111122223333"), diag.Unknown, diag.Block, "iam:SimulatePrincipalPolicy: AccessDenied")
}

// TestTheKeyPolicyMayGrantWhatNoPolicyOfTheCallerDoes: the simulator does not see key policies.
func TestTheKeyPolicyMayGrantWhatNoPolicyOfTheCallerDoes(t *testing.T) {
	in := input(t, onReplica(t, needs.DefaultKeyPolicy(me))) // its policy has to be put anew
	rights, _ := in.Survey.Estate.Accounts[me].Rights.Get()
	rights["kms:PutKeyPolicy"] = estate.RightImplicitDeny
	says(t, find(t, Run(in), "SUB-19", "rights/111122223333"), diag.Fail, diag.Block, "kms:PutKeyPolicy")
	k := in.Survey.Estate.Accounts[me].Keys[key]
	c, _ := k.Copies["ap-south-1"].Get()
	c.Policy = estate.Of(strings.Replace(needs.DefaultKeyPolicy(me), ":root", ":user/ana", 1))
	k.Copies["ap-south-1"] = estate.Of(c)
	says(t, find(t, Run(in), "SUB-19", "rights/111122223333"), diag.Pass, diag.Block)
}

func TestPrerequisites(t *testing.T) {
	words := func(in Input, cli string) map[string]string {
		out := map[string]string{}
		for _, p := range in.Prerequisites(Run(in), cli) {
			name, _, _ := strings.Cut(p.Name, ":")
			out[name] = p.Word()
			if p.Source.Date == "" || p.Evidence == "" {
				t.Errorf("%s has no source or evidence: %+v", p.Name, p)
			}
		}
		return out
	}
	const (
		active, quickAdmin, idp = "active Quick subscription with a supported identity method", "Quick administrator", "right to register OIDC applications at the identity provider"
		management, cli         = "management account or delegated administrator", "AWS CLI version 2, recent enough for --iam-identity-center-instance-arn"
	)
	want := map[string]string{active: "met", quickAdmin: "met", idp: "not seen", management: "met", cli: "not seen"}
	check := func(name string, got, want map[string]string) {
		t.Helper()
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s is %q, want %q", name, k, got[k], v)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	check("bom", words(input(t, world(t, "bom")), ""), want)
	want[cli] = "met"
	check("a CLI of version 2", words(input(t, world(t, "bom")), "2.17.32"), want)
	want[cli] = "not met"
	check("a CLI of version 1", words(input(t, world(t, "bom")), "1.32.0"), want)
	lacking := changed(t, "delegated", nil, nil, nil)
	rights, _ := lacking.Survey.Estate.Accounts["444455556666"].Rights.Get()
	rights["quicksight:Subscribe"] = estate.RightImplicitDeny
	lacking.Survey.Estate.Accounts["222233334444"] = func() estate.Account {
		a := lacking.Survey.Estate.Accounts["222233334444"]
		a.Rights = estate.NotLooked[map[string]estate.Right]("denied")
		return a
	}()
	check("rights missing in one account, not seen in another", words(lacking, ""), map[string]string{active: "met", quickAdmin: "not met", idp: "not seen", management: "not seen", cli: "not seen"})
	plus := changed(t, "fed", nil, nil, object{"quick": object{"edition": "PLUS"}})
	check("federation, and a Plus account", words(plus, ""), map[string]string{active: "not met", quickAdmin: "met", idp: "not seen", cli: "not seen"})
	if !slices.ContainsFunc(plus.Prerequisites(Run(plus), ""), func(p Prerequisite) bool { return slices.Contains(p.Findings, "PATH-20") }) {
		t.Error("the finding behind it is not named")
	}
}
