// Package quicksight is the twin's Amazon Quick at account level: the subscription's life, settings, namespaces, the people that
// Identity Center gives it, role memberships, and lists of assets. It must not keep people of its own for Identity Center accounts:
// it reads them from the Identity Store whenever somebody asks.
package quicksight

import (
	"fmt"

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
			"RegisterUser":                forIdentityCenter,
			"ListGroups":                  listGroups,
			"DescribeGroup":               describeGroup,
			"CreateGroup":                 forIdentityCenter,
			"ListGroupMemberships":        listGroupMemberships,
			"CreateRoleMembership":        createRoleMembership,
			"DeleteRoleMembership":        deleteRoleMembership,
			"ListRoleMemberships":         listRoleMemberships,
			"CreateSpace":                 createSpace,
		},
		Events: map[string]kernel.EventHandler{eventCreated: created, eventNamespace: namespaceCreated, eventDeleted: deleted},
		// quick-api 1.1, 1.5: the older actions count as well, and a deny on either wins.
		Actions: map[string][]string{
			"CreateAccountSubscription": {"quicksight:CreateAccountSubscription", "quicksight:Subscribe"},
			"DeleteAccountSubscription": {"quicksight:DeleteAccountSubscription", "quicksight:Unsubscribe"},
		}}
	for _, kind := range assetLists {
		s.Handlers[kind.operation] = kind.list
	}
	return s
}

// answer adds what every answer of Quick carries.
func answer(r *kernel.Request, body map[string]any) map[string]any {
	body["RequestId"], body["Status"] = r.RequestID, 200
	return body
}

// own refuses a call about another account.
func own(r *kernel.Request, id estate.AccountID) error {
	if id != r.Account {
		return kernel.Errorf("AccessDeniedException", "User: %s is not authorized to access account %s", r.Caller.Principal.ARN, id).WithStatus(401)
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
		err = kernel.Errorf("ResourceNotFoundException", "Account %s is not signed up with QuickSight with namespace default", r.Account).WithStatus(404)
	}
	return q, err
}

// home is signedUp for calls that only the identity Region answers (quick-api 2).
func home(r *kernel.Request, id estate.AccountID) (estate.Quick, error) {
	if err := own(r, id); err != nil {
		return estate.Quick{}, err
	}
	q, err := signedUp(r)
	if err != nil {
		return q, err
	}
	region, _, err := kernel.Need(q.IdentityRegion, at(r, "identity_region")...)
	if err == nil && region != r.Region {
		err = kernel.Errorf("AccessDeniedException", "Operation is being called from endpoint %s, but your identity region is %s. Please use the %s endpoint.",
			r.Region, region, region).WithStatus(401)
	}
	return q, err
}

func invalid(format string, args ...any) error {
	return kernel.Errorf("InvalidParameterValueException", format, args...)
}

// forIdentityCenter are operations that accounts of Identity Center refuse (quick-api 4.2); for others the twin does not model them.
func forIdentityCenter(r *kernel.Request) (any, error) {
	var in struct{ AwsAccountId estate.AccountID }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := home(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	if q.Authentication == estate.AuthIdentityCenter {
		return nil, kernel.Errorf("AccessDeniedException", "Operation is disabled for identities managed by IAM Identity Center").WithStatus(401)
	}
	return nil, kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model quicksight:%s for accounts without Identity Center", r.Operation).WithStatus(501)
}

type paging struct {
	NextToken  string `json:"next-token"`
	MaxResults int    `json:"max-results,string"`
}

func page[T any](r *kernel.Request, member string, all []T, p paging) (any, error) {
	items, next, ok := kernel.Page(r, all, p.NextToken, p.MaxResults, 100)
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
