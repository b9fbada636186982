package quicksight

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// itself is Quick as a service principal, acting for the account.
func itself(r *kernel.Request) kernel.Caller {
	return kernel.ServicePrincipal("quicksight", r.Account, "")
}

// register makes Quick an application of the instance, as the person who signs up.
func register(r *kernel.Request, instance estate.InstanceARN) (estate.ARN, error) {
	var made struct{ ApplicationArn estate.ARN }
	err := r.Call(r.Caller, "sso-admin", r.Region, "CreateApplication", map[string]any{"InstanceArn": instance, "ApplicationProviderArn": provider, "Name": "Amazon Quick"}, &made)
	return made.ApplicationArn, fromIdentityCenter(err)
}

// fromIdentityCenter words a refusal of Identity Center as Quick passes it on.
func fromIdentityCenter(err error) error {
	e, ok := err.(*kernel.Error)
	if !ok || e.Code != "AccessDeniedException" {
		return err
	}
	return kernel.Errorf(e.Code, "%s", e.Message).WithStatus(401)
}

// fromIdentityStore words a refusal of the Identity Store as Quick passes it on (the runbook's second error).
func fromIdentityStore(r *kernel.Request, err error) error {
	e, ok := err.(*kernel.Error)
	if !ok || e.Code != "AccessDeniedException" {
		return err
	}
	return kernel.Errorf(e.Code, "%s (Service: Identitystoreinternal, Status Code: 400, Request ID: %s)", strings.TrimPrefix(e.Message, "Service: "), r.RequestID).WithStatus(401)
}

// directory is what Quick reads from the Identity Store, always as itself.
type directory struct {
	r     *kernel.Request
	store string
}

func open(r *kernel.Request) (directory, error) {
	i, ok, err := kernel.Need(r.Estate().IdentityCenter, "identity_center")
	if err == nil && !ok {
		err = kernel.Errorf("ResourceNotFoundException", "The IAM Identity Center instance is not found.").WithStatus(404)
	}
	return directory{r, i.IdentityStoreID}, err
}

// list reads all pages of an Identity Store list into into, a function that takes one page.
func list[T any](d directory, operation, member string, in map[string]any) (out []T, err error) {
	in["IdentityStoreId"] = d.store
	for token := ""; ; {
		if token != "" {
			in["NextToken"] = token
		}
		page := map[string]any{}
		if err := d.r.Call(itself(d.r), "identitystore", d.r.Region, operation, in, &page); err != nil {
			return nil, fromIdentityStore(d.r, err)
		}
		items, err := convert[[]T](page[member])
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
		if token, _ = page["NextToken"].(string); token == "" {
			return out, nil
		}
	}
}

type group struct{ GroupId, DisplayName string }

// groups are the groups by name.
func (d directory) groups() (map[string]string, error) {
	all, err := list[group](d, "ListGroups", "Groups", map[string]any{})
	out := map[string]string{}
	for _, g := range all {
		out[g.DisplayName] = g.GroupId
	}
	return out, err
}

type person struct {
	UserId, UserName string
	Emails           []struct{ Value string }
}

// users are the people of the roles' groups: nobody registers them (catalogue SCM-05, INFERRED to be immediate). Who is in groups of
// several roles gets the highest.
func (d directory) users(roles map[estate.QuickRole][]string) (map[string]estate.QuickUser, error) {
	ids, err := d.groups()
	if err != nil {
		return nil, err
	}
	people, err := list[person](d, "ListUsers", "Users", map[string]any{})
	if err != nil {
		return nil, err
	}
	byID := map[string]person{}
	for _, p := range people {
		byID[p.UserId] = p
	}
	out := map[string]estate.QuickUser{}
	for _, role := range []estate.QuickRole{"READER", "READER_PRO", "AUTHOR", "AUTHOR_PRO", "ADMIN", "ADMIN_PRO"} {
		for _, name := range roles[role] {
			members, err := list[struct{ MemberId struct{ UserId string } }](d, "ListGroupMemberships", "GroupMemberships", map[string]any{"GroupId": ids[name]})
			if err != nil {
				return nil, err
			}
			for _, m := range members {
				p := byID[m.MemberId.UserId]
				u := estate.QuickUser{Role: string(role), IdentityType: estate.AuthIdentityCenter, Active: true}
				if len(p.Emails) > 0 {
					u.Email = p.Emails[0].Value
				}
				out[p.UserName] = u
			}
		}
	}
	return out, nil
}

// assign reads the groups of the sign-up and gives them the application. A group that does not exist fails the sign-up.
func assign(r *kernel.Request, app estate.ARN, roles map[estate.QuickRole][]string) error {
	d, err := open(r)
	if err != nil {
		return err
	}
	ids, err := d.groups()
	if err != nil {
		return err
	}
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		for _, name := range roles[role] {
			if ids[name] == "" {
				return invalid("The group %s does not exist in IAM Identity Center.", name)
			}
			if err := assignGroup(r, app, ids[name], "CreateApplicationAssignment"); err != nil {
				return err
			}
		}
	}
	return nil
}

func assignGroup(r *kernel.Request, app estate.ARN, id, operation string) error {
	return fromIdentityCenter(r.Call(itself(r), "sso-admin", r.Region, operation, map[string]any{"ApplicationArn": app, "PrincipalId": id, "PrincipalType": "GROUP"}, nil))
}
