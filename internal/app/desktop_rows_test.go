package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/paths"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/twin/kernel"
)

const registeredClient = "0oa1b2c3d4e5f6a7b8c9"

// overWorld writes a world of a test's own over a built-in one.
func overWorld(t *testing.T, base, rest string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(path, []byte("format: rehome.world/v1\ntitle: of a test\nbase: "+base+"\n"+rest+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// oktaApp lays settings of the application over a built-in world.
func oktaApp(t *testing.T, base, settings string) string {
	t.Helper()
	return overWorld(t, base, "identity_providers: {okta: {apps: {"+registeredClient+": "+settings+"}}}")
}

// withApp is iad where nothing of the Desktop is set up in AWS, and the application is registered by now.
func withApp(t *testing.T) string {
	t.Helper()
	return overWorld(t, "iad-no-desktop", "spec: {sign_in: {vendor: okta, domain: example.okta.com, client_id: "+registeredClient+"}}")
}

// among gives those of some steps that a plan has, in its order; a part after a slash is left out.
func among(p *plan.Plan, kinds ...string) []string {
	var out []string
	for _, s := range p.Steps {
		if slices.Contains(kinds, s.Kind) {
			out = append(out, s.Kind)
		}
	}
	return out
}

// awaits reports whether a step cannot begin before another is done.
func awaits(t *testing.T, p *plan.Plan, later, earlier string) bool {
	t.Helper()
	for _, id := range stepOf(t, p, later).Needs {
		if id == earlier || awaits(t, p, id, earlier) {
			return true
		}
	}
	return false
}

// rehearsed runs a world to its end.
func rehearsed(t *testing.T, world string) *Rehearsal {
	t.Helper()
	r, err := testApp(t).RehearseWorld(t.Context(), RehearseRequest{World: world})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func isReady(t *testing.T, r *Rehearsal) {
	t.Helper()
	if r.Outcome != Ready || r.Proof.Desktop != "pass" || len(open(r.Left)) != 0 {
		t.Errorf("%s: %s, Desktop %s, left %v", r.Outcome, r.Why, r.Proof.Desktop, open(r.Left))
	}
}

// entry is what a plan has entered in the console.
func entry(t *testing.T, p *plan.Plan) (c struct {
	Access estate.ExtensionAccess
	Issuer bool
}) {
	t.Helper()
	if err := json.Unmarshal(stepOf(t, p, "extension-access").Params, &c, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBothPathsNeedTheDesktopsOwnSignIn: an application, the extension access and the extension on either path, a trusted token issuer where
// people come from Identity Center.
func TestBothPathsNeedTheDesktopsOwnSignIn(t *testing.T) {
	beyondShort(t)
	desktop := []string{"token-issuer", "sign-in", "extension-access", "extension", "desktop-sign-in", "distribute-desktop"}
	withoutIssuer := desktop[1:]
	t.Run("doctor names what is missing", func(t *testing.T) {
		t.Attr("requirement", "PATH-05")
		d, err := testApp(t).Doctor(t.Context(), "iad-no-desktop")
		if err != nil {
			t.Fatal(err)
		}
		var roots []string
		for _, f := range d.Findings {
			if f.Blocks() && f.CausedBy == "" {
				roots = append(roots, f.Code)
			}
		}
		if want := []string{"DSK-08", "EXT-01", "TTI-01"}; !slices.Equal(slices.Sorted(slices.Values(roots)), want) {
			t.Errorf("%v", roots)
		}
		if f := finding(t, d.Findings, "DSK-08", ""); !strings.Contains(f.Fix, "rehome idp show --vendor okta") || f.Owner != diag.IdPAdmin {
			t.Errorf("%+v", f)
		}
		own, _, _ := looked(t, withApp(t), spec.Change{})
		if got := among(own, desktop...); !slices.Equal(got, desktop) {
			t.Errorf("path A: %v", got)
		}
		isReady(t, rehearsed(t, withApp(t)))
	})
	t.Run("in this order", func(t *testing.T) {
		t.Attr("requirement", "DSK-01")
		before, _, _ := looked(t, "iad-no-desktop", spec.Change{})
		if before.Applyable || len(before.Steps) != 0 {
			t.Errorf("steps before the application is registered: %v", planned(before))
		}
		a, _, _ := looked(t, withApp(t), spec.Change{})
		for i, id := range desktop[2:] {
			if prior := []string{"token-issuer", "extension-access", "extension", "desktop-sign-in"}[i]; !awaits(t, a, id, prior) {
				t.Errorf("%s does not wait for %s", id, prior)
			}
		}
		if gates := stepOf(t, a, "token-issuer").Gates; !slices.Contains(gates, plan.GateIssuer) {
			t.Errorf("the issuer is made without a look at the provider: %v", gates)
		}
		b, _, _ := looked(t, "fed", spec.Change{})
		if got := among(b, desktop...); !slices.Equal(got, withoutIssuer) {
			t.Errorf("path B: %v", got)
		}
	})
}

// TestTheWebKeepsItsSignIn: the decision says so, and after the set-up the account's method is what it was.
func TestTheWebKeepsItsSignIn(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "PATH-06")
	const entered = `spec: {sign_in: {registered: {name: Amazon Quick Desktop, issuer: "https://example.okta.com/oauth2/default", authorization_endpoint: "https://example.okta.com/oauth2/default/v1/authorize",
  token_endpoint: "https://example.okta.com/oauth2/default/v1/token", jwks_uri: "https://example.okta.com/oauth2/default/v1/keys", client_id: ` + registeredClient + `, extension: true, by: Ana Admin, date: "2026-11-20"}}}`
	for _, world := range []string{"fed", overWorld(t, "fed", entered)} {
		p, seen, s := looked(t, world, spec.Change{})
		r := paths.Choose(check.Input{Spec: s, Survey: seen})
		if r.Desktop == nil || !strings.HasPrefix(r.Desktop.Web, "IAM federation") || !strings.HasPrefix(r.Desktop.Desktop, "OpenID Connect") || r.Desktop.Issuer {
			t.Errorf("%+v", r.Desktop)
		}
		if text := r.Markdown(); !strings.Contains(text, "web: IAM federation (IAM_AND_QUICKSIGHT); setting up Quick on Desktop does not change it") || !strings.Contains(text, "Quick on Desktop: OpenID Connect") {
			t.Errorf("%s", text)
		}
		if (world == "fed") != (len(p.Steps) > 0) {
			t.Errorf("%s: %v", world, planned(p))
		}
	}
	var k *kernel.Kernel
	a := testApp(t)
	a.Hooks.Twin = func(made *kernel.Kernel) { k = made }
	r, err := a.RehearseWorld(t.Context(), RehearseRequest{World: "fed"})
	if err != nil {
		t.Fatal(err)
	}
	isReady(t, r)
	for _, c := range callsOf(t, k) {
		if c.Mutating && c.Service != "quick-console" && c.Service != "desktop" {
			t.Errorf("%s:%s changes something", c.Service, c.Operation)
		}
	}
}

// TestDesktopAloneTakesTheSmallestWay: path B, and nothing of Identity Center or its key is touched.
func TestDesktopAloneTakesTheSmallestWay(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "PATH-10")
	for name, world := range map[string]string{"an account on federation": overWorld(t, "fed", "spec: {path: ~, want: [desktop]}"), "no account": overWorld(t, "tyo", "spec: {want: [desktop], quick: {notification_email: ana@example.com}}")} {
		p, seen, s := looked(t, world, spec.Change{})
		if r := paths.Choose(check.Input{Spec: s, Survey: seen}); r.Recommended != spec.PathFederation || r.Chosen != spec.PathFederation || r.ByHand || !strings.Contains(fmt.Sprint(r.Reasons), "PATH-10") {
			t.Errorf("%s: recommended %s, chosen %s, %v", name, r.Recommended, r.Chosen, r.Reasons)
		}
		if !p.Applyable || len(p.Steps) == 0 {
			t.Errorf("%s: %v", name, p.Blockers())
		}
		for _, st := range p.Steps {
			for _, c := range st.Calls {
				if service, _, _ := strings.Cut(c, ":"); service != "quicksight" {
					t.Errorf("%s: %s calls %s", name, st.ID, c)
				}
			}
		}
		isReady(t, rehearsed(t, world))
	}
	// The same estate with the web and one identity for both asks for Identity Center.
	_, seen, s := looked(t, "tyo", spec.Change{})
	if r := paths.Choose(check.Input{Spec: s, Survey: seen}); r.Recommended != spec.PathIdentityCenter {
		t.Errorf("recommended %s", r.Recommended)
	}
}

// TestFederationNeedsAClientWithRefreshTokens.
func TestFederationNeedsAClientWithRefreshTokens(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "PATH-14")
	for world, lacks := range map[string]string{"fed-no-refresh-grant": "DSK-11", oktaApp(t, "fed", "{type: web, auth_method: client_secret_basic}"): "DSK-02", oktaApp(t, "fed", `{redirect_uris: ["http://127.0.0.1:18080"]}`): "DSK-04"} {
		d, err := testApp(t).Doctor(t.Context(), world)
		if err != nil {
			t.Fatal(err)
		}
		if f := finding(t, d.Findings, "PATH-14", "path/federation"); f.Status != diag.Fail || !f.Blocks() || !strings.Contains(f.Title, "not feasible") || strings.Count(f.Title, "DSK-") != 1 || !strings.Contains(f.Title, lacks) {
			t.Errorf("%s: %+v", lacks, f)
		}
		_, seen, s := looked(t, world, spec.Change{})
		for _, c := range paths.Choose(check.Input{Spec: s, Survey: seen}).Candidates {
			if c.Letter == paths.B && (c.Feasible != paths.Infeasible || !strings.Contains(strings.Join(c.Why, "\n"), lacks)) {
				t.Errorf("%s: candidate B is %s: %v", lacks, c.Feasible, c.Why)
			}
		}
	}
	d, err := testApp(t).Doctor(t.Context(), "fed")
	if err != nil {
		t.Fatal(err)
	}
	if f := finding(t, d.Findings, "PATH-14", "path/federation"); f.Status != diag.Pass {
		t.Errorf("with all it needs: %+v", f)
	}
}

// TestANewAccountOnFederation is made where the Desktop works, and its entry names no issuer.
func TestANewAccountOnFederation(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "SUB-22")
	for name, world := range map[string]string{
		"beside an Identity Center": overWorld(t, "trb-01", "spec: {quick: {notification_email: ana@example.com}}"),
		"without one":               overWorld(t, "fed", "spec: {quick: {notification_email: ana@example.com, edition: ENTERPRISE}}\nestate: {accounts: {\"111122223333\": {quick: ~}}}"),
	} {
		t.Run(name, func(t *testing.T) {
			p, seen, s := looked(t, world, spec.Change{Path: spec.PathFederation})
			var want struct {
				Method   string `json:"authentication_method"`
				Edition  string `json:"edition"`
				Instance string `json:"instance"`
			}
			create := stepOf(t, p, "create-quick")
			if err := json.Unmarshal(create.Params, &want); err != nil {
				t.Fatal(err)
			}
			if create.Region != "us-east-1" || !slices.Equal(create.Calls, []string{"quicksight:CreateAccountSubscription"}) || want.Method != "IAM_AND_QUICKSIGHT" || want.Edition != "ENTERPRISE" || want.Instance != "" {
				t.Errorf("%s at %s: %+v", create.Calls, create.Region, want)
			}
			c := entry(t, p)
			if c.Issuer || c.Access.TrustedTokenIssuer != "" || c.Access.Audience != "" || c.Access.Values != s.SignIn.Values() || len(among(p, "token-issuer", "delete-quick")) != 0 {
				t.Errorf("%+v in %v", c, planned(p))
			}
			w := ofSurvey("own", seen)
			loaded, err := LoadWorld(world)
			if err != nil {
				t.Fatal(err)
			}
			w.Wants, w.IdentityProviders = s, loaded.IdentityProviders
			r, err := testApp(t).rehearse(t.Context(), w, nil)
			if err != nil {
				t.Fatal(err)
			}
			isReady(t, r)
		})
	}
}

// TestFiveValues are printed, no more and no less.
func TestFiveValues(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "DSK-08")
	g, err := testApp(t).Guide(spec.SignIn{Vendor: estate.VendorOkta, Domain: "example.okta.com", ClientID: registeredClient})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Values map[string]string `json:"values"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"issuer": "https://example.okta.com/oauth2/default", "authorization_endpoint": "https://example.okta.com/oauth2/default/v1/authorize",
		"token_endpoint": "https://example.okta.com/oauth2/default/v1/token", "jwks_uri": "https://example.okta.com/oauth2/default/v1/keys", "client_id": registeredClient}
	if fmt.Sprint(got.Values) != fmt.Sprint(want) {
		t.Errorf("%v", got.Values)
	}
	var labels []string
	for _, f := range estate.SignInFields {
		labels = append(labels, f.Label)
	}
	if want := []string{"Issuer URL", "Authorization Endpoint", "Token Endpoint", "JWKS URI", "Client ID"}; !slices.Equal(labels, want) {
		t.Errorf("%v", labels)
	}
}

// TestAWrongEntryIsMadeAnewAfterAFailedProof: the plan deletes it, and the new one holds what the provider has now.
func TestAWrongEntryIsMadeAnewAfterAFailedProof(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "DSK-18")
	proof, err := testApp(t).Prove(t.Context(), "desktop", "iad-other-client")
	if err != nil || proof.Outcome != "fail" || !strings.Contains(proof.Rows[0].Seen, "refused by Quick: Token validation failure") {
		t.Fatalf("%+v, %v", proof, err)
	}
	p, _, _ := looked(t, "iad-other-client", spec.Change{})
	says(t, finding(t, p.Findings, "EXT-09", "extension-access/"), "Client ID", registeredClient, "0oaoldoldoldoldoldol")
	if got := among(p, "delete-extension-access", "extension-access"); !slices.Equal(got, []string{"delete-extension-access", "extension-access"}) || !awaits(t, p, "extension-access", "delete-extension-access") {
		t.Errorf("%v", got)
	}
	if c := entry(t, p); c.Access.Values.ClientID != registeredClient || c.Access.Audience != registeredClient {
		t.Errorf("%+v", c)
	}
	isReady(t, rehearsed(t, "iad-other-client"))
}

// TestTheOddOneOfThree: provider, trusted token issuer and entry are held against each other.
func TestTheOddOneOfThree(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "DSK-22")
	const right, other = "https://example.okta.com/oauth2/default", "https://other.okta.com/oauth2/default"
	for name, c := range map[string]struct {
		world, live, entered, trusted, odd string
	}{
		"the issuer":   {"iad-issuer-slash", right, right, right + "/", "the trusted token issuer is the odd one out"},
		"the entry":    {overWorld(t, "iad", `spec: {sign_in: {registered: {issuer: "`+other+`"}}}`), right, other, right, "the extension access is the odd one out"},
		"the provider": {overWorld(t, "iad", "spec: {sign_in: {domain: other.okta.com}}\nidentity_providers: {okta: {domain: other.okta.com}}"), other, right, right, "the identity provider is the odd one out"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := testApp(t).Doctor(t.Context(), c.world)
			if err != nil {
				t.Fatal(err)
			}
			says(t, finding(t, d.Findings, "EXT-09", "extension-access/"), fmt.Sprintf("identity provider %q, extension access %q, trusted token issuer %q; %s", c.live, c.entered, c.trusted, c.odd))
		})
	}
	d, err := testApp(t).Doctor(t.Context(), "iad")
	if err != nil {
		t.Fatal(err)
	}
	if f := finding(t, d.Findings, "EXT-09", ""); f.Status != diag.Pass {
		t.Errorf("all three equal: %+v", f)
	}
}

// says holds a finding's words: its title, cause and fix, and what was seen.
func says(t *testing.T, f diag.Finding, words ...string) {
	t.Helper()
	text := fmt.Sprint(f.Title, "\n", f.Cause, "\n", f.Fix, "\n", f.Evidence)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q: %s", f.Key(), w, text)
		}
	}
	if f.Status != diag.Fail || !f.Blocks() {
		t.Errorf("%s does not block: %+v", f.Key(), f)
	}
}
