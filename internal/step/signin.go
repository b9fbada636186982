package step

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/plan"
)

var desktopGuide = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments", Date: "2026-06-06"}

// SignIn is the identity provider as the hands reach it.
type SignIn interface {
	// Proven is the card of a sign-in that passed with exactly these values and this claim; absent when there was none.
	Proven(ctx context.Context, target identity.Target) (estate.Known[estate.ExtensionAccess], error)
	// Perform has a person sign in, and keeps the card when everything was right. What was wrong is its error.
	Perform(ctx context.Context, target identity.Target) error
}

// signIn has somebody sign in at the identity provider exactly as Quick on Desktop does, before anything final rests on it.
type signIn struct{ env Env }

func (signIn) Name() string { return idSignIn }

// signsIn reports whether Desktop is wanted and known well enough to plan for.
func (s situation) signsIn() bool { return s.Spec.WantsDesktop() && s.Spec.SignIn != nil }

// enters reports whether the values have to be entered in the Quick console: there is no entry, or none that will be right.
func (s situation) enters() bool {
	return s.signsIn() && slices.ContainsFunc(s.Findings, func(f diag.Finding) bool {
		return f.Status == diag.Fail && slices.Contains([]string{"EXT-01", "EXT-09", "TTI-01", "TTI-05"}, f.Code)
	})
}

type signInParams struct {
	Target identity.Target `json:"target"`
}

func (s situation) signInTarget() identity.Target {
	in := s.Spec.SignIn
	return identity.Target{Vendor: in.Vendor, Values: in.Values(), Claim: in.Claim}
}

func (k signIn) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.enters() {
		return nil, nil
	}
	p, err := params(signInParams{Target: s.signInTarget()})
	return []plan.Step{{ID: idSignIn, Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Prepare, Actor: diag.IdPAdmin, Params: p,
		Title:  "sign in at " + in.Spec.SignIn.Values().Issuer + " as Quick on Desktop does",
		Reason: "the Quick console takes the values without trying them and never lets one be changed; whether they work is seen here first",
		Calls:  []string{}, Effect: "none; the identity provider's log shows a sign-in", Done: "a sign-in with exactly these values has passed every check, a refresh among them",
		Undo: "nothing to undo", Risk: plan.Reads, Gates: []plan.Gate{plan.GateIssuer}, Repairs: openKeys(in.Findings, "DSK-25"), Writes: []string{"/sign_in"},
		Predicted: in.Times[estate.TimeByHand], Sources: []diag.Source{desktopGuide}}}, err
}

func (k signIn) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[signInParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	known, err := k.env.SignIn.Proven(ctx, p.Target)
	card, ok := known.Get()
	if err != nil || !ok {
		return plan.Observation{State: plan.Todo, Detail: "nobody has signed in with these values yet"}, err
	}
	return plan.Observation{State: plan.Done, Detail: fmt.Sprintf("%s signed in on %s: proven on the identity provider's side", card.By, card.Date), Output: plan.Output{"by": card.By, "date": card.Date}}, nil
}

func (k signIn) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[signInParams](s)
	if err != nil {
		return err
	}
	return k.env.SignIn.Perform(ctx, p.Target)
}

func (signIn) Patience() (time.Duration, time.Duration) { return shortly() }
