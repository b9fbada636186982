package cli_test

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rehome/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the scripts' expected output")

// TestScripts runs whole sessions of the command. In a script, "twin WORLD" starts a twin and points AWS_ENDPOINT_URL at it.
func TestScripts(t *testing.T) {
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"twin": startTwin, "exits": exits}})
}

// startTwin serves a world for the rest of the script.
func startTwin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: twin WORLD")
	}
	url, stop, err := serve(args[0])
	ts.Check(err)
	ts.Defer(stop)
	ts.Setenv("AWS_ENDPOINT_URL", url)
}
