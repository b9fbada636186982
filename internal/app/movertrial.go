package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// TrialFormat is the version of what is kept of a trial import.
const TrialFormat = "rehome.trial/v1"

// keptTrial is what is kept of a trial import that passed, beside its vault.
type keptTrial struct {
	Format string `json:"format"`
	Digest string `json:"digest"` // of the vault
	Assets int    `json:"assets"`
}

func (v vaults) trialPath(name string) string { return v.dir(name) + ".trial.json" }

// intended is where a vault is to go, while the old account is still there: nobody knows the new one's people yet.
func (s *session) intended(r *assets.Report, doors map[estate.Region]estate.Known[assets.Door]) destination {
	return destination{home: s.spec.TargetRegion, doors: doors, mapping: s.mapping(r.Contents.Header, s.spec.TargetRegion)}
}

// Tried looks whether the vault has passed its trial import and nothing of that is left.
func (m *move) Tried(ctx context.Context, name string, gone bool) (plan.Observation, error) {
	c, err := assets.ReadVault(m.vaults().dir(name))
	if err != nil {
		return plan.Observation{}, err
	}
	var kept keptTrial
	if _, err := os.Stat(m.vaults().trialPath(name)); errors.Is(err, os.ErrNotExist) {
		return plan.Observation{State: plan.Todo, Detail: "there was no trial of vault " + name}, nil
	}
	if err := document.Read(m.vaults().trialPath(name), &kept); err != nil {
		return plan.Observation{}, err
	}
	if kept.Format != TrialFormat || kept.Digest != c.Digest {
		return plan.Observation{State: plan.Todo, Detail: "the vault was changed since its trial"}, nil
	}
	if !gone {
		inv, err := m.inventoried(ctx)
		if err != nil {
			return plan.Observation{}, err
		}
		if inv.Trials > 0 {
			return plan.Observation{State: plan.Todo, Detail: fmt.Sprintf("%d assets of a trial are left", inv.Trials)}, nil
		}
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("%d assets were imported on trial and removed", kept.Assets), Output: plan.Output{"assets": strconv.Itoa(kept.Assets)}}, nil
}

// Try imports the vault on trial, removes what that made and what earlier trials left, and keeps that it passed.
func (m *move) Try(ctx context.Context, name string) error {
	r, err := m.whole(ctx, name)
	if err != nil {
		return err
	}
	_, doors, _, err := m.doors(ctx)
	if err != nil {
		return err
	}
	cfg := m.importing(r, m.intended(r, doors))
	by := m.importer()
	got, err := assets.Trial(ctx, assets.TrialConfig{ImportConfig: cfg, Remover: by})
	if err != nil {
		return err
	}
	left, err := assets.RemoveTrial(ctx, assets.RemoveConfig{Account: cfg.Mapping.OldAccount, Regions: doors, Remover: by, Wait: m.clock.Sleep, Workers: m.workers()})
	if err != nil {
		return err
	}
	found := append(got.Findings, left.Findings...)
	if why := firstTitle(found); why != "" {
		return &diag.Error{Code: "trial/failed", What: "not everything in the vault passed the trial import; nothing was deleted but what the trial made", Where: "account " + string(m.spec.Quick.Account), Why: why,
			Owner: diag.QuickAdmin, Exit: diag.ExitBlocked, Fix: append(fixes(found), "or let somebody say in the spec that there is no trial: assets.no_trial")}
	}
	return document.Write(m.vaults().trialPath(name), keptTrial{Format: TrialFormat, Digest: r.Contents.Digest, Assets: len(got.Outcomes)})
}
