package app

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// plainPage stands for a view: it writes all that a view could show.
func plainPage(w io.Writer, r *Report) error {
	text, err := document.Encode(r)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

func evidenceSetOf(t *testing.T, a *App) (string, *Manifest) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	m, err := a.Evidence(t.Context(), EvidenceRequest{Dir: dir, Random: strings.NewReader(strings.Repeat("salt", 8)), Page: plainPage})
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

func verified(t *testing.T, a *App, dir string) *Verified {
	t.Helper()
	v, err := a.VerifyEvidence(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// named lists what is not intact: state and name.
func named(v *Verified) []string {
	var out []string
	for _, f := range v.Files {
		if f.State != "intact" {
			out = append(out, f.State+" "+f.Name)
		}
	}
	return out
}

// TestEvidence makes one set of a finished run and tries everything on it.
func TestEvidence(t *testing.T) {
	a := served(t, "bom")
	t.Run("of a plan without a run has no journal", func(t *testing.T) {
		dir, m := evidenceSetOf(t, a)
		if m.JournalHead != "" || m.Run != "" || slices.ContainsFunc(m.Files, func(e ManifestEntry) bool { return e.Name == journalName }) {
			t.Errorf("%+v", m)
		}
		if v := verified(t, a, dir); !v.Intact {
			t.Errorf("%+v", v)
		}
	})
	carriedOut(t, a)
	if _, err := a.Survey(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	dir, m := evidenceSetOf(t, a)
	t.Run("holds every file, and is intact", func(t *testing.T) {
		var names []string
		for _, e := range m.Files {
			names = append(names, e.Name)
		}
		want := []string{"README.txt", "survey.json", "plan.json", "rehearsal.json", "consents.jsonl", "journal.jsonl", "calls.json", "results.json", "survey-after.json", "report.html"}
		if !slices.Equal(names, want) {
			t.Errorf("got %q", names)
		}
		v := verified(t, a, dir)
		if !v.Intact || v.Seal != m.Seal || len(v.CrossChecks) != 4 {
			t.Errorf("%+v", v)
		}
		for _, c := range v.CrossChecks {
			if c.Status != diag.Pass {
				t.Errorf("%s: %s %s", c.What, c.Status, c.Why)
			}
		}
	})
	t.Run("is intact elsewhere, and says what cannot be proven there", func(t *testing.T) {
		v := verified(t, testApp(t), dir)
		i := slices.IndexFunc(v.CrossChecks, func(c CrossCheck) bool { return c.Status == diag.Unknown })
		if !v.Intact || i < 0 || !strings.Contains(v.CrossChecks[i].Why, "/steps/*/params/notification_email") {
			t.Errorf("%+v", v.CrossChecks)
		}
	})
	t.Run("a changed byte names its file", func(t *testing.T) { changedBytes(t, a, dir, m) })
	t.Run("files that come and go are named", func(t *testing.T) {
		copied := copyOf(t, dir)
		if err := os.Remove(filepath.Join(copied, "consents.jsonl")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, "more.txt"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := named(verified(t, a, copied)); !slices.Equal(got, []string{"missing consents.jsonl", "added more.txt"}) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a set that was put together anew does not hold together", func(t *testing.T) { forged(t, a, dir) })
	t.Run("holds no secret and no people who did not act", func(t *testing.T) { nobody(t, dir) })
	t.Run("refuses a directory that is not empty", func(t *testing.T) {
		_, err := a.Evidence(t.Context(), EvidenceRequest{Dir: dir, Random: strings.NewReader(""), Page: plainPage})
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != "evidence/not-empty" || e.Exit != diag.ExitUsage {
			t.Errorf("got %v", err)
		}
	})
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(out, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return out
}

// changedBytes flips one byte at the start, in the middle and at the end of each file.
func changedBytes(t *testing.T, a *App, dir string, m *Manifest) {
	copied := copyOf(t, dir)
	names := []string{manifestName}
	for _, e := range m.Files {
		names = append(names, e.Name)
	}
	for _, name := range names {
		path := filepath.Join(copied, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, len(whole) / 2, len(whole) - 1} {
			changed := bytes.Clone(whole)
			changed[at] ^= 1
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := named(verified(t, a, copied)); !slices.Equal(got, []string{"changed " + name}) {
				t.Errorf("byte %d of %s: got %q", at, name, got)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if v := verified(t, a, copied); !v.Intact {
		t.Errorf("put back, and yet %q", named(v))
	}
}

// forged edits a file and seals the set again: hashes fit then, but not what the files say of each other.
func forged(t *testing.T, a *App, dir string) {
	for name, edit := range map[string]func(string) string{
		"journal.jsonl":  func(s string) string { return strings.Replace(s, `"type":"gate"`, `"type":"call"`, 1) },
		"consents.jsonl": func(s string) string { return strings.Replace(s, "tester", "nobody", 1) },
		"survey.json":    func(s string) string { return strings.Replace(s, `"o-exampleorg1"`, `"o-exampleorg2"`, 1) },
		"plan.json":      func(s string) string { return strings.Replace(s, `"risk": "destroys"`, `"risk": "reads"`, 1) },
	} {
		copied := copyOf(t, dir)
		path := filepath.Join(copied, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := []byte(edit(string(text)))
		if bytes.Equal(text, changed) {
			t.Fatalf("%s was not changed", name)
		}
		var m, again Manifest
		if err := document.Read(filepath.Join(copied, manifestName), &m); err != nil {
			t.Fatal(err)
		}
		again = m
		again.Files = nil
		for _, e := range m.Files {
			if e.Name == name {
				e.SHA256, e.Size = hexSum(changed), len(changed)
			}
			e.Prev = ""
			again.add(e)
		}
		sealed, err := again.close()
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string][]byte{path: changed, filepath.Join(copied, manifestName): sealed} {
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if v := verified(t, a, copied); v.Intact || len(named(v)) > 0 || v.Seal == m.Seal {
			t.Errorf("%s: intact %t, %q", name, v.Intact, named(v))
		}
	}
}

// nobody looks for the planted secret and for everybody in the world's directory.
func nobody(t *testing.T, dir string) {
	w, err := LoadWorld("bom")
	if err != nil {
		t.Fatal(err)
	}
	inst, _ := w.Estate.IdentityCenter.Get()
	hidden := []string{planted, "no-secret-of-a-twin"}
	for _, u := range inst.Users.Or(nil) {
		hidden = append(hidden, u.Email, `"`+u.UserName+`"`, u.DisplayName)
	}
	hidden = append(hidden, "quick-admins@example.com")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hidden {
			if bytes.Contains(text, []byte(h)) {
				t.Errorf("%s holds %q", f.Name(), h)
			}
		}
		if f.Name() == "survey.json" && bytes.Count(text, []byte(`"person-`)) < 10 {
			t.Error("the survey has no pseudonyms")
		}
	}
}

func TestVerifyNeedsASet(t *testing.T) {
	if _, err := testApp(t).VerifyEvidence(t.TempDir()); diag.ExitCode(err) != diag.ExitUsage {
		t.Errorf("got %v", err)
	}
}

// TestPseudonyms: equal in one set, different in another, nothing but people replaced, and those who acted stay.
func TestPseudonyms(t *testing.T) {
	const acting = "arn:aws:sts::111122223333:assumed-role/Admin/ana@example.com"
	s := &estate.Survey{Callers: map[estate.AccountID]string{"111122223333": acting}, Estate: estate.Estate{
		IdentityCenter: estate.Of(estate.Instance{Name: "ana's instance", Users: estate.Of(map[estate.UserID]estate.User{"id-1": {UserName: "ana", DisplayName: "Ana Admin", GivenName: "Ana", FamilyName: "Admin", Email: "ana@example.com"}}),
			UsersAt: map[estate.Region]estate.Known[map[estate.UserID]string]{"us-east-1": estate.Of(map[estate.UserID]string{"id-1": "ana"})},
			Groups:  estate.Of(map[estate.GroupID]estate.Group{"g": {DisplayName: "Admins"}})}),
		Accounts: map[estate.AccountID]estate.Account{"111122223333": {Quick: estate.Of(estate.Quick{Email: "desk@example.com", Namespaces: estate.Of(map[string]estate.Namespace{"default": {
			Users: estate.Of(map[string]estate.QuickUser{"ana": {Email: "ana@example.com", Role: "ADMIN"}}), Groups: estate.Of(map[string][]string{"own": {"ana"}})}})})}}}}
	status := &Status{Target: "twin", Steps: []StepResult{{Account: "111122223333", Region: "us-east-1", Detail: "not in Quick yet: ana, ben. Ana Admin asks; other arn:aws:sts::1:assumed-role/R/eve@example.com"}, {Account: "111122223333", Region: "us-east-1", Title: "analysis of anatomy"}}, Callers: []string{acting}}
	one, two := newRedactor([]byte("one"), []string{acting}, s, nil), newRedactor([]byte("two"), []string{acting}, s)
	person := one.pseudonym("ana")
	if person == two.pseudonym("ana") || !strings.HasPrefix(person, "person-") || strings.Contains(person, "ana") {
		t.Errorf("pseudonyms %s, %s", person, two.pseudonym("ana"))
	}
	out, places, err := redacted(one, s)
	if err != nil {
		t.Fatal(err)
	}
	inst, _ := out.Estate.IdentityCenter.Get()
	u := inst.Users.Or(nil)["id-1"]
	if u != (estate.User{UserName: person, DisplayName: person, GivenName: person, FamilyName: person, Email: person + "@redacted.invalid"}) {
		t.Errorf("got %+v", u)
	}
	space := out.Estate.Accounts["111122223333"].Quick.Or(estate.Quick{}).Namespaces.Or(nil)["default"]
	if space.Users.Or(nil)[person].Email != person+"@redacted.invalid" || space.Groups.Or(nil)["own"][0] != person || inst.UsersAt["us-east-1"].Or(nil)["id-1"] != person {
		t.Errorf("got %+v", space)
	}
	if out.Callers["111122223333"] != acting || inst.Groups.Or(nil)["g"].DisplayName != "Admins" || inst.Name != "ana's instance" {
		t.Errorf("what is no person was replaced: %+v", out)
	}
	if !slices.Contains(places, Redaction{"/estate/identity_center/users/*/email", 1}) {
		t.Errorf("places %+v", places)
	}
	told, _, err := redacted(one, status)
	if err != nil {
		t.Fatal(err)
	}
	want := "not in Quick yet: " + person + ", ben. " + person + " asks; other arn:aws:sts::1:assumed-role/R/" + one.pseudonym("eve@example.com")
	if told.Steps[0].Detail != want || told.Steps[1].Title != "analysis of anatomy" || told.Callers[0] != acting {
		t.Errorf("got %q", told.Steps[0].Detail)
	}
}

// TestNothingToRedact: a document without people is the document itself, so that a plan keeps its fingerprint.
func TestNothingToRedact(t *testing.T) {
	s := &Status{Plan: "x", Steps: []StepResult{{Title: "turn termination protection off"}}}
	out, places, err := redacted(newRedactor([]byte("salt"), nil), s)
	if err != nil || out != s || places != nil {
		t.Errorf("%+v %v %v", out, places, err)
	}
}
