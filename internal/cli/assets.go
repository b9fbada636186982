package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/view"
)

func (c *command) assets() *cobra.Command {
	cmd := &cobra.Command{Use: "assets", Short: "what is in Quick, and a vault for it", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		return usage(cmd, "choose: inventory, export, verify or import")
	}}
	cmd.AddCommand(c.assetsInventory(), c.assetsExport(), c.assetsVerify(), c.assetsImport())
	return cmd
}

const worldHelp = "a built-in world, or a world or survey `FILE`, instead of AWS"

func (c *command) assetsInventory() *cobra.Command {
	var world string
	cmd := &cobra.Command{Use: "inventory", Short: "list every asset of every Region and how it can travel; changes nothing", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		a, err := c.app.AssetsInventory(cmd.Context(), world)
		if err != nil {
			return err
		}
		if err := answer(c, a, view.Assets); err != nil {
			return err
		}
		return blockedUnless(!slices.ContainsFunc(a.Findings, diag.Finding.Blocks))
	}}
	cmd.Flags().StringVar(&world, "world", "", worldHelp)
	return cmd
}

func (c *command) assetsExport() *cobra.Command {
	var world string
	cmd := &cobra.Command{Use: "export VAULT", Short: "export every asset that bundles carry into the directory VAULT; stopped, it goes on", Args: args(1, 1),
		Long: "export takes an inventory and has Quick make asset bundles of everything that they carry, in every Region. Permissions, tags, folders and\n" +
			"refresh properties stand beside the bundles. Nothing in Quick is changed but the jobs that it keeps for 14 days.\n" +
			"Credentials and the rows of SPICE datasets are in no bundle.",
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := c.app.AssetsExport(cmd.Context(), args[0], world)
			if err != nil {
				return err
			}
			if err := answer(c, v, view.Vault); err != nil {
				return err
			}
			return blockedUnless(v.Outcome == app.VaultComplete)
		}}
	cmd.Flags().StringVar(&world, "world", "", worldHelp)
	return cmd
}

func (c *command) assetsVerify() *cobra.Command {
	var world string
	var offline bool
	cmd := &cobra.Command{Use: "verify VAULT", Short: "check that a vault is whole, and that it is what is there now; changes nothing", Args: args(1, 1), RunE: func(cmd *cobra.Command, args []string) error {
		v, err := c.app.AssetsVerify(cmd.Context(), args[0], world, offline)
		if err != nil {
			return err
		}
		if err := answer(c, v, view.Vault); err != nil {
			return err
		}
		return blockedUnless(v.Outcome == app.VaultComplete)
	}}
	cmd.Flags().StringVar(&world, "world", "", worldHelp)
	cmd.Flags().BoolVar(&offline, "offline", false, "only by itself: its files, hashes and references")
	return cmd
}

func (c *command) assetsImport() *cobra.Command {
	var req app.AssetsImportRequest
	cmd := &cobra.Command{Use: "import VAULT", Short: "bring a verified vault into the account of the spec, read everything back, and account for every asset", Args: args(1, 1),
		Long: "import makes the assets of a vault in the account that the spec names, the old identity Region's in the new one. Names that differ at the\n" +
			"target stand in the spec under assets: Regions, principals, networks, secrets, buckets. Stopped, it goes on where it was.",
		RunE: func(cmd *cobra.Command, args []string) error {
			req.Vault = args[0]
			l, err := c.app.AssetsImport(cmd.Context(), req)
			if err != nil {
				return err
			}
			if err := answer(c, l, view.Ledger); err != nil {
				return err
			}
			return blockedUnless(!slices.ContainsFunc(l.Findings, diag.Finding.Blocks))
		}}
	cmd.Flags().StringArrayVar(&req.Accept, "accept-risk", nil, "accept the risk `NAME`; repeat for several")
	cmd.Flags().BoolVar(&req.Bulk, "bulk", false, "go on after an asset that is not there as it has to be; else nothing more is begun then")
	return cmd
}

func blockedUnless(fine bool) error {
	if fine {
		return nil
	}
	return exit(diag.ExitBlocked)
}
