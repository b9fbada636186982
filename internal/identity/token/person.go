package token

import (
	"encoding/json"
	"strings"
	"unicode"

	"rehome/internal/diag"
)

const (
	setupDoc = "AWS, Setting up Amazon Quick on desktop for enterprise deployments"
	email    = "email"
)

// personChecks are made when a claim has to find the person.
var personChecks = []check{
	{slug: "claim", code: "DSK-12", holds: "the ID token holds the claim that finds the person", source: setupDoc, judge: judgeMapped},
	{slug: "claim-spelling", code: "DSK-13", holds: "the claim is spelt as a directory would", source: setupDoc, judge: judgeSpelling},
	{slug: "claim-verified", code: "DSK-12", holds: "the provider does not call the address unverified", source: "OpenID Connect Core 1.0 section 5.1", judge: judgeVerified,
		when: func(e Expect) bool { return e.Claim == email }},
}

func judgeMapped(t *opened, e Expect) (string, []diag.Evidence) {
	k := t.claims.kind(e.Claim)
	value := t.claims.text(e.Claim)
	switch {
	case e.Earlier != nil && (k == absent || k == text && value == ""):
		return "claim/lost", seen("claim", e.Claim)
	case k == absent:
		return "claim/absent", seen("claim", e.Claim)
	case k == list:
		return "claim/list", seen("claim", e.Claim)
	case k != text:
		return "claim/kind", seen(e.Claim, k.String())
	case strings.TrimSpace(value) == "":
		return "claim/empty", seen("claim", e.Claim)
	case e.Earlier != nil && e.Earlier.Mapped != "" && value != e.Earlier.Mapped:
		return "claim/changed", both(seen("at sign-in", Mask(e.Earlier.Mapped)), seen("after the refresh", Mask(value)))
	}
	return "", seen(e.Claim, Mask(value))
}

// judgeSpelling: the claim is compared with a user of the directory letter by letter (DSK-13), so what hardly any user has is told.
func judgeSpelling(t *opened, e Expect) (string, []diag.Evidence) {
	value := t.claims.text(e.Claim)
	switch {
	case strings.TrimSpace(value) != value:
		return "spelling/space", seen("claim", e.Claim)
	case strings.ContainsFunc(value, unicode.IsControl):
		return "spelling/control", seen("claim", e.Claim)
	case e.Claim != email || value == "":
		return "", nil
	case strings.ContainsAny(value, ",; ") || strings.Count(value, "@") > 1:
		return "spelling/several", seen("claim", e.Claim)
	case strings.Contains(value, "#EXT#"):
		return "spelling/guest", seen("claim", e.Claim)
	case strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII }):
		return "spelling/letters", seen("claim", e.Claim)
	case strings.HasPrefix(value, "@") || strings.HasSuffix(value, "@") || !strings.Contains(value, "@"):
		return "spelling/address", seen("claim", e.Claim)
	}
	return "", nil
}

func judgeVerified(t *opened, _ Expect) (string, []diag.Evidence) {
	var verified any
	if t.claims.kind("email_verified") != absent {
		_ = json.Unmarshal(t.claims["email_verified"], &verified) // the value is valid JSON
	}
	switch {
	case verified == false || verified == "false":
		return "verified/no", nil
	case verified != nil && verified != true:
		return "verified/kind", nil
	}
	return "", nil
}

const fillIn = "fill in the person's address at the provider, and map it to the claim"

var personFlaws = map[string]flaw{
	"claim/absent": {title: "the ID token lacks the claim that finds the person", cause: "the person has no address in the directory; or the provider puts the claim into userinfo or access tokens only",
		fix: "fill in the person's address, then put the claim into ID tokens", owner: diag.IdPAdmin},
	"claim/empty": {title: "the claim that finds the person is empty", cause: "the person has no address in the directory", fix: fillIn, owner: diag.IdPAdmin},
	"claim/list":  {title: "the claim that finds the person is a list", cause: "an attribute with several values is mapped to it; Quick and Identity Center compare one text", fix: "map an attribute with one value to the claim", owner: diag.IdPAdmin},
	"claim/kind":  {title: "the claim that finds the person is no text", cause: "another attribute is mapped to it", fix: fillIn, owner: diag.IdPAdmin},
	"claim/lost": {title: "the claim that finds the person is lost on refresh", cause: "it is mapped for the first grant only (TRB-25)",
		fix: "map the claim for the refresh token grant too (PingFederate: Attribute Contract and its fulfilment for both)", owner: diag.IdPAdmin},
	"claim/changed": {title: "the claim that finds the person changed on refresh", cause: "another attribute is mapped to it for the refresh token grant", fix: "map the same attribute for both grants", owner: diag.IdPAdmin},

	"spelling/space":   {title: "the claim that finds the person has a space at an end", cause: "it was typed so in the person's profile; the comparison with the user is exact", fix: "take the space out of the profile", owner: diag.IdPAdmin},
	"spelling/control": {title: "the claim that finds the person holds control characters", cause: "it was pasted so into the person's profile", fix: "type the address anew", owner: diag.IdPAdmin},
	"spelling/several": {title: "the claim email holds more than one address", cause: "several addresses are kept in one attribute", fix: "map an attribute with one address to the claim", owner: diag.IdPAdmin},
	"spelling/guest": {title: "the claim email is the made-up login of a guest (#EXT#)", cause: "it is nobody's address in AWS", fix: "map the guest's mail attribute to the claim",
		severity: diag.Warn, owner: diag.IdPAdmin},
	"spelling/letters": {title: "the claim email holds letters that are not ASCII", cause: "a letter of another alphabet looks the same; or the address is an international one", fix: "compare with the user letter by letter; else type the address anew in the profile",
		severity: diag.Warn, owner: diag.IdPAdmin},
	"spelling/address": {title: "the claim email is no e-mail address", cause: "a login name is mapped to it", fix: fillIn, severity: diag.Warn, owner: diag.IdPAdmin},

	"verified/no": {title: "the provider calls the person's address unverified", cause: "nobody confirmed it; whether Quick asks for it is not established", fix: "verify the address at the provider",
		severity: diag.Warn, owner: diag.IdPAdmin},
	"verified/kind": {title: "email_verified in the ID token is neither true nor false", cause: "the provider writes it as a text", fix: "let the provider write true or false", severity: diag.Warn, owner: diag.IdPAdmin},
}
