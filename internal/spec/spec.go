// Package spec is what the administrator wants: one strict, versioned YAML file. It knows the format, its defaults and what
// contradicts itself; it must not know what there is in AWS, nor how anything is done.
package spec

import (
	"cmp"
	"os"
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
	// GoalSingleRegion takes the replication back: Identity Center at home only, with a key of AWS's own. The Quick account stays.
	GoalSingleRegion Goal = "single-region"
)

// Path is the way in which the Quick account knows its people. It is fixed when the account is made (PATH-17).
type Path string

// The paths. Empty in a spec: the path that is recommended for what it wants.
const (
	PathIdentityCenter Path = "identity-center" // path A
	PathFederation     Path = "federation"      // path B
)

// Want is one thing that the path is chosen by.
type Want string

// What can be wanted.
const (
	WantWeb         Want = "web"
	WantDesktop     Want = "desktop"
	WantSamePeople  Want = "same-people" // one identity for both
	WantGroups      Want = "groups"      // groups provisioned by the identity provider
	WantPropagation Want = "propagation" // the person's identity reaches the data services
	WantIsolation   Want = "isolation"   // no change to the organization's Identity Center
	WantLeastChange Want = "least-change"
)

// Wants are all of them in the order in which they are asked.
var Wants = []Want{WantWeb, WantDesktop, WantSamePeople, WantGroups, WantPropagation, WantIsolation, WantLeastChange}

// Spec is the whole file.
type Spec struct {
	Format       string        `json:"format"`
	Goal         Goal          `json:"goal,omitzero"`          // default desktop
	TargetRegion estate.Region `json:"target_region,omitzero"` // default: the first Region that Desktop supports, us-east-1
	Management   Access        `json:"management"`             // the organization's management account; it holds the key
	// DelegatedAdministrator is the account that administers Identity Center for the management account; none: the management account does.
	DelegatedAdministrator *Access               `json:"delegated_administrator,omitzero"`
	IdentitySource         estate.IdentitySource `json:"identity_source,omitzero"` // no API tells it, so a person says it
	Path                   Path                  `json:"path,omitzero"`            // default: what is recommended
	Want                   []Want                `json:"want,omitzero"`            // what the path is chosen by; default: web, desktop, same-people
	Quick                  Quick                 `json:"quick"`
	SignIn                 *SignIn               `json:"sign_in,omitzero"`     // the identity provider that Quick on Desktop signs in at
	BreakGlass             *Access               `json:"break_glass,omitzero"` // an identity that Identity Center did not issue; it can undo a key policy
	Window                 *Window               `json:"window,omitzero"`      // when the cutover may run
	Approvals              int                   `json:"approvals,omitzero"`   // how many caller ARNs must consent to each risk; default 1
	Attest                 []Attestation         `json:"attest,omitzero"`
	Assets                 *Assets               `json:"assets,omitzero"`  // how assets travel; none: see Assets
	Regions                *estate.RegionTable   `json:"regions,omitzero"` // lists that replace those of the built-in table of Regions
	// Applications are rows beside those of the built-in table of what AWS managed applications support.
	Applications []estate.ApplicationSupport `json:"applications,omitzero"`
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
	Statement string        `json:"statement"` // no-assets or rights
	By        string        `json:"by"`
	Date      string        `json:"date"` // YYYY-MM-DD
	Reason    string        `json:"reason"`
}

// What people can vouch for.
const (
	AttestNoAssets = "no-assets" // the Region holds no Quick assets
	AttestRights   = "rights"    // with the target Region: the callers may do all that the move needs, in every account
)

// Change is what a command line changes of a spec, for a look at what would be; empty members change nothing.
type Change struct {
	Goal         Goal
	TargetRegion estate.Region
	Path         Path
}

// With gives the spec with a change made, checked like any other.
func (s *Spec) With(c Change) (*Spec, error) {
	out := *s
	out.Goal, out.TargetRegion, out.Path = cmp.Or(c.Goal, s.Goal), cmp.Or(c.TargetRegion, s.TargetRegion), cmp.Or(c.Path, s.Path)
	text, err := document.Encode(&out)
	if err != nil {
		return nil, err
	}
	return Decode("the spec with what the command line changes.json", text)
}

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
	if s.SignIn != nil {
		s.SignIn.setDefaults()
	}
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

// Support is what an application's provider supports, by this spec's rows and the built-in ones.
func (s *Spec) Support(provider string) (estate.ApplicationSupport, bool) {
	return estate.SupportOf(slices.Concat(estate.Applications(), s.Applications), provider)
}

// WantsDesktop reports whether people are to sign in with Quick on Desktop. A spec that lists what it wants without it moves the account
// and leaves Desktop for later.
func (s *Spec) WantsDesktop() bool {
	return s.Goal == GoalDesktop && (len(s.Want) == 0 || slices.Contains(s.Want, WantDesktop))
}

// MovesQuick reports whether the goal is a Quick account in the target Region.
func (s *Spec) MovesQuick() bool { return s.Goal == GoalDesktop }

// Administrator is the way to Identity Center: the delegated administrator's account, else the management account.
func (s *Spec) Administrator() Access {
	if s.DelegatedAdministrator != nil {
		return *s.DelegatedAdministrator
	}
	return s.Management
}

// Accesses are the ways into every account that the spec names, each account once: Quick's, the management account, the administrator's.
func (s *Spec) Accesses() []Access {
	out := []Access{s.Quick.Access}
	for _, a := range []Access{s.Management, s.Administrator()} {
		if !slices.ContainsFunc(out, func(o Access) bool { return o.Account == a.Account }) {
			out = append(out, a)
		}
	}
	return out
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
	for _, a := range s.Accesses() {
		if a.Account == id {
			return a, true
		}
	}
	return Access{}, false
}
