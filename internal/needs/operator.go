package needs

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// OperatorPolicy is what whoever runs rehome in an account must be allowed, as an IAM policy.
type OperatorPolicy struct {
	Account  estate.AccountID
	Document string // JSON text, indented
}

// OperatorPolicies are the IAM policies for the kinds of work, one per account, sorted by account: KindSurvey alone gives read-only
// ones; the kinds of a plan's steps beside it give exactly what that plan writes.
func OperatorPolicies(h Hands, kinds ...string) []OperatorPolicy {
	// account -> what the statement is about, as text -> its rights
	byAccount := map[estate.AccountID]map[string][]Right{}
	for _, r := range Rights(h, kinds...) {
		about := byAccount[r.Account]
		if about == nil {
			about = map[string][]Right{}
			byAccount[r.Account] = about
		}
		group := "Look"
		if r.Kind != KindSurvey {
			group = "Work"
		}
		key := group + " " + strings.Join(r.Resources, " ")
		about[key] = append(about[key], r)
	}
	var out []OperatorPolicy
	for _, account := range slices.Sorted(maps.Keys(byAccount)) {
		out = append(out, OperatorPolicy{Account: account, Document: policyText(byAccount[account])})
	}
	return out
}

func policyText(about map[string][]Right) string {
	var all []object
	for _, key := range slices.Sorted(maps.Keys(about)) {
		group, _, _ := strings.Cut(key, " ")
		var actions []string
		for _, r := range about[key] {
			actions = append(actions, r.Action)
		}
		slices.Sort(actions)
		all = append(all, object{"Sid": group + title(about[key][0].Resources[0]), "Effect": "Allow", "Action": slices.Compact(actions), "Resource": about[key][0].Resources})
	}
	b, err := json.Marshal(object{"Version": "2012-10-17", "Statement": all}, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		panic("needs: " + err.Error()) // literals of this package, account ids and ARNs
	}
	return string(b)
}

// sidWords name a statement after what its resources are, by the first of these that the ARN holds; Sids take letters and digits only.
var sidWords = []struct{ part, word string }{{":kms:", "Key"}, {":instance/", "Instance"}, {":identitystore:", "Directory"}, {":application/", "Applications"}, {":trustedTokenIssuer/", "TokenIssuers"},
	{"aws-service-role", "ServiceRole"}, {":iam:", "Caller"}}

func title(resource string) string {
	for _, w := range sidWords {
		if strings.Contains(resource, w.part) {
			return w.word
		}
	}
	return "Account"
}
