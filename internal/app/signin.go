package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/identity/loopback"
	"rehome/internal/plan"
	"rehome/internal/step"
)

// Face is how a sign-in at a real provider reaches a person.
type Face struct {
	Browser string    // open (empty), print, or a command that is run with the address as its argument
	Paste   io.Reader // not nil: the person pastes the address that the browser ended at, instead of a port being opened
	Out     io.Writer // where addresses are printed; nil: nowhere
}

// desk is where sign-ins are made and kept for one session. It implements step.SignIn.
type desk struct {
	*session
	records *records
	road    *twinRoad // to a twin's provider; nil: the real one
}

var _ step.SignIn = (*desk)(nil)

// openDesk prepares the session's sign-ins: on a twin everything stays on the twin.
func (s *session) openDesk(ctx context.Context, kept *records) error {
	s.desk = &desk{session: s, records: kept}
	if s.target != estate.TargetTwin {
		return nil
	}
	var err error
	s.desk.road, err = newTwinRoad(ctx, s.twinURL())
	return err
}

func (d *desk) client() *identity.Client {
	c := identity.Config{Now: d.app.Now}
	if d.road != nil {
		c.Transport, c.Now = d.road, WallClock{}.Now // a twin's provider mints tokens by the time of day, so that anybody's client can judge them
	} else {
		c.Transport = d.app.Hooks.Identity
	}
	return identity.New(c)
}

// signInTarget is whom the spec has people sign in at.
func (d *desk) signInTarget() identity.Target {
	s := d.spec.SignIn
	return identity.Target{Vendor: s.Vendor, Values: s.Values(), Claim: s.Claim}
}

// look is what the survey learns of the provider.
func (d *desk) look(ctx context.Context) (estate.Known[estate.SignIn], error) {
	seen, err := d.client().Preflight(ctx, d.signInTarget())
	if err != nil {
		return estate.NotLooked[estate.SignIn]("interrupted"), err
	}
	held, err := d.records.read(d.session.target)
	if err != nil {
		return estate.NotLooked[estate.SignIn]("the records cannot be read"), err
	}
	seen.Proven = d.records.proven(held, seen.Values, d.spec.SignIn.Claim)
	return estate.Of(*seen), nil
}

// recorded puts what no API shows into a survey: the extension access of this very account.
func (d *desk) recorded(s *estate.Survey) error {
	held, err := d.records.read(d.session.target)
	if err != nil {
		return err
	}
	a, ok := s.Estate.Accounts[d.spec.Quick.Account]
	q, exists := a.Quick.Get()
	if !ok || !exists {
		return nil
	}
	all := map[string]estate.ExtensionAccess{}
	if d.spec.SignIn != nil && d.spec.SignIn.Registered != nil {
		all[d.spec.SignIn.Registered.Name] = d.spec.SignIn.Registered.Access()
	}
	if home, _ := q.IdentityRegion.Get(); held.Quick == q.Name && held.Home == home {
		maps.Copy(all, held.Registered)
	}
	if len(all) == 0 {
		return nil
	}
	q.ExtensionAccess = estate.Of(all)
	a.Quick = estate.Of(q)
	s.Estate.Accounts[d.spec.Quick.Account] = a
	return nil
}

// Proven is the card of a sign-in that passed with exactly these values and this claim.
func (d *desk) Proven(_ context.Context, t identity.Target) (estate.Known[estate.ExtensionAccess], error) {
	held, err := d.records.read(d.session.target)
	return d.records.proven(held, t.Values, cmp.Or(t.Claim, estate.EmailClaim)), err
}

// Perform has somebody sign in and keeps the card when everything was right.
func (d *desk) Perform(ctx context.Context, target identity.Target) error {
	login := ""
	if d.road != nil {
		var err error
		if login, err = d.anAdministrator(ctx); err != nil {
			return err
		}
	}
	r, err := d.signIn(ctx, identity.Request{Target: target}, login)
	if err != nil {
		return err
	}
	findings, err := d.judged(ctx, r)
	if err != nil {
		return err
	}
	if d.road == nil { // the error goes into the journal
		findings = masked(findings)
	}
	if err := refusal(findings); err != nil {
		return err
	}
	if !r.Passed() {
		return &diag.Error{Code: "sign-in/unproven", What: "the sign-in did not end with an ID token that passed every check", Where: target.Values.Issuer, Owner: diag.IdPAdmin, Exit: diag.ExitBlocked,
			Fix: []string{"rehome signin shows every check", "then: rehome resume"}}
	}
	return d.keep(target, r.Person)
}

// signIn performs one sign-in: in front of a person, or of the twin's.
func (d *desk) signIn(ctx context.Context, req identity.Request, login string) (*identity.Result, error) {
	if d.road != nil {
		back := newHandover()
		req.Listener = back
		req.Open = (&twinPerson{road: d.road, login: login, back: back}).open
		return d.client().SignIn(ctx, req)
	}
	return d.app.signIn(ctx, d.client(), req)
}

// signIn performs one sign-in in front of a person.
func (a *App) signIn(ctx context.Context, client *identity.Client, req identity.Request) (*identity.Result, error) {
	out := a.Face.Out
	if out == nil {
		out = io.Discard
	}
	req.Open = loopback.Open(a.Face.Browser, out)
	var err error
	if a.Face.Paste != nil {
		if a.pasted == nil { // a second reader of the same input would lose lines to the first
			a.pasted = loopback.Paste(a.Face.Paste, out)
		}
		req.Listener = a.pasted
	} else if req.Listener, err = loopback.Listen(ctx); err != nil {
		return nil, err
	}
	defer req.Listener.Close()
	return client.SignIn(ctx, req)
}

// judged adds to what the sign-in showed whether the person is known, once and the same everywhere.
func (d *desk) judged(ctx context.Context, r *identity.Result) ([]diag.Finding, error) {
	out := slices.Clone(r.Findings)
	if r.Person.Value == "" {
		return out, nil
	}
	seen, err := d.people(ctx)
	if err != nil {
		return nil, err
	}
	return append(out, check.Input{Spec: d.spec, Survey: seen}.Person(r.Person.Value)...), nil
}

// refusal is the error for findings that block: the root first, what else was found below.
func refusal(findings []diag.Finding) error {
	var open []diag.Finding
	for _, f := range findings {
		explained := slices.ContainsFunc(findings, func(o diag.Finding) bool { return o.Key() == f.CausedBy && o.Blocks() })
		if f.Blocks() && !explained {
			open = append(open, f)
		}
	}
	if len(open) == 0 {
		return nil
	}
	first := open[0]
	e := &diag.Error{Code: "sign-in/" + first.Code, What: first.Title, Where: first.Subject, Why: first.Cause, Owner: first.Owner, Exit: diag.ExitBlocked, Fix: []string{first.Fix}}
	for _, f := range open[1:] {
		e.Fix = append(e.Fix, "also: "+f.Code+" "+f.Title)
	}
	e.Fix = append(e.Fix, "then: rehome resume")
	return e
}

// keep writes the values card: each value with what proves it.
func (d *desk) keep(t identity.Target, who identity.Person) error {
	values, claim := t.Values, cmp.Or(t.Claim, estate.EmailClaim)
	card := estate.ExtensionAccess{Name: d.spec.SignIn.Name, Values: values, Claim: claim, By: who.Masked(), Date: d.app.Now().UTC().Format(time.DateOnly), Proofs: map[string]string{
		"issuer":                 "the ID token's iss is exactly this, and so is the discovery document's issuer",
		"authorization_endpoint": "it sent the browser back with a code",
		"token_endpoint":         "it exchanged the code, and the refresh token after it",
		"jwks_uri":               "a key of it verifies the ID token's signature",
		"client_id":              "it is the ID token's audience",
	}}
	return d.records.change(d.session.target, func(f *recordsFile) {
		f.Proven = slices.DeleteFunc(f.Proven, func(o estate.ExtensionAccess) bool { return o.Values == values && o.Claim == claim })
		f.Proven = append(f.Proven, card)
	})
}

// noteEntered keeps what a run has had entered in the console.
func (m *move) noteEntered(ctx context.Context, result engine.Result) error {
	entered := estate.ExtensionAccess{}
	extended := false
	for _, s := range result.Steps {
		switch {
		case s.ID == "extension-access" && len(s.Output) > 0:
			for _, f := range estate.SignInFields {
				*f.Of(&entered.Values) = s.Output[f.Name]
			}
			entered.Name, entered.By, entered.Audience, entered.TrustedTokenIssuer = s.Output["name"], s.Output["by"], s.Output["audience"], estate.ARN(s.Output["trusted_token_issuer"])
		case s.ID == "extension" && len(s.Output) > 0:
			extended = true
		}
	}
	if entered.Name == "" && !extended {
		return nil
	}
	quick, home, err := m.madeAccount(ctx, result)
	if err != nil {
		return err
	}
	return m.desk.records.change(m.session.target, func(f *recordsFile) {
		if f.Quick != quick || f.Home != home {
			f.Quick, f.Home, f.Registered = quick, home, map[string]estate.ExtensionAccess{}
		}
		if entered.Name != "" {
			entered.Date, entered.Extension = m.app.Now().UTC().Format(time.DateOnly), extended
			f.Registered = map[string]estate.ExtensionAccess{entered.Name: entered}
		}
		if extended && entered.Name == "" {
			name := m.spec.SignIn.Name
			a, ok := f.Registered[name]
			if !ok && m.spec.SignIn.Registered != nil {
				a = m.spec.SignIn.Registered.Access()
			}
			a.Extension = true
			f.Registered[name] = a
		}
	})
}

// madeAccount is the account that the entry is in: the one that the run made, or the one that was there.
func (m *move) madeAccount(ctx context.Context, result engine.Result) (name string, home estate.Region, err error) {
	for _, s := range result.Steps {
		if s.ID == "create-quick" && s.Output["name"] != "" {
			return s.Output["name"], m.spec.TargetRegion, nil
		}
	}
	known, err := m.cloud.Quick(m.spec.Quick.Account, m.spec.TargetRegion).DescribeAccountSubscription(ctx)
	q, _ := known.Get()
	return q.Name, m.spec.TargetRegion, err
}

// issuerGate reads the provider's discovery document and keys at this moment (TTI-06): nothing is built on an issuer that is not there.
func (m *move) issuerGate(ctx context.Context, _ plan.Run, st plan.Step) (engine.Evidence, error) {
	if m.spec.SignIn == nil {
		return engine.Evidence{}, &diag.Error{Code: "gate/issuer", What: "the spec names no identity provider", Where: st.ID, Exit: diag.ExitBlocked}
	}
	known, err := m.desk.look(ctx)
	if err != nil {
		return engine.Evidence{}, err
	}
	seen, _ := known.Get()
	mapped := slices.ContainsFunc(m.plan.Findings, func(f diag.Finding) bool { return f.Code == "TTI-01" }) // judged only where Identity Center maps the token
	if err := refusal(check.Lowered(seen.Findings, mapped)); err != nil {
		e := diag.From("", err)
		e.Code = "gate/issuer"
		return engine.Evidence{}, e
	}
	if len(seen.Findings) == 0 {
		return engine.Evidence{}, &diag.Error{Code: "gate/issuer", What: "nothing of the identity provider could be judged", Where: seen.Values.Issuer, Exit: diag.ExitBlocked}
	}
	return evidence(fmt.Sprintf("%d checks of %s, none fails", len(seen.Findings), seen.Values.Issuer), strings.Join([]string{seen.Values.Issuer, fmt.Sprint(len(seen.Findings))}, " ")), nil
}

// signInGate releases values only after somebody has signed in with exactly them (EXT-06).
func (m *move) signInGate(ctx context.Context, _ plan.Run, st plan.Step) (engine.Evidence, error) {
	if m.spec.SignIn == nil {
		return engine.Evidence{}, &diag.Error{Code: "gate/sign-in", What: "the spec names no identity provider", Where: st.ID, Exit: diag.ExitBlocked}
	}
	known, err := m.desk.Proven(ctx, m.desk.signInTarget())
	card, ok := known.Get()
	if err != nil {
		return engine.Evidence{}, err
	}
	if !ok {
		return engine.Evidence{}, &diag.Error{Code: "gate/sign-in", What: "nobody has signed in with these values", Where: m.spec.SignIn.Values().Issuer, Owner: diag.IdPAdmin, Exit: diag.ExitBlocked, Fix: []string{"rehome signin", "rehome resume"}}
	}
	return evidence(card.By+" signed in with these values on "+card.Date, fmt.Sprint(card.Values, card.Date)), nil
}
