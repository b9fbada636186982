package quicksight

import (
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// placing is a bundle on its way into an account and Region: every entry rewritten and judged, and nothing changed yet.
type placing struct {
	job     // errors and warnings only
	r       *kernel.Request
	of      *importJob
	who     *principals
	foreign bool // made in another account or Region, or nobody can tell
	placed  []*placed
	byRef   map[estate.AssetRef]*placed // by the ref that it will have
}

// placed is one entry as it will be.
type placed struct {
	entry         // with the id and the content that it will have
	asBundled     entry
	before, after estate.Asset
	there         bool // it replaces an asset
	bad           bool
}

// newPlacing judges a bundle. Its errors are the job's; err is a failure of the twin.
func newPlacing(r *kernel.Request, q estate.Quick, j *importJob) (*placing, error) {
	p := &placing{r: r, of: j, who: newPrincipals(r, q), byRef: map[estate.AssetRef]*placed{}}
	var bundle []byte
	r.Record(record(r, "import-bundle", j.ID), &bundle)
	entries, comment, err := unpack(bundle)
	if err != nil {
		p.fail("", invalid("%v", err))
		return p, nil
	}
	p.foreign = comment != string(r.Account)+" "+string(r.Region)
	p.take(entries)
	p.checkNames(entries)
	for _, e := range p.placed {
		if err := p.judge(e); err != nil {
			return nil, err
		}
	}
	p.spread()
	return p, nil
}

func (p *placing) name(e *placed) estate.ARN { return e.ref(p.r.Region).ARN(p.r.Account) }

func (p *placing) refuse(e *placed, why *kernel.Error) {
	p.fail(p.name(e), why)
	e.bad = true
}

// take gives every entry its new id and content: ids with the prefix, references among the bundle's assets to the importing account and
// Region (quick-api 3.3), overrides last. References to anything else stay as they are.
func (p *placing) take(entries []entry) {
	prefix := p.of.prefix()
	inside := map[estate.AssetRef]bool{}
	for _, e := range entries {
		inside[e.ref("")] = true
	}
	moved := func(kind estate.AssetType, id string) (string, bool) {
		if !inside[estate.AssetRef{Type: kind, ID: id}] {
			return id, false
		}
		if dataSet, schedule, ok := strings.Cut(id, "/"); ok && kind == estate.AssetRefreshSchedule {
			if inside[estate.AssetRef{Type: estate.AssetDataSet, ID: dataSet}] {
				dataSet = prefix + dataSet
			}
			return dataSet + "/" + prefix + schedule, true
		}
		return prefix + id, true
	}
	for _, e := range entries {
		n := &placed{entry: e, asBundled: entry{kind: e.kind, id: e.id}}
		n.id, _ = moved(e.kind.kind, e.id)
		replace(n.content, func(s string) string {
			ref, _, ok := assetOf(s)
			if id, in := moved(ref.Type, ref.ID); ok && in {
				return string(estate.AssetRef{Region: p.r.Region, Type: ref.Type, ID: id}.ARN(p.r.Account))
			}
			return s
		})
		n.identify()
		n.before, n.there = p.r.Assets().Get(n.kind.kind, n.id)
		p.override(n)
		p.placed = append(p.placed, n)
		p.byRef[n.ref(p.r.Region)] = n
	}
	slices.SortStableFunc(p.placed, func(a, b *placed) int {
		order := func(e *placed) int { return slices.Index(estate.BundleTypes, e.kind.kind) }
		return order(a) - order(b)
	})
}

// identify writes the entry's id into its content.
func (e *placed) identify() {
	if e.kind.kind != estate.AssetRefreshSchedule {
		setMember(e.content, e.kind.id, e.id)
		return
	}
	dataSet, id, _ := strings.Cut(e.id, "/")
	setMember(e.content, "DataSetId", dataSet)
	setMember(scheduleOf(e.content), "ScheduleId", id)
}

// override applies the parameters for one asset.
func (p *placing) override(e *placed) {
	one, ok := p.of.parameters(e.asBundled)
	if !ok {
		return
	}
	to := e.content
	if e.kind.kind == estate.AssetRefreshSchedule {
		to = scheduleOf(e.content)
	}
	for name, v := range one {
		if name == e.kind.id || name == "DataSetId" || v == nil {
			continue
		}
		if name == "ParentFolderArn" && e.there { // quick-api 3.4
			p.refuse(e, invalid("The folder %s exists and cannot be moved.", e.id))
			continue
		}
		setMember(to, name, renamed(name, v, inBundle))
	}
}

// checkNames refuses overrides for assets that are not in the bundle. That AWS does is INFERRED.
func (p *placing) checkNames(entries []entry) {
	for _, k := range bundled {
		for _, v := range listOf(p.of.OverrideParameters, k.list) {
			one, _ := v.(map[string]any)
			if !slices.ContainsFunc(entries, func(e entry) bool {
				o, ok := p.of.parameters(e)
				return ok && e.kind.kind == k.kind && text(o, k.id) == text(one, k.id)
			}) {
				p.fail("", invalid("OverrideParameters.%s names %s, which is not in the asset bundle.", k.list, text(one, k.id)))
			}
		}
	}
}

// spread makes what needs a bad entry bad as well. An asset that was there before goes on serving those that need it.
func (p *placing) spread() {
	for again := true; again; {
		again = false
		for _, e := range p.placed {
			if e.bad {
				continue
			}
			needs := references(e.content, p.r.Account)
			if dataSet, _, ok := strings.Cut(e.id, "/"); ok && e.kind.kind == estate.AssetRefreshSchedule {
				needs = append(needs, estate.AssetRef{Region: p.r.Region, Type: estate.AssetDataSet, ID: dataSet})
			}
			for _, ref := range needs {
				if of := p.byRef[ref]; of != nil && of != e && of.bad && !of.there {
					p.refuse(e, notFound("The resource %s could not be imported.", p.name(of)))
					again = true
					break
				}
			}
		}
	}
}

// place makes or changes everything that nothing is wrong with. A broken bundle has no entries, so it changes nothing.
func (p *placing) place() error {
	for _, e := range p.placed {
		if e.bad {
			continue
		}
		text, err := written(e.content)
		if err != nil {
			return err
		}
		e.after.Content = text
		switch e.kind.kind {
		case estate.AssetDashboard:
			if e.there { // the import's version is published (INFERRED)
				v := versionsOf(p.r, e.id).add(e.after)
				delete(v.Others, v.Latest)
				v.Published = v.Latest
				v.keep(p.r, e.id)
			}
		case estate.AssetAnalysis:
			p.r.DropRecord(record(p.r, "deleted", e.id))
		}
		p.r.Assets().Put(e.after)
		if e.kind.kind == estate.AssetDataSet {
			load := "INITIAL_INGESTION"
			if e.there {
				load = "EDIT"
			}
			ingest(p.r, e.after, load)
		}
	}
	return nil
}
