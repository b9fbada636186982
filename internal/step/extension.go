package step

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/plan"
)

var (
	extensionDoc = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, steps 3 and 4; no API makes or shows an extension access (quicksight v1.113.0)", Date: "2026-06-06"}
	// noAPI is why a person does it.
	noAPI = "AWS has no API for extension access and extensions; the Quick console is the only way"
)

// console is the twin's name for what only the Quick console does.
const console = "quick-console"

// byWord observes a step of which nothing can be seen: it is done when the run came to it, through its gates, and somebody said so since.
func byWord(r plan.Run, s plan.Step, out plan.Output) plan.Observation {
	if who := r.Said(s.ID); who != "" && r.Acted(s.ID) {
		if out == nil {
			out = plan.Output{}
		}
		out["by"] = who
		return plan.Observation{State: plan.Done, Detail: who + " says that it is done", Output: out}
	}
	return plan.Observation{State: plan.Todo, Detail: "nobody has said that it is done"}
}

// worded is what steps have in common of which nothing can be seen: rehome acts on nothing, and looks for a word.
type worded struct{}

func (worded) Observe(_ context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	return byWord(r, s, nil), nil
}

func (worded) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (worded) Patience() (time.Duration, time.Duration) { return shortly() }

// handed is what all by-hand steps of the console have in common.
func (s situation) handed(id string, kind plan.Kind, title, reason string) plan.Step {
	return plan.Step{ID: id, Kind: kind.Name(), Account: s.account, Region: s.Spec.TargetRegion, Phase: plan.Cutover, Actor: diag.QuickAdmin, Title: title, Reason: reason, Calls: []string{},
		Risk: plan.ByHand, Predicted: s.Times[estate.TimeByHand], Sources: []diag.Source{extensionDoc},
		ByHand: &plan.Hand{Account: s.account, Region: s.Spec.TargetRegion, Why: noAPI, Word: true, Calls: []plan.Call{}, Verified: "somebody says so"}}
}

// signInTo tells which account of Quick to open, before anything is entered in the wrong one.
func (s situation) signInTo() string {
	return fmt.Sprintf("sign in to the Quick console of account %s as an administrator, Region %s, and see that the account is the one that this plan is about", s.account, s.Spec.TargetRegion)
}

// wrongAccess has an entry deleted whose values are not right; nothing in it can be changed (EXT-07, DSK-18).
type wrongAccess struct{ worded }

func (wrongAccess) Name() string { return "delete-extension-access" }

func (k wrongAccess) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	a, ok := s.input().Registered()
	if !s.enters() || s.creates || !ok {
		return nil, nil // a new account has none
	}
	st := s.handed(k.Name(), k, "delete the extension access "+a.Name+", by hand", "it holds values that are not those of the sign-in that passed, and an entry cannot be changed")
	st.Effect, st.Done, st.Undo = "nobody signs in with Quick on Desktop until the new entry is there", "somebody says so", "enter it again as it was"
	st.Needs = s.planned(signIn{}, tokenIssuer{}, issuerReplicated{})
	st.ByHand.Do = []string{s.signInTo(), "Connect apps and data, Extensions: delete the extension made from " + a.Name, "Manage account, Permissions, Extension access: delete " + a.Name}
	input, err := params(map[string]any{"name": a.Name})
	st.ByHand.Calls = []plan.Call{{Service: console, Operation: "DeleteExtension", Input: input}, {Service: console, Operation: "DeleteExtensionAccess", Input: input}}
	return []plan.Step{st}, err
}

// extensionAccess has the values card entered. It is released only for values with which a sign-in has passed (EXT-06).
type extensionAccess struct {
	worded
	env Env
}

var _ plan.Hander = extensionAccess{}

type accessParams struct {
	Access estate.ExtensionAccess `json:"access"`          // as it will be; the issuer's ARN may be the run's to know
	Issuer bool                   `json:"issuer,omitzero"` // the account is on Identity Center: the page asks for the issuer
	Asked  estate.AccountID       `json:"asked,omitzero"`  // account in which Identity Center is asked for the issuer
	Quick  string                 `json:"quick,omitzero"`  // name of the account that is there; the run knows the one that it makes
}

func (extensionAccess) Name() string { return idAccess }

func (k extensionAccess) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.enters() {
		return nil, nil
	}
	want := accessParams{Access: estate.ExtensionAccess{Name: in.Spec.SignIn.Name, Values: in.Spec.SignIn.Values(), Claim: in.Spec.SignIn.Claim}, Issuer: s.input().NeedsTokenIssuer()}
	if want.Issuer {
		want.Access.Audience, want.Asked = want.Access.Values.ClientID, in.Spec.Administrator().Account
	}
	if !s.creates {
		want.Quick = s.quick.Name
	}
	p, err := params(want)
	st := s.handed(idAccess, k, "enter the extension access "+want.Access.Name+" in the Quick console, by hand", "Quick on Desktop reads from it where people sign in")
	st.Params, st.Gates = p, []plan.Gate{plan.GateIssuer, plan.GateSignIn}
	st.Effect, st.Done = "Quick knows where people of the Desktop application sign in; web sign-in stays as it is", "somebody says so"
	st.Undo = "delete it in the Quick console; it cannot be changed"
	st.Needs = s.planned(signIn{}, tokenIssuer{}, issuerReplicated{}, wrongAccess{}, verifyQuick{})
	st.Repairs = openKeys(in.Findings, "EXT-01", "EXT-09")
	st.Writes = []string{s.path("/extension_access")}
	st.ByHand.Do = []string{"the values card is printed here once a sign-in with these values has passed"}
	return []plan.Step{st}, err
}

// card is what is entered, with all that the run knows.
func (k extensionAccess) card(ctx context.Context, r plan.Run, s plan.Step) (accessParams, error) {
	p, err := decode[accessParams](s)
	if err != nil {
		return accessParams{}, err
	}
	known, err := k.env.SignIn.Proven(ctx, identity.Target{Values: p.Access.Values, Claim: p.Access.Claim})
	proven, ok := known.Get()
	if err == nil && !ok {
		err = &diag.Error{Code: "step/not-proven", What: "the values card is not released: nobody has signed in with these values", Where: p.Access.Values.Issuer, Exit: diag.ExitBlocked, Fix: []string{"rehome resume"}}
	}
	p.Access.Proofs, p.Access.By, p.Access.Date = proven.Proofs, proven.By, proven.Date
	if p.Issuer {
		p.Access.TrustedTokenIssuer = estate.ARN(r.Output(idIssuer)["arn"])
	}
	p.Quick = cmp.Or(p.Quick, r.Output(idCreate)["name"])
	return p, err
}

func (k extensionAccess) Hand(ctx context.Context, r plan.Run, s plan.Step) (plan.Hand, error) {
	h := *s.ByHand
	p, err := k.card(ctx, r, s)
	if err != nil {
		return h, err
	}
	if h.Do = CardSteps(s.Account, s.Region, p.Access, p.Issuer); p.Quick != "" {
		h.Do[0] += "; the account's name in Quick is " + p.Quick
	}
	entered := p.Access
	entered.Claim, entered.Proofs, entered.By, entered.Date = "", nil, "", "" // the console knows nothing of proofs
	input, err := params(entered)
	h.Calls = []plan.Call{{Service: console, Operation: "CreateExtensionAccess", Input: input}}
	return h, err
}

// CardSteps are the console's pages and what is entered there, in order. With issuer the account is on Identity Center, and a page for the
// trusted token issuer comes first (EXT-02 to EXT-05).
func CardSteps(account estate.AccountID, region estate.Region, card estate.ExtensionAccess, issuer bool) []string {
	do := []string{fmt.Sprintf("sign in to the Quick management console of account %s, Region %s, as an administrator", account, region), "Permissions, Extension access, Add extension access"}
	if issuer {
		do = append(do, "page Trusted Token Issuer Setup", "  Trusted Token Issuer ARN: "+string(card.TrustedTokenIssuer), "  Aud claim: "+card.Audience)
	}
	do = append(do, "choose the extension: Desktop application for Quick, then Next", "  Name: "+card.Name, "  Description: "+cmp.Or(card.Description, "(optional, may stay empty)"))
	for _, f := range estate.SignInFields {
		do = append(do, "  "+f.Label+": "+*f.Of(&card.Values))
	}
	if card.By != "" {
		do = append(do, "proven by the sign-in of "+card.By+" on "+card.Date+":")
		for _, f := range estate.SignInFields {
			do = append(do, "  "+f.Label+", since "+card.Proofs[f.Name])
		}
	}
	return append(do, "compare each value with this card, then Add: none can be changed afterwards")
}

// Observe takes somebody's word for the entry, and looks at the one thing in it that AWS shows: the trusted token issuer.
func (k extensionAccess) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[accessParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	out := plan.Output{"name": p.Access.Name}
	if p.Issuer {
		out["audience"], out["trusted_token_issuer"] = p.Access.Audience, r.Output(idIssuer)["arn"]
	}
	for _, f := range estate.SignInFields {
		out[f.Name] = *f.Of(&p.Access.Values)
	}
	o := byWord(r, s, out)
	if o.State == plan.Done && p.Issuer {
		return o, k.issuerThere(ctx, s, p, estate.ARN(out["trusted_token_issuer"]))
	}
	return o, nil
}

// issuerThere fails when the issuer that was entered is not the one of the card, as the Region shows it in which Quick reads it.
func (k extensionAccess) issuerThere(ctx context.Context, s plan.Step, p accessParams, arn estate.ARN) error {
	t, err := k.env.Cloud.IdentityCenter(p.Asked, s.Region).DescribeTrustedTokenIssuer(ctx, arn)
	if err == nil && t.Issuer == p.Access.Values.Issuer {
		return nil
	}
	if err != nil && cloud.KindOf(err) != cloud.NotFound {
		return err
	}
	seen := "it is gone"
	if err == nil {
		seen = "it is for " + t.Issuer
	}
	return &diag.Error{Code: "step/issuer-gone", What: "the extension access names a trusted token issuer that is not the one of the sign-in that passed: " + seen, Where: string(arn) + " in " + string(s.Region), Owner: diag.ManagementAdmin, Exit: diag.ExitBlocked,
		Why: "somebody deleted or replaced it since; an entry of the Quick console cannot be changed, so it has to be deleted and made anew with the new issuer", Fix: []string{"delete the extension access in the Quick console", "rehome survey && rehome plan makes the issuer and the entry anew"}}
}
