package desktop

import (
	"errors"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// quickUser is somebody with a role in Quick.
type quickUser struct{ UserName, Email, Role string }

// users are the people of the account's default namespace; those of Identity Center are in a group with a role.
func (d door) users() (all []quickUser, err error) {
	for in := (map[string]any{"AwsAccountId": d.Account, "Namespace": estate.DefaultNamespace}); ; {
		var p struct {
			UserList  []quickUser
			NextToken string
		}
		if err := d.call("quicksight", "ListUsers", in, &p); err != nil {
			return nil, err
		}
		all = append(all, p.UserList...)
		if in["next-token"] = p.NextToken; p.NextToken == "" {
			return all, nil
		}
	}
}

// only gives the one thing of a list for which the test holds; AWS asks for exactly one (idc-kms 5.2).
func only[T any](all []T, what string, test func(T) bool) (one T, err error) {
	found := slices.DeleteFunc(slices.Clone(all), func(t T) bool { return !test(t) })
	if len(found) != 1 {
		return one, userNotFound("%d %s", len(found), what)
	}
	return found[0], nil
}

// byAddress finds the person of an account without Identity Center: the user of Quick with exactly the token's address (DSK-14).
func (d door) byAddress(_ string, c claims) (quickUser, error) {
	address, err := c.text(estate.EmailClaim)
	if err != nil {
		return quickUser{}, err
	}
	all, err := d.users()
	if err != nil {
		return quickUser{}, err
	}
	return only(all, "users of Quick have exactly the address of the token", func(u quickUser) bool { return u.Email == address })
}

// text is a claim by its path, whose parts are separated by dots.
func (c claims) text(path string) (string, error) {
	at := any(c.all)
	for _, name := range strings.Split(path, ".") {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	value, ok := at.(string)
	if !ok || value == "" {
		return "", userNotFound("the token has no claim %s", path)
	}
	return value, nil
}

// member is a person of the Identity Store.
type member struct {
	UserId, UserName string
	Emails           []struct{ Value string }
}

// has reports whether an attribute of the person is exactly the value, capital letters included. No estate holds external ids.
func (m member) has(attribute, value string) (bool, error) {
	switch attribute {
	case "userName":
		return m.UserName == value, nil
	case estate.EmailAttribute:
		return slices.ContainsFunc(m.Emails, func(e struct{ Value string }) bool { return e.Value == value }), nil
	}
	return false, kernel.NotModelled("the Identity Store attribute " + attribute)
}

// members are the people of the account's Identity Store.
func (d door) members(store string) (all []member, err error) {
	for in := (map[string]string{"IdentityStoreId": store}); ; {
		var p struct {
			Users     []member
			NextToken string
		}
		if err := d.call("identitystore", "ListUsers", in, &p); err != nil {
			return nil, err
		}
		all = append(all, p.Users...)
		if in["NextToken"] = p.NextToken; p.NextToken == "" {
			return all, nil
		}
	}
}

// store is the id of the Identity Store of the account's instance: the organization's, or the account's own.
func (d door) store() (string, error) {
	if own, ok := d.Estate().Accounts[d.Account].AccountInstance.Get(); ok && own.ARN == d.account.InstanceARN {
		return own.IdentityStoreID, nil
	}
	i, ok, err := kernel.Need(d.Estate().IdentityCenter, "identity_center")
	if err == nil && !ok {
		err = notFound("The IAM Identity Center instance is not found.")
	}
	return i.IdentityStoreID, err
}

// assigned refuses who may not use Quick's application in Identity Center, in a world that asks for it; AWS does not say whether it
// does. The words are INFERRED.
func (d door) assigned(store string, m member) error {
	if d.Knobs().DesktopAssignment != "required" {
		return nil
	}
	app := d.account.Namespaces.Or(nil)[estate.DefaultNamespace].ApplicationARN
	for in := (map[string]any{"ApplicationArn": app}); ; {
		var p struct {
			ApplicationAssignments []struct{ PrincipalId, PrincipalType string }
			NextToken              string
		}
		if err := d.call("sso-admin", "ListApplicationAssignments", in, &p); err != nil {
			return err
		}
		for _, a := range p.ApplicationAssignments {
			if in, err := d.covers(store, a.PrincipalType, a.PrincipalId, m); in || err != nil {
				return err
			}
		}
		if in["NextToken"] = p.NextToken; p.NextToken == "" {
			return kernel.Errorf("AccessDeniedException", "You do not have access to Amazon Quick (twin: the person is not assigned to %s)", app).WithStatus(403)
		}
	}
}

// covers reports whether the person is the principal, or in it.
func (d door) covers(store, kind, principal string, m member) (bool, error) {
	if kind != "GROUP" {
		return principal == m.UserId, nil
	}
	var answer struct {
		Results []struct{ MembershipExists bool }
	}
	err := d.call("identitystore", "IsMemberInGroups", map[string]any{"IdentityStoreId": store, "MemberId": map[string]any{"UserId": m.UserId}, "GroupIds": []string{principal}}, &answer)
	var e *kernel.Error
	if errors.As(err, &e) && e.Code == "ResourceNotFoundException" {
		return false, nil // a group that is gone has nobody
	}
	return err == nil && len(answer.Results) == 1 && answer.Results[0].MembershipExists, err
}
