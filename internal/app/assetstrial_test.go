package app

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// assetsThere are all assets that the twin of an App holds, by Region.
func assetsThere(t *testing.T, a *App) map[estate.Region]map[string]estate.Asset {
	t.Helper()
	resp, err := http.Get(a.Endpoint + "/_twin/world")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var world struct {
		Estate estate.Estate `json:"estate"`
	}
	if err := json.UnmarshalRead(resp.Body, &world); err != nil {
		t.Fatal(err)
	}
	q, _ := world.Estate.Accounts["111122223333"].Quick.Get()
	out := map[estate.Region]map[string]estate.Asset{}
	for r, list := range q.Assets {
		for _, asset := range list.Or(nil) {
			if out[r] == nil {
				out[r] = map[string]estate.Asset{}
			}
			out[r][string(asset.Type)+" "+asset.ID] = asset
		}
	}
	return out
}

// trialOf is a trial import, through the real doors, of what an account in use holds, and the account.
func trialOf(t *testing.T) (*App, assets.TrialConfig) {
	t.Helper()
	a := served(t, "assets-in-use")
	dir := filepath.Join(t.TempDir(), "vault")
	if _, err := a.AssetsExport(t.Context(), dir, ""); err != nil {
		t.Fatal(err)
	}
	report, err := assets.Verify(t.Context(), dir, nil)
	if err != nil || !report.Whole() {
		t.Fatal(err)
	}
	ses, stop, err := a.lookingSession(t.Context(), "", "trial")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	_, doors, _, err := ses.doors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	by := importer{cloud: ses.cloud, account: "111122223333"}
	return a, assets.TrialConfig{Remover: by, ImportConfig: assets.ImportConfig{Run: "trial", Vault: report.Contents, Source: report.Inventory, Regions: doors, Importer: by, Granter: by,
		Mapping: assets.Mapping{OldAccount: "111122223333", Regions: map[estate.Region]estate.Region{"ap-south-1": "us-east-1"},
			ARNs: map[estate.ARN]estate.ARN{"arn:aws:secretsmanager:ap-south-1:111122223333:secret:warehouse": "arn:aws:secretsmanager:us-east-1:111122223333:secret:warehouse"}},
		Networks: map[estate.AssetRef]assets.Network{{Region: "ap-south-1", Type: estate.AssetVPCConnection, ID: "warehouse-vpc"}: {Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroups: []string{"sg-1"}}},
		Now:      ses.clock.Now, Wait: ses.clock.Sleep}}
}

// TestATrialLeavesNothing: all bundles are imported where they are to go, under a prefix, and the account is as it was; what is left by one
// that was stopped is found and removed.
func TestATrialLeavesNothing(t *testing.T) {
	beyondShort(t)
	a, c := trialOf(t)
	before := assetsThere(t, a)
	most := map[estate.Region]int{}
	c.Removing = func(n assets.RemoveCount) {
		if n.Removed == 0 && len(most) == 0 {
			for r, list := range assetsThere(t, a) {
				for name, asset := range list {
					if _, id, _ := strings.Cut(name, " "); strings.HasPrefix(id, "rehome-trial-") {
						most[r]++
						if len(asset.Permissions) > 0 {
							t.Errorf("somebody may see %s: %v", name, asset.Permissions)
						}
					}
				}
			}
		}
	}
	got, err := assets.Trial(t.Context(), c)
	if err != nil || !got.Passed() || got.Removed != 13 || len(got.Outcomes) != 13 {
		t.Fatalf("%v: %+v", err, got)
	}
	if d := cmp.Diff(map[estate.Region]int{"us-east-1": 10, "eu-west-1": 3}, most); d != "" {
		t.Errorf("before the removal (-want +got)\n%s", d)
	}
	if d := cmp.Diff(before, assetsThere(t, a)); d != "" {
		t.Errorf("(-before +after)\n%s", d)
	}

	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c.Run, c.Removing = "another", nil
		c.Progress = func(n assets.ImportCount) {
			if n.Done >= 4 {
				cancel()
			}
		}
		if _, err := assets.Trial(ctx, c); diag.ExitCode(err) != diag.ExitInterrupted {
			t.Fatal(err)
		}
		inv, err := a.AssetsInventory(t.Context(), "")
		if err != nil || inv.Trials == 0 {
			t.Fatalf("%v: %+v", err, inv.Trials)
		}
		cleared, err := assets.RemoveTrial(t.Context(), assets.RemoveConfig{Account: "111122223333", Regions: c.Regions, Remover: c.Remover, Wait: c.Wait})
		if err != nil || len(cleared.Removed) < inv.Trials || len(cleared.Left)+len(cleared.Findings) > 0 {
			t.Fatalf("%v: %+v", err, cleared)
		}
		if d := cmp.Diff(before, assetsThere(t, a)); d != "" {
			t.Errorf("(-before +after)\n%s", d)
		}
	})
}

// TestEveryDatasetIsLoaded: what is in SPICE is loaded once, whoever asks how often.
func TestEveryDatasetIsLoaded(t *testing.T) {
	beyondShort(t)
	_, c := trialOf(t)
	by := c.Remover.(importer)
	cfg := assets.IngestConfig{Run: "run", Source: c.Source, Regions: c.Regions, Ingester: by, Wait: c.Wait}
	for range 2 {
		got, err := assets.Ingest(t.Context(), cfg)
		if err != nil || !got.Loaded() || len(got.Loads) != 1 || got.Loads[0].State != assets.Done || got.Loads[0].Ingestion != assets.IngestionID("run", 1) {
			t.Fatalf("%v: %+v", err, got)
		}
	}
	if s, err := by.DescribeIngestion(t.Context(), "ap-south-1", "orders", assets.IngestionID("run", 1)); err != nil || s.Status != "COMPLETED" {
		t.Errorf("%v: %+v", err, s)
	}
	if _, err := by.DescribeIngestion(t.Context(), "ap-south-1", "orders", assets.IngestionID("run", 2)); !errors.Is(err, assets.ErrNoJob) {
		t.Error(err)
	}
	if err := by.StartIngestion(t.Context(), "ap-south-1", "regions-rules", "x"); err == nil || errors.Is(err, assets.ErrBusy) {
		t.Error(err)
	}
	t.Run("one fails", func(t *testing.T) {
		if err := by.Delete(t.Context(), estate.AssetRef{Region: "ap-south-1", Type: estate.AssetDataSource, ID: "warehouse"}); err != nil {
			t.Fatal(err)
		}
		cfg.Run = "again"
		got, err := assets.Ingest(t.Context(), cfg)
		if err != nil || got.Loaded() || len(got.Findings) != 1 {
			t.Fatalf("%v: %+v", err, got)
		}
		if f := got.Findings[0]; f.Code != "MIG-26" || !strings.Contains(f.Cause, "DATA_SOURCE_NOT_FOUND: ") || !strings.Contains(f.Fix, "make its data source") {
			t.Errorf("%+v", f)
		}
	})
}
