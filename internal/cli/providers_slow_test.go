//go:build slow

package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gofrs/flock"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// attempt is what rehome signin --json answers.
type attempt struct {
	Outcome string `json:"outcome"`
	Checks  []struct {
		Code, Status, Severity, Subject, Detail string
	} `json:"checks"`
	Values estate.SignInValues `json:"values"`
}

// failing are the codes and subjects of the checks that block.
func (a attempt) failing() (out []string) {
	for _, c := range a.Checks {
		if c.Status != "pass" && c.Severity == "block" {
			out = append(out, c.Code+" "+c.Subject)
		}
	}
	slices.Sort(out)
	return out
}

// signIn runs the real command against a provider, with a browser that is a command too. Port 18080 is bound: nothing runs beside it.
func signIn(t *testing.T, v estate.SignInValues, login, password string, more ...string) attempt {
	t.Helper()
	takePort(t)
	args := append([]string{"signin", "--json", "--browser", "fake-browser", "--timeout", "5s", "--issuer", v.Issuer, "--authorization-endpoint", v.AuthorizationEndpoint, "--token-endpoint", v.TokenEndpoint,
		"--jwks-uri", v.JWKSURI, "--client-id", v.ClientID}, more...)
	cmd := exec.Command("rehome", args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "BROWSER_LOGIN="+login, "BROWSER_PASSWORD="+password)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var a attempt
	if jerr := json.Unmarshal(out, &a); jerr != nil {
		t.Fatalf("%v %v\n%s\n%s", err, jerr, out, errs.String())
	}
	code := 0
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	}
	if want := map[string]int{"pass": diag.ExitDone, "fail": diag.ExitBlocked}[a.Outcome]; code != want {
		t.Errorf("outcome %s with exit code %d", a.Outcome, code)
	}
	for _, secret := range []string{"eyJ", password} { // every JWT begins so
		if secret != "" && strings.Contains(string(out)+errs.String(), secret) {
			t.Errorf("the output holds a secret:\n%s\n%s", out, errs.String())
		}
	}
	return a
}

// takePort waits for port 18080 to be this test's alone, until the test ends: another suite takes it too.
func takePort(t *testing.T) {
	t.Helper()
	alone := flock.New(filepath.Join(os.TempDir(), "rehome-test-port-18080"))
	if err := alone.Lock(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = alone.Unlock() })
}

// panva starts npm's oidc-provider with a change of its configuration, and gives the five values.
func panva(t *testing.T, change string) estate.SignInValues {
	t.Helper()
	dir, err := filepath.Abs("testdata/oidc-provider")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node: npm's oidc-provider cannot be started")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Skip("oidc-provider is not installed: npm ci --prefix internal/cli/testdata/oidc-provider")
	}
	cmd := exec.Command("node", "provider.mjs", change)
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	issuer, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	issuer = strings.TrimSpace(issuer)
	return estate.SignInValues{Issuer: issuer, AuthorizationEndpoint: issuer + "/auth", TokenEndpoint: issuer + "/token", JWKSURI: issuer + "/jwks", ClientID: "quick-desktop"}
}

// zitadel starts the library's own sample provider on loopback, its client's ID-token claims switched on or not.
func zitadel(t *testing.T, claims bool) estate.SignInValues {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	issuer := "http://localhost:" + port + "/"
	storage.RegisterClients(storage.NativeClient("native", estate.DesktopRedirect))
	s := changed{storage.NewStorage(storage.NewUserStore(issuer)), claims}
	srv := &http.Server{Handler: exampleop.SetupServer(issuer, s, slog.New(slog.DiscardHandler), false)}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return estate.SignInValues{Issuer: issuer, AuthorizationEndpoint: issuer + "auth", TokenEndpoint: issuer + "oauth/token", JWKSURI: issuer + "keys", ClientID: "native"}
}

// changed is the sample's storage whose clients have e-mail addresses in their ID tokens.
type changed struct {
	*storage.Storage
	claims bool
}

func (c changed) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	found, err := c.Storage.GetClientByClientID(ctx, id)
	return claiming{found, c.claims}, err
}

type claiming struct {
	op.Client
	claims bool
}

func (c claiming) IDTokenUserinfoClaimsAssertion() bool { return c.claims }

func TestProvidersOfOthers(t *testing.T) {
	t.Run("oidc-provider, set up for Quick on Desktop", func(t *testing.T) {
		if a := signIn(t, panva(t, `{}`), "ana", "of-a-test-alone", "--prompt", "consent"); a.Outcome != "pass" || len(a.failing()) > 0 {
			t.Errorf("%s: %q", a.Outcome, a.failing())
		}
	})
	t.Run("zitadel, with claims in the ID token", func(t *testing.T) {
		if a := signIn(t, zitadel(t, true), "test-user@localhost", "verysecure"); a.Outcome != "pass" || len(a.failing()) > 0 {
			t.Errorf("%s: %q", a.Outcome, a.failing())
		}
	})
	for name, c := range map[string]struct {
		change string
		turn   func(*estate.SignInValues)
		args   []string
		want   []string // the failing checks whose codes must be among the answer
	}{
		"as it comes, without asking for consent: no refresh token": {change: `{}`, want: []string{"DSK-11"}},
		"as it comes: no e-mail address in the ID token":            {change: `{"conformIdTokenClaims":true}`, args: consent, want: []string{"DSK-12"}},
		"a confidential client":                                     {change: `{"client":{"token_endpoint_auth_method":"client_secret_basic","client_secret":"of-a-test-of-32-characters-and-more"}}`, args: consent, want: []string{"DSK-02"}},
		"the redirect address with a slash":                         {change: `{"client":{"redirect_uris":["http://localhost:18080/"]}}`, args: consent, want: []string{"DSK-04"}},
		"the redirect address as a number":                          {change: `{"client":{"redirect_uris":["http://127.0.0.1:18080"]}}`, args: consent, want: []string{"DSK-04"}},
		"another client ID":                                         {change: `{"client":{"client_id":"another"}}`, args: consent, want: []string{"DSK-02"}},
		"no grant for refresh tokens":                               {change: `{"client":{"grant_types":["authorization_code"]}}`, args: consent, want: []string{"DSK-11"}},
		"the account has no address":                                {change: `{"email":null}`, args: consent, want: []string{"DSK-12"}},
		"the address is gone after a refresh":                       {change: `{"emailOnlyAtFirst":true}`, args: consent, want: []string{"DSK-12"}},
		"another spelling of the address":                           {change: `{"email":"Ana@example.com"}`, args: append(slices.Clone(consent), "--email", "ana@example.com"), want: []string{"DSK-13"}},
		"the issuer with a slash more":                              {change: `{}`, turn: func(v *estate.SignInValues) { v.Issuer += "/" }, args: consent, want: []string{"TTI-05", "DSK-09"}},
		"the token endpoint is the authorization endpoint":          {change: `{}`, turn: func(v *estate.SignInValues) { v.TokenEndpoint = v.AuthorizationEndpoint }, args: consent, want: []string{"DSK-09"}},
		"the token endpoint sends the code elsewhere":               {change: `{"redirect":["/token"]}`, args: consent, want: []string{"DSK-09"}},
		"the keys are not where they are said to be":                {change: `{}`, turn: func(v *estate.SignInValues) { v.JWKSURI += "/more" }, args: consent, want: []string{"DSK-09"}},
		"the keys are those of somebody else":                       {change: `{"replace":{"/jwks":{"keys":[]}}}`, args: consent, want: []string{"DSK-15"}},
		"the discovery document names another issuer":               {change: `{"replace":{"/.well-known/openid-configuration":{"issuer":"https://other.example.com","authorization_endpoint":"ISSUER/auth","token_endpoint":"ISSUER/token","jwks_uri":"ISSUER/jwks"}}}`, args: consent, want: []string{"DSK-09"}},
	} {
		t.Run("oidc-provider/"+name, func(t *testing.T) {
			v := panva(t, c.change)
			if c.turn != nil {
				c.turn(&v)
			}
			a := signIn(t, v, "ana", "of-a-test-alone", c.args...)
			for _, code := range c.want {
				if a.Outcome != "fail" || !slices.ContainsFunc(a.failing(), func(f string) bool { return strings.HasPrefix(f, code+" ") }) {
					t.Errorf("%s; want %s among %q", a.Outcome, code, a.failing())
				}
			}
		})
	}
	t.Run("zitadel, as it comes: no e-mail address in the ID token", func(t *testing.T) {
		a := signIn(t, zitadel(t, false), "test-user@localhost", "verysecure")
		if !slices.ContainsFunc(a.failing(), func(f string) bool { return strings.HasPrefix(f, "DSK-12 ") }) {
			t.Errorf("%s: %q", a.Outcome, a.failing())
		}
	})
}

var consent = []string{"--prompt", "consent"}
