package assets

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// exported is a small world and its vault.
func exported(t testing.TB, w *world) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if _, err := w.export(t.Context(), dir, w.take(t), nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

func tiny() *world {
	w := newWorld()
	s, d := ref("ap-south-1 datasource s"), ref("ap-south-1 dataset d")
	w.put(s, "ATHENA")
	w.put(d, "SPICE", s)
	w.put(ref("ap-south-1 refresh-schedule d/daily"), "", d)
	w.put(ref("ap-south-1 dashboard b"), "", d)
	w.put(ref("ap-south-1 folder f"), "SHARED").members = []estate.ARN{d.ARN(account)}
	w.put(ref("us-east-1 theme t"), "")
	w.put(ref("us-east-1 topic q"), "")
	return w
}

// TestEveryByteCounts: one byte of any file of a vault is changed, and Verify finds it.
func TestEveryByteCounts(t *testing.T) {
	beyondShort(t)
	dir := exported(t, tiny())
	if r := verified(t, dir); !r.Whole() || open(r.Findings) != "" {
		t.Fatal(open(r.Findings))
	}
	files, changed := 0, 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for at := 0; at < len(text); at += 1 + len(text)/400 {
			for _, bit := range []byte{0x01, 0x80} {
				bad := bytes.Clone(text)
				bad[at] ^= bit
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					return err
				}
				changed++
				if r, err := Verify(t.Context(), dir, nil); err == nil && r.Whole() {
					t.Errorf("%s: bit %#x of byte %d of %d is changed, and the vault still verifies", path, bit, at, len(text))
				}
			}
		}
		return os.WriteFile(path, text, 0o600)
	})
	if t.Logf("%d changes in %d files", changed, files); err != nil || files != 6 {
		t.Errorf("%d files: %v", files, err)
	}
	if r := verified(t, dir); !r.Whole() {
		t.Error("the vault was not put back")
	}
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(t *testing.T, dir string)
		want string
	}{
		"nothing": {func(*testing.T, string) {}, ""},
		"a bundle is gone": {func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "us-east-1/001.qs")) },
			"MIG-14 fail block vault/us-east-1/001.qs"},
		"a bundle is cut": {func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "us-east-1/001.qs"), 10) },
			"MIG-14 fail block vault/us-east-1/001.qs"},
		"a bundle is a link": {func(t *testing.T, dir string) {
			os.Rename(filepath.Join(dir, "us-east-1/001.qs"), filepath.Join(dir, ".there"))
			os.Symlink("../.there", filepath.Join(dir, "us-east-1/001.qs"))
		}, "MIG-14 fail block vault/us-east-1/001.qs"},
		"a strange file": {func(t *testing.T, dir string) { os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600) },
			"MIG-14 fail warn vault/notes.txt"},
		"no inventory": {func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "us-east-1/beside.json")) },
			"MIG-14 fail block vault/inventory\nMIG-14 fail block vault/us-east-1/beside.json"},
		"no vault": {func(t *testing.T, dir string) { os.RemoveAll(dir) }, "MIG-14 fail block vault"},
		"a torn record": {func(t *testing.T, dir string) {
			f, _ := os.OpenFile(filepath.Join(dir, manifestFile), os.O_APPEND|os.O_WRONLY, 0o600)
			f.WriteString(`{"n":99,"ty`)
			f.Close()
		}, "MIG-14 fail block vault/manifest.jsonl"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := exported(t, tiny())
			c.do(t, dir)
			if got := open(verified(t, dir).Findings); got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, exported(t, tiny()), nil); diag.ExitCode(err) != diag.ExitInterrupted {
		t.Error(err)
	}
}

// TestVerifyFollowsReferences: what an entry refers to and no list showed is reported; what was known to dangle is not.
func TestVerifyFollowsReferences(t *testing.T) {
	t.Attr("requirement", "MIG-10")
	w := tiny()
	w.things[ref("ap-south-1 dashboard b")].uses = append(w.things[ref("ap-south-1 dashboard b")].uses, ref("ap-south-1 theme gone").ARN(account), "arn:aws:quicksight::aws:theme/MIDNIGHT")
	inv := w.take(t)
	w.things[ref("ap-south-1 dataset d")].uses = append(w.things[ref("ap-south-1 dataset d")].uses, ref("ap-south-1 datasource hidden").ARN(account), ref("us-east-1 topic q").ARN(account))
	dir := t.TempDir()
	if _, err := w.export(t.Context(), dir, inv, nil); err != nil {
		t.Fatal(err)
	}
	report := verified(t, dir)
	if got := open(report.Findings); got != "MIG-10 fail block arn/"+string(ref("ap-south-1 datasource hidden").ARN(account)) {
		t.Error(got)
	}
}

func TestARegionThatWasNotReadIsNotWhole(t *testing.T) {
	w := tiny()
	w.shut["us-east-1 theme"] = true
	w.shut["ap-south-1 tags b"] = true
	dir := exported(t, w)
	report := verified(t, dir)
	if got := open(report.Findings); got != "MIG-15 unknown block asset/ap-south-1/dashboard/b\nMIG-15 unknown block assets/us-east-1" || report.Whole() {
		t.Error(got)
	}
}

// TestManifestLines: what does not follow is refused with file and line; a last line that a crash cut short is cut off.
func TestManifestLines(t *testing.T) {
	dir := exported(t, tiny())
	path := filepath.Join(dir, manifestFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	n := len(lines)
	forged := forge(t, Record{Type: "later", N: 1}) + "\n"
	for name, c := range map[string]struct {
		text string
		line int // 0: read
		torn int
	}{
		"whole":                       {string(whole), 0, 0},
		"empty":                       {"", 0, 0},
		"the last line is cut":        {string(whole[:len(whole)-5]), 0, len(lines[n-1]) - 5},
		"only its end is cut":         {string(whole[:len(whole)-1]), 0, len(lines[n-1]) - 1},
		"the last line is holes":      {strings.Join(lines[:n-1], "") + strings.Repeat("\x00", 40), 0, 40},
		"a line is gone":              {strings.Join(append(append([]string{}, lines[:3]...), lines[4:]...), ""), 4, 0},
		"a line is twice":             {strings.Join(append(append([]string{}, lines[:3]...), lines[2:]...), ""), 4, 0},
		"two lines are swapped":       {lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], ""), 2, 0},
		"a line is edited":            {strings.Replace(string(whole), "ap-south-1/001", "ap-south-1/002", 1), 5, 0},
		"a line is empty":             {lines[0] + "\n" + strings.Join(lines[1:], ""), 2, 0},
		"a line in the middle is cut": {lines[0] + lines[1][:20] + "\n" + strings.Join(lines[2:], ""), 2, 0},
		"an unknown type":             {forged + forged, 1, 0},
		"no beginning":                {forge(t, Record{Type: RecordPlan, N: 1}) + "\n" + forged, 1, 0},
		"another format":              {forge(t, Record{Type: RecordBegin, N: 1, Header: &Header{Format: "rehome.vault/v2"}}) + "\n", 1, 0},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadVault(dir)
		var e *diag.Error
		switch {
		case c.line == 0 && (err != nil || got.Torn != c.torn):
			t.Errorf("%s: %v, %+v", name, err, got)
		case c.line != 0 && (!errors.As(err, &e) || e.At.File != path || e.At.Line != c.line || e.Code != "vault/damaged"):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// forge makes a line with a sum that fits.
func forge(t testing.TB, r Record) string {
	t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	body := line[:len(line)-1]
	return string(body) + sumOpen + hash(body) + sumClose
}

func zipped(t testing.TB, entries ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(entries); i += 2 {
		f, err := z.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, entries[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestReadBundle(t *testing.T) {
	beyondShort(t)
	d := `{"resourceType":"dataset","dataSetId":"d"}`
	for name, c := range map[string]struct {
		zip  []byte
		want string
	}{
		"one":            {zipped(t, "dataset/d.json", d), "dataset d"},
		"many":           {zipped(t, "dataset/d.json", d, "datasource/s.json", `{"resourceType":"datasource","dataSourceId":"s","type":"ATHENA"}`), "dataset d, datasource s"},
		"no word":        {zipped(t, "theme/x.json", `{"themeId":"t"}`), "theme t"},
		"a schedule":     {zipped(t, "refresh-schedule/x.json", `{"resourceType":"refreshSchedule","dataSetId":"d","schedule":{"scheduleId":"s","other":{"scheduleId":"no"}}}`), "refresh-schedule d/s"},
		"a flat one":     {zipped(t, "refreshschedule/x.json", `{"dataSetId":"d","scheduleId":"s"}`), "refresh-schedule d/s"},
		"a connection":   {zipped(t, "vpcConnection/v.json", `{"resourceType":"vpcConnection","vpcConnectionId":"v"}`), "vpcConnection v"},
		"a directory":    {zipped(t, "dataset/", "", "dataset/d.json", d), "dataset d"},
		"inner ids":      {zipped(t, "analysis/a.json", `{"resourceType":"analysis","definition":{"analysisId":"no","list":["analysisId",{"dataSetId":"x"}]},"analysisId":"a"}`), "analysis a"},
		"nothing":        {zipped(t), ""},
		"no zip":         {[]byte("PK\x03\x04 and then nothing"), "error: it does not open as a zip file"},
		"slips":          {zipped(t, "../dataset/d.json", d), "error: a name that leads elsewhere"},
		"slips inside":   {zipped(t, "dataset/../../d.json", d), "error: a name that leads elsewhere"},
		"slips back":     {zipped(t, `dataset\d.json`, d), "error: a name that leads elsewhere"},
		"absolute":       {zipped(t, "/dataset/d.json", d), "error: a name that leads elsewhere"},
		"twice":          {zipped(t, "dataset/d.json", d, "dataset/d.json", d), "error: is in it twice"},
		"twice inside":   {zipped(t, "dataset/d.json", d, "dataset/e.json", d), "error: dataset d is in it twice"},
		"unknown type":   {zipped(t, "poem/d.json", `{"resourceType":"poem"}`), `error: type "poem" is not known`},
		"wrong place":    {zipped(t, "theme/d.json", d), `error: it lies in "theme" and says that it is a "dataset"`},
		"top level":      {zipped(t, "d.json", d), `error: it lies in "."`},
		"no id":          {zipped(t, "dataset/d.json", `{"resourceType":"dataset"}`), "error: it has no dataSetId"},
		"no dataset":     {zipped(t, "refreshschedule/x.json", `{"scheduleId":"s"}`), "error: names no dataset"},
		"no object":      {zipped(t, "dataset/d.json", `["dataset"]`), "error: it is no JSON object"},
		"no JSON":        {zipped(t, "dataset/d.json", `{"resourceType":"dataset","dataSetId":"d"`), "error: it is no JSON object"},
		"something more": {zipped(t, "dataset/d.json", d+d), "error: something follows"},
		"empty":          {zipped(t, "dataset/d.json", ""), "error: it is no JSON object"},
		"too large":      {zipped(t, "dataset/d.json", `{"x":"`+strings.Repeat("x", maxEntry)+`"}`), "error: larger than the 64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			err := readBundle(bytes.NewReader(c.zip), int64(len(c.zip)), func(e content) error {
				got = append(got, string(e.Type)+" "+e.ID)
				return nil
			})
			want, fails := strings.CutPrefix(c.want, "error: ")
			if fails != (err != nil) || err != nil && !strings.Contains(err.Error(), want) || err == nil && strings.Join(got, ", ") != want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	many := make([]string, 0, 2*(maxEntries+1))
	for i := range maxEntries + 1 {
		many = append(many, fmt.Sprintf("dataset/%d.json", i), d)
	}
	data := zipped(t, many...)
	if err := readBundle(bytes.NewReader(data), int64(len(data)), func(content) error { return nil }); err == nil {
		t.Error("too many entries are read")
	}
}

func TestReferencesOfAnEntry(t *testing.T) {
	s, err := scan([]byte(`{"a":"arn:aws:quicksight:x:1:dataset/d","b":["arn:aws:quicksight:x:1:theme/t",{"arn:aws:quicksight:no":"arn:aws:s3:::bucket"}],"c":"see arn:aws:quicksight:x:1:dataset/e"}`))
	if err != nil || fmt.Sprint(s.refs) != "[arn:aws:quicksight:x:1:dataset/d arn:aws:quicksight:x:1:theme/t]" {
		t.Error(s.refs, err)
	}
}

func TestCompare(t *testing.T) {
	later := began.Add(time.Minute)
	for name, c := range map[string]struct {
		do   func(w *world)
		want string
	}{
		"nothing":                 {func(*world) {}, ""},
		"a new dashboard":         {func(w *world) { w.put(ref("ap-south-1 dashboard new"), "") }, "MIG-15 fail block asset/ap-south-1/dashboard/new"},
		"a new agent":             {func(w *world) { w.put(ref("ap-south-1 agent new"), "") }, "MIG-15 fail block asset/ap-south-1/agent/new"},
		"a change":                {func(w *world) { w.things[ref("ap-south-1 dashboard b")].Updated = later }, "MIG-14 fail block asset/ap-south-1/dashboard/b"},
		"a change in that second": {func(w *world) { w.things[ref("ap-south-1 dashboard b")].Updated = began }, "MIG-14 fail block asset/ap-south-1/dashboard/b"},
		"a change before":         {func(w *world) { w.things[ref("ap-south-1 dashboard b")].Updated = began.Add(-time.Second) }, ""},
		"a schedule's change": {func(w *world) {
			w.things[ref("ap-south-1 refresh-schedule d/daily")].Content = jsontext.Value(`{"scheduleId":"y"}`)
		}, "MIG-14 fail block asset/ap-south-1/refresh-schedule/d/daily"},
		"a schedule written anew": {func(w *world) {
			w.things[ref("ap-south-1 refresh-schedule d/daily")].Content = jsontext.Value(`{ "scheduleId" : "x" }`)
		}, ""},
		"a schedule that says nothing": {func(w *world) { w.things[ref("ap-south-1 refresh-schedule d/daily")].Content = nil }, "MIG-14 unknown block asset/ap-south-1/refresh-schedule/d/daily"},
		"a deletion":                   {func(w *world) { delete(w.things, ref("ap-south-1 dashboard b")) }, "MIG-14 fail warn asset/ap-south-1/dashboard/b"},
		"a Region unread":              {func(w *world) { w.shut["us-east-1 theme"] = true }, "MIG-15 unknown block assets/us-east-1"},
		"an asset unread":              {func(w *world) { w.shut["ap-south-1 detail b"] = true }, "MIG-15 unknown block asset/ap-south-1/dashboard/b"},
		"permissions":                  {func(w *world) { w.things[ref("ap-south-1 dashboard b")].grants = nil }, "MIG-14 fail block asset/ap-south-1/dashboard/b"},
		"tags":                         {func(w *world) { w.things[ref("ap-south-1 dashboard b")].tags["more"] = "x" }, "MIG-14 fail block asset/ap-south-1/dashboard/b"},
		"a folder's members":           {func(w *world) { w.things[ref("ap-south-1 folder f")].members = nil }, "MIG-14 fail block asset/ap-south-1/dataset/d\nMIG-14 fail block asset/ap-south-1/folder/f"},
	} {
		t.Run(name, func(t *testing.T) {
			w := tiny()
			delete(w.things, ref("us-east-1 topic q"))
			dir := exported(t, w)
			contents := storedAt(t, dir)
			planned, err := contents.Inventory()
			if err != nil {
				t.Fatal(err)
			}
			c.do(w)
			if got := open(Compare(contents, planned, w.take(t))); got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestCompareFindsRegionsThatNobodyLookedAt(t *testing.T) {
	w := tiny()
	contents := storedAt(t, exported(t, w))
	planned, err := contents.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	fresh := w.take(t)
	delete(fresh.Regions, "us-east-1")
	if got := open(Compare(contents, planned, fresh)); got != "MIG-15 unknown block assets/us-east-1" {
		t.Error(got)
	}
	fresh.Account = "444455556666"
	if got := open(Compare(contents, planned, fresh)); got != "MIG-15 fail block vault" {
		t.Error(got)
	}
}

// TestCompareNamesWhatIsLeftOut: number, type, name, id, Region, why, and who uses it (MIG-03).
func TestCompareNamesWhatIsLeftOut(t *testing.T) {
	w := newWorld()
	s, d := ref("ap-south-1 datasource crm"), ref("ap-south-1 dataset leads")
	w.put(s, "SALESFORCE")
	w.put(d, "SPICE", s)
	w.put(ref("ap-south-1 dashboard one"), "", d)
	w.put(ref("ap-south-1 dashboard two"), "", d)
	contents := storedAt(t, exported(t, w))
	planned, err := contents.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	fs := Compare(contents, planned, w.take(t))
	f := fs[len(fs)-1]
	if len(fs) != 4 || f.Title != `1 datasource is not in the vault: datasource "Name of crm" (crm) in ap-south-1` ||
		!strings.Contains(f.Cause, "bundles do not carry data sources of type SALESFORCE") || !strings.Contains(f.Evidence[0].Seen, `3 assets: dashboard "Name of one" (one) in ap-south-1, dashboard "Name of two" (two) in ap-south-1`) {
		t.Errorf("%+v", f)
	}
	left := planned.Leftovers()
	if last := left[len(left)-1]; len(left) != 4 || last.Asset != s || fmt.Sprint(last.Owners) != "[arn:aws:quicksight:ap-south-1:111122223333:user/default/ann]" || ids(last.UsedBy) != "one two leads" || last.More {
		t.Errorf("%+v", left)
	}
}
