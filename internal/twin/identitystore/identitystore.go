// Package identitystore is the twin's Identity Store: people, groups and memberships, changed in the primary Region of the Identity
// Center instance, and readable in every Region of it, where a change shows a little later (times: idc_change_visible). Every call
// asks KMS in its Region first. It must not provision anybody by itself: a world or a client brings people and groups.
package identitystore

import (
	"encoding/json"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// eventVisible is when the other Regions see a change. Subject: instance ARN; Data: what they see until then, a past.
const eventVisible = "identitystore/change-visible"

// Service is the Identity Store for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "identitystore", IAM: "identitystore", Resource: resource, Handlers: map[string]kernel.Handler{
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
		"CreateUser":                    createUser,
		"UpdateUser":                    updateUser,
		"DeleteUser":                    deleteUser,
		"CreateGroup":                   createGroup,
		"UpdateGroup":                   updateGroup,
		"DeleteGroup":                   deleteGroup,
		"CreateGroupMembership":         createMembership,
		"DeleteGroupMembership":         deleteMembership,
	}, Events: map[string]kernel.EventHandler{
		eventVisible: func(*kernel.Request, kernel.Event) error { return nil },
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
	UserName, DisplayName, Revision string
	Name                            struct{ GivenName, FamilyName string }
	Emails                          []email
	Operations                      []struct {
		AttributePath  string
		AttributeValue json.RawMessage
	}

	NextToken  string
	MaxResults int
}

type email struct{ Value string }

type attribute struct{ AttributePath, AttributeValue string }

const (
	userARN  = "arn:aws:identitystore:::user/"
	groupARN = "arn:aws:identitystore:::group/"
)

func userID(name string) estate.UserID   { return estate.UserID(strings.TrimPrefix(name, userARN)) }
func groupID(name string) estate.GroupID { return estate.GroupID(strings.TrimPrefix(name, groupARN)) }

// reasons are the Identity Store's words for KMS's refusals (idc-kms 1.4).
var reasons = kernel.Reasons{
	"AccessDeniedException":    {Code: "AccessDeniedException", Reason: "KMS_ACCESS_DENIED"},
	"NotFoundException":        {Code: "ResourceNotFoundException", Reason: "KMS_KEY_NOT_FOUND"},
	"DisabledException":        {Code: "ValidationException", Reason: "KMS_DISABLED"},
	"KMSInvalidStateException": {Code: "ValidationException", Reason: "KMS_INVALID_STATE"},
	"InvalidKeyUsageException": {Code: "ValidationException", Reason: "KMS_INVALID_KEY_USAGE"},
}

func notFound(kind, id string) error {
	return kernel.Errorf("ResourceNotFoundException", "%s not found.", kind).With("ResourceType", kind).With("ResourceId", id)
}

// taken is worded as a public imitation of AWS words it (idc-kms 6.2, INFERRED of AWS).
func taken(what string) error {
	return kernel.Errorf("ConflictException", "Duplicate %s", what).With("Reason", "UNIQUENESS_CONSTRAINT_VIOLATION")
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

// resource is the store that a call names. AWS asks about the people and groups in it as well; the twin does not.
func resource(r *kernel.Request) string {
	var in struct{ IdentityStoreId string }
	if r.Decode(&in) != nil {
		return "*" // the handler refuses it
	}
	if i, ok := r.Estate().IdentityCenter.Get(); ok && i.IdentityStoreID == in.IdentityStoreId {
		return string(estate.IdentityStoreARN(i.Owner, in.IdentityStoreId))
	}
	return string(estate.IdentityStoreARN(r.Account, in.IdentityStoreId))
}
