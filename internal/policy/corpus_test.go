package policy

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// verdictCase is one request with the verdict that its source gives, written
// down by hand. Nothing here is computed by the package itself.
type verdictCase struct {
	name      string
	key       string   // policy text; "" when nobody read the key policy
	identity  []string // policy texts
	unread    bool     // identity policies were not read
	more      Layers   // the layers beside these
	req       Request
	want      Decision
	reason    Reason
	statement string
	layer     string
	delegated bool
	cause     Cause // compared where its Element is set: the cause of statement causeOf
	causeOf   string
	note      Note // compared where set, as the note of statement causeOf
	source    string
}

// corpus is the whole table, one theme per file.
func corpus(tb testing.TB) map[string][]verdictCase {
	return map[string][]verdictCase{
		"official":  officialCases(tb),
		"field":     fieldCases(tb),
		"known bad": knownBadCases(tb),
		"algorithm": algorithmCases(tb),
		"identity":  identityCases(tb),
		"principal": principalCases(),
		"matching":  matchingCases(),
		"condition": conditionVerdicts(),
		"limits":    limitCases(tb),
		"controls":  controlCases(tb),
		"grants":    grantCases(tb),
	}
}

func TestVerdicts(t *testing.T) {
	total := 0
	themes := corpus(t)
	for _, theme := range slices.Sorted(maps.Keys(themes)) {
		cases := themes[theme]
		t.Run(theme, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) { c.run(t) })
			}
		})
		total += len(cases)
	}
	t.Logf("%d cases", total)
	if total < 250 {
		t.Errorf("%d cases; at least 250 are asked for", total)
	}
}

func (c verdictCase) layers(tb testing.TB) Layers {
	tb.Helper()
	l := c.more
	l.IdentityKnown = !c.unread
	if c.key != "" {
		l.Resource = mustParse(tb, c.key)
	}
	for _, text := range c.identity {
		l.Identity = append(l.Identity, mustParse(tb, text))
	}
	return l
}

func (c verdictCase) decide(l Layers) Verdict {
	if strings.HasPrefix(c.req.Action, "kms:") {
		return AuthorizeKey(l, c.req)
	}
	return AuthorizeIdentity(l, c.req)
}

func (c verdictCase) run(t *testing.T) {
	if c.source == "" {
		t.Error("the case has no source")
	}
	v := c.decide(c.layers(t))
	if v.Decision != c.want || v.Reason != c.reason || v.Statement != c.statement || v.Layer != c.layer || v.Delegated != c.delegated {
		t.Errorf("got  %s, %s, statement %q of %q, delegated %t\nwant %s, %s, statement %q of %q, delegated %t\n%s",
			v.Decision, v.Reason, v.Statement, v.Layer, v.Delegated,
			c.want, c.reason, c.statement, c.layer, c.delegated, showTrace(t, v.Trace))
	}
	if explicit := slices.Contains(explicitReasons, c.reason); v.Explicit != explicit {
		t.Errorf("Explicit = %t with reason %s", v.Explicit, v.Reason)
	}
	if c.cause.Element != "" {
		checkCause(t, v.Trace, c.causeOf, c.cause)
	}
	if c.note != "" {
		if got := stepOf(t, v.Trace, c.causeOf).Cause; got.Element != "Condition" || got.Note != c.note {
			t.Errorf("cause %+v; want a condition with note %q", got, c.note)
		}
	}
}

var explicitReasons = []Reason{ReasonResourceDeny, ReasonIdentityDeny, ReasonBoundaryDeny, ReasonSessionDeny, ReasonSCPDeny, ReasonRCPDeny}

func stepOf(t *testing.T, trace []Step, statement string) Step {
	t.Helper()
	i := slices.IndexFunc(trace, func(s Step) bool { return s.Statement == statement })
	if i < 0 {
		t.Fatalf("no step for statement %q\n%s", statement, showTrace(t, trace))
	}
	return trace[i]
}

func checkCause(t *testing.T, trace []Step, statement string, want Cause) {
	t.Helper()
	got := stepOf(t, trace, statement).Cause
	same := got.Element == want.Element && got.Operator == want.Operator && got.Key == want.Key && got.Note == want.Note &&
		(want.Policy == nil || slices.Equal(got.Policy, want.Policy)) && (want.Request == nil || slices.Equal(got.Request, want.Request))
	if !same {
		t.Errorf("cause of %q\ngot  %+v\nwant %+v", statement, got, want)
	}
}

func showTrace(tb testing.TB, trace []Step) string {
	tb.Helper()
	text, err := json.MarshalIndent(trace, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func mustParse(tb testing.TB, text string) *Document {
	tb.Helper()
	doc, err := Parse(text)
	if err != nil {
		tb.Fatalf("%v in\n%s", err, text)
	}
	return doc
}

// file reads a policy of testdata.
func file(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// edited is a file of testdata with every old replaced.
func edited(tb testing.TB, name, old, new string) string {
	tb.Helper()
	text := file(tb, name)
	if !strings.Contains(text, old) {
		tb.Fatalf("%s has no %q", name, old)
	}
	return strings.ReplaceAll(text, old, new)
}

// changed is a file of testdata after a change to its statements by Sid; a
// statement that change returns nil for is left out.
func changed(tb testing.TB, name, sid string, change func(map[string]any) map[string]any) string {
	tb.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(file(tb, name)), &doc); err != nil {
		tb.Fatal(err)
	}
	var kept []any
	found := false
	for _, item := range doc["Statement"].([]any) {
		s := item.(map[string]any)
		if s["Sid"] == sid {
			found, s = true, change(s)
		}
		if s != nil {
			kept = append(kept, s)
		}
	}
	if !found {
		tb.Fatalf("%s has no statement %q", name, sid)
	}
	doc["Statement"] = kept
	text, err := json.Marshal(doc)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func without(tb testing.TB, name, sid string) string {
	tb.Helper()
	return changed(tb, name, sid, func(map[string]any) map[string]any { return nil })
}

// with is a file of testdata plus one statement at the end.
func with(tb testing.TB, name, statement string) string {
	tb.Helper()
	text := strings.TrimRight(file(tb, name), " \n")
	text, ok := strings.CutSuffix(text, "]\n}")
	if !ok {
		tb.Fatalf("%s does not end as expected", name)
	}
	return text + "," + statement + "]}"
}

// document joins statements into a policy of the current version.
func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}
