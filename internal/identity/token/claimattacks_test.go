package token

import (
	"strings"
	"time"
)

func claimAttacks() []attack {
	iss := func(name string, value any, flaw string) attack {
		return attack{name: "iss " + name, claims: members{"iss": value}, want: []string{flaw}, ours: refuse, goOIDC: refuse, zitadel: refuse}
	}
	aud := func(name string, value any, flaw string) attack {
		return attack{name: "aud " + name, claims: members{"aud": value}, want: []string{flaw}, ours: refuse, goOIDC: refuse, zitadel: refuse}
	}
	return []attack{
		iss("missing", gone{}, "issuer/absent"),
		iss("a list", []string{issuer}, "issuer/kind"),
		iss("with a slash at the end", issuer+"/", "issuer/slash"),
		iss("with a space at the end", issuer+" ", "issuer/space"),
		iss("in other letters", "https://Acme.okta.com/oauth2/default", "issuer/case"),
		iss("with the default port", "https://acme.okta.com:443/oauth2/default", "issuer/port"),
		iss("over http", "http://acme.okta.com/oauth2/default", "issuer/scheme"),
		iss("of the organization's own server", "https://acme.okta.com", "issuer/server"),
		iss("of another company", "https://evil.okta.com/oauth2/default", "issuer/other"),
		iss("empty", "", "issuer/other"),
		{name: "iss of a tenant, template typed", claims: members{"iss": "https://login.microsoftonline.com/1/v2.0"}, expect: func(e *Expect) { e.Issuer = "https://login.microsoftonline.com/{tenantid}/v2.0" },
			want: []string{"issuer/template"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "iss a template, template typed", claims: members{"iss": "https://a/{tenantid}"}, expect: func(e *Expect) { e.Issuer = "https://a/b" }, want: []string{"issuer/template"}, ours: refuse, goOIDC: refuse, zitadel: refuse},

		aud("missing", gone{}, "audience/absent"),
		aud("empty list", []string{}, "audience/empty"),
		aud("empty text", "", "audience/empty"),
		aud("number", 7, "audience/kind"),
		aud("list with a number", []any{clientID, 7}, "audience/kind"),
		aud("another application", "0oa9z9z9z9", "audience/other"),
		aud("in other letters", strings.ToUpper(clientID), "audience/other"),
		{name: "aud of an access token", claims: members{"aud": "api://default", "scp": []string{"openid"}}, want: []string{"audience/access"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "aud a list of one", claims: members{"aud": []string{clientID}}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "aud of two without azp", claims: members{"aud": []string{clientID, "other"}}, want: []string{"party/absent"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "aud of two, azp another", claims: members{"aud": []string{clientID, "other"}, "azp": "other"}, want: []string{"party/other"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "aud of two, azp we", claims: members{"aud": []string{clientID, "other"}, "azp": clientID}, want: []string{"party/audiences"}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "azp another", claims: members{"azp": "other"}, want: []string{"party/other"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "azp a number", claims: members{"azp": 7}, want: []string{"party/kind"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "azp we", claims: members{"azp": clientID}, ours: accept, goOIDC: accept, zitadel: accept},

		{name: "nonce missing", claims: members{"nonce": gone{}}, want: []string{"nonce/absent"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "nonce of another sign-in", claims: members{"nonce": "other"}, want: []string{"nonce/other"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "nonce in a list", claims: members{"nonce": []string{nonce}}, want: []string{"nonce/kind"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "nonce that nobody sent", expect: func(e *Expect) { e.Nonce = "" }, ours: accept, goOIDC: accept, zitadel: refuse},

		{name: "sub missing", claims: members{"sub": gone{}}, want: []string{"subject/absent"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "sub empty", claims: members{"sub": ""}, want: []string{"subject/empty"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "sub a number", claims: members{"sub": 7}, want: []string{"subject/kind"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "sub of 255 letters", claims: members{"sub": strings.Repeat("s", 255)}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "sub of 256 letters", claims: members{"sub": strings.Repeat("s", 256)}, want: []string{"subject/long"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "OpenID Connect Core section 2: 255 letters at most"},
		{name: "sub not in ASCII", claims: members{"sub": "Анна"}, want: []string{"subject/letters"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "OpenID Connect Core section 2: ASCII"},

		{name: "at_hash of another access token", claims: members{"at_hash": halfHash("other")}, want: []string{"access-token/other"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "at_hash missing", claims: members{"at_hash": gone{}}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "at_hash null", claims: members{"at_hash": nil}, want: []string{"access-token/other"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "a hash is a text or not there"},
		{name: "two faults of different kinds", sign: rs256(stranger()), claims: members{"iss": issuer + "/"}, want: []string{"signature/wrong", "issuer/slash"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
	}
}

// timeAttacks say their times from the moment at which the test runs, since not everybody can be given a clock. The seconds around each
// bound are in TestBounds.
func timeAttacks() []attack {
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	return []attack{
		{name: "exp an hour ago", claims: members{"exp": in(-time.Hour)}, want: []string{"expiry/past"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "exp half a minute ago", claims: members{"exp": in(-30 * time.Second)}, ours: accept, goOIDC: refuse, zitadel: refuse, why: "clocks differ; a minute is what is forgiven"},
		{name: "exp missing", claims: members{"exp": gone{}}, want: []string{"expiry/absent"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "exp a text", claims: members{"exp": "4102444800"}, want: []string{"time/kind"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "exp negative", claims: members{"exp": -1}, want: []string{"time/range"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "exp 1e300", claims: members{"exp": rawJSON("1e300")}, want: []string{"time/range"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "exp beyond any number", claims: members{"exp": rawJSON("1e999")}, want: []string{"time/range"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "exp with a fraction", claims: members{"exp": rawJSON("4102444800.5")}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "exp null", claims: members{"exp": nil}, want: []string{"time/kind"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
		{name: "iat missing", claims: members{"iat": gone{}}, want: []string{"issued/absent"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "iat a text", claims: members{"iat": "1"}, want: []string{"time/kind"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "iat in an hour", claims: members{"iat": in(time.Hour)}, want: []string{"issued/future"}, ours: refuse, goOIDC: accept, zitadel: refuse},
		{name: "iat in half a minute", claims: members{"iat": in(30 * time.Second)}, ours: accept, goOIDC: accept, zitadel: refuse},
		{name: "iat ten years ago", claims: members{"iat": in(-10 * 365 * 24 * time.Hour)}, want: []string{"issued/old"}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "nbf in half a minute", claims: members{"nbf": in(30 * time.Second)}, ours: accept, goOIDC: accept, zitadel: accept},
		{name: "nbf in four minutes", claims: members{"nbf": in(4 * time.Minute)}, want: []string{"not-before/future"}, ours: refuse, goOIDC: accept, zitadel: accept,
			why: "a minute is what is forgiven everywhere here; five would hide a wrong clock"},
		{name: "nbf in an hour", claims: members{"nbf": in(time.Hour)}, want: []string{"not-before/future"}, ours: refuse, goOIDC: refuse, zitadel: accept},
		{name: "nbf a list", claims: members{"nbf": []int{1}}, want: []string{"time/kind"}, ours: refuse, goOIDC: refuse, zitadel: refuse},
	}
}

// personAttacks: others leave the mapped claim to their callers.
func personAttacks() []attack {
	refused := func(name string, value any, flaws ...string) attack {
		return attack{name: "email " + name, claims: members{"email": value}, want: flaws, ours: refuse, goOIDC: accept, zitadel: accept, why: "Quick finds the person by it, letter by letter"}
	}
	warned := func(name string, changes members, flaws ...string) attack {
		return attack{name: name, claims: changes, want: flaws, ours: accept, goOIDC: accept, zitadel: accept}
	}
	inUpn := func(a attack) attack { a.expect = func(e *Expect) { e.Claim = "upn" }; return a }
	strict := func(a attack) attack { a.zitadel, a.why = refuse, ""; return a }
	return []attack{
		refused("missing", gone{}, "claim/absent"),
		refused("empty", "", "claim/empty"),
		refused("of spaces", "  ", "claim/empty", "spelling/space"),
		strict(refused("a list", []string{person}, "claim/list")),
		strict(refused("an object", members{"work": person}, "claim/kind")),
		refused("null", nil, "claim/kind"),
		refused("with a space at the end", person+" ", "spelling/space"),
		refused("with a no-break space in front", "\u00a0"+person, "spelling/space"),
		refused("with a control character", "ana.planted\u0000@acme.example", "spelling/control"),
		refused("of two addresses", person+","+person, "spelling/several"),
		warned("email with a plus", members{"email": "ana.planted+quick@acme.example"}),
		warned("email in capitals", members{"email": "Ana.Planted@Acme.example"}),
		warned("email with a letter of another alphabet", members{"email": "аna.planted@acme.example"}, "spelling/letters"),
		warned("email of a guest", members{"email": "ana.planted_other.example#EXT#@acme.example"}, "spelling/guest"),
		warned("email without a domain", members{"email": "aplanted"}, "spelling/address"),
		warned("email_verified false", members{"email_verified": false}, "verified/no"),
		warned("email_verified the text false", members{"email_verified": "false"}, "verified/no"),
		warned("email_verified the text true", members{"email_verified": "true"}, "verified/kind"),
		warned("email_verified missing", members{"email_verified": gone{}}),
		inUpn(warned("another claim with a login name", members{"upn": "ACME\\ana.planted"})),
		inUpn(attack{name: "another claim, which is missing", want: []string{"claim/absent"}, ours: refuse, goOIDC: accept, zitadel: accept, why: "Quick finds the person by it, letter by letter"}),
	}
}
