package kernel_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	describe = "TrentService.DescribeKey"
	rename   = "TrentService.UpdateKeyDescription"
	enable   = "TrentService.EnableKey"
)

func (w twin) name() string {
	w.Helper()
	var s struct {
		Estate struct {
			Accounts map[string]struct {
				Name string `json:"name"`
			} `json:"accounts"`
		} `json:"estate"`
	}
	if err := json.Unmarshal([]byte(w.steer("GET", "/_twin/world", "").body), &s); err != nil {
		w.Fatal(err)
	}
	return s.Estate.Accounts["111122223333"].Name
}

func (w twin) clock() string {
	w.Helper()
	return w.steer("GET", "/_twin/health", "").json(w.T)["clock"].(string)
}

func TestHealthSaysThatThisIsATwin(t *testing.T) {
	w := start(t, nil)
	h := w.steer("GET", "/_twin/health", "").json(t)
	if h["twin"] != true || h["format"] != "rehome.twin/v1" || h["world"] != "a test" || h["clock"] != "2026-12-01T08:00:00Z" {
		t.Errorf("health %v", h)
	}
}

func TestAManualClockMovesByPostAndFiresInOrder(t *testing.T) {
	w := start(t, nil)
	w.call(admin, "us-east-1", enable, "{}")
	w.call(admin, "us-east-1", describe, "{}")
	if got := w.name(); got != "start" {
		t.Errorf("an event fired by itself: %s", got)
	}
	for _, step := range []struct{ body, name, clock, next string }{
		{`{"advance":59.5}`, "start", "2026-12-01T08:00:59.5Z", "2026-12-01T08:01:00Z"},
		{`{"to":"2026-12-01T08:01:00Z"}`, "first", "2026-12-01T08:01:00Z", "2026-12-01T08:02:00Z"},
		{`{"to":"2026-12-01T09:00:00Z"}`, "second", "2026-12-01T09:00:00Z", ""},
	} {
		answer := w.steer("POST", "/_twin/clock", step.body).json(t)
		next, _ := answer["next"].(string)
		if w.name() != step.name || answer["clock"] != step.clock || next != step.next {
			t.Errorf("after %s: %s %v", step.body, w.name(), answer)
		}
	}
	if r := w.steer("POST", "/_twin/clock", `{"to":"2026-12-01T08:30:00Z"}`); r.status != 400 || w.clock() != "2026-12-01T09:00:00Z" {
		t.Errorf("the clock went back: %d, %s", r.status, w.clock())
	}
}

func TestAnAutomaticClockShowsPendingOnce(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.Clock = kernel.ClockAuto })
	w.call(admin, "us-east-1", enable, "{}")
	var seen []string
	for range 4 {
		seen = append(seen, w.call(admin, "us-east-1", describe, "{}").json(t)["Name"].(string))
	}
	if want := []string{"start", "first", "second", "second"}; !slices.Equal(seen, want) {
		t.Errorf("a poller saw %v, want %v", seen, want)
	}
	if got := w.clock(); got != "2026-12-01T08:02:00Z" {
		t.Errorf("the clock shows %s", got)
	}
}

func TestARealClockFollowsTheWall(t *testing.T) {
	var mu sync.Mutex
	wall := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	w := start(t, func(c *kernel.Config) {
		c.Clock, c.Wall = kernel.ClockReal, func() time.Time { mu.Lock(); defer mu.Unlock(); return wall }
	})
	w.call(admin, "us-east-1", enable, "{}")
	mu.Lock()
	wall = wall.Add(90 * time.Second)
	mu.Unlock()
	if got := w.call(admin, "us-east-1", describe, "{}").json(t)["Name"]; got != "first" {
		t.Errorf("after 90 s of wall: %s", got)
	}
	w.steer("POST", "/_twin/clock", `{"advance":30}`)
	if w.name() != "second" || w.clock() != "2026-06-01T00:02:00Z" {
		t.Errorf("after 30 s more: %s at %s", w.name(), w.clock())
	}
}

func TestTheLogSaysWhatBecameOfACall(t *testing.T) {
	w := start(t, nil)
	w.call(admin, "us-east-1", rename, `{"Description":"x"}`)
	w.call(admin, "us-east-1", rename, `{"Description":"x"}`)
	w.call(admin, "us-east-1", rename, `{"Description":"refuse"}`)
	w.call(admin, "af-south-1", describe, `{}`)
	w.call(reader, "us-east-1", enable, `{}`)
	w.call("AKIAIOSFODNN7EXAMPLE", "us-east-1", enable, `{}`)
	type row struct {
		account, region, operation string
		mutating                   bool
		effect                     kernel.Effect
		err                        string
	}
	var got []row
	for _, c := range w.calls("") {
		got = append(got, row{string(c.Account), string(c.Region), c.Service + ":" + c.Operation, c.Mutating, c.Effect, c.Error})
	}
	want := []row{
		{"111122223333", "us-east-1", "kms:UpdateKeyDescription", true, "applied", ""},
		{"111122223333", "us-east-1", "kms:UpdateKeyDescription", true, "noop", ""},
		{"111122223333", "us-east-1", "kms:UpdateKeyDescription", true, "refused", "KMSInvalidStateException"},
		{"111122223333", "af-south-1", "kms:DescribeKey", false, "noop", ""},
		{"111122223333", "us-east-1", "kms:EnableKey", true, "refused", "AccessDeniedException"},
		{"", "us-east-1", "kms:EnableKey", true, "refused", "UnrecognizedClientException"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := w.name(); got != "x" {
		t.Errorf("a refused call left its mark: %s", got)
	}
}

func TestCallsBetweenServicesAreAuthorizedAndMarked(t *testing.T) {
	w := start(t, nil)
	answer := w.call(admin, "us-east-1", "SWBExternalService.ListInstances", "{}").json(t)
	if answer["Kind"] != "fas" || answer["Caller"] != "User: arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin" {
		t.Errorf("the inner call was made by %v", answer)
	}
	all := w.calls("?internal=yes")
	if len(all) != 2 || !all[0].Internal || all[0].Operation != "DescribeKey" || all[0].Trigger != "sso-admin:ListInstances" || len(w.calls("")) != 1 {
		t.Errorf("log %+v", all)
	}
}

func TestReplacingAndResettingTheWorld(t *testing.T) {
	w := start(t, nil)
	first := w.steer("GET", "/_twin/world", "").body
	w.call(admin, "us-east-1", enable, "{}")
	w.call(admin, "us-east-1", rename, `{"Description":"x"}`)
	kept := w.steer("GET", "/_twin/world", "").body
	w.steer("POST", "/_twin/reset", "")
	if got := w.steer("GET", "/_twin/world", "").body; got != first || len(w.calls("")) != 0 {
		t.Errorf("reset gives %s", got)
	}
	if r := w.steer("PUT", "/_twin/world", kept); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if got := w.steer("GET", "/_twin/world", "").body; got != kept {
		t.Errorf("put and get differ:\n%s\n%s", kept, got)
	}
	w.steer("POST", "/_twin/clock", `{"advance":60}`)
	if got := w.name(); got != "first" {
		t.Errorf("the event was lost on the way: %s", got)
	}
}

func TestAWorldFileCanBePut(t *testing.T) {
	w := start(t, nil)
	other := world()
	other.Format, other.Title = estate.WorldFormat, "another"
	text, err := document.Encode(other)
	if err != nil {
		t.Fatal(err)
	}
	if r := w.steer("PUT", "/_twin/world", string(text)); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if h := w.steer("GET", "/_twin/health", "").json(t); h["world"] != "another" {
		t.Errorf("health %v", h)
	}
	for name, body := range map[string]string{"no JSON": "{", "another format": `{"format":"x"}`, "unknown member": `{"format":"rehome.twin/v1","x":1}`} {
		if r := w.steer("PUT", "/_twin/world", body); r.status != 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestWithoutTimesOnlyWhatIsRemains(t *testing.T) {
	at := func(clock string) string {
		w := start(t, nil)
		w.steer("POST", "/_twin/clock", `{"advance":`+clock+`}`)
		w.call(admin, "us-east-1", enable, "{}")
		return w.steer("GET", "/_twin/world?times=no", "").body
	}
	early, late := at("0"), at("3600")
	if early != late || !strings.Contains(early, "kms/later") || strings.Contains(early, "2026-12") {
		t.Errorf("early:\n%s\nlate:\n%s", early, late)
	}
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		fault string
		want  []string // status and error of three calls; "cut" when the connection died
		names []string // the world after each
	}{
		{`{"effect":"throttle"}`, []string{"400 ThrottlingException", "200", "200"}, []string{"start", "2", "3"}},
		{`{"effect":"error","nth":2}`, []string{"200", "500 InternalFailure", "200"}, []string{"1", "1", "3"}},
		{`{"effect":"expired","nth":2,"count":-1}`, []string{"200", "400 ExpiredTokenException", "400 ExpiredTokenException"}, []string{"1", "1", "1"}},
		{`{"effect":"cut-before"}`, []string{"cut", "200", "200"}, []string{"start", "2", "3"}},
		{`{"effect":"cut-after"}`, []string{"cut", "200", "200"}, []string{"1", "2", "3"}},
		{`{"effect":"outage","region":"us-east-1","count":2}`, []string{"cut", "cut", "200"}, []string{"start", "start", "3"}},
		{`{"effect":"outage","region":"ap-south-1","count":-1}`, []string{"200", "200", "200"}, []string{"1", "2", "3"}},
		{`{"effect":"throttle","service":"kms","operation":"DescribeKey"}`, []string{"200", "200", "200"}, []string{"1", "2", "3"}},
		{`{"effect":"throttle","account":"999999999999"}`, []string{"200", "200", "200"}, []string{"1", "2", "3"}},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			w := start(t, nil)
			if r := w.steer("POST", "/_twin/faults", "["+tc.fault+"]"); r.status != 200 {
				t.Fatal(r.body)
			}
			for i := range 3 {
				got := "cut"
				if r, err := w.try(admin, "us-east-1", rename, `{"Description":"`+string(rune('1'+i))+`"}`); err == nil {
					got = strings.TrimSpace(map[int]string{200: "200", 400: "400", 500: "500"}[r.status] + " " + r.header.Get("x-amzn-errortype"))
				}
				if got != tc.want[i] || w.name() != tc.names[i] {
					t.Errorf("call %d: %s and %s, want %s and %s", i+1, got, w.name(), tc.want[i], tc.names[i])
				}
			}
		})
	}
}

func TestFaultsAreLoggedWithWhatHappened(t *testing.T) {
	w := start(t, func(c *kernel.Config) {
		c.World.Faults = []estate.Fault{{Effect: estate.FaultCutBefore}, {Effect: estate.FaultCutAfter, Nth: 2}, {Effect: estate.FaultLatency, Nth: 3, Seconds: 90}}
	})
	for i := range 3 {
		w.try(admin, "us-east-1", rename, `{"Description":"`+string(rune('1'+i))+`"}`) //nolint:errcheck // two of the three are cut
	}
	var got []string
	for _, c := range w.calls("") {
		got = append(got, string(c.Fault)+" "+string(c.Effect))
	}
	if want := []string{"cut-before refused", "cut-after applied", "latency applied"}; !slices.Equal(got, want) {
		t.Errorf("log %v, want %v", got, want)
	}
	if got := w.clock(); got != "2026-12-01T08:01:30Z" {
		t.Errorf("latency moved the clock to %s", got)
	}
}

func TestCredentialsMayEndAfterSomeCalls(t *testing.T) {
	w := start(t, nil)
	var got []int
	for range 3 {
		got = append(got, w.call("TESTBRIEF", "us-east-1", describe, "{}").status)
	}
	if !slices.Equal(got, []int{200, 200, 400}) {
		t.Errorf("statuses %v", got)
	}
	if last := w.calls("")[2]; last.Error != "ExpiredTokenException" {
		t.Errorf("the third call: %+v", last)
	}
}

func TestTheHookSeesMutatingCallsBeforeAndAfter(t *testing.T) {
	var w twin
	var got []string
	w = start(t, func(c *kernel.Config) {
		c.Hook = func(s kernel.Stage, call kernel.CallRecord) {
			got = append(got, string(s)+" "+call.Operation+" "+string(call.Effect)+" "+w.name())
		}
	})
	w.call(admin, "us-east-1", describe, "{}")
	w.call(admin, "us-east-1", rename, `{"Description":"x"}`)
	w.call(admin, "us-east-1", rename, `{"Description":"refuse"}`)
	want := []string{"received UpdateKeyDescription  start", "applied UpdateKeyDescription applied x",
		"received UpdateKeyDescription  x", "applied UpdateKeyDescription refused x"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestWhatTheTwinDoesNotOffer(t *testing.T) {
	w := start(t, nil)
	if r := w.steer("GET", "/_twin/nothing", ""); r.status != 404 {
		t.Errorf("nothing: %d", r.status)
	}
	if r := w.steer("POST", "/_twin/faults", `[{"effect":"throttle","x":1}]`); r.status != 400 {
		t.Errorf("a fault with an unknown member: %d", r.status)
	}
	if r := w.steer("POST", "/_twin/faults", `[{"effect":"explode"}]`); r.status != 400 {
		t.Errorf("a fault with an unknown effect: %d", r.status)
	}
	if body := w.steer("GET", "/_twin/kms", "").body; !bytes.Equal([]byte(body), []byte("[]\n")) {
		t.Errorf("kms: %s", body)
	}
}
