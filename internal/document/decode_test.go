package document

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// paper is a format with everything that the real ones have: typed ids, lists, maps, and Known values inside Known values.
type paper struct {
	Format string                               `json:"format"`
	Count  int                                  `json:"count,omitzero"`
	Region estate.Region                        `json:"region,omitzero"`
	Names  []string                             `json:"names,omitzero"`
	Copies estate.Known[map[string]paperCopy]   `json:"copies,omitzero"`
	Table  map[estate.Region]map[string]float64 `json:"table,omitzero"`
}

type paperCopy struct {
	State string                   `json:"state"`
	On    bool                     `json:"on,omitzero"`
	Deep  estate.Known[paperDepth] `json:"deep,omitzero"`
}

type paperDepth struct {
	Account estate.AccountID `json:"account,omitzero"`
}

func TestDecodeSaysWhatIsWrongAndWhere(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"unknown key":                        {"a.json", "{\n  \"gaol\": 1\n}", `a.json:2:3: unknown key "gaol"`},
		"unknown key in YAML":                {"a.yaml", "format: x\ngaol: 1\n", `a.yaml:2:1: unknown key "gaol"`},
		"unknown key in flow YAML":           {"a.yaml", "{format: x, gaol: 1}\n", `a.yaml:1:13: unknown key "gaol"`},
		"key in another case":                {"a.yaml", "Format: x\n", `a.yaml:1:1: unknown key "Format"`},
		"unknown key with a slash":           {"a.yaml", "format: x\na/b~c: 1\n", `a.yaml:2:1: unknown key "a/b~c"`},
		"number for text":                    {"a.json", "{\n  \"format\": 3\n}", `a.json:2:13: "format" has the wrong type: a number does not fit here; put it in quotes`},
		"number for text in YAML":            {"a.yaml", "format: 3\n", `a.yaml:1:1: "format" has the wrong type: a number does not fit here; put it in quotes`},
		"text for a number":                  {"a.yaml", "format: x\ncount: many\n", `a.yaml:2:1: "count" has the wrong type: a string does not fit here`},
		"fraction for a number":              {"a.json", "{\n  \"count\": 1.5\n}", `a.json:2:12: "count": invalid syntax`},
		"number out of range":                {"a.json", `{"count": 99999999999999999999}`, `a.json:1:11: "count": value out of range`},
		"list for text":                      {"a.yaml", "format: [x]\n", `a.yaml:1:1: "format" has the wrong type: a list does not fit here`},
		"mapping for text":                   {"a.yaml", "format:\n  x: 1\n", `a.yaml:1:1: "format" has the wrong type: a mapping does not fit here`},
		"truth for text":                     {"a.yaml", "format: true\n", `a.yaml:1:1: "format" has the wrong type: true or false does not fit here`},
		"wrong entry of a list":              {"a.yaml", "names:\n  - a\n  - 2\n", `a.yaml:3:5: entry 2 of "names" has the wrong type: a number does not fit here; put it in quotes`},
		"wrong entry of a JSON list":         {"a.json", "{\"names\": [\n  \"a\",\n  {}]}", `a.json:3:3: entry 2 of "names" has the wrong type: a mapping does not fit here`},
		"list for the whole":                 {"a.json", "[]", `a.json:1:1: the file has the wrong type: a list does not fit here`},
		"list for the whole in YAML":         {"a.yaml", "- a\n", `a.yaml:1:1: the file has the wrong type: a list does not fit here`},
		"plain text":                         {"a.yaml", "hello world\n", `a.yaml:1:1: the file has the wrong type: a string does not fit here`},
		"a web page":                         {"a.yaml", "<html>\n<body>\n", `a.yaml:1:1: the file has the wrong type: a string does not fit here`},
		"a zip file":                         {"a.json", "PK\x03\x04", `a.json:1:1: invalid character 'P' at start of value`},
		"empty":                              {"a.json", "", `a.json:1:1: there is nothing in the file`},
		"empty YAML":                         {"a.yaml", "", `a.yaml:1:1: there is nothing in the file`},
		"YAML of comments":                   {"a.yaml", "# later\n", `a.yaml:1:1: there is nothing in the file`},
		"null":                               {"a.json", "\nnull\n", `a.json:1:1: there is nothing in the file`},
		"null in YAML":                       {"a.yaml", "~\n", `a.yaml:1:1: there is nothing in the file`},
		"duplicate key":                      {"a.json", "{\n  \"format\": \"a\",\n  \"format\": \"a\"\n}", `a.json:3:3: duplicate object member name`},
		"duplicate key in YAML":              {"a.yaml", "format: a\nformat: a\n", `a.yaml:2:1: mapping key "format" already defined at [1:1]`},
		"cut in a JSON text":                 {"a.json", "{\n  \"format\": \"a", `a.json:2:15: unexpected EOF`},
		"cut after a JSON member":            {"a.json", "{\n  \"format\": \"a\",\n", `a.json:3:1: unexpected EOF`},
		"cut in a YAML text":                 {"a.yaml", "count: 1\nformat: \"a", `a.yaml:2:9: could not find end character of double-quoted text`},
		"cut in a YAML list":                 {"a.yaml", "format: x\nnames: [a, b", `a.yaml:2:8: sequence end token ']' not found`},
		"cut in a YAML mapping":              {"a.yaml", "table: {us-east-1: {a: 1}", `a.yaml:1:8: could not find flow mapping end token '}'`},
		"something after the JSON":           {"a.json", "{}\n{}", `a.json:2:1: invalid character '{' after top-level value`},
		"a second YAML document":             {"a.yaml", "format: x\n---\nformat: y\n", `a.yaml:3:7: a second document begins here; a file holds one`},
		"bad UTF-8":                          {"a.json", "{\"format\":\"\xff\"}", `a.json:1:12: invalid UTF-8`},
		"tab before a YAML key":              {"a.yaml", "table:\n\tus-east-1: {}\n", `a.yaml:2:1: found character '	' that cannot start any token`},
		"YAML indented wrongly":              {"a.yaml", "format: x\n  count: 1\n", `a.yaml:1:9: mapping value is not allowed in this context`},
		"alias to nothing":                   {"a.yaml", "names: [*gone]\n", `a.yaml:1:9: aliases are not read; write the value out`},
		"alias":                              {"a.yaml", "format: &f x\nnames: [*f]\n", `a.yaml:2:9: aliases are not read; write the value out`},
		"merge key":                          {"a.yaml", "table: &t {us-east-1: {}}\ncopies: {<<: *t}\n", `a.yaml:2:14: aliases are not read; write the value out`},
		"infinity":                           {"a.yaml", "count: .inf\n", `a.yaml:1:1: invalid character '.' at start of value`},
		"bad Region":                         {"a.yaml", "format: x\nregion: mars\n", `a.yaml:2:1: "region": "mars" is no AWS Region code such as us-east-1`},
		"bad Region as a key":                {"a.json", `{"table": {"mars": {}}}`, `a.json:1:12: "mars": "mars" is no AWS Region code such as us-east-1`},
		"bad Region as a YAML key":           {"a.yaml", "table:\n  us-east-1: {}\n  mars: {}\n", `a.yaml:3:3: "mars": "mars" is no AWS Region code such as us-east-1`},
		"unknown key inside Known":           {"a.json", "{\"copies\": {\n  \"k\": {\"stat\": 1}}}", `a.json:2:9: unknown key "stat"`},
		"unknown key inside Known in YAML":   {"a.yaml", "copies:\n  k:\n    stat: 1\n", `a.yaml:3:5: unknown key "stat"`},
		"wrong type inside Known":            {"a.json", "{\"copies\": {\n  \"k\": {\"on\": 1}}}", `a.json:2:15: "on" has the wrong type: a number does not fit here`},
		"wrong type for Known":               {"a.yaml", "copies: [1]\n", `a.yaml:1:1: "copies" has the wrong type: a list does not fit here`},
		"bad id in Known in Known":           {"a.json", "{\"copies\": {\"k\": {\n  \"deep\": {\"account\": \"12\"}}}}", `a.json:2:23: "account": "12" is no account id; it has twelve digits, in quotes`},
		"unquoted id in Known in Known":      {"a.yaml", "copies:\n  k:\n    deep:\n      account: 111122223333\n", `a.yaml:4:7: "account" has the wrong type: a number does not fit here; put it in quotes`},
		"unknown key in Known in Known":      {"a.yaml", "copies:\n  k:\n    deep: {accounts: x}\n", `a.yaml:3:12: unknown key "accounts"`},
		"duplicate key in Known":             {"a.json", "{\"copies\": {\"k\": {\n  \"on\": true,\n  \"on\": true}}}", `a.json:3:3: duplicate object member name`},
		"cut in Known":                       {"a.json", "{\"copies\": {\"k\": {\n  \"on\": tr", `a.json:2:11: unexpected EOF`},
		"not looked at without a reason":     {"a.yaml", "copies:\n  not_looked: ''\n", `a.yaml:2:3: "not_looked" has the wrong type: a string does not fit here`},
		"not looked at, and something else":  {"a.yaml", "copies:\n  k:\n    deep: {not_looked: denied, account: \"111122223333\"}\n", `a.yaml:3:12: unknown key "not_looked"`},
		"not looked at, by a number":         {"a.yaml", "copies:\n  k:\n    deep: {not_looked: 403}\n", `a.yaml:3:12: unknown key "not_looked"`},
		"JSON nests too deep":                {"a.json", `{"names":` + strings.Repeat("[", 20000), `a.json:1:10009: exceeded max depth`},
		"JSON nests too deep, inside Known":  {"a.json", `{"copies":{"k":{"deep":` + strings.Repeat("[", 20000), `a.json:1:10021: exceeded max depth`},
		"YAML nests too deep by brackets":    {"a.yaml", "format: x\nnames: " + strings.Repeat("[", 100000), `a.yaml:2:1: the text nests too deep`},
		"YAML nests too deep by braces":      {"a.yaml", strings.Repeat("{a: ", 100000), `a.yaml:1:1: the text nests too deep`},
		"YAML nests too deep by dashes":      {"a.yaml", strings.Repeat("- ", 100000), `a.yaml:1:1: the text nests too deep`},
		"YAML that is larger than people do": {"a.yaml", "format: " + strings.Repeat("x", MaxYAML), `a.yaml: the file is larger than the 1 MiB that rehome reads`},
	} {
		t.Run(name, func(t *testing.T) {
			var p paper
			err := Decode(c.file, []byte(c.text), &p)
			if err == nil {
				t.Fatalf("accepted as %+v, want %s", p, c.want)
			}
			if err.Error() != c.want {
				t.Errorf("\n got %v\nwant %v", err, c.want)
			}
			if diag.ExitCode(err) != diag.ExitUsage {
				t.Errorf("exit code %d, want usage", diag.ExitCode(err))
			}
		})
	}
}

// TestDecodeAcceptsBothForms: JSON, YAML and JSON in a YAML file mean the same.
func TestDecodeAcceptsBothForms(t *testing.T) {
	asJSON := `{"format": "x", "count": 2, "region": "us-east-1", "names": ["a", "yes"], "table": {"eu-west-1": {"z": 1.5}},
		"copies": {"k": {"state": "Enabled", "on": true, "deep": {"account": "111122223333"}}, "l": {"state": "", "deep": null}, "m": {"state": "", "deep": {"not_looked": "denied"}}}}`
	asYAML := `
---
# a comment
format: x
count: 2
region: us-east-1
names: [a, yes]
table: {eu-west-1: {z: 1.5}}
copies:
  k:
    state: Enabled
    on: true
    deep: {account: "111122223333"}
  l: {state: "", deep: ~}
  m:
    state: ""
    deep:
      not_looked: denied
`
	var want []byte
	for name, text := range map[string]string{"a.json": asJSON, "a.yaml": asYAML, "b.yaml": asJSON, "no-ending": asYAML} {
		var p paper
		if err := Decode(name, []byte(text), &p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		copies, _ := p.Copies.Get()
		if p.Count != 2 || p.Names[1] != "yes" || p.Table["eu-west-1"]["z"] != 1.5 || copies["k"].Deep.Or(paperDepth{}).Account != "111122223333" ||
			!copies["l"].Deep.IsAbsent() || copies["m"].Deep.Looked() || copies["m"].Deep.Why() != "denied" {
			t.Errorf("%s: %+v", name, p)
		}
		got, err := Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if string(got) != string(want) {
			t.Errorf("%s differs:\n%s\n%s", name, got, want)
		}
	}
}

func TestReadRefusesWhatItCannotHold(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.json")
	f, err := os.Create(huge)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(MaxSize + 1); err != nil { // a hole: takes no space on disk
		t.Fatal(err)
	}
	f.Close()
	var p paper
	allocated := testing.AllocsPerRun(1, func() { err = Read(huge, &p) })
	if allocated > 100 {
		t.Errorf("%v allocations to refuse a file", allocated)
	}
	for path, want := range map[string]string{
		huge:                       huge + ": the file is larger than the 256 MiB that rehome reads",
		filepath.Join(dir, "gone"): filepath.Join(dir, "gone") + ": cannot read file: no such file or directory",
		dir:                        dir + ": cannot read file: is a directory",
	} {
		err := Read(path, &p)
		var e *diag.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := Read(filepath.Join(dir, "gone"), &p); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestLocate(t *testing.T) {
	text := []byte("a:\n  b:\n    - x\n    - c: 1\n      d: 2\n\"e/f\": {g~h: 3}\n")
	for pointer, want := range map[string][2]int{
		"": {1, 2}, "/a": {1, 1}, "/a/b": {2, 3}, "/a/b/0": {3, 7}, "/a/b/1/d": {5, 7}, "/e~1f": {6, 1}, "/e~1f/g~0h": {6, 9},
		"/z": {0, 0}, "/a/b/7": {0, 0}, "/a/b/x": {0, 0}, "/a/b/-1": {0, 0}, "/a/b/0/x": {0, 0},
	} {
		line, column := Locate(text, pointer)
		if line != want[0] || column != want[1] {
			t.Errorf("%q: got %d:%d, want %d:%d", pointer, line, column, want[0], want[1])
		}
	}
	if line, column := Locate([]byte("a: ["), "/a"); line != 0 || column != 0 {
		t.Errorf("in broken text: %d:%d", line, column)
	}
}
