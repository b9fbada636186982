package token

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// refreshAttacks are tokens of a refresh, two minutes after a sign-in that passed. Others do not compare the two.
func refreshAttacks() []attack {
	return []attack{
		{name: "as it should be", claims: members{"nonce": gone{}, "jti": "ID.planted-jti-2", "auth_time": at.Unix() - 60}, ours: accept},
		{name: "the nonce of the sign-in", claims: members{"jti": "ID.planted-jti-2"}, ours: accept},
		{name: "another nonce", claims: members{"nonce": "other", "jti": gone{}}, want: []string{"nonce/other"}, ours: refuse},
		{name: "another issuer", claims: members{"iss": "https://acme.okta.com", "jti": gone{}}, want: []string{"issuer/server", "same/issuer"}, ours: refuse},
		{name: "another person", claims: members{"sub": "00u-somebody-else", "jti": gone{}}, want: []string{"same/subject"}, ours: refuse},
		{name: "another audience", claims: members{"aud": "0oa9z9z9z9", "jti": gone{}}, want: []string{"audience/other", "same/audience"}, ours: refuse},
		{name: "azp that was not there", claims: members{"azp": clientID, "jti": gone{}}, want: []string{"same/party"}, ours: refuse},
		{name: "another time of sign-in", claims: members{"auth_time": at.Unix() + 120, "jti": gone{}}, want: []string{"same/time"}, ours: refuse},
		{name: "the time of sign-in as a text", claims: members{"auth_time": "1", "jti": gone{}}, want: []string{"time/kind"}, ours: refuse},
		{name: "email lost", claims: members{"email": gone{}, "jti": gone{}}, want: []string{"claim/lost"}, ours: refuse},
		{name: "email emptied", claims: members{"email": "", "jti": gone{}}, want: []string{"claim/lost"}, ours: refuse},
		{name: "another email", claims: members{"email": "ana.planted@other.example", "jti": gone{}}, want: []string{"claim/changed"}, ours: refuse},
		{name: "the token of the sign-in again", claims: members{}, want: []string{"new/repeated"}, ours: accept},
		{name: "an older token", claims: members{"iat": at.Unix() - 300, "jti": gone{}}, want: []string{"new/older"}, ours: accept},
	}
}

func TestRefresh(t *testing.T) {
	first := attack{claims: members{"auth_time": at.Unix() - 60}}
	v, _ := first.judge(at)
	if !v.Passed() {
		t.Fatalf("the sign-in: %v", v.Findings)
	}
	for _, a := range refreshAttacks() {
		t.Run(a.name, func(t *testing.T) {
			a.expect = func(e *Expect) { e.Earlier = &v.Claims }
			now := at.Add(2 * time.Minute)
			got, findings := a.judge(now)
			if got.Passed() != (a.ours == accept) {
				t.Errorf("passed %t, want %s", got.Passed(), a.ours)
			}
			if told := named(t, findings); !slices.Equal(told, a.want) {
				t.Errorf("told %v, want %v", told, a.want)
			}
			for _, f := range got.Findings {
				if !strings.HasPrefix(f.Subject, "id-token-refreshed/") {
					t.Errorf("%s would be taken for a finding of the sign-in", f.Subject)
				}
			}
			wellFormed(t, findings)
			silent(t, a.token(now), findings)
		})
	}
}
