package token

import (
	"encoding/json"
	"math"
	"time"

	"rehome/internal/diag"
)

// longAgo is from when on a token that was asked for a moment ago is odd.
const longAgo = 24 * time.Hour

// lastSecond is the end of the year 9999, after which no time can be written.
const lastSecond = 253402300799

// instant is a claim that holds a time (NumericDate, RFC 7519 section 2), or the flaw for which it holds none. A fraction is allowed.
func (o object) instant(name string) (time.Time, string) {
	if o.kind(name) != number {
		return time.Time{}, "time/kind"
	}
	var s float64
	if err := json.Unmarshal(o[name], &s); err != nil || s < 0 || s > lastSecond {
		return time.Time{}, "time/range"
	}
	whole, part := math.Modf(s)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), ""
}

// moments shows a time of the token beside this machine's.
func moments(name string, at, now time.Time) []diag.Evidence {
	return both(seen(name, at.Format(time.RFC3339)), seen("this machine's clock", now.UTC().Format(time.RFC3339)))
}

// judgeExpiry: a token is valid before exp, and as long as Skew after it.
func judgeExpiry(t *opened, e Expect) (string, []diag.Evidence) {
	if t.claims.kind("exp") == absent {
		return "expiry/absent", nil
	}
	at, flaw := t.claims.instant("exp")
	switch {
	case flaw != "":
		return flaw, seen("exp", t.claims.kind("exp").String())
	case !e.Now.Before(at.Add(Skew)):
		return "expiry/past", moments("exp", at, e.Now)
	}
	return "", moments("exp", at, e.Now)
}

func judgeIssued(t *opened, e Expect) (string, []diag.Evidence) {
	if t.claims.kind("iat") == absent {
		return "issued/absent", nil
	}
	at, flaw := t.claims.instant("iat")
	switch {
	case flaw != "":
		return flaw, seen("iat", t.claims.kind("iat").String())
	case at.After(e.Now.Add(Skew)):
		return "issued/future", moments("iat", at, e.Now)
	case at.Before(e.Now.Add(-longAgo)):
		return "issued/old", moments("iat", at, e.Now)
	}
	return "", nil
}

func judgeNotBefore(t *opened, e Expect) (string, []diag.Evidence) {
	if t.claims.kind("nbf") == absent {
		return "", nil
	}
	at, flaw := t.claims.instant("nbf")
	switch {
	case flaw != "":
		return flaw, seen("nbf", t.claims.kind("nbf").String())
	case at.After(e.Now.Add(Skew)):
		return "not-before/future", moments("nbf", at, e.Now)
	}
	return "", nil
}

const setClock = "set this machine's clock, then the provider's, by a time server"

var timeFlaws = map[string]flaw{
	"time/kind":         {title: "a time in the ID token is no number", cause: "the provider writes it as a text", fix: "let the provider write times as numbers of seconds", owner: diag.IdPAdmin},
	"time/range":        {title: "a time in the ID token is none that can be", cause: "it is negative or after the year 9999", fix: "let the provider write times as seconds since 1970", owner: diag.IdPAdmin},
	"expiry/absent":     {title: "the ID token does not say when it expires", cause: "it is none of an OpenID provider", fix: "let the provider issue ID tokens with exp", owner: diag.IdPAdmin},
	"expiry/past":       {title: "the ID token has expired", cause: "a clock is wrong, here or at the provider; or its lifetime is next to nothing; or an old token was smuggled in", fix: setClock},
	"issued/absent":     {title: "the ID token does not say when it was issued", cause: "it is none of an OpenID provider", fix: "let the provider issue ID tokens with iat", owner: diag.IdPAdmin},
	"issued/future":     {title: "the ID token was issued in the future", cause: "this machine's clock is behind, or the provider's ahead", fix: setClock},
	"issued/old":        {title: "the ID token was issued more than a day ago", cause: "the provider answers with an old token, or its clock is wrong", fix: setClock, severity: diag.Warn, owner: diag.IdPAdmin},
	"not-before/future": {title: "the ID token is not valid yet", cause: "this machine's clock is behind, or the provider's ahead", fix: setClock},
}
