package cli

import (
	"time"

	"github.com/spf13/cobra"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/view"
)

func (c *command) signin() *cobra.Command {
	var req app.SignInRequest
	cmd := &cobra.Command{Use: "signin", Short: "sign in at the identity provider exactly as Quick on Desktop does, and say what was seen; changes nothing", Args: args(0, 0),
		Long: "signin performs the sign-in of Quick on Desktop with the five values as they are typed, before the Quick console makes them final.\n" +
			"It needs no AWS. Without flags it takes sign_in of the spec. Tokens stay in memory.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if req.Timeout <= 0 {
				return usage(cmd, "--timeout has to be longer than nothing")
			}
			r, err := c.app.SignIn(cmd.Context(), req)
			if r == nil {
				return err
			}
			if werr := answer(c, r, view.SignedIn); err == nil { // what was seen is shown, whatever could not be kept
				err = werr
			}
			if err == nil && r.Outcome == "fail" {
				err = exit(diag.ExitBlocked)
			}
			return err
		}}
	f := cmd.Flags()
	signInFlags(cmd, &req.SignIn)
	c.faceFlags(cmd)
	f.StringVar(&req.Email, "email", "", "the `ADDRESS` that the token has to hold; also given to the provider as a hint")
	f.StringVar(&req.Prompt, "prompt", "", "sent as the prompt parameter, such as consent; Quick on Desktop is not known to send one")
	f.DurationVar(&req.Timeout, "timeout", 5*time.Minute, "how long to wait for the browser")
	f.BoolVar(&req.Reveal, "reveal", false, "show personal data instead of masking it")
	f.BoolVar(&req.Attack, "attack", false, "also try what the provider has to refuse: a request without a proof key, and in a second sign-in a code with a wrong one")
	f.BoolVar(&req.Dry, "dry", false, "only what can be told without anybody signing in")
	return cmd
}

// signInFlags are those that say at whom to sign in.
func signInFlags(cmd *cobra.Command, s *app.Provider) {
	f := cmd.Flags()
	f.StringVar((*string)(&s.Vendor), "vendor", "", "okta, or other")
	f.StringVar(&s.Domain, "domain", "", "`HOST` of the Okta organization, such as example.okta.com")
	f.StringVar(&s.Server, "authorization-server", "", "`ID` of Okta's authorization server (default: default; org is the organization's own)")
	f.StringVar(&s.ClientID, "client-id", "", "client `ID` of the application")
	f.StringVar(&s.Issuer, "issuer", "", "issuer `URL`, exactly as the provider spells it")
	f.StringVar(&s.AuthorizationEndpoint, "authorization-endpoint", "", "authorization endpoint `URL`")
	f.StringVar(&s.TokenEndpoint, "token-endpoint", "", "token endpoint `URL`")
	f.StringVar(&s.JWKSURI, "jwks-uri", "", "`URL` of the keys")
	f.StringVar(&s.Claim, "claim", "", "`NAME` of the claim that finds the person (default email)")
}

// faceFlags say how a sign-in reaches a person.
func (c *command) faceFlags(cmd *cobra.Command) {
	var paste bool
	f := cmd.Flags()
	f.StringVar(&c.app.Face.Browser, "browser", "open", "open, print, or a `CMD` that is run with the address")
	f.BoolVar(&paste, "paste", false, "paste the address at which the browser ends, for a browser on another machine")
	cmd.PreRun = func(*cobra.Command, []string) {
		c.app.Face.Out = c.Err
		if paste {
			c.app.Face.Paste = c.In
		}
	}
}

func (c *command) idp() *cobra.Command {
	cmd := &cobra.Command{Use: "idp", Short: "the identity provider: how the application for Quick on Desktop is registered", Args: args(0, 0), RunE: func(cmd *cobra.Command, _ []string) error {
		return usage(cmd, "choose: show")
	}}
	var in app.Provider
	show := &cobra.Command{Use: "show", Short: "print the click path, the settings and the five values", Args: args(0, 0), RunE: func(*cobra.Command, []string) error {
		g, err := c.app.Guide(in)
		if err != nil {
			return err
		}
		return answer(c, g, view.Guide)
	}}
	signInFlags(show, &in)
	cmd.AddCommand(show)
	return cmd
}
