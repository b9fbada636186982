package cloud

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// JobStatus is the state of a bundle job.
type JobStatus string

// The states (quick-api 3.2, 3.5); exports know the first four.
const (
	JobQueued         JobStatus = "QUEUED_FOR_IMMEDIATE_EXECUTION"
	JobRunning        JobStatus = "IN_PROGRESS"
	JobSuccessful     JobStatus = "SUCCESSFUL"
	JobFailed         JobStatus = "FAILED" // of an import: what it made before it failed is there
	JobRollingBack    JobStatus = "FAILED_ROLLBACK_IN_PROGRESS"
	JobRolledBack     JobStatus = "FAILED_ROLLBACK_COMPLETED"
	JobRollbackFailed JobStatus = "FAILED_ROLLBACK_ERROR"
)

// Done reports whether the job has come to its end, good or bad. A state that nobody has listed is none.
func (s JobStatus) Done() bool {
	switch s {
	case JobSuccessful, JobFailed, JobRolledBack, JobRollbackFailed:
		return true
	}
	return false
}

// The limits of bundle jobs (quick-api 3.1, 3.4).
const (
	MaxExportARNs    = 100      // in one export
	MaxImportBody    = 20 << 20 // bytes of a bundle in the call itself; a larger one, up to 1 GB, has to come from S3
	MaxImportChanges = 50       // of each kind, in one import
	MaxJobs          = 5        // exports of an account at a time, and as many imports; one more is Precondition
)

// MaxTemplateSecrets is how many data sources of a template can have a parameter for their secret (quick-api 3.1).
const MaxTemplateSecrets = 50

// ExportJob is what goes into a bundle. An asset with errors that the editor shows becomes a warning (quick-api 3.1).
type ExportJob struct {
	ID                string // may be used again when the job is done; a new one each time is better (quick-api 3.6)
	ARNs              []estate.ARN
	AllDependencies   bool // and whatever they use
	Permissions       bool
	Tags              bool
	FolderMemberships bool // and in which folders they are
	// CloudFormation asks for a template instead of a bundle. No import takes it, only a stack, which then owns the assets.
	CloudFormation bool
	Secrets        []estate.ARN // of a template: the data sources that get a parameter for their secret, up to MaxTemplateSecrets
}

// ExportState is what is known of an export for 14 days.
type ExportState struct {
	Status   JobStatus
	Created  time.Time
	URL      Link         // of the bundle when the job is successful, good for 5 minutes; each DescribeExport gives a new one
	ARNs     []estate.ARN // that were asked for, sorted; the bundle itself tells what it holds
	Errors   []JobError   // whole when the job has failed
	Warnings []JobError
}

// JobError is what a job says about one asset.
type JobError struct {
	ARN     estate.ARN `json:"arn"`
	Type    string     `json:"type,omitzero"` // Quick's word; warnings have none
	Message string     `json:"message"`
}

// JobSummary is a job in a list.
type JobSummary struct {
	ID      string
	Status  JobStatus
	Created time.Time
}

// Link is an address that works for whoever has it, so that it is a secret. Printing it in any way shows the host only.
type Link string

// String hides all but the host.
func (l Link) String() string {
	if l == "" {
		return ""
	}
	if u, err := url.Parse(string(l)); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host + "/[redacted]"
	}
	return "[redacted]"
}

// GoString is String, so that no format verb shows the secret.
func (l Link) GoString() string { return l.String() }

// MarshalText is String, so that no record holds the secret.
func (l Link) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// StartExport begins an export. Exists or Conflict mean that a job with this id is running: DescribeExport.
func (q Quick) StartExport(ctx context.Context, job ExportJob) error {
	in := &quicksight.StartAssetBundleExportJobInput{AwsAccountId: q.id, AssetBundleExportJobId: &job.ID, ExportFormat: types.AssetBundleExportFormatQuicksightJson,
		IncludeAllDependencies: job.AllDependencies, IncludePermissions: job.Permissions, IncludeTags: job.Tags, IncludeFolderMemberships: job.FolderMemberships}
	for _, arn := range job.ARNs {
		in.ResourceArns = append(in.ResourceArns, string(arn))
	}
	if job.CloudFormation {
		in.ExportFormat = types.AssetBundleExportFormatCloudformationJson
	}
	if len(job.Secrets) > 0 {
		in.CloudFormationOverridePropertyConfiguration = &types.AssetBundleCloudFormationOverridePropertyConfiguration{}
	}
	for _, arn := range job.Secrets {
		in.CloudFormationOverridePropertyConfiguration.DataSources = append(in.CloudFormationOverridePropertyConfiguration.DataSources, types.AssetBundleExportJobDataSourceOverrideProperties{
			Arn: aws.String(string(arn)), Properties: []types.AssetBundleExportJobDataSourcePropertyToOverride{types.AssetBundleExportJobDataSourcePropertyToOverrideSecretArn}})
	}
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).StartAssetBundleExportJob, in)
	return err
}

// DescribeExport is NotFound when there is no such job, or none any more.
func (q Quick) DescribeExport(ctx context.Context, id string) (ExportState, error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeAssetBundleExportJob, &quicksight.DescribeAssetBundleExportJobInput{AwsAccountId: q.id, AssetBundleExportJobId: &id})
	if err != nil {
		return ExportState{}, err
	}
	state := ExportState{Status: JobStatus(out.JobStatus), Created: moment(out.CreatedTime), URL: text[Link](out.DownloadUrl)}
	for _, arn := range out.ResourceArns {
		state.ARNs = append(state.ARNs, estate.ARN(arn))
	}
	slices.Sort(state.ARNs)
	state.Errors = jobErrors(out.Errors, func(e types.AssetBundleExportJobError) (arn, kind, message *string) { return e.Arn, e.Type, e.Message })
	state.Warnings = jobErrors(out.Warnings, func(e types.AssetBundleExportJobWarning) (arn, kind, message *string) { return e.Arn, nil, e.Message })
	return state, nil
}

// ListExports gives the exports of 14 days, oldest first.
func (q Quick) ListExports(ctx context.Context) ([]JobSummary, error) {
	var jobs []JobSummary
	in := &quicksight.ListAssetBundleExportJobsInput{AwsAccountId: q.id}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListAssetBundleExportJobs, in, func(out *quicksight.ListAssetBundleExportJobsOutput) {
		for _, j := range out.AssetBundleExportJobSummaryList {
			jobs = append(jobs, JobSummary{aws.ToString(j.AssetBundleExportJobId), JobStatus(j.JobStatus), moment(j.CreatedTime)})
		}
	})
	return byTime(jobs), err
}

func byTime(jobs []JobSummary) []JobSummary {
	slices.SortFunc(jobs, func(a, b JobSummary) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return jobs
}

// jobErrors sorts what a job says by asset; read takes one entry apart.
func jobErrors[T any](list []T, read func(T) (arn, kind, message *string)) (found []JobError) {
	for _, e := range list {
		arn, kind, message := read(e)
		found = append(found, JobError{text[estate.ARN](arn), aws.ToString(kind), aws.ToString(message)})
	}
	slices.SortFunc(found, func(a, b JobError) int {
		return cmp.Or(cmp.Compare(a.ARN, b.ARN), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Message, b.Message))
	})
	return found
}
