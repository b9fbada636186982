package assets

import (
	"fmt"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Fate is what became of an asset of the source. Each has exactly one.
type Fate string

// The fates. What nobody can account for is lost.
const (
	Lost    Fate = "lost"    // it is not at the target as it was, and nobody has said that it may be so
	Moved   Fate = "moved"   // bundles brought it, and it is at the target as it was
	Rebuilt Fate = "rebuilt" // somebody made it again, and it is at the target as it was
	Manual  Fate = "manual"  // a person or calls of its own have to make it again: an open task
	Left    Fate = "left"    // somebody has said by name that it stays behind
)

// Fates are all of them, the best first.
var Fates = []Fate{Moved, Rebuilt, Manual, Left, Lost}

// Line is one line of a ledger: an asset, its fate, and what shows it.
type Line struct {
	Asset   estate.AssetRef `json:"asset"` // at the source
	At      estate.AssetRef `json:"at"`    // at the target, whether it is there or not
	Name    string          `json:"name"`
	Fate    Fate            `json:"fate"`
	Why     string          `json:"why,omitzero"`
	Job     string          `json:"job,omitzero"`     // the import job that brought it; empty: it was there, or no job did
	Hash    string          `json:"hash,omitzero"`    // of its form at the target; empty: it was not read
	Differs []string        `json:"differs,omitzero"` // parts that are not as they were
}

// LedgerConfig is what a ledger is made of.
type LedgerConfig struct {
	Source, Target *Inventory // the target's is taken after everything else: nothing is believed that was not seen
	Mapping        Mapping
	Outcomes       []Outcome                  // of the imports; the last about an asset counts
	Left           map[estate.AssetRef]string // what may stay behind, by its name at the source, and who says so
	ByHand         map[estate.AssetRef]string // what a person makes again although a bundle could carry it, and who says so
}

// Ledger accounts for every asset of the source.
type Ledger struct {
	Lines []Line         `json:"lines"` // by Region, type and id
	Gaps  []diag.Finding `json:"gaps,omitzero"`
}

// NewLedger compares every asset of the source with the target.
func NewLedger(c LedgerConfig) *Ledger {
	there, jobs := map[estate.AssetRef]*Item{}, map[estate.AssetRef]string{}
	c.Target.All(func(ref estate.AssetRef, item *Item) bool {
		there[ref] = item
		return true
	})
	for _, o := range c.Outcomes {
		if o.Job != "" {
			jobs[o.Asset] = o.Job
		}
	}
	l := &Ledger{Gaps: c.Source.Gaps("MIG-15")}
	c.Source.All(func(ref estate.AssetRef, item *Item) bool {
		e := Line{Asset: ref, At: c.Mapping.Ref(ref), Name: item.Name, Fate: Lost, Job: jobs[ref]}
		e.judge(c.Mapping.Form(ref.Region, *item), item, there[e.At], c.Target.Regions[e.At.Region])
		if who, ok := c.ByHand[ref]; ok && e.Fate == Lost && there[e.At] == nil {
			e.Fate, e.Why = Manual, who
		}
		if who, ok := c.Left[ref]; ok && e.Fate != Moved && e.Fate != Rebuilt {
			e.Fate, e.Why = Left, who
		}
		l.Lines = append(l.Lines, e)
		return true
	})
	return l
}

func (e *Line) judge(want Form, from, to *Item, at estate.Known[[]Item]) {
	switch {
	case !at.Looked():
		e.Why = string(e.At.Region) + " was not read: " + at.Why()
	case to == nil && from.Travel.How == ByBundle:
		e.Why = "it is not at the target"
	case to == nil:
		e.Fate, e.Why = Manual, from.Travel.Reason
	case from.Unread != "":
		e.Why = "it was not read whole at the source: " + from.Unread
	case to.Unread != "":
		e.Why = "it was not read whole at the target: " + to.Unread
	default:
		have := Mapping{}.Form(e.At.Region, *to)
		e.Hash, e.Differs = have.Hash(), want.Differences(have)
		switch {
		case len(e.Differs) > 0:
			e.Why = "it has other " + strings.Join(e.Differs, ", ")
		case from.Travel.How == ByBundle:
			e.Fate = Moved
		default:
			e.Fate = Rebuilt
		}
	}
}

// Sums counts the assets of each fate.
func (l *Ledger) Sums() map[Fate]int {
	out := map[Fate]int{}
	for _, f := range Fates {
		out[f] = 0
	}
	for _, e := range l.Lines {
		out[e.Fate]++
	}
	return out
}

// Lost are the assets that nobody can account for.
func (l *Ledger) Lost() []Line {
	var out []Line
	for _, e := range l.Lines {
		if e.Fate == Lost {
			out = append(out, e)
		}
	}
	return out
}

// Findings are what is lost, what is still to be made, and what of the source is not known.
func (l *Ledger) Findings() []diag.Finding {
	out := append([]diag.Finding{}, l.Gaps...)
	for _, e := range l.Lines {
		f := diag.Finding{Code: "MIG-15", Status: diag.Fail, Subject: subject(e.Asset), Owner: diag.QuickAdmin, Cause: e.Why,
			Title: fmt.Sprintf("1 %s is %s: %s", e.Asset.Type, e.Fate, Label(e.Asset, e.Name))}
		switch e.Fate {
		case Lost:
			f.Fix = "import it again, mend it in Quick, or let its owner sign by name that it may stay behind"
		case Manual:
			f.Code, f.Severity = "MIG-32", diag.Warn
			f.Title = fmt.Sprintf("1 %s is still to be made again: %s", e.Asset.Type, Label(e.Asset, e.Name))
			f.Fix = "make it at the target, then take its inventory again"
		default:
			continue
		}
		out = append(out, f)
	}
	diag.Sort(out)
	return out
}
