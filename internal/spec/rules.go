package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
)

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
		if !slices.Contains([]Goal{GoalDesktop, GoalWebOnly, GoalSingleRegion}, s.Goal) {
			return fmt.Sprintf("goal is %q; choose desktop, web-only or single-region", s.Goal)
		}
		return ""
	}},
	{"/path", func(s *Spec) string {
		if !slices.Contains([]Path{"", PathIdentityCenter, PathFederation}, s.Path) {
			return fmt.Sprintf("path is %q; choose identity-center or federation", s.Path)
		}
		return ""
	}},
	{"/want", func(s *Spec) string {
		for _, w := range s.Want {
			if !slices.Contains(Wants, w) {
				return fmt.Sprintf("want: %q is nothing that a path is chosen by; choose from %s", w, join(Wants))
			}
		}
		return ""
	}},
	{"/identity_source", func(s *Spec) string {
		if !slices.Contains([]estate.IdentitySource{"", estate.SourceExternal, estate.SourceDirectory, estate.SourceActiveDirectory}, s.IdentitySource) {
			return fmt.Sprintf("identity_source is %q; choose external, directory or active-directory", s.IdentitySource)
		}
		return ""
	}},
	{"/delegated_administrator", func(s *Spec) string {
		if s.DelegatedAdministrator == nil {
			return ""
		}
		return missing("delegated_administrator.account", string(s.DelegatedAdministrator.Account))
	}},
	{"/applications", func(s *Spec) string {
		for _, a := range s.Applications {
			for _, v := range []estate.Support{a.CustomerKey, a.AdditionalRegions} {
				if !slices.Contains([]estate.Support{"", estate.Supported, estate.Unsupported}, v) {
					return fmt.Sprintf("applications: %q is neither yes nor no, in quotes", v)
				}
			}
			if a.Provider == "" || a.Source.Doc == "" {
				return "applications: each row needs provider and source.doc, where it was read"
			}
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
	{"/assets", badAssets},
	{"/sign_in", badSignIn},
	{"/sign_in/registered", func(s *Spec) string {
		if s.SignIn == nil || s.SignIn.Registered == nil {
			return ""
		}
		r := s.SignIn.Registered
		if _, err := time.Parse(time.DateOnly, r.Date); err != nil || r.By == "" || r.Name == "" || r.Issuer == "" || r.ClientID == "" {
			return "sign_in.registered: it needs the entry's name and values, by, and a date as YYYY-MM-DD"
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

func join[T ~string](all []T) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
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
		if a.Statement != AttestNoAssets && a.Statement != AttestRights {
			return fmt.Sprintf("attest: unknown statement %q; known are %q and %q", a.Statement, AttestNoAssets, AttestRights)
		}
		if _, err := time.Parse(time.DateOnly, a.Date); err != nil || a.Region == "" || a.By == "" || a.Reason == "" {
			return "attest: each entry needs region, statement, by, date (YYYY-MM-DD) and reason"
		}
	}
	return ""
}
