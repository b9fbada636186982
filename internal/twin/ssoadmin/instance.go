package ssoadmin

import (
	"regexp"
	"strconv"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// listInstances is Regional: where an instance is not hosted it is not listed, and that is no error (idc-kms 1.2). Every account of
// the organization sees its instance. The call names no instance and so asks KMS nothing (INFERRED).
func listInstances(r *kernel.Request) (any, error) {
	var in input
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, of := range []func(*kernel.Request) (seat, bool, error){ofOrganization, ofAccount} {
		s, ok, err := of(r)
		if err == nil && ok && in.RegionScope != "ALL_REGIONS" {
			ok, err = s.active(r)
		}
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		item, err := s.view(r)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return page(r, "Instances", list, in, 10)
}

// view is what lists and descriptions show of the instance.
func (s seat) view(r *kernel.Request) (map[string]any, error) {
	regions, err := s.regionList(r)
	return map[string]any{"InstanceArn": s.ARN, "IdentityStoreId": s.IdentityStoreID, "IdentityStoreArn": estate.IdentityStoreARN(s.Owner, s.IdentityStoreID),
		"OwnerAccountId": s.Owner, "Name": s.Name, "Status": s.Status, "CreatedDate": s.created(r), "PrimaryRegion": s.PrimaryRegion, "Regions": regions}, err
}

func (s seat) created(r *kernel.Request) kernel.Timestamp {
	if s.Created.IsZero() {
		return kernel.Timestamp(r.Started())
	}
	return kernel.Timestamp(s.Created)
}

func describeInstance(r *kernel.Request) (any, error) {
	_, s, err := onInstance(r)
	if err != nil {
		return nil, err
	}
	out, err := s.view(r)
	if err != nil {
		return nil, err
	}
	enc, _, err := kernel.Need(s.Encryption, s.at("encryption")...)
	details := map[string]any{"KeyType": enc.KeyType, "EncryptionStatus": enc.Status}
	if enc.KeyARN != "" {
		details["KmsKeyArn"] = enc.KeyARN // of the primary, at every Region: INFERRED (idc-kms 1.3)
	}
	if enc.Reason != "" {
		details["EncryptionStatusReason"] = enc.Reason
	}
	out["EncryptionConfigurationDetails"] = details
	out["PermissionSetsEnabled"] = !s.own
	return out, err
}

var instanceName = regexp.MustCompile(`^[\w+=,.@-]{0,255}$`)

// updateInstance renames the instance or begins a change of its key. Permission sets are enabled already, as every organization
// instance of a world has them; the only value that AWS takes is true (idc-kms 1.2).
func updateInstance(r *kernel.Request) (any, error) {
	in, s, err := onInstance(r, seat.atHome)
	if err != nil {
		return nil, err
	}
	key, sets := in.EncryptionConfiguration, in.PermissionSetsEnabled
	switch {
	case key != nil && sets != nil:
		return nil, invalid("EncryptionConfiguration and PermissionSetsEnabled cannot be set in the same request.")
	case sets != nil && !*sets:
		return nil, invalid("PermissionSetsEnabled accepts true only.")
	case s.own && (key != nil || sets != nil): // idc-kms 5.4; type and text INFERRED
		return nil, invalid("An account instance of IAM Identity Center has neither customer managed keys nor permission sets.")
	case !instanceName.MatchString(in.Name):
		return nil, invalid("The name %q is not valid.", in.Name)
	}
	if key != nil {
		if err := s.changeKey(r, estate.Encryption{KeyType: key.KeyType, KeyARN: key.KmsKeyArn, Status: estate.EncryptionUpdating}); err != nil {
			return nil, err
		}
	}
	if in.Name != "" {
		s.edit(r, func(i *estate.Instance) { i.Name = in.Name })
	}
	return nil, nil
}

// createInstance makes the caller's account an instance of its own, homed in the Region of the call: not in the management account,
// and one per account over all Regions (idc-kms 1.2; types and texts INFERRED). It is there at once; AWS takes a while.
func createInstance(r *kernel.Request) (any, error) {
	var in input
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	o, _, err := kernel.Need(r.Estate().Organization, "organization")
	if err != nil {
		return nil, err
	}
	_, exists, err := ofAccount(r)
	switch {
	case err != nil:
		return nil, err
	case r.Account == o.ManagementAccount:
		return nil, invalid("An account instance cannot be created in the management account of an organization.")
	case exists:
		return nil, conflict("The account %s has an instance of IAM Identity Center.", r.Account)
	case !instanceName.MatchString(in.Name):
		return nil, invalid("The name %q is not valid.", in.Name)
	}
	id := kernel.ID("instance", string(r.Account)+" "+string(r.Region), in.Name+" "+strconv.FormatInt(r.Now().UnixNano(), 10))
	made := estate.Instance{ARN: estate.InstanceARN("arn:aws:sso:::instance/ssoins-" + id[:16]), Owner: r.Account, Name: in.Name, Status: "ACTIVE",
		IdentityStoreID: "d-" + id[16:26], Created: r.Now(), PrimaryRegion: r.Region,
		Regions:        estate.Of(map[estate.Region]estate.ReplicaState{r.Region: estate.RegionActive}),
		Encryption:     estate.Of(estate.Encryption{KeyType: estate.AWSOwnedKey, Status: estate.EncryptionEnabled}),
		Users:          estate.Of(map[estate.UserID]estate.User{}),
		Groups:         estate.Of(map[estate.GroupID]estate.Group{}),
		Applications:   estate.Of(map[estate.ARN]estate.Application{}),
		TokenIssuers:   estate.Of(map[estate.ARN]estate.TrustedTokenIssuer{}),
		IdentitySource: estate.Of(estate.SourceDirectory)}
	kernel.EditAt(r.Estate().Accounts, r.Account, func(a *estate.Account) { a.AccountInstance = estate.Of(made) })
	return map[string]any{"InstanceArn": made.ARN}, nil
}

// deleteInstance deletes an account's own instance; the organization's is not the twin's to delete.
func deleteInstance(r *kernel.Request) (any, error) {
	_, s, err := onInstance(r, seat.atHome)
	if err == nil && !s.own {
		err = kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model the deletion of the organization's instance").WithStatus(501)
	}
	if err != nil {
		return nil, err
	}
	kernel.EditAt(r.Estate().Accounts, r.Account, func(a *estate.Account) { a.AccountInstance = estate.Absent[estate.Instance]() })
	return nil, nil
}
