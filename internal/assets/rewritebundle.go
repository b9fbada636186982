package assets

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// RewriteBundle copies a bundle of a Region and maps every entry, one of them in memory at a time, within the bounds of Verify. Nothing is
// written when the bundle is not sound. Of each asset with places that still speak of the old names there is a finding. keep says which
// entries are copied; nil: all of them. The comment of the file is not copied: it may say where the bundle was made.
func RewriteBundle(src io.ReaderAt, size int64, r estate.Region, dst io.Writer, m Mapping, keep func(AssetID) bool) ([]diag.Finding, error) {
	if err := readBundle(src, size, func(content) error { return nil }); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(src, size)
	if err != nil {
		return nil, err
	}
	out := zip.NewWriter(dst)
	var found []diag.Finding
	var text bytes.Buffer
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		if err := unpack(f, &text); err != nil {
			return nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
		c, err := understand(f.Name, text.Bytes())
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
		if keep != nil && !keep(c.AssetID) {
			continue
		}
		fresh, notes, err := Rewrite(text.Bytes(), m)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
		if m.prefix != "" { // a trial gives nobody anything
			if fresh, err = without(fresh, "permissions", "linkSharingConfiguration"); err != nil {
				return nil, fmt.Errorf("entry %q: %w", f.Name, err)
			}
		}
		if len(notes) > 0 {
			found = append(found, noteFinding(c.in(r), "", notes))
		}
		w, err := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write(fresh)
		}
		if err != nil {
			return nil, err
		}
	}
	diag.Sort(found)
	return found, out.Close()
}

// without is a JSON object without some of its own members, which bundles have when they were asked for (quick-api 3.3, names INFERRED).
func without(object []byte, names ...string) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(object))
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(object)), '{')
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		quoted, err := jsontext.AppendQuote(nil, name.String())
		if err != nil {
			return nil, err
		}
		skip := slices.Contains(names, name.String())
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		if skip {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted...), ':'), value...)
	}
	return append(out, '}'), nil
}
