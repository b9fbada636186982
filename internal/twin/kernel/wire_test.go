package kernel_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rehome/internal/twin/kernel"
)

func TestJSON11OnTheWire(t *testing.T) {
	w := start(t, nil)
	for _, tc := range []struct {
		name, key, region, target, body string
		status                          int
		want                            string // the whole body
	}{
		{"an empty answer is an object", admin, "us-east-1", "TrentService.UpdateKeyDescription", `{"KeyId":"k"}`, 200, `{}`},
		{"an empty body is an empty input", admin, "us-east-1", "TrentService.EnableKey", ``, 200, `{}`},
		{"kms spells message small", admin, "us-east-1", "TrentService.UpdateKeyDescription", `{"Description":"refuse"}`, 400,
			`{"__type":"KMSInvalidStateException","message":"no"}`},
		{"sso spells Message large and adds members", admin, "us-east-1", "SWBExternalService.DescribeInstance", `{}`, 400,
			`{"Message":"refused","Reason":"KMS_AccessDeniedException","__type":"AccessDeniedException"}`},
		{"a service that is not there", admin, "us-east-1", "SWBExternalService.AddRegion", `{}`, 501,
			`{"Message":"rehome's twin does not model sso-admin:AddRegion","__type":"NotModelledByTwin"}`},
		{"an operation that does not exist", admin, "us-east-1", "TrentService.Destroy", `{}`, 400,
			`{"__type":"UnknownOperationException","message":"unknown operation \"Destroy\""}`},
		{"no JSON", admin, "us-east-1", "TrentService.DescribeKey", `{`, 400,
			`{"__type":"SerializationException","message":"unexpected end of JSON input"}`},
		{"a handler's bug is the twin's failure", admin, "us-east-1", "TrentService.DisableKey", `{}`, 501, `{"__type":"TwinFailed","message":"a bug"}`},
		{"real credentials", "AKIAIOSFODNN7EXAMPLE", "us-east-1", "TrentService.DescribeKey", `{}`, 400,
			`{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`},
		{"an account outside the world", "TWIN999999999999", "us-east-1", "TrentService.DescribeKey", `{}`, 400,
			`{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`},
		{"a Region without opt-in", admin, "eu-south-1", "TrentService.DescribeKey", `{}`, 400,
			`{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`},
		{"a Region that is being left", admin, "us-west-1", "TrentService.DescribeKey", `{}`, 400,
			`{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`},
		{"a Region nobody looked at", admin, "il-central-1", "TrentService.DescribeKey", `{}`, 400,
			`{"__type":"TwinDoesNotKnow","message":"twin does not know /accounts/111122223333/regions/il-central-1"}`},
		{"no identity policy allows", reader, "us-east-1", "TrentService.EnableKey", `{}`, 400,
			`{"__type":"AccessDeniedException","message":"User: arn:aws:sts::111122223333:assumed-role/Reader/twin is not authorized to perform: kms:EnableKey on resource: * because no identity-based policy allows the kms:EnableKey action"}`},
		{"an identity policy denies", reader, "us-east-1", "TrentService.ListKeys", `{}`, 400,
			`{"__type":"AccessDeniedException","message":"User: arn:aws:sts::111122223333:assumed-role/Reader/twin is not authorized to perform: kms:ListKeys on resource: * with an explicit deny in an identity-based policy"}`},
		{"an identity policy that cannot be judged", "TESTODD", "us-east-1", "TrentService.DescribeKey", `{}`, 400,
			`{"__type":"TwinDoesNotKnow","message":"twin does not know /accounts/111122223333/roles: statement Odd, key not looked at Bool aws:MultiFactorAuthPresent"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := w.call(tc.key, tc.region, tc.target, tc.body)
			if r.status != tc.status || r.body != tc.want {
				t.Errorf("got %d %s\nwant %d %s", r.status, r.body, tc.status, tc.want)
			}
			if r.header.Get("Content-Type") != "application/x-amz-json-1.1" || len(r.header.Get("x-amzn-RequestId")) != 36 {
				t.Errorf("headers %v", r.header)
			}
		})
	}
}

func TestRegionsThatNeedNoLookAreOpen(t *testing.T) {
	w := start(t, nil)
	for region, want := range map[string]int{"us-east-1": 200, "af-south-1": 200, "ap-south-1": 200} {
		if r := w.call(admin, region, "TrentService.DescribeKey", "{}"); r.status != want {
			t.Errorf("%s: %d %s", region, r.status, r.body)
		}
	}
}

func TestAuthenticationWithoutAHeader(t *testing.T) {
	w := start(t, nil)
	if r := w.steer("POST", "/", "{}"); r.status != 403 || !strings.Contains(r.body, `"MissingAuthenticationTokenException"`) {
		t.Errorf("unsigned: %d %s", r.status, r.body)
	}
	r := w.steer("GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential="+admin+"%2F20261201%2Fus-east-1%2Fsts%2Faws4_request", "")
	if r.status != 200 || !strings.Contains(r.body, "RehomeTwinAdministrator/twin") {
		t.Errorf("presigned: %d %s", r.status, r.body)
	}
	req := sign(w.request("PUT", "/bucket", ""), admin, "us-east-1", "ec2")
	if r, err := w.send(req); err != nil || r.status != 501 || !strings.Contains(r.body, "rehome's twin does not model ec2") {
		t.Errorf("another service: %v %d %s", err, r.status, r.body)
	}
}

func TestRESTJSONOnTheWire(t *testing.T) {
	w := start(t, nil)
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		want, errorType          string
	}{
		{"path, query and body become one input", "GET", "/accounts/111122223333/namespaces/default/users?max-results=5&x=1&x=2", "", 200,
			`{"AwsAccountId":"111122223333","Namespace":"default","max-results":"5","x":["1","2"]}`, ""},
		{"an escaped slash stays in its member", "GET", "/accounts/1/namespaces/a%2Fb/users", `{"y":{"z":1}}`, 200,
			`{"AwsAccountId":"1","Namespace":"a/b","y":{"z":1}}`, ""},
		{"a status of its own", "GET", "/account/111122223333", "", 404, `{"__type":"ResourceNotFoundException","message":"none"}`, "ResourceNotFoundException"},
		{"modelled by nobody", "GET", "/accounts/1/dashboards", "", 501,
			`{"__type":"NotModelledByTwin","message":"rehome's twin does not model quicksight:ListDashboards"}`, "NotModelledByTwin"},
		{"no such path", "GET", "/nowhere", "", 400, `{"__type":"UnknownOperationException","message":"unknown operation \"GET /nowhere\""}`, "UnknownOperationException"},
		{"no JSON", "POST", "/account/1", "x", 400, `{"__type":"SerializationException","message":"invalid character 'x' looking for beginning of value"}`, "SerializationException"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := w.send(sign(w.request(tc.method, tc.path, tc.body), admin, "us-east-1", "quicksight"))
			if err != nil || r.status != tc.status || r.body != tc.want || r.header.Get("x-amzn-errortype") != tc.errorType {
				t.Errorf("got %v %d %s %q\nwant %d %s", err, r.status, r.body, r.header.Get("x-amzn-errortype"), tc.status, tc.want)
			}
			if r.header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", r.header)
			}
		})
	}
}

func TestAnOperationMayNeedTwoActions(t *testing.T) {
	allow := func(action string) kernel.Config {
		c := kernel.Config{World: world(), Services: services()}
		role := c.World.Estate.Accounts["111122223333"].Roles["Reader"]
		role.Policies = []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`}
		c.World.Estate.Accounts["111122223333"].Roles["Reader"] = role
		return c
	}
	for action, want := range map[string]int{"quicksight:CreateAccountSubscription": 400, "quicksight:Subscribe": 400, "quicksight:*": 200} {
		w := start(t, func(c *kernel.Config) { *c = allow(action) })
		r, err := w.send(sign(w.request("POST", "/account/111122223333", "{}"), reader, "us-east-1", "quicksight"))
		if err != nil || r.status != want {
			t.Errorf("%s alone: %v %d %s", action, err, r.status, r.body)
		}
	}
}

func TestQueryOnTheWire(t *testing.T) {
	w := start(t, nil)
	r, err := w.send(sign(w.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15"), reader, "us-east-1", "sts"))
	if err != nil || r.status != 403 || !strings.Contains(r.body, "<Code>AccessDenied</Code>") {
		t.Errorf("a role that may not: %v %d %s", err, r.status, r.body)
	}
	r, err = w.send(sign(w.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15"), admin, "us-east-1", "sts"))
	want := `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
		`<Arn>arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin</Arn></GetCallerIdentityResult>` +
		`<ResponseMetadata><RequestId>` + r.header.Get("x-amzn-RequestId") + `</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
	if err != nil || r.body != want || r.status != 200 {
		t.Errorf("got %v %s\nwant %s", err, r.body, want)
	}
	r, err = w.send(sign(w.request("POST", "/", "Action=GetCallerIdentity"), "AKIAIOSFODNN7EXAMPLE", "us-east-1", "sts"))
	want = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>` +
		`<Message>The security token included in the request is invalid.</Message></Error><RequestId>` + r.header.Get("x-amzn-RequestId") + `</RequestId></ErrorResponse>`
	if err != nil || r.body != want {
		t.Errorf("got %v %s\nwant %s", err, r.body, want)
	}
}

func TestATimestampIsSecondsWithMilliseconds(t *testing.T) {
	text, err := json.Marshal(kernel.Timestamp(kernel.DefaultStart().Add(123_456_789)))
	if err != nil || string(text) != "1796112000.123" {
		t.Errorf("got %s %v", text, err)
	}
}
