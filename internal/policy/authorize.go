package policy

import "strings"

// Layers are the policies that decide. Grants, SCPs, RCPs, boundaries and
// session policies will be further fields whose zero value means "none apply".
type Layers struct {
	// Resource is the key policy of the key in the Region of the call; nil: not read.
	Resource *Document
	// Identity are all policies attached to an IAM caller. They do not matter
	// for services, anonymous callers and the root user.
	Identity []*Document
	// IdentityKnown: Identity is complete. False: there may be more, which may
	// allow or deny anything.
	IdentityKnown bool
}

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
	action := strings.ToLower(r.Action)
	if iamOnly[action] {
		if r.Resource == "" {
			r.Resource = "*"
		}
		return AuthorizeIdentity(l, r)
	}
	key, trace := judgeKey(l, r)
	identity, more := judgeIdentity(l, r)
	v := admit(key, identity, r, crossAccount[action])
	v = overrule(v, key.deny, identity.deny)
	v.Trace = append(trace, more...)
	return v
}

// AuthorizeIdentity decides a request for a service whose resource policies do
// not matter, in the caller's own account, by identity policies alone. For a
// service principal or a resource of another account the answer is at best
// Unknown, since the deciding policy is not among Layers.
func AuthorizeIdentity(l Layers, r Request) Verdict {
	identity, trace := judgeIdentity(l, r)
	v := allowed(identity.direct, LayerIdentity)
	switch {
	case r.Principal.Kind == AWSService:
		v = Verdict{Reason: ReasonNotLooked, Layer: LayerResource}
	case identity.direct.match == NoMatch:
		v = lacking(ReasonNoIdentityAllow, LayerIdentity)
	case identity.direct.match == MatchUnknown:
		v = unclear(identity.direct, LayerIdentity)
	case r.Principal.Account == "":
		v = Verdict{Reason: ReasonIncomplete}
	case r.ResourceAccount != "" && r.ResourceAccount != r.Principal.Account:
		v = Verdict{Reason: ReasonNotLooked, Layer: LayerResource}
	}
	v = overrule(v, hit{match: NoMatch}, identity.deny)
	v.Trace = trace
	return v
}

// admit decides as if nothing were denied explicitly (idc-kms 4.1, steps 4 to 7).
func admit(key, identity outcome, r Request, acrossAccounts bool) Verdict {
	switch {
	case !r.Principal.iam():
		return admitDirect(key.direct)
	case r.Principal.Account == "" || r.ResourceAccount == "":
		return Verdict{Reason: ReasonIncomplete}
	case r.Principal.Account != r.ResourceAccount && !acrossAccounts:
		return lacking(ReasonNotCrossAccount, LayerKey)
	case r.Principal.Account != r.ResourceAccount:
		return admitForeign(key, identity)
	case key.direct.match == Matched:
		return allowed(key.direct, LayerKey)
	}
	v := admitBoth(key.delegated, identity.direct)
	if v.Decision == Allow {
		v.Delegated = true
		return v
	}
	if key.direct.match == MatchUnknown {
		return unclear(key.direct, LayerKey)
	}
	return v
}

// admitDirect is for callers without identity policies.
func admitDirect(direct hit) Verdict {
	switch direct.match {
	case Matched:
		return allowed(direct, LayerKey)
	case NoMatch:
		return lacking(ReasonNoResourceAllow, LayerKey)
	}
	return unclear(direct, LayerKey)
}

// admitForeign is for callers of another account: the key policy must let them
// or their account in, and their identity policies must allow as well.
func admitForeign(key, identity outcome) Verdict {
	if key.delegated.match > key.direct.match {
		v := admitBoth(key.delegated, identity.direct)
		v.Delegated = v.Decision == Allow
		return v
	}
	v := admitBoth(key.direct, identity.direct)
	if v.Decision == Allow {
		return allowed(key.direct, LayerKey)
	}
	return v
}

// admitBoth needs the key policy's and the identity policy's allow. Which
// lack AWS names when both are missing is INFERRED (idc-kms 2.7).
func admitBoth(key, identity hit) Verdict {
	switch {
	case key.match == NoMatch:
		return lacking(ReasonNoResourceAllow, LayerKey)
	case identity.match == NoMatch:
		return lacking(ReasonNoIdentityAllow, LayerIdentity)
	case key.match == MatchUnknown:
		return unclear(key, LayerKey)
	case identity.match == MatchUnknown:
		return unclear(identity, LayerIdentity)
	}
	return allowed(identity, LayerIdentity)
}

// overrule applies explicit denials: a certain one wins over everything, a
// possible one turns an allow into Unknown.
func overrule(v Verdict, key, identity hit) Verdict {
	switch {
	case key.match == Matched:
		return Verdict{Decision: Deny, Explicit: true, Statement: key.statement, Layer: LayerKey, Reason: ReasonResourceDeny}
	case identity.match == Matched:
		return Verdict{Decision: Deny, Explicit: true, Statement: identity.statement, Layer: LayerIdentity, Reason: ReasonIdentityDeny}
	case v.Decision == Allow && key.match == MatchUnknown:
		return unclear(key, LayerKey)
	case v.Decision == Allow && identity.match == MatchUnknown:
		return unclear(identity, LayerIdentity)
	}
	return v
}

func allowed(h hit, layer string) Verdict {
	return Verdict{Decision: Allow, Statement: h.statement, Layer: layer, Reason: ReasonAllowed}
}

func lacking(why Reason, layer string) Verdict {
	return Verdict{Decision: Deny, Layer: layer, Reason: why}
}

func unclear(h hit, layer string) Verdict {
	v := Verdict{Statement: h.statement, Layer: layer, Reason: ReasonUnclear}
	if h.statement == "" {
		v.Reason = ReasonNotLooked
	}
	return v
}
