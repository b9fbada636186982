package step

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

var issuerDoc = diag.Source{Doc: "CreateTrustedTokenIssuer API reference; IAM Identity Center user guide, trusted token issuers and additional Regions (idc-kms 1.7, 5.2)", Date: "2026-11-22"}

const issuersFact = "/identity_center/trusted_token_issuers"

// tokenIssuer has Identity Center trust the tokens of the identity provider. It is asked at home: an additional Region only reads
// (TTI-03).
type tokenIssuer struct{ env Env }

var _ plan.Undoer = tokenIssuer{}

type issuerParams struct {
	Instance estate.InstanceARN        `json:"instance"`
	Want     estate.TrustedTokenIssuer `json:"want"`
	Reuse    estate.ARN                `json:"reuse,omitzero"` // one that is there already
}

func (tokenIssuer) Name() string { return idIssuer }

// issues reports whether the way leads through a trusted token issuer, and the facts are there to plan one.
func (s situation) issues() bool {
	return s.signsIn() && s.input().NeedsTokenIssuer() && s.inst.ARN != "" && s.inst.TokenIssuers.Looked()
}

func (s situation) wantedIssuer() estate.TrustedTokenIssuer {
	return estate.TrustedTokenIssuer{Name: s.issuerName(), Issuer: s.Spec.SignIn.Values().Issuer, Claim: s.Spec.SignIn.Claim, Attribute: s.Spec.SignIn.Attribute}
}

// IssuerCommand makes the issuer with the AWS CLI, in one line of plain quotes that a shell takes as it stands (TTI-02).
func IssuerCommand(home estate.Region, instance estate.InstanceARN, want estate.TrustedTokenIssuer) string {
	configuration := fmt.Sprintf(`{"OidcJwtConfiguration":{"IssuerUrl":%q,"ClaimAttributePath":%q,"IdentityStoreAttributePath":%q,"JwksRetrievalOption":"OPEN_ID_DISCOVERY"}}`, want.Issuer, want.Claim, want.Attribute)
	line := []string{"aws sso-admin create-trusted-token-issuer --region", string(home), "--instance-arn", string(instance), "--name", want.Name, "--trusted-token-issuer-type OIDC_JWT",
		"--trusted-token-issuer-configuration", "'" + strings.ReplaceAll(configuration, "'", `'\''`) + "'"}
	return strings.Join(line, " ")
}

// issuerName is AWS's name for it, or the next free one: names are not known to be exclusive, and two of one name confuse people.
func (s situation) issuerName() string {
	taken := func(name string) bool {
		for _, t := range s.inst.TokenIssuers.Or(nil) {
			if t.Name == name {
				return true
			}
		}
		return false
	}
	name := estate.DesktopIssuerName
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf("%s-%d", estate.DesktopIssuerName, n)
	}
	return name
}

func (k tokenIssuer) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	arn, _ := s.input().TokenIssuer()
	if !s.issues() || arn != "" && !s.enters() {
		return nil, nil
	}
	want := s.wantedIssuer()
	p, err := params(issuerParams{Instance: s.inst.ARN, Want: want, Reuse: arn})
	st := plan.Step{ID: idIssuer, Kind: k.Name(), Account: in.Spec.Administrator().Account, Region: s.inst.PrimaryRegion, Phase: plan.Prepare, Actor: diag.ManagementAdmin, Params: p,
		Title:  fmt.Sprintf("have Identity Center trust tokens of %s, %s mapped to %s", want.Issuer, want.Claim, want.Attribute),
		Reason: "Quick on Desktop signs in at the identity provider, and an account on Identity Center finds the person through a trusted token issuer",
		Calls:  []string{"sso:CreateTrustedTokenIssuer"}, Effect: "tokens of the issuer can find people of Identity Center, in applications that name it; nobody's sign-in changes",
		Done: "DescribeTrustedTokenIssuer shows exactly this issuer and mapping", Undo: "rehome calls DeleteTrustedTokenIssuer",
		Words: fmt.Sprintf("console: IAM Identity Center, Settings, Authentication tab, Trusted token issuers, Create trusted token issuer: issuer URL %s, name %s, identity provider attribute %s, IAM Identity Center attribute %s; or in one line: %s",
			want.Issuer, want.Name, want.Claim, want.Attribute, IssuerCommand(s.inst.PrimaryRegion, s.inst.ARN, want)),
		Risk: plan.Creates, RiskName: fmt.Sprintf("token-issuer/%s/%s", s.keyAccount, want.Name), Gates: []plan.Gate{plan.GateIssuer},
		Repairs: openKeys(in.Findings, "TTI-01"), Reads: []string{"/identity_center/arn", issuersFact}, Writes: []string{issuersFact, "/identity_center/trusted_token_issuers_at"},
		Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{issuerDoc, desktopGuide}}
	if arn != "" {
		st.Title, st.Calls, st.Effect, st.Risk, st.Gates = "use the trusted token issuer that is there: "+string(arn), []string{}, "none", plan.Reads, []plan.Gate{plan.GateIssuer}
		st.Words, st.Reason = "", "one for this issuer exists; an instance takes ten, and a second one would only confuse"
	}
	return []plan.Step{st}, err
}

// find gives the issuer of the step, whoever made it.
func (k tokenIssuer) find(ctx context.Context, s plan.Step, p issuerParams) (estate.ARN, error) {
	at := k.env.Cloud.IdentityCenter(s.Account, s.Region)
	all, err := at.ListTrustedTokenIssuers(ctx, p.Instance)
	if err != nil {
		return "", err
	}
	for _, arn := range slices.Sorted(maps.Keys(all)) {
		t, err := at.DescribeTrustedTokenIssuer(ctx, arn)
		if err != nil && cloud.KindOf(err) != cloud.NotFound {
			return "", err
		}
		if t.Issuer == p.Want.Issuer && t.Claim == p.Want.Claim && t.Attribute == p.Want.Attribute {
			return arn, nil
		}
	}
	return "", nil
}

func (k tokenIssuer) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[issuerParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	arn, err := k.find(ctx, s, p)
	switch {
	case err != nil:
		return plan.Observation{}, err
	case arn == "":
		return plan.Observation{State: plan.Todo, Detail: "Identity Center does not trust " + p.Want.Issuer}, nil
	}
	return plan.Observation{State: plan.Done, Detail: "trusted as " + string(arn), Output: plan.Output{"arn": string(arn)}}, nil
}

func (k tokenIssuer) Act(ctx context.Context, r plan.Run, s plan.Step) error {
	p, err := decode[issuerParams](s)
	if err != nil {
		return err
	}
	if p.Reuse != "" {
		return &diag.Error{Code: "step/issuer-gone", What: "the trusted token issuer that the plan uses is not there any more", Where: string(p.Reuse), Exit: diag.ExitBlocked, Fix: []string{"rehome survey && rehome plan"}}
	}
	_, err = k.env.Cloud.IdentityCenter(s.Account, s.Region).CreateTrustedTokenIssuer(ctx, p.Instance, p.Want, "rehome-"+r.ID())
	return err
}

// Undo deletes what this run made; one that was there before stays.
func (k tokenIssuer) Undo(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[issuerParams](s)
	if err != nil || p.Reuse != "" {
		return err
	}
	arn, err := k.find(ctx, s, p)
	if err != nil || arn == "" {
		return err
	}
	err = k.env.Cloud.IdentityCenter(s.Account, s.Region).DeleteTrustedTokenIssuer(ctx, arn)
	if cloud.KindOf(err) == cloud.NotFound {
		return nil
	}
	return err
}

// TakenBack sees that the issuer is gone, or that the plan only used one.
func (k tokenIssuer) TakenBack(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[issuerParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	if p.Reuse != "" {
		return plan.Observation{State: plan.Done, Detail: "it was there before"}, nil
	}
	arn, err := k.find(ctx, s, p)
	if err != nil || arn != "" {
		return plan.Observation{State: plan.Todo, Detail: string(arn) + " is still there"}, err
	}
	return plan.Observation{State: plan.Done, Detail: "the issuer is gone"}, nil
}

func (tokenIssuer) Patience() (time.Duration, time.Duration) { return shortly() }

// issuerReplicated waits until the target Region shows the issuer: Quick there reads it there.
type issuerReplicated struct{ env Env }

func (issuerReplicated) Name() string { return idIssuerSeen }

func (k issuerReplicated) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	target := in.Spec.TargetRegion
	if !s.issues() || len(s.planned(tokenIssuer{})) == 0 || target == s.inst.PrimaryRegion {
		return nil, nil
	}
	p, err := params(issuerParams{Instance: s.inst.ARN})
	return []plan.Step{{ID: idIssuerSeen, Kind: k.Name(), Account: in.Spec.Administrator().Account, Region: target, Phase: plan.Prepare, Actor: diag.AWS, Params: p,
		Title: "wait until " + string(target) + " shows the trusted token issuer", Reason: "it is made at home and replicated; the Desktop application's sign-in is answered in " + string(target),
		Calls: []string{"sso:ListTrustedTokenIssuers"}, Effect: "none", Done: "ListTrustedTokenIssuers in " + string(target) + " has it", Undo: "nothing to undo",
		Risk: plan.Reads, Needs: append(s.planned(regionActive{}), idIssuer), Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{issuerDoc}}}, err
}

func (k issuerReplicated) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[issuerParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	arn := estate.ARN(r.Output(idIssuer)["arn"])
	there, err := k.env.Cloud.IdentityCenter(s.Account, s.Region).ListTrustedTokenIssuers(ctx, p.Instance)
	if err != nil {
		return plan.Observation{}, err
	}
	if _, ok := there[arn]; !ok {
		return plan.Observation{State: plan.Pending, Detail: string(s.Region) + " does not show it yet"}, nil
	}
	return plan.Observation{State: plan.Done, Detail: string(s.Region) + " shows " + string(arn)}, nil
}

func (issuerReplicated) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (issuerReplicated) Patience() (time.Duration, time.Duration) { return shortly() }

// wrongIssuer takes away an issuer that was meant to be the one that is needed: its URL cannot be changed (TTI-10). It goes last, when
// somebody has signed in without it.
type wrongIssuer struct{ env Env }

type wrongParams struct {
	ARN  estate.ARN                `json:"arn"`
	Seen estate.TrustedTokenIssuer `json:"seen"`
}

func (wrongIssuer) Name() string { return "delete-token-issuer" }

func (k wrongIssuer) Plan(in plan.Input) (out []plan.Step, err error) {
	s := look(in)
	if !s.issues() {
		return nil, nil
	}
	_, wrong := s.input().TokenIssuer()
	for _, arn := range wrong {
		t := s.inst.TokenIssuers.Or(nil)[arn]
		p, err := params(wrongParams{ARN: arn, Seen: t})
		if err != nil {
			return nil, err
		}
		home := s.inst.PrimaryRegion
		out = append(out, plan.Step{ID: k.Name() + "/" + cmp.Or(t.Name, string(arn)), Kind: k.Name(), Account: in.Spec.Administrator().Account, Region: home, Phase: plan.Cutover, Actor: diag.ManagementAdmin, Params: p,
			Title:  fmt.Sprintf("delete the trusted token issuer %s, which is for %s", t.Name, t.Issuer),
			Reason: "its URL differs from the identity provider's issuer, and an issuer's URL cannot be changed", Calls: []string{"sso:DeleteTrustedTokenIssuer"},
			Effect: "every application and extension access that names " + string(arn) + " stops taking its tokens", Done: "Identity Center does not list it any more",
			Undo: "cannot be undone: a new one has another ARN", Risk: plan.Irreversible, RiskName: fmt.Sprintf("delete-token-issuer/%s/%s", s.keyAccount, cmp.Or(t.Name, string(arn))),
			Gates:   []plan.Gate{plan.GateRehearsal, plan.GateIssuer, plan.GateSignIn, plan.GateConsent},
			Needs:   s.planned(signIn{}, tokenIssuer{}, desktopSeen{}),
			Repairs: openKeys(in.Findings, "TTI-05"), Reads: []string{issuersFact}, Writes: []string{issuersFact, "/identity_center/trusted_token_issuers_at"},
			Predicted: in.Times[estate.TimeAPICall], Sources: []diag.Source{issuerDoc}})
	}
	return out, nil
}

func (k wrongIssuer) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[wrongParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	t, err := k.env.Cloud.IdentityCenter(s.Account, s.Region).DescribeTrustedTokenIssuer(ctx, p.ARN)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		return plan.Observation{State: plan.Done, Detail: "it is gone"}, nil
	case err != nil:
		return plan.Observation{}, err
	case t.Issuer != p.Seen.Issuer:
		return plan.Observation{}, &diag.Error{Code: "step/other-issuer", What: "the trusted token issuer is not the one that the plan is about", Where: string(p.ARN), Exit: diag.ExitBlocked, Fix: []string{"rehome survey && rehome plan"}}
	}
	return plan.Observation{State: plan.Todo, Detail: "it is there, for " + t.Issuer}, nil
}

func (k wrongIssuer) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[wrongParams](s)
	if err != nil {
		return err
	}
	return k.env.Cloud.IdentityCenter(s.Account, s.Region).DeleteTrustedTokenIssuer(ctx, p.ARN)
}

func (wrongIssuer) Patience() (time.Duration, time.Duration) { return shortly() }
