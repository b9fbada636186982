package policy

import "testing"

// officialCases: the current five-statement baseline and the ten statements
// before it (testdata/official5.json, official10.json).
func officialCases(tb testing.TB) []verdictCase {
	five, ten := file(tb, "official5.json"), file(tb, "official10.json")
	admin, da := []string{file(tb, "identity-admin.json")}, []string{file(tb, "identity-delegated-admin.json")}
	noKMS := []string{file(tb, "identity-no-kms.json")}
	mgmtAdmin, daAdmin := permissionSet(management, mumbai), permissionSet(delegated, mumbai)
	appAdmin := session(memberAccount, "AppAdmin")
	const (
		use      = "AllowIdentityCenterAndIdentityStoreToUseKey"
		describe = "AllowIdentityCenterAndIdentityStoreToDescribeKey"
		people   = "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore"
		apps     = "AllowManagedApps"
		inKey    = LayerKey
		inIAM    = LayerIdentity
	)
	allow := func(name, key string, r Request, statement, source string) verdictCase {
		return verdictCase{name: name, key: key, req: r, want: Allow, reason: ReasonAllowed, statement: statement, layer: inKey, source: source}
	}
	refuse := func(name, key string, r Request, source string) verdictCase {
		return verdictCase{name: name, key: key, req: r, want: Deny, reason: ReasonNoResourceAllow, layer: inKey, source: source}
	}
	cases := []verdictCase{
		allow("5: sso decrypts", five, owned(sso, "kms:Decrypt", virginia, instanceContext), use, "idc-kms 3.1"),
		allow("5: sso re-encrypts from", five, owned(sso, "kms:ReEncryptFrom", virginia, instanceContext), use, "idc-kms 3.1"),
		allow("5: sso re-encrypts to", five, owned(sso, "kms:ReEncryptTo", mumbai, instanceContext), use, "idc-kms 3.1"),
		allow("5: sso makes a data key", five, owned(sso, "kms:GenerateDataKeyWithoutPlaintext", mumbai, instanceContext), use, "idc-kms 3.1"),
		allow("5: identitystore decrypts", five, owned(identityStore, "kms:Decrypt", virginia, storeContext), use, "idc-kms 3.1"),
		allow("5: sso describes", five, owned(sso, "kms:DescribeKey", virginia, nil), describe, "idc-kms 3.1, 3.3"),
		allow("5: identitystore describes", five, owned(identityStore, "kms:DescribeKey", virginia, nil), describe, "idc-kms 3.1, 3.3"),
		allow("5: key set-up has another context value", five, owned(sso, "kms:Decrypt", mumbai, setupInstance), use, "idc-kms 1.9, 3.6"),
		refuse("5: sso may not encrypt with plaintext", five, owned(sso, "kms:GenerateDataKey", mumbai, instanceContext), "idc-kms 3.1 (action list)"),
		refuse("5: sso without encryption context", five, owned(sso, "kms:Decrypt", mumbai, nil), "idc-kms 3.1, 4.4 (ForAnyValue on an absent key)"),
		refuse("5: sso for an instance of another account", five, owned(sso, "kms:Decrypt", mumbai, instanceContext).with("aws:SourceAccount", memberAccount), "idc-kms 3.1"),
		refuse("5: another service as if it were sso", five, owned("lambda.amazonaws.com", "kms:Decrypt", mumbai, instanceContext), "idc-kms 3.1, 4.3"),
		allow("5: Quick through identitystore", five, app(quick, "kms:Decrypt", "identitystore", virginia, management), apps, "idc-kms 3.6; KMS-11"),
		allow("5: Quick through sso", five, app(quick, "kms:Decrypt", "sso", virginia, management), apps, "idc-kms 3.6; KMS-11"),
		allow("5: Quick of a member account", five, app(quick, "kms:Decrypt", "identitystore", virginia, memberAccount), apps, "idc-kms 3.6 (aws:SourceOrgID)"),
		refuse("5: Quick of another organization", five, app(quick, "kms:Decrypt", "sso", virginia, memberAccount).with("aws:SourceOrgID", "o-stranger00"), "idc-kms 3.1"),
		refuse("5: Quick does not describe", five, app(quick, "kms:DescribeKey", "sso", virginia, management), "idc-kms 3.6 (the runbook's statement adds DescribeKey)"),
		refuse("5: Quick not through a service", five, onKey(service(quick), "kms:Decrypt", virginia).with("aws:SourceOrgID", orgID).encrypted(storeContext), "idc-kms 3.1 (kms:ViaService absent)"),
		refuse("5: Quick in no organization", five, app(quick, "kms:Decrypt", "sso", virginia, memberAccount).with("aws:SourceOrgID").with("aws:ResourceOrgID"), "idc-kms 4.5 (unresolved variable)"),
		allow("5: an administrator's own rights through sso", five, forwarded(mgmtAdmin, "kms:Decrypt", "sso", virginia, instanceContext), people, "idc-kms 3.1 (statement 4)"),
		{name: "5: management administrator by delegation", key: five, identity: admin, req: onKey(mgmtAdmin, "kms:PutKeyPolicy", virginia),
			want: Allow, reason: ReasonAllowed, statement: "AdministratorAccess", layer: inIAM, delegated: true, source: "idc-kms 3.1 (statement 1), 4.1 step 5b"},
		{name: "5: management caller without KMS rights", key: five, identity: noKMS, req: onKey(mgmtAdmin, "kms:DescribeKey", virginia),
			want: Deny, reason: ReasonNoIdentityAllow, layer: inIAM, source: "idc-kms 2.7, 4.1 step 5b"},
		{name: "5: delegated administrator with the documented policy", key: five, identity: da, req: onKey(daAdmin, "kms:DescribeKey", virginia),
			want: Allow, reason: ReasonAllowed, statement: "UseKey", layer: inIAM, delegated: true, source: "idc-kms 3.4, 4.1 step 6"},
		{name: "5: application administrator of a member account", key: five, identity: admin, req: forwarded(appAdmin, "kms:Decrypt", "identitystore", virginia, storeContext),
			want: Allow, reason: ReasonAllowed, statement: people, layer: inKey, source: "idc-kms 3.4, 4.1 step 6"},
		{name: "5: application administrator without KMS rights", key: five, identity: noKMS, req: forwarded(appAdmin, "kms:Decrypt", "sso", virginia, instanceContext),
			want: Deny, reason: ReasonNoIdentityAllow, layer: inIAM, source: "idc-kms 1.9, 3.4"},
		{name: "5: member caller straight to KMS", key: five, identity: admin, req: onKey(appAdmin, "kms:Decrypt", virginia).with("aws:PrincipalOrgID", orgID).encrypted(storeContext),
			want: Deny, reason: ReasonNoResourceAllow, layer: inKey, source: "idc-kms 3.1 (kms:ViaService absent)",
			causeOf: people, cause: Cause{Element: "Condition", Operator: "StringLike", Key: "kms:ViaService", Note: NoteAbsent,
				Policy: []string{"sso.*.amazonaws.com", "identitystore.*.amazonaws.com"}}},

		allow("10: sso decrypts", ten, owned(sso, "kms:Decrypt", virginia, instanceContext), "AllowIAMIdentityCenterToUseTheKMSKey", "idc-kms 3.2"),
		allow("10: identitystore decrypts", ten, owned(identityStore, "kms:Decrypt", virginia, storeContext), "AllowIdentityStoreToUseTheKMSKey", "idc-kms 3.2"),
		refuse("10: sso with the store's context", ten, owned(sso, "kms:Decrypt", virginia, storeContext), "idc-kms 3.2, 3.5"),
		allow("10: sso describes", ten, owned(sso, "kms:DescribeKey", virginia, nil), "AllowIAMIdentityCenterAndIdentityStoreToDescribeKMSKey", "idc-kms 3.2"),
		allow("10: Quick through sso", ten, app(quick, "kms:Decrypt", "sso", virginia, management), "AllowManagedAppsToUseTheKMSKeyViaIdentityCenter", "idc-kms 3.2"),
		allow("10: Quick through identitystore", ten, app(quick, "kms:Decrypt", "identitystore", virginia, memberAccount), "AllowManagedAppsToUseTheKMSKeyViaIdentityStore", "idc-kms 3.2"),
		refuse("10: root user of the key's account manages nothing", ten, onKey(rootUser(management), "kms:PutKeyPolicy", mumbai), "idc-kms 3.2 (no kms:* statement)"),
		{name: "10: delegated administrator through sso", key: ten, identity: da, req: forwarded(daAdmin, "kms:Encrypt", "sso", mumbai, setupInstance),
			want: Allow, reason: ReasonAllowed, statement: "UseKey", layer: inIAM, delegated: true, source: "idc-kms 3.2, 3.4"},
		{name: "10: a role that is no permission set", key: ten, identity: admin, req: forwarded(session(management, "Admin"), "kms:Encrypt", "sso", mumbai, instanceContext),
			want: Deny, reason: ReasonNoResourceAllow, layer: inKey, source: "idc-kms 3.2 (ArnLike aws:PrincipalArn)",
			causeOf: "AllowIAMIdentityCenterAdminToUseTheKMSKeyViaIdentityCenter", cause: Cause{Element: "Condition", Operator: "ArnLike", Key: "aws:PrincipalArn",
				Request: []string{"arn:aws:iam::111122223333:role/Admin"}}},
		{name: "10: permission set of an instance homed in us-east-1", key: ten, identity: admin, req: forwarded(permissionSet(management, virginia), "kms:Encrypt", "sso", virginia, instanceContext),
			want: Deny, reason: ReasonNoResourceAllow, layer: inKey, source: "KMS-15 (no Region in the role's path)"},
	}
	return cases
}

// The row wants the KMS checks of UpdateInstance: by the caller through both
// services (idc-kms 9.6), with either generation's statements for administrators.
func TestAdministratorPassesUpdateInstance(t *testing.T) {
	t.Attr("requirement", "KMS-13")
	admin := mustParse(t, file(t, "identity-admin.json"))
	caller := permissionSet(management, tokyo)
	denied := func(key string) (actions []string) {
		l := Layers{Resource: mustParse(t, key), Identity: []*Document{admin}, IdentityKnown: true}
		for _, action := range []string{"kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"} {
			for _, via := range []string{"sso", "identitystore"} {
				context := setupInstance
				switch {
				case action == "kms:DescribeKey":
					context = nil
				case via == "identitystore":
					context = setupStore
				}
				if v := AuthorizeKey(l, forwarded(caller, action, via, tokyo, context)); v.Decision != Allow {
					actions = append(actions, action+" through "+via)
				}
			}
		}
		return actions
	}
	for _, name := range []string{"official5.json", "official10.json", "okta7.json"} {
		if got := denied(file(t, name)); len(got) > 0 {
			t.Errorf("%s refuses %v", name, got)
		}
	}
	const viaStore = "AllowIAMIdentityCenterAdminToUseTheKMSKeyViaIdentityStore"
	// Decrypt stays allowed by AllowAppAdmins...ViaIdentityStore.
	got := denied(without(t, "official10.json", viaStore))
	if len(got) != 2 || got[0] != "kms:Encrypt through identitystore" || got[1] != "kms:GenerateDataKeyWithoutPlaintext through identitystore" {
		t.Errorf("without %s: refused %v", viaStore, got)
	}
}
