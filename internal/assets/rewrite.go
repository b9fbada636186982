package assets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Note is a place in an entry that still speaks of the old account or Region after it was rewritten.
type Note struct {
	Kind NoteKind
	Path string // JSON pointer
	Text string // the ARN, or the word
}

// NoteKind says what a note is about.
type NoteKind int

// The kinds.
const (
	NoteUnmapped  NoteKind = iota // the value is an ARN that no rule maps
	NoteInText                    // a text has such an ARN in it
	NoteInName                    // the name of a member has one; names are never rewritten
	NoteMention                   // a text has the bare word in it, as custom SQL may: only its author knows whether it has to change
	NoteNoNetwork                 // a subnet or security group of another Region or account that Networks does not map
)

var noteKinds = map[NoteKind]string{NoteUnmapped: "no rule maps ", NoteInText: "a text holds, and no rule maps, ", NoteInName: "a member's name holds ",
	NoteMention: "a text mentions ", NoteNoNetwork: "nothing at the target is named for "}

// noteFinding is one finding for all notes about an asset.
func noteFinding(ref estate.AssetRef, name string, notes []Note) diag.Finding {
	f := diag.Finding{Code: "MIG-22", Status: diag.Fail, Severity: diag.Warn, Subject: subject(ref), Owner: diag.QuickAdmin,
		Title:  fmt.Sprintf("%d places still speak of the old account or Region: %s", len(notes), Label(ref, name)),
		Cause:  "bundles know nothing of principals, secrets and networks at the target, nor of names in texts",
		Fix:    "name each ARN in the mapping, and edit texts in Quick after the import",
		Source: []diag.Source{sheet("0, line 5"), sheet("3.3")}}
	for _, n := range notes {
		if n.Kind == NoteUnmapped {
			f.Severity = diag.Block
		}
		f.Evidence = append(f.Evidence, diag.Evidence{Path: n.Path, Seen: noteKinds[n.Kind] + n.Text})
	}
	return f
}

// Rewrite maps every name in one entry of a bundle. Bytes that need no change are kept as they are: order, numbers, spaces and escapes. It
// is done before an import because the import itself maps references among the bundle's assets only (quick-api 3.3).
func Rewrite(entry []byte, m Mapping) ([]byte, []Note, error) {
	w := &rewriting{m: m, dec: jsontext.NewDecoder(bytes.NewBuffer(entry)), mentions: m.words()}
	if w.dec.PeekKind() != '{' {
		return nil, nil, errors.New("it is no JSON object")
	}
	out := make([]byte, 0, len(entry)+len(entry)/16)
	done := 0 // bytes of entry that are in out
	for {
		if w.dec.PeekKind() != '"' {
			if _, err := w.dec.ReadToken(); err != nil {
				return nil, nil, fmt.Errorf("it is no JSON object: %w", err)
			}
			if w.dec.StackDepth() > 0 {
				continue
			}
			if _, err := w.dec.ReadToken(); err != io.EOF {
				return nil, nil, errors.New("something follows after its JSON object")
			}
			return append(out, entry[done:]...), w.notes, nil
		}
		kind, n := w.dec.StackIndex(w.dec.StackDepth())
		raw, err := w.dec.ReadValue()
		if err != nil {
			return nil, nil, fmt.Errorf("it is no JSON object: %w", err)
		}
		end := int(w.dec.InputOffset())
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return nil, nil, err
		}
		old := string(text)
		fresh := w.value(old, kind == '{' && n%2 == 0)
		if fresh == old {
			continue
		}
		if out, err = jsontext.AppendQuote(append(out, entry[done:end-len(raw)]...), fresh); err != nil {
			return nil, nil, err
		}
		done = end
	}
}

// rewriting is one entry under way.
type rewriting struct {
	m        Mapping
	dec      *jsontext.Decoder
	mentions *regexp.Regexp // nil: nothing has another name
	notes    []Note
}

func (w *rewriting) note(kind NoteKind, text string) {
	w.notes = append(w.notes, Note{Kind: kind, Path: string(w.dec.StackPointer()), Text: text})
}

// arnInText finds ARNs. Where one ends in a text nobody can tell; it is taken to go on to a space, a quote, a bracket of a tag or a bar.
var arnInText = regexp.MustCompile("arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9a-z]*:[^\\s\"'`<>\\\\|]+")

// value maps one string. Of a member's name it only tells what should be mapped.
func (w *rewriting) value(old string, name bool) string {
	if to, ok := w.m.exact(estate.ARN(old)); ok && !name {
		return string(to)
	}
	if to, ok := w.member(old); ok && !name {
		return to
	}
	var out strings.Builder
	at := 0
	for _, found := range arnInText.FindAllStringIndex(old, -1) {
		w.mention(old[at:found[0]], name)
		out.WriteString(old[at:found[0]])
		out.WriteString(w.arn(old[found[0]:found[1]], found[0] == 0 && found[1] == len(old), name))
		at = found[1]
	}
	w.mention(old[at:], name)
	out.WriteString(old[at:])
	if name {
		return old
	}
	return out.String()
}

// arn maps an ARN and leaves alone what may be the punctuation of the sentence that it stands in.
func (w *rewriting) arn(found string, whole, name bool) string {
	for end := len(found); end > 0 && !whole; end-- {
		if to, ok := w.m.exact(estate.ARN(found[:end])); ok {
			return string(to) + found[end:]
		}
		if !strings.ContainsRune(".,;:!?)]}", rune(found[end-1])) {
			break
		}
	}
	to, ok := w.m.arn(estate.ARN(found))
	switch {
	case name && (!ok || string(to) != found):
		w.note(NoteInName, found)
	case !ok && whole:
		w.note(NoteUnmapped, found)
	case !ok:
		w.note(NoteInText, found)
	}
	return string(to)
}

// words finds old Regions and the old account as words of a text. A letter may follow, for Availability Zones have one.
func (m Mapping) words() *regexp.Regexp {
	var old []string
	for r := range m.Regions {
		if m.Region(r) != r {
			old = append(old, regexp.QuoteMeta(string(r)))
		}
	}
	if m.leaves("", m.OldAccount) && m.OldAccount != "" {
		old = append(old, regexp.QuoteMeta(string(m.OldAccount)))
	}
	if old == nil {
		return nil
	}
	slices.Sort(old)
	return regexp.MustCompile(`(?:^|[^a-zA-Z0-9])(` + strings.Join(old, "|") + `)(?:$|[^0-9])`)
}

func (w *rewriting) mention(text string, name bool) {
	if w.mentions == nil || len(text) == 0 {
		return
	}
	kind := NoteMention
	if name {
		kind = NoteInName
	}
	for _, found := range w.mentions.FindAllStringSubmatch(text, -1) {
		w.note(kind, found[1])
	}
}

// members are the places of names that are no ARNs; a place is the member and, where that alone could be something else, the one that it is
// in. INFERRED from the requests' members (quick-api 3.3, 4.6, 4.6a).
var members = []struct {
	in, name string
	of       func(Mapping) map[string]string
	region   bool // it cannot exist in another Region or account
}{
	{in: "athenaParameters", name: "workGroup", of: func(m Mapping) map[string]string { return m.WorkGroups }},
	{in: "manifestFileLocation", name: "bucket", of: func(m Mapping) map[string]string { return m.Buckets }},
	{name: "subnetIds", of: func(m Mapping) map[string]string { return m.Networks }, region: true},
	{name: "securityGroupIds", of: func(m Mapping) map[string]string { return m.Networks }, region: true},
	{name: "dnsResolvers", of: func(m Mapping) map[string]string { return m.Networks }},
	{name: "vpcId", of: func(m Mapping) map[string]string { return m.Networks }, region: true},
}

// network tells ids that belong to one Region.
var network = regexp.MustCompile(`^(vpc|subnet|sg)-`)

func (w *rewriting) member(old string) (string, bool) {
	local := w.mentions != nil && network.MatchString(old)
	if !local && w.m.Networks[old]+w.m.Buckets[old]+w.m.WorkGroups[old] == "" {
		return "", false // most strings: their path need not be put together
	}
	in, name := "", ""
	for part := range w.dec.StackPointer().Tokens() {
		if strings.Trim(part, "0123456789") != "" {
			in, name = name, part
		}
	}
	for _, place := range members {
		if place.name != name || place.in != "" && place.in != in {
			continue
		}
		if to, ok := place.of(w.m)[old]; ok {
			return to, true
		}
		if place.region {
			w.note(NoteNoNetwork, old)
		}
	}
	return "", false
}
