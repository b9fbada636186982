package app

import (
	"context"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

// proveDesktop has somebody sign in as Quick on Desktop does. On a twin that is a person of each role, to the end, and two whom somebody
// refuses; on AWS whoever sits there, as far as the identity provider: the rest is seen in the application alone (DSK-25).
func proveDesktop(ctx context.Context, ses *session) ([]ProofRow, error) {
	if ses.spec.SignIn == nil {
		return nil, &diag.Error{Code: "prove/no-sign-in", What: "the spec names no identity provider", Where: ses.app.SpecPath, Exit: diag.ExitUsage, Fix: []string{"put sign_in into the spec: rehome idp show prints what belongs there"}}
	}
	if ses.target == estate.TargetTwin {
		return proveDesktopOnTwin(ctx, ses)
	}
	r, err := ses.desk.signIn(ctx, identity.Request{Target: ses.desk.signInTarget()}, "")
	if err != nil {
		return nil, err
	}
	findings, err := ses.desk.judged(ctx, r)
	if err != nil {
		return nil, err
	}
	var rows []ProofRow
	for _, f := range masked(findings) {
		if f.Status == diag.Pass || f.Blocks() {
			row := ProofRow{Region: ses.spec.TargetRegion, Subject: f.Subject, Claim: f.Code, Status: f.Status, Seen: f.Title}
			if f.Blocks() {
				row.Seen += ": " + f.Cause
			}
			rows = append(rows, row)
		}
	}
	level := ProofRow{Region: ses.spec.TargetRegion, Subject: "Quick", Claim: "DSK-25", Status: diag.Fail, Seen: levelNone}
	if refusal(findings) == nil && r.Passed() {
		level.Status, level.Seen = diag.Pass, levelProvider
		err = ses.desk.keep(ses.desk.signInTarget(), r.Person)
	}
	return append(rows, level), err
}

func proveDesktopOnTwin(ctx context.Context, ses *session) ([]ProofRow, error) {
	seen, err := ses.survey(ctx)
	if err != nil {
		return nil, err
	}
	tries, err := (&move{session: ses}).tryDesktop(ctx, seen)
	if err != nil {
		return nil, err
	}
	var rows []ProofRow
	for _, t := range tries {
		row := ProofRow{Region: ses.spec.TargetRegion, Subject: t.Who, Claim: t.Want, Status: diag.Fail, Seen: t.Got}
		switch {
		case t.OK:
			row.Status = diag.Pass
		case t.Got == nobodySuch:
			row.Status = diag.Unknown
		}
		rows = append(rows, row)
	}
	return rows, nil
}
