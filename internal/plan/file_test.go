package plan

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// full is a plan in which every field says something.
func full(t *testing.T) *Plan {
	t.Helper()
	p := build(t, input(diag.Finding{Code: "KMS-05", Subject: "key", Status: diag.Fail, Evidence: []diag.Evidence{{Path: "/p", Seen: "s"}}, Source: []diag.Source{{Doc: "d"}}}),
		Step{ID: "a", Kind: "paper", Account: account, Region: "us-east-1", Phase: Prepare, Title: "t", Reason: "r", Calls: []string{"kms:PutKeyPolicy"}, Effect: "e", Done: "d", Undo: "u",
			Actor: diag.QuickAdmin, Sources: []diag.Source{{Doc: "d", Date: "2026-11-22"}}, Risk: OrganizationWide, RiskName: "n/1", UndoRisk: Destroys, Cost: "c", Words: "w",
			ByHand: &Hand{Account: account, Region: "us-east-1", Why: "w", Do: []string{"d"}, Verified: "v", Calls: []Call{{Service: "kms", Operation: "O", Input: jsontext.Value(`{"k":1}`)}}}, Gates: []Gate{GateConsent}, Repairs: []string{"KMS-05 key"},
			Reads: []string{"/organization"}, Writes: []string{"/organization/id"}, UndoUnless: "b", Predicted: estate.Span{Typical: 2, Low: 1, High: 3, Source: diag.Source{Doc: "d"}},
			Params: jsontext.Value(`{"z":1,"policy":"{\"Version\": \"2012-10-17\"}\n","a":[1.5,{"y":null}],"u":"<ü>"}`)},
		Step{ID: "b", Account: account, Region: "eu-west-1", Needs: []string{"a"}})
	p.Created = time.Date(2026, 11, 22, 10, 30, 0, 123456789, time.FixedZone("", 19800))
	return p
}

func TestPlanFileRoundTrips(t *testing.T) {
	for _, name := range []string{"plan.json", "plan.yaml"} {
		path := filepath.Join(t.TempDir(), name)
		p := full(t)
		if err := p.Write(path); err != nil {
			t.Fatal(err)
		}
		first, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if back.Fingerprint != p.Fingerprint || !back.Created.Equal(p.Created) || len(back.Steps) != 2 || back.Findings[0].RepairedBy != "a" {
			t.Errorf("came back as %+v", back)
		}
		if err := back.Write(path); err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("not stable:\n%s\n%s", first, second)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	p := full(t)
	good := filepath.Join(dir, "good.json")
	if err := p.Write(good); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		old, new string // one change of the text
		code     string
		says     string
	}{
		"an edited title":            {`"title": "t"`, `"title": "T"`, "plan/edited", "somebody edited it"},
		"an edited risk":             {`"risk_name": "n/1"`, `"risk_name": "n/2"`, "plan/edited", "somebody edited it"},
		"an edited gate":             {`"consent"`, `"window"`, "plan/edited", "somebody edited it"},
		"an edited target":           {`"target": "twin"`, `"target": "aws"`, "plan/edited", "somebody edited it"},
		"an edited verdict":          {`"applyable": true`, `"applyable": false`, "plan/edited", "somebody edited it"},
		"an edited attestation":      {`"Ana on`, `"Eve on`, "plan/edited", "somebody edited it"},
		"an edited fingerprint":      {p.Fingerprint[:8], "00000000", "plan/edited", "somebody edited it"},
		"edited parameters":          {`"z": 1`, `"z": 2`, "plan/edited", "somebody edited it"},
		"another format":             {`rehome.plan/v1`, `rehome.plan/v2`, "plan/format", "format is rehome.plan/v2, not rehome.plan/v1"},
		"a survey":                   {string(text), `{"format": "rehome.survey/v1"}`, "plan/format", "format is rehome.survey/v1, not rehome.plan/v1"},
		"an unknown key":             {`"applyable"`, `"applicable"`, "document/malformed", `unknown key "applicable"`},
		"an unknown status":          {`"status": "fail"`, `"status": "fine"`, "document/malformed", `"status": unknown status "fine"`},
		"a duplicate step":           {`"id": "a"`, `"id": "a", "id": "a"`, "document/malformed", "duplicate object member name"},
		"nothing":                    {string(text), "", "document/malformed", "there is nothing in the file"},
		"something that is no JSON":  {string(text), "PK\x03\x04", "document/malformed", "invalid character 'P'"},
		"a file that ends too early": {string(text[len(text)-40:]), "", "document/malformed", "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "bad.json")
			bad := strings.Replace(string(text), c.old, c.new, 1)
			if bad == string(text) {
				t.Fatalf("the text has no %q", c.old)
			}
			if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Read(path)
			var e *diag.Error
			if got != nil || !errors.As(err, &e) || e.Code != c.code || !strings.Contains(err.Error(), c.says) || e.At.File != path || diag.ExitCode(err) != diag.ExitUsage {
				t.Errorf("got %+v, %v; want %s", got, err, c.says)
			}
			if c.code == "document/malformed" && (e.At.Line == 0 || e.At.Column == 0) {
				t.Errorf("no position: %+v", e.At)
			}
		})
	}
}

// TestReadRefusesEveryTruncation: a plan that was cut anywhere is no plan.
func TestReadRefusesEveryTruncation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := full(t).Write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(bytes.TrimSpace(text)) {
		var p Plan
		if err := document.Decode("plan.json", text[:n], &p); err == nil {
			t.Fatalf("cut after %d of %d bytes and accepted", n, len(text))
		}
	}
}

// TestFingerprint changes every field of the plan in turn, down to the last text in the last list.
func TestFingerprint(t *testing.T) {
	p := full(t)
	want, err := p.digest()
	if err != nil || want != p.Fingerprint {
		t.Fatalf("%s, %v", want, err)
	}
	same := map[string]bool{"Fingerprint": true, "Created": true}
	for i := range reflect.TypeFor[Plan]().NumField() {
		name := reflect.TypeFor[Plan]().Field(i).Name
		q := full(t)
		leaves(reflect.ValueOf(q).Elem().Field(i), name, func(path string) {
			got, err := q.digest()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if (got == want) != (same[name] || strings.Contains(path, ".Predicted")) { // the prediction is in Seconds, Low and High
				t.Errorf("%s changed, and the fingerprint changed: %t", path, got != want)
			}
		})
	}
}

// leaves changes each plain value at or below v, calls back, and changes it back. A map loses an entry.
func leaves(v reflect.Value, path string, changed func(path string)) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	with := func(set func()) { set(); changed(path); v.Set(old) }
	switch x := v.Interface().(type) {
	case time.Time:
		with(func() { v.Set(reflect.ValueOf(x.Add(time.Hour))) })
		return
	case jsontext.Value:
		if len(x) > 0 {
			with(func() { v.Set(reflect.ValueOf(jsontext.Value(`{"other":1}`))) })
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		with(func() { v.SetString(v.String() + "x") })
	case reflect.Int:
		if v.Type() == reflect.TypeFor[int]() {
			with(func() { v.SetInt(v.Int() + 1) })
		} else { // a word: stays one
			with(func() { v.SetInt((v.Int() + 1) % 3) })
		}
	case reflect.Bool:
		with(func() { v.SetBool(!v.Bool()) })
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, changed)
		}
	case reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), path+"[]", changed)
		}
		with(func() { v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem()))) })
	case reflect.Pointer:
		if !v.IsNil() {
			leaves(v.Elem(), path, changed)
			with(func() { v.SetZero() })
		}
	case reflect.Map:
		with(func() {
			fresh := reflect.MakeMap(v.Type())
			for i, k := range v.MapKeys() {
				if i > 0 {
					fresh.SetMapIndex(k, v.MapIndex(k))
				}
			}
			v.Set(fresh)
		})
	default:
		panic("leaves: " + path + " is a " + v.Kind().String())
	}
}
