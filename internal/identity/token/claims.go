package token

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"rehome/internal/diag"
)

const (
	idTokenRules = "OpenID Connect Core 1.0 section 3.1.3.7"
	ttiRules     = "IAM Identity Center User Guide, trusted token issuers (idc-kms 5.2); OpenID Connect Core 1.0 section 2"
)

// claimChecks are made in this order, each of them by itself.
var claimChecks = []check{
	{slug: "issuer", code: "DSK-15", holds: "the issuer is byte for byte the typed one", source: idTokenRules, judge: judgeIssuer},
	{slug: "audience", code: "DSK-15", holds: "the audience is the Client ID", source: idTokenRules, judge: judgeAudience},
	{slug: "party", code: "DSK-15", holds: "the token was issued to no other application", source: idTokenRules, judge: judgeParty},
	{slug: "nonce", code: "DSK-20", holds: "the nonce is that of this sign-in", source: idTokenRules, judge: judgeNonce, when: func(e Expect) bool { return e.Nonce != "" }},
	{slug: "expiry", code: "DSK-15", holds: "the token has not expired", source: idTokenRules, judge: judgeExpiry},
	{slug: "issued", code: "DSK-15", holds: "the time of issue is neither ahead nor long ago", source: idTokenRules, judge: judgeIssued},
	{slug: "not-before", code: "DSK-15", holds: "nothing says that the token is valid later only", source: "RFC 7519 section 4.1.5", judge: judgeNotBefore},
	{slug: "subject", code: "TTI-12", holds: "the token names its subject", source: ttiRules, judge: judgeSubject},
	{slug: "access-token", code: "DSK-15", holds: "the access token is the one that came with the ID token, as far as the provider says", source: "OpenID Connect Core 1.0 section 3.1.3.8",
		judge: judgeAccessToken, when: func(e Expect) bool { return e.AccessToken != "" }},
}

// nearMisses are tried in this order; the first that fits names the difference between two issuers.
var nearMisses = []struct {
	flaw string
	fits func(typed, said string) bool
}{
	{"issuer/template", func(typed, said string) bool { return strings.ContainsAny(typed+said, "{}") }},
	{"issuer/slash", func(typed, said string) bool { return strings.TrimRight(typed, "/") == strings.TrimRight(said, "/") }},
	{"issuer/space", func(typed, said string) bool { return strings.TrimSpace(typed) == strings.TrimSpace(said) }},
	{"issuer/case", strings.EqualFold},
	{"issuer/port", func(typed, said string) bool { return withoutPort(typed) == withoutPort(said) }},
	{"issuer/scheme", func(typed, said string) bool { return after(typed, "://") == after(said, "://") }},
	{"issuer/server", func(typed, said string) bool { return host(typed) == host(said) }},
	{"issuer/other", func(string, string) bool { return true }},
}

func judgeIssuer(t *opened, e Expect) (string, []diag.Evidence) {
	said := t.claims.text("iss")
	shown := both(seen("typed", e.Issuer), seen("iss", said))
	switch {
	case t.claims.kind("iss") == absent:
		return "issuer/absent", nil
	case t.claims.kind("iss") != text:
		return "issuer/kind", seen("iss", t.claims.kind("iss").String())
	case said == e.Issuer && said != "":
		return "", seen("iss", said)
	}
	for _, m := range nearMisses {
		if m.fits(e.Issuer, said) {
			return m.flaw, shown
		}
	}
	return "issuer/other", shown
}

func after(address, mark string) string {
	_, rest, _ := strings.Cut(address, mark)
	return rest
}

func host(address string) string {
	name, _, _ := strings.Cut(after(address, "://"), "/")
	return name
}

// withoutPort takes the port off that the scheme would have anyway.
func withoutPort(address string) string {
	port := ":80"
	if strings.HasPrefix(address, "https://") {
		port = ":443"
	}
	return strings.Replace(address, host(address), strings.TrimSuffix(host(address), port), 1)
}

func judgeAudience(t *opened, e Expect) (string, []diag.Evidence) {
	all, ok := t.claims.texts("aud")
	shown := both(seen("Client ID", e.ClientID), seen("aud", all...))
	switch {
	case t.claims.kind("aud") == absent:
		return "audience/absent", nil
	case !ok:
		return "audience/kind", seen("aud", t.claims.kind("aud").String())
	case slices.Contains(all, e.ClientID) && e.ClientID != "":
		return "", seen("aud", all...)
	case strings.Join(all, "") == "":
		return "audience/empty", nil
	case t.claims.kind("scp") != absent || t.claims.kind("scope") != absent:
		return "audience/access", shown
	}
	return "audience/other", shown
}

// judgeParty follows OpenID Connect Core: several audiences need azp, and azp is the client. That an audience is not trusted is not known
// here, so a further one is warned of.
func judgeParty(t *opened, e Expect) (string, []diag.Evidence) {
	all, _ := t.claims.texts("aud")
	party := t.claims.kind("azp")
	switch {
	case party != absent && party != text:
		return "party/kind", seen("azp", party.String())
	case party == text && t.claims.text("azp") != e.ClientID:
		return "party/other", both(seen("Client ID", e.ClientID), seen("azp", t.claims.text("azp")))
	case len(all) > 1 && party == absent:
		return "party/absent", seen("aud", all...)
	case slices.ContainsFunc(all, func(a string) bool { return a != e.ClientID }) && slices.Contains(all, e.ClientID):
		return "party/audiences", seen("aud", all...)
	}
	return "", nil
}

func judgeNonce(t *opened, e Expect) (string, []diag.Evidence) {
	switch k := t.claims.kind("nonce"); {
	case k == absent && e.Earlier != nil:
		return "", nil
	case k == absent:
		return "nonce/absent", nil
	case k != text:
		return "nonce/kind", seen("nonce", k.String())
	case t.claims.text("nonce") != e.Nonce:
		return "nonce/other", nil
	}
	return "", nil
}

// maxSubject is the most letters of a subject (OpenID Connect Core 1.0 section 2).
const maxSubject = 255

func judgeSubject(t *opened, _ Expect) (string, []diag.Evidence) {
	sub := t.claims.text("sub")
	switch k := t.claims.kind("sub"); {
	case k == absent:
		return "subject/absent", nil
	case k != text:
		return "subject/kind", seen("sub", k.String())
	case sub == "":
		return "subject/empty", nil
	case len(sub) > maxSubject:
		return "subject/long", nil
	case strings.ContainsFunc(sub, func(r rune) bool { return r < ' ' || r > '~' }):
		return "subject/letters", nil
	}
	return "", nil
}

func judgeAccessToken(t *opened, e Expect) (string, []diag.Evidence) {
	sum := sha256.Sum256([]byte(e.AccessToken))
	want := base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	switch k := t.claims.kind("at_hash"); {
	case k == absent:
		return "", nil
	case k != text || t.claims.text("at_hash") != want:
		return "access-token/other", nil
	}
	return "", nil
}
