package paths

import (
	"slices"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// Desktop is how Quick on Desktop signs in beside the web, and what that costs.
type Desktop struct {
	Web     string   `json:"web"`     // how the web signs in; the Desktop set-up never changes it (PATH-06)
	Desktop string   `json:"desktop"` // how Quick on Desktop does
	Issuer  bool     `json:"trusted_token_issuer"`
	Costs   []Reason `json:"costs"` // of two ways of signing in (PATH-12)
}

var hybridDoc = diag.Source{Doc: "runbook, section 6.1: what is lost when the web is on Identity Center and Desktop is not", Date: "2026-06-06"}

// unconfirmed marks what the runbook says and AWS's own page neither confirms nor denies.
var unconfirmed = diag.Source{Doc: "runbook, section 6.1; AWS's page on Quick on Desktop does not confirm it", Date: "2026-06-06", Inferred: true}

// hybrid are the costs of signing in at Identity Center on the web and at the identity provider on the Desktop. With a trusted token issuer
// the person is Identity Center's on both; the sign-ins are still two.
var hybrid = []Reason{
	{"PATH-12", "two ways of signing in have to be documented and kept working", hybridDoc},
	{"PATH-12", "the e-mail address is what holds them together: it has to be equal to the letter at the identity provider, in Identity Center and in Quick", hybridDoc},
	{"PATH-12", "groups of Identity Center may not gate the Desktop: whoever is assigned at the identity provider and found by address may get in", unconfirmed},
	{"PATH-12", "the person's identity may not be propagated to data services from a Desktop session", unconfirmed},
	{"PATH-12", "no work on the key is saved: the web keeps it", hybridDoc},
}

func desktop(in check.Input, chosen spec.Path) *Desktop {
	if !slices.Contains(in.Wants(), spec.WantDesktop) || in.Spec.Goal != spec.GoalDesktop {
		return nil
	}
	s := *in.Spec
	s.Path = chosen
	in.Spec = &s
	d := &Desktop{Issuer: in.NeedsTokenIssuer(), Web: "IAM federation", Desktop: "OpenID Connect at the identity provider, found in Quick by the e-mail address"}
	q, _ := in.Survey.Estate.Accounts[in.Spec.Quick.Account].Quick.Get()
	if d.Issuer {
		d.Web, d.Desktop = "IAM Identity Center", "OpenID Connect at the identity provider, found in Identity Center through a trusted token issuer"
		d.Costs = slices.Clone(hybrid)
	} else if q.Authentication != "" && q.Authentication != estate.AuthIdentityCenter {
		d.Web = "IAM federation (" + q.Authentication + ")"
	}
	return d
}
