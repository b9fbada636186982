package plan

import (
	"errors"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// TestStepsGoWhereTheTaskExists: a step whose call another Region does not take is no step.
func TestStepsGoWhereTheTaskExists(t *testing.T) {
	t.Attr("requirement", "IDC-23")
	in := input()
	in.Survey.Estate.IdentityCenter = estate.Of(estate.Instance{ARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", PrimaryRegion: "ap-south-1"})
	for name, c := range map[string]struct {
		call   string
		region estate.Region
		fits   bool
	}{
		"an issuer at the additional Region":          {"sso-admin:CreateTrustedTokenIssuer", "us-east-1", false},
		"an issuer at home":                           {"sso-admin:CreateTrustedTokenIssuer", "ap-south-1", true},
		"a Region added from the additional one":      {"sso:AddRegion", "us-east-1", false},
		"a Region added from home":                    {"sso:AddRegion", "ap-south-1", true},
		"the key set from the additional Region":      {"sso:UpdateInstance", "us-east-1", false},
		"permission sets, even to look, elsewhere":    {"sso-admin:ListPermissionSets", "us-east-1", false},
		"people written elsewhere":                    {"identitystore:CreateUser", "us-east-1", false},
		"people read elsewhere":                       {"identitystore:ListUsers", "us-east-1", true},
		"a key replicated from where it is a replica": {"kms:ReplicateKey", "us-east-1", false},
		"a policy of the replica":                     {"kms:PutKeyPolicy", "us-east-1", true},
		"something else":                              {"quicksight:CreateAccountSubscription", "us-east-1", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Build(in, []Kind{paper{steps: []Step{{ID: "s", Region: c.region, Calls: []string{c.call}}}}})
			var e *diag.Error
			if (err == nil) != c.fits || err != nil && (!errors.As(err, &e) || e.Code != "plan/wrong-region") {
				t.Errorf("%s in %s: %v", c.call, c.region, err)
			}
		})
	}
}
