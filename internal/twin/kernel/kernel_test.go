package kernel_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rehome/internal/estate"
	"rehome/internal/policy"
	"rehome/internal/twin/kernel"
)

const (
	admin  = "TWIN111122223333"
	reader = "TESTREADER"
)

// world has one account with Regions in every state of knowledge and three roles.
func world() estate.World {
	return estate.World{Title: "a test", Estate: estate.Estate{
		Organization: estate.Of(estate.Organization{ID: "o-exampleorg1", ManagementAccount: "111122223333"}),
		Accounts: map[estate.AccountID]estate.Account{"111122223333": {
			Name: "start",
			Regions: estate.Of(map[estate.Region]estate.OptStatus{"us-east-1": estate.OptEnabledByDefault,
				"af-south-1": estate.OptEnabled, "eu-south-1": estate.OptDisabled, "us-west-1": "DISABLING"}),
			Roles: map[string]estate.Role{
				"Reader": {Path: "/team/", AccessKey: reader, Policies: []string{
					`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:DescribeKey","Resource":"*"},{"Effect":"Deny","Action":"kms:ListKeys","Resource":"*"}]}`}},
				"Brief": {AccessKey: "TESTBRIEF", ExpiresAfter: 2, Policies: []string{
					`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}},
				"Odd": {AccessKey: "TESTODD", Policies: []string{
					`{"Version":"2012-10-17","Statement":[{"Sid":"Odd","Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`}},
			},
		}},
	}}
}

// services are doubles with AWS's operation names: a read, a write, a refusal, a call between services and an event.
func services() []kernel.Service {
	name := func(r *kernel.Request) string { return r.Estate().Accounts["111122223333"].Name }
	rename := func(r *kernel.Request, to string) {
		kernel.EditAt(r.Estate().Accounts, "111122223333", func(a *estate.Account) { a.Name = to })
	}
	kms := kernel.Service{ID: "kms", IAM: "kms", Handlers: map[string]kernel.Handler{
		"DescribeKey": func(r *kernel.Request) (any, error) {
			return map[string]any{"Name": name(r), "Now": kernel.Timestamp(r.Now()), "Kind": r.Caller.Kind(), "Caller": r.Caller.String()}, nil
		},
		"ListKeys": func(r *kernel.Request) (any, error) { return nil, nil },
		"UpdateKeyDescription": func(r *kernel.Request) (any, error) {
			var in struct{ KeyId, Description string }
			err := r.Decode(&in)
			rename(r, in.Description)
			if in.Description == "refuse" {
				err = kernel.Errorf("KMSInvalidStateException", "no")
			}
			return nil, err
		},
		"EnableKey": func(r *kernel.Request) (any, error) {
			r.After(time.Minute, kernel.Event{Kind: "kms/later", Subject: "first"})
			r.After(2*time.Minute, kernel.Event{Kind: "kms/later", Subject: "second"})
			return nil, nil
		},
		"DisableKey": func(r *kernel.Request) (any, error) { return nil, errors.New("a bug") },
	}, Events: map[string]kernel.EventHandler{"kms/later": func(r *kernel.Request, e kernel.Event) error {
		rename(r, e.Subject)
		return nil
	}}}
	sso := kernel.Service{ID: "sso-admin", IAM: "sso", Handlers: map[string]kernel.Handler{
		"ListInstances": func(r *kernel.Request) (any, error) {
			var out map[string]any
			err := r.Call(r.Caller.Through("sso"), "kms", r.Region, "DescribeKey", map[string]string{}, &out)
			return out, err
		},
		"DescribeInstance": func(r *kernel.Request) (any, error) {
			return nil, kernel.Errorf("AccessDeniedException", "refused").With("Reason", "KMS_AccessDeniedException")
		},
	}}
	quick := kernel.Service{ID: "quicksight", IAM: "quicksight",
		Actions: map[string][]string{"CreateAccountSubscription": {"quicksight:CreateAccountSubscription", "quicksight:Subscribe"}},
		Handlers: map[string]kernel.Handler{
			"ListUsers": func(r *kernel.Request) (any, error) {
				var in map[string]any
				err := r.Decode(&in)
				return in, err
			},
			"CreateAccountSubscription": func(r *kernel.Request) (any, error) { return nil, nil },
			"DescribeAccountSubscription": func(r *kernel.Request) (any, error) {
				return nil, kernel.Errorf("ResourceNotFoundException", "none").WithStatus(404)
			},
		}}
	sts := kernel.Service{ID: "sts", IAM: "sts", Handlers: map[string]kernel.Handler{
		"GetCallerIdentity": func(r *kernel.Request) (any, error) {
			return struct{ Arn string }{r.Caller.Principal.ARN}, nil
		},
	}}
	return []kernel.Service{kms, sso, quick, sts}
}

type twin struct {
	*testing.T
	*httptest.Server
}

func start(t *testing.T, change func(*kernel.Config)) twin {
	t.Helper()
	c := kernel.Config{World: world(), Services: services(), Clock: kernel.ClockManual}
	if change != nil {
		change(&c)
	}
	k, err := kernel.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	return twin{t, s}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return v
}

func (w twin) send(req *http.Request) (reply, error) {
	res, err := w.Client().Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(body)}, err
}

func (w twin) request(method, path, body string) *http.Request {
	w.Helper()
	req, err := http.NewRequest(method, w.URL+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	return req
}

func (w twin) steer(method, path, body string) reply {
	w.Helper()
	r, err := w.send(w.request(method, path, body))
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func sign(req *http.Request, key, region, service string) *http.Request {
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20261201/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=00")
	return req
}

// call makes a json 1.1 call; target is such as TrentService.DescribeKey.
func (w twin) try(key, region, target, body string) (reply, error) {
	w.Helper()
	service := map[string]string{"TrentService": "kms", "SWBExternalService": "sso"}[target[:strings.IndexByte(target, '.')]]
	req := sign(w.request("POST", "/", body), key, region, service)
	req.Header.Set("X-Amz-Target", target)
	return w.send(req)
}

func (w twin) call(key, region, target, body string) reply {
	w.Helper()
	r, err := w.try(key, region, target, body)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w twin) calls(query string) []kernel.CallRecord {
	w.Helper()
	var out []kernel.CallRecord
	if err := json.Unmarshal([]byte(w.steer("GET", "/_twin/calls"+query, "").body), &out); err != nil {
		w.Fatal(err)
	}
	return out
}

func TestNewRefusesAWorldThatCannotBeUsed(t *testing.T) {
	for name, change := range map[string]func(*kernel.Config){
		"malformed identity policy": func(c *kernel.Config) {
			c.World.Estate.Accounts["111122223333"].Roles["Reader"] = estate.Role{Policies: []string{"{"}}
		},
		"two roles with one key": func(c *kernel.Config) {
			c.World.Estate.Accounts["111122223333"].Roles["Other"] = estate.Role{AccessKey: reader}
		},
		"unknown clock":           func(c *kernel.Config) { c.Clock = "sundial" },
		"real clock without wall": func(c *kernel.Config) { c.Clock = kernel.ClockReal },
	} {
		t.Run(name, func(t *testing.T) {
			c := kernel.Config{World: world(), Services: services()}
			change(&c)
			if _, err := kernel.New(c); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestTheWorldIsCopied(t *testing.T) {
	given := world()
	w := start(t, func(c *kernel.Config) { c.World = given })
	w.call(admin, "us-east-1", "TrentService.UpdateKeyDescription", `{"Description":"changed"}`)
	if got := given.Estate.Accounts["111122223333"].Name; got != "start" {
		t.Errorf("the caller's world says %q", got)
	}
	if got := w.call(admin, "us-east-1", "TrentService.DescribeKey", "{}").json(t)["Name"]; got != "changed" {
		t.Errorf("the twin says %q", got)
	}
}

func TestCallersAndTheirKinds(t *testing.T) {
	fas := kernel.Caller{Principal: policy.Principal{Kind: policy.RoleSession, ARN: "arn:aws:sts::1:assumed-role/r/s"}}.Through("quicksight").Through("sso")
	service := kernel.ServicePrincipal("quicksight", "111122223333", "")
	for _, tc := range []struct {
		caller        kernel.Caller
		kind, subject string
	}{
		{kernel.Caller{Principal: policy.Principal{Kind: policy.RoleSession, ARN: "a"}}, "iam", "User: a"},
		{fas, "fas", "User: arn:aws:sts::1:assumed-role/r/s"},
		{service, "service", "Service: quicksight.amazonaws.com"},
		{service.Through("sso"), "service-via", "Service: quicksight.amazonaws.com"},
	} {
		if tc.caller.Kind() != tc.kind || tc.caller.String() != tc.subject {
			t.Errorf("got %s %q, want %s %q", tc.caller.Kind(), tc.caller, tc.kind, tc.subject)
		}
	}
	if len(service.Via) != 0 {
		t.Error("Through changed its receiver")
	}
}

func TestIDsFollowFromNamesOnly(t *testing.T) {
	if kernel.ID("a", "b", "c") != kernel.ID("a", "b", "c") || kernel.ID("a", "b", "c") == kernel.ID("a", "bc", "") {
		t.Error("an id is not a function of its three names")
	}
	if u := kernel.UUID("a", "b", "c"); len(u) != 36 || u[14] != '4' || u[19] != 'a' {
		t.Errorf("%s is no UUID", u)
	}
}

func TestEqualHistoriesGiveEqualWorlds(t *testing.T) {
	history := func() []byte {
		w := start(t, nil)
		w.call(admin, "us-east-1", "TrentService.EnableKey", "{}")
		w.call(admin, "us-east-1", "TrentService.UpdateKeyDescription", `{"Description":"x"}`)
		w.steer("POST", "/_twin/clock", `{"advance":60}`)
		return []byte(w.steer("GET", "/_twin/world", "").body + w.steer("GET", "/_twin/calls", "").body)
	}
	if a, b := history(), history(); !bytes.Equal(a, b) {
		t.Errorf("first:\n%s\nsecond:\n%s", a, b)
	}
}

func TestPageCutsAndContinues(t *testing.T) {
	var got []string
	list := func(r *kernel.Request) (any, error) {
		var in struct {
			NextToken  string
			MaxResults int
		}
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		page, next, ok := kernel.Page(r, []string{"a", "b", "c", "d", "e"}, in.NextToken, in.MaxResults, 4)
		if !ok {
			return nil, kernel.Errorf("ValidationException", "token")
		}
		return map[string]any{"Items": page, "NextToken": next}, nil
	}
	for name, tc := range map[string]struct {
		configured int
		max, want  string
	}{
		"the service's size":     {0, "0", "abcd e"},
		"the client wants fewer": {0, "2", "ab cd e"},
		"the client wants more":  {0, "50", "abcd e"},
		"the twin is set to one": {1, "3", "a b c d e"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, func(c *kernel.Config) { c.Services[0].Handlers["ListKeys"], c.PageSize = list, tc.configured })
			got = nil
			for token := "start"; token != ""; {
				body := `{"MaxResults":` + tc.max + `,"NextToken":"` + strings.TrimPrefix(token, "start") + `"}`
				answer := w.call(admin, "us-east-1", "TrentService.ListKeys", body).json(t)
				page := ""
				for _, item := range answer["Items"].([]any) {
					page += item.(string)
				}
				got, token = append(got, page), answer["NextToken"].(string)
			}
			if s := strings.Join(got, " "); s != tc.want {
				t.Errorf("pages %q, want %q", s, tc.want)
			}
			if r := w.call(admin, "us-east-1", "TrentService.ListKeys", `{"NextToken":"bad"}`); r.status != 400 {
				t.Errorf("a foreign token gives %d", r.status)
			}
		})
	}
}
