package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/view"
)

func (c *command) export() *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "what is in Quick in the forms of other tools", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		return usage(cmd, "choose: cloudformation")
	}}
	cmd.AddCommand(c.exportCloudFormation())
	return cmd
}

func (c *command) exportCloudFormation() *cobra.Command {
	var req app.ExportCloudFormationRequest
	cmd := &cobra.Command{Use: "cloudformation", Short: "export every asset of a Region that bundles carry as CloudFormation templates", Args: args(0, 0),
		Long: "cloudformation has Quick write templates of up to 100 assets each, and prints the commands that make stacks of them in the new Region. From\n" +
			"then on the stacks own the assets: edits in the console are drift, and deleting a stack deletes its assets. For a one-time move take\n" +
			"Quick's own format instead: assets export and assets import. Nothing in Quick is changed but the jobs that it keeps for 14 days.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := c.app.ExportCloudFormation(cmd.Context(), req)
			if err != nil {
				return err
			}
			if err := answer(c, t, view.Templates); err != nil {
				return err
			}
			return blockedUnless(!slices.ContainsFunc(t.Findings, diag.Finding.Blocks))
		}}
	f := cmd.Flags()
	f.StringVar(&req.Dir, "out", "cloudformation", "write the templates into the empty `DIR`")
	f.StringVar((*string)(&req.Region), "region", "", "the `REGION` of the assets, instead of the identity Region")
	f.StringVar((*string)(&req.Purpose), "for", "", "one-time or governance: one-time only says which format to take")
	f.StringVar(&req.World, "world", "", worldHelp)
	return cmd
}
