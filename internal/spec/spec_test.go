package spec

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

const least = `
format: rehome.spec/v1
management: {account: "111122223333"}
quick:
  account: "444455556666"
  account_names: [example-quick]
`

// TestBadSpecs: each file of testdata/bad says in a sentence what is wrong with its spec, and what the person is to read.
func TestBadSpecs(t *testing.T) {
	eachBad(t, func(t *testing.T, text []byte, want string) {
		s, err := Decode("rehome.yaml", text)
		if err == nil {
			t.Fatalf("accepted as %+v", s)
		}
		if err.Error() != want {
			t.Errorf("\n got %v\nwant %s", err, want)
		}
		if diag.ExitCode(err) != diag.ExitUsage || s != nil {
			t.Errorf("exit code %d, want usage; spec %v, want none", diag.ExitCode(err), s)
		}
	})
}

func eachBad(t *testing.T, try func(t *testing.T, text []byte, want string)) {
	t.Helper()
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files of bad specs, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil || len(a.Files) != 2 || len(strings.TrimSpace(string(a.Comment))) == 0 {
				t.Fatalf("want a sentence, a spec and what is wanted: %v", err)
			}
			try(t, a.Files[0].Data, strings.TrimSuffix(string(a.Files[1].Data), "\n"))
		})
	}
}

// TestEveryRuleIsBroken: no rule is there that no bad spec breaks, and each is broken in the member that it names.
func TestEveryRuleIsBroken(t *testing.T) {
	texts := map[string]int{}
	eachBad(t, func(t *testing.T, text []byte, _ string) {
		_, err := Decode("rehome.yaml", text)
		var e *diag.Error
		if errors.As(err, &e) && e.Code == "spec/invalid" {
			texts[strings.NewReplacer(".", "/", ":", "").Replace(strings.Fields(e.What)[0])]++
			if parent, _, ok := strings.Cut(e.What, "."); ok {
				texts[parent]++
			}
		}
	})
	for _, r := range rules {
		name := strings.TrimPrefix(r.pointer, "/")
		if texts[name] == 0 && texts[name+"/account"] == 0 {
			t.Errorf("no bad spec breaks the rule of %s; there are %v", r.pointer, texts)
		}
	}
}

func TestDefaults(t *testing.T) {
	s, err := Decode("rehome.yaml", []byte(least))
	if err != nil {
		t.Fatal(err)
	}
	want := &Spec{Format: Format, Goal: GoalDesktop, TargetRegion: "us-east-1", Approvals: 1, Management: Access{Account: "111122223333"},
		Quick: Quick{Access: Access{Account: "444455556666"}, AccountNames: []string{"example-quick"}}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	if s.Quick.Groups != nil || s.Window != nil || s.BreakGlass != nil {
		t.Error("what is left out must stay left out: it is taken from the account that is there")
	}
}

func TestEverythingCanBeSaid(t *testing.T) {
	s, err := Decode("rehome.yaml", []byte(`
format: rehome.spec/v1
goal: web-only
target_region: eu-central-1
management: {account: "111122223333", profile: management}
quick:
  account: "444455556666"
  role_arn: arn:aws:iam::444455556666:role/Mover
  external_id: x-1
  account_names: [a, A-1, `+strings.Repeat("z", 62)+`]
  edition: ENTERPRISE_AND_Q
  notification_email: ops@example.com
  groups: {ADMIN: [a], ADMIN_PRO: [], AUTHOR: [b, c], AUTHOR_PRO: [], READER: [d], READER_PRO: [e]}
  contact: {first_name: Ana, last_name: Admin, email: a@example.com, phone: "2065550100"}
break_glass: {account: "111122223333", profile: emergency}
window: {from: 2026-12-01T20:00:00+05:30, to: 2026-12-02T00:00:00+05:30}
approvals: 2
delegated_administrator: {account: "222233334444", profile: identity}
identity_source: directory
path: federation
want: [web, isolation]
applications: [{provider: redshift, name: Amazon Redshift, customer_key: "yes", additional_regions: "no", source: {doc: a page, date: 2026-11-22}}]
attest:
  - {region: eu-west-1, statement: no-assets, by: Ana, date: 2026-11-01, reason: looked in the console}
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Quick.RoleARN == "" || s.Quick.ExternalID != "x-1" || len(s.Quick.Groups) != 6 || s.Quick.Contact.Phone != "2065550100" || s.Approvals != 2 || s.BreakGlass.Profile != "emergency" {
		t.Errorf("got %+v", s)
	}
	if s.Path != PathFederation || len(s.Want) != 2 || s.IdentitySource != estate.SourceDirectory || s.Administrator().Profile != "identity" {
		t.Errorf("got %+v", s)
	}
	if row, ok := s.Support("redshift"); !ok || row.CustomerKey != estate.Supported || row.AdditionalRegions != estate.Unsupported {
		t.Errorf("the spec's row: %+v, %t", row, ok)
	}
	if row, ok := s.Support("quicksight"); !ok || row.CustomerKey != estate.Supported {
		t.Errorf("the built-in row: %+v, %t", row, ok)
	}
	if !s.Window.From.Equal(time.Date(2026, 12, 1, 14, 30, 0, 0, time.UTC)) {
		t.Errorf("the window opens at %s", s.Window.From)
	}
}

func TestAttested(t *testing.T) {
	s := &Spec{Attest: []Attestation{{Region: "eu-west-1", Statement: AttestNoAssets, By: "Ana"}}}
	if a, ok := s.Attested("eu-west-1", AttestNoAssets); !ok || a.By != "Ana" {
		t.Errorf("got %+v, %t", a, ok)
	}
	if _, ok := s.Attested("eu-west-2", AttestNoAssets); ok {
		t.Error("a word for one Region counts for another")
	}
	if _, ok := s.Attested("eu-west-1", "something-else"); ok {
		t.Error("a word counts for another statement")
	}
}

func TestAccessesNameEachAccountOnce(t *testing.T) {
	one, two, three := Access{Account: "111122223333"}, Access{Account: "222233334444"}, Access{Account: "333344445555"}
	for name, c := range map[string]struct {
		spec Spec
		want []Access
	}{
		"all in one":     {Spec{Management: one, Quick: Quick{Access: one}}, []Access{one}},
		"two":            {Spec{Management: one, Quick: Quick{Access: two}}, []Access{two, one}},
		"three":          {Spec{Management: one, Quick: Quick{Access: two}, DelegatedAdministrator: &three}, []Access{two, one, three}},
		"DA and Quick":   {Spec{Management: one, Quick: Quick{Access: two}, DelegatedAdministrator: &two}, []Access{two, one}},
		"DA without use": {Spec{Management: one, Quick: Quick{Access: one}, DelegatedAdministrator: &one}, []Access{one}},
	} {
		if got := c.spec.Accesses(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAccess(t *testing.T) {
	s := &Spec{Management: Access{Account: "111122223333", Profile: "m"}, Quick: Quick{Access: Access{Account: "444455556666", Profile: "q"}}}
	for id, want := range map[estate.AccountID]string{"111122223333": "m", "444455556666": "q", "999999999999": ""} {
		if a, ok := s.Access(id); a.Profile != want || ok != (want != "") {
			t.Errorf("%s: %+v, %t", id, a, ok)
		}
	}
}

// TestRegionsAreData: a spec replaces lists of the table of Regions; what it leaves out stays, and the default target follows.
func TestRegionsAreData(t *testing.T) {
	s, err := Decode("rehome.yaml", []byte(least+"regions: {checked: 2027-01-01, desktop: [ap-south-1], sources: {desktop: {doc: a newer page, date: 2027-01-01}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	table, built := s.Table(), estate.Regions()
	if !slices.Equal(table.Desktop, []estate.Region{"ap-south-1"}) || s.TargetRegion != "ap-south-1" || table.Checked != "2027-01-01" || table.Sources["desktop"].Doc != "a newer page" {
		t.Errorf("target %s, table %+v", s.TargetRegion, table)
	}
	if !slices.Equal(table.Quick, built.Quick) || !slices.Equal(table.DefaultEnabled, built.DefaultEnabled) || table.Sources["quick"] != built.Sources["quick"] {
		t.Errorf("what the spec leaves out is gone: %+v", table)
	}
	if !slices.Equal((&Spec{}).Table().Desktop, []estate.Region{"us-east-1"}) {
		t.Error("without an override the built-in table holds")
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rehome.yaml")
	_, err := Read(path)
	var e *diag.Error
	if !errors.As(err, &e) || e.At.File != path || diag.ExitCode(err) != diag.ExitUsage || len(e.Fix) == 0 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %+v", err)
	}
	if err := os.WriteFile(path, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Read(path); err != nil || s.Quick.Account != "444455556666" {
		t.Errorf("got %+v, %v", s, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte(least + "regions: {desktop: []}\n"))
	f.Add([]byte(least + "window: {from: 2026-12-01T20:00:00Z}\nattest: [{}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Decode("rehome.yaml", text)
		var e *diag.Error
		if (s == nil) == (err == nil) || err != nil && !errors.As(err, &e) {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
