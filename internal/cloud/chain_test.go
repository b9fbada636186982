package cloud

import (
	"errors"
	"net/url"
	"testing"

	"github.com/aws/smithy-go"
)

// TestEndOfTheCredentialChain tells "no EC2 instance" from "no network": both come as a request that nobody answered.
func TestEndOfTheCredentialChain(t *testing.T) {
	unanswered := &url.Error{Op: "Get", URL: "http://192.0.2.1/", Err: errors.New("no route to host")}
	for service, want := range map[string]Kind{"ec2imds": Expired, "SSO": Unavailable, "STS": Unavailable} {
		e := &Error{}
		(&account{}).credentialFault(e, &credentialError{&smithy.OperationError{ServiceID: service, OperationName: "Get", Err: unanswered}}, nil)
		if e.Kind != want {
			t.Errorf("%s: %s, want %s", service, e.Kind, want)
		}
	}
}

// TestAllowances shows which calls share one: all of sso-admin in a Region, one operation of identitystore, permission calls of Quick.
func TestAllowances(t *testing.T) {
	at := func(region, service, name string) op {
		o := op{service: service, name: name}
		o.region = "eu-west-1"
		if region != "" {
			o.region = "us-east-1"
		}
		return o
	}
	for name, tt := range map[string]struct {
		a, b   op
		shared bool
		rate   float64
	}{
		"sso-admin, two operations":     {at("", "sso-admin", "ListInstances"), at("", "sso-admin", "ListRegions"), true, 20},
		"sso-admin, two Regions":        {at("", "sso-admin", "ListInstances"), at("us", "sso-admin", "ListInstances"), false, 20},
		"identitystore, two operations": {at("", "identitystore", "ListUsers"), at("", "identitystore", "ListGroups"), false, 20},
		"identitystore, one operation":  {at("", "identitystore", "ListUsers"), at("", "identitystore", "ListUsers"), true, 20},
		"quicksight, permission calls":  {at("", "quicksight", "DescribeDashboardPermissions"), at("", "quicksight", "ListDashboards"), false, 2},
		"the rest, each service":        {at("", "sts", "GetCallerIdentity"), at("", "account", "ListRegions"), false, 10},
	} {
		t.Run(name, func(t *testing.T) {
			var l limits
			if got := l.limiter(tt.a) == l.limiter(tt.b); got != tt.shared {
				t.Errorf("shared: %v", got)
			}
			if got := float64(l.limiter(tt.a).Limit()); got != tt.rate {
				t.Errorf("%v per second, want %v", got, tt.rate)
			}
		})
	}
}
