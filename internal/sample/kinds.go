package sample

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/estate"
)

// members are the content of an asset.
type members map[string]any

// add finishes an asset: content, rights, tags, folders, last change.
func (m *maker) add(t estate.AssetType, id, name string, content members) {
	text, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		panic(err) // strings, numbers and maps of them
	}
	a := estate.Asset{Type: t, ID: id, Name: name, Updated: changed.Add(-time.Duration(m.rand.IntN(1e6)) * time.Second), Content: text, Permissions: m.grants(t)}
	if m.chance(30) && t != estate.AssetRefreshSchedule {
		a.Tags = map[string]string{"team": fmt.Sprintf("team %d", m.rand.IntN(9)), "cost-center": fmt.Sprint(1000 + m.rand.IntN(50))}
	}
	if foldered[t] && m.chance(40) {
		if f := m.one(estate.AssetFolder); f != "" {
			a.Folders = []string{f}
		}
	}
	m.made, m.byType[t] = append(m.made, a), append(m.byType[t], id)
}

// foldered are the types that lie in folders.
var foldered = map[estate.AssetType]bool{estate.AssetAnalysis: true, estate.AssetDashboard: true, estate.AssetDataSet: true, estate.AssetDataSource: true}

func (m *maker) vpcConnection() {
	id := "vpc-" + fmt.Sprint(m.number)
	m.add(estate.AssetVPCConnection, id, "Network "+id, members{"vpcConnectionId": id, "name": "Network " + id, "subnetIds": []string{"subnet-0a1", "subnet-0b2"},
		"securityGroupIds": []string{"sg-0c3"}, "roleArn": "arn:aws:iam::" + string(m.Account) + ":role/quick-vpc"})
}

func (m *maker) theme() {
	id, name := m.id(estate.AssetTheme), m.name()
	m.add(estate.AssetTheme, id, name, members{"themeId": id, "name": name, "baseThemeId": "CLASSIC",
		"configuration": members{"uiColorPalette": members{"accent": fmt.Sprintf("#%06x", m.rand.IntN(1<<24))}}})
}

// folder makes a folder, more often than not in another one, four deep at most.
func (m *maker) folder() {
	id, name := m.id(estate.AssetFolder), m.name()
	content := members{"folderId": id, "name": name, "folderType": "SHARED"}
	m.deep[id] = 1
	if parent := m.one(estate.AssetFolder); parent != "" && m.chance(60) && m.deep[parent] < 4 {
		content["parentFolderArn"], m.deep[id] = m.arn(estate.AssetFolder, parent), m.deep[parent]+1
	}
	m.add(estate.AssetFolder, id, name, content)
}

func (m *maker) dataSource() {
	id, name := m.id(estate.AssetDataSource), m.name()
	content := members{"dataSourceId": id, "name": name}
	if m.chance(50) {
		content["type"], content["dataSourceParameters"] = "ATHENA", members{"athenaParameters": members{"workGroup": "primary"}}
	} else {
		content["type"] = "S3"
		content["dataSourceParameters"] = members{"s3Parameters": members{"manifestFileLocation": members{"bucket": "example-manifests", "key": id + ".json"}}}
	}
	m.add(estate.AssetDataSource, id, name, content)
}

// dataSet makes a dataset of a source, or of another dataset; some are the row rules of others.
func (m *maker) dataSet() {
	id, name := m.id(estate.AssetDataSet), m.name()
	content := members{"dataSetId": id, "name": name, "importMode": "DIRECT_QUERY"}
	columns := []members{{"name": "region", "type": "STRING"}, {"name": "day", "type": "DATETIME"}, {"name": "amount", "type": "DECIMAL"}}
	switch below := m.one(estate.AssetDataSet); {
	case len(m.rules) == 0 || m.chance(3):
		columns = []members{{"name": "UserName", "type": "STRING"}, {"name": "region", "type": "STRING"}}
		m.rules = append(m.rules, id)
	case below != "" && m.chance(15):
		content["physicalTableMap"] = members{}
		content["logicalTableMap"] = members{"joined": members{"alias": "joined", "source": members{"dataSetArn": m.arn(estate.AssetDataSet, below)}}}
	case m.chance(10):
		content["rowLevelPermissionDataSet"] = members{"arn": m.arn(estate.AssetDataSet, m.rules[m.rand.IntN(len(m.rules))]), "permissionPolicy": "GRANT_ACCESS", "formatVersion": "VERSION_1", "status": "ENABLED"}
	}
	if content["physicalTableMap"] == nil {
		content["physicalTableMap"] = members{"t": members{"relationalTable": members{"dataSourceArn": m.arn(estate.AssetDataSource, m.one(estate.AssetDataSource)), "schema": "public", "name": "t_" + fmt.Sprint(len(m.made)), "inputColumns": columns}}}
	}
	if content["logicalTableMap"] == nil && m.chance(50) {
		content["importMode"] = "SPICE"
		m.loaded = append(m.loaded, id)
		if m.chance(30) {
			content["dataSetRefreshProperties"] = members{"refreshConfiguration": members{"incrementalRefresh": members{"lookbackWindow": members{"columnName": "day", "size": 2, "sizeUnit": "DAY"}}}}
		}
	}
	m.add(estate.AssetDataSet, id, name, content)
}

// schedule gives a dataset in SPICE a schedule; without such a dataset it makes a dashboard.
func (m *maker) schedule() {
	if len(m.loaded) == 0 {
		m.dashboard()
		return
	}
	set := m.loaded[0]
	m.loaded = m.loaded[1:]
	m.add(estate.AssetRefreshSchedule, set+"/nightly", "nightly", members{"dataSetId": set, "schedule": members{"scheduleId": "nightly", "refreshType": "FULL_REFRESH",
		"scheduleFrequency": members{"interval": "DAILY", "timezone": "Asia/Kolkata", "timeOfTheDay": fmt.Sprintf("%02d:00", m.rand.IntN(24))}}})
}

func (m *maker) analysis() {
	id, name := m.id(estate.AssetAnalysis), m.name()
	m.add(estate.AssetAnalysis, id, name, m.themed(members{"analysisId": id, "name": name, "definition": m.definition()}))
}

func (m *maker) dashboard() {
	id, name := m.id(estate.AssetDashboard), m.name()
	content := m.themed(members{"dashboardId": id, "name": name, "definition": m.definition()})
	if a := m.one(estate.AssetAnalysis); a != "" && m.chance(20) {
		content["linkEntities"] = []string{m.arn(estate.AssetAnalysis, a)}
	}
	m.add(estate.AssetDashboard, id, name, content)
}

func (m *maker) themed(content members) members {
	if t := m.one(estate.AssetTheme); t != "" && m.chance(40) {
		content["themeArn"] = m.arn(estate.AssetTheme, t)
	}
	return content
}

// definition uses one to four datasets.
func (m *maker) definition() members {
	var used []members
	seen := map[string]bool{}
	for n := range 1 + m.rand.IntN(4) {
		if id := m.one(estate.AssetDataSet); id != "" && !seen[id] {
			seen[id] = true
			used = append(used, members{"identifier": fmt.Sprintf("data %d", n), "dataSetArn": m.arn(estate.AssetDataSet, id)})
		}
	}
	return members{"dataSetIdentifierDeclarations": used, "sheets": []members{{"sheetId": "one", "name": m.name()}}}
}
