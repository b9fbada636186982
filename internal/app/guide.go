package app

import (
	"cmp"
	"errors"
	"os"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/spec"
	"rehome/internal/step"
)

// GuideFormat is the version of a registration's JSON.
const GuideFormat = "rehome.idp/v1"

// Registration says how the application for Quick on Desktop is registered at an identity provider, and what follows from it in AWS.
type Registration struct {
	Format string `json:"format"`
	identity.Guide
	// IssuerCommand makes the trusted token issuer with the AWS CLI; empty: the path needs none.
	IssuerCommand string `json:"issuer_command,omitzero"`
	// Card are the console's pages for the extension access. The values are not proven by being printed: rehome signin does that.
	Card []string `json:"extension_access"`
}

// Guide prints what has to be registered; flags come before the spec.
func (a *App) Guide(flags spec.SignIn) (*Registration, error) {
	s, err := a.spec()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	in := flags
	if flags == (spec.SignIn{}) && err == nil && s.SignIn != nil {
		in = *s.SignIn
	}
	if in.Domain == "" && in.Issuer == "" {
		return nil, &diag.Error{Code: "idp/nobody", What: "which identity provider?", Exit: diag.ExitUsage, Fix: []string{"rehome idp show --vendor okta --domain example.okta.com"}}
	}
	if in.ClientID == "" {
		in.ClientID = "(the client ID that the provider shows after registering)"
	}
	full, err := spec.WithSignIn(s, in)
	if err != nil {
		return nil, err
	}
	in = *full.SignIn
	g := &Registration{Format: GuideFormat, Guide: identity.GuideFor(identity.Target{Vendor: in.Vendor, Values: in.Values(), Claim: in.Claim}, in.Domain, in.Server)}
	card := estate.ExtensionAccess{Name: in.Name, Values: in.Values(), Audience: in.ClientID, TrustedTokenIssuer: "(of the trusted token issuer that rehome apply makes)"}
	var seen estate.Survey
	if document.Read(a.surveyPath(), &seen) != nil {
		seen = estate.Survey{} // nobody has looked yet: the spec's path decides, and the instance's name is not known
	}
	issuer := check.Input{Spec: full, Survey: &seen}.NeedsTokenIssuer()
	g.Card = step.CardSteps(full.Quick.Account, full.TargetRegion, card, issuer)
	if issuer {
		g.IssuerCommand = issuerCommand(in, seen.Estate.IdentityCenter)
		g.Notes = append(g.Notes, "the trusted token issuer with the AWS CLI: "+g.IssuerCommand)
	}
	return g, nil
}

// issuerCommand names the instance that was seen, or where its ARN and Region have to be put in.
func issuerCommand(in spec.SignIn, seen estate.Known[estate.Instance]) string {
	inst, _ := seen.Get()
	return step.IssuerCommand(cmp.Or(inst.PrimaryRegion, "PRIMARY_REGION"), cmp.Or(inst.ARN, "INSTANCE_ARN"),
		estate.TrustedTokenIssuer{Name: estate.DesktopIssuerName, Issuer: in.Values().Issuer, Claim: in.Claim, Attribute: in.Attribute})
}
