// Package sts is the twin's AWS Security Token Service: who am I, and sessions of the world's roles. Who may assume a role is not
// modelled beyond the external id; it must not hand out anything that a real AWS account would accept.
package sts

import (
	"regexp"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/policy"
	"rehome/internal/twin/kernel"
)

// Service is STS for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "sts", IAM: "sts",
		Handlers: map[string]kernel.Handler{"GetCallerIdentity": getCallerIdentity, "AssumeRole": assumeRole},
		Actions:  map[string][]string{"GetCallerIdentity": nil}, // needs no permission (AWS STS API reference)
		Resource: func(r *kernel.Request) string {
			in, _ := decode(r)
			return string(in.RoleARN)
		},
	}
}

type identity struct {
	UserID  string `xml:"UserId"`
	Account string
	ARN     string `xml:"Arn"`
}

func getCallerIdentity(r *kernel.Request) (any, error) {
	p := r.Caller.Principal
	return identity{UserID: kernel.RoleID(p.RoleARN) + ":" + p.ARN[strings.LastIndex(p.ARN, "/")+1:], Account: p.Account, ARN: p.ARN}, nil
}

type assumeRoleInput struct {
	RoleARN    estate.ARN `json:"RoleArn"`
	Session    string     `json:"RoleSessionName"`
	ExternalID string     `json:"ExternalId"`
	Policy     string
	PolicyARNs []any `json:"PolicyArns"`
}

func decode(r *kernel.Request) (in assumeRoleInput, err error) {
	err = r.Decode(&in)
	return in, err
}

type assumedRole struct {
	Credentials struct {
		AccessKeyID     string `xml:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      kernel.Timestamp
	}
	AssumedRoleUser struct {
		AssumedRoleID string `xml:"AssumedRoleId"`
		ARN           string `xml:"Arn"`
	}
}

// maxPolicy is the size of a session policy in characters (AWS STS API reference, AssumeRole).
const maxPolicy = 2048

// checkPolicy refuses session policies that AWS refuses, and those that are known by ARN only. AWS's wordings are not known.
func (in assumeRoleInput) checkPolicy() error {
	if len(in.PolicyARNs) > 0 {
		return kernel.NotModelled("session policies by ARN")
	}
	if len(in.Policy) > maxPolicy {
		return kernel.Errorf("ValidationError", "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to %d", maxPolicy)
	}
	if in.Policy == "" {
		return nil
	}
	if _, err := policy.Parse(in.Policy); err != nil {
		return kernel.Errorf("MalformedPolicyDocument", "%v", err)
	}
	return nil
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func assumeRole(r *kernel.Request) (any, error) {
	in, err := decode(r)
	if err != nil {
		return nil, err
	}
	if !sessionName.MatchString(in.Session) {
		return nil, kernel.Errorf("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: "+
			`Member must satisfy regular expression pattern: [\w+=,.@-]*`, in.Session)
	}
	if err := in.checkPolicy(); err != nil {
		return nil, err
	}
	account := in.RoleARN.Account()
	name := string(in.RoleARN[strings.LastIndex(string(in.RoleARN), "/")+1:])
	role, exists := r.Estate().Accounts[account].Roles[name]
	if !exists || kernel.RoleARN(account, name, role) != in.RoleARN || role.External != "" && role.External != in.ExternalID {
		return nil, kernel.Errorf("AccessDeniedException", "%s is not authorized to perform: sts:AssumeRole on resource: %s", r.Caller, in.RoleARN).WithStatus(403)
	}
	// Clients judge expiry by the wall, which the twin does not read: sessions end after a number of calls (estate.Role) or never.
	never := time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
	c := kernel.NewSession(account, name, in.Session, in.Policy)
	var out assumedRole
	out.Credentials.AccessKeyID, out.Credentials.SecretAccessKey, out.Credentials.SessionToken = c.AccessKeyID, c.SecretAccessKey, c.SessionToken
	out.Credentials.Expiration = kernel.Timestamp(never)
	out.AssumedRoleUser.AssumedRoleID = kernel.RoleID(string(in.RoleARN)) + ":" + in.Session
	out.AssumedRoleUser.ARN = "arn:aws:sts::" + string(account) + ":assumed-role/" + name + "/" + in.Session
	return out, nil
}
