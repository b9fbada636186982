// Package spec is what the administrator wants: one strict, versioned YAML file. It knows the format, its defaults and what
// contradicts itself; it must not know what there is in AWS, nor how anything is done.
package spec

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"time"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// Format is the version of the file.
const Format = "rehome.spec/v1"

// Goal is what the move is for.
type Goal string

// The goals. Desktop needs the Quick account's identity Region to be one that Desktop supports; web-only does not.
const (
	GoalDesktop Goal = "desktop"
	GoalWebOnly Goal = "web-only"
)

// Spec is the whole file.
type Spec struct {
	Format       string              `json:"format"`
	Goal         Goal                `json:"goal,omitzero"`          // default desktop
	TargetRegion estate.Region       `json:"target_region,omitzero"` // default: the first Region that Desktop supports, us-east-1
	Management   Access              `json:"management"`             // the account that owns Identity Center
	Quick        Quick               `json:"quick"`
	BreakGlass   *Access             `json:"break_glass,omitzero"` // an identity that Identity Center did not issue; it can undo a key policy
	Window       *Window             `json:"window,omitzero"`      // when the cutover may run
	Approvals    int                 `json:"approvals,omitzero"`   // how many caller ARNs must consent to each risk; default 1
	Attest       []Attestation       `json:"attest,omitzero"`
	Regions      *estate.RegionTable `json:"regions,omitzero"` // lists that replace those of the built-in table of Regions
}

// Access says how rehome reaches an account. With neither profile nor role the SDK's default chain is used.
type Access struct {
	Account    estate.AccountID `json:"account"`
	Profile    string           `json:"profile,omitzero"`
	RoleARN    string           `json:"role_arn,omitzero"`
	ExternalID string           `json:"external_id,omitzero"` // for the role
}

// Quick is the wanted Quick account. What is left out is taken from the account that is there.
type Quick struct {
	Access
	AccountNames      []string                      `json:"account_names"` // tried in this order
	Edition           string                        `json:"edition,omitzero"`
	NotificationEmail string                        `json:"notification_email,omitzero"`
	Groups            map[estate.QuickRole][]string `json:"groups,omitzero"` // groups by role
	Contact           *Contact                      `json:"contact,omitzero"`
}

// Contact is what CreateAccountSubscription asks for with ENTERPRISE_AND_Q (quick-api 1.1).
type Contact struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"` // ten digits
}

// Window is the time in which the cutover may run.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Attestation is a person's word for what rehome could not look at. It is shown in plan, consent and report.
type Attestation struct {
	Region    estate.Region `json:"region"`
	Statement string        `json:"statement"` // no-assets
	By        string        `json:"by"`
	Date      string        `json:"date"` // YYYY-MM-DD
	Reason    string        `json:"reason"`
}

// AttestNoAssets is the statement that a Region holds no Quick assets.
const AttestNoAssets = "no-assets"

// Read reads and checks the file at path.
func Read(path string) (*Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &diag.Error{Code: "spec/unreadable", What: "cannot read the spec", At: diag.Position{File: path}, Why: "no such file or no permission", Exit: diag.ExitUsage, Err: err,
			Fix: []string{"rehome init writes one; --spec FILE names another"}}
	}
	return Decode(path, data)
}

// Decode decodes and checks data, named name in errors, and fills in the defaults.
func Decode(name string, data []byte) (*Spec, error) {
	var s Spec
	if err := document.Decode(name, data, &s); err != nil {
		return nil, err
	}
	s.setDefaults()
	for _, rule := range rules {
		if why := rule.broken(&s); why != "" {
			e := &diag.Error{Code: "spec/invalid", What: why, At: diag.Position{File: name}, Exit: diag.ExitUsage}
			e.At.Line, e.At.Column = document.Locate(data, rule.pointer)
			if e.At.Line == 0 {
				e.At.Line, e.At.Column = 1, 1
			}
			return nil, e
		}
	}
	return &s, nil
}

func (s *Spec) setDefaults() {
	if s.Goal == "" {
		s.Goal = GoalDesktop
	}
	if s.TargetRegion == "" && len(s.Table().Desktop) > 0 {
		s.TargetRegion = s.Table().Desktop[0]
	}
	if s.Approvals == 0 {
		s.Approvals = 1
	}
}

// Table is the table of Regions that holds for this spec.
func (s *Spec) Table() estate.RegionTable {
	if s.Regions != nil {
		return estate.Regions().With(*s.Regions)
	}
	return estate.Regions()
}

// AssetRegions are the Regions that can hold Quick assets, sorted: the built-in ones, those that the spec adds, and more. A spec can
// widen the sweep, never narrow it.
func (s *Spec) AssetRegions(more ...estate.Region) []estate.Region {
	out := slices.Concat(estate.Regions().Quick, s.Table().Quick, more)
	slices.Sort(out)
	return slices.Compact(out)
}

// Attested finds the attestation of a statement for a Region.
func (s *Spec) Attested(r estate.Region, statement string) (Attestation, bool) {
	i := slices.IndexFunc(s.Attest, func(a Attestation) bool { return a.Region == r && a.Statement == statement })
	if i < 0 {
		return Attestation{}, false
	}
	return s.Attest[i], true
}

// Access gives the way into an account; ok is false when the spec names none.
func (s *Spec) Access(id estate.AccountID) (Access, bool) {
	switch id {
	case s.Quick.Account:
		return s.Quick.Access, true
	case s.Management.Account:
		return s.Management, true
	}
	return Access{}, false
}

var (
	// The API's own pattern: letters, digits and inner hyphens, not starting with d- (quick-api 1.1).
	namePattern  = regexp.MustCompile(`^[\da-zA-Z]+(-*[\da-zA-Z])*$`)
	phonePattern = regexp.MustCompile(`^\d{10}$`)
)

// rules are what the decoder cannot see. Each names the member that a person has to change.
var rules = []struct {
	pointer string
	broken  func(*Spec) string
}{
	{"/format", func(s *Spec) string {
		if s.Format != Format {
			return fmt.Sprintf("format is %q; this rehome reads %q", s.Format, Format)
		}
		return ""
	}},
	{"/goal", func(s *Spec) string {
		if s.Goal != GoalDesktop && s.Goal != GoalWebOnly {
			return fmt.Sprintf("goal is %q; choose desktop or web-only", s.Goal)
		}
		return ""
	}},
	{"/target_region", func(s *Spec) string {
		if !slices.Contains(s.Table().Quick, s.TargetRegion) {
			return fmt.Sprintf("target_region: Quick has no endpoint in %s", s.TargetRegion)
		}
		return ""
	}},
	{"/management", func(s *Spec) string { return missing("management.account", string(s.Management.Account)) }},
	{"/quick", func(s *Spec) string { return missing("quick.account", string(s.Quick.Account)) }},
	{"/quick/account_names", badNames},
	{"/quick/edition", func(s *Spec) string {
		if !slices.Contains([]string{"", "ENTERPRISE", "ENTERPRISE_AND_Q"}, s.Quick.Edition) {
			return fmt.Sprintf("quick.edition is %q; accounts can be created as ENTERPRISE or ENTERPRISE_AND_Q", s.Quick.Edition)
		}
		return ""
	}},
	{"/quick/contact", func(s *Spec) string {
		c := s.Quick.Contact
		if s.Quick.Edition == "ENTERPRISE_AND_Q" && (c == nil || c.FirstName == "" || c.LastName == "" || c.Email == "" || !phonePattern.MatchString(c.Phone)) {
			return "quick.contact: ENTERPRISE_AND_Q needs first_name, last_name, email and a phone of ten digits"
		}
		return ""
	}},
	{"/quick/groups", func(s *Spec) string {
		for _, role := range slices.Sorted(maps.Keys(s.Quick.Groups)) {
			if !slices.Contains(estate.QuickRoles, role) {
				return fmt.Sprintf("quick.groups: %q is no Quick role", role)
			}
		}
		return ""
	}},
	{"/break_glass", func(s *Spec) string {
		if s.BreakGlass == nil {
			return ""
		}
		return missing("break_glass.account", string(s.BreakGlass.Account))
	}},
	{"/window", func(s *Spec) string {
		if s.Window != nil && !s.Window.From.Before(s.Window.To) {
			return "window: from must be before to"
		}
		return ""
	}},
	{"/approvals", func(s *Spec) string {
		if s.Approvals < 1 || s.Approvals > 2 {
			return "approvals must be 1 or 2"
		}
		return ""
	}},
	{"/attest", badAttestation},
}

func missing(what, v string) string {
	if v == "" {
		return what + " is missing"
	}
	return ""
}

func badNames(s *Spec) string {
	if len(s.Quick.AccountNames) == 0 {
		return "quick.account_names needs at least one name; they are tried in order"
	}
	for i, n := range s.Quick.AccountNames {
		switch {
		case len(n) > 62 || !namePattern.MatchString(n) || len(n) > 1 && (n[:2] == "d-" || n[:2] == "D-"):
			return fmt.Sprintf("quick.account_names: %q is not a name that Quick accepts (1-62 letters, digits and inner hyphens, not starting with d-)", n)
		case slices.Contains(s.Quick.AccountNames[:i], n):
			return fmt.Sprintf("quick.account_names: %q is listed twice", n)
		}
	}
	return ""
}

func badAttestation(s *Spec) string {
	for _, a := range s.Attest {
		if a.Statement != AttestNoAssets {
			return fmt.Sprintf("attest: unknown statement %q; known is %q", a.Statement, AttestNoAssets)
		}
		if _, err := time.Parse(time.DateOnly, a.Date); err != nil || a.Region == "" || a.By == "" || a.Reason == "" {
			return "attest: each entry needs region, statement, by, date (YYYY-MM-DD) and reason"
		}
	}
	return ""
}
