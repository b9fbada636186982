package app

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/identity/loopback"
)

var enterpriseDoc = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, important note and step 1; host names of Quick's endpoints: quick-api 2", Date: "2026-11-22"}

// Local judges this computer as one on which Quick on Desktop is to run: the port that a sign-in comes back to (DSK-06), and the way to the
// identity provider and to Quick in the target Region (DSK-23). It needs no credentials and no survey.
func (a *App) Local(ctx context.Context) (*Diagnosis, error) {
	return a.local(ctx, estate.DesktopPort)
}

func (a *App) local(ctx context.Context, port int) (*Diagnosis, error) {
	s, err := a.spec()
	if err != nil {
		return nil, err
	}
	f, _ := portFinding(ctx, port)
	f.Source = []diag.Source{enterpriseDoc}
	d := &Diagnosis{Format: DoctorFormat, Findings: []diag.Finding{f}, Prerequisites: []Prerequisite{}}
	road := a.Hooks.Identity
	if a.Endpoint != "" { // a twin has the provider's hosts
		if road, err = newTwinRoad(ctx, a.Endpoint); err != nil {
			return nil, err
		}
	}
	type way struct {
		address string
		road    http.RoundTripper
	}
	ways := []way{{cmp.Or(a.Endpoint, fmt.Sprintf("https://quicksight.%s.amazonaws.com/", s.TargetRegion)), a.Hooks.Identity}}
	if s.SignIn != nil {
		v := s.SignIn.Values()
		ways = append(ways, way{v.AuthorizationEndpoint, road}, way{v.TokenEndpoint, road})
	}
	for _, w := range ways {
		f, err := identity.New(identity.Config{Now: a.Now, Transport: w.road}).Reach(ctx, w.address)
		if err != nil {
			return nil, err
		}
		f.Source = []diag.Source{enterpriseDoc}
		if !slices.ContainsFunc(d.Findings, func(o diag.Finding) bool { return o.Key() == f.Key() }) {
			d.Findings = append(d.Findings, f)
		}
	}
	diag.Sort(d.Findings)
	return d, nil
}

// portFinding says whether the port is free on this computer now, and who has it.
func portFinding(ctx context.Context, port int) (f diag.Finding, holder string) {
	f = diag.Finding{Code: "DSK-06", Subject: fmt.Sprintf("port/%d", port), Status: diag.Pass, Title: fmt.Sprintf("port %d of this computer is free: nobody waits for a sign-in here now", port)}
	who, held := loopback.Holder(ctx, port)
	if !held {
		return f, ""
	}
	f.Status, f.Title = diag.Fail, fmt.Sprintf("port %d of this computer is taken by %s", port, who)
	f.Cause = "Quick on Desktop listens there for the end of a sign-in, and cannot listen beside another program"
	f.Fix = "unless it is Quick on Desktop in the middle of a sign-in, end that program"
	return f, who
}
