package token

import (
	"slices"

	"rehome/internal/diag"
)

const refreshRules = "OpenID Connect Core 1.0 section 12.2"

// refreshChecks are made when the token comes from a refresh.
var refreshChecks = []check{
	{slug: "same-issuer", code: "DSK-11", holds: "the issuer is that of the sign-in", source: refreshRules, judge: judgeSameIssuer},
	{slug: "same-subject", code: "DSK-11", holds: "the subject is that of the sign-in", source: refreshRules, judge: judgeSameSubject},
	{slug: "same-audience", code: "DSK-11", holds: "the audience is that of the sign-in", source: refreshRules, judge: judgeSameAudience},
	{slug: "same-time", code: "DSK-11", holds: "the refresh does not claim to be a sign-in of another time", source: refreshRules, judge: judgeSameTime},
	{slug: "new", code: "DSK-11", holds: "the ID token is a new one", source: refreshRules, judge: judgeNew},
}

func judgeSameIssuer(t *opened, e Expect) (string, []diag.Evidence) {
	if t.claims.text("iss") != e.Earlier.Issuer {
		return "same/issuer", both(seen("at sign-in", e.Earlier.Issuer), seen("iss", t.claims.text("iss")))
	}
	return "", nil
}

func judgeSameSubject(t *opened, e Expect) (string, []diag.Evidence) {
	if t.claims.text("sub") != e.Earlier.Subject {
		return "same/subject", nil
	}
	return "", nil
}

// judgeSameAudience: the audience has to include the first one's, and azp stays what it was, or stays away.
func judgeSameAudience(t *opened, e Expect) (string, []diag.Evidence) {
	all, _ := t.claims.texts("aud")
	for _, a := range e.Earlier.Audience {
		if !slices.Contains(all, a) {
			return "same/audience", both(seen("at sign-in", e.Earlier.Audience...), seen("aud", all...))
		}
	}
	if t.claims.text("azp") != e.Earlier.Party {
		return "same/party", both(seen("at sign-in", e.Earlier.Party), seen("azp", t.claims.text("azp")))
	}
	return "", nil
}

func judgeSameTime(t *opened, e Expect) (string, []diag.Evidence) {
	if t.claims.kind("auth_time") == absent || e.Earlier.AuthTime.IsZero() {
		return "", nil
	}
	at, flaw := t.claims.instant("auth_time")
	switch {
	case flaw != "":
		return flaw, seen("auth_time", t.claims.kind("auth_time").String())
	case !at.Equal(e.Earlier.AuthTime):
		return "same/time", nil
	}
	return "", nil
}

// judgeNew: Identity Center takes a token with a jti once only (idc-kms 5.2).
func judgeNew(t *opened, e Expect) (string, []diag.Evidence) {
	at, flaw := t.claims.instant("iat")
	switch {
	case flaw == "" && at.Before(e.Earlier.Issued):
		return "new/older", moments("iat", at, e.Now)
	case t.claims.text("jti") != "" && t.claims.text("jti") == e.Earlier.id:
		return "new/repeated", nil
	}
	return "", nil
}

var refreshFlaws = map[string]flaw{
	"same/issuer":   {title: "the ID token of the refresh is of another issuer than that of the sign-in", cause: "the token endpoint is that of another authorization server; or answers were mixed up", fix: "type all four addresses of one authorization server"},
	"same/subject":  {title: "the ID token of the refresh is another person's", cause: "the provider or a proxy mixes answers up; or sub is mapped differently for the refresh token grant", fix: "map sub to the same attribute for both grants", owner: diag.IdPAdmin},
	"same/audience": {title: "the ID token of the refresh is for another audience than that of the sign-in", cause: "the provider's policy for the refresh token grant differs", fix: "let the provider put the Client ID into aud for both grants", owner: diag.IdPAdmin},
	"same/party":    {title: "the ID token of the refresh was issued to another application than that of the sign-in (azp)", cause: "the provider's policy for the refresh token grant differs", fix: "let the provider write the same azp for both grants", owner: diag.IdPAdmin},
	"same/time":     {title: "the ID token of the refresh claims another time of sign-in", cause: "the provider takes the refresh for a sign-in", fix: "let the provider keep auth_time on refresh", owner: diag.IdPAdmin},
	"new/older":     {title: "the ID token of the refresh is older than that of the sign-in", cause: "the provider answers with an old token", fix: "let the provider issue a new ID token on refresh", severity: diag.Warn, owner: diag.IdPAdmin},
	"new/repeated":  {title: "the ID token of the refresh has the jti of the first one", cause: "the provider answers with the same token; Identity Center takes a jti once", fix: "let the provider issue a new ID token on refresh", severity: diag.Warn, owner: diag.IdPAdmin},
}
