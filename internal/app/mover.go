package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/step"
)

var _ step.Assets = (*move)(nil)

// seenVault is what was found out about a vault within one step.
type seenVault struct {
	name   string
	report *assets.Report
}

// inventoried is the inventory of this moment: the one of this step, as long as this run has changed nothing since.
func (m *move) inventoried(ctx context.Context) (*assets.Inventory, error) {
	m.mu.Lock()
	mutated := m.mutated
	m.mu.Unlock()
	if m.stock != nil && m.stockAt == mutated {
		return m.stock, nil
	}
	inv, err := m.inventoryTold(ctx, nil) // one look of many: it is not told
	if err != nil {
		return nil, err
	}
	m.stock, m.stockAt = inv, mutated
	return inv, nil
}

// whole reads a vault again, every byte of it, once in each step.
func (m *move) whole(ctx context.Context, name string) (*assets.Report, error) {
	if m.seen.report != nil && m.seen.name == name {
		return m.seen.report, nil
	}
	r, err := assets.Verify(ctx, m.vaults().dir(name), nil)
	if err != nil {
		return nil, err
	}
	m.seen = seenVault{name: name, report: r}
	return r, nil
}

// vaultNow judges a vault: alone when the account that it is of is gone, else against what is there now.
func (m *move) vaultNow(ctx context.Context, name string, gone bool) (*VaultChecked, error) {
	r, err := m.whole(ctx, name)
	if err != nil {
		return nil, err
	}
	var now *assets.Inventory
	if !gone {
		if now, err = m.inventoried(ctx); err != nil {
			return nil, err
		}
	}
	return m.judge(name, r, now)
}

// judge is what is known of a vault, by an inventory when there is one, and what a person still has to give.
func (m *move) judge(name string, r *assets.Report, now *assets.Inventory) (*VaultChecked, error) {
	v, err := judged(m.vaults().dir(name), r, now, m.spec.AssetsWanted())
	if err == nil && now != nil {
		m.askedFor(v, r)
	}
	return v, err
}

// askedFor adds what a person has to give before everything in the vault can be imported: it must be known before the deletion.
func (m *move) askedFor(v *VaultChecked, r *assets.Report) {
	v.Findings = append(v.Findings, lacking(m.importing(r, m.intended(r, nil)))...)
	diag.Sort(v.Findings)
	if v.Outcome == VaultComplete && slices.ContainsFunc(v.Findings, diag.Finding.Blocks) {
		v.Outcome = VaultIncomplete
	}
}

// Exported looks whether a vault holds everything that is there now.
func (m *move) Exported(ctx context.Context, name string, gone bool) (o plan.Observation, err error) {
	if name == "" {
		if name, err = m.vaults().newest(); err != nil {
			return o, err
		}
	}
	if name == "" {
		return plan.Observation{State: plan.Todo, Detail: "there is no vault yet"}, nil
	}
	v, err := m.vaultNow(ctx, name, gone)
	if err != nil && !gone { // a vault that cannot be read is kept, and another one made
		return plan.Observation{State: plan.Todo, Detail: diag.From("the vault", err).What}, nil
	}
	if err != nil {
		return o, err
	}
	if v.Outcome != VaultComplete {
		i := slices.IndexFunc(v.Findings, diag.Finding.Blocks)
		if gone {
			return o, vaultError("the vault is not whole, and the account that it is of is gone", v)
		}
		return plan.Observation{State: plan.Todo, Detail: v.Findings[i].Title}, nil
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("%d assets in %d bundles, %d bytes", v.Assets, v.Bundles, v.Bytes),
		Output: plan.Output{"vault": name, "digest": v.Digest, "assets": strconv.Itoa(v.Assets), "bundles": strconv.Itoa(v.Bundles)}}, nil
}

// Export fills the newest vault, or a new one when that is not what is there any more.
func (m *move) Export(ctx context.Context) error {
	inv, err := m.inventoried(ctx)
	if err != nil {
		return err
	}
	name, err := m.vaults().open(inv)
	if err != nil {
		return err
	}
	m.seen = seenVault{}
	if err := m.export(ctx, m.vaults().dir(name), inv); err != nil {
		return err
	}
	r, err := m.whole(ctx, name)
	if err != nil {
		return err
	}
	v, err := m.judge(name, r, inv)
	if err == nil && v.Outcome != VaultComplete {
		err = vaultError("not everything that the deletion would destroy is in the vault", v)
	}
	return err
}

// vaultError says what is wrong with a vault, the first few things of it.
func vaultError(what string, v *VaultChecked) error {
	return &diag.Error{Code: "vault/incomplete", What: what, Where: v.Dir, Why: firstTitle(v.Findings), Owner: diag.QuickAdmin, Exit: diag.ExitBlocked, Fix: fixes(v.Findings)}
}

func firstTitle(all []diag.Finding) string {
	for _, f := range all {
		if f.Blocks() {
			return f.Title
		}
	}
	return ""
}

// fixes are those of the blocking findings, ten at most.
func fixes(all []diag.Finding) []string {
	const most = 10
	var out []string
	for _, f := range all {
		if !f.Blocks() || f.CausedBy != "" {
			continue
		}
		if len(out) == most {
			return append(out, "and others")
		}
		out = append(out, f.Code+" "+f.Subject+": "+f.Title+" ("+f.Cause+"): "+f.Fix)
	}
	return out
}

// signs turns what somebody has signed for from a block into a warning that shows who. What speaks against the vault itself stays.
func signs(found []diag.Finding, wanted spec.Assets) []diag.Finding {
	word := map[string]string{}
	for key, s := range wanted.ByHand {
		word["asset/"+key] = "made again by hand: " + s.String()
	}
	for key, s := range wanted.Leave {
		word["asset/"+key] = "may go with the old account: " + s.String()
	}
	for i := range found {
		if w, signed := word[found[i].Subject]; signed && found[i].Code == "MIG-15" {
			found[i].Severity, found[i].Title, found[i].Fix = diag.Warn, found[i].Title+"; "+w, ""
		}
	}
	return found
}

// vaultGate opens when everything that the deletion would destroy is in a vault that was read again at this moment, or signed for, and the
// people come back. A plan without assets asks only that there are none.
func (m *move) vaultGate(ctx context.Context, r plan.Run, st plan.Step) (e engine.Evidence, err error) {
	if _, moving := m.plan.Step("export-assets"); !moving {
		return m.nothingToLose(ctx)
	}
	if _, err := m.nothingOpen(ctx, "people come back: %d findings", "MIG-04", "SUB-23"); err != nil {
		return e, err
	}
	now, err := m.fresh(ctx)
	if err != nil {
		return e, err
	}
	out := r.Output("export-assets")
	v, err := m.vaultNow(ctx, out["vault"], false)
	switch {
	case err != nil:
		return e, err
	case v.Outcome != VaultComplete:
		return e, vaultError("the vault does not hold everything that is there", v)
	case v.Digest != out["digest"]:
		return e, &diag.Error{Code: "gate/vault", What: "the vault was changed since its step was done", Where: v.Dir, Exit: diag.ExitBlocked, Fix: []string{"rehome resume looks at it again"}}
	}
	if risk := step.DeleteRisk(plan.Input{Spec: m.spec, Survey: now}); risk != st.RiskName {
		return e, &diag.Error{Code: "gate/count", What: "what would be deleted is no longer what was planned: " + risk, Where: st.RiskName, Why: "consent was given to another number of assets", Exit: diag.ExitBlocked,
			Fix: []string{"rehome survey && rehome plan; the vault is kept, and what is new is exported"}}
	}
	return evidence(fmt.Sprintf("%d assets in %d bundles of a vault that was read again", v.Assets, v.Bundles), v.Digest), nil
}
