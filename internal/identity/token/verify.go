package token

import (
	"encoding/json"
	"slices"

	"rehome/internal/diag"
)

// Verify judges an ID token. A token whose signature is not proven is judged by its claims too, but only what is wrong with them is told: it
// may be why no key fits. The zero KeySet is one whose keys could not be read.
func Verify(raw string, keys KeySet, e Expect) Verdict {
	v := verifier{expect: e, prefix: "id-token"}
	if e.Earlier != nil {
		v.prefix = "id-token-refreshed"
	}
	t, name, shown := open(raw)
	v.add(formCheck, name, shown)
	if t == nil {
		return v.verdict
	}
	v.all(t, headerChecks, true)
	if v.blocked() {
		return v.verdict
	}
	p := keys.prove(t)
	v.add(signatureCheck, p.none, p.seen)
	proven := p.none == ""
	if proven {
		v.add(keyCheck, p.odd, p.seen)
	}
	v.verdict.Refetch = rotates(p.none)
	v.all(t, claimChecks, proven)
	if e.Claim != "" {
		v.all(t, personChecks, proven)
	}
	if e.Earlier != nil {
		v.all(t, refreshChecks, proven)
	}
	if proven && !v.blocked() {
		v.verdict.Claims = t.read(e, p.key)
	}
	return v.verdict
}

// rootOfNoKeys is the key of ParseKeys' finding on a set of which no key can be used.
const rootOfNoKeys = "DSK-15 jwks/keys"

type verifier struct {
	expect  Expect
	prefix  string // of subjects
	verdict Verdict
}

func (v *verifier) add(c check, flaw string, shown []diag.Evidence) {
	f := c.finding(v.prefix, flaw, shown)
	if flaw == "signature/no-keys" {
		f.CausedBy = rootOfNoKeys
	}
	v.verdict.Findings = append(v.verdict.Findings, f)
}

// all makes the checks that apply. What holds is told only where it is worth something: not of claims that nobody has signed for.
func (v *verifier) all(t *opened, checks []check, worth bool) {
	for _, c := range checks {
		if c.when != nil && !c.when(v.expect) {
			continue
		}
		flaw, shown := c.judge(t, v.expect)
		if flaw != "" || worth {
			v.add(c, flaw, shown)
		}
	}
}

func (v *verifier) blocked() bool {
	return slices.ContainsFunc(v.verdict.Findings, diag.Finding.Blocks)
}

// read gives the claims of a token that passed, so all of them are what they have to be.
func (t *opened) read(e Expect, k key) Claims {
	c := Claims{Subject: t.claims.text("sub"), Issuer: t.claims.text("iss"), Party: t.claims.text("azp"), KeyID: t.header.text("kid"), Key: k.thumbprint(),
		id: t.claims.text("jti"), members: t.claims}
	c.Audience, _ = t.claims.texts("aud")
	c.Expires, _ = t.claims.instant("exp")
	c.Issued, _ = t.claims.instant("iat")
	c.AuthTime, _ = t.claims.instant("auth_time")
	if e.Claim != "" {
		c.Mapped = t.claims.text(e.Claim)
	}
	return c
}

// Value is a claim as encoding/json gives it; false: the token has none of that name. It is personal data.
func (c Claims) Value(name string) (any, bool) {
	raw, there := c.members[name]
	if !there {
		return nil, false
	}
	var out any
	return out, json.Unmarshal(raw, &out) == nil
}
