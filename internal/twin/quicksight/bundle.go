package quicksight

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"slices"
	"strings"

	"rehome/internal/estate"
)

// A bundle is a zip without manifest and without a top folder; each asset is one minified object, and its first member says what it is
// (quick-api 3.3). The zip's comment says where it was made, which nothing in a bundle of AWS does as far as is known.

// entry is one asset in a bundle.
type entry struct {
	kind    assetKind
	id      string // as estate.Asset.ID
	content content
}

// biggest bounds what one entry unpacks to, in bytes.
const biggest = 256 << 20

func (e entry) ref(region estate.Region) estate.AssetRef {
	return estate.AssetRef{Region: region, Type: e.kind.kind, ID: e.id}
}

// file is where the entry is in the zip. That a schedule's name joins the dataset's id and its own is INFERRED.
func (e entry) file() string {
	return e.kind.word + "/" + strings.Replace(e.id, "/", "_", 1) + ".json"
}

// pack writes a bundle; equal entries give equal bytes.
func pack(entries []entry, comment string) ([]byte, error) {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.file(), b.file()) })
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, e := range entries {
		rest, err := compact(e.content)
		if err != nil {
			return nil, err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.file(), Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		comma := ","
		if len(e.content) == 0 {
			comma = ""
		}
		if _, err := fmt.Fprintf(w, `{"resourceType":%q%s%s`, e.kind.word, comma, rest[1:]); err != nil {
			return nil, err
		}
	}
	if err := z.SetComment(comment); err != nil {
		return nil, err
	}
	err := z.Close()
	return out.Bytes(), err
}

// unpack reads a bundle, in the order of its file names. What is wrong with it is for people to read.
func unpack(text []byte) (entries []entry, comment string, err error) {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, "", fmt.Errorf("The asset bundle is not a valid zip file: %w", err) //nolint:staticcheck // it is a sentence of Quick's
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		e, err := read(f)
		if err != nil {
			return nil, "", fmt.Errorf("The asset bundle's file %s cannot be read: %w", f.Name, err) //nolint:staticcheck // as above
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, "", fmt.Errorf("The asset bundle is empty") //nolint:staticcheck // as above
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.file(), b.file()) })
	return entries, z.Comment, nil
}

func read(f *zip.File) (entry, error) {
	r, err := f.Open()
	if err != nil {
		return entry{}, err
	}
	defer r.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(r, biggest))
	if err != nil {
		return entry{}, err
	}
	c := content{}
	if err := parse(text, &c); err != nil {
		return entry{}, err
	}
	return entryOf(c)
}

// entryOf finds kind and id of an entry.
func entryOf(c content) (entry, error) {
	word, _ := c["resourceType"].(string)
	at := slices.IndexFunc(bundled, func(k assetKind) bool { return k.word == word })
	if at < 0 {
		return entry{}, fmt.Errorf("unknown resourceType %q", word)
	}
	delete(c, "resourceType")
	e := entry{kind: bundled[at], content: c, id: text(c, bundled[at].id)}
	if e.kind.kind == estate.AssetRefreshSchedule {
		e.id = text(scheduleOf(c), "scheduleId")
		if dataSet := text(c, "dataSetId"); e.id != "" && dataSet != "" {
			e.id = dataSet + "/" + e.id
		} else {
			e.id = ""
		}
	}
	if e.id == "" {
		return entry{}, fmt.Errorf("the member %s is missing", inBundle(e.kind.id))
	}
	return e, nil
}

// setMember sets a member whose name has any casing.
func setMember(c content, name string, v any) {
	for key := range c {
		if strings.EqualFold(key, name) {
			c[key] = v
			return
		}
	}
	c[inBundle(name)] = v
}
