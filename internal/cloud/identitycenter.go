package cloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"rehome/internal/estate"
)

var identityCenter = api[ssoadmin.Client, ssoadmin.Options]{"sso-admin", ssoadmin.NewFromConfig}

// IdentityCenter is the administration of Identity Center from one account, asked in one Region. Instance ARNs hold no Region, so
// the Region given here is the only thing that leads to the right one (idc-kms 1.2).
type IdentityCenter struct{ site }

// IdentityCenter goes to the given account and Region.
func (c *Cloud) IdentityCenter(account estate.AccountID, region estate.Region) IdentityCenter {
	return IdentityCenter{site{c, account, region}}
}

// ListInstances gives the instances that this Region hosts; none is no error and does not mean that there is none elsewhere.
func (i IdentityCenter) ListInstances(ctx context.Context) ([]estate.Instance, error) {
	var found []estate.Instance
	err := pages(ctx, i.site, identityCenter, (*ssoadmin.Client).ListInstances, &ssoadmin.ListInstancesInput{}, func(out *ssoadmin.ListInstancesOutput) {
		for _, m := range out.Instances {
			found = append(found, instance(m))
		}
	})
	return found, err
}

// DescribeInstance adds the encryption to what ListInstances tells.
func (i IdentityCenter) DescribeInstance(ctx context.Context, arn estate.InstanceARN) (estate.Instance, error) {
	out, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).DescribeInstance, &ssoadmin.DescribeInstanceInput{InstanceArn: aws.String(string(arn))})
	if err != nil {
		return estate.Instance{}, err
	}
	in := instance(types.InstanceMetadata{InstanceArn: out.InstanceArn, OwnerAccountId: out.OwnerAccountId, Name: out.Name, Status: out.Status,
		IdentityStoreId: out.IdentityStoreId, CreatedDate: out.CreatedDate, PrimaryRegion: out.PrimaryRegion, Regions: out.Regions})
	in.Encryption = estate.NotLooked[estate.Encryption]("DescribeInstance did not tell the encryption")
	if e := out.EncryptionConfigurationDetails; e != nil {
		in.Encryption = estate.Of(estate.Encryption{KeyType: string(e.KeyType), KeyARN: text[estate.ARN](e.KmsKeyArn), Status: string(e.EncryptionStatus), Reason: aws.ToString(e.EncryptionStatusReason)})
	}
	return in, nil
}

// instance tolerates the absence of Regions and primary Region: older endpoints do not send them (idc-kms 1.1).
func instance(m types.InstanceMetadata) estate.Instance {
	in := estate.Instance{ARN: text[estate.InstanceARN](m.InstanceArn), Owner: text[estate.AccountID](m.OwnerAccountId), Name: aws.ToString(m.Name), Status: string(m.Status),
		IdentityStoreID: aws.ToString(m.IdentityStoreId), Created: aws.ToTime(m.CreatedDate).UTC(), PrimaryRegion: text[estate.Region](m.PrimaryRegion),
		Regions: estate.NotLooked[map[estate.Region]estate.ReplicaState]("the answer did not tell the Regions")}
	if len(m.Regions) > 0 {
		regions, primary := replicas(m.Regions)
		in.Regions = estate.Of(regions)
		if in.PrimaryRegion == "" {
			in.PrimaryRegion = primary
		}
	}
	return in
}

func replicas(all []types.RegionMetadata) (regions map[estate.Region]estate.ReplicaState, primary estate.Region) {
	regions = map[estate.Region]estate.ReplicaState{}
	for _, r := range all {
		regions[text[estate.Region](r.RegionName)] = estate.ReplicaState(r.Status)
		if r.IsPrimaryRegion {
			primary = text[estate.Region](r.RegionName)
		}
	}
	return regions, primary
}

// ListRegions gives the Regions of the instance, those that are being added or removed among them, and which one is primary.
func (i IdentityCenter) ListRegions(ctx context.Context, arn estate.InstanceARN) (regions map[estate.Region]estate.ReplicaState, primary estate.Region, err error) {
	var found []types.RegionMetadata
	in := &ssoadmin.ListRegionsInput{InstanceArn: aws.String(string(arn))}
	err = pages(ctx, i.site, identityCenter, (*ssoadmin.Client).ListRegions, in, func(out *ssoadmin.ListRegionsOutput) { found = append(found, out.Regions...) })
	regions, primary = replicas(found)
	return regions, primary, err
}

// ListApplications gives the applications of the instance without grants and assignments.
func (i IdentityCenter) ListApplications(ctx context.Context, arn estate.InstanceARN) (map[estate.ARN]estate.Application, error) {
	applications := map[estate.ARN]estate.Application{}
	in := &ssoadmin.ListApplicationsInput{InstanceArn: aws.String(string(arn))}
	err := pages(ctx, i.site, identityCenter, (*ssoadmin.Client).ListApplications, in, func(out *ssoadmin.ListApplicationsOutput) {
		for _, a := range out.Applications {
			applications[text[estate.ARN](a.ApplicationArn)] = application(a)
		}
	})
	return applications, err
}

// DescribeApplication gives one application without grants and assignments.
func (i IdentityCenter) DescribeApplication(ctx context.Context, arn estate.ARN) (estate.Application, error) {
	out, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationArn: aws.String(string(arn))})
	if err != nil {
		return estate.Application{}, err
	}
	return application(types.Application{Name: out.Name, ApplicationProviderArn: out.ApplicationProviderArn, ApplicationAccount: out.ApplicationAccount,
		Status: out.Status, CreatedFrom: out.CreatedFrom}), nil
}

func application(a types.Application) estate.Application {
	return estate.Application{Name: aws.ToString(a.Name), Provider: text[estate.ARN](a.ApplicationProviderArn), Account: text[estate.AccountID](a.ApplicationAccount),
		Status: string(a.Status), CreatedFrom: text[estate.Region](a.CreatedFrom)}
}

// ListApplicationGrants gives the grant types of an application, sorted.
func (i IdentityCenter) ListApplicationGrants(ctx context.Context, arn estate.ARN) ([]string, error) {
	var grants []string
	in := &ssoadmin.ListApplicationGrantsInput{ApplicationArn: aws.String(string(arn))}
	err := pages(ctx, i.site, identityCenter, (*ssoadmin.Client).ListApplicationGrants, in, func(out *ssoadmin.ListApplicationGrantsOutput) {
		for _, g := range out.Grants {
			grants = append(grants, string(g.GrantType))
		}
	})
	slices.Sort(grants)
	return grants, err
}

// ListApplicationAssignments gives who may use an application, in AWS's order.
func (i IdentityCenter) ListApplicationAssignments(ctx context.Context, arn estate.ARN) ([]estate.Assignment, error) {
	var assignments []estate.Assignment
	in := &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: aws.String(string(arn))}
	err := pages(ctx, i.site, identityCenter, (*ssoadmin.Client).ListApplicationAssignments, in, func(out *ssoadmin.ListApplicationAssignmentsOutput) {
		for _, a := range out.ApplicationAssignments {
			assignments = append(assignments, estate.Assignment{Principal: aws.ToString(a.PrincipalId), Type: string(a.PrincipalType)})
		}
	})
	return assignments, err
}

// SetEncryption changes the key that the instance encrypts with; an empty key means AWS's own. The change goes on after the answer:
// DescribeInstance tells how it ends.
func (i IdentityCenter) SetEncryption(ctx context.Context, arn estate.InstanceARN, key estate.ARN) error {
	want := &types.EncryptionConfiguration{KeyType: types.KmsKeyTypeAwsOwnedKmsKey}
	if key != "" {
		want = &types.EncryptionConfiguration{KeyType: types.KmsKeyTypeCustomerManagedKey, KmsKeyArn: aws.String(string(key))}
	}
	_, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).UpdateInstance, &ssoadmin.UpdateInstanceInput{InstanceArn: aws.String(string(arn)), EncryptionConfiguration: want})
	return err
}

// AddRegion begins to replicate the instance to another Region. It is asked in the primary Region.
func (i IdentityCenter) AddRegion(ctx context.Context, arn estate.InstanceARN, region estate.Region) error {
	_, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).AddRegion, &ssoadmin.AddRegionInput{InstanceArn: aws.String(string(arn)), RegionName: aws.String(string(region))})
	return err
}

// RemoveRegion begins to take the instance out of an additional Region. It is asked in the primary Region.
func (i IdentityCenter) RemoveRegion(ctx context.Context, arn estate.InstanceARN, region estate.Region) error {
	_, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).RemoveRegion, &ssoadmin.RemoveRegionInput{InstanceArn: aws.String(string(arn)), RegionName: aws.String(string(region))})
	return err
}

// DescribeRegion gives the state of one Region of the instance; known absent when the instance is not there.
func (i IdentityCenter) DescribeRegion(ctx context.Context, arn estate.InstanceARN, region estate.Region) (estate.Known[estate.ReplicaState], error) {
	out, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).DescribeRegion, &ssoadmin.DescribeRegionInput{InstanceArn: aws.String(string(arn)), RegionName: aws.String(string(region))})
	switch {
	case KindOf(err) == NotFound:
		return estate.Absent[estate.ReplicaState](), nil
	case err != nil:
		return estate.Known[estate.ReplicaState]{}, err
	}
	return estate.Of(estate.ReplicaState(out.Status)), nil
}
