package sample

import (
	"fmt"
	"slices"
	"strings"

	"rehome/internal/estate"
)

// rights are the whole sets of actions that Quick takes for a type: owner and viewer; no viewer: the type has none (quick-api 4.1).
var rights = map[estate.AssetType]struct{ owner, viewer string }{
	estate.AssetAnalysis: {owner: "DeleteAnalysis DescribeAnalysis DescribeAnalysisPermissions QueryAnalysis RestoreAnalysis UpdateAnalysis UpdateAnalysisPermissions"},
	estate.AssetDashboard: {"DeleteDashboard DescribeDashboard DescribeDashboardPermissions ListDashboardVersions QueryDashboard UpdateDashboard UpdateDashboardPermissions UpdateDashboardPublishedVersion",
		"DescribeDashboard ListDashboardVersions QueryDashboard"},
	estate.AssetDataSet: {"CancelIngestion CreateIngestion DeleteDataSet DescribeDataSet DescribeDataSetPermissions DescribeIngestion ListIngestions PassDataSet UpdateDataSet UpdateDataSetPermissions",
		"DescribeDataSet DescribeDataSetPermissions DescribeIngestion ListIngestions PassDataSet"},
	estate.AssetDataSource: {owner: "DeleteDataSource DescribeDataSource DescribeDataSourcePermissions PassDataSource UpdateDataSource UpdateDataSourcePermissions"},
	estate.AssetFolder: {"CreateFolder CreateFolderMembership DeleteFolder DeleteFolderMembership DescribeFolder DescribeFolderPermissions UpdateFolder UpdateFolderPermissions",
		"DescribeFolder"},
	estate.AssetTheme: {owner: "CreateThemeAlias DeleteTheme DeleteThemeAlias DescribeTheme DescribeThemeAlias DescribeThemePermissions ListThemeAliases ListThemeVersions UpdateTheme UpdateThemeAlias UpdateThemePermissions"},
}

func actions(words string) []string {
	var out []string
	for _, w := range strings.Fields(words) {
		out = append(out, "quicksight:"+w)
	}
	return out
}

// grants give an asset an owner, but for one in fifty, and now and then somebody who may look.
func (m *maker) grants(t estate.AssetType) []estate.AssetGrant {
	r, ok := rights[t]
	if !ok || len(m.Users) == 0 || m.chance(2) {
		return nil
	}
	owner := m.principal("user", m.Users)
	out := []estate.AssetGrant{{Principal: owner, Actions: actions(r.owner)}}
	if r.viewer != "" && m.chance(60) {
		who := m.principal("user", m.Users)
		if len(m.Groups) > 0 && m.chance(50) {
			who = m.principal("group", m.Groups)
		}
		if who != owner {
			out = append(out, estate.AssetGrant{Principal: who, Actions: actions(r.viewer)})
		}
	}
	slices.SortFunc(out, func(a, b estate.AssetGrant) int { return strings.Compare(string(a.Principal), string(b.Principal)) })
	return out
}

func (m *maker) principal(kind string, names []string) estate.ARN {
	return estate.QuickARN(m.Home, m.Account, kind+"/"+estate.DefaultNamespace+"/"+names[m.rand.IntN(len(names))])
}

// Words of which names are made, and names that break programs.
var (
	subjects = []string{"Sales", "Orders", "Visits", "Revenue", "Costs", "Returns", "Stock", "Staff", "Margins", "Forecast"}
	places   = []string{"Europe", "Asia", "North", "all shops", "online", "per week", "by team", "(draft)", "2026"}
	odd      = []string{"売上 – 東京", "Продажи «юг»", "مبيعات الربع", "Ventes \"réelles\" & co", "O'Reilly <b>", "a/b\\c:d*e?", "  spaces  inside", "📊 Umsätze", "नमस्ते", strings.Repeat("long ", 30) + "name"}
)

func (m *maker) name() string {
	if m.chance(8) {
		return odd[m.rand.IntN(len(odd))]
	}
	return fmt.Sprintf("%s, %s", subjects[m.rand.IntN(len(subjects))], places[m.rand.IntN(len(places))])
}
