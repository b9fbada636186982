package token

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
)

func ourKeys() KeySet {
	set, _ := ParseKeys([]byte(jwks(jwk(ours(), "k1", nil))))
	return set
}

// TestEveryCheckIsTold: a good token gives each check by its name, in the order in which they are made.
func TestEveryCheckIsTold(t *testing.T) {
	v := Verify(signed(header(nil), claims(at, nil), rs256(ours())), ourKeys(), expect(at))
	want := []string{
		"DSK-15 id-token/form", "TTI-12 id-token/algorithm", "DSK-24 id-token/kind", "DSK-15 id-token/header", "DSK-15 id-token/signature", "DSK-15 id-token/key",
		"DSK-15 id-token/issuer", "DSK-15 id-token/audience", "DSK-15 id-token/party", "DSK-20 id-token/nonce", "DSK-15 id-token/expiry", "DSK-15 id-token/issued",
		"DSK-15 id-token/not-before", "TTI-12 id-token/subject", "DSK-15 id-token/access-token",
		"DSK-12 id-token/claim", "DSK-13 id-token/claim-spelling", "DSK-12 id-token/claim-verified",
	}
	var got []string
	for _, f := range v.Findings {
		got = append(got, f.Key())
		if f.Status != diag.Pass {
			t.Errorf("%s: %s", f.Key(), f.Title)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
	if f := v.Findings[1]; f.Title != "the ID token is signed with RS256" || f.Evidence[0].Seen != "RS256" {
		t.Errorf("the algorithm: %+v", f)
	}
	if f := v.Findings[15]; f.Evidence[0].Seen != "a***@acme.example" {
		t.Errorf("the mapped claim: %+v", f)
	}
}

func TestClaimsOfATokenThatPassed(t *testing.T) {
	v := Verify(signed(header(nil), claims(at, members{"aud": []string{clientID}, "azp": clientID, "auth_time": at.Unix() - 60, "level": 3}), rs256(ours())), ourKeys(), expect(at))
	c := v.Claims
	if !v.Passed() || c.Subject != subject || c.Issuer != issuer || !slices.Equal(c.Audience, []string{clientID}) || c.Party != clientID || c.Mapped != person || c.KeyID != "k1" ||
		!c.Issued.Equal(at.Add(-5*time.Second)) || !c.Expires.Equal(at.Add(time.Hour)) || !c.AuthTime.Equal(at.Add(-time.Minute)) || ourKeys().Thumbprints()[c.Key] != "k1" {
		t.Errorf("%+v", c)
	}
	if level, there := c.Value("level"); !there || level != 3.0 {
		t.Errorf("level: %v, %t", level, there)
	}
	if _, there := c.Value("Level"); there {
		t.Error("names of claims are not told apart by case")
	}
	bad := Verify(signed(header(nil), claims(at, members{"iss": issuer + "/"}), rs256(ours())), ourKeys(), expect(at))
	if bad.Passed() || bad.Claims.Subject != "" || bad.Claims.members != nil {
		t.Errorf("claims of a token that did not pass: %+v", bad.Claims)
	}
}

// TestClaimIsJudgedOnRequest: whoever judges the mapped claim otherwise leaves it out, and the token passes without.
func TestClaimIsJudgedOnRequest(t *testing.T) {
	e := expect(at)
	e.Claim = ""
	v := Verify(signed(header(nil), claims(at, members{"email": gone{}}), rs256(ours())), ourKeys(), e)
	if !v.Passed() || v.Claims.Mapped != "" || slices.ContainsFunc(v.Findings, func(f diag.Finding) bool { return strings.HasPrefix(f.Subject, "id-token/claim") }) {
		t.Errorf("%+v", v.Findings)
	}
}

// TestNothingGoodIsToldOfAnUnsignedToken: that claims are as they should be says nothing when anybody can have written them.
func TestNothingGoodIsToldOfAnUnsignedToken(t *testing.T) {
	v := Verify(signed(header(nil), claims(at, members{"aud": "other"}), rs256(stranger())), ourKeys(), expect(at))
	var got []string
	for _, f := range v.Findings {
		got = append(got, f.Subject+" "+f.Status.String())
	}
	if want := []string{"id-token/form pass", "id-token/algorithm pass", "id-token/kind pass", "id-token/header pass", "id-token/signature fail", "id-token/audience fail"}; !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
}

// TestOneMoreLook: what another look at the key set can mend asks for one, and nothing else does.
func TestOneMoreLook(t *testing.T) {
	other, _ := ParseKeys([]byte(jwks(jwk(stranger(), "k2", nil))))
	same, _ := ParseKeys([]byte(jwks(jwk(stranger(), "k1", nil))))
	for name, c := range map[string]struct {
		keys   KeySet
		header members
		want   bool
	}{
		"our key":              {ourKeys(), nil, false},
		"unknown kid":          {other, nil, true},
		"no kid and none fits": {other, members{"kid": gone{}}, true},
		"forged":               {same, nil, false},
		"no keys":              {KeySet{}, nil, false},
		"not signed":           {other, members{"alg": "none"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if v := Verify(signed(header(c.header), claims(at, nil), rs256(ours())), c.keys, expect(at)); v.Refetch != c.want {
				t.Errorf("another look: %t", v.Refetch)
			}
		})
	}
}

func TestWithoutKeysTheRootIsTheKeySet(t *testing.T) {
	set, found := ParseKeys([]byte("{}"))
	v := Verify(signed(header(nil), claims(at, nil), rs256(ours())), set, expect(at))
	last := v.Findings[len(v.Findings)-1]
	if last.Subject != "id-token/signature" || last.CausedBy != found[len(found)-1].Key() {
		t.Errorf("%+v is caused by %q", found, last.CausedBy)
	}
}

// TestBounds goes to the second over what is forgiven. Times are in seconds from now.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		claim   string
		seconds int64
		want    []string
	}{
		{"exp", 1, nil}, {"exp", 0, nil}, {"exp", -59, nil}, {"exp", -60, []string{"expiry/past"}}, {"exp", -61, []string{"expiry/past"}}, {"exp", -299, []string{"expiry/past"}}, {"exp", -301, []string{"expiry/past"}},
		{"iat", 0, nil}, {"iat", 59, nil}, {"iat", 60, nil}, {"iat", 61, []string{"issued/future"}}, {"iat", 299, []string{"issued/future"}}, {"iat", 301, []string{"issued/future"}},
		{"iat", -24 * 3600, nil}, {"iat", -24*3600 - 1, []string{"issued/old"}},
		{"nbf", 0, nil}, {"nbf", 1, nil}, {"nbf", 59, nil}, {"nbf", 60, nil}, {"nbf", 61, []string{"not-before/future"}}, {"nbf", 299, []string{"not-before/future"}}, {"nbf", 301, []string{"not-before/future"}},
	} {
		a := attack{claims: members{c.claim: at.Unix() + c.seconds}}
		_, findings := a.judge(at)
		if got := named(t, findings); !slices.Equal(got, c.want) {
			t.Errorf("%s %+d s: told %v, want %v", c.claim, c.seconds, got, c.want)
		}
	}
}

// TestPublishedToken: the example of RFC 7515 A.2 verifies, and is no ID token of ours.
func TestPublishedToken(t *testing.T) {
	raw := strings.TrimSpace(string(read(t, "testdata/rfc7515-a2.jwt")))
	v := Verify(raw, ourKeys(), Expect{Issuer: "joe", ClientID: clientID, Now: time.Unix(1300819380, 0)})
	want := []string{"audience/absent", "issued/absent", "subject/absent"}
	if got := named(t, v.Findings); v.Passed() || !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if f := v.Findings[4]; f.Subject != "id-token/signature" || f.Status != diag.Pass {
		t.Errorf("%+v", f)
	}
}

func TestDescribe(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"none":       {"", "none"},
		"opaque":     {"SlAV32hkKG", "opaque: it says nothing to anybody but its provider"},
		"dots alone": {"a.b.c", "opaque: it says nothing to anybody but its provider"},
		"four dots":  {"a.b.c.d.e", "opaque: it says nothing to anybody but its provider"},
		"JWE":        {text64(`{"alg":"RSA-OAEP"}`) + ".a.b.c.d", "encrypted (JWE): only who it is for can read it"},
		"Okta":       {signed(`{"alg":"RS256"}`, `{"iss":"`+issuer+`","aud":"api://default","sub":"`+person+`"}`, empty), "a JWT, alg RS256, typ nothing, iss " + issuer + ", aud api://default"},
		"two":        {signed(`{"alg":"PS256","typ":"at+jwt"}`, `{"aud":["a","b"]}`, empty), "a JWT, alg PS256, typ at+jwt, iss nothing, aud a, b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Describe(c.raw); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestMask(t *testing.T) {
	for value, want := range map[string]string{
		"ana@example.com": "a***@example.com", "a@example.com": "***@example.com", "@example.com": "***@example.com", "a@b@example.com": "a***@example.com",
		"aplanted": "a***", "": "***", "Ägidius@example.com": "Ä***@example.com", "x\x1b[31m@example.com": "x***@example.com",
	} {
		if got := Mask(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
