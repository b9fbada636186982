package quicksight

import (
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// role is the beginning of calls about a role's groups; other kinds of account map groups of a directory that the twin lacks.
func role(r *kernel.Request) (in input, n space, groups []string, err error) {
	if in, n, err = inNamespace(r); err != nil {
		return in, n, nil, err
	}
	if !n.fromIdentityCenter() {
		return in, n, nil, notModelled("role memberships without Identity Center")
	}
	if !slices.Contains(estate.QuickRoles, in.Role) {
		return in, n, nil, invalid("Role %s is not valid.", in.Role)
	}
	roles, _, err := kernel.Need(n.account.Roles, at(r, "roles")...)
	return in, n, roles[in.Role], err
}

func listRoleMemberships(r *kernel.Request) (any, error) {
	in, _, groups, err := role(r)
	if err != nil {
		return nil, err
	}
	return page(r, "MembersList", slices.Sorted(slices.Values(groups)), in.paging)
}

// createRoleMembership gives a role to a group of the Identity Store. A second time changes nothing (INFERRED).
func createRoleMembership(r *kernel.Request) (any, error) {
	in, n, groups, err := role(r)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(groups, in.MemberName) {
		groups = append(slices.Clip(groups), in.MemberName)
	}
	return n.changeRole(r, in, groups, "CreateApplicationAssignment")
}

func deleteRoleMembership(r *kernel.Request) (any, error) {
	in, n, groups, err := role(r)
	if err == nil && !slices.Contains(groups, in.MemberName) {
		err = notFound("Group %s does not have the role %s", in.MemberName, in.Role)
	}
	if err != nil {
		return nil, err
	}
	without := slices.DeleteFunc(slices.Clone(groups), func(s string) bool { return s == in.MemberName })
	return n.changeRole(r, in, without, "DeleteApplicationAssignment")
}

// changeRole changes a role's groups, and the application's assignments with them (idc-kms 3.7 names both actions for sign-up). A
// group that has another role as well keeps its assignment.
func (n space) changeRole(r *kernel.Request, in input, groups []string, assignment string) (any, error) {
	d, err := open(r, n.account.InstanceARN)
	if err != nil {
		return nil, err
	}
	ids, err := d.groups()
	if err == nil && ids[in.MemberName] == "" {
		err = notFound("Group %s not found in IAM Identity Center", in.MemberName)
	}
	if err == nil && n.ApplicationARN != "" && !n.elsewhere(in) {
		err = assignGroup(r, n.ApplicationARN, ids[in.MemberName], assignment)
	}
	if err != nil {
		return nil, err
	}
	edit(r, func(q *estate.Quick) {
		kernel.Edit(&q.Roles, func(all *map[estate.QuickRole][]string) {
			if *all == nil {
				*all = map[estate.QuickRole][]string{}
			}
			(*all)[in.Role] = groups
		})
	})
	return answer(r, map[string]any{}), nil
}

// elsewhere reports whether the group has another role too.
func (n space) elsewhere(in input) bool {
	for role, groups := range n.account.Roles.Or(nil) {
		if role != in.Role && slices.Contains(groups, in.MemberName) {
			return true
		}
	}
	return false
}
