package token

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	op "github.com/zitadel/oidc/v3/pkg/oidc"
)

const keySetAddress = "https://acme.okta.com/oauth2/default/v1/keys"

// answers is a network of one address: each look at the key set gives the next answer, the last one for ever.
type answers struct {
	looks  []string
	served atomic.Int32
}

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) {
	text := a.looks[min(int(a.served.Add(1)), len(a.looks))-1]
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// askGoOIDC asks go-oidc's verifier with its defaults. It leaves nonce and at_hash to its caller, who is not asked.
func askGoOIDC(t *testing.T, a attack, raw string, now time.Time) opinion {
	t.Helper()
	net := &answers{looks: a.looks()}
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: net})
	e := expect(now)
	if a.expect != nil {
		a.expect(&e)
	}
	verifier := oidc.NewVerifier(e.Issuer, oidc.NewRemoteKeySet(ctx, keySetAddress), &oidc.Config{ClientID: e.ClientID, Now: func() time.Time { return now }})
	return a.ask(net, func() error {
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
	net := &answers{looks: a.looks()}
	keys := rp.NewRemoteKeySet(&http.Client{Transport: net}, keySetAddress)
	verifier := rp.NewIDTokenVerifier(e.Issuer, e.ClientID, keys, rp.WithSupportedSigningAlgorithms("RS256"), rp.WithNonce(func(context.Context) string { return e.Nonce }))
	return a.ask(net, func() error {
		_, err := rp.VerifyTokens[*op.IDTokenClaims](t.Context(), e.AccessToken, raw, verifier)
		return err
	})
}

// ask asks again when the keys were rotated in between: both keep a key set, and look once more when it does not fit. That can take several
// tries, since a look that has just ended may still count as under way.
func (a attack) ask(net *answers, verify func() error) opinion {
	err := verify()
	for try := 0; a.rotated != "" && net.served.Load() < 2 && try < 100000; try++ {
		runtime.Gosched()
		err = verify()
	}
	if err != nil {
		return refuse
	}
	return accept
}
