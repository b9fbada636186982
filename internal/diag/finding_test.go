package diag

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestForgottenFieldsAreStrict(t *testing.T) {
	var f Finding
	if f.Status != Unknown || f.Severity != Block || f.Owner != Operator {
		t.Errorf("zero finding: %s %s %s", f.Status, f.Severity, f.Owner)
	}
	if !f.Open() || !f.Blocks() {
		t.Error("a finding that nobody filled in must be open and block")
	}
	var decoded Finding
	if err := json.Unmarshal([]byte(`{"code":"KMS-05"}`), &decoded); err != nil || !decoded.Blocks() {
		t.Errorf("a file that leaves status and severity out: %+v, %v", decoded, err)
	}
}

func TestOpenAndBlocks(t *testing.T) {
	for _, c := range []struct {
		status       Status
		severity     Severity
		open, blocks bool
	}{
		{Fail, Block, true, true}, {Unknown, Block, true, true}, {Pass, Block, false, false},
		{Fail, Warn, true, false}, {Unknown, Warn, true, false}, {Pass, Warn, false, false},
		{Fail, Note, true, false}, {Unknown, Note, true, false},
	} {
		f := Finding{Status: c.status, Severity: c.severity}
		if f.Open() != c.open || f.Blocks() != c.blocks {
			t.Errorf("%s %s: open %t, blocks %t", c.status, c.severity, f.Open(), f.Blocks())
		}
	}
}

func TestWordsRoundTrip(t *testing.T) {
	roundTrip(t, "status", map[Status]string{Unknown: "unknown", Pass: "pass", Fail: "fail"})
	roundTrip(t, "severity", map[Severity]string{Block: "block", Warn: "warn", Note: "note"})
	roundTrip(t, "owner", map[Owner]string{Operator: "operator", ManagementAdmin: "management account administrator",
		QuickAdmin: "Quick administrator", IdPAdmin: "identity provider administrator", AWS: "AWS"})
}

type word interface {
	comparable
	String() string
	MarshalText() ([]byte, error)
}

func roundTrip[T word](t *testing.T, what string, words map[T]string) {
	for v, want := range words {
		b, err := json.Marshal(v)
		if err != nil || string(b) != `"`+want+`"` || v.String() != want {
			t.Errorf("%s %q: %s, %v", what, want, b, err)
		}
		var back T
		if err := json.Unmarshal(b, &back); err != nil || back != v {
			t.Errorf("%s %q came back as %v, %v", what, want, back, err)
		}
	}
	for _, bad := range []string{`""`, `"Pass"`, `"PASS"`, `"ok"`, `"pass "`, `"invalid(7)"`, `1`, `true`} {
		var back T
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s: %s was accepted", what, bad)
		}
	}
}

func TestUnknownWordsNameThemselves(t *testing.T) {
	var s Status
	if err := s.UnmarshalText([]byte("fine")); err == nil || err.Error() != `unknown status "fine"` {
		t.Errorf("got %v", err)
	}
	if got := Status(7).String() + " " + Severity(-1).String(); got != "invalid(7) invalid(-1)" {
		t.Errorf("got %q", got)
	}
}

func TestSortForPeople(t *testing.T) {
	want := []Finding{
		{Status: Fail, Severity: Block, Code: "KMS-05", Subject: "key/ap-south-1/k"},
		{Status: Fail, Severity: Block, Code: "KMS-05", Subject: "key/us-east-1/k"},
		{Status: Fail, Severity: Block, Code: "PATH-01", Subject: "quick"},
		{Status: Fail, Severity: Warn, Code: "A", Subject: "a"},
		{Status: Fail, Severity: Note, Code: "A", Subject: "a"},
		{Status: Unknown, Severity: Block, Code: "A", Subject: "a"},
		{Status: Unknown, Severity: Warn, Code: "A", Subject: "a"},
		{Status: Pass, Severity: Block, Code: "A", Subject: "a"},
		{Status: Pass, Severity: Note, Code: "A", Subject: "a"},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		got := slices.Clone(want)
		random.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		Sort(got)
		for i := range want {
			if got[i].Key() != want[i].Key() || got[i].Status != want[i].Status || got[i].Severity != want[i].Severity {
				t.Fatalf("place %d: got %+v, want %+v", i, got[i], want[i])
			}
		}
	}
}

func TestSourceString(t *testing.T) {
	for want, s := range map[string]Source{
		"":                                      {},
		"a page":                                {Doc: "a page"},
		"a page, checked 2026-11-22":            {Doc: "a page", Date: "2026-11-22"},
		"a page (INFERRED), checked 2026-11-22": {Doc: "a page", Date: "2026-11-22", Inferred: true},
		"a page of two (INFERRED)":              {Doc: "a page of two", Inferred: true},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFindingJSONNames(t *testing.T) {
	b, err := json.Marshal(Finding{Code: "C", Status: Fail, Severity: Warn, Subject: "s", Title: "t", Cause: "c", Fix: "f", Owner: AWS,
		Evidence: []Evidence{{Path: "/p", Seen: "x"}}, Source: []Source{{Doc: "d"}}, RepairedBy: "step", CausedBy: "K s"})
	want := `{"code":"C","status":"fail","severity":"warn","subject":"s","title":"t","cause":"c","fix":"f","owner":"AWS",` +
		`"evidence":[{"path":"/p","seen":"x"}],"source":[{"doc":"d"}],"repaired_by":"step","caused_by":"K s"}`
	if err != nil || string(b) != want {
		t.Errorf("the names are a contract:\n got %s, %v\nwant %s", b, err, want)
	}
	for _, left := range []string{"cause", "fix", "evidence", "source", "repaired_by", "caused_by"} {
		if b, _ := json.Marshal(Finding{}); strings.Contains(string(b), left) {
			t.Errorf("empty %s is written: %s", left, b)
		}
	}
}
