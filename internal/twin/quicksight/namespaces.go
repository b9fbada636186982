package quicksight

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// input holds the members of the operations on namespaces and the people in them.
type input struct {
	paging
	AwsAccountId                               estate.AccountID
	Namespace, UserName, GroupName, MemberName string
	Role                                       estate.QuickRole
}

// space is a namespace of the account.
type space struct {
	estate.Namespace
	name    string
	account estate.Quick
}

// inNamespace is the beginning of calls about one namespace.
func inNamespace(r *kernel.Request) (in input, n space, err error) {
	if err = r.Decode(&in); err != nil {
		return in, n, err
	}
	if n.account, err = account(r, in.AwsAccountId); err != nil {
		return in, n, err
	}
	all, _, err := kernel.Need(n.account.Namespaces, at(r, "namespaces")...)
	ok := false
	if n.Namespace, ok = all[in.Namespace]; err == nil && !ok {
		err = notFound("Namespace %s not found in account %s", in.Namespace, r.Account)
	}
	n.name = in.Namespace
	return in, n, err
}

// identity names something that belongs to the identity Region (quick-api 2).
func (n space) identity(r *kernel.Request, format string, args ...any) estate.ARN {
	return arn(r, n.account.IdentityRegion.Or(r.Region), format, args...)
}

// edit changes the namespace in the state.
func (n space) edit(r *kernel.Request, change func(*estate.Namespace)) {
	edit(r, func(q *estate.Quick) {
		kernel.Edit(&q.Namespaces, func(all *map[string]estate.Namespace) { kernel.EditAt(*all, n.name, change) })
	})
}

func (n space) show(r *kernel.Request) map[string]any {
	out := map[string]any{"Name": n.name, "Arn": n.identity(r, "namespace/%s", n.name), "CapacityRegion": n.CapacityRegion,
		"CreationStatus": n.Status, "IdentityStore": n.IdentityStore}
	if n.ApplicationARN != "" {
		out["IamIdentityCenterApplicationArn"], out["IamIdentityCenterInstanceArn"] = n.ApplicationARN, n.InstanceARN
	}
	return out
}

func listNamespaces(r *kernel.Request) (any, error) {
	var in input
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := account(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	all, _, err := kernel.Need(q.Namespaces, at(r, "namespaces")...)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, space{all[name], name, q}.show(r))
	}
	return page(r, "Namespaces", list, in.paging)
}

func describeNamespace(r *kernel.Request) (any, error) {
	_, n, err := inNamespace(r)
	if err != nil {
		return nil, err
	}
	return answer(r, map[string]any{"Namespace": n.show(r)}), nil
}

// deleteNamespace takes users and groups along and leaves assets (quick-api 1.6). It is done at once; AWS takes a while. That the
// default one is refused, and how, is INFERRED.
func deleteNamespace(r *kernel.Request) (any, error) {
	_, n, err := inNamespace(r)
	if err == nil && n.name == estate.DefaultNamespace {
		err = invalid("The default namespace cannot be deleted.")
	}
	if err != nil {
		return nil, err
	}
	edit(r, func(q *estate.Quick) {
		kernel.Edit(&q.Namespaces, func(all *map[string]estate.Namespace) { delete(*all, n.name) })
	})
	return answer(r, map[string]any{}), nil
}
