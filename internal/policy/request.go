package policy

import (
	"maps"
	"slices"
	"strings"
)

// PrincipalKind is what sort of caller makes a request. The zero value is
// Anonymous, the caller with the fewest rights.
type PrincipalKind int

const (
	Anonymous PrincipalKind = iota
	IAMUser
	RoleSession // an assumed role, Identity Center's AWSReservedSSO_ roles among them
	AccountRoot // the root user itself, not "the account"
	AWSService  // a service principal acting for itself, not for a caller (FAS keeps the IAM principal)
)

func (k PrincipalKind) String() string {
	return nameOf(k, "anonymous", "IAM user", "role session", "account root user", "AWS service")
}

// Principal is the caller.
type Principal struct {
	Kind PrincipalKind
	// ARN of the user (with path), of the session
	// (arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION) or of the root user.
	ARN string
	// RoleARN is a session's role with its path, which is what AWS puts into
	// aws:PrincipalArn. "" means not known: what depends on it is unknown.
	RoleARN string
	Account string // 12 digits; "" for services and anonymous callers
	Service string // "sso.amazonaws.com"; "" for all but services
}

// iam says whether the caller is subject to identity policies.
func (p Principal) iam() bool {
	return p.Kind == IAMUser || p.Kind == RoleSession || p.Kind == AccountRoot
}

// Request is one authorization question.
type Request struct {
	Principal Principal
	Action    string // "kms:Decrypt"
	Resource  string // ARN; for keys the ARN in the Region of the call
	// ResourceAccount owns the resource. AuthorizeKey needs it; in
	// AuthorizeIdentity "" means the caller's own account.
	ResourceAccount string
	Context         Context
}

// Context holds condition keys beyond those that follow from the other fields
// of the Request. Names are case-insensitive (idc-kms 4.4). The zero value
// says of every key that it is certainly absent, except for keys that AWS
// always sends: of those silence means "not looked". What a Context says about
// a key wins over what would follow from the request. Contexts are immutable.
type Context struct {
	data map[string]datum // by lower-case name
}

// datum is what is known of one key; the zero value: certainly absent.
type datum struct {
	notLooked bool
	values    []string
}

func (d datum) absent() bool { return !d.notLooked && len(d.values) == 0 }

// With returns a copy in which key has values; without values it is certainly absent.
func (c Context) With(key string, values ...string) Context {
	return c.set(key, datum{values: slices.Clone(values)})
}

// WithUnknown returns a copy in which nobody looked at the keys.
func (c Context) WithUnknown(keys ...string) Context {
	for _, key := range keys {
		c = c.set(key, datum{notLooked: true})
	}
	return c
}

// WithEncryptionContext returns a copy with the kms:EncryptionContext:NAME keys
// and kms:EncryptionContextKeys of a cryptographic call (idc-kms 4.5). KMS sends
// neither with other operations, DescribeKey among them.
func (c Context) WithEncryptionContext(pairs map[string]string) Context {
	names := slices.Sorted(maps.Keys(pairs))
	for _, name := range names {
		c = c.With("kms:EncryptionContext:"+name, pairs[name])
	}
	return c.With("kms:EncryptionContextKeys", names...)
}

func (c Context) set(key string, d datum) Context {
	data := maps.Clone(c.data)
	if data == nil {
		data = map[string]datum{}
	}
	data[strings.ToLower(key)] = d
	return Context{data: data}
}
