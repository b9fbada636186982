package policy

import "testing"

// Statements of boundaries, session policies, SCPs and RCPs.
const (
	toRole       = `{"Sid":"Role","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/Admin"},"Action":"kms:*","Resource":"*"}`
	toSession    = `{"Sid":"Session","Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/Admin/s"},"Action":"kms:*","Resource":"*"}`
	toRoleByKey  = `{"Sid":"ByKey","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Admin"}}}`
	toService    = `{"Sid":"Service","Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:*","Resource":"*"}`
	fullAccess   = `{"Sid":"Full","Effect":"Allow","Action":"*","Resource":"*"}`
	onlyS3       = `{"Sid":"OnlyS3","Effect":"Allow","Action":"s3:*","Resource":"*"}`
	denyKMS      = `{"Sid":"DenyKMS","Effect":"Deny","Action":"kms:*","Resource":"*"}`
	perhapsKMS   = `{"Sid":"PerhapsKMS","Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`
	perhapsNot   = `{"Sid":"PerhapsNot","Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`
	rcpFull      = `{"Sid":"RCPFullAWSAccess","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	rcpDeny      = `{"Sid":"RCPDeny","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}`
	rcpPerimeter = `{"Sid":"Perimeter","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`
	rcpDeputy    = `{"Sid":"Deputy","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Null":{"aws:SourceAccount":"false"},"Bool":{"aws:PrincipalIsAWSService":"true"}}}`
	rcpS3        = `{"Sid":"OnlyS3","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`
	rcpMute      = `{"Sid":"Mute","Effect":"Deny","Action":"kms:*","Resource":"*"}`
)

// limit is a set of policies, each of one statement.
func limit(tb testing.TB, statements ...string) (l Limit) {
	tb.Helper()
	for _, s := range statements {
		l.Policies = append(l.Policies, mustParse(tb, document(s)))
	}
	return l
}

// answers is the case with its verdict.
func (c verdictCase) answers(want Decision, reason Reason, layer, statement string) verdictCase {
	c.want, c.reason, c.layer, c.statement = want, reason, layer, statement
	c.delegated = want == Allow && layer == LayerIdentity
	return c
}

// limitCases: permissions boundaries and session policies (idc-kms 4.3; IAM:
// Permissions boundaries, Session policies, Policy evaluation logic).
func limitCases(tb testing.TB) []verdictCase {
	const source = "idc-kms 4.3"
	admin, ops, dev := session(management, "Admin"), user(management, "ops"), user(memberAccount, "dev")
	b := func(statements ...string) Layers { return Layers{Boundary: limit(tb, statements...)} }
	s := func(statements ...string) Layers { return Layers{Session: limit(tb, statements...)} }
	c := func(name, key string, p Principal, more Layers, want Decision, reason Reason, layer, statement string) verdictCase {
		v := verdictCase{name: name, key: document(key), req: onKey(p, "kms:Decrypt", mumbai), more: more, source: source}
		if p.iam() && p.Kind != AccountRoot && (key == delegates || key == toMember || key == toForeigner) {
			v.identity = []string{document(iamDecrypt)}
		}
		return v.answers(want, reason, layer, statement)
	}
	return []verdictCase{
		c("boundary allows as well", delegates, ops, b(fullAccess), Allow, ReasonAllowed, LayerIdentity, "IAMDecrypt"),
		c("boundary allows by one of its statements", delegates, ops, b(onlyS3, fullAccess), Allow, ReasonAllowed, LayerIdentity, "IAMDecrypt"),
		c("boundary without an allow limits delegation", delegates, ops, b(onlyS3), Deny, ReasonNoBoundaryAllow, LayerBoundary, ""),
		c("boundary without an allow limits what the role is granted", toRole, admin, b(onlyS3), Deny, ReasonNoBoundaryAllow, LayerBoundary, ""),
		c("boundary that allows does not limit the role", toRole, admin, b(fullAccess), Allow, ReasonAllowed, LayerKey, "Role"),
		c("boundary does not limit what the session is granted", toSession, admin, b(onlyS3), Allow, ReasonAllowed, LayerKey, "Session"),
		c("boundary does not limit what the user is granted", toUser, ops, b(onlyS3), Allow, ReasonAllowed, LayerKey, "User"),
		c("boundary does not limit everyone with aws:PrincipalArn", toRoleByKey, admin, b(onlyS3), Allow, ReasonAllowed, LayerKey, "ByKey"),
		c("boundary denies what the session is granted", toSession, admin, b(fullAccess, denyKMS), Deny, ReasonBoundaryDeny, LayerBoundary, "DenyKMS"),
		c("boundary denies what the user is granted", toUser, ops, b(denyKMS), Deny, ReasonBoundaryDeny, LayerBoundary, "DenyKMS"),
		c("boundary alone grants nothing", toMember, ops, b(fullAccess), Deny, ReasonNoResourceAllow, LayerKey, ""),
		c("boundary does not bind services", toService, service(sso), b(denyKMS), Allow, ReasonAllowed, LayerKey, "Service"),
		c("boundary does not bind the root user", delegates, rootUser(management), b(denyKMS), Allow, ReasonAllowed, LayerKey, "Delegate"),
		c("boundary limits a foreign user that is named", toForeigner, dev, b(onlyS3), Deny, ReasonNoBoundaryAllow, LayerBoundary, ""),
		c("boundary lets a foreign user through", toForeigner, dev, b(fullAccess), Allow, ReasonAllowed, LayerKey, "Foreigner"),
		c("boundary that perhaps allows, delegation", delegates, ops, b(perhapsKMS), Unknown, ReasonUnclear, LayerBoundary, "PerhapsKMS"),
		c("boundary that perhaps allows, user named", toUser, ops, b(perhapsKMS), Allow, ReasonAllowed, LayerKey, "User"),
		c("boundary that perhaps denies", toUser, ops, b(fullAccess, perhapsNot), Unknown, ReasonUnclear, LayerBoundary, "PerhapsNot"),
		c("boundary nobody read", delegates, ops, Layers{Boundary: Limit{Unread: true}}, Unknown, ReasonNotLooked, LayerBoundary, ""),
		c("boundary nobody read may deny the user", toUser, ops, Layers{Boundary: Limit{Policies: []*Document{nil}}}, Unknown, ReasonNotLooked, LayerBoundary, ""),
		c("boundary nobody read and no key policy allow", toForeigner, ops, Layers{Boundary: Limit{Unread: true}}, Deny, ReasonNoResourceAllow, LayerKey, ""),
		c("role named, boundary in the way, but delegation too", delegates+","+toRole, admin, b(onlyS3), Deny, ReasonNoBoundaryAllow, LayerBoundary, ""),

		c("session policy allows as well", delegates, admin, s(fullAccess), Allow, ReasonAllowed, LayerIdentity, "IAMDecrypt"),
		c("session policy limits delegation", delegates, admin, s(onlyS3), Deny, ReasonNoSessionAllow, LayerSession, ""),
		c("session policy limits the role", toRole, admin, s(onlyS3), Deny, ReasonNoSessionAllow, LayerSession, ""),
		c("session policy does not limit the session itself", toSession, admin, s(onlyS3), Allow, ReasonAllowed, LayerKey, "Session"),
		c("session policy denies the session itself", toSession, admin, s(fullAccess, denyKMS), Deny, ReasonSessionDeny, LayerSession, "DenyKMS"),
		c("one of two session policies allows", toRole, admin, s(onlyS3, fullAccess), Allow, ReasonAllowed, LayerKey, "Role"),
		c("session policy nobody read", toRole, admin, Layers{Session: Limit{Unread: true}}, Unknown, ReasonNotLooked, LayerSession, ""),
		c("session policy that perhaps allows", toRole, admin, s(perhapsKMS), Unknown, ReasonUnclear, LayerSession, "PerhapsKMS"),
		c("boundary is named before the session policy", toRole, admin, Layers{Boundary: limit(tb, onlyS3), Session: limit(tb, onlyS3)}, Deny, ReasonNoBoundaryAllow, LayerBoundary, ""),
		c("deny of the boundary is named before the session's", toRole, admin, Layers{Boundary: limit(tb, denyKMS), Session: limit(tb, denyKMS)}, Deny, ReasonBoundaryDeny, LayerBoundary, "DenyKMS"),
		c("principal in a boundary", delegates, ops, b(everyone), Unknown, ReasonUnclear, LayerBoundary, "Everyone"),
	}
}

// controlCases: SCPs and RCPs (idc-kms 4.1 step 3; AWS Organizations: SCP
// evaluation, Resource control policies).
func controlCases(tb testing.TB) []verdictCase {
	const source = "idc-kms 4.1 step 3; AWS Organizations"
	dev, ops := user(memberAccount, "dev"), user(management, "ops")
	linked := session(memberAccount, "aws-service-role/kms.amazonaws.com/AWSServiceRoleForKeys")
	maybeLinked := linked
	maybeLinked.RoleARN = ""
	const mine = `{"Sid":"Mine","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`
	full, none := limit(tb, fullAccess), Limit{Unread: true}
	scp := func(levels ...Limit) Layers { return Layers{Management: management, SCPs: levels} }
	rcp := func(levels ...Limit) Layers { return Layers{Management: management, RCPs: levels} }
	nobodyKnows := func(l Layers) Layers {
		l.Management = ""
		return l
	}
	// in asks for the key of an account whose policy allows everyone.
	in := func(account, name string, p Principal, more Layers, want Decision, reason Reason, layer, statement string) verdictCase {
		v := verdictCase{name: name, key: document(mine), identity: []string{document(iamDecrypt)}, req: onKey(p, "kms:Decrypt", mumbai), more: more, source: source}
		v.req.ResourceAccount = account
		return v.answers(want, reason, layer, statement)
	}
	allowed := func(account, name string, p Principal, more Layers) verdictCase {
		return in(account, name, p, more, Allow, ReasonAllowed, LayerKey, "Mine")
	}
	create := func(name string, more Layers, want Decision, reason Reason, layer, statement string) verdictCase {
		v := verdictCase{name: name, identity: []string{document(fullAccess)}, req: Request{Principal: dev, Action: "kms:CreateKey"}, more: more, source: source}
		v = v.answers(want, reason, layer, statement)
		v.delegated = false
		return v
	}
	const m = memberAccount
	stranger := in(m, "RCP: perimeter against a stranger", user("999900001111", "eve"), rcp(limit(tb, rcpFull, rcpPerimeter)), Deny, ReasonRCPDeny, LayerRCP, "Perimeter")
	stranger.req = stranger.req.with("aws:PrincipalOrgID", "o-stranger00")
	deputy := in(m, "RCP: confused deputy", service(sso), rcp(limit(tb, rcpFull, rcpDeputy)), Deny, ReasonRCPDeny, LayerRCP, "Deputy")
	deputy.req = deputy.req.with("aws:SourceAccount", "999900001111").with("aws:SourceOrgID", "o-stranger00")
	return []verdictCase{
		allowed(m, "SCP: every level allows", dev, scp(full, full, full)),
		in(m, "SCP: one level does not allow", dev, scp(full, limit(tb, onlyS3), full), Deny, ReasonNoSCPAllow, LayerSCP, ""),
		allowed(m, "SCP: one of a level's policies allows", dev, scp(full, limit(tb, onlyS3, fullAccess))),
		in(m, "SCP: a level denies", dev, scp(full, limit(tb, fullAccess, denyKMS)), Deny, ReasonSCPDeny, LayerSCP, "DenyKMS"),
		in(m, "SCP: binds the root user of a member account", rootUser(m), scp(full, limit(tb, fullAccess, denyKMS)), Deny, ReasonSCPDeny, LayerSCP, "DenyKMS"),
		in(m, "SCP: binds roles", session(m, "Admin"), scp(limit(tb, onlyS3)), Deny, ReasonNoSCPAllow, LayerSCP, ""),
		allowed(management, "SCP: not the management account", ops, scp(limit(tb, denyKMS))),
		allowed(m, "SCP: not the management account's caller elsewhere", ops, scp(limit(tb, denyKMS))),
		in(management, "SCP: the member's caller at the management account's key", dev, scp(limit(tb, fullAccess, denyKMS)), Deny, ReasonSCPDeny, LayerSCP, "DenyKMS"),
		allowed(m, "SCP: not services", service(sso), scp(limit(tb, denyKMS))),
		allowed(m, "SCP: not service-linked roles", linked, scp(limit(tb, denyKMS))),
		in(m, "SCP: perhaps a service-linked role", maybeLinked, scp(limit(tb, fullAccess, denyKMS)), Unknown, ReasonUnclear, LayerSCP, "DenyKMS"),
		in(m, "SCP: nobody knows the management account, deny", dev, nobodyKnows(scp(limit(tb, fullAccess, denyKMS))), Unknown, ReasonUnclear, LayerSCP, "DenyKMS"),
		in(m, "SCP: nobody knows the management account, no allow", dev, nobodyKnows(scp(limit(tb, onlyS3))), Unknown, ReasonNotLooked, LayerSCP, ""),
		allowed(m, "SCP: nobody knows the management account, but all allow", dev, nobodyKnows(scp(full, full))),
		in(m, "SCP: a level nobody read", dev, scp(full, none), Unknown, ReasonNotLooked, LayerSCP, ""),
		in(m, "SCP: a level nobody read beside one that denies", dev, scp(none, limit(tb, fullAccess, denyKMS)), Deny, ReasonSCPDeny, LayerSCP, "DenyKMS"),
		in(m, "SCP: a level nobody read beside one without an allow", dev, scp(none, limit(tb, onlyS3)), Deny, ReasonNoSCPAllow, LayerSCP, ""),
		in(m, "SCP: perhaps denies", dev, scp(limit(tb, fullAccess, perhapsNot)), Unknown, ReasonUnclear, LayerSCP, "PerhapsNot"),
		in(m, "SCP: perhaps allows", dev, scp(limit(tb, perhapsKMS)), Unknown, ReasonUnclear, LayerSCP, "PerhapsKMS"),
		create("SCP: CreateKey denied", scp(limit(tb, fullAccess, denyKMS)), Deny, ReasonSCPDeny, LayerSCP, "DenyKMS"),
		create("SCP: CreateKey without an allow", scp(limit(tb, onlyS3)), Deny, ReasonNoSCPAllow, LayerSCP, ""),
		create("SCP: CreateKey allowed", scp(full), Allow, ReasonAllowed, LayerIdentity, "Full"),
		create("boundary: CreateKey", Layers{Boundary: limit(tb, onlyS3)}, Deny, ReasonNoBoundaryAllow, LayerBoundary, ""),
		create("session policy: CreateKey denied", Layers{Session: limit(tb, denyKMS)}, Deny, ReasonSessionDeny, LayerSession, "DenyKMS"),

		allowed(m, "RCP: full access", dev, rcp(limit(tb, rcpFull))),
		in(m, "RCP: denies", dev, rcp(limit(tb, rcpFull, rcpDeny)), Deny, ReasonRCPDeny, LayerRCP, "RCPDeny"),
		in(m, "RCP: a level without an allow", dev, rcp(limit(tb, rcpFull), limit(tb, rcpS3)), Deny, ReasonNoRCPAllow, LayerRCP, ""),
		in(m, "RCP: binds services", service(sso), rcp(limit(tb, rcpFull, rcpDeny)), Deny, ReasonRCPDeny, LayerRCP, "RCPDeny"),
		in(m, "RCP: binds the root user", rootUser(m), rcp(limit(tb, rcpFull, rcpDeny)), Deny, ReasonRCPDeny, LayerRCP, "RCPDeny"),
		in(m, "RCP: binds callers of the management account", ops, rcp(limit(tb, rcpFull, rcpDeny)), Deny, ReasonRCPDeny, LayerRCP, "RCPDeny"),
		allowed(management, "RCP: protects nothing in the management account", ops, rcp(limit(tb, rcpFull, rcpDeny))),
		allowed(m, "RCP: not service-linked roles", linked, rcp(limit(tb, rcpFull, rcpDeny))),
		in(m, "RCP: nobody knows the management account", dev, nobodyKnows(rcp(limit(tb, rcpFull, rcpDeny))), Unknown, ReasonUnclear, LayerRCP, "RCPDeny"),
		in(m, "RCP: a level nobody read", dev, rcp(limit(tb, rcpFull), none), Unknown, ReasonNotLooked, LayerRCP, ""),
		in(m, "RCP: without a principal", dev, rcp(limit(tb, rcpFull, rcpMute)), Unknown, ReasonUnclear, LayerRCP, "Mute"),
		stranger,
		deputy,
		allowed(m, "RCP: perimeter spares services", service(sso), rcp(limit(tb, rcpFull, rcpPerimeter))),
		allowed(m, "RCP: confused deputy, no source", service(sso), rcp(limit(tb, rcpFull, rcpDeputy))),
		in(m, "RCP is named before the SCP", dev, Layers{Management: management, SCPs: []Limit{limit(tb, onlyS3)}, RCPs: []Limit{limit(tb, rcpS3)}}, Deny, ReasonNoRCPAllow, LayerRCP, ""),
		create("RCP: CreateKey has no resource", rcp(limit(tb, rcpFull, rcpDeny)), Unknown, ReasonUnclear, LayerRCP, "RCPDeny"),
	}
}
