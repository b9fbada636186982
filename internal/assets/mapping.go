package assets

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Mapping says what is called how at the target. What it does not name keeps its name; the zero value maps everything to itself.
type Mapping struct {
	OldAccount estate.AccountID                `json:"old_account"`
	NewAccount estate.AccountID                `json:"new_account"`
	Regions    map[estate.Region]estate.Region `json:"regions,omitzero"` // of assets; a Region that is not named stays
	// Principals are users, groups and namespaces. All of them carry the identity Region, so all change with it, even those that may use
	// assets which stay where they are (quick-api 0, line 3).
	Principals map[estate.ARN]estate.ARN `json:"principals,omitzero"`
	ARNs       map[estate.ARN]estate.ARN `json:"arns,omitzero"` // anything else by its whole ARN: secrets, roles, keys
	Networks   map[string]string         `json:"networks,omitzero"`
	Buckets    map[string]string         `json:"buckets,omitzero"`
	WorkGroups map[string]string         `json:"work_groups,omitzero"` // of Athena

	// Prefix is set before the ids of what a trial import brings, and carried says what that is, by its old name. In a trial within one account
	// people stay who they are, for nobody has moved yet.
	prefix  string
	carried map[estate.AssetRef]bool
}

// Region is where the assets of a Region go.
func (m Mapping) Region(r estate.Region) estate.Region {
	if to := m.Regions[r]; to != "" {
		return to
	}
	return r
}

// Account is the account that stands for one at the target.
func (m Mapping) Account(a estate.AccountID) estate.AccountID {
	if a == m.OldAccount && m.NewAccount != "" {
		return m.NewAccount
	}
	return a
}

// Ref is an asset's name at the target.
func (m Mapping) Ref(ref estate.AssetRef) estate.AssetRef {
	to := estate.AssetRef{Region: m.Region(ref.Region), Type: ref.Type, ID: ref.ID}
	if m.prefix == "" || !m.carried[ref] {
		return to
	}
	if dataset, id, ok := strings.Cut(ref.ID, "/"); ok && ref.Type == estate.AssetRefreshSchedule {
		to.ID = m.prefix + dataset + "/" + m.prefix + id // that both get the prefix is INFERRED (quick-api 3.4: "on IDs")
		return to
	}
	to.ID = m.prefix + ref.ID
	return to
}

// leaves reports whether something of this Region and account has another name at the target.
func (m Mapping) leaves(r estate.Region, a estate.AccountID) bool {
	return m.Region(r) != r || m.Account(a) != a
}

// moves reports whether the mapping changes anything about where assets and people are.
func (m Mapping) moves() bool {
	if m.leaves("", m.OldAccount) {
		return true
	}
	for from, to := range m.Regions {
		if from != to {
			return true
		}
	}
	for from, to := range m.Principals {
		if from != to {
			return true
		}
	}
	return false
}

// exact looks a whole ARN up in what a person or Principals has given.
func (m Mapping) exact(arn estate.ARN) (estate.ARN, bool) {
	if to, ok := m.Principals[arn]; ok {
		return to, true
	}
	to, ok := m.ARNs[arn]
	return to, ok
}

// arn maps one ARN; ok is false when it should have another name at the target and no rule says which.
func (m Mapping) arn(arn estate.ARN) (to estate.ARN, ok bool) {
	if to, ok := m.exact(arn); ok {
		return to, true
	}
	p, is := arn.Split()
	if !is {
		return arn, true
	}
	region, account := estate.Region(p[3]), estate.AccountID(p[4])
	switch ref, of, asset := estate.ParseAssetARN(arn); {
	case asset && of == m.OldAccount:
		at := m.Ref(ref)
		p[3], p[4] = string(at.Region), string(m.Account(of))
		if at.ID != ref.ID {
			return at.ARN(m.Account(of)), true
		}
		return estate.ARN(strings.Join(p[:], ":")), true
	case p[2] == "quicksight" && principalType.MatchString(p[5]):
		return arn, !m.moves() || m.prefix != "" && !m.leaves("", m.OldAccount)
	case p[2] == "s3":
		bucket, _, _ := strings.Cut(p[5], "/")
		if to, ok := m.Buckets[bucket]; ok {
			p[5] = to + strings.TrimPrefix(p[5], bucket)
			return estate.ARN(strings.Join(p[:], ":")), true
		}
	}
	return arn, !m.leaves(region, account)
}

var principalType = regexp.MustCompile(`^(user|group|namespace)/`)

// Collisions are assets of one type and id that would meet in one Region: an import of the second would change the first (quick-api 3.4).
func Collisions(inv *Inventory, m Mapping) []diag.Finding {
	at := map[estate.AssetRef][]estate.AssetRef{}
	names := map[estate.AssetRef]string{}
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		to := m.Ref(ref)
		at[to], names[ref] = append(at[to], ref), item.Name
		return true
	})
	var out []diag.Finding
	for _, to := range slices.SortedFunc(maps.Keys(at), compareRefs) {
		from := at[to]
		if len(from) < 2 {
			continue
		}
		f := diag.Finding{Code: "MIG-22", Status: diag.Fail, Subject: subject(to), Owner: diag.QuickAdmin,
			Title: fmt.Sprintf("%d assets would become one: %s", len(from), Label(to, names[from[0]])),
			Cause: "they have one type and one id in Regions that are mapped to one", Fix: "map one of the Regions elsewhere, or leave one of the assets out",
			Source: []diag.Source{sheet("3.4")}}
		for _, ref := range from {
			f.Evidence = append(f.Evidence, diag.Evidence{Path: subject(ref), Seen: names[ref]})
		}
		out = append(out, f)
	}
	return out
}
