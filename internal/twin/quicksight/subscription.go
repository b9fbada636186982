package quicksight

import (
	"regexp"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// provider is the application provider of Quick. It is not documented; only a third party shows this prefix (idc-kms 5.1, INFERRED).
const provider = "arn:aws:sso::aws:applicationProvider/quicksight"

var accountName = regexp.MustCompile(`^[\da-zA-Z]+(-*[\da-zA-Z])*$`)

type signup struct {
	AwsAccountId                                                                        estate.AccountID
	AccountName, AuthenticationMethod, NotificationEmail, Edition                       string
	FirstName, LastName, EmailAddress, ContactNumber                                    string
	IAMIdentityCenterInstanceArn                                                        estate.InstanceARN
	AdminGroup, AdminProGroup, AuthorGroup, AuthorProGroup, ReaderGroup, ReaderProGroup []string
}

func (in signup) groups() map[estate.QuickRole][]string {
	out := map[estate.QuickRole][]string{"ADMIN": in.AdminGroup, "ADMIN_PRO": in.AdminProGroup, "AUTHOR": in.AuthorGroup, "AUTHOR_PRO": in.AuthorProGroup,
		"READER": in.ReaderGroup, "READER_PRO": in.ReaderProGroup}
	for role, list := range out {
		if list == nil {
			out[role] = []string{}
		}
	}
	return out
}

// native is the method of accounts whose people are Quick's own or come by IAM federation.
const native = "IAM_AND_QUICKSIGHT"

// check refuses what is wrong with the request alone (quick-api 1.1). AWS calls Edition optional and does not say what follows from
// leaving it out; it is refused here, INFERRED from the choice of two that the documentation offers. Regions that take Identity
// Center only are documented, how they refuse is INFERRED. A Region that was once said not to offer sign-up by API is no obstacle
// (INFERRED: the sentence is gone from AWS's newest model).
func (in signup) check(region estate.Region) error {
	switch {
	case len(in.AccountName) > 62 || !accountName.MatchString(in.AccountName) || len(in.AccountName) > 1 && (in.AccountName[:2] == "d-" || in.AccountName[:2] == "D-"):
		return invalid("The account name %q is not valid.", in.AccountName)
	case in.NotificationEmail == "":
		return invalid("NotificationEmail is required.")
	case !slices.Contains([]string{"ENTERPRISE", "ENTERPRISE_AND_Q"}, in.Edition):
		return invalid("Edition %q is not valid for a new account.", in.Edition)
	case in.Edition == "ENTERPRISE_AND_Q" && (in.FirstName == "" || in.LastName == "" || in.EmailAddress == "" || in.ContactNumber == ""):
		return invalid("FirstName, LastName, EmailAddress and ContactNumber are required for ENTERPRISE_AND_Q.")
	case in.AuthenticationMethod != estate.AuthIdentityCenter && slices.Contains(estate.Regions().IdCOnly, region):
		return invalid("In %s accounts can only use IAM Identity Center.", region)
	case in.AuthenticationMethod == native:
		return nil
	case in.AuthenticationMethod != estate.AuthIdentityCenter:
		return notModelled("sign-up with %s", in.AuthenticationMethod)
	case len(in.AdminGroup)+len(in.AdminProGroup) == 0:
		return invalid("One or more required attributes for identity center are missing: Admin or Admin Pro group")
	case in.IAMIdentityCenterInstanceArn == "":
		return notModelled("sign-up with Identity Center without the instance's ARN: AWS does not say where it looks")
	}
	return nil
}

// createAccountSubscription signs up. The Region of the call becomes the identity Region. The order of the calls to Identity Center
// and the Identity Store is INFERRED from the two errors that the runbook met.
func createAccountSubscription(r *kernel.Request) (any, error) {
	var in signup
	err := r.Decode(&in)
	if err == nil {
		err = own(r, in.AwsAccountId)
	}
	if err == nil {
		err = in.check(r.Region)
	}
	if err == nil {
		err = vacant(r, in.AccountName)
	}
	if err != nil {
		return nil, err
	}
	fresh := in.account(r)
	if in.AuthenticationMethod == estate.AuthIdentityCenter {
		if err := in.join(r, &fresh); err != nil {
			return nil, err
		}
	}
	edit(r, func(q *estate.Quick) {
		namespaces := q.Namespaces.Or(map[string]estate.Namespace{}) // those that somebody added outlive a deletion
		namespaces[estate.DefaultNamespace] = fresh.Namespaces.Or(nil)[estate.DefaultNamespace]
		fresh.Namespaces = estate.Of(namespaces)
		*q = fresh
	})
	r.After(r.Takes(estate.TimeQuickCreated), kernel.Event{Kind: eventCreated, Subject: string(r.Account)})
	response := map[string]any{"IAMUser": in.AuthenticationMethod == native, "accountName": in.AccountName, "directoryType": in.AuthenticationMethod}
	return answer(r, map[string]any{"SignupResponse": response}), nil
}

// account is a new account of Quick's own people: who signs up is its first administrator (INFERRED).
func (in signup) account(r *kernel.Request) estate.Quick {
	_, name, _ := strings.Cut(r.Caller.Principal.ARN, "assumed-role/")
	first := map[string]estate.QuickUser{name: {Email: in.NotificationEmail, Role: "ADMIN", IdentityType: "IAM", Active: true}}
	return estate.Quick{Name: in.AccountName, Edition: in.Edition, Authentication: in.AuthenticationMethod, Email: in.NotificationEmail,
		Status: estate.QuickCreating, IdentityRegion: estate.Of(r.Region), TerminationProtection: estate.Of(true), Roles: estate.Absent[map[estate.QuickRole][]string](),
		Assets: noAssets(r), Namespaces: estate.Of(map[string]estate.Namespace{estate.DefaultNamespace: {CapacityRegion: r.Region, Status: "CREATING",
			IdentityStore: "QUICKSIGHT", Users: estate.Of(first), Groups: estate.Of(map[string][]string{})}})}
}

// join registers the account in Identity Center, where its people come from.
func (in signup) join(r *kernel.Request, q *estate.Quick) error {
	instance := in.IAMIdentityCenterInstanceArn
	app, err := register(r, instance)
	if err == nil {
		err = assign(r, instance, app, in.groups())
	}
	q.InstanceARN, q.Roles = instance, estate.Of(in.groups())
	kernel.EditAt(q.Namespaces.Or(nil), estate.DefaultNamespace, func(n *estate.Namespace) {
		n.ApplicationARN, n.InstanceARN, n.Users = app, instance, estate.Known[map[string]estate.QuickUser]{}
	})
	return err
}

// vacant: one subscription per account, and a name that nobody holds in the world or by its registry. Both texts, and the type of the
// second, are INFERRED (quick-api 1.1 and 1.5).
func vacant(r *kernel.Request, name string) error {
	q, ok, err := subscription(r)
	if err != nil {
		return err
	}
	if ok && q.Status != estate.QuickCreationFailed {
		return exists("Account %s is subscribed to Quick already.", r.Account)
	}
	registered := r.Knobs().Names[name]
	taken := registered == "held" || registered == "taken"
	for id, a := range r.Estate().Accounts {
		other, ok := a.Quick.Get()
		taken = taken || ok && id != r.Account && other.Name == name && other.Status != estate.QuickUnsubscribed
	}
	if taken {
		return exists("The account name %s is in use.", name)
	}
	return nil
}

// noAssets is the certainty that a new account has none, in every Region that the account may use.
func noAssets(r *kernel.Request) map[estate.Region]estate.Known[[]estate.Asset] {
	out := map[estate.Region]estate.Known[[]estate.Asset]{}
	for _, region := range estate.Regions().Quick {
		if ok, err := r.Usable(r.Account, region); ok && err == nil {
			out[region] = estate.Of([]estate.Asset{})
		}
	}
	return out
}

func created(r *kernel.Request, _ kernel.Event) error {
	edit(r, func(q *estate.Quick) { q.Status = estate.QuickCreated })
	r.After(r.Takes(estate.TimeNamespaceCreated), kernel.Event{Kind: eventNamespace, Subject: string(r.Account)})
	return nil
}

func namespaceCreated(r *kernel.Request, _ kernel.Event) error {
	edit(r, func(q *estate.Quick) {
		kernel.Edit(&q.Namespaces, func(all *map[string]estate.Namespace) {
			kernel.EditAt(*all, estate.DefaultNamespace, func(n *estate.Namespace) { n.Status = "CREATED" })
		})
	})
	return nil
}

// describeAccountSubscription answers from any Region. After a deletion it says UNSUBSCRIBED (quick-api 1.2).
func describeAccountSubscription(r *kernel.Request) (any, error) {
	var in struct{ AwsAccountId estate.AccountID }
	err := r.Decode(&in)
	if err == nil {
		err = own(r, in.AwsAccountId)
	}
	if err != nil {
		return nil, err
	}
	q, ok, err := kernel.Need(r.Estate().Accounts[r.Account].Quick, at(r)...)
	if err == nil && !ok {
		err = notFound("Account information for account %s is not found.", r.Account)
	}
	if err != nil {
		return nil, err
	}
	info := map[string]any{"AccountName": q.Name, "Edition": q.Edition, "NotificationEmail": q.Email, "AuthenticationType": q.Authentication, "AccountSubscriptionStatus": q.Status}
	if q.InstanceARN != "" {
		info["IAMIdentityCenterInstanceArn"] = q.InstanceARN
	}
	return answer(r, map[string]any{"AccountInfo": info}), nil
}

// deleteAccountSubscription is answered in the identity Region only, and only without termination protection (quick-api 1.5).
func deleteAccountSubscription(r *kernel.Request) (any, error) {
	var in struct{ AwsAccountId estate.AccountID }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := account(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	protected, _, err := kernel.Need(q.TerminationProtection, at(r, "termination_protection")...)
	switch {
	case err != nil:
		return nil, err
	case protected:
		return nil, unmet("Termination protection is enabled for account %s.", r.Account)
	case q.Edition == "STANDARD" && !r.ByPerson: // the console takes it; INFERRED type and text
		return nil, unmet("An account of the STANDARD edition cannot be deleted by API.")
	case q.Status == estate.QuickUnsubscribing: // INFERRED type and text
		return nil, unmet("The account %s is being deleted.", r.Account)
	}
	edit(r, func(q *estate.Quick) { q.Status = estate.QuickUnsubscribing })
	r.After(r.Takes(estate.TimeQuickDeleted), kernel.Event{Kind: eventDeleted, Subject: string(r.Account)})
	return answer(r, map[string]any{}), nil
}

// deleted removes everything in every Region but the namespaces that somebody added. The Identity Center application goes too, unless
// the world keeps it (INFERRED either way).
func deleted(r *kernel.Request, _ kernel.Event) error {
	q, _, err := kernel.Need(r.Estate().Accounts[r.Account].Quick, at(r)...)
	if err != nil {
		return err
	}
	added := q.Namespaces.Or(nil)
	app := added[estate.DefaultNamespace].ApplicationARN
	if app != "" && !r.Knobs().KeepApplication {
		// Where Identity Center refuses, the application stays, as with the knob.
		_ = r.Call(itself(r), "sso-admin", r.Region, "DeleteApplication", map[string]any{"ApplicationArn": app}, nil)
	}
	delete(added, estate.DefaultNamespace)
	r.DropAssets()
	for _, key := range r.Records("quicksight/" + string(r.Account) + "/") {
		r.DropRecord(key)
	}
	edit(r, func(q *estate.Quick) {
		*q = estate.Quick{Name: q.Name, Edition: q.Edition, Authentication: q.Authentication, Email: q.Email, Status: estate.QuickUnsubscribed, Namespaces: q.Namespaces}
	})
	return nil
}

func describeAccountSettings(r *kernel.Request) (any, error) {
	var in struct{ AwsAccountId estate.AccountID }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := account(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	if q.Edition == "STANDARD" { // quick-api 1.3
		return nil, denied("This operation is disabled for STANDARD Edition")
	}
	protected, _, err := kernel.Need(q.TerminationProtection, at(r, "termination_protection")...)
	return answer(r, map[string]any{"AccountSettings": map[string]any{"AccountName": q.Name, "Edition": q.Edition, "DefaultNamespace": estate.DefaultNamespace,
		"NotificationEmail": q.Email, "PublicSharingEnabled": false, "TerminationProtectionEnabled": protected}}), err
}

// updateAccountSettings: what is left out of the request counts as off, because the SDKs leave a false out (INFERRED of AWS).
func updateAccountSettings(r *kernel.Request) (any, error) {
	var in struct {
		AwsAccountId                 estate.AccountID
		DefaultNamespace             string
		NotificationEmail            string
		TerminationProtectionEnabled bool
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if _, err := account(r, in.AwsAccountId); err != nil {
		return nil, err
	}
	if in.DefaultNamespace != estate.DefaultNamespace {
		return nil, invalid("DefaultNamespace must be default.")
	}
	edit(r, func(q *estate.Quick) {
		q.TerminationProtection = estate.Of(in.TerminationProtectionEnabled)
		if in.NotificationEmail != "" {
			q.Email = in.NotificationEmail
		}
	})
	return answer(r, map[string]any{}), nil
}
