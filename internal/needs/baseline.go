package needs

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// KeyPolicy is the whole policy of a key for Identity Center: the five statements that AWS publishes (its text of mid 2026, idc-kms
// 3.1), with the management account and its delegated administrators as administrators. It is the same in every Region.
func KeyPolicy(management estate.AccountID, delegated []estate.AccountID) string {
	accounts := slices.Concat([]estate.AccountID{management}, delegated)
	slices.Sort(accounts)
	var roots []string
	for _, a := range slices.Compact(accounts) {
		roots = append(roots, "arn:aws:iam::"+string(a)+":root")
	}
	administrators := statements(object{"Sid": "AllowIdentityCenterAdminAccounts", "Effect": "Allow", "Principal": object{"AWS": roots}, "Action": "kms:*", "Resource": "*"})
	b, err := json.Marshal(object{"Version": "2012-10-17", "Statement": slices.Concat(administrators, BaselineStatements())}, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		panic("needs: " + err.Error()) // literals of this package and account ids
	}
	return string(b)
}
