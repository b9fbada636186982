// Package ssoadmin is the twin's administration of IAM Identity Center: the organization instance, its Regions and its applications.
// Every operation on an encrypted instance asks KMS in the Region of the call first (idc-kms 9.6, INFERRED per operation). It must
// not change the instance itself: key switches and Regions belong to a later version.
package ssoadmin

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// Service is sso-admin for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "sso-admin", IAM: "sso", Handlers: map[string]kernel.Handler{
		"ListInstances":               listInstances,
		"DescribeInstance":            describeInstance,
		"ListRegions":                 listRegions,
		"DescribeRegion":              describeRegion,
		"ListApplications":            listApplications,
		"DescribeApplication":         describeApplication,
		"ListApplicationGrants":       listGrants,
		"ListApplicationAssignments":  listAssignments,
		"CreateApplication":           createApplication,
		"DeleteApplication":           deleteApplication,
		"CreateApplicationAssignment": createAssignment,
		"DeleteApplicationAssignment": deleteAssignment,
		"PutApplicationGrant":         putGrant,
	}}
}

// reasons are sso-admin's words for KMS's refusals (idc-kms 1.4).
var reasons = kernel.Reasons{
	"AccessDeniedException":    {Code: "AccessDeniedException", Reason: "KMS_AccessDeniedException"},
	"NotFoundException":        {Code: "ResourceNotFoundException", Reason: "KMS_NotFoundException"},
	"DisabledException":        {Code: "ValidationException", Reason: "KMS_DisabledException"},
	"KMSInvalidStateException": {Code: "ValidationException", Reason: "KMS_InvalidStateException"},
}

// hosted gives the instance when this Region hosts it: the primary and every Region that is ACTIVE.
func hosted(r *kernel.Request) (i estate.Instance, ok bool, err error) {
	i, ok, err = kernel.Need(r.Estate().IdentityCenter, "identity_center")
	if err != nil || !ok || r.Region == i.PrimaryRegion {
		return i, ok, err
	}
	regions, _, err := kernel.Need(i.Regions, "identity_center", "regions")
	return i, err == nil && regions[r.Region] == estate.RegionActive, err
}

// elsewhere is the refusal outside the instance's Regions. Two projects saw AccessDenied; the text is the twin's own (idc-kms 1.2).
func elsewhere(r *kernel.Request) error {
	return kernel.Errorf("AccessDeniedException", "twin: no Identity Center instance is hosted in %s", r.Region)
}

// use is the common beginning: the instance is here, and the caller may read what is encrypted.
func use(r *kernel.Request) (estate.Instance, error) {
	i, ok, err := hosted(r)
	if err == nil && !ok {
		err = elsewhere(r)
	}
	if err == nil {
		err = r.Decrypt(r.Caller.Through("sso"), i, contextOf(i), reasons)
	}
	return i, err
}

func contextOf(i estate.Instance) map[string]string {
	return map[string]string{"aws:sso:instance-arn": string(i.ARN)}
}

// named refuses an instance ARN that is not the organization instance's.
func named(i estate.Instance, arn estate.InstanceARN) error {
	if arn != i.ARN {
		return kernel.Errorf("AccessDeniedException", "twin: there is no instance %s", arn)
	}
	return nil
}

type paging struct {
	NextToken  string
	MaxResults int
}

func page[T any](r *kernel.Request, member string, all []T, p paging, size int) (any, error) {
	items, next, ok := kernel.Page(r, all, p.NextToken, p.MaxResults, size)
	if !ok {
		return nil, kernel.Errorf("ValidationException", "The NextToken is not valid.")
	}
	out := map[string]any{member: items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// listInstances is Regional: where the instance is not hosted the list is empty, and no error (idc-kms 1.2).
func listInstances(r *kernel.Request) (any, error) {
	var in struct {
		paging
		RegionScope string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, ok, err := hosted(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	if known := r.Estate().IdentityCenter.IsKnown(); ok || known && in.RegionScope == "ALL_REGIONS" {
		item, err := view(r, i)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return page(r, "Instances", list, in.paging, 10)
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
		list = append(list, map[string]any{"RegionName": name, "Status": regions[name], "IsPrimaryRegion": name == i.PrimaryRegion, "AddedDate": created(r, i)})
	}
	return list, err
}

func describeInstance(r *kernel.Request) (any, error) {
	var in struct{ InstanceArn estate.InstanceARN }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, err := use(r)
	if err == nil {
		err = named(i, in.InstanceArn)
	}
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
	out["EncryptionConfigurationDetails"], out["PermissionSetsEnabled"] = details, true
	return out, err
}

func listRegions(r *kernel.Request) (any, error) {
	var in struct {
		paging
		InstanceArn estate.InstanceARN
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, err := use(r)
	if err == nil {
		err = named(i, in.InstanceArn)
	}
	if err != nil {
		return nil, err
	}
	list, err := regionList(r, i)
	if err != nil {
		return nil, err
	}
	return page(r, "Regions", list, in.paging, 100)
}

func describeRegion(r *kernel.Request) (any, error) {
	var in struct {
		InstanceArn estate.InstanceARN
		RegionName  string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, err := use(r)
	if err == nil {
		err = named(i, in.InstanceArn)
	}
	if err != nil {
		return nil, err
	}
	list, err := regionList(r, i)
	if err != nil {
		return nil, err
	}
	for _, region := range list {
		if string(region["RegionName"].(estate.Region)) == in.RegionName {
			return region, nil
		}
	}
	return nil, kernel.Errorf("ResourceNotFoundException", "The Region %s is not enabled for this instance.", in.RegionName)
}
