package estate

import "time"

// Estate is everything that is there, as far as anybody knows. The zero value knows nothing.
type Estate struct {
	Organization   Known[Organization]   `json:"organization,omitzero"`
	IdentityCenter Known[Instance]       `json:"identity_center,omitzero"` // the organization instance
	Accounts       map[AccountID]Account `json:"accounts,omitzero"`
}

// Organization is the AWS organization that the accounts belong to.
type Organization struct {
	ID                      string             `json:"id"` // o-…
	ManagementAccount       AccountID          `json:"management_account,omitzero"`
	DelegatedAdministrators Known[[]AccountID] `json:"delegated_administrators,omitzero"` // for Identity Center
}

// Account is one AWS account.
type Account struct {
	Name    string                      `json:"name,omitzero"`
	Regions Known[map[Region]OptStatus] `json:"regions,omitzero"`
	Roles   map[string]Role             `json:"roles,omitzero"` // by name; world data, no survey reads it
	Keys    map[KeyID]Key               `json:"keys,omitzero"`
	Quick   Known[Quick]                `json:"quick,omitzero"`
}

// OptStatus says whether an account may use a Region (Account Management API, RegionOptStatus).
type OptStatus string

// The statuses that matter; ENABLING and DISABLING count as not usable.
const (
	OptEnabledByDefault OptStatus = "ENABLED_BY_DEFAULT"
	OptEnabled          OptStatus = "ENABLED"
	OptDisabled         OptStatus = "DISABLED"
)

// Usable reports whether calls to the Region can succeed.
func (s OptStatus) Usable() bool { return s == OptEnabledByDefault || s == OptEnabled }

// Role is an IAM role as a world needs it: who may use it is not modelled, what it may do is.
type Role struct {
	Path      string   `json:"path,omitzero"` // "/" when empty
	AccessKey string   `json:"access_key,omitzero"`
	Policies  []string `json:"policies"` // identity policies, JSON text
	External  string   `json:"external_id,omitzero"`
	// ExpiresAfter is how many calls the role's credentials live; zero: for ever.
	ExpiresAfter int `json:"expires_after,omitzero"`
}

// Key is a KMS key with all its copies. What AWS keeps per Region is in Copies (idc-kms 2.1).
type Key struct {
	MultiRegion bool                      `json:"multi_region"`
	Primary     Region                    `json:"primary,omitzero"`
	Spec        string                    `json:"spec"`  // SYMMETRIC_DEFAULT
	Usage       string                    `json:"usage"` // ENCRYPT_DECRYPT
	Manager     string                    `json:"manager"`
	Copies      map[Region]Known[KeyCopy] `json:"copies"`
}

// KeyCopy is a key in one Region: policy and state are its own.
type KeyCopy struct {
	State       KeyState      `json:"state"`
	Policy      Known[string] `json:"policy,omitzero"` // JSON text as stored
	Description string        `json:"description,omitzero"`
}

// KeyState is the state of one copy of a key.
type KeyState string

// The key states (idc-kms 2.5).
const (
	KeyEnabled                KeyState = "Enabled"
	KeyDisabled               KeyState = "Disabled"
	KeyCreating               KeyState = "Creating"
	KeyUpdating               KeyState = "Updating"
	KeyPendingImport          KeyState = "PendingImport"
	KeyPendingDeletion        KeyState = "PendingDeletion"
	KeyPendingReplicaDeletion KeyState = "PendingReplicaDeletion"
	KeyUnavailable            KeyState = "Unavailable"
)

// Instance is the organization instance of IAM Identity Center.
type Instance struct {
	ARN             InstanceARN                    `json:"arn,omitzero"`
	Owner           AccountID                      `json:"owner,omitzero"`
	Name            string                         `json:"name,omitzero"`
	Status          string                         `json:"status"`
	IdentityStoreID string                         `json:"identity_store_id"`
	Created         time.Time                      `json:"created,omitzero"`
	PrimaryRegion   Region                         `json:"primary_region,omitzero"`
	Regions         Known[map[Region]ReplicaState] `json:"regions,omitzero"` // primary included
	Encryption      Known[Encryption]              `json:"encryption,omitzero"`
	Users           Known[map[UserID]User]         `json:"users,omitzero"`
	Groups          Known[map[GroupID]Group]       `json:"groups,omitzero"`
	// GroupsAt are the group names that each enabled Region's own endpoint showed; the survey's proof that they are readable there.
	GroupsAt     map[Region]Known[[]string] `json:"groups_at,omitzero"`
	Applications Known[map[ARN]Application] `json:"applications,omitzero"`
}

// ReplicaState is the status of an Identity Center Region: ADDING, ACTIVE or REMOVING (idc-kms 1.2).
type ReplicaState string

// The Region states of the API. The console says Replicating for ADDING and Replicated for ACTIVE.
const (
	RegionActive   ReplicaState = "ACTIVE"
	RegionAdding   ReplicaState = "ADDING"
	RegionRemoving ReplicaState = "REMOVING"
)

// Encryption is Identity Center's encryption at rest.
type Encryption struct {
	KeyType string `json:"key_type"` // AWS_OWNED_KMS_KEY or CUSTOMER_MANAGED_KEY
	KeyARN  ARN    `json:"key_arn,omitzero"`
	Status  string `json:"status"` // UPDATING, ENABLED, UPDATE_FAILED
	Reason  string `json:"reason,omitzero"`
}

// CustomerManagedKey is the key type of an instance that encrypts with the customer's own key.
const CustomerManagedKey = "CUSTOMER_MANAGED_KEY"

// User is a person in the Identity Store.
type User struct {
	UserName    string `json:"user_name"`
	DisplayName string `json:"display_name,omitzero"`
	GivenName   string `json:"given_name,omitzero"`
	FamilyName  string `json:"family_name,omitzero"`
	Email       string `json:"email,omitzero"`
}

// Group is a group in the Identity Store with the people in it.
type Group struct {
	DisplayName string          `json:"display_name"`
	Members     Known[[]UserID] `json:"members,omitzero"`
}

// Application is an application registered in Identity Center.
type Application struct {
	Name        string              `json:"name"`
	Provider    ARN                 `json:"provider"`
	Account     AccountID           `json:"account,omitzero"`
	Status      string              `json:"status"`
	CreatedFrom Region              `json:"created_from,omitzero"`
	Grants      Known[[]string]     `json:"grants,omitzero"`
	Assignments Known[[]Assignment] `json:"assignments,omitzero"`
}

// Assignment is a user or group that may use an application.
type Assignment struct {
	Principal string `json:"principal"`
	Type      string `json:"type"` // USER or GROUP
}
