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
	"rehome/internal/spec"
)

// LedgerFormat is the version of a ledger's JSON.
const LedgerFormat = "rehome.ledger/v1"

// AssetsImportRequest says what to import.
type AssetsImportRequest struct {
	Vault  string
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
	release, err := a.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	report, err := wholeVault(ctx, req.Vault)
	if err != nil {
		return nil, err
	}
	ses, stop, err := a.lookingSession(ctx, "", "assets import")
	if err != nil {
		return nil, err
	}
	defer stop()
	to, err := ses.destination(ctx, report)
	if err != nil {
		return nil, err
	}
	risk := fmt.Sprintf("import/%s/%s/%d-assets", ses.spec.Quick.Account, to.home, report.Assets)
	if !slices.Contains(req.Accept, risk) {
		return nil, &diag.Error{Code: "assets/consent", What: fmt.Sprintf("importing makes or changes %d assets in account %s, and nobody has accepted that", report.Assets, ses.spec.Quick.Account), Exit: diag.ExitWaiting,
			Fix: []string{"rehome assets import " + req.Vault + " --accept-risk " + risk}}
	}
	cfg := ses.importing(report, to)
	cfg.Bulk = req.Bulk
	if err := whatLacks(lacking(cfg), ses.spec.Quick.Account); err != nil {
		return nil, err
	}
	done, err := assets.Import(ctx, cfg)
	if err != nil {
		return nil, err
	}
	now, err := ses.inventory(ctx)
	if err != nil {
		return nil, err
	}
	return ses.account(report, to, now, done), nil
}

// wholeVault reads a vault of which something is to be imported; one that is not whole is an error.
func wholeVault(ctx context.Context, dir string) (*assets.Report, error) {
	r, err := assets.Verify(ctx, dir, nil)
	if err != nil {
		return nil, err
	}
	return r, importable(dir, r)
}

func importable(dir string, r *assets.Report) error {
	// What AWS would not export is not in the vault, and the vault is whole without it.
	damage := slices.DeleteFunc(slices.Clone(r.Findings), func(f diag.Finding) bool { return f.Code == "MIG-15" })
	if r.Inventory == nil || slices.ContainsFunc(damage, diag.Finding.Blocks) {
		return &diag.Error{Code: "assets/vault", What: "the vault is not whole, so nothing is imported from it", At: diag.Position{File: dir}, Why: firstTitle(damage), Exit: diag.ExitBlocked,
			Fix: []string{"rehome assets verify " + dir + " --offline says what is wrong"}}
	}
	return nil
}

// destination is where a vault goes: the account as it is now, and what is called how in it.
type destination struct {
	home    estate.Region
	doors   map[estate.Region]estate.Known[assets.Door]
	mapping assets.Mapping
	found   []diag.Finding // principals that have no counterpart
}

// destination looks at the account, and finds for everybody of the vault the one who takes their place.
func (s *session) destination(ctx context.Context, r *assets.Report) (d destination, err error) {
	if from := r.Contents.Header.Target; from != string(s.target) && s.vaultRoot == "" {
		return d, &diag.Error{Code: "assets/other-target", What: fmt.Sprintf("the vault was made on %s, and this is %s", from, s.target), At: diag.Position{File: r.Contents.Dir}, Exit: diag.ExitUsage}
	}
	var known estate.Known[assets.People]
	if d.home, d.doors, known, err = s.doors(ctx); err != nil {
		return d, err
	}
	people, ok := known.Get()
	if !ok {
		return d, &diag.Error{Code: "assets/people", What: "who is in the account at the target is not known, so nobody can be given anything", Where: "account " + string(s.spec.Quick.Account), Why: known.Why(),
			Exit: diag.ExitBlocked, Fix: []string{"let the caller list namespaces, users and groups there"}}
	}
	wanted := s.spec.AssetsWanted()
	d.mapping = s.mapping(r.Contents.Header, d.home)
	d.mapping.Principals, d.found = assets.Principals(r.Inventory.People.Or(assets.People{}), people, r.Principals)
	maps.Copy(d.mapping.Principals, wanted.Principals)
	d.found = slices.DeleteFunc(d.found, func(f diag.Finding) bool {
		_, ok := wanted.Principals[estate.ARN(f.Subject[len("principal/"):])]
		return ok
	})
	return d, nil
}

// mapping is what is called how, but for people, in an account with that identity Region.
func (s *session) mapping(old assets.Header, home estate.Region) assets.Mapping {
	wanted := s.spec.AssetsWanted()
	m := assets.Mapping{OldAccount: old.Account, NewAccount: s.spec.Quick.Account, Regions: maps.Clone(wanted.Regions), ARNs: wanted.ARNs, Buckets: wanted.Buckets, WorkGroups: wanted.WorkGroups}
	if m.Regions[old.IdentityRegion] == "" && old.IdentityRegion != home {
		if m.Regions == nil {
			m.Regions = map[estate.Region]estate.Region{}
		}
		m.Regions[old.IdentityRegion] = home
	}
	return m
}

// importer works on the Quick account of the spec.
func (s *session) importer() importer {
	return importer{cloud: s.cloud, account: s.spec.Quick.Account, buckets: s.spec.AssetsWanted().ImportBuckets}
}

// importing is the import of a vault with all that the spec says about it.
func (s *session) importing(r *assets.Report, to destination) assets.ImportConfig {
	wanted := s.spec.AssetsWanted()
	by := s.importer()
	cfg := assets.ImportConfig{Run: r.Contents.Header.Run, Vault: r.Contents, Source: r.Inventory, Mapping: to.mapping, Regions: to.doors, Importer: by, Granter: by, Left: words(wanted.Leave),
		Networks: map[estate.AssetRef]assets.Network{}, Credentials: map[estate.AssetRef]assets.Credential{}, Now: s.clock.Now, Wait: s.clock.Sleep, Workers: s.workers(), Progress: s.app.importProgress()}
	for ref, n := range spec.Refs(wanted.Networks) {
		cfg.Networks[ref] = assets.Network{Subnets: n.Subnets, SecurityGroups: n.SecurityGroups, DNSResolvers: n.DNSResolvers, RoleARN: n.RoleARN}
	}
	for ref, secret := range spec.Refs(wanted.Secrets) {
		cfg.Credentials[ref] = assets.NewCredential(secret)
	}
	return cfg
}

// importProgress says how far an import is, as often as something has come.
func (a *App) importProgress() func(assets.ImportCount) {
	last := assets.ImportCount{Done: -1}
	return func(c assets.ImportCount) {
		if c.Done == last.Done && c.Failed == last.Failed {
			return
		}
		if last.Done < 0 {
			a.saying(fmt.Sprintf("import: %d jobs, at least %d of them one after the other, %d at once", c.Jobs+c.Running, c.Chain, assets.MaxInFlight))
		}
		last = c
		a.saying(fmt.Sprintf("import: %d of %d assets are there, %d failed, %d wait, %d jobs to go", c.Done, c.Assets, c.Failed, c.Waiting, c.Jobs))
	}
}

// lacking are the things that a person has to give, but for what may stay behind.
func lacking(cfg assets.ImportConfig) []diag.Finding {
	return slices.DeleteFunc(assets.Lacking(cfg), func(f diag.Finding) bool { return stays(f, cfg.Left) })
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

// account compares what is there now with the vault; nil for done: nothing was imported just now.
func (s *session) account(r *assets.Report, to destination, now *assets.Inventory, done *assets.Imported) *Accounted {
	wanted := s.spec.AssetsWanted()
	cfg := assets.LedgerConfig{Source: r.Inventory, Target: now, Mapping: to.mapping, Left: words(wanted.Leave), ByHand: words(wanted.ByHand)}
	out := &Accounted{Format: LedgerFormat, Findings: slices.Concat(to.found, assets.RowRules(r.Inventory, to.mapping))}
	if done != nil {
		cfg.Outcomes, out.Starts = done.Outcomes, done.Starts
		out.Findings = append(out.Findings, done.Findings...)
	}
	out.Ledger = assets.NewLedger(cfg)
	out.Sums, out.Findings = out.Ledger.Sums(), append(out.Findings, out.Ledger.Findings()...)
	diag.Sort(out.Findings)
	return out
}

func words(signed map[string]spec.SignOff) map[estate.AssetRef]string {
	out := map[estate.AssetRef]string{}
	for ref, s := range spec.Refs(signed) {
		out[ref] = s.String()
	}
	return out
}
