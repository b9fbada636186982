// Package identitystore is the twin's Identity Store: people, groups and memberships, readable in every Region of the Identity Center
// instance. Every call asks KMS in its Region first. It must not change anybody: provisioning belongs to a later version, and
// additional Regions are read-only in AWS too (idc-kms 1.7).
package identitystore

import (
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

// input holds the members of all operations. Ids may come as ARNs (idc-kms 6.1).
type input struct {
	IdentityStoreId, UserId, GroupId, MembershipId string
	MemberId                                       struct{ UserId string }
	GroupIds                                       []string
	Filters                                        []attribute
	AlternateIdentifier                            struct {
		ExternalId      *struct{}
		UniqueAttribute attribute
	}
	NextToken  string
	MaxResults int
}

type attribute struct{ AttributePath, AttributeValue string }

const (
	userARN  = "arn:aws:identitystore:::user/"
	groupARN = "arn:aws:identitystore:::group/"
)

func userID(name string) estate.UserID   { return estate.UserID(strings.TrimPrefix(name, userARN)) }
func groupID(name string) estate.GroupID { return estate.GroupID(strings.TrimPrefix(name, groupARN)) }

// store is what the operations read: the people of the organization instance.
type store struct {
	estate.Instance
	users  map[estate.UserID]estate.User
	groups map[estate.GroupID]estate.Group
}

// open is the common beginning: the store is readable in this Region, it is the one that was named, and the key may be used.
func open(r *kernel.Request) (in input, s store, err error) {
	if err = r.Decode(&in); err != nil {
		return in, s, err
	}
	i, here, err := hosted(r)
	if err != nil {
		return in, s, err
	}
	arn := string(estate.IdentityStoreARN(i.Owner, i.IdentityStoreID))
	if !here || in.IdentityStoreId != i.IdentityStoreID && in.IdentityStoreId != arn {
		return in, s, notFound("IDENTITY_STORE", in.IdentityStoreId)
	}
	if err = r.Decrypt(r.Caller.Through("identitystore"), i, map[string]string{"aws:identitystore:identitystore-arn": arn}, reasons); err != nil {
		return in, s, err
	}
	s.Instance = i
	if s.users, _, err = kernel.Need(i.Users, "identity_center", "users"); err == nil {
		s.groups, _, err = kernel.Need(i.Groups, "identity_center", "groups")
	}
	return in, s, err
}

// hosted gives the instance, and whether this Region hosts it: the primary and every Region that is ACTIVE.
func hosted(r *kernel.Request) (i estate.Instance, here bool, err error) {
	i, here, err = kernel.Need(r.Estate().IdentityCenter, "identity_center")
	if err != nil || !here || r.Region == i.PrimaryRegion {
		return i, here, err
	}
	regions, _, err := kernel.Need(i.Regions, "identity_center", "regions")
	return i, regions[r.Region] == estate.RegionActive, err
}

// reasons are the Identity Store's words for KMS's refusals (idc-kms 1.4).
var reasons = kernel.Reasons{
	"AccessDeniedException":    {Code: "AccessDeniedException", Reason: "KMS_ACCESS_DENIED"},
	"NotFoundException":        {Code: "ResourceNotFoundException", Reason: "KMS_KEY_NOT_FOUND"},
	"DisabledException":        {Code: "ValidationException", Reason: "KMS_DISABLED"},
	"KMSInvalidStateException": {Code: "ValidationException", Reason: "KMS_INVALID_STATE"},
}

func notFound(kind, id string) error {
	return kernel.Errorf("ResourceNotFoundException", "%s not found.", kind).With("ResourceType", kind).With("ResourceId", id)
}

func invalid(format string, args ...any) error {
	return kernel.Errorf("ValidationException", format, args...)
}

func page[T any](r *kernel.Request, member string, all []T, in input) (any, error) {
	items, next, ok := kernel.Page(r, all, in.NextToken, in.MaxResults, 100)
	if !ok {
		return nil, invalid("The NextToken is not valid.")
	}
	out := map[string]any{member: items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// write: AWS refuses it in an additional Region (INFERRED type, the twin's own wording); at the primary the twin does not model it.
func write(r *kernel.Request) (any, error) {
	_, s, err := open(r)
	if err != nil {
		return nil, err
	}
	if r.Region != s.PrimaryRegion {
		return nil, kernel.Errorf("AccessDeniedException", "twin: the Identity Store is read-only in %s; its primary Region is %s", r.Region, s.PrimaryRegion)
	}
	return nil, kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model identitystore:%s at the primary Region", r.Operation).WithStatus(501)
}
