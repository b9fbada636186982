package policy

import "testing"

// BenchmarkOkta7 decides one service call and one delegated call on the
// seven-statement policy; the metric counts both.
func BenchmarkOkta7(b *testing.B) {
	l := Layers{
		Resource:      mustParse(b, file(b, "okta7.json")),
		Identity:      []*Document{mustParse(b, file(b, "identity-admin.json"))},
		IdentityKnown: true,
	}
	requests := []Request{
		owned(identityStore, "kms:Decrypt", osaka, storeContext),
		forwarded(permissionSet(management, tokyo), "kms:Encrypt", "sso", tokyo, instanceContext),
	}
	b.ReportAllocs()
	evaluations := 0
	for b.Loop() {
		for _, r := range requests {
			if v := AuthorizeKey(l, r); v.Decision != Allow {
				b.Fatal(v.Decision, v.Reason)
			}
			evaluations++
		}
	}
	b.ReportMetric(float64(evaluations)/b.Elapsed().Seconds(), "evaluations/s")
}
