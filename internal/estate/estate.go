package estate

import "time"

// Estate is everything that is there, as far as anybody knows. The zero value knows nothing.
type Estate struct {
	Organization   Known[Organization]   `json:"organization,omitzero"`
	IdentityCenter Known[Instance]       `json:"identity_center,omitzero"` // the organization instance
	Accounts       map[AccountID]Account `json:"accounts,omitzero"`
	// SignIn is what a look at the identity provider showed; no world holds it.
	SignIn Known[SignIn] `json:"sign_in,omitzero"`
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
	Buckets map[string]Region           `json:"buckets,omitzero"` // of Amazon S3, by name; world data, no survey reads it
	// AccountInstance is the account's own instance of Identity Center, which serves nobody else; there is at most one (idc-kms 1.2).
	AccountInstance Known[Instance] `json:"account_instance,omitzero"`
	// Controls are the organization's policies that bind the account.
	Controls Known[Controls] `json:"controls,omitzero"`
	// Rights are what AWS's own simulator says that the surveying caller may do, by action (SimulatePrincipalPolicy). No world holds it.
	Rights Known[map[string]Right] `json:"rights,omitzero"`
}

// Controls are the service and resource control policies on an account, from the organization's root down to the account. Every
// level has to allow a call. An empty list of levels means that this type of policy is not enabled.
type Controls struct {
	Service  []ControlLevel `json:"service,omitzero"`
	Resource []ControlLevel `json:"resource,omitzero"`
}

// ControlLevel is one root, organizational unit or account with the policies attached there, JSON text by name.
type ControlLevel struct {
	Target   string            `json:"target"` // r-…, ou-… or an account id
	Policies map[string]string `json:"policies"`
}

// Right is the decision of AWS's simulator about one action (PolicyEvaluationDecisionType).
type Right string

// The decisions.
const (
	RightAllowed      Right = "allowed"
	RightExplicitDeny Right = "explicitDeny"
	RightImplicitDeny Right = "implicitDeny"
)

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
	Policies  []string `json:"policies"`          // identity policies, JSON text
	Boundary  string   `json:"boundary,omitzero"` // permissions boundary, JSON text; none when empty
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
	// Tags are the copy's own (idc-kms 2.1); not looked at unless somebody asked for them.
	Tags Known[map[string]string] `json:"tags,omitzero"`
	// Deletion is when a copy in PendingDeletion will be gone; zero in every other state.
	Deletion time.Time        `json:"deletion,omitzero"`
	Grants   map[string]Grant `json:"grants,omitzero"` // by grant id; world data, no survey reads it
}

// Grant lets one grantee use a key copy beside the key policy (idc-kms 2.1).
type Grant struct {
	Name       string            `json:"name,omitzero"`
	Grantee    string            `json:"grantee,omitzero"`         // ARN; or
	Service    string            `json:"grantee_service,omitzero"` // a service principal
	Retiring   string            `json:"retiring,omitzero"`
	Operations []string          `json:"operations"`
	SourceARN  ARN               `json:"source_arn,omitzero"`
	Equals     map[string]string `json:"context_equals,omitzero"` // the whole encryption context
	Subset     map[string]string `json:"context_subset,omitzero"` // at least this of it
}

// Tags that rehome puts on a key it makes. CreateKey has no client token, so a key whose answer was lost is found by them.
const (
	TagCreatedBy = "CreatedBy"
	TagRun       = "rehome-run"
	CreatedByUs  = "rehome"
	// CreatedByIdentityCenter is the value of CreatedBy on a key that Identity Center made for itself (idc-kms 1.5).
	CreatedByIdentityCenter = "IAM Identity Center"
)

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

// IdentitySource is where the people of an instance come from.
type IdentitySource string

// The sources. Only Active Directory rules out further Regions (idc-kms 1.5).
const (
	SourceExternal        IdentitySource = "external"  // an external identity provider
	SourceDirectory       IdentitySource = "directory" // Identity Center's own directory
	SourceActiveDirectory IdentitySource = "active-directory"
)

// Leaving reports whether the copy is on its way out; it cannot be used, and can still be kept (CancelKeyDeletion).
func (s KeyState) Leaving() bool { return s == KeyPendingDeletion || s == KeyPendingReplicaDeletion }

// Instance is an instance of IAM Identity Center: the organization's, or an account's own.
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
	// IdentitySource is world data: no API tells it, so a survey never looks; the spec says it.
	IdentitySource Known[IdentitySource] `json:"identity_source,omitzero"`
	// UsersAt are the user names that each enabled Region's own endpoint showed for a sample of ids, for the proof of replication.
	UsersAt map[Region]Known[map[UserID]string] `json:"users_at,omitzero"`
	// TokenIssuers are the trusted token issuers. They are made at the primary Region and replicated (idc-kms 1.7, 5.2).
	TokenIssuers Known[map[ARN]TrustedTokenIssuer] `json:"trusted_token_issuers,omitzero"`
	// TokenIssuersAt are those that each enabled Region's own endpoint showed.
	TokenIssuersAt map[Region]Known[[]ARN] `json:"trusted_token_issuers_at,omitzero"`
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

// The key types of an instance (KmsKeyType).
const (
	CustomerManagedKey = "CUSTOMER_MANAGED_KEY"
	AWSOwnedKey        = "AWS_OWNED_KMS_KEY"
)

// The statuses of a change of key (KmsKeyStatus).
const (
	EncryptionUpdating = "UPDATING"
	EncryptionEnabled  = "ENABLED"
	EncryptionFailed   = "UPDATE_FAILED" // the key before stays in use
)

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
