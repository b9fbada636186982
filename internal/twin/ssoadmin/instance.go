package ssoadmin

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// listInstances is Regional: where the instance is not hosted the list is empty, and no error (idc-kms 1.2). It names no instance and
// so asks KMS nothing (INFERRED).
func listInstances(r *kernel.Request) (any, error) {
	var in input
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, here, err := hosted(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	if here || in.RegionScope == "ALL_REGIONS" && r.Estate().IdentityCenter.IsKnown() {
		item, err := view(r, i)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return page(r, "Instances", list, in, 10)
}

// view is what lists and descriptions show of the instance.
func view(r *kernel.Request, i estate.Instance) (map[string]any, error) {
	regions, err := regionList(r, i)
	return map[string]any{"InstanceArn": i.ARN, "IdentityStoreId": i.IdentityStoreID, "IdentityStoreArn": estate.IdentityStoreARN(i.Owner, i.IdentityStoreID),
		"OwnerAccountId": i.Owner, "Name": i.Name, "Status": i.Status, "CreatedDate": created(r, i), "PrimaryRegion": i.PrimaryRegion, "Regions": regions}, err
}

func created(r *kernel.Request, i estate.Instance) kernel.Timestamp {
	if i.Created.IsZero() {
		return kernel.Timestamp(r.Started())
	}
	return kernel.Timestamp(i.Created)
}

func regionList(r *kernel.Request, i estate.Instance) ([]map[string]any, error) {
	regions, _, err := kernel.Need(i.Regions, "identity_center", "regions")
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(regions)) {
		list = append(list, region(r, i, name, regions[name]))
	}
	return list, err
}

func region(r *kernel.Request, i estate.Instance, name estate.Region, state estate.ReplicaState) map[string]any {
	return map[string]any{"RegionName": name, "Status": state, "IsPrimaryRegion": name == i.PrimaryRegion, "AddedDate": created(r, i)}
}

func describeInstance(r *kernel.Request) (any, error) {
	_, i, err := onInstance(r)
	if err != nil {
		return nil, err
	}
	out, err := view(r, i)
	if err != nil {
		return nil, err
	}
	enc, _, err := kernel.Need(i.Encryption, "identity_center", "encryption")
	details := map[string]any{"KeyType": enc.KeyType, "EncryptionStatus": enc.Status}
	if enc.KeyARN != "" {
		details["KmsKeyArn"] = enc.KeyARN // of the primary, at every Region: INFERRED (idc-kms 1.3)
	}
	if enc.Reason != "" {
		details["EncryptionStatusReason"] = enc.Reason
	}
	out["EncryptionConfigurationDetails"] = details
	return out, err
}

func listRegions(r *kernel.Request) (any, error) {
	in, i, err := onInstance(r)
	if err != nil {
		return nil, err
	}
	list, err := regionList(r, i)
	if err != nil {
		return nil, err
	}
	return page(r, "Regions", list, in, 100)
}

// describeRegion answers at the instance's own Regions only (idc-kms 1.2).
func describeRegion(r *kernel.Request) (any, error) {
	in, i, err := onInstance(r)
	if err != nil {
		return nil, err
	}
	regions, _, err := kernel.Need(i.Regions, "identity_center", "regions")
	state, ok := regions[in.RegionName]
	if err == nil && !ok {
		err = kernel.Errorf("ResourceNotFoundException", "The Region %s is not enabled for this instance.", in.RegionName)
	}
	return region(r, i, in.RegionName, state), err
}
