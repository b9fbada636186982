package assets

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"

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
