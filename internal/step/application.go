package step

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// recordApplication writes down the old Identity Center application before it goes with the account: whatever names its ARN
// elsewhere has to be changed by people afterwards.
type recordApplication struct{ env Env }

type applicationParams struct {
	Application estate.ARN    `json:"application"`
	Instance    estate.ARN    `json:"instance"`
	Home        estate.Region `json:"home"`
}

func (recordApplication) Name() string { return idRecord }

func (k recordApplication) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	app := s.quick.Namespaces.Or(nil)[estate.DefaultNamespace].ApplicationARN
	if !s.deletes || app == "" {
		return nil, nil
	}
	p, err := params(applicationParams{Application: app, Instance: estate.ARN(s.inst.ARN), Home: s.home()})
	return []plan.Step{{ID: idRecord, Kind: k.Name(), Account: s.account, Region: s.home(), Phase: plan.Prepare, Params: p,
		Title:  "record Quick's application in Identity Center",
		Reason: "deleting the account is expected to take its application along; grants, assignments and policies that name its ARN do not follow",
		Calls:  []string{"sso-admin:DescribeApplication", "sso-admin:ListApplicationGrants", "sso-admin:ListApplicationAssignments"},
		Effect: "none", Done: "ARN, CreatedFrom, grants and assignments are in the journal", Undo: "nothing to undo", Risk: plan.Reads,
		Reads:   []string{s.path("/namespaces/default/application_arn")},
		Sources: []diag.Source{{Doc: "idc-kms fact sheet 3.7, 5.1", Date: "2026-11-22"}}}}, err
}

func (k recordApplication) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	if out := r.Output(s.ID); out != nil {
		return plan.Observation{State: plan.Done, Detail: "recorded earlier in this run", Output: out}, nil
	}
	p, err := decode[applicationParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	app, err := k.read(ctx, s, p)
	if goneError(err) {
		return plan.Observation{State: plan.Done, Detail: "the application is gone; it was not recorded in this run"}, nil
	}
	if err != nil {
		return plan.Observation{}, err
	}
	out := plan.Output{"application": string(p.Application), "created_from": string(app.CreatedFrom), "grants": strings.Join(app.Grants.Or(nil), ",")}
	var assigned []string
	for _, a := range app.Assignments.Or(nil) {
		assigned = append(assigned, a.Type+" "+a.Principal)
	}
	sort.Strings(assigned)
	out["assignments"] = strings.Join(assigned, ",")
	return plan.Observation{State: plan.Done, Output: out,
		Detail: fmt.Sprintf("%s, created from %s, %d grants, %d assignments", p.Application, app.CreatedFrom, len(app.Grants.Or(nil)), len(assigned))}, nil
}

func (k recordApplication) read(ctx context.Context, s plan.Step, p applicationParams) (estate.Application, error) {
	idc := k.env.Cloud.IdentityCenter(s.Account, s.Region)
	app, err := idc.DescribeApplication(ctx, p.Application)
	if err != nil {
		return app, err
	}
	grants, err := idc.ListApplicationGrants(ctx, p.Application)
	if err != nil {
		return app, err
	}
	assignments, err := idc.ListApplicationAssignments(ctx, p.Application)
	app.Grants, app.Assignments = estate.Of(grants), estate.Of(assignments)
	return app, err
}

func (recordApplication) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (recordApplication) Patience() (time.Duration, time.Duration) { return shortly() }
