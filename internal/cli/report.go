package cli

import (
	"bytes"
	"crypto/rand"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/view"
)

func (c *command) report() *cobra.Command {
	var page, evidence, verify string
	cmd := &cobra.Command{Use: "report", Short: "tell the whole run: callers, consents, steps, calls, findings; as a page, or as a set of evidence", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		if len(slices.DeleteFunc([]string{page, evidence, verify}, func(s string) bool { return s == "" })) > 1 {
			return usage(cmd, "choose one of --html, --evidence and --verify")
		}
		switch {
		case page != "":
			return c.reportPage(cmd, page)
		case evidence != "":
			e, err := c.app.Evidence(cmd.Context(), app.EvidenceRequest{Dir: evidence, Random: rand.Reader, Page: view.HTML})
			if err != nil {
				return err
			}
			return answer(c, e, view.Evidence)
		case verify != "":
			return c.verifyEvidence(verify)
		case c.json:
			r, err := c.app.Report(cmd.Context())
			if err != nil {
				return err
			}
			return view.JSON(c.Out, r)
		}
		s, err := c.app.Status()
		if err != nil {
			return err
		}
		view.Report(c.Out, s)
		return nil
	}}
	f := cmd.Flags()
	f.StringVar(&page, "html", "", "write the report as one HTML `FILE` that loads nothing; - is standard output")
	f.StringVar(&evidence, "evidence", "", "write survey, plan, consents, calls and results, chained and redacted, into the empty `DIR`")
	f.StringVar(&verify, "verify", "", "check the evidence in `DIR` offline")
	return cmd
}

// reportPage writes the page to a file, or to standard output.
func (c *command) reportPage(cmd *cobra.Command, path string) error {
	r, err := c.app.Report(cmd.Context())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := view.HTML(&b, r); err != nil {
		return err
	}
	if path == "-" {
		_, err := c.Out.Write(b.Bytes())
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return &diag.Error{Code: "report/unwritable", What: "cannot write the report", Where: path, Why: err.Error(), Err: err, Exit: diag.ExitUsage}
	}
	return nil
}

// verifyEvidence ends with a failure when anything in the set is not what it was.
func (c *command) verifyEvidence(dir string) error {
	v, err := c.app.VerifyEvidence(dir)
	if err != nil {
		return err
	}
	if err := answer(c, v, view.Verified); err != nil {
		return err
	}
	if !v.Intact {
		return exit(diag.ExitFailed)
	}
	return nil
}
