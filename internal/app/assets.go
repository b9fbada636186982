package app

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// The versions of the JSON about assets.
const (
	AssetsFormat = "rehome.assets/v1"
	VaultFormat  = "rehome.assets-vault/v1"
)

// AssetsTaken is an inventory and what it says.
type AssetsTaken struct {
	Format            string `json:"format"`
	*assets.Inventory `json:",inline"`
	Counts            []AssetsCount     `json:"counts"`             // by Region, type and way
	Left              []assets.Leftover `json:"left,omitzero"`      // what no bundle carries
	Ownerless         []estate.AssetRef `json:"ownerless,omitzero"` // what nobody may change
	Findings          []diag.Finding    `json:"findings"`           // what could not be read, and references that lead nowhere
}

// AssetsCount is a number of assets of one kind that travel in one way.
type AssetsCount struct {
	Region estate.Region    `json:"region"`
	Type   estate.AssetType `json:"type"`
	How    assets.How       `json:"how"`
	Count  int              `json:"count"`
}

// AssetsInventory reads every asset of the Quick account in every Region, or those of a world.
func (a *App) AssetsInventory(ctx context.Context, world string) (*AssetsTaken, error) {
	inv, err := a.inventoryOf(ctx, world, "assets inventory")
	if err != nil {
		return nil, err
	}
	out := &AssetsTaken{Format: AssetsFormat, Inventory: inv, Counts: []AssetsCount{}, Left: inv.Leftovers(), Findings: slices.Concat(inv.Gaps("MIG-01"), inv.Leavings(), assets.NewGraph(inv).Findings())}
	at := map[AssetsCount]int{}
	inv.All(func(ref estate.AssetRef, item *assets.Item) bool {
		key := AssetsCount{Region: ref.Region, Type: ref.Type, How: item.Travel.How}
		if _, ok := at[key]; !ok {
			at[key] = len(out.Counts)
			out.Counts = append(out.Counts, key)
		}
		out.Counts[at[key]].Count++
		if item.Ownerless {
			out.Ownerless = append(out.Ownerless, ref)
		}
		return true
	})
	diag.Sort(out.Findings)
	return out, nil
}

// inventoryOf takes the inventory of the account or of a world, for a command that needs no more.
func (a *App) inventoryOf(ctx context.Context, world, command string) (*assets.Inventory, error) {
	ses, stop, err := a.lookingSession(ctx, world, command)
	if err != nil {
		return nil, err
	}
	defer stop()
	return ses.inventory(ctx)
}

// doors are the Regions of the Quick account that can hold assets, its identity Region, and who is in it.
func (s *session) doors(ctx context.Context) (home estate.Region, doors map[estate.Region]estate.Known[assets.Door], people estate.Known[assets.People], err error) {
	seen, err := s.people(ctx)
	if err != nil {
		return "", nil, people, err
	}
	id := s.spec.Quick.Account
	account := seen.Estate.Accounts[id]
	q, ok := account.Quick.Get()
	if !ok {
		why := cmp.Or(account.Quick.Why(), "the account has no subscription")
		return "", nil, people, &diag.Error{Code: "assets/no-quick", What: "there is no Quick account whose assets could be read", Where: "account " + string(id), Why: why, Exit: diag.ExitBlocked, Fix: []string{"rehome survey"}}
	}
	home, _ = q.IdentityRegion.Get()
	doors = map[estate.Region]estate.Known[assets.Door]{}
	for _, r := range s.spec.AssetRegions(home) {
		if r == "" {
			continue
		}
		switch status, listed := account.Regions.Or(nil)[r]; {
		case !listed || status.Usable():
			doors[r] = estate.Of[assets.Door](quickDoor{s.cloud.Quick(id, r)})
		case status == estate.OptDisabled:
			doors[r] = estate.Absent[assets.Door]()
		default: // on its way in or out: it may hold something
			doors[r] = estate.NotLooked[assets.Door]("the Region is " + string(status) + " for the account")
		}
	}
	people = estate.NotLooked[assets.People](cmp.Or(q.Namespaces.Why(), "the account shows no namespace"))
	if spaces, ok := q.Namespaces.Get(); ok {
		people = estate.Of(assets.People{Account: id, Region: home, Namespaces: spaces, Roles: q.Roles})
	}
	return home, doors, people, nil
}

// inventory reads every Region that can hold assets, and says how far it is.
func (s *session) inventory(ctx context.Context) (*assets.Inventory, error) {
	said := -1
	return s.inventoryTold(ctx, func(c assets.Count) {
		if tenth := 10 * c.Read / max(1, c.Assets); tenth != said && c.Lists == c.Listed {
			said = tenth
			s.app.saying(fmt.Sprintf("assets: %d of %d read", c.Read, c.Assets))
		}
	})
}

func (s *session) inventoryTold(ctx context.Context, progress func(assets.Count)) (*assets.Inventory, error) {
	home, doors, people, err := s.doors(ctx)
	if err != nil {
		return nil, err
	}
	return assets.Take(ctx, assets.TakeConfig{Account: s.spec.Quick.Account, IdentityRegion: home, Regions: doors, People: people, Progress: progress})
}

// VaultOutcome says what a vault is worth.
type VaultOutcome string

// The outcomes.
const (
	VaultComplete   VaultOutcome = "complete"   // whole, and everything that it was compared with is in it
	VaultIncomplete VaultOutcome = "incomplete" // whole; something that is there now is not in it, or is not what it was
	VaultDamaged    VaultOutcome = "damaged"    // not what it says that it is
)

// VaultChecked is what is known of a vault.
type VaultChecked struct {
	Format   string            `json:"format"`
	Dir      string            `json:"vault"`
	Outcome  VaultOutcome      `json:"outcome"`
	Digest   string            `json:"digest"` // of the manifest, and so of everything in it
	Account  estate.AccountID  `json:"account"`
	Target   string            `json:"target"`
	Bundles  int               `json:"bundles"`
	Assets   int               `json:"assets"` // in bundles
	Bytes    int64             `json:"bytes"`
	Compared bool              `json:"compared"`          // with what is there now; else only with itself
	Failed   []assets.Failure  `json:"failed,omitzero"`   // what AWS would not export
	Warnings []assets.Problem  `json:"warnings,omitzero"` // of AWS, about what it did export
	Left     []assets.Leftover `json:"left,omitzero"`     // what no bundle carries
	Findings []diag.Finding    `json:"findings"`
}

// AssetsExport takes an inventory and fills the vault with everything that bundles carry; a vault that is there goes on. Then it is
// checked, by itself and against that inventory.
func (a *App) AssetsExport(ctx context.Context, dir, world string) (*VaultChecked, error) {
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	ses, stop, err := a.lookingSession(ctx, world, "assets export")
	if err != nil {
		return nil, err
	}
	defer stop()
	inv, err := ses.inventory(ctx)
	if err != nil {
		return nil, err
	}
	if err := ses.export(ctx, dir, inv); err != nil {
		return nil, err
	}
	return a.checkVault(ctx, dir, inv, ses.spec.AssetsWanted())
}

// export fills the vault in a directory, or goes on with it.
func (s *session) export(ctx context.Context, dir string, inv *assets.Inventory) error {
	run := "assets-" + s.clock.Now().UTC().Format("20060102T150405") // import jobs are named by it: two vaults must not share it
	v, err := assets.Open(assets.VaultConfig{Dir: dir, Now: s.clock.Now,
		Header: assets.Header{Account: inv.Account, IdentityRegion: inv.IdentityRegion, Target: string(s.target), Run: run}})
	if err != nil {
		return err
	}
	_, err = assets.Export(ctx, assets.ExportConfig{Vault: v, Inventory: inv, Exporter: exporter{s.cloud, inv.Account}, Wait: s.clock.Sleep, Workers: s.workers(), Progress: s.app.exportProgress()})
	if cerr := v.Close(); err == nil {
		err = cerr
	}
	return err
}

// exportProgress says how far an export is, as often as a bundle comes.
func (a *App) exportProgress() func(assets.ExportCount) {
	last := assets.ExportCount{Stored: -1}
	return func(c assets.ExportCount) {
		if c.Stored == last.Stored && c.Failed == last.Failed {
			return
		}
		last = c
		a.saying(fmt.Sprintf("export: %d of %d assets in the vault, %d failed, %d bytes, %d jobs to go", c.Stored, c.Assets, c.Failed, c.Bytes, c.Jobs))
	}
}

// AssetsVerify checks a vault: by itself, and unless offline against what is there now.
func (a *App) AssetsVerify(ctx context.Context, dir, world string, offline bool) (*VaultChecked, error) {
	if offline {
		return a.checkVault(ctx, dir, nil, spec.Assets{})
	}
	ses, stop, err := a.lookingSession(ctx, world, "assets verify")
	if err != nil {
		return nil, err
	}
	defer stop()
	inv, err := ses.inventory(ctx)
	if err != nil {
		return nil, err
	}
	return a.checkVault(ctx, dir, inv, ses.spec.AssetsWanted())
}

// checkVault compares with now, when there is one.
func (a *App) checkVault(ctx context.Context, dir string, now *assets.Inventory, wanted spec.Assets) (*VaultChecked, error) {
	r, err := assets.Verify(ctx, dir, func(done, bundles int) {
		if done == bundles {
			a.saying(fmt.Sprintf("%d bundles read again", bundles))
		}
	})
	if err != nil {
		return nil, err
	}
	return judged(dir, r, now, wanted)
}

// judged puts together what is known of a vault: alone, against what is there now, and with what people have signed.
func judged(dir string, r *assets.Report, now *assets.Inventory, wanted spec.Assets) (*VaultChecked, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	out := &VaultChecked{Format: VaultFormat, Dir: abs, Outcome: VaultComplete, Digest: r.Contents.Digest, Account: r.Contents.Header.Account, Target: r.Contents.Header.Target,
		Bundles: len(r.Contents.Bundles), Assets: r.Assets, Bytes: r.Bytes, Failed: r.Contents.Failed, Findings: slices.Clone(r.Findings)}
	for _, b := range r.Contents.Bundles {
		out.Warnings = append(out.Warnings, b.Warnings...)
	}
	if r.Inventory != nil {
		out.Left = r.Inventory.Leftovers()
		if now != nil {
			out.Compared = true
			out.Findings = append(out.Findings, assets.Compare(r.Contents, r.Inventory, now)...)
		}
	}
	out.Findings = signs(out.Findings, wanted)
	diag.Sort(out.Findings)
	switch {
	case slices.ContainsFunc(signs(slices.Clone(r.Findings), wanted), diag.Finding.Blocks):
		out.Outcome = VaultDamaged
	case slices.ContainsFunc(out.Findings, diag.Finding.Blocks):
		out.Outcome = VaultIncomplete
	}
	return out, nil
}
