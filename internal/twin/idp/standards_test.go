package idp

import (
	"context"
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	zitadel "github.com/zitadel/oidc/v3/pkg/oidc"

	"rehome/internal/estate"
)

// The clients here were written by others, who know OpenID Connect and nothing of this provider: what they accept is not just what we
// think it says.

// issuers are an authorization server of each kind.
func issuers(r *rig) map[string]string {
	return map[string]string{"custom": r.base + "/oauth2/default", "org": r.base}
}

// visitor signs anna in at an address and gives what comes back.
func (r *rig) visitor(address string) url.Values {
	r.Helper()
	c := client(r.T)
	return r.back(r.submit(c, r.do(c, "GET", address, "", nil), url.Values{"username": {"anna"}}))
}

func TestGoOIDCSignsIn(t *testing.T) {
	r := newRig(t)
	for kind, issuer := range issuers(r) {
		t.Run(kind, func(t *testing.T) {
			ctx := t.Context()
			provider, err := oidc.NewProvider(ctx, issuer)
			if err != nil {
				t.Fatal(err)
			}
			party, err := rp.NewRelyingPartyOIDC(ctx, issuer, quickApp, "", redirect, estate.DesktopScopes)
			if err != nil {
				t.Fatal(err)
			}
			config := party.OAuthConfig() // of x/oauth2, which both libraries build on; it is the client here
			config.Endpoint = provider.Endpoint()
			back := r.visitor(config.AuthCodeURL("another-state", append(rp.WithCodeChallenge(challenge())(), oidc.Nonce("another-nonce"))...))
			if back.Get("state") != "another-state" {
				t.Errorf("%v", back)
			}
			tokens, err := config.Exchange(ctx, back.Get("code"), rp.WithCodeVerifier(verifier)()...)
			if err != nil {
				t.Fatal(err)
			}
			id := verified(t, provider, tokens.Extra("id_token"), tokens.AccessToken)
			if id.Nonce != "another-nonce" {
				t.Errorf("nonce %q", id.Nonce)
			}
			info, err := provider.UserInfo(ctx, config.TokenSource(ctx, tokens))
			if err != nil || info.Subject != id.Subject || info.Email != "anna@acme.example" || !info.EmailVerified {
				t.Errorf("userinfo: %+v, %v", info, err)
			}
			tokens.Expiry = tokens.Expiry.Add(-2 * tokenLife)
			refreshed, err := config.TokenSource(ctx, tokens).Token()
			if err != nil {
				t.Fatal(err)
			}
			if again := verified(t, provider, refreshed.Extra("id_token"), refreshed.AccessToken); again.Subject != id.Subject || again.Nonce != "" {
				t.Errorf("%+v after the refresh", again)
			}
		})
	}
}

func verified(t *testing.T, provider *oidc.Provider, token any, access string) *oidc.IDToken {
	t.Helper()
	text, _ := token.(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: quickApp}).Verify(t.Context(), text)
	if err == nil {
		err = id.VerifyAccessToken(access)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestZitadelSignsIn(t *testing.T) {
	r := newRig(t)
	for kind, issuer := range issuers(r) {
		t.Run(kind, func(t *testing.T) {
			ctx := t.Context()
			party, err := rp.NewRelyingPartyOIDC(ctx, issuer, quickApp, "", redirect, estate.DesktopScopes,
				rp.WithVerifierOpts(rp.WithNonce(func(context.Context) string { return "another-nonce" })))
			if err != nil {
				t.Fatal(err)
			}
			back := r.visitor(rp.AuthURL("another-state", party, rp.WithCodeChallenge(challenge()), rp.AuthURLOpt(rp.WithURLParam("nonce", "another-nonce"))))
			tokens, err := rp.CodeExchange[*zitadel.IDTokenClaims](ctx, back.Get("code"), party, rp.WithCodeVerifier(verifier))
			if err != nil {
				t.Fatal(err)
			}
			if tokens.IDTokenClaims.Email != "anna@acme.example" {
				t.Errorf("%+v", tokens.IDTokenClaims)
			}
			info, err := rp.Userinfo[*zitadel.UserInfo](ctx, tokens.AccessToken, tokens.TokenType, tokens.IDTokenClaims.Subject, party)
			if err != nil || info.PreferredUsername != "anna" {
				t.Errorf("userinfo: %+v, %v", info, err)
			}
		})
	}
}

// TestZitadelRefreshes: without a nonce to expect, since a token of a refresh has none (OpenID Connect Core, 12.2).
func TestZitadelRefreshes(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	party, err := rp.NewRelyingPartyOIDC(ctx, r.base+"/oauth2/default", quickApp, "", redirect, estate.DesktopScopes)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := rp.RefreshTokens[*zitadel.IDTokenClaims](ctx, party, r.tokens()["refresh_token"].(string), "", "")
	if err != nil || tokens.IDTokenClaims.Email != "anna@acme.example" {
		t.Errorf("%+v, %v", tokens, err)
	}
}

// TestOthersRefuseTheForgeries: the tokens of the faults that every client has to find are what they are meant to be.
func TestOthersRefuseTheForgeries(t *testing.T) {
	for _, fault := range []string{"alg-none", "hs256", "wrong-key", "unknown-kid", "wrong-audience", "wrong-issuer", "issuer-slash", "expired", "keys-empty"} {
		t.Run(fault, func(t *testing.T) {
			r := newRig(t, with(fault))
			provider, err := oidc.NewProvider(t.Context(), r.base+"/oauth2/default")
			if err != nil {
				t.Fatal(err)
			}
			text, _ := r.tokens()["id_token"].(string)
			if _, err := provider.Verifier(&oidc.Config{ClientID: quickApp}).Verify(t.Context(), text); err == nil {
				t.Error("go-oidc accepts it")
			}
			party, err := rp.NewRelyingPartyOIDC(t.Context(), r.base+"/oauth2/default", quickApp, "", redirect, estate.DesktopScopes)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rp.VerifyIDToken[*zitadel.IDTokenClaims](t.Context(), text, party.IDTokenVerifier()); err == nil {
				t.Error("zitadel accepts it")
			}
		})
	}
	for _, fault := range []string{"discovery-missing", "discovery-html", "discovery-other-issuer"} {
		t.Run(fault, func(t *testing.T) {
			r := newRig(t, with(fault))
			if _, err := oidc.NewProvider(t.Context(), r.base+"/oauth2/default"); err == nil {
				t.Error("go-oidc accepts it")
			}
			if _, err := rp.NewRelyingPartyOIDC(t.Context(), r.base+"/oauth2/default", quickApp, "", redirect, estate.DesktopScopes); err == nil {
				t.Error("zitadel accepts it")
			}
		})
	}
}
