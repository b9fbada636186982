package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// This file is about the trusted token issuer: whose tokens Identity Center takes, and how it finds the person.

var issuerDoc = diag.Source{Doc: "CreateTrustedTokenIssuer API reference; IAM Identity Center user guide, trusted token issuers (idc-kms 5.2)", Date: "2026-11-22"}

func (in Input) instanceIssuers() estate.Known[map[estate.ARN]estate.TrustedTokenIssuer] {
	inst, _ := in.instance()
	return inst.TokenIssuers
}

func (in Input) trusted(arn estate.ARN) estate.TrustedTokenIssuer {
	return in.instanceIssuers().Or(nil)[arn]
}

// TokenIssuer finds the issuer that the sign-in needs: exactly this URL; and, where there is none, those that were meant to be it: the
// same URL but for a slash, the case or the discovery suffix. A name says nothing: AWS's guide gives everybody the same.
func (in Input) TokenIssuer() (arn estate.ARN, wrong []estate.ARN) {
	all := in.instanceIssuers().Or(nil)
	if in.Spec.SignIn == nil {
		return "", nil
	}
	want := in.Spec.SignIn.Values().Issuer
	for _, a := range slices.Sorted(maps.Keys(all)) {
		switch t := all[a]; {
		case t.Issuer == want:
			arn = cmp.Or(arn, a)
		case plainIssuer(t.Issuer) == plainIssuer(want):
			wrong = append(wrong, a)
		}
	}
	if arn != "" {
		return arn, nil
	}
	return "", wrong
}

// distrusts reports whether an issuer has to be made, mistrusts whether one has to go first.
func (in Input) distrusts() bool {
	arn, _ := in.TokenIssuer()
	_, entered := in.Registered()
	return in.issues() && (arn == "" || in.creates() || !entered) // one that is there is looked at again before it is used
}

func (in Input) mistrusts() bool {
	_, wrong := in.TokenIssuer()
	return in.issues() && len(wrong) > 0
}

// issues reports whether the way leads through a trusted token issuer of an instance that could be looked at.
func (in Input) issues() bool {
	return in.Spec.WantsDesktop() && in.Spec.SignIn != nil && in.NeedsTokenIssuer() && in.instanceIssuers().Looked()
}

const discoverySuffix = "/.well-known/openid-configuration"

// plainIssuer is an issuer without what people add to it or leave out.
func plainIssuer(url string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(url, "/"), discoverySuffix), "/"))
}

// tokenIssuer judges the instance's issuers against the sign-in.
func tokenIssuer(in Input) []diag.Finding {
	if !in.Spec.WantsDesktop() || !in.NeedsTokenIssuer() {
		return nil
	}
	inst, ok := in.instance()
	if !ok {
		return nil // said by instance
	}
	f := diag.Finding{Code: "TTI-01", Subject: "trusted-token-issuer/" + orElse(string(inst.PrimaryRegion), "unknown"), Owner: diag.ManagementAdmin, Source: []diag.Source{issuerDoc, enterpriseDoc},
		Title: "Identity Center trusts the issuer that Quick on Desktop signs in at"}
	all, known := in.instanceIssuers().Get()
	if !known && !in.instanceIssuers().IsAbsent() {
		f.Title = "the trusted token issuers of Identity Center cannot be seen"
		return unknown(f, "/identity_center/trusted_token_issuers", in.instanceIssuers().Why())
	}
	arn, wrong := in.TokenIssuer()
	out := in.meant(wrong, f.Subject)
	switch {
	case arn != "":
		f.Evidence = []diag.Evidence{{Path: "/identity_center/trusted_token_issuers", Seen: string(arn)}}
		return append(append(out, passed(f)...), in.mapping(all[arn], f.Subject)...)
	case len(all) >= estate.MaxTokenIssuers:
		f.Code, f.Title = "TTI-11", fmt.Sprintf("Identity Center has %d trusted token issuers, the most that it can have, and none is the one that is needed", len(all))
		f.Cause, f.Fix = fmt.Sprintf("an instance takes %d", estate.MaxTokenIssuers), "delete one that nobody uses: aws sso-admin delete-trusted-token-issuer --region "+string(inst.PrimaryRegion)+" --trusted-token-issuer-arn ARN"
		return append(out, failed(f)...)
	}
	f.Title = "Identity Center does not trust the issuer that Quick on Desktop signs in at"
	f.Cause = "an account whose people come from Identity Center maps the token's claim through a trusted token issuer; the Desktop sign-in is not Identity Center's own, on this path either"
	f.Fix = "rehome apply creates it at Identity Center's primary Region, after reading the issuer's discovery document"
	return append(out, failed(f, diag.Evidence{Path: "/identity_center/trusted_token_issuers", Seen: fmt.Sprintf("%d, none with this issuer", len(all))})...)
}

// meant names the issuers that were meant to be the one that is needed. An issuer's URL cannot be changed.
func (in Input) meant(wrong []estate.ARN, subject string) (out []diag.Finding) {
	for _, arn := range wrong {
		t := in.trusted(arn)
		f := diag.Finding{Code: "TTI-05", Subject: subject + "/" + orElse(t.Name, string(arn)), Owner: diag.ManagementAdmin, Source: []diag.Source{issuerDoc},
			Title: fmt.Sprintf("the trusted token issuer %s is for %q, and the identity provider's issuer is %q", t.Name, t.Issuer, in.Spec.SignIn.Values().Issuer),
			Cause: "the two are compared byte by byte, the last slash included; Identity Center does not try the address when the issuer is made, and its URL can never be changed",
			Fix:   "delete it and create it anew, and the extension access that names it: rehome plan has the steps"}
		out = append(out, failed(f, diag.Evidence{Path: "/identity_center/trusted_token_issuers", Seen: string(arn)})...)
	}
	return out
}

// mapping: the claim has to be the one that is proven, and the attribute has to find one person.
func (in Input) mapping(t estate.TrustedTokenIssuer, subject string) []diag.Finding {
	f := diag.Finding{Code: "TTI-07", Subject: subject + "/" + t.Name, Owner: diag.ManagementAdmin, Source: []diag.Source{issuerDoc},
		Title: fmt.Sprintf("the trusted token issuer maps %s to %s", t.Claim, t.Attribute)}
	want := in.Spec.SignIn
	if t.Claim == want.Claim && t.Attribute == want.Attribute {
		return passed(f)
	}
	f.Title += fmt.Sprintf(", and the spec wants %s to %s", want.Claim, want.Attribute)
	f.Cause = "what finds a person at Identity Center is not what the sign-in proves"
	f.Fix = "say in the spec what is meant (sign_in.claim, sign_in.attribute), or change the mapping: aws sso-admin update-trusted-token-issuer; others may rely on it"
	return failed(f, diag.Evidence{Path: "/identity_center/trusted_token_issuers", Seen: t.Claim + " to " + t.Attribute})
}

// oddMapping: another mapping than e-mail to e-mail can be right, and deserves a second look.
func oddMapping(in Input) []diag.Finding {
	s := in.Spec.SignIn
	if !in.Spec.WantsDesktop() || s == nil || !in.NeedsTokenIssuer() || s.Claim == estate.EmailClaim && s.Attribute == estate.EmailAttribute {
		return nil
	}
	return failed(diag.Finding{Code: "TTI-07", Severity: diag.Warn, Subject: in.signInSubject(), Owner: diag.IdPAdmin, Source: []diag.Source{issuerDoc, enterpriseDoc},
		Title: fmt.Sprintf("people are found by %s = %s instead of the e-mail address", s.Claim, s.Attribute),
		Cause: "the claim has to be in every ID token, after a refresh too, and the attribute has to be one person's alone",
		Fix:   "look at the claims of rehome signin before anything final"}, diag.Evidence{Path: "/sign_in", Seen: s.Claim + " to " + s.Attribute})
}

// oneEach: the mapped attribute has to find exactly one person; e-mail addresses need not be unique in the Identity Store.
func oneEach(in Input) []diag.Finding {
	inst, ok := in.instance()
	s := in.Spec.SignIn
	if !ok || !in.Spec.WantsDesktop() || !in.NeedsTokenIssuer() || s != nil && s.Attribute != estate.EmailAttribute {
		return nil
	}
	users, known := inst.Users.Get()
	if !known {
		return nil // said by people
	}
	by := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(users)) {
		by[users[id].Email] = append(by[users[id].Email], fmt.Sprintf("%s (%s)", id, users[id].UserName))
	}
	var out []diag.Finding
	for _, email := range slices.Sorted(maps.Keys(by)) {
		if email == "" || len(by[email]) < 2 {
			continue
		}
		out = append(out, failed(diag.Finding{Code: "TTI-08", Subject: "trusted-token-issuer/e-mail/" + email, Owner: diag.ManagementAdmin, Source: []diag.Source{issuerDoc},
			Title: fmt.Sprintf("%d people in Identity Center have the e-mail address %s: none of them can sign in with Quick on Desktop", len(by[email]), email),
			Cause: "the token's claim has to find exactly one person", Fix: "give each of them an address of their own where they are provisioned from, and wait until it has arrived"},
			diag.Evidence{Path: "/identity_center/users", Seen: strings.Join(by[email], ", ")})...)
	}
	if out == nil {
		return passed(diag.Finding{Code: "TTI-08", Subject: "trusted-token-issuer/e-mail", Owner: diag.ManagementAdmin, Source: []diag.Source{issuerDoc},
			Title: fmt.Sprintf("no two of %d people share an e-mail address", len(users))})
	}
	return out
}
