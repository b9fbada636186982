package ssoadmin

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// keyARN is the only form that names a key here; aliases and bare ids do not match (idc-kms 1.1).
var keyARN = regexp.MustCompile(`^arn:aws(-[a-z]{1,5}){0,3}:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-[a-f0-9]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// changeKey begins a change of the instance's key. What the caller lacks is refused at once; what the services lack shows when the
// change ends (idc-kms 1.2 and 9.6, INFERRED which is which).
func (s seat) changeKey(r *kernel.Request, wanted estate.Encryption) error {
	now, _, err := kernel.Need(s.Encryption, s.at("encryption")...)
	if err == nil {
		err = s.acceptable(r, wanted)
	}
	switch {
	case err != nil:
		return err
	case now.Status == estate.EncryptionUpdating: // text INFERRED
		return conflict("The encryption configuration of the instance is being updated.")
	case now.KeyType == wanted.KeyType && now.KeyARN == wanted.KeyARN && now.Status == estate.EncryptionEnabled:
		return nil // INFERRED: what is so already is not done again
	}
	if wanted.KeyType == estate.CustomerManagedKey {
		for _, p := range s.parties(configuring) {
			err := ask(r, r.Caller.Through(p.service), wanted.KeyARN, p.context, "DescribeKey", "Encrypt", "GenerateDataKeyWithoutPlaintext", "Decrypt")
			if err != nil {
				return refused(err)
			}
		}
	}
	data, err := json.Marshal(now)
	if err != nil {
		return err
	}
	s.edit(r, func(i *estate.Instance) { i.Encryption = estate.Of(wanted) })
	r.After(r.Takes(estate.TimeEncryptionSet), kernel.Event{Kind: eventEncryptionSet, Account: s.Owner, Subject: string(s.ARN), Data: string(data)})
	return nil
}

// acceptable refuses what is wrong with the wish itself. That the further Regions need the new key as well, and so cannot do with
// AWS's own, is INFERRED from what AddRegion asks for (idc-kms 1.5).
func (s seat) acceptable(r *kernel.Request, wanted estate.Encryption) error {
	regions, _, err := kernel.Need(s.Regions, s.at("regions")...)
	if err != nil {
		return err
	}
	switch arn := wanted.KeyARN; {
	case wanted.KeyType == estate.AWSOwnedKey && arn != "":
		return invalid("KmsKeyArn must not be set for the key type %s.", wanted.KeyType)
	case wanted.KeyType == estate.AWSOwnedKey && len(regions) > 1:
		return invalid("An instance with additional Regions needs a customer managed multi-Region key.")
	case wanted.KeyType == estate.AWSOwnedKey:
		return nil
	case wanted.KeyType != estate.CustomerManagedKey:
		return invalid("The key type %q is not valid.", wanted.KeyType)
	case !keyARN.MatchString(string(arn)):
		return invalid("KmsKeyArn %q is not the ARN of a key.", arn)
	case arn.Account() != s.Owner:
		return invalid("The key must be in the management account %s.", s.Owner)
	case arn.Region() != s.PrimaryRegion:
		return invalid("The key must be in the primary Region %s of the instance.", s.PrimaryRegion)
	}
	for _, region := range slices.Sorted(maps.Keys(regions)) { // the primary's copy is judged by KMS, in its own words
		ok, err := replicated(r, wanted.KeyARN, region)
		if err == nil && !ok && region != s.PrimaryRegion {
			err = missingReplica(wanted.KeyARN, region)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// encryptionSet ends a change of key: the services try the new one, and must read what is under the key before.
func encryptionSet(r *kernel.Request, e kernel.Event) error {
	s, _, err := ofOrganization(r)
	if err != nil {
		return err
	}
	var before estate.Encryption
	if err := json.Unmarshal([]byte(e.Data), &before); err != nil {
		return err
	}
	now, _, err := kernel.Need(s.Encryption, s.at("encryption")...)
	if err == nil {
		err = s.moved(r, before, now)
	}
	if now.Status = estate.EncryptionEnabled; err != nil {
		var why string
		if why, err = reason(err); err != nil {
			return err
		}
		now = estate.Encryption{KeyType: before.KeyType, KeyARN: before.KeyARN, Status: estate.EncryptionFailed, Reason: why}
	}
	s.edit(r, func(i *estate.Instance) { i.Encryption = estate.Of(now) })
	return nil
}

// moved is what Identity Center and the Identity Store do to bring their data from one key to another.
func (s seat) moved(r *kernel.Request, from, to estate.Encryption) error {
	for _, p := range s.parties(holding) {
		if from.KeyType == estate.CustomerManagedKey {
			if err := ask(r, p.itself, from.KeyARN, p.context, "Decrypt"); err != nil {
				return err
			}
		}
	}
	for _, p := range s.parties(configuring) {
		if to.KeyType == estate.CustomerManagedKey {
			if err := ask(r, p.itself, to.KeyARN, p.context, "DescribeKey", "GenerateDataKeyWithoutPlaintext", "Decrypt", "ReEncrypt"); err != nil {
				return err
			}
		}
	}
	return nil
}

// reason is the EncryptionStatusReason of a failure. AWS names the five causes; the texts are the twin's own, INFERRED, around those
// of KMS. An error of the twin itself is none.
func reason(err error) (string, error) {
	causes := map[string]string{"AccessDeniedException": "key access", "NotFoundException": "key not found", "DisabledException": "disabled key",
		"KMSInvalidStateException": "key in invalid state", "InvalidKeyUsageException": "invalid key configuration"}
	var e *kernel.Error
	if errors.As(err, &e) && causes[e.Code] != "" {
		return causes[e.Code] + ": " + e.Message, nil
	}
	return "", err
}

// refused words KMS's refusal as sso-admin does.
func refused(err error) error {
	var e *kernel.Error
	if errors.As(err, &e) {
		if w, ok := reasons[e.Code]; ok {
			return kernel.Errorf(w.Code, "%s", e.Message).With("Reason", w.Reason)
		}
	}
	return err
}

// party is one of the two services that keep an instance's data: itself, and the encryption context of what it keeps (idc-kms 3.5).
type party struct {
	service string
	itself  kernel.Caller
	context map[string]string
}

// purpose is what a call to KMS is for; it shows in the encryption context.
type purpose string

const (
	holding     purpose = ""                          // the data of this instance
	configuring purpose = "purpose:KEY_CONFIGURATION" // a trial before there is such data (idc-kms 1.9)
)

func (s seat) parties(p purpose) []party {
	instance, store := string(s.ARN), string(estate.IdentityStoreARN(s.Owner, s.IdentityStoreID))
	context := func(name, arn string) map[string]string {
		if p != holding {
			arn = arn[:strings.LastIndex(arn, "/")+1] + string(p)
		}
		return map[string]string{name: arn}
	}
	return []party{
		{"sso", s.itself(), context("aws:sso:instance-arn", instance)},
		{"identitystore", kernel.ServicePrincipal("identitystore", s.Owner, estate.ARN(store)), context("aws:identitystore:identitystore-arn", store)},
	}
}

// ask makes calls to KMS about one key, until one is refused.
func ask(r *kernel.Request, as kernel.Caller, key estate.ARN, context map[string]string, operations ...string) error {
	in := map[string]any{"TwinProbe": true, "KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context,
		"SourceKeyId": key, "SourceEncryptionContext": context, "DestinationKeyId": key, "DestinationEncryptionContext": context}
	for _, operation := range operations {
		if err := r.Call(as, "kms", r.Region, operation, in, nil); err != nil {
			return err
		}
	}
	return nil
}
