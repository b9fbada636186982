package kms

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

func describeKey(r *kernel.Request) (any, error) {
	var in struct{ KeyId string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	t, err := open(r, in.KeyId, read, nil)
	if err != nil {
		return nil, err
	}
	m, err := t.metadata(r)
	return map[string]any{"KeyMetadata": m}, err
}

type place struct {
	Arn    string
	Region string
}

// metadata is KeyMetadata. The estate holds no dates of keys: the twin's first instant stands for them.
func (t target) metadata(r *kernel.Request) (map[string]any, error) {
	m := map[string]any{
		"AWSAccountId": t.account, "KeyId": t.id, "Arn": t.arn(), "CreationDate": kernel.Timestamp(r.Started()),
		"Enabled": t.copy.State == estate.KeyEnabled || t.copy.State == estate.KeyUpdating, "Description": t.copy.Description,
		"KeyUsage": t.key.Usage, "KeyState": t.copy.State, "Origin": "AWS_KMS", "KeyManager": t.key.Manager, "KeySpec": t.key.Spec,
		"CustomerMasterKeySpec": t.key.Spec, "MultiRegion": t.key.MultiRegion,
	}
	if t.key.Usage == "ENCRYPT_DECRYPT" {
		m["EncryptionAlgorithms"] = []string{t.key.Spec}
	}
	if t.copy.State != estate.KeyCreating {
		m["CurrentKeyMaterialId"] = t.materialID()
	}
	if !t.copy.Deletion.IsZero() {
		m["DeletionDate"] = kernel.Timestamp(t.copy.Deletion)
	}
	for _, note := range r.Pending(eventReplicasGone, t.arn()) {
		m["PendingDeletionWindowInDays"] = json.RawMessage(note.Data)
	}
	if !t.key.MultiRegion {
		return m, nil
	}
	kind, list := "REPLICA", []place{}
	if t.key.Primary == t.region {
		kind = "PRIMARY"
	}
	replicas, err := t.replicas()
	if err != nil {
		return nil, err
	}
	for _, region := range replicas {
		list = append(list, place{string(estate.KeyARN(region, t.account, t.id)), string(region)})
	}
	primary := place{string(estate.KeyARN(t.key.Primary, t.account, t.id)), string(t.key.Primary)}
	m["MultiRegionConfiguration"] = map[string]any{"MultiRegionKeyType": kind, "PrimaryKey": primary, "ReplicaKeys": list}
	return m, nil
}

// replicas are the Regions of the copies that are not the primary.
func (t target) replicas() (regions []estate.Region, err error) {
	for _, region := range slices.Sorted(maps.Keys(t.key.Copies)) {
		other := t
		other.region = region
		_, exists, err := kernel.Need(t.key.Copies[region], other.path()...)
		if err != nil {
			return nil, err
		}
		if exists && region != t.key.Primary {
			regions = append(regions, region)
		}
	}
	return regions, nil
}

func listKeys(r *kernel.Request) (any, error) {
	var in struct {
		Limit  int
		Marker string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	type entry struct{ KeyArn, KeyId string }
	all := []entry{}
	keys := r.Estate().Accounts[r.Account].Keys
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		t := target{account: r.Account, region: r.Region, id: id}
		c, noted := keys[id].Copies[r.Region]
		if !noted && seen(keys[id]) {
			continue
		}
		if _, exists, err := kernel.Need(c, t.path()...); err != nil {
			return nil, err
		} else if exists {
			all = append(all, entry{t.arn(), string(id)})
		}
	}
	return listed(r, "Keys", all, in.Marker, in.Limit, 100) // page size: idc-kms 9.4
}

// listAliases is always empty: an estate holds no aliases.
func listAliases(*kernel.Request) (any, error) {
	return map[string]any{"Aliases": []string{}, "Truncated": false}, nil
}

func setState(s estate.KeyState) kernel.Handler {
	return func(r *kernel.Request) (any, error) {
		var in struct{ KeyId string }
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		t, err := open(r, in.KeyId, toggle, nil)
		if err == nil {
			t.change(r, func(c *estate.KeyCopy) { c.State = s })
		}
		return nil, err
	}
}

// defaultPolicy is what a replica gets when ReplicateKey names no policy; it is no copy of the primary's (idc-kms 2.2).
func defaultPolicy(account estate.AccountID) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",`+
		`"Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"}]}`, account)
}

type replicateInput struct {
	KeyID         string `json:"KeyId"`
	ReplicaRegion estate.Region
	Policy        *string
	Description   string
	Tags          []tag
	Bypass        bool `json:"BypassPolicyLockoutSafetyCheck"`
}

func replicateKey(r *kernel.Request) (any, error) {
	var in replicateInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.ReplicaRegion == "" {
		return nil, invalid("Value null at 'replicaRegion' failed to satisfy constraint: Member must not be null")
	}
	tags, err := tagged(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	t, err := open(r, in.KeyID, replicate, conditions{"kms:ReplicaRegion": {string(in.ReplicaRegion)}, "kms:PrimaryRegion": {string(r.Region)},
		bypassKey: {strconv.FormatBool(in.Bypass)}})
	if err != nil {
		return nil, err
	}
	replica, err := t.replicaIn(r, in.ReplicaRegion)
	if err == nil {
		err = mayTag(r, in.ReplicaRegion, in.Tags)
	}
	if err != nil {
		return nil, err
	}
	text := defaultPolicy(t.account)
	if in.Policy != nil {
		text = *in.Policy
	}
	if err := acceptable(r, replica, text, in.Bypass); err != nil {
		return nil, err
	}
	t.key.Copies[replica.region] = estate.Of(estate.KeyCopy{State: estate.KeyCreating, Policy: estate.Of(text), Description: in.Description, Tags: estate.Of(tags)})
	r.After(r.Takes(estate.TimeReplicaCreated), kernel.Event{Kind: eventReplicaCreated, Account: t.account, Region: replica.region, Subject: string(t.id)})
	if replica, err = load(r, replica); err != nil {
		return nil, err
	}
	m, err := replica.metadata(r)
	return map[string]any{"ReplicaKeyMetadata": m, "ReplicaPolicy": text, "ReplicaTags": tagList(tags)}, err
}

// replicaIn checks that the key can have a new replica in the Region and that the caller may create it there (idc-kms 2.3).
func (t target) replicaIn(r *kernel.Request, region estate.Region) (target, error) {
	if !t.key.MultiRegion || t.key.Primary != t.region {
		return t, kernel.Errorf("UnsupportedOperationException", "%s is not a multi-region primary key.", t.arn())
	}
	if err := r.Authorize("kms:CreateKey", "*", r.PolicyContext(t.account).With("aws:RequestedRegion", string(region))); err != nil {
		return t, err
	}
	usable, err := r.Usable(t.account, region)
	if err != nil {
		return t, err
	}
	if !usable { // AWS's text is not known
		return t, invalid("Value '%s' at 'replicaRegion' failed to satisfy constraint: the Region is not enabled for the account", region)
	}
	replica := target{account: t.account, region: region, id: t.id, key: t.key}
	if c, listed := t.key.Copies[region]; listed {
		_, exists, err := kernel.Need(c, replica.path()...)
		if err != nil {
			return t, err
		}
		if exists { // also while it waits for its deletion; AWS's text is not known (idc-kms 2.6)
			return t, kernel.Errorf("AlreadyExistsException", "The key already has a copy in %s.", region)
		}
	}
	return replica, nil
}

func replicaCreated(r *kernel.Request, e kernel.Event) error {
	t, err := load(r, target{account: e.Account, region: e.Region, id: estate.KeyID(e.Subject)})
	if err == nil && t.copy.State == estate.KeyCreating {
		t.change(r, func(c *estate.KeyCopy) { c.State = estate.KeyEnabled })
	}
	return err
}
