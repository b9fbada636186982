package app

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rehome/internal/check"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// looked surveys a world and plans from it, with the spec changed.
func looked(t *testing.T, name string, change spec.Change) (*plan.Plan, *estate.Survey, *spec.Spec) {
	t.Helper()
	seen, w := surveyOf(t, name)
	s, err := w.Wants.With(change)
	if err != nil {
		t.Fatal(err)
	}
	p, err := testApp(t).build(s, seen, estate.DefaultTimes().With(w.Times))
	if err != nil {
		t.Fatal(err)
	}
	return p, seen, s
}

// onTwinOf opens a session to a twin of a world.
func onTwinOf(t *testing.T, name string) *session {
	t.Helper()
	w, err := LoadWorld(name)
	if err != nil {
		t.Fatal(err)
	}
	k, err := twin.New(w.World, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	ses, err := testApp(t).open(t.Context(), w.Wants, endpoint{url: server.URL, keys: w.keys}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return ses
}

func finding(t *testing.T, fs []diag.Finding, code, subject string) diag.Finding {
	t.Helper()
	i := slices.IndexFunc(fs, func(f diag.Finding) bool { return f.Code == code && strings.HasPrefix(f.Subject, subject) })
	if i < 0 {
		t.Fatalf("no finding %s %s", code, subject)
	}
	return fs[i]
}

func planned(p *plan.Plan) []string {
	var ids []string
	for _, s := range p.Steps {
		ids = append(ids, s.ID)
	}
	return ids
}

func stepOf(t *testing.T, p *plan.Plan, id string) plan.Step {
	t.Helper()
	s, ok := p.Step(id)
	if !ok {
		t.Fatalf("no step %s in %v", id, planned(p))
	}
	return s
}

const theKey = "key/us-east-1/mrk-1234567890abcdef1234567890abcdef"

// TestTheWholeWayInOrder: from one Region and AWS's own key, and from a single-Region key, which is replaced and never converted.
func TestTheWholeWayInOrder(t *testing.T) {
	t.Attr("requirement", "IDC-06")
	t.Attr("requirement", "KMS-01")
	t.Attr("requirement", "KMS-02")
	for _, name := range []string{"bom-single", "single-region-key"} {
		p, _, _ := looked(t, name, spec.Change{})
		want := []string{"create-key", "encrypt-instance", "instance-encrypted", "replica/us-east-1", "verify-key-policies", "add-region/us-east-1", "region-active/us-east-1"}
		got := slices.DeleteFunc(planned(p), func(id string) bool { return !slices.Contains(want, id) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
		for _, s := range p.Steps {
			if slices.Contains(s.Calls, "kms:UpdatePrimaryRegion") || s.Kind == "key-policy" {
				t.Errorf("%s: step %s works on the old key", name, s.ID)
			}
		}
	}
	p, _, _ := looked(t, "single-region-key", spec.Change{})
	if f := finding(t, p.Findings, "KMS-01", "identity-center"); f.Status != diag.Fail || !f.Blocks() || f.RepairedBy != "create-key" {
		t.Errorf("KMS-01: %+v", f)
	}
	// The twin refuses the Region before the key is there.
	ses := onTwinOf(t, "bom-single")
	err := ses.cloud.IdentityCenter("111122223333", "ap-south-1").AddRegion(t.Context(), "arn:aws:sso:::instance/ssoins-1234567890abcdef", "us-east-1")
	if cloud.KindOf(err) != cloud.Invalid {
		t.Errorf("AddRegion without a key: %v", err)
	}
}

// TestAnInstancesOwnKeyIsTakenAsItIs.
func TestAnInstancesOwnKeyIsTakenAsItIs(t *testing.T) {
	t.Attr("requirement", "IDC-34")
	p, _, _ := looked(t, "own-key", spec.Change{})
	for _, s := range p.Steps {
		if slices.Contains([]string{"create-key", "encrypt-instance", "replica"}, s.Kind) {
			t.Errorf("step %s", s.ID)
		}
	}
	stepOf(t, p, "add-region/us-east-1")
}

// TestBothKindsOfInstanceAreTold apart, with owner and Region; one of an account cannot be given another Region, here or at AWS.
func TestBothKindsOfInstanceAreTold(t *testing.T) {
	t.Attr("requirement", "IDC-01")
	_, seen, _ := looked(t, "account-instance", spec.Change{})
	inst, ok := seen.Estate.IdentityCenter.Get()
	own, has := seen.Estate.Accounts["444455556666"].AccountInstance.Get()
	if !ok || inst.Owner != "111122223333" || inst.PrimaryRegion != "ap-south-1" || !has || own.Owner != "444455556666" || own.PrimaryRegion != "us-east-1" {
		t.Errorf("organization %+v, account %+v", inst, own)
	}
	if !seen.Estate.Accounts["222233334444"].AccountInstance.IsAbsent() {
		t.Error("an account without an instance of its own has one")
	}
	t.Run("and an account instance alone leads nowhere", func(t *testing.T) {
		t.Attr("requirement", "IDC-03")
		p, _, _ := looked(t, "account-instance-only", spec.Change{})
		if f := finding(t, p.Findings, "IDC-03", "identity-center"); p.Applyable || f.Status != diag.Fail || !f.Blocks() {
			t.Errorf("applyable %t, %+v", p.Applyable, f)
		}
		ses := onTwinOf(t, "account-instance")
		if err := ses.cloud.IdentityCenter("444455556666", "us-east-1").AddRegion(t.Context(), own.ARN, "eu-west-1"); err == nil || cloud.KindOf(err) != cloud.Invalid && cloud.KindOf(err) != cloud.AccessDenied {
			t.Errorf("AddRegion on an account instance: %v", err)
		}
	})
}

// TestThePrimaryRegionStays: no call takes it away, and no plan tries.
func TestThePrimaryRegionStays(t *testing.T) {
	t.Attr("requirement", "IDC-02")
	ses := onTwinOf(t, "bom")
	arn := estate.InstanceARN("arn:aws:sso:::instance/ssoins-1234567890abcdef")
	home := ses.cloud.IdentityCenter("111122223333", "ap-south-1")
	if err := home.RemoveRegion(t.Context(), arn, "ap-south-1"); cloud.KindOf(err) != cloud.Invalid {
		t.Errorf("RemoveRegion of the primary: %v", err)
	}
	for name, kind := range twin.Services()[slices.IndexFunc(twin.Services(), func(s kernel.Service) bool { return s.ID == "sso-admin" })].Handlers {
		if strings.Contains(name, "PrimaryRegion") {
			t.Errorf("%s is handled: %v", name, kind)
		}
	}
	e, err := testApp(t).Explain(t.Context(), "how can the primary Region of IAM Identity Center be changed to us-east-1?", "")
	if err != nil || !slices.ContainsFunc(e.Matches, func(m Explained) bool { return m.ID == "IDC-02" }) {
		t.Errorf("not explained: %+v, %v", e, err)
	}
	for _, world := range []string{"bom-single", "bom", "tyo", "withdraw"} {
		p, _, _ := looked(t, world, spec.Change{})
		for _, s := range p.Steps {
			for _, c := range s.Calls {
				if strings.Contains(c, "PrimaryRegion") {
					t.Errorf("%s: step %s calls %s", world, s.ID, c)
				}
			}
		}
	}
}

func TestOptInRegionsAreRefused(t *testing.T) {
	t.Attr("requirement", "IDC-05")
	p, _, _ := looked(t, "bom-single", spec.Change{TargetRegion: "af-south-1"})
	if f := finding(t, p.Findings, "IDC-05", ""); p.Applyable || f.Status != diag.Fail || f.RepairedBy != "" {
		t.Errorf("af-south-1: applyable %t, %+v", p.Applyable, f)
	}
	if p, _, _ := looked(t, "bom-single", spec.Change{}); !p.Applyable {
		t.Errorf("us-east-1: %v", p.Blockers())
	}
	ses := onTwinOf(t, "key-without-copy")
	err := ses.cloud.IdentityCenter("111122223333", "ap-south-1").AddRegion(t.Context(), "arn:aws:sso:::instance/ssoins-1234567890abcdef", "af-south-1")
	if cloud.KindOf(err) != cloud.Invalid {
		t.Errorf("AddRegion of an opt-in Region: %v", err)
	}
}

// TestApplicationsAreManagedWhereTheyWereMade: the survey shows where that is, and the twin holds it.
func TestApplicationsAreManagedWhereTheyWereMade(t *testing.T) {
	t.Attr("requirement", "IDC-19")
	seen, _ := surveyOf(t, "iad")
	inst, _ := seen.Estate.IdentityCenter.Get()
	const quick = "arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-0a1b2c3d4e5f6071"
	if got := inst.Applications.Or(nil)[quick].CreatedFrom; got != "us-east-1" {
		t.Errorf("created from %q", got)
	}
	fs := check.Run(check.Input{Spec: mustSpec(t, "iad"), Survey: seen})
	if f := finding(t, fs, "IDC-19", "application/"+quick); !strings.Contains(f.Title, "us-east-1") {
		t.Errorf("%+v", f)
	}
	assign := func(region string) string {
		return person(t, "iad", region, "sso-admin", "CreateApplicationAssignment", fmt.Sprintf(`{"ApplicationArn":%q,"PrincipalId":"55555555-5555-4555-8555-555555555555","PrincipalType":"USER"}`, quick))
	}
	if got := assign("us-east-1"); got != "" {
		t.Errorf("where it was made: %s", got)
	}
	if got := assign("ap-south-1"); !strings.Contains(got, "AccessDenied") {
		t.Errorf("elsewhere: %q", got)
	}
}

func mustSpec(t *testing.T, world string) *spec.Spec {
	t.Helper()
	w, err := LoadWorld(world)
	if err != nil {
		t.Fatal(err)
	}
	return w.Wants
}

// person makes one call on a twin of a world and gives its error; empty when there is none.
func person(t *testing.T, world, region, service, operation, input string) string {
	t.Helper()
	ses := onTwinOf(t, world)
	m := &move{session: ses}
	err := m.playCall(t.Context(), plan.Hand{Account: "111122223333", Region: estate.Region(region)}, plan.Call{Service: service, Operation: operation, Input: []byte(input)})
	if err == nil {
		return ""
	}
	return err.Error() + fmt.Sprint(diag.From("", err).Why)
}

// TestNothingOfIdentityIsWrittenElsewhere: the twin refuses it outside the primary Region, and no walk of any world sends such a call.
func TestNothingOfIdentityIsWrittenElsewhere(t *testing.T) {
	t.Attr("requirement", "IDC-16")
	for operation, input := range map[string]string{
		"identitystore CreateUser":           `{"IdentityStoreId":"d-1234567890","UserName":"zoe","DisplayName":"Zoe"}`,
		"sso-admin UpdateInstance":           `{"InstanceArn":"arn:aws:sso:::instance/ssoins-1234567890abcdef","Name":"other"}`,
		"sso-admin CreateTrustedTokenIssuer": `{"InstanceArn":"arn:aws:sso:::instance/ssoins-1234567890abcdef","Name":"x","TrustedTokenIssuerType":"OIDC_JWT"}`,
	} {
		service, name, _ := strings.Cut(operation, " ")
		if got := person(t, "bom", "us-east-1", service, name, input); !strings.Contains(got, "AccessDenied") {
			t.Errorf("%s at us-east-1: %q", operation, got)
		}
	}
	for _, world := range []string{"bom-single", "delegated", "tyo", "withdraw"} {
		var twins []*kernel.Kernel
		a := testApp(t)
		a.Hooks.Twin = func(k *kernel.Kernel) { twins = append(twins, k) }
		if _, err := a.RehearseWorld(t.Context(), RehearseRequest{World: world}); err != nil {
			t.Fatal(err)
		}
		home := map[string]string{"tyo": "ap-northeast-1"}[world]
		if home == "" {
			home = "ap-south-1"
		}
		for _, c := range callsOf(t, twins[0]) {
			if c.Mutating && (c.Service == "sso-admin" || c.Service == "identitystore") && c.Region != estate.Region(home) && c.By == "" {
				t.Errorf("%s: %s:%s at %s", world, c.Service, c.Operation, c.Region)
			}
		}
	}
}

// callsOf are the calls that clients made of a twin.
func callsOf(t *testing.T, k *kernel.Kernel) (calls []kernel.CallRecord) {
	t.Helper()
	answer := httptest.NewRecorder()
	k.ServeHTTP(answer, httptest.NewRequest("GET", "/_twin/calls", nil))
	if err := json.Unmarshal(answer.Body.Bytes(), &calls); err != nil || len(calls) == 0 {
		t.Fatalf("%d calls, %v", len(calls), err)
	}
	return calls
}

// TestDriftIsNamedAndMendedPerRegion.
func TestDriftIsNamedAndMendedPerRegion(t *testing.T) {
	t.Attr("requirement", "KMS-06")
	seen, w := surveyOf(t, "member")
	p, err := testApp(t).build(w.Wants, seen, estate.DefaultTimes())
	if err != nil {
		t.Fatal(err)
	}
	f := finding(t, p.Findings, "KMS-06", theKey)
	if f.Status != diag.Fail || !strings.Contains(f.Title, "us-east-1") || !strings.Contains(f.Title, "ap-south-1") || f.RepairedBy != "key-policy/us-east-1" {
		t.Errorf("%+v", f)
	}
	tyo, _, _ := looked(t, "tyo", spec.Change{})
	var regions []string
	for _, s := range tyo.Steps {
		if s.Kind == "key-policy" {
			regions = append(regions, string(s.Region))
			if !slices.Equal(s.Calls, []string{"kms:PutKeyPolicy"}) {
				t.Errorf("%s calls %v", s.ID, s.Calls)
			}
		}
	}
	if !slices.Equal(regions, []string{"ap-northeast-1", "ap-northeast-3"}) {
		t.Errorf("one PutKeyPolicy for each Region with a copy: %v", regions)
	}
}

// TestTheMatrixOfWhoMayUseTheKey is proven offline: all of it in iad, Quick's part not in bom.
func TestTheMatrixOfWhoMayUseTheKey(t *testing.T) {
	t.Attr("requirement", "KMS-07")
	good, err := testApp(t).Prove(t.Context(), "kms", "iad")
	if err != nil || good.Outcome != "pass" {
		t.Fatalf("iad: %+v, %v", good, err)
	}
	seen := map[string]bool{}
	for _, r := range good.Rows {
		seen[string(r.Region)+" "+strings.Fields(r.Subject)[0]] = true
	}
	for _, want := range []string{"ap-south-1 sso.amazonaws.com", "us-east-1 sso.amazonaws.com", "us-east-1 identitystore.amazonaws.com", "us-east-1 quicksight.amazonaws.com"} {
		if !seen[want] {
			t.Errorf("no row for %s", want)
		}
	}
	bad, err := testApp(t).Prove(t.Context(), "kms", "bom")
	if err != nil || bad.Outcome != "fail" {
		t.Fatalf("bom: %v", err)
	}
	for _, r := range bad.Rows {
		if strings.HasPrefix(r.Subject, "quicksight") && (r.Region != "us-east-1" || r.Status != diag.Fail) {
			t.Errorf("%+v", r)
		}
		if r.Region == "ap-south-1" && r.Status != diag.Pass {
			t.Errorf("%+v", r)
		}
	}
}

// TestTheMinimalPolicyIsTooSmallForQuick: doctor says so, and so does AWS when nobody listens.
func TestTheMinimalPolicyIsTooSmallForQuick(t *testing.T) {
	t.Attr("requirement", "KMS-12")
	p, _, _ := looked(t, "tyo", spec.Change{})
	if f := finding(t, p.Findings, "KMS-12", "key/ap-northeast-1"); f.Status != diag.Fail || f.RepairedBy == "" {
		t.Errorf("%+v", f)
	}
	ses := onTwinOf(t, "trb-02")
	err := ses.cloud.Quick("111122223333", "us-east-1").CreateAccountSubscription(t.Context(), cloud.Subscription{Name: "a-new-name", Edition: "ENTERPRISE", Authentication: estate.AuthIdentityCenter,
		Email: "a@example.com", InstanceARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", Groups: map[estate.QuickRole][]string{"ADMIN": {"quick-admins"}}})
	if err == nil || !strings.Contains(err.Error(), "quicksight.amazonaws.com is not authorized to perform: kms:Decrypt") || !strings.Contains(err.Error(), "Identitystoreinternal") {
		t.Errorf("the sign-up under such a policy: %v", err)
	}
}

// TestTheConsolesRegionMovesNothing: asked in another Region, the account stays where it is, and a space fails with the text that blames rights.
func TestTheConsolesRegionMovesNothing(t *testing.T) {
	t.Attr("requirement", "PATH-04")
	ses := onTwinOf(t, "bom")
	if _, err := ses.cloud.Quick("111122223333", "us-east-1").DescribeAccountSubscription(t.Context()); err != nil {
		t.Fatal(err)
	}
	spaces, err := ses.cloud.Quick("111122223333", "ap-south-1").ListNamespaces(t.Context())
	if err != nil || spaces[estate.DefaultNamespace].CapacityRegion != "ap-south-1" {
		t.Errorf("%+v, %v", spaces, err)
	}
	got := person(t, "bom", "us-east-1", "quicksight", "CreateSpace", `{"AwsAccountId":"111122223333","SpaceId":"probe","Name":"Probe"}`)
	if !strings.Contains(got, "Unable to initialize Quick index in this region") {
		t.Errorf("a space at us-east-1: %q", got)
	}
	e, err := testApp(t).Explain(t.Context(), "I switched the Region selector to us-east-1 in Quick and creating a space still fails", "bom")
	if err != nil || !slices.ContainsFunc(e.Matches, func(m Explained) bool { return m.ID == "PATH-04" }) {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestTheMethodIsFixed: from federation to Identity Center leads only a deletion, which cannot be undone.
func TestTheMethodIsFixed(t *testing.T) {
	t.Attr("requirement", "PATH-17")
	p, _, _ := looked(t, "fed-to-identity-center", spec.Change{})
	f := finding(t, p.Findings, "PATH-17", "quick/")
	if f.Status != diag.Fail || !strings.Contains(f.Title, "irreversible") || f.RepairedBy != "create-quick" {
		t.Errorf("%+v", f)
	}
	if d, c := stepOf(t, p, "delete-quick"), stepOf(t, p, "create-quick"); d.Risk != plan.Destroys || c.Risk != plan.Irreversible || d.Region != "us-east-1" || c.Region != "us-east-1" {
		t.Errorf("delete %s at %s, create %s at %s", d.Risk, d.Region, c.Risk, c.Region)
	}
}

// TestThePlanTellsEveryPath with what it signs in, what it touches, what it takes and who has to act.
func TestThePlanTellsEveryPath(t *testing.T) {
	t.Attr("requirement", "PATH-22")
	a := served(t, "bom-single")
	made, err := a.Plan(t.Context(), PlanRequest{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Format string
		Steps  []struct{ ID string }
		Paths  struct {
			Candidates []map[string]any `json:"candidates"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(text, &got, json.MatchCaseInsensitiveNames(true)); err != nil || got.Format != plan.Format || len(got.Steps) != len(made.Steps) {
		t.Fatalf("%v, %s, %d steps", err, got.Format, len(got.Steps))
	}
	if len(got.Paths.Candidates) != 3 {
		t.Fatalf("%d candidates", len(got.Paths.Candidates))
	}
	for _, c := range got.Paths.Candidates {
		actors, _ := c["actors"].([]any)
		_, identity := c["touches_identity_center"].(bool)
		_, key := c["touches_kms"].(bool)
		if c["authenticates"] == "" || !identity || !key || c["effort"] == "" || len(actors) == 0 {
			t.Errorf("%v", c)
		}
	}
}

// TestPrerequisitesAreListed, and what is not met blocks the plan.
func TestPrerequisitesAreListed(t *testing.T) {
	t.Attr("requirement", "PATH-24")
	d, err := testApp(t).Doctor(t.Context(), "rights-missing")
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]int{}
	for _, p := range d.Prerequisites {
		states[p.Status]++
		if p.Status == "not met" && !slices.ContainsFunc(d.Findings, func(f diag.Finding) bool {
			return slices.Contains(p.Findings, f.Code) && f.Blocks() && f.RepairedBy == ""
		}) {
			t.Errorf("%s is not met and nothing blocks the plan", p.Name)
		}
	}
	if len(d.Prerequisites) != 5 || states["met"] == 0 || states["not met"] == 0 || states["not seen"] == 0 {
		t.Errorf("%+v", d.Prerequisites)
	}
}

// TestTheSurveyTellsWhatTheIdentityRegionAnchors.
func TestTheSurveyTellsWhatTheIdentityRegionAnchors(t *testing.T) {
	t.Attr("requirement", "SUB-01")
	seen, w := surveyOf(t, "bom")
	f := finding(t, check.Run(check.Input{Spec: w.Wants, Survey: seen}), "SUB-01", "quick/")
	for _, want := range append([]string{"ap-south-1"}, check.Anchored()...) {
		if !strings.Contains(f.Title, want) {
			t.Errorf("%q is not told: %s", want, f.Title)
		}
	}
}

// TestGroupsOfTheSignUp: a missing one is found before the call, and AWS's answer is what doctor spared.
func TestGroupsOfTheSignUp(t *testing.T) {
	t.Attr("requirement", "SUB-06")
	p, _, _ := looked(t, "no-group", spec.Change{})
	if f := finding(t, p.Findings, "SUB-06", "identity-center/us-east-1"); f.Status != diag.Fail || p.Applyable || !strings.Contains(f.Title, "quick-guests") {
		t.Errorf("applyable %t, %+v", p.Applyable, f)
	}
	ses := onTwinOf(t, "trb-01")
	for name, groups := range map[string]map[estate.QuickRole][]string{"no administrators": {}, "a group that is not there": {"ADMIN": {"quick-guests"}}} {
		err := ses.cloud.Quick("111122223333", "us-east-1").CreateAccountSubscription(t.Context(), cloud.Subscription{Name: "a-new-name", Edition: "ENTERPRISE", Authentication: estate.AuthIdentityCenter,
			Email: "a@example.com", InstanceARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", Groups: groups})
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestTheProEditionAsksForAContact, before anything is planned.
func TestTheProEditionAsksForAContact(t *testing.T) {
	t.Attr("requirement", "SUB-07")
	const head = "format: rehome.spec/v1\nmanagement: {account: \"111122223333\"}\nquick:\n  account: \"111122223333\"\n  account_names: [a]\n  edition: ENTERPRISE_AND_Q\n"
	for contact, valid := range map[string]bool{"": false,
		"  contact: {first_name: Ana, last_name: Admin, email: a@example.com, phone: \"2065550100\"}\n": true,
		"  contact: {first_name: Ana, last_name: Admin, email: a@example.com, phone: \"555\"}\n":        false} {
		_, err := spec.Decode("rehome.yaml", []byte(head+contact))
		if (err == nil) != valid || err != nil && !strings.Contains(err.Error(), "quick.contact") {
			t.Errorf("%q: %v", contact, err)
		}
	}
}

// TestRegionsOnceWithoutSignUp warn, since AWS's newest text does not refuse them any more.
func TestRegionsOnceWithoutSignUp(t *testing.T) {
	t.Attr("requirement", "SUB-08")
	p, _, _ := looked(t, "tyo", spec.Change{TargetRegion: "us-east-2"})
	if f := finding(t, p.Findings, "SUB-08", ""); f.Status != diag.Fail || f.Severity != diag.Warn || f.Blocks() {
		t.Errorf("%+v", f)
	}
	if p, _, _ := looked(t, "tyo", spec.Change{}); slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Code == "SUB-08" && f.Open() }) {
		t.Error("us-east-1 is warned of")
	}
}
