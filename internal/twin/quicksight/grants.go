package quicksight

import (
	"encoding/json"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// actionSet is a whole set of actions that one principal can have: all of needs, and any of may.
type actionSet struct{ needs, may string }

// actionSets are what Quick accepts for each kind; nothing between them is accepted (quick-api 4.1). Which actions newer accounts may
// add to a dataset's sets is INFERRED.
var actionSets = map[estate.AssetType][]actionSet{
	estate.AssetDataSource: {
		{needs: "DescribeDataSource DescribeDataSourcePermissions PassDataSource"},
		{needs: "DescribeDataSource DescribeDataSourcePermissions PassDataSource UpdateDataSource DeleteDataSource UpdateDataSourcePermissions"}},
	estate.AssetDataSet: {
		{needs: "DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions",
			may: "DescribeRefreshSchedule ListRefreshSchedules DescribeDataSetRefreshProperties"},
		{needs: "DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions UpdateDataSet DeleteDataSet CreateIngestion CancelIngestion UpdateDataSetPermissions",
			may: "CreateRefreshSchedule UpdateRefreshSchedule DeleteRefreshSchedule DescribeRefreshSchedule ListRefreshSchedules PutDataSetRefreshProperties DescribeDataSetRefreshProperties DeleteDataSetRefreshProperties"}},
	estate.AssetAnalysis: {
		{needs: "DescribeAnalysis QueryAnalysis"}, // INFERRED
		{needs: "RestoreAnalysis UpdateAnalysisPermissions DeleteAnalysis QueryAnalysis DescribeAnalysisPermissions DescribeAnalysis UpdateAnalysis"}},
	estate.AssetDashboard: {
		{needs: "DescribeDashboard ListDashboardVersions QueryDashboard"},
		{needs: "DescribeDashboard ListDashboardVersions QueryDashboard UpdateDashboard DeleteDashboard DescribeDashboardPermissions UpdateDashboardPermissions UpdateDashboardPublishedVersion",
			may: "UpdateDashboardLinks"}},
	estate.AssetTheme: {
		{needs: "DescribeTheme DescribeThemeAlias ListThemeAliases ListThemeVersions"},
		{needs: "DescribeTheme DescribeThemeAlias ListThemeAliases ListThemeVersions DeleteTheme UpdateTheme CreateThemeAlias DeleteThemeAlias UpdateThemeAlias UpdateThemePermissions DescribeThemePermissions"}},
	estate.AssetFolder: {
		{needs: "DescribeFolder"},
		{needs: "CreateFolder DescribeFolder UpdateFolder DeleteFolder CreateFolderMembership DeleteFolderMembership DescribeFolderPermissions UpdateFolderPermissions"}},
}

// accepts reports whether the actions, with their prefix, are the set.
func (s actionSet) accepts(actions []string) bool {
	needs, may := strings.Fields(s.needs), strings.Fields(s.may)
	for _, a := range actions {
		name, ok := strings.CutPrefix(a, "quicksight:")
		if !ok || !slices.Contains(needs, name) && !slices.Contains(may, name) {
			return false
		}
	}
	return !slices.ContainsFunc(needs, func(n string) bool { return !slices.Contains(actions, "quicksight:"+n) })
}

// wholeSet refuses what is no whole set of actions. The words are those that Quick has for agents (quick-api 4.1), INFERRED for others.
func wholeSet(kind estate.AssetType, actions []string) error {
	if slices.ContainsFunc(actionSets[kind], func(s actionSet) bool { return s.accepts(actions) }) {
		return nil
	}
	return invalid("The list of actions %s is not valid", "["+strings.Join(actions, ", ")+"]")
}

// owners are the actions of an owner.
func owners(kind estate.AssetType) []string {
	sets := actionSets[kind]
	if len(sets) == 0 {
		return nil
	}
	var out []string
	for _, n := range strings.Fields(sets[len(sets)-1].needs) {
		out = append(out, "quicksight:"+n)
	}
	return slices.Sorted(slices.Values(out))
}

// permission is a grant as the API writes it.
type permission struct {
	Principal estate.ARN
	Actions   []string
}

func (c about) permissions(name string) (list []permission, err error) {
	if c.in[name] == nil {
		return nil, nil
	}
	if err := json.Unmarshal(c.in[name], &list); err != nil {
		return nil, kernel.Errorf("SerializationException", "%v", err)
	}
	limit := 100 // quick-api 4.1
	if c.kind == estate.AssetDataSource || c.kind == estate.AssetDataSet || c.kind == estate.AssetFolder {
		limit = 64
	}
	if len(list) > limit {
		return nil, invalid("%s has %d entries; at most %d are allowed.", name, len(list), limit)
	}
	return list, nil
}

// granted is what the grants are once some are revoked and some given. Revoking comes first (INFERRED), and what is left to a principal
// has to be a whole set again.
func granted(kind estate.AssetType, before []estate.AssetGrant, revoke, grant []permission) ([]estate.AssetGrant, error) {
	now := map[estate.ARN][]string{}
	for _, g := range before {
		now[g.Principal] = g.Actions
	}
	for _, p := range revoke {
		now[p.Principal] = slices.DeleteFunc(slices.Clone(now[p.Principal]), func(a string) bool { return slices.Contains(p.Actions, a) })
	}
	for _, p := range grant {
		now[p.Principal] = slices.Compact(slices.Sorted(slices.Values(p.Actions)))
	}
	var out []estate.AssetGrant
	for principal, actions := range now {
		if len(actions) == 0 {
			continue
		}
		if err := wholeSet(kind, actions); err != nil {
			return nil, err
		}
		out = append(out, estate.AssetGrant{Principal: principal, Actions: actions})
	}
	return slices.SortedFunc(slices.Values(out), func(a, b estate.AssetGrant) int { return strings.Compare(string(a.Principal), string(b.Principal)) }), nil
}

func showGrants(grants []estate.AssetGrant) []permission {
	out := []permission{}
	for _, g := range grants {
		out = append(out, permission{g.Principal, g.Actions})
	}
	return out
}

func (c about) showPermissions() any {
	out := map[string]any{"Permissions": showGrants(c.asset.Permissions), c.assetKind.id: c.id, c.arn: c.name()}
	if c.link {
		if all, err := contentOf(c.Request, c.asset); err == nil && member(all, "linkSharingConfiguration") != nil {
			out["LinkSharingConfiguration"] = rename(member(all, "linkSharingConfiguration"), onWire)
		}
	}
	return answer(c.Request, out)
}

// describePermissions gives all grants at once; of folders AWS gives them in pages.
func describePermissions(k assetKind) kernel.Handler {
	return func(r *kernel.Request) (any, error) {
		c, err := k.find(r)
		if err != nil {
			return nil, err
		}
		return c.showPermissions(), nil
	}
}

// updatePermissions takes whole sets of actions only, and one principal that is not there refuses the whole call (quick-api 4.1).
func updatePermissions(k assetKind) kernel.Handler {
	return func(r *kernel.Request) (any, error) {
		c, err := k.find(r)
		if err != nil {
			return nil, err
		}
		grant, err := c.permissions("GrantPermissions")
		if err != nil {
			return nil, err
		}
		revoke, err := c.permissions("RevokePermissions")
		if err != nil {
			return nil, err
		}
		who := newPrincipals(r, c.quick)
		for _, p := range grant {
			if err := who.check(p.Principal); err != nil {
				return nil, err
			}
			if err := wholeSet(k.kind, p.Actions); err != nil {
				return nil, err
			}
		}
		grants, err := granted(k.kind, c.asset.Permissions, revoke, grant)
		if err != nil {
			return nil, err
		}
		c.asset.Permissions = grants
		if k.link {
			if c.asset, err = c.shareByLink(who); err != nil {
				return nil, err
			}
		}
		r.Assets().Put(c.asset)
		return c.showPermissions(), nil
	}
}

// shareByLink changes what everybody of a namespace may do with a dashboard whose link they have (quick-api 4.1).
func (c about) shareByLink(who *principals) (estate.Asset, error) {
	grant, err := c.permissions("GrantLinkPermissions")
	if err != nil || len(grant) == 0 && c.in["RevokeLinkPermissions"] == nil {
		return c.asset, err
	}
	revoke, err := c.permissions("RevokeLinkPermissions")
	if err != nil {
		return c.asset, err
	}
	all, err := contentOf(c.Request, c.asset)
	if err != nil {
		return c.asset, err
	}
	for _, p := range grant {
		if err := who.check(p.Principal); err != nil {
			return c.asset, err
		}
	}
	grants, err := granted(c.kind, grantsIn(object(all, "linkSharingConfiguration")), revoke, grant)
	if err != nil {
		return c.asset, err
	}
	if delete(all, "linkSharingConfiguration"); len(grants) > 0 {
		all["linkSharingConfiguration"] = map[string]any{"permissions": bundledGrants(grants)}
	}
	c.asset.Content, err = written(all)
	return c.asset, err
}

// grantsIn reads the member permissions as a bundle writes it.
func grantsIn(c content) []estate.AssetGrant {
	list, _ := member(c, "permissions").([]any)
	var out []estate.AssetGrant
	for _, e := range list {
		one, _ := e.(map[string]any)
		g := estate.AssetGrant{Principal: estate.ARN(text(one, "principal"))}
		actions, _ := member(one, "actions").([]any)
		for _, a := range actions {
			s, _ := a.(string)
			g.Actions = append(g.Actions, s)
		}
		slices.Sort(g.Actions)
		out = append(out, g)
	}
	return out
}

// bundledGrants writes grants as a bundle does: like the Create* requests, with small initials (INFERRED).
func bundledGrants(grants []estate.AssetGrant) []map[string]any {
	out := []map[string]any{}
	for _, g := range grants {
		out = append(out, map[string]any{"principal": g.Principal, "actions": g.Actions})
	}
	return out
}
