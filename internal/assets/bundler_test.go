package assets

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"rehome/internal/estate"
)

// bundler is a Quick that exports whatever it is asked for, as bundles of a given size, and never holds one.
type bundler struct {
	size int // bytes of a bundle, about
	mu   sync.Mutex
	jobs map[string][]estate.ARN
}

var _ Exporter = (*bundler)(nil)

func (b *bundler) Start(_ context.Context, _ estate.Region, id string, arns []estate.ARN) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.jobs == nil {
		b.jobs = map[string][]estate.ARN{}
	}
	b.jobs[id] = arns
	return nil
}

func (b *bundler) Describe(_ context.Context, _ estate.Region, id string) (ExportState, error) {
	return ExportState{Status: exportSuccessful, Created: began, URL: id}, nil
}

// Download writes entry by entry. Each is mostly one long text, as definitions and queries are.
func (b *bundler) Download(_ context.Context, url string, w io.Writer) error {
	b.mu.Lock()
	arns := b.jobs[url]
	b.mu.Unlock()
	z := zip.NewWriter(w)
	filling := bytes.Repeat([]byte("padding "), 1<<10)
	for _, arn := range arns {
		ref, _, _ := estate.ParseAssetARN(arn)
		f, err := z.CreateHeader(&zip.FileHeader{Name: entryName(ref), Method: zip.Store})
		if err != nil {
			return err
		}
		fmt.Fprintf(f, `{"resourceType":%q,%s,"name":"`, word(string(ref.Type)), identity(ref)) //nolint:errcheck // the next write fails as well
		for left := b.size / len(arns); left > 0 && err == nil; left -= len(filling) {
			_, err = f.Write(filling[:min(left, len(filling))])
		}
		if err == nil {
			_, err = io.WriteString(f, `"}`)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// identity is the members by which an entry names its asset.
func identity(ref estate.AssetRef) string {
	if dataset, id, ok := strings.Cut(ref.ID, "/"); ok && ref.Type == estate.AssetRefreshSchedule {
		return fmt.Sprintf(`"dataSetId":%q,"schedule":{"scheduleId":%q}`, dataset, id)
	}
	for _, s := range shapes {
		if s.kind == ref.Type {
			return fmt.Sprintf(`%q:%q`, s.id, ref.ID)
		}
	}
	return ""
}
