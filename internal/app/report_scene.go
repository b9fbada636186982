package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// Scene is the map of the Regions that matter at one time, ready to be drawn.
type Scene struct {
	Basis  Basis     `json:"basis"`
	Why    string    `json:"why,omitzero"`   // why it is unknown
	Taken  time.Time `json:"taken,omitzero"` // when somebody looked
	Places []Place   `json:"places,omitzero"`
	Links  []Link    `json:"links,omitzero"`
}

// Place is one Region with what a move is about.
type Place struct {
	Region         estate.Region `json:"region"`
	Roles          []string      `json:"roles,omitzero"` // what the Region is to this move
	IdentityCenter Part          `json:"identity_center"`
	Key            Part          `json:"key"`
	Quick          Part          `json:"quick"`
}

// Sight says whether a part was seen. The zero value is that nobody knows.
type Sight string

// The sights.
const (
	Unseen Sight = ""
	There  Sight = "there"
	None   Sight = "none"
)

// Part is Identity Center, the key or Quick in one Region.
type Part struct {
	Sight   Sight    `json:"sight,omitzero"`
	Title   string   `json:"title"`
	Lines   []string `json:"lines,omitzero"`
	Verdict string   `json:"verdict,omitzero"` // pass, fail or unknown; empty: nothing judges it
	Judged  string   `json:"judged,omitzero"`  // the verdict in words
}

// Link is a replication from one Region to another.
type Link struct {
	What  Layer         `json:"what"`
	From  estate.Region `json:"from"`
	To    estate.Region `json:"to"`
	Sight Sight         `json:"sight,omitzero"` // There: it is complete; Unseen: under way, or nobody knows
}

// Layer is what a link replicates.
type Layer string

// The layers.
const (
	People   Layer = "people"
	Material Layer = "key material"
)

// artist draws one survey.
type artist struct {
	wants    *spec.Spec
	estate   estate.Estate
	findings []diag.Finding
	invented estate.KeyID // of a key that only a twin has made
}

// draw makes the scene over the given Regions.
func (a artist) draw(basis Basis, taken time.Time, over []estate.Region) Scene {
	out := Scene{Basis: basis, Taken: taken.UTC()}
	for _, r := range over {
		out.Places = append(out.Places, Place{Region: r, Roles: a.roles(r), IdentityCenter: a.identityCenter(r), Key: a.key(r), Quick: a.quick(r)})
	}
	out.Links = a.links(over)
	return out
}

// regionsOf are the Regions that matter in any of the surveys: home first, then the target, then the others by name.
func regionsOf(wants *spec.Spec, surveys ...*estate.Survey) []estate.Region {
	var homes, rest []estate.Region
	for _, s := range surveys {
		if s == nil {
			continue
		}
		inst, _ := s.Estate.IdentityCenter.Get()
		homes = append(homes, inst.PrimaryRegion)
		for r := range inst.Regions.Or(nil) {
			rest = append(rest, r)
		}
		_, key := encryptedWith(s.Estate)
		for r, copied := range key.Copies {
			if !copied.IsAbsent() {
				rest = append(rest, r)
			}
		}
		q, _ := s.Estate.Accounts[wants.Quick.Account].Quick.Get()
		rest = append(rest, q.IdentityRegion.Or(""))
		for r, list := range q.Assets {
			if len(list.Or(nil)) > 0 {
				rest = append(rest, r)
			}
		}
	}
	slices.Sort(rest)
	var out []estate.Region
	for _, r := range slices.Concat(homes, []estate.Region{wants.TargetRegion}, rest) {
		if r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func (a artist) roles(r estate.Region) []string {
	var out []string
	if inst, _ := a.estate.IdentityCenter.Get(); inst.PrimaryRegion == r {
		out = append(out, "home of Identity Center")
	}
	if a.wants.MovesQuick() && a.wants.TargetRegion == r {
		out = append(out, "target")
	}
	if slices.Contains(a.wants.Table().Desktop, r) {
		out = append(out, "serves Quick on Desktop")
	}
	return out
}

func (a artist) identityCenter(r estate.Region) Part {
	p := Part{Title: "Identity Center"}
	inst, ok := a.estate.IdentityCenter.Get()
	if !ok {
		return blank(p, a.estate.IdentityCenter, "no organization instance")
	}
	regions, ok := inst.Regions.Get()
	if !ok && inst.PrimaryRegion != r {
		return blank(p, inst.Regions, "not replicated")
	}
	state, enabled := regions[r]
	if !enabled && inst.PrimaryRegion != r {
		p.Sight, p.Lines = None, []string{"not replicated to this Region"}
	} else {
		p.Sight = There
		p.Lines = []string{replication(state)}
	}
	if inst.PrimaryRegion == r {
		p.Title, p.Lines = "Identity Center, primary", []string{cmp.Or(inst.Status, string(state)), countMap(inst.Users, "user") + ", " + countMap(inst.Groups, "group")}
	} else if enabled {
		p.Title = "Identity Center, additional Region"
	}
	p.judge(a.findings, func(f diag.Finding) bool {
		return f.Subject == "identity-center/"+string(r) || strings.HasPrefix(f.Subject, "identity-center/"+string(r)+"/")
	})
	return p
}

// replication gives the console's word beside the API's (idc-kms 1.2).
func replication(s estate.ReplicaState) string {
	switch s {
	case estate.RegionActive:
		return "Replicated (ACTIVE)"
	case estate.RegionAdding:
		return "Replicating (ADDING)"
	case estate.RegionRemoving:
		return "Being removed (REMOVING)"
	}
	return string(s)
}

func (a artist) quick(r estate.Region) Part {
	p := Part{Title: "Quick"}
	known := a.estate.Accounts[a.wants.Quick.Account].Quick
	q, ok := known.Get()
	if !ok {
		return blank(p, known, "no Quick account")
	}
	home, ok := q.IdentityRegion.Get()
	if !ok {
		return blank(p, q.IdentityRegion, "no identity Region")
	}
	list, listed := q.Assets[r]
	switch {
	case home == r:
		p.Sight, p.Title = There, "Quick "+q.Name
		p.Lines = []string{q.Edition + ", " + string(q.Status), "identity Region: people, index, Desktop", countMap(q.Namespaces.Or(nil)[estate.DefaultNamespace].Users, "user")}
		p.judge(a.findings, func(f diag.Finding) bool { return f.Code == "PATH-01" })
	case len(list.Or(nil)) > 0:
		p.Sight, p.Title = There, "Quick, assets only"
	default:
		p.Sight, p.Lines = None, []string{"not the account's identity Region"}
	}
	if listed && (home == r || len(list.Or(nil)) > 0 || !list.Looked()) {
		p.Lines = append(p.Lines, countList(list, "asset"))
	}
	return p
}

// links are the replications from the home Region to the others.
func (a artist) links(over []estate.Region) []Link {
	var out []Link
	inst, _ := a.estate.IdentityCenter.Get()
	_, key := encryptedWith(a.estate)
	for _, r := range over {
		if state, ok := inst.Regions.Or(nil)[r]; ok && r != inst.PrimaryRegion && inst.PrimaryRegion != "" {
			out = append(out, Link{What: People, From: inst.PrimaryRegion, To: r, Sight: when(state == estate.RegionActive)})
		}
		if c, ok := key.Copies[r]; ok && r != key.Primary && key.Primary != "" && !c.IsAbsent() {
			out = append(out, Link{What: Material, From: key.Primary, To: r, Sight: when(c.Or(estate.KeyCopy{}).State == estate.KeyEnabled)})
		}
	}
	return out
}

func when(complete bool) Sight {
	if complete {
		return There
	}
	return Unseen
}

// blank fills in a part that is not there, or that nobody looked at.
func blank[T any](p Part, k estate.Known[T], none string) Part {
	if k.IsAbsent() {
		p.Sight, p.Lines = None, []string{none}
		return p
	}
	p.Lines = []string{"not looked at: " + k.Why()}
	return p
}

// people, groups and assets are counted; what nobody counted says so.
func countMap[K comparable, V any](k estate.Known[map[K]V], noun string) string {
	return counted(len(k.Or(nil)), k.Looked(), noun)
}

func countList[T any](k estate.Known[[]T], noun string) string {
	return counted(len(k.Or(nil)), k.Looked(), noun)
}

func counted(n int, looked bool, noun string) string {
	switch {
	case !looked:
		return noun + "s not looked at"
	case n == 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
