package assets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// ImportConfig is what an import needs. References are to assets of the source, by their old Regions.
type ImportConfig struct {
	Run         string    // a part of every job's id
	Vault       *Contents // verified, so that everything is in it
	Source      *Inventory
	Mapping     Mapping
	Regions     map[estate.Region]estate.Known[Door] // at the target
	Importer    Importer
	Granter     Granter // nil: what an import did not bring is not mended
	Networks    map[estate.AssetRef]Network
	Credentials map[estate.AssetRef]Credential
	Prefix      string                     // before the id of everything, for a trial import, which gives nobody any permission; empty: ids stay
	Bulk        bool                       // goes on when an asset is not there as it has to be; else nothing more is begun then (MIG-27)
	Left        map[estate.AssetRef]string // what may stay behind, as in LedgerConfig: nothing stops for it
	Temp        string                     // directory for rewritten bundles; empty: that of the system
	Now         func() time.Time
	Wait        func(context.Context, time.Duration) error // the run's clock
	Progress    func(ImportCount)                          // nil: nobody wants to know; calls come one at a time
	Workers     func(delta int)                            // told how many more or fewer work from now on; nil: nobody counts
}

// ImportCount is how far an import is.
type ImportCount struct {
	Done, Failed, Waiting, Assets int // of the assets in the vault
	Jobs, Running                 int // parts of the work still to do, and at work
	Chain                         int // parts of the whole work that have to follow each other, at least
}

// Outcome is what became of one asset.
type Outcome struct {
	Asset    estate.AssetRef // at the source
	At       estate.AssetRef // at the target
	State    OutcomeState
	Job      string          // the import job that brought it, or failed to; empty: it was there already, or no job was begun
	Problems []Problem       // Failed: why
	WaitsOn  estate.AssetRef // Waiting: the asset that has to be there first and failed
	Read     Read            // Done: as it was read back
}

// OutcomeState is the state of an asset in an import.
type OutcomeState int

// The states.
const (
	Undone  OutcomeState = iota // the import was stopped before
	Done                        // it is there; whether as it has to be, Read says
	Failed                      // it could not be brought
	Waiting                     // something that it needs failed
)

// Imported is what came of an import.
type Imported struct {
	Outcomes []Outcome    // of every asset in the vault, sorted
	Starts   []MovedStart // sorted
	Findings []diag.Finding
}

// MovedStart is a refresh schedule that begins at another time than at the source, where that has passed, is near, or is not told (MIG-25).
type MovedStart struct {
	Schedule estate.AssetRef `json:"schedule"`     // at the source
	Old      time.Time       `json:"old,omitzero"` // zero: the source does not say
	New      time.Time       `json:"new"`
}

// Import brings everything in a vault into the account at the target: each bundle after those that hold what it needs, at most five at once,
// and fewer while Quick is busy. What AWS names as failed is left out and the rest of its bundle tried again; what needs it waits, and in
// bulk everything else goes on. Everything is read back and mended. An import looks at what is there and at the jobs that it began before, so
// that one that was stopped goes on where it was: there is no other journal. Its result is there even beside an error.
func Import(ctx context.Context, c ImportConfig) (*Imported, error) {
	i := &importing{ImportConfig: c, cargo: newCargo(c.Vault, c.Source), limit: MaxInFlight, events: make(chan arrival), shut: map[estate.Region]error{},
		outcomes: map[estate.AssetRef]*Outcome{}, listed: map[estate.Region]map[AssetID]estate.Asset{}, tasks: map[*parcel]*importTask{}}
	if c.Prefix != "" {
		i.Mapping.prefix, i.Mapping.carried = c.Prefix, map[estate.AssetRef]bool{}
	}
	for ref := range i.cargo.items {
		if c.Prefix != "" {
			i.Mapping.carried[ref] = true
		}
	}
	for ref := range i.cargo.items {
		i.outcomes[ref] = &Outcome{Asset: ref, At: i.Mapping.Ref(ref)}
	}
	i.findings = append(i.findings, i.colliding()...)
	if slices.ContainsFunc(i.findings, diag.Finding.Blocks) {
		return i.result(), &diag.Error{Code: "import/collision", What: "assets of several Regions would become one", Where: where(c.Mapping.NewAccount, ""), Exit: diag.ExitBlocked,
			Fix: []string{i.findings[0].Fix}}
	}
	if err := i.settled(); err != nil {
		return i.result(), err
	}
	i.look(ctx)
	i.run(ctx)
	i.stuck(ctx)
	return i.result(), i.ended(ctx)
}

// colliding looks at what the vault holds only.
func (i *importing) colliding() []diag.Finding {
	held := &Inventory{Account: i.Source.Account, Regions: map[estate.Region]estate.Known[[]Item]{}}
	for r, known := range i.Source.Regions {
		held.Regions[r] = estate.Of(slices.DeleteFunc(slices.Clone(known.Or(nil)), func(item Item) bool { return i.cargo.items[item.Ref(r)] == nil }))
	}
	return Collisions(held, i.Mapping)
}

// importing is an import under way. One goroutine, that of run, owns all of it; tasks speak to it by events, and only read what does not
// change meanwhile.
type importing struct {
	ImportConfig
	cargo    *cargo
	listed   map[estate.Region]map[AssetID]estate.Asset // at the target, when the import began; by Region of the target
	outcomes map[estate.AssetRef]*Outcome
	tasks    map[*parcel]*importTask // that were begun and have to come again
	running  int
	limit    int // jobs at once: it falls when Quick is busy, and grows again
	streak   int // jobs that ended well since it last changed
	events   chan arrival
	shut     map[estate.Region]error // Regions of the source of which nothing more is begun, and why
	halt     *estate.AssetRef        // what was not as it has to be, and not in bulk: nothing more is begun
	stop     error                   // the vault cannot be read, or no file written
	findings []diag.Finding
}

// arrival is what a task tells.
type arrival struct {
	task   *importTask
	kind   eventKind // stored: the assets are there
	err    error     // broken, full
	failed []Problem // failed
	reads  []Read    // stored: of all assets of the task
	found  []diag.Finding
}

// look lists what is there in every Region that something goes to. A Region that cannot be listed is left alone.
func (i *importing) look(ctx context.Context) {
	for _, p := range i.cargo.parcels {
		to := i.Mapping.Region(p.bundle.Region)
		if i.listed[to] != nil || i.shut[p.bundle.Region] != nil {
			continue
		}
		list, err := i.list(ctx, to, estate.BundleTypes, nil)
		if err != nil {
			i.shut[p.bundle.Region] = err
			continue
		}
		i.listed[to] = list
	}
}

// list gives the assets of some types that are there, and the schedules of some datasets.
func (i *importing) list(ctx context.Context, r estate.Region, types []estate.AssetType, datasets []string) (map[AssetID]estate.Asset, error) {
	door, ok := i.Regions[r].Get()
	if !ok {
		return nil, fmt.Errorf("%s cannot be entered: %s", r, i.Regions[r].Why())
	}
	out := map[AssetID]estate.Asset{}
	add := func(list []estate.Asset, err error) error {
		for _, a := range list {
			out[AssetID{Type: a.Type, ID: a.ID}] = a
		}
		return err
	}
	for _, t := range types {
		if t == estate.AssetRefreshSchedule {
			continue
		}
		if err := add(door.List(ctx, t)); err != nil {
			return nil, fmt.Errorf("the assets of type %s could not be listed: %w", t, err)
		}
	}
	for _, d := range datasets {
		if err := add(door.RefreshSchedules(ctx, d)); err != nil {
			return nil, fmt.Errorf("the schedules of dataset %s could not be listed: %w", d, err)
		}
	}
	return out, nil
}

// result puts together what is known of every asset, and what is wrong.
func (i *importing) result() *Imported {
	out := &Imported{Findings: slices.Clone(i.findings)}
	for _, ref := range slices.SortedFunc(maps.Keys(i.outcomes), compareRefs) {
		o := *i.outcomes[ref]
		out.Outcomes = append(out.Outcomes, o)
		out.Findings = append(out.Findings, o.findings(i.cargo.items[ref].Name)...)
		if old := startIn(i.cargo.items[ref].Content); o.State == Done && !o.Read.Start.IsZero() && !o.Read.Start.Equal(old) {
			out.Starts = append(out.Starts, MovedStart{Schedule: ref, Old: old, New: o.Read.Start})
		}
	}
	if f, ok := i.halted(); ok {
		out.Findings = append(out.Findings, f)
	}
	diag.Sort(out.Findings) // of an asset that was tried twice, the same is noted twice
	out.Findings = slices.CompactFunc(out.Findings, func(a, b diag.Finding) bool { return a.Key() == b.Key() })
	return out
}

// halted says that an import ended early.
func (i *importing) halted() (f diag.Finding, ok bool) {
	left := 0
	for _, o := range i.outcomes {
		if o.State == Undone {
			left++
		}
	}
	if i.halt == nil || left == 0 {
		return f, false
	}
	return diag.Finding{Code: "MIG-27", Status: diag.Fail, Subject: "import", Owner: diag.QuickAdmin, Source: []diag.Source{sheet("3.4")},
		Title: fmt.Sprintf("the import stopped, and %d assets were not begun", left), Cause: Label(*i.halt, i.cargo.items[*i.halt].Name) + " is not there as it has to be",
		Fix: "mend that, then run the same command again; or import in bulk, which goes on"}, true
}

func (o Outcome) findings(name string) []diag.Finding {
	f := diag.Finding{Code: "MIG-20", Status: diag.Fail, Subject: subject(o.Asset), Owner: diag.QuickAdmin, Source: []diag.Source{sheet("3.5")}}
	switch label := Label(o.Asset, name); o.State {
	case Failed:
		f.Title, f.Cause, f.Fix = "1 "+string(o.Asset.Type)+" could not be imported: "+label, texts(o.Problems), "mend what it names, then run the same command again"
	case Waiting:
		f.Title, f.Cause = "1 "+string(o.Asset.Type)+" waits for another: "+label, "it needs "+Label(o.WaitsOn, "")+", which could not be imported"
		f.CausedBy = "MIG-20 " + subject(o.WaitsOn)
	case Done:
		if f, ok := o.Read.Finding(name); ok {
			return []diag.Finding{f}
		}
		return nil
	default:
		return nil
	}
	return []diag.Finding{f}
}

// ended is the error with which an import stops short. Failed assets are findings.
func (i *importing) ended(ctx context.Context) error {
	const again = "run the same command again: what is there stays, the rest is imported"
	switch {
	case ctx.Err() != nil:
		return &diag.Error{Code: "import/interrupted", What: "the import was interrupted", Where: where(i.Mapping.NewAccount, ""), Err: ctx.Err(),
			Exit: diag.ExitInterrupted, Fix: []string{again}}
	case i.stop != nil:
		return i.stop
	}
	for _, r := range slices.Sorted(maps.Keys(i.shut)) {
		return &diag.Error{Code: "import/broken", What: "the import could not be finished", Where: where(i.Mapping.NewAccount, i.Mapping.Region(r)), Why: i.shut[r].Error(),
			Err: i.shut[r], Fix: []string{again}}
	}
	return nil
}
