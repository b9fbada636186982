package check

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/spec"
	"rehome/worlds"
)

const (
	me  = estate.AccountID("111122223333")
	key = "mrk-1234567890abcdef1234567890abcdef"
)

type object = map[string]any

// world gives a built-in world as plain values, over its base.
func world(t *testing.T, name string) object {
	t.Helper()
	text, ok := worlds.Text(name)
	if !ok {
		t.Fatalf("no world %s", name)
	}
	tree := plain(t, text)
	if base, ok := tree["base"].(string); ok {
		tree = over(world(t, base), tree)
	}
	return tree
}

func plain(t *testing.T, text []byte) object {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var tree object
	if err := json.Unmarshal(asJSON, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// over lays one tree over another: maps are merged; everything else replaces, an empty map and one that was not looked at included.
func over(below, above object) object {
	out := maps.Clone(below)
	for k, v := range above {
		a, is := v.(object)
		b, was := out[k].(object)
		if _, unlooked := a["not_looked"]; is && was && len(a) > 0 && !unlooked {
			v = over(b, a)
		}
		out[k] = v
	}
	return out
}

// input makes what checks read from a world's tree, as a survey would see it that may read everything.
func input(t *testing.T, tree object) Input {
	t.Helper()
	var w estate.World
	decode(t, object{"format": tree["format"], "title": tree["title"], "estate": tree["estate"]}, func(name string, text []byte) error { return document.Decode(name, text, &w) })
	in := Input{Survey: &estate.Survey{Format: estate.SurveyFormat, Target: estate.TargetTwin, Estate: w.Estate, Callers: map[estate.AccountID]string{}}}
	decode(t, tree["spec"], func(name string, text []byte) (err error) { in.Spec, err = spec.Decode(name, text); return err })
	if _, desktop := tree["desktop"]; desktop { // the provider was seen, and nothing is wrong with it
		in.Survey.Estate.SignIn = estate.Of(estate.SignIn{Values: in.Spec.SignIn.Values(), Findings: []diag.Finding{{Code: "DSK-09", Status: diag.Pass, Subject: "idp/values", Title: "the values are those that the provider publishes", Source: []diag.Source{{Doc: "a test"}}}}})
	} else if in.Spec.Want == nil && in.Spec.Goal == spec.GoalDesktop { // most tests are about the move alone
		in.Spec.Want = []spec.Want{spec.WantWeb, spec.WantSamePeople}
	}
	callers, given := tree["callers"].(object)
	for id, arn := range callers {
		in.Survey.Callers[estate.AccountID(id)], _ = arn.(string)
	}
	if !given {
		in.Survey.Callers[me] = "arn:aws:iam::111122223333:user/ana"
	}
	if inst, ok := w.Estate.IdentityCenter.Get(); ok && inst.GroupsAt == nil {
		inst.GroupsAt = groupsAt(inst)
		in.Survey.Estate.IdentityCenter = estate.Of(inst)
	}
	mayAll(in)
	noOtherCopies(in)
	return in
}

// noOtherCopies: a survey looks for copies of a key wherever one is needed.
func noOtherCopies(in Input) {
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	regions := slices.Collect(maps.Keys(inst.Regions.Or(nil)))
	for _, a := range in.Survey.Estate.Accounts {
		for _, k := range a.Keys {
			for _, r := range append(regions, in.Target()) {
				if _, there := k.Copies[r]; !there && r != "" {
					k.Copies[r] = estate.Absent[estate.KeyCopy]()
				}
			}
		}
	}
}

// mayAll lets the callers do everything, and no control policy bind anybody, where the case says nothing about it.
func mayAll(in Input) {
	allowed := map[estate.AccountID]map[string]estate.Right{}
	for id := range in.Survey.Estate.Accounts {
		allowed[id] = map[string]estate.Right{}
	}
	for _, r := range needs.Rights(in.Hands(), needs.RightKinds()...) {
		if allowed[r.Account] != nil {
			allowed[r.Account][r.Action] = estate.RightAllowed
		}
	}
	for id, a := range in.Survey.Estate.Accounts {
		if a.Rights.IsZero() {
			a.Rights = estate.Of(allowed[id])
		}
		if a.Controls.IsZero() {
			a.Controls = estate.Of(estate.Controls{})
		}
		in.Survey.Estate.Accounts[id] = a
	}
}

func decode(t *testing.T, v any, into func(name string, text []byte) error) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := into("case.json", text); err != nil {
		t.Fatal(err)
	}
}

// groupsAt is what each enabled Region's endpoint shows: the groups of the instance.
func groupsAt(inst estate.Instance) map[estate.Region]estate.Known[[]string] {
	var names []string
	for _, g := range inst.Groups.Or(nil) {
		names = append(names, g.DisplayName)
	}
	slices.Sort(names)
	out := map[estate.Region]estate.Known[[]string]{}
	for r, state := range inst.Regions.Or(nil) {
		if state == estate.RegionActive {
			out[r] = estate.Of(names)
		}
	}
	return out
}

// withPolicies puts published policies, by the names of their files, on copies of the key.
func withPolicies(t *testing.T, tree object, byRegion map[string]string) object {
	t.Helper()
	if len(byRegion) == 0 {
		return tree
	}
	copies := object{}
	for region, name := range byRegion {
		copies[region] = object{"policy": published(t, name)}
	}
	return over(tree, object{"estate": object{"accounts": object{string(me): object{"keys": object{key: object{"copies": copies}}}}}})
}

func published(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "policy", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "o-a1b2c3d4e5", "o-exampleorg1")
}

// find gives the finding with this code and subject.
func find(t *testing.T, fs []diag.Finding, code, subject string) diag.Finding {
	t.Helper()
	i := slices.IndexFunc(fs, func(f diag.Finding) bool { return f.Code == code && f.Subject == subject })
	if i < 0 {
		t.Fatalf("no finding %s %s in\n%s", code, subject, strings.Join(lines(fs), "\n"))
	}
	return fs[i]
}

// lines writes open findings in the words of the case files.
func lines(fs []diag.Finding) []string {
	out := []string{}
	for _, f := range fs {
		if !f.Open() {
			continue
		}
		text := f.Status.String() + " " + f.Severity.String() + " " + f.Code + " " + f.Subject
		if f.CausedBy != "" {
			text += " <- " + f.CausedBy
		}
		out = append(out, strings.ReplaceAll(text, key, "KEY"))
	}
	return out
}
