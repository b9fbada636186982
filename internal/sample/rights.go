package sample

import (
	"cmp"
	"slices"
	"strings"

	"rehome/internal/estate"
)

// rights are the two whole sets of actions that a principal can have; Quick takes nothing between them (quick-api 4.1).
type rights struct{ owner, viewer []string }

// actionSets are those of each type, sorted. Types that are not among them have no permissions. The viewer's set of an analysis is
// INFERRED (quick-api 4.1).
func actionSets() map[estate.AssetType]rights {
	whole := func(viewer, more string) rights {
		actions := func(words string) (out []string) {
			for _, w := range strings.Fields(words) {
				out = append(out, "quicksight:"+w)
			}
			slices.Sort(out)
			return slices.Clip(out)
		}
		return rights{owner: actions(viewer + " " + more), viewer: actions(viewer)}
	}
	return map[estate.AssetType]rights{
		estate.AssetDataSource: whole("DescribeDataSource DescribeDataSourcePermissions PassDataSource", "UpdateDataSource DeleteDataSource UpdateDataSourcePermissions"),
		estate.AssetDataSet: whole("DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions",
			"UpdateDataSet DeleteDataSet CreateIngestion CancelIngestion UpdateDataSetPermissions"),
		estate.AssetAnalysis: whole("DescribeAnalysis QueryAnalysis", "RestoreAnalysis UpdateAnalysisPermissions DeleteAnalysis DescribeAnalysisPermissions UpdateAnalysis"),
		estate.AssetDashboard: whole("DescribeDashboard ListDashboardVersions QueryDashboard",
			"UpdateDashboard DeleteDashboard DescribeDashboardPermissions UpdateDashboardPermissions UpdateDashboardPublishedVersion"),
		estate.AssetTheme: whole("DescribeTheme DescribeThemeAlias ListThemeAliases ListThemeVersions",
			"DeleteTheme UpdateTheme CreateThemeAlias DeleteThemeAlias UpdateThemeAlias UpdateThemePermissions DescribeThemePermissions"),
		estate.AssetFolder: whole("DescribeFolder",
			"CreateFolder UpdateFolder DeleteFolder CreateFolderMembership DeleteFolderMembership DescribeFolderPermissions UpdateFolderPermissions"),
	}
}

// looked is how many in a hundred assets of a type somebody may look at who does not own them; readers get dashboards.
var looked = map[estate.AssetType]int{estate.AssetDashboard: 80, estate.AssetFolder: 50, estate.AssetDataSet: 30, estate.AssetTheme: 30, estate.AssetDataSource: 10,
	estate.AssetAnalysis: 5}

// grants are who may do what with an asset of a type, sorted by principal: one owner or two, as a rule, and those who may look. One asset
// in two hundred has lost its last owner.
func (m *making) grants(kind estate.AssetType) []estate.AssetGrant {
	sets, ok := m.rights[kind]
	if !ok {
		return nil
	}
	given := map[estate.ARN][]string{}
	if m.chance(looked[kind]) {
		for range 1 + m.IntN(3) {
			given[m.somebody(true)] = sets.viewer
		}
	}
	if m.IntN(200) > 0 {
		for range 1 + m.IntN(5)/4 {
			given[m.somebody(false)] = sets.owner // who owns it need not be told that they may look
		}
	}
	out := make([]estate.AssetGrant, 0, len(given))
	for principal, actions := range given {
		out = append(out, estate.AssetGrant{Principal: principal, Actions: actions})
	}
	slices.SortFunc(out, func(a, b estate.AssetGrant) int { return cmp.Compare(a.Principal, b.Principal) })
	return slices.Clip(out)
}

// somebody is a user, seldom a group. Whoever only looks is more often a group, and now and then everybody in the namespace.
func (m *making) somebody(looks bool) estate.ARN {
	groups := 10
	if looks {
		groups = 60
	}
	switch users := len(m.Users); {
	case looks && m.chance(5) || users+len(m.Groups) == 0:
		return m.principal("namespace/" + estate.DefaultNamespace)
	case users == 0 || len(m.Groups) > 0 && m.chance(groups):
		return m.principal("group/" + estate.DefaultNamespace + "/" + m.Groups[m.popular(len(m.Groups))])
	default:
		return m.principal("user/" + estate.DefaultNamespace + "/" + m.Users[m.popular(users)])
	}
}

func (m *making) principal(resource string) estate.ARN {
	return estate.QuickARN(m.IdentityRegion, m.Account, resource)
}
