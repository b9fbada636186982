package estate

import (
	_ "embed"
	"slices"
	"strings"

	"rehome/internal/diag"
)

//go:embed applications.yaml
var applicationsYAML []byte

// Support says whether an application can do something. The zero value is that nobody knows.
type Support string

// The answers.
const (
	Supported   Support = "yes"
	Unsupported Support = "no"
)

// ApplicationSupport is what an AWS managed application can do with Identity Center.
type ApplicationSupport struct {
	Provider          string      `json:"provider"` // the last part of the provider ARN
	Name              string      `json:"name"`
	CustomerKey       Support     `json:"customer_key,omitzero"`       // works when Identity Center is encrypted with a customer managed key
	AdditionalRegions Support     `json:"additional_regions,omitzero"` // can be deployed in an additional Region
	Source            diag.Source `json:"source,omitzero"`
	Disputed          string      `json:"disputed,omitzero"` // what another source says; empty: nobody disagrees
}

// CustomProvider is the last part of the provider ARN of applications that customers bring; they hold no data of Identity Center.
const CustomProvider = "custom"

type applicationTable struct {
	Format       string               `json:"format"`
	Checked      string               `json:"checked"`
	Applications []ApplicationSupport `json:"applications"`
}

var applications = embedded[applicationTable](applicationsYAML)

// Applications is the built-in table, the caller's own.
func Applications() []ApplicationSupport { return applications().Applications }

// ProviderName is the last part of the application's provider ARN, such as quicksight; custom SAML and OAuth providers are all "custom".
func (a Application) ProviderName() string {
	_, name, _ := strings.Cut(string(a.Provider), "applicationProvider/")
	if strings.HasPrefix(name, CustomProvider) {
		return CustomProvider
	}
	return name
}

// SupportOf finds what the table says of a provider, the later rows first, so that a spec's rows can be appended.
func SupportOf(table []ApplicationSupport, provider string) (ApplicationSupport, bool) {
	for _, row := range slices.Backward(table) {
		if row.Provider == provider {
			return row, true
		}
	}
	return ApplicationSupport{Provider: provider}, false
}
