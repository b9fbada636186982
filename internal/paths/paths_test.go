package paths

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rehome/internal/check"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
	"rehome/internal/spec"
	"rehome/worlds"
)

const me = estate.AccountID("111122223333")

// look is what checks read of a built-in world that is laid over no other.
func look(t *testing.T, name string) check.Input {
	t.Helper()
	text, ok := worlds.Text(name)
	if !ok {
		t.Fatalf("no world %s", name)
	}
	var w estate.World
	if err := document.Decode(name, text, &w); err != nil {
		t.Fatal(err)
	}
	s, err := spec.Decode(name, w.Spec)
	if err != nil {
		t.Fatal(err)
	}
	return check.Input{Spec: s, Survey: &estate.Survey{Estate: w.Estate, Callers: map[estate.AccountID]string{me: "arn:aws:iam::111122223333:user/ana"}}}
}

func candidate(t *testing.T, r Record, l Letter) Candidate {
	t.Helper()
	i := slices.IndexFunc(r.Candidates, func(c Candidate) bool { return c.Letter == l })
	if i < 0 {
		t.Fatalf("no candidate %s", l)
	}
	return r.Candidates[i]
}

func TestOneIdentityForBoth(t *testing.T) {
	t.Attr("requirement", "PATH-07")
	for _, name := range []string{"bom", "bom-single"} {
		in := look(t, name)
		in.Spec.Want = []spec.Want{spec.WantWeb, spec.WantDesktop, spec.WantSamePeople}
		r := Choose(in)
		if r.Recommended != spec.PathIdentityCenter || r.Chosen != spec.PathIdentityCenter || len(r.Reasons) == 0 || r.Reasons[0].Code != "PATH-07" || r.Reasons[0].Source.Doc == "" {
			t.Errorf("%s: %s because of %+v", name, r.Recommended, r.Reasons)
		}
	}
}

func TestProvisionedGroupsAndPropagatedIdentity(t *testing.T) {
	t.Attr("requirement", "PATH-08")
	for _, want := range []spec.Want{spec.WantGroups, spec.WantPropagation} {
		in := look(t, "bom")
		in.Spec.Want = []spec.Want{spec.WantDesktop, want}
		r := Choose(in)
		if r.Recommended != spec.PathIdentityCenter || r.Reasons[0].Code != "PATH-08" || r.Reasons[0].Source.Date == "" {
			t.Errorf("%s: %s because of %+v", want, r.Recommended, r.Reasons)
		}
	}
}

// TestWantsAndPaths: what is recommended for each answer, by hand from the runbook's table.
func TestWantsAndPaths(t *testing.T) {
	for name, c := range map[string]struct {
		want   []spec.Want
		path   spec.Path // the spec's
		best   spec.Path
		chosen spec.Path
		first  string
	}{
		"nothing said":                  {nil, "", spec.PathIdentityCenter, spec.PathIdentityCenter, "PATH-07"},
		"Desktop alone":                 {[]spec.Want{spec.WantDesktop}, "", spec.PathFederation, spec.PathFederation, "PATH-10"},
		"least change":                  {[]spec.Want{spec.WantDesktop, spec.WantWeb, spec.WantLeastChange}, "", spec.PathFederation, spec.PathFederation, "PATH-10"},
		"isolation":                     {[]spec.Want{spec.WantWeb, spec.WantDesktop, spec.WantIsolation}, "", spec.PathFederation, spec.PathFederation, "PATH-11"},
		"groups beat isolation":         {[]spec.Want{spec.WantGroups, spec.WantIsolation}, "", spec.PathIdentityCenter, spec.PathIdentityCenter, "PATH-08"},
		"the web alone":                 {[]spec.Want{spec.WantWeb}, "", spec.PathIdentityCenter, spec.PathIdentityCenter, "PATH-02"},
		"the spec has the last word":    {[]spec.Want{spec.WantGroups}, spec.PathFederation, spec.PathIdentityCenter, spec.PathFederation, "PATH-08"},
		"the spec says the same anyway": {nil, spec.PathIdentityCenter, spec.PathIdentityCenter, spec.PathIdentityCenter, "PATH-07"},
	} {
		t.Run(name, func(t *testing.T) {
			in := look(t, "bom")
			in.Spec.Want, in.Spec.Path = c.want, c.path
			r := Choose(in)
			if r.Recommended != c.best || r.Chosen != c.chosen || r.ByHand != (c.path != "") || r.Reasons[0].Code != c.first {
				t.Errorf("recommended %s, chosen %s, by the spec %t, %+v", r.Recommended, r.Chosen, r.ByHand, r.Reasons)
			}
			if differs := c.chosen != c.best; differs != slices.ContainsFunc(r.Against, func(a string) bool { return strings.Contains(a, "is recommended") }) {
				t.Errorf("against: %q", r.Against)
			}
			if in.Spec.Path != c.path {
				t.Error("choosing changed the spec")
			}
		})
	}
}

// TestAnAccountThatCanStayChangesLeast: another method would mean to delete an account that has the identity Region already (PATH-10).
func TestAnAccountThatCanStayChangesLeast(t *testing.T) {
	look := func() check.Input { // the world iad, as far as it matters: bom with the account in the right Region
		in := look(t, "bom")
		a := in.Survey.Estate.Accounts[me]
		q, _ := a.Quick.Get()
		q.IdentityRegion = estate.Of(in.Spec.TargetRegion)
		a.Quick = estate.Of(q)
		in.Survey.Estate.Accounts[me] = a
		return in
	}
	for _, wants := range [][]spec.Want{{spec.WantDesktop}, {spec.WantWeb, spec.WantDesktop, spec.WantLeastChange}} {
		in := look()
		in.Spec.Want = wants
		r := Choose(in)
		if r.Recommended != spec.PathIdentityCenter || r.Reasons[len(r.Reasons)-1].Code != "PATH-10" || candidate(t, r, A).RequiresMigration {
			t.Errorf("%v: recommended %s, %+v", wants, r.Recommended, r.Reasons)
		}
	}
	in := look()
	in.Spec.Want = []spec.Want{spec.WantDesktop, spec.WantIsolation} // Identity Center itself is what is not wanted
	if r := Choose(in); r.Recommended != spec.PathFederation || !candidate(t, r, B).RequiresMigration {
		t.Errorf("isolation: recommended %s", r.Recommended)
	}
}

// TestActiveDirectoryRulesPathAOut is the observable of PATH-13 on the record: the reason's code is named, and the other way is taken.
func TestActiveDirectoryRulesPathAOut(t *testing.T) {
	in := look(t, "bom-single")
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	inst.IdentitySource = estate.Of(estate.SourceActiveDirectory)
	in.Survey.Estate.IdentityCenter = estate.Of(inst)
	r := Choose(in)
	if a := candidate(t, r, A); a.Feasible != Infeasible || !slices.Equal(a.Codes, []string{"IDC-04"}) || len(a.Why) != 1 {
		t.Errorf("path A is %s because of %v", a.Feasible, a.Why)
	}
	if r.Recommended != spec.PathFederation || r.Reasons[0].Code != "PATH-13" || !strings.Contains(r.Reasons[0].Why, "IDC-04") {
		t.Errorf("recommended %s: %+v", r.Recommended, r.Reasons)
	}
}

func TestUnknownSourceLeavesPathAOpen(t *testing.T) {
	in := look(t, "bom-single")
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	inst.IdentitySource = estate.Known[estate.IdentitySource]{}
	in.Survey.Estate.IdentityCenter, in.Spec.IdentitySource = estate.Of(inst), ""
	r := Choose(in)
	if a := candidate(t, r, A); a.Feasible != Unclear || !slices.Equal(a.Codes, []string{"IDC-04"}) || r.Recommended != spec.PathIdentityCenter {
		t.Errorf("path A is %s (%v), recommended %s", a.Feasible, a.Codes, r.Recommended)
	}
}

func TestAnAccountElsewhereMeansMigration(t *testing.T) {
	t.Attr("requirement", "PATH-15")
	r := Choose(look(t, "bom"))
	for _, l := range []Letter{A, B} {
		if c := candidate(t, r, l); !c.RequiresMigration || !strings.Contains(c.Migration, "ap-south-1, not us-east-1") {
			t.Errorf("path %s requires migration: %t (%s)", l, c.RequiresMigration, c.Migration)
		}
	}
	if strings.Count(r.Markdown(), "requires migration") != 3 {
		t.Errorf("the record does not say it of each path:\n%s", r.Markdown())
	}
	fra := look(t, "fra")
	fra.Spec.Want = []spec.Want{spec.WantWeb, spec.WantSamePeople} // Quick on Desktop would ask for more
	r = Choose(fra)
	if c := candidate(t, r, A); c.RequiresMigration || !strings.HasPrefix(c.Effort, "none") {
		t.Errorf("nothing has to be moved in fra, and path A requires migration %t, effort %s", c.RequiresMigration, c.Effort)
	}
	if c := candidate(t, r, B); !c.RequiresMigration || !strings.Contains(c.Migration, "identity method is IAM_IDENTITY_CENTER") {
		t.Errorf("another method means another account: %s", c.Migration)
	}
}

// TestEachPathIsReported: the four attributes stand in the JSON of every candidate.
func TestEachPathIsReported(t *testing.T) {
	text, err := json.Marshal(Choose(look(t, "bom-single")))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Candidates []map[string]any `json:"candidates"`
	}
	if err := json.Unmarshal(text, &got); err != nil || len(got.Candidates) != 3 {
		t.Fatalf("%v: %s", err, text)
	}
	want := map[string][2]bool{"A": {true, true}, "B": {false, false}, "C": {false, false}}
	for _, c := range got.Candidates {
		letter, _ := c["letter"].(string)
		for _, name := range []string{"authenticates", "effort", "cost"} {
			if s, _ := c[name].(string); s == "" {
				t.Errorf("%s has no %s", letter, name)
			}
		}
		if actors, _ := c["actors"].([]any); len(actors) < 2 {
			t.Errorf("%s: who acts? %v", letter, c["actors"])
		}
		if c["touches_identity_center"] != want[letter][0] || c["touches_kms"] != want[letter][1] {
			t.Errorf("%s touches Identity Center %v, KMS %v", letter, c["touches_identity_center"], c["touches_kms"])
		}
	}
	if b := candidate(t, Choose(look(t, "fed")), B); b.TouchesIdentity || b.TouchesKey || b.RequiresMigration {
		t.Errorf("fed is on path B already: %+v", b)
	}
}

// TestDecisionRecord shows every word that is filed.
func TestDecisionRecord(t *testing.T) {
	for _, name := range []string{"bom-single", "fed"} {
		goldentest.Compare(t, name, Choose(look(t, name)).Markdown())
	}
}
