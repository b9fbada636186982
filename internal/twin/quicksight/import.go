package quicksight

import (
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// importJob is an import with what was asked for. Its bundle has a record of its own.
type importJob struct {
	job
	overrides
	FailureAction  string     `json:",omitempty"`
	Strict         bool       `json:",omitempty"`
	Source         string     `json:",omitempty"` // where in Amazon S3 the bundle was; empty: in the request
	Owner          estate.ARN `json:",omitempty"` // who gets what comes without permissions; empty: nobody
	RollbackErrors []jobError `json:",omitempty"`
}

const importID = "AssetBundleImportJobId"

// startAssetBundleImportJob takes the bundle and looks at what is around it. What is wrong inside is found by the job.
func startAssetBundleImportJob(r *kernel.Request) (any, error) {
	var in struct {
		AwsAccountId               estate.AccountID
		AssetBundleImportJobId     string
		FailureAction              string
		AssetBundleImportSource    struct{ Body, S3Uri string }
		OverrideValidationStrategy struct{ StrictModeForAllResources bool }
		asked
	}
	q, err := startJob(r, &in, &in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	if err := admitJob(r, eventImport, in.AssetBundleImportJobId); err != nil {
		return nil, err
	}
	bundle, err := bundleOf(r, in.AssetBundleImportSource.Body, in.AssetBundleImportSource.S3Uri)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"", "DO_NOTHING", "ROLLBACK"}, in.FailureAction) {
		return nil, invalid("FailureAction %q is not valid.", in.FailureAction)
	}
	o, err := in.asked.overrides()
	if err == nil {
		err = o.check(r)
	}
	if err != nil {
		return nil, err
	}
	j := importJob{job: job{ID: in.AssetBundleImportJobId, Status: jobQueued, Created: r.Now()}, overrides: o, FailureAction: in.FailureAction,
		Strict: in.OverrideValidationStrategy.StrictModeForAllResources, Owner: self(r, q), Source: in.AssetBundleImportSource.S3Uri}
	j.keep(r)
	r.SetRecord(record(r, "import-bundle", j.ID), bundle)
	then(r, eventImport, j.ID, r.Takes(estate.TimeAssetImport)/queuePart)
	return answer(r, map[string]any{importID: j.ID, "Arn": arn(r, r.Region, "asset-bundle-import-job/%s", j.ID)}), nil
}

// self is the caller as a user of Quick's own, who owns what they import without permissions; empty for everybody else, whose imports
// nobody owns (INFERRED, quick-api 3.4).
func self(r *kernel.Request, q estate.Quick) estate.ARN {
	_, name, _ := strings.Cut(r.Caller.Principal.ARN, "assumed-role/")
	n := q.Namespaces.Or(nil)[estate.DefaultNamespace]
	home, ok := q.IdentityRegion.Get()
	if _, there := n.Users.Or(nil)[name]; !there || !ok {
		return ""
	}
	return arn(r, home, "user/%s/%s", estate.DefaultNamespace, name)
}

func (j importJob) keep(r *kernel.Request) { r.SetRecord(record(r, "import", j.ID), j) }

// imported carries an import on: from waiting to work, from work to its end, and to the end of a rollback.
func imported(r *kernel.Request, e kernel.Event) error {
	var j importJob
	if !r.Record(record(r, "import", e.Data), &j) {
		return nil // the account was deleted meanwhile
	}
	switch j.Status {
	case jobQueued:
		j.Status = jobRunning
		took := r.Takes(estate.TimeAssetImport)
		then(r, eventImport, j.ID, took-took/queuePart)
	case jobRollingBack:
		j.Status = jobRolledBack
	default:
		if err := j.run(r); err != nil {
			return err
		}
	}
	j.keep(r)
	return nil
}

// run does the work. The twin finds out what would fail before it changes anything, so a rollback has nothing to take back: it leaves
// everything as it was, as AWS's does in the end. Without one, what has no error is made.
func (j *importJob) run(r *kernel.Request) error {
	q, ok, err := subscription(r)
	if err != nil || !ok {
		return err
	}
	p, err := newPlacing(r, q, j)
	if err != nil {
		return err
	}
	if len(p.Errors) > 0 && j.FailureAction == "ROLLBACK" {
		j.Status, j.Errors, j.Warnings = jobRollingBack, p.Errors, p.Warnings
		then(r, eventImport, j.ID, r.Takes(estate.TimeAssetRollback))
		return nil
	}
	if err := p.place(); err != nil {
		return err
	}
	j.Errors, j.Warnings, j.Status = p.Errors, p.Warnings, jobSuccessful
	if len(j.Errors) > 0 {
		j.Status = jobFailed
	}
	return nil
}

// describeAssetBundleImportJob gives a new address for the bundle each time, or where in Amazon S3 it was, as it was given. What was secret in the overrides is gone (INFERRED,
// quick-api 3.5).
func describeAssetBundleImportJob(r *kernel.Request) (any, error) {
	var in struct {
		AwsAccountId           estate.AccountID
		AssetBundleImportJobId string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	var j importJob
	if err := findJob(r, "import", in.AssetBundleImportJobId, in.AwsAccountId, &j, &j.job); err != nil {
		return nil, err
	}
	out := j.describe(r, "import", importID)
	source := map[string]any{"S3Uri": j.Source}
	if j.Source == "" {
		source = map[string]any{"Body": downloadURL(r, record(r, "import-bundle", j.ID), "assetbundle-"+j.ID+".qs")}
	}
	out["AssetBundleImportSource"] = source
	out["OverrideValidationStrategy"] = map[string]any{"StrictModeForAllResources": j.Strict}
	for name, value := range map[string]map[string]any{"OverrideParameters": j.OverrideParameters, "OverridePermissions": j.OverridePermissions, "OverrideTags": j.OverrideTags} {
		if value != nil {
			out[name] = value
		}
	}
	if j.FailureAction != "" {
		out["FailureAction"] = j.FailureAction
	}
	if j.RollbackErrors != nil {
		out["RollbackErrors"] = j.RollbackErrors
	}
	return answer(r, out), nil
}

// listAssetBundleImportJobs lists those of the last 14 days.
func listAssetBundleImportJobs(r *kernel.Request) (any, error) {
	return listJobs(r, "import", "AssetBundleImportJobSummaryList", func(id string) (map[string]any, bool) {
		var j importJob
		ok := r.Record(record(r, "import", id), &j) && !j.forgotten(r.Now())
		out := j.summary(r, "import", importID)
		if j.FailureAction != "" {
			out["FailureAction"] = j.FailureAction
		}
		return out, ok
	})
}
