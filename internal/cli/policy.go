package cli

import (
	"github.com/spf13/cobra"

	"rehome/internal/view"
)

func (c *command) policy() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "policies: what rehome itself has to be allowed", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		return usage(cmd, "choose what to do with policies: render")
	}}
	var operator, world string
	render := &cobra.Command{Use: "render --operator survey|plan", Short: "print the IAM policies for whoever runs rehome, one for each account", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		p, err := c.app.OperatorPolicies(cmd.Context(), operator, world)
		if err != nil {
			return err
		}
		return answer(c, p, view.OperatorPolicies)
	}}
	render.Flags().StringVar(&operator, "operator", "", "survey: read-only; plan: exactly what the plan does")
	render.Flags().StringVar(&world, "world", "", "for a built-in world, or a world or survey `FILE`, instead of looking")
	cmd.AddCommand(render)
	return cmd
}
