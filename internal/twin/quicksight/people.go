package quicksight

import (
	"encoding/json"
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// convert reads a decoded JSON value as another type.
func convert[T any](v any) (out T, err error) {
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	return out, err
}

type namespaceInput struct {
	paging
	AwsAccountId                               estate.AccountID
	Namespace, UserName, GroupName, MemberName string
	Role                                       estate.QuickRole
}

// inNamespace is the beginning of calls about one namespace.
func inNamespace(r *kernel.Request) (in namespaceInput, q estate.Quick, n estate.Namespace, err error) {
	if err = r.Decode(&in); err != nil {
		return
	}
	if q, err = home(r, in.AwsAccountId); err != nil {
		return
	}
	all, _, err := kernel.Need(q.Namespaces, at(r, "namespaces")...)
	if err != nil {
		return
	}
	n, ok := all[in.Namespace]
	if !ok {
		err = kernel.Errorf("ResourceNotFoundException", "Namespace %s not found in account %s", in.Namespace, r.Account).WithStatus(404)
	}
	return
}

func showNamespace(r *kernel.Request, q estate.Quick, name string, n estate.Namespace) map[string]any {
	out := map[string]any{"Name": name, "Arn": arn(r, q.IdentityRegion.Or(""), "namespace/%s", name), "CapacityRegion": n.CapacityRegion,
		"CreationStatus": n.Status, "IdentityStore": n.IdentityStore}
	if n.ApplicationARN != "" {
		out["IamIdentityCenterApplicationArn"], out["IamIdentityCenterInstanceArn"] = n.ApplicationARN, n.InstanceARN
	}
	return out
}

func listNamespaces(r *kernel.Request) (any, error) {
	var in namespaceInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := home(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	all, _, err := kernel.Need(q.Namespaces, at(r, "namespaces")...)
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, showNamespace(r, q, name, all[name]))
	}
	if err != nil {
		return nil, err
	}
	return page(r, "Namespaces", list, in.paging)
}

func describeNamespace(r *kernel.Request) (any, error) {
	in, q, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	return answer(r, map[string]any{"Namespace": showNamespace(r, q, in.Namespace, n)}), nil
}

// deleteNamespace is at once; AWS takes a while (INFERRED how long). Assets stay.
func deleteNamespace(r *kernel.Request) (any, error) {
	in, _, _, err := inNamespace(r)
	if err == nil && in.Namespace == estate.DefaultNamespace {
		err = invalid("The default namespace cannot be deleted.")
	}
	if err != nil {
		return nil, err
	}
	edit(r, func(q *estate.Quick) {
		kernel.Edit(&q.Namespaces, func(all *map[string]estate.Namespace) { delete(*all, in.Namespace) })
	})
	return answer(r, map[string]any{}), nil
}

// people are the users of a namespace: derived for the default one of an Identity Center account, the world's own otherwise.
func people(r *kernel.Request, q estate.Quick, name string, n estate.Namespace) (map[string]estate.QuickUser, error) {
	if q.Authentication != estate.AuthIdentityCenter || name != estate.DefaultNamespace {
		users, _, err := kernel.Need(n.Users, at(r, "namespaces", name, "users")...)
		return users, err
	}
	roles, _, err := kernel.Need(q.Roles, at(r, "roles")...)
	if err != nil {
		return nil, err
	}
	d, err := open(r)
	if err != nil {
		return nil, err
	}
	return d.users(roles)
}

func showUser(r *kernel.Request, q estate.Quick, namespace, name string, u estate.QuickUser) map[string]any {
	return map[string]any{"Arn": arn(r, q.IdentityRegion.Or(""), "user/%s/%s", namespace, name), "UserName": name, "Email": u.Email, "Role": u.Role,
		"IdentityType": u.IdentityType, "Active": u.Active, "PrincipalId": "federated/iam/" + kernel.UUID("user", namespace, name)}
}

func listUsers(r *kernel.Request) (any, error) {
	in, q, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	users, err := people(r, q, in.Namespace, n)
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		list = append(list, showUser(r, q, in.Namespace, name, users[name]))
	}
	if err != nil {
		return nil, err
	}
	return page(r, "UserList", list, in.paging)
}

func describeUser(r *kernel.Request) (any, error) {
	in, q, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	users, err := people(r, q, in.Namespace, n)
	u, ok := users[in.UserName]
	if err == nil && !ok {
		err = kernel.Errorf("ResourceNotFoundException", "User %s not found in namespace %s", in.UserName, in.Namespace).WithStatus(404)
	}
	return answer(r, map[string]any{"User": showUser(r, q, in.Namespace, in.UserName, u)}), err
}

func groupsOf(r *kernel.Request, name string, n estate.Namespace) (map[string][]string, error) {
	groups, _, err := kernel.Need(n.Groups, at(r, "namespaces", name, "groups")...)
	return groups, err
}

func listGroups(r *kernel.Request) (any, error) {
	in, q, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	groups, err := groupsOf(r, in.Namespace, n)
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		list = append(list, showGroup(r, q, in.Namespace, name))
	}
	if err != nil {
		return nil, err
	}
	return page(r, "GroupList", list, in.paging)
}

func showGroup(r *kernel.Request, q estate.Quick, namespace, name string) map[string]any {
	return map[string]any{"GroupName": name, "Arn": arn(r, q.IdentityRegion.Or(""), "group/%s/%s", namespace, name), "PrincipalId": "group/" + name}
}

func describeGroup(r *kernel.Request) (any, error) {
	in, q, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	groups, err := groupsOf(r, in.Namespace, n)
	if _, ok := groups[in.GroupName]; err == nil && !ok {
		err = kernel.Errorf("ResourceNotFoundException", "Group %s not found in namespace %s", in.GroupName, in.Namespace).WithStatus(404)
	}
	return answer(r, map[string]any{"Group": showGroup(r, q, in.Namespace, in.GroupName)}), err
}

func listGroupMemberships(r *kernel.Request) (any, error) {
	in, q, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	groups, err := groupsOf(r, in.Namespace, n)
	members, ok := groups[in.GroupName]
	if err == nil && !ok {
		err = kernel.Errorf("ResourceNotFoundException", "Group %s not found in namespace %s", in.GroupName, in.Namespace).WithStatus(404)
	}
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, m := range slices.Sorted(slices.Values(members)) {
		list = append(list, map[string]any{"Arn": arn(r, q.IdentityRegion.Or(""), "user/%s/%s", in.Namespace, m), "MemberName": m})
	}
	return page(r, "GroupMemberList", list, in.paging)
}

// role is the beginning of calls about a role's groups; only Identity Center accounts have them here.
func role(r *kernel.Request) (in namespaceInput, q estate.Quick, n estate.Namespace, groups map[estate.QuickRole][]string, err error) {
	if in, q, n, err = inNamespace(r); err != nil {
		return
	}
	if !slices.Contains(estate.QuickRoles, in.Role) {
		err = invalid("Role %s is not valid.", in.Role)
		return
	}
	groups, _, err = kernel.Need(q.Roles, at(r, "roles")...)
	return
}

func listRoleMemberships(r *kernel.Request) (any, error) {
	in, _, _, groups, err := role(r)
	if err != nil {
		return nil, err
	}
	return page(r, "MembersList", slices.Sorted(slices.Values(groups[in.Role])), in.paging)
}

func createRoleMembership(r *kernel.Request) (any, error) {
	return changeRole(r, "CreateApplicationAssignment", func(list []string, name string) []string {
		if slices.Contains(list, name) {
			return list
		}
		return append(list, name)
	})
}

func deleteRoleMembership(r *kernel.Request) (any, error) {
	return changeRole(r, "DeleteApplicationAssignment", func(list []string, name string) []string {
		return slices.DeleteFunc(list, func(s string) bool { return s == name })
	})
}

// changeRole changes a role's groups, and the application's assignments with them (idc-kms 3.7 names both actions for sign-up).
func changeRole(r *kernel.Request, assignment string, change func([]string, string) []string) (any, error) {
	in, _, n, _, err := role(r)
	if err != nil {
		return nil, err
	}
	d, err := open(r)
	if err != nil {
		return nil, err
	}
	ids, err := d.groups()
	if err == nil && ids[in.MemberName] == "" {
		err = kernel.Errorf("ResourceNotFoundException", "Group %s not found in IAM Identity Center", in.MemberName).WithStatus(404)
	}
	if err == nil && n.ApplicationARN != "" {
		err = assignGroup(r, n.ApplicationARN, ids[in.MemberName], assignment)
	}
	if err != nil {
		return nil, err
	}
	edit(r, func(q *estate.Quick) {
		kernel.Edit(&q.Roles, func(all *map[estate.QuickRole][]string) {
			kernel.EditAt(*all, in.Role, func(list *[]string) { *list = change(slices.Clone(*list), in.MemberName) })
		})
	})
	return answer(r, map[string]any{}), nil
}
