package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// trialMark begins the id of everything that a trial import of whatever run makes.
const trialMark = "rehome-trial-"

// TrialPrefix begins the id of everything that the trial import of a run makes. Every type takes it for a part of an id (quick-api 5, 7).
func TrialPrefix(run string) string {
	sum := sha256.Sum256([]byte(run))
	return trialMark + hex.EncodeToString(sum[:4]) + "-"
}

// ofTrial reports whether an asset was made by a trial import. A refresh schedule begins with the id of its dataset.
func ofTrial(id string) bool { return strings.HasPrefix(id, trialMark) }

// TrialConfig is what a trial import needs: what an import does, with the doors to the old account at the Regions that its assets go to, and
// somebody who removes what it made. Prefix, Mapping.NewAccount and Mapping.Principals are the trial's own.
type TrialConfig struct {
	ImportConfig
	Remover  Remover
	Removing func(RemoveCount) // as RemoveConfig.Progress
}

// Tried is what came of a trial import.
type Tried struct {
	Prefix   string
	Outcomes []Outcome // of every asset in the vault, sorted; At is what it was called, and is gone
	Removed  int       // assets of the trial that were removed
	Findings []diag.Finding
}

// Passed reports whether everything could be imported, was as it has to be, and is gone.
func (t *Tried) Passed() bool { return !slices.ContainsFunc(t.Findings, diag.Finding.Blocks) }

// Trial imports all bundles of a vault into the old account while it is still there, at the Regions that its assets go to: assets are per
// Region, and one id prefix keeps them apart from those that are there (quick-api 0, line 2; 3.4; MIG-16). Everything is read back, but for
// who may do what: people have not moved yet, and nobody is to see it. Then it is removed for good, even when not all of it could be
// imported. A trial that was stopped goes on where it was. Datasets in SPICE are loaded while they are there, which takes capacity.
// Its result is there even beside an error.
func Trial(ctx context.Context, c TrialConfig) (*Tried, error) {
	c.Prefix = TrialPrefix(c.Run)
	c.Run = strings.TrimSuffix(c.Prefix, "-") // so that RemoveTrial knows its jobs
	c.Bulk = true                             // everything that fails is to be known
	c.Mapping.NewAccount, c.Mapping.Principals = c.Mapping.OldAccount, nil
	done, err := Import(ctx, c.ImportConfig)
	out := &Tried{Prefix: c.Prefix, Outcomes: done.Outcomes, Findings: c.unmarked(done.Findings)}
	out.Findings = append(out.Findings, c.bundles(done.Outcomes)...)
	out.Findings = append(out.Findings, c.borrowed()...)
	if ctx.Err() != nil {
		return out, err
	}
	cleared, cerr := RemoveTrial(ctx, RemoveConfig{Account: c.Mapping.OldAccount, Regions: c.Regions, Remover: c.Remover, Prefix: c.Prefix, Wait: c.Wait, Workers: c.Workers,
		Progress: c.Removing})
	out.Removed, out.Findings = len(cleared.Removed), append(out.Findings, cleared.Findings...)
	diag.Sort(out.Findings)
	if err == nil {
		err = cerr
	}
	return out, err
}

// unmarked calls the assets of findings what they are called outside of the trial.
func (c TrialConfig) unmarked(found []diag.Finding) []diag.Finding {
	for n := range found {
		f := &found[n]
		for _, text := range []*string{&f.Subject, &f.CausedBy, &f.Title} {
			*text = strings.ReplaceAll(*text, c.Prefix, "")
		}
	}
	return found
}

// bundles names each bundle that could not be imported whole, and left on its own what the findings say of its assets.
func (c TrialConfig) bundles(outcomes []Outcome) (found []diag.Finding) {
	held, bad, total := c.Vault.held(), map[string][]Outcome{}, map[string]int{}
	for _, o := range outcomes {
		file := held[o.Asset].File.Name
		if total[file]++; o.State != Done || !o.Read.There() || len(o.Read.Differs) > 0 {
			bad[file] = append(bad[file], o)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(bad)) {
		f := diag.Finding{Code: "MIG-16", Status: diag.Fail, Subject: "vault/" + file, Owner: diag.QuickAdmin, Source: []diag.Source{sheet("3.4")},
			Title: fmt.Sprintf("%d of the %d assets of bundle %s do not pass the trial import", len(bad[file]), total[file], file),
			Fix:   "mend what the findings about its assets name, export again, and try again: nothing is deleted before"}
		for _, o := range bad[file] {
			f.Evidence = append(f.Evidence, diag.Evidence{Path: subject(o.Asset), Seen: o.State.String()})
		}
		found = append(found, f)
	}
	return found
}

// borrowed names what stood only because the old account still holds what it uses: an asset that the vault does not hold, in a Region that
// stays. After the deletion its import fails, and no trial can show that.
func (c TrialConfig) borrowed() (found []diag.Finding) {
	held := c.Vault.held()
	c.Source.All(func(ref estate.AssetRef, item *Item) bool {
		if held[ref] == nil {
			return true
		}
		for _, arn := range item.Uses {
			used, of, ok := estate.ParseAssetARN(arn)
			if ok && of == c.Mapping.OldAccount && held[used] == nil && c.Mapping.Region(used.Region) == used.Region {
				found = append(found, diag.Finding{Code: "MIG-16", Status: diag.Fail, Subject: subject(ref), Owner: diag.QuickAdmin, Source: []diag.Source{inferred("3.3")},
					Title: "1 " + string(ref.Type) + " was tried beside what the vault does not hold: " + Label(ref, item.Name), Cause: "it uses " + Label(used, "") + ", which goes with the account",
					Fix: "make " + Label(used, "") + " again before the import, or leave out what needs it"})
				break
			}
		}
		return true
	})
	return found
}

// String is the state for people.
func (s OutcomeState) String() string {
	return [...]string{Undone: "not tried", Done: "there", Failed: "failed", Waiting: "waits for another that failed"}[s]
}

// Leavings says that an inventory left out what trial imports made; it is neither an asset of anybody nor lost when it goes.
func (i *Inventory) Leavings() []diag.Finding {
	if i.Trials == 0 {
		return nil
	}
	return []diag.Finding{{Code: "MIG-16", Status: diag.Fail, Severity: diag.Warn, Subject: "trial", Owner: diag.QuickAdmin,
		Title: fmt.Sprintf("%d assets of a trial import are still there, and were not counted", i.Trials), Cause: "a trial import is at work, or was stopped",
		Fix: "let the trial import end: it removes what it made, and what others left behind"}}
}
