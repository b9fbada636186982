package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/plan"
	"rehome/internal/view"
)

func (c *command) survey() *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "survey", Short: "look at accounts, Regions, keys and Quick; changes nothing", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		s, err := c.app.Survey(cmd.Context(), out)
		if err != nil {
			return err
		}
		return answer(c, s, view.Survey)
	}}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the survey to `FILE` too")
	return cmd
}

func (c *command) doctor() *cobra.Command {
	var world string
	var prereq, local bool
	cmd := &cobra.Command{Use: "doctor", Short: "say what stands in the way, why, and what mends it", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		if local && (world != "" || prereq) {
			return usage(cmd, "--local judges this computer, and nothing else")
		}
		look := func(ctx context.Context) (*app.Diagnosis, error) { return c.app.Doctor(ctx, world) }
		if local {
			look = c.app.Local
		}
		d, err := look(cmd.Context())
		if err != nil {
			return err
		}
		if err := answer(c, d, func(w io.Writer, d *app.Diagnosis) {
			if prereq {
				view.Prerequisites(w, d.Prerequisites)
				return
			}
			view.Findings(w, d.Findings)
		}); err != nil {
			return err
		}
		if d.Failing() {
			return exit(diag.ExitBlocked)
		}
		return nil
	}}
	cmd.Flags().BoolVar(&local, "local", false, "judge only this computer, as one on which Quick on Desktop is to run; needs no credentials")
	cmd.Flags().BoolVar(&prereq, "prereq", false, "list only what has to be there before anything is planned")
	cmd.Flags().StringVar(&world, "world", "", "judge a built-in world, or a world or survey `FILE`, instead of looking")
	return cmd
}

func (c *command) plan() *cobra.Command {
	var req app.PlanRequest
	cmd := &cobra.Command{Use: "plan", Short: "make the plan from the survey", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		p, err := c.app.Plan(cmd.Context(), req)
		if err != nil {
			return err
		}
		if err := answer(c, p, view.Planned); err != nil {
			return err
		}
		if !p.Applyable {
			return exit(diag.ExitBlocked)
		}
		return nil
	}}
	cmd.Flags().StringVarP(&req.Out, "output", "o", "", "write the plan to `FILE` instead of the state directory")
	cmd.Flags().BoolVar(&req.Fresh, "survey", false, "look again even when there is a survey")
	for name, flag := range map[string]struct {
		into *string
		help string
	}{"goal": {(*string)(&req.Change.Goal), "desktop, web-only or single-region"}, "target": {(*string)(&req.Change.TargetRegion), "another target `REGION`"},
		"path": {(*string)(&req.Change.Path), "identity-center or federation"}} {
		cmd.Flags().StringVar(flag.into, name, "", "what the plan would be with "+flag.help+"; shown, and kept only with -o")
	}
	return cmd
}

func (c *command) rehearse() *cobra.Command {
	var req app.RehearseRequest
	cmd := &cobra.Command{Use: "rehearse [PLAN]", Short: "run the plan, or a built-in world's, on a local twin of AWS", Args: args(0, 1), RunE: func(cmd *cobra.Command, args []string) error {
		var r *app.Rehearsal
		var err error
		switch {
		case len(args) == 1 && req != (app.RehearseRequest{}):
			return usage(cmd, "a plan is rehearsed on a twin of its own survey; leave --world and --assets out")
		case len(args) == 1:
			r, err = c.app.RehearsePlan(cmd.Context(), args[0])
		default:
			req.World = cmp.Or(req.World, app.DefaultWorld)
			r, err = c.app.RehearseWorld(cmd.Context(), req)
		}
		if err != nil {
			return err
		}
		if err := answer(c, r, view.Rehearsal); err != nil {
			return err
		}
		if code := r.Outcome.ExitCode(); code != diag.ExitDone {
			return exit(code)
		}
		return nil
	}}
	cmd.Flags().StringVar(&req.World, "world", "", "the built-in world `NAME`, or a world or survey file (default bom)")
	cmd.Flags().IntVar(&req.Assets, "assets", 0, "make up `N` assets in place of the world's own")
	cmd.Flags().Uint64Var(&req.Seed, "seed", 0, "the `NUMBER` that the made-up assets come from")
	return cmd
}

func (c *command) apply() *cobra.Command {
	var req app.ApplyRequest
	var phase string
	cmd := &cobra.Command{Use: "apply [PLAN]", Short: "carry the plan out, or go on with it", Args: args(0, 1), RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			req.PlanPath = args[0]
		}
		return c.run(cmd, req, phase)
	}}
	c.runFlags(cmd, &req, &phase)
	return cmd
}

func (c *command) resume() *cobra.Command {
	var req app.ApplyRequest
	var phase string
	cmd := &cobra.Command{Use: "resume", Short: "go on with an unfinished run", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		s, err := c.app.Status()
		if err != nil {
			return err
		}
		if s.Run == "" {
			return &diag.Error{Code: "resume/no-run", What: "there is no run to go on with", Exit: diag.ExitUsage, Fix: []string{"rehome apply begins one"}}
		}
		return c.run(cmd, req, phase)
	}}
	c.runFlags(cmd, &req, &phase)
	return cmd
}

func (c *command) runFlags(cmd *cobra.Command, req *app.ApplyRequest, phase *string) {
	cmd.Flags().StringArrayVar(&req.Accept, "accept-risk", nil, "accept the risk `NAME`; repeat for several")
	cmd.Flags().StringVar(phase, "phase", "all", "prepare, cutover or all")
	c.faceFlags(cmd)
}

func (c *command) run(cmd *cobra.Command, req app.ApplyRequest, phase string) error {
	switch phase {
	case "all":
	case string(plan.Prepare), string(plan.Cutover):
		req.Phase = plan.Phase(phase)
	default:
		return usage(cmd, fmt.Sprintf("there is no phase %q; choose prepare, cutover or all", phase))
	}
	result, err := c.app.Apply(cmd.Context(), req)
	if result != nil {
		if werr := answer(c, result, view.Applied); err == nil {
			err = werr
		}
	}
	return err
}

func (c *command) status() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "say how far the run came", Args: args(0, 0), RunE: func(*cobra.Command, []string) error {
		s, err := c.app.Status()
		if err != nil {
			return err
		}
		s.Records = nil
		return answer(c, s, view.Status)
	}}
}

func (c *command) done() *cobra.Command {
	var by string
	cmd := &cobra.Command{Use: "done STEP --by NAME", Short: "say that a by-hand step is done", Args: args(1, 1), RunE: func(cmd *cobra.Command, args []string) error {
		if by == "" {
			return usage(cmd, "who did it? --by NAME")
		}
		return c.app.Done(cmd.Context(), args[0], by)
	}}
	cmd.Flags().StringVar(&by, "by", "", "`NAME` of the person")
	return cmd
}

func (c *command) explain() *cobra.Command {
	var world string
	cmd := &cobra.Command{Use: "explain [TEXT|FILE|-]", Short: "explain an error message", Args: args(0, 1), RunE: func(cmd *cobra.Command, args []string) error {
		text, err := c.text(args)
		if err != nil {
			return err
		}
		e, err := c.app.Explain(cmd.Context(), text, world)
		if err != nil {
			return err
		}
		if err := answer(c, e, view.Explanation); err != nil {
			return err
		}
		if len(e.Matches) == 0 {
			return exit(diag.ExitFailed)
		}
		return nil
	}}
	cmd.Flags().StringVar(&world, "world", "", "tie the answer to a built-in world, or a world or survey `FILE`")
	return cmd
}

// text is the argument itself, the file that it names, or standard input.
func (c *command) text(args []string) (string, error) {
	if len(args) == 1 && args[0] != "-" {
		if info, err := os.Stat(args[0]); err != nil || info.IsDir() {
			return args[0], nil
		}
		f, err := os.Open(args[0])
		if err != nil {
			return "", &diag.Error{Code: "explain/unreadable", What: "cannot read the file", Where: args[0], Err: err}
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, app.MaxText))
		return string(b), err
	}
	b, err := io.ReadAll(io.LimitReader(c.In, app.MaxText))
	return string(b), err
}

func (c *command) twin() *cobra.Command {
	var req app.TwinRequest
	cmd := &cobra.Command{Use: "twin", Short: "serve a local twin of AWS until interrupted", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.app.Twin(cmd.Context(), req, func(url string) { fmt.Fprintf(c.Err, "twin listening on %s\n", url) })
	}}
	cmd.Flags().StringVar(&req.Listen, "listen", "127.0.0.1:4580", "`ADDR` on loopback")
	cmd.Flags().StringVar(&req.World, "world", "bom", "the built-in world `NAME`, a world or survey file, or empty")
	cmd.Flags().StringVar(&req.Clock, "clock", "auto", "auto, manual or real")
	return cmd
}
