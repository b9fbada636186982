package app

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/plan"
	"rehome/internal/spec"
	"rehome/internal/twin/kernel"
)

const (
	createIssuer  = "CreateTrustedTokenIssuer"
	defaultServer = "https://example.okta.com/oauth2/default"
	desktopClient = "0oa1b2c3d4e5f6a7b8c9"
)

// TestOnlyIdentityCenterNeedsATokenIssuer: an account on federation hears nothing of one.
func TestOnlyIdentityCenterNeedsATokenIssuer(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-01")
	w := worldOf(t, "iad")
	inst, _ := w.Estate.IdentityCenter.Get()
	inst.TokenIssuers = estate.Of(map[estate.ARN]estate.TrustedTokenIssuer{})
	w.Estate.IdentityCenter = estate.Of(inst)
	p := planFor(t, w)
	stepOf(t, p, "token-issuer")
	if f := finding(t, p.Findings, "TTI-01", ""); f.Status != diag.Fail || f.RepairedBy != "token-issuer" {
		t.Errorf("%+v", f)
	}
	if f := finding(t, planOf(t, "iad").Findings, "TTI-01", ""); f.Status != diag.Pass {
		t.Errorf("%+v", f)
	}
	fed := &trial{}
	fed.walk(t, worldOf(t, "fed"), nil)
	if fed.Outcome != Ready || len(fed.letters) > 0 || slices.ContainsFunc(fed.Steps, func(s StepResult) bool { return strings.Contains(s.Kind, "issuer") }) {
		t.Errorf("federation: %s %s, %d calls", fed.Outcome, fed.Why, len(fed.letters))
	}
	for _, f := range fed.Findings {
		if f.Code == "TTI-01" || strings.Contains(f.Subject, "trusted-token-issuer") {
			t.Errorf("%+v", f)
		}
	}
}

var awsCommand = regexp.MustCompile(`aws sso-admin create-trusted-token-issuer [ -~]+`)

// TestTheTokenIssuerIsMadeOfSevenValues, which the request and the printed command both have.
func TestTheTokenIssuerIsMadeOfSevenValues(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-02")
	c := &trial{}
	c.walk(t, worldOf(t, "bom"), nil)
	if len(c.letters) != 1 || !strings.Contains(c.letters[0].Scope, "/ap-south-1/sso/") {
		t.Fatalf("%d requests: %+v", len(c.letters), c.letters)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(c.letters[0].Body), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "ClientToken") // makes the call the same when it is repeated
	configuration := map[string]any{"OidcJwtConfiguration": map[string]any{"IssuerUrl": defaultServer, "ClaimAttributePath": "email", "IdentityStoreAttributePath": "emails.value",
		"JwksRetrievalOption": "OPEN_ID_DISCOVERY"}}
	want := map[string]any{"InstanceArn": instance, "Name": "AmazonQuickDesktop", "TrustedTokenIssuerType": "OIDC_JWT", "TrustedTokenIssuerConfiguration": configuration}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +sent)\n%s", d)
	}
	a := served(t, "bom")
	g, err := a.Guide(spec.SignIn{})
	if err != nil {
		t.Fatal(err)
	}
	if last := g.Notes[len(g.Notes)-1]; !strings.HasSuffix(last, g.IssuerCommand) {
		t.Errorf("people are not told: %s", last)
	}
	for name, printed := range map[string]string{"the plan": stepOf(t, planOf(t, "bom"), "token-issuer").Words, "idp show": g.IssuerCommand} {
		line := awsCommand.FindString(printed)
		head, quoted, _ := strings.Cut(line, "'")
		if want := "aws sso-admin create-trusted-token-issuer --region ap-south-1 --instance-arn " + instance +
			" --name AmazonQuickDesktop --trusted-token-issuer-type OIDC_JWT --trusted-token-issuer-configuration "; head != want {
			t.Errorf("%s prints %s", name, line)
		}
		var typed map[string]any
		if err := json.Unmarshal([]byte(strings.TrimSuffix(quoted, "'")), &typed); err != nil || !cmp.Equal(typed, configuration) || !strings.HasSuffix(line, "}}'") {
			t.Errorf("%s: %v in %s", name, err, line)
		}
	}
}

// TestAnIssuerThatNobodyServesIsNotTrusted: before the plan, and when it vanishes after it.
func TestAnIssuerThatNobodyServesIsNotTrusted(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-06")
	const address = defaultServer + "/.well-known/openid-configuration"
	c := &trial{}
	c.walk(t, worldOf(t, "okta-unreachable"), nil)
	if c.Outcome != Blocked || len(c.letters) > 0 || c.count(t, createIssuer) > 0 {
		t.Errorf("%s, %d requests", c.Outcome, len(c.letters))
	}
	if f := finding(t, c.Findings, "TTI-06", "idp/discovery"); f.Status != diag.Fail || !strings.Contains(text(t, f), address) {
		t.Errorf("%+v", f)
	}
	t.Run("gone since the plan was made", func(t *testing.T) {
		c := &trial{onDone: func(c *trial, step string) {
			if step == "verify-key-policies" {
				c.turn(t, func(p *estate.IdentityProvider) { p.Broken = []string{"discovery-missing"} })
			}
		}}
		c.walk(t, worldOf(t, "bom"), nil)
		if s := c.step(t, "token-issuer"); s.Status == "done" || c.Outcome != Blocked || len(c.letters) > 0 || !strings.Contains(c.Why, address) {
			t.Errorf("%s %s: %s", s.Status, c.Outcome, c.Why)
		}
	})
	t.Run("gone after the issuer was made", func(t *testing.T) {
		c := &trial{onDone: func(c *trial, step string) {
			if step == "token-issuer" {
				c.turn(t, func(p *estate.IdentityProvider) { p.Broken = []string{"keys-empty"} })
			}
		}}
		c.walk(t, worldOf(t, "bom"), nil)
		if c.Outcome != Blocked || len(c.letters) != 1 || c.step(t, "sign-in").Status == "done" || !strings.Contains(c.Why, "the key set is empty") {
			t.Errorf("%s, %d requests: %s", c.Outcome, len(c.letters), c.Why)
		}
	})
}

// TestAnotherMappingIsAcceptedWithAWarning, and a claim that the token lacks is not.
func TestAnotherMappingIsAcceptedWithAWarning(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-07")
	w := worldOf(t, "bom")
	w.Wants.SignIn.Claim, w.Wants.SignIn.Attribute = "sub", "externalIds.value"
	p := planFor(t, w)
	f := finding(t, p.Findings, "TTI-07", "sign-in/")
	if !p.Applyable || f.Status != diag.Fail || f.Severity != diag.Warn || !strings.Contains(f.Title, "sub = externalIds.value") {
		t.Errorf("applyable %t, %+v", p.Applyable, f)
	}
	if s := stepOf(t, p, "token-issuer"); !strings.Contains(s.Title, "sub mapped to externalIds.value") {
		t.Errorf("%s", s.Title)
	}
	c := &trial{}
	w = worldOf(t, "bom")
	w.Wants.SignIn.Claim, w.Wants.SignIn.Attribute = "employeeNumber", "userName"
	c.walk(t, w, nil)
	if s := c.step(t, "sign-in"); s.Status != "failed" || c.Outcome != Blocked || !strings.Contains(c.Why, "employeeNumber") {
		t.Errorf("%s %s: %s", s.Status, c.Outcome, c.Why)
	}
}

// TestTwoPeopleOfOneAddressAreListed by their ids; a claim that finds nobody is a fault too.
func TestTwoPeopleOfOneAddressAreListed(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-08")
	d, err := testApp(t).Doctor(t.Context(), "same-email")
	if err != nil {
		t.Fatal(err)
	}
	f := finding(t, d.Findings, "TTI-08", "")
	if f.Status != diag.Fail || !f.Blocks() || f.RepairedBy != "" {
		t.Errorf("%+v", f)
	}
	for _, id := range []string{"33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"} {
		if !strings.Contains(f.Evidence[0].Seen, id) {
			t.Errorf("%s is not in %+v", id, f.Evidence)
		}
	}
	c := &trial{}
	w := worldOf(t, "bom")
	inst, _ := w.Estate.IdentityCenter.Get()
	kernel.EditAt(inst.Users.Or(nil), "11111111-1111-4111-8111-111111111111", func(u *estate.User) { u.UserName = "nobody-else" })
	w.Wants.SignIn.Attribute = "userName" // an address is nobody's user name here
	c.walk(t, w, nil)
	if s := c.step(t, "sign-in"); s.Status != "failed" || !strings.Contains(c.Why, "nobody in Identity Center has exactly that") {
		t.Errorf("%s: %s", s.Status, c.Why)
	}
}

// TestTheRunsOwnIssuerIsEntered in the extension access, and nobody has to copy it.
func TestTheRunsOwnIssuerIsEntered(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-09")
	c := &trial{}
	c.walk(t, worldOf(t, "bom"), nil)
	arn := estate.ARN(c.step(t, "token-issuer").Output["arn"])
	q, all := c.quick(t)
	entered := q.ExtensionAccess.Or(nil)["Amazon Quick Desktop"]
	if c.Outcome != Ready || arn == "" || all[arn].Issuer != defaultServer || entered.TrustedTokenIssuer != arn || entered.Audience != desktopClient {
		t.Errorf("%s: made %q, entered %+v, there are %v", c.Outcome, arn, entered, all)
	}
	if got := c.step(t, "extension-access").Output["trusted_token_issuer"]; got != string(arn) {
		t.Errorf("kept %q", got)
	}
}

// TestAWrongIssuerIsDeletedAndMadeAnew, and the extension access that names it too.
func TestAWrongIssuerIsDeletedAndMadeAnew(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-10")
	p := planOf(t, "iad-issuer-slash")
	inOrder(t, p, "token-issuer", "delete-extension-access", "extension-access", "extension")
	if s := stepOf(t, p, "delete-token-issuer/AmazonQuickDesktop"); s.Risk != plan.Irreversible || !slices.Equal(s.Calls, []string{"sso:DeleteTrustedTokenIssuer"}) {
		t.Errorf("%+v", s)
	}
	c := &trial{}
	c.walk(t, worldOf(t, "iad-issuer-slash"), p)
	old := estate.ARN("arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-12345678-1234-4234-8234-123456789012")
	q, all := c.quick(t)
	entered := q.ExtensionAccess.Or(nil)["Amazon Quick Desktop"].TrustedTokenIssuer
	if _, there := all[old]; c.Outcome != Ready || there || len(all) != 1 || entered == old || all[entered].Issuer != defaultServer {
		t.Errorf("%s %s: entered %s of %v", c.Outcome, c.Why, entered, all)
	}
	for _, s := range p.Steps {
		if slices.ContainsFunc(s.Calls, func(call string) bool { return strings.Contains(call, "UpdateTrustedTokenIssuer") }) {
			t.Errorf("%s updates an issuer", s.ID)
		}
	}
	e, err := testApp(t).Explain(t.Context(), "how do I change the issuer URL of a trusted token issuer?", "")
	if err != nil || !slices.ContainsFunc(e.Matches, func(m Explained) bool { return m.ID == "TTI-10" }) {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestTenIssuersAreEnough: the eleventh is refused before anything is asked, and one that is there is used.
func TestTenIssuersAreEnough(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-11")
	full := &trial{}
	full.walk(t, worldOf(t, "ten-issuers"), nil)
	if f := finding(t, full.Findings, "TTI-11", ""); full.Outcome != Blocked || !f.Blocks() || f.RepairedBy != "" || full.count(t, createIssuer) > 0 {
		t.Errorf("%s %+v", full.Outcome, f)
	}
	const other = "arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-12345678-1234-4234-8234-123456789012"
	p := planOf(t, "issuer-there")
	if s := stepOf(t, p, "token-issuer"); s.Risk != plan.Reads || len(s.Calls) > 0 || !strings.Contains(s.Title, "use the trusted token issuer that is there: "+other) {
		t.Errorf("%+v", s)
	}
	c := &trial{}
	c.walk(t, worldOf(t, "issuer-there"), p)
	q, all := c.quick(t)
	if c.Outcome != Ready || len(c.letters) > 0 || len(all) != 1 || q.ExtensionAccess.Or(nil)["Amazon Quick Desktop"].TrustedTokenIssuer != other {
		t.Errorf("%s, %d requests, %v", c.Outcome, len(c.letters), all)
	}
}

// TestTokensThatCannotBeUsed are refused by the twin's Quick, and the sign-in names what is wrong before that.
func TestTokensThatCannotBeUsed(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-12")
	for _, c := range []struct{ fault, subject, names, twin string }{
		{"hs256", "sign-in/id-token/algorithm", "HS256", "no token signed with RS256"},
		{"alg-none", "sign-in/id-token/algorithm", "none", "no token signed with RS256"},
		{"wrong-issuer", "sign-in/id-token/issuer", "https://login.example.net", "issuer"},
		{"wrong-audience", "sign-in/id-token/audience", "0oaanotherapp0000000", "is for"},
		{"expired", "sign-in/id-token/expiry", "", "has expired"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			w := worldOf(t, "iad")
			p := w.IdentityProviders["okta"]
			p.Broken = []string{c.fault}
			w.IdentityProviders["okta"] = p
			ses, token := tapped(t, w)
			r, err := ses.desk.signIn(t.Context(), identity.Request{Target: ses.desk.signInTarget()}, "ana@example.com")
			if err != nil || r.IDToken() != "" {
				t.Fatalf("%v", err)
			}
			i := slices.IndexFunc(r.Findings, func(f diag.Finding) bool { return f.Subject == c.subject && f.Blocks() })
			if i < 0 || len(r.Findings[i].Evidence) == 0 || !strings.Contains(text(t, r.Findings[i].Evidence), c.names) {
				t.Errorf("%v", open(r.Findings))
			}
			if why, err := ses.openDesktop(t.Context(), token()); err != nil || !strings.Contains(why, "Token validation failure") || !strings.Contains(why, c.twin) {
				t.Errorf("the twin's Quick: %q, %v", why, err)
			}
		})
	}
	t.Run("a good one is taken once", func(t *testing.T) {
		ses, token := tapped(t, worldOf(t, "iad"))
		r, err := ses.desk.signIn(t.Context(), identity.Request{Target: ses.desk.signInTarget()}, "ana@example.com")
		if err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{"sign-in/id-token/algorithm", "sign-in/id-token/issuer", "sign-in/id-token/subject", "sign-in/id-token/audience", "sign-in/id-token/expiry"} {
			if i := slices.IndexFunc(r.Findings, func(f diag.Finding) bool { return f.Subject == subject }); i < 0 || r.Findings[i].Status != diag.Pass {
				t.Errorf("%s was not judged right", subject)
			}
		}
		if f := finding(t, r.Findings, "TTI-12", "sign-in/id-token/algorithm"); !strings.Contains(f.Title, "RS256") || !strings.Contains(text(t, f.Evidence), "RS256") {
			t.Errorf("%+v", f)
		}
		if why, err := ses.openDesktop(t.Context(), token()); why != "" || err != nil {
			t.Errorf("%q, %v", why, err)
		}
		if why, err := ses.openDesktop(t.Context(), token()); !strings.Contains(why, "jti was used before") || err != nil {
			t.Errorf("again: %q, %v", why, err)
		}
	})
}

// TestTheConsolesWayToTheSameIssuer: path and values are told, and what a person made that way is seen and used.
func TestTheConsolesWayToTheSameIssuer(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "TTI-13")
	path := []string{"IAM Identity Center", "Settings", "Authentication", "Trusted token issuers", "Create trusted token issuer", "AmazonQuickDesktop", "email", "emails.value"}
	holds := func(what string) {
		t.Helper()
		for _, word := range path {
			_, rest, ok := strings.Cut(what, word)
			if !ok {
				t.Errorf("no %s, in this order, in %s", word, what)
				return
			}
			what = rest
		}
	}
	g, err := testApp(t).Guide(spec.SignIn{Vendor: estate.VendorOkta, Domain: "example.okta.com", ClientID: desktopClient})
	if err != nil {
		t.Fatal(err)
	}
	holds(g.Steps[slices.IndexFunc(g.Steps, func(s string) bool { return strings.Contains(s, "Trusted token issuers") })])
	if g.Values.Issuer != defaultServer {
		t.Errorf("issuer %s", g.Values.Issuer)
	}
	words := stepOf(t, planOf(t, "bom"), "token-issuer").Words
	holds(words)
	if !strings.Contains(words, "issuer URL "+defaultServer) {
		t.Errorf("%s", words)
	}
	a := servedWithDesktop(t, "bom")
	deed(t, a, "ap-south-1", "sso-admin", createIssuer, `{"InstanceArn":"`+instance+`","Name":"AmazonQuickDesktop","TrustedTokenIssuerType":"OIDC_JWT","TrustedTokenIssuerConfiguration":{"OidcJwtConfiguration":{"IssuerUrl":"`+
		defaultServer+`","ClaimAttributePath":"email","IdentityStoreAttributePath":"emails.value","JwksRetrievalOption":"OPEN_ID_DISCOVERY"}}}`)
	seen, err := a.Survey(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(seen.Looks, func(l estate.Look) bool { return l.Operation == "DescribeTrustedTokenIssuer" && l.Error == "" }) {
		t.Error("nobody described it")
	}
	p, err := a.build(mustSpec(t, "bom"), seen, estate.DefaultTimes())
	if err != nil {
		t.Fatal(err)
	}
	if f := finding(t, p.Findings, "TTI-01", ""); f.Status != diag.Pass || stepOf(t, p, "token-issuer").Risk != plan.Reads {
		t.Errorf("%+v", f)
	}
}
