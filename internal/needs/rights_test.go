package needs

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/policy"
)

const delegated = estate.AccountID("777788889999")

func hands() Hands {
	return Hands{Management: management, Administrator: delegated, Quick: member, Instance: "arn:aws:sso:::instance/ssoins-1234567890abcdef", StoreID: "d-1234567890",
		Key: "mrk-1234567890abcdef1234567890abcdef", Home: home, Target: target}
}

// actionsOf are the actions that the kinds need in one account.
func actionsOf(h Hands, account estate.AccountID, kinds ...string) []string {
	var out []string
	for _, r := range Rights(h, kinds...) {
		if r.Account == account {
			out = append(out, r.Action)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestRightsByAccount(t *testing.T) {
	h := hands()
	for name, c := range map[string]struct {
		account estate.AccountID
		kinds   []string
		want    string
	}{
		"a key is made in the management account": {management, []string{"create-key"}, "iam:CreateServiceLinkedRole kms:CreateKey kms:DescribeKey kms:ListKeys kms:ListResourceTags kms:TagResource"},
		"a replica":                               {management, []string{"replica"}, "kms:CreateKey kms:DescribeKey kms:PutKeyPolicy kms:ReplicateKey kms:TagResource"},
		"the administrator adds the Region":       {delegated, []string{"add-region"}, "identitystore:AddRegion kms:Decrypt sso:AddRegion sso:DescribeRegion"},
		"the management account switches the key": {management, []string{"encrypt-instance"}, "identitystore:UpdateIdentityStore kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKeyWithoutPlaintext sso:DescribeInstance sso:UpdateInstance"},
		"the management account adds no Region":   {management, []string{"add-region"}, ""},
		"the administrator leaves the key alone":  {delegated, []string{"encrypt-instance"}, ""},
		"the old account goes":                    {member, []string{"protection-off", "delete-quick"}, "quicksight:DeleteAccountSubscription quicksight:DescribeAccountSettings quicksight:DescribeAccountSubscription quicksight:ListNamespaces quicksight:Unsubscribe quicksight:UpdateAccountSettings"},
		"taking back":                             {delegated, []string{KindUndo}, "identitystore:RemoveRegion sso:DeleteTrustedTokenIssuer sso:RemoveRegion"},
		"the policies are read back":              {management, []string{"verify-key-policies"}, "kms:DescribeKey kms:GetKeyPolicy"},
		"the replication is waited for":           {delegated, []string{"region-active"}, "kms:Decrypt sso:DescribeRegion"},
		"and compared":                            {delegated, []string{"verify-replication"}, "identitystore:DescribeUser identitystore:ListGroups sso:ListInstances"},
		"the change of the key":                   {management, []string{"instance-encrypted"}, "sso:DescribeInstance"},
		"the new account is waited for":           {member, []string{"quick-created"}, "quicksight:DescribeAccountSubscription quicksight:ListNamespaces"},
		"the people, in Quick":                    {member, []string{"verify-quick"}, "quicksight:ListUsers sso:DescribeApplication"},
		"the people, in Identity Center":          {delegated, []string{"verify-quick"}, "identitystore:ListGroupMemberships identitystore:ListGroups identitystore:ListUsers"},
		"a person's deletion is seen":             {management, []string{"delete-replica", "delete-key"}, "kms:DescribeKey"},
		"a kind that asks AWS nothing":            {management, []string{"agree-residency", "account-names"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(actionsOf(h, c.account, c.kinds...), " "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	if got := actionsOf(h, member, "create-quick"); !slices.Contains(got, "sso:CreateApplication") || slices.Contains(got, "user-subscriptions:CreateClaim") {
		t.Errorf("the sign-up of an Enterprise account: %v", got)
	}
	h.Pro = true
	if got := actionsOf(h, member, "create-quick"); !slices.Contains(got, "user-subscriptions:CreateClaim") {
		t.Errorf("the sign-up of a Pro account: %v", got)
	}
	h.Federated = true
	if got := strings.Join(actionsOf(h, member, "create-quick"), " "); got != "quicksight:CreateAccountSubscription quicksight:DescribeAccountSubscription quicksight:Subscribe" {
		t.Errorf("federation touches neither Identity Center nor its key: %s", got)
	}
	if got := actionsOf(h, management, RightKinds()...); len(got) != 0 {
		t.Errorf("federation needs nothing of the management account: %v", got)
	}
}

func TestEveryRightSaysWhyAndWhereFrom(t *testing.T) {
	for _, r := range Rights(hands(), RightKinds()...) {
		if r.Why == "" || r.Source.Doc == "" || r.Source.Date == "" || r.Probe == "" || strings.ContainsAny(r.Probe[1:], "*") || len(r.Resources) == 0 || r.Region == "" || r.Kind == "" {
			t.Errorf("incomplete: %+v", r)
		}
	}
}

// TestOperatorPoliciesAllowExactlyTheTable: what a policy grants is judged by evaluation, by the action and a resource that it is about.
func TestOperatorPoliciesAllowExactlyTheTable(t *testing.T) {
	h := hands()
	plan := []string{KindSurvey, "key-policy", "add-region", "delete-quick", "create-quick"}
	for name, kinds := range map[string][]string{"survey": {KindSurvey}, "plan": plan} {
		t.Run(name, func(t *testing.T) {
			docs := map[estate.AccountID]*policy.Document{}
			for _, p := range OperatorPolicies(h, kinds...) {
				docs[p.Account] = parse(t, p.Document)
				if len(strings.Join(strings.Fields(p.Document), "")) > 6144 { // a managed policy's size without white space (IAM quotas)
					t.Errorf("the policy of %s is too long", p.Account)
				}
			}
			if len(docs) != 3 {
				t.Fatalf("policies for %d accounts", len(docs))
			}
			for _, r := range Rights(h, RightKinds()...) {
				account := string(r.Account)
				v := policy.AuthorizeIdentity(policy.Layers{Identity: []*policy.Document{docs[r.Account]}, IdentityKnown: true},
					policy.Request{Principal: policy.Principal{Kind: policy.IAMUser, ARN: "arn:aws:iam::" + account + ":user/ana", Account: account}, Action: r.Action, Resource: r.Probe})
				if want := slices.Contains(actionsOf(h, r.Account, kinds...), r.Action); (v.Decision == policy.Allow) != want {
					t.Errorf("%s may call %s on %s: %s, want allowed %t", r.Account, r.Action, r.Probe, v.Decision, want)
				}
			}
		})
	}
}

// TestTheSurveysPolicyOnlyReads: no action of it changes anything, and nothing in it is a wildcard.
func TestTheSurveysPolicyOnlyReads(t *testing.T) {
	for _, p := range OperatorPolicies(hands(), KindSurvey) {
		var doc struct {
			Version   string
			Statement []struct {
				Sid      string
				Action   []string
				Resource []string
			}
		}
		if err := json.Unmarshal([]byte(p.Document), &doc); err != nil || doc.Version != "2012-10-17" || len(doc.Statement) == 0 {
			t.Fatalf("%s: %v", p.Document, err)
		}
		for _, s := range doc.Statement {
			for _, a := range s.Action {
				_, verb, _ := strings.Cut(a, ":")
				if !slices.ContainsFunc([]string{"List", "Describe", "Get", "Simulate", "Decrypt"}, func(v string) bool { return strings.HasPrefix(verb, v) }) || strings.Contains(a, "*") {
					t.Errorf("%s of %s is no look", a, p.Account)
				}
			}
			for _, r := range s.Resource {
				if strings.Contains(r, ":kms:") && r != "arn:aws:kms:*:111122223333:key/mrk-1234567890abcdef1234567890abcdef" {
					t.Errorf("any key: %s", r)
				}
			}
		}
	}
}
