package needs

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// Statement is one statement of a key policy, as JSON text.
type Statement = jsontext.Value

var (
	contextKeys = []string{"aws:sso:instance-arn", "aws:identitystore:identitystore-arn"}
	viaServices = []string{"sso.*.amazonaws.com", "identitystore.*.amazonaws.com"}
	own         = []string{"identitystore.amazonaws.com", "sso.amazonaws.com"}
)

type object = map[string]any

// BaselineStatements are the statements that AWS publishes for a key of Identity Center, but for the administrators' one: they
// grant the services what Of asks for and hold for every Region alike (idc-kms 3.1). They need policy version 2012-10-17.
func BaselineStatements() []Statement {
	keysPresent := object{"kms:EncryptionContextKeys": contextKeys}
	return statements(
		object{"Sid": "AllowIdentityCenterAndIdentityStoreToDescribeKey", "Effect": "Allow", "Principal": object{"Service": own},
			"Action": "kms:DescribeKey", "Resource": "*",
			"Condition": object{"StringEquals": object{"aws:SourceAccount": "${aws:ResourceAccount}"}}},
		object{"Sid": "AllowIdentityCenterAndIdentityStoreToUseKey", "Effect": "Allow", "Principal": object{"Service": own},
			"Action": cryptoActions, "Resource": "*",
			"Condition": object{"StringEquals": object{"aws:SourceAccount": "${aws:ResourceAccount}"}, "ForAnyValue:StringEquals": keysPresent}},
		object{"Sid": "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore", "Effect": "Allow", "Principal": "*",
			"Action": "kms:Decrypt", "Resource": "*",
			"Condition": object{"StringEquals": object{"aws:PrincipalOrgID": "${aws:ResourceOrgID}"},
				"StringLike": object{"kms:ViaService": viaServices}, "ForAnyValue:StringEquals": keysPresent}},
		object{"Sid": "AllowManagedApps", "Effect": "Allow", "Principal": "*",
			"Action": "kms:Decrypt", "Resource": "*",
			"Condition": object{"Bool": object{"aws:PrincipalIsAWSService": "true"}, "StringEquals": object{"aws:SourceOrgID": "${aws:ResourceOrgID}"},
				"StringLike": object{"kms:ViaService": viaServices}, "ForAnyValue:StringEquals": keysPresent}},
	)
}

// DefaultKeyPolicy is what KMS gives a key or replica that is created by API without a policy: the account alone (idc-kms 2.2).
func DefaultKeyPolicy(account estate.AccountID) string {
	return `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::` + string(account) + `:root"},"Action":"kms:*","Resource":"*"}]}`
}

// statements cannot fail: it encodes literals of this file.
func statements(objects ...object) []Statement {
	out := make([]Statement, len(objects))
	for i, o := range objects {
		b, err := json.Marshal(o, json.Deterministic(true))
		if err != nil {
			panic("needs: " + err.Error())
		}
		out[i] = b
	}
	return out
}
