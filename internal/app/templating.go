package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// templating is an export under way.
type templating struct {
	*session
	out       *TemplatesExported
	inventory *assets.Inventory
	stamp     string // makes the ids of jobs new (quick-api 3.6)
	jobs      int
}

// export runs one job. What AWS says that it cannot export is left out and named, and the others are tried again.
func (x *templating) export(ctx context.Context, j assets.Job) error {
	left := j.Assets
	for len(left) > 0 {
		text, state, err := x.run(ctx, j.Region, left)
		if errors.Is(err, assets.ErrRefused) {
			state.Errors, err = []cloud.JobError{{Message: err.Error()}}, nil
		}
		if err != nil {
			return err
		}
		if state.Status == cloud.JobSuccessful {
			return x.keep(j, left, text, state)
		}
		fine := slices.DeleteFunc(slices.Clone(left), func(ref estate.AssetRef) bool {
			return slices.ContainsFunc(state.Errors, func(e cloud.JobError) bool { return e.ARN == ref.ARN(x.out.Account) })
		})
		x.failed(j.Region, state.Errors, len(left)-len(fine))
		if len(fine) == len(left) {
			return nil // AWS names none of them
		}
		left = fine
	}
	return nil
}

// failed notes what AWS would not export.
func (x *templating) failed(r estate.Region, problems []cloud.JobError, named int) {
	if len(problems) == 0 {
		problems = []cloud.JobError{{Message: "the export job failed, and AWS gives no reason"}}
	}
	for _, p := range problems {
		f := diag.Finding{Code: "MIG-28", Status: diag.Fail, Severity: diag.Block, Owner: diag.QuickAdmin, Subject: "template/" + string(r), Title: "AWS would not export a template", Cause: p.Message,
			Fix: "mend it in Quick, then export again; or take Quick's own format: rehome assets export VAULT finds the asset alone"}
		if ref, _, ok := estate.ParseAssetARN(p.ARN); ok && named > 0 {
			f.Subject, f.Title = "asset/"+string(r)+"/"+string(ref.Type)+"/"+ref.ID, "AWS would not export "+assets.Label(ref, "")+", and it is in no template"
		}
		x.out.Findings = append(x.out.Findings, f)
	}
}

// The waits for a job: for its turn and its end (quick-api 3.6: back off 1 to 60 s).
const (
	templatePause    = 15 * time.Second
	templatePatience = time.Hour
)

// run carries one job out and fetches the template. An address that is good no longer is asked for again.
func (x *templating) run(ctx context.Context, r estate.Region, refs []estate.AssetRef) (text []byte, state cloud.ExportState, err error) {
	x.jobs++
	job := cloud.ExportJob{ID: fmt.Sprintf("rehome-template-%s-%s-%d", x.stamp, r, x.jobs), Permissions: true, Tags: true, FolderMemberships: true, CloudFormation: true}
	for _, ref := range refs {
		job.ARNs = append(job.ARNs, ref.ARN(x.out.Account))
		if x.needsSecret(ref) && len(job.Secrets) < cloud.MaxTemplateSecrets {
			job.Secrets = append(job.Secrets, ref.ARN(x.out.Account))
		}
	}
	quick := x.cloud.Quick(x.out.Account, r)
	begun := false
	for waited := time.Duration(0); ; waited += templatePause {
		if !begun {
			err = jobError(quick.StartExport(ctx, job))
			begun = err == nil
		}
		if begun {
			state, err = quick.DescribeExport(ctx, job.ID)
			err = jobError(err)
		}
		switch {
		case err != nil && !errors.Is(err, assets.ErrBusy):
			return nil, state, err
		case err == nil && state.Status == cloud.JobFailed:
			return nil, state, nil
		case err == nil && state.Status == cloud.JobSuccessful:
			var b bytes.Buffer
			if _, err = quick.Download(ctx, state.URL, &b); !errors.Is(jobError(err), assets.ErrExpired) {
				return b.Bytes(), state, err
			}
		}
		if waited >= templatePatience {
			return nil, state, &diag.Error{Code: "cloudformation/patience", What: "the export job does not end", Where: job.ID + " in " + string(r), Why: string(state.Status), Err: err, Fix: []string{"export again later"}}
		}
		if err := x.clock.Sleep(ctx, templatePause); err != nil {
			return nil, state, err
		}
	}
}

// keep writes a template as it came.
func (x *templating) keep(j assets.Job, refs []estate.AssetRef, text []byte, state cloud.ExportState) error {
	file := fmt.Sprintf("%s-%03d.json", j.Region, j.Number)
	t, err := x.read(text)
	if err != nil {
		return err
	}
	t.File, t.Bytes, t.Assets, t.Stack = filepath.Join(x.out.Dir, file), len(text), len(refs), fmt.Sprintf("quick-%s-%03d", j.Region, j.Number)
	t.Warnings = problems(state.Warnings)
	for n, ref := range slices.DeleteFunc(slices.Clone(refs), func(ref estate.AssetRef) bool { return !x.needsSecret(ref) }) {
		if n >= cloud.MaxTemplateSecrets {
			t.Edit = append(t.Edit, assets.Label(ref, "")+": add its Credentials; AWS makes parameters for 50 data sources only")
		}
	}
	t.Commands = t.commands(x.out.To)
	x.out.Templates = append(x.out.Templates, t)
	return document.WriteBytes(t.File, text)
}
