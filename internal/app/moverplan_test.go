package app

import (
	"slices"
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/spec"
	"rehome/internal/twin/kernel"
)

// TestThePlanOfAMoveWithAssets: there is one way from one identity Region to another: export, delete, make anew, import. Nothing is changed in
// place, and whoever consents reads how many assets of which Regions go.
func TestThePlanOfAMoveWithAssets(t *testing.T) {
	t.Attr("requirement", "PATH-03")
	t.Attr("requirement", "SUB-16")
	p, _, _ := looked(t, "assets-in-use", spec.Change{})
	at := map[string]int{}
	for n, s := range p.Steps {
		at[s.ID] = n
	}
	way := []string{"export-assets", "trial-import", "rehearse-vault", "delete-quick", "quick-gone", "create-quick", "verify-quick", "import-assets", "load-datasets", "remake-assets"}
	for n, id := range way {
		if _, ok := at[id]; !ok || n > 0 && at[id] < at[way[n-1]] {
			t.Errorf("%s is missing or too early: %v", id, at)
		}
	}
	for _, s := range p.Steps {
		if slices.Contains(s.Calls, "quicksight:UpdateAccountSubscription") {
			t.Errorf("%s moves an account in place", s.ID)
		}
	}
	s, _ := p.Step("delete-quick")
	if !strings.HasSuffix(s.RiskName, "/14-assets") || !strings.Contains(s.Effect, "assets: 9 in ap-south-1, 5 in eu-west-1") {
		t.Errorf("%s: %s", s.RiskName, s.Effect)
	}
}

// TestARehearsalMovesEverything: at the end the twin holds every asset of a bundle where it has to be, with the rights, tags and folders that
// it had, for the people of the new identity Region.
func TestARehearsalMovesEverything(t *testing.T) {
	for _, id := range []string{"MIG-05", "MIG-16", "MIG-33"} {
		t.Attr("requirement", id)
	}
	var twin *kernel.Kernel
	a := testApp(t)
	a.Hooks.Twin = func(k *kernel.Kernel) { twin = k }
	w, err := LoadWorld("assets-in-use")
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.RehearseWorld(t.Context(), RehearseRequest{World: "assets-in-use"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != Ready || r.Ledger != (Ledger{Total: 15, Moved: 13, Manual: 1, Left: 1}) {
		t.Fatalf("%s %s: %+v", r.Outcome, r.Why, r.Ledger)
	}
	before, _ := w.Estate.Accounts["111122223333"].Quick.Get()
	after, _ := twinHolds(t, twin).Estate.Accounts["111122223333"].Quick.Get()
	to := map[estate.Region]estate.Region{"ap-south-1": "us-east-1", "eu-west-1": "eu-west-1"}
	moved := 0
	for region, known := range before.Assets {
		for _, old := range known.Or(nil) {
			if old.ID == "crm" || old.ID == "web" {
				continue // no bundle brings them
			}
			i := slices.IndexFunc(after.Assets[to[region]].Or(nil), func(n estate.Asset) bool { return n.Type == old.Type && n.ID == old.ID })
			if i < 0 {
				t.Errorf("%s %s is not in %s", old.Type, old.ID, to[region])
				continue
			}
			moved++
			now := after.Assets[to[region]].Or(nil)[i]
			if got, want := asText(t, now.Permissions), strings.ReplaceAll(asText(t, old.Permissions), ":ap-south-1:", ":us-east-1:"); got != want {
				t.Errorf("%s %s: permissions %s, want %s", old.Type, old.ID, got, want)
			}
			if asText(t, now.Tags) != asText(t, old.Tags) || asText(t, now.Folders) != asText(t, old.Folders) {
				t.Errorf("%s %s: tags %v, folders %v; want %v, %v", old.Type, old.ID, now.Tags, now.Folders, old.Tags, old.Folders)
			}
			if parent := `"parentFolderArn":"arn:aws:quicksight:us-east-1:111122223333:folder/sales"`; old.ID == "sales-asia" && !strings.Contains(strings.ReplaceAll(string(now.Content), ": ", ":"), parent) {
				t.Errorf("the folder lies elsewhere: %s", now.Content)
			}
		}
	}
	if moved != 13 {
		t.Errorf("%d assets", moved)
	}
}
