package needs

import "rehome/internal/diag"

var (
	lookedAt  = diag.Source{Doc: "rehome's own read calls; service authorization reference", Date: "2026-11-22"}
	oneRegion = diag.Source{Doc: "rehome's own read calls to Organizations, Account Management and IAM; service authorization reference", Date: "2026-11-22"}
	keyRights = diag.Source{Doc: "AWS KMS developer guide, permissions for multi-Region keys (idc-kms 2.1, 2.3)", Date: "2026-11-22"}
	idcRights = diag.Source{Doc: "service authorization reference of IAM Identity Center, dependent actions (idc-kms 1.6)", Date: "2026-11-22"}
	removing  = diag.Source{Doc: "by analogy with sso:AddRegion (idc-kms 1.6)", Date: "2026-11-22", Inferred: true}
	signUp    = diag.Source{Doc: "Amazon Quick user guide, permissions to sign up with Identity Center (idc-kms 3.7)", Date: "2026-11-22"}
	subscribe = diag.Source{Doc: "CreateAccountSubscription API reference (quick-api 1.1)", Date: "2026-11-22"}
	bundled   = diag.Source{Doc: "Amazon Quick developer guide, asset bundle operations: the caller needs its own rights to each resource (quick-api 3.1)", Date: "2026-11-22"}
	leaving   = diag.Source{Doc: "Amazon Quick user guide, deleting a subscription (quick-api 1.5)", Date: "2026-11-22"}
)

// What steps look at before they act, after, and while they wait; a refused look stops a run where it is.
var (
	keyLooks          = []string{"kms:DescribeKey"}
	policyLooks       = []string{"kms:GetKeyPolicy", "kms:DescribeKey"}
	regionLooks       = []string{"sso:DescribeRegion"}
	instanceLooks     = []string{"sso:DescribeInstance"}
	oldAccountLooks   = []string{"quicksight:DescribeAccountSubscription", "quicksight:DescribeAccountSettings", "quicksight:ListNamespaces"}
	newAccountLooks   = []string{"quicksight:DescribeAccountSubscription", "quicksight:ListNamespaces"}
	subscriptionLooks = []string{"quicksight:DescribeAccountSubscription"}
)

var quickLooks = []string{"quicksight:DescribeAccountSubscription", "quicksight:DescribeAccountSettings", "quicksight:ListNamespaces", "quicksight:ListUsers", "quicksight:ListGroups",
	"quicksight:ListGroupMemberships", "quicksight:ListRoleMemberships", "quicksight:ListActionConnectors", "quicksight:ListAgents", "quicksight:ListAnalyses", "quicksight:ListDashboards",
	"quicksight:ListDataSets", "quicksight:ListDataSources", "quicksight:ListFlows", "quicksight:ListFolders", "quicksight:ListSpaces", "quicksight:ListTemplates", "quicksight:ListThemes",
	"quicksight:ListTopics", "quicksight:ListVPCConnections"}

// What is asked of each asset of a type that bundles carry, what an import does with it, and what mends what the import left out.
var (
	assetLooks = []string{"quicksight:DescribeAnalysis", "quicksight:DescribeAnalysisDefinition", "quicksight:DescribeAnalysisPermissions", "quicksight:DescribeDashboard",
		"quicksight:DescribeDashboardDefinition", "quicksight:DescribeDashboardPermissions", "quicksight:DescribeDataSet", "quicksight:DescribeDataSetPermissions",
		"quicksight:DescribeDataSetRefreshProperties", "quicksight:DescribeDataSource", "quicksight:DescribeDataSourcePermissions", "quicksight:DescribeFolder",
		"quicksight:DescribeFolderPermissions", "quicksight:DescribeTheme", "quicksight:DescribeThemePermissions", "quicksight:DescribeVPCConnection",
		"quicksight:ListFolderMembers", "quicksight:ListIngestions", "quicksight:ListRefreshSchedules", "quicksight:ListTagsForResource"}
	assetMakes = []string{"quicksight:CreateAnalysis", "quicksight:UpdateAnalysis", "quicksight:CreateDashboard", "quicksight:UpdateDashboard", "quicksight:UpdateDashboardPublishedVersion",
		"quicksight:CreateDataSet", "quicksight:UpdateDataSet", "quicksight:PassDataSet", "quicksight:CreateDataSource", "quicksight:UpdateDataSource", "quicksight:PassDataSource",
		"quicksight:CreateFolder", "quicksight:UpdateFolder", "quicksight:CreateRefreshSchedule", "quicksight:UpdateRefreshSchedule", "quicksight:PutDataSetRefreshProperties",
		"quicksight:CreateTheme", "quicksight:UpdateTheme", "quicksight:CreateVPCConnection", "quicksight:UpdateVPCConnection"}
	assetDrops = []string{"quicksight:DeleteAnalysis", "quicksight:DeleteDashboard", "quicksight:DeleteDataSet", "quicksight:DeleteDataSource", "quicksight:DeleteFolder",
		"quicksight:DeleteRefreshSchedule", "quicksight:DeleteTheme", "quicksight:DeleteVPCConnection"}
	assetMends = []string{"quicksight:UpdateAnalysisPermissions", "quicksight:UpdateDashboardPermissions", "quicksight:UpdateDataSetPermissions", "quicksight:UpdateDataSourcePermissions",
		"quicksight:UpdateFolderPermissions", "quicksight:UpdateThemePermissions", "quicksight:TagResource", "quicksight:CreateFolderMembership"}
)

// rightRows is the table of actions by kind of work.
var rightRows = []rightRow{
	{kind: KindSurvey, hand: keyHolder, actions: []string{"organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators", "organizations:ListParents",
		"organizations:ListPoliciesForTarget", "organizations:DescribePolicy"}, why: "the organization and its control policies", source: oneRegion},
	{kind: KindSurvey, hand: everyone, actions: []string{"account:ListRegions"}, why: "the Regions that the account may use", source: oneRegion},
	{kind: KindSurvey, hand: everyone, thing: callerThing, actions: []string{"iam:SimulatePrincipalPolicy", "iam:GetRole"}, why: "what the caller may do", source: oneRegion},
	{kind: KindSurvey, hand: everyone, actions: []string{"sso:ListInstances"}, why: "an instance of the account's own", source: lookedAt},
	{kind: KindSurvey, hand: everyone, actions: []string{"quicksight:DescribeAccountSubscription", "quicksight:ListNamespaces", "quicksight:ListUsers", "quicksight:ListGroups", "quicksight:ListGroupMemberships", "quicksight:ListRoleMemberships"}, why: "whether there is another Quick account with the same people", source: lookedAt},
	{kind: KindSurvey, hand: keyHolder, thing: keyThing, actions: []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListResourceTags"}, why: "the key, its copies and their policies", source: lookedAt},
	{kind: KindSurvey, hand: keyHolder, actions: []string{"kms:ListKeys"}, why: "keys that a run has left behind", source: lookedAt},
	{kind: KindSurvey, hand: administering, thing: instanceThing, actions: []string{"sso:DescribeInstance", "sso:ListRegions", "sso:DescribeRegion", "sso:ListApplications"}, why: "the instance, its Regions and applications", source: idcRights},
	{kind: KindSurvey, hand: administering, thing: applicationThing, actions: []string{"sso:DescribeApplication", "sso:ListApplicationGrants", "sso:ListApplicationAssignments"}, why: "Quick's application", source: idcRights},
	{kind: KindSurvey, hand: administering, thing: storeThing, actions: []string{"identitystore:ListUsers", "identitystore:DescribeUser", "identitystore:ListGroups", "identitystore:ListGroupMemberships"}, why: "people and groups, in each Region", source: lookedAt},
	{kind: KindSurvey, hand: administering, thing: keyThing, actions: []string{"kms:Decrypt"}, why: "Identity Center reads with the caller's own right to the key", source: idcRights},
	{kind: KindSurvey, hand: quicks, actions: quickLooks, why: "the Quick account, its people and assets", source: lookedAt},

	{kind: KindSurvey, hand: administering, thing: instanceThing, actions: []string{"sso:ListTrustedTokenIssuers"}, why: "whose tokens Identity Center trusts", source: idcRights},
	{kind: KindSurvey, hand: administering, thing: issuerThing, actions: []string{"sso:DescribeTrustedTokenIssuer"}, why: "which issuer, and how it finds a person", source: idcRights},

	{kind: "create-key", hand: keyHolder, actions: []string{"kms:CreateKey"}, why: "a key of several Regions", source: keyRights},
	{kind: "create-key", hand: keyHolder, actions: []string{"kms:TagResource"}, why: "the tag by which a cut-off run finds its key again; the key has no ARN yet", source: keyRights},
	{kind: "create-key", hand: keyHolder, thing: serviceRole, actions: []string{"iam:CreateServiceLinkedRole"}, why: "KMS keeps the copies in step with a role of its own", source: keyRights},
	{kind: "create-key", hand: keyHolder, actions: []string{"kms:ListKeys"}, why: "whether a cut-off run has made the key", source: lookedAt},
	{kind: "create-key", hand: keyHolder, thing: keyThing, actions: []string{"kms:ListResourceTags", "kms:DescribeKey"}, why: "the key by its tag, and whether it is enabled", source: lookedAt},
	{kind: "key-policy", hand: keyHolder, thing: keyThing, actions: []string{"kms:PutKeyPolicy"}, why: "each Region's copy has its own policy", source: keyRights},
	{kind: "key-policy", hand: keyHolder, thing: keyThing, actions: policyLooks, why: "the policy that is there", source: lookedAt},
	{kind: "verify-key-policies", hand: keyHolder, thing: keyThing, actions: policyLooks, why: "what each copy says in the end", source: lookedAt},
	{kind: "replica", hand: keyHolder, thing: keyThing, actions: []string{"kms:ReplicateKey", "kms:PutKeyPolicy"}, why: "a copy of the key, with its policy", source: keyRights},
	{kind: "replica", hand: keyHolder, actions: []string{"kms:CreateKey", "kms:TagResource"}, why: "the copy is a key in its own Region", source: keyRights},
	{kind: "replica", hand: keyHolder, thing: keyThing, actions: keyLooks, why: "whether the copy is there", source: lookedAt},
	{kind: "encrypt-instance", hand: keyHolder, thing: instanceThing, actions: []string{"sso:UpdateInstance"}, why: "Identity Center is switched to the key", source: idcRights},
	{kind: "encrypt-instance", hand: keyHolder, thing: storeThing, actions: []string{"identitystore:UpdateIdentityStore"}, why: "the Identity Store is switched with it", source: idcRights},
	{kind: "encrypt-instance", hand: keyHolder, thing: keyThing, actions: []string{"kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"}, why: "whoever switches the key must be able to use it", source: idcRights},
	{kind: "encrypt-instance", hand: keyHolder, thing: instanceThing, actions: instanceLooks, why: "which key is in use", source: idcRights},
	{kind: "add-region", hand: administering, thing: instanceThing, actions: []string{"sso:AddRegion"}, why: "Identity Center is replicated", source: idcRights},
	{kind: "add-region", hand: administering, thing: storeThing, actions: []string{"identitystore:AddRegion"}, why: "people and groups are replicated with it", source: idcRights},
	{kind: "add-region", hand: administering, thing: keyThing, actions: []string{"kms:Decrypt"}, why: "Identity Center reads with the caller's own right to the key", source: idcRights},
	{kind: "add-region", hand: administering, thing: instanceThing, actions: regionLooks, why: "whether the Region is there", source: idcRights},
	{kind: "region-active", hand: administering, thing: instanceThing, actions: regionLooks, why: "how the replication ends", source: idcRights},
	{kind: "region-active", hand: administering, thing: keyThing, actions: []string{"kms:Decrypt"}, why: "Identity Center reads with the caller's own right to the key", source: idcRights},
	{kind: "verify-replication", hand: administering, actions: []string{"sso:ListInstances"}, why: "the same instance in the new Region", source: lookedAt},
	{kind: "verify-replication", hand: administering, thing: storeThing, actions: []string{"identitystore:ListGroups", "identitystore:DescribeUser"}, why: "the same groups and people in the new Region", source: lookedAt},

	{kind: "token-issuer", hand: administering, thing: instanceThing, actions: []string{"sso:CreateTrustedTokenIssuer", "sso:ListTrustedTokenIssuers"}, why: "Identity Center trusts the identity provider's tokens", source: idcRights},
	{kind: "token-issuer", hand: administering, thing: issuerThing, actions: []string{"sso:DescribeTrustedTokenIssuer"}, why: "whether it is there", source: idcRights},
	{kind: "token-issuer-replicated", hand: administering, thing: instanceThing, actions: []string{"sso:ListTrustedTokenIssuers"}, why: "whether the target shows it", source: idcRights},
	{kind: "delete-token-issuer", hand: administering, thing: issuerThing, actions: []string{"sso:DeleteTrustedTokenIssuer", "sso:DescribeTrustedTokenIssuer"}, why: "an issuer's URL cannot be changed", source: idcRights},
	{kind: "instance-encrypted", hand: keyHolder, thing: instanceThing, actions: []string{"sso:DescribeInstance"}, why: "how the change of the key ends", source: idcRights},
	{kind: "record-application", hand: quicks, thing: applicationThing, actions: []string{"sso:DescribeApplication", "sso:ListApplicationGrants", "sso:ListApplicationAssignments"}, why: "what names the old application", source: idcRights},
	{kind: "verify-quick", hand: quicks, thing: applicationThing, actions: []string{"sso:DescribeApplication"}, why: "what became of the old application", source: idcRights},
	{kind: "verify-quick", hand: quicks, actions: []string{"quicksight:ListUsers"}, why: "the people in the new account", source: lookedAt},
	{kind: "verify-quick", hand: administering, thing: storeThing, actions: []string{"identitystore:ListGroups", "identitystore:ListGroupMemberships", "identitystore:ListUsers"}, why: "the people who should be in it", source: lookedAt},
	{kind: "remove-region", hand: administering, thing: instanceThing, actions: []string{"sso:RemoveRegion"}, why: "Identity Center leaves the Region", source: idcRights},
	{kind: "remove-region", hand: administering, thing: storeThing, actions: []string{"identitystore:RemoveRegion"}, why: "people and groups leave with it", source: removing},
	{kind: "remove-region", hand: administering, thing: instanceThing, actions: regionLooks, why: "whether the Region is there", source: idcRights},
	{kind: "remove-region", hand: administering, thing: keyThing, actions: []string{"kms:Decrypt"}, why: "Identity Center reads with the caller's own right to the key", source: idcRights},
	{kind: "region-removed", hand: administering, thing: instanceThing, actions: regionLooks, why: "until the Region is gone", source: idcRights},
	{kind: "delete-replica", hand: keyHolder, thing: keyThing, actions: keyLooks, why: "that a person has scheduled the copy's deletion", source: lookedAt},
	{kind: "aws-owned-key", hand: keyHolder, thing: instanceThing, actions: []string{"sso:UpdateInstance", "sso:DescribeInstance"}, why: "AWS's own key again", source: idcRights},
	{kind: "aws-owned-key", hand: keyHolder, thing: storeThing, actions: []string{"identitystore:UpdateIdentityStore"}, why: "the same for people and groups", source: idcRights},
	{kind: "aws-owned-key", hand: keyHolder, thing: keyThing, actions: []string{"kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"}, why: "the data is read with the key once more", source: idcRights},
	{kind: "aws-owned-key-in-use", hand: keyHolder, thing: instanceThing, actions: instanceLooks, why: "how the change of the key ends", source: idcRights},
	{kind: "delete-key", hand: keyHolder, thing: keyThing, actions: keyLooks, why: "that a person has scheduled the key's deletion", source: lookedAt},

	{kind: "protection-off", hand: quicks, actions: []string{"quicksight:UpdateAccountSettings"}, why: "termination protection", source: leaving},
	{kind: "protection-off", hand: quicks, actions: oldAccountLooks, why: "that it is the account that was planned", source: leaving},
	{kind: "delete-quick", hand: quicks, actions: []string{"quicksight:DeleteAccountSubscription", "quicksight:Unsubscribe"}, why: "the old account", source: leaving},
	{kind: "delete-quick", hand: quicks, actions: oldAccountLooks, why: "that it is the account that was planned", source: leaving},
	{kind: "quick-gone", hand: quicks, actions: oldAccountLooks, why: "until it is gone", source: leaving},
	{kind: "create-quick", hand: quicks, actions: []string{"quicksight:CreateAccountSubscription", "quicksight:Subscribe"}, why: "the new account", source: subscribe},
	{kind: "create-quick", hand: quicks, actions: subscriptionLooks, why: "that there is no other account", source: subscribe},
	{kind: "create-quick", hand: quicks, actions: []string{"organizations:DescribeOrganization", "sso:ListInstances", "sso:DescribeInstance", "sso:DescribeRegisteredRegions", "sso:DescribeApplication",
		"sso:CreateApplication", "sso:PutApplicationAuthenticationMethod", "sso:PutApplicationGrant", "sso:DeleteApplication", "sso:CreateApplicationAssignment", "sso:DeleteApplicationAssignment",
		"sso:SearchGroups", "sso:GetProfile"}, why: "the sign-up registers Quick in Identity Center", source: signUp},
	{kind: "create-quick", hand: quicks, thing: keyThing, actions: []string{"kms:Decrypt"}, why: "Identity Center reads with the caller's own right to the key", source: signUp},
	{kind: "create-quick", hand: quicks, actions: []string{"user-subscriptions:CreateClaim", "user-subscriptions:UpdateClaim", "sso-directory:DescribeUser", "sso-directory:DescribeGroup", "identitystore:DescribeUser",
		"identitystore:DescribeGroup", "organizations:ListAWSServiceAccessForOrganization", "iam:CreateServiceLinkedRole"}, why: "the Pro edition's subscriptions", source: signUp, pro: true},
	{kind: "quick-created", hand: quicks, actions: newAccountLooks, why: "until it is ready", source: subscribe},
	{kind: "role-memberships", hand: quicks, actions: []string{"quicksight:CreateRoleMembership", "quicksight:DeleteRoleMembership"}, why: "groups by role", source: subscribe},
	{kind: "role-memberships", hand: quicks, actions: []string{"quicksight:ListRoleMemberships"}, why: "which groups have their role", source: subscribe},

	{kind: "export-assets", hand: quicks, actions: []string{"quicksight:StartAssetBundleExportJob", "quicksight:DescribeAssetBundleExportJob"}, why: "the assets in bundles", source: bundled},
	{kind: "export-assets", hand: quicks, actions: assetLooks, why: "what each asset uses, who may use it, and what no bundle holds", source: bundled},
	{kind: "trial-import", hand: quicks, actions: []string{"quicksight:StartAssetBundleImportJob", "quicksight:DescribeAssetBundleImportJob", "quicksight:ListAssetBundleImportJobs"}, why: "the assets on trial", source: bundled},
	{kind: "trial-import", hand: quicks, actions: assetMakes, why: "an import makes each asset with the caller's own rights", source: bundled},
	{kind: "trial-import", hand: quicks, actions: assetDrops, why: "what the trial has made goes again", source: bundled},
	{kind: "load-datasets", hand: quicks, actions: []string{"quicksight:CreateIngestion", "quicksight:DescribeIngestion"}, why: "the data that bundles do not carry", source: bundled},
	{kind: "import-assets", hand: quicks, actions: []string{"quicksight:StartAssetBundleImportJob", "quicksight:DescribeAssetBundleImportJob"}, why: "the assets from bundles", source: bundled},
	{kind: "import-assets", hand: quicks, actions: assetMakes, why: "an import makes each asset with the caller's own rights", source: bundled},
	{kind: "import-assets", hand: quicks, actions: assetMends, why: "what an import has left out", source: bundled},

	{kind: KindUndo, hand: keyHolder, thing: keyThing, actions: []string{"kms:PutKeyPolicy"}, why: "the policy that was there before", source: keyRights},
	{kind: KindUndo, hand: keyHolder, thing: instanceThing, actions: []string{"sso:UpdateInstance"}, why: "the key of before again", source: idcRights},
	{kind: KindUndo, hand: administering, thing: issuerThing, actions: []string{"sso:DeleteTrustedTokenIssuer"}, why: "an issuer that the run made", source: idcRights},
	{kind: KindUndo, hand: administering, thing: instanceThing, actions: []string{"sso:RemoveRegion"}, why: "one Region again", source: idcRights},
	{kind: KindUndo, hand: keyHolder, thing: storeThing, actions: []string{"identitystore:UpdateIdentityStore"}, why: "the same for people and groups", source: removing},
	{kind: KindUndo, hand: administering, thing: storeThing, actions: []string{"identitystore:RemoveRegion"}, why: "the same for people and groups", source: removing},
	{kind: KindUndo, hand: keyHolder, thing: keyThing, actions: []string{"kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"}, why: "the data is read with the key once more", source: idcRights},
	{kind: KindUndo, hand: quicks, actions: []string{"quicksight:UpdateAccountSettings"}, why: "termination protection goes on again", source: leaving},
	{kind: KindByHand, hand: keyHolder, thing: keyThing, actions: []string{"kms:ScheduleKeyDeletion", "kms:EnableKey", "kms:CancelKeyDeletion"}, why: "keys are deleted and revived by people", source: keyRights},
}
