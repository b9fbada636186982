package identitystore

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

func (s store) user(id estate.UserID) map[string]any {
	u := s.users[id]
	out := map[string]any{"UserId": id, "UserName": u.UserName, "DisplayName": u.DisplayName, "IdentityStoreId": s.IdentityStoreID, "UserStatus": "ENABLED",
		"Name": map[string]any{"GivenName": u.GivenName, "FamilyName": u.FamilyName}, "UserArn": userARN + id, "Revision": revision}
	if u.Email != "" {
		out["Emails"] = []map[string]any{{"Value": u.Email, "Type": "work", "Primary": true}}
	}
	return out
}

func (s store) group(id estate.GroupID) map[string]any {
	return map[string]any{"GroupId": id, "DisplayName": s.groups[id].DisplayName, "IdentityStoreId": s.IdentityStoreID,
		"GroupArn": groupARN + id, "Revision": revision}
}

// matches applies a list's filters, which know one attribute and compare exactly (idc-kms 6.1).
func (in input) matches(path, value string) (bool, error) {
	for _, f := range in.Filters {
		if f.AttributePath != path {
			return false, invalid("The attribute path %s is not supported in a filter.", f.AttributePath)
		}
		if f.AttributeValue != value {
			return false, nil
		}
	}
	return true, nil
}

func listUsers(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(s.users)) {
		ok, err := in.matches("UserName", s.users[id].UserName)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, s.user(id))
		}
	}
	return page(r, "Users", list, in)
}

func listGroups(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(s.groups)) {
		ok, err := in.matches("DisplayName", s.groups[id].DisplayName)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, s.group(id))
		}
	}
	return page(r, "Groups", list, in)
}

func describeUser(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	id := userID(in.UserId)
	if _, ok := s.users[id]; err == nil && !ok {
		err = notFound("USER", in.UserId)
	}
	return s.user(id), err
}

func describeGroup(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	id := groupID(in.GroupId)
	if _, ok := s.groups[id]; err == nil && !ok {
		err = notFound("GROUP", in.GroupId)
	}
	return s.group(id), err
}

// unique is the attribute that a lookup names; the estate holds no external ids.
func (in input) unique(kind string) (path, value string, err error) {
	by := in.AlternateIdentifier
	if by.ExternalId != nil {
		return "", "", kernel.DoesNotKnow("identity_center", kind, "external_ids")
	}
	return by.UniqueAttribute.AttributePath, by.UniqueAttribute.AttributeValue, nil
}

// getUserID finds one person. An address that several people share finds nobody, and user names are compared without case (both
// INFERRED, idc-kms 6.1).
func getUserID(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	path, value, err := in.unique("users")
	var same func(estate.User) bool
	switch strings.ToLower(path) {
	case "username":
		same = func(u estate.User) bool { return strings.EqualFold(u.UserName, value) }
	case "emails.value":
		same = func(u estate.User) bool { return u.Email == value }
	default:
		if err == nil {
			err = notUnique(path)
		}
		return nil, err
	}
	var found []estate.UserID
	for id, u := range s.users {
		if same(u) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return nil, notFound("USER", value)
	}
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "UserId": found[0]}, nil
}

// getGroupID finds one group by its name.
func getGroupID(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	path, value, err := in.unique("groups")
	if err == nil && !strings.EqualFold(path, "displayName") {
		err = notUnique(path)
	}
	if err != nil {
		return nil, err
	}
	for id, g := range s.groups {
		if g.DisplayName == value {
			return map[string]any{"IdentityStoreId": s.IdentityStoreID, "GroupId": id}, nil
		}
	}
	return nil, notFound("GROUP", value)
}

// notUnique is worded as a public imitation of AWS words it (idc-kms 6.2, INFERRED of AWS).
func notUnique(path string) error { return invalid("The attribute %s is not a unique attribute", path) }
