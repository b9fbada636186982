package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// LedgerFormat is the version of a ledger's JSON.
const LedgerFormat = "rehome.ledger/v1"

// AssetsImportRequest says what to import.
type AssetsImportRequest struct {
	Vault  string
	Map    string   // file of names at the target; empty: only the identity Region changes
	Accept []string // names of risks
	Bulk   bool     // goes on after an asset that is not there as it has to be; else nothing more is begun then
}

// Accounted is the fate of every asset after an import.
type Accounted struct {
	Format         string              `json:"format"`
	Sums           map[assets.Fate]int `json:"sums"`
	*assets.Ledger `json:",inline"`
	Starts         []assets.MovedStart `json:"starts,omitzero"` // refresh schedules that begin at another time than at the source
	Findings       []diag.Finding      `json:"findings"`        // of the import and of the ledger
}

// AssetsImport brings a verified vault into the account of the spec, reads everything back, and accounts for every asset. What was begun
// and stopped goes on where it was.
func (a *App) AssetsImport(ctx context.Context, req AssetsImportRequest) (*Accounted, error) {
	m, err := readAssetsMap(req.Map)
	if err != nil {
		return nil, err
	}
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	report, err := assets.Verify(ctx, req.Vault, nil)
	if err != nil {
		return nil, err
	}
	if !report.Whole() || report.Inventory == nil {
		return nil, &diag.Error{Code: "assets/vault", What: "the vault is not whole, so nothing is imported from it", At: diag.Position{File: req.Vault}, Exit: diag.ExitBlocked, Fix: []string{"rehome assets verify " + req.Vault + " --offline says what is wrong"}}
	}
	ses, stop, err := a.lookingSession(ctx, "", "assets import")
	if err != nil {
		return nil, err
	}
	defer stop()
	if from := report.Contents.Header.Target; from != string(ses.target) {
		return nil, &diag.Error{Code: "assets/other-target", What: fmt.Sprintf("the vault was made on %s, and this is %s", from, ses.target), At: diag.Position{File: req.Vault}, Exit: diag.ExitUsage}
	}
	cfg, found, err := ses.importing(ctx, report, req, m)
	if err != nil {
		return nil, err
	}
	left, err := refs(req.Map, m.Left)
	if err != nil {
		return nil, err
	}
	cfg.Left = left
	lacking := slices.DeleteFunc(assets.Lacking(cfg), func(f diag.Finding) bool { return stays(f, left) })
	if err := whatLacks(lacking, cfg.Mapping.NewAccount); err != nil {
		return nil, err
	}
	done, err := assets.Import(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return ses.account(ctx, cfg, done, left, slices.Concat(found, lacking, assets.RowRules(cfg.Source, cfg.Mapping), done.Findings))
}

// importing prepares the import: what is called how, who is there, and somebody's consent.
func (s *session) importing(ctx context.Context, r *assets.Report, req AssetsImportRequest, m assetsMap) (cfg assets.ImportConfig, found []diag.Finding, err error) {
	home, doors, people, err := s.doors(ctx)
	if err != nil {
		return cfg, nil, err
	}
	id := s.spec.Quick.Account
	risk := fmt.Sprintf("import/%s/%s/%d-assets", id, home, r.Assets)
	if !slices.Contains(req.Accept, risk) {
		return cfg, nil, &diag.Error{Code: "assets/consent", What: fmt.Sprintf("importing makes or changes %d assets in account %s, and nobody has accepted that", r.Assets, id), Exit: diag.ExitWaiting,
			Fix: []string{"rehome assets import " + req.Vault + " --accept-risk " + risk}}
	}
	mapping := assets.Mapping{OldAccount: r.Contents.Header.Account, NewAccount: id, Regions: m.Regions, ARNs: m.ARNs, Buckets: m.Buckets, WorkGroups: m.WorkGroups}
	if old := r.Contents.Header.IdentityRegion; mapping.Regions[old] == "" && old != home {
		mapping.Regions = maps.Clone(m.Regions)
		if mapping.Regions == nil {
			mapping.Regions = map[estate.Region]estate.Region{}
		}
		mapping.Regions[old] = home
	}
	mapping.Principals, found = assets.Principals(principalsOf(r.Inventory), people)
	maps.Copy(mapping.Principals, m.Principals)
	found = slices.DeleteFunc(found, func(f diag.Finding) bool { _, ok := m.Principals[estate.ARN(f.Subject[len("principal/"):])]; return ok })
	networks, err := refs(req.Map, m.Networks)
	if err != nil {
		return cfg, nil, err
	}
	secrets, err := refs(req.Map, m.Secrets)
	if err != nil {
		return cfg, nil, err
	}
	by := importer{s.cloud, id}
	cfg = assets.ImportConfig{Run: r.Contents.Header.Run, Vault: r.Contents, Source: r.Inventory, Mapping: mapping, Regions: doors, Importer: by, Granter: by, Bulk: req.Bulk,
		Networks: map[estate.AssetRef]assets.Network{}, Credentials: map[estate.AssetRef]assets.Credential{}, Now: s.clock.Now, Wait: s.clock.Sleep, Progress: s.app.importProgress()}
	for ref, n := range networks {
		cfg.Networks[ref] = assets.Network{Subnets: n.Subnets, SecurityGroups: n.SecurityGroups, DNSResolvers: n.DNSResolvers, RoleARN: n.RoleARN}
	}
	for ref, secret := range secrets {
		cfg.Credentials[ref] = assets.NewCredential(secret)
	}
	return cfg, found, nil
}

// importProgress says how far an import is, as often as something has come.
func (a *App) importProgress() func(assets.ImportCount) {
	last := assets.ImportCount{Done: -1}
	return func(c assets.ImportCount) {
		if c.Done == last.Done && c.Failed == last.Failed {
			return
		}
		last = c
		a.saying(fmt.Sprintf("import: %d of %d assets are there, %d failed, %d wait, %d jobs to go", c.Done, c.Assets, c.Failed, c.Waiting, c.Jobs))
	}
}

// stays reports whether a finding is about an asset that may stay behind.
func stays(f diag.Finding, left map[estate.AssetRef]string) bool {
	for ref := range left {
		if f.Subject == "asset/"+string(ref.Region)+"/"+string(ref.Type)+"/"+ref.ID {
			return true
		}
	}
	return false
}

// whatLacks is the error with which an import ends before it begins: something that bundles do not carry has to be given by a person.
func whatLacks(found []diag.Finding, account estate.AccountID) error {
	var why, fix []string
	for _, f := range found {
		if f.Blocks() {
			why, fix = append(why, f.Title+": "+f.Cause), append(fix, f.Fix)
		}
	}
	if why == nil {
		return nil
	}
	return &diag.Error{Code: "assets/lacking", What: fmt.Sprintf("nothing was imported: %d things that bundles do not carry are not given", len(why)), Where: "account " + string(account),
		Why: strings.Join(why, "; "), Exit: diag.ExitBlocked, Fix: fix}
}

// account takes an inventory of the target and compares.
func (s *session) account(ctx context.Context, cfg assets.ImportConfig, done *assets.Imported, left map[estate.AssetRef]string, found []diag.Finding) (*Accounted, error) {
	now, err := s.inventory(ctx)
	if err != nil {
		return nil, err
	}
	l := assets.NewLedger(assets.LedgerConfig{Source: cfg.Source, Target: now, Mapping: cfg.Mapping, Outcomes: done.Outcomes, Left: left})
	out := &Accounted{Format: LedgerFormat, Ledger: l, Sums: l.Sums(), Starts: done.Starts, Findings: append(found, l.Findings()...)}
	diag.Sort(out.Findings)
	return out, nil
}
