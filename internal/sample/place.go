package sample

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/estate"
)

// object is a JSON object in the making.
type object = map[string]any

// place is one Region under way. What is made later refers only to what is in these lists already, which is why nothing dangles.
type place struct {
	*making
	region   estate.Region
	assets   []estate.Asset
	networks []estate.ARN
	sources  []source
	themes   []estate.ARN
	folders  []folder
	sets     []set
	rules    []estate.ARN // datasets of row-level rules
	analyses []board
}

// fill makes so many assets of each type, in the order of BundleTypes: whatever a type uses comes before it.
func (p *place) fill(count map[estate.AssetType]int) {
	makers := map[estate.AssetType]func(n int){
		estate.AssetVPCConnection: p.network, estate.AssetDataSource: p.source, estate.AssetTheme: p.theme, estate.AssetFolder: p.folder,
		estate.AssetDataSet: p.dataset, estate.AssetRefreshSchedule: p.schedule, estate.AssetAnalysis: p.analysis, estate.AssetDashboard: p.dashboard,
	}
	for _, kind := range estate.BundleTypes {
		for n := range count[kind] {
			makers[kind](n)
		}
	}
}

// idMembers is how each type's content names its id (quick-api 3.3). A refresh schedule's lies deeper.
var idMembers = map[estate.AssetType]string{estate.AssetAnalysis: "analysisId", estate.AssetDashboard: "dashboardId", estate.AssetDataSet: "dataSetId",
	estate.AssetDataSource: "dataSourceId", estate.AssetFolder: "folderId", estate.AssetTheme: "themeId", estate.AssetVPCConnection: "vpcConnectionId"}

// held is how many in a hundred assets of a type lie in a folder. Others cannot (quick-api 5).
var held = map[estate.AssetType]int{estate.AssetDashboard: 45, estate.AssetAnalysis: 25, estate.AssetDataSet: 15, estate.AssetDataSource: 5}

// put adds an asset, and to its content what every content has.
func (p *place) put(kind estate.AssetType, id, name string, content object) estate.ARN {
	a := estate.Asset{Type: kind, ID: id, Name: name}
	if member := idMembers[kind]; member != "" {
		content[member], content["name"] = id, name
	}
	if kind != estate.AssetRefreshSchedule { // nothing dates a schedule, and it has neither rights nor tags (quick-api 3.7, 9)
		a.Updated = p.moment()
		a.Permissions = p.grants(kind)
		a.Tags = p.tags()
	}
	if len(p.folders) > 0 && p.chance(held[kind]) {
		a.Folders = append(a.Folders, p.folders[p.popular(len(p.folders))].id)
		if other := pick(p.making, p.folders).id; p.chance(10) && other != a.Folders[0] {
			a.Folders = append(a.Folders, other)
		}
		slices.Sort(a.Folders)
	}
	text, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("sample: the content of %s %s is no JSON: %v", kind, id, err)) // only an edit of this package can do that
	}
	a.Content = text
	p.assets = append(p.assets, a)
	return p.arn(kind, id)
}

func (p *place) arn(kind estate.AssetType, id string) estate.ARN {
	return estate.AssetRef{Region: p.region, Type: kind, ID: id}.ARN(p.Account)
}

// moment is a time in the two years before Now; old assets are rarer than young ones.
func (m *making) moment() time.Time {
	const years = 2 * 365 * 24 * 60 * 60
	return Now.Add(-time.Duration(1+m.popular(years)) * time.Second)
}

// tags are what a third of all assets have.
func (m *making) tags() map[string]string {
	if !m.chance(33) {
		return nil
	}
	out := map[string]string{"team": pick(m, teams)}
	if m.chance(40) {
		out["tier"] = pick(m, []string{"gold", "silver", "bronze"})
	}
	if m.chance(20) {
		out["cost-center"] = fmt.Sprintf("%05d", m.IntN(100_000))
	}
	if m.chance(5) {
		out["मालिक"] = "José & Søren <data@example.com>"
	}
	return out
}
