package policy

import "testing"

// Statements that the tables below combine.
const (
	delegates   = `{"Sid":"Delegate","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}`
	everyone    = `{"Sid":"Everyone","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`
	toUser      = `{"Sid":"User","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ops"},"Action":"kms:*","Resource":"*"}`
	toMember    = `{"Sid":"Member","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:root"},"Action":"kms:*","Resource":"*"}`
	toForeigner = `{"Sid":"Foreigner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:user/dev"},"Action":"kms:*","Resource":"*"}`
	noDecrypt   = `{"Sid":"NoDecrypt","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`
	mayDeny     = `{"Sid":"MayDeny","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`
	mayAllow    = `{"Sid":"MayAllow","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`
	mayDelegate = `{"Sid":"MayDelegate","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"NumericEquals":{"aws:MultiFactorAuthAge":"60"}}}`

	iamDecrypt  = `{"Sid":"IAMDecrypt","Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`
	iamMayAllow = `{"Sid":"IAMMayAllow","Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`
	iamMayDeny  = `{"Sid":"IAMMayDeny","Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}}`
	iamNoKMS    = `{"Sid":"IAMNoKMS","Effect":"Deny","Action":"kms:*","Resource":"*"}`
)

// algorithmCases: which layer decides (idc-kms 4.1), and how unknown spreads.
func algorithmCases(tb testing.TB) []verdictCase {
	ops, dev := user(management, "ops"), user(memberAccount, "dev")
	decrypt, foreign := onKey(ops, "kms:Decrypt", mumbai), onKey(dev, "kms:Decrypt", mumbai)
	admin, decrypts := file(tb, "identity-admin.json"), document(iamDecrypt)
	ids := func(texts ...string) []string { return texts }
	var (
		allowedByKey  = verdictCase{want: Allow, reason: ReasonAllowed, layer: LayerKey}
		allowedByIAM  = verdictCase{want: Allow, reason: ReasonAllowed, layer: LayerIdentity, delegated: true}
		noKeyAllow    = verdictCase{want: Deny, reason: ReasonNoResourceAllow, layer: LayerKey}
		noIAMAllow    = verdictCase{want: Deny, reason: ReasonNoIdentityAllow, layer: LayerIdentity}
		deniedByKey   = verdictCase{want: Deny, reason: ReasonResourceDeny, layer: LayerKey}
		deniedByIAM   = verdictCase{want: Deny, reason: ReasonIdentityDeny, layer: LayerIdentity}
		unclearInKey  = verdictCase{want: Unknown, reason: ReasonUnclear, layer: LayerKey}
		unclearInIAM  = verdictCase{want: Unknown, reason: ReasonUnclear, layer: LayerIdentity}
		keyNotLooked  = verdictCase{want: Unknown, reason: ReasonNotLooked, layer: LayerKey}
		iamNotLooked  = verdictCase{want: Unknown, reason: ReasonNotLooked, layer: LayerIdentity}
		incomplete    = verdictCase{want: Unknown, reason: ReasonIncomplete}
		notForOthers  = verdictCase{want: Deny, reason: ReasonNotCrossAccount, layer: LayerKey}
		source        = "idc-kms 4.1"
		sourceUnknown = "idc-kms 4.1 with design law 1 (unknown is not OK)"
	)
	c := func(name, key string, identity []string, r Request, want verdictCase, statement, source string) verdictCase {
		want.name, want.key, want.identity, want.req, want.statement, want.source = name, key, identity, r, statement, source
		return want
	}
	unread := func(c verdictCase) verdictCase {
		c.unread = true
		return c
	}
	return []verdictCase{
		c("direct allow needs no identity policy", document(toUser), nil, decrypt, allowedByKey, "User", source+" step 5a"),
		c("everyone is a direct allow in the key's account", document(everyone), nil, decrypt, allowedByKey, "Everyone", source+" step 5a"),
		c("direct allow goes before delegation", document(delegates, toUser), ids(admin), decrypt, allowedByKey, "User", source+" step 5"),
		c("delegation with an identity allow", document(delegates), ids(decrypts), decrypt, allowedByIAM, "IAMDecrypt", source+" step 5b"),
		c("delegation without an identity allow", document(delegates), nil, decrypt, noIAMAllow, "", source+" step 5b; 2.7"),
		c("identity allow is void without delegation", document(toForeigner), ids(admin), decrypt, noKeyAllow, "", source+" step 7; 2.7"),
		c("another account's delegation is none", document(toMember), ids(admin), decrypt, noKeyAllow, "", source+" step 7"),
		c("empty key policy", document(), ids(admin), decrypt, noKeyAllow, "", source+" step 7"),
		c("first of two allows decides", document(everyone, toUser), nil, decrypt, allowedByKey, "Everyone", source+"; design (deciding statement)"),
		c("first identity policy that allows decides", document(delegates), ids(file(tb, "identity-no-kms.json"), decrypts, admin), decrypt, allowedByIAM, "IAMDecrypt", source+" step 5b"),

		c("key policy deny beats its own allow", document(everyone, noDecrypt), nil, decrypt, deniedByKey, "NoDecrypt", source+" step 2"),
		c("key policy deny beats the identity allow", document(delegates, noDecrypt), ids(admin), decrypt, deniedByKey, "NoDecrypt", source+" step 2"),
		c("key policy deny reaches services", document(everyone, noDecrypt), nil, decrypt.by(service(sso)), deniedByKey, "NoDecrypt", source+" step 2"),
		c("key policy deny reaches the root user", document(delegates, noDecrypt), nil, decrypt.by(rootUser(management)), deniedByKey, "NoDecrypt", source+" step 2"),
		c("identity deny counts without delegation", document(toUser), ids(document(iamNoKMS)), decrypt, deniedByIAM, "IAMNoKMS", source+" step 7"),
		c("identity deny beats identity allow", document(delegates), ids(file(tb, "identity-deny-decrypt.json")), decrypt, deniedByIAM, "NoDecrypt", source+" step 2"),
		c("identity deny of another action", document(delegates), ids(file(tb, "identity-deny-decrypt.json")), onKey(ops, "kms:Encrypt", mumbai), allowedByIAM, "AdministratorAccess", source+" step 2"),
		c("identity policies do not bind services", document(everyone), ids(document(iamNoKMS)), decrypt.by(service(sso)), allowedByKey, "Everyone", source+" step 4"),
		c("services cannot use delegation", document(delegates), ids(admin), decrypt.by(service(sso)), noKeyAllow, "", source+" step 4; 2.2"),
		c("anonymous caller and everyone", document(everyone), nil, decrypt.by(Principal{}), allowedByKey, "Everyone", "idc-kms 4.3"),
		c("anonymous caller and delegation", document(delegates), ids(admin), decrypt.by(Principal{}), noKeyAllow, "", "idc-kms 4.3"),
		c("root user needs no identity policy", document(delegates), nil, decrypt.by(rootUser(management)), allowedByKey, "Delegate", "KMS: default key policy; IAM: root user"),
		c("root user without delegation", document(toUser), nil, decrypt.by(rootUser(management)), noKeyAllow, "", "KMS: default key policy"),

		c("foreign caller with both allows", document(toForeigner), ids(admin), foreign, allowedByKey, "Foreigner", source+" step 6"),
		c("foreign caller, key policy only", document(toForeigner), nil, foreign, noIAMAllow, "", source+" step 6"),
		c("foreign caller, everyone only", document(everyone), nil, foreign, noIAMAllow, "", source+" step 6"),
		c("foreign caller, identity only", document(delegates), ids(admin), foreign, noKeyAllow, "", source+" step 6"),
		c("foreign caller through its account", document(toMember), ids(decrypts), foreign, allowedByIAM, "IAMDecrypt", source+" step 6"),
		c("foreign caller through its account without identity allow", document(toMember), nil, foreign, noIAMAllow, "", source+" step 6; 1.9"),
		c("foreign root user through its account", document(toMember), nil, foreign.by(rootUser(memberAccount)), allowedByKey, "Member", source+" step 6; IAM: root user"),
		c("foreign caller may not put a policy", document(toForeigner), ids(admin), onKey(dev, "kms:PutKeyPolicy", mumbai), notForOthers, "", source+" step 6"),
		c("foreign caller may not replicate", document(toMember), ids(admin), onKey(dev, "kms:ReplicateKey", mumbai), notForOthers, "", source+" step 6; 2.3"),
		c("foreign caller may describe", document(toMember), ids(admin), onKey(dev, "kms:DescribeKey", mumbai), allowedByIAM, "AdministratorAccess", source+" step 6"),
		c("foreign caller may create grants", document(toForeigner), ids(admin), onKey(dev, "kms:CreateGrant", mumbai), allowedByKey, "Foreigner", source+" step 6"),
		c("foreign deny is named before the operation", document(toForeigner, noDecrypt), ids(admin), foreign, deniedByKey, "NoDecrypt", source+" step 2"),

		c("possible deny spoils a direct allow", document(toUser, mayDeny), nil, decrypt, unclearInKey, "MayDeny", sourceUnknown),
		c("possible deny spoils delegation", document(delegates, mayDeny), ids(admin), decrypt, unclearInKey, "MayDeny", sourceUnknown),
		c("possible identity deny spoils a direct allow", document(toUser), ids(document(iamMayDeny)), decrypt, unclearInIAM, "IAMMayDeny", sourceUnknown),
		c("possible deny where nothing allows", document(toForeigner, mayDeny), ids(admin), decrypt, noKeyAllow, "", sourceUnknown),
		c("certain deny beats a possible allow", document(mayAllow, noDecrypt), nil, decrypt, deniedByKey, "NoDecrypt", sourceUnknown),
		c("certain deny beats a possible deny", document(everyone, mayDeny, noDecrypt), nil, decrypt, deniedByKey, "NoDecrypt", sourceUnknown),
		c("certain identity deny beats an unread key policy", "", ids(document(iamNoKMS)), decrypt, deniedByIAM, "IAMNoKMS", sourceUnknown),
		c("possible allow alone", document(mayAllow), nil, decrypt, unclearInKey, "MayAllow", sourceUnknown),
		c("possible allow beside a certain one", document(mayAllow, everyone), nil, decrypt, allowedByKey, "Everyone", sourceUnknown),
		c("possible allow beside delegation", document(mayAllow, delegates), ids(admin), decrypt, allowedByIAM, "AdministratorAccess", sourceUnknown),
		c("possible allow beside delegation without identity allow", document(mayAllow, delegates), nil, decrypt, unclearInKey, "MayAllow", sourceUnknown),
		c("possible delegation with an identity allow", document(mayDelegate), ids(admin), decrypt, unclearInKey, "MayDelegate", sourceUnknown),
		c("possible delegation without an identity allow", document(mayDelegate), nil, decrypt, noIAMAllow, "", sourceUnknown),
		c("delegation with a possible identity allow", document(delegates), ids(document(iamMayAllow)), decrypt, unclearInIAM, "IAMMayAllow", sourceUnknown),
		c("possible allow for a foreign caller", document(mayAllow), ids(admin), foreign, unclearInKey, "MayAllow", sourceUnknown),
		c("possible allow for a foreign caller without identity allow", document(mayAllow), nil, foreign, noIAMAllow, "", sourceUnknown),
		c("possible allow for a service", document(mayAllow), nil, decrypt.by(service(sso)), unclearInKey, "MayAllow", sourceUnknown),

		c("unread key policy", "", ids(admin), decrypt, keyNotLooked, "", sourceUnknown),
		c("unread key policy, service", "", nil, decrypt.by(service(sso)), keyNotLooked, "", sourceUnknown),
		c("unread key policy, foreign caller without identity allow", "", nil, foreign, noIAMAllow, "", sourceUnknown),
		unread(c("unread identity policies, delegation", document(delegates), nil, decrypt, iamNotLooked, "", sourceUnknown)),
		unread(c("unread identity policies may deny a direct allow", document(toUser), nil, decrypt, iamNotLooked, "", sourceUnknown)),
		unread(c("unread identity policies beside a read allow may deny", document(delegates), ids(admin), decrypt, iamNotLooked, "", sourceUnknown)),
		unread(c("unread identity policies beside a read deny", document(delegates), ids(document(iamNoKMS)), decrypt, deniedByIAM, "IAMNoKMS", sourceUnknown)),
		unread(c("unread identity policies cannot help without delegation", document(toForeigner), nil, decrypt, noKeyAllow, "", sourceUnknown)),
		unread(c("unread identity policies do not matter to services", document(everyone), nil, decrypt.by(service(sso)), allowedByKey, "Everyone", sourceUnknown)),
		unread(c("unread identity policies do not matter to the root user", document(delegates), nil, decrypt.by(rootUser(management)), allowedByKey, "Delegate", sourceUnknown)),
		c("caller's account not given", document(everyone), ids(admin), decrypt.by(Principal{Kind: IAMUser, ARN: ops.ARN}), incomplete, "", sourceUnknown),
		c("key's account not given", document(everyone), ids(admin), Request{Principal: ops, Action: "kms:Decrypt", Resource: decrypt.Resource}, incomplete, "", sourceUnknown),
		c("explicit deny of an incomplete request", document(everyone, noDecrypt), ids(admin), Request{Principal: ops, Action: "kms:Decrypt", Resource: decrypt.Resource}, deniedByKey, "NoDecrypt", sourceUnknown),
	}
}

// A nil document is a policy that nobody read.
func TestNilIdentityDocument(t *testing.T) {
	admin := mustParse(t, file(t, "identity-admin.json"))
	l := Layers{Resource: mustParse(t, document(delegates)), Identity: []*Document{admin, nil}, IdentityKnown: true}
	v := AuthorizeKey(l, onKey(user(management, "ops"), "kms:Decrypt", mumbai))
	if v.Decision != Unknown || v.Reason != ReasonNotLooked || v.Layer != LayerIdentity {
		t.Errorf("%s, %s, %q", v.Decision, v.Reason, v.Layer)
	}
}

// identityCases: calls that only identity policies decide.
func identityCases(tb testing.TB) []verdictCase {
	admin, da := file(tb, "identity-admin.json"), file(tb, "identity-delegated-admin.json")
	ops := user(management, "ops")
	call := func(p Principal, action, resource string) Request {
		return Request{Principal: p, Action: action, Resource: resource}
	}
	const own = `{"Sid":"Own","Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::111122223333:user/${aws:username}"}`
	const principal = `{"Sid":"Odd","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	const key = "arn:aws:kms:us-east-1:111122223333:key/" + keyID
	const source = "idc-kms 4.1 step 8"
	iamAllows := func(name, identity string, r Request, statement, source string) verdictCase {
		return verdictCase{name: name, identity: []string{identity}, req: r, want: Allow, reason: ReasonAllowed, statement: statement, layer: LayerIdentity, source: source}
	}
	iamLacks := func(name, identity string, r Request, source string) verdictCase {
		return verdictCase{name: name, identity: []string{identity}, req: r, want: Deny, reason: ReasonNoIdentityAllow, layer: LayerIdentity, source: source}
	}
	return []verdictCase{
		iamAllows("CreateKey has no key policy to ask", admin, call(ops, "kms:CreateKey", ""), "AdministratorAccess", source),
		iamAllows("ListAliases on everything", da, call(permissionSet(delegated, mumbai), "kms:ListAliases", "*"), "ListAliases", source+"; 3.4"),
		iamLacks("ListKeys is not ListAliases", da, call(permissionSet(delegated, mumbai), "kms:ListKeys", "*"), source),
		iamLacks("CreateKey allowed on one key only", document(`{"Sid":"One","Effect":"Allow","Action":"kms:*","Resource":"`+key+`"}`), call(ops, "kms:CreateKey", ""), source+" (resource *)"),
		iamAllows("ListKeys in any case", document(`{"Sid":"List","Effect":"Allow","Action":"KMS:list*","Resource":"*"}`), call(ops, "kms:ListKeys", ""), "List", "idc-kms 4.2"),
		iamAllows("another service", admin, call(ops, "sso:AddRegion", instanceARN), "AdministratorAccess", "IAM: policy evaluation logic"),
		iamLacks("another service without an allow", file(tb, "identity-no-kms.json"), call(ops, "sso:AddRegion", instanceARN), "IAM: policy evaluation logic"),
		iamAllows("wildcard within the operation", file(tb, "identity-no-kms.json"), call(ops, "quicksight:DescribeAccountSubscription", "*"), "ReadQuick", "idc-kms 4.2"),
		{name: "explicit deny", identity: []string{admin, document(`{"Sid":"NoQuick","Effect":"Deny","Action":"quicksight:*","Resource":"*"}`)}, req: call(ops, "quicksight:DeleteAccountSubscription", "*"),
			want: Deny, reason: ReasonIdentityDeny, statement: "NoQuick", layer: LayerIdentity, source: "IAM: policy evaluation logic"},
		{name: "deny without Sid is named by its place", identity: []string{admin, document(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"sso:*","Resource":"*"}`)}, req: call(ops, "sso:AddRegion", instanceARN),
			want: Deny, reason: ReasonIdentityDeny, statement: "#2", layer: LayerIdentity, source: "design (deciding statement)"},
		{name: "unread policies may deny", identity: []string{admin}, unread: true, req: call(ops, "sso:AddRegion", instanceARN),
			want: Unknown, reason: ReasonNotLooked, layer: LayerIdentity, source: "design law 1"},
		{name: "unread policies may allow", unread: true, req: call(ops, "sso:AddRegion", instanceARN),
			want: Unknown, reason: ReasonNotLooked, layer: LayerIdentity, source: "design law 1"},
		{name: "key that is not modelled", identity: []string{document(`{"Sid":"Primary","Effect":"Allow","Action":"sso:*","Resource":"*","Condition":{"StringEquals":{"sso:PrimaryRegion":"ap-south-1"}}}`)}, req: call(ops, "sso:AddRegion", instanceARN),
			want: Unknown, reason: ReasonUnclear, statement: "Primary", layer: LayerIdentity, source: "design law 1",
			causeOf: "Primary", cause: Cause{Element: "Condition", Operator: "StringEquals", Key: "sso:PrimaryRegion", Note: NoteKey}},
		{name: "root user may everything", req: call(rootUser(management), "organizations:DescribeOrganization", "*"),
			want: Allow, reason: ReasonAllowed, layer: LayerIdentity, source: "IAM: root user"},
		{name: "services have no identity policy", identity: []string{admin}, req: call(service(sso), "organizations:DescribeOrganization", "*"),
			want: Unknown, reason: ReasonNotLooked, layer: LayerResource, source: "idc-kms 4.1 step 4"},
		{name: "another account's resource", identity: []string{admin}, req: Request{Principal: ops, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: memberAccount},
			want: Unknown, reason: ReasonNotLooked, layer: LayerResource, source: "IAM: cross-account policy evaluation logic"},
		iamLacks("another account's resource without an allow", document(), Request{Principal: ops, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: memberAccount}, "IAM: cross-account policy evaluation logic"),
		iamLacks("anonymous caller", admin, call(Principal{}, "sso:AddRegion", instanceARN), "IAM: policy evaluation logic"),
		{name: "account not given", identity: []string{admin}, req: call(Principal{Kind: IAMUser, ARN: ops.ARN}, "sso:AddRegion", instanceARN),
			want: Unknown, reason: ReasonIncomplete, source: "design law 1"},
		iamAllows("variable in a resource", document(own), call(ops, "iam:GetUser", "arn:aws:iam::111122223333:user/ops"), "Own", "idc-kms 4.2, 4.4"),
		iamLacks("variable in a resource, somebody else", document(own), call(ops, "iam:GetUser", "arn:aws:iam::111122223333:user/eve"), "idc-kms 4.2, 4.4"),
		iamLacks("variable without value in a resource", document(own), call(session(management, "R"), "iam:GetUser", "arn:aws:iam::111122223333:user/"), "idc-kms 4.2 (unresolved matches nothing)"),
		{name: "principal in an identity policy", identity: []string{document(principal)}, req: call(ops, "sso:AddRegion", instanceARN),
			want: Unknown, reason: ReasonUnclear, statement: "Odd", layer: LayerIdentity, source: "IAM: Principal element (not in identity policies)",
			causeOf: "Odd", cause: Cause{Element: "Principal", Note: NoteForeign}},
	}
}
