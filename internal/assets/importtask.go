package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// importTask is one parcel at work. It talks to Quick, and tells the import what came of it.
type importTask struct {
	parcel  *parcel
	assets  []estate.AssetRef // to bring now
	rest    []estate.AssetRef // of assets, that were not there
	looked  bool              // rest is known, and which attempt comes next
	attempt int
	job     string // id of the import job; empty: none
	unclean bool   // a rollback broke: what is there now nobody knows
	waited  time.Duration
	delay   time.Duration
	found   []diag.Finding
	ctx     context.Context
	i       *importing
}

func (t *importTask) run(ctx context.Context) {
	t.ctx = ctx
	reads, err := t.do()
	a := arrival{task: t, err: err, reads: reads, found: t.found}
	var lost errFailed
	switch {
	case err == nil:
		a.kind = stored
	case ctx.Err() != nil:
		a.kind = broken
	case errors.As(err, &lost):
		a.kind, a.failed = failed, lost
	case errors.As(err, &errFull{}):
		a.kind, a.err = full, errors.Unwrap(err)
	case errors.As(err, &errBusy{}) && t.waited < patience:
		a.kind = busy
	default:
		a.kind = broken
	}
	t.i.events <- a
}

// brought is the job that brought an asset.
func (t *importTask) brought(ref estate.AssetRef) string {
	if slices.Contains(t.rest, ref) {
		return t.job
	}
	return ""
}

// do brings the parcel, as far as it is not there, and reads all of it back.
func (t *importTask) do() ([]Read, error) {
	if t.delay > 0 {
		if err := t.wait(t.delay); err != nil {
			return nil, err
		}
	}
	if !t.looked {
		running, err := t.look()
		if err != nil {
			return nil, err
		}
		t.looked = true
		if running {
			return t.finish()
		}
	}
	if len(t.rest) > 0 {
		if err := t.start(); err != nil {
			return nil, err
		}
		return t.finish()
	}
	return t.readBack()
}

// finish waits for the job and reads back what it brought.
func (t *importTask) finish() ([]Read, error) {
	if len(t.rest) > 0 {
		if err := t.end(); err != nil {
			return nil, err
		}
	}
	return t.readBack()
}

// look finds out what is to be done: nothing for what is there and equal but for what can be mended, else nothing for what an earlier
// attempt has brought, or is bringing.
func (t *importTask) look() (running bool, err error) {
	there := t.i.listed[t.to()]
	var wants []Form
	var refs []estate.AssetRef
	for _, ref := range t.assets {
		at := t.i.Mapping.Ref(ref)
		dataset, _ := split(at)
		_, listed := there[AssetID{Type: at.Type, ID: at.ID}]
		_, schedule := there[AssetID{Type: estate.AssetDataSet, ID: dataset}] // schedules are listed by dataset
		if listed || at.Type == estate.AssetRefreshSchedule && schedule {
			wants, refs = append(wants, t.want(ref)), append(refs, ref)
		}
	}
	settled, err := t.settled(refs, wants, there)
	if err != nil {
		return false, err
	}
	t.rest = slices.DeleteFunc(slices.Clone(t.assets), func(ref estate.AssetRef) bool { return settled[ref] })
	if len(t.rest) == 0 {
		return false, nil
	}
	return t.earlier()
}

// settled are the assets that are there and need no import.
func (t *importTask) settled(refs []estate.AssetRef, wants []Form, there map[AssetID]estate.Asset) (map[estate.AssetRef]bool, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	c := t.reading()
	r := &reader{ReadBackConfig: c, schedules: map[string]found[estate.Asset]{}, members: map[string]found[bool]{}}
	out := map[estate.AssetRef]bool{}
	for n, want := range wants {
		have, read := r.read(t.ctx, want)
		have.Name = there[AssetID{Type: want.Asset.Type, ID: want.Asset.ID}].Name
		out[refs[n]] = read.There() && !slices.ContainsFunc(want.Differences(have), func(part string) bool { return !mendable[part] })
	}
	return out, t.ctx.Err()
}

// earlier looks for the jobs of earlier attempts. One that runs is waited for. After one that ended well only what is not there is left.
func (t *importTask) earlier() (running bool, err error) {
	for well := ""; ; t.attempt++ {
		id := t.parcel.job(t.i.Run, t.attempt+1)
		s, err := t.describe(id)
		switch {
		case errors.Is(err, ErrNoJob):
			if well == "" {
				return false, nil
			}
			t.job = well
			return false, t.fresh()
		case err != nil:
			return false, err
		case s.Status == exportSuccessful:
			well = id
		case !over(s.Status):
			t.attempt, t.job = t.attempt+1, id
			return true, nil
		}
	}
}

// fresh lists what is there now: what was listed when the import began may be older than the end of a job.
func (t *importTask) fresh() error {
	types, datasets := map[estate.AssetType]bool{}, map[string]bool{}
	for _, ref := range t.rest {
		at := t.i.Mapping.Ref(ref)
		types[at.Type] = true
		if at.Type == estate.AssetRefreshSchedule {
			dataset, _ := split(at)
			types[estate.AssetDataSet], datasets[dataset] = true, true
		}
	}
	there, err := t.i.list(t.ctx, t.to(), slices.Sorted(maps.Keys(types)), nil)
	if err != nil {
		return err
	}
	maps.DeleteFunc(datasets, func(id string, _ bool) bool { _, ok := there[AssetID{Type: estate.AssetDataSet, ID: id}]; return !ok })
	schedules, err := t.i.list(t.ctx, t.to(), nil, slices.Sorted(maps.Keys(datasets)))
	if err != nil {
		return err
	}
	maps.Copy(there, schedules)
	t.rest = slices.DeleteFunc(t.rest, func(ref estate.AssetRef) bool {
		at := t.i.Mapping.Ref(ref)
		_, ok := there[AssetID{Type: at.Type, ID: at.ID}]
		return ok
	})
	return nil
}

// start begins the job with a bundle of its own. Its id is made of what does not change, so that a start whose answer is lost is found.
func (t *importTask) start() error {
	o, lacking := t.i.named(t.rest)
	if len(lacking) > 0 {
		return errFailed(lacking)
	}
	file, size, err := t.rewritten()
	if err != nil {
		return err
	}
	defer func() { errors.Join(file.Close(), os.Remove(file.Name())) }()
	id := t.parcel.job(t.i.Run, t.attempt+1)
	err = t.i.Importer.StartImport(t.ctx, t.to(), id, io.NewSectionReader(file, 0, size), o)
	switch {
	case errors.Is(err, ErrRefused):
		return errFailed{{Message: err.Error()}}
	case errors.Is(err, ErrBusy):
		t.delay = longer(t.delay, time.Minute)
		return errBusy{err}
	case err != nil:
		return err
	}
	t.attempt, t.job, t.delay, t.waited = t.attempt+1, id, 0, 0
	return nil
}

// rewritten is a temporary file with what is to be brought, mapped. A bundle that is not what was stored ends the import.
func (t *importTask) rewritten() (*os.File, int64, error) {
	b := t.parcel.bundle
	v := &verifying{Report: Report{Contents: t.i.Vault}}
	src, why := v.open(b.File)
	path := filepath.Join(t.i.Vault.Dir, filepath.FromSlash(b.File.Name))
	if why != "" {
		return nil, 0, errFull{&diag.Error{Code: "vault/unusable", What: "a bundle cannot be used", At: diag.Position{File: path}, Why: why, Fix: []string{"verify the vault"}}}
	}
	defer src.Close()
	dst, err := os.CreateTemp(t.i.Temp, "rehome-import-*.qs")
	if err != nil {
		return nil, 0, errFull{unusable(t.i.Temp, err)}
	}
	m := t.i.Mapping
	m.carried = maps.Clone(m.carried)
	keep := map[AssetID]bool{}
	for _, ref := range t.rest {
		keep[AssetID{Type: ref.Type, ID: ref.ID}] = true
		delete(m.carried, ref) // Quick itself prefixes what is in the bundle
	}
	notes, err := RewriteBundle(src, b.File.Size, b.Region, dst, m, func(a AssetID) bool { return keep[a] })
	if err == nil {
		var info os.FileInfo
		if info, err = dst.Stat(); err == nil {
			t.found = notes
			return dst, info.Size(), nil
		}
	}
	errors.Join(dst.Close(), os.Remove(dst.Name()))
	return nil, 0, errFull{unusable(path, err)}
}

// end looks until the job is over.
func (t *importTask) end() error {
	for pause := time.Duration(0); ; {
		s, err := t.describe(t.job)
		switch {
		case err != nil:
			return err
		case s.Status == exportSuccessful:
			return nil
		case over(s.Status):
			t.unclean = s.Status == rollbackBroken
			return errFailed(orSilence(slices.Concat(s.Errors, s.RollbackErrors)))
		case t.waited >= patience:
			return fmt.Errorf("import job %s has the status %s after %s", t.job, s.Status, t.waited)
		}
		pause = longer(pause, 15*time.Second)
		if err := t.wait(pause); err != nil {
			return err
		}
	}
}

func over(status string) bool {
	return slices.Contains([]string{exportSuccessful, exportFailed, rolledBack, rollbackBroken}, status)
}

// describe asks for a job's state, and again later when Quick is busy.
func (t *importTask) describe(id string) (ImportState, error) {
	for pause := time.Duration(0); ; {
		s, err := t.i.Importer.DescribeImport(t.ctx, t.to(), id)
		if !errors.Is(err, ErrBusy) || t.waited >= patience {
			return s, err
		}
		t.i.events <- arrival{task: t, kind: slowed}
		pause = longer(pause, time.Minute)
		if err := t.wait(pause); err != nil {
			return s, err
		}
	}
}

func (t *importTask) wait(d time.Duration) error {
	t.waited += d
	return t.i.Wait(t.ctx, d)
}

func (t *importTask) to() estate.Region { return t.i.Mapping.Region(t.parcel.bundle.Region) }

func (t *importTask) want(ref estate.AssetRef) Form {
	f := t.i.Mapping.Form(ref.Region, *t.i.cargo.items[ref])
	if t.i.Prefix != "" {
		f.Permissions = nil
	}
	return f
}

func (t *importTask) reading() ReadBackConfig {
	c := ReadBackConfig{Account: t.i.Mapping.Account(t.i.Mapping.OldAccount), Granter: t.i.Granter, Anybody: t.i.Prefix != ""}
	c.Door, _ = t.i.Regions[t.to()].Get()
	if t.i.Mapping.moves() {
		c.Principals = map[estate.ARN]bool{}
		for _, p := range t.i.Mapping.Principals {
			c.Principals[p] = true
		}
	}
	return c
}

func (t *importTask) readBack() ([]Read, error) {
	var wants []Form
	for _, ref := range t.assets {
		wants = append(wants, t.want(ref))
	}
	return ReadBack(t.ctx, t.reading(), wants)
}
