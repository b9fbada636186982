package knowledge

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/estate"
)

// answered are the rows that share a key, by the row or the sample that names it: a text with that key is answered by each.
var answered = map[string][]string{
	"TRB-13": {"TRB-13", "TRB-23"}, "TRB-23": {"TRB-13", "TRB-23"},
	"TRB-14": {"TRB-14", "TRB-18"}, "TRB-18": {"TRB-14", "TRB-18"},
	"TRB-15": {"TRB-15", "TRB-19"}, "TRB-19": {"TRB-15", "TRB-19"},
	"TRB-16": {"TRB-16", "TRB-20"}, "TRB-20": {"TRB-16", "TRB-20"},
	"TRB-11-bare": {"TRB-11", "TRB-16", "TRB-20"}, // says nothing of what was compared
	"TRB-17":      {"EXT-07", "TRB-17"},
}

// TestEntriesMatchTheirOwnSamples: each sample file testdata/ID-*.txt must be recognized as ID, with the rows that share its key, and as
// nothing else.
func TestEntriesMatchTheirOwnSamples(t *testing.T) {
	sampled := map[string]int{}
	files, err := filepath.Glob("testdata/*-*-*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, file := range files {
		parts := strings.SplitN(filepath.Base(file), "-", 3)
		id, name := parts[0]+"-"+parts[1], strings.TrimSuffix(filepath.Base(file), ".txt")
		want := []string{id}
		for _, key := range []string{id, name} {
			if rows, ok := answered[key]; ok {
				want = rows
			}
		}
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for name, variant := range noisy(string(text)) {
				if got := slices.Compact(ids(Explain(variant))); !slices.Equal(got, want) {
					t.Errorf("%s: got %v, want only %v", name, got, want)
				}
			}
			sampled[id]++
		})
	}
	for _, e := range Entries() {
		if sampled[e.ID] == 0 {
			t.Errorf("%s has no sample", e.ID)
		}
		if e.Cause == "" || e.Fix == "" || len(e.Source) == 0 {
			t.Errorf("%s lacks cause, fix or source", e.ID)
		}
	}
}

// noisy are the ways in which people paste one error.
func noisy(text string) map[string]string {
	return map[string]string{
		"as is":    text,
		"upper":    strings.ToUpper(text),
		"wrapped":  strings.ReplaceAll(text, " ", "\n  "),
		"json":     `{"__type":"AccessDeniedException","Message":"` + strings.ReplaceAll(strings.TrimSpace(text), "\n", `\n`) + `"}`,
		"callback": "http://localhost:18080/?error=server_error&error_description=" + url.QueryEscape(text),
		"nested":   "fromURI=" + url.QueryEscape("/oauth2/v1/authorize/redirect?error_description="+url.QueryEscape(text)),
		"markup":   "<p>" + strings.ReplaceAll(strings.TrimSpace(text), "\n", "</p>\n<p class=\"okta-form-subtitle\">") + "</p>",
		"html":     "<pre>" + strings.ReplaceAll(text, `"`, "&quot;") + "</pre>",
		"appended": text + " For more information contact your administrator with authorization id 5f1c.",
	}
}

func TestUnrelatedTextsMatchNothing(t *testing.T) {
	for _, text := range []string{
		"", "foo bar", "AccessDenied", "An error occurred (ThrottlingException) when calling the ListUsers operation: Rate exceeded",
		"User: arn:aws:iam::111122223333:user/ana is not authorized to perform: s3:GetObject on resource: x because no identity-based policy allows the s3:GetObject action",
		"An error occurred (ResourceExistsException) when calling the CreateDashboard operation: dashboard exists",
		"An error occurred (ResourceExistsException) when calling the CreateAccountSubscription operation: The account name example-quick is in use.",
		"quicksight.amazonaws.com is reachable", "the identity region is well chosen",
		// A person's own rights, on the way through the services that TRB-01 and TRB-02 are about.
		"User: arn:aws:iam::111122223333:user/ana is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action",
		`{"eventSource":"sso.amazonaws.com","invokedBy":"quicksight.amazonaws.com","errorMessage":"User: arn:aws:iam::111122223333:user/ana is not authorized to perform: kms:Decrypt on resource: k"}`,
		"Service: sso.amazonaws.com is not authorized to perform: kms:DescribeKey on resource: k",
		"Service: identitystore.amazonaws.com is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext",
		"Service: myquicksight.amazonaws.com.example.org is not authorized to perform: kms:Decrypt",
		"An error occurred (ResourceExistsException) when calling the CreateNamespace operation: namespace exists",
		"An error occurred (ConflictException) when calling the UpdateUser operation: try again",
		"the console is slow today", "the price of a book", "replicated results of an experiment", "a Region of Italy", "my permission set is fine",
		"Unable to initialize the index of this book", "Operation is being called from endpoint us-east-1.", strings.Repeat("kms:Decrypt is not authorized ", 1000),
	} {
		if got := Explain(text); len(got) != 0 {
			t.Errorf("%q matched %v", text, ids(got))
		}
	}
}

func TestWrongEndpointNamesBothRegions(t *testing.T) {
	t.Attr("requirement", "TRB-26")
	got := Explain("Operation is being called from endpoint us-east-1, but your identity region is ap-south-1. Please use the ap-south-1 endpoint.")
	if len(got) != 1 || got[0].Values["identity"] != "ap-south-1" || got[0].Values["endpoint"] != "us-east-1" || !strings.Contains(got[0].Fix, "--region ap-south-1") {
		t.Fatalf("got %+v", got)
	}
}

// TestExplainIsBounded: what stands beyond MaxText is not looked at, and a text of that size is.
func TestExplainIsBounded(t *testing.T) {
	text := "Unable to initialize Quick index in this region"
	if got := Explain(strings.Repeat("x", MaxText-len(text)) + text); len(got) != 1 {
		t.Errorf("at the end of the longest text: %v", ids(got))
	}
	if got := Explain(strings.Repeat("x", MaxText) + text); len(got) != 0 {
		t.Errorf("beyond the longest text: %v", ids(got))
	}
}

// TestEntriesAreSortedAndNobodys: the catalogue has an order, and a caller cannot change it.
func TestEntriesAreSortedAndNobodys(t *testing.T) {
	before := Entries()
	for i, e := range before[1:] {
		if before[i].ID > e.ID || before[i].ID == e.ID && before[i].Title == e.Title {
			t.Errorf("%s stands before %s", before[i].ID, e.ID)
		}
	}
	for _, e := range before {
		for _, c := range e.Findings {
			if c.Code == "" {
				t.Errorf("%s names a finding without a code", e.ID)
			}
		}
		for _, s := range e.Source {
			if s.Doc == "" || s.Date == "" {
				t.Errorf("%s has a source without document or date: %+v", e.ID, s)
			}
		}
	}
	Entries()[0].ID = "changed"
	if Entries()[0].ID != before[0].ID {
		t.Error("one caller's change reached the next")
	}
}

func TestTextOfAMatch(t *testing.T) {
	got := Explain("operation is being called from endpoint us-east-1, but your identity region is ap-south-1")[0].Text()
	want := "TRB-26 the call went to another Region than the account's identity Region\ncause: users, groups, namespaces and settings are answered in the identity Region only\n" +
		"fix: call again with --region ap-south-1 (the call went to us-east-1)"
	if got != want {
		t.Errorf("got %q", got)
	}
}

// TestSeveralErrorsInOnePaste: each is explained, in the order of the catalogue.
func TestSeveralErrorsInOnePaste(t *testing.T) {
	got := Explain("first: Unable to initialize Quick index in this region\nthen: Service: sso.amazonaws.com is not authorized to perform: kms:Decrypt")
	if len(got) != 2 || got[0].ID != "TRB-01" || got[1].ID != "TRB-05" {
		t.Errorf("got %v", ids(got))
	}
}

// TestTheConsoleCannotChooseTheRegion: the answer names the way that can, which is row SUB-05.
func TestTheConsoleCannotChooseTheRegion(t *testing.T) {
	t.Attr("requirement", "SUB-21")
	answersSUB05(t, "console always targets ap-south-1")
}

func TestTheConsoleAlwaysGoesHome(t *testing.T) {
	t.Attr("requirement", "TRB-03")
	answersSUB05(t, "console targets ap-south-1")
}

func answersSUB05(t *testing.T, text string) {
	t.Helper()
	got := Explain(text)
	if len(got) != 1 || got[0].ID != "TRB-03" || !strings.Contains(got[0].Fix, "SUB-05") || !strings.Contains(got[0].Fix, "create-account-subscription --region us-east-1") {
		t.Errorf("got %+v", got)
	}
}

func TestReplicaWords(t *testing.T) {
	for state, want := range map[estate.ReplicaState]string{"ADDING": "Replicating (ADDING)", "ACTIVE": "Replicated (ACTIVE)", "REMOVING": "REMOVING", "": ""} {
		if got := ReplicaWords(state); got != want {
			t.Errorf("%s: %q", state, got)
		}
	}
}

func FuzzExplain(f *testing.F) {
	f.Add("sso.amazonaws.com is not authorized to perform: kms:Decrypt")
	f.Fuzz(func(t *testing.T, text string) { Explain(text) })
}

func ids(ms []Match) (out []string) {
	for _, m := range ms {
		out = append(out, m.ID)
	}
	return out
}
