// Package ssoadmin is the twin's administration of IAM Identity Center: the organization instance with its key, its Regions, its
// applications and its trusted token issuers, and the accounts' own instances. Every operation on an encrypted instance asks KMS in the
// Region of the call first (idc-kms 9.6, INFERRED per operation). No operation changes an instance's primary Region. It must not know
// people or groups: they are the Identity Store's; nor what a token holds: whoever takes one judges it.
package ssoadmin

import (
	"cmp"
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	eventEncryptionSet = "sso-admin/encryption-set" // Subject: instance ARN; Data: the encryption that is in use until then
	eventRegionAdded   = "sso-admin/region-added"   // Subject: Region
	eventRegionVanish  = "sso-admin/region-vanishes"
	eventRegionRemoved = "sso-admin/region-removed"
	// eventIssuersVisible is when the other Regions see a change. Subject: instance ARN; Data: what they see until then.
	eventIssuersVisible = "sso-admin/token-issuers-visible"
)

// Service is sso-admin for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "sso-admin", IAM: "sso", Resource: resource, Handlers: map[string]kernel.Handler{
		"ListInstances":               listInstances,
		"DescribeInstance":            describeInstance,
		"UpdateInstance":              updateInstance,
		"CreateInstance":              createInstance,
		"DeleteInstance":              deleteInstance,
		"ListRegions":                 listRegions,
		"DescribeRegion":              describeRegion,
		"AddRegion":                   addRegion,
		"RemoveRegion":                removeRegion,
		"ListApplications":            listApplications,
		"DescribeApplication":         describeApplication,
		"ListApplicationGrants":       listGrants,
		"ListApplicationAssignments":  listAssignments,
		"CreateApplication":           createApplication,
		"DeleteApplication":           deleteApplication,
		"CreateApplicationAssignment": createAssignment,
		"DeleteApplicationAssignment": deleteAssignment,
		"PutApplicationGrant":         putGrant,
		"ListPermissionSets":          listPermissionSets,

		"ListTrustedTokenIssuers":    listTrustedTokenIssuers,
		"DescribeTrustedTokenIssuer": describeTrustedTokenIssuer,
		"CreateTrustedTokenIssuer":   createTrustedTokenIssuer,
		"UpdateTrustedTokenIssuer":   updateTrustedTokenIssuer,
		"DeleteTrustedTokenIssuer":   deleteTrustedTokenIssuer,

		"CreatePermissionSet": write, "UpdatePermissionSet": write, "DeletePermissionSet": write, "ProvisionPermissionSet": write,
		"DescribePermissionSet":   write,
		"CreateAccountAssignment": write, "DeleteAccountAssignment": write, "ListAccountAssignments": write,
		"CreateInstanceAccessControlAttributeConfiguration": write, "UpdateInstanceAccessControlAttributeConfiguration": write,
		"DeleteInstanceAccessControlAttributeConfiguration": write,
	}, Start: underWay, Events: map[string]kernel.EventHandler{
		eventEncryptionSet: encryptionSet, eventRegionAdded: regionAdded, eventRegionVanish: regionGone, eventRegionRemoved: regionGone,
		eventIssuersVisible: issuersVisible,
	}}
}

// input holds the members of all operations.
type input struct {
	InstanceArn           estate.InstanceARN
	RegionName            string
	RegionScope           string
	PermissionSetsEnabled *bool

	EncryptionConfiguration *struct {
		KeyType   string
		KmsKeyArn estate.ARN
	}

	ApplicationArn, ApplicationProviderArn estate.ARN
	Name, GrantType                        string
	PrincipalId, PrincipalType             string
	Filter                                 struct {
		ApplicationAccount  estate.AccountID
		ApplicationProvider estate.ARN
	}

	NextToken  string
	MaxResults int
}

// reasons are sso-admin's words for KMS's refusals (idc-kms 1.4).
var reasons = kernel.Reasons{
	"AccessDeniedException":    {Code: "AccessDeniedException", Reason: "KMS_AccessDeniedException"},
	"NotFoundException":        {Code: "ResourceNotFoundException", Reason: "KMS_NotFoundException"},
	"DisabledException":        {Code: "ValidationException", Reason: "KMS_DisabledException"},
	"KMSInvalidStateException": {Code: "ValidationException", Reason: "KMS_InvalidStateException"},
	"InvalidKeyUsageException": {Code: "ValidationException", Reason: "KMS_InvalidKeyUsageException"},
}

func denied(format string, args ...any) *kernel.Error {
	return kernel.Errorf("AccessDeniedException", "twin: "+format, args...)
}

func invalid(format string, args ...any) *kernel.Error {
	return kernel.Errorf("ValidationException", format, args...)
}

func conflict(format string, args ...any) *kernel.Error {
	return kernel.Errorf("ConflictException", format, args...)
}

func page[T any](r *kernel.Request, member string, all []T, in input, size int) (any, error) {
	items, next, ok := kernel.Page(r, all, in.NextToken, in.MaxResults, size)
	if !ok {
		return nil, invalid("The NextToken is not valid.")
	}
	out := map[string]any{member: items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// listPermissionSets is answered at the primary Region only; an additional Region does not even read them (idc-kms 1.7). No world
// holds any.
func listPermissionSets(r *kernel.Request) (any, error) {
	in, s, err := onInstance(r, seat.atHome)
	if err == nil && s.own {
		err = invalid("An account instance of IAM Identity Center has no permission sets.")
	}
	if err != nil {
		return nil, err
	}
	return page(r, "PermissionSets", []string{}, in, 100)
}

// write stands for what AWS serves at the primary Region only: attributes, permission sets and their assignments (idc-kms 1.7). Elsewhere it is refused; at the primary the twin does not model it.
func write(r *kernel.Request) (any, error) {
	if _, _, err := onInstance(r, seat.atHome); err != nil {
		return nil, err
	}
	return nil, kernel.Errorf(kernel.CodeNotModelled, "rehome's twin does not model sso-admin:%s at the primary Region", r.Operation).WithStatus(501)
}

// resource is the application, token issuer or instance that a call names (service authorization reference, IAM Identity Center); "*" for a call
// that names none.
func resource(r *kernel.Request) string {
	var in struct{ InstanceArn, ApplicationArn, TrustedTokenIssuerArn string }
	if r.Decode(&in) != nil {
		return "*" // the handler refuses it
	}
	return cmp.Or(in.ApplicationArn, in.TrustedTokenIssuerArn, in.InstanceArn, "*")
}
