package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Ingester loads datasets into SPICE. Its errors wrap ErrBusy when Quick is busy.
type Ingester interface {
	// StartIngestion begins a full refresh under an id of ours. One that is there already is no error.
	StartIngestion(ctx context.Context, r estate.Region, dataset, id string) error
	// DescribeIngestion wraps ErrNoJob when there is none of that id.
	DescribeIngestion(ctx context.Context, r estate.Region, dataset, id string) (IngestionState, error)
}

// IngestionState is an ingestion as Quick describes it (quick-api 4.6).
type IngestionState struct {
	Status  string // INITIALIZED, QUEUED, RUNNING, FAILED, COMPLETED, CANCELLED
	Error   string // "TYPE: message", as Quick says it; empty: none
	Rows    int64  // ingested; zero when Quick does not say
	Dropped int64  // rows that were left out
}

// The statuses at which an ingestion ends.
const (
	loadCompleted = "COMPLETED"
	loadFailed    = "FAILED"
	loadCancelled = "CANCELLED"
)

const (
	// spice is the import mode of datasets that are held in memory.
	spice = "SPICE"
	// loadsAtOnce is our own choice: Quick documents no limit, and queues what is too much.
	loadsAtOnce = 10
	// loadPatience bounds the waiting for one ingestion; Quick documents no limit, and large ones take hours.
	loadPatience = 12 * time.Hour
	// loadsADay is how often a person can refresh a dataset in 24 hours, and so how many attempts there can be (quick-api 4.6).
	loadsADay = 32
)

// IngestConfig is what loading needs.
type IngestConfig struct {
	Run      string // a part of every ingestion's id
	Source   *Inventory
	Mapping  Mapping
	Regions  map[estate.Region]estate.Known[Door] // at the target
	Ingester Ingester
	AtOnce   int                                        // zero: 10
	Wait     func(context.Context, time.Duration) error // the run's clock
	Progress func(IngestCount)                          // nil: nobody wants to know; calls come one at a time
	Workers  func(delta int)                            // as ImportConfig.Workers
}

// IngestCount is how far loading is.
type IngestCount struct {
	Done, Failed, Waiting, DataSets int
	Running                         int
}

// Load is what became of one dataset.
type Load struct {
	Asset         estate.AssetRef // at the source
	At            estate.AssetRef // at the target
	State         OutcomeState
	Ingestion     string // id of the ingestion; empty: none was begun
	Rows, Dropped int64
	Problem       string          // Failed: why, in Quick's words
	WaitsOn       estate.AssetRef // Waiting: the dataset that it is made of, and that failed
}

// Ingested is what came of loading.
type Ingested struct {
	Loads    []Load // of every dataset of the source that is in SPICE and at the target, sorted
	Findings []diag.Finding
}

// Ingest loads every dataset in SPICE that is at the target, as bundles carry no data (MIG-26), and watches until each is loaded or has
// failed: one that is made of others after these, many at once, and fewer while Quick is busy. What fails is a finding, and the rest goes
// on. The ids of the ingestions are made of the run and the attempt, so that one who comes back finds what was begun: what was loaded stays,
// what is being loaded is watched, what failed is tried again. Its result is there even beside an error, which only the end of ctx is.
func Ingest(ctx context.Context, c IngestConfig) (*Ingested, error) {
	i := &ingesting{IngestConfig: c, loads: map[estate.AssetRef]*Load{}, needs: map[estate.AssetRef][]estate.AssetRef{}, begun: map[estate.AssetRef]bool{}}
	i.look(ctx)
	p := &pool{Most: c.AtOnce, Workers: c.Workers}
	if p.Most == 0 {
		p.Most = loadsAtOnce
	}
	p.run(ctx, func() work {
		i.tell(p.running)
		return i.next(p.running)
	})
	i.tell(0)
	return i.result(ctx)
}

// IngestionID is the id of a run's attempt to load a dataset: 1 to 128 letters, digits, _ and -.
func IngestionID(run string, attempt int) string {
	sum := sha256.Sum256([]byte(run))
	return fmt.Sprintf("rehome-%s-%d", hex.EncodeToString(sum[:8]), attempt)
}

// ingesting is loading under way. The goroutine of Ingest owns it; tasks only read what does not change meanwhile.
type ingesting struct {
	IngestConfig
	loads    map[estate.AssetRef]*Load             // by name at the source
	order    []estate.AssetRef                     // sorted
	needs    map[estate.AssetRef][]estate.AssetRef // datasets of loads that one is made of, directly or through some that are not in SPICE
	begun    map[estate.AssetRef]bool              // or decided without
	first    int                                   // place in order before which all are begun
	findings []diag.Finding
}

// look finds the datasets, and which of them are at the target.
func (i *ingesting) look(ctx context.Context) {
	items := map[estate.AssetRef]*Item{}
	there := map[estate.Region]map[string]bool{}
	i.Source.All(func(ref estate.AssetRef, item *Item) bool {
		if ref.Type == estate.AssetDataSet {
			items[ref] = item
		}
		return true
	})
	for _, ref := range slices.SortedFunc(maps.Keys(items), compareRefs) {
		at := i.Mapping.Ref(ref)
		if items[ref].Kind != spice {
			continue
		}
		if there[at.Region] == nil {
			there[at.Region] = i.list(ctx, at.Region)
		}
		if there[at.Region][at.ID] { // what is not there, the import and the ledger name
			i.loads[ref], i.order = &Load{Asset: ref, At: at}, append(i.order, ref)
		}
	}
	for _, ref := range i.order {
		seen := map[estate.AssetRef]bool{ref: true}
		i.need(ref, ref, items, seen)
	}
}

// list gives the ids of the datasets of a Region. One that cannot be listed is a finding: nobody knows what has to be loaded there.
func (i *ingesting) list(ctx context.Context, r estate.Region) map[string]bool {
	out := map[string]bool{}
	door, ok := i.Regions[r].Get()
	why := i.Regions[r].Why()
	if ok {
		var list []estate.Asset
		c := calling{wait: i.Wait}
		err := c.call(ctx, func() {}, func() (err error) { list, err = door.List(ctx, estate.AssetDataSet); return err })
		for _, a := range list {
			out[a.ID] = true
		}
		if err == nil {
			return out
		}
		why = err.Error()
	}
	i.findings = append(i.findings, diag.Finding{Code: "MIG-26", Status: diag.Unknown, Subject: "datasets/" + string(r), Owner: diag.QuickAdmin,
		Title: "which datasets have to be loaded in " + string(r) + " is not known", Cause: why, Fix: "let the caller list the datasets in " + string(r) + ", then run the same command again"})
	return out
}

// need follows what a dataset is made of to the next datasets in SPICE.
func (i *ingesting) need(of, at estate.AssetRef, items map[estate.AssetRef]*Item, seen map[estate.AssetRef]bool) {
	for _, arn := range items[at].Uses {
		to, account, ok := estate.ParseAssetARN(arn)
		if !ok || account != i.Source.Account || items[to] == nil || seen[to] {
			continue
		}
		if seen[to] = true; i.loads[to] != nil {
			i.needs[of] = append(i.needs[of], to)
			continue
		}
		i.need(of, to, items, seen)
	}
}

// next is the first dataset whose parts are loaded. Where all that is left waits for each other, the first goes without.
func (i *ingesting) next(running int) work {
	for again := true; again; {
		again = false
		for i.first < len(i.order) && i.begun[i.order[i.first]] {
			i.first++
		}
		for _, ref := range i.order[i.first:] {
			if i.begun[ref] {
				continue
			}
			ready, lost := i.ready(ref)
			switch {
			case lost != nil:
				l := i.loads[ref]
				l.State, l.WaitsOn, i.begun[ref], again = Waiting, *lost, true, true
			case ready:
				return i.begin(ref)
			}
		}
	}
	at := slices.IndexFunc(i.order, func(ref estate.AssetRef) bool { return !i.begun[ref] })
	if running > 0 || at < 0 {
		return nil
	}
	return i.begin(i.order[at])
}

// ready reports whether the parts of a dataset are loaded; lost is one that never will be.
func (i *ingesting) ready(ref estate.AssetRef) (ready bool, lost *estate.AssetRef) {
	ready = true
	for _, n := range i.needs[ref] {
		switch need := i.loads[n]; need.State {
		case Failed:
			return false, &n
		case Waiting:
			return false, &need.WaitsOn
		case Undone:
			ready = false
		}
	}
	return ready, nil
}

// begin is the loading of one dataset.
func (i *ingesting) begin(ref estate.AssetRef) work {
	i.begun[ref] = true
	at := i.loads[ref].At
	return func(ctx context.Context, slowed func()) func() bool {
		l := &loading{calling: calling{wait: i.Wait}, by: i.Ingester, run: i.Run, at: at, slowed: slowed}
		s, err := l.load(ctx)
		return func() bool {
			if err != nil && ctx.Err() != nil {
				return false // it goes on without us
			}
			o := i.loads[ref]
			o.State, o.Ingestion, o.Rows, o.Dropped = Done, l.id, s.Rows, s.Dropped
			switch {
			case err != nil:
				o.State, o.Problem = Failed, err.Error()
			case s.Status != loadCompleted:
				o.State, o.Problem = Failed, s.Error
				if s.Error == "" {
					o.Problem = "the ingestion ended as " + s.Status + ", and AWS gives no reason"
				}
			}
			return err != nil && errors.Is(err, ErrBusy)
		}
	}
}

// loading is one dataset being loaded.
type loading struct {
	calling
	by     Ingester
	run    string
	at     estate.AssetRef
	id     string // of the ingestion; empty: none
	slowed func()
}

func (l *loading) describe(ctx context.Context, id string) (s IngestionState, err error) {
	err = l.call(ctx, l.slowed, func() (err error) { s, err = l.by.DescribeIngestion(ctx, l.at.Region, l.at.ID, id); return err })
	return s, err
}

// load looks for earlier attempts, begins one where there is none that is good or under way, and watches it to its end.
func (l *loading) load(ctx context.Context) (IngestionState, error) {
	for attempt := 1; attempt <= loadsADay; attempt++ {
		id := IngestionID(l.run, attempt)
		s, err := l.describe(ctx, id)
		switch {
		case errors.Is(err, ErrNoJob):
			if err := l.call(ctx, l.slowed, func() error { return l.by.StartIngestion(ctx, l.at.Region, l.at.ID, id) }); err != nil {
				return s, err
			}
			l.id = id
			return l.watch(ctx)
		case err != nil:
			return s, err
		case s.Status == loadFailed || s.Status == loadCancelled:
			continue
		}
		l.id = id
		return l.watch(ctx)
	}
	return IngestionState{}, fmt.Errorf("%d attempts have failed", loadsADay)
}

func (l *loading) watch(ctx context.Context) (IngestionState, error) {
	for pause, waited := time.Duration(0), time.Duration(0); ; waited += pause {
		s, err := l.describe(ctx, l.id)
		switch {
		case err != nil, s.Status == loadCompleted, s.Status == loadFailed, s.Status == loadCancelled:
			return s, err
		case waited >= loadPatience:
			return s, fmt.Errorf("ingestion %s has the status %s after %s", l.id, s.Status, waited)
		}
		pause = longer(pause, time.Minute)
		if err := l.pause(ctx, pause); err != nil {
			return s, err
		}
	}
}

func (i *ingesting) tell(running int) {
	if i.Progress == nil {
		return
	}
	c := IngestCount{DataSets: len(i.order), Running: running}
	for _, l := range i.loads {
		switch l.State {
		case Done:
			c.Done++
		case Failed:
			c.Failed++
		case Waiting:
			c.Waiting++
		}
	}
	i.Progress(c)
}
