package token

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	op "github.com/zitadel/oidc/v3/pkg/oidc"
)

const keySetAddress = "https://acme.okta.com/oauth2/default/v1/keys"

// answers is a network of one address: each look at the key set gives the next answer, the last one for ever.
type answers struct{ looks []string }

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) {
	text := a.looks[0]
	if len(a.looks) > 1 {
		a.looks = a.looks[1:]
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// askGoOIDC asks go-oidc's verifier with its defaults. It leaves nonce and at_hash to its caller, who is not asked.
func askGoOIDC(t *testing.T, a attack, raw string, now time.Time) opinion {
	t.Helper()
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: &answers{a.looks()}})
	e := expect(now)
	if a.expect != nil {
		a.expect(&e)
	}
	verifier := oidc.NewVerifier(e.Issuer, oidc.NewRemoteKeySet(ctx, keySetAddress), &oidc.Config{ClientID: e.ClientID, Now: func() time.Time { return now }})
	return a.ask(func() error {
		_, err := verifier.Verify(ctx, raw)
		return err
	})
}

// askZitadel asks the relying party of zitadel/oidc, with the nonce and RS256 alone, as one for Quick would be set up.
func askZitadel(t *testing.T, a attack, raw string) (out opinion) {
	t.Helper()
	defer func() {
		if recover() != nil {
			out = crash
		}
	}()
	e := expect(time.Now())
	if a.expect != nil {
		a.expect(&e)
	}
	keys := rp.NewRemoteKeySet(&http.Client{Transport: &answers{a.looks()}}, keySetAddress)
	verifier := rp.NewIDTokenVerifier(e.Issuer, e.ClientID, keys, rp.WithSupportedSigningAlgorithms("RS256"), rp.WithNonce(func(context.Context) string { return e.Nonce }))
	return a.ask(func() error {
		_, err := rp.VerifyTokens[*op.IDTokenClaims](t.Context(), e.AccessToken, raw, verifier)
		return err
	})
}

// ask asks once more when the keys were rotated in between: both keep a key set, and look again when it does not fit.
func (a attack) ask(verify func() error) opinion {
	err := verify()
	if a.rotated != "" {
		err = verify()
	}
	if err != nil {
		return refuse
	}
	return accept
}
