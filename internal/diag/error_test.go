package diag

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"rehome/internal/goldentest"
)

func TestErrorRender(t *testing.T) {
	for name, e := range map[string]*Error{
		"error-bare":          {Code: "x", What: "it did not work"},
		"error-in-file":       {What: `unknown key "gaol"`, At: Position{File: "rehome.yaml", Line: 4, Column: 1}},
		"error-of-file":       {What: "cannot read file", At: Position{File: "plan.json"}, Why: "no such file or directory"},
		"error-in-aws":        {What: "the key has no copy", Where: "account 111122223333, us-east-1", Why: "nobody made one"},
		"error-of-somebody":   {What: "the replica denies Quick", Owner: ManagementAdmin, Fix: []string{"put the policy"}},
		"error-with-ways-out": {What: "the spec cannot be read", Fix: []string{"rehome init writes one", "--spec FILE names another"}},
		"error-full": {Code: "a/b", What: "what", At: Position{"f.yaml", 1, 2}, Where: "where", Why: "why", Owner: AWS, Fix: []string{"first", "second"},
			Exit: ExitWaiting, Err: errors.New("never printed by itself")},
	} {
		t.Run(name, func(t *testing.T) { goldentest.Compare(t, name, e.Render()) })
	}
}

func TestExitCode(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"no error":                  {nil, 0},
		"a stranger's error":        {io.EOF, 1},
		"an error without a code":   {&Error{}, 1},
		"usage":                     {&Error{Exit: ExitUsage}, 2},
		"blocked":                   {&Error{Exit: ExitBlocked}, 3},
		"waiting":                   {&Error{Exit: ExitWaiting}, 4},
		"interrupted":               {&Error{Exit: ExitInterrupted}, 130},
		"wrapped":                   {fmt.Errorf("step: %w", &Error{Exit: ExitBlocked}), 3},
		"joined with another":       {errors.Join(io.EOF, &Error{Exit: ExitWaiting}), 4},
		"inside an error of ours":   {&Error{Exit: ExitFailed, Err: &Error{Exit: ExitBlocked}}, 1},
		"the outer one has no code": {&Error{Err: &Error{Exit: ExitBlocked}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ExitCode(c.err); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestFromMakesErrorsPresentable(t *testing.T) {
	known := &Error{Code: "known", What: "known"}
	if got := From("reading", fmt.Errorf("outer: %w", known)); got != known {
		t.Errorf("an Error inside another error was replaced: %+v", got)
	}
	got := From("reading the journal", io.ErrUnexpectedEOF)
	if got.What != "reading the journal failed" || got.Why != "unexpected EOF" || !errors.Is(got, io.ErrUnexpectedEOF) {
		t.Errorf("a stranger's error lost its operation, reason or cause: %+v", got)
	}
	if ExitCode(got) != ExitFailed || len(got.Fix) == 0 {
		t.Errorf("a fault must fail and say what to do: %+v", got)
	}
}

func TestErrorUnwraps(t *testing.T) {
	var e error = &Error{What: "x", Err: fmt.Errorf("deep: %w", io.EOF)}
	if !errors.Is(e, io.EOF) {
		t.Error("the cause is lost to errors.Is")
	}
	if errors.Unwrap(&Error{}) != nil {
		t.Error("no cause must unwrap to nil")
	}
}

func TestPosition(t *testing.T) {
	for want, p := range map[string]Position{
		"":           {},
		"a.yaml":     {File: "a.yaml"},
		"a.yaml:3:0": {File: "a.yaml", Line: 3},
		"-:1:7":      {File: "-", Line: 1, Column: 7},
	} {
		if got := p.String(); got != want {
			t.Errorf("%+v: got %q, want %q", p, got, want)
		}
	}
}
