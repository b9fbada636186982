package kms

import (
	"cmp"
	"strconv"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

type createInput struct {
	Policy           *string
	Description      string
	KeyUsage         string
	KeySpec          string
	OldSpec          string `json:"CustomerMasterKeySpec"`
	Origin           string
	CustomKeyStoreID string `json:"CustomKeyStoreId"`
	XksKeyID         string `json:"XksKeyId"`
	MultiRegion      bool
	Tags             []tag
	Bypass           bool `json:"BypassPolicyLockoutSafetyCheck"`
}

// serviceRole is what KMS makes for itself, once, in an account that makes a multi-Region key (idc-kms 2.3).
const serviceRole = "aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys"

// createKey makes a symmetric key whose home is the Region of the call. The call takes no token: made twice, it makes two keys.
func createKey(r *kernel.Request) (any, error) {
	var in createInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if err := in.modelled(); err != nil {
		return nil, err
	}
	tags, err := tagged(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := in.authorize(r); err != nil {
		return nil, err
	}
	t := newTarget(r, in.MultiRegion)
	text := defaultPolicy(t.account)
	if in.Policy != nil {
		text = *in.Policy
	}
	if err := acceptable(r, t, text, in.Bypass); err != nil {
		return nil, err
	}
	t.copy = estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of(text), Description: in.Description, Tags: estate.Of(tags)}
	t.key.Copies = map[estate.Region]estate.Known[estate.KeyCopy]{t.region: estate.Of(t.copy)}
	kernel.EditAt(r.Estate().Accounts, t.account, func(a *estate.Account) {
		if a.Keys == nil {
			a.Keys = map[estate.KeyID]estate.Key{}
		}
		a.Keys[t.id] = t.key
	})
	m, err := t.metadata(r)
	return map[string]any{"KeyMetadata": m}, err
}

// modelled refuses keys of other kinds than the symmetric ones that KMS makes and keeps itself.
func (in createInput) modelled() error {
	spec, usage, origin := cmp.Or(in.KeySpec, in.OldSpec, algorithm), cmp.Or(in.KeyUsage, "ENCRYPT_DECRYPT"), cmp.Or(in.Origin, "AWS_KMS")
	if spec != algorithm || usage != "ENCRYPT_DECRYPT" || origin != "AWS_KMS" || in.CustomKeyStoreID != "" || in.XksKeyID != "" {
		return kernel.NotModelled("keys of spec " + spec + ", usage " + usage + ", origin " + origin + " or in custom key stores")
	}
	return nil
}

// authorize asks for what the key needs beside kms:CreateKey, which the kernel has asked for. That a multi-Region key always needs
// the permission to make KMS's service-linked role, even when that role is there, is INFERRED.
func (in createInput) authorize(r *kernel.Request) error {
	if err := mayTag(r, r.Region, in.Tags); err != nil || !in.MultiRegion {
		return err
	}
	role := "arn:aws:iam::" + string(r.Account) + ":role/" + serviceRole
	return r.Authorize("iam:CreateServiceLinkedRole", role, r.PolicyContext(r.Account).With("iam:AWSServiceName", "mrk.kms.amazonaws.com"))
}

// mayTag asks for kms:TagResource, which a key that is made with tags needs; IAM alone decides, as the key is not there yet.
func mayTag(r *kernel.Request, region estate.Region, tags []tag) error {
	if len(tags) == 0 {
		return nil
	}
	c := r.PolicyContext(r.Account).With("aws:RequestedRegion", string(region))
	for name, values := range (tagsInput{Tags: tags}).conditions() {
		c = c.With(name, values...)
	}
	return r.Authorize("kms:TagResource", "*", c)
}

// newTarget is a key that does not exist yet. Its id follows from where it is and from how many were made there before.
func newTarget(r *kernel.Request, multiRegion bool) target {
	t := target{account: r.Account, region: r.Region, key: estate.Key{MultiRegion: multiRegion, Primary: r.Region, Spec: algorithm,
		Usage: "ENCRYPT_DECRYPT", Manager: "CUSTOMER"}}
	place := string(t.account) + "/" + string(t.region)
	for {
		n := strconv.Itoa(r.Count("keys made in " + place))
		t.id = estate.KeyID(kernel.UUID("key", r.Title()+"/"+place, n))
		if multiRegion {
			t.id = estate.KeyID("mrk-" + kernel.ID("key", r.Title()+"/"+place, n)[:32])
		}
		if _, taken := r.Estate().Accounts[t.account].Keys[t.id]; !taken {
			return t
		}
	}
}
