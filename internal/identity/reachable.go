package identity

import (
	"context"
	"net/url"

	"rehome/internal/diag"
)

// Reach tells whether the host of an address can be reached from this computer; whatever it answers is fine. The only error is that of ctx.
func (c *Client) Reach(ctx context.Context, address string) (diag.Finding, error) {
	_, f, err := c.send(ctx, "GET", address, nil, nil)
	out := diag.Finding{Code: "DSK-23", Subject: "local/reach/" + hostOf(address), Status: diag.Pass, Title: hostOf(address) + " can be reached from this computer"}
	if err != nil || f == nil || f.kind == ofAnswer {
		return out, err
	}
	out.Status, out.Title, out.Cause, out.Fix, out.Owner = diag.Fail, f.title, f.cause, f.fix, f.owner
	if u, err := url.Parse(address); err == nil {
		out.Evidence = []diag.Evidence{{Path: "address", Seen: shown(u.Scheme + "://" + u.Host)}}
	}
	return out, nil
}
