package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/spec"
	"rehome/internal/step"
)

// ProofFormat is the version of a proof's JSON.
const ProofFormat = "rehome.proof/v1"

// Trial is the outcome of one proof, line by line.
type Trial struct {
	Format  string     `json:"format"`
	What    string     `json:"what"`
	Outcome string     `json:"outcome"` // pass, fail or unknown
	Rows    []ProofRow `json:"rows"`
}

// ProofRow is one thing that was looked at.
type ProofRow struct {
	Region  estate.Region `json:"region"`
	Subject string        `json:"subject"` // who or what
	Claim   string        `json:"claim"`   // what has to be so
	Status  diag.Status   `json:"status"`
	Seen    string        `json:"seen"`
}

// Proofs are the things that can be proven.
var Proofs = []string{"kms", "replication", "subscription", "desktop"}

// Prove tries one end state: on AWS, or offline on a world or on a survey that was kept.
func (a *App) Prove(ctx context.Context, what, world string) (*Trial, error) {
	prove, ok := map[string]func(context.Context, *session) ([]ProofRow, error){"kms": proveKMS, "replication": proveReplication, "subscription": proveSubscription, "desktop": proveDesktop}[what]
	if !ok {
		return nil, &diag.Error{Code: "prove/unknown", What: "there is no proof named " + what, Exit: diag.ExitUsage, Fix: []string{"choose kms, replication, subscription or desktop"}}
	}
	ses, stop, err := a.lookingSession(ctx, world, "prove")
	if err != nil {
		return nil, err
	}
	defer stop()
	out := &Trial{Format: ProofFormat, What: what, Outcome: "pass"}
	if out.Rows, err = prove(ctx, ses); err != nil {
		return nil, err
	}
	for _, r := range out.Rows {
		switch {
		case r.Status == diag.Fail:
			out.Outcome = "fail"
		case r.Status == diag.Unknown && out.Outcome == "pass":
			out.Outcome = "unknown"
		}
	}
	return out, nil
}

// lookingSession is a session for looking only: at AWS, or at a world.
func (a *App) lookingSession(ctx context.Context, world, command string) (*session, func(), error) {
	if world == "" {
		s, err := a.spec()
		if err != nil {
			return nil, nil, err
		}
		ses, err := a.open(ctx, s, endpoint{}, command)
		return ses, func() {}, err
	}
	w, err := LoadWorld(world)
	if err != nil {
		return nil, nil, err
	}
	if w.Wants == nil {
		if w.Wants, err = a.spec(); err != nil {
			return nil, nil, err
		}
	}
	return a.onTwin(ctx, w)
}

// proveKMS asks every Region's own key policy about every documented call, by evaluation.
func proveKMS(ctx context.Context, ses *session) ([]ProofRow, error) {
	s, err := ses.survey(ctx)
	if err != nil {
		return nil, err
	}
	in := check.Input{Spec: ses.spec, Survey: s}
	inst, found := s.Estate.IdentityCenter.Get()
	enc, known := inst.Encryption.Get()
	row := ProofRow{Region: inst.PrimaryRegion, Subject: "Identity Center", Claim: "uses a key whose policy can be judged"}
	switch {
	case ses.spec.Path == spec.PathFederation:
		row.Subject, row.Status, row.Seen = "Quick", diag.Pass, "the federation path uses no key of Identity Center"
		return []ProofRow{row}, nil
	case !found || !known:
		row.Seen = "nobody could look: " + s.Estate.IdentityCenter.Why() + inst.Encryption.Why()
		return []ProofRow{row}, nil
	case enc.KeyType != estate.CustomerManagedKey:
		row.Status, row.Seen = diag.Pass, "a key of AWS's own; there is no policy to hold"
		return []ProofRow{row}, nil
	}
	facts, _ := in.Facts()
	key := s.Estate.Accounts[enc.KeyARN.Account()].Keys[enc.KeyARN.KeyID()]
	var rows []ProofRow
	for _, n := range needs.Of(facts) {
		row := ProofRow{Region: n.Region, Subject: n.Caller, Claim: "may call " + n.Action}
		row.Status, row.Seen = n.Holds(key)
		rows = append(rows, row)
	}
	return rows, nil
}

// replicationLag is how long a difference may be mere delay: changes arrive within seconds (idc-kms 1.7).
const replicationLag = 5 * time.Minute

// proveReplication compares instance, groups and a sample of people at home and at every other Region. A difference is given time.
func proveReplication(ctx context.Context, ses *session) ([]ProofRow, error) {
	s, err := ses.survey(ctx)
	if err != nil {
		return nil, err
	}
	inst, found := s.Estate.IdentityCenter.Get()
	regions, known := inst.Regions.Get()
	if !found || !known {
		return []ProofRow{{Subject: "Identity Center", Claim: "can be seen", Seen: "nobody could look: " + s.Estate.IdentityCenter.Why() + inst.Regions.Why()}}, nil
	}
	var rows []ProofRow
	for _, r := range slices.Sorted(maps.Keys(regions)) {
		if r == inst.PrimaryRegion {
			continue
		}
		row, err := ses.replicated(ctx, inst, r, regions[r])
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		rows = []ProofRow{{Region: inst.PrimaryRegion, Subject: "Identity Center", Claim: "is replicated", Status: diag.Fail, Seen: "it is in its home Region alone"}}
	}
	return rows, nil
}

func (s *session) replicated(ctx context.Context, inst estate.Instance, r estate.Region, state estate.ReplicaState) (ProofRow, error) {
	row := ProofRow{Region: r, Subject: "Identity Center", Claim: "shows the same instance, groups and people as " + string(inst.PrimaryRegion), Status: diag.Fail, Seen: string(r) + " is " + string(state)}
	if state != estate.RegionActive {
		return row, nil
	}
	if !inst.Users.IsKnown() || !inst.Groups.IsKnown() { // nobody to compare proves nothing
		row.Status, row.Seen = diag.Unknown, "nobody could look: "+cmp.Or(inst.Users.Why(), inst.Groups.Why(), "the survey found neither people nor groups")
		return row, nil
	}
	people := step.Sample(inst)
	for end := s.clock.Now().Add(replicationLag); ; {
		missing, err := step.Replicated(ctx, step.Env{Cloud: s.cloud}, s.spec.Administrator().Account, inst.PrimaryRegion, r, inst.ARN, inst.IdentityStoreID, people)
		switch {
		case err != nil:
			return row, err
		case missing == "":
			row.Status, row.Seen = diag.Pass, fmt.Sprintf("the instance, %d groups and %d people are the same", len(inst.Groups.Or(nil)), len(people))
			return row, nil
		case !s.clock.Now().Before(end):
			row.Seen = missing + fmt.Sprintf(", and was not %s later", replicationLag)
			return row, nil
		}
		if err := s.clock.Sleep(ctx, 5*time.Second); err != nil {
			return row, err
		}
	}
}

// proveSubscription holds the three signs of a Quick account that is ready where it is wanted (SUB-10).
func proveSubscription(ctx context.Context, ses *session) ([]ProofRow, error) {
	s, err := ses.survey(ctx)
	if err != nil {
		return nil, err
	}
	known := s.Estate.Accounts[ses.spec.Quick.Account].Quick
	target := check.Input{Spec: ses.spec, Survey: s}.Target()
	q, exists := known.Get()
	ns := q.Namespaces.Or(nil)[estate.DefaultNamespace]
	row := func(claim, seen string, ok bool) ProofRow {
		r := ProofRow{Region: target, Subject: "Quick account " + q.Name, Claim: claim, Seen: seen, Status: diag.Fail}
		switch {
		case !known.Looked() || exists && !q.Namespaces.Looked() && claim != claimCreated:
			r.Status, r.Seen = diag.Unknown, "nobody could look: "+known.Why()+q.Namespaces.Why()
		case ok:
			r.Status = diag.Pass
		}
		return r
	}
	return []ProofRow{
		row(claimCreated, "AccountSubscriptionStatus is "+orNone(string(q.Status)), q.Status.Live()),
		row("its default namespace is there", "CreationStatus is "+orNone(ns.Status), ns.Status == "CREATED"),
		row("its identity Region is "+string(target), "CapacityRegion is "+orNone(string(ns.CapacityRegion)), ns.CapacityRegion == target && target != ""),
	}, nil
}

const claimCreated = "the account is created"

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
