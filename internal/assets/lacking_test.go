package assets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

const secretThere = estate.ARN("arn:aws:secretsmanager:us-east-1:444455556666:secret:s")

// TestLacking: what a person has to give is named with the key to write, what stays or is mapped is not, and the import takes what was given
// and nothing else.
func TestLacking(t *testing.T) {
	t.Attr("requirement", "MIG-24")
	s1, v1 := ref("ap-south-1 datasource s"), ref("ap-south-1 vpcConnection v")
	secret := estate.ARN("arn:aws:secretsmanager:ap-south-1:111122223333:secret:s")
	network := Network{Subnets: []string{"a", "b"}, SecurityGroups: []string{"c"}}
	for name, c := range map[string]struct {
		reach Reach
		plant func(*ImportConfig)
		want  string // of Lacking
		fix   string
		given Credential
		done  bool // the data source is imported
	}{
		"nothing is needed":                   {done: true},
		"stored":                              {reach: Reach{Stored: true}, want: "MIG-23 fail block " + subject(s1), fix: "ap-south-1/datasource/s: ARN of a secret in us-east-1"},
		"a secret of the old Region":          {reach: Reach{Secret: secret}, want: "MIG-23 fail block " + subject(s1), fix: "ap-south-1/datasource/s"},
		"a secret of the old account":         {reach: Reach{Secret: "arn:aws:secretsmanager:us-west-2:111122223333:secret:s"}, want: "MIG-23 fail block " + subject(s1), fix: "ap-south-1/datasource/s"},
		"a secret in the old account stays":   {reach: Reach{Secret: "arn:aws:secretsmanager:us-east-1:111122223333:secret:s"}, plant: func(c *ImportConfig) { c.Mapping.NewAccount = account }, want: "MIG-23 fail block " + subject(s1), fix: "ap-south-1/datasource/s"},
		"a secret of somebody else's account": {reach: Reach{Secret: "arn:aws:secretsmanager:us-east-1:999999999999:secret:s"}, given: Credential{SecretARN: "arn:aws:secretsmanager:us-east-1:999999999999:secret:s"}, want: "MIG-23 fail block " + subject(s1), fix: "ap-south-1/datasource/s"},
		"a secret that is mapped":             {reach: Reach{Secret: secret}, plant: func(c *ImportConfig) { c.Mapping.ARNs = map[estate.ARN]estate.ARN{secret: secretThere} }, given: Credential{ID: "s", SecretARN: secretThere}, done: true},
		"a secret that is given":              {reach: Reach{Secret: secret}, plant: func(c *ImportConfig) { c.Credentials[s1] = Credential{SecretARN: secretThere} }, given: Credential{ID: "s", SecretARN: secretThere}, done: true},
		"a password that is given":            {reach: Reach{Stored: true}, plant: func(c *ImportConfig) { c.Credentials[s1] = Credential{User: "u", Password: "p"} }, given: Credential{ID: "s", User: "u", Password: "p"}, done: true},
		"later":                               {reach: Reach{Stored: true}, plant: func(c *ImportConfig) { c.Credentials[s1] = NewCredential("later") }, want: "MIG-23 fail warn " + subject(s1), fix: "update it", done: true},
		"a secret of another Region is given": {reach: Reach{Stored: true}, plant: func(c *ImportConfig) { c.Credentials[s1] = NewCredential(string(secret)) }, want: "MIG-23 fail warn " + subject(s1), fix: "replicate", given: Credential{ID: "s", SecretARN: secret}, done: true},
		"no network":                          {plant: func(c *ImportConfig) { delete(c.Networks, v1) }, want: "MIG-24 fail block " + subject(v1), fix: "ap-south-1/vpcConnection/v: {subnets"},
		"a network that is too small":         {plant: func(c *ImportConfig) { c.Networks[v1] = Network{Subnets: []string{"a"}, SecurityGroups: []string{"c"}} }, want: "MIG-24 fail block " + subject(v1), fix: "2 to 15", done: true},
		"a network that is whole":             {plant: func(c *ImportConfig) { c.Networks[v1] = network }, done: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.put(v1, "")
			w.put(s1, "POSTGRESQL", v1).reach = c.reach
			s := ship(t, w)
			cfg := s.config(t)
			cfg.Credentials = map[estate.AssetRef]Credential{}
			if c.plant != nil {
				c.plant(&cfg)
			}
			s.to.account = cfg.Mapping.NewAccount
			found := Lacking(cfg)
			if open(found) != c.want || c.want != "" && (!strings.Contains(found[0].Fix, c.fix) || found[0].Title == "" || found[0].Cause == "") {
				t.Errorf("%s\n%+v", open(found), found)
			}
			if s.to.calls > 0 {
				t.Error("somebody was asked")
			}
			if strings.Contains(name, "account") {
				return
			}
			got, err := Import(t.Context(), cfg)
			if err != nil || (got.Outcomes[0].State == Done) != c.done {
				t.Fatalf("%v: %+v", err, got.Outcomes)
			}
			var given Credential
			if len(s.to.given) > 0 {
				given = s.to.given[0]
			}
			if given != c.given {
				t.Errorf("%+v was given", s.to.given)
			}
		})
	}
}

// TestCredentialOf is the table of whose secrets stay.
func TestCredentialOf(t *testing.T) {
	m := Mapping{OldAccount: account, NewAccount: account, Regions: map[estate.Region]estate.Region{home: "us-east-1"}}
	for secret, stays := range map[estate.ARN]bool{
		"arn:aws:secretsmanager:ap-south-1:111122223333:secret:s": false,
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:s":  true,
		"arn:aws:secretsmanager:eu-west-1:999999999999:secret:s":  true,
		"no ARN": false,
	} {
		c := &ImportConfig{Mapping: m}
		got, why := c.credential(ref("eu-west-1 datasource s"), &Item{Reach: Reach{Secret: secret}})
		if (why == "") != stays || stays && got.SecretARN != secret {
			t.Errorf("%s: %+v, %s", secret, got, why)
		}
	}
}

// TestStartsThatMovedAreShown: a schedule that would have begun already begins later, and both times are told, also by an import that finds
// all of it there.
func TestStartsThatMovedAreShown(t *testing.T) {
	t.Attr("requirement", "MIG-25")
	w := newWorld()
	d := ref("ap-south-1 dataset d")
	w.put(d, "SPICE")
	for id, start := range map[string]string{"past": `"2026-01-01T05:00:00Z"`, "future": `"2027-03-01T05:00:00Z"`, "never": `null`} {
		w.put(ref("ap-south-1 refresh-schedule d/"+id), "", d).Content = jsontext.Value(`{"scheduleId":"x","startAfterDateTime":` + start + `}`)
	}
	s := ship(t, w)
	for range 2 {
		got, err := Import(t.Context(), s.config(t))
		if err != nil || open(got.Findings) != "" {
			t.Fatal(err, open(got.Findings))
		}
		var out []string
		for _, m := range got.Starts {
			out = append(out, fmt.Sprint(m.Schedule.ID, " ", m.Old.Format(time.DateTime), " ", m.New.Format(time.DateTime)))
		}
		want := "d/never 0001-01-01 00:00:00 2026-12-01 14:00:00\nd/past 2026-01-01 05:00:00 2026-12-01 14:00:00"
		if strings.Join(out, "\n") != want {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(out, "\n"), want)
		}
	}
}

// TestRowRules: each dataset of rules is named with its shape and with what it rules.
func TestRowRules(t *testing.T) {
	w := newWorld()
	rules := ref("ap-south-1 dataset rules")
	w.put(rules, "DIRECT_QUERY")
	byName, byARN := []string{"GroupName", "UserName", "region"}, []string{"UserARN", "region"}
	for name, c := range map[string]struct {
		rules   []RowRule
		columns []string
		renamed bool
		want    string // of the finding
		says    []string
	}{
		"none":     {},
		"disabled": {rules: []RowRule{{DataSet: rules.ARN(account), Format: rulesByARN}}},
		"by ARN":   {rules: []RowRule{{DataSet: rules.ARN(account), Format: rulesByARN, Enabled: true}}, columns: byARN, want: "MIG-31 fail warn " + subject(rules), says: []string{"by ARN", "UserARN, region", "rows of 1 datasets"}},
		"by name":  {rules: []RowRule{{DataSet: rules.ARN(account), Format: "VERSION_1", Enabled: true}}, columns: byName, want: "MIG-31 fail warn " + subject(rules), says: []string{"names people", "GroupName, UserName, region"}},
		"by a name that changes": {rules: []RowRule{{DataSet: rules.ARN(account), Enabled: true}}, renamed: true, want: "MIG-31 fail warn " + subject(rules),
			says: []string{"its columns are not known", "user/default/ann to user/default/anna"}},
	} {
		w.things[rules].reach.Columns = c.columns
		w.put(ref("ap-south-1 dataset d"), "SPICE", rules).reach.Rules = c.rules
		m := Mapping{}
		if c.renamed {
			m.Principals = map[estate.ARN]estate.ARN{estate.QuickARN(home, account, "user/default/ann"): estate.QuickARN("us-east-1", account, "user/default/anna"),
				estate.QuickARN(home, account, "user/default/ben"): estate.QuickARN("us-east-1", account, "user/default/ben")}
		}
		found := RowRules(w.take(t), m)
		if open(found) != c.want {
			t.Errorf("%s: %s", name, open(found))
		}
		for _, text := range c.says {
			if f := found[0]; !strings.Contains(f.Title+f.Cause+f.Fix, text) || len(f.Evidence) != 1 || strings.Contains(f.Fix, "ben") {
				t.Errorf("%s: %q is not in %+v", name, text, f)
			}
		}
	}
	for _, c := range []struct {
		is    bool
		names []string
	}{{true, []string{"username"}}, {true, []string{"a", "GroupARN"}}, {false, []string{"user", "group"}}, {false, nil}} {
		if RuleColumns(c.names) != c.is {
			t.Error(c.names)
		}
	}
}

// TestCarefulImportStops: unless it is in bulk, an import begins nothing more when an asset is not as it has to be, and goes on when it is.
func TestCarefulImportStops(t *testing.T) {
	for name, plant := range map[string]func(*target){
		"refused": func(w *target) { w.refuse[ref("us-east-1 dataset d0")] = "it is too large" },
		"not there": func(w *target) {
			w.skip = func(what string, r estate.AssetRef) bool { return what == "asset" && r == ref("us-east-1 dataset d0") }
		},
		"other tags": func(w *target) {
			w.skip = func(what string, r estate.AssetRef) bool { return what == "tag" && r == ref("us-east-1 dataset d0") }
		},
	} {
		s := ship(t, linked())
		plant(s.to)
		c := s.config(t)
		c.Bulk, c.Granter = false, nil
		got, err := Import(t.Context(), c)
		count := map[OutcomeState]int{}
		for _, o := range got.Outcomes {
			count[o.State]++
		}
		text := open(got.Findings)
		if err != nil || count[Undone] == 0 || count[Waiting] > 0 || !strings.Contains(text, "MIG-27 fail block import") || !strings.Contains(text, "asset/ap-south-1/dataset/d0") && !strings.Contains(text, "asset/us-east-1/dataset/d0") {
			t.Errorf("%s: %v, %v\n%s", name, err, count, text)
		}
		jobs := len(s.to.imports)
		clear(s.to.refuse)
		s.to.skip = func(string, estate.AssetRef) bool { return false }
		c = s.config(t)
		c.Bulk = false
		if got, err = Import(t.Context(), c); err != nil || open(got.Findings) != "" || len(s.to.imports) <= jobs {
			t.Errorf("%s: then: %v\n%s", name, err, open(got.Findings))
		}
		if l := s.ledger(t, c, got.Outcomes); len(l.Lost()) > 0 {
			t.Errorf("%s: %+v", name, l.Lost())
		}
	}
}

// TestAPasswordIsGivenAndForgotten: without one nothing of its data source is imported; Quick gets it, and nothing else has it afterwards.
func TestAPasswordIsGivenAndForgotten(t *testing.T) {
	t.Attr("requirement", "MIG-23")
	const password = "correct-horse-battery-staple"
	w := newWorld()
	s1, d := ref("ap-south-1 datasource s"), ref("ap-south-1 dataset d")
	w.put(s1, "POSTGRESQL").reach.Stored = true
	w.put(d, "SPICE", s1)
	s := ship(t, w)
	c := s.config(t)
	got, err := Import(t.Context(), c)
	if err != nil || len(s.to.imports) > 0 || open(got.Findings) != "MIG-20 fail block "+subject(d)+"\nMIG-20 fail block "+subject(s1) || open(Lacking(c)) != "MIG-23 fail block "+subject(s1) {
		t.Fatalf("%v, %d jobs\n%s", err, len(s.to.imports), open(got.Findings))
	}
	c.Credentials = map[estate.AssetRef]Credential{s1: {User: "u", Password: password}}
	told := ""
	c.Progress = func(n ImportCount) { told += fmt.Sprintf("%+v", n) }
	s.to.refuse[ref("us-east-1 dataset d")] = "no"
	if got, err = Import(t.Context(), c); err != nil || len(s.to.given) == 0 || s.to.given[0].Password != password {
		t.Fatalf("%v: %v", err, s.to.given)
	}
	shown := told + fmt.Sprintf("%+v %#v %+v %+v", got, got, c.Credentials, s.ledger(t, c, got.Outcomes))
	for _, dir := range []string{s.vault.Dir, c.Temp} {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				var text []byte
				text, err = os.ReadFile(path)
				shown += string(text)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(shown, password) {
		t.Error("the password is shown")
	}
}

// TestFormSeesRulesAndFaults: rules for rows that are off at the target, or others, and what Quick finds wrong there and not at the source.
func TestFormSeesRulesAndFaults(t *testing.T) {
	d := ref("ap-south-1 dataset d")
	m := moving()
	m.Regions = map[estate.Region]estate.Region{home: "us-east-1"}
	rule := func(r estate.Region, a estate.AccountID, id string, on bool) []RowRule {
		return []RowRule{{DataSet: estate.AssetRef{Region: r, Type: estate.AssetDataSet, ID: id}.ARN(a), Format: "VERSION_1", Enabled: on}}
	}
	item := func(rules []RowRule, faults ...string) Item {
		return Item{Asset: estate.Asset{Type: d.Type, ID: d.ID}, Reach: Reach{Rules: rules, Faults: faults}}
	}
	from := item(rule(home, account, "rules", true), "A")
	for name, c := range map[string]struct {
		to   Item
		want string
	}{
		"equal":        {item(rule("us-east-1", there, "rules", true), "A"), ""},
		"mended":       {item(rule("us-east-1", there, "rules", true)), ""},
		"a new fault":  {item(rule("us-east-1", there, "rules", true), "A", "DATA_SET_NOT_FOUND"), "faults"},
		"off":          {item(rule("us-east-1", there, "rules", false), "A"), "row rules"},
		"other rules":  {item(rule("us-east-1", there, "others", true), "A"), "row rules"},
		"the old ones": {item(rule(home, account, "rules", true), "A"), "row rules"},
		"none":         {item(nil, "A"), "row rules"},
	} {
		have := Mapping{}.Form("us-east-1", c.to)
		if got := strings.Join(m.Form(home, from).Differences(have), ","); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
