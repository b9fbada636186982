package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// loading is the loading of a vault's datasets at the target.
func (m *move) loading(ctx context.Context, name string) (assets.IngestConfig, error) {
	r, err := m.whole(ctx, name)
	if err != nil {
		return assets.IngestConfig{}, err
	}
	to, err := m.destination(ctx, r)
	return assets.IngestConfig{Run: r.Contents.Header.Run, Source: r.Inventory, Mapping: to.mapping, Regions: to.doors, Ingester: m.importer(), Wait: m.clock.Sleep, Workers: m.workers()}, err
}

// Loaded looks at the last ingestion of this run of every dataset in SPICE.
func (m *move) Loaded(ctx context.Context, name string) (plan.Observation, error) {
	c, err := m.loading(ctx, name)
	if err != nil {
		return plan.Observation{}, err
	}
	loaded, waiting := 0, ""
	c.Source.All(func(ref estate.AssetRef, item *assets.Item) bool {
		if ref.Type != estate.AssetDataSet || item.Kind != "SPICE" || item.Travel.How != assets.ByBundle || m.spec.Signed(ref) {
			return true
		}
		var done bool
		if done, err = lastLoad(ctx, c, c.Mapping.Ref(ref)); err != nil {
			return false
		}
		if loaded++; !done && waiting == "" {
			waiting = assets.Label(c.Mapping.Ref(ref), item.Name)
		}
		return true
	})
	switch {
	case err != nil:
		return plan.Observation{}, err
	case waiting != "":
		return plan.Observation{State: plan.Todo, Detail: "not loaded yet: " + waiting}, nil
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("%d datasets are loaded", loaded), Output: plan.Output{"datasets": strconv.Itoa(loaded)}}, nil
}

// lastLoad reports whether the last attempt of a run to load a dataset has completed.
func lastLoad(ctx context.Context, c assets.IngestConfig, at estate.AssetRef) (done bool, err error) {
	for attempt := 1; ; attempt++ {
		s, err := c.Ingester.DescribeIngestion(ctx, at.Region, at.ID, assets.IngestionID(c.Run, attempt))
		if errors.Is(err, assets.ErrNoJob) {
			return done, nil
		}
		if err != nil {
			return false, err
		}
		done = s.Status == "COMPLETED"
	}
}

// Load has every dataset in SPICE loaded, and waits until it is.
func (m *move) Load(ctx context.Context, name string) error {
	c, err := m.loading(ctx, name)
	if err != nil {
		return err
	}
	last := assets.IngestCount{Done: -1}
	c.Progress = func(n assets.IngestCount) {
		if n.Done != last.Done || n.Failed != last.Failed {
			last = n
			m.app.saying(fmt.Sprintf("load: %d of %d datasets are loaded, %d failed, %d wait", n.Done, n.DataSets, n.Failed, n.Waiting))
		}
	}
	got, err := assets.Ingest(ctx, c)
	if err != nil {
		return err
	}
	if why := firstTitle(got.Findings); why != "" {
		return &diag.Error{Code: "load/failed", What: "not every dataset could be loaded; the others are", Where: "account " + string(m.spec.Quick.Account), Why: why, Owner: diag.QuickAdmin, Exit: diag.ExitBlocked,
			Fix: append(fixes(got.Findings), "then: rehome resume")}
	}
	return nil
}
