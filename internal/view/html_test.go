package view

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
	"rehome/internal/plan"
)

// aReport holds everything that a page can show.
func aReport() *app.Report {
	p := aPlan()
	p.Steps = append(p.Steps, plan.Step{ID: "key-deleted", Kind: "key-deleted", Account: account, Region: "ap-south-1", Phase: plan.Prepare, Title: "schedule the deletion of the old key", Reason: "nothing uses it",
		Effect: "it is gone in 30 days", Done: "DescribeKey says PendingDeletion", Undo: "CancelKeyDeletion until then", Risk: plan.ByHand, Cost: "USD 1 a month less", Words: "Customer managed keys, Schedule key deletion",
		ByHand: &plan.Hand{Account: account, Region: "ap-south-1", Why: "rehome deletes no key", Do: []string{"open the key in the console", "aws kms schedule-key-deletion --key-id mrk-1"}, Verified: "its state is PendingDeletion"}})
	run := aStatus()
	run.Steps = append(run.Steps, app.StepResult{ID: "key-deleted", Status: "failed", Detail: "nobody did it"})
	for i := range p.Steps { // results belong to the plan's steps
		run.Steps[i].ID = p.Steps[i].ID
	}
	run.Records = append(run.Records, engine.Record{N: 5, Time: noon.Add(4 * time.Second), Type: engine.TypeHand, Step: "key-deleted", Detail: "Ana"})
	run.Records[0].Binding = &engine.Binding{Run: "r-1", Callers: []string{"arn:aws:iam::111122223333:user/ana"}}
	call := run.Records[2].Call
	return &app.Report{Format: app.ReportFormat, Made: noon, Version: "0.1.0", Quick: "acme", From: "ap-south-1", To: "us-east-1", Plan: p, Run: run, Rehearsal: aRehearsal(app.Ready),
		Journal: app.Journal{Records: 4, Head: fingerprint, Calls: 3, Changing: []app.Made{{N: 3, Time: noon, Step: "delete-quick", Call: *call}, {N: 4, Time: noon, Step: "delete-quick", Call: engine.Call{Service: "kms", Operation: "PutKeyPolicy", Account: string(account), Region: "us-east-1", RequestID: "req-2"}}},
			Refused: []app.Made{{N: 5, Time: noon, Step: "look", Call: engine.Call{Service: "quicksight", Operation: "DescribeAccountSubscription", Region: "us-east-1", RequestID: "req-3", Error: "ResourceNotFoundException"}}},
			Looked:  []app.Tally{{Service: "sts", Operation: "GetCallerIdentity", Region: "us-east-1", Count: 1}, {Step: "look", Service: "kms", Operation: "DescribeKey", Region: "ap-south-1", Count: 2}, {Step: "look", Service: "kms", Operation: "GetKeyPolicy", Region: "us-east-1", Count: 3}}},
		Unseen: aSurvey().Looks[:1], Before: aScene(), After: app.Scene{Basis: app.Unknown, Why: "nobody has looked since"}}
}

// aScene has parts that are there, not there and unknown, and words that are too long.
func aScene() app.Scene {
	return app.Scene{Basis: app.Surveyed, Taken: noon, Places: []app.Place{
		{Region: "ap-south-1", Roles: []string{"home of Identity Center"}, IdentityCenter: app.Part{Sight: app.There, Title: "Identity Center, primary", Lines: []string{"ACTIVE", "5 users, 3 groups"}},
			Key:   app.Part{Sight: app.There, Title: "Key, multi-Region primary", Lines: []string{"mrk-1234...cdef, Enabled"}, Verdict: "pass", Judged: "its own policy admits every documented caller"},
			Quick: app.Part{Sight: app.There, Title: "Quick " + strings.Repeat("verylong", 8), Lines: []string{"ENTERPRISE, ACCOUNT_CREATED"}, Verdict: "fail", Judged: "Quick's identity Region is ap-south-1; Desktop needs us-east-1"}},
		{Region: "us-east-1", Roles: []string{"target", "serves Quick on Desktop"}, IdentityCenter: app.Part{Sight: app.There, Title: "Identity Center, additional Region", Lines: []string{"Replicating (ADDING)"}},
			Key:   app.Part{Title: "Encryption key", Lines: []string{"not looked at: AccessDenied"}, Verdict: "unknown", Judged: "the key policy could not be read"},
			Quick: app.Part{Sight: app.None, Title: "Quick", Lines: []string{"not the account's identity Region"}}}},
		Links: []app.Link{{What: app.People, From: "ap-south-1", To: "us-east-1"}, {What: app.Material, From: "ap-south-1", To: "us-east-1", Sight: app.There}, {What: app.People, From: "ap-south-1", To: "nowhere-1"}}}
}

func rendered(t *testing.T, r *app.Report) string {
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// variants are reports at different times of a move.
func variants() map[string]*app.Report {
	planned, blocked, done, empty := aReport(), aReport(), aReport(), aReport()
	planned.Run = &app.Status{Plan: fingerprint, Target: estate.TargetAWS}
	planned.Journal, planned.Rehearsal, planned.Left, planned.Unseen = app.Journal{}, nil, someFindings()[3:], nil
	planned.Plan.Applyable = true
	planned.After = aScene()
	planned.After.Basis = app.Planned
	blocked.Run, blocked.Plan.Applyable, blocked.Before, blocked.From, blocked.Quick = &app.Status{}, false, app.Scene{Basis: app.Unknown, Why: "it is not kept"}, "", ""
	done.Run.Finished, done.Run.Torn, done.Left, done.Plan.Target = true, 0, []diag.Finding{}, estate.TargetAWS
	done.After = aScene()
	empty.Plan, empty.Run.Steps, empty.Run.Finished, empty.From = &plan.Plan{Format: plan.Format, Fingerprint: fingerprint, Target: estate.TargetAWS, Applyable: true}, nil, true, "us-east-1"
	return map[string]*app.Report{"html": aReport(), "html-planned": planned, "html-blocked": blocked, "html-done": done, "html-empty": empty}
}

func TestPages(t *testing.T) {
	for name, r := range variants() {
		t.Run(name, func(t *testing.T) {
			got := rendered(t, r)
			shown := got
			if name != "html" { // one golden of the style is enough
				shown = regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(got, "<style/>")
			}
			goldentest.Compare(t, name+".html", shown)
			wellFormed(t, got)
			fromElsewhere(t, got)
		})
	}
}

// TestHostileNames: whatever AWS or a person has called a thing, it stays text.
func TestHostileNames(t *testing.T) {
	const evil = `</text></svg></style><script>alert(1)</script><img src=x onerror=alert(1)>"'{{.}}&`
	r := aReport()
	r.Quick, r.From = evil, estate.Region(evil)
	r.Run.Callers, r.Plan.Attested = []string{evil}, []string{evil}
	r.Run.Consents[0].RiskName, r.Run.Consents[0].OSUser = evil, evil
	r.Plan.Steps[0].Title, r.Plan.Steps[0].ID, r.Plan.Steps[0].Cost = evil, evil, evil
	r.Plan.Steps[3].ByHand.Do = []string{evil}
	r.Plan.Findings[0].Title, r.Plan.Findings[0].Fix = evil, evil
	r.Before.Places[0].Quick.Title, r.Before.Places[0].Quick.Judged, r.Before.Places[0].Region = evil, evil, estate.Region(evil)
	r.Before.Links[0].From = estate.Region(evil)
	r.After.Why = evil
	r.Journal.Changing[0].RequestID = evil
	r.Run.Steps[2].Output = map[string]string{evil: evil}
	got := rendered(t, r)
	for _, bad := range []string{"<script", "<img", "onerror=alert(1)>\"", "</style><"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if strings.Count(got, "&lt;script&gt;") < 15 {
		t.Errorf("the names are missing: %d", strings.Count(got, "&lt;script&gt;"))
	}
	wellFormed(t, got)
}

// fromElsewhere looks for anything that a browser would load, run or follow outside the file.
func fromElsewhere(t *testing.T, page string) {
	t.Helper()
	for _, pattern := range []string{`(?i)<(script|link|iframe|object|embed|img|image|base|form|video|audio|source|use)\b`, `(?i)\s(src|srcset|action|data|poster|background|formaction|ping)\s*=`,
		`(?i)href\s*=\s*["']?[^"'#]`, `(?i)url\s*\(`, `(?i)@import`, `(?i)\son[a-z]+\s*=`, `(?i)javascript:`, `(?i)http-equiv="refresh"`} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("the page holds %q", found)
		}
	}
	if !strings.Contains(page, `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`) {
		t.Error("the page has no content security policy")
	}
}

// wellFormed reads the page as XML, which is stricter than HTML, and checks what makes it readable to everybody.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	count, ids, refs, above := map[string]int{}, map[string]int{}, []string{}, ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			count[e.Name.Local]++
			if above == "table" && e.Name.Local != "caption" {
				t.Errorf("a table without a caption")
			}
			above = e.Name.Local
			for _, a := range e.Attr {
				switch {
				case a.Name.Local == "id":
					ids[a.Value]++
				case a.Name.Local == "aria-labelledby":
					refs = append(refs, strings.Fields(a.Value)...)
				case a.Name.Local == "href":
					refs = append(refs, strings.TrimPrefix(a.Value, "#"))
				case strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "ZgotmplZ"):
					t.Errorf("%s has %s=%q", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			above = ""
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %s is there %d times", id, n)
		}
	}
	for _, ref := range refs {
		if ids[ref] != 1 {
			t.Errorf("nothing has the id %s", ref)
		}
	}
	if count["h1"] != 1 || count["h2"] != 5 || count["main"] != 1 || count["title"] != 1+count["desc"] || count["tr"] == 0 && count["table"] > 0 {
		t.Errorf("elements: %v", count)
	}
}

// TestMapFits: no box, no text and no lane leaves the canvas, and nothing in a box overlaps.
func TestMapFits(t *testing.T) {
	for _, d := range newDrawings(aScene(), aScene()) {
		bottom := 0
		for _, b := range d.Boxes {
			if b.Y < bottom || b.X < 0 || b.X+b.W > d.Width || b.Y+b.H > d.Height {
				t.Errorf("box %+v in %dx%d after %d", b, d.Width, d.Height, bottom)
			}
			bottom = b.Y + b.H
			y := b.Y
			for _, r := range b.Rows {
				if r.PlateY < y || r.PlateY+r.PlateH > bottom {
					t.Errorf("row %+v overlaps in %s", r, b.Region)
				}
				y = r.PlateY + r.PlateH
				for _, l := range append(append(r.Title, r.Lines...), r.Judged...) {
					if l.Y < r.PlateY || l.Y > y || utf8.RuneCountInString(l.Text) > perLine {
						t.Errorf("text %+v leaves its row", l)
					}
				}
			}
		}
		if len(d.Arrows) != 2 {
			t.Errorf("%d arrows; the one to nowhere must be left out", len(d.Arrows))
		}
	}
}

func TestLabels(t *testing.T) {
	for text, want := range map[string][]string{
		"":                       nil,
		"short":                  {"short"},
		"two words fit not":      {"two words", "fit not"},
		"abcdefghijklmnopqrstuv": {"abcdefghi", "jklmnopqr", "stuv"},
		"a abcdefghijk":          {"a", "abcdefghi", "jk"},
		"äöüäöüäöüäöü":           {"äöüäöüäöü", "äöü"},
	} {
		got, next := labels(5, 7, text, 10)
		if len(got) != len(want) || next != 7+len(want)*lineStep {
			t.Errorf("%q: got %+v, then %d", text, got, next)
			continue
		}
		for i, l := range got {
			if l.Text != want[i] || l.X != 5 || l.Y != 7+i*lineStep {
				t.Errorf("%q: got %+v", text, got)
			}
		}
	}
}

// TestContrast: every text has the contrast that WCAG 2.2 asks of level AA on every ground that it stands on, in both schemes.
func TestContrast(t *testing.T) {
	css, err := htmlFiles.ReadFile("html/style.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(css), -1)
	if len(schemes) != 3 {
		t.Fatalf("%d schemes, want light, dark and print", len(schemes))
	}
	for i, scheme := range schemes {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(scheme[1], -1) {
			colours[m[1]] = m[2]
		}
		for text, grounds := range map[string][]string{"ink": {"paper", "card", "still", "doubt-tint", "pass-tint"}, "soft": {"paper", "card", "still", "doubt-tint"}, "accent": {"paper", "card"},
			"pass": {"pass-tint", "still", "card"}, "fail": {"fail-tint", "still", "card"}, "doubt": {"doubt-tint", "still", "card"}} {
			for _, ground := range grounds {
				if c := contrast(t, colours[text], colours[ground]); c < 4.5 {
					t.Errorf("scheme %d: %s on %s has a contrast of %.2f", i, text, ground, c)
				}
			}
		}
	}
}

// contrast is WCAG's ratio of two colours.
func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	out := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		if c := float64(n) / 255; c <= 0.04045 {
			out += weight * c / 12.92
		} else {
			out += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return out
}

func TestPageIsWrittenWholeOrFails(t *testing.T) {
	full := errors.New("disk full")
	if err := HTML(broken{full}, aReport()); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// TestEvidenceViews renders a set and its verification.
func TestEvidenceViews(t *testing.T) {
	m := &app.Manifest{Format: app.EvidenceFormat, Made: noon, Plan: fingerprint, Seal: fingerprint, Files: []app.ManifestEntry{{Name: "survey.json", What: "the survey", Size: 12, SHA256: fingerprint, Redacted: []app.Redaction{{Place: "/a", Count: 2}, {Place: "/b", Count: 1}}}, {Name: "plan.json", What: "the plan", Size: 7}}}
	good := &app.Verified{Format: app.VerifiedFormat, Dir: "set", Intact: true, Seal: fingerprint, Plan: fingerprint, Files: []app.Inspected{{Name: "plan.json", State: "intact"}}, CrossChecks: []app.CrossCheck{{What: "it holds", Status: diag.Pass}, {What: "nobody can say", Why: "not kept"}}}
	bad := &app.Verified{Format: app.VerifiedFormat, Dir: "set", Files: []app.Inspected{{Name: "plan.json", State: "changed", Why: "its hash differs"}}}
	for name, show := range map[string]func(io.Writer){"evidence": func(w io.Writer) { Evidence(w, m) }, "verified": func(w io.Writer) { Verified(w, good) }, "verified-changed": func(w io.Writer) { Verified(w, bad) }} {
		var b strings.Builder
		show(&b)
		goldentest.Compare(t, "html-"+name+".txt", b.String())
	}
}
