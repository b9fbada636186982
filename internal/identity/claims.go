package identity

import (
	"fmt"
	"net/mail"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity/token"
)

// missingClaim is why a claim is not in the ID token, by vendor (oidc 1.1 and 0.2).
var missingClaim = map[estate.Vendor][2]string{
	estate.VendorOkta: {"the person's profile in Okta has no primary e-mail address, or the authorization server does not put the claim into ID tokens",
		"Okta: Directory, People, the person, Profile: fill in the primary e-mail; then Security, API, Authorization Servers, default, Claims: claim email, ID Token, Always, value user.email"},
	estate.VendorOther: {"the person has no e-mail address in the directory, or the provider puts e-mail into userinfo only and not into ID tokens, as certified ones do by default",
		"fill in the person's address; then switch on that claims of the scope email are put into the ID token (PingFederate: Include User Info in ID Token; Entra: optional claim email; oidc-provider: conformIdTokenClaims false; zitadel: user info inside the ID token)"},
}

// claim judges the claim that has to find the person, in the ID token of one moment.
func (s *session) claim(subject, moment string, c *token.Claims) {
	if c == nil {
		s.add(diag.Finding{Code: "DSK-12", Subject: subject, Title: "whether the claim " + s.Claim + " is there " + moment + " cannot be told", Cause: "there is no ID token that passed"}, "id_token")
		return
	}
	f := diag.Finding{Code: "DSK-12", Subject: subject, Status: diag.Fail, Owner: diag.IdPAdmin}
	raw, there := c.Value(s.Claim)
	text, isText := raw.(string)
	switch {
	case !there || raw == nil || isText && text == "":
		f.Title = fmt.Sprintf("the ID token holds no %s %s", s.Claim, moment)
		why, ok := missingClaim[s.vendor]
		if !ok {
			why = missingClaim[estate.VendorOther]
		}
		f.Cause, f.Fix = why[0], why[1]
		if moment == afterRefresh {
			f.Cause, f.Fix = "it is lost on refresh: the claim's mapping holds for the first grant only (TRB-25)", "map the claim for the refresh token grant too (PingFederate: Attribute Contract and its fulfilment for both grants; Okta: the claim for ID Token, Always)"
		}
		s.add(f, "claim", moment)
		return
	case !isText:
		f.Title, f.Cause = fmt.Sprintf("the claim %s is no text %s but %s", s.Claim, moment, kindOf(raw)), "Quick and Identity Center compare one text with one attribute"
		f.Fix = "let the provider put one text into the claim"
		s.add(f, "claim", moment)
		return
	}
	s.pass("DSK-12", subject, fmt.Sprintf("the ID token holds %s %s", s.Claim, moment), diag.Evidence{Path: s.Claim, Seen: Person{Value: text}.Masked()})
	s.odd(subject, text, c)
}

func kindOf(v any) string {
	switch v.(type) {
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("%T", v)
}

// odd warns of values that are there and will still find nobody.
func (s *session) odd(subject, text string, c *token.Claims) {
	warn := func(kind, title, cause, fix string) {
		s.add(diag.Finding{Code: "DSK-13", Subject: subject + "/" + kind, Status: diag.Fail, Severity: diag.Warn, Owner: diag.IdPAdmin, Title: title, Cause: cause, Fix: fix})
	}
	if strings.TrimSpace(text) != text {
		warn("space", "the claim "+s.Claim+" has a space at an end", "the comparison with the user is exact", "take the space out of the person's profile at the provider")
	}
	if s.Claim != estate.EmailClaim {
		return
	}
	if address, err := mail.ParseAddress(strings.TrimSpace(text)); err != nil || address.Address != strings.TrimSpace(text) {
		warn("form", "the claim email is no e-mail address", "the directory holds something else in it, such as a login name", "fill in the person's e-mail address at the provider")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r > 127 }) {
		warn("letters", "the claim email holds letters that are not ASCII and may only look like others", "the comparison with the user is exact", "type the address anew in the person's profile")
	}
	if strings.Contains(text, "#EXT#") {
		warn("guest", "the claim email is the login of a guest", "guests have a made-up login with #EXT#, which is nobody's address in AWS", "map the guest's mail attribute to the claim")
	}
	if verified, said := c.Value("email_verified"); said && verified != true && verified != "true" {
		warn("verified", "the provider says that the e-mail address is not verified", "whether Quick asks for a verified address is not known (INFERRED)", "verify the address at the provider")
	}
}
