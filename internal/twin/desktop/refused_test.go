package desktop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// TestTheWayToTheDoor: what has to be there before anybody's token is looked at, in this order.
func TestTheWayToTheDoor(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*setting)
		want   string
	}{
		{"everything is there", func(*setting) {}, ""},
		{"the account is being made", func(s *setting) { s.quick.Status = estate.QuickCreating }, "Account 111122223333 has no Quick account that works."},
		{"the account is gone", func(s *setting) { s.quick.Status = estate.QuickUnsubscribed }, "Account 111122223333 has no Quick account that works."},
		{"the identity Region is elsewhere, with no extension access either", func(s *setting) {
			s.quick.IdentityRegion, s.access = estate.Of(estate.Region("ap-south-1")), nil
		}, "Quick on Desktop works with the identity Region us-east-1 only; the identity Region of account 111122223333 is ap-south-1."},
		{"nobody looked at the identity Region", func(s *setting) { s.quick.IdentityRegion = estate.NotLooked[estate.Region]("denied") },
			"twin does not know /accounts/111122223333/quick/identity_region"},
		{"no extension access", func(s *setting) { s.access = nil }, "There is no extension access in account 111122223333."},
		{"no extension", func(s *setting) { s.access.Extension = false }, "extension not created: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := iad()
			c.change(s)
			w := s.start(t)
			status, text := w.ask("GET", "/desktop/"+account+"/configuration", "")
			if (status == 200) != (c.want == "") {
				t.Errorf("HTTP %d %s", status, text)
			}
			w.must(text, c.want)
			if c.want != "" {
				w.must(w.open(mint(t, "k1", 0, about("ana@example.com"))), c.want)
			}
		})
	}
}

// TestWhichOfSeveralEntries: one with an extension, the first by its name.
func TestWhichOfSeveralEntries(t *testing.T) {
	s := fed()
	w := s.start(t)
	for _, name := range []string{"Another", "Bare"} {
		values := s.access.Values
		values.ClientID = "other"
		w.must(w.person(here, "quick-console", "CreateExtensionAccess", map[string]any{"name": name, "values": values}), name)
	}
	token := mint(t, "k1", 0, about("ana@example.com"))
	w.must(w.open(token), "federated/ana ADMIN")
	w.must(w.person(here, "quick-console", "CreateExtension", map[string]any{"name": "Another"}), `"extension":true`)
	w.must(w.open(token), `Token validation failure (twin: the token is for "0oa1b2c3d4e5f6a7b8c9", not for the typed client ID "other")`)
}

// TestATokenIsJudgedByWhatWasTyped: accounts of both kinds do so first.
func TestATokenIsJudgedByWhatWasTyped(t *testing.T) {
	const failure = "Token validation failure (twin: "
	for _, c := range []struct {
		name    string
		change  func(*setting)
		members map[string]any
		want    string
	}{
		{"good", nil, nil, "ana"},
		{"several audiences", nil, map[string]any{"aud": []string{"other", client}}, "ana"},
		{"issued a little ahead of our clock", nil, map[string]any{"iat": today().Unix() + 200}, "ana"},
		{"without a time of issue", nil, map[string]any{"iat": nil}, "ana"},
		{"valid for one more second", nil, map[string]any{"exp": today().Unix() + 1}, "ana"},

		{"a typed issuer with a slash too many", func(s *setting) { s.access.Values.Issuer += "/" }, nil, failure + `the token's issuer "` + issuer + `" is not the typed "` + issuer + `/"`},
		{"a typed client of another application", func(s *setting) { s.access.Values.ClientID = "0oaother" }, nil, failure + `the token is for "` + client + `", not for the typed client ID "0oaother"`},
		{"an access token's audience", nil, map[string]any{"aud": "api://default"}, failure + `the token is for "api://default"`},
		{"no audience", nil, map[string]any{"aud": nil}, failure + `the token is for ""`},
		{"an audience that is no text", nil, map[string]any{"aud": 7}, failure + "the token's content is not a set of claims"},
		{"no subject", nil, map[string]any{"sub": nil}, failure + "the token has no sub"},
		{"expired", nil, map[string]any{"exp": today().Unix()}, failure + "the token has expired"},
		{"no expiry", nil, map[string]any{"exp": nil}, failure + "the token has no exp"},
		{"issued in the future", nil, map[string]any{"iat": today().Unix() + 3600}, failure + "the token is not valid yet"},
		{"not valid yet", nil, map[string]any{"nbf": today().Unix() + 3600}, failure + "the token is not valid yet"},

		{"keys of another server", func(s *setting) {
			s.provider["https://example.okta.com/oauth2/v1/keys"] = keySet(public("o1", signingKeys()[1]))
			s.access.Values.JWKSURI = "https://example.okta.com/oauth2/v1/keys"
		}, nil, failure + "no key of the typed JWKS has signed the token"},
		{"a key that was rotated away", func(s *setting) { s.provider[issuer+"/v1/keys"] = keySet(public("k2", signingKeys()[1])) }, nil, failure + "no key of the typed JWKS"},
		{"an address of keys that nobody answers", func(s *setting) { s.access.Values.JWKSURI = "https://exampel.okta.com/keys" }, nil,
			failure + `the typed JWKS URI "https://exampel.okta.com/keys" cannot be reached: no such host`},
		{"an address of keys that does not exist", func(s *setting) { s.provider[issuer+"/v1/keys"] = reply{Status: 404} }, nil, failure + `the typed JWKS URI "` + issuer + `/v1/keys" answers with HTTP 404`},
		{"a page in place of keys", func(s *setting) { s.provider[issuer+"/v1/keys"] = reply{Status: 200, Body: "<html>"} }, nil, failure + `the typed JWKS URI "` + issuer + `/v1/keys" does not hold`},
		{"a key for encryption", func(s *setting) {
			k := public("k1", signingKeys()[0])
			k.Use = "enc"
			s.provider[issuer+"/v1/keys"] = keySet(k)
		}, nil, failure + "no key of the typed JWKS"},
		{"a bad key beside the good one", func(s *setting) {
			good, err := json.Marshal(public("k1", signingKeys()[0]))
			if err != nil {
				panic(err)
			}
			s.provider[issuer+"/v1/keys"] = reply{Status: 200, Body: `{"keys":[{"kty":"RSA","n":"!","e":"AQAB"},` + string(good) + `]}`}
		}, nil, "ana"},
	} {
		for kind, base := range map[string]func() *setting{"Identity Center": iad, "federation": fed} {
			t.Run(c.name+", "+kind, func(t *testing.T) {
				s := base()
				if c.change != nil {
					c.change(s)
				}
				w := s.start(t)
				w.must(w.open(mint(t, "k1", 0, with(about("ana@example.com"), c.members))), c.want)
			})
		}
	}
}

// TestOnlyRS256: neither another algorithm, nor none, nor the public key used as a secret.
func TestOnlyRS256(t *testing.T) {
	w := iad().start(t)
	members := about("ana@example.com")
	secret, err := x509.MarshalPKIXPublicKey(signingKeys()[0].Public())
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
	for name, token := range map[string]string{
		"HS256 with the public key": sign(t, jose.SigningKey{Algorithm: jose.HS256, Key: secret}, members),
		"ES256":                     sign(t, jose.SigningKey{Algorithm: jose.ES256, Key: curve}, members),
		"PS256":                     sign(t, jose.SigningKey{Algorithm: jose.PS256, Key: signingKeys()[0]}, members),
		"none":                      unsigned,
		"no token":                  "one.two.three",
		"empty parts":               "..",
	} {
		t.Run(name, func(t *testing.T) {
			w := twin{t, w.Kernel}
			w.must(w.open(token), "Token validation failure (twin: it is no token signed with RS256)")
		})
	}
	w.must(w.open(mint(t, "k1", 1, members)), "Token validation failure (twin: no key of the typed JWKS has signed the token)")
	w.must(w.open(mint(t, "", 0, members)), "ana ADMIN") // which key it was need not be said
}

// TestTheTokenIssuerJudgesToo: accounts on Identity Center only; the typed values alone are in order.
func TestTheTokenIssuerJudgesToo(t *testing.T) {
	const failure, other = "Token validation failure (twin: ", "https://example.okta.com"
	issued := func(change func(*estate.TrustedTokenIssuer)) func(*setting) {
		return func(s *setting) { kernel.EditAt(s.instance.TokenIssuers.Or(nil), trusted, change) }
	}
	for _, c := range []struct {
		name    string
		change  func(*setting)
		members map[string]any
		want    string
	}{
		{"of another issuer", issued(func(t *estate.TrustedTokenIssuer) { t.Issuer = other }), nil, failure + `the token's issuer "` + issuer + `" is not the trusted token issuer's "` + other + `"`},
		{"with a slash too many", issued(func(t *estate.TrustedTokenIssuer) { t.Issuer += "/" }), nil, failure + `the token's issuer`},
		{"not there", func(s *setting) { s.instance.TokenIssuers = estate.Of(map[estate.ARN]estate.TrustedTokenIssuer{}) }, nil, failure + "us-east-1 has no trusted token issuer " + trusted},
		{"not replicated", func(s *setting) {
			s.instance.TokenIssuersAt = map[estate.Region]estate.Known[[]estate.ARN]{here: estate.Of([]estate.ARN{})}
		}, nil, failure + "us-east-1 has no trusted token issuer " + trusted},
		{"nobody looked", func(s *setting) {
			s.instance.TokenIssuers = estate.NotLooked[map[estate.ARN]estate.TrustedTokenIssuer]("denied")
		}, nil, "twin does not know /identity_center/trusted_token_issuers"},
		{"Identity Center is not in the Region", func(s *setting) {
			s.instance.Regions = estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive})
		}, nil, "twin: no Identity Center instance is hosted in us-east-1"},
		{"an audience that was typed wrong", func(s *setting) { s.access.Audience = "api://default" }, nil, failure + `the token is for "` + client + `", not for the typed Aud claim "api://default"`},
		{"no discovery document", func(s *setting) { delete(s.provider, discover) }, nil, failure + `the discovery document of the trusted token issuer "` + discover + `" cannot be reached: no such host`},
		{"a discovery document of somebody else", func(s *setting) {
			s.provider[discover] = reply{Status: 200, Body: `{"issuer":"` + other + `","jwks_uri":"` + issuer + `/v1/keys"}`}
		}, nil, failure + `the discovery document of the trusted token issuer "` + issuer + `" is of "` + other + `"`},
		{"discovered keys without the token's", func(s *setting) {
			s.provider[discover] = reply{Status: 200, Body: `{"issuer":"` + issuer + `","jwks_uri":"` + other + `/keys"}`}
			s.provider[other+"/keys"] = keySet(public("k1", signingKeys()[1]))
		}, nil, failure + "no key of the JWKS of the discovery document has signed the token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := iad()
			c.change(s)
			w := s.start(t)
			w.must(w.open(mint(t, "k1", 0, with(about("ana@example.com"), c.members))), c.want)
		})
	}
}

// TestWhoIsFoundOnIdentityCenter: exactly one person, exactly the value, with a role in Quick.
func TestWhoIsFoundOnIdentityCenter(t *testing.T) {
	mapping := func(claim, attribute string) func(*setting) {
		return func(s *setting) {
			kernel.EditAt(s.instance.TokenIssuers.Or(nil), trusted, func(t *estate.TrustedTokenIssuer) { t.Claim, t.Attribute = claim, attribute })
		}
	}
	const none = "User not found (twin: 0 people of IAM Identity Center have exactly the token's email as emails.value)"
	for _, c := range []struct {
		name    string
		change  func(*setting)
		members map[string]any
		want    string
	}{
		{"a reader", nil, map[string]any{"email": "ben@example.com"}, "ben READER"},
		{"nobody", nil, map[string]any{"email": "zoe@example.com"}, none},
		{"capital letters in the token", nil, map[string]any{"email": "Ana@example.com"}, none},
		{"capital letters in the store", func(s *setting) { s.user("u-ana", func(u *estate.User) { u.Email = "Ana@example.com" }) }, nil, none},
		{"two people of one address", func(s *setting) { s.user("u-ben", func(u *estate.User) { u.Email = "ana@example.com" }) }, nil, "User not found (twin: 2 people"},
		{"no role in Quick", nil, map[string]any{"email": "eve@example.com"}, "User not found (twin: the person is in no group that has a role in Quick)"},
		{"no address in the token", nil, map[string]any{"email": nil}, "User not found (twin: the token has no claim email)"},
		{"an address that is no text", nil, map[string]any{"email": 7}, "User not found (twin: the token has no claim email)"},
		{"by user name", mapping("preferred_username", "userName"), map[string]any{"preferred_username": "ben", "email": nil}, "ben READER"},
		{"by a claim inside another", mapping("quick.user", "userName"), map[string]any{"quick": map[string]any{"user": "ben"}}, "ben READER"},
		{"by an attribute that no world has", mapping("sub", "externalIds.value"), nil, "does not model the Identity Store attribute externalIds.value"},
		{"an application that somebody is not assigned to", func(s *setting) { unassign(s) }, nil, "ana ADMIN"},
		{"the same, in a world that asks for assignment", func(s *setting) { unassign(s); s.world.Twin.DesktopAssignment = "required" }, nil, "You do not have access to Amazon Quick (twin: "},
		{"assigned by a group, in such a world", func(s *setting) { s.world.Twin.DesktopAssignment = "required" }, nil, "ana ADMIN"},
		{"assigned alone, in such a world", func(s *setting) {
			unassign(s, estate.Assignment{Principal: "u-ana", Type: "USER"})
			s.world.Twin.DesktopAssignment = "required"
		}, nil, "ana ADMIN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := iad()
			if c.change != nil {
				c.change(s)
			}
			w := s.start(t)
			w.must(w.open(mint(t, "k1", 0, with(about("ana@example.com"), c.members))), c.want)
		})
	}
}

// unassign leaves the application to the readers and to whoever is named.
func unassign(s *setting, others ...estate.Assignment) {
	kernel.EditAt(s.instance.Applications.Or(nil), quickApp, func(a *estate.Application) {
		a.Assignments = estate.Of(append([]estate.Assignment{{Principal: readID, Type: "GROUP"}}, others...))
	})
}

// TestWhoIsFoundOnFederation: exactly one user of Quick with exactly the address.
func TestWhoIsFoundOnFederation(t *testing.T) {
	for _, c := range []struct {
		name, email string
		change      func(*setting)
		want        string
	}{
		{"a reader", "ben@example.com", nil, "federated/ben READER"},
		{"nobody", "eve@example.com", nil, "User not found (twin: 0 users of Quick have exactly the address of the token)"},
		{"capital letters", "Ana@example.com", nil, "User not found (twin: 0 users of Quick"},
		{"two users of one address", "ana@example.com", func(s *setting) {
			s.people(map[string]estate.QuickUser{"a": {Email: "ana@example.com", Role: "READER"}, "b": {Email: "ana@example.com", Role: "ADMIN"}})
		}, "User not found (twin: 2 users of Quick"},
		{"users that nobody looked at", "ana@example.com", func(s *setting) {
			s.quick.Namespaces = estate.Of(map[string]estate.Namespace{"default": {CapacityRegion: here, Status: "CREATED"}})
		}, "twin does not know /accounts/111122223333/quick/namespaces/default/users"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fed()
			if c.change != nil {
				c.change(s)
			}
			w := s.start(t)
			w.must(w.open(mint(t, "k1", 0, about(c.email))), c.want)
		})
	}
}

// TestATokenWithAnIdIsTakenOnce: by Identity Center; one that was refused is not used up.
func TestATokenWithAnIdIsTakenOnce(t *testing.T) {
	w := iad().start(t)
	once := mint(t, "k1", 0, with(about("ana@example.com"), map[string]any{"jti": "ID.1"}))
	w.must(w.open(once), "ana ADMIN")
	w.must(w.open(once), "Token validation failure (twin: the token's jti was used before)")
	w.must(w.open(mint(t, "k1", 0, with(about("ana@example.com"), map[string]any{"jti": "ID.2"}))), "ana ADMIN")
	w.must(w.open(mint(t, "k1", 0, with(about("eve@example.com"), map[string]any{"jti": "ID.3"}))), "User not found")
	w.must(w.open(mint(t, "k1", 0, with(about("ana@example.com"), map[string]any{"jti": "ID.3"}))), "ana ADMIN")
	without := mint(t, "k1", 0, about("ana@example.com"))
	w.must(w.open(without), "ana ADMIN")
	w.must(w.open(without), "ana ADMIN")
}

// TestAPersonCanBringATokenToo: the same judgement by a by-hand step, and the sessions are in the log of calls without the token.
func TestAPersonCanBringATokenToo(t *testing.T) {
	w := iad().start(t)
	token := mint(t, "k1", 0, about("ana@example.com"))
	w.must(w.person(here, "desktop", "OpenSession", map[string]string{"Token": token}), `"user":"ana"`)
	w.must(w.person(here, "desktop", "OpenSession", map[string]string{"Token": "x.y.z"}), "Token validation failure")
	w.must(w.open(token), "ana ADMIN")
	_, log := w.ask("GET", "/_twin/calls?internal=yes", "")
	w.must(log, `"service": "desktop", "operation": "OpenSession"`)
}
