package app

import (
	"cmp"
	"context"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/knowledge"
	"rehome/internal/plan"
	"rehome/internal/step"
)

// ExplainFormat is the version of an explanation.
const ExplainFormat = "rehome.explain/v1"

// MaxText bounds how much of a pasted error is looked at, in bytes.
const MaxText = knowledge.MaxText

// Explanation is what the catalogue says of a text, and what the surveyed estate says of that.
type Explanation struct {
	Format  string      `json:"format"`
	Matches []Explained `json:"matches"`
}

// Explained is one entry that fits.
type Explained struct {
	ID     string        `json:"id"`
	Title  string        `json:"title"`
	Cause  string        `json:"cause"`
	Fix    string        `json:"fix"`
	Owner  diag.Owner    `json:"owner"`
	Source []diag.Source `json:"source"`
	// Confidence is possible when there is no survey, confirmed when a finding fails for this cause, excluded now when all pass.
	Confidence string            `json:"confidence"`
	Evidence   []diag.Finding    `json:"evidence,omitzero"` // the findings that decide, and how often the person was found
	Step       string            `json:"step,omitzero"`     // of the plan, that mends it
	Values     map[string]string `json:"values,omitzero"`   // what the text itself says
}

// The confidences.
const (
	confirmed = "confirmed"
	possible  = "possible"
	excluded  = "excluded now"
)

// certainty ranks answers: what the estate confirms comes first, what it excludes last.
var certainty = map[string]int{confirmed: 0, possible: 1, excluded: 2}

// Explain explains an error text. A world or survey, or else the kept survey when there is one, ties the answer to what is there.
func (a *App) Explain(ctx context.Context, text, world string) (*Explanation, error) {
	return a.explain(ctx, text, world, estate.DesktopPort)
}

// explain looks at this port of this computer where the text is about it.
func (a *App) explain(ctx context.Context, text, world string, port int) (*Explanation, error) {
	out := &Explanation{Format: ExplainFormat, Matches: []Explained{}}
	matches := knowledge.Explain(text)
	if len(matches) == 0 {
		return out, nil
	}
	k, err := a.known(ctx, world, matches)
	if err != nil {
		return nil, err
	}
	for _, m := range matches {
		e := Explained{ID: m.ID, Title: m.Title, Cause: m.Cause, Fix: m.Fix, Owner: m.Owner, Source: m.Source, Confidence: possible, Values: m.Values}
		e.weigh(m.Entry, k.about(m))
		if k.strange(m.Finder) {
			e.Confidence = excluded
		}
		switch m.ID {
		case "TRB-06", "TRB-07":
			e.correct(k)
		case "TRB-12":
			e.lookAtPort(ctx, port)
		case "TRB-17":
			e.fillIn(k)
		}
		out.Matches = append(out.Matches, e)
	}
	slices.SortStableFunc(out.Matches, func(a, b Explained) int { return cmp.Compare(certainty[a.Confidence], certainty[b.Confidence]) })
	return out, nil
}

// weigh holds the entry's cause against the findings.
func (e *Explained) weigh(entry knowledge.Entry, findings []diag.Finding) {
	seen, unknown := false, false
	var found []diag.Finding
	var said []string
	for _, f := range findings {
		c, told, ok := decides(entry, f)
		if !ok {
			continue
		}
		if !c.Part { // what passes of a part of the cause excludes nothing
			seen = true
			unknown = unknown || f.Status == diag.Unknown
		}
		switch {
		case f.Status == diag.Fail:
			found, said = append(found, f), append(said, told)
			e.Step = cmp.Or(e.Step, f.RepairedBy)
		case f.Status == diag.Pass && strings.HasPrefix(f.Subject, "person/"):
			e.Evidence = append(e.Evidence, f)
		}
	}
	switch {
	case len(found) > 0:
		e.Evidence, e.Confidence = append(found, e.Evidence...), confirmed
		root := max(0, slices.IndexFunc(found, func(f diag.Finding) bool { return f.CausedBy == "" }))
		e.Cause = found[root].Title + ": " + found[root].Cause
		if said[root] != "" {
			e.Cause += " (" + said[root] + ")"
		}
		if fix := found[root].Fix; fix != "" && !strings.Contains(e.Fix, fix) {
			e.Fix = fix + "; " + e.Fix
		}
	case seen && !unknown:
		e.Confidence = excluded
	}
}

// decides tells by what a finding decides about an entry, and which observation of it has to be told.
func decides(entry knowledge.Entry, f diag.Finding) (by knowledge.Confirms, told string, ok bool) {
	for _, c := range entry.Findings {
		if f.Code != c.Code || !strings.Contains(f.Subject, c.Subject) {
			continue
		}
		if told, ok = holds(c.Says, f); ok {
			return c, told, true
		}
	}
	return by, "", false
}

func holds(what *regexp.Regexp, f diag.Finding) (told string, ok bool) {
	if what == nil || what.MatchString(f.Title) {
		return "", true
	}
	for _, e := range f.Evidence {
		if what.MatchString(e.Path + " " + e.Seen) {
			return e.Seen, true
		}
	}
	return "", false
}

// known is what there is to hold an explanation against. The zero value: nothing.
type known struct {
	check.Input
	findings []diag.Finding
}

// known is about a world, or about the kept survey; nothing when there is neither.
func (a *App) known(ctx context.Context, world string, matches []knowledge.Match) (k known, err error) {
	if world != "" {
		if k.Spec, k.Survey, err = a.facts(ctx, world); err == nil {
			err = k.judge()
		}
		if err == nil && k.asksForSignIn(matches) {
			more, failure := a.tryOnTwin(ctx, world)
			k.findings, err = append(k.findings, more...), ctx.Err()
			if failure != nil {
				a.saying("nobody could sign in on a twin of the world: " + failure.Error())
			}
		}
		return k, err
	}
	for _, needed := range []string{a.surveyPath(), a.SpecPath} {
		if _, err := os.Stat(needed); err != nil {
			return k, nil // the text alone is explained
		}
	}
	if k.Spec, err = a.spec(); err != nil {
		return k, err
	}
	k.Survey = new(estate.Survey)
	if err := document.Read(a.surveyPath(), k.Survey); err != nil {
		return k, err
	}
	return k, k.judge()
}

func (k *known) judge() error {
	p, err := plan.Build(plan.Input{Spec: k.Spec, Survey: k.Survey, Findings: check.Run(k.Input), Times: estate.DefaultTimes()}, step.Kinds(step.Env{}))
	if err == nil {
		k.findings = p.Findings
	}
	return err
}

// about are the findings for one match: an address in the text itself is looked up, before whoever signed in.
func (k known) about(m knowledge.Match) []diag.Finding {
	address := m.Values["email"]
	if k.Survey == nil || address == "" || m.Finder == "" {
		return k.findings
	}
	others := slices.DeleteFunc(slices.Clone(k.findings), func(f diag.Finding) bool { return strings.HasPrefix(f.Subject, "person/") })
	return append(others, k.Person(address)...)
}

// strange reports that people are known to be found by another than this.
func (k known) strange(f knowledge.Finder) bool {
	return f != "" && k.Survey != nil && (f == knowledge.FinderIdentityCenter) != k.NeedsTokenIssuer()
}

// signInCodes are findings that nobody makes without signing in.
var signInCodes = []string{"DSK-11", "DSK-13", "DSK-16", "OKT-04", "OKT-06"}

// asksForSignIn reports that a sign-in would decide about one of the matches, and that nothing found so far stands in its way.
func (k known) asksForSignIn(matches []knowledge.Match) bool {
	seen, ok := k.Survey.Estate.SignIn.Get()
	return ok && len(seen.Findings) > 0 && refusal(seen.Findings) == nil && slices.ContainsFunc(matches, func(m knowledge.Match) bool {
		return slices.ContainsFunc(m.Findings, func(c knowledge.Confirms) bool { return slices.Contains(signInCodes, c.Code) })
	})
}

// tryOnTwin has the administrator of a world sign in on a twin of it; a survey holds nobody who could.
func (a *App) tryOnTwin(ctx context.Context, world string) ([]diag.Finding, error) {
	w, err := LoadWorld(world)
	if err != nil || w.Survey != nil {
		return nil, err
	}
	if w.Wants == nil {
		if w.Wants, err = a.spec(); err != nil {
			return nil, err
		}
	}
	ses, stop, err := a.onTwin(ctx, w)
	if err != nil {
		return nil, err
	}
	defer stop()
	login, err := ses.anAdministrator(ctx)
	if err != nil {
		return nil, err
	}
	r, err := ses.desk.signIn(ctx, identity.Request{Target: ses.desk.signInTarget()}, login)
	if err != nil {
		return nil, err
	}
	return ses.desk.judged(ctx, r)
}

// lookAtPort says what to do next by what a browser on this computer finds at the port now. It confirms nothing: the error is from before.
func (e *Explained) lookAtPort(ctx context.Context, port int) {
	f, who := portFinding(ctx, port)
	next := "nobody listens on this computer now, so begin anew: "
	if who != "" {
		f.Severity = diag.Warn
		next = "another program has the port now: " + who + "; unless it is Quick on Desktop in the middle of a sign-in, end it, since the application cannot listen beside it; or sign in with rehome signin --paste, which needs no port. Then: "
	}
	e.Evidence, e.Fix = append(e.Evidence, f), next+e.Fix
}

// correct writes the recorded authorization endpoint with the host that is meant.
func (e *Explained) correct(k known) {
	if k.Survey == nil || k.Spec.SignIn == nil {
		return
	}
	at, err := url.Parse(k.Spec.SignIn.Values().AuthorizationEndpoint)
	if err != nil {
		return
	}
	if at.Host = knowledge.OktaHost(at.Host); at.Host != "" {
		e.Fix = "the Authorization Endpoint has to be " + at.String() + "; " + e.Fix
	}
}

// fillIn completes the way to another entry in the Quick console with the steps and a worksheet, in the console's order and words.
func (e *Explained) fillIn(k known) {
	if k.Survey == nil || k.Spec.SignIn == nil {
		return
	}
	want := k.Spec.SignIn.Values()
	var steps, sheet []string
	if _, ok := k.Registered(); ok {
		steps = append(steps, "delete-extension-access")
	}
	steps = append(steps, "extension-access")
	if k.NeedsTokenIssuer() {
		arn, _ := k.TokenIssuer()
		sheet = append(sheet, "Trusted Token Issuer ARN: "+cmp.Or(string(arn), "what the step token-issuer makes"), "Aud claim: "+want.ClientID)
	}
	sheet = append(sheet, "Name: "+k.Spec.SignIn.Name)
	for _, f := range estate.SignInFields {
		sheet = append(sheet, f.Label+": "+*f.Of(&want))
	}
	e.Fix += ". Steps: " + strings.Join(steps, ", then ") + ". Worksheet: " + strings.Join(sheet, "; ")
}
