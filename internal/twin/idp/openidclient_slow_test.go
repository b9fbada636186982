//go:build slow

package idp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rehome/internal/estate"
)

// outcome is what npm's openid-client made of a sign-in.
type outcome struct{ Email, Userinfo, Refreshed, Refused string }

// slashed is the redirect address as JavaScript's URL class, and so this client, always writes it.
const slashed = redirect + "/"

// registered is a provider that knows it so, with faults.
func registered(faults ...string) func(*estate.IdentityProvider) {
	return func(p *estate.IdentityProvider) {
		with(faults...)(p)
		changed(func(a *estate.IdentityApp) { a.Redirects = []string{slashed} })(p)
	}
}

// openIDClient signs anna in with npm's openid-client, which also checks signatures that came over a direct connection.
func openIDClient(t *testing.T, r *rig, issuer string) outcome {
	t.Helper()
	dir := filepath.Join("testdata", "openid-client")
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node to run the other client")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Skip("the other client is not installed: run npm ci --prefix internal/twin/idp/testdata/openid-client")
	}
	cmd := exec.CommandContext(t.Context(), node, "signin.mjs", issuer, quickApp, slashed, strings.Join(estate.DesktopScopes, " "))
	cmd.Dir, cmd.Stderr = dir, os.Stderr
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
	lines := bufio.NewScanner(out)
	next := func() string {
		if !lines.Scan() {
			t.Fatalf("the other client ended: %v", lines.Err())
		}
		return lines.Text()
	}
	line := next()
	if strings.HasPrefix(line, "http") {
		fmt.Fprintln(in, slashed+"?"+r.visitor(line).Encode())
		line = next()
	}
	var o outcome
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	return o
}

func TestOpenIDClientSignsIn(t *testing.T) {
	const email = "anna@acme.example"
	want := outcome{Email: email, Userinfo: email, Refreshed: email}
	for _, kind := range []string{"custom", "org"} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, registered())
			if got := openIDClient(t, r, issuers(r)[kind]); got != want {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("a malformed key beside the good one", func(t *testing.T) {
		r := newRig(t, registered("keys-bad-beside-good"))
		if got := openIDClient(t, r, issuers(r)["custom"]); got != want {
			t.Errorf("%+v", got)
		}
	})
}

// TestOpenIDClientRefuses: each of these faults breaks a rule that this client keeps, and is refused for that; another subject after a
// refresh it leaves to its caller.
func TestOpenIDClientRefuses(t *testing.T) {
	for fault, word := range map[string]string{
		"alg-none": "alg", "hs256": "alg", "wrong-key": "signature", "unknown-kid": "key", "keys-empty": "key", "keys-html": "content-type",
		"wrong-audience": "aud", "wrong-issuer": "iss", "issuer-slash": "iss", "wrong-nonce": "nonce", "no-nonce": "nonce", "expired": "exp",
		"no-id-token": "id_token", "wrong-state": "state", "no-state": "state", "iss-wrong": "iss",
		"iss-advertised-missing": "iss", "code-twice": "code", "token-html": "content-type", "token-redirect-307": "status", "rate-limited": "error",
		"discovery-missing": "status", "discovery-html": "content-type", "discovery-other-issuer": "issuer",
	} {
		t.Run(fault, func(t *testing.T) {
			r := newRig(t, registered(fault))
			if got := openIDClient(t, r, issuers(r)["custom"]); !strings.Contains(strings.ToLower(got.Refused), word) {
				t.Errorf("%+v, want a refusal for %s", got, word)
			}
		})
	}
}
