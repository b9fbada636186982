package ssoadmin

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// applications are the instance's; they replicate to every Region for reading, here at once.
func (s seat) applications() (map[estate.ARN]estate.Application, error) {
	apps, _, err := kernel.Need(s.Applications, s.at("applications")...)
	return apps, err
}

// program is one application of an instance.
type program struct {
	estate.Application
	seat
	arn estate.ARN
}

// instanceOf is the instance that the ARN of an application or token issuer names; empty when it names none. kind is the ARN's word.
func instanceOf(arn estate.ARN, kind string) estate.InstanceARN {
	_, rest, _ := strings.Cut(string(arn), ":"+kind+"/")
	id, _, ok := strings.Cut(rest, "/")
	if !ok {
		return ""
	}
	return estate.InstanceARN("arn:aws:sso:::instance/" + id)
}

// onApplication is the beginning of operations on one application. An account has to do with its own ones; all belong to who
// administers the instance (INFERRED from idc-kms 5.1).
func onApplication(r *kernel.Request) (in input, p program, err error) {
	if err = r.Decode(&in); err != nil {
		return in, p, err
	}
	if p.seat, err = find(r, instanceOf(in.ApplicationArn, "application")); err == nil {
		err = p.pass(r, seat.hosted, seat.readable)
	}
	if err != nil {
		return in, p, err
	}
	apps, err := p.applications()
	ok := false
	p.arn = in.ApplicationArn
	p.Application, ok = apps[p.arn]
	if err == nil && !ok {
		err = kernel.Errorf("ResourceNotFoundException", "Application with ARN %s not found.", p.arn)
	}
	if err == nil && p.Account != r.Account {
		err = p.administered(r)
	}
	return in, p, err
}

// managed is onApplication for changes, which only the Region where the application was created takes (idc-kms 1.7; the error's type
// is INFERRED, its wording the twin's own).
func managed(r *kernel.Request) (input, program, error) {
	in, p, err := onApplication(r)
	if err == nil && p.CreatedFrom != r.Region {
		err = denied("the application is managed in %s, where it was created, not in %s", p.CreatedFrom, r.Region)
	}
	return in, p, err
}

func (p program) grants() ([]string, error) {
	grants, _, err := kernel.Need(p.Grants, p.at("applications", string(p.arn), "grants")...)
	return grants, err
}

func (p program) assignments() ([]estate.Assignment, error) {
	assigned, _, err := kernel.Need(p.Assignments, p.at("applications", string(p.arn), "assignments")...)
	return assigned, err
}

func (p program) show(r *kernel.Request) map[string]any {
	return map[string]any{"ApplicationArn": p.arn, "ApplicationProviderArn": p.Provider, "ApplicationAccount": p.Account, "InstanceArn": p.ARN, "Name": p.Application.Name,
		"Status": p.Application.Status, "CreatedFrom": p.CreatedFrom, "CreatedDate": p.created(r), "PortalOptions": map[string]any{"Visibility": "ENABLED"}}
}

// mayList: member accounts list their own applications, and have to say so (idc-kms 5.1; the error's type is INFERRED).
func (in input) mayList(s seat, r *kernel.Request) error {
	if in.Filter.ApplicationAccount == r.Account {
		return nil
	}
	return s.administered(r)
}

func listApplications(r *kernel.Request) (any, error) {
	var in input
	err := r.Decode(&in)
	if err != nil {
		return nil, err
	}
	s, err := find(r, in.InstanceArn)
	if err == nil {
		err = s.pass(r, seat.hosted, in.mayList, seat.readable)
	}
	if err != nil {
		return nil, err
	}
	apps, err := s.applications()
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, arn := range slices.Sorted(maps.Keys(apps)) {
		a, f := apps[arn], in.Filter
		if (f.ApplicationAccount == "" || f.ApplicationAccount == a.Account) && (f.ApplicationProvider == "" || f.ApplicationProvider == a.Provider) {
			list = append(list, program{a, s, arn}.show(r))
		}
	}
	return page(r, "Applications", list, in, 50)
}

func describeApplication(r *kernel.Request) (any, error) {
	_, p, err := onApplication(r)
	return p.show(r), err
}

func listGrants(r *kernel.Request) (any, error) {
	in, p, err := onApplication(r)
	if err != nil {
		return nil, err
	}
	grants, err := p.grants()
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, g := range grants {
		list = append(list, map[string]any{"GrantType": g, "Grant": grantBody(g)})
	}
	return page(r, "Grants", list, in, 100)
}

// grantBody is the union member of a grant type; what it holds is no part of an estate.
func grantBody(grantType string) map[string]any {
	members := map[string]string{"authorization_code": "AuthorizationCode", "refresh_token": "RefreshToken",
		"urn:ietf:params:oauth:grant-type:jwt-bearer": "JwtBearer", "urn:ietf:params:oauth:grant-type:token-exchange": "TokenExchange"}
	return map[string]any{members[grantType]: map[string]any{}}
}

func listAssignments(r *kernel.Request) (any, error) {
	in, p, err := onApplication(r)
	if err != nil {
		return nil, err
	}
	assigned, err := p.assignments()
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, a := range assigned {
		list = append(list, map[string]any{"ApplicationArn": p.arn, "PrincipalId": a.Principal, "PrincipalType": a.Type})
	}
	return page(r, "ApplicationAssignments", list, in, 100)
}

// createApplication registers an application from the Region of the call, for any account of the organization. Identity Center
// itself reads what it has encrypted and so asks KMS as sso.amazonaws.com (the runbook's first error).
func createApplication(r *kernel.Request) (any, error) {
	var in input
	err := r.Decode(&in)
	if err != nil {
		return nil, err
	}
	s, err := find(r, in.InstanceArn)
	if err == nil {
		err = s.pass(r, seat.hosted, seat.readable)
	}
	if err == nil {
		err = s.decrypt(r, s.itself())
	}
	if err != nil {
		return nil, err
	}
	apps, err := s.applications()
	if err != nil {
		return nil, err
	}
	p := program{seat: s, arn: s.newARN(r, in, apps), Application: estate.Application{Name: in.Name, Provider: in.ApplicationProviderArn, Account: r.Account,
		Status: "ENABLED", CreatedFrom: r.Region, Grants: estate.Of([]string{}), Assignments: estate.Of([]estate.Assignment{})}}
	p.save(r)
	return map[string]any{"ApplicationArn": p.arn, "InstanceArn": s.ARN, "IdentityStoreArn": estate.IdentityStoreARN(s.Owner, s.IdentityStoreID)}, nil
}

// newARN gives the first ARN of this account, Region and name that no application has.
func (s seat) newARN(r *kernel.Request, in input, apps map[estate.ARN]estate.Application) estate.ARN {
	prefix := "arn:aws:sso::" + string(r.Account) + ":application/" + strings.TrimPrefix(string(s.ARN), "arn:aws:sso:::instance/") + "/apl-"
	for n := 1; ; n++ {
		arn := estate.ARN(prefix + kernel.ID("application "+strconv.Itoa(n), string(r.Account+" ")+string(r.Region), in.Name+" "+string(in.ApplicationProviderArn))[:16])
		if _, taken := apps[arn]; !taken {
			return arn
		}
	}
}

// save puts the application into the state.
func (p program) save(r *kernel.Request) {
	p.editAll(r, func(apps map[estate.ARN]estate.Application) { apps[p.arn] = p.Application })
}

func (p program) editAll(r *kernel.Request, change func(map[estate.ARN]estate.Application)) {
	p.edit(r, func(i *estate.Instance) {
		apps := i.Applications.Or(nil)
		if apps == nil {
			apps = map[estate.ARN]estate.Application{}
		}
		change(apps)
		i.Applications = estate.Of(apps)
	})
}

func deleteApplication(r *kernel.Request) (any, error) {
	_, p, err := managed(r)
	if err != nil {
		return nil, err
	}
	p.editAll(r, func(apps map[estate.ARN]estate.Application) { delete(apps, p.arn) })
	return nil, nil
}

func createAssignment(r *kernel.Request) (any, error) {
	return changeAssignment(r, func(list []estate.Assignment, a estate.Assignment) []estate.Assignment {
		if slices.Contains(list, a) {
			return list
		}
		return append(list, a)
	})
}

func deleteAssignment(r *kernel.Request) (any, error) {
	return changeAssignment(r, func(list []estate.Assignment, a estate.Assignment) []estate.Assignment {
		return slices.DeleteFunc(list, func(b estate.Assignment) bool { return a == b })
	})
}

func changeAssignment(r *kernel.Request, change func([]estate.Assignment, estate.Assignment) []estate.Assignment) (any, error) {
	in, p, err := managed(r)
	if err != nil {
		return nil, err
	}
	assigned, err := p.assignments()
	if err != nil {
		return nil, err
	}
	p.Assignments = estate.Of(change(assigned, estate.Assignment{Principal: in.PrincipalId, Type: in.PrincipalType}))
	p.save(r)
	return nil, nil
}

func putGrant(r *kernel.Request) (any, error) {
	in, p, err := managed(r)
	if err != nil {
		return nil, err
	}
	grants, err := p.grants()
	if err != nil || slices.Contains(grants, in.GrantType) {
		return nil, err
	}
	p.Grants = estate.Of(slices.Sorted(slices.Values(append(slices.Clip(grants), in.GrantType))))
	p.save(r)
	return nil, nil
}
