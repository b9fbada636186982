package cloud

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// FailureAction is what becomes of the assets that an import has made when it fails.
type FailureAction string

// The actions (quick-api 3.4).
const (
	FailureKeeps     FailureAction = "DO_NOTHING"
	FailureRollsBack FailureAction = "ROLLBACK"
)

// ImportJob is a bundle to be made into assets. What has an id that is there already is changed (quick-api 3.4). Permissions and tags are
// the bundle's own; AWS can override them for groups of assets only.
type ImportJob struct {
	ID     string
	Body   []byte // the bundle as it is, up to MaxImportBody
	S3URI  string // where it is, instead of Body
	OnFail FailureAction
	Prefix string // before the id, not the name, of every asset; empty: ids stay
	// What a bundle lacks or what is different here, MaxImportChanges of each. Anything else is changed in the bundle's text.
	VPCConnections   []VPCConnectionChange
	DataSources      []DataSourceChange
	RefreshSchedules []RefreshScheduleChange
}

// VPCConnectionChange is where a VPC connection is to be. An import from another Region or account needs subnets and groups.
type VPCConnectionChange struct {
	ID             string
	Name           string     // empty: stays
	Subnets        []string   // 2 to 15
	SecurityGroups []string   // 1 to 16
	DNSResolvers   []string   // up to 15; nil: stay
	RoleARN        estate.ARN // empty: stays
}

// DataSourceChange is what a data source signs in with, which no bundle holds: a secret, or a name and a password.
type DataSourceChange struct {
	ID        string
	SecretARN estate.ARN // in the data source's Region
	User      string
	Password  string     `json:"-"`
	VPC       estate.ARN // a VPC connection; empty: stays
}

// String hides the password.
func (d DataSourceChange) String() string { return "data source " + d.ID }

// GoString is String, so that no format verb shows the password.
func (d DataSourceChange) GoString() string { return d.String() }

// RefreshScheduleChange is when a schedule begins, which must be in the future (quick-api 4.6).
type RefreshScheduleChange struct {
	DataSet    string
	ID         string
	StartAfter time.Time
}

// ImportState is what is known of an import for 14 days.
type ImportState struct {
	Status         JobStatus
	Created        time.Time
	S3URI          string // where the bundle was; empty: in the request
	Errors         []JobError
	RollbackErrors []JobError
	Warnings       []JobError
}

// StartImport begins an import. The SDK writes the bundle in base64 itself (quick-api 3.4).
func (q Quick) StartImport(ctx context.Context, job ImportJob) error {
	in := &quicksight.StartAssetBundleImportJobInput{AwsAccountId: q.id, AssetBundleImportJobId: &job.ID, FailureAction: types.AssetBundleImportFailureAction(job.OnFail),
		AssetBundleImportSource: &types.AssetBundleImportSource{Body: job.Body, S3Uri: given(job.S3URI)}, OverrideParameters: job.overrides()}
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).StartAssetBundleImportJob, in)
	return job.scrub(err)
}

// scrub takes the passwords out of what AWS says about them. They may be short, and a garbled message is better than one of them.
func (j ImportJob) scrub(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		for _, d := range j.DataSources {
			if d.Password != "" {
				e.Message = strings.ReplaceAll(e.Message, d.Password, "[redacted]")
			}
		}
	}
	return err
}

// overrides is nil when nothing is to be different; AWS takes no empty lists.
func (j ImportJob) overrides() *types.AssetBundleImportJobOverrideParameters {
	var o types.AssetBundleImportJobOverrideParameters
	if j.Prefix != "" {
		o.ResourceIdOverrideConfiguration = &types.AssetBundleImportJobResourceIdOverrideConfiguration{PrefixForAllResources: &j.Prefix}
	}
	for _, v := range j.VPCConnections {
		o.VPCConnections = append(o.VPCConnections, types.AssetBundleImportJobVPCConnectionOverrideParameters{VPCConnectionId: &v.ID, Name: given(v.Name),
			SubnetIds: v.Subnets, SecurityGroupIds: v.SecurityGroups, DnsResolvers: v.DNSResolvers, RoleArn: given(string(v.RoleARN))})
	}
	for _, d := range j.DataSources {
		o.DataSources = append(o.DataSources, d.override())
	}
	for _, r := range j.RefreshSchedules {
		o.RefreshSchedules = append(o.RefreshSchedules, types.AssetBundleImportJobRefreshScheduleOverrideParameters{DataSetId: &r.DataSet, ScheduleId: &r.ID, StartAfterDateTime: &r.StartAfter})
	}
	if o.ResourceIdOverrideConfiguration == nil && len(o.VPCConnections)+len(o.DataSources)+len(o.RefreshSchedules) == 0 {
		return nil
	}
	return &o
}

func (d DataSourceChange) override() types.AssetBundleImportJobDataSourceOverrideParameters {
	o := types.AssetBundleImportJobDataSourceOverrideParameters{DataSourceId: &d.ID}
	switch {
	case d.SecretARN != "":
		o.Credentials = &types.AssetBundleImportJobDataSourceCredentials{SecretArn: aws.String(string(d.SecretARN))}
	case d.User != "" || d.Password != "":
		o.Credentials = &types.AssetBundleImportJobDataSourceCredentials{CredentialPair: &types.AssetBundleImportJobDataSourceCredentialPair{Username: &d.User, Password: &d.Password}}
	}
	if d.VPC != "" {
		o.VpcConnectionProperties = &types.VpcConnectionProperties{VpcConnectionArn: aws.String(string(d.VPC))}
	}
	return o
}

// DescribeImport is NotFound when there is no such job, or none any more. What it says of a bundle in the request and of the changes is not
// read: there are addresses and credentials in it.
func (q Quick) DescribeImport(ctx context.Context, id string) (ImportState, error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeAssetBundleImportJob, &quicksight.DescribeAssetBundleImportJobInput{AwsAccountId: q.id, AssetBundleImportJobId: &id})
	if err != nil {
		return ImportState{}, err
	}
	uri := ""
	if from := out.AssetBundleImportSource; from != nil {
		uri = aws.ToString(from.S3Uri)
	}
	read := func(e types.AssetBundleImportJobError) (arn, kind, message *string) { return e.Arn, e.Type, e.Message }
	return ImportState{Status: JobStatus(out.JobStatus), Created: moment(out.CreatedTime), S3URI: uri, Errors: jobErrors(out.Errors, read), RollbackErrors: jobErrors(out.RollbackErrors, read),
		Warnings: jobErrors(out.Warnings, func(e types.AssetBundleImportJobWarning) (arn, kind, message *string) { return e.Arn, nil, e.Message })}, nil
}

// ListImports gives the imports of 14 days, oldest first.
func (q Quick) ListImports(ctx context.Context) ([]JobSummary, error) {
	var jobs []JobSummary
	in := &quicksight.ListAssetBundleImportJobsInput{AwsAccountId: q.id}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListAssetBundleImportJobs, in, func(out *quicksight.ListAssetBundleImportJobsOutput) {
		for _, j := range out.AssetBundleImportJobSummaryList {
			jobs = append(jobs, JobSummary{aws.ToString(j.AssetBundleImportJobId), JobStatus(j.JobStatus), moment(j.CreatedTime)})
		}
	})
	return byTime(jobs), err
}
