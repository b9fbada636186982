package identitystore

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

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

// memberships are all that keep admits, by group.
func (s store) memberships(keep func(estate.GroupID, estate.UserID) bool) ([]map[string]any, error) {
	list := []map[string]any{}
	for _, g := range slices.Sorted(maps.Keys(s.groups)) {
		ids, err := s.members(g)
		if err != nil {
			return nil, err
		}
		for _, u := range ids {
			if keep(g, u) {
				list = append(list, s.membership(g, u))
			}
		}
	}
	return list, nil
}

func listMemberships(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	g := groupID(in.GroupId)
	ids, err := s.members(g)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, u := range ids {
		list = append(list, s.membership(g, u))
	}
	return page(r, "GroupMemberships", list, in)
}

func listMembershipsForMember(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	list, err := s.memberships(func(_ estate.GroupID, u estate.UserID) bool { return u == userID(in.MemberId.UserId) })
	if err != nil {
		return nil, err
	}
	return page(r, "GroupMemberships", list, in)
}

func describeMembership(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	found, err := s.memberships(func(g estate.GroupID, u estate.UserID) bool { return membershipID(g, u) == in.MembershipId })
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, notFound("GROUP_MEMBERSHIP", in.MembershipId)
	}
	return found[0], nil
}

func getMembershipID(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	g, u := groupID(in.GroupId), userID(in.MemberId.UserId)
	ids, err := s.members(g)
	if err == nil && !slices.Contains(ids, u) {
		err = notFound("GROUP_MEMBERSHIP", string(u))
	}
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "MembershipId": membershipID(g, u)}, err
}

func isMemberInGroups(r *kernel.Request) (any, error) {
	in, s, err := open(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, name := range in.GroupIds {
		ids, err := s.members(groupID(name))
		if err != nil {
			return nil, err
		}
		list = append(list, map[string]any{"GroupId": groupID(name), "MemberId": in.MemberId,
			"MembershipExists": slices.Contains(ids, userID(in.MemberId.UserId))})
	}
	return map[string]any{"Results": list}, nil
}

func createMembership(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	g, u := groupID(in.GroupId), userID(in.MemberId.UserId)
	ids, err := s.members(g)
	if err != nil {
		return nil, err
	}
	if _, ok := s.users[u]; !ok {
		return nil, notFound("USER", in.MemberId.UserId)
	}
	if slices.Contains(ids, u) {
		return nil, taken("GroupMembership")
	}
	group := s.groups[g]
	group.Members = estate.Of(append(slices.Clone(ids), u))
	return map[string]any{"IdentityStoreId": s.IdentityStoreID, "MembershipId": membershipID(g, u)}, s.putGroup(r, g, group)
}

func deleteMembership(r *kernel.Request) (any, error) {
	in, s, err := writable(r)
	if err != nil {
		return nil, err
	}
	for g, group := range s.groups {
		for _, u := range group.Members.Or(nil) {
			if membershipID(g, u) == in.MembershipId {
				group.Members = estate.Of(without(group.Members.Or(nil), u))
				return nil, s.putGroup(r, g, group)
			}
		}
	}
	return nil, notFound("GROUP_MEMBERSHIP", in.MembershipId)
}
