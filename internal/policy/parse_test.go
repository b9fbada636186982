package policy

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAccepts(t *testing.T) {
	tests := map[string]string{
		"statement as an object":  `{"Statement":{"Effect":"Allow"}}`,
		"no statement at all":     `{"Version":"2008-10-17","Statement":[]}`,
		"Version after Statement": `{"Statement":[{"Effect":"Deny","Action":"*"}],"Version":"2012-10-17","Id":"x"}`,
		"statement without Sid":   `{"Statement":[{"Effect":"Allow"},{"Effect":"Allow"}]}`,
		"empty Sids":              `{"Statement":[{"Sid":"","Effect":"Allow"},{"Sid":"","Effect":"Allow"}]}`,
		"Latin-1 text":            `{"Statement":[{"Sid":"Schlüssel","Effect":"Allow"}]}`,
		"as long as allowed":      `{"Statement":[]}` + strings.Repeat(" ", MaxText-16),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(text); err != nil {
				t.Error(err)
			}
		})
	}
}

// The Version may follow the statements that it gives variables to.
func TestVersionCountsWhereverItStands(t *testing.T) {
	doc := mustParse(t, `{"Statement":{"Sid":"A","Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
		"Condition":{"StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"}}},"Version":"2012-10-17"}`)
	v := AuthorizeKey(Layers{Resource: doc}, owned(sso, "kms:Decrypt", mumbai, nil))
	if v.Decision != Allow {
		t.Errorf("%+v", v)
	}
}

func TestParseRefuses(t *testing.T) {
	statement := func(parts string) string { return `{"Statement":[{"Effect":"Allow",` + parts + `}]}` }
	tests := []struct {
		name, text string
		at         string // the error points to the last place where this stands; "" with eof
		eof        bool
		msg        string
	}{
		{name: "empty text", text: "", eof: true, msg: "not JSON: unexpected end of JSON input"},
		{name: "truncated", text: `{"Statement":[`, eof: true, msg: "not JSON: unexpected end of JSON input"},
		{name: "comma too many", text: `{"Statement":[],}`, at: "}", msg: "not JSON: invalid character '}' looking for beginning of object key string"},
		{name: "two values", text: `{"Statement":[]} x`, at: "x", msg: "not JSON: invalid character 'x' after top-level value"},
		{name: "list", text: ` []`, at: "[", msg: "a policy must be an object, not an array"},
		{name: "null", text: `null`, at: "null", msg: "a policy must be an object, not null"},
		{name: "no Statement", text: `{"Version":"2012-10-17"}`, at: "{", msg: "the policy has no Statement"},
		{name: "unknown element", text: `{"Statement":[],"Statements":[]}`, at: `"Statements"`, msg: `unknown element "Statements" in the policy`},
		{name: "element in another case", text: `{"statement":[]}`, at: `"statement"`, msg: `unknown element "statement" in the policy`},
		{name: "duplicate element", text: `{"Statement":[],"Statement":[]}`, at: `"Statement"`, msg: `duplicate key "Statement"`},
		{name: "duplicate condition key", text: statement(`"Condition":{"Bool":{"a":"x","a":"y"}}`), at: `"a"`, msg: `duplicate key "a"`},
		{name: "duplicate written with an escape", text: `{"Id":"1","I\u0064":"2","Statement":[]}`, at: `"I\u0064"`, msg: `duplicate key "Id"`},
		{name: "unknown Version", text: `{"Version":"2012-10-18","Statement":[]}`, at: `"2012-10-18"`, msg: `Version "2012-10-18" is neither 2008-10-17 nor 2012-10-17`},
		{name: "Version as a number", text: `{"Version":2012,"Statement":[]}`, at: "2012", msg: "Version must be a string, not a number"},
		{name: "statement as a string", text: `{"Statement":["x"]}`, at: `"x"`, msg: "a statement must be an object, not a string"},
		{name: "unknown element of a statement", text: statement(`"Actions":"*"`), at: `"Actions"`, msg: `unknown element "Actions" in a statement`},
		{name: "no Effect", text: `{"Statement":[{"Sid":"A"}]}`, at: `{"Sid"`, msg: "the statement has no Effect"},
		{name: "Effect in another case", text: `{"Statement":[{"Effect":"allow"}]}`, at: `"allow"`, msg: "Effect must be Allow or Deny"},
		{name: "Effect as a list", text: `{"Statement":[{"Effect":["Allow"]}]}`, at: `["Allow"]`, msg: "Effect must be Allow or Deny"},
		{name: "duplicate Sid", text: `{"Statement":[{"Sid":"A","Effect":"Allow"},{"Sid":"A","Effect":"Deny"}]}`, at: `{"Sid"`, msg: `duplicate Sid "A"`},
		{name: "Sid as a number", text: statement(`"Sid":7`), at: "7", msg: "Sid must be a string, not a number"},
		{name: "Principal and NotPrincipal", text: statement(`"Principal":"*","NotPrincipal":"*"`), at: `"NotPrincipal"`, msg: "Principal and NotPrincipal exclude each other"},
		{name: "Action and NotAction", text: statement(`"NotAction":"*","Action":"*"`), at: `"Action"`, msg: "Action and NotAction exclude each other"},
		{name: "Resource and NotResource", text: statement(`"Resource":"*","NotResource":"*"`), at: `"NotResource"`, msg: "Resource and NotResource exclude each other"},
		{name: "Principal as an ARN", text: statement(`"Principal":"arn:aws:iam::111122223333:root"`), at: `"arn:`, msg: `Principal must be "*" or an object that names someone`},
		{name: "Principal names nobody", text: statement(`"NotPrincipal":{}`), at: `{}`, msg: `NotPrincipal must be "*" or an object that names someone`},
		{name: "unknown kind of principal", text: statement(`"Principal":{"Aws":"*"}`), at: `"Aws"`, msg: `unknown kind of principal "Aws"`},
		{name: "empty list", text: statement(`"NotAction":[]`), at: `[]`, msg: "NotAction is an empty list"},
		{name: "number in a list", text: statement(`"Action":["a",1]`), at: `1`, msg: "Action must hold strings, not a number"},
		{name: "Condition as a list", text: statement(`"Condition":[]`), at: `[]`, msg: "Condition must be an object, not an array"},
		{name: "operator without keys", text: statement(`"Condition":{"Bool":true}`), at: `true`, msg: "Bool must be an object of keys, not a boolean"},
		{name: "condition value as an object", text: statement(`"Condition":{"Bool":{"a":[{}]}}`), at: `{}`, msg: "a condition value must be a string, number or boolean, not an object"},
		{name: "character outside Latin-1", text: `{"Statement":[],"Id":"€"}`, at: "€", msg: "character U+20AC is not allowed in a policy"},
		{name: "control character", text: "{\x00}", at: "\x00", msg: "character U+0000 is not allowed in a policy"},
		{name: "not UTF-8", text: "{\"Id\":\"\xff\"}", at: "\xff", msg: "not UTF-8"},
		{name: "too long", text: `{"Statement":[]}` + strings.Repeat(" ", MaxText-16) + "\n", at: "\n", msg: "more than 131072 characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := Parse(tt.text)
			var e *ParseError
			if doc != nil || !errors.As(err, &e) {
				t.Fatalf("got document %v and error %v", doc, err)
			}
			offset := strings.LastIndex(tt.text, tt.at)
			if tt.eof {
				offset = len(tt.text)
			}
			if e.Offset != offset || e.Msg != tt.msg {
				t.Errorf("got  %q at %d\nwant %q at %d", e.Msg, e.Offset, tt.msg, offset)
			}
		})
	}
}

func TestParseErrorTellsLineAndColumn(t *testing.T) {
	_, err := Parse("{\n \"Id\": \"größer\", \"X\": 1,\n \"Statement\": []\n}")
	var e *ParseError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := ParseError{Offset: 21, Line: 2, Column: 18, Msg: `unknown element "X" in the policy`}
	if *e != want {
		t.Errorf("got %+v, want %+v", *e, want)
	}
	if got := e.Error(); got != `line 2, column 18: unknown element "X" in the policy` {
		t.Error(got)
	}
}

// Every policy of testdata is real input and must stay readable.
func TestParseReadsTheDocumentedPolicies(t *testing.T) {
	want := map[string]int{"default.json": 1, "official5.json": 5, "official10.json": 10, "okta7.json": 7, "runbook.json": 5, "pinned.json": 2}
	for name, statements := range want {
		if got := len(mustParse(t, file(t, name)).statements); got != statements {
			t.Errorf("%s: %d statements, want %d", name, got, statements)
		}
	}
}
