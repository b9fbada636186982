package policy

import "testing"

// grantCases: idc-kms 4.1 steps 4 to 6 and 2.8; AWS KMS API: CreateGrant, GrantConstraints.
func grantCases(tb testing.TB) []verdictCase {
	const source = "idc-kms 4.1; KMS API: CreateGrant, GrantConstraints"
	const opsARN, roleARN = "arn:aws:iam::111122223333:user/ops", "arn:aws:iam::111122223333:role/Admin"
	ops, admin, dev := user(management, "ops"), session(management, "Admin"), user(memberAccount, "dev")
	decrypt := []string{"DescribeKey", "Decrypt"}
	to := func(grantee string) Grant { return Grant{ID: "g", GranteePrincipal: grantee, Operations: decrypt} }
	toSSO := func(c GrantConstraints) Grant {
		return Grant{ID: "g", GranteeServicePrincipal: sso, Operations: decrypt, Constraints: c}
	}
	equals := GrantConstraints{EncryptionContextEquals: instanceContext}
	subset := GrantConstraints{EncryptionContextSubset: map[string]string{"AWS:SSO:instance-arn": instanceARN}}
	both := map[string]string{"aws:sso:instance-arn": instanceARN, "purpose": "x"}
	from := GrantConstraints{SourceArn: instanceARN}
	bare := func(p Principal, action string) Request { return onKey(p, action, mumbai) }
	c := func(name string, g Grant, r Request, want Decision, reason Reason, layer, statement string) verdictCase {
		v := verdictCase{name: name, key: document(), req: r, more: Layers{Grants: Grants{List: []Grant{g}}}, source: source}
		return v.answers(want, reason, layer, statement)
	}
	allowed := func(name string, g Grant, r Request) verdictCase {
		return c(name, g, r, Allow, ReasonAllowed, LayerGrant, "g")
	}
	refused := func(name string, g Grant, r Request) verdictCase {
		return c(name, g, r, Deny, ReasonNoResourceAllow, LayerKey, "")
	}
	change := func(v verdictCase, f func(*verdictCase)) verdictCase {
		f(&v)
		return v
	}
	iam := func(statement string) func(*verdictCase) {
		return func(v *verdictCase) { v.identity = []string{document(statement)} }
	}
	ofSSO := bare(service(sso), "kms:Decrypt")
	limited := func(g Grant, limit Limit) Layers { return Layers{Grants: Grants{List: []Grant{g}}, Boundary: limit} }
	return []verdictCase{
		allowed("user, without key policy and identity policy", to(opsARN), bare(ops, "kms:Decrypt")),
		allowed("role, its session", to(roleARN), bare(admin, "kms:Decrypt")),
		allowed("session itself", to(admin.ARN), bare(admin, "kms:Decrypt")),
		refused("another user", to(opsARN), bare(user(management, "bob"), "kms:Decrypt")),
		refused("operation that is not granted", to(opsARN), bare(ops, "kms:Encrypt")),
		allowed("operation in another case", Grant{ID: "g", GranteePrincipal: opsARN, Operations: []string{"decrypt"}}, bare(ops, "kms:DECRYPT")),
		allowed("DescribeKey", to(opsARN), bare(ops, "kms:DescribeKey")),
		refused("deleted role", to("AROAEXAMPLEEXAMPLEEXA"), bare(admin, "kms:Decrypt")),
		c("grantee of a form that is not modelled", to("arn:aws:iam::111122223333:group/g"), bare(ops, "kms:Decrypt"), Unknown, ReasonUnclear, LayerGrant, "g"),
		change(c("account, with an identity policy", to("arn:aws:iam::111122223333:root"), bare(ops, "kms:Decrypt"), Allow, ReasonAllowed, LayerIdentity, "IAMDecrypt"), iam(iamDecrypt)),
		c("account, without an identity policy", to("arn:aws:iam::111122223333:root"), bare(ops, "kms:Decrypt"), Deny, ReasonNoIdentityAllow, LayerIdentity, ""),
		c("foreign user without an identity policy", to(dev.ARN), bare(dev, "kms:Decrypt"), Deny, ReasonNoIdentityAllow, LayerIdentity, ""),
		change(allowed("foreign user with an identity policy", to(dev.ARN), bare(dev, "kms:Decrypt")), iam(iamDecrypt)),
		change(c("deny of the key policy", to(opsARN), bare(ops, "kms:Decrypt"), Deny, ReasonResourceDeny, LayerKey, "NoDecrypt"), func(v *verdictCase) { v.key = document(noDecrypt) }),
		change(c("deny of the identity policy", to(opsARN), bare(ops, "kms:Decrypt"), Deny, ReasonIdentityDeny, LayerIdentity, "IAMNoKMS"), iam(iamNoKMS)),
		change(c("key policy is named first", to(opsARN), bare(ops, "kms:Decrypt"), Allow, ReasonAllowed, LayerKey, "User"), func(v *verdictCase) { v.key = document(toUser) }),
		change(c("without ID is named by its place", Grant{GranteePrincipal: opsARN, Operations: decrypt}, bare(ops, "kms:Decrypt"), Allow, ReasonAllowed, LayerGrant, "#1"), func(*verdictCase) {}),
		change(c("grants that nobody read", Grant{}, bare(service(sso), "kms:Decrypt"), Unknown, ReasonNotLooked, LayerGrant, ""), func(v *verdictCase) { v.more.Grants = Grants{Unread: true} }),
		change(c("grants that nobody read beside an allow", Grant{}, bare(service(sso), "kms:Decrypt"), Allow, ReasonAllowed, LayerKey, "Everyone"), func(v *verdictCase) {
			v.more.Grants, v.key = Grants{Unread: true}, document(everyone)
		}),
		change(allowed("boundary that allows", to(opsARN), bare(ops, "kms:Decrypt")), func(v *verdictCase) { v.more = limited(to(opsARN), limit(tb, fullAccess)) }),
		change(c("boundary that does not allow: not documented", to(opsARN), bare(ops, "kms:Decrypt"), Unknown, ReasonNotLooked, LayerBoundary, ""), func(v *verdictCase) { v.more = limited(to(opsARN), limit(tb, onlyS3)) }),

		allowed("service", toSSO(GrantConstraints{}), ofSSO),
		refused("another service", toSSO(GrantConstraints{}), ofSSO.by(service(quick))),
		refused("service grant, user", toSSO(GrantConstraints{}), ofSSO.by(ops)),
		allowed("service, source fits", toSSO(from), ofSSO.with("aws:SourceArn", instanceARN)),
		refused("service, another source", toSSO(from), ofSSO.with("aws:SourceArn", storeARN)),
		refused("service, no source", toSSO(from), ofSSO),
		c("service, source nobody looked at", toSSO(from), ofSSO.unknown("aws:SourceArn"), Unknown, ReasonUnclear, LayerGrant, "g"),
		allowed("source applies to DescribeKey as well", toSSO(from), bare(service(sso), "kms:DescribeKey").with("aws:SourceArn", instanceARN)),
		refused("DescribeKey without the source", toSSO(from), bare(service(sso), "kms:DescribeKey")),

		allowed("context equals", toSSO(equals), ofSSO.encrypted(instanceContext)),
		refused("context equals, one pair more", toSSO(equals), ofSSO.encrypted(both)),
		refused("context equals, another value", toSSO(equals), ofSSO.encrypted(setupInstance)),
		refused("context equals, no context", toSSO(equals), ofSSO),
		c("context equals, nobody looked", toSSO(equals), ofSSO.unknown("kms:EncryptionContextKeys"), Unknown, ReasonUnclear, LayerGrant, "g"),
		allowed("context includes, name in another case", toSSO(subset), ofSSO.encrypted(both)),
		refused("context includes, another value", toSSO(subset), ofSSO.encrypted(setupInstance)),
		allowed("context does not narrow DescribeKey", toSSO(equals), bare(service(sso), "kms:DescribeKey")),
		c("context and CreateGrant: the new grant's constraints count", Grant{ID: "g", GranteePrincipal: opsARN, Operations: []string{"CreateGrant"}, Constraints: equals}, bare(ops, "kms:CreateGrant"), Unknown, ReasonUnclear, LayerGrant, "g"),
	}
}
