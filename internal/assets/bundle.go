package assets

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// Bounds of a bundle. An import takes 1 GB at most (quick-api 3.4); the others are far above anything that Quick admits, and keep a
// damaged or hostile file from filling the memory.
const (
	MaxBundle  = 1 << 30  // bytes of the file
	maxEntry   = 64 << 20 // bytes of one entry's text
	maxText    = 8 << 30  // bytes of all entries' texts
	maxEntries = 10_000
)

// shapes say how each type is written inside a bundle: its word and the member that holds its id. Directories and words of the last four
// are INFERRED (quick-api 3.3); so upper case, hyphens and underscores do not count.
var shapes = map[string]struct {
	kind estate.AssetType
	id   string
}{
	"analysis":        {estate.AssetAnalysis, "analysisId"},
	"dashboard":       {estate.AssetDashboard, "dashboardId"},
	"dataset":         {estate.AssetDataSet, "dataSetId"},
	"datasource":      {estate.AssetDataSource, "dataSourceId"},
	"folder":          {estate.AssetFolder, "folderId"},
	"refreshschedule": {estate.AssetRefreshSchedule, "scheduleId"},
	"theme":           {estate.AssetTheme, "themeId"},
	"vpcconnection":   {estate.AssetVPCConnection, "vpcConnectionId"},
}

func word(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(s), "-", ""), "_", "")
}

// content is one entry of a bundle as read: what it is and what it refers to.
type content struct {
	Entry
	refs []estate.ARN   // ARNs of Quick in its text, in the order of the text
	text jsontext.Value // it is overwritten by the next entry
}

// readBundle reads a bundle entry by entry, one of them in memory at a time. Names that lead out of a directory or come twice, entries that
// are no JSON or of no known type, and sizes beyond the bounds are errors.
func readBundle(r io.ReaderAt, size int64, visit func(content) error) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("it does not open as a zip file: %w", err)
	}
	if len(z.File) > maxEntries {
		return fmt.Errorf("it has %d entries, and %d are the most that is read", len(z.File), maxEntries)
	}
	var text bytes.Buffer
	var total int64
	names, seen := map[string]bool{}, map[AssetID]bool{}
	for _, f := range z.File {
		switch {
		case !safe(f.Name):
			return fmt.Errorf("entry %q has a name that leads elsewhere", f.Name)
		case names[f.Name]:
			return fmt.Errorf("entry %q is in it twice", f.Name)
		}
		names[f.Name] = true
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		if err := unpack(f, &text); err != nil {
			return fmt.Errorf("entry %q: %w", f.Name, err)
		}
		if total += int64(text.Len()); total > maxText {
			return fmt.Errorf("its texts are larger than the %d GiB that are read", maxText>>30)
		}
		c, err := understand(f.Name, text.Bytes())
		if err != nil {
			return fmt.Errorf("entry %q: %w", f.Name, err)
		}
		if seen[c.AssetID] {
			return fmt.Errorf("entry %q: %s %s is in it twice", f.Name, c.Type, c.ID)
		}
		seen[c.AssetID] = true
		if err := visit(c); err != nil {
			return err
		}
	}
	return nil
}

// safe refuses what path.Clean would change, what begins above, and what other systems read as a path.
func safe(name string) bool {
	name = strings.TrimSuffix(name, "/")
	return name != "" && path.Clean(name) == name && !strings.HasPrefix(name, "/") && name != ".." && !strings.HasPrefix(name, "../") &&
		!strings.ContainsAny(name, "\\:\x00")
}

func unpack(f *zip.File, into *bytes.Buffer) error {
	into.Reset()
	into.Grow(int(min(f.UncompressedSize64, maxEntry)) + bytes.MinRead) // at once, not by doubling; what the file says of itself may be wrong
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := into.ReadFrom(io.LimitReader(r, maxEntry+1))
	if err == nil && n > maxEntry {
		err = fmt.Errorf("its text is larger than the %d MiB that are read", maxEntry>>20)
	}
	return err
}

// understand says which asset an entry is. Its content decides; its name has to agree in type.
func understand(name string, text []byte) (content, error) {
	s, err := scan(text)
	if err != nil {
		return content{}, err
	}
	dir := word(path.Dir(name))
	kind := word(s.kind)
	if kind == "" {
		kind = dir
	}
	shape, ok := shapes[kind]
	switch {
	case !ok:
		return content{}, fmt.Errorf("type %q is not known; a newer Quick may have written it", s.kind)
	case dir != kind:
		return content{}, fmt.Errorf("it lies in %q and says that it is a %q", path.Dir(name), s.kind)
	}
	id := s.ids[shape.id]
	if shape.kind == estate.AssetRefreshSchedule && id != "" {
		if s.ids["dataSetId"] == "" {
			return content{}, errors.New("it is a refresh schedule and names no dataset")
		}
		id = s.ids["dataSetId"] + "/" + id
	}
	if id == "" {
		return content{}, fmt.Errorf("it has no %s", shape.id)
	}
	return content{Entry: Entry{AssetID: AssetID{Type: shape.kind, ID: id}, SHA256: hash(text)}, refs: s.refs, text: text}, nil
}

// scanned is what a walk through the text of an entry finds.
type scanned struct {
	kind string            // resourceType
	ids  map[string]string // members that end in Id, of the entry itself and of its schedule
	refs []estate.ARN
}

// scan walks through one JSON object token by token.
func scan(text []byte) (scanned, error) {
	out := scanned{ids: map[string]string{}}
	dec := jsontext.NewDecoder(bytes.NewBuffer(text)) // a Buffer, unlike a Reader, is read without a copy
	if dec.PeekKind() != '{' {
		return out, errors.New("it is no JSON object")
	}
	var name, outer string // the member at hand, and the one of the entry itself that it is in
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return out, fmt.Errorf("it is no JSON object: %w", err)
		}
		if tok.Kind() != '"' {
			if dec.StackDepth() > 0 {
				continue
			}
			if _, err := dec.ReadToken(); err != io.EOF {
				return out, errors.New("something follows after its JSON object")
			}
			return out, nil
		}
		value, depth := tok.String(), dec.StackDepth()
		kind, n := dec.StackIndex(depth)
		if kind == '{' && n%2 == 1 {
			name = value
			if depth == 1 {
				outer = value
			}
			continue
		}
		switch {
		case depth == 1 && name == "resourceType":
			out.kind = value
		case kind == '{' && (depth == 1 || depth == 2 && outer == "schedule") && strings.HasSuffix(name, "Id"):
			out.ids[name] = value
		}
		if strings.HasPrefix(value, "arn:") && strings.Contains(value, ":quicksight:") {
			out.refs = append(out.refs, estate.ARN(value))
		}
	}
}
