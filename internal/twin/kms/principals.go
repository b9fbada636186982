package kms

import (
	"regexp"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// principalForm are the forms of an AWS principal that can name somebody; there are no partial wildcards (idc-kms 4.3). An id such as
// AROA… is what a stored policy shows after the principal was deleted (2.4).
var principalForm = regexp.MustCompile(`^(\*|[0-9]{12}|arn:aws:iam::[0-9]{12}:(root|(role|user)/[^*?]+)|arn:aws:sts::[0-9]{12}:assumed-role/[^*?/]+/[^*?]+)$`)

// principals tells which principals exist. Those of accounts outside the world all do, and so do those of an account whose roles the
// world does not list at all.
type principals struct {
	accounts map[estate.AccountID]estate.Account
	stored   string // the key's policies: AWS names by ARN only who is still there (idc-kms 2.4)
}

func (t target) principals(r *kernel.Request) principals {
	p := principals{accounts: r.Estate().Accounts}
	for _, c := range t.key.Copies {
		p.stored += c.Or(estate.KeyCopy{}).Policy.Or("") + "\n"
	}
	return p
}

// all reports whether everybody whom a Principal element names exists.
func (p principals) all(element any) bool {
	kinds, ok := element.(map[string]any)
	if !ok {
		return true // absent or "*"
	}
	names, ok := kinds["AWS"].([]any)
	if one, single := kinds["AWS"].(string); single {
		names = []any{one}
	} else if !ok {
		return true
	}
	for _, n := range names {
		if name, _ := n.(string); !p.exists(name) {
			return false
		}
	}
	return true
}

// exists reports whether a name means somebody. Roles that AWS makes for itself are taken to be there (INFERRED); users are never,
// as a world has none.
func (p principals) exists(name string) bool {
	if !principalForm.MatchString(name) {
		return false
	}
	arn := estate.ARN(name)
	parts, ok := arn.Split()
	a, inWorld := p.accounts[arn.Account()]
	if !ok || !inWorld || a.Roles == nil || parts[5] == "root" || strings.HasPrefix(parts[5], "role/aws-") || strings.Contains(p.stored, `"`+name+`"`) {
		return true
	}
	if parts[2] == "sts" {
		role := strings.Split(parts[5], "/")[1]
		_, listed := a.Roles[role]
		return listed || role == kernel.AdministratorRole
	}
	for role, data := range a.Roles {
		if kernel.RoleARN(arn.Account(), role, data) == arn {
			return true
		}
	}
	return arn == kernel.RoleARN(arn.Account(), kernel.AdministratorRole, estate.Role{})
}
