package assets

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"rehome/internal/estate"
)

// task is one job at work. It talks to Quick and to the vault, and tells the export what came of it.
type task struct {
	job    *job
	export string        // id of the export job; empty: none was begun
	begun  time.Time     // when
	delay  time.Duration // to wait before it begins
	waited time.Duration // so far, for its turn or its end
	ctx    context.Context
	e      *exporting
}

// errFull marks an error of the vault: nothing more can be written.
type errFull struct{ error }

func (e errFull) Unwrap() error { return e.error }

// errBusy is a job that did not begin because Quick was busy.
type errBusy struct{ error }

func (e errBusy) Unwrap() error { return e.error }

// errFailed is a job that ended without a bundle of all its assets.
type errFailed []Problem

func (e errFailed) Error() string { return fmt.Sprintf("the job failed with %d problems", len(e)) }

func (t *task) run(ctx context.Context, e *exporting) {
	t.ctx, t.e = ctx, e
	err := t.do()
	ev := event{task: t, err: err}
	var lost errFailed
	switch {
	case err == nil:
		ev.kind = stored
	case ctx.Err() != nil:
		ev.kind = broken
	case errors.As(err, &lost):
		ev.kind, ev.failed = failed, lost
	case errors.As(err, &errFull{}):
		ev.kind, ev.err = full, errors.Unwrap(err)
	case errors.As(err, &errBusy{}) && t.waited < patience:
		ev.kind = busy
	default:
		ev.kind = broken
	}
	e.events <- ev
}

// do exports the job.
func (t *task) do() error {
	if t.delay > 0 {
		if err := t.wait(t.delay); err != nil {
			return err
		}
	}
	if err := t.start(); err != nil {
		return err
	}
	t.delay, t.waited = 0, 0
	s, err := t.end()
	if err != nil {
		return err
	}
	if s.Status == exportFailed {
		return errFailed(orSilence(s.Errors))
	}
	return t.fetch(s)
}

// orSilence says so when AWS gives no reason.
func orSilence(problems []Problem) []Problem {
	if len(problems) == 0 {
		return []Problem{{Message: "the export job failed, and AWS gives no reason"}}
	}
	return problems
}

// start begins the export job under an id of its own, which is on the disk before the call goes out.
func (t *task) start() error {
	v := t.e.Vault
	if t.export == "" {
		id, begun, err := v.begin(t.job)
		if err != nil {
			return errFull{err}
		}
		t.export, t.begun = id, begun
	}
	err := t.e.Exporter.Start(t.ctx, t.job.region, t.export, t.job.arns(v.Header.Account))
	switch {
	case errors.Is(err, ErrRefused):
		return errFailed{{Message: err.Error()}}
	case errors.Is(err, ErrBusy):
		t.delay = longer(t.delay, time.Minute)
		return errBusy{err}
	}
	return err
}

// longer is the next pause: a second, then twice the last one, at most so much (quick-api 3.6: back off 1 to 60 s).
func longer(d, most time.Duration) time.Duration { return min(max(2*d, time.Second), most) }

func (t *task) wait(d time.Duration) error {
	t.waited += d
	return t.e.Wait(t.ctx, d)
}

// end looks until the job is over.
func (t *task) end() (ExportState, error) {
	for pause := time.Duration(0); ; {
		s, err := t.describe()
		if err != nil {
			return s, err
		}
		if s.Status == exportSuccessful || s.Status == exportFailed {
			return s, nil
		}
		if t.waited >= patience {
			return s, fmt.Errorf("export job %s has the status %s after %s", t.export, s.Status, t.waited)
		}
		pause = longer(pause, 15*time.Second)
		if err := t.wait(pause); err != nil {
			return s, err
		}
	}
}

// describe asks for the job's state, and again later when Quick is busy.
func (t *task) describe() (ExportState, error) {
	for pause := time.Duration(0); ; {
		s, err := t.e.Exporter.Describe(t.ctx, t.job.region, t.export)
		if !errors.Is(err, ErrBusy) || t.waited >= patience {
			return s, err
		}
		t.e.events <- event{task: t, kind: slowed}
		pause = longer(pause, time.Minute)
		if err := t.wait(pause); err != nil {
			return s, err
		}
	}
}

// fetch brings the bundle into the vault. An address that has expired and a bundle that came damaged are asked for again.
func (t *task) fetch(s ExportState) (err error) {
	created := s.Created
	if created.IsZero() {
		created = t.begun
	}
	for range 4 {
		var d *download
		if d, err = t.e.Vault.download(t.job); err != nil {
			return errFull{err}
		}
		var entries []Entry
		if entries, err = t.receive(s.URL, d); err == nil {
			r := Record{Export: t.export, Created: created, Entries: entries, Problems: s.Warnings}
			if err := t.e.Vault.store(t.job, d, r); err != nil {
				return errFull{err}
			}
			return nil
		}
		d.discard()
		var lost errFailed
		switch {
		case t.ctx.Err() != nil, errors.As(err, &lost):
			return err
		case d.err != nil:
			return errFull{d.err}
		case errors.Is(err, ErrBusy):
			if err := t.wait(time.Second); err != nil {
				return err
			}
		}
		fresh, again := t.describe()
		if again != nil {
			return again
		}
		s.URL = fresh.URL
	}
	var odd unreadable
	if errors.As(err, &odd) {
		return errFailed{{Message: err.Error()}}
	}
	return err
}

// unreadable is a bundle that came, and cannot be read.
type unreadable struct{ error }

// receive writes the bundle to the temporary file and looks into it: everything that was asked for has to be there.
func (t *task) receive(url string, d *download) ([]Entry, error) {
	err := t.e.Exporter.Download(t.ctx, url, d)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, errFailed{{Message: err.Error()}}
	case err != nil:
		return nil, silent(err, url)
	}
	var entries []Entry
	missing := map[AssetID]bool{}
	for _, a := range t.job.assets {
		missing[a] = true
	}
	err = readBundle(d.file, d.size, func(c content) error {
		entries = append(entries, c.Entry)
		delete(missing, c.AssetID)
		return nil
	})
	if err != nil {
		return nil, unreadable{fmt.Errorf("the bundle that AWS made cannot be used: %w", err)}
	}
	var lost errFailed
	for _, a := range t.job.assets {
		if missing[a] {
			lost = append(lost, Problem{ARN: a.in(t.job.region).ARN(t.e.Vault.Header.Account), Message: "the export job ended well, and the asset is not in its bundle"})
		}
	}
	if lost != nil {
		return nil, lost
	}
	return entries, nil
}

// silent takes the address out of an error's text: whoever has it can fetch the bundle.
func silent(err error, url string) error {
	if url == "" || !strings.Contains(err.Error(), url) {
		return err
	}
	return hushed{text: strings.ReplaceAll(err.Error(), url, "the download address"), err: err}
}

type hushed struct {
	text string
	err  error
}

func (h hushed) Error() string { return h.text }
func (h hushed) Unwrap() error { return h.err }

func (j *job) arns(account estate.AccountID) []estate.ARN {
	out := make([]estate.ARN, len(j.assets))
	for i, a := range j.assets {
		out[i] = a.in(j.region).ARN(account)
	}
	return out
}

// begin gives the export job an id that no other has: Region, time, number of the job and of the attempt.
func (v *Vault) begin(j *job) (id string, now time.Time, err error) {
	now = v.Now().UTC()
	v.mu.Lock()
	attempt := j.attempts + 1
	v.mu.Unlock()
	id = fmt.Sprintf("%s-export-%s-%s-%d", j.region, now.Format("20060102T150405"), filepath.Base(j.id), attempt)
	return id, now, v.append(Record{Type: RecordStarted, Job: j.id, Export: id})
}

func (v *Vault) job(id string) *job {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state.jobs[id]
}

// lastNumber is the highest number of a job in the Region: jobs are never taken away.
func (v *Vault) lastNumber(r estate.Region) (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, j := range v.state.jobs {
		if j.region == r {
			n++
		}
	}
	return n
}

// count is how much of what was planned is in the vault.
func (v *Vault) count() (c ExportCount) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, j := range v.state.jobs {
		switch j.state {
		case jobStored:
			c.Stored, c.Bytes = c.Stored+len(j.assets), c.Bytes+j.bundle.File.Size
		case jobFailed:
			c.Failed += len(j.assets)
		case jobSplit:
			continue // its halves are counted
		}
		c.Assets += len(j.assets)
	}
	return c
}
