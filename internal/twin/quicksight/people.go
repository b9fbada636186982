package quicksight

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// fromIdentityCenter reports whether the namespace's users are those of Identity Center.
func (n space) fromIdentityCenter() bool {
	return n.account.Authentication == estate.AuthIdentityCenter && n.name == estate.DefaultNamespace
}

// people are the users of a namespace: derived for the default one of an Identity Center account, the world's own otherwise.
func (n space) people(r *kernel.Request) (map[string]estate.QuickUser, error) {
	if !n.fromIdentityCenter() {
		users, _, err := kernel.Need(n.Users, at(r, "namespaces", n.name, "users")...)
		return users, err
	}
	roles, _, err := kernel.Need(n.account.Roles, at(r, "roles")...)
	if err != nil {
		return nil, err
	}
	d, err := open(r, n.account.InstanceARN)
	if err != nil {
		return nil, err
	}
	return d.users(roles)
}

func (n space) showUser(r *kernel.Request, name string, u estate.QuickUser) map[string]any {
	return map[string]any{"Arn": n.identity(r, "user/%s/%s", n.name, name), "UserName": name, "Email": u.Email, "Role": u.Role,
		"IdentityType": u.IdentityType, "Active": u.Active, "PrincipalId": "federated/iam/" + kernel.UUID("user", n.name, name)}
}

func listUsers(r *kernel.Request) (any, error) {
	in, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	users, err := n.people(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		list = append(list, n.showUser(r, name, users[name]))
	}
	return page(r, "UserList", list, in.paging)
}

func (n space) user(r *kernel.Request, name string) (estate.QuickUser, error) {
	users, err := n.people(r)
	u, ok := users[name]
	if err == nil && !ok {
		err = notFound("User %s not found in namespace %s", name, n.name)
	}
	return u, err
}

func describeUser(r *kernel.Request) (any, error) {
	in, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	u, err := n.user(r, in.UserName)
	return answer(r, map[string]any{"User": n.showUser(r, in.UserName, u)}), err
}

// deleteUser forgets a user of Quick's own. What becomes of one that Identity Center provides is not known (quick-api 1.5), and the
// twin does not model it.
func deleteUser(r *kernel.Request) (any, error) {
	in, n, err := inNamespace(r)
	if err == nil {
		_, err = n.user(r, in.UserName)
	}
	if err == nil && n.fromIdentityCenter() {
		err = notModelled("the deletion of one user of Identity Center")
	}
	if err != nil {
		return nil, err
	}
	n.edit(r, func(n *estate.Namespace) {
		kernel.Edit(&n.Users, func(all *map[string]estate.QuickUser) { delete(*all, in.UserName) })
	})
	return answer(r, map[string]any{}), nil
}

func (n space) allGroups(r *kernel.Request) (map[string][]string, error) {
	groups, _, err := kernel.Need(n.Groups, at(r, "namespaces", n.name, "groups")...)
	return groups, err
}

// members are the user names in a group of Quick's own.
func (n space) members(r *kernel.Request, name string) ([]string, error) {
	groups, err := n.allGroups(r)
	members, ok := groups[name]
	if err == nil && !ok {
		err = notFound("Group %s not found in namespace %s", name, n.name)
	}
	return members, err
}

func (n space) showGroup(r *kernel.Request, name string) map[string]any {
	return map[string]any{"GroupName": name, "Arn": n.identity(r, "group/%s/%s", n.name, name), "PrincipalId": "group/" + name}
}

func listGroups(r *kernel.Request) (any, error) {
	in, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	groups, err := n.allGroups(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		list = append(list, n.showGroup(r, name))
	}
	return page(r, "GroupList", list, in.paging)
}

func describeGroup(r *kernel.Request) (any, error) {
	in, n, err := inNamespace(r)
	if err == nil {
		_, err = n.members(r, in.GroupName)
	}
	return answer(r, map[string]any{"Group": n.showGroup(r, in.GroupName)}), err
}

func deleteGroup(r *kernel.Request) (any, error) {
	in, n, err := inNamespace(r)
	if err == nil {
		_, err = n.members(r, in.GroupName)
	}
	if err != nil {
		return nil, err
	}
	n.edit(r, func(n *estate.Namespace) {
		kernel.Edit(&n.Groups, func(all *map[string][]string) { delete(*all, in.GroupName) })
	})
	return answer(r, map[string]any{}), nil
}

func listGroupMemberships(r *kernel.Request) (any, error) {
	in, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	members, err := n.members(r, in.GroupName)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, m := range slices.Sorted(slices.Values(members)) {
		list = append(list, map[string]any{"Arn": n.identity(r, "user/%s/%s", n.name, m), "MemberName": m})
	}
	return page(r, "GroupMemberList", list, in.paging)
}
