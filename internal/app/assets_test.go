package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// manyAssets is a world file of bom with n assets of each kind that bundles carry but schedules, VPC connections and folders, and one data
// source that bundles refuse, with two dashboards on it.
func manyAssets(t *testing.T, n int) string {
	t.Helper()
	const at = "arn:aws:quicksight:ap-south-1:111122223333:"
	var b strings.Builder
	b.WriteString("format: rehome.world/v1\nbase: bom\ntitle: many\nestate:\n  accounts:\n    \"111122223333\":\n      quick:\n        assets:\n          ap-south-1:\n")
	add := func(kind, id, content string) {
		fmt.Fprintf(&b, "            - {type: %s, id: %s, name: %s, updated: 2026-11-01T08:00:00Z, content: {%s}}\n", kind, id, id, content)
	}
	add("datasource", "crm", `"dataSourceId": crm, "type": SALESFORCE`)
	add("dataset", "contacts", `"dataSetId": contacts, "importMode": SPICE, "physicalTableMap": {t: {"relationalTable": {"dataSourceArn": "`+at+`datasource/crm"}}}`)
	for _, id := range []string{"contacts-1", "contacts-2"} {
		add("dashboard", id, `"dashboardId": `+id+`, "definition": {"dataSetIdentifierDeclarations": [{"dataSetArn": "`+at+`dataset/contacts"}]}`)
	}
	for i := range n {
		id := fmt.Sprintf("n%03d", i)
		add("datasource", id, `"dataSourceId": `+id+`, "type": ATHENA, "dataSourceParameters": {"athenaParameters": {"workGroup": primary}}`)
		add("dataset", id, `"dataSetId": `+id+`, "importMode": DIRECT_QUERY, "physicalTableMap": {t: {"relationalTable": {"dataSourceArn": "`+at+`datasource/`+id+`"}}}`)
		add("analysis", id, `"analysisId": `+id+`, "definition": {"dataSetIdentifierDeclarations": [{"dataSetArn": "`+at+`dataset/`+id+`"}]}`)
		add("dashboard", id, `"dashboardId": `+id+`, "definition": {"dataSetIdentifierDeclarations": [{"dataSetArn": "`+at+`dataset/`+id+`"}]}`)
		add("theme", id, `"themeId": `+id+`, "baseThemeId": CLASSIC, "configuration": {}`)
	}
	path := filepath.Join(t.TempDir(), "many.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTheInventoryIsComplete: every page of every list, and what depends on a source that bundles refuse.
func TestTheInventoryIsComplete(t *testing.T) {
	beyondShort(t)
	const n = 120 // more than a page of a list
	world := manyAssets(t, n)
	a, err := testApp(t).AssetsInventory(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("counts", func(t *testing.T) {
		t.Attr("requirement", "MIG-01")
		want := map[estate.AssetType]int{estate.AssetDataSource: n + 1, estate.AssetDataSet: n + 1, estate.AssetAnalysis: n, estate.AssetDashboard: n + 2, estate.AssetTheme: n}
		got := map[estate.AssetType]int{}
		for _, c := range a.Counts {
			got[c.Type] += c.Count
		}
		for kind, count := range want {
			if got[kind] != count {
				t.Errorf("%d %s, want %d", got[kind], kind, count)
			}
		}
		if len(got) != len(want) || len(a.Findings) > 0 {
			t.Errorf("%v, %v", got, a.Findings)
		}
	})
	t.Run("by hand", func(t *testing.T) {
		t.Attr("requirement", "MIG-03")
		i := slices.IndexFunc(a.Left, func(l assets.Leftover) bool { return l.Asset.ID == "crm" })
		if i < 0 {
			t.Fatalf("%+v", a.Left)
		}
		crm := a.Left[i]
		for _, id := range []string{"contacts-1", "contacts-2"} {
			if !slices.Contains(crm.UsedBy, estate.AssetRef{Region: "ap-south-1", Type: estate.AssetDashboard, ID: id}) {
				t.Errorf("%s is not named: %v", id, crm.UsedBy)
			}
		}
		if crm.Travel.How != assets.ByHand || !strings.Contains(crm.Travel.Reason, "SALESFORCE") {
			t.Errorf("%+v", crm.Travel)
		}
	})
	t.Run("what bundles carry", func(t *testing.T) {
		t.Attr("requirement", "MIG-02")
		for _, kind := range estate.AssetTypes {
			how := assets.TravelOf(kind, "", "x").How
			if carried := slices.Contains(estate.BundleTypes, kind); carried != (how == assets.ByBundle) && how != assets.NeedsProof {
				t.Errorf("%s travels %s", kind, how)
			}
		}
	})
	t.Run("jobs", func(t *testing.T) {
		t.Attr("requirement", "MIG-12")
		jobs := assets.Pack(a.Inventory, assets.NewGraph(a.Inventory), assets.MaxPerJob)
		held := map[estate.AssetRef]int{}
		for _, j := range jobs {
			if len(j.Assets) > 100 {
				t.Errorf("job %d holds %d assets", j.Number, len(j.Assets))
			}
			for _, asset := range j.Assets {
				held[estate.AssetRef{Region: j.Region, Type: asset.Type, ID: asset.ID}]++
			}
		}
		if len(jobs) < 6 || len(held) != 5*n {
			t.Errorf("%d jobs hold %d assets", len(jobs), len(held))
		}
		for ref, times := range held {
			if times != 1 {
				t.Errorf("%v is in %d jobs", ref, times)
			}
		}
	})
}

// TestAVaultOfEverything exports through the real door, checks the vault, and sees what changed since.
func TestAVaultOfEverything(t *testing.T) {
	beyondShort(t)
	a := testApp(t)
	a.Now = time.Now
	dir := filepath.Join(t.TempDir(), "vault")
	v, err := a.AssetsExport(t.Context(), dir, "assets-in-use")
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != VaultComplete || v.Assets != 13 || len(v.Left) != 2 || len(v.Failed) > 0 {
		t.Errorf("%+v", v)
	}
	signed := 0
	for _, f := range v.Findings {
		if f.Code != "MIG-15" || f.Blocks() {
			t.Errorf("%s %s: %s", f.Code, f.Subject, f.Title)
		}
		signed++
	}
	if signed != 2 {
		t.Errorf("%d findings about what somebody has signed for", signed)
	}
	t.Run("an edited byte", func(t *testing.T) {

		r, err := a.AssetsVerify(t.Context(), dir, "", true)
		if err != nil || r.Outcome != VaultComplete || r.Compared {
			t.Fatalf("%v: %+v", err, r)
		}
		name := filepath.Join(dir, "ap-south-1", "001.qs")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err = a.AssetsVerify(t.Context(), dir, "", true); err != nil || r.Outcome != VaultDamaged || !slices.ContainsFunc(r.Findings, func(f diag.Finding) bool { return f.Code == "MIG-14" && strings.Contains(f.Title, "001.qs") }) {
			t.Errorf("%v: %+v", err, r)
		}
	})
}

// TestNothingSpeaksOfTheOldRegion: what a vault brings into an account that is homed elsewhere names only what is there.
func TestNothingSpeaksOfTheOldRegion(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "MIG-22")
	a := servedWithDesktop(t, "iad")
	vault := filepath.Join(t.TempDir(), "vault")
	if _, err := a.AssetsExport(t.Context(), vault, "assets-in-use"); err != nil {
		t.Fatal(err)
	}
	withNetwork(t, a)
	l, err := a.AssetsImport(t.Context(), AssetsImportRequest{Vault: vault, Accept: []string{"import/111122223333/us-east-1/13-assets"}})
	if err != nil {
		t.Fatal(err)
	}
	if l.Sums[assets.Moved] != 13 || len(l.Lost()) > 0 {
		t.Errorf("%v: %+v", l.Sums, l.Lost())
	}
	here := assetsThere(t, a)["us-east-1"]
	if len(here) != 10 {
		t.Errorf("%d assets", len(here))
	}
	for _, asset := range here {
		if text := string(asset.Content) + fmt.Sprint(asset.Permissions); strings.Contains(text, "arn:aws:quicksight:ap-south-1:") {
			t.Errorf("%s %s: %s", asset.Type, asset.ID, text)
		}
	}
}

// withNetwork adds to the spec what assets-in-use needs at the target: where its VPC connection is to be, and that somebody gives its data source a secret later.
func withNetwork(t *testing.T, a *App) {
	t.Helper()
	text, err := os.ReadFile(a.SpecPath)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "assets: {networks: {ap-south-1/vpcConnection/warehouse-vpc: {subnets: [subnet-1, subnet-2], security_groups: [sg-1]}}, secrets: {ap-south-1/datasource/warehouse: later}}\n"...)
	if err := os.WriteFile(a.SpecPath, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
