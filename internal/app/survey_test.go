package app

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/step"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
	"rehome/worlds"
)

// surveyOf looks at a world through a twin with the given configuration.
func surveyOf(t *testing.T, name string, options ...func(*kernel.Config)) (*estate.Survey, *World) {
	t.Helper()
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	k, err := twin.New(w.World, kernel.ClockManual, options...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	ses, err := testApp(t).open(t.Context(), w.Wants, endpoint{url: server.URL, keys: w.keys}, "test")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ses.survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, w
}

// TestSurveyFindsTheIdentityRegion: asked first in us-east-1, the survey follows the hint once and believes CapacityRegion.
func TestSurveyFindsTheIdentityRegion(t *testing.T) {
	t.Attr("requirement", "SUB-02")
	t.Attr("requirement", "SUB-03")
	s, w := surveyOf(t, "bom")
	q, _ := s.Estate.Accounts[w.Wants.Quick.Account].Quick.Get()
	if got := q.IdentityRegion.Or(""); got != "ap-south-1" {
		t.Errorf("identity Region %q", got)
	}
	var asked []string
	for _, l := range s.Looks {
		if l.Operation == "ListNamespaces" {
			asked = append(asked, string(l.Region)+" "+l.Error)
		}
	}
	if want := []string{"ap-south-1 ", "us-east-1 AccessDeniedException"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

// TestSurveyFindsTheInstanceElsewhere: an empty list in us-east-1 is not "no Identity Center".
func TestSurveyFindsTheInstanceElsewhere(t *testing.T) {
	t.Attr("requirement", "IDC-13")
	s, _ := surveyOf(t, "not-replicated")
	i, ok := s.Estate.IdentityCenter.Get()
	if !ok || i.PrimaryRegion != "ap-south-1" {
		t.Fatalf("got %+v", s.Estate.IdentityCenter)
	}
	if !slices.ContainsFunc(s.Looks, func(l estate.Look) bool {
		return l.Operation == "ListInstances" && l.Region == "us-east-1" && l.Error == ""
	}) {
		t.Error("us-east-1 was not asked first")
	}
}

// TestSurveyReadsEveryPage: with pages of one item the survey is the same.
func TestSurveyReadsEveryPage(t *testing.T) {
	t.Attr("requirement", "RUN-19")
	whole, _ := surveyOf(t, "bom")
	paged, _ := surveyOf(t, "bom", func(c *kernel.Config) { c.PageSize = 1 })
	if d := cmp.Diff(text(t, whole.Estate), text(t, paged.Estate)); d != "" {
		t.Errorf("(-whole +paged)\n%s", d)
	}
	if len(paged.Looks) <= len(whole.Looks) {
		t.Errorf("%d calls with small pages, %d without", len(paged.Looks), len(whole.Looks))
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := document.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestEveryStepTellsItself: whatever the world, each step of a plan says why, what, where, how it is undone and where that is known
// from; needs come first; a step that needs consent has a name for it.
func TestEveryStepTellsItself(t *testing.T) {
	t.Attr("requirement", "RUN-04")
	t.Attr("requirement", "DOC-07")
	for _, name := range worlds.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planOf(t, name)
			seen := map[string]bool{}
			for _, s := range p.Steps {
				for what, v := range map[string]string{"title": s.Title, "reason": s.Reason, "effect": s.Effect, "done": s.Done, "undo": s.Undo, "risk": string(s.Risk),
					"account": string(s.Account), "region": string(s.Region), "phase": string(s.Phase)} {
					if v == "" {
						t.Errorf("%s has no %s", s.ID, what)
					}
				}
				if len(s.Sources) == 0 || s.Calls == nil || s.Risk.NeedsConsent() != (s.RiskName != "" && slices.Contains(s.Gates, plan.GateConsent) && s.Risk != plan.Changes) {
					t.Errorf("%s lacks sources, calls or the name of its risk: %+v", s.ID, s)
				}
				for _, n := range s.Needs {
					if !seen[n] {
						t.Errorf("%s comes before %s, which it needs", s.ID, n)
					}
				}
				if s.High > 0 && (s.Low > s.Seconds || s.Seconds > s.High || len(s.TimeFrom) == 0) {
					t.Errorf("%s takes %d to %d seconds, %d typically, from %v", s.ID, s.Low, s.High, s.Seconds, s.TimeFrom)
				}
				seen[s.ID] = true
			}
		})
	}
}

func planOf(t *testing.T, name string) *plan.Plan {
	t.Helper()
	s, w := surveyOf(t, name)
	p, err := testApp(t).build(w.Wants, s, estate.DefaultTimes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPlanBeginsWhereTheWorldIs: the Region is active already, so the first step that changes anything repairs the replica's policy,
// right after people agreed that data crosses Regions, and none adds a Region.
func TestPlanBeginsWhereTheWorldIs(t *testing.T) {
	t.Attr("requirement", "PATH-09")
	p := planOf(t, "bom")
	if p.Steps[0].ID != "agree-residency" || len(p.Steps[0].Calls) > 0 || p.Steps[1].ID != "key-policy/us-east-1" {
		t.Errorf("the first steps are %s and %s", p.Steps[0].ID, p.Steps[1].ID)
	}
	for _, s := range p.Steps {
		if strings.Contains(strings.Join(s.Calls, " "), "AddRegion") {
			t.Errorf("%s adds a Region", s.ID)
		}
	}
}

// TestEqualWorldsGiveEqualPlans: nothing of time or chance is in a fingerprint.
func TestEqualWorldsGiveEqualPlans(t *testing.T) {
	if a, b := planOf(t, "bom"), planOf(t, "bom"); a.Fingerprint != b.Fingerprint {
		t.Errorf("%s and %s", a.Fingerprint, b.Fingerprint)
	}
}

// TestOwnStatementsSurvive: a statement that somebody wrote into the replica's policy is there, unchanged, after the move.
func TestOwnStatementsSurvive(t *testing.T) {
	t.Attr("requirement", "KMS-16")
	const mine = `{"Action":["kms:Create*","kms:Describe*","kms:ReplicateKey"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/KeyAdmin"},"Resource":"*","Sid":"MyKeyAdmins"}`
	w, err := LoadWorld("bom")
	if err != nil {
		t.Fatal(err)
	}
	key := w.Estate.Accounts["111122223333"].Keys["mrk-1234567890abcdef1234567890abcdef"]
	kernel.EditAt(key.Copies, "us-east-1", func(c *estate.Known[estate.KeyCopy]) {
		kernel.Edit(c, func(k *estate.KeyCopy) {
			k.Policy = estate.Of(strings.Replace(k.Policy.Or(""), `"Statement": [`, `"Statement": [`+mine+`,`, 1))
		})
	})
	var k *kernel.Kernel
	a := testApp(t)
	a.Hooks.Twin = func(made *kernel.Kernel) { k = made }
	r, err := a.rehearse(t.Context(), w, nil)
	if err != nil || r.Outcome != Ready {
		t.Fatalf("%+v %v", r, err)
	}
	answer := httptest.NewRecorder()
	k.ServeHTTP(answer, httptest.NewRequest("GET", "/_twin/world", nil))
	if after := strings.ReplaceAll(answer.Body.String(), `\"`, `"`); strings.Count(after, mine) != 1 {
		t.Errorf("the statement is gone or changed:\n%s", after)
	}
}

// TestPolicyLag: a key policy that takes its time is waited for, and not for ever.
func TestPolicyLag(t *testing.T) {
	t.Attr("requirement", "KMS-27")
	for _, c := range []struct {
		seconds int
		want    Outcome
	}{{20, Ready}, {1_000_000, Failed}} {
		w, err := LoadWorld("trb-01")
		if err != nil {
			t.Fatal(err)
		}
		w.Times = map[estate.TimeKey]int{estate.TimePolicyVisible: c.seconds}
		r, err := testApp(t).rehearse(t.Context(), w, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Outcome != c.want {
			t.Errorf("with %d seconds of lag: %s (%s), want %s", c.seconds, r.Outcome, r.Why, c.want)
		}
	}
}

// TestKindsAreDistinct: a kind is found by its name.
func TestKindsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range step.Kinds(step.Env{}) {
		if seen[k.Name()] {
			t.Errorf("two kinds are named %s", k.Name())
		}
		seen[k.Name()] = true
		if every, deadline := k.Patience(); every <= 0 || deadline < every {
			t.Errorf("%s looks every %s for %s", k.Name(), every, deadline)
		}
	}
}
