// Package iam is the twin's AWS Identity and Access Management, as far as a caller asks what it may do: the policy simulator, and the
// path of a role. It must not change anything: roles come from the world. It answers in every Region, as clients that are told an
// endpoint sign for their own Region and not for IAM's.
package iam

import (
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// Service is IAM for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "iam", IAM: "iam",
		Handlers: map[string]kernel.Handler{"GetRole": getRole, "SimulatePrincipalPolicy": simulatePrincipalPolicy},
		Resource: resource,
	}
}

// resource is the role that a call is about. One that is not there is asked about under the name of the call.
func resource(r *kernel.Request) string {
	var in struct{ RoleName, PolicySourceArn string }
	if r.Decode(&in) != nil || in.PolicySourceArn != "" {
		return in.PolicySourceArn
	}
	return string(kernel.RoleARN(r.Account, in.RoleName, r.Estate().Accounts[r.Account].Roles[in.RoleName]))
}

func noSuchEntity(what string) *kernel.Error {
	return kernel.Errorf("NoSuchEntity", "%s cannot be found.", what).WithStatus(404)
}

type role struct {
	Path       string
	RoleName   string
	RoleID     string           `xml:"RoleId"`
	ARN        string           `xml:"Arn"`
	CreateDate kernel.Timestamp // the twin's first instant: the estate holds no dates of roles
}

// getRole leaves the trust policy out: a world does not say who may use a role.
func getRole(r *kernel.Request) (any, error) {
	var in struct{ RoleName string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	c, ok := r.Role(r.Account, in.RoleName)
	if !ok {
		return nil, noSuchEntity("The role with name " + in.RoleName)
	}
	arn := c.Principal.RoleARN
	path := strings.TrimSuffix(strings.SplitN(arn, ":role", 2)[1], in.RoleName)
	return struct{ Role role }{role{path, in.RoleName, kernel.RoleID(arn), arn, kernel.Timestamp(r.Started())}}, nil
}

// source finds the role that the simulator is asked about, in the caller's own account.
func source(r *kernel.Request, arn estate.ARN) (kernel.Caller, error) {
	name := string(arn[strings.LastIndex(string(arn), "/")+1:])
	c, ok := r.Role(r.Account, name)
	if !ok || c.Principal.RoleARN != string(arn) {
		return c, noSuchEntity("The user or role with name " + name)
	}
	return c, nil
}
