package identitystore

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// revision is that of every user and group: the estate counts none (INFERRED that the first is 1).
const revision = "1"

// newID derives the id of something new: the first that nothing has.
func newID[K ~string, V any](s store, kind, name string, all map[K]V) K {
	for n := 1; ; n++ {
		id := K(kernel.UUID(kind+" "+strconv.Itoa(n), s.IdentityStoreID, name))
		if _, taken := all[id]; !taken {
			return id
		}
	}
}

// reserved names are refused (idc-kms 6.1; the text is the twin's own).
func reserved(name string) bool { return name == "Administrator" || name == "AWSAdministrators" }

// checkUser refuses a user who could not be (idc-kms 6.1). That names differ by more than their case is INFERRED there. Texts of the
// missing attributes are those of a public imitation of AWS (idc-kms 6.2).
func (s store) checkUser(id estate.UserID, u estate.User) error {
	for _, required := range []struct{ value, text string }{
		{u.UserName, "userName is a required attribute"}, {u.DisplayName, "displayname: The attribute displayname is required"},
		{u.GivenName, "givenname: The attribute givenname is required"}, {u.FamilyName, "familyname: The attribute familyname is required"},
	} {
		if required.value == "" {
			return invalid("%s", required.text)
		}
	}
	if len(u.UserName) > 128 || reserved(u.UserName) {
		return invalid("The user name %q is not valid.", u.UserName)
	}
	for other, o := range s.users {
		if other != id && strings.EqualFold(o.UserName, u.UserName) {
			return taken("UserName")
		}
	}
	return nil
}

func (s store) userAnswer(id estate.UserID) map[string]any {
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "UserId": id, "UserArn": userARN + id, "Revision": revision}
}

func createUser(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	u := estate.User{UserName: in.UserName, DisplayName: in.DisplayName, GivenName: in.Name.GivenName, FamilyName: in.Name.FamilyName}
	if len(in.Emails) > 0 {
		u.Email = in.Emails[0].Value
	}
	id := newID(s, "user", in.UserName, s.users)
	if err := s.checkUser(id, u); err != nil {
		return nil, err
	}
	return s.userAnswer(id), s.putUser(r, id, u)
}

func (s store) putUser(r *kernel.Request, id estate.UserID, u estate.User) error {
	users := maps.Clone(s.users)
	if users == nil {
		users = map[estate.UserID]estate.User{}
	}
	users[id] = u
	return s.commit(r, users, s.groups)
}

// updateUser sets names and the address; the estate holds nothing else of a person.
func updateUser(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	id := userID(in.UserId)
	u, ok := s.users[id]
	if !ok {
		return nil, notFound("USER", in.UserId)
	}
	for _, o := range in.Operations {
		member, ok := map[string]*string{"username": &u.UserName, "displayname": &u.DisplayName, "name.givenname": &u.GivenName,
			"name.familyname": &u.FamilyName, "emails": &u.Email}[strings.ToLower(o.AttributePath)]
		switch {
		case !ok:
			err = kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model the attribute %s", o.AttributePath).WithStatus(501)
		case member == &u.Email:
			u.Email, err = address(o.AttributeValue)
		default:
			*member, err = text(o.AttributeValue)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.checkUser(id, u); err != nil {
		return nil, err
	}
	return s.userAnswer(id), s.putUser(r, id, u)
}

// text is the string of an attribute's value; absent and null delete the attribute.
func text(value json.RawMessage) (string, error) {
	var s *string
	if len(value) > 0 {
		if err := json.Unmarshal(value, &s); err != nil {
			return "", invalid("The attribute's value must be a string.")
		}
	}
	if s == nil {
		return "", nil
	}
	return *s, nil
}

// address is the first of a list of addresses.
func address(value json.RawMessage) (string, error) {
	var list []map[string]any
	if len(value) > 0 && json.Unmarshal(value, &list) != nil {
		return "", invalid("The value of emails must be a list.")
	}
	if len(list) == 0 {
		return "", nil
	}
	for name, v := range list[0] {
		if s, ok := v.(string); ok && strings.EqualFold(name, "value") {
			return s, nil
		}
	}
	return "", nil
}

// deleteUser takes the memberships along; assignments keep the id (idc-kms 6.1, INFERRED there). A group that nobody looked into
// stays unknown.
func deleteUser(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	id := userID(in.UserId)
	if _, ok := s.users[id]; !ok {
		return nil, notFound("USER", in.UserId)
	}
	users, groups := maps.Clone(s.users), maps.Clone(s.groups)
	delete(users, id)
	for g, group := range groups {
		if members, ok := group.Members.Get(); ok && slices.Contains(members, id) {
			group.Members = estate.Of(without(members, id))
			groups[g] = group
		}
	}
	return nil, s.commit(r, users, groups)
}

func without(list []estate.UserID, id estate.UserID) []estate.UserID {
	return slices.DeleteFunc(slices.Clone(list), func(u estate.UserID) bool { return u == id })
}

// checkGroup refuses a group that could not be; names are compared exactly (INFERRED).
func (s store) checkGroup(id estate.GroupID, name string) error {
	if name == "" || len(name) > 1024 || reserved(name) {
		return invalid("The group name %q is not valid.", name)
	}
	for other, g := range s.groups {
		if other != id && g.DisplayName == name {
			return taken("GroupDisplayName")
		}
	}
	return nil
}

func (s store) groupAnswer(id estate.GroupID) map[string]any {
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "GroupId": id, "GroupArn": groupARN + id, "Revision": revision}
}

func (s store) putGroup(r *kernel.Request, id estate.GroupID, g estate.Group) error {
	groups := maps.Clone(s.groups)
	if groups == nil {
		groups = map[estate.GroupID]estate.Group{}
	}
	groups[id] = g
	return s.commit(r, s.users, groups)
}

func createGroup(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	id := newID(s, "group", in.DisplayName, s.groups)
	if err := s.checkGroup(id, in.DisplayName); err != nil {
		return nil, err
	}
	return s.groupAnswer(id), s.putGroup(r, id, estate.Group{DisplayName: in.DisplayName, Members: estate.Of([]estate.UserID{})})
}

// updateGroup renames; the estate holds nothing else of a group.
func updateGroup(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	id := groupID(in.GroupId)
	g, ok := s.groups[id]
	if !ok {
		return nil, notFound("GROUP", in.GroupId)
	}
	for _, o := range in.Operations {
		if !strings.EqualFold(o.AttributePath, "displayName") {
			return nil, kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model the attribute %s", o.AttributePath).WithStatus(501)
		}
		if g.DisplayName, err = text(o.AttributeValue); err != nil {
			return nil, err
		}
	}
	if err := s.checkGroup(id, g.DisplayName); err != nil {
		return nil, err
	}
	return s.groupAnswer(id), s.putGroup(r, id, g)
}

func deleteGroup(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	id := groupID(in.GroupId)
	if _, ok := s.groups[id]; !ok {
		return nil, notFound("GROUP", in.GroupId)
	}
	groups := maps.Clone(s.groups)
	delete(groups, id)
	return nil, s.commit(r, s.users, groups)
}
