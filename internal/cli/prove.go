package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/view"
)

func (c *command) prove() *cobra.Command {
	var world string
	cmd := &cobra.Command{Use: "prove " + strings.Join(app.Proofs, "|"), Short: "try an end state and show what was seen; changes nothing", Args: args(1, 1), ValidArgs: app.Proofs,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.app.Prove(cmd.Context(), args[0], world)
			if err != nil {
				return err
			}
			if err := answer(c, p, view.Proof); err != nil {
				return err
			}
			if p.Outcome != "pass" {
				return exit(diag.ExitBlocked)
			}
			return nil
		}}
	c.faceFlags(cmd)
	cmd.Flags().StringVar(&world, "world", "", "prove it offline, on a built-in world, or a world or survey `FILE`")
	return cmd
}

func (c *command) undo() *cobra.Command {
	var req app.ApplyRequest
	cmd := &cobra.Command{Use: "undo [PLAN]", Short: "take the run back, last step first, as far as nothing final was done", Args: args(0, 1), RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			req.PlanPath = args[0]
		}
		result, err := c.app.Undo(cmd.Context(), req)
		if result != nil {
			if werr := answer(c, result, view.Undone); err == nil {
				err = werr
			}
		}
		return err
	}}
	cmd.Flags().StringArrayVar(&req.Accept, "accept-risk", nil, "accept the risk `NAME`; repeat for several")
	return cmd
}
