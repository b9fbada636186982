package check

import (
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
)

const mine = "rights/111122223333"

// TestRightsThatNobodyTriedStopWhatCannotBeTakenBack: a sign-up that is refused after the old account is gone leaves nobody with Quick.
func TestRightsThatNobodyTriedStopWhatCannotBeTakenBack(t *testing.T) {
	denied := object{"rights": object{"not_looked": "iam:SimulatePrincipalPolicy: AccessDenied"}}
	f := find(t, Run(changed(t, "bom", nil, nil, denied)), "SUB-19", mine)
	says(t, f, diag.Unknown, diag.Block, "iam:SimulatePrincipalPolicy: AccessDenied", "attest: [{statement: rights, region: us-east-1")
	says(t, find(t, Run(changed(t, "bom", object{"goal": "web-only"}, nil, denied)), "SUB-19", mine), diag.Unknown, diag.Warn, "the first refused call stops the run")
	says(t, find(t, Run(changed(t, "iad", nil, nil, denied)), "SUB-19", mine), diag.Unknown, diag.Warn)
	for region, want := range map[string]diag.Status{"us-east-1": diag.Pass, "eu-west-1": diag.Unknown} {
		word := object{"attest": []any{object{"statement": "rights", "region": region, "by": "Ana Admin", "date": "2026-11-30", "reason": "signed up in a test account"}}}
		f := find(t, Run(changed(t, "bom", word, nil, denied)), "SUB-19", mine)
		if f.Status != want || want == diag.Pass && (!strings.Contains(f.Title, "Ana Admin vouches on 2026-11-30") || len(f.Evidence) != 1) {
			t.Errorf("a word for %s: %+v", region, f)
		}
	}
}

// TestARightThatTheSurveyDidNotAskFor stops it too, unless it is one to look only; a word does not help against a denial.
func TestARightThatTheSurveyDidNotAskFor(t *testing.T) {
	word := object{"attest": []any{object{"statement": "rights", "region": "us-east-1", "by": "Ana", "date": "2026-11-30", "reason": "tried"}}}
	for action, want := range map[string]diag.Severity{"quicksight:CreateAccountSubscription": diag.Block, "quicksight:ListTopics": diag.Warn} {
		in := input(t, world(t, "bom"))
		rights, _ := in.Survey.Estate.Accounts[me].Rights.Get()
		delete(rights, action)
		says(t, find(t, Run(in), "SUB-19", mine), diag.Unknown, want, "nobody has tried "+action)
	}
	in := changed(t, "bom", word, nil, nil)
	rights, _ := in.Survey.Estate.Accounts[me].Rights.Get()
	rights["quicksight:CreateAccountSubscription"] = estate.RightImplicitDeny
	says(t, find(t, Run(in), "SUB-19", mine), diag.Fail, diag.Block)
}

// TestALookThatAStepTakesIsNoMereLook: what a step reads before it acts stops it when it is refused.
func TestALookThatAStepTakesIsNoMereLook(t *testing.T) {
	for _, c := range []struct{ world, action string }{
		{"bom-single", "kms:ListKeys"}, {"bom-single", "kms:ListResourceTags"}, {"bom-single", "sso:DescribeRegion"}, {"bom-single", "identitystore:DescribeUser"},
		{"bom", "kms:GetKeyPolicy"}, {"bom", "kms:DescribeKey"}, {"bom", "quicksight:DescribeAccountSettings"}, {"bom", "quicksight:DescribeAccountSubscription"}, {"bom", "quicksight:ListRoleMemberships"},
		{"bom", "identitystore:ListUsers"}, {"bom", "identitystore:ListGroupMemberships"}, {"bom", "quicksight:ListUsers"}, {"withdraw", "sso:DescribeRegion"}, {"withdraw", "kms:DescribeKey"},
	} {
		in := input(t, world(t, c.world))
		rights, _ := in.Survey.Estate.Accounts[me].Rights.Get()
		rights[c.action] = estate.RightImplicitDeny
		says(t, find(t, Run(in), "SUB-19", mine), diag.Fail, diag.Block, c.action)
	}
	in := input(t, world(t, "bom"))
	rights, _ := in.Survey.Estate.Accounts[me].Rights.Get()
	rights["quicksight:ListTopics"], rights["kms:ListKeys"] = estate.RightImplicitDeny, estate.RightImplicitDeny
	says(t, find(t, Run(in), "SUB-19", mine), diag.Fail, diag.Warn, "quicksight:ListTopics") // no step looks there
}

// TestTheKindsThatWait come with those that begin; a replication that has begun is waited for all the same.
func TestTheKindsThatWait(t *testing.T) {
	for _, c := range []struct {
		name  string
		state string
		want  []string
		not   []string
	}{
		{"bom-single", "", []string{"create-key", "encrypt-instance", "instance-encrypted", "add-region", "region-active", "verify-replication", "verify-key-policies", "quick-gone", "quick-created"}, nil},
		{"bom", "", []string{"key-policy", "verify-key-policies"}, []string{"region-active", "add-region"}},
		{"bom", "ADDING", []string{"region-active", "verify-replication"}, []string{"add-region"}},
		{"withdraw", "", []string{"region-removed", "delete-replica", "aws-owned-key-in-use", "delete-key"}, []string{"quick-gone"}},
	} {
		var regions object
		if c.state != "" {
			regions = object{"regions": object{"us-east-1": c.state}}
		}
		kinds := changed(t, c.name, nil, regions, nil).Kinds()
		for _, k := range c.want {
			if !slices.Contains(kinds, k) || !slices.Contains(needs.RightKinds(), k) {
				t.Errorf("%s %s: no %s in %v", c.name, c.state, k, kinds)
			}
		}
		for _, k := range c.not {
			if slices.Contains(kinds, k) {
				t.Errorf("%s %s: %s in %v", c.name, c.state, k, kinds)
			}
		}
	}
}

// TestWhoHasToBeLetIn: the policy of a new key names the delegated administrators; while nobody knows them, none is made.
func TestWhoHasToBeLetIn(t *testing.T) {
	with := func(name string, organization any) []diag.Finding {
		return Run(input(t, over(world(t, name), object{"estate": object{"organization": organization}})))
	}
	const subject = "organization/delegated-administrator"
	refused := object{"delegated_administrators": object{"not_looked": "organizations:ListDelegatedAdministrators: AccessDeniedException"}}
	f := find(t, with("bom-single", refused), "IDC-24", subject)
	says(t, f, diag.Unknown, diag.Block, "who administers Identity Center", "organizations:ListDelegatedAdministrators")
	says(t, find(t, with("bom-single", object{"delegated_administrators": []any{}}), "IDC-24", subject), diag.Pass, diag.Block)
	none(t, slices.DeleteFunc(with("bom", refused), func(f diag.Finding) bool { return f.Subject == "organization" }), "IDC-24") // the key is there
	nobody := with("bom-single", object{"not_looked": "organizations:DescribeOrganization: AccessDeniedException"})
	says(t, find(t, nobody, "IDC-24", "organization"), diag.Unknown, diag.Block, "organizations:DescribeOrganization")
}
