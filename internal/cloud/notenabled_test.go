package cloud_test

import (
	"errors"
	"testing"

	"rehome/internal/cloud"
	"rehome/internal/diag"
)

// TestRejectedCredentials: a Region without opt-in answers like one that does not know the keys; STS tells the two apart.
func TestRejectedCredentials(t *testing.T) {
	rejected := fail(403, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid"}`)
	gone := fail(403, `<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>`)
	known, read := ok(identity(account, "role/admin")), ok(`{"Policy":"p"}`)
	for name, tt := range map[string]struct {
		sts  []answer
		kms  []answer
		want cloud.Kind
		exit int
	}{
		"a Region that never worked, STS knows the keys":        {[]answer{known}, []answer{rejected}, cloud.NotEnabled, diag.ExitFailed},
		"a Region that never worked, STS knows them no more":    {[]answer{known, gone}, []answer{rejected}, cloud.Expired, diag.ExitWaiting},
		"a Region that worked":                                  {[]answer{known}, []answer{read, rejected}, cloud.Expired, diag.ExitWaiting},
		"a Region that worked in so far that it refused":        {[]answer{known}, []answer{fail(400, `{"__type":"AccessDeniedException"}`), rejected}, cloud.Expired, diag.ExitWaiting},
		"an expired token is expired in whatever Region":        {[]answer{known}, []answer{fail(400, `{"__type":"ExpiredTokenException"}`)}, cloud.Expired, diag.ExitWaiting},
		"a signature that does not fit is no matter of Regions": {[]answer{known}, []answer{fail(403, `{"__type":"InvalidSignatureException"}`)}, cloud.Expired, diag.ExitWaiting},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, newServer(t, map[string][]answer{"GetCallerIdentity": tt.sts, "GetKeyPolicy": tt.kms}), nil)
			var err error
			for range tt.kms {
				_, err = c.KMS(account, mumbai).GetKeyPolicy(t.Context(), keyID)
			}
			e, ok := errors.AsType[*cloud.Error](err)
			if !ok || e.Kind != tt.want || diag.ExitCode(cloud.Presentable(err)) != tt.exit {
				t.Errorf("got %v, %+v", err, e)
			}
		})
	}
}
