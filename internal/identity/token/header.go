package token

import (
	"slices"
	"strings"

	"rehome/internal/diag"
)

const algorithm = "RS256"

// headerChecks are made in this order; what is wrong with a header stops, since nothing after it can be believed. The members jku, x5u, jwk
// and x5c are not among them: a token's own word about its key is not listened to (RFC 8725 section 3.10).
var headerChecks = []check{
	{slug: "algorithm", code: "TTI-12", holds: "the ID token is signed with RS256", source: "IAM Identity Center User Guide, trusted token issuers (idc-kms 5.2); RFC 8725 section 3.1", judge: judgeAlgorithm},
	{slug: "kind", code: "DSK-24", holds: "the token does not say that it is anything but an ID token", source: "RFC 8725 section 3.11; RFC 9068 section 2.1", judge: judgeKind},
	{slug: "header", code: "DSK-15", holds: "the header asks for no extension", source: "RFC 7515 section 4.1.11; RFC 7797 section 6", judge: judgeHeader},
}

// asymmetric are the other algorithms that a provider can have been set to (RFC 7518 section 3.1, 8037, 9864 and 9964).
var asymmetric = []string{"RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}

func judgeAlgorithm(t *opened, _ Expect) (string, []diag.Evidence) {
	alg := t.header.text("alg")
	said := seen("alg", alg)
	switch {
	case alg == algorithm:
		return "", said
	case t.header.kind("alg") != text:
		return "algorithm/absent", nil
	case strings.EqualFold(alg, "none"):
		return "algorithm/none", said
	case strings.HasPrefix(strings.ToUpper(alg), "HS"):
		return "algorithm/symmetric", said
	case slices.Contains(asymmetric, alg):
		return "algorithm/other", said
	}
	return "algorithm/unknown", said
}

func judgeKind(t *opened, _ Expect) (string, []diag.Evidence) {
	switch typ := t.header.media("typ"); {
	case t.header.kind("typ") != absent && t.header.kind("typ") != text:
		return "kind/unreadable", nil
	case typ == "at+jwt":
		return "kind/access", seen("typ", typ)
	case typ == "logout+jwt":
		return "kind/logout", seen("typ", typ)
	}
	return "", nil
}

func judgeHeader(t *opened, _ Expect) (string, []diag.Evidence) {
	kid := t.header.kind("kid")
	switch {
	case t.header.kind("crit") != absent:
		return "header/critical", nil
	case t.header.kind("b64") != absent:
		return "header/payload", nil
	case kid != absent && kid != text:
		return "header/kid", seen("kid", kid.String())
	}
	return "", nil
}

const setRS256 = "set the application's ID token signing to RS256"

var headerFlaws = map[string]flaw{
	"algorithm/absent":  {title: "the header of the ID token names no algorithm", cause: damaged, fix: setRS256, owner: diag.IdPAdmin},
	"algorithm/none":    {title: "the ID token is not signed: its algorithm is none", cause: "the application is set to unsigned ID tokens, or somebody made this one up", fix: setRS256, owner: diag.IdPAdmin},
	"algorithm/unknown": {title: "the algorithm of the ID token has no known name", cause: "names are compared byte for byte; this one is misspelt or of the provider's own", fix: setRS256, owner: diag.IdPAdmin},
	"algorithm/symmetric": {title: "the ID token is signed with a shared secret, not with RS256", cause: "the application is set to HS256; or somebody signed with the public key as if it were a secret",
		fix: setRS256, owner: diag.IdPAdmin},
	"algorithm/other": {title: "the ID token is signed with another algorithm than RS256", cause: "the application or the provider is set to it; Identity Center takes RS256 only", fix: setRS256, owner: diag.IdPAdmin},
	"kind/unreadable": {title: "the header's typ is no text", cause: damaged, fix: "sign in again; if it stays, the provider writes tokens wrongly", owner: diag.IdPAdmin},
	"kind/access": {title: "the token is an access token, not an ID token", cause: "the token endpoint put an access token where the ID token belongs",
		fix: "let the token endpoint answer with an ID token in id_token", owner: diag.IdPAdmin},
	"kind/logout": {title: "the token is a logout token, not an ID token", cause: "it was made for another purpose and must not sign anybody in", fix: "let the token endpoint answer with an ID token", owner: diag.IdPAdmin},
	"header/critical": {title: "the header demands extensions (crit)", cause: "ID tokens have none; whoever does not know an extension has to refuse",
		fix: "let the provider issue tokens without crit", owner: diag.IdPAdmin},
	"header/payload": {title: "the header changes how the payload is written (b64)", cause: "ID tokens must not have it; readers disagree on what is signed then",
		fix: "let the provider issue tokens without b64", owner: diag.IdPAdmin},
	"header/kid": {title: "the header's kid is no text", cause: "the provider writes tokens wrongly", fix: "let the provider write kid as a text", owner: diag.IdPAdmin},
}
