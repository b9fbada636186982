package check

import (
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/policy"
)

// The tests of this file prove rows of the catalogue, each on the observable that the row names.

const quickSubject = "quick/111122223333"

func copyOf(r estate.Region) string { return KeySubject(r, key) }

// says checks status, severity and words of a finding.
func says(t *testing.T, f diag.Finding, status diag.Status, severity diag.Severity, words ...string) {
	t.Helper()
	if f.Status != status || f.Severity != severity {
		t.Errorf("%s is %s %s, want %s %s", f.Key(), f.Status, f.Severity, status, severity)
	}
	text := strings.Join([]string{f.Title, f.Cause, f.Fix}, "\n")
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q:\n%s", f.Key(), w, text)
		}
	}
}

func TestDesktopNeedsItsRegion(t *testing.T) {
	t.Attr("requirement", "PATH-01")
	in := input(t, over(world(t, "bom"), object{"spec": object{"goal": "desktop"}}))
	says(t, find(t, Run(in), "PATH-01", quickSubject), diag.Fail, diag.Block, "ap-south-1", "Desktop needs us-east-1")
	says(t, find(t, Run(input(t, world(t, "iad"))), "PATH-01", quickSubject), diag.Pass, diag.Block)
}

func TestTheWebHasNoRegionFault(t *testing.T) {
	t.Attr("requirement", "PATH-02")
	fs := Run(input(t, over(world(t, "bom"), object{"spec": object{"goal": "web-only"}})))
	says(t, find(t, fs, "PATH-01", quickSubject), diag.Pass, diag.Block)
	for _, f := range fs {
		if f.Open() {
			t.Errorf("%s: %s", f.Key(), f.Title)
		}
	}
}

func TestDesktopRegionsAreData(t *testing.T) {
	t.Attr("requirement", "PATH-23")
	fs := Run(input(t, over(world(t, "bom"), object{"spec": object{"regions": object{"desktop": []any{"ap-south-1"}}}})))
	says(t, find(t, fs, "PATH-01", quickSubject), diag.Pass, diag.Block, "ap-south-1")
}

func TestReplicaWithTheDefaultPolicy(t *testing.T) {
	t.Attr("requirement", "KMS-05")
	fs := Run(input(t, world(t, "bom")))
	says(t, find(t, fs, "KMS-05", copyOf("us-east-1")), diag.Fail, diag.Block, "put-key-policy --region us-east-1", "us-east-1 has the default key policy")
}

// edited puts one of the published policies, with one change of its text, on the replica of iad.
func edited(t *testing.T, name, old, now string) object {
	t.Helper()
	text := published(t, name)
	if strings.Count(text, old) == 0 {
		t.Fatalf("%s has no %q", name, old)
	}
	return onReplica(t, strings.Replace(text, old, now, 1))
}

func onReplica(t *testing.T, text string) object {
	t.Helper()
	copies := object{"us-east-1": object{"policy": text}}
	return over(world(t, "iad"), object{"estate": object{"accounts": object{string(me): object{"keys": object{key: object{"copies": copies}}}}}})
}

func TestAnActionThatIsMissingIsNamed(t *testing.T) {
	t.Attr("requirement", "KMS-08")
	text := published(t, "official10")
	_, statement, ok := strings.Cut(text, `"AllowIdentityStoreToUseTheKMSKey"`)
	if !ok || !strings.Contains(statement, `"kms:ReEncryptFrom",`) {
		t.Fatal("the Identity Store's statement has another form")
	}
	without := strings.TrimSuffix(text, statement) + strings.Replace(statement, `"kms:ReEncryptFrom",`, "", 1)
	fs := Run(input(t, onReplica(t, without)))
	says(t, find(t, fs, "KMS-08", copyOf("us-east-1")+"/identitystore"), diag.Fail, diag.Block, "identitystore.amazonaws.com", "(kms:ReEncryptFrom)", "us-east-1")
	if got := lines(fs); len(got) != 2 || !strings.Contains(got[0], "KMS-06") {
		t.Errorf("one action is missing in one Region, and these are open: %q", got)
	}
}

func TestDescribeKeyHasNoEncryptionContext(t *testing.T) {
	t.Attr("requirement", "KMS-09")
	fs := Run(input(t, edited(t, "runbook", `"Sid": "AllowSSOAndIdentityStoreToDescribeKMSKey",`,
		`"Sid": "AllowSSOAndIdentityStoreToDescribeKMSKey", "Condition": {"StringLike": {"kms:EncryptionContext:aws:sso:instance-arn": "*"}},`)))
	for _, service := range []string{"sso", "identitystore"} {
		says(t, find(t, fs, "KMS-09", copyOf("us-east-1")+"/"+service), diag.Fail, diag.Block, "kms:DescribeKey", "statement AllowSSOAndIdentityStoreToDescribeKMSKey never matches", "us-east-1")
	}
}

func TestManagedAppsAdmitQuickByEffect(t *testing.T) {
	t.Attr("requirement", "KMS-11")
	text := published(t, "official5")
	if strings.Contains(strings.ToLower(text), "quick") {
		t.Fatal("the published policy names Quick")
	}
	fs := Run(input(t, onReplica(t, text)))
	says(t, find(t, fs, "KMS-07", copyOf("us-east-1")+"/quicksight-via-sso"), diag.Pass, diag.Block)
	says(t, find(t, fs, "KMS-07", copyOf("us-east-1")+"/quicksight-via-identitystore"), diag.Pass, diag.Block)
}

func TestAPinnedViaServiceIsReportedWithItsRegion(t *testing.T) {
	t.Attr("requirement", "KMS-22")
	text := strings.NewReplacer("sso.*.amazonaws.com", "sso.ap-south-1.amazonaws.com", "identitystore.*.amazonaws.com", "identitystore.ap-south-1.amazonaws.com").Replace(published(t, "official5"))
	for _, via := range []string{"sso", "identitystore"} {
		f := find(t, Run(input(t, onReplica(t, text))), "KMS-07", copyOf("us-east-1")+"/quicksight-via-"+via)
		says(t, f, diag.Fail, diag.Block, "us-east-1", "kms:ViaService", via+".ap-south-1.amazonaws.com", "the call has "+via+".us-east-1.amazonaws.com")
	}
}

// TestQuickInAMemberAccount: the runbook's condition fits one account only.
func TestQuickInAMemberAccount(t *testing.T) {
	t.Attr("requirement", "KMS-21")
	tree := edited(t, "runbook", "AllowQuickToUseTheKMSKey", "AllowQuickToUseTheKMSKey")
	accounts, _ := tree["estate"].(object)["accounts"].(object)
	mine, _ := accounts[string(me)].(object)
	tree = over(tree, object{"spec": object{"quick": object{"account": "444455556666"}}, "callers": object{string(me): "arn:aws:iam::111122223333:user/ana", "444455556666": "arn:aws:iam::444455556666:user/ana"},
		"estate": object{"accounts": object{"444455556666": object{"regions": mine["regions"], "quick": mine["quick"]}, string(me): object{"quick": nil}}}})
	fs := Run(input(t, tree))
	says(t, find(t, fs, "KMS-21", copyOf("us-east-1")), diag.Fail, diag.Block, "another account than 444455556666", "aws:SourceOrgID")
	says(t, find(t, fs, "KMS-07", copyOf("us-east-1")+"/quicksight-via-sso"), diag.Fail, diag.Block,
		"statement AllowQuickToUseTheKMSKey wants aws:SourceAccount 111122223333, the call has 444455556666", "aws:SourceOrgID")
	tree = over(tree, object{"estate": object{"accounts": object{string(me): object{"keys": object{key: object{"copies": object{"us-east-1": object{"policy": published(t, "official5")}}}}}}}})
	says(t, find(t, Run(input(t, tree)), "KMS-07", copyOf("us-east-1")+"/quicksight-via-sso"), diag.Pass, diag.Block)
}

// TestWhatCannotBeReadIsNotAbsent: with no right to read key policies, every verdict that rests on one is unknown, and none passes.
func TestWhatCannotBeReadIsNotAbsent(t *testing.T) {
	t.Attr("requirement", "RUN-02")
	unread := object{"policy": object{"not_looked": "kms:GetKeyPolicy in us-east-1: AccessDeniedException"}}
	in := input(t, over(world(t, "iad"), object{"estate": object{"accounts": object{string(me): object{"keys": object{key: object{"copies": object{"us-east-1": unread, "ap-south-1": unread}}}}}}}))
	judged := 0
	for _, f := range Run(in) {
		switch f.Code {
		case "KMS-05":
			t.Errorf("a policy that nobody read was judged: %s", f.Title)
		case "KMS-07", "KMS-08", "KMS-09", "KMS-24":
			judged++
			says(t, f, diag.Unknown, diag.Block, "kms:GetKeyPolicy in us-east-1: AccessDeniedException")
		}
	}
	if judged != 2+4+4+2 {
		t.Errorf("%d KMS rows", judged)
	}
}

func TestGroupsAreChecked(t *testing.T) {
	in := input(t, over(world(t, "bom"), object{"spec": object{"quick": object{"groups": object{"ADMIN": []any{"nobody"}}}}}))
	says(t, find(t, Run(in), "SUB-06", "identity-center/us-east-1/groups"), diag.Fail, diag.Block, "nobody (ADMIN)", "us-east-1")
}

func TestOperator(t *testing.T) {
	for arn, want := range map[string]policy.Principal{
		"":                                   {},
		"arn:aws:iam::111122223333:user/ana": {Kind: policy.IAMUser, ARN: "arn:aws:iam::111122223333:user/ana", Account: "111122223333"},
		"arn:aws:sts::111122223333:assumed-role/Mover/ana": {Kind: policy.RoleSession, ARN: "arn:aws:sts::111122223333:assumed-role/Mover/ana", Account: "111122223333"},
	} {
		if got := Operator(arn); got != want {
			t.Errorf("%q: %+v", arn, got)
		}
	}
	for arn, want := range map[string]bool{"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/ana": true, "arn:aws:sts::111122223333:assumed-role/Admin/AWSReservedSSO_x": false, "arn:aws:iam::111122223333:user/ana": false, "": false} {
		if IssuedByIdentityCenter(arn) != want {
			t.Errorf("%q: issued by Identity Center %t", arn, !want)
		}
	}
}
