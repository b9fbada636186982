package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

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
				n += standIn(&list[i], "", nil)
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
			standIn(&a, item.Kind, item.Uses) // what no bundle carries
			list = append(list, a)
		}
		into[region] = estate.Of(list)
	}
	return nil
}
