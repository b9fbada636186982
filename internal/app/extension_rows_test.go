package app

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/step"
)

const (
	createAccess = "CreateExtensionAccess"
	otherClient  = "0oaanewanewanewanewa"
)

// said is a run as a step sees it, by the outputs of other steps.
type said map[string]plan.Output

func (said) ID() string                       { return "test" }
func (s said) Output(step string) plan.Output { return s[step] }
func (said) Said(string) string               { return "" }
func (said) Acted(string) bool                { return false }

// handOf is what the extension access step of a world's plan asks a person to do. With proven, somebody has signed in with the values.
func handOf(t *testing.T, world string, proven bool, r said) (plan.Hand, error) {
	t.Helper()
	ses := onTwinOf(t, world)
	if proven {
		if err := ses.desk.Perform(t.Context(), ses.desk.signInTarget()); err != nil {
			t.Fatal(err)
		}
	}
	st := stepOf(t, planOf(t, world), "extension-access")
	return kindsByName(step.Env{Cloud: ses.cloud, SignIn: ses.desk})[st.Kind].(plan.Hander).Hand(t.Context(), r, st)
}

// wants are the lines of a card, in this order and no other. What proves the values stands between them and is no matter here.
func wants(t *testing.T, got []string, want ...string) {
	t.Helper()
	got = slices.DeleteFunc(slices.Clone(got), func(line string) bool {
		return strings.HasPrefix(line, "proven by ") || strings.Contains(line, ", since ")
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +printed)\n%s", d)
	}
}

const theIssuer = "arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-12345678-1234-4234-8234-123456789012"

// TestTheCard is the whole worksheet of both kinds of account, as it is printed.
func TestTheCard(t *testing.T) {
	beyondShort(t)
	card := func(quick string, issuer ...string) []string {
		out := []string{"sign in to the Quick management console of account 111122223333, Region us-east-1, as an administrator; the account's name in Quick is " + quick, "Permissions, Extension access, Add extension access"}
		return append(append(out, issuer...), "choose the extension: Desktop application for Quick, then Next", "  Name: Amazon Quick Desktop", "  Description: (optional, may stay empty)", "  Issuer URL: "+defaultServer,
			"  Authorization Endpoint: "+defaultServer+"/v1/authorize", "  Token Endpoint: "+defaultServer+"/v1/token", "  JWKS URI: "+defaultServer+"/v1/keys", "  Client ID: "+desktopClient,
			"compare each value with this card, then Add: none can be changed afterwards")
	}
	bom, err := handOf(t, "bom", true, said{"token-issuer": {"arn": theIssuer}, "create-quick": {"name": "example-quick-iad"}})
	if err != nil {
		t.Fatal(err)
	}
	fed, err := handOf(t, "fed", true, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("where", func(t *testing.T) {
		t.Attr("requirement", "EXT-02")
		wants(t, bom.Do[:2], card("example-quick-iad")[:2]...) // the account that the run made
		wants(t, fed.Do[:2], card("example-quick")[:2]...)
	})
	t.Run("the issuer's page", func(t *testing.T) {
		t.Attr("requirement", "EXT-03")
		wants(t, bom.Do, card("example-quick-iad", "page Trusted Token Issuer Setup", "  Trusted Token Issuer ARN: "+theIssuer, "  Aud claim: "+desktopClient)...)
		wants(t, fed.Do, card("example-quick")...)
	})
	t.Run("the type", func(t *testing.T) {
		t.Attr("requirement", "EXT-04")
		for _, h := range []plan.Hand{bom, fed} {
			if !slices.Contains(h.Do, "choose the extension: Desktop application for Quick, then Next") {
				t.Errorf("%q", h.Do)
			}
		}
	})
	t.Run("the fields", func(t *testing.T) {
		t.Attr("requirement", "EXT-05")
		want := []string{"Name", "Description", "Issuer URL", "Authorization Endpoint", "Token Endpoint", "JWKS URI", "Client ID"}
		a := servedWithDesktop(t, "fed")
		g, err := a.Guide(spec.SignIn{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		var printed struct {
			Card []string `json:"extension_access"`
		}
		if err := json.Unmarshal(text, &printed); err != nil {
			t.Fatal(err)
		}
		for name, do := range map[string][]string{"the step": fed.Do, "idp show --json": printed.Card} {
			var got []string
			for _, line := range do {
				if label, _, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(line, "  ") {
					got = append(got, strings.TrimSpace(label))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

// holdsNoValue fails when something printed holds one of the values that end up in the entry and are not proven.
func holdsNoValue(t *testing.T, printed []string, v estate.SignInValues) {
	t.Helper()
	for _, f := range estate.SignInFields {
		if strings.Contains(strings.Join(printed, "\n"), *f.Of(&v)) {
			t.Errorf("%s is printed: %q", f.Label, printed)
		}
	}
}

// TestTheCardIsReleasedOnlyWhenProven: not with one wrong value, not before a sign-in, not when the provider has changed since.
func TestTheCardIsReleasedOnlyWhenProven(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "EXT-06")
	t.Run("nobody has signed in", func(t *testing.T) {
		h, err := handOf(t, "fed", false, nil)
		if !codeIs(err, "step/not-proven") {
			t.Errorf("%v", err)
		}
		holdsNoValue(t, h.Do, mustSpec(t, "fed").SignIn.Values())
	})
	for _, f := range estate.SignInFields[1:4] {
		t.Run("a wrong "+f.Name, func(t *testing.T) {
			w := worldOf(t, "bom")
			wrong := w.Wants.SignIn.Values()
			*f.Of(&wrong) += "s"
			in := w.Wants.SignIn
			in.AuthorizationEndpoint, in.TokenEndpoint, in.JWKSURI = wrong.AuthorizationEndpoint, wrong.TokenEndpoint, wrong.JWKSURI
			p := planFor(t, w)
			holdsNoValue(t, stepOf(t, p, "extension-access").ByHand.Do, wrong)
			named := func(found diag.Finding) bool {
				return found.Code == "DSK-09" && found.Blocks() && strings.HasPrefix(found.Subject, "idp/"+f.Name) && strings.Contains(text(t, found), *f.Of(&wrong))
			}
			if p.Applyable || !slices.ContainsFunc(p.Findings, named) {
				t.Errorf("applyable %t, %v", p.Applyable, open(p.Findings))
			}
			c := &trial{}
			c.walk(t, w, nil)
			if c.Outcome != Blocked || c.count(t, createAccess) > 0 || c.count(t, createIssuer) > 0 {
				t.Errorf("%s: %s", c.Outcome, c.Why)
			}
		})
	}
	t.Run("a wrong key set that no discovery document tells of", func(t *testing.T) {
		w := worldOf(t, "fed")
		p := w.IdentityProviders["okta"]
		p.Broken = []string{"discovery-missing"}
		w.IdentityProviders["okta"] = p
		w.Wants.SignIn.JWKSURI = "https://example.okta.com/oauth2/v1/keys" // the organization's, not the server's
		c := &trial{}
		c.walk(t, w, nil)
		if c.Outcome == Ready || c.count(t, createAccess) > 0 || c.step(t, "extension-access").Status != "pending" {
			t.Errorf("%s: %s", c.Outcome, c.Why)
		}
	})
	for name, broken := range map[string]string{"the provider has another issuer since": "discovery-other-issuer", "the provider's keys are gone since": "keys-empty"} {
		t.Run(name, func(t *testing.T) {
			c := &trial{onDone: func(c *trial, step string) {
				if step == "sign-in" {
					c.turn(t, func(p *estate.IdentityProvider) { p.Broken = []string{broken} })
				}
			}}
			c.walk(t, worldOf(t, "fed"), nil)
			if c.step(t, "sign-in").Status != "done" || c.step(t, "extension-access").Status == "done" || c.Outcome != Blocked || c.count(t, createAccess) > 0 {
				t.Errorf("%s: %s", c.Outcome, c.Why)
			}
		})
	}
}

// TestAWrongEntryIsDeletedAndMadeAnew: the explanation says so and the plan has both, one after the other.
func TestAWrongEntryIsDeletedAndMadeAnew(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "EXT-07")
	e, err := testApp(t).Explain(t.Context(), "extension access won't save changes", "")
	if err != nil || len(e.Matches) == 0 || e.Matches[0].ID != "EXT-07" || !strings.Contains(e.Matches[0].Fix, "delete, then add") {
		t.Errorf("%+v, %v", e, err)
	}
	p := planOf(t, "iad-other-client")
	inOrder(t, p, "sign-in", "delete-extension-access", "extension-access", "extension")
	c := &trial{}
	c.walk(t, worldOf(t, "iad-other-client"), p)
	q, _ := c.quick(t)
	entered := q.ExtensionAccess.Or(nil)
	if a := entered["Amazon Quick Desktop"]; c.Outcome != Ready || len(entered) != 1 || a.Values.ClientID != desktopClient || !a.Extension || c.count(t, "UpdateExtensionAccess") > 0 {
		t.Errorf("%s %s: %+v", c.Outcome, c.Why, entered)
	}
}

// TestWithoutTheExtensionNobodyGetsIn: it is a step of its own after the extension access, and leaving it out shows at once.
func TestWithoutTheExtensionNobodyGetsIn(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "EXT-08")
	p := planOf(t, "fed")
	inOrder(t, p, "extension-access", "extension", "desktop-sign-in")
	st := stepOf(t, p, "extension")
	if do := strings.Join(st.ByHand.Do, "\n"); !slices.Contains(st.Needs, "extension-access") || !strings.Contains(do, "Connect apps and data, Extensions, Add extension") || !strings.Contains(do, "then Next, then Create") {
		t.Errorf("needs %v, do %s", st.Needs, do)
	}
	skipped := *p
	skipped.Steps = nil
	for _, s := range p.Steps {
		if s.ID == "extension" {
			continue
		}
		s.Needs = slices.DeleteFunc(slices.Clone(s.Needs), func(id string) bool { return id == "extension" })
		skipped.Steps = append(skipped.Steps, s)
	}
	c := &trial{}
	c.walk(t, worldOf(t, "fed"), &skipped)
	if s := c.step(t, "desktop-sign-in"); c.Outcome == Ready || s.Status != "failed" || !strings.Contains(c.Why, "extension not created") {
		t.Errorf("%s %s: %s", c.Outcome, s.Status, c.Why)
	}
	if c.step(t, "extension-access").Status != "done" {
		t.Error("the extension access was not made")
	}
}

// byHand applies the kept plan and does, as a person would, what it waits for.
func byHand(t *testing.T, a *App) {
	t.Helper()
	hands := map[string]string{"extension-access": createAccess, "extension": "CreateExtension"}
	for range 10 {
		err := accepting(t, a, "")
		if err == nil {
			return
		}
		if !codeIs(err, "engine/by-hand") {
			t.Fatal(err)
		}
		e := diag.From("", err)
		_, id, _ := strings.Cut(e.Fix[len(e.Fix)-1], "rehome done ")
		id, _, _ = strings.Cut(id, " --by")
		card := estate.ExtensionAccess{Name: "Amazon Quick Desktop"}
		for _, line := range e.Fix {
			for _, f := range estate.SignInFields {
				if value, ok := strings.CutPrefix(line, "  "+f.Label+": "); ok {
					*f.Of(&card.Values) = value
				}
			}
		}
		if hands[id] != "" {
			deed(t, a, "us-east-1", "quick-console", hands[id], string(encoded(t, card)))
		}
		if err := a.Done(t.Context(), id, "tess"); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the run does not end")
}

// TestEnteredValuesAreComparedLater: a run keeps what was entered and no secret, and doctor sees when the provider's client ID is another.
func TestEnteredValuesAreComparedLater(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "EXT-09")
	a := servedWithDesktop(t, "fed")
	byHand(t, a)
	files, err := filepath.Glob(filepath.Join(a.StateDir, "desktop*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	kept, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var f recordsFile
	if err := json.Unmarshal(kept, &f); err != nil {
		t.Fatal(err)
	}
	was := mustSpec(t, "fed").SignIn.Values()
	if got := f.Registered["Amazon Quick Desktop"]; got.Values != was || got.By != "tess" || !got.Extension || strings.Contains(string(kept), "eyJ") || strings.Contains(string(kept), planted) {
		t.Errorf("%s", kept)
	}
	d, err := a.Doctor(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if f := finding(t, d.Findings, "EXT-09", "extension-access/"); f.Status != diag.Pass {
		t.Errorf("before: %+v", f)
	}
	turnProvider(t, func(method string, body io.Reader) []byte {
		req, err := http.NewRequestWithContext(t.Context(), method, a.Endpoint+"/_twin/world", body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(err, string(text))
		}
		return text
	}, func(p *estate.IdentityProvider) {
		p.Apps[otherClient] = p.Apps[desktopClient]
		delete(p.Apps, desktopClient)
		p.Servers["default"].Policies[0].Clients[0] = otherClient
	})
	text, err := os.ReadFile(a.SpecPath)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.SpecPath, bytes.ReplaceAll(text, []byte(desktopClient), []byte(otherClient)), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err = a.Doctor(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	drifted := finding(t, d.Findings, "EXT-09", "extension-access/")
	if seen := drifted.Evidence[0].Seen; drifted.Status != diag.Fail || !strings.HasSuffix(drifted.Title, ": Client ID") || !strings.Contains(seen, otherClient) || !strings.Contains(seen, desktopClient) ||
		drifted.RepairedBy != "extension-access" {
		t.Errorf("after: %+v", drifted)
	}
}

// TestANewAccountHasNoEntry, whatever the old one had: the cutover makes it, and deletes none.
func TestANewAccountHasNoEntry(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "EXT-11")
	w := worldOf(t, "bom")
	v := w.Wants.SignIn.Values()
	w.Wants.SignIn.Registered = &spec.Registered{Name: "Amazon Quick Desktop", Issuer: v.Issuer, AuthorizationEndpoint: v.AuthorizationEndpoint, TokenEndpoint: v.TokenEndpoint, JWKSURI: v.JWKSURI,
		ClientID: v.ClientID, TrustedTokenIssuer: theIssuer, Audience: v.ClientID, Extension: true, By: "Ana Admin", Date: "2026-11-20"}
	p := planFor(t, w)
	if slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Kind == "delete-extension-access" }) {
		t.Errorf("%v", planned(p))
	}
	inOrder(t, p, "delete-quick", "create-quick", "extension-access", "extension")
	for _, id := range []string{"extension-access", "extension"} {
		if s := stepOf(t, p, id); s.Phase != plan.Cutover || s.Region != "us-east-1" {
			t.Errorf("%s in %s at %s", id, s.Phase, s.Region)
		}
	}
	if f := finding(t, p.Findings, "EXT-01", "extension-access/"); f.Status != diag.Fail || f.RepairedBy != "extension-access" {
		t.Errorf("%+v", f)
	}
	c := &trial{}
	c.walk(t, w, p)
	q, _ := c.quick(t)
	if a := q.ExtensionAccess.Or(nil)["Amazon Quick Desktop"]; c.Outcome != Ready || c.count(t, createAccess) != 1 || !a.Extension || q.IdentityRegion.Or("") != "us-east-1" {
		t.Errorf("%s %s: %+v", c.Outcome, c.Why, a)
	}
}

// spoken is a run in which somebody has said that everything is done.
type spoken struct{ said }

func (spoken) Said(string) string { return "tess" }
func (spoken) Acted(string) bool  { return true }

// TestTheIssuerOfTheEntryIsLookedAt: AWS shows one thing of the entry, and that is looked at when somebody says that it is there.
func TestTheIssuerOfTheEntryIsLookedAt(t *testing.T) {
	beyondShort(t)
	const gone = "arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-00000000-0000-4000-8000-000000000000"
	for _, c := range []struct{ world, arn, seen string }{{"iad", theIssuer, ""}, {"iad", gone, "it is gone"}, {"iad-no-desktop", theIssuer, "it is for https://other.example.com"}} {
		ses := onTwinOf(t, c.world)
		st := stepOf(t, planOf(t, "bom"), "extension-access")
		o, err := kindsByName(step.Env{Cloud: ses.cloud, SignIn: ses.desk})[st.Kind].Observe(t.Context(), spoken{said{"token-issuer": {"arn": c.arn}}}, st)
		switch {
		case c.seen == "" && (err != nil || o.State != plan.Done):
			t.Errorf("%s: %+v, %v", c.world, o, err)
		case c.seen != "" && (!codeIs(err, "step/issuer-gone") || !strings.Contains(diag.From("", err).What, c.seen)):
			t.Errorf("%s: %v", c.world, err)
		}
	}
}
