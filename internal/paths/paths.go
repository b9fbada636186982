// Package paths weighs the ways in which a Quick account can know its people against what is wanted and what there is, and keeps the
// decision as a record: why, what it costs, what becomes permanent. It must not plan steps or repair anything; whether a way can be
// gone it takes from the findings of the checks.
package paths

import (
	"cmp"
	"slices"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// Record is the decision with all that it was weighed by.
type Record struct {
	Goal        spec.Goal     `json:"goal"`
	Target      estate.Region `json:"target_region"`
	Wants       []spec.Want   `json:"wants"`
	Candidates  []Candidate   `json:"candidates"`
	Recommended spec.Path     `json:"recommended"`
	Reasons     []Reason      `json:"reasons"` // why, most weighty first
	Chosen      spec.Path     `json:"chosen"`
	ByHand      bool          `json:"chosen_by_spec,omitzero"` // the spec names the path, whatever is recommended
	Against     []string      `json:"against,omitzero"`        // what the chosen path does not give, or asks for
	// Desktop says how Quick on Desktop signs in on the chosen path, and what two ways of signing in cost; nil: Desktop is not wanted.
	Desktop *Desktop `json:"desktop,omitzero"`
}

// Reason is one want and what it calls for.
type Reason struct {
	Code   string      `json:"code"` // catalogue row
	Why    string      `json:"why"`
	Source diag.Source `json:"source"`
}

// Letter names a candidate as the runbook does.
type Letter string

// The candidates.
const (
	A Letter = "A" // Identity Center of the organization
	B Letter = "B" // federation
	C Letter = "C" // an account instance in the target Region; listed, not offered yet
)

// Candidate is one way, judged.
type Candidate struct {
	Letter   Letter    `json:"letter"`
	Path     spec.Path `json:"path,omitzero"` // empty: rehome does not offer it yet
	Name     string    `json:"name"`
	Feasible Verdict   `json:"feasible"`
	Why      []string  `json:"why,omitzero"`   // titles of the findings behind the verdict
	Codes    []string  `json:"codes,omitzero"` // their codes

	Authenticates     string        `json:"authenticates"`
	TouchesIdentity   bool          `json:"touches_identity_center"`
	TouchesKey        bool          `json:"touches_kms"`
	Effort            string        `json:"effort"`
	Actors            []string      `json:"actors"`
	Cost              string        `json:"cost"`
	Permanent         []string      `json:"permanent"`
	RequiresMigration bool          `json:"requires_migration"`
	Migration         string        `json:"migration,omitzero"` // what makes it necessary
	Sources           []diag.Source `json:"sources"`
}

// Verdict says whether a way can be gone. The zero value is that nobody knows.
type Verdict string

// The verdicts.
const (
	Unclear    Verdict = "not known"
	Feasible   Verdict = "feasible"
	Infeasible Verdict = "not feasible"
)

var (
	runbookNeeds = diag.Source{Doc: "runbook, sections 0 and 6: which path for which need", Date: "2026-06-06"}
	identityDoc  = diag.Source{Doc: "Amazon Quick user guide, using IAM Identity Center; identity methods cannot be changed", Date: "2026-06-06"}
	desktopDoc   = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments", Date: "2026-06-06"}
	accountDoc   = diag.Source{Doc: "blog on account instances of Identity Center; IAM Identity Center user guide (idc-kms 5.4)", Date: "2026-11-22"}
	keyCostDoc   = diag.Source{Doc: "AWS KMS pricing: 1 USD a month for each key and each replica, and requests", Date: "2026-11-22"}
)

// Choose weighs the ways. Findings are judged anew for each way, so that a path that the spec does not choose is judged as well.
func Choose(in check.Input) Record {
	r := Record{Goal: in.Spec.Goal, Target: in.Target(), Wants: in.Wants(), ByHand: in.Spec.Path != ""}
	r.Candidates = []Candidate{identityCenter(in), federation(in), accountInstance(in)}
	free, named := *in.Spec, in.Spec.Path
	free.Path = ""
	in.Spec = &free
	r.Recommended = in.Path()
	r.Reasons = reasons(r.Wants, r.Recommended)
	if in.Stays() && r.Recommended == spec.PathIdentityCenter {
		r.Reasons = append(r.Reasons, Reason{"PATH-10", "the account that is there is on Identity Center and has the identity Region; to keep it changes least: the Desktop sign-in needs a trusted token issuer there, and no account is deleted", desktopDoc})
	}
	r.turn()
	r.Chosen = cmp.Or(named, r.Recommended)
	r.Against = r.against()
	r.Desktop = desktop(in, r.Chosen)
	return r
}

// turn takes the other way where the recommended one cannot be gone and the other can.
func (r *Record) turn() {
	for _, c := range r.Candidates {
		if c.Path != r.Recommended || c.Feasible != Infeasible {
			continue
		}
		for _, other := range r.Candidates {
			if other.Path != "" && other.Path != c.Path && other.Feasible != Infeasible {
				r.Recommended = other.Path
				r.Reasons = append([]Reason{{"PATH-13", "path " + string(c.Letter) + " would fit what is wanted and cannot be gone: " + join(c.Codes), runbookNeeds}}, reasons(r.Wants, other.Path)...)
				return
			}
		}
	}
}

// needsOf is what each want calls for, most weighty first.
var needsOf = []struct {
	want   spec.Want
	calls  spec.Path
	reason Reason
}{
	{spec.WantPropagation, spec.PathIdentityCenter, Reason{"PATH-08", "a person's identity reaches the data services only when it comes from Identity Center", runbookNeeds}},
	{spec.WantGroups, spec.PathIdentityCenter, Reason{"PATH-08", "groups that the identity provider provisions reach Quick through Identity Center only", runbookNeeds}},
	{spec.WantIsolation, spec.PathFederation, Reason{"PATH-11", "the organization's Identity Center stays untouched: federation, or an account instance in the target Region", runbookNeeds}},
	{spec.WantLeastChange, spec.PathFederation, Reason{"PATH-10", "federation changes neither Identity Center nor any key", runbookNeeds}},
	{spec.WantSamePeople, spec.PathIdentityCenter, Reason{"PATH-07", "the same people on the web and on the Desktop are one identity in Identity Center", runbookNeeds}},
	{spec.WantDesktop, "", Reason{"PATH-01", "Quick on Desktop works on either path, with the identity Region that it asks for", desktopDoc}},
	{spec.WantWeb, "", Reason{"PATH-02", "Quick on the web works on either path, in any identity Region", runbookNeeds}},
}

// reasons are those of the wants that call for the path, then those that call for none; the Desktop alone calls for federation.
func reasons(wants []spec.Want, path spec.Path) []Reason {
	var calls, rest []Reason
	for _, n := range needsOf {
		switch {
		case !slices.Contains(wants, n.want):
		case n.want == spec.WantDesktop && !slices.Contains(wants, spec.WantWeb) && path == spec.PathFederation:
			calls = append(calls, Reason{"PATH-10", "Quick on Desktop alone needs no Identity Center: the app signs in at the identity provider", runbookNeeds})
		case n.calls == path:
			calls = append(calls, n.reason)
		case n.calls == "":
			rest = append(rest, n.reason)
		}
	}
	return append(calls, rest...)
}

// against says which wants the chosen path does not meet, and what stands in its way.
func (r Record) against() []string {
	var out []string
	for _, n := range needsOf {
		if n.calls != "" && n.calls != r.Chosen && slices.Contains(r.Wants, n.want) {
			out = append(out, string(n.want)+" is wanted: "+n.reason.Why)
		}
	}
	if r.ByHand && r.Chosen != r.Recommended {
		out = append(out, "the spec chooses path "+string(r.Chosen)+" although "+string(r.Recommended)+" is recommended")
	}
	return out
}
