package kms

import (
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// use is a class of operations that key states permit or not.
type use int

const (
	read      use = iota // DescribeKey, GetKeyPolicy, ListResourceTags, ListGrants; taking grants away too
	manage               // PutKeyPolicy, TagResource, UntagResource
	crypto               // Encrypt, Decrypt, …
	delegate             // CreateGrant
	replicate            // ReplicateKey
	toggle               // EnableKey, DisableKey
	schedule             // ScheduleKeyDeletion
	cancel               // CancelKeyDeletion
)

// permitted are the states in which a class of operations is possible; reading always is (idc-kms 2.5). For Unavailable the refusal
// of replicas and switching, and the states for scheduling a deletion, are INFERRED.
var permitted = map[use][]estate.KeyState{
	manage: {estate.KeyEnabled, estate.KeyDisabled, estate.KeyCreating, estate.KeyUpdating, estate.KeyPendingImport, estate.KeyUnavailable},
	crypto: {estate.KeyEnabled, estate.KeyUpdating}, delegate: {estate.KeyEnabled, estate.KeyUpdating, estate.KeyUnavailable},
	replicate: {estate.KeyEnabled}, toggle: {estate.KeyEnabled, estate.KeyDisabled},
	schedule: {estate.KeyEnabled, estate.KeyDisabled, estate.KeyPendingImport, estate.KeyUnavailable},
	cancel:   {estate.KeyPendingDeletion, estate.KeyPendingReplicaDeletion},
}

// stateWords end the refusals (idc-kms 2.6); for Unavailable they are INFERRED.
var stateWords = map[estate.KeyState]string{
	estate.KeyCreating: "is creating.", estate.KeyUpdating: "is updating.", estate.KeyPendingImport: "is pending import.",
	estate.KeyPendingDeletion:        "is pending deletion.",
	estate.KeyPendingReplicaDeletion: "is pending deletion (or pending replica deletion).",
	estate.KeyUnavailable:            "is unavailable.",
}

// state refuses what the key's state does not permit.
func (t target) state(u use) error {
	switch s := t.copy.State; {
	case u == read || slices.Contains(permitted[u], s):
		return nil
	case u == cancel: // INFERRED wording
		return kernel.Errorf("KMSInvalidStateException", "%s is not pending deletion.", t.arn())
	case s == estate.KeyDisabled:
		return kernel.Errorf("DisabledException", "%s is disabled.", t.arn())
	default:
		return kernel.Errorf("KMSInvalidStateException", "%s %s", t.arn(), stateWords[s])
	}
}
