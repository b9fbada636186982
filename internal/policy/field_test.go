package policy

import "testing"

// fieldCases: the policies that the runbook (steps A2 and A3) and the Okta
// article show, and the default policy of KMS.
func fieldCases(tb testing.TB) []verdictCase {
	runbook, okta, plain := file(tb, "runbook.json"), file(tb, "okta7.json"), file(tb, "default.json")
	admin := []string{file(tb, "identity-admin.json")}
	allow := func(name, key string, r Request, statement, source string) verdictCase {
		return verdictCase{name: name, key: key, req: r, want: Allow, reason: ReasonAllowed, statement: statement, layer: LayerKey, source: source}
	}
	refuse := func(name, key string, r Request, source string) verdictCase {
		return verdictCase{name: name, key: key, req: r, want: Deny, reason: ReasonNoResourceAllow, layer: LayerKey, source: source}
	}
	const (
		ssoUse   = "AllowIAMIdentityCenterToUseTheKMSKey"
		storeUse = "AllowIdentityStoreToUseTheKMSKey"
		quickUse = "AllowQuickToUseTheKMSKey"
	)
	return []verdictCase{
		allow("runbook: sso registers the application", runbook, owned(sso, "kms:Decrypt", virginia, instanceContext), ssoUse, "runbook A2, 1.2"),
		allow("runbook: sso without encryption context", runbook, owned(sso, "kms:Decrypt", virginia, nil), ssoUse, "runbook A2 (SourceAccount only)"),
		allow("runbook: identitystore decrypts", runbook, owned(identityStore, "kms:Decrypt", virginia, storeContext), storeUse, "runbook A2"),
		refuse("runbook: identitystore without encryption context", runbook, owned(identityStore, "kms:Decrypt", virginia, nil), "runbook A2, idc-kms 4.4"),
		allow("runbook: Quick reads the store", runbook, app(quick, "kms:Decrypt", "identitystore", virginia, management), quickUse, "runbook A2; KMS-10"),
		allow("runbook: Quick reads through sso", runbook, app(quick, "kms:Decrypt", "sso", virginia, management), quickUse, "runbook A2; KMS-10"),
		allow("runbook: Quick describes", runbook, app(quick, "kms:DescribeKey", "sso", virginia, management), quickUse, "runbook A2"),
		refuse("runbook: Quick makes no data key", runbook, app(quick, "kms:GenerateDataKeyWithoutPlaintext", "sso", virginia, management), "runbook A2 (action list)"),
		refuse("runbook: Quick through another service", runbook, app(quick, "kms:Decrypt", "s3", virginia, management), "runbook A2 (kms:ViaService)"),
		allow("runbook: sso describes", runbook, owned(sso, "kms:DescribeKey", mumbai, nil), "AllowSSOAndIdentityStoreToDescribeKMSKey", "runbook A2"),
		{name: "runbook: administrator by delegation", key: runbook, identity: admin, req: forwarded(permissionSet(management, mumbai), "kms:Decrypt", "sso", mumbai, instanceContext),
			want: Allow, reason: ReasonAllowed, statement: "AdministratorAccess", layer: LayerIdentity, delegated: true, source: "runbook A2 (root statement kept), idc-kms 4.1"},

		allow("okta: sso decrypts in Osaka", okta, owned(sso, "kms:Decrypt", osaka, instanceContext), ssoUse, "Okta article; idc-kms 3.2"),
		allow("okta: identitystore makes a data key", okta, owned(identityStore, "kms:GenerateDataKeyWithoutPlaintext", osaka, storeContext), storeUse, "Okta article"),
		allow("okta: identitystore describes", okta, owned(identityStore, "kms:DescribeKey", osaka, nil), "AllowIAMIdentityCenterAndIdentityStoreToDescribeKMSKey", "Okta article"),
		refuse("okta: sso needs its own context", okta, owned(sso, "kms:Decrypt", osaka, storeContext), "Okta article; idc-kms 3.5"),
		refuse("okta: no other account's service call", okta, owned(sso, "kms:Decrypt", osaka, instanceContext).with("aws:SourceAccount", memberAccount), "Okta article"),
		{name: "okta: delegated administrator is not named", key: okta, identity: []string{file(tb, "identity-delegated-admin.json")}, req: forwarded(permissionSet(delegated, tokyo), "kms:Decrypt", "sso", tokyo, instanceContext),
			want: Deny, reason: ReasonNoResourceAllow, layer: LayerKey, source: "Okta article, closing note on the policy; KMS-14"},
		{name: "okta: member's application administrator", key: okta, identity: admin, req: forwarded(session(memberAccount, "AppAdmin"), "kms:Decrypt", "sso", osaka, instanceContext),
			want: Deny, reason: ReasonNoResourceAllow, layer: LayerKey, source: "idc-kms 3.2 (rows left out)"},

		{name: "default: root user", key: plain, req: onKey(rootUser(management), "kms:PutKeyPolicy", virginia),
			want: Allow, reason: ReasonAllowed, statement: "Enable IAM User Permissions", layer: LayerKey, source: "idc-kms 2.2; KMS: default key policy"},
		{name: "default: user with AdministratorAccess", key: plain, identity: admin, req: onKey(user(management, "ops"), "kms:Decrypt", virginia),
			want: Allow, reason: ReasonAllowed, statement: "AdministratorAccess", layer: LayerIdentity, delegated: true, source: "idc-kms 2.2"},
		{name: "default: user without any policy", key: plain, req: onKey(user(management, "ops"), "kms:Decrypt", virginia),
			want: Deny, reason: ReasonNoIdentityAllow, layer: LayerIdentity, source: "idc-kms 2.7"},
	}
}

// knownBadCases: the scenarios of idc-kms 9.6 under their numbers. 12 (key
// state) and 14 (size) are not decided by policy.
func knownBadCases(tb testing.TB) []verdictCase {
	plain, okta, five, runbook := file(tb, "default.json"), file(tb, "okta7.json"), file(tb, "official5.json"), file(tb, "runbook.json")
	admin := []string{file(tb, "identity-admin.json")}
	ssoDecrypts := owned(sso, "kms:Decrypt", virginia, instanceContext)
	quickReads := app(quick, "kms:Decrypt", "identitystore", virginia, management)
	const both = `{"Sid":"Both","Effect":"Allow","Principal":{"Service":["sso.amazonaws.com","identitystore.amazonaws.com"]},"Action":"kms:Decrypt","Resource":"*",
		"Condition":{"StringEquals":{"kms:EncryptionContext:aws:sso:instance-arn":"` + instanceARN + `","kms:EncryptionContext:aws:identitystore:identitystore-arn":"` + storeARN + `"}}}`
	const describe = `{"Sid":"Describe","Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*",
		"Condition":{"StringLike":{"kms:EncryptionContext:aws:sso:instance-arn":"*"}}}`
	const onlyOrg = `{"Sid":"OnlyOrg","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}`
	const onlyOrgPeople = `{"Sid":"OnlyOrg","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`
	literal := edited(tb, "official5.json", `"2012-10-17"`, `"2008-10-17"`)
	versionless := edited(tb, "official5.json", `"Version": "2012-10-17",`, "")
	pinnedVia := edited(tb, "runbook.json", `"sso.*.amazonaws.com"`, `"sso.ap-south-1.amazonaws.com"`)
	every := edited(tb, "official5.json", "ForAnyValue:", "ForAllValues:")
	refuse := func(name, key string, r Request, causeOf string, cause Cause) verdictCase {
		return verdictCase{name: name, key: key, identity: admin, req: r, want: Deny, reason: ReasonNoResourceAllow, layer: LayerKey,
			causeOf: causeOf, cause: cause, source: "idc-kms 9.6"}
	}
	allow := func(name, key string, r Request, statement string) verdictCase {
		return verdictCase{name: name, key: key, req: r, want: Allow, reason: ReasonAllowed, statement: statement, layer: LayerKey, source: "idc-kms 9.6"}
	}
	ofKeys := func(operator, key string, note Note) Cause {
		return Cause{Element: "Condition", Operator: operator, Key: key, Note: note}
	}
	const use, ssoKey, storeKey = "AllowIdentityCenterAndIdentityStoreToUseKey", "kms:EncryptionContext:aws:sso:instance-arn", "kms:EncryptionContext:aws:identitystore:identitystore-arn"
	return []verdictCase{
		refuse("1: default policy at the replica, sso", plain, ssoDecrypts, "Enable IAM User Permissions", Cause{Element: "Principal", Request: []string{sso}}),
		refuse("1: default policy at the replica, identitystore", plain, owned(identityStore, "kms:Decrypt", virginia, storeContext), "", Cause{}),
		refuse("1: default policy at the replica, Quick", plain, quickReads, "", Cause{}),
		refuse("2: minimum policy and Quick through identitystore", okta, app(quick, "kms:Decrypt", "identitystore", osaka, management), "AllowIdentityStoreToUseTheKMSKey", Cause{Element: "Principal", Request: []string{quick}}),
		refuse("2: minimum policy and Quick through sso", okta, app(quick, "kms:Decrypt", "sso", osaka, management), "", Cause{}),
		refuse("3: one account named, Quick in a member account", runbook, app(quick, "kms:Decrypt", "identitystore", virginia, memberAccount), "AllowQuickToUseTheKMSKey",
			Cause{Element: "Condition", Operator: "StringEquals", Key: "aws:SourceAccount", Policy: []string{management}, Request: []string{memberAccount}}),
		refuse("4: pinned instance while the key is configured", file(tb, "pinned.json"), owned(sso, "kms:GenerateDataKeyWithoutPlaintext", mumbai, setupInstance), "PinIdentityCenter", ofKeys("StringEquals", ssoKey, "")),
		refuse("4: pinned store while the key is configured", file(tb, "pinned.json"), owned(identityStore, "kms:Decrypt", mumbai, setupStore), "PinIdentityStore", ofKeys("StringEquals", storeKey, "")),
		allow("4: pinned instance afterwards", file(tb, "pinned.json"), ssoDecrypts, "PinIdentityCenter"),
		allow("4: pinned with the configuration value", file(tb, "pinned-configurable.json"), owned(sso, "kms:GenerateDataKeyWithoutPlaintext", mumbai, setupInstance), "PinIdentityCenter"),
		refuse("5: both context keys in one block, sso", document(both), ssoDecrypts, "Both", ofKeys("StringEquals", storeKey, NoteAbsent)),
		refuse("5: both context keys in one block, identitystore", document(both), owned(identityStore, "kms:Decrypt", virginia, storeContext), "Both", ofKeys("StringEquals", ssoKey, NoteAbsent)),
		refuse("6: context condition on DescribeKey", document(describe), owned(sso, "kms:DescribeKey", virginia, nil), "Describe", ofKeys("StringLike", ssoKey, NoteAbsent)),
		refuse("7: variables under Version 2008-10-17", literal, ssoDecrypts, use, Cause{Element: "Condition", Operator: "StringEquals", Key: "aws:SourceAccount", Policy: []string{"${aws:ResourceAccount}"}}),
		refuse("7: variables without Version", versionless, quickReads, "AllowManagedApps", ofKeys("StringEquals", "aws:SourceOrgID", "")),
		{name: "8: organization Deny hits services", key: with(tb, "official5.json", onlyOrg), req: ssoDecrypts,
			want: Deny, reason: ReasonResourceDeny, statement: "OnlyOrg", layer: LayerKey, source: "idc-kms 9.6, 4.4"},
		allow("8: organization Deny with the exemption", with(tb, "official5.json", onlyOrgPeople), ssoDecrypts, use),
		{name: "8: the exemption still denies strangers", key: with(tb, "official5.json", onlyOrgPeople), identity: admin, req: onKey(user(memberAccount, "x"), "kms:Decrypt", virginia).with("aws:PrincipalOrgID", "o-stranger00"),
			want: Deny, reason: ReasonResourceDeny, statement: "OnlyOrg", layer: LayerKey, source: "idc-kms 9.6, 4.4"},
		refuse("9: ViaService of the primary only", pinnedVia, app(quick, "kms:Decrypt", "sso", virginia, management), "AllowQuickToUseTheKMSKey",
			Cause{Element: "Condition", Operator: "StringLike", Key: "kms:ViaService", Request: []string{"sso.us-east-1.amazonaws.com"}}),
		allow("9: ViaService of the primary at the primary", pinnedVia, app(quick, "kms:Decrypt", "sso", mumbai, management), "AllowQuickToUseTheKMSKey"),
		allow("10: primary mended", five, app(quick, "kms:Decrypt", "identitystore", mumbai, management), "AllowManagedApps"),
		refuse("10: replica forgotten", plain, app(quick, "kms:Decrypt", "identitystore", virginia, management), "", Cause{}),
		{name: "11: delegated administrator without kms:Decrypt", key: five, identity: []string{file(tb, "identity-no-kms.json")}, req: forwarded(permissionSet(delegated, mumbai), "kms:Decrypt", "sso", mumbai, instanceContext),
			want: Deny, reason: ReasonNoIdentityAllow, layer: LayerIdentity, source: "idc-kms 9.6, 1.9"},
		allow("13: ForAllValues admits a call without context", every, owned(sso, "kms:Decrypt", virginia, nil), use),
		refuse("13: ForAllValues refuses one more context key", every, owned(sso, "kms:Decrypt", virginia, map[string]string{"aws:sso:instance-arn": instanceARN, "purpose": "x"}), use,
			ofKeys("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "")),
		allow("13: ForAnyValue takes one more context key", five, owned(sso, "kms:Decrypt", virginia, map[string]string{"aws:sso:instance-arn": instanceARN, "purpose": "x"}), use),
	}
}
