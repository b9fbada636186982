package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Exporter is what an export asks of Quick. Its errors are told apart by ErrBusy, ErrRefused and ErrExpired, which they may wrap.
type Exporter interface {
	// Start asks for the assets as they are named: QUICKSIGHT_JSON, without dependencies (the jobs hold them all), with permissions, tags
	// and folder memberships, in lenient mode (quick-api 3.1, 3.6).
	Start(ctx context.Context, r estate.Region, id string, arns []estate.ARN) error
	Describe(ctx context.Context, r estate.Region, id string) (ExportState, error)
	Download(ctx context.Context, url string, w io.Writer) error
}

// ExportState is an export job as Quick describes it (quick-api 3.2). URL is an address for five minutes; another Describe gives another.
type ExportState struct {
	Status   string // QUEUED_FOR_IMMEDIATE_EXECUTION, IN_PROGRESS, SUCCESSFUL or FAILED
	Created  time.Time
	URL      string
	Errors   []Problem // whole only when the job has failed
	Warnings []Problem
}

// The statuses at which a job ends.
const (
	exportSuccessful = "SUCCESSFUL"
	exportFailed     = "FAILED"
)

// The errors that an export tells apart.
var (
	ErrBusy    = errors.New("Quick has too much to do") // throttled, or five jobs are running (quick-api 3.1, 6)
	ErrRefused = errors.New("Quick refuses the job")    // Start does not take these assets (quick-api 3.6)
	ErrExpired = errors.New("the download address has expired")
)

// MaxInFlight is how many export jobs an account may have at once, over all its Regions (quick-api 3.1: per account; MIG-11).
const MaxInFlight = 5

// hopeless is how many single assets of a Region may fail, while no job of it has ended well, until the Region is left alone: then something
// is wrong with more than the assets, and splitting on would cost two jobs for each of them.
const hopeless = 25

// patience bounds the waiting for one job: for its turn, and for its end.
const patience = time.Hour

// ExportConfig is what an export needs.
type ExportConfig struct {
	Vault     *Vault
	Inventory *Inventory // what to export; not needed when the vault has its plan already, which stays
	Exporter  Exporter
	Wait      func(context.Context, time.Duration) error // the run's clock
	Progress  func(ExportCount)                          // nil: nobody wants to know; calls come one at a time
	Workers   func(delta int)                            // as ImportConfig.Workers
}

// ExportCount is how far an export is.
type ExportCount struct {
	Stored, Failed, Assets int   // assets in bundles, assets that AWS would not export, of how many
	Jobs, Running          int   // jobs still to do, and at work
	Bytes                  int64 // of the bundles
}

// Export fills the vault. A job that AWS fails or refuses is split in two, those that its errors name and the others or else halves, until
// the assets that fail stand alone: they are written down with AWS's message, and everything else is exported. A Region in which a call
// breaks is left for the next export, and the others go on. An export that was stopped goes on where it was; one that ended tries again
// what failed.
func Export(ctx context.Context, c ExportConfig) (*Contents, error) {
	if err := c.Vault.plan(c.Inventory); err != nil {
		return nil, err
	}
	e := &exporting{ExportConfig: c, limit: MaxInFlight, events: make(chan event), shut: map[estate.Region]error{}, well: map[estate.Region]bool{}, lost: map[estate.Region]int{}}
	for _, b := range c.Vault.Contents().Bundles {
		e.well[b.Region] = true
	}
	for _, j := range c.Vault.pending() {
		e.queue = append(e.queue, &task{job: j})
	}
	e.run(ctx)
	if err := e.ended(ctx); err != nil {
		return nil, err
	}
	v := c.Vault
	if !v.Contents().Complete {
		if err := v.append(Record{Type: RecordComplete, Count: len(v.Contents().Bundles)}); err != nil {
			return nil, err
		}
	}
	return v.Contents(), nil
}

// exporting is an export under way. One goroutine, that of run, owns all of it; tasks speak to it by events.
type exporting struct {
	ExportConfig
	queue   []*task
	running int
	limit   int // jobs at once: it falls when Quick is busy, and grows again
	streak  int // jobs that ended well since it last changed
	events  chan event
	well    map[estate.Region]bool  // Regions of which a bundle is stored
	lost    map[estate.Region]int   // assets that failed
	shut    map[estate.Region]error // Regions in which nothing more is begun, and why
	stop    error                   // the vault cannot be written: nothing more is begun at all
}

// event is what a task tells.
type event struct {
	task   *task
	kind   eventKind
	err    error     // broken, full
	failed []Problem // failed
}

type eventKind int

const (
	slowed eventKind = iota // Quick was busy for a moment; the task goes on
	busy                    // Quick would not begin; the task has to come again
	stored
	failed
	broken // a call broke
	full   // the vault cannot be written
)

func (e *exporting) run(ctx context.Context) {
	for ended := false; ; {
		for e.running < e.limit && e.stop == nil && ctx.Err() == nil {
			t := e.next()
			if t == nil {
				break
			}
			e.running++
			workers(e.Workers, +1)
			go t.run(ctx, e)
		}
		e.tell()
		if ended {
			workers(e.Workers, -1)
		}
		if e.running == 0 {
			return
		}
		ev := <-e.events
		e.take(ev)
		ended = ev.kind != slowed
	}
}

// next takes the first task whose Region is open.
func (e *exporting) next() *task {
	for n, t := range e.queue {
		if e.shut[t.job.region] == nil {
			e.queue = append(e.queue[:n:n], e.queue[n+1:]...)
			return t
		}
	}
	return nil
}

func (e *exporting) take(ev event) {
	if ev.kind != slowed {
		e.running--
	}
	switch ev.kind {
	case slowed, busy:
		e.limit, e.streak = max(1, e.limit/2), 0
		if ev.kind == busy {
			e.queue = append([]*task{ev.task}, e.queue...)
		}
	case stored, failed:
		if e.streak++; e.streak >= e.limit && e.limit < MaxInFlight {
			e.limit, e.streak = e.limit+1, 0
		}
		if ev.kind == failed {
			e.part(ev.task.job, ev.failed)
		} else {
			e.well[ev.task.job.region] = true
		}
	case broken:
		e.shut[ev.task.job.region] = ev.err
	case full:
		e.stop = ev.err
	}
}

// part writes down that a job failed, and what stands for it.
func (e *exporting) part(j *job, problems []Problem) {
	v := e.Vault
	if len(j.assets) == 1 {
		e.stop = v.append(Record{Type: RecordFailed, Job: j.id, Problems: problems})
		if e.lost[j.region]++; e.lost[j.region] >= hopeless && !e.well[j.region] {
			e.shut[j.region] = fmt.Errorf("not one export job ends well, and %d assets failed on their own; the last: %s", e.lost[j.region], texts(problems))
		}
		return
	}
	record := Record{Type: RecordSplit, Job: j.id, Problems: problems}
	next := v.lastNumber(j.region)
	for n, half := range halves(v.Header.Account, j, problems) {
		record.Halves = append(record.Halves, Half{Job: jobID(j.region, next+n+1), Assets: half})
	}
	if e.stop = v.append(record); e.stop != nil {
		return
	}
	for _, h := range record.Halves {
		e.queue = append(e.queue, &task{job: v.job(h.Job)})
	}
}

// halves are the assets that the problems name and the others; the two halves of the list when they name none or all.
func halves(account estate.AccountID, j *job, problems []Problem) [][]AssetID {
	named := map[AssetID]bool{}
	for _, p := range problems {
		if ref, of, ok := estate.ParseAssetARN(p.ARN); ok && of == account && ref.Region == j.region {
			named[AssetID{Type: ref.Type, ID: ref.ID}] = true
		}
	}
	var out [2][]AssetID
	for _, a := range j.assets {
		if named[a] {
			out[0] = append(out[0], a)
		} else {
			out[1] = append(out[1], a)
		}
	}
	if len(out[0]) == 0 || len(out[1]) == 0 {
		half := len(j.assets) / 2
		return [][]AssetID{j.assets[:half], j.assets[half:]}
	}
	return out[:]
}

// ended is the error with which an export stops short.
func (e *exporting) ended(ctx context.Context) error {
	const again = "run the same command again: what is stored stays, the rest is exported"
	switch {
	case ctx.Err() != nil:
		return &diag.Error{Code: "export/interrupted", What: "the export was interrupted", Where: where(e.Vault.Header.Account, ""), Err: ctx.Err(),
			Exit: diag.ExitInterrupted, Fix: []string{again}}
	case e.stop != nil:
		return e.stop
	}
	for _, r := range slices.Sorted(maps.Keys(e.shut)) {
		return &diag.Error{Code: "export/broken", What: "the export could not be finished", Where: where(e.Vault.Header.Account, r), Why: e.shut[r].Error(),
			Err: e.shut[r], Fix: []string{again}}
	}
	return nil
}

func (e *exporting) tell() {
	if e.Progress == nil {
		return
	}
	count := e.Vault.count()
	count.Jobs, count.Running = len(e.queue), e.running
	e.Progress(count)
}
