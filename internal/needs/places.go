package needs

import (
	"slices"
	"strings"

	"rehome/internal/diag"
)

// Place says in which Regions of an instance of Identity Center something can be done. The zero value: no document says.
type Place string

// The places.
const (
	PrimaryOnly Place = "primary"   // in the primary Region alone
	AnyRegion   Place = "any"       // in every Region that is enabled for the instance
	Connected   Place = "connected" // in the Region that the application was created from
	Nowhere     Place = "nowhere"   // of what can be done in an additional Region: nothing, not even looking
)

// Task is one row of the table of who may do what where.
type Task struct {
	Name   string
	Manage Place // where it can be changed
	Look   Place // where it can at least be read
	Source diag.Source
	// Calls that change and calls that only look, as service:Operation; a star at the end stands for the rest of a name. A task without
	// calls has no API.
	Changes, Looks []string
}

var (
	tasksByRegion = diag.Source{Doc: "Extending access to AWS across Regions with IAM Identity Center, administration tasks by Region; user guide, API support in additional Regions (idc-kms 1.7)", Date: "2026-11-22"}
	keyHome       = diag.Source{Doc: "ReplicateKey and UpdatePrimaryRegion API references (idc-kms 2.1)", Date: "2026-11-22"}
)

// Tasks are the eleven tasks of Identity Center in the order in which AWS lists them. It is made anew at each call.
func Tasks() []Task {
	out := []Task{
		{Name: "people and groups", Manage: PrimaryOnly, Look: AnyRegion,
			Changes: []string{"identitystore:Create*", "identitystore:Update*", "identitystore:Delete*"},
			Looks:   []string{"identitystore:List*", "identitystore:Describe*", "identitystore:Get*", "identitystore:IsMemberInGroups"}},
		{Name: "ending people's sessions", Manage: AnyRegion, Look: AnyRegion},
		{Name: "the instance itself: key, Regions, trusted token issuers, attributes", Manage: PrimaryOnly, Look: AnyRegion,
			Changes: []string{"sso:UpdateInstance", "sso:AddRegion", "sso:RemoveRegion", "sso:DeleteInstance", "sso:CreateTrustedTokenIssuer", "sso:UpdateTrustedTokenIssuer",
				"sso:DeleteTrustedTokenIssuer", "sso:CreateInstanceAccessControl*", "sso:UpdateInstanceAccessControl*", "sso:DeleteInstanceAccessControl*"},
			Looks: []string{"sso:ListInstances", "sso:DescribeInstance", "sso:ListRegions", "sso:DescribeRegion", "sso:ListTrustedTokenIssuers", "sso:DescribeTrustedTokenIssuer"}},
		{Name: "who may use an application", Manage: Connected, Look: Connected,
			Changes: []string{"sso:CreateApplicationAssignment", "sso:DeleteApplicationAssignment", "sso:PutApplicationAssignmentConfiguration"},
			Looks:   []string{"sso:ListApplicationAssignments*", "sso:DescribeApplicationAssignment", "sso:GetApplicationAssignmentConfiguration"}},
		{Name: "passing a person's identity on between applications", Manage: Connected, Look: Connected},
		{Name: "turning an application on and off", Manage: Connected, Look: AnyRegion, Changes: []string{"sso:UpdateApplication"}},
		{Name: "the connection to the identity provider", Manage: PrimaryOnly, Look: AnyRegion},
		{Name: "a new application of one's own", Manage: AnyRegion, Look: AnyRegion, Changes: []string{"sso:CreateApplication"},
			Looks: []string{"sso:ListApplicationProviders", "sso:DescribeApplicationProvider"}},
		{Name: "reaching AWS accounts through the access portal", Manage: AnyRegion, Look: AnyRegion},
		{Name: "the settings of an application", Manage: Connected, Look: AnyRegion,
			Changes: []string{"sso:DeleteApplication", "sso:PutApplication*", "sso:DeleteApplication*"},
			Looks:   []string{"sso:ListApplications", "sso:DescribeApplication", "sso:ListApplication*", "sso:GetApplication*"}},
		{Name: "permission sets and account assignments", Manage: PrimaryOnly, Look: Nowhere,
			Changes: []string{"sso:CreatePermissionSet", "sso:UpdatePermissionSet", "sso:DeletePermissionSet", "sso:ProvisionPermissionSet", "sso:CreateAccountAssignment",
				"sso:DeleteAccountAssignment", "sso:Attach*", "sso:Detach*", "sso:PutInlinePolicyToPermissionSet", "sso:PutPermissionsBoundaryToPermissionSet"},
			Looks: []string{"sso:ListPermissionSets*", "sso:DescribePermissionSet*", "sso:ListAccountAssignment*", "sso:ListAccountsForProvisionedPermissionSet", "sso:GetInlinePolicyForPermissionSet"}},
	}
	for i := range out {
		out[i].Source = tasksByRegion
	}
	return out
}

// keyTasks are the calls about a multi-Region key that only its primary Region takes.
var keyTasks = Task{Name: "copies of a key", Manage: PrimaryOnly, Look: AnyRegion, Source: keyHome, Changes: []string{"kms:ReplicateKey", "kms:UpdatePrimaryRegion"}}

// Where says in which Regions of an instance a call can be made; empty when no row of the table speaks of it. The service is named as
// in IAM actions ("sso") or as the command line names it ("sso-admin").
func Where(service, operation string) Place {
	if service == "sso-admin" {
		service = sso
	}
	call := service + ":" + operation
	for _, t := range append(Tasks(), keyTasks) {
		if slices.ContainsFunc(t.Changes, func(p string) bool { return fits(p, call) }) {
			return t.Manage
		}
	}
	for _, t := range append(Tasks(), keyTasks) {
		if !slices.ContainsFunc(t.Looks, func(p string) bool { return fits(p, call) }) {
			continue
		}
		if t.Look == Nowhere {
			return PrimaryOnly
		}
		return t.Look
	}
	return ""
}

func fits(pattern, call string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return open && strings.HasPrefix(call, prefix) || pattern == call
}
