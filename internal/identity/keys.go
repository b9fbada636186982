package identity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity/token"
)

// keySet fetches a provider's public keys. ok is false when there is none, and then a finding says why.
func (c *Client) keySet(ctx context.Context, r *report, name, address string) (set token.KeySet, ok bool, err error) {
	a, f, err := c.send(ctx, "GET", address, nil, nil)
	if err != nil {
		return set, false, err
	}
	if f != nil {
		r.unreachable(name, address, f)
		return set, false, nil
	}
	out := diag.Finding{Code: "DSK-15", Subject: r.stage + "/" + name + "/answer", Status: diag.Fail, Owner: diag.IdPAdmin, Cause: "without the keys no token can be verified: Token validation failure",
		Fix: "copy jwks_uri from the discovery document", Evidence: []diag.Evidence{{Path: name, Seen: shown(address) + ": " + a.seen()}}}
	switch {
	case a.redirects():
		out.Title = "the JWKS URI leads on to another address; none is followed"
	case a.status != 200:
		out.Title = fmt.Sprintf("there are no keys at the JWKS URI: HTTP %d", a.status)
	case a.page():
		out.Title = "a web page is at the JWKS URI instead of keys"
	}
	if out.Title != "" {
		r.add(out, name)
		return set, false, nil
	}
	set, found := token.ParseKeys(a.body)
	r.addAll(found, name)
	return set, len(set.Thumbprints()) > 0, nil
}

// addAll takes over what the room of tokens found about a thing: each subject is put below this report's stage. What it found side by side
// stays so; what comes later about the thing follows from it.
func (r *report) addAll(found []diag.Finding, thing string) {
	root := ""
	for _, f := range found {
		f.Subject = r.stage + "/" + f.Subject
		if code, subject, ok := strings.Cut(f.CausedBy, " "); ok && !strings.HasPrefix(subject, r.stage+"/") {
			f.CausedBy = code + " " + r.stage + "/" + subject
		}
		if f.CausedBy == "" && f.Open() {
			f.CausedBy = r.rootOf([]string{thing})
		}
		r.add(f)
		if f.Blocks() && root == "" {
			root = rootKey(f)
		}
	}
	if root != "" {
		r.blame(thing, root)
	}
}

// keys judges the typed key set by itself, and against the one that discovery names.
func (p *preflight) keys(ctx context.Context) error {
	typed := p.target.Values.JWKSURI
	set, ok, err := p.client.keySet(ctx, &p.report, "jwks_uri", typed)
	if err != nil || !ok {
		return err
	}
	if p.found.doc == nil || p.found.doc.JWKS == typed {
		return nil
	}
	a, f, err := p.client.send(ctx, "GET", p.found.doc.JWKS, nil, nil)
	if err != nil || f != nil || a.status != 200 {
		return err // the address differs, which has been said
	}
	published, _ := token.ParseKeys(a.body)
	p.sameKeys(set, published)
	return nil
}

// sameKeys: two addresses are equally good when the same keys are at both.
func (p *preflight) sameKeys(typed, published token.KeySet) {
	const subject = "idp/jwks_uri/same"
	have, want := typed.Thumbprints(), published.Thumbprints()
	seen := []diag.Evidence{{Path: "at the typed address", Seen: fmt.Sprint(len(have), " keys")}, {Path: "at " + p.found.doc.JWKS, Seen: fmt.Sprint(len(want), " keys")}}
	var without []string
	for _, print := range slices.Sorted(maps.Keys(want)) {
		if _, ok := have[print]; !ok {
			without = append(without, print)
		}
	}
	if len(without) == 0 {
		p.pass("DSK-09", subject, "the same keys are at the typed address and at the published one", seen...)
		return
	}
	f := diag.Finding{Code: "DSK-09", Subject: subject, Status: diag.Fail, Title: fmt.Sprintf("%d of the provider's keys are not at the typed JWKS URI", len(without)),
		Cause: "the keys of another authorization server are there, or a proxy's that lags behind: tokens would fail their validation (TRB-11)", Fix: "write " + p.found.doc.JWKS, Evidence: seen}
	if p.vendor == estate.VendorOkta {
		f.Code = "OKT-09"
	}
	p.add(f, "jwks_uri")
}
