// Package cli turns arguments into requests, runs the use case and hands its result to a view. It must not hold any logic of its own.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/plan"
	"rehome/internal/view"
)

// Version is this rehome's version.
const Version = "0.1.0"

// Streams are the process's surroundings as far as a command may touch them.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Terminal bool // somebody sits there: questions can be asked, lists can be redrawn
	Hooks    app.Hooks
}

// OS are the real surroundings.
func OS() Streams {
	return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		Terminal: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))}
}

// Main runs one command line and gives the exit code.
func Main(ctx context.Context, args []string, s Streams) int {
	c := &command{Streams: s, app: &app.App{Version: Version, OSUser: osUser(), PID: os.Getpid(), Now: time.Now,
		Command: "rehome " + strings.Join(args, " "), Endpoint: s.Getenv("AWS_ENDPOINT_URL"), Hooks: s.Hooks}}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return diag.ExitDone
	}
	var quiet exit
	if errors.As(err, &quiet) {
		return int(quiet)
	}
	if ctx.Err() != nil && diag.ExitCode(err) == diag.ExitFailed {
		err = &diag.Error{Code: "interrupted", What: "interrupted", Exit: diag.ExitInterrupted, Fix: []string{"go on with: rehome resume"}, Err: err}
	}
	view.Error(s.Err, err, c.json)
	return diag.ExitCode(err)
}

// exit is an exit code whose reason has been shown already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func osUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// command carries the flags that all commands share.
type command struct {
	Streams
	app  *app.App
	json bool
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{Use: "rehome", Short: "move Amazon Quick to the identity Region that Quick on Desktop needs", Version: Version,
		Long: "rehome moves an Amazon Quick account whose people come from IAM Identity Center to another identity Region:\n" +
			"it surveys what is there, finds what stands in the way, plans the move, rehearses the plan on a local twin of AWS,\n" +
			"and carries it out so that it can be stopped and resumed at any point.",
		SilenceErrors: true, SilenceUsage: true, DisableAutoGenTag: true}
	root.CompletionOptions.DisableDefaultCmd = true
	f := root.PersistentFlags()
	f.StringVar(&c.app.SpecPath, "spec", "rehome.yaml", "the spec `FILE`")
	f.StringVar(&c.app.StateDir, "state", ".rehome", "`DIR` for journal, plans and reports")
	f.BoolVar(&c.json, "json", false, "answer in versioned JSON")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err.Error()) })
	root.AddCommand(c.init(), c.survey(), c.doctor(), c.plan(), c.rehearse(), c.apply(), c.resume(), c.status(), c.report(), c.done(), c.undo(), c.prove(), c.assets(), c.signin(), c.idp(), c.policy(), c.export(), c.explain(), c.twin())
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) { c.attach(cmd.Context()) }
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage(cmd, fmt.Sprintf("there is no command %q", args[0]))
		}
		return cmd.Help()
	}
	root.Args = cobra.ArbitraryArgs
	return root
}

func usage(cmd *cobra.Command, what string) error {
	return &diag.Error{Code: "cli/usage", What: what, Exit: diag.ExitUsage, Fix: []string{cmd.CommandPath() + " --help"}}
}

// args refuses a wrong number of arguments as a usage error.
func args(min, max int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < min || len(args) > max {
			return usage(cmd, fmt.Sprintf("%s takes %d to %d arguments, not %d", cmd.Name(), min, max, len(args)))
		}
		return nil
	}
}

// answer writes a result to stdout, as JSON or for people.
func answer[T any](c *command, v T, human func(io.Writer, T)) error {
	if c.json {
		return view.JSON(c.Out, v)
	}
	human(c.Out, v)
	return nil
}

// attach connects the app to whoever watches and, on a terminal, to the person there.
func (c *command) attach(ctx context.Context) {
	c.app.Observer = view.NewProgress(c.Err, c.json, c.Terminal)
	if c.Terminal && !c.json {
		c.app.Ask = asker{ctx, bufio.NewReader(c.In), c.Err}
	}
}

// asker has the person type the name of a risk.
type asker struct {
	ctx context.Context // of the command: an interrupt ends a question too
	in  *bufio.Reader
	out io.Writer
}

// line reads one line, or stops when the command is interrupted.
func (a asker) line() (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1) // the reader may outlive an interrupt; the process does not
	go func() {
		text, err := a.in.ReadString('\n')
		got <- answer{strings.TrimSpace(text), err}
	}()
	select {
	case <-a.ctx.Done():
		return "", &diag.Error{Code: "interrupted", What: "interrupted", Exit: diag.ExitInterrupted, Fix: []string{"nothing was changed; run the command again"}}
	case r := <-got:
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", diag.From("reading the answer", r.err)
		}
		return r.text, nil
	}
}

// Risk shows what the step costs and reads the name.
func (a asker) Risk(s plan.Step) (bool, error) {
	fmt.Fprintf(a.out, "\n%s\n  effect: %s\n  undo:   %s\nTo accept this risk type its name: %s\n> ", s.Title, s.Effect, s.Undo, s.RiskName)
	text, err := a.line()
	return text == s.RiskName, err
}
