package estate

import "fmt"

// Quick is the Amazon Quick account of an AWS account.
type Quick struct {
	Name           string      `json:"name"`
	Edition        string      `json:"edition"`
	Authentication string      `json:"authentication"`
	Email          string      `json:"notification_email"`
	Status         QuickStatus `json:"status"`
	InstanceARN    InstanceARN `json:"instance_arn,omitzero"`
	// IdentityRegion is the Region that anchors users, groups, namespaces, index and Desktop; it is fixed when the account is made.
	IdentityRegion        Known[Region]                 `json:"identity_region,omitzero"`
	TerminationProtection Known[bool]                   `json:"termination_protection,omitzero"`
	Namespaces            Known[map[string]Namespace]   `json:"namespaces,omitzero"`
	Roles                 Known[map[QuickRole][]string] `json:"roles,omitzero"` // groups by role
	Assets                map[Region]Known[[]Asset]     `json:"assets,omitzero"`
	// ExtensionAccess are the entries for Quick on Desktop, by name. No API shows them: a survey holds what somebody has recorded.
	ExtensionAccess Known[map[string]ExtensionAccess] `json:"extension_access,omitzero"`
}

// QuickStatus is AccountSubscriptionStatus; AWS does not document its values (quick-api 1.4).
type QuickStatus string

// The statuses that clients have collected.
const (
	QuickCreating          QuickStatus = "SIGNUP_ATTEMPT_IN_PROGRESS"
	QuickCreated           QuickStatus = "ACCOUNT_CREATED"
	QuickOK                QuickStatus = "OK" // older accounts
	QuickCreationFailed    QuickStatus = "CREATION_FAILED"
	QuickUnsubscribing     QuickStatus = "UNSUBSCRIBE_IN_PROGRESS"
	QuickUnsubscribed      QuickStatus = "UNSUBSCRIBED"
	QuickUnsubscribeFailed QuickStatus = "UNSUBSCRIBE_FAILED"
)

// Live reports whether the account exists and works.
func (s QuickStatus) Live() bool { return s == QuickCreated || s == QuickOK }

// AuthIdentityCenter is the authentication method of an account whose people come from Identity Center.
const AuthIdentityCenter = "IAM_IDENTITY_CENTER"

// QuickRole is a role that groups can be mapped to.
type QuickRole string

// QuickRoles are the six roles in the order in which the sign-up form names them (quick-api 4.2).
var QuickRoles = []QuickRole{"ADMIN", "ADMIN_PRO", "AUTHOR", "AUTHOR_PRO", "READER", "READER_PRO"}

// DefaultNamespace is the namespace that every account has; Identity Center accounts have no other.
const DefaultNamespace = "default"

// Namespace is a partition of users and groups.
type Namespace struct {
	CapacityRegion Region                      `json:"capacity_region,omitzero"`
	Status         string                      `json:"status"` // CREATED, CREATING, DELETING, …FAILURE
	IdentityStore  string                      `json:"identity_store"`
	ApplicationARN ARN                         `json:"application_arn,omitzero"`
	InstanceARN    InstanceARN                 `json:"instance_arn,omitzero"`
	Users          Known[map[string]QuickUser] `json:"users,omitzero"`  // by user name
	Groups         Known[map[string][]string]  `json:"groups,omitzero"` // members by group name; empty in Identity Center accounts
}

// QuickUser is a person in a namespace.
type QuickUser struct {
	Email        string `json:"email"`
	Role         string `json:"role"`
	IdentityType string `json:"identity_type"`
	Active       bool   `json:"active"`
}

// QuickARN names a thing in Quick. Users, groups and namespaces carry the identity Region, assets their own.
func QuickARN(region Region, account AccountID, resource string) ARN {
	return ARN(fmt.Sprintf("arn:aws:quicksight:%s:%s:%s", region, account, resource))
}
