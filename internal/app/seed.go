package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// seed makes a world of the survey that the plan was made from, and of the newest vault when there is a whole one.
func (a *App) seed(ctx context.Context, p *plan.Plan) (*World, error) {
	var s estate.Survey
	if err := document.Read(a.surveyPath(), &s); err != nil {
		return nil, err
	}
	changed, err := p.Changed(&s.Estate, nil)
	if err != nil {
		return nil, err
	}
	if len(changed) > 0 {
		return nil, &diag.Error{Code: "rehearse/other-survey", What: "the plan was not made from the survey in " + a.surveyPath(), Why: "they differ in " + changed[0],
			Exit: diag.ExitUsage, Fix: []string{"rehome plan makes a plan from the survey that is there"}}
	}
	wants, err := spec.Decode("the plan's spec.json", p.Spec)
	if err != nil {
		return nil, err
	}
	w := ofSurvey("survey", &s)
	w.Wants = wants
	return w, a.furnish(ctx, w)
}

// furnish gives the assets of a survey, which knows their names, a content: that of the newest vault; until there is one, a stand-in.
func (a *App) furnish(ctx context.Context, w *World) error {
	id := w.Wants.Quick.Account
	q, ok := w.Estate.Accounts[id].Quick.Get()
	if !ok {
		return nil
	}
	r, err := a.filled(ctx, w.Wants)
	if err != nil {
		return err
	}
	q.Assets = maps.Clone(q.Assets)
	switch n := 0; {
	case r != nil && r.Contents.Header.Account == id:
		if err := fromVault(q.Assets, r); err != nil {
			return err
		}
		w.Vault = r.Contents.Digest
	default:
		for _, region := range slices.Sorted(maps.Keys(q.Assets)) {
			list := slices.Clone(q.Assets[region].Or(nil))
			for i := range list {
				n += standIn(&list[i])
			}
			if len(list) > 0 {
				q.Assets[region] = estate.Of(list)
			}
		}
		if n > 0 {
			w.assume(fmt.Sprintf("the contents of %d assets are not in the survey: stand-ins with their names travel in their place until there is a vault", n))
		}
	}
	w.Estate.Accounts = maps.Clone(w.Estate.Accounts)
	account := w.Estate.Accounts[id]
	account.Quick = estate.Of(q)
	w.Estate.Accounts[id] = account
	return nil
}

// filled is the newest vault when it is whole; nil when there is none. One that is damaged or unfinished is no vault yet.
func (a *App) filled(ctx context.Context, s *spec.Spec) (*assets.Report, error) {
	v := a.vaultsOf(s)
	name, err := v.newest()
	if err != nil || name == "" {
		return nil, err
	}
	r, err := wholeVault(ctx, v.dir(name))
	if err != nil && ctx.Err() != nil || err == nil && r.Contents.Complete {
		return r, err
	}
	return nil, nil
}

// fromVault puts the assets of a vault in the place of the survey's: with their content, permissions, tags, folders and schedules.
func fromVault(into map[estate.Region]estate.Known[[]estate.Asset], r *assets.Report) error {
	contents, err := r.Contents.Texts()
	if err != nil {
		return err
	}
	for region, known := range r.Inventory.Regions {
		items, ok := known.Get()
		if !ok {
			continue // as the survey has it
		}
		list := make([]estate.Asset, 0, len(items))
		for _, item := range items {
			a := item.Asset
			if text := contents[item.Ref(region)]; len(text) > 0 {
				a.Content = text
			}
			standIn(&a) // what no bundle carries
			list = append(list, a)
		}
		into[region] = estate.Of(list)
	}
	return nil
}

// standInMembers are what the twin has to know of an asset without content, by type, beside its id and name.
var standInMembers = map[estate.AssetType]struct {
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

// standIn gives an asset without content one that refers to nothing, and tells whether it did: 1 or 0.
func standIn(a *estate.Asset) int {
	m, ok := standInMembers[a.Type]
	if !ok || len(a.Content) > 0 {
		return 0
	}
	content := maps.Clone(m.more)
	content[m.id], content["name"] = a.ID, a.Name
	text, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		panic(err) // strings and maps of them
	}
	a.Content = text
	return 1
}
