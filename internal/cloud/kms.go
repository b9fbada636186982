package cloud

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

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
	Deletion    time.Time       // of a copy that is pending deletion; else zero
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
		Usage: string(m.KeyUsage), Manager: string(m.KeyManager), MultiRegion: aws.ToBool(m.MultiRegion), Deletion: aws.ToTime(m.DeletionDate).UTC()}
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

// NewKey is what CreateKey is asked for: a symmetric multi-Region key for encryption.
type NewKey struct {
	Policy      string // the whole key policy; without one KMS gives its default, which admits no service
	Description string
	Tags        map[string]string
}

// CreateKey makes a multi-Region primary key in this Region. The call takes no client token: made twice, it makes two keys, so
// whoever calls it looks for the tags first.
func (k KMS) CreateKey(ctx context.Context, want NewKey) (estate.KeyID, error) {
	in := &kms.CreateKeyInput{Policy: &want.Policy, Description: &want.Description, MultiRegion: aws.Bool(true), KeySpec: types.KeySpecSymmetricDefault,
		KeyUsage: types.KeyUsageTypeEncryptDecrypt, Tags: tags(want.Tags)}
	out, err := call(ctx, k.site, keyService, (*kms.Client).CreateKey, in)
	if err != nil {
		return "", err
	}
	if out.KeyMetadata == nil {
		return "", odd[kms.CreateKeyInput](k.site, keyService.id, "the answer was empty")
	}
	return text[estate.KeyID](out.KeyMetadata.KeyId), nil
}

// ReplicateKey makes a copy of this Region's primary key in another Region, with a policy of its own: without one KMS would give its
// default there, whatever the primary's says (idc-kms 2.2).
func (k KMS) ReplicateKey(ctx context.Context, id estate.KeyID, to estate.Region, want NewKey) error {
	_, err := call(ctx, k.site, keyService, (*kms.Client).ReplicateKey, &kms.ReplicateKeyInput{KeyId: aws.String(string(id)), ReplicaRegion: aws.String(string(to)),
		Policy: &want.Policy, Description: &want.Description, Tags: tags(want.Tags)})
	return err
}

func tags(all map[string]string) []types.Tag {
	var out []types.Tag
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, types.Tag{TagKey: aws.String(name), TagValue: aws.String(all[name])})
	}
	return out
}

// ListKeys gives the ids of all keys of the account in this Region, sorted.
func (k KMS) ListKeys(ctx context.Context) ([]estate.KeyID, error) {
	var ids []estate.KeyID
	in := &kms.ListKeysInput{Limit: aws.Int32(1000)}
	for {
		out, err := call(ctx, k.site, keyService, (*kms.Client).ListKeys, in)
		if err != nil {
			return nil, err
		}
		for _, e := range out.Keys {
			ids = append(ids, text[estate.KeyID](e.KeyId))
		}
		if !out.Truncated || out.NextMarker == nil {
			slices.Sort(ids)
			return ids, nil
		}
		in.Marker = out.NextMarker
	}
}

// ListResourceTags gives the tags of the key's copy in this Region; a key has 50 at most, which is one page.
func (k KMS) ListResourceTags(ctx context.Context, id estate.KeyID) (map[string]string, error) {
	out, err := call(ctx, k.site, keyService, (*kms.Client).ListResourceTags, &kms.ListResourceTagsInput{KeyId: aws.String(string(id)), Limit: aws.Int32(50)})
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, t := range out.Tags {
		found[aws.ToString(t.TagKey)] = aws.ToString(t.TagValue)
	}
	return found, nil
}
