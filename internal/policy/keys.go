package policy

import "strings"

// keyRule is what is known of one condition key.
type keyRule struct {
	multi bool // several values in one request
	asked bool // silence means that nobody looked, not that the key is absent
}

// encryptionContext begins the keys that carry one pair each; single-valued.
const encryptionContext = "kms:encryptioncontext:"

// prefixed are the keys whose name ends in a name that customers choose.
var prefixed = []string{encryptionContext, "aws:principaltag/", "aws:resourcetag/", "aws:requesttag/"}

// keyRules lists the condition keys that can be judged, by lower-case name
// (idc-kms 4.5; "AWS global condition context keys"; "AWS KMS condition
// keys"). A key that is not here is unknown, not absent: AWS may send it.
var keyRules = rules(map[string]string{
	"absent unless given": "aws:PrincipalArn aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalServiceName aws:username " +
		"aws:SourceAccount aws:SourceArn aws:SourceOrgID aws:ResourceOrgID kms:ViaService " + encryptionContext,
	"absent unless given, several values": "aws:PrincipalOrgPaths aws:SourceOrgPaths aws:ResourceOrgPaths kms:EncryptionContextKeys",
	// kms:CallerAccount is undocumented for services (idc-kms 4.5).
	"asked": "aws:PrincipalIsAWSService aws:ResourceAccount aws:RequestedRegion aws:SecureTransport aws:ViaAWSService kms:CallerAccount " +
		"aws:CurrentTime aws:EpochTime aws:SourceIp aws:VpcSourceIp aws:SourceVpc aws:SourceVpce aws:SourceVpcArn " +
		"aws:MultiFactorAuthAge aws:MultiFactorAuthPresent aws:TokenIssueTime aws:FederatedProvider aws:SourceIdentity " +
		"aws:PrincipalType aws:userid aws:UserAgent aws:Referer aws:CalledViaFirst aws:CalledViaLast " +
		"aws:PrincipalTag/ aws:ResourceTag/ aws:RequestTag/ " +
		"kms:BypassPolicyLockoutSafetyCheck kms:CustomerMasterKeySpec kms:CustomerMasterKeyUsage kms:DataKeyPairSpec " +
		"kms:EncryptionAlgorithm kms:ExpirationModel kms:GrantConstraintType kms:GranteePrincipal kms:GrantIsForAWSResource " +
		"kms:KeyOrigin kms:KeySpec kms:KeyUsage kms:MacAlgorithm kms:MessageType kms:MultiRegion kms:MultiRegionKeyType " +
		"kms:PrimaryRegion kms:ReEncryptOnSameKey kms:ReplicaRegion kms:RequestAlias kms:RetiringPrincipal " +
		"kms:RotationPeriodInDays kms:ScheduleKeyDeletionPendingWindowInDays kms:SigningAlgorithm kms:ValidTo",
	"asked, several values": "aws:CalledVia aws:PrincipalServiceNamesList aws:TagKeys kms:GrantOperations kms:ResourceAliases",
})

func rules(kinds map[string]string) map[string]keyRule {
	list := map[string]keyRule{}
	for kind, names := range kinds {
		rule := keyRule{multi: strings.Contains(kind, "several"), asked: strings.HasPrefix(kind, "asked")}
		for name := range strings.FieldsSeq(names) {
			list[strings.ToLower(name)] = rule
		}
	}
	return list
}

// ruleFor finds the rule of a key in lower case; ok is false when the key is not modelled.
func ruleFor(key string) (rule keyRule, ok bool) {
	for _, prefix := range prefixed {
		if name, found := strings.CutPrefix(key, prefix); found {
			return keyRules[prefix], name != ""
		}
	}
	rule, ok = keyRules[key]
	return rule, ok
}
