package identitystore

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

type member struct{ UserId estate.UserID }

// membershipID follows from who is in what; the estate holds no ids of memberships.
func membershipID(g estate.GroupID, u estate.UserID) string {
	return kernel.UUID("membership", string(g), string(u))
}

func (s store) membership(g estate.GroupID, u estate.UserID) map[string]any {
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "MembershipId": membershipID(g, u), "GroupId": g, "MemberId": map[string]any{"UserId": u}}
}

func (s store) members(g estate.GroupID) ([]estate.UserID, error) {
	group, ok := s.groups[g]
	if !ok {
		return nil, notFound("GROUP", string(g))
	}
	ids, _, err := kernel.Need(group.Members, "identity_center", "groups", string(g), "members")
	return ids, err
}

func listMemberships(r *kernel.Request) (any, error) {
	var in struct {
		paging
		IdentityStoreId string
		GroupId         estate.GroupID
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	ids, err := s.members(in.GroupId)
	list := []map[string]any{}
	for _, u := range ids {
		list = append(list, s.membership(in.GroupId, u))
	}
	if err != nil {
		return nil, err
	}
	return page(r, "GroupMemberships", list, in.paging)
}

func listMembershipsForMember(r *kernel.Request) (any, error) {
	var in struct {
		paging
		IdentityStoreId string
		MemberId        member
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, g := range slices.Sorted(maps.Keys(s.groups)) {
		ids, err := s.members(g)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids, in.MemberId.UserId) {
			list = append(list, s.membership(g, in.MemberId.UserId))
		}
	}
	return page(r, "GroupMemberships", list, in.paging)
}

func describeMembership(r *kernel.Request) (any, error) {
	var in struct{ IdentityStoreId, MembershipId string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	for g := range s.groups {
		ids, err := s.members(g)
		if err != nil {
			return nil, err
		}
		for _, u := range ids {
			if membershipID(g, u) == in.MembershipId {
				return s.membership(g, u), nil
			}
		}
	}
	return nil, notFound("GROUP_MEMBERSHIP", in.MembershipId)
}

func getMembershipID(r *kernel.Request) (any, error) {
	var in struct {
		IdentityStoreId string
		GroupId         estate.GroupID
		MemberId        member
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	ids, err := s.members(in.GroupId)
	if err == nil && !slices.Contains(ids, in.MemberId.UserId) {
		err = notFound("GROUP_MEMBERSHIP", string(in.MemberId.UserId))
	}
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "MembershipId": membershipID(in.GroupId, in.MemberId.UserId)}, err
}

func isMemberInGroups(r *kernel.Request) (any, error) {
	var in struct {
		IdentityStoreId string
		MemberId        member
		GroupIds        []estate.GroupID
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, err := open(r, in.IdentityStoreId)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, g := range in.GroupIds {
		ids, err := s.members(g)
		if err != nil {
			return nil, err
		}
		list = append(list, map[string]any{"GroupId": g, "MemberId": map[string]any{"UserId": in.MemberId.UserId}, "MembershipExists": slices.Contains(ids, in.MemberId.UserId)})
	}
	return map[string]any{"Results": list}, nil
}
