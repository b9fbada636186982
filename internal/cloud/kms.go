package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rehome/internal/estate"
)

var keyService = api[kms.Client, kms.Options]{"kms", kms.NewFromConfig}

// KMS is the keys of one account in one Region.
type KMS struct{ site }

// KMS goes to the given account and Region.
func (c *Cloud) KMS(account estate.AccountID, region estate.Region) KMS {
	return KMS{site{c, account, region}}
}

// Key is one copy of a key as its own Region describes it.
type Key struct {
	ARN         estate.ARN
	State       estate.KeyState
	Description string
	Spec        string
	Usage       string
	Manager     string // AWS or CUSTOMER
	MultiRegion bool
	Primary     estate.Region   // of a multi-Region key; else empty
	Replicas    []estate.Region // of a multi-Region key, the primary not among them
}

// DescribeKey looks at the copy of the key in this Region.
func (k KMS) DescribeKey(ctx context.Context, id estate.KeyID) (Key, error) {
	out, err := call(ctx, k.site, keyService, (*kms.Client).DescribeKey, &kms.DescribeKeyInput{KeyId: aws.String(string(id))})
	if err != nil {
		return Key{}, err
	}
	m := out.KeyMetadata
	if m == nil {
		return Key{}, odd[kms.DescribeKeyInput](k.site, keyService.id, "the answer was empty")
	}
	key := Key{ARN: text[estate.ARN](m.Arn), State: estate.KeyState(m.KeyState), Description: aws.ToString(m.Description), Spec: string(m.KeySpec),
		Usage: string(m.KeyUsage), Manager: string(m.KeyManager), MultiRegion: aws.ToBool(m.MultiRegion)}
	if r := m.MultiRegionConfiguration; r != nil {
		if r.PrimaryKey != nil {
			key.Primary = text[estate.Region](r.PrimaryKey.Region)
		}
		for _, replica := range r.ReplicaKeys {
			key.Replicas = append(key.Replicas, text[estate.Region](replica.Region))
		}
	}
	return key, nil
}

// GetKeyPolicy reads the policy of the key's copy in this Region, as stored.
func (k KMS) GetKeyPolicy(ctx context.Context, id estate.KeyID) (string, error) {
	out, err := call(ctx, k.site, keyService, (*kms.Client).GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: aws.String(string(id))})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Policy), nil
}

// PutKeyPolicy replaces the policy of the key's copy in this Region. AWS's lock-out check stays on: there is no way to bypass it
// here (KMS-25).
func (k KMS) PutKeyPolicy(ctx context.Context, id estate.KeyID, policy string) error {
	_, err := call(ctx, k.site, keyService, (*kms.Client).PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: aws.String(string(id)), Policy: &policy})
	return err
}
