package policy

// Layers are the policies that decide. The zero value of each field after
// IdentityKnown means that there is no such policy; what nobody read is said
// by Unread, or by a nil document in place of a text.
type Layers struct {
	// Resource is the key policy of the key in the Region of the call; nil: not read.
	Resource *Document
	// Identity are all policies attached to an IAM caller. They do not matter
	// for services, anonymous callers and the root user.
	Identity []*Document
	// IdentityKnown: Identity is complete. False: there may be more, which may
	// allow or deny anything.
	IdentityKnown bool
	// Grants are those of the key in the Region of the call.
	Grants Grants
	// Boundary is the permissions boundary of the user or role.
	Boundary Limit
	// Session are the session policies; together they must allow.
	Session Limit
	// SCPs are the service control policies of the caller's account, one Limit
	// for the organization's root, each unit on the way and the account itself.
	// Each level must allow. They do not bind callers of the management account,
	// services and service-linked roles (idc-kms 4.1 step 3).
	SCPs []Limit
	// RCPs are the resource control policies of the key's account, level by level
	// like SCPs, RCPFullAWSAccess among them. They bind services too, but not
	// service-linked roles, and protect nothing in the management account
	// (AWS Organizations: Resource control policies).
	RCPs []Limit
	// Management is the organization's management account. "" is not known:
	// what SCPs and RCPs refuse is then Unknown.
	Management string
}

// Limit is a set of policies of which one must allow and none may deny. The
// zero value is no limit at all.
type Limit struct {
	Policies []*Document // a nil document is a policy that nobody read
	Unread   bool        // there may be more, which may allow or deny anything
}

func (l Limit) none() bool { return len(l.Policies) == 0 && !l.Unread }

// Grants are the grants of a key. The zero value: there are none.
type Grants struct {
	List   []Grant
	Unread bool // there may be more
}

// Grant is one grant, by the names that ListGrants gives to its parts.
type Grant struct {
	ID string // "" is named by its place in Grants.List, "#1"
	// GranteePrincipal is the ARN of an account, user, role or session;
	// GranteeServicePrincipal ("sso.amazonaws.com") takes its place.
	GranteePrincipal        string
	GranteeServicePrincipal string
	Operations              []string // "Decrypt"
	Constraints             GrantConstraints
}

// GrantConstraints narrow a grant; a nil map or "" constrains nothing. Names of
// the encryption context ignore case, values do not (idc-kms 2.8).
type GrantConstraints struct {
	EncryptionContextEquals map[string]string
	EncryptionContextSubset map[string]string
	SourceArn               string // must be the request's aws:SourceArn
}
