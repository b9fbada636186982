package quicksight

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	eventExport = "quicksight/asset-export" // Subject: account, Data: job id; the job's status tells what happens
	eventImport = "quicksight/asset-import" // likewise
)

// The statuses of bundle jobs (quick-api 3.2, 3.5).
const (
	jobQueued      = "QUEUED_FOR_IMMEDIATE_EXECUTION"
	jobRunning     = "IN_PROGRESS"
	jobSuccessful  = "SUCCESSFUL"
	jobFailed      = "FAILED"
	jobRollingBack = "FAILED_ROLLBACK_IN_PROGRESS"
	jobRolledBack  = "FAILED_ROLLBACK_COMPLETED"
)

const (
	mostJobs  = 5                   // of one kind that an account can have at a time (quick-api 3.1, 3.4)
	jobLife   = 14 * 24 * time.Hour // how long a job can be described (quick-api 3.2)
	queuePart = 10                  // a job waits for a tenth of its time before it runs; INFERRED
)

var jobID = regexp.MustCompile(`^[\w\-]{1,512}$`)

// job is what exports and imports have in common. Whether the caller may do to each asset what the job does is not modelled: AWS asks for
// that too (quick-api 3.1, 3.4), the twin for the right to start the job only.
type job struct {
	ID       string
	Status   string
	Created  time.Time
	Errors   []jobError   `json:",omitempty"`
	Warnings []jobWarning `json:",omitempty"`
}

type jobError struct {
	Arn           estate.ARN `json:",omitempty"`
	Type, Message string
}

type jobWarning struct {
	Arn     estate.ARN `json:",omitempty"`
	Message string
}

// fail notes an error about an asset; its Type is a free string (quick-api 3.2), here the one of the error that a call would have got.
func (j *job) fail(arn estate.ARN, e *kernel.Error) {
	j.Errors = append(j.Errors, jobError{Arn: arn, Type: e.Code, Message: e.Message})
}

func (j *job) warn(arn estate.ARN, message string) {
	j.Warnings = append(j.Warnings, jobWarning{Arn: arn, Message: message})
}

func (j job) forgotten(now time.Time) bool { return now.Sub(j.Created) >= jobLife }

// admitJob refuses a job whose id is bad or at work, or that is one too many. Texts are INFERRED, types are AWS's. The limit is per
// account, whichever Region the jobs are in (INFERRED).
func admitJob(r *kernel.Request, event, id string) error {
	if !jobID.MatchString(id) {
		return invalid("The job id %q is not valid: it must have 1 to 512 letters, digits, underscores or hyphens.", id)
	}
	running := r.Pending(event, string(r.Account))
	if slices.ContainsFunc(running, func(e kernel.Event) bool { return e.Region == r.Region && e.Data == id }) {
		return kernel.Errorf("ConflictException", "A job with the id %s is running.", id).WithStatus(409)
	}
	if len(running) >= mostJobs {
		return limitExceeded("The account has %d jobs running; no more are allowed at a time.", mostJobs)
	}
	return nil
}

// then lets the job go on after a part of the time that it takes.
func then(r *kernel.Request, event, id string, d time.Duration) {
	r.After(d, kernel.Event{Kind: event, Subject: string(r.Account), Data: id})
}

// startJob is the beginning of a call that starts a job.
func startJob(r *kernel.Request, in any, account *estate.AccountID) (estate.Quick, error) {
	if err := r.Decode(in); err != nil {
		return estate.Quick{}, err
	}
	q, err := subscribed(r, *account)
	if err == nil {
		err = lookedAt(r, q)
	}
	return q, err
}

// findJob reads the job that a call asks for.
func findJob(r *kernel.Request, what, id string, account estate.AccountID, j any, common *job) error {
	if _, err := subscribed(r, account); err != nil {
		return err
	}
	if !r.Record(record(r, what, id), j) || common.forgotten(r.Now()) {
		return notFound("The asset bundle %s job %s is not found.", what, id)
	}
	return nil
}

// listJobs lists jobs of the Region by id, an order that is INFERRED.
func listJobs(r *kernel.Request, what, list string, show func(id string) (map[string]any, bool)) (any, error) {
	var in struct {
		paging
		AwsAccountId estate.AccountID
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if _, err := subscribed(r, in.AwsAccountId); err != nil {
		return nil, err
	}
	jobs := []map[string]any{}
	prefix := record(r, what, "")
	for _, key := range r.Records(prefix) {
		if j, ok := show(strings.TrimPrefix(key, prefix)); ok {
			jobs = append(jobs, j)
		}
	}
	return page(r, list, jobs, in.paging)
}

func (j job) summary(r *kernel.Request, what, idMember string) map[string]any {
	return map[string]any{"JobStatus": j.Status, "Arn": arn(r, r.Region, "asset-bundle-%s-job/%s", what, j.ID), "CreatedTime": kernel.Timestamp(j.Created), idMember: j.ID}
}

// describe is the summary with what went wrong. Errors are complete once a job has failed (quick-api 3.2).
func (j job) describe(r *kernel.Request, what, idMember string) map[string]any {
	out := j.summary(r, what, idMember)
	if out["AwsAccountId"] = r.Account; j.Errors != nil {
		out["Errors"] = j.Errors
	}
	if j.Warnings != nil {
		out["Warnings"] = j.Warnings
	}
	return out
}
