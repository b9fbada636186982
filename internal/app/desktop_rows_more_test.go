package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// farBrowser is somebody who signs in on another computer: reads the printed address, and pastes the one at which the browser ends.
type farBrowser struct {
	ctx   context.Context
	road  http.RoundTripper
	login string
	into  *io.PipeWriter
}

var signInAddress = regexp.MustCompile(`https://\S+code_challenge=\S+`)

func (e *farBrowser) Write(text []byte) (int, error) {
	if at := signInAddress.Find(text); at != nil {
		go e.visit(string(at))
	}
	return len(text), nil
}

func (e *farBrowser) visit(address string) {
	back := newHandover()
	err := (&twinPerson{road: e.road, login: e.login, back: back}).open(e.ctx, address)
	var c identity.Callback
	if err == nil {
		c, err = back.Receive(e.ctx)
	}
	if err != nil {
		e.into.CloseWithError(err)
		return
	}
	_, _ = fmt.Fprintf(e.into, "%s/?%s\n", estate.DesktopRedirect, c.Query.Encode()) // a sign-in that is over reads no more
}

// atProviderOf is an app whose spec is a world's, with the world's provider as a real one and somebody who can sign in there.
func atProviderOf(t *testing.T, world, login string) *App {
	t.Helper()
	w, err := LoadWorld(world)
	if err != nil {
		t.Fatal(err)
	}
	k, err := twin.New(w.World, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	road, err := newTwinRoad(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	t.Cleanup(func() { out.Close() })
	a := testApp(t)
	a.Now = time.Now // by which the provider mints
	a.Hooks.Identity = road
	a.Face = Face{Browser: "print", Paste: out, Out: &farBrowser{t.Context(), road, login, in}}
	if err := a.Init(InitRequest{World: world}); err != nil {
		t.Fatal(err)
	}
	seen, _ := surveyOf(t, world)
	if err := document.Write(a.surveyPath(), seen); err != nil {
		t.Fatal(err)
	}
	return a
}

// signedIn is what `rehome signin` shows at a world's provider.
func signedIn(t *testing.T, world, login string) *SignedIn {
	t.Helper()
	r, err := atProviderOf(t, world, login).SignIn(t.Context(), SignInRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTheProvidersSettings: doctor tells every wrong one that can be told without a sign-in, and none where all is right.
func TestTheProvidersSettings(t *testing.T) {
	beyondShort(t)
	scopes := func(list string) string {
		return overWorld(t, "bom", "identity_providers: {okta: {servers: {default: {scopes: ["+list+"]}}}}")
	}
	for _, c := range []struct {
		row, world, code string
		words            []string
	}{
		{"DSK-04", "okta-redirect-slash", "DSK-04", []string{"http://localhost:18080", "(TRB-14)"}},
		{"DSK-04", "okta-redirect-number", "DSK-04", []string{"http://localhost:18080", "(TRB-14)", "127.0.0.1"}},
		{"DSK-04", oktaApp(t, "iad", `{redirect_uris: ["https://localhost:18080"]}`), "DSK-04", []string{"http://localhost:18080", "(TRB-14)"}},
		{"OKT-01", "okta-web-app", "OKT-03", []string{"not native (OKT-01)", "application of the type native"}},
		{"OKT-02", "okta-no-refresh-grant", "OKT-02", []string{"Refresh Token", "TRB-13, TRB-22)"}},
		{"OKT-02", oktaApp(t, "bom", "{grant_types: [refresh_token]}"), "OKT-02", []string{"Authorization Code"}},
		{"OKT-03", oktaApp(t, "bom", "{auth_method: client_secret_basic}"), "OKT-03", []string{"client authentication None", "proof key (PKCE) required"}},
		{"OKT-05", "okta-no-offline-access", "OKT-05", []string{"offline_access", "(TRB-13)", "Authorization Servers, default, Scopes"}},
		{"OKT-05", scopes("openid, profile, offline_access"), "OKT-05", []string{"email", "Scopes"}},
		{"OKT-05", scopes("openid, email, offline_access"), "OKT-05", []string{"profile", "Scopes"}},
	} {
		t.Run(c.row+" "+c.world[strings.LastIndex(c.world, "/")+1:], func(t *testing.T) {
			t.Attr("requirement", c.row)
			d, err := testApp(t).Doctor(t.Context(), c.world)
			if err != nil {
				t.Fatal(err)
			}
			says(t, finding(t, d.Findings, c.code, "idp/"), c.words...)
			for _, f := range d.Findings {
				if strings.HasPrefix(f.Subject, "idp/") && f.Blocks() && f.CausedBy == "" && f.Code != c.code {
					t.Errorf("also %s: %s", f.Key(), f.Title)
				}
			}
		})
	}
	d, err := testApp(t).Doctor(t.Context(), "iad")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Findings {
		if strings.HasPrefix(f.Subject, "idp/") && f.Open() {
			t.Errorf("where all is right: %s", f.Key())
		}
	}
}

// TestAProofKeyIsDemanded: the provider is tried with what it has to refuse, when somebody asks for that; nothing else finds a native
// application that demands no proof key.
func TestAProofKeyIsDemanded(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "OKT-03")
	for world, status := range map[string]diag.Status{"iad": diag.Pass, oktaApp(t, "iad", "{no_pkce: true}"): diag.Fail} {
		r, err := atProviderOf(t, world, "ana@example.com").SignIn(t.Context(), SignInRequest{Attack: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings() {
			if f.Subject == "idp/proof-key" && f.Status != status || f.Subject == "sign-in/stolen-code" && f.Status != diag.Pass {
				t.Errorf("%s: %s %s", world, f.Status, f.Title)
			}
		}
		if status == diag.Fail {
			if f := finding(t, r.Findings(), "OKT-03", "idp/proof-key"); !strings.Contains(f.Fix, "Require PKCE") {
				t.Errorf("%+v", f)
			}
		}
		if finding(t, r.Findings(), "DSK-03", "sign-in/stolen-code"); r.Outcome != "pass" { // the Desktop sends a key whatever is demanded
			t.Errorf("%s: %s", world, r.Outcome)
		}
	}
}

// TestAnAccessPolicyHasToAdmit: the provider tells it to whoever has signed in, and to nobody else.
func TestAnAccessPolicyHasToAdmit(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "OKT-06")
	policy := func(text string) string {
		return overWorld(t, "bom", "identity_providers: {okta: {servers: {default: {policies: ["+text+"]}}}}")
	}
	const all = "scopes: [openid, email, profile, offline_access]"
	for name, world := range map[string]string{
		"no policy at all":          "okta-no-policy",
		"three of the scopes":       "okta-policy-scopes",
		"another application's":     policy("{clients: [0oazzzzzzzzzzzzzzzzz], rules: [{grants: [authorization_code], " + all + ", groups: [EVERYONE]}]}"),
		"another grant's":           policy("{clients: [ALL_CLIENTS], rules: [{grants: [client_credentials], " + all + ", groups: [EVERYONE]}]}"),
		"a group without this user": policy("{clients: [ALL_CLIENTS], rules: [{grants: [authorization_code], " + all + ", groups: [others]}]}"),
	} {
		t.Run(name, func(t *testing.T) {
			r := signedIn(t, world, "ana@example.com")
			if r.Outcome != "fail" || r.Level != levelNone {
				t.Errorf("%s, %s", r.Outcome, r.Level)
			}
			says(t, finding(t, r.Findings(), "OKT-06", "sign-in/"), "TRB-09", "Access Policies", "openid email profile offline_access")
			if r := rehearsed(t, world); r.Outcome != Blocked || !strings.Contains(r.Why, "Policy evaluation failed") {
				t.Errorf("%s: %s", r.Outcome, r.Why)
			}
		})
	}
}

// TestTheClientMustBePublic: the proof fails and says why, on a twin and towards a real provider.
func TestTheClientMustBePublic(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "DSK-02")
	world := oktaApp(t, "iad", "{type: web, auth_method: client_secret_basic}")
	onTwin, err := testApp(t).Prove(t.Context(), "desktop", world)
	if err != nil {
		t.Fatal(err)
	}
	a := atProviderOf(t, world, "ana@example.com")
	ses := onTwinOf(t, world)
	ses.app, ses.target, ses.desk = a, estate.TargetAWS, &desk{session: ses, records: &records{}}
	rows, err := proveDesktop(t.Context(), ses)
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string][]ProofRow{"on a twin": onTwin.Rows, "at a provider": rows} {
		if !slices.ContainsFunc(rows, func(r ProofRow) bool {
			return r.Status == diag.Fail && strings.Contains(r.Seen, "the client must be public")
		}) {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	if public, err := testApp(t).Prove(t.Context(), "desktop", "iad"); err != nil || public.Outcome != "pass" || onTwin.Outcome != "fail" {
		t.Errorf("public %+v, confidential %s, %v", public, onTwin.Outcome, err)
	}
}

// TestAnAddressIsComparedToTheLetter, and both spellings are told.
func TestAnAddressIsComparedToTheLetter(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "DSK-13")
	for world, subject := range map[string]string{"okta-email-case": "person/identity-center", "fed-email-case": "person/quick"} {
		t.Run(world, func(t *testing.T) {
			r, err := atProviderOf(t, world, "ana@example.com").SignIn(t.Context(), SignInRequest{Reveal: true})
			if err != nil || r.Outcome != "fail" || r.Level != levelNone {
				t.Fatalf("%+v, %v", r, err)
			}
			says(t, finding(t, r.Findings(), "DSK-13", subject), `"Ana@example.com"`, `"ana@example.com"`, "to the letter")
			if r := rehearsed(t, world); r.Outcome != Blocked || !strings.Contains(r.Why, `"Ana@example.com"`) || !strings.Contains(r.Why, `"ana@example.com"`) {
				t.Errorf("%s: %s", r.Outcome, r.Why)
			}
		})
	}
}

// firewall is a network that lets nothing through to a service in a Region.
type firewall struct{ service, region string }

func (n firewall) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.Header.Get("Authorization"), "/"+n.region+"/"+n.service+"/") {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("i/o timeout")}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestTheMachineHasToReachBoth the identity provider and Quick in the Region of the Desktop.
func TestTheMachineHasToReachBoth(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "DSK-23")
	d, err := testApp(t).Doctor(t.Context(), "okta-unreachable")
	if err != nil {
		t.Fatal(err)
	}
	says(t, finding(t, d.Findings, "DSK-23", "idp/reach/example.okta.com"), "there is no host example.okta.com")
	for _, region := range []string{"us-east-1", "eu-west-3"} {
		a := served(t, "bom")
		if err := a.Init(InitRequest{World: "bom", Force: true}); err != nil {
			t.Fatal(err)
		}
		a.Hooks.Transport = firewall{"quicksight", region}
		d, err := a.Doctor(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		blocked := slices.ContainsFunc(d.Findings, func(f diag.Finding) bool { return f.Code == "DSK-23" && f.Open() })
		if blocked != (region == "us-east-1") {
			t.Errorf("with %s blocked: %t", region, blocked)
		}
		if blocked {
			says(t, finding(t, d.Findings, "DSK-23", "reach/quicksight/us-east-1"), "cannot be reached from this machine", "firewall")
		}
	}
}

// TestThisComputer: the port and who has it, and the way to both.
func TestThisComputer(t *testing.T) {
	beyondShort(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	a := atProviderOf(t, "iad", "ana@example.com") // whose hosts are the provider's, and no other
	t.Run("port", func(t *testing.T) {
		t.Attr("requirement", "DSK-06")
		d, err := a.local(t.Context(), port)
		if err != nil {
			t.Fatal(err)
		}
		says(t, finding(t, d.Findings, "DSK-06", fmt.Sprint("port/", port)), "is taken by", "end that program")
		if !d.Failing() {
			t.Error("a port that is taken is fine")
		}
	})
	t.Run("ways", func(t *testing.T) {
		t.Attr("requirement", "DSK-23")
		l.Close()
		d, err := a.local(t.Context(), port)
		if err != nil {
			t.Fatal(err)
		}
		if f := finding(t, d.Findings, "DSK-06", "port/"); f.Status != diag.Pass {
			t.Errorf("%+v", f)
		}
		if f := finding(t, d.Findings, "DSK-23", "local/reach/example.okta.com"); f.Status != diag.Pass {
			t.Errorf("%+v", f)
		}
		says(t, finding(t, d.Findings, "DSK-23", "local/reach/quicksight.us-east-1.amazonaws.com"), "no host quicksight.us-east-1.amazonaws.com")
		served := servedWithDesktop(t, "fed") // what is on a twin stays on the twin
		if d, err = served.local(t.Context(), port); err != nil || d.Failing() || len(d.Findings) != 3 {
			t.Errorf("%v: %+v", err, d)
		}
	})
}

// asked is what the run waits for somebody to do.
func asked(t *testing.T, a *App, step string) {
	t.Helper()
	_, err := a.Apply(t.Context(), ApplyRequest{})
	if err == nil || diag.ExitCode(err) != diag.ExitWaiting || !strings.Contains(fmt.Sprint(diag.From("", err).Fix), "rehome done "+step+" ") {
		t.Fatalf("waiting for %s: %v", step, err)
	}
}

// told is what the report of the run says of a step.
func told(t *testing.T, a *App, id string) StepResult {
	t.Helper()
	s := report(t, a).Run
	return s.Steps[slices.IndexFunc(s.Steps, func(s StepResult) bool { return s.ID == id })]
}

// TestAnAdministratorSignsInFirst: everybody is sent to the application only after one has been in, and who that was and when is kept.
func TestAnAdministratorSignsInFirst(t *testing.T) {
	beyondShort(t)
	a := served(t, "fed")
	if err := a.Init(InitRequest{World: "fed", Force: true}); err != nil {
		t.Fatal(err)
	}
	made, err := a.Plan(t.Context(), PlanRequest{Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	done := func(step, by string) {
		t.Helper()
		if err := a.Done(t.Context(), step, by); err != nil {
			t.Fatal(err)
		}
	}
	asked(t, a, "extension-access")
	text, err := json.Marshal(entry(t, made.Plan).Access)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the provider's side is told apart", func(t *testing.T) {
		t.Attr("requirement", "DSK-25")
		if s := told(t, a, "sign-in"); s.Status != "done" || !strings.Contains(s.Detail, "proven on the identity provider's side") {
			t.Errorf("%+v", s)
		}
		if s := told(t, a, "desktop-sign-in"); s.Status != "pending" {
			t.Errorf("%+v", s)
		}
		if r := signedIn(t, "fed", "ana@example.com"); r.Outcome != "pass" || r.Level != levelProvider || !strings.Contains(r.Level, "that Quick accepts the token is seen only when somebody signs in with Quick on Desktop") {
			t.Errorf("%s, %s: %v", r.Outcome, r.Level, open(r.Findings()))
		}
	})
	deed(t, a, "us-east-1", "quick-console", "CreateExtensionAccess", string(text))
	done("extension-access", "Cleo")
	asked(t, a, "extension")
	deed(t, a, "us-east-1", "quick-console", "CreateExtension", `{"name":"Amazon Quick Desktop"}`)
	done("extension", "Cleo")
	t.Run("before everybody else", func(t *testing.T) {
		t.Attr("requirement", "DSK-17")
		if st := stepOf(t, made.Plan, "desktop-sign-in"); st.ByHand == nil || !strings.Contains(st.ByHand.Do[0], "choose Enterprise login") || !awaits(t, made.Plan, "distribute-desktop", "desktop-sign-in") {
			t.Errorf("%+v", st)
		}
		asked(t, a, "desktop-sign-in")
		if err := a.Done(t.Context(), "distribute-desktop", "somebody hasty"); !codeIs(err, "done/not-yet") {
			t.Errorf("everybody was sent before anybody had been in: %v", err)
		}
		done("desktop-sign-in", "Ana Admin")
		asked(t, a, "distribute-desktop")
		done("distribute-desktop", "Ben")
		if r, err := a.Apply(t.Context(), ApplyRequest{}); err != nil || !r.Finished {
			t.Fatalf("%+v, %v", r, err)
		}
		if s := told(t, a, "desktop-sign-in"); s.Output["by"] != "Ana Admin" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("and the report tells both", func(t *testing.T) {
		t.Attr("requirement", "DSK-25")
		r := report(t, a)
		if s := told(t, a, "desktop-sign-in"); s.Detail != "a sign-in with Quick on Desktop was seen by Ana Admin: Quick accepts the token" {
			t.Errorf("%+v", s)
		}
		said := slices.IndexFunc(r.Run.Records, func(r engine.Record) bool { return r.Type == engine.TypeHand && r.Step == "desktop-sign-in" })
		if said < 0 || r.Run.Records[said].Detail != "Ana Admin" || r.Run.Records[said].Time.Format(time.DateOnly) != "2026-11-22" {
			t.Errorf("%d records, that of the word is %d", len(r.Run.Records), said)
		}
		if s := told(t, a, "sign-in"); !strings.HasPrefix(s.Detail, "a***@example.com signed in on 2026-11-22") {
			t.Errorf("%s", s.Detail)
		}
	})
}
