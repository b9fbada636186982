package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

var (
	replicationDoc     = diag.Source{Doc: "idc-kms fact sheet 1.2, 1.5, 1.7 (IAM Identity Center multi-Region)", Date: "2026-11-22"}
	delegationDoc      = diag.Source{Doc: "IAM Identity Center user guide, delegated administration; which account makes the key: multi-Region walkthrough (idc-kms 1.5, 5.4)", Date: "2026-11-22"}
	accountInstanceDoc = diag.Source{Doc: "IAM Identity Center user guide, organization and account instances (idc-kms 5.4)", Date: "2026-11-22"}
	groupsDoc          = diag.Source{Doc: "CreateAccountSubscription API reference (quick-api 1.1); runbook step A5", Date: "2026-11-22"}
)

func organization(in Input) []diag.Finding {
	if !in.organized() {
		return nil
	}
	f := diag.Finding{Code: "IDC-24", Subject: "organization", Title: "the organization and its management account are known", Source: []diag.Source{replicationDoc}}
	org := in.Survey.Estate.Organization
	switch o, ok := org.Get(); {
	case !org.Looked():
		f.Title = "nobody could look at the organization"
		return unknown(f, "/organization", org.Why())
	case !ok:
		f.Title, f.Cause = "the account belongs to no organization", "an organization instance of Identity Center needs one"
		f.Fix = "name an account of the organization in the spec, or create the organization first"
		return failed(f, diag.Evidence{Path: "/organization", Seen: "none"})
	case o.ManagementAccount != in.Spec.Management.Account:
		f.Title = fmt.Sprintf("the management account is %s, the spec says %s", o.ManagementAccount, in.Spec.Management.Account)
		f.Cause, f.Fix = "steps on the key would run in the wrong account", "set management.account in the spec to "+string(o.ManagementAccount)
		return failed(f, diag.Evidence{Path: "/organization/management_account", Seen: string(o.ManagementAccount)})
	}
	return passed(f)
}

// delegatedAdministrator: keys are managed in the management account, all else in the delegated administrator's, if the spec names one.
// A key that is still to be made has to let every one of them in, so they must be known.
func delegatedAdministrator(in Input) []diag.Finding {
	if in.Spec.DelegatedAdministrator == nil && !in.switches() || !in.organized() {
		return nil
	}
	org, ok := in.Survey.Estate.Organization.Get()
	if !ok {
		return nil // organization says so
	}
	id := in.Spec.Administrator().Account
	f := diag.Finding{Code: "IDC-24", Subject: "organization/delegated-administrator", Owner: diag.ManagementAdmin, Source: []diag.Source{delegationDoc},
		Title: fmt.Sprintf("key steps run in the management account %s, the others in its delegated administrator %s", in.Spec.Management.Account, id)}
	if id == in.Spec.Management.Account {
		f.Title = "the delegated administrators of Identity Center, whom its new key has to let in, are known"
	}
	admins, _ := org.DelegatedAdministrators.Get()
	path := "/organization/delegated_administrators"
	switch {
	case !org.DelegatedAdministrators.Looked():
		f.Title = "nobody could look who administers Identity Center for the management account"
		return unknown(f, path, org.DelegatedAdministrators.Why())
	case id != in.Spec.Management.Account && !slices.Contains(admins, id):
		f.Title, f.Cause = fmt.Sprintf("account %s is no delegated administrator of Identity Center", id), "steps on the instance would be refused there"
		f.Fix = fmt.Sprintf("aws organizations register-delegated-administrator --account-id %s --service-principal sso.amazonaws.com, or take delegated_administrator out of the spec", id)
		return failed(f, diag.Evidence{Path: path, Seen: orNone(accounts(admins))})
	}
	return passed(f)
}

func accounts(ids []estate.AccountID) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func instance(in Input) []diag.Finding {
	f := diag.Finding{Code: "IDC-01", Subject: "identity-center", Title: "the organization instance of Identity Center is known", Source: []diag.Source{replicationDoc}}
	if !in.organized() {
		return nil
	}
	idc := in.Survey.Estate.IdentityCenter
	switch inst, ok := idc.Get(); {
	case !idc.Looked():
		f.Title = "nobody could look for Identity Center"
		return unknown(f, "/identity_center", idc.Why())
	case !ok:
		f.Title, f.Owner = "there is no organization instance of Identity Center", diag.ManagementAdmin
		f.Cause, f.Fix = "none of the Regions that the survey asked shows one", "enable IAM Identity Center for the organization first"
		return failed(f, diag.Evidence{Path: "/identity_center", Seen: "none"})
	case inst.Status != "ACTIVE":
		f.Title, f.Cause = "Identity Center is "+inst.Status, "only an ACTIVE instance can serve a sign-up"
		f.Fix = "wait until it is ACTIVE, then run rehome survey again; aws sso-admin describe-instance shows it"
		return failed(f, diag.Evidence{Path: "/identity_center/status", Seen: inst.Status})
	}
	return passed(f)
}

// accountInstances lists the instances that serve one account only, so that nobody takes one for the organization's.
func accountInstances(in Input) []diag.Finding {
	var out []diag.Finding
	for _, id := range slices.Sorted(maps.Keys(in.Survey.Estate.Accounts)) {
		inst, ok := in.Survey.Estate.Accounts[id].AccountInstance.Get()
		if !ok {
			continue
		}
		out = append(out, noted(diag.Finding{Code: "IDC-01", Subject: "identity-center/account/" + string(id), Source: []diag.Source{accountInstanceDoc},
			Title:    fmt.Sprintf("account %s has an account instance of Identity Center of its own in %s; it serves that account only", id, inst.PrimaryRegion),
			Evidence: []diag.Evidence{{Path: fmt.Sprintf("/accounts/%s/account_instance", id), Seen: string(inst.ARN)}}})...)
	}
	return out
}

// instanceKind: only the organization's instance can span Regions and be encrypted with a customer's key.
func instanceKind(in Input) []diag.Finding {
	inst, ok := in.own()
	if !ok || in.Path() != spec.PathIdentityCenter {
		return nil
	}
	target := in.Target()
	f := diag.Finding{Code: "IDC-03", Subject: "identity-center", Owner: diag.ManagementAdmin, Source: []diag.Source{accountInstanceDoc},
		Title:    fmt.Sprintf("Quick uses the account instance of Identity Center in %s, where it is to be homed", inst.PrimaryRegion),
		Evidence: []diag.Evidence{{Path: fmt.Sprintf("/accounts/%s/account_instance", in.Spec.Quick.Account), Seen: "account instance in " + string(inst.PrimaryRegion)}}}
	if in.Spec.MovesQuick() && target != inst.PrimaryRegion {
		f.Title = fmt.Sprintf("Quick uses an account instance of Identity Center in %s, which cannot be replicated to %s", inst.PrimaryRegion, target)
		f.Cause = "an account instance has one Region and AWS's own key; only the organization's instance can be replicated"
		f.Fix = fmt.Sprintf("use the organization's instance for the new Quick account, or have an account instance in %s, or choose path: federation in the spec", target)
		return failed(f)
	}
	return passed(f)
}

func replication(in Input) []diag.Finding {
	inst, ok := in.instance()
	if !ok || in.Spec.Goal == spec.GoalSingleRegion {
		return nil
	}
	target := in.Target()
	f := diag.Finding{Code: "IDC-12", Subject: "identity-center/" + string(target), Owner: diag.ManagementAdmin, Source: []diag.Source{replicationDoc},
		Title: fmt.Sprintf("Identity Center is replicated to %s", target)}
	regions, known := inst.Regions.Get()
	state := regions[target]
	f.Evidence = []diag.Evidence{{Path: "/identity_center/regions/" + string(target), Seen: orNone(string(state))}}
	switch {
	case !inst.Regions.Looked():
		f.Title, f.Evidence = "nobody could look at the Regions of Identity Center", nil
		return unknown(f, "/identity_center/regions", inst.Regions.Why())
	case known && state == estate.RegionActive:
		return passed(f)
	case state == estate.RegionAdding:
		f.Title, f.Cause = fmt.Sprintf("Identity Center is still replicating to %s (the console says Replicating, the API ADDING)", target), "a replication takes 15 to 30 minutes"
		f.Owner, f.Fix = diag.AWS, "wait until it is ACTIVE, then run rehome survey again"
	case state == estate.RegionRemoving:
		f.Title, f.Cause = fmt.Sprintf("Identity Center is not replicated to %s", target), "it is being taken away from there (REMOVING), and a Region can be added again only when that has ended"
		f.Owner, f.Fix = diag.AWS, "wait until list-regions does not show it any more, then run rehome survey again"
	default:
		f.Title = fmt.Sprintf("Identity Center is not replicated to %s", target)
		f.Cause = fmt.Sprintf("it is homed in %s; a Quick account in %s reads users and groups there", inst.PrimaryRegion, target)
		f.Fix = fmt.Sprintf("aws sso-admin add-region --region %s --instance-arn %s --region-name %s", inst.PrimaryRegion, inst.ARN, target)
	}
	return failed(f)
}

// groups checks the groups of the sign-up: an administrators' group is a must, and each has to be readable where Quick will look.
func groups(in Input) []diag.Finding {
	inst, ok := in.instance()
	if !ok || in.Spec.Goal == spec.GoalSingleRegion {
		return nil
	}
	want := in.WantedGroups()
	target := in.Target()
	f := diag.Finding{Code: "SUB-06", Subject: "identity-center/" + string(target) + "/groups", Source: []diag.Source{groupsDoc},
		Title: fmt.Sprintf("the groups for Quick's roles are readable in %s", target)}
	wanted, known := want.Get()
	if !known {
		f.Title = "nobody knows which groups hold Quick's roles"
		return unknown(f, in.quickPath("/roles"), want.Why())
	}
	if len(wanted["ADMIN"])+len(wanted["ADMIN_PRO"]) == 0 {
		f.Title, f.Cause = "no group is named for Quick's administrators", "CreateAccountSubscription with Identity Center needs an ADMIN or ADMIN_PRO group"
		f.Fix = "add quick.groups.ADMIN to the spec"
		return failed(f, diag.Evidence{Path: in.quickPath("/roles/ADMIN"), Seen: "none"})
	}
	there := inst.GroupsAt[target]
	names, looked := there.Get()
	if !looked {
		f.Title = fmt.Sprintf("nobody could read groups in %s", target)
		return unknown(f, "/identity_center/groups_at/"+string(target), there.Why())
	}
	var gone []string
	for _, role := range estate.QuickRoles {
		for _, g := range wanted[role] {
			if !contains(names, g) {
				gone = append(gone, fmt.Sprintf("%s (%s)", g, role))
			}
		}
	}
	if len(gone) > 0 {
		f.Title = fmt.Sprintf("groups for Quick's roles do not exist in %s: %s", target, strings.Join(gone, ", "))
		f.Cause, f.Owner = "Quick names groups by their display name; a missing one fails the sign-up or leaves people out", diag.IdPAdmin
		f.Fix = "let the identity provider provision the groups, or change quick.groups in the spec"
		return failed(f, diag.Evidence{Path: "/identity_center/groups_at/" + string(target), Seen: orNone(strings.Join(names, ", "))})
	}
	return passed(f)
}

// WantedGroups are the groups by role that the new account gets: the spec's, else those of the account that is there.
func (in Input) WantedGroups() estate.Known[map[estate.QuickRole][]string] {
	if in.Spec.Quick.Groups != nil {
		return estate.Of(in.Spec.Quick.Groups)
	}
	q := in.quick()
	quick, ok := q.Get()
	if ok && !quick.Roles.IsAbsent() {
		return quick.Roles
	}
	if ok || q.IsAbsent() {
		return estate.Of(map[estate.QuickRole][]string{})
	}
	return estate.NotLooked[map[estate.QuickRole][]string](q.Why())
}

func contains(sorted []string, want string) bool {
	for _, s := range sorted {
		if s == want {
			return true
		}
	}
	return false
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
