// Package identitystore is the twin's Identity Store: people, groups and memberships, readable in every Region of the Identity Center
// instance. Every reading asks KMS in the Region of the call first. It must not change anybody: provisioning belongs to a later
// version, and additional Regions are read-only in AWS too (idc-kms 1.7).
package identitystore

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// Service is the Identity Store for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "identitystore", IAM: "identitystore", Handlers: map[string]kernel.Handler{
		"ListUsers":                     listUsers,
		"DescribeUser":                  describeUser,
		"GetUserId":                     getUserID,
		"ListGroups":                    listGroups,
		"DescribeGroup":                 describeGroup,
		"GetGroupId":                    getGroupID,
		"ListGroupMemberships":          listMemberships,
		"ListGroupMembershipsForMember": listMembershipsForMember,
		"DescribeGroupMembership":       describeMembership,
		"GetGroupMembershipId":          getMembershipID,
		"IsMemberInGroups":              isMemberInGroups,
		"CreateUser":                    write, "UpdateUser": write, "DeleteUser": write,
		"CreateGroup": write, "UpdateGroup": write, "DeleteGroup": write,
		"CreateGroupMembership": write, "DeleteGroupMembership": write,
	}}
}

// reasons are the Identity Store's words for KMS's refusals (idc-kms 1.4).
var reasons = kernel.Reasons{
	"AccessDeniedException":    {Code: "AccessDeniedException", Reason: "KMS_ACCESS_DENIED"},
	"NotFoundException":        {Code: "ResourceNotFoundException", Reason: "KMS_KEY_NOT_FOUND"},
	"DisabledException":        {Code: "ValidationException", Reason: "KMS_DISABLED"},
	"KMSInvalidStateException": {Code: "ValidationException", Reason: "KMS_INVALID_STATE"},
}

// store is what the operations read: the people of the organization instance.
type store struct {
	estate.Instance
	users  map[estate.UserID]estate.User
	groups map[estate.GroupID]estate.Group
}

// open is the common beginning: the store is readable in this Region, it is the one that was named, and the key may be used.
func open(r *kernel.Request, id string) (s store, err error) {
	i, ok, err := kernel.Need(r.Estate().IdentityCenter, "identity_center")
	if err != nil {
		return s, err
	}
	s.Instance = i
	regions := map[estate.Region]estate.ReplicaState{}
	if ok && r.Region != i.PrimaryRegion {
		if regions, _, err = kernel.Need(i.Regions, "identity_center", "regions"); err != nil {
			return s, err
		}
	}
	here := ok && (r.Region == i.PrimaryRegion || regions[r.Region] == estate.RegionActive)
	if !here || id != i.IdentityStoreID && id != string(estate.IdentityStoreARN(i.Owner, i.IdentityStoreID)) {
		return s, kernel.Errorf("ResourceNotFoundException", "IDENTITY_STORE not found.").With("ResourceType", "IDENTITY_STORE").With("ResourceId", id)
	}
	context := map[string]string{"aws:identitystore:identitystore-arn": string(estate.IdentityStoreARN(i.Owner, i.IdentityStoreID))}
	if err := r.Decrypt(r.Caller.Through("identitystore"), i, context, reasons); err != nil {
		return s, err
	}
	if s.users, _, err = kernel.Need(i.Users, "identity_center", "users"); err == nil {
		s.groups, _, err = kernel.Need(i.Groups, "identity_center", "groups")
	}
	return s, err
}

// write: in an additional Region AWS refuses (INFERRED type, our wording); at the primary the twin does not model it.
func write(r *kernel.Request) (any, error) {
	var in struct{ IdentityStoreId string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	if r.Region != s.PrimaryRegion {
		return nil, kernel.Errorf("AccessDeniedException", "twin: the Identity Store is read-only in %s; its primary Region is %s", r.Region, s.PrimaryRegion)
	}
	return nil, kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model identitystore:%s at the primary Region", r.Operation).WithStatus(501)
}

type paging struct {
	NextToken  string
	MaxResults int
}

func page[T any](r *kernel.Request, member string, all []T, p paging) (any, error) {
	items, next, ok := kernel.Page(r, all, p.NextToken, p.MaxResults, 100)
	if !ok {
		return nil, kernel.Errorf("ValidationException", "The NextToken is not valid.")
	}
	out := map[string]any{member: items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func (s store) user(id estate.UserID) map[string]any {
	u := s.users[id]
	out := map[string]any{"UserId": id, "UserName": u.UserName, "DisplayName": u.DisplayName, "IdentityStoreId": s.IdentityStoreID, "UserStatus": "ENABLED",
		"Name": map[string]any{"GivenName": u.GivenName, "FamilyName": u.FamilyName}, "UserArn": "arn:aws:identitystore:::user/" + string(id), "Revision": "1"}
	if u.Email != "" {
		out["Emails"] = []map[string]any{{"Value": u.Email, "Type": "work", "Primary": true}}
	}
	return out
}

func (s store) group(id estate.GroupID) map[string]any {
	return map[string]any{"GroupId": id, "DisplayName": s.groups[id].DisplayName, "IdentityStoreId": s.IdentityStoreID,
		"GroupArn": "arn:aws:identitystore:::group/" + string(id), "Revision": "1"}
}

type filter struct{ AttributePath, AttributeValue string }

func matches(fs []filter, path, value string) bool {
	return !slices.ContainsFunc(fs, func(f filter) bool { return f.AttributePath != path || f.AttributeValue != value })
}

func listUsers(r *kernel.Request) (any, error) {
	var in struct {
		paging
		IdentityStoreId string
		Filters         []filter
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(s.users)) {
		if matches(in.Filters, "UserName", s.users[id].UserName) {
			list = append(list, s.user(id))
		}
	}
	return page(r, "Users", list, in.paging)
}

func listGroups(r *kernel.Request) (any, error) {
	var in struct {
		paging
		IdentityStoreId string
		Filters         []filter
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(s.groups)) {
		if matches(in.Filters, "DisplayName", s.groups[id].DisplayName) {
			list = append(list, s.group(id))
		}
	}
	return page(r, "Groups", list, in.paging)
}

func notFound(kind, id string) error {
	return kernel.Errorf("ResourceNotFoundException", "%s not found.", kind).With("ResourceType", kind).With("ResourceId", id)
}

func describeUser(r *kernel.Request) (any, error) {
	var in struct{ IdentityStoreId, UserId string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	id := estate.UserID(strings.TrimPrefix(in.UserId, "arn:aws:identitystore:::user/"))
	if _, ok := s.users[id]; err == nil && !ok {
		err = notFound("USER", in.UserId)
	}
	return s.user(id), err
}

func describeGroup(r *kernel.Request) (any, error) {
	var in struct{ IdentityStoreId, GroupId string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	id := estate.GroupID(strings.TrimPrefix(in.GroupId, "arn:aws:identitystore:::group/"))
	if _, ok := s.groups[id]; err == nil && !ok {
		err = notFound("GROUP", in.GroupId)
	}
	return s.group(id), err
}

type lookup struct {
	IdentityStoreId     string
	AlternateIdentifier struct {
		UniqueAttribute struct{ AttributePath, AttributeValue string }
	}
}

// getUserID finds one person by userName or emails.value. An address that several people share finds nobody (INFERRED: idc-kms 6.1).
func getUserID(r *kernel.Request) (any, error) {
	var in lookup
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	by := in.AlternateIdentifier.UniqueAttribute
	var found []estate.UserID
	for id, u := range s.users {
		if strings.EqualFold(by.AttributePath, "userName") && u.UserName == by.AttributeValue || by.AttributePath == "emails.value" && u.Email == by.AttributeValue {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return nil, notFound("USER", by.AttributeValue)
	}
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "UserId": found[0]}, nil
}

func getGroupID(r *kernel.Request) (any, error) {
	var in lookup
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	by := in.AlternateIdentifier.UniqueAttribute
	for id, g := range s.groups {
		if strings.EqualFold(by.AttributePath, "displayName") && g.DisplayName == by.AttributeValue {
			return map[string]any{"IdentityStoreId": s.IdentityStoreID, "GroupId": id}, nil
		}
	}
	return nil, notFound("GROUP", by.AttributeValue)
}
