// Package quicksight is the twin's Amazon Quick: the subscription's life, settings, namespaces, the people that Identity Center gives it,
// role memberships, and the assets with their permissions, tags, folders, schedules and bundles. It must not keep people of its own for
// Identity Center accounts: it reads them from the Identity Store whenever somebody asks. It must not understand what is in a definition,
// and it must not keep a secret.
package quicksight

import (
	"fmt"
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	eventCreated   = "quicksight/created"           // Subject: account
	eventNamespace = "quicksight/namespace-created" // Subject: account
	eventDeleted   = "quicksight/deleted"           // Subject: account
)

// Service is Quick for a kernel.
func Service() kernel.Service {
	s := kernel.Service{ID: "quicksight", IAM: "quicksight",
		Handlers: map[string]kernel.Handler{
			"CreateAccountSubscription":   createAccountSubscription,
			"DescribeAccountSubscription": describeAccountSubscription,
			"DeleteAccountSubscription":   deleteAccountSubscription,
			"DescribeAccountSettings":     describeAccountSettings,
			"UpdateAccountSettings":       updateAccountSettings,
			"ListNamespaces":              listNamespaces,
			"DescribeNamespace":           describeNamespace,
			"CreateNamespace":             forIdentityCenter,
			"DeleteNamespace":             deleteNamespace,
			"ListUsers":                   listUsers,
			"DescribeUser":                describeUser,
			"DeleteUser":                  deleteUser,
			"RegisterUser":                forIdentityCenter,
			"ListGroups":                  listGroups,
			"DescribeGroup":               describeGroup,
			"CreateGroup":                 forIdentityCenter,
			"DeleteGroup":                 deleteGroup,
			"ListGroupMemberships":        listGroupMemberships,
			"CreateRoleMembership":        createRoleMembership,
			"DeleteRoleMembership":        deleteRoleMembership,
			"ListRoleMemberships":         listRoleMemberships,
			"CreateSpace":                 createSpace,
		},
		Events: map[string]kernel.EventHandler{eventCreated: created, eventNamespace: namespaceCreated, eventDeleted: deleted,
			eventIngested: ingested, eventExport: exported, eventImport: imported},
		// quick-api 1.1, 1.5: the older actions count as well, and a deny on either wins.
		Actions: map[string][]string{
			"CreateAccountSubscription": {"quicksight:CreateAccountSubscription", "quicksight:Subscribe"},
			"DeleteAccountSubscription": {"quicksight:DeleteAccountSubscription", "quicksight:Unsubscribe"},
		},
		Gate: gate,
		Site: site(),
	}
	for _, kind := range assetLists {
		s.Handlers[kind.operation] = kind.list
	}
	maps.Copy(s.Handlers, assetHandlers())
	return s
}

// answer adds the request id that every answer of Quick carries; its Status is the HTTP status and not in the body (quick-api 7).
func answer(r *kernel.Request, body map[string]any) map[string]any {
	body["RequestId"] = r.RequestID
	return body
}

// bound lists what only the identity Region answers. For role memberships, namespaces of other kinds and deletions of people it is
// INFERRED by the same rule (quick-api 2).
var bound = []string{"DeleteAccountSubscription", "DescribeAccountSettings", "UpdateAccountSettings",
	"ListNamespaces", "DescribeNamespace", "CreateNamespace", "DeleteNamespace",
	"ListUsers", "DescribeUser", "RegisterUser", "DeleteUser", "ListGroups", "DescribeGroup", "CreateGroup", "DeleteGroup", "ListGroupMemberships",
	"CreateRoleMembership", "DeleteRoleMembership", "ListRoleMemberships"}

// gate refuses, before anybody's rights are looked at, what belongs to the identity Region (quick-api 2 and 7). What else is wrong
// with a call is found later.
func gate(r *kernel.Request) error {
	if !slices.Contains(bound, r.Operation) {
		return nil
	}
	q, err := signedUp(r)
	if err != nil {
		return nil
	}
	region, _, err := kernel.Need(q.IdentityRegion, at(r, "identity_region")...)
	if err == nil && region != r.Region {
		err = denied("Operation is being called from endpoint %s, but your identity region is %s. Please use the %s endpoint.", r.Region, region, region)
	}
	return err
}

// own refuses a call about another account.
func own(r *kernel.Request, id estate.AccountID) error {
	if id != r.Account {
		return denied("User: %s is not authorized to access account %s", r.Caller.Principal.ARN, id)
	}
	return nil
}

// subscription is the account's Quick account; ok is false when there is none, or none any more.
func subscription(r *kernel.Request) (q estate.Quick, ok bool, err error) {
	q, ok, err = kernel.Need(r.Estate().Accounts[r.Account].Quick, "accounts", string(r.Account), "quick")
	return q, ok && q.Status != estate.QuickUnsubscribed, err
}

func at(r *kernel.Request, more ...string) []string {
	return append([]string{"accounts", string(r.Account), "quick"}, more...)
}

// edit changes the Quick account in the state.
func edit(r *kernel.Request, change func(*estate.Quick)) {
	kernel.EditAt(r.Estate().Accounts, r.Account, func(a *estate.Account) { kernel.Edit(&a.Quick, change) })
}

// signedUp is the account for calls that need one; it answers with Quick's own text when there is none (quick-api 1.7).
func signedUp(r *kernel.Request) (estate.Quick, error) {
	q, ok, err := subscription(r)
	if err == nil && (!ok || q.Status == estate.QuickCreating || q.Status == estate.QuickCreationFailed) {
		err = notFound("Account %s is not signed up with QuickSight with namespace default", r.Account)
	}
	return q, err
}

// account is signedUp for calls that name the account; the gate has seen to the Region where that matters.
func account(r *kernel.Request, id estate.AccountID) (estate.Quick, error) {
	if err := own(r, id); err != nil {
		return estate.Quick{}, err
	}
	return signedUp(r)
}

// The statuses are Quick's own (quick-api 7).
func denied(format string, args ...any) *kernel.Error {
	return kernel.Errorf("AccessDeniedException", format, args...).WithStatus(401)
}

func notFound(format string, args ...any) *kernel.Error {
	return kernel.Errorf("ResourceNotFoundException", format, args...).WithStatus(404)
}

func exists(format string, args ...any) *kernel.Error {
	return kernel.Errorf("ResourceExistsException", format, args...).WithStatus(409)
}

func unmet(format string, args ...any) *kernel.Error {
	return kernel.Errorf("PreconditionNotMetException", format, args...)
}

func limitExceeded(format string, args ...any) *kernel.Error {
	return kernel.Errorf("LimitExceededException", format, args...).WithStatus(409)
}

func notModelled(format string, args ...any) *kernel.Error {
	return kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model "+format, args...).WithStatus(501)
}

func invalid(format string, args ...any) *kernel.Error {
	return kernel.Errorf("InvalidParameterValueException", format, args...)
}

// forIdentityCenter are operations that accounts of Identity Center refuse, as their people, groups and namespaces come from there. Of
// users and groups the text is AWS's (quick-api 4.2), of namespaces it is INFERRED. For other accounts the twin does not model them.
func forIdentityCenter(r *kernel.Request) (any, error) {
	var in struct{ AwsAccountId estate.AccountID }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := account(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	if q.Authentication == estate.AuthIdentityCenter {
		return nil, denied("Operation is disabled for identities managed by IAM Identity Center")
	}
	return nil, notModelled("quicksight:%s for accounts without Identity Center", r.Operation)
}

// paging is in the query; the list of templates spells one member differently (quick-api 7).
type paging struct {
	NextToken  string `json:"next-token"`
	MaxResults int    `json:"max-results,string"`
	MaxResult  int    `json:"max-result,string"`
}

func page[T any](r *kernel.Request, member string, all []T, p paging) (any, error) {
	items, next, ok := kernel.Page(r, all, p.NextToken, max(p.MaxResults, p.MaxResult), 100)
	if !ok {
		return nil, kernel.Errorf("InvalidNextTokenException", "The NextToken value isn't valid.")
	}
	body := map[string]any{member: items}
	if next != "" {
		body["NextToken"] = next
	}
	return answer(r, body), nil
}

func arn(r *kernel.Request, region estate.Region, format string, args ...any) estate.ARN {
	return estate.QuickARN(region, r.Account, fmt.Sprintf(format, args...))
}
