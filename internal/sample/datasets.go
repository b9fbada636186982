package sample

import (
	"fmt"
	"strings"

	"rehome/internal/estate"
)

// set is a dataset as far as others need to know it.
type set struct {
	arn         estate.ARN
	id, about   string
	spice       bool
	incremental bool // its refresh properties admit incremental refreshes
	schedules   int
}

// columns are what the tables of every dataset have; the first three serve as time, dimension and measure.
var columns = []object{{"name": "day", "type": "DATETIME"}, {"name": "region", "type": "STRING"}, {"name": "amount", "type": "DECIMAL"}, {"name": "customer", "type": "STRING"},
	{"name": "quantity", "type": "INTEGER"}}

// Every so many datasets one holds row-level rules, and the next one obeys them.
const (
	ruleEvery = 25
	ruleAt    = 3
)

// dataset makes a dataset: of a table, of a query, of files, or of other datasets. The first is in SPICE, so that a schedule finds one.
func (p *place) dataset(n int) {
	about := pick(p.making, teams) + " " + strings.ToLower(pick(p.making, subjects))
	s := set{about: about, id: p.id(about)}
	if n%ruleEvery == ruleAt {
		s.about, s.id = "who sees which "+slug(about), p.id("rules "+about)
		s.arn = p.put(estate.AssetDataSet, s.id, p.name(estate.AssetDataSet, s.about), p.ruleset())
		p.rules, p.sets = append(p.rules, s.arn), append(p.sets, s)
		return
	}
	content := object{"physicalTableMap": object{}}
	from := p.sources[p.popular(len(p.sources))]
	if composite := n > 0 && p.chance(15); composite {
		p.compose(content, from)
	} else {
		content["physicalTableMap"] = object{"main": p.table(from, slug(about))}
		if p.chance(50) {
			content["logicalTableMap"] = object{"main": object{"alias": about, "source": object{"physicalTableId": "main"},
				"dataTransforms": []object{{"castColumnTypeOperation": object{"columnName": "amount", "newColumnType": "DECIMAL"}}}}}
		}
	}
	if s.spice = n == 0 || from.kind == "S3" || p.chance(60); s.spice {
		content["importMode"] = "SPICE"
		if properties := p.properties(&s); len(properties) > 0 {
			content["dataSetRefreshProperties"] = properties
		}
	} else {
		content["importMode"] = "DIRECT_QUERY"
	}
	p.restrict(content, n%ruleEvery == ruleAt+1)
	s.arn = p.put(estate.AssetDataSet, s.id, p.name(estate.AssetDataSet, about), content)
	p.sets = append(p.sets, s)
}

// table is one physical table of a data source (quick-api 3.3).
func (p *place) table(from source, name string) object {
	switch {
	case from.kind == "S3":
		return object{"s3Source": object{"dataSourceArn": from.arn, "inputColumns": columns, "uploadSettings": object{"format": "CSV", "containsHeader": true}}}
	case p.chance(30):
		return object{"customSql": object{"dataSourceArn": from.arn, "name": name, "columns": columns,
			"sqlQuery": fmt.Sprintf("select day, region, sum(amount) as amount\nfrom \"%s\" -- it's < 1 %% of all\nwhere region <> '' group by 1, 2", name)}}
	}
	table := object{"dataSourceArn": from.arn, "schema": "public", "name": strings.ReplaceAll(name, "-", "_"), "inputColumns": columns}
	if from.kind == "ATHENA" {
		table["catalog"] = "AwsDataCatalog"
	}
	return object{"relationalTable": table}
}

// compose makes a dataset of one that is there already, joined with another or with a table of its own.
func (p *place) compose(content object, from source) {
	right := object{"dataSetArn": p.near().arn}
	if p.chance(50) {
		content["physicalTableMap"] = object{"own": p.table(from, "own")}
		right = object{"physicalTableId": "own"}
	}
	content["logicalTableMap"] = object{"left": object{"alias": "left", "source": object{"dataSetArn": p.near().arn}}, "right": object{"alias": "right", "source": right},
		"joined": object{"alias": "joined", "source": object{"joinInstruction": object{"leftOperand": "left", "rightOperand": "right", "type": "LEFT",
			"onClause": "{customer} = {customer[right]}"}}}}
}

// near is a dataset: as a rule one of the last few, as people work on things that belong together, else a popular one.
func (p *place) near() set {
	n := len(p.sets)
	if p.chance(70) {
		return p.sets[n-1-p.IntN(min(n, 6))]
	}
	return p.sets[p.popular(n)]
}

// properties are the refresh properties that some datasets in SPICE have (quick-api 4.6).
func (p *place) properties(s *set) object {
	out := object{}
	if s.incremental = p.chance(30); s.incremental {
		out["refreshConfiguration"] = object{"incrementalRefresh": object{"lookbackWindow": object{"columnName": "day", "size": 1 + p.IntN(14), "sizeUnit": "DAY"}}}
	}
	if p.chance(15) {
		out["failureConfiguration"] = object{"emailAlert": object{"alertStatus": "ENABLED"}}
	}
	return out
}

// restrict lets some datasets show rows or columns to some people only (quick-api 5).
func (p *place) restrict(content object, always bool) {
	if len(p.rules) > 0 && (always || p.chance(8)) {
		content["rowLevelPermissionDataSet"] = object{"arn": p.rules[len(p.rules)-1], "permissionPolicy": "GRANT_ACCESS", "formatVersion": "VERSION_1", "status": "ENABLED"}
	}
	if p.chance(3) {
		content["columnLevelPermissionRules"] = []object{{"principals": []estate.ARN{p.somebody(false)}, "columnNames": []string{"customer"}}}
	}
}

// ruleset is the content of a dataset that says who sees which rows (quick-api 5).
func (p *place) ruleset() object {
	out := object{"importMode": "DIRECT_QUERY", "physicalTableMap": object{"rules": object{"customSql": object{"dataSourceArn": p.sources[0].arn, "name": "rules",
		"sqlQuery": "select * from rules", "columns": []object{{"name": "UserName", "type": "STRING"}, {"name": "GroupName", "type": "STRING"}, {"name": "region", "type": "STRING"}}}}}}
	if p.chance(50) {
		out["useAs"] = "RLS_RULES"
	}
	return out
}
