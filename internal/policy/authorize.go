package policy

import "strings"

// The KMS operations without a key policy to ask: the resource is "*" and
// only identity policies decide (idc-kms 4.1; "AWS KMS permissions", policy type).
var iamOnly = actionSet("CreateKey ListKeys ListAliases ConnectCustomKeyStore CreateCustomKeyStore " +
	"DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore UpdateCustomKeyStore GenerateRandom")

// The KMS operations that principals of other accounts can be given (idc-kms
// 4.1; "Allowing users in other accounts to use a KMS key").
var crossAccount = actionSet("CreateGrant Decrypt DeriveSharedSecret DescribeKey Encrypt GenerateDataKey " +
	"GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac " +
	"GetKeyRotationStatus GetPublicKey ListGrants ReEncryptFrom ReEncryptTo RevokeGrant Sign Verify VerifyMac")

// actionSet holds actions in lower case, as actions are case-insensitive.
func actionSet(operations string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(operations) {
		set["kms:"+strings.ToLower(name)] = true
	}
	return set
}

// AuthorizeKey decides a KMS request by the algorithm of idc-kms 4.1.
func AuthorizeKey(l Layers, r Request) Verdict {
	if iamOnly[strings.ToLower(r.Action)] {
		if r.Resource == "" {
			r.Resource = "*"
		}
		return AuthorizeIdentity(l, r)
	}
	q := ask(r, l.statements())
	key, grants := judgeKey(l, q), judgeGrants(l, q)
	c := judgeCaller(l, q)
	scp, rcp := judgeSCPs(l, q), judgeRCPs(l, q)
	v := guarded(admit(key, grants, c, q), rcp, scp)
	v = overruled(v, veto{key.deny, LayerKey, ReasonResourceDeny}, c.identity.veto(), c.boundary.veto(), c.session.veto(), scp.veto(), rcp.veto())
	v.Trace = q.trace
	return v
}

// AuthorizeIdentity decides a request for a service whose resource policies do
// not matter, in the caller's own account, by the policies of the caller. For a
// service principal or a resource of another account the answer is at best
// Unknown, since the deciding policy is not among Layers. So it is where an RCP
// refuses: whether RCPs reach calls without a resource is not documented.
func AuthorizeIdentity(l Layers, r Request) Verdict {
	q := ask(r, l.statements())
	c := judgeCaller(l, q)
	scp, rcp := judgeSCPs(l, q), judgeRCPs(l, q).doubted()
	v := chain(c.identity, c.boundary, c.session)
	switch {
	case r.Principal.Kind == AWSService:
		v = Verdict{Reason: ReasonNotLooked, Layer: LayerResource}
	case v.Decision != Allow:
	case r.Principal.Account == "":
		v = Verdict{Reason: ReasonIncomplete}
	case r.ResourceAccount != "" && r.ResourceAccount != r.Principal.Account:
		v = Verdict{Reason: ReasonNotLooked, Layer: LayerResource}
	}
	v = overruled(guarded(v, rcp, scp), c.identity.veto(), c.boundary.veto(), c.session.veto(), scp.veto(), rcp.veto())
	v.Trace = q.trace
	return v
}

// admit decides as if nothing were denied explicitly and no organization had
// a say (idc-kms 4.1, steps 4 to 7).
func admit(key, grants outcome, c caller, q *asked) Verdict {
	p := &q.Principal
	var (
		own, role, account          = link(LayerKey, key.own), link(LayerKey, key.role), link(LayerKey, key.delegated)
		grant, roleGrant, lentGrant = link(LayerGrant, grants.own), link(LayerGrant, grants.role), link(LayerGrant, grants.delegated)
	)
	switch {
	case !p.iam():
		return either(chain(own), chain(grant))
	case p.Account == "" || q.ResourceAccount == "":
		return Verdict{Reason: ReasonIncomplete}
	case p.Account != q.ResourceAccount && !crossAccount[q.action]:
		return lacking(ReasonNotCrossAccount, LayerKey)
	case p.Account != q.ResourceAccount: // both sides must allow
		return either(
			chain(own, c.identity, c.boundary, c.session), chain(role, c.identity, c.boundary, c.session), c.delegated(account),
			chain(grant, c.identity, c.boundary, c.session), chain(roleGrant, c.identity, c.boundary, c.session), c.delegated(lentGrant))
	}
	// What a boundary means for a grant is documented nowhere.
	boundary, session := c.boundary.doubted(), c.session.doubted()
	return either(
		chain(own), chain(role, c.boundary, c.session), c.delegated(account),
		chain(grant, boundary, session), chain(roleGrant, boundary, session), c.delegated(lentGrant))
}
