package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// SignIn is the application that is registered at the identity provider for Quick on Desktop. Values that are left out are made from
// vendor and domain; what is typed is used as it is typed.
type SignIn struct {
	Vendor estate.Vendor `json:"vendor,omitzero"`               // okta, entra, pingfederate, pingone or other; default other
	Domain string        `json:"domain,omitzero"`               // host of an Okta organization, of PingFederate or PingOne; id of an Entra tenant
	Server string        `json:"authorization_server,omitzero"` // default: default; org is Okta's own

	Issuer                string `json:"issuer,omitzero"`
	AuthorizationEndpoint string `json:"authorization_endpoint,omitzero"`
	TokenEndpoint         string `json:"token_endpoint,omitzero"`
	JWKSURI               string `json:"jwks_uri,omitzero"`
	ClientID              string `json:"client_id,omitzero"`

	Claim     string `json:"claim,omitzero"`     // of the ID token, that finds the person; default email
	Attribute string `json:"attribute,omitzero"` // of the Identity Store, that has to equal it; default emails.value

	Name       string      `json:"name,omitzero"` // of the extension access; default Amazon Quick Desktop
	Registered *Registered `json:"registered,omitzero"`
}

// Registered is a person's word for the extension access that the Quick console holds, since no API shows it.
type Registered struct {
	Name                  string     `json:"name"`
	Issuer                string     `json:"issuer"`
	AuthorizationEndpoint string     `json:"authorization_endpoint"`
	TokenEndpoint         string     `json:"token_endpoint"`
	JWKSURI               string     `json:"jwks_uri"`
	ClientID              string     `json:"client_id"`
	TrustedTokenIssuer    estate.ARN `json:"trusted_token_issuer,omitzero"`
	Audience              string     `json:"audience,omitzero"`
	Extension             bool       `json:"extension,omitzero"` // the extension itself was created too
	By                    string     `json:"by"`
	Date                  string     `json:"date"` // YYYY-MM-DD
}

func (s *SignIn) setDefaults() {
	s.Vendor = cmp.Or(s.Vendor, estate.VendorOther)
	s.Server = cmp.Or(s.Server, estate.DefaultServer)
	s.Claim, s.Attribute = cmp.Or(s.Claim, estate.EmailClaim), cmp.Or(s.Attribute, estate.EmailAttribute)
	s.Name = cmp.Or(s.Name, "Amazon Quick Desktop")
}

// Values are the five values: as typed, and where nothing is typed as the vendor makes them.
func (s *SignIn) Values() estate.SignInValues {
	out := estate.SignInValues{Issuer: s.Issuer, AuthorizationEndpoint: s.AuthorizationEndpoint, TokenEndpoint: s.TokenEndpoint, JWKSURI: s.JWKSURI, ClientID: s.ClientID}
	derived, _ := s.Vendor.Derive(s.Domain, s.Server, s.ClientID)
	for _, f := range estate.SignInFields {
		*f.Of(&out) = cmp.Or(*f.Of(&out), *f.Of(&derived))
	}
	return out
}

// Access is what the person says is in the console.
func (r *Registered) Access() estate.ExtensionAccess {
	return estate.ExtensionAccess{Name: r.Name, TrustedTokenIssuer: r.TrustedTokenIssuer, Audience: r.Audience, Extension: r.Extension, By: r.By, Date: r.Date,
		Values: estate.SignInValues{Issuer: r.Issuer, AuthorizationEndpoint: r.AuthorizationEndpoint, TokenEndpoint: r.TokenEndpoint, JWKSURI: r.JWKSURI, ClientID: r.ClientID}}
}

// domains say what sign_in.domain is of each vendor whose values are made from it.
var domains = map[estate.Vendor]string{
	estate.VendorOkta:         "the host of the Okta organization, such as example.okta.com",
	estate.VendorEntra:        "the id of the Entra tenant, not its name",
	estate.VendorPingFederate: "the host of the PingFederate server, with its port where it has one",
	estate.VendorPingOne:      "the host of PingOne in its region, such as auth.pingone.eu",
}

// badSignIn finds what no provider could make right; what a provider or a typing mistake makes wrong is a finding of the doctor.
func badSignIn(s *Spec) string {
	in := s.SignIn
	if in == nil {
		return ""
	}
	if !slices.Contains(estate.KnownVendors, in.Vendor) {
		return fmt.Sprintf("sign_in.vendor is %q; choose from %s", in.Vendor, join(estate.KnownVendors))
	}
	if in.Domain == "" && in.Issuer == "" && domains[in.Vendor] != "" {
		return "sign_in.domain is missing: " + domains[in.Vendor]
	}
	if in.Vendor == estate.VendorPingOne && in.Server == estate.DefaultServer && in.Issuer == "" {
		return "sign_in.authorization_server is missing: the id of the PingOne environment"
	}
	var without []string
	v := in.Values()
	for _, f := range estate.SignInFields {
		if *f.Of(&v) == "" {
			without = append(without, "sign_in."+f.Name)
		}
	}
	if len(without) > 0 {
		return strings.Join(without, ", ") + " missing: the five values are needed, or vendor and domain to make four of them"
	}
	return ""
}

// WithSignIn gives a spec that has this sign-in, checked like any other; without a spec, one that holds nothing else.
func WithSignIn(s *Spec, in SignIn) (*Spec, error) {
	out := Spec{}
	if s != nil {
		out = *s
	}
	in.setDefaults()
	out.SignIn = &in
	if why := badSignIn(&out); why != "" {
		return nil, &diag.Error{Code: "spec/sign-in", What: why, Exit: diag.ExitUsage, Fix: []string{"rehome signin --help names the flags"}}
	}
	out.setDefaults()
	return &out, nil
}
