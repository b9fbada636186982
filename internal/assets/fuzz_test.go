package assets

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// FuzzManifest: whatever a manifest holds, it is read or refused, and what is read again from its whole part is the same.
func FuzzManifest(f *testing.F) {
	dir := exported(f, tiny())
	whole, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(forge(f, Record{Type: RecordBegin, N: 1, Header: &Header{Format: Format}}) + "\n"))
	f.Add([]byte("{}\n{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := replay("manifest.jsonl", data)
		if err != nil {
			return
		}
		if read.whole+read.torn != len(data) {
			t.Fatalf("%d whole and %d torn bytes of %d", read.whole, read.torn, len(data))
		}
		again, err := replay("manifest.jsonl", data[:read.whole])
		if err != nil || again.torn != 0 || again.last != read.last || len(again.records) != len(read.records) {
			t.Fatalf("the whole part reads differently: %v", err)
		}
		if s, err := replayed("", read); err == nil {
			s.contents("").held()
		}
	})
}

// FuzzBundle: whatever a bundle holds, it is read or refused, and neither takes more memory than the bounds say.
func FuzzBundle(f *testing.F) {
	w := tiny()
	dir := exported(f, w)
	whole, err := os.ReadFile(filepath.Join(dir, "ap-south-1/001.qs"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-30])
	f.Add(zipped(f, "../x", "{}"))
	f.Add(zipped(f, "dataset/d.json", `{"dataSetId":"d","a":{"a":{"a":[[[[]]]]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		seen := map[AssetID]bool{}
		err := readBundle(bytes.NewReader(data), int64(len(data)), func(c content) error {
			if c.ID == "" || c.Type == "" || len(c.SHA256) != 64 || seen[c.AssetID] {
				t.Fatalf("%+v", c.Entry)
			}
			seen[c.AssetID] = true
			return nil
		})
		runtime.ReadMemStats(&after)
		if held := int64(after.HeapInuse) - int64(before.HeapInuse); held > 4*maxEntry {
			t.Fatalf("%d bytes of memory for %d bytes of bundle: %v", held, len(data), err)
		}
	})
}
