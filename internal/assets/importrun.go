package assets

import (
	"context"
	"slices"

	"rehome/internal/estate"
)

// run begins what can begin and takes in what comes of it, until nothing more can.
func (i *importing) run(ctx context.Context) {
	for ended := false; ; {
		for i.running < i.limit && i.stop == nil && i.halt == nil && ctx.Err() == nil {
			t := i.next()
			if t == nil {
				break
			}
			i.running++
			workers(i.Workers, +1)
			go t.run(ctx)
		}
		i.tell()
		if ended {
			workers(i.Workers, -1)
		}
		if i.running == 0 {
			return
		}
		a := <-i.events
		i.take(a)
		ended = a.kind != slowed
	}
}

// next is the first parcel that has nothing to wait for.
func (i *importing) next() *importTask {
	for _, p := range i.cargo.parcels {
		if p.work || i.shut[p.bundle.Region] != nil || !i.ready(p) {
			continue
		}
		p.work = true
		open := i.open(p)
		if len(open) == 0 {
			continue
		}
		t := i.tasks[p]
		if t == nil {
			t = &importTask{parcel: p, i: i}
			i.tasks[p] = t
		}
		t.assets = open
		return t
	}
	return nil
}

// ready reports whether all that a parcel needs from others is decided.
func (i *importing) ready(p *parcel) bool {
	in := map[estate.AssetRef]bool{}
	for _, ref := range p.assets {
		in[ref] = true
	}
	for _, ref := range p.assets {
		for _, n := range i.cargo.needs[ref] {
			if !in[n] && i.outcomes[n].State == Undone {
				return false
			}
		}
	}
	return true
}

// open are the assets of a parcel that can be brought. Those that need one that failed, directly or not, wait for it.
func (i *importing) open(p *parcel) (open []estate.AssetRef) {
	for again := true; again; {
		again, open = false, nil
		for _, ref := range p.assets {
			o := i.outcomes[ref]
			if o.State != Undone {
				continue
			}
			for _, n := range i.cargo.needs[ref] {
				switch needed := i.outcomes[n]; {
				case o.State != Undone:
				case needed.State == Failed:
					o.State, o.WaitsOn, again = Waiting, n, true
				case needed.State == Waiting:
					o.State, o.WaitsOn, again = Waiting, needed.WaitsOn, true
				}
			}
			if o.State == Undone {
				open = append(open, ref)
			}
		}
	}
	return open
}

func (i *importing) take(a arrival) {
	if a.kind != slowed {
		i.running--
	}
	switch a.kind {
	case slowed, busy:
		i.limit, i.streak = max(1, i.limit/2), 0
		if a.kind == busy {
			a.task.parcel.work = false
		}
		return
	case stored, failed:
		if i.streak++; i.streak >= i.limit && i.limit < MaxInFlight {
			i.limit, i.streak = i.limit+1, 0
		}
	case broken:
		i.shut[a.task.parcel.bundle.Region] = a.err
		return
	case full:
		i.stop = a.err
		return
	}
	i.findings = append(i.findings, a.found...)
	if a.kind == failed {
		i.fail(a.task, a.failed)
		return
	}
	i.arrive(a.task, a.reads)
}

// arrive writes down what was read back. What is not there after a job that ended well has failed, and so has what cannot be read: nothing
// may be built upon it.
func (i *importing) arrive(t *importTask, reads []Read) {
	for n, ref := range t.assets {
		o := i.outcomes[ref]
		o.State, o.Job, o.Read = Done, t.brought(ref), reads[n]
		if !reads[n].There() {
			f, _ := reads[n].Finding(i.cargo.items[ref].Name)
			o.State, o.Problems = Failed, []Problem{{Message: f.Title}}
			if f.Cause != "" {
				o.Problems[0].Message += ": " + f.Cause
			}
		}
		if i.halts(ref) && (o.State == Failed || len(o.Read.Differs) > 0) {
			i.halt = &ref
		}
	}
}

// fail writes down which assets failed: those that the job's errors name, else all of it. What is left of the parcel is tried again, once
// for each such answer, so that it ends.
func (i *importing) fail(t *importTask, problems []Problem) {
	by := map[estate.AssetRef][]Problem{}
	for _, p := range problems {
		named, _, ok := estate.ParseAssetARN(p.ARN)
		at := slices.IndexFunc(t.assets, func(ref estate.AssetRef) bool {
			return ref.Type == named.Type && (ref.ID == named.ID || i.outcomes[ref].At.ID == named.ID)
		})
		if ok && at >= 0 {
			by[t.assets[at]] = append(by[t.assets[at]], p)
		}
	}
	if len(by) == 0 || t.unclean {
		for _, ref := range t.assets {
			by[ref] = problems
		}
	}
	for ref, problems := range by {
		o := i.outcomes[ref]
		o.State, o.Problems, o.Job = Failed, problems, t.job
		if i.halts(ref) && (i.halt == nil || compareRefs(ref, *i.halt) < 0) {
			i.halt = &ref
		}
	}
	t.parcel.work = false
	delete(i.tasks, t.parcel)
}

// halts reports whether nothing more is begun when something is wrong with an asset.
func (i *importing) halts(ref estate.AssetRef) bool { return !i.Bulk && i.Left[ref] == "" }

// stuck are assets that need each other across parcels, and what needs them: everything else has come to an end.
func (i *importing) stuck(ctx context.Context) {
	if ctx.Err() != nil || i.stop != nil || i.halt != nil {
		return
	}
	for _, p := range i.cargo.parcels {
		if p.work || i.shut[p.bundle.Region] != nil {
			continue
		}
		for _, ref := range i.open(p) {
			o := i.outcomes[ref]
			o.State, o.Problems = Failed, []Problem{{Message: "it is, or needs something that is, in a circle over several bundles, and none of them can be imported first"}}
		}
	}
}

func (i *importing) tell() {
	if i.Progress == nil {
		return
	}
	c := ImportCount{Assets: len(i.outcomes), Running: i.running, Chain: i.cargo.chain}
	for _, o := range i.outcomes {
		switch o.State {
		case Done:
			c.Done++
		case Failed:
			c.Failed++
		case Waiting:
			c.Waiting++
		}
	}
	for _, p := range i.cargo.parcels {
		if !p.work {
			c.Jobs++
		}
	}
	i.Progress(c)
}
