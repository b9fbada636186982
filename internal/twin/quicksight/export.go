package quicksight

import (
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// exportJob is an export with what was asked for.
type exportJob struct {
	job
	exportOptions
}

type exportOptions struct {
	ResourceArns                                                                      []string
	ExportFormat                                                                      string
	IncludeAllDependencies, IncludePermissions, IncludeTags, IncludeFolderMemberships bool
	IncludeFolderMembers                                                              string `json:",omitempty"`
	ValidationStrategy                                                                struct{ StrictModeForAllResources bool }
	CloudFormationOverridePropertyConfiguration                                       map[string]any `json:",omitempty"`
}

// The formats of an export. Only the first can be imported (quick-api 3.1).
const (
	formatQuick          = "QUICKSIGHT_JSON"
	formatCloudFormation = "CLOUDFORMATION_JSON"
)

const exportID = "AssetBundleExportJobId"

// startAssetBundleExportJob refuses what is wrong with the request, and assets of kinds and data sources of types that no bundle carries
// (quick-api 3.1, 3.6). That an asset that is not there is refused at once is INFERRED from the errors of the model.
func startAssetBundleExportJob(r *kernel.Request) (any, error) {
	var in struct {
		exportOptions
		AwsAccountId           estate.AccountID
		AssetBundleExportJobId string
	}
	if _, err := startJob(r, &in, &in.AwsAccountId); err != nil {
		return nil, err
	}
	if err := admitJob(r, eventExport, in.AssetBundleExportJobId); err != nil {
		return nil, err
	}
	if err := in.exportOptions.check(); err != nil {
		return nil, err
	}
	j := exportJob{job{ID: in.AssetBundleExportJobId, Status: jobQueued, Created: r.Now()}, in.exportOptions}
	for _, a := range in.ResourceArns {
		if err := exportable(r, a); err != nil {
			return nil, err
		}
	}
	if x := j.gather(r); x.unknown != nil {
		return nil, x.unknown
	}
	j.keep(r)
	r.DropRecord(record(r, "export-bundle", j.ID))
	then(r, eventExport, j.ID, r.Takes(estate.TimeAssetExport)/queuePart)
	return answer(r, map[string]any{exportID: j.ID, "Arn": arn(r, r.Region, "asset-bundle-export-job/%s", j.ID)}), nil
}

func (o exportOptions) check() error {
	switch {
	case len(o.ResourceArns) < 1 || len(o.ResourceArns) > 100:
		return invalid("ResourceArns has %d entries; 1 to 100 are allowed.", len(o.ResourceArns))
	case o.ExportFormat != formatQuick && o.ExportFormat != formatCloudFormation:
		return invalid("ExportFormat %q is not valid.", o.ExportFormat)
	case o.ExportFormat == formatQuick && len(o.CloudFormationOverridePropertyConfiguration) > 0: // that it is refused is INFERRED
		return invalid("CloudFormationOverridePropertyConfiguration needs the ExportFormat %s.", formatCloudFormation)
	case !slices.Contains([]string{"", "NONE", "ONE_LEVEL", "RECURSE"}, o.IncludeFolderMembers):
		return invalid("IncludeFolderMembers %q is not valid.", o.IncludeFolderMembers)
	}
	return o.checkVariables()
}

// exportable refuses an asset that was asked for by name and cannot be in a bundle.
func exportable(r *kernel.Request, name string) error {
	ref, account, ok := assetOf(name)
	if !ok || account != r.Account || ref.Region != r.Region {
		return invalid("%s is not the ARN of an asset of this account and Region.", name)
	}
	if _, ok := kindOf(ref.Type); !ok {
		return invalid("Assets of the type %s cannot be exported: %s.", ref.Type, name)
	}
	a, ok := r.Assets().Get(ref.Type, ref.ID)
	if !ok {
		return notFound("The resource %s is not found.", name)
	}
	if unsupported(r, a) {
		return unsupportedSource(name)
	}
	return nil
}

func unsupportedSource(name string) *kernel.Error {
	return invalid("The data source is of a type that asset bundles do not support: %s.", name)
}

// notBundled are the types of data sources that no bundle carries (quick-api 3.6).
var notBundled = []string{"ADOBE_ANALYTICS", "FILE", "GITHUB", "JIRA", "SALESFORCE", "SERVICENOW", "TWITTER"}

// unsupported reports whether an asset is a data source of those types, or of S3 with a manifest that somebody uploaded: that one has no
// parameters (quick-api 3.6).
func unsupported(r *kernel.Request, a estate.Asset) bool {
	c, err := contentOf(r, a)
	if a.Type != estate.AssetDataSource || err != nil {
		return false
	}
	kind := text(c, "type")
	return slices.Contains(notBundled, kind) || kind == "S3" && object(object(c, "dataSourceParameters"), "s3Parameters") == nil
}

func (j exportJob) keep(r *kernel.Request) { r.SetRecord(record(r, "export", j.ID), j) }

// exported carries an export on: from waiting to work, and from work to its end.
func exported(r *kernel.Request, e kernel.Event) error {
	var j exportJob
	if !r.Record(record(r, "export", e.Data), &j) {
		return nil // the account was deleted meanwhile
	}
	if j.Status == jobQueued {
		j.Status = jobRunning
		j.keep(r)
		took := r.Takes(estate.TimeAssetExport)
		then(r, eventExport, j.ID, took-took/queuePart)
		return nil
	}
	x := j.gather(r)
	if x.unknown != nil {
		x.fail("", x.unknown)
	}
	j.job = x.job
	if j.Status = jobFailed; len(j.Errors) == 0 {
		bundle, err := j.write(x)
		if err != nil {
			return err
		}
		j.Status = jobSuccessful
		r.SetRecord(record(r, "export-bundle", j.ID), bundle)
	}
	j.keep(r)
	return nil
}

// write gives what was gathered in the format that was asked for.
func (j exportJob) write(x *gathering) ([]byte, error) {
	if j.ExportFormat == formatCloudFormation {
		return x.template()
	}
	return pack(x.entries, string(x.r.Account)+" "+string(x.r.Region))
}

// extension is the end of the file's name. A template's is INFERRED: the documents call it a JSON file.
func (j exportJob) extension() string {
	if j.ExportFormat == formatCloudFormation {
		return ".json"
	}
	return ".qs"
}

// describeAssetBundleExportJob gives a new address for the bundle each time. ResourceArns are those that were asked for (INFERRED from
// quick-api 3.2).
func describeAssetBundleExportJob(r *kernel.Request) (any, error) {
	var in struct {
		AwsAccountId           estate.AccountID
		AssetBundleExportJobId string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	var j exportJob
	if err := findJob(r, "export", in.AssetBundleExportJobId, in.AwsAccountId, &j, &j.job); err != nil {
		return nil, err
	}
	out := j.show(j.describe(r, "export", exportID))
	out["ResourceArns"], out["IncludeFolderMemberships"], out["ValidationStrategy"] = j.ResourceArns, j.IncludeFolderMemberships, j.ValidationStrategy
	if j.IncludeFolderMembers != "" {
		out["IncludeFolderMembers"] = j.IncludeFolderMembers
	}
	if len(j.CloudFormationOverridePropertyConfiguration) > 0 {
		out["CloudFormationOverridePropertyConfiguration"] = j.CloudFormationOverridePropertyConfiguration
	}
	if j.Status == jobSuccessful {
		out["DownloadUrl"] = downloadURL(r, record(r, "export-bundle", j.ID), "assetbundle-"+j.ID+j.extension())
	}
	return answer(r, out), nil
}

func (j exportJob) show(out map[string]any) map[string]any {
	out["ExportFormat"], out["IncludeAllDependencies"], out["IncludePermissions"], out["IncludeTags"] = j.ExportFormat, j.IncludeAllDependencies, j.IncludePermissions, j.IncludeTags
	return out
}

// listAssetBundleExportJobs lists those of the last 14 days.
func listAssetBundleExportJobs(r *kernel.Request) (any, error) {
	return listJobs(r, "export", "AssetBundleExportJobSummaryList", func(id string) (map[string]any, bool) {
		var j exportJob
		ok := r.Record(record(r, "export", id), &j) && !j.forgotten(r.Now())
		return j.show(j.summary(r, "export", exportID)), ok
	})
}
