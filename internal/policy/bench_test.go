package policy

import "testing"

// BenchmarkOkta7 decides on the seven-statement policy as the Okta article has
// it; parsing is not part of it.
func BenchmarkOkta7(b *testing.B) {
	l := Layers{
		Resource:      mustParse(b, file(b, "okta7.json")),
		Identity:      []*Document{mustParse(b, file(b, "identity-admin.json"))},
		IdentityKnown: true,
	}
	for name, r := range map[string]Request{
		"service":   owned(identityStore, "kms:Decrypt", osaka, storeContext),
		"delegated": forwarded(permissionSet(management, tokyo), "kms:Encrypt", "sso", tokyo, instanceContext),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if v := AuthorizeKey(l, r); v.Decision != Allow {
					b.Fatal(v.Decision, v.Reason)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "evaluations/s")
		})
	}
}
