package knowledge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEntriesMatchTheirOwnSamples: each sample file testdata/ID-*.txt must be recognized as ID and as nothing else.
func TestEntriesMatchTheirOwnSamples(t *testing.T) {
	sampled := map[string]int{}
	files, err := filepath.Glob("testdata/TRB-*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, file := range files {
		want := filepath.Base(file)[:6]
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Attr("requirement", want)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for name, variant := range noisy(string(text)) {
				got := Explain(variant)
				if len(got) != 1 || got[0].ID != want {
					t.Errorf("%s: got %v, want only %s", name, ids(got), want)
				}
			}
			sampled[want]++
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
		"html":     "<pre>" + strings.ReplaceAll(text, `"`, "&quot;") + "</pre>",
		"appended": text + " For more information contact your administrator with authorization id 5f1c.",
	}
}

func TestUnrelatedTextsMatchNothing(t *testing.T) {
	for _, text := range []string{
		"", "foo bar", "AccessDenied", "An error occurred (ThrottlingException) when calling the ListUsers operation: Rate exceeded",
		"User: arn:aws:iam::111122223333:user/ana is not authorized to perform: s3:GetObject on resource: x because no identity-based policy allows the s3:GetObject action",
		"An error occurred (ResourceExistsException) when calling the CreateDashboard operation: dashboard exists",
		"quicksight.amazonaws.com is reachable", "the identity region is well chosen",
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
