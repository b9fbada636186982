package view

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"rehome/internal/app"
	"rehome/internal/estate"
)

// The map is drawn on a canvas as wide as a telephone, in units that are pixels there, so that its text stays readable: boxes stand
// under each other, and replications run in lanes at the left.
const (
	canvas   = 380 // width
	boxLeft  = 52
	boxWidth = canvas - boxLeft - 2
	textLeft = boxLeft + 42
	perLine  = 40 // characters of a line of text; wider ones wrap
	perBold  = 35 // of bold text
	lineStep = 17
	boxGap   = 22
)

// drawing is one map with every coordinate worked out.
type drawing struct {
	ID, Title, Basis string
	Unknown          string // why there is no map; empty: there is one
	Desc             string // what a person hears who cannot see the map
	Width, Height    int
	Boxes            []box
	Arrows           []arrow
}

type box struct {
	X, Y, W, H int
	TextY      int
	Region     string
	Roles      []label
	Rows       []partRow
}

// partRow is Identity Center, the key or Quick in a box.
type partRow struct {
	Kind          string // identity, key or quick: the glyph
	Sight         string // there, none or unknown
	H             int    // with the gap below it
	IconX, IconY  int
	PlateX        int
	PlateY        int
	PlateW        int
	PlateH        int
	Title         []label
	Lines         []label
	Verdict, Word string
	Judged        []label
}

type label struct {
	X, Y int
	Text string
}

// arrow is a replication: out of the home's row, down the lane, into the other Region's row.
type arrow struct {
	Path, Head string
	Kind       string // identity or key
	Open       bool   // not complete
}

// rowHeights are how high a row must be at least, by Region and kind.
type rowHeights map[string]int

// newDrawings draws two scenes so that each Region stands at the same height in both.
func newDrawings(before, after app.Scene) []drawing {
	least := rowHeights{}
	for _, s := range []app.Scene{before, after} {
		for _, b := range newDrawing("", "", s, least).Boxes {
			least[b.Region] = max(least[b.Region], b.Rows[0].PlateY-b.Y)
			for _, r := range b.Rows {
				least[b.Region+r.Kind] = max(least[b.Region+r.Kind], r.PlateH)
			}
		}
	}
	return []drawing{newDrawing("before", "Before", before, least), newDrawing("after", "After", after, least)}
}

func newDrawing(id, title string, s app.Scene, least rowHeights) drawing {
	d := drawing{ID: id, Title: title, Width: canvas, Height: 2}
	switch s.Basis {
	case app.Surveyed:
		d.Basis = "as surveyed on " + when(s.Taken)
	case app.Planned:
		d.Basis = "as planned: the plan was walked on a twin of the survey; names and numbers that AWS gives will differ"
	default:
		d.Basis, d.Unknown = "not known", s.Why
		return d
	}
	for _, p := range s.Places {
		d.Boxes = append(d.Boxes, newBox(p, d.Height, least))
		d.Height += d.Boxes[len(d.Boxes)-1].H + boxGap
	}
	d.Height -= boxGap - 4
	for _, l := range s.Links {
		if a, ok := d.arrow(s.Places, l); ok {
			d.Arrows = append(d.Arrows, a)
		}
	}
	d.Desc = describe(s)
	return d
}

func newBox(p app.Place, y int, least rowHeights) box {
	b := box{X: boxLeft, Y: y, W: boxWidth, TextY: y + 25, Region: string(p.Region)}
	at := y + 43
	b.Roles, at = labels(boxLeft+14, at, strings.Join(p.Roles, " · "), perLine+6)
	at = max(at-6, y+least[b.Region])
	for _, part := range []struct {
		kind string
		app.Part
	}{{"identity", p.IdentityCenter}, {"key", p.Key}, {"quick", p.Quick}} {
		row := newPart(part.kind, part.Part, at, least[string(p.Region)+part.kind])
		at += row.H
		b.Rows = append(b.Rows, row)
	}
	b.H = at - y + 2
	return b
}

func newPart(kind string, p app.Part, y, least int) partRow {
	r := partRow{Kind: kind, Sight: "unknown", PlateX: boxLeft + 6, PlateY: y, PlateW: boxWidth - 12, IconX: boxLeft + 24, IconY: y + 19, Verdict: p.Verdict}
	if p.Sight != app.Unseen {
		r.Sight = string(p.Sight)
	}
	at := y + 23
	r.Title, at = labels(textLeft, at, p.Title, perBold)
	for _, l := range p.Lines {
		var more []label
		more, at = labels(textLeft, at, l, perLine)
		r.Lines = append(r.Lines, more...)
	}
	if p.Verdict != "" {
		r.Word = map[string]string{"pass": "✓", "fail": "✗"}[p.Verdict]
		if r.Word == "" {
			r.Word = "?"
		}
		width := perLine
		if p.Verdict == "fail" {
			width = perBold
		}
		r.Judged, at = labels(textLeft, at, r.Word+" "+p.Judged, width)
	}
	r.PlateH = max(at-y-8, least)
	r.H = r.PlateH + 5
	return r
}

// labels breaks a text into lines that fit, and says where the next line goes. A word that fits no line is broken, earlier than
// needed, as it may be all wide letters.
func labels(x, y int, text string, width int) ([]label, int) {
	var out []label
	line := ""
	flush := func() {
		if line != "" {
			out, y, line = append(out, label{x, y, line}), y+lineStep, ""
		}
	}
	for word := range strings.FieldsSeq(text) {
		for utf8.RuneCountInString(word) > width {
			flush()
			head := string([]rune(word)[:width-width/7])
			word = strings.TrimPrefix(word, head)
			line = head
		}
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			flush()
		}
		line = strings.TrimSpace(line + " " + word)
	}
	flush()
	return out, y
}

// arrow draws a link; ok is false when one of its ends is not on the map.
func (d drawing) arrow(places []app.Place, l app.Link) (a arrow, ok bool) {
	kind, row, lane := "identity", 0, 12
	if l.What == app.Material {
		kind, row, lane = "key", 1, 30
	}
	from, to := indexOf(places, l.From), indexOf(places, l.To)
	if from < 0 || to < 0 {
		return a, false
	}
	y1, y2 := d.Boxes[from].Rows[row].IconY, d.Boxes[to].Rows[row].IconY
	turn := 8
	if y2 < y1 {
		turn = -8
	}
	return arrow{Kind: kind, Open: l.Sight != app.There,
		Path: fmt.Sprintf("M%d %d H%d Q%d %d %d %d V%d Q%d %d %d %d H%d", boxLeft, y1, lane+8, lane, y1, lane, y1+turn, y2-turn, lane, y2, lane+8, y2, boxLeft-7),
		Head: fmt.Sprintf("M%d %d l-8 -4.5 v9 z", boxLeft-1, y2)}, true
}

func indexOf(places []app.Place, r estate.Region) int {
	for i, p := range places {
		if p.Region == r {
			return i
		}
	}
	return -1
}

// describe tells the map in words.
func describe(s app.Scene) string {
	var out []string
	for _, p := range s.Places {
		text := string(p.Region)
		if len(p.Roles) > 0 {
			text += " (" + strings.Join(p.Roles, ", ") + ")"
		}
		for _, part := range []app.Part{p.IdentityCenter, p.Key, p.Quick} {
			text += "; " + spoken(part)
		}
		out = append(out, text+".")
	}
	for _, l := range s.Links {
		text := fmt.Sprintf("The %s replicates from %s to %s", map[app.Layer]string{app.People: "directory of people", app.Material: "key material"}[l.What], l.From, l.To)
		if l.Sight != app.There {
			text += ", not completely as far as is known"
		}
		out = append(out, text+".")
	}
	return strings.Join(out, " ")
}

func spoken(p app.Part) string {
	text := p.Title
	switch p.Sight {
	case app.Unseen:
		text += ", unknown"
	case app.None:
		text += ", not here"
	}
	for _, l := range p.Lines {
		text += ", " + l
	}
	if p.Judged != "" {
		text += ", " + p.Verdict + ": " + p.Judged
	}
	return text
}
