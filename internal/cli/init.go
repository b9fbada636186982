package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"rehome/internal/app"
	"rehome/internal/diag"
)

func (c *command) init() *cobra.Command {
	var req app.InitRequest
	cmd := &cobra.Command{Use: "init", Short: "write a spec, or change the one that is there", Args: args(0, 0), RunE: func(*cobra.Command, []string) error {
		if err := c.complete(&req); err != nil {
			return err
		}
		if err := c.app.Init(req); err != nil {
			return err
		}
		fmt.Fprintf(c.Err, "wrote %s; next: rehome survey\n", c.app.SpecPath)
		return nil
	}}
	cmd.Flags().StringVar(&req.World, "world", "", "write the spec of the built-in world `NAME`")
	cmd.Flags().StringVar(&req.Management, "management", "", "management `ACCOUNT` of the organization")
	cmd.Flags().StringVar(&req.Quick, "quick", "", "`ACCOUNT` of Amazon Quick (default: the management account)")
	cmd.Flags().StringSliceVar(&req.Names, "account-name", nil, "`NAME` for the new Quick account; repeat for further choices")
	cmd.Flags().StringVar(&req.Delegated, "delegated-administrator", "", "`ACCOUNT` that administers Identity Center for the management account")
	cmd.Flags().StringVar(&req.Source, "identity-source", "", "where people come from: external, directory or active-directory")
	cmd.Flags().StringVar(&req.OktaDomain, "okta-domain", "", "`HOST` of the Okta organization in which Quick on Desktop is registered")
	cmd.Flags().StringVar(&req.ClientID, "client-id", "", "client `ID` of the application for Quick on Desktop")
	cmd.Flags().BoolVar(&req.Force, "force", false, "begin anew when there is a spec")
	return cmd
}

// complete fills in what the flags left out: from the spec that is there, then by at most three questions.
func (c *command) complete(req *app.InitRequest) error {
	if req.World != "" {
		return nil
	}
	known := app.InitRequest{}
	if !req.Force {
		var err error
		if known, err = c.app.Known(); err != nil {
			return err
		}
	}
	given := req.Management+req.Quick+req.Delegated+req.Source+req.OktaDomain+req.ClientID != "" || len(req.Names) > 0
	enough := cmp.Or(req.Management, known.Management) != "" && len(req.Names)+len(known.Names) > 0
	if !enough || !given {
		if err := c.askInit(req, known); err != nil {
			return err
		}
	}
	if req.Quick == "" && known.Quick == "" {
		req.Quick = req.Management
	}
	return nil
}

func (c *command) askInit(req *app.InitRequest, known app.InitRequest) error {
	in, ok := c.app.Ask.(asker)
	if !ok {
		return &diag.Error{Code: "init/incomplete", What: "nobody is there to be asked", Exit: diag.ExitUsage, Fix: []string{"rehome init --management ACCOUNT --quick ACCOUNT --account-name NAME", "rehome init --world bom"}}
	}
	ask := func(question, had string, into *string) error {
		if *into != "" {
			return nil
		}
		if had != "" {
			question += " [" + had + "]"
		}
		fmt.Fprintf(in.out, "%s\n> ", question)
		text, err := in.line()
		*into = cmp.Or(text, had)
		return err
	}
	if err := ask("Which is the organization's management account (12 digits)?", known.Management, &req.Management); err != nil {
		return err
	}
	if err := ask("Which account has Amazon Quick (12 digits, empty for the same)?", known.Quick, &req.Quick); err != nil {
		return err
	}
	names := strings.Join(req.Names, ",")
	if err := ask("Which names may the new Quick account have, in order, with commas?", strings.Join(known.Names, ","), &names); err != nil {
		return err
	}
	req.Names = strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
	return nil
}
