package assets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Remover deletes assets for good.
type Remover interface {
	// Delete deletes an asset: an analysis at once, without the window in which it could be restored (quick-api 5). One that is not there is
	// no error, nor is one that goes over time (quick-api 4.6). Its error wraps ErrBusy when Quick is busy.
	Delete(ctx context.Context, at estate.AssetRef) error
	// Importing gives the ids of the import jobs of a Region that are under way: they go on when whoever began them was killed.
	Importing(ctx context.Context, r estate.Region) ([]string, error)
}

// RemoveConfig is what the removal of trial imports needs.
type RemoveConfig struct {
	Account  estate.AccountID
	Regions  map[estate.Region]estate.Known[Door]
	Remover  Remover
	Prefix   string                                     // of one trial, as TrialPrefix gives it; empty: the leftovers of all
	Wait     func(context.Context, time.Duration) error // the run's clock
	Progress func(RemoveCount)                          // nil: nobody wants to know; calls come one at a time
	Workers  func(delta int)                            // as ImportConfig.Workers
}

// RemoveCount is how far a removal is.
type RemoveCount struct{ Removed, Found, Running int }

// Cleared is what came of a removal. Both lists are sorted.
type Cleared struct {
	Removed  []estate.AssetRef
	Left     []estate.AssetRef // still there
	Findings []diag.Finding    // what is left and why, and what could not be looked at
}

// RemoveTrial waits for the jobs of trial imports, finds what they made, in every Region, and deletes it: what uses something before what it
// uses, at most five at once.
// It looks again until nothing is left, or until nothing more goes. There is no journal: a removal that was stopped is begun again. Its
// result is there even beside an error, which only the end of ctx is.
func RemoveTrial(ctx context.Context, c RemoveConfig) (*Cleared, error) {
	if !strings.HasPrefix(c.Prefix, trialMark) {
		c.Prefix = trialMark // nothing else is ever deleted
	}
	r := &removing{RemoveConfig: c, told: map[estate.AssetRef]bool{}, gone: map[estate.AssetRef]bool{}, why: map[estate.AssetRef]error{}}
	pause, waited := time.Duration(0), time.Duration(0)
	again := true // what failed may go now
	r.settle(ctx)
	for r.look(ctx); len(r.found) > 0 && ctx.Err() == nil; {
		before := len(r.found)
		r.round(ctx, again)
		r.look(ctx)
		if again = len(r.found) < before; again {
			pause, waited = 0, 0
			continue
		}
		if waited >= patience || !slices.ContainsFunc(r.found, func(ref estate.AssetRef) bool { return r.told[ref] }) {
			break // nothing that is left will go
		}
		pause = longer(pause, 15*time.Second)
		if waited += pause; c.Wait(ctx, pause) != nil {
			break
		}
	}
	return r.result(ctx)
}

// removing is a removal under way. The goroutine of RemoveTrial owns it.
type removing struct {
	RemoveConfig
	found   []estate.AssetRef // at the last look, sorted
	seen    map[estate.AssetRef]bool
	told    map[estate.AssetRef]bool
	gone    map[estate.AssetRef]bool
	why     map[estate.AssetRef]error // what the last call about an asset ended with
	unknown []diag.Finding            // of the last look
	jobs    []diag.Finding            // jobs that may still make something
	running int
}

// settle waits until no job of a trial import is under way, or for as long as patience lasts.
func (r *removing) settle(ctx context.Context) {
	c := calling{wait: r.Wait}
	for _, region := range slices.Sorted(maps.Keys(r.Regions)) {
		for pause := time.Duration(0); r.Regions[region].IsKnown(); {
			var jobs []string
			err := c.call(ctx, func() {}, func() (err error) { jobs, err = r.Remover.Importing(ctx, region); return err })
			at := slices.IndexFunc(jobs, func(id string) bool { return strings.HasPrefix(id, r.Prefix) })
			if err == nil && at < 0 || ctx.Err() != nil {
				break
			}
			if err != nil || c.waited >= patience {
				f := unlooked(region, "import-job", "")
				if err != nil {
					f.Cause = err.Error()
				} else {
					f.Cause = "import job " + jobs[at] + " is under way"
				}
				r.jobs = append(r.jobs, f)
				break
			}
			pause = longer(pause, 15*time.Second)
			if c.pause(ctx, pause) != nil {
				break
			}
		}
	}
}

// look lists what is there. A Region or type that cannot be listed is a finding, what was found of it before counts as still there, and the
// rest is looked at all the same.
func (r *removing) look(ctx context.Context) {
	r.seen, r.unknown = map[estate.AssetRef]bool{}, nil
	var queue []asking
	for _, region := range slices.Sorted(maps.Keys(r.Regions)) {
		door, ok := r.Regions[region].Get()
		switch {
		case ok:
			for _, kind := range estate.BundleTypes {
				if kind != estate.AssetRefreshSchedule { // listed with their datasets
					queue = append(queue, asking{region, kind, func(ctx context.Context) ([]estate.Asset, error) { return door.List(ctx, kind) }})
				}
			}
		case !r.Regions[region].Looked():
			r.unlooked(region, "", r.Regions[region].Why())
		}
	}
	p := &pool{Workers: r.Workers}
	p.run(ctx, func() work {
		if len(queue) == 0 {
			return nil
		}
		q := queue[0]
		queue = queue[1:]
		return func(ctx context.Context, slowed func()) func() bool {
			list, err := r.list(ctx, slowed, q)
			return func() bool {
				queue = append(queue, r.listed(q, list, err)...)
				return false
			}
		}
	})
	if ctx.Err() != nil {
		return
	}
	for _, ref := range r.found {
		if !r.seen[ref] {
			r.gone[ref] = true
		}
	}
	r.found = slices.SortedFunc(maps.Keys(r.seen), compareRefs)
}

// asking is one list to be read.
type asking struct {
	region estate.Region
	kind   estate.AssetType
	ask    func(context.Context) ([]estate.Asset, error)
}

func (r *removing) list(ctx context.Context, slowed func(), q asking) (list []estate.Asset, err error) {
	c := calling{wait: r.Wait}
	err = c.call(ctx, slowed, func() (err error) { list, err = q.ask(ctx); return err })
	return list, err
}

// listed takes in a list, and asks for the schedules of the datasets in it: whatever they are called, they go with them.
func (r *removing) listed(q asking, list []estate.Asset, err error) (more []asking) {
	if err != nil {
		r.unlooked(q.region, q.kind, err.Error())
	}
	for _, a := range list {
		if q.kind != estate.AssetRefreshSchedule && !strings.HasPrefix(a.ID, r.Prefix) {
			continue
		}
		r.seen[estate.AssetRef{Region: q.region, Type: q.kind, ID: a.ID}] = true
		if door, _ := r.Regions[q.region].Get(); q.kind == estate.AssetDataSet {
			more = append(more, asking{q.region, estate.AssetRefreshSchedule, func(ctx context.Context) ([]estate.Asset, error) { return door.RefreshSchedules(ctx, a.ID) }})
		}
	}
	return more
}

func (r *removing) unlooked(region estate.Region, kind estate.AssetType, why string) {
	for _, ref := range r.found {
		if ref.Region == region && (ref.Type == kind || kind == "" || kind == estate.AssetDataSet && ref.Type == estate.AssetRefreshSchedule) {
			r.seen[ref] = true
		}
	}
	r.unknown = append(r.unknown, unlooked(region, kind, why))
}

func unlooked(region estate.Region, kind estate.AssetType, why string) diag.Finding {
	what := strings.TrimSpace(string(region) + " " + string(kind))
	return diag.Finding{Code: "MIG-16", Status: diag.Unknown, Subject: "trial/" + strings.ReplaceAll(what, " ", "/"), Owner: diag.QuickAdmin,
		Title: "whether a trial import left something behind is not known: " + what, Cause: why, Fix: "let the caller list it, then run the same command again"}
}

// round asks once for everything that was found and is not on its way, type after type against the order in which they are imported. What
// failed is asked for again only after something else went, which may have held it, as a folder holds the folder that it is in.
func (r *removing) round(ctx context.Context, again bool) {
	for _, kind := range slices.Backward(estate.BundleTypes) {
		var queue []estate.AssetRef
		for _, ref := range r.found {
			if ref.Type == kind && !r.told[ref] && (again || r.why[ref] == nil) {
				queue = append(queue, ref)
			}
		}
		p := &pool{Workers: r.Workers}
		p.run(ctx, func() work {
			r.tell(p.running)
			if len(queue) == 0 {
				return nil
			}
			ref := queue[0]
			queue = queue[1:]
			return func(ctx context.Context, slowed func()) func() bool {
				c := calling{wait: r.Wait}
				err := c.call(ctx, slowed, func() error { return r.Remover.Delete(ctx, ref) })
				return func() bool {
					if r.told[ref] = err == nil; err == nil {
						delete(r.why, ref)
					} else {
						r.why[ref] = err
					}
					return false
				}
			}
		})
	}
}

func (r *removing) tell(running int) {
	if r.Progress != nil {
		r.Progress(RemoveCount{Removed: len(r.gone), Found: len(r.gone) + len(r.found), Running: running})
	}
}

func (r *removing) result(ctx context.Context) (*Cleared, error) {
	out := &Cleared{Removed: slices.SortedFunc(maps.Keys(r.gone), compareRefs), Left: r.found, Findings: slices.Concat(r.jobs, r.unknown)}
	for _, ref := range r.found {
		f := diag.Finding{Code: "MIG-16", Status: diag.Fail, Subject: subject(ref), Owner: diag.QuickAdmin, Source: []diag.Source{sheet("5")},
			Title: "1 " + string(ref.Type) + " of a trial import is still there: " + Label(ref, ""), Fix: "run the same command again, or delete it in Quick"}
		switch err := r.why[ref]; {
		case err != nil:
			f.Cause = err.Error()
		case r.told[ref]:
			f.Cause = fmt.Sprintf("it was told to go, and was still listed after %s", patience)
		}
		out.Findings = append(out.Findings, f)
	}
	diag.Sort(out.Findings)
	if ctx.Err() != nil {
		return out, &diag.Error{Code: "trial/interrupted", What: "the removal of the trial import was interrupted", Where: where(r.Account, ""), Err: ctx.Err(), Exit: diag.ExitInterrupted,
			Fix: []string{"run the same command again: what is left is found and removed"}}
	}
	return out, nil
}
