package house

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// resultsVar names the file with the output of: go test -json ./...
const resultsVar = "REHOME_TEST_RESULTS"

// TestClaimsPassed compares the claims that the test files make with a real run: each must have been made at run time by a test that
// passed, and none may be made by a test that was skipped or failed.
func TestClaimsPassed(t *testing.T) {
	name := os.Getenv(resultsVar)
	if name == "" {
		t.Skip("set " + resultsVar + " to a file with the output of go test -json to compare the claims with a run")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	made, endings := map[string][]string{}, map[string]string{} // id -> tests; test -> how it ended
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct{ Action, Package, Test, Key, Value string }
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("not the output of go test -json: %v", err)
		}
		test := e.Package + "." + e.Test
		switch {
		case e.Action == "attr" && e.Key == claimKey:
			made[e.Value] = append(made[e.Value], test)
		case e.Action == "pass" || e.Action == "fail" || e.Action == "skip":
			endings[test] = e.Action
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	all := claims(t, loadTree(t))
	for _, complaint := range complaints(all, made, endings) {
		t.Error(complaint)
	}
	t.Logf("%d claims compared with %d claims of the run", len(all), len(made))
}

// complaints are the differences between what the files claim and what a run showed. made lists tests by id, endings how each test
// ended.
func complaints(all []claim, made map[string][]string, endings map[string]string) []string {
	var out []string
	claimed := map[string]bool{}
	for _, c := range all {
		claimed[c.id] = true
		name := module + "/" + c.dir + "." + c.test
		if !slices.ContainsFunc(made[c.id], func(test string) bool { return test == name || strings.HasPrefix(test, name+"/") }) {
			out = append(out, fmt.Sprintf("%s: %s claims it, but did not when it ran; did it run?", c.id, name))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(made)) {
		if !claimed[id] {
			out = append(out, fmt.Sprintf("%s was claimed by %v, which %s does not know; claim it with a literal", id, made[id], coverageFile))
		}
		for _, test := range made[id] {
			if endings[test] != "pass" {
				out = append(out, fmt.Sprintf("%s is claimed by %s, which ended: %q", id, test, endings[test]))
			}
		}
	}
	return out
}

func TestComplaints(t *testing.T) {
	all := []claim{{id: "KMS-05", dir: "internal/check", test: "TestKeys"}}
	const test = "rehome/internal/check.TestKeys/replica"
	for _, c := range []struct {
		name    string
		made    map[string][]string
		endings map[string]string
		want    string // part of the only complaint; empty: none
	}{
		{"passed", map[string][]string{"KMS-05": {test}}, map[string]string{test: "pass"}, ""},
		{"skipped", map[string][]string{"KMS-05": {test}}, map[string]string{test: "skip"}, `ended: "skip"`},
		{"failed", map[string][]string{"KMS-05": {test}}, map[string]string{test: "fail"}, `ended: "fail"`},
		{"never ended", map[string][]string{"KMS-05": {test}}, nil, `ended: ""`},
		{"did not run", nil, nil, "did it run?"},
		{"unknown to the files", map[string][]string{"KMS-05": {test}, "KMS-06": {test}}, map[string]string{test: "pass"}, "KMS-06 was claimed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := complaints(all, c.made, c.endings)
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
