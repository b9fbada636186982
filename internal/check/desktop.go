package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// This file is about how people sign in with Quick on Desktop: the application at the identity provider, the proof that it works, and the
// extension access that the Quick console holds. What the provider itself shows was judged when it was looked at.

var (
	enterpriseDoc = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, steps 1 to 4", Date: "2026-06-06"}
	extensionDoc  = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, step 3: the entry cannot be edited", Date: "2026-06-06"}
	noAPIDoc      = diag.Source{Doc: "AWS SDK for Go, quicksight v1.113.0: no operation reads or writes extension access", Date: "2026-11-22"}
)

// NeedsTokenIssuer reports whether the tokens of Quick on Desktop are mapped by Identity Center: accounts whose people come from there
// need a trusted token issuer, others are mapped by Quick itself, by e-mail address (PATH-05, TTI-01).
func (in Input) NeedsTokenIssuer() bool {
	q, exists := in.quick().Get()
	if exists && !in.creates() && q.Authentication != "" {
		return q.Authentication == estate.AuthIdentityCenter
	}
	return in.Path() == spec.PathIdentityCenter
}

func (in Input) signInSubject() string { return "sign-in/" + string(in.Spec.Quick.Account) }

// signInWanted: an application at the identity provider is needed on every path.
func signInWanted(in Input) []diag.Finding {
	if !in.Spec.WantsDesktop() {
		return nil
	}
	f := diag.Finding{Code: "DSK-08", Subject: in.signInSubject(), Owner: diag.IdPAdmin, Source: []diag.Source{enterpriseDoc},
		Title: "the application for Quick on Desktop is described by its five values"}
	if in.Spec.SignIn != nil {
		return passed(f)
	}
	f.Title = "no application for Quick on Desktop is named: where people sign in is not known"
	f.Cause = "Quick on Desktop signs in at the customer's identity provider, by OpenID Connect with a proof key, whatever the account's own method is; the spec has no sign_in"
	f.Fix = "register a native application (rehome idp show --vendor okta --domain DOMAIN prints how), and put sign_in with its client ID in the spec; or leave desktop out of want"
	return failed(f, diag.Evidence{Path: "/sign_in", Seen: "not in the spec"})
}

// provider passes on what the look at the identity provider found.
func provider(in Input) []diag.Finding {
	if !in.Spec.WantsDesktop() || in.Spec.SignIn == nil {
		return nil
	}
	seen, ok := in.Survey.Estate.SignIn.Get()
	f := diag.Finding{Code: "DSK-09", Subject: in.signInSubject(), Owner: diag.IdPAdmin, Source: []diag.Source{enterpriseDoc}, Title: "what the identity provider publishes was compared with the values"}
	switch {
	case !ok:
		f.Title = "nobody could look at the identity provider"
		return unknown(f, "/sign_in", in.Survey.Estate.SignIn.Why())
	case seen.Values != in.Spec.SignIn.Values():
		f.Title = "the look at the identity provider was about other values than the spec's"
		return unknown(f, "/sign_in/values", "the spec has changed since; rehome survey looks again")
	}
	return Lowered(seen.Findings, in.NeedsTokenIssuer())
}

// Lowered are findings of a look at an identity provider; without a trusted token issuer a warning is made of what only Identity Center
// asks for: Quick on Desktop itself reads no discovery document (oidc 0.1).
func Lowered(findings []diag.Finding, issuer bool) []diag.Finding {
	out := slices.Clone(findings)
	for i := range out {
		if out[i].Code == "TTI-06" && !issuer {
			out[i].Severity = diag.Warn
		}
	}
	return out
}

// signInProven: the values become final in the console, so somebody has to have signed in with them before.
func signInProven(in Input) []diag.Finding {
	if !in.Spec.WantsDesktop() || in.Spec.SignIn == nil {
		return nil
	}
	f := diag.Finding{Code: "DSK-25", Subject: in.signInSubject(), Owner: diag.IdPAdmin, Source: []diag.Source{extensionDoc}}
	seen, looked := in.Survey.Estate.SignIn.Get()
	card, ok := seen.Proven.Get()
	registered, entered := in.Registered()
	switch {
	case ok:
		f.Title = fmt.Sprintf("%s has signed in with these values on %s: proven on the identity provider's side", orElse(card.By, "somebody"), card.Date)
		return passed(f)
	case entered && registered.Values == in.Spec.SignIn.Values(): // the entry is there; what it rests on is asked of people
		f.Title, f.Severity = "these values are entered in the Quick console, and no sign-in with them was made from here", diag.Note
		return passed(f)
	case !looked:
		return nil // said by provider
	}
	f.Title = "nobody has signed in with these values yet"
	f.Cause = "the console takes the values without trying them, and none can be changed afterwards"
	f.Fix = "rehome apply has somebody sign in before anything final; by itself: rehome signin"
	return failed(f, diag.Evidence{Path: "/sign_in/proven", Seen: "no sign-in"})
}

// reached: whoever looks stands where the Desktop's people stand, and nothing there answered one service of the target Region (DSK-23).
func reached(in Input) (out []diag.Finding) {
	answered := map[string]bool{} // by service
	for _, l := range in.Survey.Looks {
		if l.Region == in.Target() && in.Spec.WantsDesktop() {
			answered[l.Service] = answered[l.Service] || l.Error != "unavailable" // the door's word for no answer
		}
	}
	for _, service := range slices.Sorted(maps.Keys(answered)) {
		if f := (diag.Finding{Code: "DSK-23", Subject: fmt.Sprintf("reach/%s/%s", service, in.Target()), Source: []diag.Source{enterpriseDoc}}); !answered[service] {
			f.Title = fmt.Sprintf("%s in %s cannot be reached from this machine", service, in.Target())
			f.Cause, f.Fix = "a firewall or proxy in between, or no network; Quick on Desktop needs the same way from everybody's machine", "let the machines reach the endpoints of "+string(in.Target())+", then: rehome survey"
			out = append(out, failed(f, diag.Evidence{Path: "/looks", Seen: "no call was answered"})...)
		}
	}
	return out
}

// Registered is the extension access that somebody recorded, by the spec's name or the only one.
func (in Input) Registered() (estate.ExtensionAccess, bool) {
	q, _ := in.quick().Get()
	all := q.ExtensionAccess.Or(nil)
	if in.Spec.SignIn != nil {
		if a, ok := all[in.Spec.SignIn.Name]; ok {
			return a, true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		return all[name], true
	}
	return estate.ExtensionAccess{}, false
}

// extensionAccess: without the entry, and the extension made from it, nobody signs in with Quick on Desktop. An account that is made anew
// has none, whatever the old one had (EXT-11).
func extensionAccess(in Input) []diag.Finding {
	if !in.Spec.WantsDesktop() {
		return nil
	}
	f := diag.Finding{Code: "EXT-01", Subject: "extension-access/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{enterpriseDoc, noAPIDoc}}
	a, ok := in.Registered()
	path := in.quickPath("/extension_access")
	switch {
	case in.creates() || !ok:
		f.Title = "Quick has no extension access for the Desktop application, as far as anybody has recorded"
		f.Cause = "no API shows it: it is there when rehome's own run or the spec's sign_in.registered says so; a new account has none"
		f.Fix = "rehome apply prints the values card once the sign-in is proven; an entry that is there already goes into sign_in.registered of the spec"
		return failed(f, diag.Evidence{Path: path, Seen: "none recorded"})
	case !a.Extension:
		f.Code, f.Title = "EXT-08", "the extension has not been created from the extension access "+a.Name
		f.Cause, f.Fix = "the entry alone lets nobody in", "in the Quick console: Connect apps and data, Extensions, Add extension; then say so in the spec, or let rehome apply guide"
		return failed(f, diag.Evidence{Path: path, Seen: a.Name + " without extension"})
	}
	f.Title = fmt.Sprintf("the extension access %s is there, by the word of %s on %s", a.Name, orElse(a.By, "a run of rehome"), a.Date)
	return passed(f)
}

// recordedValues: what was entered in the console is compared with what the provider is known by now, field by field (EXT-09, DSK-22).
func recordedValues(in Input) []diag.Finding {
	a, ok := in.Registered()
	if !ok || !in.Spec.WantsDesktop() || in.Spec.SignIn == nil || in.creates() {
		return nil
	}
	f := diag.Finding{Code: "EXT-09", Subject: "extension-access/" + string(in.Spec.Quick.Account), Owner: diag.QuickAdmin, Source: []diag.Source{extensionDoc},
		Title: "the values in the Quick console are those of the identity provider"}
	want := in.Spec.SignIn.Values()
	labels, differ := in.threeWay(a, want)
	if len(differ) == 0 {
		return passed(f)
	}
	f.Title = "the extension access " + a.Name + " holds other values than the identity provider has: " + strings.Join(labels, ", ")
	f.Cause = "an entry cannot be changed; the provider's value changed, or a wrong one was entered"
	f.Fix = "delete the extension access and create it anew with the values of a sign-in that passed: rehome plan has both steps"
	return failed(f, differ...)
}

// threeWay compares the entry with the provider and, for the issuer and the audience, with the trusted token issuer. It gives what differs
// by the console's names, and what was seen of each.
func (in Input) threeWay(a estate.ExtensionAccess, want estate.SignInValues) (labels []string, seen []diag.Evidence) {
	differ := func(label, member, what string) {
		labels = append(labels, label)
		seen = append(seen, diag.Evidence{Path: in.quickPath("/extension_access/" + a.Name + member), Seen: what})
	}
	trusted := in.trusted(a.TrustedTokenIssuer)
	for _, field := range estate.SignInFields {
		entered, live := *field.Of(&a.Values), *field.Of(&want)
		row := fmt.Sprintf("identity provider %q, extension access %q", live, entered)
		differs := entered != live
		if field.Name == "issuer" && trusted.Issuer != "" {
			row += fmt.Sprintf(", trusted token issuer %q", trusted.Issuer)
			differs = differs || trusted.Issuer != live
		}
		if differs {
			differ(field.Label, "/values/"+field.Name, row+odd(live, entered, trusted.Issuer))
		}
	}
	if in.NeedsTokenIssuer() {
		if a.Audience != want.ClientID {
			differ("Aud claim", "/audience", fmt.Sprintf("client ID %q, extension access %q: the ID token's audience is the client ID, an access token's is not", want.ClientID, a.Audience))
		}
		if trusted.Issuer == "" && in.instanceIssuers().Looked() {
			differ("Trusted Token Issuer ARN", "/trusted_token_issuer", fmt.Sprintf("extension access %q: there is no such issuer", a.TrustedTokenIssuer))
		}
	}
	return labels, seen
}

// odd names the one of three that the two others disagree with.
func odd(live, entered, trusted string) string {
	switch {
	case trusted == "" || live == entered && entered == trusted:
		return ""
	case entered == trusted:
		return "; the identity provider is the odd one out"
	case live == trusted:
		return "; the extension access is the odd one out"
	case live == entered:
		return "; the trusted token issuer is the odd one out"
	}
	return "; all three differ"
}
