package app

import (
	"maps"

	"github.com/go-json-experiment/json"

	"rehome/internal/assets"
	"rehome/internal/estate"
)

// standIns are what the twin has to know of an asset whose content nobody has seen, by type, beside its id and name.
var standIns = map[estate.AssetType]struct {
	id   string
	more map[string]any
}{
	estate.AssetAnalysis:      {"analysisId", map[string]any{"definition": map[string]any{}}},
	estate.AssetDashboard:     {"dashboardId", map[string]any{"definition": map[string]any{}}},
	estate.AssetDataSet:       {"dataSetId", map[string]any{"importMode": "DIRECT_QUERY", "physicalTableMap": map[string]any{}}},
	estate.AssetDataSource:    {"dataSourceId", map[string]any{"type": "ATHENA", "dataSourceParameters": map[string]any{"athenaParameters": map[string]any{"workGroup": "primary"}}}},
	estate.AssetFolder:        {"folderId", map[string]any{"folderType": "SHARED"}},
	estate.AssetTheme:         {"themeId", map[string]any{"baseThemeId": "CLASSIC", "configuration": map[string]any{}}},
	estate.AssetVPCConnection: {"vpcConnectionId", map[string]any{}},
}

// standIn gives an asset without content one of its kind, as far as that is known, that refers to what the asset uses. It tells how many it
// gave: 1 or 0.
func standIn(a *estate.Asset, kind string, uses []estate.ARN) int {
	m, ok := standIns[a.Type]
	if !ok || len(a.Content) > 0 {
		return 0
	}
	content := maps.Clone(m.more)
	content[m.id], content["name"] = a.ID, a.Name
	if len(uses) > 0 {
		content["uses"] = uses
	}
	switch {
	case a.Type == estate.AssetDataSource && kind == assets.KindUploadedManifest:
		content["type"], content["dataSourceParameters"] = "S3", map[string]any{}
	case a.Type == estate.AssetDataSource && kind != "":
		content["type"] = kind
	}
	text, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		panic(err) // strings and maps of them
	}
	a.Content = text
	return 1
}
