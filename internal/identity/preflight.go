package identity

import (
	"context"

	"rehome/internal/estate"
)

// Preflight tells what can be told of the five values without anybody signing in: how they are typed, what the provider publishes, its
// keys, and how its two endpoints take a request that cannot succeed. Whatever is wrong is a finding; the only error is that of ctx. Two
// failed requests will stand in the provider's log.
func (c *Client) Preflight(ctx context.Context, t Target) (*estate.SignIn, error) {
	p := &preflight{client: c, target: t, vendor: vendorOf(t), report: report{stage: "idp", server: serverOf(t.Values)}}
	p.typing(t.Values)
	if p.vendor == estate.VendorOkta {
		p.okta(t.Values)
	}
	for _, look := range []func(context.Context) error{p.lookUp, p.keys, p.bogusCode, p.noPrompt} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return &estate.SignIn{Values: t.Values, Findings: p.findings}, nil
}

type preflight struct {
	report
	client *Client
	target Target
	vendor estate.Vendor
	found  found
	known  clientKnown
}

// clientKnown is what the token endpoint gave away about the client.
type clientKnown int

const (
	clientUnclear clientKnown = iota
	clientTaken               // known, and no secret is wanted
	clientRefused
)

func (p *preflight) lookUp(ctx context.Context) error {
	var err error
	issuer := p.target.Values.Issuer
	if p.found, err = p.client.discover(ctx, issuer); err != nil {
		return err
	}
	if p.found.doc == nil && p.vendor == estate.VendorOkta {
		answers, err := p.client.orgAnswers(ctx, issuer)
		if err != nil {
			return err
		}
		p.unlicensed(p.target, p.found, answers)
	}
	p.discovery(p.target, p.found)
	return nil
}
