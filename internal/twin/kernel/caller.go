package kernel

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/policy"
)

// Caller is who makes a call: an IAM principal or a service principal, itself or through other services. The four kinds of idc-kms
// 4.5 are the combinations.
type Caller struct {
	Principal policy.Principal
	// Via are the services that the request passed through, the first one first, as sso.amazonaws.com. With an IAM principal that
	// is a forward access session (FAS).
	Via []string
	// SourceAccount and SourceARN say for whose resource a service principal acts; empty for IAM principals.
	SourceAccount estate.AccountID
	SourceARN     estate.ARN

	session     *policy.Document // of AssumeRole; nil: none
	sessionText string           // what session was read from
}

// ServicePrincipal is a service that acts for itself on behalf of a resource. id is a word such as sso or quicksight.
func ServicePrincipal(id string, account estate.AccountID, source estate.ARN) Caller {
	return Caller{Principal: policy.Principal{Kind: policy.AWSService, Service: id + ".amazonaws.com"}, SourceAccount: account, SourceARN: source}
}

// Through is the same caller with its request handed on by one more service.
func (c Caller) Through(id string) Caller {
	c.Via = append(slices.Clip(c.Via), id+".amazonaws.com")
	return c
}

// IsService reports whether the caller is a service principal.
func (c Caller) IsService() bool { return c.Principal.Kind == policy.AWSService }

// Account is the caller's account; for a service principal the account for whose resource it acts.
func (c Caller) Account() estate.AccountID {
	if c.IsService() {
		return c.SourceAccount
	}
	return estate.AccountID(c.Principal.Account)
}

// Kind names the caller's column in idc-kms 4.5: iam, fas, service or service-via.
func (c Caller) Kind() string {
	switch {
	case c.IsService() && len(c.Via) > 0:
		return "service-via"
	case c.IsService():
		return "service"
	case len(c.Via) > 0:
		return "fas"
	default:
		return "iam"
	}
}

// String is the subject of AWS's denials: "User: ARN" or "Service: NAME".
func (c Caller) String() string {
	if c.IsService() {
		return "Service: " + c.Principal.Service
	}
	return "User: " + c.Principal.ARN
}

// AdministratorRole is the role of the access keys TWIN + account id: may do everything, and is not issued by Identity Center.
const AdministratorRole = "RehomeTwinAdministrator"

const administratorAccess = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

var administratorKey = regexp.MustCompile(`^TWIN[0-9]{12}$`)

func invalidToken() *Error {
	return Errorf("UnrecognizedClientException", "The security token included in the request is invalid.")
}

// identify finds the caller of an access key: the twin's administrator, a role of the world, or a session of AssumeRole. Real
// credentials are none of these and are refused.
func (k *Kernel) identify(accessKey, token string) (Caller, error) {
	if token != "" {
		return k.identifySession(accessKey, token)
	}
	if administratorKey.MatchString(accessKey) {
		return k.session(estate.AccountID(accessKey[4:]), AdministratorRole, "twin")
	}
	for account, a := range k.state.Estate.Accounts {
		for name, role := range a.Roles {
			if role.AccessKey != "" && role.AccessKey == accessKey {
				return k.session(account, name, "twin")
			}
		}
	}
	return Caller{}, invalidToken()
}

// session is a session of a role that exists.
func (k *Kernel) session(account estate.AccountID, role, name string) (Caller, error) {
	a, inWorld := k.state.Estate.Accounts[account]
	r, exists := a.Roles[role]
	if !inWorld || !exists && role != AdministratorRole {
		return Caller{}, invalidToken()
	}
	arn := RoleARN(account, role, r)
	return Caller{
		Principal: policy.Principal{
			Kind: policy.RoleSession, Account: string(account), RoleARN: string(arn),
			ARN: "arn:aws:sts::" + string(account) + ":assumed-role/" + role + "/" + name,
		},
	}, nil
}

// RoleARN is the ARN of a role of the world, path included.
func RoleARN(account estate.AccountID, name string, r estate.Role) estate.ARN {
	path := "/" + strings.Trim(r.Path, "/") + "/"
	if r.Path == "" || r.Path == "/" {
		path = "/"
	}
	return estate.ARN("arn:aws:iam::" + string(account) + ":role" + path + name)
}

// Credentials are what AssumeRole hands out. They follow from the role and the session's name, so nothing is kept of them.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

type ticket struct {
	Account estate.AccountID
	Role    string
	Session string
	Policy  string `json:",omitempty"`
}

func (t ticket) credentials() Credentials {
	text, _ := json.Marshal(t)
	id := strings.ToUpper(ID("session", string(t.Account), t.Role+"/"+t.Session+t.Policy))
	return Credentials{"TWINS" + id[:15], "twin-secret-" + id[15:43], base64.RawURLEncoding.EncodeToString(text)}
}

// NewSession gives the credentials of a session of a role. policy is its session policy, JSON text that parses; none when empty.
func NewSession(account estate.AccountID, role, session, policy string) Credentials {
	return ticket{account, role, session, policy}.credentials()
}

func (k *Kernel) identifySession(accessKey, token string) (Caller, error) {
	var t ticket
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(text, &t) != nil || t.credentials().AccessKeyID != accessKey {
		return Caller{}, invalidToken()
	}
	c, err := k.session(t.Account, t.Role, t.Session)
	if err == nil && t.Policy != "" {
		c.sessionText = t.Policy
		c.session, err = policy.Parse(t.Policy)
	}
	return c, err
}

// RoleID is the unique id of a role, as AWS writes it before a colon and the session's name.
func RoleID(arn string) string { return "AROA" + strings.ToUpper(ID("role", "", arn)[:17]) }

// expire counts the calls of a role whose credentials live for a number of calls only.
func (k *Kernel) expire(c Caller) error {
	for name, role := range k.state.Estate.Accounts[c.Account()].Roles {
		if role.ExpiresAfter > 0 && string(RoleARN(c.Account(), name, role)) == c.Principal.RoleARN {
			if k.count("calls "+c.Principal.ARN) > role.ExpiresAfter {
				return expired()
			}
		}
	}
	return nil
}

func expired() *Error {
	return Errorf("ExpiredTokenException", "The security token included in the request is expired")
}
