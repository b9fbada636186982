//go:build slow

package cli_test

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"rehome/internal/estate"
)

// chromium is a headless browser of its own; the test is skipped where there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no chromium")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(2*time.Minute))...) // a browser's first start on a busy machine takes its time
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestARealBrowserSignsIn: a browser that nobody here wrote goes through the provider's page, the loopback address and the console's form.
func TestARealBrowserSignsIn(t *testing.T) {
	ctx := chromium(t)
	takePort(t)
	s := newSide(t, "fed", "")
	issuer := s.url + "/idp/okta/oauth2/default"
	cmd, _ := s.command(nil, "signin", "--json", "--browser", "print", "--vendor", "okta", "--domain", "example.okta.com", "--client-id", "0oa1b2c3d4e5f6a7b8c9", "--issuer", issuer,
		"--authorization-endpoint", issuer+"/v1/authorize", "--token-endpoint", issuer+"/v1/token", "--jwks-uri", issuer+"/v1/keys")
	cmd.Stdout, cmd.Stderr = nil, nil
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := ""
	for lines := bufio.NewScanner(said); address == "" && lines.Scan(); {
		if i := strings.Index(lines.Text(), issuer+"/v1/authorize?"); i >= 0 {
			address, _, _ = strings.Cut(lines.Text()[i:], " ")
		}
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address), chromedp.WaitVisible(`input[name=username]`), chromedp.SendKeys(`input[name=username]`, "ana@example.com"), chromedp.Submit(`input[name=username]`),
		chromedp.WaitVisible(`h1`)); err != nil {
		t.Fatalf("%v; the address was %q", err, address)
	}
	shown, err := chromedp.Run(ctx, chromedp.Text(`body`))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), `"outcome": "pass"`) {
		t.Fatalf("%v\nthe browser shows: %s\n%s", err, shown, out.String())
	}

	page := s.url + "/console/quick/111122223333/extension-access"
	actions := []chromedp.Action[chromedp.Void]{chromedp.Navigate(page), chromedp.WaitVisible(`#name`), chromedp.SendKeys(`#name`, "Amazon Quick Desktop")}
	values := estate.SignInValues{Issuer: issuer, AuthorizationEndpoint: issuer + "/v1/authorize", TokenEndpoint: issuer + "/v1/token", JWKSURI: issuer + "/v1/keys", ClientID: "0oa1b2c3d4e5f6a7b8c9"}
	for _, f := range estate.SignInFields {
		actions = append(actions, chromedp.SendKeys("#"+f.Name, *f.Of(&values)))
	}
	if err := chromedp.Do(ctx, append(actions, chromedp.Click(`#submit`), chromedp.WaitVisible(`button[value=delete]`))...); err != nil {
		t.Fatal(err)
	}
	listed, err := chromedp.Run(ctx, chromedp.Text(`body`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(listed, "Amazon Quick Desktop") || !strings.Contains(s.world(), `"client_id": "0oa1b2c3d4e5f6a7b8c9"`) {
		t.Errorf("the console shows\n%s", listed)
	}
}
