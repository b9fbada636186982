package house

import (
	"bufio"
	"encoding/json"
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
	compare(t, made, endings)
}

func compare(t *testing.T, made map[string][]string, endings map[string]string) {
	t.Helper()
	claimed := map[string]bool{}
	for _, c := range claims(t, loadTree(t)) {
		claimed[c.id] = true
		name := module + "/" + c.dir + "." + c.test
		if !slices.ContainsFunc(made[c.id], func(test string) bool { return test == name || strings.HasPrefix(test, name+"/") }) {
			t.Errorf("%s: %s claims it, but did not when it ran; did it run?", c.id, name)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(made)) {
		if !claimed[id] {
			t.Errorf("%s was claimed by %v, which %s does not know; claim it with a literal", id, made[id], coverageFile)
		}
		for _, test := range made[id] {
			if endings[test] != "pass" {
				t.Errorf("%s is claimed by %s, which ended: %q", id, test, endings[test])
			}
		}
	}
	t.Logf("%d requirements claimed and passed", len(claimed))
}
