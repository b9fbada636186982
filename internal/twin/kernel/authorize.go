package kernel

import (
	"strconv"
	"time"

	"rehome/internal/estate"
	"rehome/internal/policy"
)

// usable reports whether the account may call the Region: one that is not enabled by default needs an opt-in. Of Regions that are
// enabled by default nobody needs to have looked.
func (k *Kernel) usable(account estate.AccountID, region estate.Region) (bool, error) {
	status, listed := k.state.Estate.Accounts[account].Regions.Or(nil)[region]
	if !listed && !k.defaults[region] {
		return false, DoesNotKnow("accounts", string(account), "regions", string(region))
	}
	return !listed || status.Usable(), nil
}

// Usable reports whether the account may call the Region; it is an error when nobody looked.
func (r *Request) Usable(account estate.AccountID, region estate.Region) (bool, error) {
	return r.k.usable(account, region)
}

// authorize asks the identity policies of an IAM principal. Service principals have none (idc-kms 4.1).
func (k *Kernel) authorize(s Service, r *Request) error {
	actions, special := s.Actions[r.Operation]
	if !special {
		actions = []string{s.IAM + ":" + r.Operation}
	}
	if r.Caller.IsService() {
		return nil
	}
	resource := "*"
	if s.Resource != nil {
		resource = s.Resource(r)
	}
	for _, action := range actions {
		if err := r.Authorize(action, resource, r.PolicyContext(r.Account)); err != nil {
			return err
		}
	}
	return nil
}

// Authorize asks the caller's own policies for an action in the caller's account, which no resource has a say in. The error is AWS's
// refusal, or names what the twin does not know. A service principal has no policies, so this refuses it.
func (r *Request) Authorize(action, resource string, c policy.Context) error {
	v := policy.AuthorizeIdentity(r.Layers(nil), policy.Request{Principal: r.Caller.Principal, Action: action, Resource: resource, Context: c})
	switch v.Decision {
	case policy.Allow:
		return nil
	case policy.Deny:
		return AccessDenied(r.Caller, action, resource, v.Reason)
	default:
		return r.Undecided(v, r.Account, "accounts", string(r.Account), "roles")
	}
}

// PolicyContext holds the condition keys of the call, by the kind of caller (idc-kms 4.5); owner is the resource's account. What
// depends on an organization that nobody looked at is unknown, and so are the organization's paths, which the estate does not hold.
func (r *Request) PolicyContext(owner estate.AccountID) policy.Context {
	now := r.Now().UTC()
	c := policy.Context{}.With("aws:RequestedRegion", string(r.Region)).With("aws:SecureTransport", "true").
		With("aws:CurrentTime", now.Format(time.RFC3339)).With("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	via := r.Caller.Via
	if len(via) > 0 {
		c = c.With("kms:ViaService", trimSuffix(via[len(via)-1])+"."+string(r.Region)+".amazonaws.com")
	}
	c = r.withOrganization(c, owner, "aws:ResourceOrgID", "aws:ResourceOrgPaths")
	if r.Caller.IsService() || len(via) == 0 {
		c = c.With("aws:CalledVia").With("aws:CalledViaFirst").With("aws:CalledViaLast")
	}
	if r.Caller.IsService() {
		c = c.With("aws:ViaAWSService", "false").With("aws:SourceIp") // INFERRED, idc-kms 4.5
		if r.Caller.SourceAccount != "" {
			c = c.With("aws:SourceAccount", string(r.Caller.SourceAccount))
			c = r.withOrganization(c, r.Caller.SourceAccount, "aws:SourceOrgID", "aws:SourceOrgPaths")
		}
		if r.Caller.SourceARN != "" {
			c = c.With("aws:SourceArn", string(r.Caller.SourceARN))
		}
		return c
	}
	c = r.withOrganization(c, r.Caller.Account(), "aws:PrincipalOrgID", "aws:PrincipalOrgPaths")
	if len(via) == 0 {
		return c.With("aws:ViaAWSService", "false")
	}
	return c.With("aws:ViaAWSService", "true").With("aws:CalledVia", via...).
		With("aws:CalledViaFirst", via[0]).With("aws:CalledViaLast", via[len(via)-1])
}

// withOrganization adds the organization of an account. Every account of a world is a member of the world's organization.
func (r *Request) withOrganization(c policy.Context, account estate.AccountID, id, paths string) policy.Context {
	org := r.k.state.Estate.Organization
	_, member := r.k.state.Estate.Accounts[account]
	switch o, ok := org.Get(); {
	case !org.Looked() || !member:
		return c.WithUnknown(id, paths)
	case !ok:
		return c
	default:
		return c.With(id, o.ID).WithUnknown(paths)
	}
}
