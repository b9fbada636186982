package sample

import (
	"fmt"

	"rehome/internal/estate"
)

// board is an analysis, which dashboards are published from.
type board struct {
	arn   estate.ARN
	about string
	uses  []set
}

// analysis makes an analysis of one dataset to three: mostly such as belong together, as its neighbours' do.
func (p *place) analysis(n int) {
	uses := p.chosen(n)
	about := uses[0].about + " " + pick(p.making, views)
	arn := p.put(estate.AssetAnalysis, p.id(about), p.name(estate.AssetAnalysis, about), p.defined(uses))
	p.analyses = append(p.analyses, board{arn, about, uses})
}

// dashboard makes a dashboard. Most are published from an analysis and linked to it: then they show the same data.
func (p *place) dashboard(n int) {
	var from board
	published := len(p.analyses) > 0 && (n == 0 || p.chance(60))
	if published {
		from = pick(p.making, p.analyses)
	} else {
		from.uses = p.chosen(n)
		from.about = from.uses[0].about + " " + pick(p.making, views)
	}
	content := p.defined(from.uses)
	content["dashboardPublishOptions"] = object{"adHocFilteringOption": object{"availabilityStatus": "DISABLED"},
		"exportToCSVOption": object{"availabilityStatus": "ENABLED"}, "sheetControlsOption": object{"visibilityState": "EXPANDED"}}
	if published {
		content["linkEntities"] = []estate.ARN{from.arn}
	}
	p.put(estate.AssetDashboard, p.id(from.about), p.name(estate.AssetDashboard, from.about), content)
}

// chosen are the datasets of the n-th analysis or dashboard: one that is its own place's, and some that many use, each once.
func (p *place) chosen(n int) []set {
	out := []set{p.sets[n%len(p.sets)]}
	if p.chance(30) {
		out[0] = p.sets[p.popular(len(p.sets))]
	}
more:
	for range p.IntN(3) {
		s := p.sets[p.popular(len(p.sets))]
		for _, had := range out {
			if had.arn == s.arn {
				continue more
			}
		}
		out = append(out, s)
	}
	return out
}

// defined is the content that analyses and dashboards have in common (quick-api 3.3).
func (p *place) defined(uses []set) object {
	var declared []object
	for i, s := range uses {
		declared = append(declared, object{"identifier": fmt.Sprintf("data %d", i+1), "dataSetArn": s.arn})
	}
	definition := object{"dataSetIdentifierDeclarations": declared, "options": object{"timezone": "Asia/Kolkata"}}
	var sheets []object
	for n := range 1 + p.IntN(3) {
		sheets = append(sheets, p.sheet(n, len(uses)))
	}
	definition["sheets"] = sheets
	if p.chance(40) {
		definition["calculatedFields"] = []object{{"dataSetIdentifier": "data 1", "name": "share", "expression": "sum({amount}) / sumOver(sum({amount}), [])"}}
	}
	out := object{"definition": definition, "validationStrategy": object{"mode": "LENIENT"}}
	if theme := p.worn(); theme != "" {
		out["themeArn"] = theme
	}
	return out
}

// sheet is a sheet with a number and a chart of one of the datasets.
func (p *place) sheet(n, datasets int) object {
	data := fmt.Sprintf("data %d", 1+p.IntN(datasets))
	field := func(id, column string) object {
		return object{"fieldId": id, "column": object{"dataSetIdentifier": data, "columnName": column}}
	}
	amount := field("amount", "amount")
	amount["aggregationFunction"] = object{"simpleNumericalAggregation": "SUM"}
	values := []object{{"numericalMeasureField": amount}}
	return object{"sheetId": fmt.Sprintf("sheet-%d", n+1), "name": fmt.Sprintf("Sheet %d", n+1), "visuals": []object{
		{"kpiVisual": object{"visualId": fmt.Sprintf("kpi-%d", n+1), "chartConfiguration": object{"fieldWells": object{"values": values}}}},
		{"barChartVisual": object{"visualId": fmt.Sprintf("bar-%d", n+1), "chartConfiguration": object{"fieldWells": object{"barChartAggregatedFieldWells": object{
			"category": []object{{"categoricalDimensionField": field("region", "region")}}, "values": values}}}}},
	}}
}
