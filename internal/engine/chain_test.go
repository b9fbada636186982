package engine

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// sample is a journal of a few records in a directory of its own.
func sample(t testing.TB) (dir string, data []byte) {
	t.Helper()
	dir = t.TempDir()
	j, err := OpenJournal(JournalConfig{Dir: dir, Now: atNoon, Binding: Binding{Run: "r1", Plan: "f00d", Target: "twin", Callers: []string{"arn:b", "arn:a"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, r := range []Record{{Type: TypeIntent, Step: "a"}, {Type: TypeDone, Step: "a", Output: plan.Output{"name": "x\n\u2028y"}}} {
		if err := j.note(r); err != nil {
			t.Fatal(err)
		}
	}
	if data, err = os.ReadFile(filepath.Join(dir, journalFile)); err != nil {
		t.Fatal(err)
	}
	return dir, data
}

func reopen(dir, fingerprint, target string) (*Journal, error) {
	return OpenJournal(JournalConfig{Dir: dir, Now: atNoon, Binding: Binding{Run: "r2", Plan: fingerprint, Target: target}})
}

func TestTornTail(t *testing.T) {
	_, whole := sample(t)
	second := bytes.Index(whole, []byte("\n")) + 1
	third := second + bytes.Index(whole[second:], []byte("\n")) + 1
	for name, c := range map[string]struct {
		data    []byte
		torn    int
		records int // whole ones
	}{
		"the last newline is missing":          {whole[:len(whole)-1], len(whole) - 1 - third, 2},
		"half a record":                        {whole[:third+20], 20, 2},
		"half a record and a newline":          {append(bytes.Clone(whole[:third+20]), '\n'), 21, 2},
		"zeros, as after a power cut":          {append(bytes.Clone(whole), 0, 0, 0), 3, 3},
		"only the beginning of the first line": {whole[:10], 10, 0},
		"nothing is torn":                      {whole, 0, 3},
		"empty":                                {nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, journalFile)
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			h, err := ReadJournal(dir)
			if err != nil || h.Torn != c.torn || len(h.Records) != c.records {
				t.Fatalf("read %d records, %d bytes torn, error %v", len(h.Records), h.Torn, err)
			}
			if now, _ := os.ReadFile(path); !bytes.Equal(now, c.data) {
				t.Error("reading changed the file")
			}
			j, err := reopen(dir, "f00d", "twin")
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			if j.Torn() != c.torn {
				t.Errorf("told %d torn bytes", j.Torn())
			}
			h, err = ReadJournal(dir)
			if err != nil || h.Torn != 0 || len(h.Records) != c.records+1 {
				t.Fatalf("after opening: %d records, %d torn, error %v", len(h.Records), h.Torn, err)
			}
			last := h.Records[c.records]
			if want := map[bool]Type{true: TypeBegin, false: TypeResume}[c.records == 0]; last.Type != want {
				t.Errorf("record is %s, want %s", last.Type, want)
			}
			if (c.torn > 0) != strings.Contains(last.Detail, "torn") {
				t.Errorf("record says %q", last.Detail)
			}
		})
	}
}

func TestDamagedJournalIsRefusedUnchanged(t *testing.T) {
	_, whole := sample(t)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	join := func(l ...[]byte) []byte { return bytes.Join(l, nil) }
	edit := func(line []byte, old, new string) []byte {
		if !bytes.Contains(line, []byte(old)) {
			t.Fatalf("no %s in %s", old, line)
		}
		return bytes.Replace(line, []byte(old), []byte(new), 1)
	}
	// honest gives a line a sum that fits, as another version of rehome would have written it.
	honest := func(line []byte) []byte {
		body := line[:len(line)-1-sumSize]
		return join(body, []byte(sumOpen+hash(body)+sumClose+"\n"))
	}
	for name, c := range map[string]struct {
		data []byte
		line int
	}{
		"a record was edited":               {join(lines[0], edit(lines[1], `"a"`, `"b"`), lines[2]), 2},
		"the last record was edited":        {join(lines[0], lines[1], edit(lines[2], `"a"`, `"b"`)), 3},
		"a record was forged, not the next": {join(lines[0], honest(edit(lines[1], `"a"`, `"b"`)), lines[2]), 3},
		"a record has another number":       {join(lines[0], honest(edit(lines[1], `"n":2`, `"n":7`))), 2},
		"a record was taken out":            {join(lines[0], lines[2]), 2},
		"a record was doubled":              {join(lines[0], lines[1], lines[1], lines[2]), 3},
		"records were exchanged":            {join(lines[0], lines[2], lines[1]), 2},
		"the first record is gone":          {join(lines[1], lines[2]), 1},
		"an empty line":                     {join(lines[0], []byte("\n"), lines[1]), 2},
		"a broken line in the middle":       {join(lines[0], lines[1][:30], []byte("\n"), lines[2]), 2},
		"a record of an unknown type":       {join(lines[0], honest(edit(lines[1], `"intent"`, `"teleport"`))), 2},
		"a record with an unknown member":   {join(lines[0], honest(edit(lines[1], `"step"`, `"leap"`))), 2},
		"a second begin":                    {join(lines[0], honest(edit(lines[1], `"intent"`, `"begin"`))), 2},
		"it does not begin":                 {honest(edit(lines[0], `"begin"`, `"resume"`)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, journalFile)
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := reopen(dir, "f00d", "twin")
			refused(t, err, "journal/damaged", path, c.line)
			if now, _ := os.ReadFile(path); !bytes.Equal(now, c.data) {
				t.Error("the file was changed")
			}
		})
	}
}

func refused(t *testing.T, err error, code, path string, line int) {
	t.Helper()
	var e *diag.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want %s", err, code)
	}
	if e.Code != code || e.At.File != path || e.At.Line != line || diag.ExitCode(e) != diag.ExitUsage || len(e.Fix) == 0 {
		t.Errorf("error is %+v, want %s in line %d", e, code, line)
	}
}

// FuzzReplay reads anything without a panic, and no changed byte of a journal goes unnoticed but in what is reported as torn.
func FuzzReplay(f *testing.F) {
	_, whole := sample(f)
	f.Add(whole, uint(0), byte(' '))
	f.Add(whole[:len(whole)-5], uint(len(whole)-1), byte('x'))
	f.Add([]byte("{}\n"), uint(bytes.IndexByte(whole, '\n')), byte(' '))
	f.Add([]byte{0, '\n'}, uint(len(whole)/2), byte('\n'))
	f.Fuzz(func(t *testing.T, data []byte, at uint, b byte) {
		if read, err := replay("f", data); err == nil {
			if read.whole+read.torn != len(data) {
				t.Errorf("%d bytes read, %d torn, of %d", read.whole, read.torn, len(data))
			}
			newHistory("f", read)
		}
		at %= uint(len(whole))
		if whole[at] == b {
			return
		}
		hurt := bytes.Clone(whole)
		hurt[at] = b
		if read, err := replay("f", hurt); err == nil && (read.torn == 0 || read.whole > int(at)) {
			t.Errorf("byte %d was changed to %q unnoticed", at, b)
		}
	})
}

func TestEveryChangedByteIsNoticed(t *testing.T) {
	_, whole := sample(t)
	for at := range whole {
		for _, b := range []byte{whole[at] ^ 1, whole[at] ^ 0x20, '\n', 0} {
			hurt := bytes.Clone(whole)
			hurt[at] = b
			if read, err := replay("f", hurt); b != whole[at] && err == nil && (read.torn == 0 || read.whole > at) {
				t.Errorf("byte %d was changed to %q unnoticed", at, b)
			}
		}
	}
}
