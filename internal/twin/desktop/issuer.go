package desktop

import (
	"errors"
	"slices"
	"strings"

	"rehome/internal/twin/kernel"
)

// tokenIssuer is what Identity Center tells of a trusted token issuer.
type tokenIssuer struct {
	IssuerUrl, ClaimAttributePath, IdentityStoreAttributePath string
}

// throughIssuer finds the person of an account on Identity Center: the trusted token issuer says whose tokens count and which claim names
// whom (idc-kms 5.2). The person has to be in a group with a role in Quick.
func (d door) throughIssuer(token string, c claims) (quickUser, error) {
	t, err := d.issuer()
	if err == nil {
		err = d.trusts(t, token, c)
	}
	if err != nil {
		return quickUser{}, err
	}
	store, err := d.store()
	if err != nil {
		return quickUser{}, err
	}
	m, err := d.mapped(t, store, c)
	if err != nil {
		return quickUser{}, err
	}
	all, err := d.users()
	if err != nil {
		return quickUser{}, err
	}
	i := slices.IndexFunc(all, func(u quickUser) bool { return u.UserName == m.UserName })
	if i < 0 {
		return quickUser{}, userNotFound("the person is in no group that has a role in Quick")
	}
	if err = d.assigned(store, m); err == nil && c.ID != "" && d.Count("desktop/token "+kernel.ID("token", c.Issuer, c.ID)) > 1 {
		err = badToken("the token's jti was used before")
	}
	return all[i], err
}

// issuer looks the typed trusted token issuer up, in the identity Region, where Identity Center is an additional Region mostly.
func (d door) issuer() (tokenIssuer, error) {
	var out struct {
		TrustedTokenIssuerConfiguration struct{ OidcJwtConfiguration tokenIssuer }
	}
	err := d.call("sso-admin", "DescribeTrustedTokenIssuer", map[string]any{"TrustedTokenIssuerArn": d.access.TrustedTokenIssuer}, &out)
	var e *kernel.Error
	if errors.As(err, &e) && e.Code == "ResourceNotFoundException" {
		err = badToken("%s has no trusted token issuer %s", d.home, d.access.TrustedTokenIssuer)
	}
	return out.TrustedTokenIssuerConfiguration.OidcJwtConfiguration, err
}

// trusts judges the token as Identity Center does, which knows the issuer alone and finds its keys by discovery.
func (d door) trusts(t tokenIssuer, token string, c claims) error {
	if t.IssuerUrl != c.Issuer {
		return badToken("the token's issuer %q is not the trusted token issuer's %q", c.Issuer, t.IssuerUrl)
	}
	if !slices.Contains(c.Audience, d.access.Audience) {
		return badToken("the token is for %q, not for the typed Aud claim %q", strings.Join(c.Audience, " "), d.access.Audience)
	}
	var found struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := d.fetch("the discovery document of the trusted token issuer", strings.TrimSuffix(t.IssuerUrl, "/")+"/.well-known/openid-configuration", &found); err != nil {
		return err
	}
	if found.Issuer != t.IssuerUrl {
		return badToken("the discovery document of the trusted token issuer %q is of %q", t.IssuerUrl, found.Issuer)
	}
	keys, err := d.keys("the JWKS of the discovery document", found.JWKSURI)
	if err == nil {
		_, err = verify(token, keys, "the JWKS of the discovery document")
	}
	return err
}

// mapped is the one person whose attribute is the claim.
func (d door) mapped(t tokenIssuer, store string, c claims) (m member, err error) {
	value, err := c.text(t.ClaimAttributePath)
	if err != nil {
		return m, err
	}
	if _, err := m.has(t.IdentityStoreAttributePath, value); err != nil {
		return m, err
	}
	all, err := d.members(store)
	if err != nil {
		return m, err
	}
	return only(all, "people of IAM Identity Center have exactly the token's "+t.ClaimAttributePath+" as "+t.IdentityStoreAttributePath, func(m member) bool {
		is, _ := m.has(t.IdentityStoreAttributePath, value)
		return is
	})
}
