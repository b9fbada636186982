package identity

import (
	"strings"

	"rehome/internal/diag"
)

// Where the rules come from.
var (
	enterpriseDoc = diag.Source{Doc: "AWS, Setting up Amazon Quick on desktop for enterprise deployments", Date: "2026-11-22"}
	oktaDoc       = diag.Source{Doc: "Okta OpenAPI 2026.06.3 and data file of OAuth errors 2026.08.1 (oidc 1.1)", Date: "2026-11-22"}
	sampleDoc     = diag.Source{Doc: "AWS sample, amazon-quick-on-desktop of the Quick knowledge hub (oidc 0.1)", Date: "2026-11-22"}
	flowDoc       = diag.Source{Doc: "RFC 6749, 7636, 8252, 9207 and 9700; OpenID Connect Core 1.0", Date: "2026-11-22"}
	tokenDoc      = diag.Source{Doc: "OpenID Connect Core 1.0 section 3.1.3.7; RFC 7515, 7518 and 8725", Date: "2026-11-22"}
	discoveryDoc  = diag.Source{Doc: "OpenID Connect Discovery 1.0 section 4.3; RFC 8414 section 3.3", Date: "2026-11-22"}
	issuerDoc     = diag.Source{Doc: "IAM Identity Center User Guide, trusted token issuers (idc-kms 5.2)", Date: "2026-11-22"}
	runbookDoc    = diag.Source{Doc: "runbook, section 7 (errors seen in the field)", Date: "2026-06-06"}
	gateDoc       = diag.Source{Doc: "that Quick judges the ID token follows from its Aud claim, which is the client ID (oidc 0.1)", Date: "2026-11-22", Inferred: true}
)

// byRow are the sources of the rows that have more than their group's.
var byRow = map[string][]diag.Source{
	"DSK-03": {enterpriseDoc, flowDoc},
	"DSK-04": {enterpriseDoc, flowDoc},
	"DSK-09": {enterpriseDoc, discoveryDoc, sampleDoc},
	"DSK-10": {enterpriseDoc, sampleDoc},
	"DSK-15": {enterpriseDoc, tokenDoc},
	"DSK-20": {flowDoc},
	"DSK-24": {gateDoc},
}

var byGroup = []struct {
	prefix  string
	sources []diag.Source
}{
	{"OKT-", []diag.Source{enterpriseDoc, oktaDoc}},
	{"TTI-", []diag.Source{issuerDoc}},
	{"TRB-", []diag.Source{runbookDoc}},
	{"", []diag.Source{enterpriseDoc}},
}

// sources are those of a catalogue row.
func sources(code string) []diag.Source {
	if s := byRow[code]; s != nil {
		return s
	}
	for _, g := range byGroup {
		if strings.HasPrefix(code, g.prefix) {
			return g.sources
		}
	}
	return nil
}
