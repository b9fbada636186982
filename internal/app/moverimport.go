package app

import (
	"context"
	"fmt"
	"strconv"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/plan"
)

// Rehearsed looks whether the plan has passed a rehearsal with the very content of the vault. In a rehearsal that is what goes on.
func (m *move) Rehearsed(_ context.Context, name string) (plan.Observation, error) {
	if m.vaultRoot != "" {
		return plan.Observation{State: plan.Done, Detail: "this is the rehearsal"}, nil
	}
	if err := m.rehearsedWith(name); err != nil {
		return plan.Observation{State: plan.Todo, Detail: diag.From("the rehearsal", err).What}, nil
	}
	return plan.Observation{State: plan.Done, Detail: "rehearsed with vault " + name}, nil
}

// Rehearse repeats the rehearsal with the vault.
func (m *move) Rehearse(ctx context.Context, name string) error {
	m.app.saying("rehearsing this plan on a twin with the vault")
	r, err := m.app.rehearsePlan(ctx, m.plan)
	if err != nil {
		return err
	}
	if r.Outcome != Ready {
		return &diag.Error{Code: "apply/rehearsal", What: "the rehearsal of this plan with the vault ended " + string(r.Outcome), Where: m.vaults().dir(name), Why: r.Why, Exit: diag.ExitBlocked,
			Fix: []string{"look at it: rehome rehearse " + m.app.PlanPath()}}
	}
	return nil
}

// rehearsedWith holds the recorded pass against the vault as it is.
func (m *move) rehearsedWith(name string) error {
	r, err := m.rehearsal()
	if err != nil {
		return err
	}
	c, err := assets.ReadVault(m.vaults().dir(name))
	if err != nil {
		return err
	}
	if r.Vault != c.Digest {
		return &diag.Error{Code: "apply/rehearsed-otherwise", What: "the rehearsal of this plan was not made with the vault as it is", Where: m.vaults().dir(name), Exit: diag.ExitBlocked, Fix: []string{"rehome rehearse " + m.app.PlanPath()}}
	}
	return nil
}

// accounted accounts for every asset of a vault as things are now.
func (m *move) accounted(ctx context.Context, name string, done *assets.Imported) (*Accounted, error) {
	r, err := m.whole(ctx, name)
	if err != nil {
		return nil, err
	}
	to, err := m.destination(ctx, r)
	if err != nil {
		return nil, err
	}
	now, err := m.inventoried(ctx)
	if err != nil {
		return nil, err
	}
	return m.account(r, to, now, done), nil
}

// Imported accounts for every asset of the vault.
func (m *move) Imported(ctx context.Context, name string) (plan.Observation, error) {
	a, err := m.accounted(ctx, name, nil)
	if err != nil {
		return plan.Observation{}, err
	}
	detail := fmt.Sprintf("%d of %d assets are there", a.Sums[assets.Moved]+a.Sums[assets.Rebuilt], len(a.Lines))
	if why := firstTitle(a.Findings); why != "" {
		return plan.Observation{State: plan.Todo, Detail: detail + "; " + why}, nil
	}
	out := plan.Output{"total": strconv.Itoa(len(a.Lines))}
	for _, f := range assets.Fates {
		out[string(f)] = strconv.Itoa(a.Sums[f])
	}
	return plan.Observation{State: plan.Done, Detail: detail, Output: out}, nil
}

// Import brings the vault into the account, accounts for every asset and keeps the ledger with the run.
func (m *move) Import(ctx context.Context, name string) error {
	r, err := m.whole(ctx, name)
	if err != nil {
		return err
	}
	dir := m.vaults().dir(name)
	if err := importable(dir, r); err != nil {
		return err
	}
	to, err := m.destination(ctx, r)
	if err != nil {
		return err
	}
	done, err := assets.Import(ctx, m.importing(r, to))
	if err != nil {
		return err
	}
	a, err := m.accounted(ctx, name, done)
	if err != nil {
		return err
	}
	if m.dir != "" {
		if err := document.Write(m.ledgerPath(), a); err != nil {
			return err
		}
	}
	if why := firstTitle(a.Findings); why != "" {
		return &diag.Error{Code: "import/incomplete", What: fmt.Sprintf("%d of %d assets are not at the target as they were; everything else is", a.Sums[assets.Lost], len(a.Lines)), Where: "account " + string(m.spec.Quick.Account),
			Why: why, Owner: diag.QuickAdmin, Exit: diag.ExitBlocked, Fix: append(fixes(a.Findings), "correct what the spec says under assets, or Quick, then: rehome resume; the vault in "+dir+" holds everything")}
	}
	return nil
}
