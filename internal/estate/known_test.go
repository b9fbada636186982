package estate

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/document"
)

func TestKnownAnswers(t *testing.T) {
	var zero Known[int]
	for name, c := range map[string]struct {
		k                             Known[int]
		known, absent, looked, isZero bool
		or                            int
		why                           string
	}{
		"the zero value":          {zero, false, false, false, true, 7, "the survey did not look at it"},
		"a value":                 {Of(3), true, false, true, false, 3, ""},
		"the value zero":          {Of(0), true, false, true, false, 0, ""},
		"absent":                  {Absent[int](), false, true, true, false, 7, ""},
		"not looked, with reason": {NotLooked[int]("denied"), false, false, false, false, 7, "denied"},
		"not looked, without one": {NotLooked[int](""), false, false, false, true, 7, "the survey did not look at it"},
	} {
		t.Run(name, func(t *testing.T) {
			v, ok := c.k.Get()
			if ok != c.known || c.k.IsKnown() != c.known || c.k.IsAbsent() != c.absent || c.k.Looked() != c.looked || c.k.IsZero() != c.isZero {
				t.Errorf("known %t, absent %t, looked %t, zero %t", ok, c.k.IsAbsent(), c.k.Looked(), c.k.IsZero())
			}
			if !ok && v != 0 {
				t.Errorf("Get gives %d for what is not known", v)
			}
			if c.k.Or(7) != c.or || c.k.Why() != c.why {
				t.Errorf("or %d, why %q", c.k.Or(7), c.k.Why())
			}
		})
	}
}

type shelf struct {
	Number Known[int]                       `json:"number,omitzero"`
	Text   Known[string]                    `json:"text,omitzero"`
	List   Known[[]string]                  `json:"list,omitzero"`
	Map    Known[map[Region]ReplicaState]   `json:"map,omitzero"`
	Nested Known[map[string]Known[KeyCopy]] `json:"nested,omitzero"`
}

func TestKnownRoundTrips(t *testing.T) {
	for name, c := range map[string]struct {
		value shelf
		text  string
	}{
		"nothing looked at":    {shelf{}, `{}`},
		"the value zero":       {shelf{Number: Of(0), Text: Of("")}, `{"number":0,"text":""}`},
		"absent":               {shelf{Number: Absent[int](), Map: Absent[map[Region]ReplicaState]()}, `{"number":null,"map":null}`},
		"not looked":           {shelf{List: NotLooked[[]string]("AccessDenied")}, `{"list":{"not_looked":"AccessDenied"}}`},
		"an empty list":        {shelf{List: Of([]string{})}, `{"list":[]}`},
		"an empty map":         {shelf{Map: Of(map[Region]ReplicaState{})}, `{"map":{}}`},
		"a map":                {shelf{Map: Of(map[Region]ReplicaState{"us-east-1": "ACTIVE"})}, `{"map":{"us-east-1":"ACTIVE"}}`},
		"unknown in a known":   {shelf{Nested: Of(map[string]Known[KeyCopy]{"a": NotLooked[KeyCopy]("throttled")})}, `{"nested":{"a":{"not_looked":"throttled"}}}`},
		"absent in a known":    {shelf{Nested: Of(map[string]Known[KeyCopy]{"a": Absent[KeyCopy]()})}, `{"nested":{"a":null}}`},
		"unknown deeper still": {shelf{Nested: Of(map[string]Known[KeyCopy]{"a": Of(KeyCopy{State: KeyEnabled, Policy: NotLooked[string]("denied")})})}, `{"nested":{"a":{"state":"Enabled","policy":{"not_looked":"denied"}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := json.Marshal(c.value, json.Deterministic(true))
			if err != nil || string(b) != c.text {
				t.Fatalf("got %s, %v\nwant %s", b, err, c.text)
			}
			var back shelf
			if err := json.Unmarshal(b, &back); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(back, json.Deterministic(true))
			if err != nil || string(again) != c.text {
				t.Errorf("came back as %s, %v", again, err)
			}
		})
	}
}

// TestKnownReplacesWhatWasThere: decoding over an older value leaves nothing of it.
func TestKnownReplacesWhatWasThere(t *testing.T) {
	s := shelf{Number: Of(1), Map: Of(map[Region]ReplicaState{"us-east-1": RegionActive}), List: NotLooked[[]string]("denied")}
	if err := json.Unmarshal([]byte(`{"number":null,"map":{"eu-west-1":"ADDING"},"list":["a"]}`), &s); err != nil {
		t.Fatal(err)
	}
	m, _ := s.Map.Get()
	if !s.Number.IsAbsent() || len(m) != 1 || m["eu-west-1"] != RegionAdding || s.List.Why() != "" {
		t.Errorf("got %+v", s)
	}
}

// TestKnownPassesTheReadersFaultsOn: an error inside a Known value keeps its place in the whole text.
func TestKnownPassesTheReadersFaultsOn(t *testing.T) {
	text := `{"nested":{"a":{"state":"Enabled"},"b":{"state":7}}}`
	err := json.Unmarshal([]byte(text), &shelf{})
	var sem *json.SemanticError
	if !errors.As(err, &sem) || sem.JSONPointer != "/nested/b/state" || int(sem.ByteOffset) != strings.Index(text, "7") {
		t.Errorf("got %#v", err)
	}
	for name, bad := range map[string]string{"unknown member": `{"nested":{"a":{"stat":"x"}}}`, "twice": `{"nested":{"a":{"state":"x","state":"x"}}}`} {
		if err := json.Unmarshal([]byte(bad), &shelf{}, json.RejectUnknownMembers(true)); err == nil {
			t.Errorf("%s: a Known value is less strict than its reader", name)
		}
	}
	if err := json.Unmarshal([]byte(`{"nested":{"a":{"stat":"x"}}}`), &shelf{}); err != nil {
		t.Errorf("a Known value is stricter than its reader: %v", err)
	}
}

// TestEstateRoundTrips: what a survey writes is what a later command reads, to the last unknown.
func TestEstateRoundTrips(t *testing.T) {
	s := Survey{Format: SurveyFormat, Target: TargetTwin, Callers: map[AccountID]string{"111122223333": "arn:aws:iam::111122223333:user/ana"},
		Looks: []Look{{Account: "111122223333", Region: "us-east-1", Service: "kms", Operation: "GetKeyPolicy", Error: "AccessDeniedException"}},
		Estate: Estate{Organization: NotLooked[Organization]("denied"), IdentityCenter: Of(Instance{ARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", Owner: "111122223333",
			PrimaryRegion: "ap-south-1", GroupsAt: map[Region]Known[[]string]{"us-east-1": Of([]string{"admins"}), "ap-south-1": NotLooked[[]string]("denied")}}),
			Accounts: map[AccountID]Account{"111122223333": {Quick: Of(Quick{IdentityRegion: Of[Region]("ap-south-1"), Assets: map[Region]Known[[]Asset]{"eu-west-1": Absent[[]Asset]()}})}}}}
	first, err := document.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Survey
	if err := document.Decode("survey.json", first, &back); err != nil {
		t.Fatal(err)
	}
	second, err := document.Encode(back)
	if err != nil || string(first) != string(second) {
		t.Errorf("%v\n%s\n%s", err, first, second)
	}
	if !jsontext.Value(first).IsValid() || back.Estate.Accounts["111122223333"].Quick.Or(Quick{}).TerminationProtection.Looked() {
		t.Error("what nobody looked at came back as looked at")
	}
}

// TestWhatAWSLeavesOutSurvives: an answer without a field, such as an application that does not say where it was created, must not
// make a survey that nobody can read again.
func TestWhatAWSLeavesOutSurvives(t *testing.T) {
	s := Survey{Looks: []Look{{}}, Estate: Estate{Organization: Of(Organization{}),
		IdentityCenter: Of(Instance{Applications: Of(map[ARN]Application{"arn": {}}), Users: Of(map[UserID]User{"u": {}}), Groups: Of(map[GroupID]Group{"g": {}})}),
		Accounts: map[AccountID]Account{"111122223333": {Keys: map[KeyID]Key{"mrk-0123456789abcdef0123456789abcdef": {}},
			Quick: Of(Quick{Namespaces: Of(map[string]Namespace{"default": {Users: Of(map[string]QuickUser{"u": {}})}})})}}}}
	text, err := document.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Survey
	if err := document.Decode("survey.json", text, &back); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}
