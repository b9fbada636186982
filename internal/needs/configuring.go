package needs

import (
	"rehome/internal/diag"
	"rehome/internal/policy"
)

// keyConfiguration stands in the encryption context, in place of the instance's name, while a key is being configured (idc-kms 1.9).
const keyConfiguration = "purpose:KEY_CONFIGURATION"

var (
	dependent = diag.Source{Doc: "sso:UpdateInstance in the service authorization reference, dependent actions (idc-kms 1.6, 9.6)", Date: "2026-11-22", Inferred: true}
	configure = diag.Source{Doc: "IAM Identity Center user guide, advanced key policy statements, purpose:KEY_CONFIGURATION (idc-kms 1.9, 3.3); which calls are made: idc-kms 9.6", Date: "2026-11-22", Inferred: true}
)

var useActions = []string{"kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"}

// configuringRows is what UpdateInstance asks of a key that Identity Center is to be switched to.
var configuringRows = []row{
	{code: "KMS-09", service: sso, actions: []string{"kms:DescribeKey"}, where: homeOnly, source: baseline, why: "Identity Center looks at the key that it is given"},
	{code: "KMS-09", service: identityStore, actions: []string{"kms:DescribeKey"}, where: homeOnly, source: baseline, why: "the Identity Store looks at the key that it is given"},
	{code: "KMS-08", service: sso, actions: cryptoActions, context: sso, where: homeOnly, source: configure, configuring: true, why: "Identity Center tries the key before it takes it"},
	{code: "KMS-08", service: identityStore, actions: cryptoActions, context: identityStore, where: homeOnly, source: configure, configuring: true, why: "the Identity Store tries the key before it takes it"},
	{code: "SUB-19", service: administrator, via: sso, actions: []string{"kms:DescribeKey"}, where: homeOnly, source: dependent, why: "whoever switches the key must be able to look at it"},
	{code: "SUB-19", service: administrator, via: sso, actions: useActions, context: sso, where: homeOnly, source: dependent, configuring: true, why: "whoever switches the key must be able to use it"},
	{code: "SUB-19", service: administrator, via: identityStore, actions: useActions, context: identityStore, where: homeOnly, source: dependent, configuring: true, why: "whoever switches the key must be able to use it"},
}

// Configuring lists what UpdateInstance needs of the key in Facts.Instance.Encryption, which Identity Center is to be switched to, in
// the instance's primary Region. The administrator is the operator where no other is known.
func Configuring(f Facts) []Need { return f.switching().list(configuringRows) }

// Configured lists the same needs as they are once the switch is done: the encryption context then names the instance. A policy that
// allows these and denies those of Configuring is pinned to exact values too early.
func Configured(f Facts) []Need {
	after := make([]row, len(configuringRows))
	for i, r := range configuringRows {
		r.configuring = false
		after[i] = r
	}
	return f.switching().list(after)
}

func (f Facts) switching() Facts {
	if f.Administrator == (policy.Principal{}) {
		f.Administrator = f.Operator
	}
	return f
}
