// Package sts is the twin's AWS Security Token Service: who am I, and sessions of the world's roles. Who may assume a role is not
// modelled beyond the external id; it must not hand out anything that a real AWS account would accept.
package sts

import (
	"regexp"
	"strings"
	"time"

	"rehome/internal/estate"
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
	return identity{UserID: roleID(p.RoleARN) + ":" + p.ARN[strings.LastIndex(p.ARN, "/")+1:], Account: p.Account, ARN: p.ARN}, nil
}

// roleID is the unique id of a role, as AWS writes it before a colon and the session's name.
func roleID(arn string) string { return "AROA" + strings.ToUpper(kernel.ID("role", "", arn)[:17]) }

type assumeRoleInput struct {
	RoleARN    estate.ARN `json:"RoleArn"`
	Session    string     `json:"RoleSessionName"`
	ExternalID string     `json:"ExternalId"`
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
	account := in.RoleARN.Account()
	name := string(in.RoleARN[strings.LastIndex(string(in.RoleARN), "/")+1:])
	role, exists := r.Estate().Accounts[account].Roles[name]
	if !exists || kernel.RoleARN(account, name, role) != in.RoleARN || role.External != "" && role.External != in.ExternalID {
		return nil, kernel.Errorf("AccessDeniedException", "%s is not authorized to perform: sts:AssumeRole on resource: %s", r.Caller, in.RoleARN).WithStatus(403)
	}
	// Clients judge expiry by the wall, which the twin does not read: sessions end after a number of calls (estate.Role) or never.
	never := time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
	c := kernel.NewSession(account, name, in.Session)
	var out assumedRole
	out.Credentials.AccessKeyID, out.Credentials.SecretAccessKey, out.Credentials.SessionToken = c.AccessKeyID, c.SecretAccessKey, c.SessionToken
	out.Credentials.Expiration = kernel.Timestamp(never)
	out.AssumedRoleUser.AssumedRoleID = roleID(string(in.RoleARN)) + ":" + in.Session
	out.AssumedRoleUser.ARN = "arn:aws:sts::" + string(account) + ":assumed-role/" + name + "/" + in.Session
	return out, nil
}
