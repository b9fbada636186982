package cli_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rehome/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the scripts' expected output")

// TestScripts runs whole sessions of the command. In a script, "twin WORLD" starts a twin and points AWS_ENDPOINT_URL at it,
// "keep NAME" makes a variable of the latest stdout, "until REGEXP COMMAND" polls, "web" leaves Quick on Desktop out of the spec, and "person
// OPERATION JSON" does something in the Quick console; "fetch STATUS URL FILE" downloads, "entries FILE" lists a zip file, "later SECONDS"
// moves the twin's clock, and "stack" makes and deletes stacks of CloudFormation.
func TestScripts(t *testing.T) {
	for _, shown := range []string{
		"SUB-09", // names.txtar
		"TRB-41", // explain.txtar: an unknown text
		"TRB-42", // explain.txtar: confirmed in one world, excluded in another
		"RUN-12", // strangers.txtar
		"MIG-28", // cloudformation.txtar: a template that a stack takes, and whose the assets are then
		"MIG-29", // cloudformation.txtar: which format for what
	} {
		t.Attr("requirement", shown)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata", UpdateScripts: *update, RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("AWS_ACCESS_KEY_ID", "TWIN111122223333")
			e.Setenv("AWS_SECRET_ACCESS_KEY", "twin")
			e.Setenv("AWS_REGION", "us-east-1")
			e.Setenv("AWS_DEFAULT_REGION", "us-east-1")
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PYENV_ROOT", os.Getenv("PYENV_ROOT")) // where the AWS CLI may be a pyenv shim
			e.Setenv("VERSION", cli.Version)
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "slow" && mostCalls > 1, nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"twin": startTwin, "exits": exits, "free": free, "keep": keep, "until": until, "web": web, "person": person,
			"fetch": fetch, "entries": entries, "later": later, "stack": stack}})
}

// startTwin serves a world for the rest of the script.
func startTwin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: twin WORLD")
	}
	world := args[0]
	if strings.HasSuffix(world, ".yaml") {
		world = ts.MkAbs(world)
	}
	url, stop, err := serve(world)
	ts.Check(err)
	ts.Defer(stop)
	ts.Setenv("AWS_ENDPOINT_URL", url)
}

// keep puts what the latest command wrote into a variable.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keep NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// web leaves Quick on Desktop, whose steps wait for a person, out of the spec.
func web(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: web")
	}
	path := ts.MkAbs("rehome.yaml")
	ts.Check(os.WriteFile(path, []byte(ts.ReadFile("rehome.yaml")+"\nwant: [web, same-people]\n"), 0o600))
}

// person does something in the Quick console of the twin.
func person(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: person OPERATION JSON")
	}
	body := `{"account":"111122223333","region":"us-east-1","service":"quick-console","operation":"` + args[0] + `","input":` + args[1] + `}`
	resp, err := http.Post(ts.Getenv("AWS_ENDPOINT_URL")+"/_twin/person", "application/json", strings.NewReader(body))
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s %s", args[0], resp.Status, text)
	}
}

// until polls with a command until its output matches: reading moves the twin's clock to the next event.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND ARG...")
	}
	want := regexp.MustCompile(args[0])
	for range 10 {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("no answer matched %s", want)
}

// free lets a Quick account name go that somebody held.
func free(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: free NAME")
	}
	url := ts.Getenv("AWS_ENDPOINT_URL") + "/_twin/world"
	resp, err := http.Get(url)
	ts.Check(err)
	defer resp.Body.Close()
	var world map[string]any
	ts.Check(json.NewDecoder(resp.Body).Decode(&world))
	names := world["twin"].(map[string]any)["names"].(map[string]any)
	if names[args[0]] == nil {
		ts.Fatalf("nobody holds %s: %v", args[0], names)
	}
	names[args[0]] = "free"
	body, err := json.Marshal(world)
	ts.Check(err)
	put, err := http.NewRequest(http.MethodPut, url, bytes.NewReader(body))
	ts.Check(err)
	answer, err := http.DefaultClient.Do(put)
	ts.Check(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("PUT world: %s", answer.Status)
	}
}
