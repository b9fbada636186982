// Package token judges ID tokens and the key sets that they are verified with. It is pure: what was fetched, when, and what was asked for
// are brought to it. Every rule is a check with a name, and gives a finding whether it holds or not. No finding holds a token, a part of
// one, or what a token says about a person. It must not fetch, keep or print anything, or trust anything a token says about its own keys.
package token

import (
	"time"

	"rehome/internal/diag"
)

// Skew is how far the clocks of this machine and of the provider may be apart.
const Skew = 60 * time.Second

// Expect is what an ID token is held against.
type Expect struct {
	Issuer   string // as typed; compared byte for byte
	ClientID string // as typed
	Nonce    string // sent with the sign-in; empty: none was
	// Claim is the name of the claim that has to find the person, such as email. Empty: it is not judged here, and the token passes without.
	Claim       string
	Now         time.Time
	AccessToken string // issued with the token; empty: at_hash cannot be compared
	// Earlier are the claims of the sign-in whose refresh gave the token; nil: it comes from a sign-in. It makes the nonce optional and adds
	// the rules of OpenID Connect Core 12.2; the subjects of findings begin with id-token-refreshed then, else with id-token.
	Earlier *Claims
}

// Verdict is what Verify found.
type Verdict struct {
	Claims   Claims         // the zero value unless the verdict passed
	Findings []diag.Finding // every check that could be made, in the order of the checks
	// Refetch says that no key of the set fits: the provider may have rotated its keys since the set was fetched. Whoever fetched it fetches
	// once more, and asks again; a second time it means nothing.
	Refetch bool
}

// Passed reports whether the token is signed by a key of the set and nothing that blocks was found.
func (v Verdict) Passed() bool { return v.Claims.Issuer != "" }

// Claims are those of a token that passed.
type Claims struct {
	Subject, Issuer string
	Audience        []string
	Party           string // azp; empty: the token names none
	Mapped          string // value of the claim that has to find the person; it is personal data
	Expires, Issued time.Time
	AuthTime        time.Time // zero: the token does not say when the person signed in
	KeyID, Key      string    // kid of the header, which can be empty, and RFC 7638 thumbprint of the key that signed
	id              string    // jti
	members         object
}
