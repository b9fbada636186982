package estate

import (
	_ "embed"
	"strings"
	"sync"

	"rehome/internal/diag"
)

//go:embed vendors.yaml
var vendorsYAML []byte

// Vendor is a kind of identity provider.
type Vendor string

// The vendors that rehome knows by name; any other provider is described by its five values.
const (
	VendorOkta         Vendor = "okta"
	VendorEntra        Vendor = "entra"
	VendorPingFederate Vendor = "pingfederate"
	VendorPingOne      Vendor = "pingone"
	VendorOther        Vendor = "other"
)

// KnownVendors are all that a spec can name.
var KnownVendors = []Vendor{VendorOkta, VendorEntra, VendorPingFederate, VendorPingOne, VendorOther}

// VendorShape is how a vendor's values are made from what an administrator knows by heart.
type VendorShape struct {
	Vendor  Vendor        `json:"vendor"`
	Name    string        `json:"name"`
	Servers []ServerShape `json:"servers"`
	Source  diag.Source   `json:"source"`
}

// ServerShape holds templates with {domain} and {server}; what they are of each vendor the table says. Match is the server id it is for; empty: every other.
type ServerShape struct {
	Match  string       `json:"match,omitzero"`
	Values SignInValues `json:"values"`
}

type vendorTable struct {
	Format  string        `json:"format"`
	Checked string        `json:"checked"`
	Vendors []VendorShape `json:"vendors"`
}

var (
	readVendors = embedded[vendorTable](vendorsYAML)
	vendors     = sync.OnceValue(readVendors) // for Derive, which changes nothing in it
)

// Vendors is the built-in table, the caller's own.
func Vendors() []VendorShape { return readVendors().Vendors }

// DefaultServer is the authorization server that a vendor's documents and AWS's use.
const DefaultServer = "default"

// Derive gives the values of a vendor's server at a domain; ok is false when the table does not know the vendor.
func (v Vendor) Derive(domain, server, clientID string) (out SignInValues, ok bool) {
	for _, shape := range vendors().Vendors {
		if shape.Vendor != v {
			continue
		}
		for _, s := range shape.Servers {
			if s.Match != "" && s.Match != server {
				continue
			}
			out = s.Values
			fill := strings.NewReplacer("{domain}", domain, "{server}", server)
			for _, f := range SignInFields {
				*f.Of(&out) = fill.Replace(*f.Of(&out))
			}
			out.ClientID = clientID
			return out, true
		}
	}
	return SignInValues{ClientID: clientID}, false
}
