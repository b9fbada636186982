package document

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

func TestEncodeIsCanonical(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"keys are sorted":          {map[string]int{"b": 1, "a": 2, "B": 3}, "{\n  \"B\": 3,\n  \"a\": 2,\n  \"b\": 1\n}\n"},
		"members keep their order": {paperCopy{State: "s", On: true}, "{\n  \"state\": \"s\",\n  \"on\": true\n}\n"},
		"no list is an empty list": {map[string][]string{"a": nil}, "{\n  \"a\": []\n}\n"},
		"no map is an empty map":   {struct{ M map[string]int }{}, "{\n  \"M\": {}\n}\n"},
		"text is not escaped":      {"<a> & ü", "\"<a> & ü\"\n"},
		"absent":                   {paperCopy{State: "s", Deep: estate.Absent[paperDepth]()}, "{\n  \"state\": \"s\",\n  \"deep\": null\n}\n"},
		"not looked":               {paperCopy{State: "s", Deep: estate.NotLooked[paperDepth]("denied")}, "{\n  \"state\": \"s\",\n  \"deep\": {\n    \"not_looked\": \"denied\"\n  }\n}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 { // maps are walked in another order each time
				got, err := Encode(c.value)
				if err != nil || string(got) != c.want {
					t.Fatalf("got %s, %v\nwant %s", got, err, c.want)
				}
				var pieces bytes.Buffer
				if err := EncodeTo(&pieces, c.value); err != nil || pieces.String() != c.want {
					t.Fatalf("in pieces: got %s, %v\nwant %s", &pieces, err, c.want)
				}
			}
		})
	}
}

func TestWriteReplacesTheWholeFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "plans")
	path := filepath.Join(dir, "a.json")
	for _, text := range []string{strings.Repeat("long ", 1000), "short"} {
		if err := Write(path, map[string]string{"text": text}); err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := Read(path, &got); err != nil || got["text"] != text {
			t.Fatalf("read back %v, %v", got, err)
		}
	}
	for p, want := range map[string]os.FileMode{path: 0o600, dir: os.ModeDir | 0o700, filepath.Dir(dir): os.ModeDir | 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", p, info.Mode(), want)
		}
	}
	only(t, dir, "a.json")
}

func TestWriteTightensPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, 1); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v: others can read what was put over an open file", info.Mode())
	}
}

func TestAFailedWriteChangesNothing(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, why string }{
		"the rename fails":               {folder, "file exists"},
		"the folder cannot be made":      {filepath.Join(file, "a.json"), "not a directory"},
		"the temporary file cannot open": {filepath.Join(dir, strings.Repeat("x", 300)), "file name too long"},
	} {
		t.Run(name, func(t *testing.T) {
			err := WriteBytes(c.path, []byte("new"))
			var e *diag.Error
			if !errors.As(err, &e) || e.Code != "document/unwritable" || e.At.File != c.path || e.Why != c.why || len(e.Fix) == 0 {
				t.Errorf("got %+v, want cannot write %s: %s", err, c.path, c.why)
			}
			only(t, dir, "file", "folder")
			if b, err := os.ReadFile(file); err != nil || string(b) != "old" {
				t.Errorf("the old file holds %q, %v", b, err)
			}
		})
	}
}

func TestWhatCannotBeEncodedIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	if err := Write(path, "old"); err != nil {
		t.Fatal(err)
	}
	var e *diag.Error
	if err := Write(path, math.NaN()); !errors.As(err, &e) || e.What != "encoding a.json failed" {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "\"old\"\n" {
		t.Errorf("the old file holds %q", b)
	}
}

// only checks that a folder holds these names and nothing else, such as a temporary file.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("%s holds %v, want %v", dir, got, names)
	}
}
