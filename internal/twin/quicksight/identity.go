package quicksight

import (
	"errors"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// itself is Quick as a service principal, acting for the account.
func itself(r *kernel.Request) kernel.Caller {
	return kernel.ServicePrincipal("quicksight", r.Account, "")
}

// passOn words a refusal of Identity Center as Quick passes it on. For a key that cannot be used the type is INFERRED.
func passOn(err error) error {
	var e *kernel.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "AccessDeniedException":
		return denied("%s", e.Message)
	case "ValidationException":
		return unmet("%s", e.Message)
	case "ResourceNotFoundException":
		return notFound("%s", e.Message)
	}
	return err
}

// fromIdentityStore is passOn for the Identity Store: the field saw the text with the store's internal name (the runbook's second
// error).
func fromIdentityStore(r *kernel.Request, err error) error {
	var e *kernel.Error
	if !errors.As(err, &e) || e.Code != "AccessDeniedException" {
		return passOn(err)
	}
	return denied("%s (Service: Identitystoreinternal, Status Code: 400, Request ID: %s)", strings.TrimPrefix(e.Message, "Service: "), r.RequestID)
}

// register makes Quick an application of the instance, in the name of the person who signs up, with the grants that an application
// for people has (which ones is INFERRED).
func register(r *kernel.Request, instance estate.InstanceARN) (estate.ARN, error) {
	var made struct{ ApplicationArn estate.ARN }
	err := r.Call(r.Caller, "sso-admin", r.Region, "CreateApplication",
		map[string]any{"InstanceArn": instance, "ApplicationProviderArn": provider, "Name": "Amazon Quick"}, &made)
	for _, grant := range []string{"authorization_code", "refresh_token"} {
		if err == nil {
			err = r.Call(r.Caller, "sso-admin", r.Region, "PutApplicationGrant", map[string]any{"ApplicationArn": made.ApplicationArn, "GrantType": grant}, nil)
		}
	}
	return made.ApplicationArn, passOn(err)
}

// assign gives a sign-up's groups the application. Each must exist and be readable in this Region; the refusal's text is the twin's own.
func assign(r *kernel.Request, instance estate.InstanceARN, app estate.ARN, roles map[estate.QuickRole][]string) error {
	d, err := open(r, instance)
	if err != nil {
		return err
	}
	ids, err := d.groups()
	if err != nil {
		return err
	}
	for _, role := range estate.QuickRoles {
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

// assignGroup is Quick's own call to Identity Center, or the one that takes it back.
func assignGroup(r *kernel.Request, app estate.ARN, id, operation string) error {
	return passOn(r.Call(itself(r), "sso-admin", r.Region, operation, map[string]any{"ApplicationArn": app, "PrincipalId": id, "PrincipalType": "GROUP"}, nil))
}

// directory is what Quick reads from the Identity Store, always as itself.
type directory struct {
	r     *kernel.Request
	store string
}

// open finds the people of an instance: the organization's, or the account's own.
func open(r *kernel.Request, instance estate.InstanceARN) (directory, error) {
	if own, ok := r.Estate().Accounts[r.Account].AccountInstance.Get(); ok && own.ARN == instance {
		return directory{r, own.IdentityStoreID}, nil
	}
	i, ok, err := kernel.Need(r.Estate().IdentityCenter, "identity_center")
	if err == nil && !ok {
		err = notFound("The IAM Identity Center instance is not found.")
	}
	return directory{r, i.IdentityStoreID}, err
}

// listing is a page of any of the Identity Store's lists.
type listing struct {
	Groups           []struct{ GroupId, DisplayName string }
	Users            []person
	GroupMemberships []struct{ MemberId struct{ UserId string } }
	NextToken        string
}

type person struct {
	UserId, UserName string
	Emails           []struct{ Value string }
}

// list reads all pages of a list; group is empty for those that name none.
func (d directory) list(operation, group string) (all listing, err error) {
	for in := (map[string]string{"IdentityStoreId": d.store, "GroupId": group}); ; {
		var p listing
		if err := d.r.Call(itself(d.r), "identitystore", d.r.Region, operation, in, &p); err != nil {
			return all, fromIdentityStore(d.r, err)
		}
		all.Groups, all.Users = append(all.Groups, p.Groups...), append(all.Users, p.Users...)
		all.GroupMemberships = append(all.GroupMemberships, p.GroupMemberships...)
		if in["NextToken"] = p.NextToken; p.NextToken == "" {
			return all, nil
		}
	}
}

// groups are the ids of the groups by name.
func (d directory) groups() (map[string]string, error) {
	all, err := d.list("ListGroups", "")
	out := map[string]string{}
	for _, g := range all.Groups {
		out[g.DisplayName] = g.GroupId
	}
	return out, err
}

// users are the people of the roles' groups: nobody registers them (catalogue SCM-05, INFERRED to be immediate). Who is in groups of
// several roles has the highest (INFERRED); a group that is gone has no people.
func (d directory) users(roles map[estate.QuickRole][]string) (map[string]estate.QuickUser, error) {
	ids, err := d.groups()
	if err != nil {
		return nil, err
	}
	all, err := d.list("ListUsers", "")
	if err != nil {
		return nil, err
	}
	people := map[string]person{}
	for _, p := range all.Users {
		people[p.UserId] = p
	}
	out := map[string]estate.QuickUser{}
	for _, role := range []estate.QuickRole{"READER", "READER_PRO", "AUTHOR", "AUTHOR_PRO", "ADMIN", "ADMIN_PRO"} { // the highest last
		for _, name := range roles[role] {
			if ids[name] == "" {
				continue
			}
			in, err := d.list("ListGroupMemberships", ids[name])
			if err != nil {
				return nil, err
			}
			for _, m := range in.GroupMemberships {
				p := people[m.MemberId.UserId]
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
